//! The columns of the patients table: what each is for and what it holds, both to be corrected.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlSelectElement};

use super::ShareBar;
use crate::cohort::{ColumnKind, Role};
use crate::session::protocol::ColumnSummary;
use crate::ui::components::number;
use crate::ui::state::Studio;

/// Rows shown before the user asks for all.
const SHOWN: usize = 60;

const ROLES: [(Role, &str, &str); 5] = [
    (Role::Input, "input", "Input"),
    (Role::Label, "label", "Label"),
    (Role::Ignore, "ignore", "Not used"),
    (Role::Id, "id", "Identifier"),
    (Role::Group, "group", "Person"),
];

const KINDS: [(ColumnKind, &str, &str); 4] = [
    (ColumnKind::Number, "number", "Number"),
    (ColumnKind::Category, "category", "Category"),
    (ColumnKind::YesNo, "yes_no", "Yes / no"),
    (ColumnKind::Text, "text", "Text"),
];

/// The columns with their roles, kinds, gaps and distributions.
#[component]
pub fn ColumnTable() -> impl IntoView {
    let studio = Studio::of_page();
    let wanted = RwSignal::new(String::new());
    let all = RwSignal::new(false);
    let names = Memo::new(move |_| {
        let wanted = wanted.get().trim().to_lowercase();
        studio.cohort.with(|cohort| {
            let columns = cohort.as_ref().map_or(&[][..], |cohort| &cohort.columns);
            columns
                .iter()
                .map(|column| column.name.clone())
                .filter(|name| wanted.is_empty() || name.to_lowercase().contains(&wanted))
                .collect::<Vec<String>>()
        })
    });
    let shown = move || {
        let names = names.get();
        match all.get() {
            true => names,
            false => names.into_iter().take(SHOWN).collect(),
        }
    };
    let hidden = move || names.with(|names| names.len() > SHOWN) && !all.get();
    view! {
        <section class="section" aria-labelledby="m3h-columns">
            <div class="section-head">
                <h2 id="m3h-columns">"Columns of the patients table"</h2>
                <p class="subtle">
                    "What was understood; change it where it is wrong. A label is what the model learns to tell and is never an input."
                </p>
            </div>
            <div class="field search">
                <label for="m3h-column-search">"Find a column"</label>
                <input
                    id="m3h-column-search"
                    type="search"
                    autocomplete="off"
                    on:input=move |event| wanted.set(event_target_value(&event))
                />
            </div>
            <div class="table-wrap" tabindex="0" role="group" aria-labelledby="m3h-columns">
                <table class="columns" role="table">
                    <thead role="rowgroup">
                        <tr role="row">
                            <th scope="col" role="columnheader">"Column"</th>
                            <th scope="col" role="columnheader">"Used as"</th>
                            <th scope="col" role="columnheader">"Holds"</th>
                            <th scope="col" role="columnheader">"Missing"</th>
                            <th scope="col" role="columnheader">"Distribution"</th>
                        </tr>
                    </thead>
                    <tbody role="rowgroup">
                        <For each=shown key=|name| name.clone() let:name>
                            <ColumnRow name=name/>
                        </For>
                    </tbody>
                </table>
            </div>
            {move || names.with(Vec::is_empty).then(|| view! { <p class="subtle">"No column has such a name."</p> })}
            {move || {
                hidden()
                    .then(|| {
                        view! {
                            <button type="button" class="button small" on:click=move |_| all.set(true)>
                                {format!("Show all {}", number::count(names.with(Vec::len)))}
                            </button>
                        }
                    })
            }}
        </section>
    }
}

