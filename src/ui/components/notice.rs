//! What went wrong, and what the reader should know.

use leptos::prelude::*;

use crate::session::client::Engine;
use crate::ui::state::Studio;

/// A sentence or a list of sentences, one a line, of which nothing is lost.
#[component]
pub fn Sentences(
    /// The sentences, one a line.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    let lines: Vec<String> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(str::to_string)
        .collect();
    if lines.len() == 1 {
        view! { <p>{lines.into_iter().next()}</p> }.into_any()
    } else {
        let items = lines.into_iter().map(|line| view! { <li>{line}</li> });
        view! { <ul>{items.collect_view()}</ul> }.into_any()
    }
}

/// The last failure, until it is dismissed.
#[component]
pub fn ProblemNotice() -> impl IntoView {
    let studio = Studio::of_page();
    view! {
        <div class="sticky" role="alert">
            {move || {
                studio
                    .problem
                    .get()
                    .map(|problem| {
                        view! {
                            <div class="notice notice-bad">
                                <div>
                                    <p class="notice-title">{problem.title}</p>
                                    <Sentences text=problem.message/>
                                </div>
                                <button
                                    type="button"
                                    class="button quiet"
                                    on:click=move |_| studio.problem.set(None)
                                >
                                    "Dismiss"
                                </button>
                            </div>
                        }
                    })
            }}
        </div>
    }
}

/// The engine's failure: the page cannot go on without a reload, and says so.
#[component]
pub fn EngineNotice() -> impl IntoView {
    let studio = Studio::of_page();
    let reload = |_| {
        if let Some(window) = web_sys::window() {
            // A browser that refuses leaves its own reload button to the user.
            let _ = window.location().reload();
        }
    };
    let use_cpu = move |_| {
        studio.perform("The engine could not be started again", async move {
            studio.reopen("The last engine was lost.").await?;
            studio.announce("The engine runs again, with the same cohort and study.");
            Ok(())
        });
    };
    view! {
        <div role="alert">
            {move || match studio.engine.get() {
                // A running training sees to it itself, and says so.
                Engine::Lost(message) if !studio.is_training() => {
                    Some(
                        view! {
                            <div class="notice notice-bad">
                                <div>
                                    <p class="notice-title">"The engine is not running"</p>
                                    <Sentences text=message/>
                                </div>
                                <div class="actions">
                                    <button type="button" class="button primary" on:click=reload>
                                        "Reload the page"
                                    </button>
                                    <button type="button" class="button" on:click=use_cpu>
                                        "Start it again on the CPU"
                                    </button>
                                </div>
                            </div>
                        },
                    )
                }
                _ => None,
            }}
        </div>
    }
}
