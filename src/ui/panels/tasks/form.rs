//! The form of one task.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::{Editor, kind_title};
use crate::cohort::{ColumnKind, Role};
use crate::session::protocol::ColumnSummary;
use crate::study::defaults::CLUSTERS;
use crate::study::validate::MOST_CLASSES;
use crate::study::{Task, TaskKind};
use crate::ui::components::notice::Sentences;

const KINDS: [(TaskKind, &str, &str); 4] = [
    (TaskKind::Binary, "binary", "does it happen or not"),
    (TaskKind::Multiclass, "multiclass", "which of several"),
    (TaskKind::Regression, "regression", "how much or how long"),
    (
        TaskKind::Clustering,
        "clustering",
        "patients alike, without labels",
    ),
];

/// What the form holds; texts as typed.
#[derive(Clone, Copy)]
struct Draft {
    name: RwSignal<String>,
    kind: RwSignal<TaskKind>,
    column: RwSignal<String>,
    positive: RwSignal<String>,
    unit: RwSignal<String>,
    clusters: RwSignal<String>,
    reference: RwSignal<String>,
    department: RwSignal<String>,
}

impl Draft {
    fn of(task: Option<&Task>) -> Draft {
        let text = |read: fn(&Task) -> Option<String>| {
            RwSignal::new(task.and_then(read).unwrap_or_default())
        };
        Draft {
            name: text(|task| Some(task.name.clone())),
            kind: RwSignal::new(task.map_or(TaskKind::Binary, |task| task.kind)),
            column: text(|task| task.column.clone()),
            positive: text(|task| task.positive.clone()),
            unit: text(|task| task.unit.clone()),
            clusters: RwSignal::new(
                task.and_then(|task| task.clusters)
                    .unwrap_or(CLUSTERS.default as usize)
                    .to_string(),
            ),
            reference: text(|task| task.reference.clone()),
            department: text(|task| task.department.clone()),
        }
    }

    /// The task; what its kind has no use for is left out.
    fn task(&self) -> Task {
        let kind = self.kind.get_untracked();
        let given = |signal: RwSignal<String>, wanted: bool| {
            let text = signal.get_untracked().trim().to_string();
            (wanted && !text.is_empty()).then_some(text)
        };
        let clustering = kind == TaskKind::Clustering;
        let column = given(self.column, !clustering);
        Task {
            name: given(self.name, true)
                .or_else(|| column.clone())
                .unwrap_or_default(),
            kind,
            column,
            positive: given(self.positive, kind == TaskKind::Binary),
            department: given(self.department, true),
            unit: given(self.unit, kind == TaskKind::Regression),
            clusters: given(self.clusters, clustering).and_then(|text| text.parse().ok()),
            reference: given(self.reference, clustering),
        }
    }
}

/// Whether a column can be the label of such a task (clustering: its reference).
fn suits(column: &ColumnSummary, kind: TaskKind) -> bool {
    if matches!(column.role, Role::Id | Role::Group) || column.distinct < 2 {
        return false;
    }
    let few = column.distinct <= MOST_CLASSES;
    match (kind, column.kind) {
        (_, ColumnKind::Text) => false,
        (TaskKind::Regression, held) => held == ColumnKind::Number,
        (TaskKind::Binary, ColumnKind::Number) => column.distinct == 2,
        (TaskKind::Binary, _) => true,
        (TaskKind::Multiclass | TaskKind::Clustering, _) => few,
    }
}

