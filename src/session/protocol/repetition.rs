//! The study trained again, on other folds or from other seeds.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Metric;
use crate::study::TaskKind;

/// What differs between the trainings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Over {
    /// The fold that is tested; every sample is tested once.
    #[default]
    Folds,
    /// The seed of split, weights and batches.
    Seeds,
}

/// A study trained several times.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Repetition {
    /// What differs.
    pub over: Over,
    /// Trainings asked for.
    pub wanted: usize,
    /// The finished trainings, by rising number.
    pub runs: Vec<RepeatedRun>,
    /// The tasks, in the study's order.
    pub tasks: Vec<RepeatedTask>,
    /// Seconds of all trainings together.
    pub seconds: f64,
    /// What the reader should know, one sentence each.
    pub warnings: Vec<String>,
}

/// One training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RepeatedRun {
    /// `Fold 1` or `Seed 7`.
    pub name: String,
    /// Samples tested.
    pub test: usize,
    /// Epochs trained.
    pub epochs: usize,
    /// The epoch whose weights were judged.
    pub best_epoch: usize,
    /// Seconds of training.
    pub seconds: f64,
    /// Each task's headline score, `null` where it is not defined.
    pub scores: Vec<Option<f64>>,
}

/// One task over all finished trainings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RepeatedTask {
    /// The task.
    pub name: String,
    /// Its department.
    pub department: Option<String>,
    /// Its kind.
    pub kind: TaskKind,
    /// Name of the headline score: `auroc`, `macro_auroc`, `r2` or `silhouette`.
    pub score: String,
    /// Mean score of the trainings, with the 95 % interval of Student's t over them.
    pub mean: Metric,
    /// Standard deviation of the scores; `null` with fewer than two.
    pub deviation: Option<f64>,
    /// The lowest score.
    pub lowest: Option<f64>,
    /// The highest score.
    pub highest: Option<f64>,
    /// Over folds: the metrics of the out-of-fold predictions of all samples together, with intervals by bootstrap of persons.
    pub pooled: BTreeMap<String, Metric>,
    /// Over folds: labelled samples that were predicted out of fold.
    pub labelled: usize,
}
