//! Gradient-boosted trees on the numbers and categories of a study: what one would use instead of the model.
//!
//! One ensemble a task (multiclass: one a class against the rest) of the forust crate, after XGBoost (Chen and Guestrin 2016): up to 500
//! trees of depth 5 at a learning rate of 0.05, each on 80 % of the rows, ended when the loss on the validation rows has not fallen for
//! 30 trees (ours). They read the patients table and the statistics of the series; missing stays missing. Notes, images and
//! vectors they do not read.

use forust_ml::metric::Metric;
use forust_ml::objective::ObjectiveType;
use forust_ml::{GradientBooster, Matrix};
use serde::{Deserialize, Serialize};

use crate::cohort::prepare::{Features, Fitted, FittedSource, Prepared, label_number};
use crate::cohort::split::Partition;
use crate::study::TaskKind;

/// Trees at most.
const MOST_TREES: usize = 500;
/// Trees without a lower validation loss before the end.
const PATIENCE: usize = 30;

/// What boosted trees foretell of the test samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Boosted {
    /// A sample after the other: the risk (binary), the value in the label's unit (regression), a probability a class (multiclass).
    pub values: Vec<f64>,
    /// Trees in use, over all classes.
    pub trees: usize,
}

/// Why there are no trees.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreesError {
    /// Nothing that trees read.
    #[error(
        "Boosted trees read the patients table and the statistics of the series, and the study uses neither. Choose some of them in Tasks."
    )]
    NoTable,
    /// A clustering, or no such task.
    #[error("Boosted trees learn tasks with labels only.")]
    NoLabels,
    /// The crate's own complaint.
    #[error("The boosted trees could not be trained ({0}).")]
    Training(String),
}

/// The features of some rows, column after column: numbers, NaN where missing; each level of a category as 0 or 1.
fn columns(fitted: &Fitted, prepared: &Prepared, rows: &[u32]) -> Vec<f64> {
    let mut all = vec![];
    for (source, prepared_source) in fitted.sources.iter().zip(&prepared.sources) {
        let (
            FittedSource::Table(table),
            Features::Table {
                numbers,
                categories,
            },
        ) = (source, &prepared_source.features)
        else {
            continue;
        };
        let width = table.numbers.len();
        for column in 0..width {
            let value = |&row: &u32| f64::from(numbers[row as usize * width + column]);
            all.extend(rows.iter().map(value));
        }
        let width = table.categories.len();
        for (column, category) in table.categories.iter().enumerate() {
            for level in 0..=category.levels.len() as u32 {
                let is = |&row: &u32| {
                    f64::from(u8::from(categories[row as usize * width + column] == level))
                };
                all.extend(rows.iter().map(is));
            }
        }
    }
    all
}

/// Trains trees for a task on the training rows and foretells the test rows.
///
/// # Errors
/// Where the study has no table to read, the task has no labels, or the crate refuses.
pub fn boosted(
    fitted: &Fitted,
    prepared: &Prepared,
    partition: &Partition,
    task: usize,
    seed: u64,
) -> Result<Boosted, TreesError> {
    let (target, labels) = fitted
        .targets
        .get(task)
        .zip(prepared.targets.get(task))
        .ok_or(TreesError::NoLabels)?;
    let with_label = |rows: &[u32]| -> Vec<u32> {
        let has = |row: &&u32| labels.labelled[**row as usize];
        rows.iter().filter(has).copied().collect()
    };
    let (training, validation) = (
        with_label(&partition.training),
        with_label(&partition.validation),
    );
    let test = &partition.test;
    let [x, held, asked] =
        [&training, &validation, test].map(|rows| columns(fitted, prepared, rows));
    if x.is_empty() || training.is_empty() {
        return Err(TreesError::NoTable);
    }
    let matrix = |values, rows: &[u32]| Matrix::new(values, rows.len(), x.len() / training.len());
    let (x_all, asked_all) = (matrix(&x, &training), matrix(&asked, test));
    let fit = |objective: ObjectiveType, label: &dyn Fn(u32) -> f64| {
        let of = |rows: &[u32]| -> Vec<f64> { rows.iter().map(|&row| label(row)).collect() };
        let (y, y_held) = (of(&training), of(&validation));
        let (weights, weights_held) = (vec![1.0; y.len()], vec![1.0; y_held.len()]);
        let early = !y_held.is_empty();
        // Its own default for squared loss takes logarithms, which standardised labels do not have.
        let metric = match objective {
            ObjectiveType::LogLoss => Metric::LogLoss,
            ObjectiveType::SquaredLoss => Metric::RootMeanSquaredError,
        };
        let mut booster = GradientBooster::default()
            .set_evaluation_metric(Some(metric))
            .set_objective_type(objective)
            .set_iterations(MOST_TREES)
            .set_learning_rate(0.05)
            .set_max_depth(5)
            .set_subsample(0.8)
            .set_initialize_base_score(true)
            .set_seed(seed)
            .set_parallel(false)
            .set_early_stopping_rounds(early.then_some(PATIENCE));
        let sets = early.then(|| {
            vec![(
                matrix(&held, &validation),
                y_held.as_slice(),
                weights_held.as_slice(),
            )]
        });
        booster
            .fit(&x_all, &y, &weights, sets)
            .map_err(|error| TreesError::Training(error.to_string()))?;
        let trees = booster
            .best_iteration
            .map_or(booster.trees.len(), |best| best + 1);
        Ok((booster.predict(&asked_all, false), trees))
    };
    let sigmoid = |value: f64| 1.0 / (1.0 + (-value).exp());
    let known = |row: u32| f64::from(labels.values[row as usize]);
    match target.kind {
        TaskKind::Clustering => Err(TreesError::NoLabels),
        TaskKind::Binary => {
            let (values, trees) = fit(ObjectiveType::LogLoss, &known)?;
            let values = values.into_iter().map(sigmoid).collect();
            Ok(Boosted { values, trees })
        }
        TaskKind::Regression => {
            let (values, trees) = fit(ObjectiveType::SquaredLoss, &known)?;
            let in_unit = |value: f64| label_number(target, value as f32);
            let values = values.into_iter().map(in_unit).collect();
            Ok(Boosted { values, trees })
        }
        TaskKind::Multiclass => {
            let classes = target.classes.len();
            let mut values = vec![0.0; test.len() * classes];
            let mut trees = 0;
            for class in 0..classes {
                let is = |row: u32| f64::from(u8::from(known(row) as usize == class));
                let (risks, used) = fit(ObjectiveType::LogLoss, &is)?;
                trees += used;
                for (sample, risk) in risks.into_iter().enumerate() {
                    values[sample * classes + class] = sigmoid(risk);
                }
            }
            for row in values.chunks_mut(classes.max(1)) {
                let sum: f64 = row.iter().sum::<f64>().max(1e-12);
                row.iter_mut().for_each(|value| *value /= sum);
            }
            Ok(Boosted { values, trees })
        }
    }
}
