//! Labels: what each task is to learn.

use std::cmp::Ordering;

use super::table::positions;
use super::{FittedTarget, PrepareError, PreparedTarget};
use crate::cohort::{Cohort, Column, MISSING, parse_number};
use crate::study::{Task, TaskKind};

/// Clusters of a clustering task that names no number.
const CLUSTERS: usize = 4;

/// Fits one task on the training rows: class list, prevalence, or mean and deviation.
pub(super) fn fit(
    cohort: &Cohort,
    task: &Task,
    training: &[u32],
) -> Result<FittedTarget, PrepareError> {
    let mut target = FittedTarget {
        name: task.name.clone(),
        kind: task.kind,
        classes: Vec::new(),
        clusters: 0,
        shares: Vec::new(),
        mean: 0.0,
        deviation: 1.0,
    };
    if task.kind == TaskKind::Clustering {
        target.clusters = task.clusters.unwrap_or(CLUSTERS);
        return Ok(target);
    }
    let name = task.column.as_deref().unwrap_or_default();
    let column = cohort.column(name).ok_or_else(|| PrepareError::NoColumn {
        task: task.name.clone(),
        column: name.to_owned(),
    })?;
    let no_labels = || PrepareError::NoLabels {
        task: task.name.clone(),
    };
    match task.kind {
        TaskKind::Binary => {
            let positive = task.positive.as_deref().map(str::trim);
            let positive = positive
                .ok_or_else(|| PrepareError::NoPositive {
                    task: task.name.clone(),
                })?
                .to_owned();
            let labels = binary(column, &positive);
            let (mut labelled, mut cases) = (0u32, 0u32);
            for label in training
                .iter()
                .filter_map(|&row| labels.get(row as usize).copied().flatten())
            {
                labelled += 1;
                cases += u32::from(label);
            }
            if labelled == 0 {
                return Err(no_labels());
            }
            let mut others = levels_of(column, training);
            others.retain(|other| {
                positions(std::slice::from_ref(&positive), std::slice::from_ref(other)) == [None]
            });
            others.sort_by(|a, b| natural(a, b));
            let negative = if let [only] = others.as_slice() {
                only.clone()
            } else {
                format!("not {positive}")
            };
            target.classes = vec![negative, positive];
            target.mean = (f64::from(cases) / f64::from(labelled)) as f32;
        }
        TaskKind::Multiclass => {
            let mut classes = levels_of(column, training);
            classes.sort_by(|a, b| natural(a, b));
            classes.dedup_by(|later, earlier| parse_number(later) == parse_number(earlier));
            if classes.is_empty() {
                return Err(no_labels());
            }
            target.classes = classes;
            let labels = apply(cohort, &target, Some(task));
            let mut counts = vec![0u32; target.classes.len()];
            for &row in training {
                let row = row as usize;
                if labels.labelled[row]
                    && let Some(count) = counts.get_mut(labels.values[row] as usize)
                {
                    *count += 1;
                }
            }
            let labelled = counts.iter().sum::<u32>().max(1) as f32;
            target.shares = counts
                .iter()
                .map(|&count| count as f32 / labelled)
                .collect();
        }
        TaskKind::Regression => {
            let numbers = column.numbers();
            let values = || {
                let cells = training
                    .iter()
                    .filter_map(|&row| numbers.get(row as usize).copied());
                cells.filter(|value| !value.is_nan())
            };
            let count = values().count() as f64;
            if count == 0.0 {
                return Err(no_labels());
            }
            let mean = values().sum::<f64>() / count;
            let variance = values()
                .map(|value| (value - mean) * (value - mean))
                .sum::<f64>()
                / count;
            let deviation = variance.sqrt();
            target.mean = mean as f32;
            let constant = deviation <= 1e-7 * mean.abs() || !(deviation as f32).is_normal();
            target.deviation = if constant { 1.0 } else { deviation as f32 };
        }
        TaskKind::Clustering => {}
    }
    Ok(target)
}

