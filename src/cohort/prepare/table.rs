//! Numbers and categories: the patients table, and the summary statistics of the series.

use super::statistics::statistics;
use super::{
    Features, FittedCategory, FittedNumber, FittedTable, PrepareError, PreparedSource, SERIES,
    STATISTICS, TABULAR, array, feature,
};
use crate::cohort::{Cohort, Column, ColumnKind, parse_number};

/// Most categories that a column keeps.
const MOST_LEVELS: usize = 64;
/// Training rows that a category must have.
const FEWEST_ROWS: u32 = 2;
/// Share of the training values on either side that does not set the scale.
const TAIL: f64 = 0.005;

/// Fits the used columns of the patients table; `None` where none of them varies. Columns of free text are skipped.
pub(super) fn fit_columns(
    cohort: &Cohort,
    used: &[usize],
    bins: usize,
    training: &[u32],
) -> Option<FittedTable> {
    let mut table = FittedTable {
        name: TABULAR.to_owned(),
        numbers: Vec::new(),
        categories: Vec::new(),
    };
    for column in used.iter().filter_map(|&index| cohort.columns.get(index)) {
        match column.kind {
            ColumnKind::Number => {
                let numbers = column.numbers();
                let values = training.iter().filter_map(|&row| numbers.get(row as usize));
                let scale = Scale::fit(values.map(|&value| feature(value)).collect(), bins);
                table
                    .numbers
                    .extend(scale.map(|scale| scale.named(&column.name, "")));
            }
            ColumnKind::Category | ColumnKind::YesNo => {
                table.categories.extend(fit_category(column, training))
            }
            ColumnKind::Text => {}
        }
    }
    let empty = table.numbers.is_empty() && table.categories.is_empty();
    (!empty).then_some(table)
}

/// Fits the statistics of the used variables; `None` where no training row has an observation of them.
pub(super) fn fit_series(
    cohort: &Cohort,
    used: &[usize],
    bins: usize,
    training: &[u32],
) -> Result<Option<FittedTable>, PrepareError> {
    let Some(series) = &cohort.series else {
        return Ok(None);
    };
    let used: Vec<usize> = used
        .iter()
        .copied()
        .filter(|&variable| variable < series.variables.len())
        .collect();
    let mut slots = vec![None; series.variables.len()];
    for (slot, &variable) in used.iter().enumerate() {
        slots[variable] = Some(slot);
    }
    let rows = training.iter().map(|&row| row as usize);
    let (values, _) = statistics(Some(series), &slots, used.len(), rows)?;
    let width = used.len() * STATISTICS.len();
    let mut numbers = Vec::new();
    for (slot, &variable) in used.iter().enumerate() {
        for (statistic, name) in STATISTICS.iter().enumerate() {
            let column = values
                .iter()
                .skip(slot * STATISTICS.len() + statistic)
                .step_by(width.max(1));
            let scale = Scale::fit(column.copied().collect(), bins);
            numbers.extend(scale.map(|scale| scale.named(&series.variables[variable], name)));
        }
    }
    let table = FittedTable {
        name: SERIES.to_owned(),
        numbers,
        categories: Vec::new(),
    };
    Ok((!table.numbers.is_empty()).then_some(table))
}

/// The columns of any cohort, by name, whatever kind its import gave them.
pub(super) fn apply_columns(
    cohort: &Cohort,
    table: &FittedTable,
) -> Result<PreparedSource, PrepareError> {
    let samples = cohort.samples();
    let width = table.numbers.len();
    let mut present = vec![false; samples];
    let mut numbers = array(TABULAR, samples, width, f32::NAN)?;
    for (place, number) in table.numbers.iter().enumerate() {
        let Some(column) = cohort.column(&number.name) else {
            continue;
        };
        let cells = numbers.iter_mut().skip(place).step_by(width);
        for ((cell, value), present) in cells.zip(column.numbers()).zip(&mut present) {
            *cell = feature(value);
            *present |= !cell.is_nan();
        }
    }
    let width = table.categories.len();
    let mut categories = array(TABULAR, samples, width, 0u32)?;
    for (place, category) in table.categories.iter().enumerate() {
        let Some(column) = cohort.column(&category.name) else {
            continue;
        };
        let codes = positions(&category.levels, &column.levels);
        let cells = categories.iter_mut().skip(place).step_by(width);
        for ((cell, &code), present) in cells.zip(&column.codes).zip(&mut present) {
            let level = codes.get(code as usize).copied().flatten();
            *cell = level.map_or(0, |level| level + 1);
            *present |= level.is_some();
        }
    }
    Ok(PreparedSource {
        present,
        features: Features::Table {
            numbers,
            categories,
        },
    })
}