/// One column. The row stays when the column changes, so that the focus stays on its selector.
#[component]
fn ColumnRow(
    /// The column's name.
    name: String,
) -> impl IntoView {
    let studio = Studio::of_page();
    let column = {
        let name = name.clone();
        Memo::new(move |_| {
            studio.cohort.with(|cohort| {
                let cohort = cohort.as_ref()?;
                let column = cohort.columns.iter().find(|column| column.name == name)?;
                Some((column.clone(), cohort.samples))
            })
        })
    };
    let role = move || column.with(|column| column.as_ref().map(|(column, _)| column.role));
    let kind = move || column.with(|column| column.as_ref().map(|(column, _)| column.kind));
    let missing = move || {
        column.with(|column| {
            column
                .as_ref()
                .map(|(column, samples)| column.missing as f64 / (*samples).max(1) as f64)
        })
    };
    let change = move |select: HtmlSelectElement, role: Role, kind: ColumnKind| {
        let Some((before, _)) = column.get_untracked() else {
            return;
        };
        studio.problem.set(None);
        spawn_local(async move {
            let outcome = studio.set_column(before.name.clone(), role, kind).await;
            if let Err(error) = outcome {
                // The selector shows what holds, not what was refused.
                let held = match role == before.role {
                    true => word_of_kind(before.kind),
                    false => word_of_role(before.role),
                };
                select.set_value(held);
                studio.report("The column could not be changed", &error);
            }
        });
    };
    let change_role = move |event: Event| {
        if let (Some(select), Some(kind)) = (select_of(&event), kind())
            && let Some((role, _, _)) = ROLES.iter().find(|(_, word, _)| *word == select.value())
        {
            change(select, *role, kind);
        }
    };
    let change_kind = move |event: Event| {
        if let (Some(select), Some(role)) = (select_of(&event), role())
            && let Some((kind, _, _)) = KINDS.iter().find(|(_, word, _)| *word == select.value())
        {
            change(select, role, *kind);
        }
    };
    let role_options = ROLES.map(|(value, word, title)| {
        view! { <option value=word prop:selected=move || role() == Some(value)>{title}</option> }
    });
    let kind_options = KINDS.map(|(value, word, title)| {
        view! { <option value=word prop:selected=move || kind() == Some(value)>{title}</option> }
    });
    view! {
        <tr role="row" data-role=move || role().map(word_of_role)>
            <th scope="row" role="rowheader">{name.clone()}</th>
            <td role="cell">
                <select aria-label=format!("{name} is used as") on:change=change_role>
                    {role_options.collect_view()}
                </select>
            </td>
            <td role="cell">
                <select aria-label=format!("{name} holds") on:change=change_kind>
                    {kind_options.collect_view()}
                </select>
            </td>
            <td role="cell" data-label="Missing">
                {move || {
                    missing()
                        .map(|share| {
                            view! {
                                <span class="share-cell">
                                    <ShareBar share=share/>
                                    <span class="numbers">{number::percent(share)}</span>
                                </span>
                            }
                        })
                }}
            </td>
            <td role="cell" data-label="Distribution">
                {move || column.get().map(|(column, samples)| distribution(&column, samples))}
            </td>
        </tr>
    }
}

fn select_of(event: &Event) -> Option<HtmlSelectElement> {
    event.target()?.dyn_into().ok()
}

fn word_of_role(role: Role) -> &'static str {
    ROLES
        .iter()
        .find(|(value, _, _)| *value == role)
        .map_or("", |(_, word, _)| word)
}

fn word_of_kind(kind: ColumnKind) -> &'static str {
    KINDS
        .iter()
        .find(|(value, _, _)| *value == kind)
        .map_or("", |(_, word, _)| word)
}

/// A small drawing of the values, and the same in words.
fn distribution(column: &ColumnSummary, samples: usize) -> impl IntoView + use<> {
    let known = samples.saturating_sub(column.missing).max(1) as f64;
    let counts: Vec<usize> = match column.histogram.is_empty() {
        false => column.histogram.iter().map(|bin| bin.count).collect(),
        true => column.levels.iter().map(|level| level.count).collect(),
    };
    let words = match (&column.quartiles, column.levels.as_slice()) {
        (Some([low, lower, median, upper, high]), _) => format!(
            "median {} ({} to {}), from {} to {}",
            number::quantity(*median),
            number::quantity(*lower),
            number::quantity(*upper),
            number::quantity(*low),
            number::quantity(*high),
        ),
        (None, []) => number::counted(column.distinct, "distinct value", "distinct values"),
        (None, levels) => {
            let mut words: Vec<String> = levels
                .iter()
                .take(3)
                .map(|level| {
                    format!(
                        "{} {}",
                        level.value,
                        number::percent(level.count as f64 / known)
                    )
                })
                .collect();
            if column.distinct > 3 {
                words.push(format!("{} more", number::count(column.distinct - 3)));
            }
            words.join(", ")
        }
    };
    view! {
        <div class="distribution">
            {(counts.len() > 1).then(|| spark(&counts, !column.histogram.is_empty()))}
            <span class="numbers">{words}</span>
        </div>
    }
}

/// Bars of counts: touching for a histogram, apart for categories. The words beside it say the same.
fn spark(counts: &[usize], touching: bool) -> impl IntoView + use<> {
    const WIDTH: f64 = 96.0;
    const HEIGHT: f64 = 28.0;
    let most = counts.iter().copied().max().unwrap_or(1).max(1) as f64;
    let step = (WIDTH / counts.len() as f64).min(if touching { WIDTH } else { 14.0 });
    let gap = if touching { 0.5 } else { 2.0 };
    let bars = counts.iter().enumerate().map(|(place, count)| {
        let height = match count {
            0 => 0.0,
            _ => (*count as f64 / most * HEIGHT).max(1.0),
        };
        view! {
            <rect
                x=format!("{:.2}", place as f64 * step)
                y=format!("{:.2}", HEIGHT - height)
                width=format!("{:.2}", (step - gap).max(0.5))
                height=format!("{height:.2}")
            ></rect>
        }
    });
    view! {
        <svg class="spark" viewBox="0 0 96 28" width="96" height="28" aria-hidden="true">
            {bars.collect_view()}
        </svg>
    }
}
