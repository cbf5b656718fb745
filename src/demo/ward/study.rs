//! The study that goes with a ward.

use super::catalogue::{Entry, Label};
use super::factor::PHENOTYPES;
use super::waves;
use crate::study::{
    FORMAT, Inputs, ModelSettings, Selection, Split, Study, Task, TaskKind, propose,
};

/// All chosen tasks, learned from all four modalities with the usual settings.
pub(super) fn suggest(chosen: &[&Entry], with_waves: bool, patients: usize, seed: u64) -> Study {
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
            .chain(with_waves.then(waves_task))
            .collect(),
        training: propose::training(patients, &split),
        split,
        model: ModelSettings::default(),
    }
}

/// The task of the pressure waves.
fn waves_task() -> Task {
    Task {
        name: waves::NAME.to_owned(),
        kind: TaskKind::Binary,
        column: Some(waves::COLUMN.to_owned()),
        positive: Some("yes".to_owned()),
        department: Some(waves::DEPARTMENT.to_owned()),
        unit: None,
        clusters: None,
        reference: None,
    }
}

/// The study's task of an entry.
fn task(entry: &Entry) -> Task {
    let column = Some(entry.column.to_owned());
    let plain = Task {
        name: entry.name.to_owned(),
        kind: TaskKind::Binary,
        column: column.clone(),
        positive: None,
        department: Some(entry.department.to_owned()),
        unit: None,
        clusters: None,
        reference: None,
    };
    match entry.label {
        Label::Binary(_) => Task {
            positive: Some("yes".to_owned()),
            ..plain
        },
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
            reference: column,
            ..plain
        },
    }
}
