//! Missing modalities, and the fused vector of a sample.

use burn::module::{Module, Param};
use burn::tensor::{Distribution, Tensor};

use super::initial::Initial;

/// Puts a learned token where a modality is missing and lays the embeddings side by side.
#[derive(Module, Debug)]
pub struct Fusion {
    /// One token a source, `[sources, embedding]`.
    pub missing: Param<Tensor<2>>,
    modality_dropout: f64,
}

impl Fusion {
    /// A fusion of `sources` embeddings.
    pub fn new(
        sources: usize,
        embedding: usize,
        modality_dropout: f64,
        initial: &mut Initial,
    ) -> Self {
        Self {
            missing: initial.uniform([sources, embedding], 0.5),
            modality_dropout,
        }
    }

    /// Hides each present modality with probability `modality_dropout`, but never all of a sample's (ours).
    /// `present` is `[batch, sources]`, ones and zeros; only training calls this.
    pub fn hide(&self, present: Tensor<2>) -> Tensor<2> {
        if self.modality_dropout <= 0.0 || present.dims()[1] < 2 {
            return present;
        }
        let kept = present
            .random_like(Distribution::Bernoulli(1.0 - self.modality_dropout))
            .mul(present.clone());
        let any = kept.clone().sum_dim(1).clamp(0.0, 1.0);
        kept + present * (any.neg() + 1.0)
    }

    /// `e_m = present · encoder_m(x) + (1 − present) · token_m`, side by side:
    /// embeddings `[batch, sources, embedding]`, present `[batch, sources]`, to `[batch, sources · embedding]`.
    pub fn forward(&self, embeddings: Tensor<3>, present: Tensor<2>) -> Tensor<2> {
        let [batch, sources, width] = embeddings.dims();
        let present = present.reshape([batch, sources, 1]);
        let absent = present.clone().neg() + 1.0;
        let fused = embeddings * present + self.missing.val().reshape([1, sources, width]) * absent;
        fused.reshape([batch, sources * width])
    }
}
