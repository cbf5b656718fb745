//! The panel Train: start, pause, stop, and the scores as they come.

mod curves;
mod plan;

use leptos::prelude::*;

use crate::study::Study;
use crate::ui::components::notice::Sentences;
use crate::ui::components::number;
use crate::ui::components::work::ProgressBar;
use crate::ui::state::{Studio, Training};
use curves::Curves;
use plan::Plan;

/// What the panel can be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing was trained yet.
    Before,
    /// Training runs.
    Running,
    /// Training runs and is paused.
    Paused,
    /// Training was told to stop.
    Stopping,
    /// Training has ended with results.
    Ended,
    /// Training has failed.
    Failed,
}

fn stage(studio: Studio) -> Stage {
    let results = studio.results.with(Option::is_some);
    studio
        .training
        .with(|training| match (training.as_ref(), results) {
            (Some(training), _) if training.running => {
                if training.stopping {
                    Stage::Stopping
                } else if training.paused {
                    Stage::Paused
                } else {
                    Stage::Running
                }
            }
            (Some(training), _) if training.failure.is_some() => Stage::Failed,
            (_, true) => Stage::Ended,
            _ => Stage::Before,
        })
}

/// The panel Train.
#[component]
pub fn Train() -> impl IntoView {
    let studio = Studio::of_page();
    let stage = Memo::new(move |_| stage(studio));
    let running = move || {
        matches!(
            stage.get(),
            Stage::Running | Stage::Paused | Stage::Stopping
        )
    };
    view! {
        <div class="panel">
            <header class="panel-head">
                <div>
                    <h1 class="panel-title" tabindex="-1">"Train"</h1>
                    <p class="lead">
                        "One model learns all tasks at once, on this device. It keeps the weights of the epoch with the best validation score."
                    </p>
                </div>
                <Controls stage=stage/>
            </header>
            <Interrupted/>
            <Show when=running>
                <Live/>
            </Show>
            <Show when=move || stage.get() == Stage::Ended>
                <Ended/>
            </Show>
            <Show when=move || stage.get() == Stage::Failed>
                <Failed/>
            </Show>
            <Curves/>
            <Plan/>
        </div>
    }
}

/// What happened on the way, where the engine was lost.
#[component]
fn Interrupted() -> impl IntoView {
    let studio = Studio::of_page();
    let interrupted = of_training(studio, |training| training.interrupted.clone());
    move || {
        let text = interrupted.get().flatten();
        text.map(|text| view! { <p class="notice">{text}</p> })
    }
}

/// Start, pause and stop.
#[component]
fn Controls(
    /// What the training is in.
    stage: Memo<Stage>,
) -> impl IntoView {
    let studio = Studio::of_page();
    let start = move |_| {
        studio.perform("Training could not be finished", async move {
            studio.train(None).await
        });
    };
    let pause = move |paused: bool| {
        studio.perform("Training could not be paused", async move {
            studio.pause(paused).await
        });
    };
    let stop = move |_| {
        studio.perform("Training could not be stopped", async move {
            studio.stop().await
        });
    };
    let idle = move || matches!(stage.get(), Stage::Before | Stage::Ended | Stage::Failed);
    view! {
        <div class="actions">
            <Show
                when=idle
                fallback=move || {
                    view! {
                        <button
                            type="button"
                            class="button"
                            disabled=move || stage.get() == Stage::Stopping
                            on:click=move |_| pause(stage.get_untracked() != Stage::Paused)
                        >
                            {move || if stage.get() == Stage::Paused { "Go on" } else { "Pause" }}
                        </button>
                        <button
                            type="button"
                            class="button danger"
                            disabled=move || stage.get() == Stage::Stopping
                            on:click=stop
                        >
                            {move || {
                                if stage.get() == Stage::Stopping {
                                    "Stopping …"
                                } else {
                                    "Stop and keep the best"
                                }
                            }}
                        </button>
                    }
                }
            >
                <button
                    type="button"
                    class="button"
                    class:primary=move || stage.get() != Stage::Ended
                    disabled=move || studio.work.with(Option::is_some)
                    on:click=start
                >
                    {move || if stage.get() == Stage::Before { "Start training" } else { "Train again" }}
                </button>
            </Show>
        </div>
    }
}

/// A part of the training's state; recomputed on each message, passed on only when it changes.
fn of_training<T: PartialEq + Send + Sync + 'static>(
    studio: Studio,
    read: impl Fn(&Training) -> T + Send + Sync + 'static,
) -> Memo<Option<T>> {
    Memo::new(move |_| {
        studio
            .training
            .with(|training| training.as_ref().map(&read))
    })
}

