//! The study that goes with a ward.

use super::catalogue::{Entry, Label};
use super::factor::PHENOTYPES;
use crate::study::{
    Balance, Beta, FORMAT, Inputs, ModelSettings, Selection, Split, Study, Task, TaskKind,
    TrainingSettings,
};

/// All chosen tasks, learned from all four modalities.
pub(super) fn suggest(chosen: &[&Entry], seed: u64) -> Study {
    let (split, model, training) = settings();
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
        tasks: chosen.iter().map(|entry| task(entry)).collect(),
        split,
        model,
        training,
    }
}

/// The settings a study starts from.
fn settings() -> (Split, ModelSettings, TrainingSettings) {
    (
        Split {
            test: 0.2,
            validation: 0.1,
            folds: None,
        },
        ModelSettings {
            hidden: 128,
            embedding: 64,
            task_width: 64,
            alpha: 1.0,
            beta: Beta::Identity,
            residual: true,
            members: 1,
            dropout: 0.3,
            input_dropout: 0.1,
            modality_dropout: 0.1,
            bins: 8,
        },
        TrainingSettings {
            epochs: 40,
            batch: 128,
            learning_rate: 0.001,
            weight_decay: 0.02,
            patience: 6,
            balance: Balance::Equal,
        },
    )
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
