//! The residual MLP that encodes a vector of features.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, LayerNorm, Linear};
use burn::tensor::{Tensor, activation::relu};

use crate::model::initial::Initial;

/// A residual MLP: `h = relu(A x)`, `h + relu(B norm(h))`, then a linear layer to the embedding.
#[derive(Module, Debug)]
pub struct DenseEncoder {
    first: Linear,
    norm: LayerNorm,
    second: Linear,
    dropout: Dropout,
    last: Linear,
}

impl DenseEncoder {
    /// An encoder of `features` numbers through `hidden` units to `embedding` numbers.
    pub fn new(
        features: usize,
        hidden: usize,
        embedding: usize,
        dropout: f64,
        initial: &mut Initial,
    ) -> Self {
        Self {
            first: initial.linear(features, hidden, 1.0),
            norm: initial.norm(hidden),
            second: initial.linear(hidden, hidden, 1.0),
            dropout: DropoutConfig::new(dropout).init(),
            last: initial.linear(hidden, embedding, 1.0),
        }
    }

    /// `[batch, features]` to `[batch, embedding]`.
    pub fn forward(&self, features: Tensor<2>) -> Tensor<2> {
        let hidden = relu(self.first.forward(features));
        let hidden = self.dropout.forward(hidden);
        let change = relu(self.second.forward(self.norm.forward(hidden.clone())));
        self.last.forward(hidden + self.dropout.forward(change))
    }
}
