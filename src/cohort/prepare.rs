//! From a cohort to arrays: what is fitted on the training rows ([`Fitted`]) and what it makes of any rows ([`Prepared`]).
//!
//! Everything fitted (bins, scales, categories, vocabulary, class lists) comes from the training rows alone.

use serde::{Deserialize, Serialize};

use super::Cohort;
use crate::study::{Study, TaskKind};

/// Everything that was fitted on the training rows, for each source in use and each task. Holds no patient rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// The sources in use, in the order of the model's fusion.
    pub sources: Vec<FittedSource>,
    /// The tasks, in the order of the study.
    pub targets: Vec<FittedTarget>,
}

/// One fitted source: an encoder's input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FittedSource {
    /// Numbers and categories: the patients table, or the summary statistics of the series.
    Table(FittedTable),
    /// Notes, as the words and word pairs of a vocabulary.
    Text(FittedText),
    /// Images.
    Image(FittedImage),
    /// Vectors encoded elsewhere.
    Embedding(FittedEmbedding),
}

/// Numbers and categories of one source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedTable {
    /// `tabular` or `series`.
    pub name: String,
    /// Numeric features.
    pub numbers: Vec<FittedNumber>,
    /// Categorical features (yes/no columns among them).
    pub categories: Vec<FittedCategory>,
}

/// One numeric feature: its column, or its series variable and statistic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedNumber {
    /// The column, or the series variable.
    pub name: String,
    /// The statistic of a series variable, one of [`STATISTICS`]; empty for a column.
    pub statistic: String,
    /// Strictly increasing quantile edges of the training rows, 2 to bins + 1 of them.
    pub edges: Vec<f32>,
    /// Mean of the training rows.
    pub mean: f32,
    /// Standard deviation of the training rows; 1 where they are constant.
    pub deviation: f32,
}

/// One categorical feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedCategory {
    /// The column.
    pub name: String,
    /// The values seen in training rows, most frequent first; code 0 is "missing or never seen", level k has code k + 1.
    pub levels: Vec<String>,
}

/// The notes' vocabulary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedText {
    /// Words, and pairs of neighbouring words joined by a blank, by falling document frequency.
    pub terms: Vec<String>,
    /// Inverse document frequency of each term.
    pub weights: Vec<f32>,
}

/// The images' scale.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedImage {
    /// Side in pixels.
    pub side: usize,
    /// Mean grey value of the training images, 0 to 1.
    pub mean: f32,
    /// Standard deviation of the grey values, 0 to 1.
    pub deviation: f32,
}

/// One source of vectors.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedEmbedding {
    /// The source's name.
    pub name: String,
    /// Names of its columns.
    pub columns: Vec<String>,
    /// Mean of each column over the training rows.
    pub means: Vec<f32>,
    /// Standard deviation of each column, 1 where constant.
    pub deviations: Vec<f32>,
}

/// One fitted task.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedTarget {
    /// The task's name.
    pub name: String,
    /// Its kind.
    pub kind: TaskKind,
    /// Class names (multiclass: values of the training rows in natural order; binary: `[negative, positive]`; else empty).
    pub classes: Vec<String>,
    /// Number of clusters (clustering), else 0.
    pub clusters: usize,
    /// Mean of the training labels (regression), else 0. Binary: the training prevalence.
    pub mean: f32,
    /// Standard deviation of the training labels (regression), else 1.
    pub deviation: f32,
}

/// The statistics of a series variable, in order. The first eleven are HAIM's; count and last are added (ours).
pub const STATISTICS: [&str; 13] = [
    "maximum", "minimum", "mean", "variance", "mean difference", "mean absolute difference",
    "maximum absolute difference", "sum of absolute differences", "last minus first", "peaks", "slope", "count", "last",
];

/// The arrays of some cohort's samples, ready to be laid on a device.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// Number of samples.
    pub samples: usize,
    /// One entry a fitted source, in the same order.
    pub sources: Vec<PreparedSource>,
    /// One entry a fitted task, in the same order. Empty when prepared for prediction.
    pub targets: Vec<PreparedTarget>,
}

/// One source's arrays.
#[derive(Debug, Clone, PartialEq)]
pub struct PreparedSource {
    /// Per sample whether it has anything of this source.
    pub present: Vec<bool>,
    /// The features.
    pub features: Features,
}

/// The features of one source.
#[derive(Debug, Clone, PartialEq)]
pub enum Features {
    /// Raw numbers and category codes.
    Table {
        /// Row-major, samples × numeric features; NaN where missing. Not yet binned or scaled: the model does both on the device.
        numbers: Vec<f32>,
        /// Row-major, samples × categorical features; codes from 0 to the number of levels.
        categories: Vec<u32>,
    },
    /// Row-major, samples × features, scaled; 0 where missing. Text: the terms' weights (L2 norm 1 a sample). Embeddings: standardised.
    Dense(Vec<f32>),
    /// Images.
    Images {
        /// Row-major, images × side × side, standardised.
        pixels: Vec<f32>,
        /// `offsets[i]..offsets[i + 1]` are the images of sample `i`; length samples + 1.
        offsets: Vec<u32>,
    },
}

/// One task's labels.
#[derive(Debug, Clone, PartialEq)]
pub struct PreparedTarget {
    /// Per sample: 0 or 1 (binary), class index (multiclass), the standardised value (regression), 0 (clustering); 0 where unlabelled.
    pub values: Vec<f32>,
    /// Per sample whether it has a label (clustering: always).
    pub labelled: Vec<bool>,
    /// Clustering with a reference column: per sample the reference's class index or [`super::MISSING`]; else empty.
    pub reference: Vec<u32>,
}
