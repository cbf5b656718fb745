//! From a cohort to arrays: what is fitted on the training rows ([`Fitted`]) and what it makes of any rows ([`Prepared`]).
//!
//! Everything fitted (bins, scales, categories, vocabulary, class lists) comes from the training rows alone.
//! `docs/features.md` lists every feature, and says what is HAIM's and what is ours.

mod embedding;
#[cfg(test)]
pub(crate) mod generated;
mod image;
mod sequence;
mod statistics;
mod subwords;
mod table;
mod targets;
mod text;
mod words;

use serde::{Deserialize, Serialize};

use super::Cohort;
use crate::study::validate::inputs_in_use;
use crate::study::{SeriesEncoder, Study, TaskKind, TextEncoder};
use crate::subword::SubwordError;

pub use subwords::{PADDING, WINDOW};
pub use targets::label_number;

/// Why a cohort cannot be prepared.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PrepareError {
    /// No row to fit on.
    #[error(
        "there is no training patient; make the test and validation shares smaller or open more patients"
    )]
    NoTrainingRows,
    /// A training row lies outside the cohort.
    #[error(
        "training row {row} is not in this cohort of {samples} samples; split the cohort again"
    )]
    RowOutOfRange {
        /// The row.
        row: u32,
        /// Number of samples of the cohort.
        samples: usize,
    },
    /// No source has anything that varies among the training rows.
    #[error(
        "the training patients have nothing in the chosen inputs that differs from patient to patient; choose more inputs"
    )]
    NoInputs,
    /// A task without a column, or whose column the cohort lacks.
    #[error(
        "{task}: the cohort has no column \u{201c}{column}\u{201d}; choose another label column"
    )]
    NoColumn {
        /// The task.
        task: String,
        /// Its column, empty where none is named.
        column: String,
    },
    /// A binary task that does not say which value is positive.
    #[error("{task}: name the value that counts as positive")]
    NoPositive {
        /// The task.
        task: String,
    },
    /// No training row has a label.
    #[error(
        "{task}: none of the training patients has a label; choose another label column or a larger training share"
    )]
    NoLabels {
        /// The task.
        task: String,
    },
    /// A grid with too many steps.
    #[error(
        "a step of {hours} hours cuts the series of {length:.0} hours into {steps:.0} steps, and at most 512 can be read; choose longer steps"
    )]
    FineGrid {
        /// Hours a step.
        hours: f64,
        /// Steps that there would be.
        steps: f64,
        /// Hours of the series.
        length: f64,
    },
    /// The subwords of the notes.
    #[error("the notes cannot be cut into subwords: {0}")]
    Subwords(#[from] SubwordError),
    /// An array that does not fit into memory.
    #[error(
        "the {modality} inputs of {samples} samples do not fit into memory; choose fewer inputs or open fewer patients"
    )]
    NoMemory {
        /// The source.
        modality: String,
        /// Number of samples.
        samples: usize,
    },
}

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
    /// The series on a regular grid.
    Sequence(FittedSequence),
    /// Notes, as the words and word pairs of a vocabulary.
    Text(FittedText),
    /// Notes, as subwords in their order.
    Subwords(FittedSubwords),
    /// Images.
    Image(FittedImage),
    /// Vectors encoded elsewhere.
    Embedding(FittedEmbedding),
}

impl FittedSource {
    /// The source's name: `tabular`, `series` (their statistics), `sequence` (the series on a grid), `text` (the terms of the
    /// notes), `subwords` (the notes in their order), `image`, or the embedding's own.
    pub fn name(&self) -> &str {
        match self {
            Self::Table(table) => &table.name,
            Self::Sequence(_) => SEQUENCE,
            Self::Text(_) => TEXT,
            Self::Subwords(_) => SUBWORDS,
            Self::Image(_) => "image",
            Self::Embedding(embedding) => &embedding.name,
        }
    }
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

/// The grid of the series and the scales of their variables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedSequence {
    /// The variables, in the order of the cohort.
    pub variables: Vec<FittedVariable>,
    /// Hour at which the first step begins.
    pub start: f32,
    /// Hours a step.
    pub hours: f32,
    /// Number of steps, at most 512.
    pub steps: usize,
}

/// The scale of one variable of the series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedVariable {
    /// Its name.
    pub name: String,
    /// Mean of the training observations, each clipped to the 0.5 and 99.5 % quantiles.
    pub mean: f32,
    /// Standard deviation of the training observations, clipped likewise.
    pub deviation: f32,
}

/// One numeric feature: its column, or its series variable and statistic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedNumber {
    /// The column, or the series variable.
    pub name: String,
    /// The statistic of a series variable, one of [`STATISTICS`]; empty for a column.
    pub statistic: String,
    /// Strictly increasing quantile edges of the training rows, 2 to bins + 1 of them; the outermost are the 0.5 and
    /// 99.5 % quantiles, so values may lie outside them.
    pub edges: Vec<f32>,
    /// Mean of the training rows, each clipped to the 0.5 and 99.5 % quantiles.
    pub mean: f32,
    /// Standard deviation (population) of the training rows, clipped likewise.
    pub deviation: f32,
}

