//! What a cohort holds, counted: never a patient's row. And the user's changes to its columns.

use std::collections::BTreeMap;

use thiserror::Error;

use super::{Cohort, Column, ColumnKind, MISSING, Role, Series};
use crate::session::protocol::{
    CohortSummary, ColumnSummary, HistogramBin, LevelCount, ModalitySummary, Overlap,
    VariableSummary,
};

/// Most values listed of a column.
const LISTED_LEVELS: usize = 12;
/// Most bins of a histogram.
const BINS: usize = 20;

/// Why a column cannot be changed that way.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SetColumnError {
    /// No column has this name.
    #[error("There is no column {name} in the patients table.")]
    NoColumn {
        /// The name.
        name: String,
    },
    /// The change makes or unmakes an identifier: the files must be read again with this role.
    #[error(
        "{name}: which column names the sample or the person is decided while the files are read. Open them again with this choice."
    )]
    NeedsImport {
        /// The column.
        name: String,
        /// The role that was asked for.
        role: Role,
    },
    /// The column has more than two values.
    #[error("{name} has {distinct} different values; yes/no needs at most two.")]
    NotYesNo {
        /// The column.
        name: String,
        /// How many different values it has.
        distinct: usize,
    },
    /// No cell of the column is a number.
    #[error("{name} holds no number.")]
    NotNumbers {
        /// The column.
        name: String,
    },
}

impl Cohort {
    /// Gives a column of the patients table another role and kind.
    ///
    /// # Errors
    /// There is no such column; the kind does not fit its cells; or the change concerns which column names the
    /// sample or the person, which needs the files again ([`SetColumnError::NeedsImport`]).
    pub fn set_column(
        &mut self,
        name: &str,
        role: Role,
        kind: ColumnKind,
    ) -> Result<(), SetColumnError> {
        let Some(column) = self.columns.iter_mut().find(|column| column.name == name) else {
            return Err(SetColumnError::NoColumn {
                name: name.to_owned(),
            });
        };
        let identifies = |role: Role| matches!(role, Role::Id | Role::Group);
        if role != column.role && (identifies(role) || identifies(column.role)) {
            return Err(SetColumnError::NeedsImport {
                name: name.to_owned(),
                role,
            });
        }
        let distinct = column.levels.len();
        if kind == ColumnKind::YesNo && distinct > 2 {
            return Err(SetColumnError::NotYesNo {
                name: name.to_owned(),
                distinct,
            });
        }
        let holds_number = || {
            column
                .levels
                .iter()
                .any(|text| !super::parse_number(text).is_nan())
        };
        if kind == ColumnKind::Number && distinct > 0 && !holds_number() {
            return Err(SetColumnError::NotNumbers {
                name: name.to_owned(),
            });
        }
        column.role = role;
        column.kind = kind;
        Ok(())
    }
}

/// Counts what a cohort holds. Quartiles interpolate linearly between order statistics (Hyndman and Fan's type 7).
pub fn summary(cohort: &Cohort) -> CohortSummary {
    let samples = cohort.samples();
    let sources = sources(cohort);
    let mut combinations = BTreeMap::<Vec<bool>, usize>::new();
    for sample in 0..samples {
        let present = sources
            .iter()
            .map(|source| source.present[sample])
            .collect();
        *combinations.entry(present).or_default() += 1;
    }
    // By falling count; among equals those with more modalities first.
    let mut combinations: Vec<(Vec<bool>, usize)> = combinations.into_iter().collect();
    combinations.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| right.0.cmp(&left.0)));
    let overlap = combinations
        .into_iter()
        .map(|(present, samples)| Overlap {
            modalities: sources
                .iter()
                .zip(present)
                .filter(|(_, present)| *present)
                .map(|(source, _)| source.summary.name.clone())
                .collect(),
            samples,
        })
        .collect();
    let mut persons = cohort.persons.clone();
    persons.sort_unstable();
    persons.dedup();
    CohortSummary {
        name: cohort.name.clone(),
        samples,
        patients: persons.len(),
        overlap,
        modalities: sources.into_iter().map(|source| source.summary).collect(),
        columns: cohort.columns.iter().map(column_summary).collect(),
        variables: cohort.series.as_ref().map(variables).unwrap_or_default(),
        warnings: cohort.warnings.clone(),
        planted: cohort
            .planted
            .iter()
            .map(|planted| [planted.receiving.clone(), planted.contributing.clone()])
            .collect(),
    }
}

