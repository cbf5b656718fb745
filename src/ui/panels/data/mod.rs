//! The panel Data: open a cohort, see what was understood, correct it.

mod columns;
mod encoders;
mod import;
mod overview;
mod variables;
mod welcome;

use leptos::prelude::*;

use crate::session::protocol::DemoOptions;
use crate::ui::state::Studio;

use columns::ColumnTable;
use encoders::EncoderOpener;
use import::OpenOther;
use overview::Overview;
use variables::VariableTable;
use welcome::Welcome;

/// The panel Data: the first-run screen, or what the open cohort holds.
#[component]
pub fn Data() -> impl IntoView {
    let studio = Studio::of_page();
    let open = Memo::new(move |_| studio.cohort.with(Option::is_some));
    move || match open.get() {
        false => view! { <Welcome/> }.into_any(),
        true => view! {
            <div class="panel">
                <Overview/>
                <ColumnTable/>
                <VariableTable/>
                <EncoderOpener/>
                <OpenOther/>
            </div>
        }
        .into_any(),
    }
}

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

/// The name of a modality for people.
pub fn modality_title(name: &str) -> String {
    match name {
        "tabular" => "Patients table".to_string(),
        "series" => "Time series".to_string(),
        "text" => "Notes".to_string(),
        "image" => "Images".to_string(),
        other => match other.strip_prefix("embeddings: ") {
            Some(source) => vectors_title(source),
            None => other.to_string(),
        },
    }
}

/// The name of vectors for people: what a frozen encoder read comes first.
pub fn vectors_title(source: &str) -> String {
    match source.split_once(": ") {
        Some(("text", encoder)) => format!("Notes by {encoder}"),
        Some(("image", encoder)) => format!("Images by {encoder}"),
        _ => format!("Embeddings {source}"),
    }
}

/// A share as a horizontal bar; its number stands beside it in words.
#[component]
fn ShareBar(
    /// Share, 0 to 1.
    share: f64,
) -> impl IntoView {
    let width = format!("{:.2}%", share.clamp(0.0, 1.0) * 100.0);
    view! {
        <span class="share" aria-hidden="true">
            <span style:width=width></span>
        </span>
    }
}
