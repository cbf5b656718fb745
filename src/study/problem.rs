//! What can be wrong with a study, each in a sentence that names the task or the setting and what to do.

use std::fmt;

/// Everything that is wrong with a study; shown one a line. Never empty when returned as an error.
#[derive(Debug, Clone, Default, PartialEq, thiserror::Error)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                formatter.write_str("\n")?;
            }
            problem.fmt(formatter)?;
        }
        Ok(())
    }
}

impl Problems {
    /// `Ok` with the value if there is no problem.
    pub(super) fn or<T>(self, value: T) -> Result<T, Problems> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(self)
        }
    }
}

/// One thing that is wrong with a study. `place` is a task's name or a part of the document (`model`, `inputs`, …).
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Problem {
    /// The document, or a part of it, is of another JSON type.
    #[error("{place}: this must be {expected}, but it is {found}.")]
    Shape {
        /// Where.
        place: String,
        /// What belongs there.
        expected: &'static str,
        /// What stands there.
        found: &'static str,
    },
    /// A setting is of another type.
    #[error("{place}: “{key}” must be {expected}, but it is {found}.")]
    Type {
        /// Where.
        place: String,
        /// The setting.
        key: &'static str,
        /// What belongs there.
        expected: &'static str,
        /// What stands there.
        found: &'static str,
    },
    /// A setting that nobody knows.
    #[error("{place}: there is no setting “{key}”{}", Suggestion(nearest))]
    UnknownKey {
        /// Where.
        place: String,
        /// The setting.
        key: String,
        /// A known one that is written alike.
        nearest: Option<String>,
    },
    /// A number out of its range.
    #[error("{place}: “{key}” must lie between {low} and {high}, but it is {found}.")]
    Range {
        /// Where.
        place: String,
        /// The setting.
        key: &'static str,
        /// Least.
        low: f64,
        /// Most.
        high: f64,
        /// The number.
        found: f64,
    },
    /// A word that is none of those the setting knows.
    #[error("{place}: “{key}” must be {choices}, but it is “{found}”.")]
    Word {
        /// Where.
        place: String,
        /// The setting.
        key: &'static str,
        /// The known ones, as a phrase.
        choices: &'static str,
        /// The word.
        found: String,
    },
    /// The document is of another version, or of something else.
    #[error(
        "study: its format is “{found}”, but this version of the studio reads “{}”.",
        super::FORMAT
    )]
    Format {
        /// What it says.
        found: String,
    },
    /// No task.
    #[error("tasks: the study has no task; add at least one.")]
    NoTask,
    /// Too many tasks.
    #[error("tasks: the study has {count} tasks; {most} are possible.")]
    ManyTasks {
        /// How many.
        count: usize,
        /// How many are possible.
        most: usize,
    },
    /// A task without a name.
    #[error("{place}: the task has no name; give it one.")]
    NoName {
        /// Which task, by its position.
        place: String,
    },
    /// Two tasks of one name.
    #[error("{task}: {count} tasks have this name; each needs its own.")]
    SameName {
        /// The name.
        task: String,
        /// How many have it.
        count: usize,
    },
    /// A setting that a task must have.
    #[error("{task}: {kind} task needs “{key}”, {meaning}.")]
    Needed {
        /// The task.
        task: String,
        /// Its kind, with its article.
        kind: &'static str,
        /// The setting.
        key: &'static str,
        /// What it says.
        meaning: &'static str,
    },
    /// A setting of another kind of task.
    #[error("{task}: {kind} task has no “{key}”; remove it.")]
    OtherKind {
        /// The task.
        task: String,
        /// Its kind, with its article.
        kind: &'static str,
        /// The setting.
        key: &'static str,
    },
    /// Two ways to say who is tested.
    #[error("split: “folds” and “column” both say who is tested; leave one of them out.")]
    FoldsAndColumn,
    /// More folds than the persons can be divided into.
    #[error(
        "split: {persons} patients cannot be divided into {folds} folds with some left to learn from; ask for fewer folds."
    )]
    ManyFolds {
        /// How many persons there are.
        persons: usize,
        /// How many folds.
        folds: usize,
    },
    /// A fixed split without values.
    #[error(
        "split: “test_values” is empty; list the values of “column” whose patients are the test set."
    )]
    NoTestValues,
    /// Values of a fixed split without a column.
    #[error("split: “test_values” needs “column”, the column of the patients table that has them.")]
    NoSplitColumn,
    /// The column of a fixed split is not in the cohort.
    #[error("split: the cohort has no column “{column}”{}", Suggestion(nearest))]
    SplitColumn {
        /// The column.
        column: String,
        /// A column that is written alike.
        nearest: Option<String>,
    },
    /// No sample has a value of the fixed split.
    #[error("split: no patient has the value “{value}” in the column “{column}”.")]
    SplitValue {
        /// The column.
        column: String,
        /// The value.
        value: String,
    },
    /// A fixed split leaves too few persons on one side.
    #[error(
        "split: the column “{column}” leaves {training} patients for training and validation and {test} for the test; 2 and 1 are needed at least."
    )]
    SplitSides {
        /// The column.
        column: String,
        /// Persons outside the test set.
        training: usize,
        /// Persons in it.
        test: usize,
    },
    /// Test and validation leave too little for training.
    #[error("split: test and validation take {} % of the patients together; leave at least {} % for training.",
        percent(*.held_out), percent(1.0 - super::defaults::MOST_HELD_OUT))]
    HeldOut {
        /// The share that they take together.
        held_out: f64,
    },
    /// Something is named that the cohort lacks.
    #[error("{place}: the cohort has no {what} “{name}”{}", Suggestion(nearest))]
    Unknown {
        /// A task's name, or `inputs`.
        place: String,
        /// What is named: `column`, `series variable`, `embedding source`.
        what: &'static str,
        /// The name.
        name: String,
        /// One of the cohort that is written alike.
        nearest: Option<String>,
    },
    /// A task's column says who the patient is.
    #[error(
        "{task}: the column “{column}” names samples or persons; choose a column with an outcome."
    )]
    NamesPatients {
        /// The task.
        task: String,
        /// The column.
        column: String,
    },
    /// A task's column has no value.
    #[error("{task}: the column is empty; choose another one or leave the task out.")]
    Empty {
        /// The task.
        task: String,
    },
    /// A task's column has one value.
    #[error("{task}: the column holds one value only; choose another one or leave the task out.")]
    OneValue {
        /// The task.
        task: String,
    },
    /// The positive value does not occur.
    #[error(
        "{task}: the positive value “{positive}” does not occur in the column “{column}”; choose one that does."
    )]
    NoPositive {
        /// The task.
        task: String,
        /// The column.
        column: String,
        /// The value.
        positive: String,
    },
    /// Every label is positive.
    #[error("{task}: every known value counts as positive; choose another positive value.")]
    NoNegative {
        /// The task.
        task: String,
    },
    /// Too few samples with a label.
    #[error("{task}: {count} samples have a value; {needed} are needed.")]
    FewLabels {
        /// The task.
        task: String,
        /// How many have one.
        count: usize,
        /// How many are needed.
        needed: usize,
    },
    /// Too few samples of one outcome.
    #[error("{task}: {count} sample has the rarer outcome; at least {needed} are needed.")]
    RareOutcome {
        /// The task.
        task: String,
        /// How many have it.
        count: usize,
        /// How many are needed.
        needed: usize,
    },
    /// Too many classes.
    #[error(
        "{task}: the column holds {count} different values; {most} are possible. Is it a number? Then make the task a regression."
    )]
    ManyClasses {
        /// The task.
        task: String,
        /// How many.
        count: usize,
        /// How many are possible.
        most: usize,
    },
    /// Too many groups to compare clusters with.
    #[error("{task}: the reference column holds {count} different values; {most} are possible.")]
    ManyGroups {
        /// The task.
        task: String,
        /// How many.
        count: usize,
        /// How many are possible.
        most: usize,
    },
    /// Too few persons to divide.
    #[error("split: the cohort has {count} patients; at least {needed} are needed to divide them.")]
    FewPersons {
        /// How many there are.
        count: usize,
        /// How many are needed.
        needed: usize,
    },
    /// A quantity that is not written in numbers.
    #[error(
        "{task}: {words} of {count} values are not numbers; choose a column of numbers, or make the task a multiclass one."
    )]
    NotNumeric {
        /// The task.
        task: String,
        /// How many values are no numbers.
        words: usize,
        /// How many values there are.
        count: usize,
    },
    /// Too few samples for so many clusters.
    #[error("{task}: {samples} samples are too few for {clusters} clusters; {needed} are needed.")]
    FewSamples {
        /// The task.
        task: String,
        /// How many samples there are.
        samples: usize,
        /// How many clusters are asked for.
        clusters: usize,
        /// How many samples are needed.
        needed: usize,
    },
    /// An input that a task learns or is compared with.
    #[error(
        "inputs: the column “{column}” is what “{task}” learns or is compared with, so the model must not read it; take it out of the inputs."
    )]
    TaskAsInput {
        /// The column.
        column: String,
        /// The task.
        task: String,
    },
    /// An input of a role that is never read.
    #[error(
        "inputs: the column “{column}” {reason}, so the model must not read it; take it out of the inputs, or change its role under Data."
    )]
    RoleAsInput {
        /// The column.
        column: String,
        /// What its role says.
        reason: &'static str,
    },
    /// An input that is free text.
    #[error(
        "inputs: the column “{column}” is free text; take it out of the inputs, or give such text as a table of notes."
    )]
    TextAsInput {
        /// The column.
        column: String,
    },
    /// An input without a value.
    #[error("inputs: the column “{column}” is empty; take it out of the inputs.")]
    EmptyInput {
        /// The column.
        column: String,
    },
    /// Nothing to read.
    #[error(
        "inputs: nothing is left for the model to read; choose at least one column, series, notes, images or embeddings that the cohort has."
    )]
    NoInput,
}

