//! A sensible study for a cohort that was just opened, so that it trains without a hand on it. All rules are ours.

mod naming;
#[cfg(test)]
mod tests;

use crate::cohort::{Cohort, Column, ColumnKind, Role, parse_number};

use super::catalogue::{CATALOGUE, Diagnosis, LEAST_CASES, Operation};
use super::defaults;
use super::labels::{level_counts, likely_positive};
use super::validate::MOST_WORDS;
use super::{FORMAT, Inputs, ModelSettings, Split, Study, Task, TaskKind, TrainingSettings};

/// Fewest labelled samples of a proposed task; fewer can still be asked for by hand.
const LEAST_LABELLED: usize = 30;
/// Fewest samples of the rarer outcome, or of the second most frequent class.
const LEAST_OF_EACH: usize = LEAST_CASES;
/// Most classes of a proposed multiclass task.
const MOST_CLASSES: usize = 12;
/// Fewest samples of a cohort that groups are looked for in.
const LEAST_FOR_CLUSTERS: usize = 100;
/// Members of a cohort that trains quickly, and its most samples (docs/performance.md has what they bring and cost).
const MEMBERS: usize = 4;
const MOST_FOR_MEMBERS: usize = 20_000;
/// Fewest steps an epoch that the batch is made smaller for, down to [`LEAST_BATCH`].
const LEAST_STEPS: usize = 20;
/// Smallest proposed batch.
const LEAST_BATCH: usize = 32;

/// The study that goes with a generated cohort; for any other one from its columns:
///
/// - Each `label` column with at least 30 known values, at least 5 of them of the rarer outcome, becomes a task: binary with
///   two values, multiclass with 3 to 12 (numbers only where the name says they are codes, as `icu_type`), regression for numbers.
/// - Of several severity scores (SOFA, SAPS, APACHE, …) only the one known for most samples, the first of equals, is proposed:
///   they measure the same state, and a task's near twin would make interactions look stronger than they are.
/// - “Phenotype”, four clusters, where there are at least 100 samples; where there is no other task, always (two clusters below).
/// - Order: binary, multiclass, regression with severity scores last, clustering; within these as in the file; 64 at most.
/// - Inputs: everything. The batch is halved, down to 32, until an epoch has twenty steps.
/// - Four members, which score better than one and are quick, unless there are images, which are not, or over 20,000 samples.
pub fn propose(cohort: &Cohort) -> Study {
    if let Some(study) = &cohort.suggested_study {
        return study.clone();
    }
    let mut candidates: Vec<Candidate> = cohort
        .columns
        .iter()
        .filter(|column| column.role == Role::Label)
        .filter_map(candidate)
        .collect();
    keep_one_severity_score(&mut candidates);
    candidates.sort_by_key(|candidate| (candidate.task.kind as u8, candidate.is_severity_score));

    let mut tasks: Vec<Task> = Vec::new();
    for mut candidate in candidates.into_iter().take(defaults::MOST_TASKS - 1) {
        let column = candidate.task.column.as_deref().unwrap_or_default();
        candidate.task.name = unused_name(&candidate.task.name, column, &tasks);
        tasks.push(candidate.task);
    }
    let samples = cohort.samples();
    if tasks.is_empty() || samples >= LEAST_FOR_CLUSTERS {
        let clusters = if samples >= LEAST_FOR_CLUSTERS {
            defaults::CLUSTERS.default
        } else {
            defaults::CLUSTERS.low
        };
        tasks.push(Task {
            clusters: Some(clusters as usize),
            ..Task::new(
                TaskKind::Clustering,
                &unused_name("Phenotype", "clusters", &tasks),
            )
        });
    }

    let split = Split::default();
    let training = training(samples, &split);
    Study {
        format: FORMAT.to_owned(),
        name: if cohort.name.trim().is_empty() {
            defaults::NAME.to_owned()
        } else {
            cohort.name.clone()
        },
        seed: defaults::SEED.default,
        inputs: Inputs::default(),
        tasks,
        split,
        model: ModelSettings {
            members: if cohort.images.is_empty() && samples <= MOST_FOR_MEMBERS {
                MEMBERS
            } else {
                defaults::MEMBERS.default as usize
            },
            ..ModelSettings::default()
        },
        training,
    }
}

