//! A study against the open cohort: what it really reads, and everything that stands in its way.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use crate::cohort::split::{LEAST_PERSONS, SplitError, fixed_test, folds_of};
use crate::cohort::{Cohort, Column, ColumnKind, MISSING, Role, parse_number};

use super::defaults::{CLUSTERS, Whole};
use super::document::with_article;
use super::labels::{level_counts, positive_levels};
use super::problem::{Problem, Problems, nearest};
use super::{Selection, Study, Task, TaskKind};

/// What a study reads of a cohort, as indices into the cohort's own lists, each rising and without repetition.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InputsInUse {
    /// Columns of the patients table, indices into [`Cohort::columns`].
    pub tabular: Vec<usize>,
    /// Variables, indices into [`crate::cohort::Series::variables`].
    pub series: Vec<usize>,
    /// Whether notes are read.
    pub text: bool,
    /// Whether images are read.
    pub image: bool,
    /// Embedding sources, indices into [`Cohort::embeddings`].
    pub embeddings: Vec<usize>,
}

impl InputsInUse {
    /// Whether nothing is read at all.
    pub fn is_empty(&self) -> bool {
        self.tabular.is_empty()
            && self.series.is_empty()
            && !self.text
            && !self.image
            && self.embeddings.is_empty()
    }
}

/// What the study reads of this cohort: the single place that resolves selections.
///
/// A column is read if its role is `input`, it is not free text, it holds any value, and no task of the study has it as
/// label or reference; and, where columns are listed, if it is listed. Names that the cohort lacks, and modalities it
/// does not have, are left out here; [`validate`] reports the names.
pub fn inputs_in_use(study: &Study, cohort: &Cohort) -> InputsInUse {
    let inputs = &study.inputs;
    let variables = match &cohort.series {
        Some(series) => series.variables.as_slice(),
        None => &[],
    };
    InputsInUse {
        tabular: chosen(&inputs.tabular, &cohort.columns, |column| &column.name)
            .filter(|&index| may_be_input(study, &cohort.columns[index]))
            .collect(),
        series: chosen(&inputs.series, variables, |name| name).collect(),
        text: inputs.text && !cohort.notes.is_empty(),
        image: inputs.image && !cohort.images.is_empty(),
        embeddings: chosen(&inputs.embeddings, &cohort.embeddings, |source| {
            &source.name
        })
        .collect(),
    }
}

/// Indices of the items that a selection chooses, rising.
fn chosen<'a, T>(
    selection: &'a Selection,
    items: &'a [T],
    name: impl Fn(&T) -> &str + 'a,
) -> impl Iterator<Item = usize> + 'a {
    items
        .iter()
        .enumerate()
        .filter(move |(_, item)| match selection {
            Selection::All => true,
            Selection::Only(names) => names.iter().any(|wanted| wanted == name(item)),
        })
        .map(|(index, _)| index)
}

/// Whether a column of the patients table can be read by the model of this study.
fn may_be_input(study: &Study, column: &Column) -> bool {
    column.role == Role::Input
        && column.kind != ColumnKind::Text
        && column.codes.iter().any(|&code| code != MISSING)
        && task_with_label(study, &column.name).is_none()
}

/// The name of the first task that has the column as label or reference.
fn task_with_label<'a>(study: &'a Study, column: &str) -> Option<&'a str> {
    study
        .tasks
        .iter()
        .find(|task| {
            task.column.as_deref() == Some(column) || task.reference.as_deref() == Some(column)
        })
        .map(|task| task.name.as_str())
}

/// Fewest samples with a label that a task can be learned from (ours).
pub const LEAST_LABELLED: usize = 20;
/// Fewest samples of the rarer outcome, or of the second most frequent class (ours).
pub const LEAST_OF_EACH: usize = 2;
/// Most classes of a multiclass task, and most groups of a reference column (ours).
pub const MOST_CLASSES: usize = 50;
/// Fewest samples a cluster (ours).
pub const LEAST_PER_CLUSTER: usize = 5;
/// Largest share of a quantity's cells that may be something else than numbers; they count as missing (ours).
pub const MOST_WORDS: f64 = 0.1;

