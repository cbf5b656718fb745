//! One task: its figures and charts.

use std::sync::Arc;

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use super::metric;
use super::threshold::{RecalibrationTable, ThresholdChoice};
use crate::charts::{
    CalibrationCurve, Clusters, ConfusionMatrix, PrecisionRecall, PredictedObserved, Roc,
};
use crate::session::protocol::{Metric, Results, TaskResult};
use crate::ui::components::chart_figure::{ChartFigure, SharedChart};
use crate::ui::components::number;

/// The identifier of the page's heading.
const HEADING: &str = "m3h-task";

/// Brings the task's page into view, with the focus on its heading if asked for.
pub fn show(focus: bool) {
    request_animation_frame(move || {
        let heading = web_sys::window()
            .and_then(|window| window.document())
            .and_then(|document| document.get_element_by_id(HEADING))
            .and_then(|heading| heading.dyn_into::<HtmlElement>().ok());
        if let Some(heading) = heading {
            heading.scroll_into_view();
            if focus {
                // A heading that cannot take the focus leaves it where it is.
                let _ = heading.focus();
            }
        }
    });
}

/// The page of the chosen task.
#[component]
pub fn TaskPage(
    /// The results.
    results: Results,
    /// The task whose page is open.
    chosen: RwSignal<usize>,
) -> impl IntoView {
    let tasks = StoredValue::new(results.tasks);
    let names: Vec<String> =
        tasks.with_value(|tasks| tasks.iter().map(|task| task.name.clone()).collect());
    let last = names.len().saturating_sub(1);
    let at_last = move || chosen.get() >= last;
    view! {
        <section class="section task-page">
            <div class="section-head">
                <h2 id=HEADING tabindex="-1">
                    {move || tasks.with_value(|tasks| tasks.get(chosen.get()).map(|task| task.name.clone()))}
                </h2>
                <div class="actions">
                    <label class="hidden-text" for="m3h-task-choice">"Task"</label>
                    <select
                        id="m3h-task-choice"
                        class="narrow-select"
                        on:change=move |event| {
                            if let Ok(place) = event_target_value(&event).parse() {
                                chosen.set(place);
                            }
                        }
                    >
                        {names
                            .into_iter()
                            .enumerate()
                            .map(|(place, name)| {
                                view! {
                                    <option value=place.to_string() selected=move || chosen.get() == place>
                                        {name}
                                    </option>
                                }
                            })
                            .collect_view()}
                    </select>
                    <button
                        type="button"
                        class="button small"
                        disabled=move || chosen.get() == 0
                        on:click=move |_| chosen.update(|place| *place = place.saturating_sub(1))
                    >
                        "Previous"
                    </button>
                    <button
                        type="button"
                        class="button small"
                        disabled=at_last
                        on:click=move |_| chosen.update(|place| *place = (*place + 1).min(last))
                    >
                        "Next"
                    </button>
                </div>
            </div>
            {move || {
                tasks
                    .with_value(|tasks| tasks.get(chosen.get()).cloned())
                    .map(|task| view! { <Task task=task/> })
            }}
        </section>
    }
}

/// The figures and charts of a task.
#[component]
fn Task(
    /// The task.
    task: TaskResult,
) -> impl IntoView {
    let mut chips = vec![metric::kind_words(task.kind).to_string()];
    chips.extend(task.department.clone());
    chips.push(number::counted(
        task.labelled,
        "labelled test sample",
        "labelled test samples",
    ));
    let mut names: Vec<String> = metric::order(task.kind)
        .iter()
        .filter(|name| task.metrics.contains_key(**name))
        .map(|name| (*name).to_string())
        .collect();
    let others: Vec<String> = task
        .metrics
        .keys()
        .filter(|name| !names.contains(name))
        .cloned()
        .collect();
    names.extend(others);
    let cards: Vec<_> = names
        .into_iter()
        .filter_map(|name| {
            let figure = task.metrics.get(&name)?.clone();
            let headline = name == task.score;
            let unit = matches!(name.as_str(), "mae" | "rmse")
                .then(|| task.unit.clone())
                .flatten();
            Some(view! { <MetricCard name=name figure=figure unit=unit headline=headline/> })
        })
        .collect();
    view! {
        <p class="chips">
            {chips.into_iter().map(|text| view! { <span class="chip">{text}</span> " " }).collect_view()}
        </p>
        <div class="metric-cards">{cards}</div>
        <div class="chart-grid">
            {figures_of(&task)} <ThresholdChoice task=task.clone()/> <RecalibrationTable task=task/>
        </div>
    }
}

