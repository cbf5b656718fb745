//! What the model reads: one [`Cohort`] of samples with any subset of four modalities.
//!
//! A cohort is plain host memory. It knows neither files nor burn nor the browser.

pub mod prepare;
pub(crate) mod resample;
pub mod split;
pub mod summary;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Category code of a missing cell.
pub const MISSING: u32 = u32::MAX;

/// Sides in pixels of the square grey images that a cohort keeps at most: the first, or where all images together would take too much memory,
/// one of the others (ours).
pub const IMAGE_SIDES: [usize; 3] = [224, 128, 64];

/// A set of samples (one patient, stay or visit each) with any subset of four modalities.
#[derive(Debug, Clone, Default)]
pub struct Cohort {
    /// A name to show, for example the folder's.
    pub name: String,
    /// One identifier a sample, unique, in row order. Every other field counts rows by this order.
    pub ids: Vec<String>,
    /// The person of each sample, numbered from 0: samples of one person share a number.
    pub persons: Vec<u32>,
    /// Columns of the patients table in file order, the identifier and group columns included.
    pub columns: Vec<Column>,
    /// Irregular time series, where there are any.
    pub series: Option<Series>,
    /// Clinical notes in the order of their samples, then of time.
    pub notes: Vec<Note>,
    /// Images in the order of their samples, then of time.
    pub images: Vec<Image>,
    /// Vectors that were encoded elsewhere, one entry a source.
    pub embeddings: Vec<Embedding>,
    /// What the user should know about the import, one sentence each, counted, without patient values.
    pub warnings: Vec<String>,
    /// The planted interactions of a generated cohort, by task name; empty for real ones.
    pub planted: Vec<Planted>,
    /// The study that goes with a generated cohort; real cohorts get a proposal from their columns.
    pub suggested_study: Option<crate::study::Study>,
}

/// One known interaction of a generated cohort.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planted {
    /// The task that receives.
    pub receiving: String,
    /// The task that contributes.
    pub contributing: String,
}

/// What a column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Names the sample.
    Id,
    /// Groups the samples of one person.
    Group,
    /// May be an input of the model.
    Input,
    /// May be a task's label; never an input.
    Label,
    /// Is not used.
    Ignore,
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnKind {
    /// A quantity.
    Number,
    /// One of a few values.
    Category,
    /// One of two values that mean yes and no.
    YesNo,
    /// Free text.
    Text,
}

/// A column of the patients table: its cells as written, each distinct text kept once, so that the
/// user can change the column's kind without opening the file again.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// The column's name as written in the file.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// What it holds.
    pub kind: ColumnKind,
    /// The distinct texts, trimmed, in order of first appearance.
    pub levels: Vec<String>,
    /// Per sample an index into `levels`, or [`MISSING`].
    pub codes: Vec<u32>,
}

impl Column {
    /// The cell of a sample as written, or `None` where it is missing.
    pub fn text(&self, row: usize) -> Option<&str> {
        let code = *self.codes.get(row)?;
        self.levels.get(code as usize).map(String::as_str)
    }

    /// Every cell as a number, NaN where it is missing or is not a finite number.
    pub fn numbers(&self) -> Vec<f64> {
        let levels: Vec<f64> = self.levels.iter().map(|text| parse_number(text)).collect();
        self.codes
            .iter()
            .map(|&code| levels.get(code as usize).copied().unwrap_or(f64::NAN))
            .collect()
    }
}

/// Reads a number as people write it (surrounding blanks allowed); NaN where it is none or not finite.
pub fn parse_number(text: &str) -> f64 {
    match text.trim().parse::<f64>() {
        Ok(value) if value.is_finite() => value,
        _ => f64::NAN,
    }
}

/// Irregular time series of all samples, grouped by sample and ordered by time within a sample.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Series {
    /// Names of the variables.
    pub variables: Vec<String>,
    /// `offsets[i]..offsets[i + 1]` are the observations of sample `i`; length samples + 1.
    pub offsets: Vec<u32>,
    /// Per observation its variable, an index into `variables`.
    pub variable: Vec<u16>,
    /// Per observation its time in hours.
    pub hours: Vec<f32>,
    /// Per observation its value.
    pub values: Vec<f32>,
}

impl Series {
    /// The observations of a sample, in order of time: variable, hours, value. None where the sample is not there.
    pub fn of_sample(&self, row: usize) -> impl Iterator<Item = (usize, f32, f32)> {
        let ends = self.offsets.get(row).zip(self.offsets.get(row + 1));
        let range = ends.map_or(0..0, |(&start, &end)| start as usize..end as usize);
        let variables = self.variable.get(range.clone()).unwrap_or_default();
        let hours = self.hours.get(range.clone()).unwrap_or_default();
        let values = self.values.get(range).unwrap_or_default();
        variables
            .iter()
            .zip(hours)
            .zip(values)
            .map(|((&variable, &hours), &value)| (usize::from(variable), hours, value))
    }
}

/// One clinical note.
#[derive(Debug, Clone, PartialEq)]
pub struct Note {
    /// Row of its sample.
    pub sample: u32,
    /// Time in hours, NaN where unknown.
    pub hours: f32,
    /// Where it comes from, empty where unknown.
    pub source: String,
    /// The text.
    pub text: String,
}

/// One image, decoded to grey and fitted (padded, not stretched) into a square: of its own longest side, or of the largest that the cohort
/// keeps (see [`IMAGE_SIDES`]).
#[derive(Debug, Clone, PartialEq)]
pub struct Image {
    /// Row of its sample.
    pub sample: u32,
    /// Time in hours, NaN where unknown.
    pub hours: f32,
    /// Where it comes from, empty where unknown.
    pub source: String,
    /// Side of the square in pixels.
    pub side: usize,
    /// Row-major grey values, `side * side` of them.
    pub pixels: Arc<[u8]>,
}

/// Vectors of one source that were encoded elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct Embedding {
    /// The source: the columns' common prefix, for example `vd`.
    pub name: String,
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Row-major values, samples × columns; a sample without this source is all NaN.
    pub values: Vec<f32>,
}

impl Cohort {
    /// Number of samples.
    pub fn samples(&self) -> usize {
        self.ids.len()
    }

    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}
