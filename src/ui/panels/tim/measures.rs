//! The measures that were computed, beside each other.

use std::sync::Arc;

use leptos::prelude::*;

use super::MEASURES;
use crate::charts::{Arrangement, TimMap, link_words};
use crate::explain::agreement::{in_words, rank_agreement};
use crate::session::protocol::Tim;
use crate::ui::components::chart_figure::{ChartFigure, SharedChart};
use crate::ui::components::number;
use crate::ui::state::Studio;

/// A measurement and what its measure is called.
type Named = (&'static str, Arc<Tim>);

/// A small map of each measure, the link that is chosen in any of them by all, and how far they agree; nothing where there is one measure alone.
#[component]
pub fn Measures(
    /// The tasks of the measurement in view: others are of another study.
    tasks: Vec<String>,
    /// The order of the tasks.
    arrangement: Memo<Arrangement>,
) -> impl IntoView {
    let studio = Studio::of_page();
    let computed = move || -> Vec<Named> {
        studio.tim.with(|all| {
            MEASURES
                .iter()
                .filter_map(|(measure, name, _)| Some((*name, all.get(measure)?)))
                .filter(|(_, tim)| tim.tasks == tasks)
                .map(|(name, tim)| (name, Arc::new(tim.clone())))
                .collect()
        })
    };
    move || {
        let computed = computed();
        (computed.len() > 1).then(|| view! { <Beside computed=computed arrangement=arrangement/> })
    }
}

#[component]
fn Beside(
    /// The measurements, two or more.
    computed: Vec<Named>,
    /// The order of the tasks.
    arrangement: Memo<Arrangement>,
) -> impl IntoView {
    let link = RwSignal::new(None::<(usize, usize)>);
    let maps = computed
        .iter()
        .cloned()
        .map(|(name, tim)| {
            let chart = Signal::derive(move || {
                Arc::new(TimMap {
                    arrangement: arrangement.get(),
                    compact: true,
                    ..TimMap::new((*tim).clone(), vec![])
                }) as SharedChart
            });
            let chosen = Callback::new(move |chosen| link.set(Some(chosen)));
            view! {
                <div class="card">
                    <ChartFigure chart=chart heading=name.to_string() on_link=chosen/>
                </div>
            }
        })
        .collect_view();
    let readout = {
        let computed = computed.clone();
        move || match link.get() {
            None => "Choose a cell to read its link by every measure here.".to_string(),
            Some((receiving, contributing)) => computed
                .iter()
                .map(|(name, tim)| format!("{name}: {}.", link_words(tim, receiving, contributing)))
                .collect::<Vec<_>>()
                .join(" "),
        }
    };
    let pairs = computed.iter().enumerate().flat_map(|(place, one)| {
        let others = computed[place + 1..].iter();
        others.map(move |other| (one.clone(), other.clone()))
    });
    let rows = pairs
        .map(|((one, tim), (other, other_tim))| {
            let agreement = rank_agreement(&tim.matrix, &other_tim.matrix);
            let (correlation, links) = match agreement {
                Some((correlation, links)) => {
                    (number::decimal(correlation, 2), number::count(links))
                }
                None => ("–".to_string(), "–".to_string()),
            };
            let words = agreement.map_or("Too few links to tell.", |(value, _)| in_words(value));
            view! {
                <tr>
                    <th scope="row">{format!("{one} and {other}")}</th>
                    <td class="numeric">{correlation}</td>
                    <td class="numeric">{links}</td>
                    <td>{words}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section class="section tim-measures" aria-labelledby="m3h-measures-title">
            <div class="section-head">
                <h2 id="m3h-measures-title">"The measures side by side"</h2>
            </div>
            <p class="subtle">
                "All maps show the same tasks in the order chosen above, each on a scale of its own. Attention tells where the model looks, the others what it gains, so that they need not agree."
            </p>
            <div class="chart-grid small-maps">{maps}</div>
            <p class="readout numbers" role="status">{readout}</p>
            <p class="subtle">
                "How far two measures rank the links between different tasks alike (Spearman's rank correlation): 1 is alike, 0 unrelated, −1 turned round."
            </p>
            <div
                class="table-wrap agreement"
                tabindex="0"
                role="group"
                aria-label="How far the measures agree"
            >
                <table>
                    <caption class="hidden-text">"How far the measures agree"</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Measures"</th>
                            <th scope="col" class="numeric">"Rank correlation"</th>
                            <th scope="col" class="numeric">"Links compared"</th>
                            <th scope="col">"In words"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
        </section>
    }
}
