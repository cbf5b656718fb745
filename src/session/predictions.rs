//! Predictions in the words of the labels.

use std::collections::BTreeMap;

use super::protocol::{Prediction, PredictionRow, Predictions};
use super::trained::Model;
use crate::cohort::prepare::Prepared;
use crate::model::DeviceCohort;
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
    let most: Vec<Vec<usize>> = predictions
        .iter()
        .map(TaskPrediction::most_probable)
        .collect();
    let mut without = 0;
    let rows_of = rows;
    let rows: Vec<PredictionRow> = rows
        .iter()
        .enumerate()
        .map(|(position, &row)| {
            let sources: Vec<String> = model
                .fitted
                .sources
                .iter()
                .zip(&prepared.sources)
                .filter(|(_, source)| source.present[row as usize])
                .map(|(fitted, _)| fitted.name().to_owned())
                .collect();
            without += usize::from(sources.is_empty());
            let tasks = model
                .study
                .tasks
                .iter()
                .enumerate()
                .map(|(task, named)| {
                    let told = tell(model, &predictions[task], &most[task], task, position);
                    (named.name.clone(), told)
                })
                .collect::<BTreeMap<_, _>>();
            PredictionRow {
                id: ids[row as usize].clone(),
                sources,
                tasks,
            }
        })
        .collect();
    let never: Vec<&str> = model
        .fitted
        .sources
        .iter()
        .zip(&prepared.sources)
        .filter(|(_, source)| !rows_of.iter().any(|&row| source.present[row as usize]))
        .map(|(fitted, _)| fitted.name())
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

fn tell(
    model: &Model,
    prediction: &TaskPrediction,
    most: &[usize],
    task: usize,
    position: usize,
) -> Prediction {
    match prediction {
        TaskPrediction::Binary(probability) => {
            let risk = probability[position];
            let risk = match &model.recalibration[task] {
                Some(recalibration) => recalibration.apply(risk),
                None => risk,
            };
            Prediction::Binary {
                probability: risk,
                positive: risk >= model.thresholds[task].unwrap_or(0.5),
            }
        }
        TaskPrediction::Regression(value) => Prediction::Regression {
            value: value[position],
        },
        TaskPrediction::Multiclass {
            classes,
            probabilities,
        } => {
            let names = &model.fitted.targets[task].classes;
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
