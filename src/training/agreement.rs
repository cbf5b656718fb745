//! The known answer: does a device compute what the CPU computes?
//!
//! On a GPU a shader that fails validation is only logged and its dispatch skipped: tensors then hold
//! stale numbers (cubecl issue 1641). So before a GPU is trusted, a small model with every kind of source
//! and task takes two steps on it and on the CPU, from the same weights, and all weights must agree.

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor};

use super::loss::{RareOutcomes, task_losses, total_loss};
use super::optimiser::Optimiser;
use super::{TrainingError, read};
use crate::cohort::prepare::{
    Features, Fitted, FittedCategory, FittedEmbedding, FittedImage, FittedNumber, FittedSequence,
    FittedSource, FittedSubwords, FittedTable, FittedTarget, FittedVariable, Prepared,
    PreparedSource, PreparedTarget, WINDOW,
};
use crate::model::augment::Augmenter;
use crate::model::data::{source_shapes, task_groups};
use crate::model::{DeviceCohort, M3hConfig};
use crate::study::{Balance, ModelSettings, TaskKind};

/// Largest difference of a weight or loss, relative to 1 or the number itself.
const TOLERANCE: f32 = 2e-3;
/// Samples of the small cohort.
const SAMPLES: usize = 6;

/// Compares `device` with the CPU. `Ok` says that they agree.
///
/// # Errors
/// A sentence fragment that says what differed, or that the device failed.
pub async fn agrees_with_cpu(device: &Device) -> Result<(), TrainingError> {
    let expected = two_steps(&Device::flex()).await?;
    let got = two_steps(device).await?;
    let apart = expected
        .iter()
        .zip(&got)
        .map(|(e, g)| {
            if g.is_finite() {
                (e - g).abs() / e.abs().max(1.0)
            } else {
                f32::MAX
            }
        })
        .fold(0.0, f32::max);
    if expected.len() != got.len() || apart > TOLERANCE {
        return Err(TrainingError::Device(format!(
            "its answer to a known question differs from the CPU's by {apart:.1e}"
        )));
    }
    Ok(())
}

/// Steps of the sequences: more than 64, so that they are cut into patches, the last of which is not full.
const STEPS: usize = 65;

/// Subwords of the notes' vocabulary.
const PIECES: usize = 13;

/// Numbers without any pattern that a wrong kernel could hit by chance.
fn number(index: usize) -> f32 {
    ((index as f32 * 12.9898).sin() * 43.758).fract()
}

