//! Models as files: the buttons that save one and open one.

use leptos::prelude::*;
use web_sys::Event;

use super::download::save_bytes;
use super::file_input::take_files;
use crate::charts::file_stem;
use crate::session::client::ClientError;
use crate::ui::state::{Panel, Studio};

/// Saves the model in force as a file.
#[component]
pub fn ExportModelButton() -> impl IntoView {
    let studio = Studio::of_page();
    let busy = move || studio.work.with(Option::is_some) || studio.is_training();
    let export = move |_| {
        studio.perform("The model could not be exported", async move {
            let bytes = studio.export_model().await?;
            let name = studio.results.with_untracked(|results| {
                let name = results.as_ref().map(|results| results.study.name.clone());
                format!(
                    "{}.safetensors",
                    file_stem(&name.unwrap_or_default(), "model")
                )
            });
            save_bytes(&name, &bytes).map_err(ClientError::Refused)?;
            studio.announce(format!("The model was saved as {name}."));
            Ok(())
        });
    };
    view! {
        <button type="button" class="button" disabled=busy on:click=export>
            "Export the model"
        </button>
    }
}

/// Opens a model from a file that was exported before, and goes to Predict.
#[component]
pub fn OpenModelButton() -> impl IntoView {
    let studio = Studio::of_page();
    let input = NodeRef::<leptos::html::Input>::new();
    let busy = move || studio.work.with(Option::is_some) || studio.is_training();
    let press = move |_| {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    };
    let chosen = move |event: Event| {
        let file = take_files(&event).into_iter().next();
        if let Some(file) = file {
            studio.perform("The model could not be opened", async move {
                studio.import_model(file.into()).await?;
                studio.go(Panel::Predict);
                Ok(())
            });
        }
    };
    view! {
        <button type="button" class="button" disabled=busy on:click=press>
            "Open a model from a file"
        </button>
        <input
            class="hidden-input"
            type="file"
            accept=".safetensors"
            tabindex="-1"
            aria-label="Model to open"
            node_ref=input
            on:change=chosen
        />
    }
}
