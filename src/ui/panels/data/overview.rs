//! The open cohort at a glance: sizes, modalities, their overlap, warnings, planted links.

use leptos::prelude::*;

use super::{ShareBar, modality_title};
use crate::session::protocol::{CohortSummary, ModalitySummary};
use crate::ui::components::number;
use crate::ui::state::Studio;

/// Overlaps shown one by one; the rest is summed up.
const OVERLAPS_SHOWN: usize = 10;

/// The head of the panel and what the cohort holds.
#[component]
pub fn Overview() -> impl IntoView {
    let studio = Studio::of_page();
    move || {
        studio
            .cohort
            .with(|cohort| cohort.as_ref().map(view_of_cohort))
    }
}

fn view_of_cohort(cohort: &CohortSummary) -> impl IntoView + use<> {
    let labels = cohort
        .columns
        .iter()
        .filter(|column| column.role == crate::cohort::Role::Label)
        .count();
    view! {
        <header class="panel-head">
            <div>
                <p class="eyebrow">"Cohort"</p>
                <h1 class="panel-title" tabindex="-1">{cohort.name.clone()}</h1>
            </div>
            <div class="actions">
                <a class="button primary" href="#tasks">"Go to the tasks"</a>
            </div>
        </header>
        <dl class="figures">
            <Figure name="samples" value=cohort.samples/>
            <Figure name="persons" value=cohort.patients/>
            <Figure name="modalities" value=cohort.modalities.len()/>
            <Figure name="columns" value=cohort.columns.len()/>
            <Figure name="labels" value=labels/>
        </dl>
        {warnings(&cohort.warnings)}
        <section class="section" aria-labelledby="m3h-modalities">
            <div class="section-head">
                <h2 id="m3h-modalities">"Modalities"</h2>
                <p class="subtle">"A sample may lack any of them: the model learns what to make of a gap."</p>
            </div>
            <ul class="modalities">
                {cohort
                    .modalities
                    .iter()
                    .map(|modality| modality_card(modality, cohort.samples))
                    .collect_view()}
            </ul>
        </section>
        {(cohort.modalities.len() > 1).then(|| overlap(cohort))}
        {(!cohort.planted.is_empty()).then(|| planted(&cohort.planted))}
    }
}

#[component]
fn Figure(name: &'static str, value: usize) -> impl IntoView {
    view! {
        <div>
            <dt>{name}</dt>
            <dd>{number::count(value)}</dd>
        </div>
    }
}

fn warnings(sentences: &[String]) -> Option<impl IntoView + use<>> {
    (!sentences.is_empty()).then(|| {
        let items = sentences
            .iter()
            .map(|sentence| view! { <li>{sentence.clone()}</li> });
        view! {
            <div class="notice notice-warn">
                <div>
                    <p class="notice-title">
                        {number::counted(sentences.len(), "thing to know", "things to know")}
                    </p>
                    <ul>{items.collect_view()}</ul>
                </div>
            </div>
        }
    })
}

fn modality_card(modality: &ModalitySummary, samples: usize) -> impl IntoView + use<> {
    let share = modality.samples as f64 / samples.max(1) as f64;
    view! {
        <li class="card">
            <h3>{modality_title(&modality.name)}</h3>
            <p class="modality-items numbers">
                {number::count(modality.items)} " " {modality.unit.clone()}
            </p>
            <ShareBar share=share/>
            <p class="subtle numbers">
                {number::count(modality.samples)} " samples, " {number::percent(share)}
            </p>
        </li>
    }
}

fn overlap(cohort: &CohortSummary) -> impl IntoView + use<> {
    let names: Vec<String> = cohort
        .modalities
        .iter()
        .map(|modality| modality.name.clone())
        .collect();
    let most = cohort
        .overlap
        .iter()
        .map(|overlap| overlap.samples)
        .max()
        .unwrap_or(1);
    let samples = cohort.samples.max(1) as f64;
    let rest: usize = cohort
        .overlap
        .iter()
        .skip(OVERLAPS_SHOWN)
        .map(|overlap| overlap.samples)
        .sum();
    let rows = cohort.overlap.iter().take(OVERLAPS_SHOWN).map(|overlap| {
        let cells = names.iter().map(|name| {
            let has = overlap.modalities.contains(name);
            view! {
                <td class="overlap-cell">
                    <span class="presence" class:present=has aria-hidden="true"></span>
                    <span class="hidden-text">{if has { "present" } else { "missing" }}</span>
                </td>
            }
        });
        view! {
            <tr>
                {cells.collect_view()} <td class="overlap-bar">
                    <ShareBar share=overlap.samples as f64 / most.max(1) as f64/>
                </td> <td class="numeric">{number::count(overlap.samples)}</td>
                <td class="numeric">{number::percent(overlap.samples as f64 / samples)}</td>
            </tr>
        }
    });
    let heads = names
        .iter()
        .map(|name| view! { <th scope="col" class="overlap-cell">{modality_title(name)}</th> });
    view! {
        <section class="section" aria-labelledby="m3h-overlap">
            <div class="section-head">
                <h2 id="m3h-overlap">"Which samples have what"</h2>
                <p class="subtle">"Every row is one combination of modalities, most frequent first."</p>
            </div>
            <div class="table-wrap" tabindex="0" role="group" aria-labelledby="m3h-overlap">
                <table class="overlap">
                    <thead>
                        <tr>
                            {heads.collect_view()} <th aria-hidden="true"></th>
                            <th scope="col" class="numeric">"Samples"</th>
                            <th scope="col" class="numeric">"Share"</th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
            {(rest > 0)
                .then(|| {
                    view! {
                        <p class="subtle numbers">
                            {number::counted(
                                cohort.overlap.len() - OVERLAPS_SHOWN,
                                "rarer combination has",
                                "rarer combinations have",
                            )} " the other " {number::counted(rest, "sample", "samples")} "."
                        </p>
                    }
                })}
        </section>
    }
}

fn planted(links: &[[String; 2]]) -> impl IntoView + use<> {
    let items = links.iter().map(|[receiving, contributing]| {
        view! {
            <li>
                <strong>{contributing.clone()}</strong>
                " contributes to "
                <strong>{receiving.clone()}</strong>
            </li>
        }
    });
    view! {
        <section class="section" aria-labelledby="m3h-planted">
            <h2 id="m3h-planted">"Known links between tasks"</h2>
            <p>
                "This cohort was generated with " {number::counted(links.len(), "link", "links")}
                " between its tasks: pairs that share a hidden cause. They make it possible to check what TIM finds."
            </p>
            <details class="more">
                <summary>"Show the links"</summary>
                <ul class="planted">{items.collect_view()}</ul>
            </details>
        </section>
    }
}
