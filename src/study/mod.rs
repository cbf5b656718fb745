//! What to learn: the study document `m3h-study/1`, its defaults, its validation and a proposal for a new cohort.

pub mod catalogue;
pub mod defaults;
pub mod document;
#[cfg(test)]
pub(crate) mod fixture;
pub mod labels;
mod notation;
pub mod problem;
pub mod propose;
pub mod validate;

use serde::{Deserialize, Serialize};

/// The study document: what to learn, from what, and how. One JSON file, see `docs/study.md`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Study {
    /// Always [`FORMAT`].
    pub format: String,
    /// A name to show.
    pub name: String,
    /// Seed of everything that is drawn: split, weights, batches, dropout, bootstrap.
    pub seed: u64,
    /// What the model reads.
    pub inputs: Inputs,
    /// What it learns; never empty.
    pub tasks: Vec<Task>,
    /// How patients are divided.
    pub split: Split,
    /// Sizes and switches of the model.
    pub model: ModelSettings,
    /// How it is trained.
    pub training: TrainingSettings,
}

/// The version of the study document that this build reads and writes.
pub const FORMAT: &str = "m3h-study/1";

/// What the model reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Inputs {
    /// Columns of the patients table.
    pub tabular: Selection,
    /// Variables of the series table.
    pub series: Selection,
    /// Whether notes are read.
    pub text: bool,
    /// Whether images are read.
    pub image: bool,
    /// Embedding sources.
    pub embeddings: Selection,
}

/// A choice among named things: written `"all"`, `false` (none) or a list of names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// Everything there is (for columns: everything with the role `input`).
    All,
    /// These, by name; empty means none.
    Only(Vec<String>),
}

/// The kind of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// One of two outcomes.
    Binary,
    /// One of several classes.
    Multiclass,
    /// A quantity.
    Regression,
    /// Groups without labels.
    Clustering,
}

/// One task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Its name, unique in the study.
    pub name: String,
    /// Its kind.
    pub kind: TaskKind,
    /// The label's column; none for clustering.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The value that counts as positive (binary); any other value is negative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub positive: Option<String>,
    /// The clinical department it belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// The unit of a quantity, for example `days`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// Number of clusters (clustering).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clusters: Option<usize>,
    /// A column to compare the clusters with (clustering); never used in training.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

impl Task {
    /// A task with nothing but its kind and name.
    pub fn new(kind: TaskKind, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            column: None,
            positive: None,
            department: None,
            unit: None,
            clusters: None,
            reference: None,
        }
    }
}

/// How patients are divided, as shares of all persons; training gets the rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Split {
    /// Share of the test set, 0.05 to 0.5.
    pub test: f64,
    /// Share of the validation set, 0.05 to 0.5.
    pub validation: f64,
    /// Number of folds that take turns as the test set, 2 to 20: the model in force is judged on the first one, `m3h.repeat` trains one for each
    /// (ours). `null` draws one test set.
    pub folds: Option<usize>,
    /// A column of the patients table that fixes the test set, for example the hospital; `null` draws it.
    pub column: Option<String>,
    /// The values of that column whose samples are the test set.
    pub test_values: Vec<String>,
}

/// Self-exploitation: what is added to a task's own attention score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Beta {
    /// 1, the paper's identity matrix; written `"identity"`.
    Identity,
    /// ln(tasks − 1), so that a task keeps half of its own attention however many tasks there are (ours); written `"auto"`.
    Auto,
    /// A number of the user's.
    Value(f64),
}

/// How the series are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeriesEncoder {
    /// By statistics of each variable.
    #[default]
    Summary,
    /// Step by step on a regular grid of hours.
    Sequence,
    /// Both ways, as two sources of the fusion.
    Both,
}

/// How the notes are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextEncoder {
    /// By the weights of their words, pairs of words and negated words.
    #[default]
    Words,
    /// Subword by subword, in their order.
    Sequence,
    /// Both ways, as two sources of the fusion.
    Both,
}

/// Sizes and switches of the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelSettings {
    /// Width of the encoders' hidden layers.
    pub hidden: usize,
    /// Width of a source's embedding, d_e.
    pub embedding: usize,
    /// Width of a task's representation, d.
    pub task_width: usize,
    /// Cross-exploration: factor of the attention scores.
    pub alpha: f64,
    /// Self-exploitation.
    pub beta: Beta,
    /// Whether a task's own representation is added to its mixture (ours).
    pub residual: bool,
    /// Number of models trained together, whose predictions are averaged.
    pub members: usize,
    /// Share of hidden units dropped in training.
    pub dropout: f64,
    /// Share of an encoder's input features dropped in training (ours).
    pub input_dropout: f64,
    /// Probability that a present modality is hidden in training (ours).
    pub modality_dropout: f64,
    /// Quantile bins a number is encoded by.
    pub bins: usize,
    /// How the series are read.
    pub series: SeriesEncoder,
    /// Hours a step of the grid that sequences are read on; `null`: chosen from the data.
    pub grid_hours: Option<f64>,
    /// How the notes are read.
    pub text: TextEncoder,
    /// Side in pixels that images are read at; `null`: 64.
    pub image_side: Option<usize>,
    /// Whether images are shifted, turned and exposed a little differently each time in training.
    pub augmentation: bool,
}

/// How the tasks' losses are weighed against each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Balance {
    /// The mean over tasks.
    Equal,
    /// Learned homoscedastic weights (Kendall et al. 2018).
    Uncertainty,
}

/// What is done about outcomes that are rare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Imbalance {
    /// Nothing: every sample counts alike.
    None,
    /// In binary tasks samples with the outcome weigh as much in all as those without.
    Weighted,
    /// In binary tasks what is already decided rightly counts less (focal loss, Lin et al. 2017, γ = 2).
    Focal,
}

/// What is done to the risks of binary tasks after training, fitted on the validation set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calibration {
    /// Nothing.
    None,
    /// One temperature a task (Guo et al. 2017).
    Temperature,
    /// Isotonic regression (Zadrozny and Elkan 2002).
    Isotonic,
}

/// How the model is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainingSettings {
    /// Most passes over the training rows.
    pub epochs: usize,
    /// Samples a step.
    pub batch: usize,
    /// AdamW's learning rate at the start of the cosine decay.
    pub learning_rate: f64,
    /// AdamW's weight decay.
    pub weight_decay: f64,
    /// Epochs without a better validation score before training stops.
    pub patience: usize,
    /// How the losses are weighed.
    pub balance: Balance,
    /// What is done about rare outcomes.
    pub imbalance: Imbalance,
    /// How risks are recalibrated.
    pub calibration: Calibration,
    /// Steps over which the weights are averaged for validation and prediction; 0 takes the last ones.
    pub averaging: usize,
}
