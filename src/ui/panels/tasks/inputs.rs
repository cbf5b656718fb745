//! What the model reads.

use leptos::prelude::*;

use super::Editor;
use crate::cohort::{ColumnKind, Role};
use crate::session::protocol::CohortSummary;
use crate::study::{Inputs, Selection, Study};
use crate::ui::components::checkbox::Checkbox;
use crate::ui::components::number;

/// The inputs by modality; only those that the cohort has.
#[component]
pub fn InputSelection() -> impl IntoView {
    let editor = expect_context::<Editor>();
    let cohort = editor.studio.cohort;
    let has = move |name: &'static str| {
        Memo::new(move |_| {
            cohort.with(|cohort| {
                cohort.as_ref().is_some_and(|cohort| {
                    cohort
                        .modalities
                        .iter()
                        .any(|modality| modality.name.split(':').next() == Some(name))
                })
            })
        })
    };
    let (tabular, series, text, image, embeddings) = (
        has("tabular"),
        has("series"),
        has("text"),
        has("image"),
        has("embeddings"),
    );
    view! {
        <section class="section" aria-labelledby="m3h-inputs">
            <div class="section-head">
                <h2 id="m3h-inputs">"Inputs"</h2>
                <p class="subtle">
                    "What the model reads about a patient. Leave out what is only known afterwards: it would make the scores too good to be true."
                </p>
            </div>
            <div class="grid">
                {move || {
                    tabular
                        .get()
                        .then(|| {
                            view! {
                                <SelectionField
                                    title="Columns of the patients table"
                                    word="tabular"
                                    items=Memo::new(move |_| columns(editor))
                                    get=|inputs| &inputs.tabular
                                    set=|inputs, selection| inputs.tabular = selection
                                />
                            }
                        })
                }}
                {move || {
                    series
                        .get()
                        .then(|| {
                            view! {
                                <SelectionField
                                    title="Variables of the time series"
                                    word="series"
                                    items=Memo::new(move |_| cohort.with(|cohort| cohort.as_ref().map_or(Vec::new(), variables)))
                                    get=|inputs| &inputs.series
                                    set=|inputs, selection| inputs.series = selection
                                />
                            }
                        })
                }}
                {move || {
                    embeddings
                        .get()
                        .then(|| {
                            view! {
                                <SelectionField
                                    title="Embeddings"
                                    word="embeddings"
                                    items=Memo::new(move |_| cohort.with(|cohort| cohort.as_ref().map_or(Vec::new(), sources)))
                                    get=|inputs| &inputs.embeddings
                                    set=|inputs, selection| inputs.embeddings = selection
                                />
                            }
                        })
                }}
                {move || {
                    (text.get() || image.get())
                        .then(|| {
                            view! {
                                <fieldset class="card selection">
                                    <legend class="hidden-text">"Notes and images"</legend>
                                    <h3>"Notes and images"</h3>
                                    {text
                                        .get()
                                        .then(|| {
                                            view! {
                                                <Switch
                                                    label="Read the notes"
                                                    get=|inputs| inputs.text
                                                    set=|inputs, on| inputs.text = on
                                                />
                                            }
                                        })}
                                    {image
                                        .get()
                                        .then(|| {
                                            view! {
                                                <Switch
                                                    label="Read the images"
                                                    get=|inputs| inputs.image
                                                    set=|inputs, on| inputs.image = on
                                                />
                                            }
                                        })}
                                </fieldset>
                            }
                        })
                }}
            </div>
        </section>
    }
}

/// Columns that may be inputs: their role says so, and no task has them as its label.
fn columns(editor: Editor) -> Vec<String> {
    let is_label = |name: &str| {
        editor.studio.study.with(|study| {
            study.as_ref().is_some_and(|study| {
                study.tasks.iter().any(|task| {
                    task.column.as_deref() == Some(name) || task.reference.as_deref() == Some(name)
                })
            })
        })
    };
    editor.studio.cohort.with(|cohort| {
        let columns = cohort.as_ref().map_or(&[][..], |cohort| &cohort.columns);
        columns
            .iter()
            .filter(|column| column.role == Role::Input && column.kind != ColumnKind::Text)
            .map(|column| column.name.clone())
            .filter(|name| !is_label(name))
            .collect()
    })
}

