//! The predictions, a page of patients at a time.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

use super::patient::Patient;
use super::rows::{self, TaskColumn};
use crate::charts::push_escaped;
use crate::session::protocol::{Prediction, PredictionRow};
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
    // One text for the page: a thousand cells as components would take longer than a frame.
    let body = move || {
        let start = page.get() * PAGE;
        columns.with(|columns| {
            places.with(|places| {
                studio.predictions.with(|predictions| {
                    let mut html = String::new();
                    let rows = predictions.as_ref().map_or(&[][..], |all| &all.rows);
                    for place in places.iter().skip(start).take(PAGE) {
                        if let Some(row) = rows.get(*place) {
                            push_row(&mut html, *place, row, columns);
                        }
                    }
                    html
                })
            })
        })
    };
    let click = move |event: web_sys::MouseEvent| {
        let place = event
            .target()
            .and_then(|target| target.dyn_into::<Element>().ok())
            .and_then(|button| button.get_attribute("data-place"))
            .and_then(|place| place.parse().ok());
        if let Some(place) = place {
            chosen.set(Some(place));
            super::patient::show();
        }
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
                <tbody on:click=click inner_html=body></tbody>
            </table>
        </div>
    }
}

/// Appends a patient's row as HTML.
fn push_row(html: &mut String, place: usize, row: &PredictionRow, columns: &[(usize, TaskColumn)]) {
    html.push_str("<tr><th scope=\"row\"><button type=\"button\" class=\"row-link\" data-place=\"");
    html.push_str(&place.to_string());
    html.push_str("\">");
    push_escaped(html, &row.id);
    html.push_str("</button></th><td class=\"sources\">");
    push_escaped(html, &row.sources.join(", "));
    html.push_str("</td>");
    for (_, column) in columns {
        let prediction = row.tasks.get(&column.name);
        let positive = matches!(prediction, Some(Prediction::Binary { positive: true, .. }));
        html.push_str(if positive {
            "<td class=\"numeric positive\">"
        } else {
            "<td class=\"numeric\">"
        });
        push_escaped(html, &prediction.map_or("–".to_string(), rows::shown));
        if positive {
            html.push_str(
                "<span class=\"flag\"><span aria-hidden=\"true\">●</span><span class=\"hidden-text\">, at or above the threshold</span></span>",
            );
        }
        html.push_str("</td>");
    }
    html.push_str("</tr>");
}