/// Checks a study against the open cohort: whether each task can be learned and each input be read.
///
/// A modality that the study reads by default and the cohort lacks is no problem, it is not used; a name that the
/// cohort lacks is one.
///
/// # Errors
/// Every problem at once, in the order of the tasks, then of the inputs.
pub fn validate(study: &Study, cohort: &Cohort) -> Result<(), Problems> {
    let mut problems = Vec::new();
    if study.tasks.is_empty() {
        problems.push(Problem::NoTask);
    }
    for task in &study.tasks {
        match task.kind {
            TaskKind::Clustering => check_clustering(task, cohort, &mut problems),
            _ => check_labels(task, cohort, &mut problems),
        }
    }
    check_inputs(study, cohort, &mut problems);
    check_split(study, cohort, &mut problems);
    let persons = cohort.persons.iter().collect::<BTreeSet<_>>().len();
    if persons < LEAST_PERSONS {
        problems.push(Problem::FewPersons {
            count: persons,
            needed: LEAST_PERSONS,
        });
    }
    Problems(problems).or(())
}

/// A split into folds has persons enough; one that a column fixes has the column, its values, and persons on both sides.
fn check_split(study: &Study, cohort: &Cohort, problems: &mut Vec<Problem>) {
    if let Some(folds) = study.split.folds {
        let strata = vec![None; cohort.samples()];
        if let Err(SplitError::Folds { persons, folds }) =
            folds_of(&cohort.persons, &strata, folds, study.seed)
        {
            problems.push(Problem::ManyFolds { persons, folds });
        }
    }
    let Some(name) = &study.split.column else {
        return;
    };
    let Some(column) = cohort.column(name) else {
        problems.push(Problem::SplitColumn {
            column: name.clone(),
            nearest: nearest(name, cohort.columns.iter().map(|c| c.name.as_str())),
        });
        return;
    };
    let counts = level_counts(column);
    for value in &study.split.test_values {
        let meant = positive_levels(column, value);
        if !meant
            .iter()
            .zip(&counts)
            .any(|(&is, &count)| is && count > 0)
        {
            problems.push(Problem::SplitValue {
                column: name.clone(),
                value: value.clone(),
            });
            return;
        }
    }
    let Some(fixed) = fixed_test(study, cohort) else {
        return;
    };
    let side = |wanted: bool| {
        let rows = fixed.iter().zip(&cohort.persons);
        let people: BTreeSet<u32> = rows
            .filter(|(is, _)| **is == wanted)
            .map(|(_, &person)| person)
            .collect();
        people.len()
    };
    let (training, test) = (side(false), side(true));
    if training < 2 || test < 1 {
        problems.push(Problem::SplitSides {
            column: name.clone(),
            training,
            test,
        });
    }
}

/// The column that a task names, unless it is unknown or says who the patient is.
fn named_column<'a>(
    task: &Task,
    name: &str,
    cohort: &'a Cohort,
    problems: &mut Vec<Problem>,
) -> Option<&'a Column> {
    let Some(column) = cohort.column(name) else {
        problems.push(Problem::Unknown {
            place: task.name.clone(),
            what: "column",
            name: name.to_owned(),
            nearest: nearest(
                name,
                cohort.columns.iter().map(|column| column.name.as_str()),
            ),
        });
        return None;
    };
    if matches!(column.role, Role::Id | Role::Group) {
        problems.push(Problem::NamesPatients {
            task: task.name.clone(),
            column: name.to_owned(),
        });
        return None;
    }
    Some(column)
}

