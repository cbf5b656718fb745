//! A new version of the studio: announced, and used when the user says so.

use leptos::prelude::*;

use crate::ui::offline::Offline;
use crate::ui::state::Studio;

/// A quiet line while a new version is ready.
#[component]
pub fn NewerNotice() -> impl IntoView {
    let studio = Studio::of_page();
    let offline = Offline::of_page();
    let asked = RwSignal::new(false);
    // A refusal gives the button back.
    Effect::new(move |_| {
        if offline.refused.with(|refused| !refused.is_empty()) {
            asked.set(false);
        }
    });
    let why = move || {
        match (studio.is_training(), studio.is_busy()) {
        (true, _) => "Training is running, and a reload would lose it. Use the new version when it has ended.".to_string(),
        (_, true) => "Work is going on, and a reload would lose it. Use the new version when it has ended.".to_string(),
        _ => offline.refused.get(),
    }
    };
    let take = move |_| {
        asked.set(true);
        offline.use_newer();
    };
    view! {
        <div role="status">
            {move || {
                offline
                    .newer
                    .get()
                    .then(|| {
                        view! {
                            <div class="notice newer">
                                <div>
                                    <p>
                                        <strong>"A new version is ready."</strong>
                                        " Using it reloads the page: the cohort has to be opened again, and a model that was not exported has to be trained again."
                                    </p>
                                    <p id="m3h-newer-why" class="newer-why">{why}</p>
                                </div>
                                <div class="actions">
                                    <button
                                        type="button"
                                        class="button small"
                                        aria-describedby="m3h-newer-why"
                                        disabled=move || studio.is_busy() || asked.get()
                                        on:click=take
                                    >
                                        "Use it now"
                                    </button>
                                </div>
                            </div>
                        }
                    })
            }}
        </div>
    }
}
