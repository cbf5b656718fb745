//! One patient explained, and the task attention with other numbers.

use serde::{Deserialize, Serialize};

use super::Tim;
use crate::study::TaskKind;

/// What moved one patient's predictions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// The sample's identifier.
    pub id: String,
    /// The tasks that have labels, in the study's order.
    pub tasks: Vec<ExplainedTask>,
    /// What the contributions are, in a sentence or two.
    pub definition: String,
    /// Seed of the orders that were drawn where not all sets were gone through.
    pub seed: u64,
    /// The version of the studio.
    pub version: String,
}

/// What moved one task's prediction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExplainedTask {
    /// The task.
    pub name: String,
    /// Its kind: of a binary task the risk is explained, of a multiclass one the probability of the class, of a regression the value.
    pub kind: TaskKind,
    /// The class that is foretold, of a multiclass task.
    pub class: Option<String>,
    /// What Predict shows.
    pub shown: f64,
    /// From what is known of everybody, by the modalities that the patient has.
    pub modalities: Contributions,
    /// From the task's own evidence, by the other tasks.
    pub tasks: Contributions,
}

/// Parts that add up to what is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contributions {
    /// The figure without any of them.
    pub start: f64,
    /// What each adds or takes away.
    pub parts: Vec<Contribution>,
    /// Whether all sets were gone through; else orders were drawn.
    pub exact: bool,
}

/// One part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Contribution {
    /// A modality (`tabular`, `series`, `text`, `image`, or an embedding's name) or a task.
    pub name: String,
    /// What it adds, in the unit of what is shown.
    pub value: f64,
}

/// What the trained weights give with other self-exploitation and cross-exploration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mixing {
    /// Cross-exploration α.
    pub alpha: f64,
    /// Self-exploitation β.
    pub beta: f64,
    /// Each task's headline score on the test set; `null` where it is not defined.
    pub scores: Vec<Option<f64>>,
    /// The shares of attention.
    pub attention: Tim,
}
