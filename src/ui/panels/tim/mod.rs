//! The panel TIM: which task bears on which.

mod one_task;
mod planted;
mod sentences;

use std::sync::Arc;

use leptos::prelude::*;

use crate::charts::{TimMap, link_words};
use crate::session::protocol;
use crate::ui::components::chart_figure::{ChartFigure, SharedChart};
use crate::ui::components::choice::ChoiceCards;
use crate::ui::state::Studio;
use one_task::OneTask;
use planted::PlantedNote;
use sentences::Ranked;

/// A measure of this build.
struct Measure {
    /// Its name in the study's words.
    name: &'static str,
    /// Its title.
    title: &'static str,
    /// What it measures.
    text: &'static str,
}

const MEASURES: [Measure; 2] = [
    Measure {
        name: "occlusion",
        title: "Occlusion",
        text: "What the receiving task's score on the test set loses when the contributing task is taken out of its mixture. A gain above 0 means that it helps. One pass over the test set a task.",
    },
    Measure {
        name: "attention",
        title: "Attention",
        text: "The share of a task's attention that goes to each task, averaged over the test set. It shows where the model looks, not whether looking helps. At no cost.",
    },
];

/// The panel TIM.
#[component]
pub fn Tim() -> impl IntoView {
    let studio = Studio::of_page();
    let kept = studio.tim.with_untracked(|all| {
        MEASURES
            .iter()
            .map(|measure| measure.name)
            .find(|name| all.contains_key(*name))
    });
    let measure = RwSignal::new(kept.unwrap_or(MEASURES[0].name));
    let task = RwSignal::new(0usize);
    let tim = Memo::new(move |_| studio.tim.with(|all| all.get(measure.get()).cloned()));
    // Computed when the panel is opened and when another measure is chosen, once each.
    if kept.is_none() {
        compute(studio, measure.get_untracked());
    }
    let choose = move |name: &'static str| {
        measure.set(name);
        if studio.tim.with_untracked(|all| !all.contains_key(name)) {
            compute(studio, name);
        }
    };
    view! {
        <div class="panel">
            <header class="panel-head">
                <div>
                    <h1 class="panel-title" tabindex="-1">"Task interaction"</h1>
                    <p class="lead">
                        "How what the model knows of one task bears on another. Read a row to see what helps a task, a column to see what a task helps."
                    </p>
                </div>
            </header>
            <Choice measure=measure on_choose=choose/>
            {move || match tim.get() {
                Some(tim) if tim.tasks.len() < 2 => {
                    view! {
                        <p class="notice">
                            "With one task there is nothing to interact with. Add tasks and train again."
                        </p>
                    }
                        .into_any()
                }
                Some(tim) => {
                    if task.get_untracked() >= tim.tasks.len() {
                        task.set(0);
                    }
                    view! { <Measured tim=Arc::new(tim) task=task/> }.into_any()
                }
                None => view! { <NotMeasured measure=measure/> }.into_any(),
            }}
            <Explanation/>
        </div>
    }
}

fn compute(studio: Studio, name: &'static str) {
    if studio.work.with_untracked(Option::is_some)
        || studio
            .training
            .with_untracked(|training| training.as_ref().is_some_and(|training| training.running))
    {
        return;
    }
    studio.perform("The task interactions could not be measured", async move {
        studio.measure_tim(name).await
    });
}

