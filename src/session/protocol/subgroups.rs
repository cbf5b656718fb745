//! A model judged within groups of patients.

use serde::{Deserialize, Serialize};

use super::Metric;

/// Every task judged within the groups of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subgroups {
    /// The column of the patients table.
    pub column: String,
    /// The tasks, in the study's order.
    pub tasks: Vec<String>,
    /// Name of each task's headline score: `auroc`, `macro_auroc`, `r2` or `silhouette`.
    pub score: Vec<String>,
    /// The groups: categories by falling number of test samples, numbers by rising range, samples without a value last.
    pub groups: Vec<Subgroup>,
}

/// One group of test samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subgroup {
    /// Its name.
    pub name: String,
    /// Its test samples.
    pub samples: usize,
    /// One entry a task.
    pub tasks: Vec<SubgroupTask>,
}

/// A task within a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubgroupTask {
    /// Labelled test samples of the group.
    pub labelled: usize,
    /// Samples with the outcome (binary tasks).
    pub positive: Option<usize>,
    /// The headline score, with its interval.
    pub score: Metric,
    /// Mean of the predictions: risk (binary), value in the label's unit (regression).
    pub predicted: Option<f64>,
    /// Mean of what was observed: prevalence, or value in the label's unit.
    pub observed: Option<f64>,
    /// Expected calibration error (binary tasks).
    pub ece: Option<Metric>,
    /// Why the group has too few cases to say anything, in a sentence.
    pub few: Option<String>,
}
