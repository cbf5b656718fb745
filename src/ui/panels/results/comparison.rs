//! One model for all tasks against a model of each alone.

use leptos::prelude::*;

use super::metric;
use crate::charts::{Cell, IntervalScale, Table};
use crate::session::protocol::{ComparedDepartment, ComparedTask, Comparison, Metric};
use crate::ui::components::chart_figure::{chart_theme, keep};
use crate::ui::components::number;
use crate::ui::state::Studio;

/// The section of Results that sets the model beside models of single tasks.
#[component]
pub fn SingleTasks() -> impl IntoView {
    let studio = Studio::of_page();
    let several = move || {
        studio.results.with(|results| {
            results
                .as_ref()
                .is_some_and(|results| results.tasks.len() > 1)
        })
    };
    let unfinished = move || {
        studio.comparison.with(|kept| {
            kept.as_ref()
                .is_none_or(|kept| kept.finished < kept.tasks.len())
        })
    };
    view! {
        <Show when=several>
            <section class="section" aria-labelledby="m3h-comparison-title">
                <div class="section-head">
                    <h2 id="m3h-comparison-title">"Together or alone"</h2>
                </div>
                <p class="subtle">
                    "Does it pay to learn the tasks together? A model of each task alone is trained with the same inputs, encoders, seed and settings, on the same patients, and judged on the same test set."
                </p>
                <Show when=unfinished>
                    <Start/>
                </Show>
                {move || {
                    studio.comparison.get().map(|comparison| view! { <Compared comparison=comparison/> })
                }}
            </section>
        </Show>
    }
}

/// What starts the trainings, and stops them.
#[component]
fn Start() -> impl IntoView {
    let studio = Studio::of_page();
    let running = RwSignal::new(false);
    let stopping = RwSignal::new(false);
    let busy = move || studio.work.with(Option::is_some) || studio.is_training();
    let words = move || {
        let done = studio
            .comparison
            .with(|kept| kept.as_ref().map_or(0, |kept| kept.finished));
        let (tasks, seconds) = studio.results.with(|results| {
            results
                .as_ref()
                .map_or((0, 0.0), |results| (results.tasks.len(), results.seconds))
        });
        let left = tasks.saturating_sub(done);
        if running.get() {
            "Training the tasks alone …".to_owned()
        } else if busy() {
            "Something else is under way. The tasks can be trained alone when it ends.".into()
        } else {
            format!(
                "{left} trainings, as many at a time as this machine has cores: at most {}, if each took as long as the last one did.",
                number::duration(seconds * left as f64)
            )
        }
    };
    let compare = move |_| {
        running.set(true);
        stopping.set(false);
        studio.perform("The tasks could not be compared", async move {
            let outcome = studio.compare_single_task(None).await;
            // Gone with the section where the comparison is complete.
            let _ = running.try_set(false);
            outcome
        });
    };
    let stop = move |_| {
        stopping.set(true);
        studio.perform("The comparison could not be stopped", async move {
            studio.stop().await
        });
    };
    let title = move || match studio.comparison.with(Option::is_some) {
        true => "Go on",
        false => "Compare with single tasks",
    };
    view! {
        <div class="notice">
            <p>{words}</p>
            <Show when=move || !busy()>
                <button type="button" class="button primary" on:click=compare>
                    {title}
                </button>
            </Show>
            <Show when=move || busy() && running.get()>
                <button type="button" class="button" disabled=move || stopping.get() on:click=stop>
                    "Stop"
                </button>
            </Show>
        </div>
    }
}

fn comparison_file(comparison: &Comparison) -> Table {
    let mut table = Table::new(&[
        "Task",
        "Department",
        "Metric",
        "Together",
        "Alone",
        "Difference",
        "95 % low",
        "95 % high",
        "Not defined because",
        "Epochs alone",
        "Seconds alone",
    ]);
    for task in &comparison.tasks {
        table.rows.push(vec![
            Cell::from(task.name.as_str()),
            Cell::from(task.department.as_deref().unwrap_or_default()),
            Cell::from(metric::name(&task.score).as_str()),
            Cell::score(task.multitask),
            Cell::score(task.single),
            Cell::score(task.difference.value),
            Cell::score(task.difference.low),
            Cell::score(task.difference.high),
            Cell::from(task.difference.undefined.as_deref().unwrap_or_default()),
            Cell::Count(task.epochs),
            Cell::Number(task.seconds, Some(1)),
        ]);
    }
    table
}