/// How far the running training is.
#[component]
fn Live() -> impl IntoView {
    let studio = Studio::of_page();
    let headline = of_training(studio, |training| {
        if training.stopping {
            return "Stopping after this step; the best weights are kept.".to_string();
        }
        let state = if training.paused {
            "Paused"
        } else {
            "Training"
        };
        match (&training.preparing, &training.latest) {
            (Some((label, _)), _) => label.clone(),
            (None, Some(latest)) => format!(
                "{state}: epoch {} of {}",
                (latest.epoch + usize::from(latest.step > 0)).clamp(1, latest.epochs.max(1)),
                latest.epochs
            ),
            (None, None) => "Starting …".to_string(),
        }
    });
    let done = of_training(studio, |training| {
        match (&training.preparing, &training.latest) {
            (Some((_, done)), _) => Some(percent_of(*done)),
            (None, Some(latest)) if latest.epochs > 0 => {
                let part = latest.step as f64 / latest.steps.max(1) as f64;
                Some(percent_of(
                    (latest.epoch as f64 + part) / latest.epochs as f64,
                ))
            }
            _ => None,
        }
    });
    let figure = move |read: fn(&crate::session::protocol::TrainingProgress) -> Option<String>| {
        let text = of_training(studio, move |training| {
            training.latest.as_ref().and_then(read)
        });
        move || text.get().flatten().unwrap_or_else(|| "–".to_string())
    };
    let share = Signal::derive(move || done.get().flatten().map(|percent| percent / 100.0));
    view! {
        <section class="card live" aria-label="Progress of the training">
            <p class="work-title" role="status">{move || headline.get()}</p>
            <ProgressBar done=share label="Training"/>
            <dl class="figures">
                <div>
                    <dt>"Training loss"</dt>
                    <dd>{figure(|latest| latest.loss.map(|loss| number::decimal(loss, 3)))}</dd>
                </div>
                <div>
                    <dt>"Mean validation score"</dt>
                    <dd>{figure(|latest| latest.mean_score.map(|score| number::decimal(score, 3)))}</dd>
                </div>
                <div>
                    <dt>"Best epoch so far"</dt>
                    <dd>{figure(|latest| (latest.best_epoch > 0).then(|| latest.best_epoch.to_string()))}</dd>
                </div>
                <div>
                    <dt>"Samples a second"</dt>
                    <dd>
                        {figure(|latest| {
                            (latest.samples_per_second > 0.0)
                                .then(|| number::quantity(latest.samples_per_second.round()))
                        })}
                    </dd>
                </div>
                <div>
                    <dt>"Time left at most"</dt>
                    <dd>
                        {figure(|latest| {
                            (latest.epoch + latest.step > 0).then(|| number::duration(latest.seconds_left))
                        })}
                    </dd>
                </div>
            </dl>
        </section>
    }
}

fn percent_of(share: f64) -> f64 {
    (share.clamp(0.0, 1.0) * 100.0).round()
}

/// Why training ended, and the way to the results.
#[component]
fn Ended() -> impl IntoView {
    let studio = Studio::of_page();
    let summary = Memo::new(move |_| {
        studio.results.with(|results| {
            results.as_ref().map(|results| {
                (
                    results.ended.clone(),
                    format!(
                        "{} in {}, {} samples a second. The weights of epoch {} are in force.",
                        number::counted(results.epochs, "epoch", "epochs"),
                        number::duration(results.seconds),
                        number::quantity(results.samples_per_second.round()),
                        results.best_epoch
                    ),
                )
            })
        })
    });
    view! {
        <section class="notice notice-good" aria-label="Training has ended">
            <div>
                <p class="notice-title">
                    {move || summary.get().map(|(ended, _)| ended)}
                </p>
                <p>{move || summary.get().map(|(_, text)| text)}</p>
            </div>
            <div class="actions">
                <a class="button primary" href="#results">"See the results"</a>
            </div>
        </section>
    }
}

/// Why training failed; what is open stays.
#[component]
fn Failed() -> impl IntoView {
    let studio = Studio::of_page();
    let failure = Memo::new(move |_| {
        studio.training.with(|training| {
            training
                .as_ref()
                .and_then(|training| training.failure.clone())
        })
    });
    view! {
        <section class="notice notice-bad">
            <div>
                <p class="notice-title">"Training has ended with an error"</p>
                {move || failure.get().map(|text| view! { <Sentences text=text/> })}
                <p class="subtle">
                    {move || {
                        if studio.results.with(Option::is_some) {
                            "The cohort, the study and the results of the last good training are as they were."
                        } else {
                            "The cohort and the study are as they were."
                        }
                    }}
                </p>
            </div>
        </section>
    }
}

/// The study that is shown: the one in force, or nothing.
fn study_in_force(studio: Studio) -> Memo<Option<Study>> {
    Memo::new(move |_| studio.study.get())
}