/// One categorical feature.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedCategory {
    /// The column.
    pub name: String,
    /// The values seen in at least two training rows, at most 64, most frequent first; code 0 is "missing or never seen", level k has code k + 1.
    pub levels: Vec<String>,
}

/// The notes' vocabulary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedText {
    /// Words, pairs of neighbouring words joined by a blank, and `no_` with a word that stands under a negation, by
    /// falling document frequency.
    pub terms: Vec<String>,
    /// Inverse document frequency of each term.
    pub weights: Vec<f32>,
}

/// The notes' subwords.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FittedSubwords {
    /// The pieces in the order of their numbers: padding, unknown, every character of the words they were learned from, then what was
    /// merged. A piece that continues a word begins with `##`. Words that fewer than three persons share taught nothing.
    pub pieces: Vec<String>,
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
    /// Share of each class among the training labels (multiclass), else empty.
    pub shares: Vec<f32>,
    /// Mean of the training labels (regression), else 0. Binary: the training prevalence.
    pub mean: f32,
    /// Standard deviation of the training labels (regression), else 1.
    pub deviation: f32,
}

/// The statistics of a series variable, in order. The first eleven are HAIM's; count and last are added (ours).
pub const STATISTICS: [&str; 13] = [
    "maximum",
    "minimum",
    "mean",
    "variance",
    "mean difference",
    "mean absolute difference",
    "maximum absolute difference",
    "sum of absolute differences",
    "last minus first",
    "peaks",
    "slope",
    "count",
    "last",
];

/// Fits everything on the training rows.
///
/// Sources come in the order tabular, series, sequence, text, subwords, image, embeddings; what no training row has, and what does not
/// differ among them, is left out. Nothing is read from rows outside `training`.
///
/// # Errors
/// When `training` is empty or names rows that are not there, when no input is left, when a task's column, positive
/// value or every training label is missing, or when memory runs out.
pub fn fit(cohort: &Cohort, study: &Study, training: &[u32]) -> Result<Fitted, PrepareError> {
    let samples = cohort.samples();
    if training.is_empty() {
        return Err(PrepareError::NoTrainingRows);
    }
    if let Some(&row) = training.iter().find(|&&row| row as usize >= samples) {
        return Err(PrepareError::RowOutOfRange { row, samples });
    }
    let in_use = inputs_in_use(study, cohort);
    let bins = study.model.bins;
    let mut sources = Vec::new();
    let columns = table::fit_columns(cohort, &in_use.tabular, bins, training);
    sources.extend(columns.map(FittedSource::Table));
    let encoder = study.model.series;
    if encoder != SeriesEncoder::Sequence {
        let series = table::fit_series(cohort, &in_use.series, bins, training)?;
        sources.extend(series.map(FittedSource::Table));
    }
    if encoder != SeriesEncoder::Summary {
        let hours = study.model.grid_hours;
        let sequence = sequence::fit(cohort, &in_use.series, hours, training)?;
        sources.extend(sequence.map(FittedSource::Sequence));
    }
    if in_use.text && study.model.text != TextEncoder::Sequence {
        sources.extend(text::fit(cohort, training).map(FittedSource::Text));
    }
    if in_use.text && study.model.text != TextEncoder::Words {
        sources.extend(subwords::fit(cohort, training)?.map(FittedSource::Subwords));
    }
    if in_use.image {
        sources
            .extend(image::fit(cohort, study.model.image_side, training).map(FittedSource::Image));
    }
    for &index in &in_use.embeddings {
        let source = cohort.embeddings.get(index);
        let fitted = source.and_then(|source| embedding::fit(source, training));
        sources.extend(fitted.map(FittedSource::Embedding));
    }
    if sources.is_empty() {
        return Err(PrepareError::NoInputs);
    }
    let targets: Result<Vec<FittedTarget>, PrepareError> = study
        .tasks
        .iter()
        .map(|task| targets::fit(cohort, task, training))
        .collect();
    Ok(Fitted {
        sources,
        targets: targets?,
    })
}

/// Makes the arrays of every sample of a cohort: the one that was fitted on, or new files.
///
/// Columns, variables, statistics and embedding sources are matched by name; what the cohort lacks is missing, what it
/// has beyond is ignored. With a study come the labels too (a label column that is not there leaves its task
/// unlabelled); without one, for prediction on new files, `targets` is empty.
///
/// # Errors
/// Only when memory runs out.
pub fn apply(
    cohort: &Cohort,
    fitted: &Fitted,
    study: Option<&Study>,
) -> Result<Prepared, PrepareError> {
    let mut sources = Vec::with_capacity(fitted.sources.len());
    for source in &fitted.sources {
        sources.push(match source {
            FittedSource::Table(table) if table.name == SERIES => {
                table::apply_series(cohort, table)?
            }
            FittedSource::Table(table) => table::apply_columns(cohort, table)?,
            FittedSource::Sequence(fitted) => sequence::apply(cohort, fitted)?,
            FittedSource::Text(text) => text::apply(cohort, text)?,
            FittedSource::Subwords(fitted) => subwords::apply(cohort, fitted)?,
            FittedSource::Image(image) => image::apply(cohort, image)?,
            FittedSource::Embedding(embedding) => embedding::apply(cohort, embedding)?,
        });
    }
    let targets = match study {
        Some(study) => fitted
            .targets
            .iter()
            .map(|target| {
                let task = study.tasks.iter().find(|task| task.name == target.name);
                targets::apply(cohort, target, task)
            })
            .collect(),
        None => Vec::new(),
    };
    Ok(Prepared {
        samples: cohort.samples(),
        sources,
        targets,
    })
}