/// A task with labels: binary, multiclass or regression.
fn check_labels(task: &Task, cohort: &Cohort, problems: &mut Vec<Problem>) {
    let Some(name) = &task.column else {
        problems.push(Problem::Needed {
            task: task.name.clone(),
            kind: with_article(task.kind),
            key: "column",
            meaning: "the column of the patients table that holds the outcome",
        });
        return;
    };
    let Some(column) = named_column(task, name, cohort, problems) else {
        return;
    };
    let counts = level_counts(column);
    let classes = counts.iter().filter(|&&count| count > 0).count();
    if classes < 2 {
        let task = task.name.clone();
        problems.push(match classes {
            0 => Problem::Empty { task },
            _ => Problem::OneValue { task },
        });
        return;
    }
    match task.kind {
        TaskKind::Binary => check_binary(task, column, &counts, problems),
        TaskKind::Multiclass => check_multiclass(task, classes, counts, problems),
        TaskKind::Regression => check_regression(task, column, &counts, problems),
        TaskKind::Clustering => {}
    }
}

fn check_binary(task: &Task, column: &Column, counts: &[usize], problems: &mut Vec<Problem>) {
    let Some(positive) = &task.positive else {
        problems.push(Problem::Needed {
            task: task.name.clone(),
            kind: with_article(task.kind),
            key: "positive",
            meaning: "the value that counts as positive",
        });
        return;
    };
    let labelled: usize = counts.iter().sum();
    let positives: usize = positive_levels(column, positive)
        .into_iter()
        .zip(counts)
        .filter_map(|(is_positive, count)| is_positive.then_some(count))
        .sum();
    if positives == 0 {
        problems.push(Problem::NoPositive {
            task: task.name.clone(),
            column: column.name.clone(),
            positive: positive.clone(),
        });
    } else if positives == labelled {
        problems.push(Problem::NoNegative {
            task: task.name.clone(),
        });
    } else {
        check_counts(
            task,
            labelled,
            positives.min(labelled - positives),
            problems,
        );
    }
}

fn check_multiclass(
    task: &Task,
    classes: usize,
    mut counts: Vec<usize>,
    problems: &mut Vec<Problem>,
) {
    if classes > MOST_CLASSES {
        problems.push(Problem::ManyClasses {
            task: task.name.clone(),
            count: classes,
            most: MOST_CLASSES,
        });
        return;
    }
    let labelled = counts.iter().sum();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    check_counts(task, labelled, counts[1], problems);
}

fn check_regression(task: &Task, column: &Column, counts: &[usize], problems: &mut Vec<Problem>) {
    let (mut words, mut quantities) = (0, 0);
    let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
    for (level, &count) in column.levels.iter().zip(counts) {
        let number = parse_number(level);
        if number.is_nan() {
            words += count;
        } else if count > 0 {
            quantities += count;
            low = low.min(number);
            high = high.max(number);
        }
    }
    let count = words + quantities;
    if words as f64 > MOST_WORDS * count as f64 {
        problems.push(Problem::NotNumeric {
            task: task.name.clone(),
            words,
            count,
        });
    } else if low == high {
        problems.push(Problem::OneValue {
            task: task.name.clone(),
        });
    } else {
        check_counts(task, quantities, LEAST_OF_EACH, problems);
    }
}

/// Whether there are enough labels, and enough of the rarer outcome.
fn check_counts(task: &Task, labelled: usize, rarer: usize, problems: &mut Vec<Problem>) {
    if labelled < LEAST_LABELLED {
        problems.push(Problem::FewLabels {
            task: task.name.clone(),
            count: labelled,
            needed: LEAST_LABELLED,
        });
    }
    if rarer < LEAST_OF_EACH {
        problems.push(Problem::RareOutcome {
            task: task.name.clone(),
            count: rarer,
            needed: LEAST_OF_EACH,
        });
    }
}

