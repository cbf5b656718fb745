//! Which tasks to train together.

use std::sync::Arc;

use leptos::prelude::*;

use crate::session::client::ClientError;
use crate::session::protocol::{Against, Tim};
use crate::ui::components::long_work::{LongWork, Standing};
use crate::ui::components::number;
use crate::ui::panels::results::comparison::Compared;
use crate::ui::panels::results::listed;
use crate::ui::state::{Panel, Studio};

/// The groups that the measurement proposes, and one click to make a study of each.
#[component]
pub fn Advice(
    /// The measurement.
    tim: Arc<Tim>,
) -> impl IntoView {
    let studio = Studio::of_page();
    let groups = tim.groups.clone();
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
                    {(!studio.readonly)
                        .then(|| {
                            view! {
                                <button type="button" class="button small" on:click=make>
                                    "Make this the study"
                                </button>
                            }
                        })}
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="section" aria-labelledby="m3h-advice-title">
            <h2 id="m3h-advice-title">"What to train together"</h2>
            <p>{verdict}</p>
            <ul class="advice">{rows}</ul>
            {(groups.len() > 1).then(|| view! { <WasItGood groups=groups.clone()/> })}
            <p class="subtle">
                "Groups are put together as long as their tasks help each other on average; links whose interval covers 0 count for half (ours)."
            </p>
        </section>
    }
}

/// Trains a model of each group beside the one of all tasks, and shows which does better.
#[component]
fn WasItGood(
    /// The groups that are proposed.
    groups: Vec<Vec<String>>,
) -> impl IntoView {
    let studio = Studio::of_page();
    let groups = StoredValue::new(groups);
    let compared = Memo::new(move |_| {
        let kept = studio
            .comparison
            .with(|all| all.get(&Against::Groups).cloned())?;
        // Those of another measure's groups are not shown here.
        let of_these = groups.with_value(|groups| *groups == kept.groups);
        of_these.then_some(kept)
    });
    let unfinished = move || {
        compared.with(|kept| {
            kept.as_ref()
                .is_none_or(|kept| kept.finished < kept.wanted())
        })
    };
    let words = move |standing: Standing| match standing {
        Standing::Running => "Training a model of each group …".to_owned(),
        Standing::Busy => {
            "Something else is under way. The groups can be trained when it ends.".into()
        }
        Standing::Idle => format!(
            "Was the advice good? {} are trained like the model of all tasks, and every task's scores are set side by side on the test set.",
            number::counted(groups.with_value(Vec::len), "group", "groups")
        ),
    };
    view! {
        <Show when=unfinished>
            <LongWork
                words=words
                title=move || match compared.with(Option::is_some) {
                    true => "Go on",
                    false => "Train the groups and compare",
                }
                stoppable=|| true
                failure="The groups could not be compared"
                work=move || async move {
                    studio.compare(Against::Groups, groups.get_value(), None).await.map(|_| ())
                }
            />
        </Show>
        {move || compared.get().map(|comparison| view! { <Compared comparison=comparison/> })}
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
