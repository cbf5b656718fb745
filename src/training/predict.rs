//! Predictions of a trained model for some rows.

use burn::tensor::{Tensor, TensorData, activation::softmax};
use serde::{Deserialize, Serialize};

use super::{TrainingError, read};
use crate::cohort::prepare::{Fitted, FittedTarget, label_number};
use crate::model::DeviceCohort;
use crate::model::head::{Output, TaskGroups};
use crate::model::m3h::{M3h, Pass};
use crate::study::TaskKind;

/// One task's predictions, one row a sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum TaskPrediction {
    /// Probabilities of the positive value.
    Binary(Vec<f64>),
    /// Probabilities, row-major, samples × classes.
    Multiclass {
        /// Number of classes.
        classes: usize,
        /// The probabilities.
        probabilities: Vec<f64>,
    },
    /// Values in the label's unit.
    Regression(Vec<f64>),
    /// Soft assignments and the representations they come from.
    Clustering {
        /// Number of clusters.
        clusters: usize,
        /// Row-major, samples × clusters.
        assignment: Vec<f64>,
        /// Width of the representation.
        width: usize,
        /// Row-major, samples × width.
        representation: Vec<f64>,
    },
}

impl TaskPrediction {
    /// How many samples it is of.
    pub fn positions(&self) -> usize {
        match self {
            Self::Binary(values) | Self::Regression(values) => values.len(),
            Self::Multiclass {
                classes,
                probabilities,
            } => probabilities.len() / (*classes).max(1),
            Self::Clustering {
                clusters,
                assignment,
                ..
            } => assignment.len() / (*clusters).max(1),
        }
    }

    /// The predictions at some positions.
    pub fn picked(&self, positions: &[usize]) -> Self {
        let rows = |values: &[f64], width: usize| -> Vec<f64> {
            positions
                .iter()
                .flat_map(|&p| values[p * width..(p + 1) * width].iter().copied())
                .collect()
        };
        match self {
            Self::Binary(values) => Self::Binary(rows(values, 1)),
            Self::Regression(values) => Self::Regression(rows(values, 1)),
            Self::Multiclass {
                classes,
                probabilities,
            } => Self::Multiclass {
                classes: *classes,
                probabilities: rows(probabilities, *classes),
            },
            Self::Clustering {
                clusters,
                assignment,
                width,
                representation,
            } => Self::Clustering {
                clusters: *clusters,
                assignment: rows(assignment, *clusters),
                width: *width,
                representation: rows(representation, *width),
            },
        }
    }

    /// The most probable class or cluster of each sample; empty for other kinds.
    pub fn most_probable(&self) -> Vec<usize> {
        let (width, values) = match self {
            Self::Multiclass {
                classes,
                probabilities,
            } => (*classes, probabilities),
            Self::Clustering {
                clusters,
                assignment,
                ..
            } => (*clusters, assignment),
            _ => return vec![],
        };
        values
            .chunks(width.max(1))
            .map(|row| {
                row.iter()
                    .enumerate()
                    .fold((0, f64::MIN), |best, (class, &value)| {
                        if value > best.1 { (class, value) } else { best }
                    })
                    .0
            })
            .collect()
    }
}

/// Samples a pass.
pub const CHUNK: usize = 512;

/// What is done to the task attention before the heads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mixture {
    /// Nothing.
    Full,
    /// This task is taken out of every other task's mixture.
    Without(usize),
}

/// Predictions of the members' mean for `rows`, one entry a task in the study's order.
///
/// # Errors
/// Where the device failed, or a prediction is not finite.
pub async fn predict(
    members: &[M3h],
    cohort: &DeviceCohort,
    fitted: &Fitted,
    groups: &TaskGroups,
    rows: &[u32],
    mixture: Mixture,
) -> Result<Vec<TaskPrediction>, TrainingError> {
    let all = predict_mixtures(members, cohort, fitted, groups, rows, &[mixture]).await?;
    Ok(all.into_iter().next().unwrap_or_default())
}

