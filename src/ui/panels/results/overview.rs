//! All tasks at a glance, one row each.

use std::cmp::Ordering;

use leptos::prelude::*;

use super::metric;
use crate::charts::{Cell, IntervalScale, Table};
use crate::session::protocol::{Results, TaskResult};
use crate::ui::components::chart_figure::{chart_theme, keep};
use crate::ui::components::number;
use crate::ui::state::Studio;

/// What the rows are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Study,
    Name,
    Kind,
    Department,
    Labelled,
    Score,
}

/// The columns that rows can be ordered by, with their class.
const COLUMNS: [(Order, &str, &str); 4] = [
    (Order::Name, "Task", ""),
    (Order::Kind, "Kind", "wide-only"),
    (Order::Department, "Department", "wide-only"),
    (Order::Labelled, "Labelled", "numeric wide-only"),
];

fn score_of(task: &TaskResult) -> Option<f64> {
    metric::headline(task).and_then(|figure| figure.value)
}

fn compare(order: Order, one: &TaskResult, other: &TaskResult) -> Ordering {
    match order {
        Order::Study => Ordering::Equal,
        Order::Name => one.name.cmp(&other.name),
        Order::Kind => metric::kind_words(one.kind).cmp(metric::kind_words(other.kind)),
        Order::Department => {
            // Tasks without a department come last.
            let key = |task: &TaskResult| (task.department.is_none(), task.department.clone());
            key(one).cmp(&key(other))
        }
        Order::Labelled => other.labelled.cmp(&one.labelled),
        Order::Score => match (score_of(one), score_of(other)) {
            (Some(one), Some(other)) => other.total_cmp(&one),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        },
    }
}

/// All figures of all tasks.
pub fn scores_table(results: &Results) -> Table {
    let mut table = Table::new(&[
        "Task",
        "Kind",
        "Department",
        "Labelled test samples",
        "Metric",
        "Value",
        "95 % low",
        "95 % high",
        "Not defined because",
    ]);
    for task in &results.tasks {
        for (name, figure) in &task.metrics {
            table.rows.push(vec![
                Cell::from(task.name.as_str()),
                Cell::from(metric::kind_words(task.kind)),
                Cell::from(task.department.as_deref().unwrap_or_default()),
                Cell::Count(task.labelled),
                Cell::from(metric::name(name).as_str()),
                Cell::score(figure.value),
                Cell::score(figure.low),
                Cell::score(figure.high),
                Cell::from(figure.undefined.as_deref().unwrap_or_default()),
            ]);
        }
    }
    table
}

/// A table of the tasks with their headline scores.
#[component]
pub fn Overview(
    /// The results.
    results: Results,
    /// The task whose page is open.
    chosen: RwSignal<usize>,
) -> impl IntoView {
    let studio = Studio::of_page();
    let theme = chart_theme();
    let order = RwSignal::new((Order::Study, false));
    let has_departments = results.tasks.iter().any(|task| task.department.is_some());
    let lowest = results
        .tasks
        .iter()
        .filter_map(|task| metric::headline(task)?.low)
        .fold(0.0, f64::min);
    let scale = IntervalScale {
        range: (
            if lowest < -0.02 {
                lowest.max(-0.5)
            } else {
                0.0
            },
            1.0,
        ),
        width: 176.0,
    };
    let file = scores_table(&results);
    let save = move |_| {
        keep(
            studio,
            "scores",
            "csv",
            "text/csv;charset=utf-8",
            &file.to_csv(),
        )
    };
    let tasks = StoredValue::new(results.tasks);
    let places = Memo::new(move |_| {
        let (by, reversed) = order.get();
        tasks.with_value(|tasks| {
            let mut places: Vec<usize> = (0..tasks.len()).collect();
            places.sort_by(|one, other| compare(by, &tasks[*one], &tasks[*other]));
            if reversed {
                places.reverse();
            }
            places
        })
    });
    let head = move |by: Order, title: &'static str, class: &'static str| {
        let sorted = move || match order.get() {
            (now, false) if now == by => "ascending",
            (now, true) if now == by => "descending",
            _ => "none",
        };
        let press = move |_| {
            order.update(|(now, reversed)| {
                // Once, again the other way round, then as in the study.
                (*now, *reversed) = match (*now == by, *reversed) {
                    (false, _) => (by, false),
                    (true, false) => (by, true),
                    (true, true) => (Order::Study, false),
                };
            });
        };
        view! {
            <th scope="col" class=class aria-sort=sorted>
                <button type="button" class="sort" on:click=press>{title}</button>
            </th>
        }
    };
    let ticks = {
        let scale = scale.clone();
        move || scale.ticks(&theme.get())
    };
    let row = move |place: usize| {
        let scale = scale.clone();
        tasks.with_value(|tasks| {
            let task = tasks[place].clone();
            let figure = metric::headline(&task).cloned();
            let score = task.score.clone();
            let text = match figure
                .as_ref()
                .map(|figure| (figure.value, &figure.undefined))
            {
                Some((Some(value), _)) => metric::value(&score, value),
                _ => "not defined".to_string(),
            };
            let note = match &figure {
                Some(figure) if figure.value.is_some() => metric::interval(&score, figure),
                Some(figure) => figure.undefined.clone(),
                None => None,
            };
            let mark = {
                let score = score.clone();
                move || {
                    let figure = figure.as_ref()?;
                    Some(scale.mark(
                        figure.value?,
                        figure.low.zip(figure.high),
                        Some(metric::chance(&score)),
                        &theme.get(),
                    ))
                }
            };
            view! {
                <tr class:chosen=move || chosen.get() == place>
                    <th scope="row">
                        <button
                            type="button"
                            class="row-link"
                            aria-current=move || (chosen.get() == place).then_some("true")
                            on:click=move |_| {
                                chosen.set(place);
                                super::task::show(true);
                            }
                        >
                            {task.name}
                        </button>
                    </th>
                    <td class="kind wide-only">{metric::kind_words(task.kind)}</td>
                    <td class="wide-only" hidden=!has_departments>
                        {task.department}
                    </td>
                    <td class="numeric wide-only">{number::count(task.labelled)}</td>
                    <td class="score-cell">
                        <span class="score-value">
                            <span class="score-name">{metric::name(&score)}</span>
                            <strong>{text}</strong>
                        </span>
                        <span class="subtle">{note}</span>
                    </td>
                    <td class="mark-cell" inner_html=move || mark().unwrap_or_default()></td>
                </tr>
            }
        })
    };
    view! {
            <section class="section">
                <div class="section-head">
                    <h2>"All tasks"</h2>
                    <button type="button" class="button small" on:click=save>
                        "Save all scores as CSV"
                    </button>
                </div>
                <p class="subtle">
                    "The dot is the score, the line its interval, the dashed mark what guessing reaches. Choose a task to see its figures and charts below."
                </p>
                <div class="table-wrap" tabindex="0" role="group" aria-label="Scores of all tasks">
                    <table class="overview">
                        <thead>
                            <tr>
                                {COLUMNS
                                    .into_iter()
                                    .filter(|(by, ..)| has_departments || *by != Order::Department)
                                    .map(|(by, title, class)| head(by, title, class))
                                    .collect_view()}
                                {head(Order::Score, "Score on the test set", "")}
                                <th scope="col" class="mark-cell">
    <span class="hidden-text">"On a scale"</span>
    <span inner_html=ticks></span>
    </th>
                            </tr>
                        </thead>
                        <tbody>
                            <For each=move || places.get() key=|place| *place children=row/>
                        </tbody>
                    </table>
                </div>
            </section>
        }
}
