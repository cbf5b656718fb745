//! The panel Predict: new patients against the trained model.

mod explanation;
mod patient;
mod rows;
mod table;

use leptos::prelude::*;

use crate::session::client::ClientError;
use crate::ui::components::drop_zone::DropZone;
use crate::ui::components::model_file::OpenModelButton;
use crate::ui::components::number;
use crate::ui::panels::results::Warnings;
use crate::ui::state::{PickedFile, Studio};
pub use rows::{columns as prediction_columns, file as prediction_file};
use table::PredictionsTable;

/// The panel Predict.
#[component]
pub fn Predict() -> impl IntoView {
    let studio = Studio::of_page();
    let busy = move || studio.work.with(Option::is_some) || studio.is_training();
    let predict = move |files: Vec<PickedFile>| {
        if studio.work.with_untracked(Option::is_some) {
            studio.announce("Other work is still going on.");
            return;
        }
        studio.perform("The predictions could not be made", async move {
            predict_if_idle(studio, files).await
        });
    };
    let ready = Memo::new(move |_| {
        studio
            .predictions
            .with(|predictions| predictions.as_ref().map(|all| all.rows.len()))
    });
    let warnings = Memo::new(move |_| {
        studio.predictions.with(|predictions| {
            predictions
                .as_ref()
                .map_or_else(Vec::new, |all| all.warnings.clone())
        })
    });
    let lead = match studio.readonly {
        true => "What the trained model says of patients that it has not seen.",
        false => {
            "Ask the trained model about patients it has not seen. The files stay on this device, and the patients are not learned from."
        }
    };
    let sources = move || {
        view! {
                <div class="predict-sources">
                    <DropZone
                        small=true
                        prompt="Drop files of new patients here: the same tables as the cohort's, with the same column names. Labels are not needed, missing parts are allowed."
                        on_files=Callback::new(move |(files,)| predict(files))
                    />
                    <Show when=move || !studio.from_file.get()>
                        <div class="card predict-test">
                            <h2>"Or try it first"</h2>
                            <p class="subtle">
                                "The test set of the open cohort: patients that the model has not seen, either."
                            </p>
                            <button
                                type="button"
                                class="button"
                                disabled=busy
                                on:click=move |_| predict(Vec::new())
                            >
                                "Predict the test set"
                            </button>
                        </div>
                    </Show>
                </div>
        }
    };
    view! {
        <div class="panel">
            <header class="panel-head">
                <div>
                    <h1 class="panel-title" tabindex="-1">"Predict"</h1>
                    <p class="lead">{lead}</p>
                </div>
                {(!studio.readonly)
                    .then(|| {
                        view! {
                            <div class="actions">
                                <OpenModelButton/>
                            </div>
                        }
                    })}
            </header>
            {(!studio.readonly).then(sources)}
            <Show when=move || studio.readonly && ready.get().is_none()>
                <p class="notice">
                    "There are no predictions yet. They appear here once the page around the studio has asked for them."
                </p>
            </Show>
            {move || view! { <Warnings sentences=warnings.get()/> }}
            {move || {
                ready
                    .get()
                    .map(|rows| {
                        if rows == 0 {
                            view! {
                                <p class="notice">
                                    "The files hold no patient. Each needs an identifier column and a row at least."
                                </p>
                            }
                                .into_any()
                        } else {
                            view! { <PredictionsTable/> }.into_any()
                        }
                    })
            }}
            <Show when=move || ready.get().is_some_and(|rows| rows > 0)>
                <p class="subtle">
                    {move || {
                        ready
                            .get()
                            .map(|rows| {
                                format!(
                                    "{} predicted. Research use only: do not decide on a patient's care by these figures.",
                                    number::counted(rows, "patient", "patients"),
                                )
                            })
                    }}
                </p>
            </Show>
        </div>
    }
}

async fn predict_if_idle(studio: Studio, files: Vec<PickedFile>) -> Result<(), ClientError> {
    if studio
        .training
        .with_untracked(|training| training.as_ref().is_some_and(|training| training.running))
    {
        return Err(ClientError::Refused(
            "Training is running: wait for its end or stop it, then predict.".to_string(),
        ));
    }
    studio.predict(files).await.map(|_| ())
}
