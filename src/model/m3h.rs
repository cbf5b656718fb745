//! The whole model: encoders, fusion, task attention, heads.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};

use super::attention::{Attended, TaskAttention, TaskAttentionConfig};
use super::data::Batch;
use super::encoder::{DenseEncoder, Encoder, ImageEncoder, SequenceEncoder, SubwordEncoder};
use super::fusion::Fusion;
pub use super::head::Output;
use super::head::{Heads, TaskGroups};
use super::initial::Initial;
use crate::study::{Beta, ModelSettings};

/// What a source's encoder reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceShape {
    /// This many features.
    Dense(usize),
    /// A grid of steps by variables.
    Sequence {
        /// Number of steps.
        steps: usize,
        /// Number of variables.
        variables: usize,
    },
    /// Notes cut by a vocabulary of this many subwords.
    Subwords(usize),
    /// Grey images.
    Images {
        /// Side in pixels.
        side: usize,
    },
}

/// Sizes of an [`M3h`].
#[derive(Debug, Clone)]
pub struct M3hConfig {
    /// The sources, in the order of the fusion.
    pub sources: Vec<SourceShape>,
    /// The tasks' kinds and numbers.
    pub groups: TaskGroups,
    /// Sizes and switches of the study.
    pub settings: ModelSettings,
}

/// One M3H model.
#[derive(Module, Debug)]
pub struct M3h {
    /// One encoder a source.
    pub encoders: Vec<Encoder>,
    /// Missing tokens.
    pub fusion: Fusion,
    /// Projections and task attention.
    pub attention: TaskAttention,
    /// Heads.
    pub heads: Heads,
    /// Learned log variances for homoscedastic loss weights (Kendall et al. 2018), `[tasks]`; 0 to begin with.
    pub log_variance: Param<Tensor<1>>,
    embedding: usize,
}

/// Everything a pass over a batch gives.
#[derive(Debug, Clone)]
pub struct Pass {
    /// z, `[batch, sources · embedding]`.
    pub fused: Tensor<2>,
    /// The task attention.
    pub attended: Attended,
    /// The predictions.
    pub output: Output,
}

impl M3hConfig {
    /// Self-exploitation as a number.
    pub fn beta(&self) -> f64 {
        match self.settings.beta {
            Beta::Identity => 1.0,
            Beta::Auto => ((self.groups.tasks() as f64) - 1.0).max(1.0).ln(),
            Beta::Value(value) => value,
        }
    }

    /// Draws the first weights from `seed`.
    pub fn init(&self, seed: u64, device: &Device) -> M3h {
        let mut initial = Initial::new(seed, device);
        let settings = &self.settings;
        let encoders = self
            .sources
            .iter()
            .map(|source| match source {
                SourceShape::Dense(features) => Encoder::Dense(DenseEncoder::new(
                    *features,
                    settings.hidden,
                    settings.embedding,
                    settings.dropout,
                    &mut initial,
                )),
                SourceShape::Sequence { steps, variables } => {
                    Encoder::Sequence(SequenceEncoder::new(
                        *steps,
                        *variables,
                        settings.embedding,
                        settings.dropout,
                        &mut initial,
                    ))
                }
                SourceShape::Subwords(pieces) => Encoder::Subword(SubwordEncoder::new(
                    *pieces,
                    settings.embedding,
                    settings.dropout,
                    &mut initial,
                )),
                SourceShape::Images { side } => Encoder::Image(ImageEncoder::new(
                    *side,
                    settings.embedding,
                    settings.dropout,
                    &mut initial,
                )),
            })
            .collect();
        let fused = self.sources.len() * settings.embedding;
        let tasks = self.groups.tasks();
        M3h {
            encoders,
            fusion: Fusion::new(
                self.sources.len(),
                settings.embedding,
                settings.modality_dropout,
                &mut initial,
            ),
            attention: TaskAttentionConfig {
                fused,
                tasks,
                width: settings.task_width,
                alpha: settings.alpha,
                beta: self.beta(),
                residual: settings.residual,
            }
            .init(&mut initial),
            heads: Heads::new(&self.groups, settings.task_width, fused, &mut initial),
            log_variance: initial.zeros([tasks]),
            embedding: settings.embedding,
        }
    }
}

impl M3h {
    /// A pass over a batch. In training (a model on an autodiff device) modalities and units are dropped.
    pub fn forward(&self, batch: Batch, groups: &TaskGroups) -> Pass {
        let training = self.log_variance.val().is_autodiff();
        let present = batch.present.clone();
        let embeddings = self.embed(batch);
        let present = if training {
            self.fusion.hide(present)
        } else {
            present
        };
        self.decide(embeddings, present, groups)
    }

    /// What the encoders make of a batch, `[batch, sources, embedding]`.
    pub fn embed(&self, batch: Batch) -> Tensor<3> {
        let [samples, sources] = batch.present.dims();
        let device = batch.present.device();
        let embeddings: Vec<Tensor<3>> = self
            .encoders
            .iter()
            .zip(batch.inputs)
            .map(|(encoder, input)| {
                encoder
                    .forward(input, samples, self.embedding, &device)
                    .reshape([samples, 1, self.embedding])
            })
            .collect();
        if sources == 1 {
            embeddings
                .into_iter()
                .next()
                .unwrap_or_else(|| Tensor::zeros([samples, 1, self.embedding], &device))
        } else {
            Tensor::cat(embeddings, 1)
        }
    }

    /// Everything after the encoders: embeddings `[batch, sources, embedding]`, present `[batch, sources]`.
    pub fn decide(&self, embeddings: Tensor<3>, present: Tensor<2>, groups: &TaskGroups) -> Pass {
        let fused = self.fusion.forward(embeddings, present);
        let attended = self.attention.forward(fused.clone());
        let output = self.heads.forward(attended.mixed.clone(), groups);
        Pass {
            fused,
            attended,
            output,
        }
    }
}