/// The statistics of any cohort's series, by variable name.
pub(super) fn apply_series(
    cohort: &Cohort,
    table: &FittedTable,
) -> Result<PreparedSource, PrepareError> {
    let samples = cohort.samples();
    let mut names: Vec<&str> = Vec::new();
    // per feature its place among the statistics of the variables that are wanted
    let mut places = Vec::with_capacity(table.numbers.len());
    for number in &table.numbers {
        let slot = names
            .iter()
            .position(|name| *name == number.name)
            .unwrap_or(names.len());
        if slot == names.len() {
            names.push(&number.name);
        }
        let statistic = STATISTICS.iter().position(|name| *name == number.statistic);
        places.push(statistic.map(|statistic| slot * STATISTICS.len() + statistic));
    }
    let variables = cohort
        .series
        .as_ref()
        .map_or(&[][..], |series| &series.variables);
    let mut slots: Vec<Option<usize>> = vec![None; variables.len()];
    for (slot, name) in names.iter().enumerate() {
        if let Some(variable) = variables.iter().position(|variable| variable == name) {
            slots[variable] = Some(slot);
        }
    }
    let (all, present) = statistics(cohort.series.as_ref(), &slots, names.len(), 0..samples)?;
    let mut numbers = array(SERIES, samples, places.len(), f32::NAN)?;
    let lines = all.chunks_exact((names.len() * STATISTICS.len()).max(1));
    for (cells, line) in numbers.chunks_exact_mut(places.len().max(1)).zip(lines) {
        for (cell, place) in cells.iter_mut().zip(&places) {
            *cell = place.map_or(f32::NAN, |place| line[place]);
        }
    }
    Ok(PreparedSource {
        present,
        features: Features::Table {
            numbers,
            categories: Vec::new(),
        },
    })
}

/// The scale of one numeric feature.
pub(super) struct Scale {
    edges: Vec<f32>,
    pub(super) mean: f32,
    pub(super) deviation: f32,
}

impl Scale {
    /// Fits on training values, NaN where missing; `None` where they do not vary.
    ///
    /// Edges: the quantiles k / bins (linear interpolation, as NumPy's default), the outermost drawn in to the 0.5 and
    /// 99.5 % quantiles (ours), so that a few implausible values do not squeeze everybody else into a corner of the
    /// first or last bin; not drawn in where all values between those two are equal.
    pub(super) fn fit(mut values: Vec<f32>, bins: usize) -> Option<Scale> {
        values.retain(|value| value.is_finite());
        values.sort_unstable_by(f32::total_cmp);
        let (minimum, maximum) = (f64::from(*values.first()?), f64::from(*values.last()?));
        // the nearest value outside, not one between two: there may be nothing between 0 and 1
        let tail = (TAIL * (values.len() - 1) as f64) as usize;
        let (mut low, mut high) = (
            f64::from(values[tail]),
            f64::from(values[values.len() - 1 - tail]),
        );
        if !apart(low as f32, high as f32) {
            (low, high) = (minimum, maximum);
        }
        let bins = bins.max(1);
        let mut edges: Vec<f32> = Vec::with_capacity(bins + 1);
        for k in 0..=bins {
            let edge = quantile(&values, k as f64 / bins as f64).clamp(low, high) as f32;
            if edges.last().is_none_or(|&last| apart(last, edge)) {
                edges.push(edge);
            }
        }
        if edges.len() < 2 {
            return None;
        }
        let count = values.len() as f64;
        let clipped = || {
            values
                .iter()
                .map(|&value| f64::from(value).clamp(low, high))
        };
        let mean = clipped().sum::<f64>() / count;
        let variance = clipped()
            .map(|value| (value - mean) * (value - mean))
            .sum::<f64>()
            / count;
        let deviation = variance.sqrt() as f32;
        Some(Scale {
            edges,
            mean: mean as f32,
            deviation: if deviation.is_normal() {
                deviation
            } else {
                1.0
            },
        })
    }

    fn named(self, name: &str, statistic: &str) -> FittedNumber {
        FittedNumber {
            name: name.to_owned(),
            statistic: statistic.to_owned(),
            edges: self.edges,
            mean: self.mean,
            deviation: self.deviation,
        }
    }
}

/// Whether an edge lies above another by enough to divide by.
fn apart(low: f32, high: f32) -> bool {
    high - low >= f32::MIN_POSITIVE
}

/// The quantile of sorted, non-empty values, with linear interpolation between neighbours.
fn quantile(sorted: &[f32], share: f64) -> f64 {
    let last = sorted.len() - 1;
    let rank = share * last as f64;
    let below = (rank as usize).min(last);
    let above = (below + 1).min(last);
    let (low, high) = (f64::from(sorted[below]), f64::from(sorted[above]));
    low + (high - low) * (rank - below as f64)
}

