//! The small transformer that encodes series on a grid.

use burn::module::{Module, Param};
use burn::nn::{Dropout, DropoutConfig, LayerNorm, Linear};
use burn::tensor::{Tensor, activation::softmax};

use super::transformer::TransformerLayer;
use crate::model::initial::Initial;

/// A transformer over the steps of a grid with attention pooling. A step is
/// read as values, masks and times since the last observation. Long grids are cut into patches of neighbouring steps
/// (Nie et al. 2023), so that attention sees 64 of them at most.
#[derive(Module, Debug)]
pub struct SequenceEncoder {
    embed: Linear,
    position: Param<Tensor<3>>,
    layers: Vec<TransformerLayer>,
    norm: LayerNorm,
    pool: Linear,
    dropout: Dropout,
    last: Linear,
    patch: usize,
}

/// Patches that attention sees at most.
const MOST_PATCHES: usize = 64;
/// Layers.
const LAYERS: usize = 2;
/// Width of the transformer, and of one head.
const WIDTH: usize = 32;
const HEAD: usize = 8;

/// Steps that make a patch of a grid of `steps`.
fn patch_of(steps: usize) -> usize {
    steps.div_ceil(MOST_PATCHES).max(1)
}

impl SequenceEncoder {
    /// An encoder of `steps` × `variables` to `embedding` numbers.
    pub fn new(
        steps: usize,
        variables: usize,
        embedding: usize,
        dropout: f64,
        initial: &mut Initial,
    ) -> Self {
        let patch = patch_of(steps);
        let patches = steps.div_ceil(patch);
        Self {
            embed: initial.linear(patch * variables * 3, WIDTH, 1.0),
            position: initial.uniform([1, patches, WIDTH], 0.5),
            layers: (0..LAYERS)
                .map(|_| TransformerLayer::new(WIDTH, HEAD, dropout, initial))
                .collect(),
            norm: initial.norm(WIDTH),
            pool: initial.linear(WIDTH, 1, 1.0),
            dropout: DropoutConfig::new(dropout).init(),
            last: initial.linear(WIDTH, embedding, 1.0),
            patch,
        }
    }

    /// Values and times since they were observed, `[batch, steps, variables]` both (see
    /// [`crate::cohort::prepare::Features::Sequence`]), to `[batch, embedding]`.
    pub fn forward(&self, values: Tensor<3>, since: Tensor<3>) -> Tensor<2> {
        let [batch, steps, variables] = values.dims();
        let observed = since.clone().equal_elem(0.0).float();
        let mut read = Tensor::cat(vec![values, observed, since], 2);
        let patches = steps.div_ceil(self.patch);
        let missing = patches * self.patch - steps;
        if missing > 0 {
            let empty = Tensor::zeros([batch, missing, variables * 3], &read.device());
            read = Tensor::cat(vec![read, empty], 1);
        }
        // Linear layers see one row a patch: one large product instead of one a sample.
        let read = read.reshape([batch * patches, self.patch * variables * 3]);
        let embedded = self.embed.forward(read).reshape([batch, patches, WIDTH]);
        let mut tokens = (embedded + self.position.val()).reshape([batch * patches, WIDTH]);
        for layer in &self.layers {
            tokens = layer.forward(tokens, batch, patches, None);
        }
        let tokens = self.norm.forward(tokens);
        let score = self.pool.forward(tokens.clone());
        let weight = softmax(score.reshape([batch, 1, patches]), 2);
        let pooled = weight
            .matmul(tokens.reshape([batch, patches, WIDTH]))
            .reshape([batch, WIDTH]);
        self.last.forward(self.dropout.forward(pooled))
    }
}