/// Adds a task, or changes the one at `place`.
#[component]
pub fn TaskForm(
    /// The task's place in the study; none for a new one.
    place: Option<usize>,
    /// Called when the form is done with.
    on_close: impl Fn() + Copy + 'static,
) -> impl IntoView {
    let editor = expect_context::<Editor>();
    let task = editor.studio.study.with_untracked(|study| {
        study
            .as_ref()
            .zip(place)
            .and_then(|(study, place)| study.tasks.get(place).cloned())
    });
    let draft = Draft::of(task.as_ref());
    let refused = RwSignal::new(None::<String>);
    let waiting = RwSignal::new(false);
    let id = move |field: &str| match place {
        Some(place) => format!("m3h-task-{place}-{field}"),
        None => format!("m3h-task-new-{field}"),
    };
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some(mut study) = editor.studio.study.get_untracked() else {
            return;
        };
        let task = draft.task();
        match place.and_then(|place| study.tasks.get_mut(place)) {
            Some(old) => *old = task,
            None => study.tasks.push(task),
        }
        waiting.set(true);
        spawn_local(async move {
            let outcome = editor.put(&study).await;
            waiting.set(false);
            match outcome {
                Ok(_) => on_close(),
                Err(error) => {
                    // Shown here, where the reason is, not at the head as well.
                    editor.refused.set(None);
                    refused.set(Some(error.to_string()));
                }
            }
        });
    };
    let first = NodeRef::<leptos::html::Select>::new();
    Effect::new(move |_| {
        if let Some(first) = first.get() {
            // A form that opens takes the focus; a browser that refuses leaves it on the button.
            let _ = first.focus();
        }
    });
    view! {
        <form class="card task-form" on:submit=submit aria-label="Task">
            <div class="fields">
                <div class="field">
                    <label for=id("kind")>"What is asked"</label>
                    <select
                        id=id("kind")
                        node_ref=first
                        on:change=move |event| {
                            let word = event_target_value(&event);
                            if let Some((kind, _, _)) = KINDS.iter().find(|(_, known, _)| *known == word) {
                                draft.kind.set(*kind);
                            }
                        }
                    >
                        {KINDS
                            .map(|(kind, word, meaning)| {
                                view! {
                                    <option value=word prop:selected=move || draft.kind.get() == kind>
                                        {format!("{}: {meaning}", kind_title(kind))}
                                    </option>
                                }
                            })
                            .collect_view()}
                    </select>
                </div>
                {move || match draft.kind.get() {
                    TaskKind::Clustering => {
                        view! {
                            <NumberOfGroups id=id("clusters") value=draft.clusters/>
                            <ColumnField
                                id=id("reference")
                                label="Compare the groups with"
                                kind=TaskKind::Clustering
                                optional=true
                                value=draft.reference
                                on_choice=move |_| {}
                            />
                        }
                            .into_any()
                    }
                    kind => {
                        let on_choice = move |column: Option<ColumnSummary>| {
                            if let Some(column) = column {
                                draft.positive.set(likely_positive(&column));
                            }
                        };
                        view! {
                            <ColumnField
                                id=id("column")
                                label="Column with the label"
                                kind=kind
                                optional=false
                                value=draft.column
                                on_choice=on_choice
                            />
                            {(kind == TaskKind::Binary)
                                .then(|| {
                                    view! {
                                        <PositiveField id=id("positive") column=draft.column value=draft.positive/>
                                    }
                                })}
                            {(kind == TaskKind::Regression)
                                .then(|| {
                                    view! {
                                        <TextField id=id("unit") label="Unit" hint="For example days; shown with the scores." value=draft.unit/>
                                    }
                                })}
                        }
                            .into_any()
                    }
                }}
                <TextField id=id("name") label="Name" hint="As it should stand in the results; the column's name if empty." value=draft.name/>
                <TextField id=id("department") label="Department" hint="Groups the tasks, for example Cardiology." value=draft.department/>
            </div>
            <div role="alert">
                {move || {
                    refused
                        .get()
                        .map(|text| {
                            view! {
                                <div class="notice notice-bad">
                                    <Sentences text=text/>
                                </div>
                            }
                        })
                }}
            </div>
            <div class="actions">
                <button type="submit" class="button primary" disabled=move || waiting.get()>
                    {if place.is_some() { "Save the task" } else { "Add the task" }}
                </button>
                <button type="button" class="button quiet" on:click=move |_| on_close()>
                    "Cancel"
                </button>
            </div>
        </form>
    }
}

/// The value that most likely means yes.
fn likely_positive(column: &ColumnSummary) -> String {
    let means_yes = |value: &str| {
        ["1", "yes", "y", "true", "positive", "pos", "dead", "died"]
            .iter()
            .any(|word| value.trim().eq_ignore_ascii_case(word))
    };
    column
        .levels
        .iter()
        .find(|level| means_yes(&level.value))
        .or_else(|| column.levels.last())
        .map_or(String::new(), |level| level.value.clone())
}

