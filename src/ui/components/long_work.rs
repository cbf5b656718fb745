//! What starts work that takes a while, and stops it.

use std::future::Future;

use leptos::prelude::*;

use crate::session::client::ClientError;
use crate::ui::state::Studio;

/// How this work, and others, stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is under way.
    Idle,
    /// This work is under way.
    Running,
    /// Something else is under way.
    Busy,
}

/// A notice that says what the work costs, the button that starts it, and one that stops it. None where results can only be looked at.
#[component]
pub fn LongWork<F>(
    /// What is said.
    words: impl Fn(Standing) -> String + Send + Sync + 'static,
    /// What the button that starts it says.
    title: impl Fn() -> &'static str + Copy + Send + Sync + 'static,
    /// Whether the work can be stopped.
    stoppable: impl Fn() -> bool + Copy + Send + Sync + 'static,
    /// The sentence of what could not be done.
    failure: &'static str,
    /// The work.
    work: impl Fn() -> F + Copy + Send + Sync + 'static,
) -> impl IntoView
where
    F: Future<Output = Result<(), ClientError>> + 'static,
{
    let studio = Studio::of_page();
    if studio.readonly {
        return ().into_any();
    }
    let running = RwSignal::new(false);
    let stopping = RwSignal::new(false);
    let standing = move || {
        let busy = studio.work.with(Option::is_some) || studio.is_training();
        match (busy, running.get()) {
            (false, _) => Standing::Idle,
            (true, true) => Standing::Running,
            (true, false) => Standing::Busy,
        }
    };
    let start = move |_| {
        running.set(true);
        stopping.set(false);
        let work = work();
        studio.perform(failure, async move {
            let outcome = work.await;
            // Gone with the section where the outcome has replaced it.
            let _ = running.try_set(false);
            outcome
        });
    };
    let stop = move |_| {
        stopping.set(true);
        studio.perform("The work could not be stopped", async move {
            studio.stop().await
        });
    };
    view! {
        <div class="notice">
            <p>{move || words(standing())}</p>
            <Show when=move || standing() == Standing::Idle>
                <button type="button" class="button primary" on:click=start>
                    {title}
                </button>
            </Show>
            <Show when=move || standing() == Standing::Running && stoppable()>
                <button type="button" class="button" disabled=move || stopping.get() on:click=stop>
                    "Stop"
                </button>
            </Show>
        </div>
    }
    .into_any()
}
