//! Models as files: the buttons that save one and open one.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Event, HtmlInputElement};

use super::download::save_bytes;
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
                file_name(&name.unwrap_or_default())
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

/// A study's name as a file's.
fn file_name(study: &str) -> String {
    let plain: String = study
        .chars()
        .map(|letter| {
            if letter.is_alphanumeric() {
                letter
            } else {
                '-'
            }
        })
        .collect();
    let plain = plain.trim_matches('-').to_lowercase();
    match plain.is_empty() {
        true => "model.safetensors".into(),
        false => format!("{plain}.safetensors"),
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
        let Some(input) = event
            .target()
            .and_then(|target| target.dyn_into::<HtmlInputElement>().ok())
        else {
            return;
        };
        let file = input.files().and_then(|files| files.get(0));
        // So that choosing the same file again is noticed.
        input.set_value("");
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
