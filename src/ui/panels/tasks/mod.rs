//! The panel Tasks: the study, what to learn, from what, and how.

mod catalogue;
mod document;
mod form;
mod inputs;
mod offers;
mod settings;
mod test_set;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::session::client::ClientError;
use crate::study::{Study, TaskKind};
use crate::ui::components::notice::Sentences;
use crate::ui::state::Studio;

use catalogue::Catalogue;
use document::DocumentActions;
use inputs::InputSelection;
use offers::Offers;
use settings::Settings;

/// What stands between a change and the study in force: the engine's answer to the last change.
#[derive(Clone, Copy)]
struct Editor {
    studio: Studio,
    /// The problems of the last refused change, one a line.
    refused: RwSignal<Option<String>>,
    /// Counts answers, so that controls show what holds after a refusal.
    answers: RwSignal<u32>,
}

impl Editor {
    /// Changes the study in force. The engine completes it, or refuses it with all its problems; then the old one stays.
    fn change(self, edit: impl FnOnce(&mut Study)) {
        let Some(mut study) = self.studio.study.get_untracked() else {
            return;
        };
        edit(&mut study);
        spawn_local(async move {
            // The problems are shown at the head of the panel.
            let _ = self.put(&study).await;
        });
    }

    /// Puts a whole study in force.
    async fn put(self, study: &Study) -> Result<Study, ClientError> {
        let document = serde_json::to_value(study)
            .map_err(|error| ClientError::Unreadable(error.to_string()))?;
        self.put_document(document).await
    }

    /// Puts a study document in force.
    async fn put_document(self, document: serde_json::Value) -> Result<Study, ClientError> {
        let outcome = self.studio.set_study(document).await;
        self.refused
            .set(outcome.as_ref().err().map(ToString::to_string));
        self.answers.update(|answers| *answers += 1);
        if outcome.is_ok() {
            self.studio.announce("The study was changed.");
        }
        outcome
    }

    /// Reads something of the study in force, again after every answer of the engine; reactive.
    fn read<T>(self, read: impl FnOnce(&Study) -> T) -> Option<T> {
        self.answers.track();
        self.studio.study.with(|study| study.as_ref().map(read))
    }
}

/// The study in force, to be changed.
#[component]
pub fn Tasks() -> impl IntoView {
    let editor = Editor {
        studio: Studio::of_page(),
        refused: RwSignal::new(None),
        answers: RwSignal::new(0),
    };
    provide_context(editor);
    view! {
        <div class="panel">
            <header class="panel-head">
                <div>
                    <p class="eyebrow">"Study"</p>
                    <h1 class="panel-title" tabindex="-1">
                        {move || {
                            editor.read(|study| study.name.clone()).unwrap_or_else(|| "No study yet".into())
                        }}
                    </h1>
                    <p class="lead">
                        "What the model learns, all at once. Each task lends the others what it knows; a patient may lack any label."
                    </p>
                </div>
                <div class="actions">
                    <a class="button primary" href="#train">"Go to the training"</a>
                </div>
            </header>
            <div class="sticky" role="alert">
                {move || {
                    editor
                        .refused
                        .get()
                        .map(|text| {
                            view! {
                                <div class="notice notice-bad">
                                    <div>
                                        <p class="notice-title">
                                            "The change was not taken; the study is as it was"
                                        </p>
                                        <Sentences text=text/>
                                    </div>
                                    <button
                                        type="button"
                                        class="button quiet"
                                        on:click=move |_| editor.refused.set(None)
                                    >
                                        "Dismiss"
                                    </button>
                                </div>
                            }
                        })
                }}
            </div>
            {move || {
                editor
                    .studio
                    .is_training()
                    .then(|| {
                        view! {
                            <p class="notice">
                                "Training is running. Changes to the study count for the next one."
                            </p>
                        }
                    })
            }}
            <Catalogue/>
            <Offers/>
            <InputSelection/>
            <Settings/>
            <DocumentActions/>
        </div>
    }
}

/// A kind of task, for people.
fn kind_title(kind: TaskKind) -> &'static str {
    match kind {
        TaskKind::Binary => "Yes / no",
        TaskKind::Multiclass => "Classes",
        TaskKind::Regression => "Quantity",
        TaskKind::Clustering => "Groups",
    }
}