fn variables(cohort: &CohortSummary) -> Vec<String> {
    cohort
        .variables
        .iter()
        .map(|variable| variable.name.clone())
        .collect()
}

fn sources(cohort: &CohortSummary) -> Vec<String> {
    cohort
        .modalities
        .iter()
        .filter_map(|modality| modality.name.strip_prefix("embeddings: "))
        .map(str::to_string)
        .collect()
}

#[component]
fn Switch(
    label: &'static str,
    get: fn(&Inputs) -> bool,
    set: fn(&mut Inputs, bool),
) -> impl IntoView {
    let editor = expect_context::<Editor>();
    view! {
        <Checkbox
            label=label
            checked=move || editor.read(|study| get(&study.inputs)).unwrap_or(false)
            on_change=move |on| editor.change(move |study| set(&mut study.inputs, on))
        />
    }
}

/// All, some or none of named things.
#[component]
fn SelectionField(
    title: &'static str,
    /// Its key in the study.
    word: &'static str,
    /// The things there are.
    items: Memo<Vec<String>>,
    get: fn(&Inputs) -> &Selection,
    set: fn(&mut Inputs, Selection),
) -> impl IntoView {
    let editor = expect_context::<Editor>();
    let is_all = move || {
        editor
            .read(|study| *get(&study.inputs) == Selection::All)
            .unwrap_or(true)
    };
    let chosen = move |name: &str| {
        editor
            .read(|study| holds(study, get, name))
            .unwrap_or(false)
    };
    let count = move || items.with(|items| items.iter().filter(|name| chosen(name)).count());
    let change_all = move |all: bool| {
        let names = items.get_untracked();
        editor.change(move |study| {
            set(
                &mut study.inputs,
                if all {
                    Selection::All
                } else {
                    Selection::Only(names)
                },
            );
        });
    };
    let choose_none =
        move |_| editor.change(move |study| set(&mut study.inputs, Selection::Only(Vec::new())));
    let toggle = move |name: String, on: bool| {
        let names = items.get_untracked();
        editor.change(move |study| {
            let kept: Vec<String> = names
                .into_iter()
                .filter(|item| {
                    if *item == name {
                        on
                    } else {
                        holds(study, get, item)
                    }
                })
                .collect();
            set(&mut study.inputs, Selection::Only(kept));
        });
    };
    let radio = move |all: bool, label: &'static str| {
        view! {
            <label class="check">
                <input
                    type="radio"
                    name=format!("m3h-inputs-{word}")
                    prop:checked=move || is_all() == all
                    on:change=move |_| change_all(all)
                />
                <span>{label}</span>
            </label>
        }
    };
    view! {
        <fieldset class="card selection">
            <legend class="hidden-text">{title}</legend>
            <div class="section-head">
                <h3>{title}</h3>
                <span class="subtle numbers">
                    {move || {
                        format!("{} of {}", number::count(count()), number::count(items.with(Vec::len)))
                    }}
                </span>
            </div>
            <div class="selection-mode">{radio(true, "All")} {radio(false, "Only these")}</div>
            {move || {
                (!is_all())
                    .then(|| {
                        view! {
                            <ul class="choices">
                                <For each=move || items.get() key=|name| name.clone() let:name>
                                    <li>
                                        <Choice name=name chosen=chosen toggle=toggle/>
                                    </li>
                                </For>
                            </ul>
                            <button type="button" class="button quiet small" on:click=choose_none>
                                "Choose none"
                            </button>
                        }
                    })
            }}
        </fieldset>
    }
}

#[component]
fn Choice(
    name: String,
    chosen: impl Fn(&str) -> bool + Copy + Send + Sync + 'static,
    toggle: impl Fn(String, bool) + Copy + 'static,
) -> impl IntoView {
    let (shown, asked) = (name.clone(), name.clone());
    view! {
        <Checkbox
            label=shown
            checked=move || chosen(&asked)
            on_change=move |on| toggle(name.clone(), on)
        />
    }
}

fn holds(study: &Study, get: fn(&Inputs) -> &Selection, name: &str) -> bool {
    match get(&study.inputs) {
        Selection::All => true,
        Selection::Only(names) => names.iter().any(|chosen| chosen == name),
    }
}