/// Fits one category column; `None` where every training row would get the same code.
fn fit_category(column: &Column, training: &[u32]) -> Option<FittedCategory> {
    let mut counts = vec![0u32; column.levels.len()];
    for &row in training {
        let code = column.codes.get(row as usize).copied().unwrap_or(u32::MAX);
        if let Some(count) = counts.get_mut(code as usize) {
            *count += 1;
        }
    }
    let mut kept: Vec<usize> = (0..counts.len())
        .filter(|&level| counts[level] >= FEWEST_ROWS)
        .collect();
    kept.sort_by(|&a, &b| {
        counts[b]
            .cmp(&counts[a])
            .then_with(|| column.levels[a].cmp(&column.levels[b]))
    });
    kept.truncate(MOST_LEVELS);
    let everyone = kept
        .first()
        .is_some_and(|&level| counts[level] as usize == training.len());
    if kept.is_empty() || everyone {
        return None;
    }
    let levels = kept
        .iter()
        .map(|&level| column.levels[level].clone())
        .collect();
    Some(FittedCategory {
        name: column.name.clone(),
        levels,
    })
}

/// For each of `texts` its place among `known`: the same text, else the same number (`1` is `1.0`), else the same word in
/// other capitals (`Yes` is `yes`).
pub(super) fn positions(known: &[String], texts: &[String]) -> Vec<Option<u32>> {
    let numbers: Vec<f64> = known.iter().map(|known| parse_number(known)).collect();
    texts
        .iter()
        .map(|text| {
            let text = text.trim();
            let same = known.iter().position(|known| known.trim() == text);
            let place = same
                .or_else(|| {
                    let number = parse_number(text);
                    numbers.iter().position(|&known| known == number)
                })
                .or_else(|| {
                    known
                        .iter()
                        .position(|known| known.trim().eq_ignore_ascii_case(text))
                });
            place.map(|place| place as u32)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn quantiles_as_numpy() {
        let sorted = [1.0, 2.0, 4.0, 8.0];
        assert_eq!(quantile(&sorted, 0.0), 1.0);
        assert_eq!(quantile(&sorted, 0.5), 3.0);
        assert_eq!(quantile(&sorted, 1.0), 8.0);
        assert!((quantile(&sorted, 0.9) - 6.8).abs() < 1e-9);
    }

    #[test]
    fn implausible_values_do_not_set_the_scale() {
        let mut values: Vec<f32> = (0..1000).map(|i| 50.0 + (i % 50) as f32).collect();
        let clean = Scale::fit(values.clone(), 8).unwrap();
        values[0] = -1.0;
        values[999] = 1e9;
        let wild = Scale::fit(values, 8).unwrap();
        assert!(
            wild.edges[0] >= 49.0 && *wild.edges.last().unwrap() <= 100.0,
            "{:?}",
            wild.edges
        );
        assert!(
            (wild.mean - clean.mean).abs() < 0.2 && (wild.deviation - clean.deviation).abs() < 0.2
        );
    }

    #[test]
    fn repeated_values_share_an_edge_and_rare_ones_keep_two() {
        let mut values = vec![0.0; 995];
        values.extend([1.0; 5]);
        let scale = Scale::fit(values, 16).unwrap();
        assert_eq!((scale.edges[0], *scale.edges.last().unwrap()), (0.0, 1.0));
        let mut values = vec![0.0; 9999];
        values.push(7.0);
        assert_eq!(Scale::fit(values, 16).unwrap().edges, [0.0, 7.0]);
        assert!(Scale::fit(vec![3.0; 9], 16).is_none());
        assert!(Scale::fit(vec![f32::NAN, 3.0], 16).is_none());
        assert!(Scale::fit(Vec::new(), 16).is_none());
    }

    proptest! {
        #[test]
        fn edges_rise_and_split_the_rows_evenly(
            values in prop::collection::vec(prop_oneof![-1e3f32..1e3, Just(0.0), -1e-42f32..1e-42, -1e30f32..1e30], 1..300),
            bins in 0usize..20,
        ) {
            let varies = values.iter().any(|value| (value - values[0]).abs() >= f32::MIN_POSITIVE);
            match Scale::fit(values, bins) {
                None => prop_assert!(!varies || bins == 0),
                Some(scale) => {
                    prop_assert!((2..=bins.max(1) + 1).contains(&scale.edges.len()));
                    prop_assert!(scale.edges.windows(2).all(|pair| pair[0] < pair[1] && (1.0 / (pair[1] - pair[0])).is_finite()));
                    prop_assert!(scale.mean.is_finite() && scale.deviation.is_normal());
                }
            }
        }
    }
}
