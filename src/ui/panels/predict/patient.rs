//! One patient: all tasks, the classes' probabilities, and what the model had to go by.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::explanation::WhatMovedIt;
use super::rows::{self, TaskColumn};
use crate::charts::{Theme, risk_bar};
use crate::session::protocol::Prediction;
use crate::ui::components::chart_figure::chart_theme;
use crate::ui::components::number;
use crate::ui::panels::results::listed;
use crate::ui::state::Studio;

/// The identifier of the heading.
const HEADING: &str = "m3h-patient";

/// Brings the patient's page into view, with the focus on its heading.
pub fn show() {
    request_animation_frame(|| {
        let heading = web_sys::window()
            .and_then(|window| window.document())
            .and_then(|document| document.get_element_by_id(HEADING))
            .and_then(|heading| heading.dyn_into::<HtmlElement>().ok());
        if let Some(heading) = heading {
            heading.scroll_into_view();
            // A heading that cannot take the focus leaves it where it is.
            let _ = heading.focus();
        }
    });
}

/// The patient's page.
#[component]
pub fn Patient(
    /// Place of the patient in the predictions.
    place: usize,
    /// All tasks.
    columns: Memo<Vec<TaskColumn>>,
    /// The patient whose page is open; set to none to close it.
    chosen: RwSignal<Option<usize>>,
) -> impl IntoView {
    let studio = Studio::of_page();
    let theme = chart_theme();
    let row = studio.predictions.with_untracked(|predictions| {
        predictions
            .as_ref()
            .and_then(|predictions| predictions.rows.get(place).cloned())
    });
    let all_sources = studio.results.with_untracked(|results| {
        results
            .as_ref()
            .map_or_else(Vec::new, |results| results.sources.clone())
    });
    row.map(|row| {
        let missing: Vec<String> = all_sources
            .into_iter()
            .filter(|source| !row.sources.contains(source))
            .collect();
        let had = format!(
            "The model had {}{}.",
            listed(&row.sources),
            if missing.is_empty() {
                String::new()
            } else {
                format!("; {} missing", listed(&missing))
            }
        );
        let tasks = columns
            .get_untracked()
            .into_iter()
            .filter_map(|column| {
                let prediction = row.tasks.get(&column.name)?.clone();
                Some(task_view(column, prediction, theme))
            })
            .collect_view();
        view! {
            <article class="card patient">
                <div class="section-head">
                    <h3 id=HEADING tabindex="-1">"Patient " {row.id.clone()}</h3>
                    <button type="button" class="button quiet small" on:click=move |_| chosen.set(None)>
                        "Close"
                    </button>
                </div>
                <p class="subtle">{had}</p>
                <dl class="patient-tasks">{tasks}</dl>
                <WhatMovedIt id=row.id.clone() columns=columns/>
            </article>
        }
    })
}

fn task_view(
    column: TaskColumn,
    prediction: Prediction,
    theme: Signal<Theme>,
) -> impl IntoView + use<> {
    let text = match &prediction {
        Prediction::Regression { .. } if !column.unit.is_empty() => {
            format!("{} {}", rows::shown(&prediction), column.unit)
        }
        Prediction::Clustering { .. } => format!("Group {}", rows::shown(&prediction)),
        _ => rows::shown(&prediction),
    };
    let (bar, note) = match &prediction {
        Prediction::Binary {
            probability,
            positive,
        } => (
            Some(*probability),
            Some(
                if *positive {
                    "at or above the threshold"
                } else {
                    "below the threshold"
                }
                .to_string(),
            ),
        ),
        Prediction::Multiclass { probabilities, .. } => {
            let mut shares: Vec<(&String, f64)> = probabilities
                .iter()
                .map(|(class, share)| (class, *share))
                .collect();
            shares.sort_by(|one, other| other.1.total_cmp(&one.1));
            let words: Vec<String> = shares
                .iter()
                .take(6)
                .map(|(class, share)| format!("{class} {}", number::percent(*share)))
                .collect();
            (None, Some(words.join(" · ")))
        }
        Prediction::Regression { .. } | Prediction::Clustering { .. } => (None, None),
    };
    view! {
        <div>
            <dt>{column.name}</dt>
            <dd>
                <span class="numbers">{text}</span>
                {bar
                    .map(|share| {
                        view! { <span class="risk" inner_html=move || risk_bar(share, &theme.get())></span> }
                    })}
                <span class="subtle">{note}</span>
            </dd>
        </div>
    }
}
