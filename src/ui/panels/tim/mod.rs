//! The panel TIM: which task bears on which.

mod advice;
mod graph;
mod map;
mod measures;
mod mixing;
mod one_task;
mod planted;
mod sentences;
mod view;

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::session::protocol::{self, TimMeasure, TimOptions, TimPlan};
use crate::ui::components::choice::ChoiceCards;
use crate::ui::components::long_work::{LongWork, Standing};
use crate::ui::components::number;
use crate::ui::panels::results::Warnings;
use crate::ui::state::Studio;
use advice::Advice;
use graph::Graph;
use map::HeatMap;
use measures::Measures;
use mixing::Mixing;
use one_task::OneTask;
use planted::PlantedNote;
use sentences::Ranked;
use view::View;

/// What each measure is called and what it tells.
const MEASURES: [(TimMeasure, &str, &str); 4] = [
    (
        TimMeasure::Occlusion,
        "Occlusion",
        "What the receiving task's score on the test set loses when the contributing task is taken out of its mixture. A gain above 0 means that it helps. One pass over the test set a task.",
    ),
    (
        TimMeasure::Attention,
        "Attention",
        "The share of a task's attention that goes to each task, averaged over the test set. It shows where the model looks, not whether looking helps. At no cost.",
    ),
    (
        TimMeasure::Gain,
        "Gain",
        "What a task's score gains when the other one is learned as well: models of every pair against models of each task alone. Many small trainings.",
    ),
    (
        TimMeasure::Shapley,
        "Shapley value",
        "A task's fair share in what learning together brings another one, over all subsets of tasks, or a sample of orders. Many trainings.",
    ),
];

/// The panel TIM.
#[component]
pub fn Tim() -> impl IntoView {
    let studio = Studio::of_page();
    let kept = studio.tim.with_untracked(|all| {
        let mut names = MEASURES.iter().map(|(measure, _, _)| *measure);
        names.find(|measure| all.contains_key(measure))
    });
    let measure = RwSignal::new(kept.unwrap_or(TimMeasure::Occlusion));
    let task = RwSignal::new(0usize);
    let view = View::new();
    let tim = Memo::new(move |_| studio.tim.with(|all| all.get(&measure.get()).cloned()));
    // Computed when the panel is opened and when another measure is chosen, once each, unless models are trained for it.
    if kept.is_none() {
        compute(studio, measure.get_untracked());
    }
    let choose = move |chosen: TimMeasure| {
        measure.set(chosen);
        let missing = studio.tim.with_untracked(|all| !all.contains_key(&chosen));
        // What takes many trainings is asked for by a button.
        if missing && !chosen.trains() {
            compute(studio, chosen);
        }
    };
    let tasks = move || {
        studio
            .results
            .with(|results| results.as_ref().map_or(0, |results| results.tasks.len()))
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
            <Show when=move || { measure.get().trains() && tasks() > 1 }>
                <Trainings measure=measure tim=tim/>
            </Show>
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
                    view! { <Measured tim=Arc::new(tim) view=view task=task/> }.into_any()
                }
                None if measure.get().trains() && studio.readonly => {
                    view! {
                        <p class="notice">
                            "This measure trains models of its own. It appears here once the page around the studio has had it computed."
                        </p>
                    }
                        .into_any()
                }
                None if measure.get().trains() => ().into_any(),
                None => view! { <NotMeasured measure=measure/> }.into_any(),
            }}
            <Show when=move || { tasks() > 1 }>
                <Mixing/>
            </Show>
            <Explanation/>
        </div>
    }
}

fn compute(studio: Studio, measure: TimMeasure) {
    if studio.work.with_untracked(Option::is_some)
        || studio
            .training
            .with_untracked(|training| training.as_ref().is_some_and(|training| training.running))
    {
        return;
    }
    studio.perform("The task interactions could not be measured", async move {
        studio
            .measure_tim(measure, TimOptions::default(), None)
            .await
    });
}

/// The choice of a measure.
#[component]
fn Choice(
    /// The measure in view.
    measure: RwSignal<TimMeasure>,
    /// Takes the chosen measure.
    on_choose: impl Fn(TimMeasure) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    view! {
        <ChoiceCards
            choices=MEASURES.to_vec()
            name="m3h-measure"
            legend="Measure"
            chosen=move || measure.get()
            on_choose=on_choose
        />
    }
}