/// The choice of a measure.
#[component]
fn Choice(
    /// The measure in view.
    measure: RwSignal<&'static str>,
    /// Takes the chosen measure.
    on_choose: impl Fn(&'static str) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let choices = MEASURES.map(|offered| (offered.name, offered.title, offered.text));
    view! {
        <ChoiceCards
            choices=choices.to_vec()
            name="m3h-measure"
            legend="Measure"
            chosen=move || measure.get()
            on_choose=on_choose
        />
    }
}

/// What stands where nothing was measured yet.
#[component]
fn NotMeasured(
    /// The measure in view.
    measure: RwSignal<&'static str>,
) -> impl IntoView {
    let studio = Studio::of_page();
    let busy = move || studio.work.with(Option::is_some) || studio.is_training();
    view! {
        <div class="notice">
            <p>
                {move || {
                    if studio.is_training() {
                        "Training is running. Task interactions can be measured when it ends."
                    } else if studio.work.with(Option::is_some) {
                        "Measuring …"
                    } else {
                        "This measure has not been computed for the trained model yet."
                    }
                }}
            </p>
            <Show when=move || !busy()>
                <button
                    type="button"
                    class="button primary"
                    on:click=move |_| compute(studio, measure.get_untracked())
                >
                    "Measure"
                </button>
            </Show>
        </div>
    }
}

/// The map, the sentences and one task's page.
#[component]
fn Measured(
    /// The measurement.
    tim: Arc<protocol::Tim>,
    /// The task whose page is open.
    task: RwSignal<usize>,
) -> impl IntoView {
    let studio = Studio::of_page();
    let planted = planted::of_tasks(studio, &tim);
    let outlined = RwSignal::new(!planted.is_empty());
    let link = RwSignal::new(None::<(usize, usize)>);
    let map = {
        let (tim, planted) = (tim.clone(), planted.clone());
        Signal::derive(move || {
            let outlined = if outlined.get() {
                planted.clone()
            } else {
                Vec::new()
            };
            Arc::new(TimMap {
                tim: (*tim).clone(),
                outlined,
            }) as SharedChart
        })
    };
    let hint = if tim.measure == "attention" {
        "Rows receive, columns contribute. The stronger the colour, the larger the share of the row's attention."
    } else {
        "Rows receive, columns contribute. Blue helps, orange hurts, the stronger the more."
    };
    let readout = {
        let tim = tim.clone();
        move || match link.get() {
            Some((receiving, contributing)) => link_words(&tim, receiving, contributing),
            None => "Choose a cell to read its link here.".to_string(),
        }
    };
    view! {
        <PlantedNote tim=tim.clone() planted=planted outlined=outlined/>
        <section class="section tim-map">
            <div class="card">
                <ChartFigure
                    chart=map
                    heading="Who contributes to whom".to_string()
                    scrolls=true
                    hint=hint
                    on_link=Callback::new(move |(receiving, contributing)| {
                        link.set(Some((receiving, contributing)));
                        task.set(receiving);
                    })
                />
                <p class="readout numbers" role="status">{readout}</p>
            </div>
        </section>
        <Ranked tim=tim.clone()/>
        <OneTask tim=tim task=task/>
    }
}

/// What the rows, columns and measures mean, and that they are ours.
#[component]
fn Explanation() -> impl IntoView {
    view! {
        <details class="more">
            <summary>"What exactly is measured"</summary>
            <div class="prose">
                <p>
                    "The model mixes what it knows of all tasks before it predicts one of them. The row of a task says from which tasks it receives; the column of a task says to which it contributes. The diagonal is a task's own evidence."
                </p>
                <p>
                    <strong>"Attention"</strong>
                    " of row s and column t is the mean over the test samples of the weight with which task t enters the mixture of task s. Rows add up to 100 %."
                </p>
                <p>
                    <strong>"Occlusion"</strong>
                    " sets that weight to 0, lets the others share it, and compares: the score of s with everything minus its score without t. Points are hundredths of the score of the receiving task (AUROC, macro-AUROC, R² or silhouette). The 95 % interval comes from a paired bootstrap over the test samples. A link whose interval covers 0 may well be chance, and is faded."
                </p>
                <p>
                    "The paper that introduced M3H (Bertsimas and Ma, arXiv 2404.18975) does not publish its formula of the task interaction measurement. Both definitions here are ours. Neither shows that one illness causes another: they describe this model on this cohort."
                </p>
            </div>
        </details>
    }
}