/// A share in whole per cent.
fn percent(share: f64) -> f64 {
    (share * 100.0).round()
}

/// The end of a sentence: `; did you mean “…”?` where there is something to suggest, else a full stop.
struct Suggestion<'a>(&'a Option<String>);

impl fmt::Display for Suggestion<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self.0 {
            Some(nearest) => write!(formatter, "; did you mean “{nearest}”?"),
            None => formatter.write_str("."),
        }
    }
}

/// The known name that is most alike a wanted one, if one is alike at all: few letters differ (capitals, blanks and
/// underscores do not count), or one contains the other.
pub(super) fn nearest<'a>(
    wanted: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let wanted = letters(wanted);
    let allowed = (wanted.len() / 3).clamp(1, 4);
    let mut best: Option<(usize, &str)> = None;
    for name in known {
        let name_letters = letters(name);
        let contained = contains(&name_letters, &wanted) || contains(&wanted, &name_letters);
        let distance = edits(&wanted, &name_letters);
        let distance = if distance > allowed && contained {
            allowed
        } else {
            distance
        };
        if distance <= allowed && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, name));
        }
    }
    best.map(|(_, name)| name.to_owned())
}

/// Small letters and digits of a name, at most 64: longer names are compared by their beginning.
fn letters(name: &str) -> Vec<char> {
    name.chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .take(64)
        .collect()
}