/// A modality and who has it.
struct Source {
    summary: ModalitySummary,
    present: Vec<bool>,
}

/// The modalities that a cohort has.
fn sources(cohort: &Cohort) -> Vec<Source> {
    let samples = cohort.samples();
    let mut sources = Vec::new();
    let mut add = |name: String, unit: &str, items: usize, present: Vec<bool>| {
        if items > 0 {
            let samples = present.iter().filter(|present| **present).count();
            let summary = ModalitySummary {
                name,
                samples,
                items,
                unit: unit.to_owned(),
            };
            sources.push(Source { summary, present });
        }
    };
    let inputs: Vec<&Column> = cohort
        .columns
        .iter()
        .filter(|column| column.role == Role::Input)
        .collect();
    let present = (0..samples)
        .map(|sample| inputs.iter().any(|column| column.codes[sample] != MISSING))
        .collect();
    add("tabular".to_owned(), "columns", inputs.len(), present);
    if let Some(series) = &cohort.series {
        let present = series
            .offsets
            .windows(2)
            .map(|range| range[0] < range[1])
            .collect();
        add(
            "series".to_owned(),
            "observations",
            series.values.len(),
            present,
        );
    }
    let of_samples = |rows: &mut dyn Iterator<Item = u32>| {
        let mut present = vec![false; samples];
        for sample in rows {
            if let Some(present) = present.get_mut(sample as usize) {
                *present = true;
            }
        }
        present
    };
    let present = of_samples(&mut cohort.notes.iter().map(|note| note.sample));
    add("text".to_owned(), "notes", cohort.notes.len(), present);
    let present = of_samples(&mut cohort.images.iter().map(|image| image.sample));
    add("image".to_owned(), "images", cohort.images.len(), present);
    for embedding in &cohort.embeddings {
        let width = embedding.columns.len();
        let present = embedding
            .values
            .chunks_exact(width.max(1))
            .map(|row| row.iter().any(|value| !value.is_nan()))
            .collect();
        add(
            format!("embeddings: {}", embedding.name),
            "columns",
            width,
            present,
        );
    }
    sources
}

/// Counts one column.
fn column_summary(column: &Column) -> ColumnSummary {
    let mut counts = vec![0_usize; column.levels.len()];
    let mut missing = 0;
    for &code in &column.codes {
        match counts.get_mut(code as usize) {
            Some(count) => *count += 1,
            None => missing += 1,
        }
    }
    let mut summary = ColumnSummary {
        name: column.name.clone(),
        role: column.role,
        kind: column.kind,
        missing,
        distinct: counts.iter().filter(|count| **count > 0).count(),
        levels: Vec::new(),
        quartiles: None,
        histogram: Vec::new(),
    };
    if matches!(column.role, Role::Id | Role::Group) {
        return summary;
    }
    match column.kind {
        ColumnKind::Text => {}
        ColumnKind::Category | ColumnKind::YesNo => {
            let mut order: Vec<usize> = (0..counts.len())
                .filter(|&level| counts[level] > 0)
                .collect();
            order.sort_by_key(|&level| std::cmp::Reverse(counts[level]));
            summary.levels = order
                .into_iter()
                .take(LISTED_LEVELS)
                .map(|level| LevelCount {
                    value: column.levels[level].clone(),
                    count: counts[level],
                })
                .collect();
        }
        ColumnKind::Number => {
            let mut numbers = column.numbers();
            numbers.retain(|number| !number.is_nan());
            summary.missing = column.codes.len() - numbers.len();
            numbers.sort_unstable_by(f64::total_cmp);
            if let (Some(&low), Some(&high)) = (numbers.first(), numbers.last()) {
                let at = |quarter: usize| quantile(&numbers, quarter);
                summary.quartiles = Some([low, at(1), at(2), at(3), high]);
                summary.histogram = histogram(&numbers, low, high);
            }
        }
    }
    summary
}