/// What the trainings of a measure cost, the button that starts them, and one that stops them.
#[component]
fn Trainings(
    /// The measure in view.
    measure: RwSignal<TimMeasure>,
    /// What was measured of it.
    tim: Memo<Option<protocol::Tim>>,
) -> impl IntoView {
    let studio = Studio::of_page();
    let plan = RwSignal::new(None::<TimPlan>);
    // Asked again whenever a measurement has come, and when another measure is chosen.
    Effect::new(move |_| {
        tim.track();
        let chosen = measure.get();
        let busy = studio.work.with(Option::is_some) || studio.is_training();
        if chosen.trains() && !busy {
            // Not `perform`, which would take away what is shown of an earlier failure.
            spawn_local(async move {
                match studio.plan_tim(chosen, TimOptions::default()).await {
                    // Gone with the panel where it was left meanwhile.
                    Ok(planned) => drop(plan.try_set(Some(planned))),
                    Err(error) => studio.report("The trainings could not be planned", &error),
                }
            });
        }
    });
    let left = move || {
        plan.with(|plan| {
            plan.as_ref()
                .filter(|plan| plan.measure == measure.get())
                .map(|plan| (plan.trainings - plan.finished, plan.finished, plan.at_most))
        })
    };
    let words = move |standing: Standing| match (standing, left()) {
        (Standing::Running, _) => "Training models of some of the tasks …".to_owned(),
        (Standing::Busy, _) => {
            "Something else is under way. Task interactions can be measured when it ends.".into()
        }
        (Standing::Idle, None) => "Planning the trainings …".into(),
        (Standing::Idle, Some((left, finished, at_most))) => {
            let seconds = studio
                .results
                .with(|results| results.as_ref().map_or(0.0, |results| results.seconds));
            let kept = match finished {
                0 => String::new(),
                finished => format!(
                    "{} are finished and kept. ",
                    number::counted(finished, "training", "trainings")
                ),
            };
            let most = if at_most { "At most " } else { "" };
            format!(
                "{kept}{most}{} to go, as many at a time as this machine has cores: {} of work, if each took as long as the model of all tasks did. It can be stopped, and goes on later, after a reload as well once the same model is trained.",
                number::counted(left, "training", "trainings"),
                number::duration(seconds * left as f64)
            )
        }
    };
    let open = move || {
        let settled = tim.with(|tim| tim.as_ref().is_some_and(|tim| tim.warnings.is_empty()));
        !settled && left().is_none_or(|(left, _, _)| left > 0 || tim.with(Option::is_none))
    };
    let title = move || match left() {
        Some((_, finished, _)) if finished > 0 => "Go on",
        _ => "Train and measure",
    };
    view! {
        <Show when=open>
            <LongWork
                words=words
                title=title
                stoppable=|| true
                failure="The task interactions could not be measured"
                work=move || async move {
                    let chosen = measure.get_untracked();
                    studio.measure_tim(chosen, TimOptions::default(), None).await.map(|_| ())
                }
            />
        </Show>
    }
}

/// What stands where nothing was measured yet.
#[component]
fn NotMeasured(
    /// The measure in view.
    measure: RwSignal<TimMeasure>,
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

/// The map, the graph, the sentences, the other measures and one task's page.
#[component]
fn Measured(
    /// The measurement.
    tim: Arc<protocol::Tim>,
    /// What is chosen of the view.
    view: View,
    /// The task whose page is open.
    task: RwSignal<usize>,
) -> impl IntoView {
    let studio = Studio::of_page();
    let planted = planted::of_tasks(studio, &tim);
    let outlines = RwSignal::new(!planted.is_empty());
    let outlined = {
        let planted = planted.clone();
        Signal::derive(move || match outlines.get() {
            true => planted.clone(),
            false => vec![],
        })
    };
    let departments = view::departments(studio, &tim);
    let has_departments = departments.iter().any(Option::is_some);
    let arrangement = {
        let tim = tim.clone();
        Memo::new(move |_| view::arranged(view.order.get(), &tim, &departments))
    };
    view! {
        <Warnings sentences=tim.warnings.clone()/>
        <PlantedNote tim=tim.clone() planted=planted outlined=outlines/>
        <HeatMap
            tim=tim.clone()
            arrangement=arrangement
            has_departments=has_departments
            outlined=outlined
            view=view
            task=task
        />
        <Graph tim=tim.clone() arrangement=arrangement view=view task=task/>
        <Ranked tim=tim.clone()/>
        <Measures tasks=tim.tasks.clone() arrangement=arrangement/>
        {(tim.measure != TimMeasure::Attention).then(|| view! { <Advice tim=tim.clone()/> })}
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
                    <strong>"Gain"</strong>
                    " trains a model of both tasks and one of the receiving task alone, with the same inputs, patients and settings, and compares the scores of the receiving task: the mean over three repeats from different seeds, with Student's 95 % interval. It is the wording of the paper's abstract."
                </p>
                <p>
                    <strong>"Shapley values"</strong>
                    " share out what all other tasks together bring a task: the mean of what the contributing task adds to each subset of the others. Up to five tasks all subsets are trained; of more, those along sampled orders, until the ranking has settled."
                </p>
                <p>
                    "The paper that introduced M3H (Bertsimas and Ma, arXiv 2404.18975) does not publish its formula of the task interaction measurement. All four definitions here are ours. None shows that one illness causes another: they describe this model on this cohort."
                </p>
            </div>
        </details>
    }
}
