//! One encoder a source, each to an embedding of the same width.

mod dense;
mod image;
mod pooling;
mod sequence;
mod subword;
mod transformer;

pub use dense::DenseEncoder;
pub use image::ImageEncoder;
pub use pooling::AttentionPooling;
pub use sequence::SequenceEncoder;
pub use subword::SubwordEncoder;

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::data::Input;

/// The encoder of one source.
#[derive(Module, Debug)]
#[allow(clippy::large_enum_variant, reason = "a handful of them exist")]
pub enum Encoder {
    /// Tables, series statistics, terms of notes, and vectors encoded elsewhere.
    Dense(DenseEncoder),
    /// Series on a grid.
    Sequence(SequenceEncoder),
    /// Notes as subwords.
    Subword(SubwordEncoder),
    /// Images.
    Image(ImageEncoder),
}

impl Encoder {
    /// Embeddings, `[batch, embedding]`; zeros for samples without this source (fusion puts the missing token there).
    pub fn forward(&self, input: Input, batch: usize, width: usize, device: &Device) -> Tensor<2> {
        match (self, input) {
            (Encoder::Dense(encoder), Input::Dense(features)) => encoder.forward(features),
            (Encoder::Sequence(encoder), Input::Sequence { values, since }) => {
                encoder.forward(values, since)
            }
            (Encoder::Subword(encoder), Input::Subwords { subwords, owned }) => {
                encoder.forward(*subwords, owned)
            }
            (Encoder::Image(encoder), Input::Images { pixels, owned }) => {
                encoder.forward(pixels, owned)
            }
            _ => Tensor::zeros([batch, width], device),
        }
    }
}