/// The same for several mixtures, with one pass through encoders and attention for all of them.
/// Clusters come from the first member, since clusters of different members do not correspond.
///
/// # Errors
/// Where the device failed, or a prediction is not finite.
pub async fn predict_mixtures(
    members: &[M3h],
    cohort: &DeviceCohort,
    fitted: &Fitted,
    groups: &TaskGroups,
    rows: &[u32],
    mixtures: &[Mixture],
) -> Result<Vec<Vec<TaskPrediction>>, TrainingError> {
    let mut predictions = vec![none(fitted); mixtures.len()];
    for chunk in rows.chunks(CHUNK) {
        let passes: Vec<Pass> = members
            .iter()
            .map(|member| member.forward(cohort.batch(chunk), groups))
            .collect();
        for (&mixture, all) in mixtures.iter().zip(&mut predictions) {
            let outputs: Vec<Output> = members
                .iter()
                .zip(&passes)
                .map(|(member, pass)| output_of(member, pass, groups, mixture))
                .collect();
            gather(members, &outputs, groups, fitted, all).await?;
        }
    }
    for all in &mut predictions {
        finish(all, cohort, fitted, rows)?;
    }
    Ok(predictions)
}

/// Gives those of `rows` who have no input at all the prior, once all rows were gathered.
///
/// # Errors
/// Where a prediction is not finite.
pub fn finish(
    predictions: &mut [TaskPrediction],
    cohort: &DeviceCohort,
    fitted: &Fitted,
    rows: &[u32],
) -> Result<(), TrainingError> {
    let without = (0..rows.len()).filter(|&position| cohort.has_nothing(rows[position]));
    for position in without {
        set_priors(predictions, fitted, position);
    }
    check_finite(predictions)
}

