//! Frozen encoders that the user brings along.

use leptos::prelude::*;

use crate::session::protocol::Pooling;
use crate::ui::components::drop_zone::DropZone;
use crate::ui::state::{ENCODING, PickedFile, Studio};

/// Where the files of a pretrained encoder are dropped; nothing for a cohort without notes and images.
#[component]
pub fn EncoderOpener() -> impl IntoView {
    let studio = Studio::of_page();
    let has = move |name: &str| {
        studio.cohort.with(|cohort| {
            cohort.as_ref().is_some_and(|cohort| {
                cohort
                    .modalities
                    .iter()
                    .any(|modality| modality.name == name && modality.samples > 0)
            })
        })
    };
    let encodable = Memo::new(move |_| (has("text"), has("image")));
    let pooling = RwSignal::new("mean".to_string());
    let open = move |files: Vec<PickedFile>| {
        let pooling = match pooling.get_untracked().as_str() {
            "first" => Pooling::First,
            _ => Pooling::Mean,
        };
        studio.perform("Nothing was encoded", async move {
            studio.open_encoder(files, pooling).await
        });
    };
    let encoding = Memo::new(move |_| {
        studio
            .work
            .with(|work| work.as_ref().is_some_and(|work| work.label == ENCODING))
    });
    let stop = move |_| {
        studio.perform("Encoding could not be stopped", async move {
            studio.stop().await
        })
    };
    move || {
        let (text, image) = encodable.get();
        let kinds = match (text, image) {
            (false, false) => return None,
            (true, false) => {
                "A language model (BERT type): config.json, tokenizer.json and model.safetensors."
            }
            (false, true) => {
                "An image model: the .safetensors file of DenseNet-121 or EfficientNet-Lite0."
            }
            (true, true) => {
                "A language model (BERT type): config.json, tokenizer.json and model.safetensors. An image model: the .safetensors file of DenseNet-121 or EfficientNet-Lite0."
            }
        };
        Some(view! {
            <section class="section" aria-labelledby="m3h-encoders">
                <div class="section-head">
                    <h2 id="m3h-encoders">"Bring a pretrained encoder"</h2>
                    <p class="subtle">
                        "It reads every note or image once, on this device, and the vectors become an input of the study beside what is learned here. "
                        {kinds}
                    </p>
                </div>
                {text
                    .then(|| {
                        view! {
                            <div class="fields">
                                <div class="field">
                                    <label for="m3h-pooling">"A note's vector"</label>
                                    <select
                                        id="m3h-pooling"
                                        prop:value=move || pooling.get()
                                        on:change=move |event| pooling.set(event_target_value(&event))
                                    >
                                        <option value="mean">"Mean of its subwords"</option>
                                        <option value="first">"First subword ([CLS])"</option>
                                    </select>
                                </div>
                            </div>
                        }
                    })}
                <DropZone
                    prompt="Drop the model's files or their folder here."
                    small=true
                    labels=["Folder of the model", "Files of the model"]
                    on_files=Callback::new(move |(files,)| open(files))
                />
                {move || {
                    encoding
                        .get()
                        .then(|| {
                            view! {
                                <div class="actions">
                                    <button type="button" class="button" on:click=stop>
                                        "Stop encoding"
                                    </button>
                                </div>
                            }
                        })
                }}
            </section>
        })
    }
}
