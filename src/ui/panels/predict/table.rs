//! The predictions, a page of patients at a time.

use leptos::prelude::*;

use super::patient::Patient;
use super::rows::{self, TaskColumn};
use crate::session::protocol::Prediction;
use crate::ui::components::chart_figure::keep;
use crate::ui::components::number;
use crate::ui::state::Studio;

/// Patients on a page.
const PAGE: usize = 25;

/// What patients are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    /// As in the files.
    File,
    /// By identifier.
    Id,
    /// By the prediction of the task with this number.
    Task(usize),
}

/// The table with its filter, order and pages.
#[component]
pub fn PredictionsTable() -> impl IntoView {
    let studio = Studio::of_page();
    let search = RwSignal::new(String::new());
    let department = RwSignal::new(String::new());
    let order = RwSignal::new((Order::File, false));
    let page = RwSignal::new(0usize);
    let chosen = RwSignal::new(None::<usize>);
    let columns = Memo::new(move |_| {
        studio.predictions.with(|predictions| {
            studio.results.with(|results| {
                predictions.as_ref().map_or_else(Vec::new, |predictions| {
                    rows::columns(predictions, results.as_ref().map(|results| &results.study))
                })
            })
        })
    });
    let departments = Memo::new(move |_| {
        let mut names: Vec<String> = columns.with(|columns| {
            columns
                .iter()
                .filter_map(|column| column.department.clone())
                .collect()
        });
        names.sort();
        names.dedup();
        names
    });
    let shown_columns = Memo::new(move |_| {
        let department = department.get();
        columns.with(|columns| {
            columns
                .iter()
                .cloned()
                .enumerate()
                .filter(|(_, column)| {
                    department.is_empty() || column.department.as_ref() == Some(&department)
                })
                .collect::<Vec<(usize, TaskColumn)>>()
        })
    });
    // Places of the rows that the search leaves, in order.
    let places = Memo::new(move |_| {
        let wanted = search.get().trim().to_lowercase();
        let (by, reversed) = order.get();
        studio.predictions.with(|predictions| {
            let Some(predictions) = predictions else {
                return Vec::new();
            };
            let all = &predictions.rows;
            let mut places: Vec<usize> = (0..all.len())
                .filter(|place| {
                    wanted.is_empty() || all[*place].id.to_lowercase().contains(&wanted)
                })
                .collect();
            match by {
                Order::File => {}
                Order::Id => {
                    places.sort_by(|a, b| rows::compare_ids(&all[*a].id, &all[*b].id));
                }
                Order::Task(task) => {
                    let name = columns
                        .with(|columns| columns.get(task).map(|column| column.name.clone()))
                        .unwrap_or_default();
                    // Looked up once a row, not once a comparison.
                    let mut keyed: Vec<(Option<&Prediction>, usize)> = places
                        .iter()
                        .map(|place| (all[*place].tasks.get(&name), *place))
                        .collect();
                    keyed.sort_by(|a, b| rows::compare(a.0, b.0));
                    places = keyed.into_iter().map(|(_, place)| place).collect();
                }
            }
            if reversed {
                places.reverse();
            }
            places
        })
    });
    Effect::new(move |_| {
        search.track();
        order.track();
        page.set(0);
    });
    // Other predictions have come: nobody of the old ones is open any more.
    Effect::new(move |_| {
        studio.predictions.track();
        chosen.set(None);
    });
    let pages = Memo::new(move |_| places.with(|places| places.len().div_ceil(PAGE)).max(1));
    let at_last = move || page.get() + 1 >= pages.get();
    let save = move |_| {
        let table = studio.predictions.with_untracked(|predictions| {
            predictions
                .as_ref()
                .map(|predictions| columns.with_untracked(|tasks| rows::file(predictions, tasks)))
        });
        if let Some(table) = table {
            keep(
                studio,
                "predictions",
                "csv",
                "text/csv;charset=utf-8",
                &table.to_csv(),
            );
        }
    };
    view! {
        <section class="section">
            <div class="section-head">
                <h2>"Predictions"</h2>
                <button type="button" class="button primary" on:click=save>
                    "Save all predictions as CSV"
                </button>
            </div>
            <div class="fields predict-filters">
                <div class="field">
                    <label for="m3h-patient-search">"Find a patient"</label>
                    <input
                        id="m3h-patient-search"
                        type="search"
                        placeholder="Identifier"
                        autocomplete="off"
                        prop:value=move || search.get()
                        on:input=move |event| search.set(event_target_value(&event))
                    />
                </div>
                <Show when=move || departments.with(|names| names.len() > 1)>
                    <div class="field">
                        <label for="m3h-predict-department">"Tasks of"</label>
                        <select
                            id="m3h-predict-department"
                            on:change=move |event| department.set(event_target_value(&event))
                        >
                            <option value="">"all departments"</option>
                            {move || {
                                departments
                                    .get()
                                    .into_iter()
                                    .map(|name| view! { <option value=name.clone()>{name.clone()}</option> })
                                    .collect_view()
                            }}
                        </select>
                    </div>
                </Show>
            </div>
            <Body
                columns=shown_columns
                places=places
                page=page
                order=order
                chosen=chosen
            />
            <nav class="pages" aria-label="Pages of patients">
                <button
                    type="button"
                    class="button small"
                    disabled=move || page.get() == 0
                    on:click=move |_| page.update(|page| *page = page.saturating_sub(1))
                >
                    "Previous"
                </button>
                <span class="numbers" role="status">
                    {move || {
                        let found = places.with(Vec::len);
                        let first = (page.get() * PAGE + 1).min(found);
                        let last = ((page.get() + 1) * PAGE).min(found);
                        format!("{first} to {last} of {}", number::counted(found, "patient", "patients"))
                    }}
                </span>
                <button
                    type="button"
                    class="button small"
                    disabled=at_last
                    on:click=move |_| page.update(|page| *page += 1)
                >
                    "Next"
                </button>
            </nav>
            {move || {
                chosen
                    .get()
                    .map(|place| view! { <Patient place=place columns=columns chosen=chosen/> })
            }}
        </section>
    }
}

