//! How fast a device trains and predicts: the shapes of the peers, on generated numbers (docs/performance.md).

use burn::module::Module;
use burn::tensor::{Device, Tensor};

use super::loss::{RareOutcomes, task_losses, total_loss};
use super::optimiser::Optimiser;
use super::run::Pace;
use super::{TrainingError, read};
use crate::cohort::prepare::{
    Features, Fitted, FittedEmbedding, FittedSource, FittedTarget, Prepared, PreparedSource,
    PreparedTarget,
};
use crate::model::data::{source_shapes, task_groups};
use crate::model::{DeviceCohort, M3hConfig};
use crate::study::{Balance, ModelSettings, TaskKind};

/// Milliseconds of the first step, of a step and of a forward pass.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timings {
    /// The first step, in which a GPU compiles its kernels.
    pub first_step_ms: f64,
    /// A later step, mean.
    pub step_ms: f64,
    /// A forward pass, mean.
    pub forward_ms: f64,
}

/// Times training steps and forward passes of a model with sources of the given widths and binary tasks.
/// The model is the studio's own (two layers of 128 to 64, task width 64), without dropout, as the peers'.
///
/// # Errors
/// Where the device fails.
pub async fn measure<P: Pace>(
    device: &Device,
    batch: usize,
    widths: &[usize],
    tasks: usize,
    steps: usize,
    pace: &P,
) -> Result<Timings, TrainingError> {
    let plain = device.clone().without_autodiff();
    let autodiff = plain.clone().autodiff();
    let (fitted, prepared) = generated(batch, widths, tasks);
    let cohort = DeviceCohort::new(&prepared, &fitted, &plain);
    let groups = task_groups(&fitted);
    let config = M3hConfig {
        sources: source_shapes(&fitted),
        groups: groups.clone(),
        settings: ModelSettings {
            dropout: 0.0,
            input_dropout: 0.0,
            modality_dropout: 0.0,
            ..ModelSettings::default()
        },
    };
    let mut model = config.init(1, &autodiff);
    let mut optimiser = Optimiser::new(0.01, 0);
    let rows: Vec<u32> = (0..batch as u32).collect();
    let mut timings = Timings {
        first_step_ms: 0.0,
        step_ms: 0.0,
        forward_ms: 0.0,
    };
    let mut started = pace.now_ms();
    for step in 0..=steps {
        let pass = model.forward(cohort.batch(&rows), &groups);
        let labels = cohort
            .labels(&rows, &groups)
            .ok_or_else(|| TrainingError::Input("The benchmark has no labels.".into()))?;
        let loss = total_loss(
            task_losses(&model, &pass, &labels, &groups, false, &RareOutcomes::Alike),
            &model,
            Balance::Equal,
        );
        let plain_loss: Tensor<1> = loss.clone().without_autodiff();
        model = optimiser.step(model, loss, 1e-3);
        if step == 0 {
            read(plain_loss).await?;
            timings.first_step_ms = pace.now_ms() - started;
            started = pace.now_ms();
        } else if step == steps {
            // Waits for the last weights, so that the optimiser's work counts too.
            read(model.attention.project_bias.val().without_autodiff()).await?;
        }
    }
    timings.step_ms = (pace.now_ms() - started) / steps.max(1) as f64;
    let still = model.valid();
    let forward = || still.forward(cohort.batch(&rows), &groups).output.scalars;
    if let Some(output) = forward() {
        read(output).await?;
    }
    started = pace.now_ms();
    for step in 0..steps {
        if let Some(output) = forward().filter(|_| step + 1 == steps) {
            read(output).await?;
        }
    }
    timings.forward_ms = (pace.now_ms() - started) / steps.max(1) as f64;
    Ok(timings)
}

fn generated(samples: usize, widths: &[usize], tasks: usize) -> (Fitted, Prepared) {
    let number = |index: usize| ((index as f32 * 0.7311).sin() * 43.7).fract();
    let fitted = Fitted {
        sources: widths
            .iter()
            .enumerate()
            .map(|(source, &width)| {
                FittedSource::Embedding(FittedEmbedding {
                    name: source.to_string(),
                    columns: vec![String::new(); width],
                    means: vec![0.0; width],
                    deviations: vec![1.0; width],
                })
            })
            .collect(),
        targets: (0..tasks)
            .map(|task| FittedTarget {
                name: task.to_string(),
                kind: TaskKind::Binary,
                classes: vec!["0".into(), "1".into()],
                clusters: 0,
                shares: vec![],
                mean: 0.5,
                deviation: 1.0,
            })
            .collect(),
    };
    let prepared = Prepared {
        samples,
        sources: widths
            .iter()
            .map(|&width| PreparedSource {
                present: vec![true; samples],
                features: Features::Dense((0..samples * width).map(number).collect()),
            })
            .collect(),
        targets: (0..tasks)
            .map(|task| PreparedTarget {
                values: (0..samples)
                    .map(|row| f32::from(u8::from(number(row * 31 + task) > 0.0)))
                    .collect(),
                labelled: vec![true; samples],
                reference: vec![],
            })
            .collect(),
    };
    (fitted, prepared)
}
