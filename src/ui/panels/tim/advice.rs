//! Which tasks to train together.

use std::sync::Arc;

use leptos::prelude::*;

use crate::session::client::ClientError;
use crate::session::protocol::Tim;
use crate::ui::components::number;
use crate::ui::panels::results::listed;
use crate::ui::state::{Panel, Studio};

/// The groups that the measurement proposes, and one click to make a study of each.
#[component]
pub fn Advice(
    /// The measurement.
    tim: Arc<Tim>,
) -> impl IntoView {
    let studio = Studio::of_page();
    let (together, alone): (Vec<Vec<String>>, Vec<Vec<String>>) = tim
        .groups
        .iter()
        .cloned()
        .partition(|group| group.len() > 1);
    let alone: Vec<String> = alone.concat();
    let whole = together.len() == 1 && alone.is_empty();
    let verdict = match (together.len(), whole) {
        (0, _) => {
            "By this measure no tasks help each other: a model of each task alone would do as well."
                .to_owned()
        }
        (_, true) => "By this measure all tasks belong together, as they are.".to_owned(),
        (groups, _) => format!(
            "By this measure {} of tasks would each be a study of its own{}.",
            number::counted(groups, "group", "groups"),
            match alone.as_slice() {
                [] => String::new(),
                alone => format!("; {} would be learned alone", listed(alone)),
            }
        ),
    };
    let rows = together
        .into_iter()
        .filter(|_| !whole)
        .map(|group| {
            let names = listed(&group);
            let make = move |_| {
                let group = group.clone();
                studio.perform("The study could not be made", async move {
                    make_study(studio, &group).await?;
                    studio.go(Panel::Tasks);
                    Ok(())
                });
            };
            view! {
                <li>
                    <span>{names}</span>
                    <button type="button" class="button small" on:click=make>
                        "Make this the study"
                    </button>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="section" aria-labelledby="m3h-advice-title">
            <h2 id="m3h-advice-title">"What to train together"</h2>
            <p>{verdict}</p>
            <ul class="advice">{rows}</ul>
            <p class="subtle">
                "Groups are put together as long as their tasks help each other on average; links whose interval covers 0 count for half (ours). Whether the advice was good is shown by training such a study and comparing it with single tasks in Results."
            </p>
        </section>
    }
}

/// Puts the study in force with these tasks alone.
async fn make_study(studio: Studio, group: &[String]) -> Result<(), ClientError> {
    let study = studio
        .results
        .with_untracked(|results| results.as_ref().map(|results| results.study.clone()));
    let Some(mut study) = study else {
        return Err(ClientError::Refused("Train a model first.".into()));
    };
    study.tasks.retain(|task| group.contains(&task.name));
    study.name = format!("{}: {}", study.name, listed(group));
    let document =
        serde_json::to_value(&study).map_err(|error| ClientError::Unreadable(error.to_string()))?;
    studio.set_study(document).await.map(|_| ())
}
