//! The study that goes with a ward.

use super::catalogue::{Entry, Label};
use super::factor::PHENOTYPES;
use super::{reports, waves};
use crate::study::{
    FORMAT, Inputs, ModelSettings, Selection, Split, Study, Task, TaskKind, propose,
};

/// All chosen tasks, learned from all four modalities with the usual settings.
pub(super) fn suggest(
    chosen: &[&Entry],
    on_request: &[Option<Task>],
    patients: usize,
    seed: u64,
) -> Study {
    let split = Split::default();
    Study {
        format: FORMAT.to_owned(),
        name: "Demo ward".to_owned(),
        seed,
        inputs: Inputs {
            tabular: Selection::All,
            series: Selection::All,
            text: true,
            image: true,
            embeddings: Selection::Only(Vec::new()),
        },
        tasks: chosen
            .iter()
            .map(|entry| task(entry))
            .chain(on_request.iter().flatten().cloned())
            .collect(),
        training: propose::training(patients, &split),
        split,
        model: ModelSettings::default(),
    }
}

/// The task of the pressure waves.
pub(super) fn waves_task() -> Task {
    binary(waves::NAME, waves::COLUMN, waves::DEPARTMENT)
}

/// The task of the film reports.
pub(super) fn reports_task() -> Task {
    binary(reports::NAME, reports::COLUMN, reports::DEPARTMENT)
}

fn binary(name: &str, column: &str, department: &str) -> Task {
    Task {
        column: Some(column.to_owned()),
        positive: Some("yes".to_owned()),
        department: Some(department.to_owned()),
        ..Task::new(TaskKind::Binary, name)
    }
}

/// The study's task of an entry.
fn task(entry: &Entry) -> Task {
    let yes_or_no = binary(entry.name, entry.column, entry.department);
    let plain = Task {
        positive: None,
        ..yes_or_no.clone()
    };
    match entry.label {
        Label::Binary(_) => yes_or_no,
        Label::Days => Task {
            kind: TaskKind::Regression,
            unit: Some("days".to_owned()),
            ..plain
        },
        Label::Unit => Task {
            kind: TaskKind::Multiclass,
            ..plain
        },
        Label::Phenotype => Task {
            kind: TaskKind::Clustering,
            column: None,
            clusters: Some(PHENOTYPES.len()),
            reference: plain.column.clone(),
            ..plain
        },
    }
}