/// The usual settings, with a batch that leaves an epoch of a small cohort enough steps to learn from.
pub fn training(samples: usize, split: &Split) -> TrainingSettings {
    let mut training = TrainingSettings::default();
    let rows = (samples as f64 * (1.0 - split.test - split.validation)) as usize;
    while training.batch / 2 >= LEAST_BATCH && rows / training.batch < LEAST_STEPS {
        training.batch /= 2;
    }
    training
}

/// Fills in what a study leaves open and only the cohort can tell: the positive value of a binary task, where its column has
/// two values ([`likely_positive`]).
pub fn complete(study: &mut Study, cohort: &Cohort) {
    for task in &mut study.tasks {
        if task.kind == TaskKind::Binary && task.positive.is_none() {
            task.positive = task
                .column
                .as_deref()
                .and_then(|column| cohort.column(column))
                .and_then(likely_positive)
                .map(str::to_owned);
        }
    }
}

/// A task that a column could be.
struct Candidate {
    task: Task,
    labelled: usize,
    is_severity_score: bool,
}

/// The task that a label column could be, unless it has too few labels or too many classes.
fn candidate(column: &Column) -> Option<Candidate> {
    let mut counts = level_counts(column);
    let labelled: usize = counts.iter().sum();
    let quantities: usize = column
        .levels
        .iter()
        .zip(&counts)
        .filter(|(level, _)| !parse_number(level).is_nan())
        .map(|(_, count)| count)
        .sum();
    let classes = counts.iter().filter(|&&count| count > 0).count();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let second = counts.get(1).copied().unwrap_or(0);

    let is_quantity = column.kind == ColumnKind::Number
        && (labelled - quantities) as f64 <= MOST_WORDS * labelled as f64;
    let is_code = column.kind != ColumnKind::Number || naming::is_nominal(&column.name);
    let (kind, labelled, enough) = if classes == 2 {
        (TaskKind::Binary, labelled, second >= LEAST_OF_EACH)
    } else if is_code && (3..=MOST_CLASSES).contains(&classes) {
        (TaskKind::Multiclass, labelled, second >= LEAST_OF_EACH)
    } else if is_quantity && classes > 2 {
        (TaskKind::Regression, quantities, true)
    } else {
        return None;
    };
    if labelled < LEAST_LABELLED || !enough {
        return None;
    }
    let positive = match kind {
        TaskKind::Binary => likely_positive(column).map(str::to_owned),
        _ => None,
    };
    let unit = match kind {
        TaskKind::Regression => naming::unit(&column.name).map(str::to_owned),
        _ => None,
    };
    let named = catalogued(&column.name);
    let named = named.filter(|named| named.kind == kind);
    let (name, department) = match named {
        Some(named) => (named.name, named.department),
        None => (naming::title(&column.name), None),
    };
    Some(Candidate {
        task: Task {
            column: Some(column.name.clone()),
            positive,
            unit,
            department,
            ..Task::new(kind, &name)
        },
        labelled,
        is_severity_score: kind == TaskKind::Regression && naming::is_severity_score(&column.name),
    })
}

/// The task of the catalogue whose label stands in a column of this name.
fn catalogued(column: &str) -> Option<Task> {
    let diagnoses = CATALOGUE.diagnoses.iter().filter(|d| d.column == column);
    let operations = CATALOGUE.operations.iter().filter(|o| o.column == column);
    diagnoses
        .map(Diagnosis::task)
        .chain(operations.map(Operation::task))
        .next()
}

/// Of several severity scores keeps the one known for most samples, the first of equals.
fn keep_one_severity_score(candidates: &mut Vec<Candidate>) {
    let mut kept: Option<(usize, usize)> = None;
    for (index, candidate) in candidates.iter().enumerate() {
        if candidate.is_severity_score && kept.is_none_or(|(_, most)| candidate.labelled > most) {
            kept = Some((index, candidate.labelled));
        }
    }
    let mut index = 0;
    candidates.retain(|candidate| {
        let keep = !candidate.is_severity_score || kept.is_some_and(|(kept, _)| kept == index);
        index += 1;
        keep
    });
}

/// A name that no task has yet: the wished one, else with the column behind it, else with a number.
fn unused_name(wished: &str, column: &str, tasks: &[Task]) -> String {
    let is_used = |name: &str| tasks.iter().any(|task| task.name == name);
    if !is_used(wished) {
        return wished.to_owned();
    }
    let mut name = format!("{wished} ({column})");
    let mut number = 2;
    while is_used(&name) {
        name = format!("{wished} ({number})");
        number += 1;
    }
    name
}
