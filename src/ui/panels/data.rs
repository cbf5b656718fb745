//! The panel Data.

use leptos::prelude::*;

use crate::session::protocol::DemoOptions;
use crate::ui::state::Studio;

/// The panel Data.
#[component]
pub fn Data() -> impl IntoView {}

/// Opens the demo ward with its usual options.
#[component]
pub fn OpenDemoButton() -> impl IntoView {
    let studio = Studio::of_page();
    let open = move |_| {
        studio.perform("The demo ward could not be opened", async move {
            studio.open_demo("ward", DemoOptions::default()).await
        });
    };
    view! {
        <button
            type="button"
            class="button primary"
            disabled=move || studio.work.with(Option::is_some)
            on:click=open
        >
            "Open the demo ward"
        </button>
    }
}
