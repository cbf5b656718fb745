//! The small transformer that encodes notes.

use burn::module::{Module, Param};
use burn::nn::{Dropout, DropoutConfig, LayerNorm, Linear};
use burn::tensor::{Int, Tensor, activation::softmax};

use super::pooling::AttentionPooling;
use super::transformer::TransformerLayer;
use crate::cohort::prepare::{PADDING, WINDOW};
use crate::model::data::SubwordWindows;
use crate::model::initial::Initial;

/// A transformer over the subwords of windows of notes: its first layer attends within a sentence, so that what a negation reaches is
/// learned from few patients (ours), the second over the whole window. Attention pools a window's subwords and then a patient's windows.
#[derive(Module, Debug)]
pub struct SubwordEncoder {
    /// `[pieces, width]`.
    embed: Param<Tensor<2>>,
    /// Place in the sentence, `[window, width]`.
    position: Param<Tensor<2>>,
    sentence: TransformerLayer,
    window: TransformerLayer,
    norm: LayerNorm,
    pool: Linear,
    windows: AttentionPooling,
    dropout: Dropout,
    last: Linear,
}

/// Width of the transformer, and of one head.
const WIDTH: usize = 32;
const HEAD: usize = 16;
/// Added to the scores of what may not be attended to: its share is then below a billionth, and no exponential underflows, which is
/// slow.
const SHUT: f64 = -40.0;
/// Windows that a prediction reads at once, so that a patient with many does not fill the memory.
const AT_ONCE: usize = 1024;

impl SubwordEncoder {
    /// An encoder of a vocabulary of `pieces` to `embedding` numbers.
    pub fn new(pieces: usize, embedding: usize, dropout: f64, initial: &mut Initial) -> Self {
        Self {
            embed: initial.uniform([pieces, WIDTH], 1.0),
            position: initial.uniform([WINDOW, WIDTH], 0.5),
            // Units are dropped where a patient's windows have become one vector: within the layers it costs more than it brings.
            sentence: TransformerLayer::new(WIDTH, HEAD, 0.0, initial),
            window: TransformerLayer::new(WIDTH, HEAD, 0.0, initial),
            norm: initial.norm(WIDTH),
            pool: initial.linear(WIDTH, 1, 1.0),
            windows: AttentionPooling::new(WIDTH, initial),
            dropout: DropoutConfig::new(dropout).init(),
            last: initial.linear(WIDTH, embedding, 1.0),
        }
    }

    /// Windows of subwords and whose they are `[batch, windows]` (ones and zeros) to `[batch, embedding]`.
    pub fn forward(&self, subwords: SubwordWindows, owned: Tensor<2>) -> Tensor<2> {
        let [windows, _] = subwords.pieces.dims();
        let read = if windows <= AT_ONCE || self.embed.val().is_autodiff() {
            self.read(subwords)
        } else {
            let parts = (0..windows).step_by(AT_ONCE).map(|first| {
                let count = AT_ONCE.min(windows - first);
                self.read(subwords.clone().part(first, count))
            });
            Tensor::cat(parts.collect(), 0)
        };
        let pooled = self.windows.forward(read, owned);
        self.last.forward(self.dropout.forward(pooled))
    }

    /// To `[windows, width]`.
    fn read(&self, subwords: SubwordWindows) -> Tensor<2> {
        let SubwordWindows {
            pieces,
            sentences,
            places,
        } = subwords;
        let [windows, length] = pieces.dims();
        let padding = pieces.clone().equal_elem(i64::from(PADDING)).float();
        let shut = padding.mul_scalar(SHUT);
        let apart = sentences
            .clone()
            .reshape([windows, length, 1])
            .repeat_dim(2, length)
            .not_equal(
                sentences
                    .reshape([windows, 1, length])
                    .repeat_dim(1, length),
            )
            .float()
            .mul_scalar(SHUT)
            .reshape([windows, 1, length, length]);
        let look_up = |table: &Param<Tensor<2>>, numbers: Tensor<2, Int>| {
            table.val().select(0, numbers.reshape([windows * length]))
        };
        let tokens = look_up(&self.embed, pieces) + look_up(&self.position, places);
        let tokens = self.sentence.forward(tokens, windows, length, Some(apart));
        let open = shut.clone().reshape([windows, 1, 1, length]);
        let tokens = self.window.forward(tokens, windows, length, Some(open));
        let tokens = self.norm.forward(tokens);
        let score = self.pool.forward(tokens.clone()).reshape([windows, length]);
        let weight = softmax(score + shut, 1).reshape([windows, 1, length]);
        weight
            .matmul(tokens.reshape([windows, length, WIDTH]))
            .reshape([windows, WIDTH])
    }
}
