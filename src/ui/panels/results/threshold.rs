//! Choosing a threshold: what decisions by it would be.

use std::sync::Arc;

use leptos::prelude::*;

use crate::charts::DecisionCurve;
use crate::session::protocol::{OperatingPoint, TaskResult};
use crate::ui::components::chart_figure::{ChartFigure, SharedChart};
use crate::ui::components::number;

/// A slider over the thresholds, what decisions at the chosen one would be, and the decision curve.
#[component]
pub fn ThresholdChoice(
    /// The task.
    task: TaskResult,
) -> impl IntoView {
    let points = task.charts.operating.clone().unwrap_or_default();
    if points.is_empty() {
        return ().into_any();
    }
    let proposed = task
        .metrics
        .get("threshold")
        .and_then(|figure| figure.value)
        .unwrap_or(0.5);
    let nearest = points
        .iter()
        .position(|point| point.threshold >= proposed)
        .unwrap_or(points.len() - 1);
    let last = points.len() - 1;
    let chart: SharedChart = Arc::new(DecisionCurve {
        task: task.name.clone(),
        points: points.clone(),
    });
    let place = RwSignal::new(nearest);
    let points = StoredValue::new(points);
    let point = Memo::new(move |_| points.with_value(|points| points.get(place.get()).copied()));
    let words = move || point.get().map(|point| number::percent(point.threshold));
    view! {
        <section class="card threshold" aria-labelledby="m3h-threshold-title">
            <h3 id="m3h-threshold-title">"Choosing a threshold"</h3>
            <p class="subtle">
                "What would happen if patients with at least this risk were alarmed, counted on the test set. It begins at the threshold with the best F1 on the validation patients. Research use only."
            </p>
            <label class="threshold-slider">
                <span>"Alarm from a risk of " <strong class="numbers">{words}</strong></span>
                <input
                    type="range"
                    min="0"
                    max=last.to_string()
                    step="1"
                    prop:value=move || place.get().to_string()
                    aria-valuetext=words
                    on:input=move |event| {
                        if let Ok(chosen) = event_target_value(&event).parse::<usize>() {
                            place.set(chosen.min(last));
                        }
                    }
                />
            </label>
            <dl class="figures" aria-live="polite">
                {move || point.get().map(|point| figures(&point))}
            </dl>
        </section>
        <div class="card">
            <ChartFigure
                chart=Signal::derive(move || chart.clone())
                heading="Decision curve".to_string()
                hint="Whether acting by the model is of more use than alarming everybody or nobody. The threshold says how many needless alarms one right alarm is worth: at 20 % it is four."
            />
        </div>
    }
    .into_any()
}

fn figures(point: &OperatingPoint) -> impl IntoView + use<> {
    let share = |value: Option<f64>| value.map_or("not defined".to_owned(), number::percent);
    [
        (
            "Sensitivity",
            share(point.sensitivity()),
            "of those with the outcome are alarmed",
        ),
        (
            "Specificity",
            share(point.specificity()),
            "of those without it are left alone",
        ),
        (
            "Positive predictive value",
            share(point.positive_predictive_value()),
            "of the alarms are right",
        ),
        (
            "Negative predictive value",
            share(point.negative_predictive_value()),
            "of those not alarmed are without the outcome",
        ),
        (
            "Alarms",
            point
                .alarms_per_hundred()
                .map_or("not defined".to_owned(), |alarms| {
                    number::decimal(alarms, 1)
                }),
            "a hundred patients",
        ),
    ]
    .into_iter()
    .map(|(name, value, note)| {
        view! {
            <div>
                <dt>{name} <span class="subtle">{note}</span></dt>
                <dd>{value}</dd>
            </div>
        }
    })
    .collect_view()
}

/// Calibration without and with each recalibration.
#[component]
pub fn RecalibrationTable(
    /// The task.
    task: TaskResult,
) -> impl IntoView {
    let all = task.charts.recalibration.clone();
    if all.is_empty() {
        return ().into_any();
    }
    let rows = all
        .into_iter()
        .map(|one| {
            let name = match (one.method.as_str(), one.temperature) {
                ("temperature", Some(temperature)) => {
                    format!("Temperature {}", number::decimal(temperature, 2))
                }
                ("temperature", None) => "Temperature".into(),
                ("isotonic", _) => "Isotonic regression".into(),
                _ => "As the model says".into(),
            };
            let cell = |metric: &str, figure: crate::session::protocol::Metric| {
                let value = figure
                    .value
                    .map(|value| super::metric::value(metric, value));
                let note = super::metric::interval(metric, &figure).or(figure.undefined);
                view! {
                    <td class="numeric">
                        <span class="certain">{value}</span>
                        <span class="subtle">{note}</span>
                    </td>
                }
            };
            view! {
                <tr>
                    <th scope="row">{name}</th>
                    {cell("brier", one.brier)}
                    {cell("ece", one.ece)}
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="card threshold" aria-labelledby="m3h-recalibration-title">
            <h3 id="m3h-recalibration-title">"Recalibration, before and after"</h3>
            <p class="subtle">
                "Fitted on the validation patients, judged on the test patients; lower is better. To have risks recalibrated, choose it in Tasks under Advanced: training, and train again."
            </p>
            <div class="table-wrap" tabindex="0" role="group" aria-label="Recalibration">
                <table class="ablation">
                    <thead>
                        <tr>
                            <th scope="col">"Risks"</th>
                            <th scope="col" class="numeric">"Brier score"</th>
                            <th scope="col" class="numeric">"Calibration error"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
    .into_any()
}