/// Whether a name contains another of at least three letters.
fn contains(long: &[char], short: &[char]) -> bool {
    short.len() >= 3 && long.windows(short.len()).any(|part| part == short)
}

/// The Levenshtein distance, with a swap of neighbours counted as one edit (optimal string alignment).
fn edits(a: &[char], b: &[char]) -> usize {
    let width = b.len() + 1;
    let mut table = vec![0; (a.len() + 1) * width];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            table[i * width + j] = if i == 0 || j == 0 {
                i + j
            } else {
                let changed = usize::from(a[i - 1] != b[j - 1]);
                let mut least = (table[(i - 1) * width + j] + 1)
                    .min(table[i * width + j - 1] + 1)
                    .min(table[(i - 1) * width + j - 1] + changed);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    least = least.min(table[(i - 2) * width + j - 2] + 1);
                }
                least
            };
        }
    }
    table[a.len() * width + b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_finds_slips_and_parts_but_not_strangers() {
        let known = ["in_hospital_death", "icu_type", "length_of_stay", "sofa"];
        let near = |wanted| nearest(wanted, known);
        assert_eq!(near("In Hospital Death").as_deref(), Some(known[0]));
        assert_eq!(near("icu_tpye").as_deref(), Some(known[1]));
        assert_eq!(near("death").as_deref(), Some(known[0]));
        assert_eq!(near("stay").as_deref(), Some(known[2]));
        assert_eq!(near("sofas").as_deref(), Some(known[3]));
        assert_eq!(near("glucose"), None);
        assert_eq!(near(""), None);
    }

    #[test]
    fn a_swap_is_one_edit() {
        let distance = |a, b| edits(&letters(a), &letters(b));
        assert_eq!(distance("tpye", "type"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
    }

    #[test]
    fn problems_stand_one_a_line() {
        let problems = Problems(vec![
            Problem::NoTask,
            Problem::UnknownKey {
                place: "model".into(),
                key: "hiden".into(),
                nearest: Some("hidden".into()),
            },
        ]);
        assert_eq!(
            problems.to_string(),
            "tasks: the study has no task; add at least one.\nmodel: there is no setting “hiden”; did you mean “hidden”?"
        );
    }
}
