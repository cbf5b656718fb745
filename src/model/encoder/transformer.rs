//! One layer of a small transformer, for series on a grid and for notes.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, LayerNorm, Linear};
use burn::tensor::{
    Tensor,
    activation::{relu, softmax},
};

use crate::model::initial::Initial;

/// Self-attention and a feed-forward network of twice the width, each behind a layer normalisation and beside a residual path
/// (pre-norm; Vaswani et al. 2017, Xiong et al. 2020).
#[derive(Module, Debug)]
pub struct TransformerLayer {
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

impl TransformerLayer {
    /// A layer of `width` numbers a token, attending with heads of `head` numbers.
    pub fn new(width: usize, head: usize, dropout: f64, initial: &mut Initial) -> Self {
        Self {
            attention_norm: initial.norm(width),
            query: initial.linear(width, width, 1.0),
            key: initial.linear(width, width, 1.0),
            value: initial.linear(width, width, 1.0),
            mix: initial.linear(width, width, 0.5),
            forward_norm: initial.norm(width),
            widen: initial.linear(width, width * 2, 1.0),
            narrow: initial.linear(width * 2, width, 0.5),
            dropout: DropoutConfig::new(dropout).init(),
            heads: width / head,
        }
    }

    /// `[batch · tokens, width]` to the same shape: linear layers see one large product instead of one a sample.
    ///
    /// `shut`, `[batch, 1, 1 or tokens, tokens]`, is added to the attention scores: 0 where a token may be attended to, very negative where not.
    pub fn forward(
        &self,
        tokens: Tensor<2>,
        batch: usize,
        length: usize,
        shut: Option<Tensor<4>>,
    ) -> Tensor<2> {
        let [_, width] = tokens.dims();
        let head = width / self.heads;
        let normed = self.attention_norm.forward(tokens.clone());
        let heads = |projected: Tensor<2>| {
            projected
                .reshape([batch, length, self.heads, head])
                .swap_dims(1, 2)
        };
        let query = heads(self.query.forward(normed.clone()));
        let key = heads(self.key.forward(normed.clone()));
        let value = heads(self.value.forward(normed));
        let score = query
            .matmul(key.swap_dims(2, 3))
            .mul_scalar(1.0 / (head as f64).sqrt());
        let score = match shut {
            Some(shut) => score + shut,
            None => score,
        };
        let mixed = softmax(score, 3)
            .matmul(value)
            .swap_dims(1, 2)
            .reshape([batch * length, width]);
        let tokens = tokens + self.dropout.forward(self.mix.forward(mixed));
        let wide = relu(
            self.widen
                .forward(self.forward_norm.forward(tokens.clone())),
        );
        tokens + self.dropout.forward(self.narrow.forward(wide))
    }
}
