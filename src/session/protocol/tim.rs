//! Task interaction measurement.

use serde::{Deserialize, Serialize};

/// What is measured; docs/tim.md has the definitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimMeasure {
    /// Shares of attention.
    Attention,
    /// A task taken out of the others' mixtures.
    Occlusion,
    /// Two tasks trained together against each alone.
    Gain,
    /// Shapley values over subsets of tasks trained together.
    Shapley,
}

impl TimMeasure {
    /// All measures.
    pub const ALL: [TimMeasure; 4] = [
        TimMeasure::Occlusion,
        TimMeasure::Attention,
        TimMeasure::Gain,
        TimMeasure::Shapley,
    ];

    /// Its name in the interface.
    pub fn name(self) -> &'static str {
        match self {
            TimMeasure::Attention => "attention",
            TimMeasure::Occlusion => "occlusion",
            TimMeasure::Gain => "gain",
            TimMeasure::Shapley => "shapley",
        }
    }

    /// Whether models are trained for it.
    pub fn trains(self) -> bool {
        matches!(self, TimMeasure::Gain | TimMeasure::Shapley)
    }

    /// What it is, in a sentence with its formula.
    pub fn definition(self) -> &'static str {
        match self {
            TimMeasure::Attention => {
                "A[s, t]: the mean over the test samples of W_i[s, t], the share of task s's attention that goes to task t (ours)."
            }
            TimMeasure::Occlusion => {
                "score_s(full) - score_s(without t): t is taken out of the mixture of s (W_i[s, t] = 0, row renormalised); paired bootstrap interval (ours)."
            }
            TimMeasure::Gain => {
                "score_s({s, t}) - score_s({s}): a model of both tasks against a model of s alone, trained alike; mean over repeats with Student's interval (ours, after the wording of the paper's abstract)."
            }
            TimMeasure::Shapley => {
                "The Shapley value of task t in score_s over the subsets of tasks that contain s; exact up to five tasks, from sampled orders above (ours)."
            }
        }
    }
}

/// How models are trained for a measure.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TimOptions {
    /// Trainings of each coalition, each from another seed; 3 unless told.
    pub repeats: Option<usize>,
    /// Most rounds of sampled orders of more than five tasks; 20 unless told.
    pub rounds: Option<usize>,
    /// What was trained before on the same patients ([`TimPlan::fingerprint`]).
    pub kept: Vec<TrainedCoalition>,
}

/// A model of some tasks that was trained for a measure: its scores, and nothing of a patient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainedCoalition {
    /// Places of the tasks in the study.
    pub tasks: Vec<usize>,
    /// The repeat, from 0.
    pub repeat: usize,
    /// The tasks' headline scores on the test set, in the same order.
    pub scores: Vec<Option<f64>>,
}

/// What a measure would train.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimPlan {
    /// The measure.
    pub measure: TimMeasure,
    /// Trainings in all.
    pub trainings: usize,
    /// Those that are finished.
    pub finished: usize,
    /// Whether it may end with fewer, once the ranking has settled.
    pub at_most: bool,
    /// Trainings of each coalition.
    pub repeats: usize,
    /// A digest of study and patients: finished trainings of another session count where it is the same.
    pub fingerprint: String,
}

/// Task interaction measurement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tim {
    /// The measure.
    pub measure: TimMeasure,
    /// What it is, in a sentence with its formula.
    pub definition: String,
    /// What the matrix is in, per receiving task: `auroc`, `macro_auroc`, `r2`, `silhouette`, or `attention`.
    pub score: Vec<String>,
    /// The tasks.
    pub tasks: Vec<String>,
    /// Rows receive, columns contribute; `null` where not defined.
    pub matrix: Vec<Vec<Option<f64>>>,
    /// Lower ends of the 95 % intervals.
    pub low: Vec<Vec<Option<f64>>>,
    /// Upper ends of the 95 % intervals.
    pub high: Vec<Vec<Option<f64>>>,
    /// The links, strongest first, as sentences.
    pub sentences: Vec<TimSentence>,
    /// Tasks that would be trained together by this measure, largest group first; none by attention, which says nothing of help.
    pub groups: Vec<Vec<String>>,
    /// The seeds: of the model that was measured, or of the models that were trained for it.
    pub seeds: Vec<u64>,
    /// Models that were trained for it.
    pub trainings: usize,
    /// The version of the studio.
    pub version: String,
    /// What the reader should know, one sentence each.
    pub warnings: Vec<String>,
}

/// One link in words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimSentence {
    /// The task that receives.
    pub receiving: String,
    /// The task that contributes.
    pub contributing: String,
    /// For example: What *Sepsis* knows raises *Length of stay* by 1.2 points (0.4 to 2.0).
    pub text: String,
    /// Whether the interval leaves 0 out.
    pub certain: bool,
}