#[component]
fn TextField(
    id: String,
    label: &'static str,
    hint: &'static str,
    value: RwSignal<String>,
) -> impl IntoView {
    let hint_id = format!("{id}-hint");
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <input
                id=id
                type="text"
                autocomplete="off"
                aria-describedby=hint_id.clone()
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
            />
            <p class="hint" id=hint_id>{hint}</p>
        </div>
    }
}

#[component]
fn NumberOfGroups(id: String, value: RwSignal<String>) -> impl IntoView {
    view! {
        <div class="field">
            <label for=id.clone()>"Number of groups"</label>
            <input
                id=id
                type="number"
                required
                min=CLUSTERS.low.to_string()
                max=CLUSTERS.high.to_string()
                step="1"
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
            />
        </div>
    }
}

/// A choice among the columns that suit the kind of task, labels first.
#[component]
fn ColumnField(
    id: String,
    label: &'static str,
    kind: TaskKind,
    /// Whether none may be chosen.
    optional: bool,
    value: RwSignal<String>,
    /// Hears which column was chosen.
    on_choice: impl Fn(Option<ColumnSummary>) + 'static,
) -> impl IntoView {
    let editor = expect_context::<Editor>();
    let columns: Vec<ColumnSummary> = editor.studio.cohort.with_untracked(|cohort| {
        let columns = cohort.as_ref().map_or(&[][..], |cohort| &cohort.columns);
        columns
            .iter()
            .filter(|column| suits(column, kind))
            .cloned()
            .collect()
    });
    let none = columns.is_empty();
    let options = |columns: &[ColumnSummary], labels: bool| {
        columns
            .iter()
            .filter(|column| (column.role == Role::Label) == labels)
            .map(|column| {
                let name = column.name.clone();
                let shown = name.clone();
                view! { <option value=name.clone() prop:selected=move || value.get() == name>{shown}</option> }
            })
            .collect_view()
    };
    let labels = options(&columns, true);
    let others = options(&columns, false);
    let choose = move |event: web_sys::Event| {
        let name = event_target_value(&event);
        value.set(name.clone());
        on_choice(columns.iter().find(|column| column.name == name).cloned());
    };
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <select id=id required=!optional on:change=choose>
                <option value="" prop:selected=move || value.with(String::is_empty)>
                    {if optional { "Nothing" } else { "Choose a column" }}
                </option>
                <optgroup label="Labels">{labels}</optgroup>
                <optgroup label="Other columns; no input any more when chosen">{others}</optgroup>
            </select>
            {none
                .then(|| {
                    view! {
                        <p class="hint">
                            "No column suits this kind of task. Check in the data panel what the columns hold."
                        </p>
                    }
                })}
        </div>
    }
}

/// The value that counts as positive: chosen where the column's values are known.
#[component]
fn PositiveField(id: String, column: RwSignal<String>, value: RwSignal<String>) -> impl IntoView {
    let editor = expect_context::<Editor>();
    let levels = move || {
        let name = column.get();
        editor.studio.cohort.with(|cohort| {
            cohort
                .as_ref()
                .and_then(|cohort| cohort.columns.iter().find(|column| column.name == name))
                .map(|column| {
                    column
                        .levels
                        .iter()
                        .map(|level| level.value.clone())
                        .collect::<Vec<String>>()
                })
                .unwrap_or_default()
        })
    };
    let label_id = id.clone();
    view! {
        <div class="field">
            <label for=label_id>"Value that counts as yes"</label>
            {move || {
                let levels = levels();
                let id = id.clone();
                if levels.is_empty() {
                    view! {
                        <input
                            id=id
                            type="text"
                            required
                            autocomplete="off"
                            prop:value=move || value.get()
                            on:input=move |event| value.set(event_target_value(&event))
                        />
                    }
                        .into_any()
                } else {
                    let options = levels
                        .into_iter()
                        .map(|level| {
                            let shown = level.clone();
                            view! {
                                <option value=level.clone() prop:selected=move || value.get() == level>
                                    {shown}
                                </option>
                            }
                        });
                    view! {
                        <select id=id on:change=move |event| value.set(event_target_value(&event))>
                            {options.collect_view()}
                        </select>
                    }
                        .into_any()
                }
            }} <p class="hint">"Every other value counts as no."</p>
        </div>
    }
}
