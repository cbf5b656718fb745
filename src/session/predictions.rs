//! Predictions in the words of the labels.

use std::collections::BTreeMap;

use super::protocol::{Prediction, PredictionRow, Predictions};
use super::trained::Model;
use crate::cohort::prepare::{FittedTarget, Prepared};
use crate::metrics::Recalibration;
use crate::model::DeviceCohort;
use crate::study::Study;
use crate::training::TrainingError;
use crate::training::predict::{Mixture, TaskPrediction, predict};

/// Predicts `rows` of a cohort that was prepared with the trained model's own fits.
///
/// # Errors
/// Where the device failed.
pub async fn predict_rows(
    model: &Model,
    cohort: &DeviceCohort,
    prepared: &Prepared,
    ids: &[String],
    rows: &[u32],
    mut warnings: Vec<String>,
) -> Result<Predictions, TrainingError> {
    let predictions = predict(
        &model.members,
        cohort,
        &model.fitted,
        &model.groups,
        rows,
        Mixture::Full,
    )
    .await?;
    let told = Told {
        study: &model.study,
        targets: &model.fitted.targets,
        thresholds: &model.thresholds,
        recalibration: &model.recalibration,
        most: predictions
            .iter()
            .map(TaskPrediction::most_probable)
            .collect(),
    };
    let mut without = 0;
    let rows_of = rows;
    let present = || {
        let sources = model.fitted.sources.iter().zip(&prepared.sources);
        sources.map(|(fitted, source)| (fitted.name(), source.present.as_slice()))
    };
    let rows: Vec<PredictionRow> = rows
        .iter()
        .enumerate()
        .map(|(position, &row)| {
            let sources = sources_of(present(), row);
            without += usize::from(sources.is_empty());
            PredictionRow {
                id: ids[row as usize].clone(),
                sources,
                tasks: told.row(&predictions, position),
            }
        })
        .collect();
    let never: Vec<&str> = present()
        .filter(|(_, present)| !rows_of.iter().any(|&row| present[row as usize]))
        .map(|(name, _)| name)
        .collect();
    if !never.is_empty() && without < rows.len() {
        warnings.push(format!(
            "No sample has {}, which the model reads: what it predicts rests on the other inputs. Add the files, or the frozen encoder, that it was trained with.",
            never.join(", ")
        ));
    }
    if without > 0 {
        warnings.push(format!(
            "{without} samples have none of the model's inputs: what is shown for them is what is known of everybody, the prevalence, class shares or mean of the training patients."
        ));
    }
    Ok(Predictions { rows, warnings })
}

/// The names of the sources that a sample has, of all sources and whether each sample has them.
pub fn sources_of<'a>(all: impl Iterator<Item = (&'a str, &'a [bool])>, row: u32) -> Vec<String> {
    all.filter(|(_, present)| present[row as usize])
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// What turns predictions into words.
pub struct Told<'a> {
    /// The study.
    pub study: &'a Study,
    /// Its targets as they were fitted.
    pub targets: &'a [FittedTarget],
    /// Thresholds of the binary tasks.
    pub thresholds: &'a [Option<f64>],
    /// What is done to each task's risks.
    pub recalibration: &'a [Option<Recalibration>],
    /// [`TaskPrediction::most_probable`] of each task.
    pub most: Vec<Vec<usize>>,
}

impl Told<'_> {
    /// One sample's predictions by task name; `position` is its place in the predictions.
    pub fn row(
        &self,
        predictions: &[TaskPrediction],
        position: usize,
    ) -> BTreeMap<String, Prediction> {
        let tasks = self.study.tasks.iter().zip(predictions).enumerate();
        tasks
            .map(|(task, (named, prediction))| {
                let told = self.prediction(prediction, task, position);
                (named.name.clone(), told)
            })
            .collect()
    }

    fn prediction(&self, prediction: &TaskPrediction, task: usize, position: usize) -> Prediction {
        let most = &self.most[task];
        match prediction {
            TaskPrediction::Binary(probability) => {
                let risk = probability[position];
                let risk = match &self.recalibration[task] {
                    Some(recalibration) => recalibration.apply(risk),
                    None => risk,
                };
                Prediction::Binary {
                    probability: risk,
                    positive: risk >= self.thresholds[task].unwrap_or(0.5),
                }
            }
            TaskPrediction::Regression(value) => Prediction::Regression {
                value: value[position],
            },
            TaskPrediction::Multiclass {
                classes,
                probabilities,
            } => {
                let names = &self.targets[task].classes;
                let row = &probabilities[position * classes..(position + 1) * classes];
                Prediction::Multiclass {
                    class: names.get(most[position]).cloned().unwrap_or_default(),
                    probabilities: names.iter().cloned().zip(row.iter().copied()).collect(),
                }
            }
            TaskPrediction::Clustering {
                clusters,
                assignment,
                ..
            } => Prediction::Clustering {
                cluster: most[position] + 1,
                probability: assignment[position * clusters + most[position]],
            },
        }
    }
}