/// Standardised numbers are cut off here, so that one implausible value cannot drown a patient.
pub const LARGEST_DEVIATION: f32 = 4.0;

/// Name of the source made of the patients table.
pub const TABULAR: &str = "tabular";

/// Name of the source made of the series' statistics.
pub const SERIES: &str = "series";

/// Name of the source made of the series on a grid.
pub const SEQUENCE: &str = "sequence";

/// Name of the source made of the notes' terms.
pub const TEXT: &str = "text";

/// Name of the source made of the notes' subwords in their order.
pub const SUBWORDS: &str = "subwords";

/// A row-major array filled with one value, or an error instead of an abort where memory runs out.
fn array<T: Clone>(
    modality: &str,
    samples: usize,
    width: usize,
    fill: T,
) -> Result<Vec<T>, PrepareError> {
    let full = || PrepareError::NoMemory {
        modality: modality.to_owned(),
        samples,
    };
    let length = samples.checked_mul(width).ok_or_else(full)?;
    let mut values = Vec::new();
    values.try_reserve_exact(length).map_err(|_| full())?;
    values.resize(length, fill);
    Ok(values)
}

/// Largest magnitude that a feature may have; beyond it a number counts as missing, so that no later product overflows.
const LARGEST: f64 = 1e30;

/// A number as a feature: NaN where it is missing or implausibly large for 32 bits.
fn feature(value: f64) -> f32 {
    if value.abs() <= LARGEST {
        value as f32
    } else {
        f32::NAN
    }
}

/// The arrays of some cohort's samples, ready to be laid on a device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prepared {
    /// Number of samples.
    pub samples: usize,
    /// One entry a fitted source, in the same order.
    pub sources: Vec<PreparedSource>,
    /// One entry a fitted task, in the same order. Empty when prepared for prediction.
    pub targets: Vec<PreparedTarget>,
}

/// One source's arrays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PreparedSource {
    /// Per sample whether it has anything of this source that the fitted encoder can read: a number or a known category;
    /// an observation of a used variable; a term of the vocabulary; an image; a value of the vector.
    pub present: Vec<bool>,
    /// The features.
    pub features: Features,
}

/// The features of one source.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Features {
    /// Raw numbers and category codes.
    Table {
        /// Row-major, samples × numeric features; NaN where missing. Not yet binned or scaled: the model does both on the device.
        numbers: Vec<f32>,
        /// Row-major, samples × categorical features; codes from 0 to the number of levels.
        categories: Vec<u32>,
    },
    /// The series on a grid.
    Sequence {
        /// Row-major, samples × steps × variables: the last value so far, standardised; 0 before the first.
        values: Vec<f32>,
        /// Row-major, likewise: steps since that value was observed as a share of all steps, 0 where it is of this step; 1 before the first.
        since: Vec<f32>,
    },
    /// Row-major, samples × features, scaled; 0 where missing. Text: the terms' weights (L2 norm 1 a sample). Embeddings: standardised.
    Dense(Vec<f32>),
    /// Notes, cut into windows of subwords.
    Subwords {
        /// Row-major, windows × [`WINDOW`]: numbers of pieces, [`PADDING`] after a note's end.
        pieces: Vec<u32>,
        /// Likewise: the number of the sentence within the window.
        sentences: Vec<u32>,
        /// Likewise: the place within the sentence.
        places: Vec<u32>,
        /// `offsets[i]..offsets[i + 1]` are the windows of sample `i`, in the order of its notes; length samples + 1.
        offsets: Vec<u32>,
    },
    /// Images.
    Images {
        /// Row-major, images × side × side, standardised.
        pixels: Vec<f32>,
        /// `offsets[i]..offsets[i + 1]` are the images of sample `i`; length samples + 1.
        offsets: Vec<u32>,
    },
}

/// One task's labels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PreparedTarget {
    /// Per sample: 0 or 1 (binary), class index (multiclass), the standardised value (regression), 0 (clustering); 0 where unlabelled.
    pub values: Vec<f32>,
    /// Per sample whether it has a label (clustering: always).
    pub labelled: Vec<bool>,
    /// Clustering with a reference column: per sample the reference's class index or [`super::MISSING`]; else empty.
    pub reference: Vec<u32>,
}

#[cfg(test)]
mod tests;
