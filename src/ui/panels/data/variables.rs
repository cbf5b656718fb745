//! The variables of the time series.

use leptos::prelude::*;

use super::ShareBar;
use crate::session::protocol::VariableSummary;
use crate::ui::components::number;
use crate::ui::state::Studio;

/// Rows shown before the user asks for all.
const SHOWN: usize = 40;

/// The variables with how often they were measured and their quartiles; nothing without series.
#[component]
pub fn VariableTable() -> impl IntoView {
    let studio = Studio::of_page();
    let all = RwSignal::new(false);
    let variables = Memo::new(move |_| {
        studio.cohort.with(|cohort| {
            cohort.as_ref().map_or_else(
                || (Vec::new(), 0),
                |cohort| (cohort.variables.clone(), cohort.samples),
            )
        })
    });
    move || {
        let (variables, samples) = variables.get();
        if variables.is_empty() {
            return None;
        }
        let total = variables.len();
        let shown = if all.get() { total } else { SHOWN.min(total) };
        let rows = variables
            .into_iter()
            .take(shown)
            .map(|variable| row(variable, samples));
        Some(view! {
            <section class="section" aria-labelledby="m3h-variables">
                <div class="section-head">
                    <h2 id="m3h-variables">"Variables of the time series"</h2>
                    <p class="subtle">"How often each was measured, and its values over all samples."</p>
                </div>
                <div class="table-wrap" tabindex="0" role="group" aria-labelledby="m3h-variables">
                    <table>
                        <thead>
                            <tr>
                                <th scope="col">"Variable"</th>
                                <th scope="col">"Samples with it"</th>
                                <th scope="col" class="numeric">"Observations"</th>
                                <th scope="col" class="numeric">"Minimum"</th>
                                <th scope="col" class="numeric">"Lower quartile"</th>
                                <th scope="col" class="numeric">"Median"</th>
                                <th scope="col" class="numeric">"Upper quartile"</th>
                                <th scope="col" class="numeric">"Maximum"</th>
                            </tr>
                        </thead>
                        <tbody>{rows.collect_view()}</tbody>
                    </table>
                </div>
                {(shown < total)
                    .then(|| {
                        view! {
                            <button type="button" class="button small" on:click=move |_| all.set(true)>
                                {format!("Show all {}", number::count(total))}
                            </button>
                        }
                    })}
            </section>
        })
    }
}

fn row(variable: VariableSummary, samples: usize) -> impl IntoView {
    let share = variable.samples as f64 / samples.max(1) as f64;
    let quartiles = variable
        .quartiles
        .map(|value| view! { <td class="numeric">{number::quantity(value)}</td> });
    view! {
        <tr>
            <th scope="row">{variable.name}</th>
            <td>
                <span class="share-cell">
                    <ShareBar share=share/>
                    <span class="numbers">{number::percent(share)}</span>
                </span>
            </td>
            <td class="numeric">{number::count(variable.observations)}</td>
            {quartiles.collect_view()}
        </tr>
    }
}