/// The quarters of sorted numbers.
fn quantile(sorted: &[f64], quarter: usize) -> f64 {
    let place = (sorted.len() - 1) * quarter;
    let (below, part) = (place / 4, (place % 4) as f64 / 4.0);
    match sorted.get(below + 1) {
        Some(above) if part > 0.0 => sorted[below] * (1.0 - part) + above * part,
        _ => sorted[below],
    }
}

/// Bins of equal width over sorted numbers: one a whole number where there are 20 at most, else 20.
fn histogram(sorted: &[f64], low: f64, high: f64) -> Vec<HistogramBin> {
    if low == high {
        return vec![HistogramBin {
            low,
            high,
            count: sorted.len(),
        }];
    }
    let whole = sorted.iter().all(|number| number.fract() == 0.0);
    let (start, width, bins) = if whole && high - low < BINS as f64 {
        (low - 0.5, 1.0, (high - low) as usize + 1)
    } else {
        // Divided first: high - low may exceed the largest number.
        (low, high / BINS as f64 - low / BINS as f64, BINS)
    };
    let mut histogram: Vec<HistogramBin> = (0..bins)
        .map(|bin| HistogramBin {
            low: start + bin as f64 * width,
            high: if bin + 1 == bins && !whole {
                high
            } else {
                start + (bin + 1) as f64 * width
            },
            count: 0,
        })
        .collect();
    for number in sorted {
        let bin = ((number / width - start / width).max(0.0) as usize).min(bins - 1);
        histogram[bin].count += 1;
    }
    histogram
}

/// Counts each variable of the series.
fn variables(series: &Series) -> Vec<VariableSummary> {
    let mut observations = vec![0_usize; series.variables.len()];
    for &variable in &series.variable {
        observations[variable as usize] += 1;
    }
    let mut next = Vec::with_capacity(observations.len());
    let mut total = 0;
    for &count in &observations {
        next.push(total);
        total += count;
    }
    let mut values = vec![0.0_f32; total];
    for (&variable, &value) in series.variable.iter().zip(&series.values) {
        let place = &mut next[variable as usize];
        values[*place] = value;
        *place += 1;
    }
    let mut samples = vec![0_usize; observations.len()];
    let mut last_sample = vec![usize::MAX; observations.len()];
    for (sample, range) in series.offsets.windows(2).enumerate() {
        for &variable in &series.variable[range[0] as usize..range[1] as usize] {
            if std::mem::replace(&mut last_sample[variable as usize], sample) != sample {
                samples[variable as usize] += 1;
            }
        }
    }
    let mut rest = values.as_mut_slice();
    series
        .variables
        .iter()
        .zip(observations)
        .zip(samples)
        .map(|((name, observations), samples)| {
            let (own, others) = std::mem::take(&mut rest).split_at_mut(observations);
            rest = others;
            VariableSummary {
                name: name.clone(),
                samples,
                observations,
                quartiles: quartiles(own),
            }
        })
        .collect()
}

/// The quartiles of unordered values, which are reordered; all 0 where there are none.
fn quartiles(values: &mut [f32]) -> [f64; 5] {
    if values.is_empty() {
        return [0.0; 5];
    }
    let last = values.len() - 1;
    let mut result = [0.0; 5];
    for (quarter, result) in result.iter_mut().enumerate() {
        let place = last * quarter;
        let (below, part) = (place / 4, (place % 4) as f64 / 4.0);
        let (_, value, above) = values.select_nth_unstable_by(below, f32::total_cmp);
        *result = f64::from(*value);
        if part > 0.0 {
            let next = above.iter().copied().fold(f32::INFINITY, f32::min);
            *result = *result * (1.0 - part) + f64::from(next) * part;
        }
    }
    result
}

#[cfg(test)]
mod tests;