/// One figure with its interval and what it means, or why it is not defined.
#[component]
fn MetricCard(
    /// The metric's name in the results.
    name: String,
    /// The figure.
    figure: Metric,
    /// Its unit.
    unit: Option<String>,
    /// Whether it is the task's headline score.
    headline: bool,
) -> impl IntoView {
    let words = metric::words(&name);
    let hint = words.map_or("", |words| words.hint);
    let title = metric::name(&name);
    let (value, note) = match figure.value {
        Some(value) => (
            metric::value(&name, value),
            metric::interval(&name, &figure).map(|interval| format!("95 %: {interval}")),
        ),
        None => (
            "Not defined".to_string(),
            Some(
                figure
                    .undefined
                    .clone()
                    .unwrap_or_else(|| "The test set is too small for it.".to_string()),
            ),
        ),
    };
    let defined = figure.value.is_some();
    view! {
        <article class="card metric" class:headline=headline class:undefined=!defined>
            <h3>{title}</h3>
            <p class="metric-value numbers">
                {value} {unit.filter(|_| defined).map(|unit| view! { <small>" " {unit}</small> })}
            </p>
            <p class="metric-interval numbers">{note}</p>
            <p class="subtle">{hint}</p>
        </article>
    }
}

/// A chart of a task, its heading and what it says.
pub type TaskChart = (SharedChart, &'static str, &'static str);

/// All charts of a task.
pub fn charts_of(task: &TaskResult) -> Vec<TaskChart> {
    let name = task.name.clone();
    let figure = |metric: &str| task.metrics.get(metric).and_then(|figure| figure.value);
    let mut shown: Vec<TaskChart> = Vec::new();
    let charts = &task.charts;
    if let Some(points) = charts.roc.clone() {
        shown.push((
            Arc::new(Roc {
                task: name.clone(),
                points,
                auroc: figure("auroc"),
            }),
            "ROC curve",
            "Each point is a threshold: how many of the sick are found for how many false alarms among the healthy.",
        ));
    }
    if let Some(points) = charts.precision_recall.clone() {
        shown.push((
            Arc::new(PrecisionRecall {
                task: name.clone(),
                points,
                prevalence: figure("prevalence"),
                auprc: figure("auprc"),
            }),
            "Precision and recall",
            "How many alarms are right, for how many of the sick are found. Guessing stays at the prevalence.",
        ));
    }
    if let Some(bins) = charts.calibration.clone() {
        shown.push((
            Arc::new(CalibrationCurve {
                task: name.clone(),
                bins,
            }),
            "Calibration",
            "Whether a predicted risk of 20 % means that 20 of 100 have the outcome. On the dashed line it does. Bars are 95 % intervals of the observed shares (Wilson).",
        ));
    }
    if let Some(confusion) = charts.confusion.clone() {
        shown.push((
            Arc::new(ConfusionMatrix {
                task: name.clone(),
                confusion,
            }),
            "Confusion matrix",
            "Which class is taken for which.",
        ));
    }
    if let Some(density) = charts.predicted_observed.clone() {
        shown.push((
            Arc::new(PredictedObserved {
                task: name.clone(),
                unit: task.unit.clone(),
                density,
            }),
            "Predicted against observed",
            "Counts of patients; on the dashed line a prediction is exactly right.",
        ));
    }
    if let Some(map) = charts.clusters.clone() {
        shown.push((
            Arc::new(Clusters { task: name, map }),
            "Cluster map",
            "The groups in the two directions in which patients differ most. A dot stands for the patients of a small square, the larger the more.",
        ));
    }
    shown
}

fn figures_of(task: &TaskResult) -> Vec<AnyView> {
    charts_of(task)
        .into_iter()
        .map(|(chart, heading, hint)| {
            let chart = Signal::derive(move || chart.clone());
            view! {
                <div class="card">
                    <ChartFigure chart=chart heading=heading.to_string() hint=hint/>
                </div>
            }
            .into_any()
        })
        .collect()
}