/// The labels of every sample. A task that the study lacks, or whose column the cohort lacks, is unlabelled throughout.
pub(super) fn apply(cohort: &Cohort, fitted: &FittedTarget, task: Option<&Task>) -> PreparedTarget {
    let samples = cohort.samples();
    let find = |name: Option<&String>| name.and_then(|name| cohort.column(name));
    if fitted.kind == TaskKind::Clustering {
        let reference = find(task.and_then(|task| task.reference.as_ref()))
            .map(reference)
            .unwrap_or_default();
        return PreparedTarget {
            values: vec![0.0; samples],
            labelled: vec![true; samples],
            reference,
        };
    }
    let labels: Vec<Option<f32>> = match (
        find(task.and_then(|task| task.column.as_ref())),
        fitted.kind,
    ) {
        (None, _) => Vec::new(),
        (Some(column), TaskKind::Binary) => {
            let positive = fitted.classes.get(1).map_or("", String::as_str);
            binary(column, positive)
                .iter()
                .map(|label| label.map(|label| f32::from(u8::from(label))))
                .collect()
        }
        (Some(column), TaskKind::Multiclass) => {
            let classes = positions(&fitted.classes, &column.levels);
            let class = |&code: &u32| classes.get(code as usize).copied().flatten();
            column
                .codes
                .iter()
                .map(|code| class(code).map(|class| class as f32))
                .collect()
        }
        (Some(column), _) => {
            let (mean, deviation) = (f64::from(fitted.mean), f64::from(fitted.deviation));
            let standardised = |value: f64| ((value - mean) / deviation) as f32;
            column
                .numbers()
                .into_iter()
                .map(|value| Some(standardised(value)).filter(|value| value.is_finite()))
                .collect()
        }
    };
    let label = |row: usize| labels.get(row).copied().flatten();
    PreparedTarget {
        values: (0..samples).map(|row| label(row).unwrap_or(0.0)).collect(),
        labelled: (0..samples).map(|row| label(row).is_some()).collect(),
        reference: Vec::new(),
    }
}

/// A standardised value of a regression task in the label's own unit; other kinds' values are returned as they are.
pub fn label_number(fitted: &FittedTarget, standardised: f32) -> f64 {
    match fitted.kind {
        TaskKind::Regression => {
            f64::from(standardised) * f64::from(fitted.deviation) + f64::from(fitted.mean)
        }
        _ => f64::from(standardised),
    }
}

/// Per sample whether it is positive, `None` where its cell is missing.
fn binary(column: &Column, positive: &str) -> Vec<Option<bool>> {
    let positive = [positive.to_owned()];
    let found: Vec<bool> = positions(&positive, &column.levels)
        .iter()
        .map(Option::is_some)
        .collect();
    column
        .codes
        .iter()
        .map(|&code| found.get(code as usize).copied())
        .collect()
}

/// Per sample the class index of a reference column over all its values, or [`MISSING`].
fn reference(column: &Column) -> Vec<u32> {
    let mut classes = column.levels.clone();
    classes.sort_by(|a, b| natural(a, b));
    classes.dedup_by(|later, earlier| parse_number(later) == parse_number(earlier));
    let places = positions(&classes, &column.levels);
    column
        .codes
        .iter()
        .map(|&code| {
            places
                .get(code as usize)
                .copied()
                .flatten()
                .unwrap_or(MISSING)
        })
        .collect()
}

/// The distinct texts of a column in some rows.
fn levels_of(column: &Column, rows: &[u32]) -> Vec<String> {
    let mut seen = vec![false; column.levels.len()];
    for &row in rows {
        let code = column.codes.get(row as usize).copied().unwrap_or(MISSING);
        if let Some(seen) = seen.get_mut(code as usize) {
            *seen = true;
        }
    }
    column
        .levels
        .iter()
        .zip(seen)
        .filter(|(_, seen)| *seen)
        .map(|(level, _)| level.clone())
        .collect()
}

/// Natural order: numbers by size and before texts, texts by alphabet.
fn natural(a: &str, b: &str) -> Ordering {
    let (x, y) = (parse_number(a), parse_number(b));
    let numbers = match (x.is_nan(), y.is_nan()) {
        (false, false) => x.total_cmp(&y),
        (first, second) => first.cmp(&second),
    };
    numbers.then_with(|| a.cmp(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_by_size_and_before_texts() {
        let mut values = ["10", "9", "b", "1e1", "-2", "a"];
        values.sort_by(|a, b| natural(a, b));
        assert_eq!(values, ["-2", "9", "10", "1e1", "a", "b"]);
    }
}
