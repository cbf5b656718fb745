//! What moved one patient's predictions: by modality and by task, adding up to what is shown.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::rows::TaskColumn;
use crate::charts::Steps;
use crate::session::protocol::{Contributions, ExplainedTask, Explanation};
use crate::study::TaskKind;
use crate::ui::components::chart_figure::{ChartFigure, SharedChart, keep};
use crate::ui::components::picker::Picker;
use crate::ui::panels::data::modality_title;
use crate::ui::state::Studio;

/// Most parts that a chart shows; the smallest are put together.
const MOST: usize = 9;

/// The charts for a patient, with a choice of the task.
#[component]
pub fn WhatMovedIt(
    /// The patient's identifier.
    id: String,
    /// All tasks.
    columns: Memo<Vec<TaskColumn>>,
) -> impl IntoView {
    let studio = Studio::of_page();
    let told = RwSignal::new(None::<Result<Arc<Explanation>, String>>);
    let asked = StoredValue::new(false);
    let wanted = id.clone();
    // Asked once, as soon as nothing else is under way.
    Effect::new(move |_| {
        let busy = studio.work.with(Option::is_some) || studio.is_training();
        if busy || asked.get_value() {
            return;
        }
        asked.set_value(true);
        let id = wanted.clone();
        spawn_local(async move {
            let explained = studio.explain(id).await;
            // Gone with the patient's page where it was closed meanwhile.
            let _ = told.try_set(Some(explained.map(Arc::new).map_err(|e| e.to_string())));
        });
    });
    view! {
        <section class="section" aria-label="What moved it">
            {move || match told.get() {
                None => {
                    view! { <p class="subtle" role="status">"Computing what moved these predictions …"</p> }
                        .into_any()
                }
                Some(Err(message)) => {
                    view! { <p class="notice" role="alert">{message}</p> }.into_any()
                }
                Some(Ok(told)) if told.tasks.is_empty() => {
                    view! {
                        <p class="subtle">"Groups without labels have no figure that could be taken apart."</p>
                    }
                        .into_any()
                }
                Some(Ok(told)) => view! { <Explained told=told columns=columns/> }.into_any(),
            }}
        </section>
    }
}

#[component]
fn Explained(
    /// What was told.
    told: Arc<Explanation>,
    /// All tasks, for their units.
    columns: Memo<Vec<TaskColumn>>,
) -> impl IntoView {
    let studio = Studio::of_page();
    let first = told
        .tasks
        .iter()
        .position(|task| task.kind == TaskKind::Binary);
    let place = RwSignal::new(first.unwrap_or(0));
    let names = told.tasks.iter().map(|task| task.name.clone());
    let options = names.enumerate().collect();
    let several = told.tasks.len() > 1;
    let chart = |by_task: bool| {
        let told = told.clone();
        Signal::derive(move || {
            let task = &told.tasks[place.get().min(told.tasks.len() - 1)];
            let unit = columns.with_untracked(|columns| {
                let own = columns.iter().find(|column| column.name == task.name);
                own.map(|column| column.unit.clone()).unwrap_or_default()
            });
            Arc::new(steps(task, by_task, &unit)) as SharedChart
        })
    };
    let sampled = told
        .tasks
        .iter()
        .any(|task| !task.tasks.exact || !task.modalities.exact);
    let save = {
        let told = told.clone();
        move |_| match serde_json::to_string_pretty(&*told) {
            Ok(text) => keep(studio, "what-moved-it", "json", "application/json", &text),
            Err(error) => studio.announce(error.to_string()),
        }
    };
    view! {
        <div class="section-head">
            <h4>"What moved it"</h4>
            <div class="actions">
                <Picker id="m3h-moved-task" label="Task" options=options chosen=place/>
            </div>
        </div>
        <div class="chart-grid">
            <ChartFigure
                chart=chart(false)
                hint="From what is known of everybody to this patient, by what there is of the patient."
            />
            {several
                .then(|| {
                    view! {
                        <ChartFigure
                            chart=chart(true)
                            hint="From the task's own evidence to what is shown, by what the model knows of the other tasks."
                        />
                    }
                })}
        </div>
        <p class="subtle">
            "The parts add up to what is shown. Each is the mean of what it changes when it is added to the others (Shapley values by occlusion, ours"
            {sampled.then_some(", from 48 orders that were drawn")}
            "). They describe this model, not causes."
        </p>
        <div class="actions">
            <button type="button" class="button quiet small" on:click=save>
                "Save as JSON, with definition and seed"
            </button>
        </div>
    }
}

/// The parts of a task's figure as a chart.
fn steps(task: &ExplainedTask, by_task: bool, unit: &str) -> Steps {
    let (label, scale, decimals) = match (task.kind, &task.class) {
        (TaskKind::Regression, _) if unit.is_empty() => ("Value".to_owned(), 1.0, 2),
        (TaskKind::Regression, _) => (unit.to_owned(), 1.0, 2),
        (_, Some(class)) => (format!("Probability of {class} (%)"), 100.0, 1),
        _ => ("Risk (%)".to_owned(), 100.0, 1),
    };
    let parts: &Contributions = if by_task {
        &task.tasks
    } else {
        &task.modalities
    };
    let (title, start) = if by_task {
        (format!("{} by task", task.name), "Own evidence")
    } else {
        (format!("{} by modality", task.name), "Everybody")
    };
    let name = |name: &str| match by_task {
        true => name.to_owned(),
        false => modality_title(name),
    };
    Steps {
        title,
        label,
        start: (start.to_owned(), parts.start * scale),
        parts: parts
            .parts
            .iter()
            .map(|part| (name(&part.name), part.value * scale))
            .collect(),
        end: "This patient".to_owned(),
        decimals,
    }
    .sorted(MOST)
}