fn check_clustering(task: &Task, cohort: &Cohort, problems: &mut Vec<Problem>) {
    match task.clusters {
        None => problems.push(Problem::Needed {
            task: task.name.clone(),
            kind: with_article(task.kind),
            key: "clusters",
            meaning: "the number of groups to look for",
        }),
        Some(clusters) => {
            let Whole { low, high, .. } = CLUSTERS;
            let needed = LEAST_LABELLED.max(LEAST_PER_CLUSTER.saturating_mul(clusters));
            if !(low..=high).contains(&(clusters as u64)) {
                problems.push(Problem::Range {
                    place: task.name.clone(),
                    key: "clusters",
                    low: low as f64,
                    high: high as f64,
                    found: clusters as f64,
                });
            } else if cohort.samples() < needed {
                problems.push(Problem::FewSamples {
                    task: task.name.clone(),
                    samples: cohort.samples(),
                    clusters,
                    needed,
                });
            }
        }
    }
    let Some(column) = task
        .reference
        .as_ref()
        .and_then(|name| named_column(task, name, cohort, problems))
    else {
        return;
    };
    let counts = level_counts(column);
    match counts.iter().filter(|&&count| count > 0).count() {
        0 => problems.push(Problem::Empty {
            task: task.name.clone(),
        }),
        count if count > MOST_CLASSES => problems.push(Problem::ManyGroups {
            task: task.name.clone(),
            count,
            most: MOST_CLASSES,
        }),
        _ => {}
    }
}

fn check_inputs(study: &Study, cohort: &Cohort, problems: &mut Vec<Problem>) {
    let before = problems.len();
    if let Selection::Only(names) = &study.inputs.tabular {
        for name in distinct(names) {
            check_input_column(name, study, cohort, problems);
        }
    }
    let variables = match &cohort.series {
        Some(series) => series.variables.as_slice(),
        None => &[],
    };
    check_names(
        &study.inputs.series,
        "series variable",
        variables.iter().map(String::as_str),
        problems,
    );
    check_names(
        &study.inputs.embeddings,
        "embedding source",
        cohort.embeddings.iter().map(|source| source.name.as_str()),
        problems,
    );
    // Where names were wrong, that nothing is left follows from it.
    if problems.len() == before && inputs_in_use(study, cohort).is_empty() {
        problems.push(Problem::NoInput);
    }
}

/// A column that is listed as input.
fn check_input_column(name: &str, study: &Study, cohort: &Cohort, problems: &mut Vec<Problem>) {
    let column = name.to_owned();
    let Some(found) = cohort.column(name) else {
        let readable = cohort
            .columns
            .iter()
            .filter(|column| may_be_input(study, column))
            .map(|column| column.name.as_str());
        problems.push(Problem::Unknown {
            place: "inputs".to_owned(),
            what: "column",
            name: column,
            nearest: nearest(name, readable),
        });
        return;
    };
    if let Some(task) = task_with_label(study, name) {
        let task = task.to_owned();
        problems.push(Problem::TaskAsInput { column, task });
        return;
    }
    let reason = match found.role {
        Role::Id => "names the samples",
        Role::Group => "names the persons",
        Role::Label => "is a label",
        Role::Ignore => "is set to be ignored",
        Role::Input => {
            if found.kind == ColumnKind::Text {
                problems.push(Problem::TextAsInput { column });
            } else if !may_be_input(study, found) {
                problems.push(Problem::EmptyInput { column });
            }
            return;
        }
    };
    problems.push(Problem::RoleAsInput { column, reason });
}

/// Listed names that the cohort lacks.
fn check_names<'a>(
    selection: &Selection,
    what: &'static str,
    known: impl Iterator<Item = &'a str> + Clone,
    problems: &mut Vec<Problem>,
) {
    let Selection::Only(names) = selection else {
        return;
    };
    for name in distinct(names) {
        if !known.clone().any(|known| known == name) {
            problems.push(Problem::Unknown {
                place: "inputs".to_owned(),
                what,
                name: name.to_owned(),
                nearest: nearest(name, known.clone()),
            });
        }
    }
}

/// Each name once, in order of first appearance.
fn distinct(names: &[String]) -> impl Iterator<Item = &str> {
    let mut seen = BTreeSet::new();
    names
        .iter()
        .map(String::as_str)
        .filter(move |&name| seen.insert(name))
}
