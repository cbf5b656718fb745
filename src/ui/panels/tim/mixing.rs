//! Self-exploitation and cross-exploration as sliders: what they do to the trained model's attention and scores, without training.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::HtmlDetailsElement;

use crate::charts::{TimMap, number};
use crate::session::protocol::Mixing as Mixed;
use crate::ui::components::chart_figure::{ChartFigure, SharedChart};
use crate::ui::state::Studio;

/// Ends of the sliders; beyond them the shares hardly change any more.
const MOST_ALPHA: f64 = 8.0;
const MOST_BETA: f64 = 6.0;

/// The sliders with what they do.
#[component]
pub fn Mixing() -> impl IntoView {
    let studio = Studio::of_page();
    let open = RwSignal::new(false);
    view! {
        <details
            class="more"
            on:toggle=move |event| {
                let details = event
                    .target()
                    .and_then(|target| target.dyn_into::<HtmlDetailsElement>().ok());
                open.set(details.is_some_and(|details| details.open()));
            }
        >
            <summary>"Try other self-exploitation and cross-exploration"</summary>
            {move || {
                let trained = studio
                    .results
                    .with_untracked(|results| {
                        results
                            .as_ref()
                            .map(|results| {
                                let tasks = results.study.tasks.iter();
                                tasks.map(|task| task.name.clone()).collect::<Vec<_>>()
                            })
                    });
                (open.get()).then(|| trained.map(|tasks| view! { <Sliders tasks=tasks/> }))
            }}
        </details>
    }
}

#[component]
fn Sliders(
    /// The tasks, in the study's order.
    tasks: Vec<String>,
) -> impl IntoView {
    let studio = Studio::of_page();
    let wanted = RwSignal::new((None::<f64>, None::<f64>));
    let trained = RwSignal::new(None::<Arc<Mixed>>);
    let mixed = RwSignal::new(None::<Arc<Mixed>>);
    let failed = RwSignal::new(None::<String>);
    let under_way = StoredValue::new(false);
    // One question at a time, and the last one always: what is passed over on the way is not asked.
    let ask = move || {
        if under_way.get_value() {
            return;
        }
        under_way.set_value(true);
        spawn_local(async move {
            loop {
                let Some(asked) = wanted.try_get_untracked() else {
                    return;
                };
                match studio.mix(asked.0, asked.1).await {
                    Ok(told) => {
                        let told = Arc::new(told);
                        if asked == (None, None) {
                            let _ = trained.try_set(Some(told.clone()));
                        }
                        let _ = failed.try_set(None);
                        let _ = mixed.try_set(Some(told));
                    }
                    // Gone with the sliders where the panel was left.
                    Err(error) => drop(failed.try_set(Some(error.to_string()))),
                }
                if wanted.try_get_untracked() == Some(asked) || wanted.try_get_untracked().is_none()
                {
                    break;
                }
            }
            let _ = under_way.try_set_value(false);
        });
    };
    ask();
    let slider = move |title: &'static str, words: &'static str, most: f64, first: bool| {
        let value = move || {
            let (alpha, beta) = wanted.get();
            let own = trained.with(|trained| {
                trained
                    .as_ref()
                    .map(|own| if first { own.alpha } else { own.beta })
            });
            (if first { alpha } else { beta }).or(own).unwrap_or(0.0)
        };
        view! {
            <label class="threshold-slider">
                <span>{title} " " <strong class="numbers">{move || number(value(), 1)}</strong></span>
                <input
                    type="range"
                    min="0"
                    max=most.to_string()
                    step="0.1"
                    disabled=move || trained.with(Option::is_none)
                    prop:value=move || value().to_string()
                    aria-valuetext=move || number(value(), 1)
                    on:input=move |event| {
                        if let Ok(chosen) = event_target_value(&event).parse::<f64>() {
                            wanted
                                .update(|(alpha, beta)| {
                                    if first { *alpha = Some(chosen) } else { *beta = Some(chosen) }
                                });
                            ask();
                        }
                    }
                />
                <span class="subtle">{words}</span>
            </label>
        }
    };
    let map = Signal::derive(move || {
        mixed.with(|mixed| {
            mixed
                .as_ref()
                .map(|mixed| Arc::new(TimMap::new(mixed.attention.clone(), vec![])) as SharedChart)
        })
    });
    // The figure is made once and drawn anew, so that nothing jumps while a slider moves.
    let first_map = RwSignal::new(None::<SharedChart>);
    Effect::new(move |_| {
        if first_map.with_untracked(Option::is_none)
            && let Some(map) = map.get()
        {
            first_map.set(Some(map));
        }
    });
    view! {
        <div class="mixing">
            <p>
                "The trained weights stay as they are; only how the tasks are mixed changes. So it shows what these two numbers do in this model, not what a model trained with them would score."
            </p>
            {move || failed.get().map(|message| view! { <p class="notice" role="alert">{message}</p> })}
            {slider(
                "Cross-exploration α",
                "How strongly the scores of other tasks count: at 0 all other tasks have the same share.",
                MOST_ALPHA,
                true,
            )}
            {slider(
                "Self-exploitation β",
                "How much a task keeps to itself: the higher, the less it takes from others.",
                MOST_BETA,
                false,
            )}
            <div class="actions">
                <button
                    type="button"
                    class="button small"
                    disabled=move || wanted.get() == (None, None)
                    on:click=move |_| {
                        wanted.set((None, None));
                        ask();
                    }
                >
                    "As trained"
                </button>
            </div>
            <div class="chart-grid">
                {move || {
                    first_map
                        .get()
                        .map(|first| {
                            let chart = Signal::derive(move || map.get().unwrap_or_else(|| first.clone()));
                            view! { <ChartFigure chart=chart heading="Shares of attention" scrolls=true/> }
                        })
                }}
                <div class="table-wrap" tabindex="0" role="group" aria-label="Scores with these numbers">
                    <table class="ablation">
                        <thead>
                            <tr>
                                <th scope="col">"Task"</th>
                                <th scope="col" class="numeric">"As trained"</th>
                                <th scope="col" class="numeric">"With these"</th>
                                <th scope="col" class="numeric">"Points"</th>
                            </tr>
                        </thead>
                        <tbody>
                            {tasks
                                .into_iter()
                                .enumerate()
                                .map(|(task, name)| {
                                    let score = move |of: RwSignal<Option<Arc<Mixed>>>| {
                                        of.with(|of| of.as_ref().and_then(|of| of.scores[task]))
                                    };
                                    let words = move |of| score(of).map_or("–".to_owned(), |value| number(value, 3));
                                    let change = move || match (score(trained), score(mixed)) {
                                        (Some(own), Some(now)) => {
                                            let points = (now - own) * 100.0;
                                            let sign = if points > 0.05 { "+" } else { "" };
                                            format!("{sign}{}", number(points, 1))
                                        }
                                        _ => "–".to_owned(),
                                    };
                                    view! {
                                        <tr>
                                            <th scope="row">{name}</th>
                                            <td class="numeric numbers">{move || words(trained)}</td>
                                            <td class="numeric numbers">{move || words(mixed)}</td>
                                            <td class="numeric numbers">{change}</td>
                                        </tr>
                                    }
                                })
                                .collect_view()}
                        </tbody>
                    </table>
                </div>
            </div>
        </div>
    }
}