/// What one sample's predictions may rest on.
#[derive(Debug, Clone, Copy)]
pub enum Kept<'a> {
    /// Of the sources that it has, those of each set, one bit each: the missing tokens stand in for the others.
    Sources(&'a [u64]),
    /// Of the other tasks, those of each set, one bit each: the others are taken out of every task's mixture, as by
    /// [`Mixture::Without`].
    Tasks(&'a [u64]),
}

/// Predictions for one sample, one position a set. Encoders run once. Clusterings stay empty.
///
/// # Errors
/// Where the device failed, or a prediction is not finite.
pub async fn predict_kept(
    members: &[M3h],
    cohort: &DeviceCohort,
    fitted: &Fitted,
    groups: &TaskGroups,
    row: u32,
    kept: Kept<'_>,
) -> Result<Vec<TaskPrediction>, TrainingError> {
    let mut predictions = none(fitted);
    let has = cohort.has(row);
    let within = |set: u64, place: usize| set >> place & 1 == 1;
    let (Kept::Sources(sets) | Kept::Tasks(sets)) = kept;
    for sets in sets.chunks(CHUNK) {
        let mut outputs = vec![];
        for member in members {
            let batch = cohort.batch(&[row]);
            let device = batch.present.device();
            let present = batch.present.clone();
            let embeddings = member.embed(batch);
            outputs.push(match kept {
                Kept::Sources(_) => {
                    let [_, sources, width] = embeddings.dims();
                    let present: Vec<f32> = sets
                        .iter()
                        .flat_map(|&set| (0..sources).map(move |place| (set, place)))
                        .map(|(set, place)| f32::from(u8::from(has[place] && within(set, place))))
                        .collect();
                    let present =
                        Tensor::from_data(TensorData::new(present, [sets.len(), sources]), &device);
                    let embeddings = embeddings.expand([sets.len(), sources, width]);
                    member.decide(embeddings, present, groups).output
                }
                Kept::Tasks(_) => {
                    let attended = member.decide(embeddings, present, groups).attended;
                    let tasks = groups.tasks();
                    let keep: Vec<f32> = sets
                        .iter()
                        .flat_map(|&set| (0..tasks * tasks).map(move |cell| (set, cell)))
                        .map(|(set, cell)| {
                            let (receiving, contributing) = (cell / tasks, cell % tasks);
                            let stays = receiving == contributing || within(set, contributing);
                            f32::from(u8::from(stays))
                        })
                        .collect();
                    let keep = Tensor::from_data(
                        TensorData::new(keep, [sets.len(), tasks, tasks]),
                        &device,
                    );
                    let mixed = member.attention.keep(&attended, keep);
                    member.heads.forward(mixed, groups)
                }
            });
        }
        let position = predictions.iter().map(TaskPrediction::positions).max();
        for output in &mut outputs {
            output.representation.clear();
        }
        gather(members, &outputs, groups, fitted, &mut predictions).await?;
        for (offset, &set) in sets.iter().enumerate() {
            let nothing = match kept {
                Kept::Sources(_) => !(0..has.len()).any(|place| has[place] && within(set, place)),
                Kept::Tasks(_) => !has.contains(&true),
            };
            if nothing {
                set_priors(&mut predictions, fitted, position.unwrap_or(0) + offset);
            }
        }
    }
    check_finite(&predictions)?;
    Ok(predictions)
}

/// Adds the mean of the members' outputs for a batch to the tasks' predictions.
/// Clusters come from the first member, since clusters of different members do not correspond.
///
/// # Errors
/// Where the device failed.
pub async fn gather(
    members: &[M3h],
    outputs: &[Output],
    groups: &TaskGroups,
    fitted: &Fitted,
    into: &mut [TaskPrediction],
) -> Result<(), TrainingError> {
    let mut sum: Option<(Vec<f64>, Vec<f64>)> = None;
    for output in outputs {
        let (scalars, classes) = numbers(output, groups).await?;
        let add = |into: &mut Vec<f64>, from: Vec<f64>| {
            into.iter_mut().zip(from).for_each(|(sum, v)| *sum += v);
        };
        match &mut sum {
            None => sum = Some((scalars, classes)),
            Some((first, second)) => {
                add(first, scalars);
                add(second, classes);
            }
        }
    }
    if let (Some(member), Some(output)) = (members.first(), outputs.first()) {
        clusters(member, output, groups, into).await?;
    }
    let share = 1.0 / members.len().max(1) as f64;
    if let Some((scalars, classes)) = sum {
        spread(&scalars, &classes, share, groups, fitted, into);
    }
    Ok(())
}

/// No prediction yet, one entry a task.
pub fn none(fitted: &Fitted) -> Vec<TaskPrediction> {
    fitted
        .targets
        .iter()
        .map(|target| empty(target.kind, target.classes.len(), target.clusters))
        .collect()
}

fn check_finite(predictions: &[TaskPrediction]) -> Result<(), TrainingError> {
    if !predictions.iter().all(finite) {
        return Err(TrainingError::Device(
            "it computed a prediction that is not a number".into(),
        ));
    }
    Ok(())
}

/// [`set_prior`] for every task.
fn set_priors(predictions: &mut [TaskPrediction], fitted: &Fitted, position: usize) {
    for (prediction, target) in predictions.iter_mut().zip(&fitted.targets) {
        set_prior(prediction, target, position);
    }
}

/// Who has no input at all gets what is known of everybody: prevalence, class shares or mean of the training labels (ours).
/// Clusters have no labels, so the model's own answer stands.
fn set_prior(prediction: &mut TaskPrediction, target: &FittedTarget, position: usize) {
    match prediction {
        TaskPrediction::Binary(values) | TaskPrediction::Regression(values) => {
            values[position] = f64::from(target.mean);
        }
        TaskPrediction::Multiclass {
            classes,
            probabilities,
        } if target.shares.len() == *classes => {
            let row = &mut probabilities[position * *classes..][..*classes];
            row.iter_mut()
                .zip(&target.shares)
                .for_each(|(value, &share)| *value = f64::from(share));
        }
        _ => {}
    }
}

/// The heads' output for a mixture.
pub fn output_of(model: &M3h, pass: &Pass, groups: &TaskGroups, mixture: Mixture) -> Output {
    match mixture {
        Mixture::Full => pass.output.clone(),
        Mixture::Without(task) => model
            .heads
            .forward(model.attention.occlude(&pass.attended, task), groups),
    }
}

/// Probabilities and standardised values `[batch, scalars]`, and class probabilities `[multiclass, batch, most classes]`, on the host.
async fn numbers(
    output: &Output,
    groups: &TaskGroups,
) -> Result<(Vec<f64>, Vec<f64>), TrainingError> {
    let mut scalars = vec![];
    if let Some(values) = &output.scalars {
        let binary = groups.binary.len();
        scalars = wide(read(values.clone()).await?);
        let width = groups.scalars().len();
        for row in scalars.chunks_mut(width) {
            for logit in &mut row[..binary] {
                *logit = 1.0 / (1.0 + (-*logit).exp());
            }
        }
    }
    let mut classes = vec![];
    if let Some(logits) = &output.classes {
        classes = wide(read(softmax(logits.clone(), 2)).await?);
    }
    Ok((scalars, classes))
}

async fn clusters(
    model: &M3h,
    output: &Output,
    groups: &TaskGroups,
    predictions: &mut [TaskPrediction],
) -> Result<(), TrainingError> {
    for ((head, values), &task) in model
        .heads
        .clusters
        .iter()
        .zip(&output.representation)
        .zip(&groups.clustering)
    {
        let soft = read(head.assign(values.clone())).await?;
        let points: Tensor<2> = values.clone();
        let points_width = points.dims()[1];
        let points = read(points).await?;
        if let TaskPrediction::Clustering {
            assignment,
            width,
            representation,
            ..
        } = &mut predictions[task]
        {
            *width = points_width;
            assignment.extend(wide(soft));
            representation.extend(wide(points));
        }
    }
    Ok(())
}

/// Adds a chunk's numbers to the tasks they belong to.
fn spread(
    scalars: &[f64],
    classes: &[f64],
    share: f64,
    groups: &TaskGroups,
    fitted: &Fitted,
    predictions: &mut [TaskPrediction],
) {
    let order = groups.scalars();
    let samples = scalars.len() / order.len().max(1);
    for (column, &task) in order.iter().enumerate() {
        let values = (0..samples).map(|row| scalars[row * order.len() + column] * share);
        match &mut predictions[task] {
            TaskPrediction::Binary(all) => all.extend(values),
            TaskPrediction::Regression(all) => {
                all.extend(values.map(|v| label_number(&fitted.targets[task], v as f32)));
            }
            _ => {}
        }
    }
    let most = groups.most_classes();
    let samples = classes.len() / (most * groups.multiclass.len()).max(1);
    for (position, &task) in groups.multiclass.iter().enumerate() {
        if let TaskPrediction::Multiclass {
            classes: own,
            probabilities,
        } = &mut predictions[task]
        {
            for row in 0..samples {
                let start = (position * samples + row) * most;
                probabilities.extend(classes[start..start + *own].iter().map(|v| v * share));
            }
        }
    }
}

fn empty(kind: TaskKind, classes: usize, clusters: usize) -> TaskPrediction {
    match kind {
        TaskKind::Binary => TaskPrediction::Binary(vec![]),
        TaskKind::Regression => TaskPrediction::Regression(vec![]),
        TaskKind::Multiclass => TaskPrediction::Multiclass {
            classes,
            probabilities: vec![],
        },
        TaskKind::Clustering => TaskPrediction::Clustering {
            clusters,
            assignment: vec![],
            width: 0,
            representation: vec![],
        },
    }
}

fn finite(prediction: &TaskPrediction) -> bool {
    let all = |values: &[f64]| values.iter().all(|v| v.is_finite());
    match prediction {
        TaskPrediction::Binary(values) | TaskPrediction::Regression(values) => all(values),
        TaskPrediction::Multiclass { probabilities, .. } => all(probabilities),
        TaskPrediction::Clustering {
            assignment,
            representation,
            ..
        } => all(assignment) && all(representation),
    }
}

fn wide(values: Vec<f32>) -> Vec<f64> {
    values.into_iter().map(f64::from).collect()
}
