//! The small transformer that encodes series on a grid.

use burn::module::{Module, Param};
use burn::nn::{Dropout, DropoutConfig, LayerNorm, Linear};
use burn::tensor::{
    Tensor,
    activation::{relu, softmax},
};

use crate::model::initial::Initial;

/// A transformer over the steps of a grid (pre-norm; Vaswani et al. 2017, Xiong et al. 2020) with attention pooling. A step is
/// read as values, masks and times since the last observation. Long grids are cut into patches of neighbouring steps
/// (Nie et al. 2023), so that attention sees 64 of them at most.
#[derive(Module, Debug)]
pub struct SequenceEncoder {
    embed: Linear,
    position: Param<Tensor<3>>,
    layers: Vec<Layer>,
    norm: LayerNorm,
    pool: Linear,
    dropout: Dropout,
    last: Linear,
    patch: usize,
}

#[derive(Module, Debug)]
struct Layer {
    attention_norm: LayerNorm,
    query: Linear,
    key: Linear,
    value: Linear,
    mix: Linear,
    forward_norm: LayerNorm,
    widen: Linear,
    narrow: Linear,
    dropout: Dropout,
    heads: usize,
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
            layers: (0..LAYERS).map(|_| Layer::new(dropout, initial)).collect(),
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
            tokens = layer.forward(tokens, batch, patches);
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

impl Layer {
    fn new(dropout: f64, initial: &mut Initial) -> Self {
        Self {
            attention_norm: initial.norm(WIDTH),
            query: initial.linear(WIDTH, WIDTH, 1.0),
            key: initial.linear(WIDTH, WIDTH, 1.0),
            value: initial.linear(WIDTH, WIDTH, 1.0),
            mix: initial.linear(WIDTH, WIDTH, 0.5),
            forward_norm: initial.norm(WIDTH),
            widen: initial.linear(WIDTH, WIDTH * 2, 1.0),
            narrow: initial.linear(WIDTH * 2, WIDTH, 0.5),
            dropout: DropoutConfig::new(dropout).init(),
            heads: WIDTH / HEAD,
        }
    }

    /// `[batch · patches, width]` to the same shape.
    fn forward(&self, tokens: Tensor<2>, batch: usize, patches: usize) -> Tensor<2> {
        let normed = self.attention_norm.forward(tokens.clone());
        let heads = |projected: Tensor<2>| {
            projected
                .reshape([batch, patches, self.heads, HEAD])
                .swap_dims(1, 2)
        };
        let query = heads(self.query.forward(normed.clone()));
        let key = heads(self.key.forward(normed.clone()));
        let value = heads(self.value.forward(normed));
        let score = query
            .matmul(key.swap_dims(2, 3))
            .mul_scalar(1.0 / (HEAD as f64).sqrt());
        let mixed = softmax(score, 3)
            .matmul(value)
            .swap_dims(1, 2)
            .reshape([batch * patches, WIDTH]);
        let tokens = tokens + self.dropout.forward(self.mix.forward(mixed));
        let wide = relu(
            self.widen
                .forward(self.forward_norm.forward(tokens.clone())),
        );
        tokens + self.dropout.forward(self.narrow.forward(wide))
    }
}