/// The page of patients in view.
#[component]
fn Body(
    /// The tasks in view with their numbers.
    columns: Memo<Vec<(usize, TaskColumn)>>,
    /// Places of the rows that the search leaves.
    places: Memo<Vec<usize>>,
    /// The page in view.
    page: RwSignal<usize>,
    /// What patients are ordered by, and whether the other way round.
    order: RwSignal<(Order, bool)>,
    /// The patient whose page is open.
    chosen: RwSignal<Option<usize>>,
) -> impl IntoView {
    let studio = Studio::of_page();
    let head = move |by: Order, title: String, unit: String| {
        let sorted = move || match order.get() {
            (now, false) if now == by => "ascending",
            (now, true) if now == by => "descending",
            _ => "none",
        };
        let press = move |_| {
            order.update(|(now, reversed)| {
                (*now, *reversed) = match (*now == by, *reversed) {
                    (false, _) => (by, false),
                    (true, false) => (by, true),
                    (true, true) => (Order::File, false),
                };
            });
        };
        view! {
            <th scope="col" aria-sort=sorted class:numeric=matches!(by, Order::Task(_))>
                <button type="button" class="sort" on:click=press>{title}</button>
                {(!unit.is_empty()).then(|| view! { <span class="unit">{unit}</span> })}
            </th>
        }
    };
    let heads = move || {
        columns
            .get()
            .into_iter()
            .map(|(task, column)| head(Order::Task(task), column.name, column.unit))
            .collect_view()
    };
    let rows = move || {
        let columns = columns.get();
        let start = page.get() * PAGE;
        places.with(|places| {
            studio.predictions.with(|predictions| {
                let Some(predictions) = predictions else {
                    return Vec::new();
                };
                places
                    .iter()
                    .skip(start)
                    .take(PAGE)
                    .filter_map(|place| {
                        let place = *place;
                        let row = predictions.rows.get(place)?;
                        let cells = columns
                            .iter()
                            .map(|(_, column)| {
                                let prediction = row.tasks.get(&column.name);
                                let positive = matches!(
                                    prediction,
                                    Some(Prediction::Binary { positive: true, .. })
                                );
                                let text = prediction.map_or("–".to_string(), rows::shown);
                                view! {
                                    <td class="numeric" class:positive=positive>
                                        {text}
                                        {positive
                                            .then(|| {
                                                view! {
                                                    <span class="flag" title="At or above the threshold">
                                                        <span aria-hidden="true">"●"</span>
                                                        <span class="hidden-text">", at or above the threshold"</span>
                                                    </span>
                                                }
                                            })}
                                    </td>
                                }
                            })
                            .collect_view();
                        Some(
                            view! {
                                <tr class:chosen=move || chosen.get() == Some(place)>
                                    <th scope="row">
                                        <button
                                            type="button"
                                            class="row-link"
                                            on:click=move |_| {
                                                chosen.set(Some(place));
                                                super::patient::show();
                                            }
                                        >
                                            {row.id.clone()}
                                        </button>
                                    </th>
                                    <td class="sources">{row.sources.join(", ")}</td>
                                    {cells}
                                </tr>
                            },
                        )
                    })
                    .collect()
            })
        })
    };
    view! {
        <div class="table-wrap predictions" tabindex="0" role="group" aria-label="Predictions by patient">
            <table>
                <caption>
                    "One row a patient. ● marks risks at or above the task's threshold. Choose a patient to see all tasks."
                </caption>
                <thead>
                    <tr>
                        {head(Order::Id, "Patient".to_string(), String::new())}
                        <th scope="col">"Sources"</th>
                        {heads}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}
