//! A study that came with a link and is not in force yet.

use leptos::prelude::*;

use super::notice::Sentences;
use crate::ui::state::Studio;

/// Says that the study waits, and why; it can be put in force or forgotten.
#[component]
pub fn WaitingStudyNotice() -> impl IntoView {
    let studio = Studio::of_page();
    if studio.readonly {
        return ().into_any();
    }
    let put_in_force = move |_| {
        leptos::task::spawn_local(async move {
            // What does not fit is said in this very notice.
            let _ = studio.use_waiting_study().await;
        });
    };
    view! {
        <div role="status">
            {move || {
                studio
                    .waiting_study
                    .get()
                    .map(|waiting| {
                        let name = waiting.name();
                        let is_open = studio.cohort.with(Option::is_some);
                        let (words, problems) = match (waiting.problems, is_open) {
                            (Some(problems), _) => {
                                (
                                    format!(
                                        "The study {name} of the link does not fit the open cohort; the cohort's own study is as it was.",
                                    ),
                                    Some(problems),
                                )
                            }
                            (None, true) => {
                                (
                                    format!(
                                        "The link brings the study {name}. It would take the place of the study in force.",
                                    ),
                                    None,
                                )
                            }
                            (None, false) => {
                                (format!("The study {name} of the link waits for a cohort: open one, and it is in force."), None)
                            }
                        };
                        let unfit = problems.is_some();
                        view! {
                            <div class="notice" class:notice-warn=unfit>
                                <div>
                                    <p>{words}</p>
                                    {problems.map(|text| view! { <Sentences text=text/> })}
                                </div>
                                <div class="actions">
                                    {is_open
                                        .then(|| {
                                            view! {
                                                <button
                                                    type="button"
                                                    class="button small"
                                                    disabled=move || studio.work.with(Option::is_some)
                                                    on:click=put_in_force
                                                >
                                                    "Put it in force"
                                                </button>
                                            }
                                        })}
                                    <button
                                        type="button"
                                        class="button small quiet"
                                        on:click=move |_| studio.waiting_study.set(None)
                                    >
                                        "Forget it"
                                    </button>
                                </div>
                            </div>
                        }
                    })
            }}
        </div>
    }
    .into_any()
}
