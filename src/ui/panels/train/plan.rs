//! What will be trained, and on what.

use leptos::prelude::*;

use super::study_in_force;
use crate::session::protocol::CohortSummary;
use crate::study::{Balance, Selection, SeriesEncoder, Study, TaskKind, TextEncoder};
use crate::ui::components::number;
use crate::ui::panels::results::{listed, metric};
use crate::ui::state::Studio;

/// What will be trained: tasks, inputs, split, model; and the device with its reason.
#[component]
pub fn Plan() -> impl IntoView {
    let studio = Studio::of_page();
    let study = study_in_force(studio);
    let device = Memo::new(move |_| studio.device_in_use());
    let weights = Memo::new(move |_| {
        studio
            .results
            .with(|results| results.as_ref().map(|results| results.weights))
            .filter(|_| !studio.results_are_stale())
    });
    let facts = move || {
        let study = study.get()?;
        let cohort = studio.cohort.get()?;
        let mut facts = vec![
            ("Tasks", tasks_in_words(&study)),
            ("Inputs", inputs_in_words(&study, &cohort)),
            ("Patients", split_in_words(&study, &cohort)),
            ("Model", model_in_words(&study)),
            ("Training", training_in_words(&study)),
        ];
        if let Some(weights) = weights.get() {
            facts.push((
                "Weights",
                format!("{} numbers are learned.", number::count(weights)),
            ));
        }
        Some(
            facts
                .into_iter()
                .map(|(name, text)| view! { <div><dt>{name}</dt><dd>{text}</dd></div> })
                .collect_view(),
        )
    };
    view! {
        <section class="section">
            <div class="section-head">
                <h2>"What is trained"</h2>
                <a class="button small" href="#tasks">"Change the tasks"</a>
            </div>
            <dl class="facts">
                {facts}
                <div>
                    <dt>"Device"</dt>
                    <dd>
                        {move || match device.get() {
                            Some(device) => format!("{}. {}", device.name, device.reason),
                            None => "The engine is still loading.".to_string(),
                        }}
                    </dd>
                </div>
            </dl>
        </section>
    }
}

/// Most task names that are listed.
const NAMED: usize = 8;

fn tasks_in_words(study: &Study) -> String {
    let mut kinds = Vec::new();
    for kind in [
        TaskKind::Binary,
        TaskKind::Multiclass,
        TaskKind::Regression,
        TaskKind::Clustering,
    ] {
        let count = study.tasks.iter().filter(|task| task.kind == kind).count();
        if count > 0 {
            kinds.push(format!(
                "{count} × {}",
                metric::kind_words(kind).to_lowercase()
            ));
        }
    }
    let mut names: Vec<String> = study
        .tasks
        .iter()
        .take(NAMED)
        .map(|task| task.name.clone())
        .collect();
    if study.tasks.len() > NAMED {
        names.push(format!("{} more", study.tasks.len() - NAMED));
    }
    format!(
        "{}: {} ({}).",
        number::counted(study.tasks.len(), "task", "tasks"),
        listed(&names),
        kinds.join(", ")
    )
}

fn inputs_in_words(study: &Study, cohort: &CohortSummary) -> String {
    let has = |name: &str| {
        cohort
            .modalities
            .iter()
            .any(|modality| modality.name == name || modality.name.starts_with(&format!("{name}:")))
    };
    let chosen = |selection: &Selection, all: &str, one: &str, many: &str| match selection {
        Selection::All => Some(all.to_string()),
        Selection::Only(names) if names.is_empty() => None,
        Selection::Only(names) => Some(number::counted(names.len(), one, many)),
    };
    let inputs = &study.inputs;
    let mut parts = Vec::new();
    if has("tabular") {
        parts.extend(chosen(
            &inputs.tabular,
            "all input columns",
            "column",
            "columns",
        ));
    }
    if has("series") {
        parts.extend(chosen(
            &inputs.series,
            "all variables over time",
            "variable over time",
            "variables over time",
        ));
    }
    if inputs.text && has("text") {
        parts.push("notes".to_string());
    }
    if inputs.image && has("image") {
        parts.push("images".to_string());
    }
    if has("embeddings") {
        parts.extend(chosen(
            &inputs.embeddings,
            "all embeddings",
            "embedding",
            "embeddings",
        ));
    }
    let mut text = listed(&parts);
    if let Some(first) = text.get(..1).map(str::to_uppercase) {
        text.replace_range(..1, &first);
    }
    text.push_str(". Labels are never inputs.");
    text
}

fn split_in_words(study: &Study, cohort: &CohortSummary) -> String {
    let split = &study.split;
    if let Some(column) = &split.column {
        return format!(
            "{} of {}: judged on those with {column} {}, learned from the others, {} of whom decide when to stop. A person is in one part only.",
            number::counted(cohort.samples, "sample", "samples"),
            number::counted(cohort.patients, "person", "persons"),
            split.test_values.join(" or "),
            number::percent(split.validation),
        );
    }
    format!(
        "{} of {}: {} to learn from, {} to decide when to stop, {} to judge. A person is in one part only.",
        number::counted(cohort.samples, "sample", "samples"),
        number::counted(cohort.patients, "person", "persons"),
        number::percent(1.0 - split.test - split.validation),
        number::percent(split.validation),
        number::percent(split.test)
    )
}

fn model_in_words(study: &Study) -> String {
    let model = &study.model;
    let members = if model.members > 1 {
        format!(", {} members averaged", model.members)
    } else {
        String::new()
    };
    let series = match model.series {
        SeriesEncoder::Summary => "",
        SeriesEncoder::Sequence => "; series read step by step",
        SeriesEncoder::Both => "; series read by statistics and step by step",
    };
    let notes = match model.text {
        TextEncoder::Words => "",
        TextEncoder::Sequence => "; notes read in their order",
        TextEncoder::Both => "; notes read by their words and in their order",
    };
    format!(
        "Encoders of width {}, embeddings of width {}, {} numbers a task{members}{series}{notes}.",
        model.hidden, model.embedding, model.task_width
    )
}

fn training_in_words(study: &Study) -> String {
    let training = &study.training;
    let balance = match training.balance {
        Balance::Equal => "all tasks count alike",
        Balance::Uncertainty => "tasks are weighed by what is learned of their uncertainty",
    };
    format!(
        "Up to {} of batches of {}; it ends after {} without a better validation score; {balance}. Seed {}.",
        number::counted(training.epochs, "epoch", "epochs"),
        training.batch,
        number::counted(training.patience, "epoch", "epochs"),
        study.seed
    )
}