/// One row's difference in points, with its interval in words and as a mark.
#[component]
fn Difference(
    /// The difference.
    difference: Metric,
    /// The scale of all rows.
    scale: IntervalScale,
) -> impl IntoView {
    let theme = chart_theme();
    let interval = difference.low.zip(difference.high);
    let uncertain = interval.is_none_or(|(low, high)| low <= 0.0 && high >= 0.0);
    let words = match difference.value {
        Some(value) => view! {
            <span class:uncertain=uncertain class:certain=!uncertain>{metric::points(value)}</span>
            <span class="subtle">
                {interval
                    .map(|(low, high)| format!("{} to {}", metric::points(low), metric::points(high)))}
            </span>
        }
        .into_any(),
        None => view! { <span class="subtle reason">{difference.undefined.clone()}</span> }
            .into_any(),
    };
    let mark = move || {
        let value = difference.value? * 100.0;
        let interval = interval.map(|(low, high)| (low * 100.0, high * 100.0));
        Some(scale.mark(value, interval, Some(0.0), &theme.get()))
    };
    view! {
        <td class="numeric">{words}</td>
        <td class="mark-cell" inner_html=move || mark().unwrap_or_default()></td>
    }
}

/// The verdict and the differences, mean and departments first.
#[component]
fn Compared(
    /// The comparison.
    comparison: Comparison,
) -> impl IntoView {
    let studio = Studio::of_page();
    let theme = chart_theme();
    let scale = IntervalScale {
        range: range(&comparison),
        width: 176.0,
    };
    let ticks = {
        let scale = scale.clone();
        move || scale.ticks(&theme.get())
    };
    let file = comparison_file(&comparison);
    let save = move |_| {
        keep(
            studio,
            "together-or-alone",
            "csv",
            "text/csv;charset=utf-8",
            &file.to_csv(),
        )
    };
    let summary = |name: String, note: &'static str, difference: Metric, scale: IntervalScale| {
        view! {
            <tr class="mean">
                <th scope="row">{name} <span class="subtle">{note}</span></th>
                <td class="wide-only"></td>
                <td class="wide-only"></td>
                <Difference difference=difference scale=scale/>
            </tr>
        }
    };
    let mean = summary(
        "Mean".into(),
        "over the tasks with labels",
        comparison.mean.clone(),
        scale.clone(),
    );
    // A department of one task would say its task again.
    let several = |department: &&ComparedDepartment| department.tasks > 1;
    let departments = comparison
        .departments
        .iter()
        .filter(several)
        .map(|department| {
            summary(
                department.name.clone(),
                "mean of the department",
                department.difference.clone(),
                scale.clone(),
            )
        })
        .collect_view();
    let row = |task: &ComparedTask| {
        let score = |value: Option<f64>| value.map(|value| metric::value(&task.score, value));
        view! {
            <tr>
                <th scope="row">
                    {task.name.clone()} <span class="subtle">{metric::name(&task.score)}</span>
                </th>
                <td class="numeric wide-only">{score(task.multitask)}</td>
                <td class="numeric wide-only">{score(task.single)}</td>
                <Difference difference=task.difference.clone() scale=scale.clone()/>
            </tr>
        }
    };
    let rows = comparison.tasks.iter().map(row).collect_view();
    view! {
        <super::Warnings sentences=comparison.warnings.clone()/>
        <p class="verdict">{comparison.verdict.clone()}</p>
        <div class="section-head">
            <p class="subtle">
                "Points (hundredths of the score) that a task has together and lacks alone, with 95 % interval; faded where the interval covers 0. To the right of the dashed mark, together is better."
            </p>
            <button type="button" class="button small" on:click=save>
                "Save as CSV"
            </button>
        </div>
        <div class="table-wrap" tabindex="0" role="group" aria-label="Together or alone">
            <table class="ablation comparison">
                <thead>
                    <tr>
                        <th scope="col">"Task"</th>
                        <th scope="col" class="numeric wide-only">"Together"</th>
                        <th scope="col" class="numeric wide-only">"Alone"</th>
                        <th scope="col" class="numeric">"Difference"</th>
                        <th class="mark-cell" inner_html=ticks></th>
                    </tr>
                </thead>
                <tbody>{rows} {departments} {mean}</tbody>
            </table>
        </div>
    }
}

/// A range in points that holds every interval of a task with labels, 0 in its middle, at most 20 points to each side.
fn range(comparison: &Comparison) -> (f64, f64) {
    let ends = comparison
        .tasks
        .iter()
        .filter(|task| task.score != "silhouette")
        .flat_map(|task| [task.difference.low, task.difference.high])
        .flatten();
    let largest = ends.fold(0.01f64, |most, end| most.max(end.abs()));
    let most = (largest * 100.0).ceil().min(20.0);
    (-most, most)
}