fn small_cohort() -> (Fitted, Prepared) {
    let side = 16;
    let fitted = Fitted {
        sources: vec![
            FittedSource::Table(FittedTable {
                name: "tabular".into(),
                numbers: (0..3)
                    .map(|column| FittedNumber {
                        name: column.to_string(),
                        statistic: String::new(),
                        edges: vec![-0.5, 0.1, 0.6],
                        mean: 0.1,
                        deviation: 0.5,
                    })
                    .collect(),
                categories: vec![FittedCategory {
                    name: "c".into(),
                    levels: vec!["a".into(), "b".into()],
                }],
            }),
            FittedSource::Embedding(FittedEmbedding {
                name: "e".into(),
                columns: vec!["0".into(); 4],
                means: vec![0.0; 4],
                deviations: vec![1.0; 4],
            }),
            FittedSource::Sequence(FittedSequence {
                variables: vec![
                    FittedVariable {
                        name: "v".into(),
                        mean: 0.0,
                        deviation: 1.0,
                    };
                    2
                ],
                start: 0.0,
                hours: 1.0,
                steps: STEPS,
            }),
            FittedSource::Subwords(FittedSubwords {
                pieces: vec![String::new(); PIECES],
            }),
            FittedSource::Image(FittedImage {
                side,
                mean: 0.0,
                deviation: 1.0,
            }),
        ],
        targets: [
            (TaskKind::Binary, 2, 0),
            (TaskKind::Multiclass, 3, 0),
            (TaskKind::Regression, 0, 0),
            (TaskKind::Clustering, 0, 2),
            (TaskKind::Binary, 2, 0),
        ]
        .into_iter()
        .map(|(kind, classes, clusters)| FittedTarget {
            name: String::new(),
            kind,
            classes: vec![String::new(); classes],
            clusters,
            shares: vec![],
            mean: 0.0,
            deviation: 1.0,
        })
        .collect(),
    };
    let mut numbers: Vec<f32> = (0..SAMPLES * 3).map(number).collect();
    numbers[4] = f32::NAN;
    let images = SAMPLES + 1;
    let targets = fitted
        .targets
        .iter()
        .enumerate()
        .map(|(task, target)| PreparedTarget {
            values: (0..SAMPLES)
                .map(|row| match target.kind {
                    TaskKind::Binary => f32::from(u8::from((row + task).is_multiple_of(3))),
                    TaskKind::Multiclass => (row % 3) as f32,
                    TaskKind::Regression => number(row + 90),
                    TaskKind::Clustering => 0.0,
                })
                .collect(),
            labelled: (0..SAMPLES).map(|row| row != task).collect(),
            reference: vec![],
        })
        .collect();
    let source = |missing: usize, features: Features| PreparedSource {
        present: (0..SAMPLES).map(|row| row != missing).collect(),
        features,
    };
    let prepared = Prepared {
        samples: SAMPLES,
        sources: vec![
            source(
                9,
                Features::Table {
                    numbers,
                    categories: (0..SAMPLES).map(|row| (row % 3) as u32).collect(),
                },
            ),
            source(
                2,
                Features::Dense((0..SAMPLES * 4).map(|i| number(i + 31)).collect()),
            ),
            source(
                4,
                Features::Sequence {
                    values: (0..SAMPLES * STEPS * 2).map(|i| number(i + 55)).collect(),
                    since: (0..SAMPLES * STEPS * 2)
                        .map(|i| (i % 4) as f32 / 8.0)
                        .collect(),
                },
            ),
            source(
                5,
                Features::Subwords {
                    // The second half of every third window is padding.
                    pieces: (0..(SAMPLES + 1) * WINDOW)
                        .map(|i| match (i / WINDOW % 3, i % WINDOW) {
                            (0, place) if place >= WINDOW / 2 => 0,
                            _ => 1 + (i * i % (PIECES - 1)) as u32,
                        })
                        .collect(),
                    sentences: (0..(SAMPLES + 1) * WINDOW)
                        .map(|i| (i % WINDOW / 20) as u32)
                        .collect(),
                    places: (0..(SAMPLES + 1) * WINDOW)
                        .map(|i| (i % WINDOW % 20) as u32)
                        .collect(),
                    // Sample 0 has two windows, sample 5 none.
                    offsets: vec![0, 2, 4, 5, 6, 7, 7],
                },
            ),
            source(
                3,
                Features::Images {
                    pixels: (0..images * side * side).map(|i| number(i + 77)).collect(),
                    // Sample 1 has three images, sample 3 none.
                    offsets: vec![0, 1, 4, 5, 5, 6, 7],
                },
            ),
        ],
        targets,
    };
    (fitted, prepared)
}

/// The losses of two steps, then every weight after them.
async fn two_steps(device: &Device) -> Result<Vec<f32>, TrainingError> {
    let plain = device.clone().without_autodiff();
    let autodiff = plain.clone().autodiff();
    let (fitted, prepared) = small_cohort();
    let cohort = DeviceCohort::new(&prepared, &fitted, &plain);
    let groups = task_groups(&fitted);
    let config = M3hConfig {
        sources: source_shapes(&fitted),
        groups: groups.clone(),
        settings: ModelSettings {
            hidden: 8,
            embedding: 4,
            task_width: 6,
            dropout: 0.0,
            input_dropout: 0.0,
            modality_dropout: 0.0,
            ..ModelSettings::default()
        },
    };
    let mut model = config.init(5, &autodiff);
    let mut optimiser = Optimiser::new(0.01, 0);
    let rows: Vec<u32> = vec![5, 1, 3, 0, 2, 4];
    let mut augmenter = Augmenter::new(5);
    let mut answer = vec![];
    for _ in 0..2 {
        let batch = cohort.training_batch(&rows, 0.0, Some(&mut augmenter));
        let pass = model.forward(batch, &groups);
        let labels = cohort
            .labels(&rows, &groups)
            .ok_or_else(|| TrainingError::Input("The small cohort has labels.".into()))?;
        let losses = task_losses(&model, &pass, &labels, &groups, true, &RareOutcomes::Alike);
        answer.extend(read(losses.clone().without_autodiff()).await?);
        let loss = total_loss(losses, &model, Balance::Uncertainty);
        model = optimiser.step(model, loss, 0.001);
    }
    let mut weights = Weights::default();
    model.valid().visit(&mut weights);
    for weight in weights.all {
        answer.extend(read(weight).await?);
    }
    Ok(answer)
}

#[derive(Default)]
struct Weights {
    all: Vec<Tensor<1>>,
}

impl ModuleVisitor for Weights {
    fn visit_float<const D: usize>(&mut self, weight: &Param<Tensor<D>>) {
        let weight = weight.val();
        let size = weight.shape().num_elements();
        self.all.push(weight.reshape([size]));
    }
}
