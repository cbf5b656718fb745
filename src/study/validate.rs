//! A study against the open cohort: what it really reads, and everything that stands in its way.

use crate::cohort::{Cohort, Column, ColumnKind, MISSING, Role};

use super::{Selection, Study};

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
