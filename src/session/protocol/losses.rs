//! The model in force against the same study trained with other losses.

use serde::{Deserialize, Serialize};

use super::Metric;
use crate::study::{Balance, Imbalance};

/// What other choices for rare outcomes and for the tasks' weights would have given, on the same patients.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LossComparison {
    /// The choice of the model in force.
    pub own: LossChoice,
    /// The tasks, in the study's order.
    pub tasks: Vec<String>,
    /// Name of each task's headline score.
    pub score: Vec<String>,
    /// Each task's score in the model in force; `null` where it is not defined.
    pub full: Vec<Option<f64>>,
    /// Each binary task's Brier score in the model in force.
    pub brier: Vec<Option<f64>>,
    /// The other choices that were trained.
    pub others: Vec<LossEffect>,
    /// How many other choices there are.
    pub wanted: usize,
    /// What the reader should know, one sentence each.
    pub warnings: Vec<String>,
}

/// How losses are weighed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LossChoice {
    /// Rare outcomes.
    pub imbalance: Imbalance,
    /// Tasks.
    pub balance: Balance,
}

/// What one other choice changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LossEffect {
    /// The choice.
    pub choice: LossChoice,
    /// Each task's score with this choice minus its score in the model in force, with the paired bootstrap's interval.
    pub difference: Vec<Metric>,
    /// The same of the Brier score of binary tasks; below 0, risks are better calibrated and sharper with this choice.
    pub brier: Vec<Metric>,
    /// The mean of `difference` over the tasks that have labels.
    pub mean: Metric,
    /// Epochs trained, and the best one.
    pub epochs: usize,
    /// The epoch whose weights were judged.
    pub best_epoch: usize,
    /// Seconds of training.
    pub seconds: f64,
}
