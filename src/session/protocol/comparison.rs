//! One model for all tasks against a model of each task alone.

use serde::{Deserialize, Serialize};

use super::Metric;
use crate::study::TaskKind;

/// What the model of all tasks is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Against {
    /// A model of each task alone.
    #[default]
    Single,
    /// Gradient-boosted trees for each task, on table and statistics.
    Trees,
    /// A model of each group of tasks, as TIM proposes.
    Groups,
}

impl Against {
    /// Whether tasks of this kind are compared: trees learn tasks with labels only.
    pub fn compares(self, kind: TaskKind) -> bool {
        self != Against::Trees || kind != TaskKind::Clustering
    }
}

impl Comparison {
    /// Tasks that are to be compared.
    pub fn wanted(&self) -> usize {
        let compared = |task: &&ComparedTask| self.against.compares(task.kind);
        self.tasks.iter().filter(compared).count()
    }
}

/// The model in force against models of one task, or one group of tasks, each: of the same encoders, split, seed and budget; or boosted trees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// What it was compared with.
    pub against: Against,
    /// The groups that were asked for, by the tasks' names; none where tasks are alone.
    pub groups: Vec<Vec<String>>,
    /// The tasks, in the study's order.
    pub tasks: Vec<ComparedTask>,
    /// The departments that tasks name, by alphabet.
    pub departments: Vec<ComparedDepartment>,
    /// The mean difference over the tasks that have labels and were compared.
    pub mean: Metric,
    /// What the figures say, and no more than that.
    pub verdict: String,
    /// Tasks that were trained alone, or in their groups.
    pub finished: usize,
    /// Seconds of all trainings of single tasks together.
    pub seconds: f64,
    /// What the reader should know, one sentence each.
    pub warnings: Vec<String>,
}

/// One task, learned with the others and alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparedTask {
    /// The task.
    pub name: String,
    /// Its department.
    pub department: Option<String>,
    /// Its kind.
    pub kind: TaskKind,
    /// Name of the headline score: `auroc`, `macro_auroc`, `r2` or `silhouette`.
    pub score: String,
    /// The score of the model of all tasks on the test set; `null` where it is not defined.
    pub multitask: Option<f64>,
    /// The score of the model (or trees) of this task alone, or of its group, on the same samples; `null` where it is not defined or not trained yet.
    pub single: Option<f64>,
    /// `multitask` minus `single`, with the paired bootstrap's interval.
    pub difference: Metric,
    /// Epochs that the model of this task alone was trained, or trees that were grown.
    pub epochs: usize,
    /// Its best epoch; all trees.
    pub best_epoch: usize,
    /// Seconds of its training; of a group's, its share.
    pub seconds: f64,
}

/// The tasks of one department.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ComparedDepartment {
    /// The department.
    pub name: String,
    /// Its tasks that have labels and were compared.
    pub tasks: usize,
    /// The mean of their differences.
    pub difference: Metric,
}
