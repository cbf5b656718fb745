//! One model for all tasks against a model of each alone.

use leptos::prelude::*;

use super::metric;
use crate::charts::{Cell, IntervalScale, Table};
use crate::session::protocol::{Against, ComparedDepartment, ComparedTask, Comparison, Metric};
use crate::ui::components::chart_figure::{chart_theme, keep};
use crate::ui::components::choice::ChoiceCards;
use crate::ui::components::long_work::{LongWork, Standing};
use crate::ui::components::number;
use crate::ui::state::Studio;

/// What the model is compared with: a title and what it means.
const CHOICES: [(Against, &str, &str); 2] = [
    (
        Against::Single,
        "A model of each task alone",
        "The same inputs, encoders, seed and settings on the same patients, without the other tasks. It shows whether learning together pays.",
    ),
    (
        Against::Trees,
        "Boosted trees",
        "What one would use instead: gradient-boosted trees for each task on the patients table and the statistics of the series.",
    ),
];

/// The section of Results that sets the model beside models of single tasks.
#[component]
pub fn SingleTasks() -> impl IntoView {
    let studio = Studio::of_page();
    let kept = studio.comparison.with_untracked(|all| {
        CHOICES
            .map(|(choice, ..)| choice)
            .into_iter()
            .find(|choice| all.contains_key(choice))
    });
    let against = RwSignal::new(kept.unwrap_or_default());
    let compared = Memo::new(move |_| {
        studio
            .comparison
            .with(|all| all.get(&against.get()).cloned())
    });
    let unfinished = move || {
        compared.with(|kept| {
            kept.as_ref()
                .is_none_or(|kept| kept.finished < kept.wanted())
        })
    };
    view! {
        <section class="section" aria-labelledby="m3h-comparison-title">
            <div class="section-head">
                <h2 id="m3h-comparison-title">"Together or alone"</h2>
            </div>
            <p class="subtle">
                "Does this model do better than the alternatives? All are judged on the same test patients."
            </p>
            <ChoiceCards
                choices=CHOICES.to_vec()
                name="m3h-against"
                legend="What the model is compared with"
                chosen=move || against.get()
                on_choose=move |chosen| against.set(chosen)
            />
            <Show when=unfinished>
                <Start against=against/>
            </Show>
            {move || {
                compared.get().map(|comparison| view! { <Compared comparison=comparison/> })
            }}
        </section>
    }
}

/// What starts the trainings, and stops them.
#[component]
fn Start(
    /// What the model is to be compared with.
    against: RwSignal<Against>,
) -> impl IntoView {
    let studio = Studio::of_page();
    let done = move || {
        studio
            .comparison
            .with(|all| all.get(&against.get()).map_or(0, |kept| kept.finished))
    };
    let words = move |standing: Standing| {
        let (tasks, seconds) = studio.results.with(|results| {
            results
                .as_ref()
                .map_or((0, 0.0), |results| (results.tasks.len(), results.seconds))
        });
        let left = tasks.saturating_sub(done());
        match (standing, against.get()) {
            (Standing::Running, _) => "Training the tasks alone …".to_owned(),
            (Standing::Busy, _) => {
                "Something else is under way. The tasks can be trained alone when it ends.".into()
            }
            (Standing::Idle, Against::Single | Against::Groups) => format!(
                "{left} trainings, as many at a time as this machine has cores: at most {}, if each took as long as the last one did.",
                number::duration(seconds * left as f64)
            ),
            (Standing::Idle, Against::Trees) => {
                "Up to 500 trees for each task that has labels, as many tasks at a time as this machine has cores: seconds to a minute a task.".into()
            }
        }
    };
    let title = move || match (done(), against.get()) {
        (0, Against::Single | Against::Groups) => "Compare with single tasks",
        (0, Against::Trees) => "Compare with boosted trees",
        _ => "Go on",
    };
    view! {
        <LongWork
            words=words
            title=title
            stoppable=|| true
            failure="The tasks could not be compared"
            work=move || async move {
                studio.compare(against.get_untracked(), vec![], None).await.map(|_| ())
            }
        />
    }
}

/// What the column of the other models is called.
fn other(against: Against) -> &'static str {
    match against {
        Against::Single => "Alone",
        Against::Trees => "Trees",
        Against::Groups => "In its group",
    }
}

/// The comparison with all digits.
pub fn comparison_file(comparison: &Comparison) -> Table {
    let other = other(comparison.against);
    let mut table = Table::new(&[
        "Task",
        "Department",
        "Metric",
        "Together",
        other,
        "Difference",
        "95 % low",
        "95 % high",
        "Not defined because",
        "Epochs there",
        "Seconds there",
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
pub fn Compared(
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
    let stem = match comparison.against {
        Against::Single => "together-or-alone",
        Against::Trees => "model-or-trees",
        Against::Groups => "together-or-in-groups",
    };
    let other = other(comparison.against);
    let save = move |_| {
        keep(
            studio,
            stem,
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
                    "Points (hundredths of the score) that a task gains in this model, with 95 % interval; faded where the interval covers 0. To the right of the dashed mark, this model is better."
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
                            <th scope="col" class="numeric wide-only">"This model"</th>
                            <th scope="col" class="numeric wide-only">{other}</th>
                            <th scope="col" class="numeric">"Difference"</th>
                            <th scope="col" class="mark-cell">
    <span class="hidden-text">"On a scale"</span>
    <span inner_html=ticks></span>
    </th>
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
