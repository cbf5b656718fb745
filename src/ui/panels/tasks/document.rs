//! The study as a file.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

use super::Editor;
use crate::charts::file_stem;
use crate::ui::arrival;
use crate::ui::components::download::save_text;
use crate::ui::components::file_input::take_files;

/// Name the study, save it, open another.
#[component]
pub fn DocumentActions() -> impl IntoView {
    let editor = expect_context::<Editor>();
    let file_input = NodeRef::<leptos::html::Input>::new();
    let rename = move |event: web_sys::Event| {
        let name = event_target_value(&event).trim().to_string();
        editor.change(move |study| study.name = name);
    };
    let save = move |_| {
        let Some(study) = editor.studio.study.get_untracked() else {
            return;
        };
        let saved = serde_json::to_string_pretty(&study)
            .map_err(|error| error.to_string())
            .and_then(|text| {
                save_text(
                    &format!("{}.study.json", file_stem(&study.name, "m3h")),
                    "application/json",
                    &format!("{text}\n"),
                )
            });
        if let Err(message) = saved {
            editor.refused.set(Some(message));
        }
    };
    let open = move |event: web_sys::Event| {
        let file = take_files(&event).into_iter().next();
        if let Some(file) = file {
            spawn_local(async move {
                match read(&file).await {
                    // The problems are shown at the head of the panel.
                    Ok(document) => drop(editor.put_document(document).await),
                    Err(message) => editor.refused.set(Some(message)),
                }
                if editor.refused.with_untracked(Option::is_some)
                    && let Some(window) = web_sys::window()
                {
                    window.scroll_to_with_x_and_y(0.0, 0.0);
                }
            });
        }
    };
    let copied = RwSignal::new(None::<arrival::Copied>);
    // A link of the study before says nothing of this one.
    Effect::new(move |_| {
        editor.studio.study.track();
        copied.set(None);
    });
    let copy = move |_| {
        let Some(study) = editor.studio.study.get_untracked() else {
            return;
        };
        spawn_local(async move {
            // Gone with the panel where that was left in the meantime.
            let _ = copied.try_set(arrival::copy_link(&study).await);
        });
    };
    let press = move |_| {
        if let Some(input) = file_input.get_untracked() {
            input.click();
        }
    };
    view! {
        <section class="section" aria-labelledby="m3h-document">
            <div class="section-head">
                <h2 id="m3h-document">"The study as a file"</h2>
                <p class="subtle">
                    "One JSON document without patient data: share it, or keep it under version control."
                </p>
            </div>
            <div class="fields">
                <div class="field">
                    <label for="m3h-study-name">"Name of the study"</label>
                    <input
                        id="m3h-study-name"
                        type="text"
                        autocomplete="off"
                        prop:value=move || editor.read(|study| study.name.clone())
                        on:change=rename
                    />
                </div>
            </div>
            <div class="actions">
                <button type="button" class="button" on:click=save>"Save the study"</button>
                <button type="button" class="button" on:click=press>"Open a study"</button>
                <button type="button" class="button" on:click=copy>
                    "Copy a link with this study"
                </button>
                <input
                    class="hidden-input"
                    type="file"
                    accept=".json,application/json"
                    tabindex="-1"
                    aria-label="Study to open"
                    node_ref=file_input
                    on:change=open
                />
            </div>
            <div role="status">
                {move || {
                    copied
                        .get()
                        .map(|copied| match copied {
                            arrival::Copied::Yes => {
                                view! {
                                    <p>"The link is copied. It holds the study alone, nothing of a patient."</p>
                                }
                                    .into_any()
                            }
                            arrival::Copied::ByHand(link) => {
                                view! {
                                    <div class="field">
                                        <label for="m3h-study-link">
                                            "The browser does not let the page copy. Copy the link from here"
                                        </label>
                                        <input id="m3h-study-link" type="text" readonly prop:value=link/>
                                    </div>
                                }
                                    .into_any()
                            }
                        })
                }}
            </div>
            <details class="more">
                <summary>"Show the document"</summary>
                <pre class="document" tabindex="0">
                    {move || {
                        editor.read(|study| serde_json::to_string_pretty(study).unwrap_or_default())
                    }}
                </pre>
            </details>
        </section>
    }
}

async fn read(file: &File) -> Result<serde_json::Value, String> {
    let text = JsFuture::from(file.text())
        .await
        .ok()
        .and_then(|text| text.as_string())
        .ok_or_else(|| {
            format!(
                "{} cannot be read. Check that it still exists.",
                file.name()
            )
        })?;
    serde_json::from_str(&text).map_err(|error| {
        format!(
            "{} is not a JSON document: {error}. Open a study that was saved here.",
            file.name()
        )
    })
}
