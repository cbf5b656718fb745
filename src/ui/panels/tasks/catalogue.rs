//! The tasks by department.

use leptos::prelude::*;

use super::form::TaskForm;
use super::{Editor, kind_title};
use crate::session::protocol::{CohortSummary, ColumnSummary};
use crate::study::{Task, TaskKind};
use crate::ui::components::number;

/// Which task's form is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// None.
    Nothing,
    /// A new task's.
    New,
    /// That of the task at this place.
    Task(usize),
}

/// The list of tasks, each with what its label holds, and the form to add and change them.
#[component]
pub fn Catalogue() -> impl IntoView {
    let editor = expect_context::<Editor>();
    let open = RwSignal::new(Open::Nothing);
    let count = move || editor.read(|study| study.tasks.len()).unwrap_or(0);
    let departments = move || {
        editor
            .read(|study| by_department(&study.tasks))
            .unwrap_or_default()
    };
    view! {
        <section class="section" aria-labelledby="m3h-tasks">
            <div class="section-head">
                <h2 id="m3h-tasks">
                    {move || number::counted(count(), "task", "tasks")}
                </h2>
                <button
                    type="button"
                    class="button small"
                    aria-expanded=move || (open.get() == Open::New).to_string()
                    on:click=move |_| open.set(Open::New)
                >
                    "Add a task"
                </button>
            </div>
            {move || {
                (open.get() == Open::New)
                    .then(|| view! { <TaskForm place=None on_close=move || open.set(Open::Nothing)/> })
            }}
            {move || {
                departments()
                    .into_iter()
                    .map(|(department, tasks)| {
                        view! { <Department department=department tasks=tasks open=open/> }
                    })
                    .collect_view()
            }}
        </section>
    }
}

type Placed = (usize, Task);

/// The tasks with their places in the study, by department in order of first appearance; those without one last.
fn by_department(tasks: &[Task]) -> Vec<(Option<String>, Vec<Placed>)> {
    let mut departments: Vec<(Option<String>, Vec<Placed>)> = Vec::new();
    for (place, task) in tasks.iter().enumerate() {
        let placed = (place, task.clone());
        match departments
            .iter_mut()
            .find(|(name, _)| *name == task.department)
        {
            Some((_, tasks)) => tasks.push(placed),
            None => departments.push((task.department.clone(), vec![placed])),
        }
    }
    departments.sort_by_key(|(name, _)| name.is_none());
    departments
}

#[component]
fn Department(
    /// Its name; none for tasks without one.
    department: Option<String>,
    /// Its tasks with their places in the study.
    tasks: Vec<Placed>,
    /// Which form is open.
    open: RwSignal<Open>,
) -> impl IntoView {
    let title = department.unwrap_or_else(|| "Without a department".into());
    let rows = tasks
        .into_iter()
        .map(|(place, task)| view! { <TaskRow place=place task=task open=open/> });
    view! {
        <div class="department">
            <h3 class="eyebrow">{title}</h3>
            <ul class="tasks">{rows.collect_view()}</ul>
        </div>
    }
}

#[component]
fn TaskRow(place: usize, task: Task, open: RwSignal<Open>) -> impl IntoView {
    let editor = expect_context::<Editor>();
    let name = task.name.clone();
    let summary = {
        let task = task.clone();
        move || {
            editor
                .studio
                .cohort
                .with(|cohort| cohort.as_ref().map(|cohort| summary(&task, cohort)))
        }
    };
    let remove = move |_| {
        open.set(Open::Nothing);
        editor.change(move |study| {
            if place < study.tasks.len() {
                study.tasks.remove(place);
            }
        });
    };
    let is_open = move || open.get() == Open::Task(place);
    let toggle = move |_| {
        open.update(|open| {
            *open = match *open == Open::Task(place) {
                true => Open::Nothing,
                false => Open::Task(place),
            }
        });
    };
    view! {
        <li class="task">
            <div class="task-line">
                <div class="task-name">
                    <strong>{name.clone()}</strong>
                    <span class="chip">{kind_title(task.kind)}</span>
                </div>
                <p class="subtle numbers task-summary">{summary}</p>
                <div class="actions">
                    <button
                        type="button"
                        class="button quiet small"
                        aria-label=format!("Change {name}")
                        aria-expanded=move || is_open().to_string()
                        on:click=toggle
                    >
                        "Change"
                    </button>
                    <button
                        type="button"
                        class="button quiet small danger"
                        aria-label=format!("Remove {name}")
                        on:click=remove
                    >
                        "Remove"
                    </button>
                </div>
            </div>
            {move || {
                is_open()
                    .then(|| {
                        view! {
                            <TaskForm place=Some(place) on_close=move || open.set(Open::Nothing)/>
                        }
                    })
            }}
        </li>
    }
}

/// What a task's label holds, in words.
fn summary(task: &Task, cohort: &CohortSummary) -> String {
    if task.kind == TaskKind::Clustering {
        let clusters = task.clusters.unwrap_or(0);
        let groups = number::counted(clusters, "group", "groups");
        return match &task.reference {
            Some(reference) => format!("{groups}, compared with {reference}"),
            None => format!("{groups}, found without labels"),
        };
    }
    let Some(column) = task
        .column
        .as_ref()
        .and_then(|name| cohort.columns.iter().find(|column| column.name == *name))
    else {
        return task.column.clone().unwrap_or_default();
    };
    let labelled = cohort.samples.saturating_sub(column.missing);
    let of = format!(
        "{} of {} samples labelled",
        number::count(labelled),
        number::count(cohort.samples)
    );
    let what = match task.kind {
        TaskKind::Binary => prevalence(task, column, labelled),
        TaskKind::Multiclass => Some(number::counted(column.distinct, "class", "classes")),
        TaskKind::Regression | TaskKind::Clustering => {
            column.quartiles.map(|[_, low, median, high, _]| {
                let unit = task
                    .unit
                    .as_ref()
                    .map_or(String::new(), |unit| format!(" {unit}"));
                format!(
                    "median {} ({} to {}){unit}",
                    number::quantity(median),
                    number::quantity(low),
                    number::quantity(high)
                )
            })
        }
    };
    match what {
        Some(what) => format!("{} · {what} · {of}", column.name),
        None => format!("{} · {of}", column.name),
    }
}

fn prevalence(task: &Task, column: &ColumnSummary, labelled: usize) -> Option<String> {
    let positive = task.positive.as_ref()?;
    let level = column
        .levels
        .iter()
        .find(|level| level.value.trim().eq_ignore_ascii_case(positive.trim()))?;
    let share = level.count as f64 / labelled.max(1) as f64;
    Some(format!("{} positive", number::percent(share)))
}
