//! Loss and validation scores by epoch, redrawn a few times a second at most.

use std::sync::Arc;

use gloo::timers::callback::Timeout;
use leptos::prelude::*;

use crate::charts::{TrainingLoss, TrainingScores};
use crate::session::protocol::TrainingProgress;
use crate::ui::components::chart_figure::{ChartFigure, SharedChart, chart_theme};
use crate::ui::components::number;
use crate::ui::panels::results::metric;
use crate::ui::state::{Studio, now_ms};

/// Least time between two drawings of the curves.
const REDRAW_MS: f64 = 400.0;

/// What the curves show.
#[derive(Debug, Clone, PartialEq, Default)]
struct History {
    tasks: Vec<String>,
    /// Names of the tasks' scores in the results.
    metrics: Vec<String>,
    losses: Vec<f64>,
    scores: Vec<Vec<Option<f64>>>,
    means: Vec<Option<f64>>,
    epochs: usize,
    best_epoch: Option<usize>,
}

impl History {
    fn of_training(epochs: &[TrainingProgress], running: bool) -> Option<History> {
        let last = epochs.last()?;
        Some(History {
            tasks: last.scores.iter().map(|task| task.name.clone()).collect(),
            metrics: last.scores.iter().map(|task| task.score.clone()).collect(),
            losses: epochs
                .iter()
                .map(|epoch| epoch.loss.unwrap_or(f64::NAN))
                .collect(),
            scores: epochs
                .iter()
                .map(|epoch| epoch.scores.iter().map(|task| task.value).collect())
                .collect(),
            means: epochs.iter().map(|epoch| epoch.mean_score).collect(),
            epochs: if running { last.epochs } else { epochs.len() },
            best_epoch: (last.best_epoch > 0).then_some(last.best_epoch),
        })
    }

    /// The training under way or the last one; without messages of it, what the results tell.
    fn now(studio: Studio) -> Option<History> {
        let live = studio.training.with_untracked(|training| {
            training
                .as_ref()
                .and_then(|training| History::of_training(&training.epochs, training.running))
        });
        live.or_else(|| {
            studio.results.with_untracked(|results| {
                let results = results.as_ref()?;
                Some(History {
                    tasks: results.tasks.iter().map(|task| task.name.clone()).collect(),
                    metrics: results
                        .tasks
                        .iter()
                        .map(|task| task.score.clone())
                        .collect(),
                    losses: results.history.iter().map(|entry| entry.loss).collect(),
                    scores: results
                        .history
                        .iter()
                        .map(|entry| entry.scores.clone())
                        .collect(),
                    means: results
                        .history
                        .iter()
                        .map(|entry| entry.mean_score)
                        .collect(),
                    epochs: results.history.len(),
                    best_epoch: Some(results.best_epoch),
                })
            })
        })
    }

    fn latest(&self, task: usize) -> Option<f64> {
        self.scores.last()?.get(task).copied().flatten()
    }

    fn best(&self, task: usize) -> Option<f64> {
        self.scores
            .iter()
            .filter_map(|scores| scores.get(task).copied().flatten())
            .max_by(f64::total_cmp)
    }
}

/// Curves as they are drawn: follows the training, but no more often than a few times a second.
fn followed(studio: Studio) -> RwSignal<Option<History>> {
    let shown = RwSignal::new(None::<History>);
    let drawn_ms = StoredValue::new(f64::NEG_INFINITY);
    let waiting = StoredValue::new(false);
    let state = Memo::new(move |_| {
        let training = studio.training.with(|training| {
            training
                .as_ref()
                .map(|training| (training.running, training.epochs.len()))
        });
        (training, studio.results.with(Option::is_some))
    });
    Effect::new(move |_| {
        state.get();
        if waiting.get_value() {
            return;
        }
        let draw = move || {
            // The panel may have gone while the timer ran.
            if drawn_ms.try_set_value(now_ms()).is_none() {
                waiting.set_value(false);
                shown.set(History::now(studio));
            }
        };
        let wait = REDRAW_MS - (now_ms() - drawn_ms.get_value());
        if wait <= 0.0 {
            draw();
        } else {
            waiting.set_value(true);
            Timeout::new(wait.ceil() as u32, draw).forget();
        }
    });
    shown
}

/// The curves with the tasks' scores beside them.
#[component]
pub fn Curves() -> impl IntoView {
    let studio = Studio::of_page();
    let history = followed(studio);
    let highlight = RwSignal::new(None::<usize>);
    let loss = Signal::derive(move || {
        let chart = history.with(|history| {
            let history = history.as_ref();
            TrainingLoss {
                losses: history.map_or_else(Vec::new, |history| history.losses.clone()),
                epochs: history.map_or(0, |history| history.epochs),
                best_epoch: history.and_then(|history| history.best_epoch),
            }
        });
        Arc::new(chart) as SharedChart
    });
    let scores = Signal::derive(move || {
        let history = history.get().unwrap_or_default();
        Arc::new(TrainingScores {
            tasks: history.tasks,
            scores: history.scores,
            means: history.means,
            epochs: history.epochs,
            best_epoch: history.best_epoch,
            highlight: highlight.get(),
        }) as SharedChart
    });
    let any = Memo::new(move |_| history.with(Option::is_some));
    view! {
        <Show when=move || any.get()>
            <h2 class="hidden-text">"Learning curves"</h2>
            <div class="curves">
                <div class="card">
                    <ChartFigure
                        chart=loss
                        hint="Mean over the training samples of an epoch. It falls while the model learns; lower means nothing by itself."
                    />
                </div>
                <div class="card">
                    <ChartFigure
                        chart=scores
                        hint="On patients that weights are not learned from. Each task has its own score; the dashed line is their mean, which decides when to stop."
                    />
                </div>
                <TaskScores history=history highlight=highlight/>
            </div>
        </Show>
    }
}

/// The tasks' scores, which bring their curve forward.
#[component]
fn TaskScores(
    /// What is shown.
    history: RwSignal<Option<History>>,
    /// The task brought forward.
    highlight: RwSignal<Option<usize>>,
) -> impl IntoView {
    let theme = chart_theme();
    let names = Memo::new(move |_| {
        history.with(|history| {
            history.as_ref().map_or_else(Vec::new, |history| {
                history
                    .tasks
                    .iter()
                    .cloned()
                    .zip(history.metrics.iter().cloned())
                    .collect::<Vec<_>>()
            })
        })
    });
    let text = |value: Option<f64>| value.map_or("–".to_string(), |v| number::decimal(v, 3));
    let row = move |(task, name, score): (usize, String, String)| {
        let latest = Memo::new(move |_| history.with(|h| h.as_ref().and_then(|h| h.latest(task))));
        let best = Memo::new(move |_| history.with(|h| h.as_ref().and_then(|h| h.best(task))));
        let colour = move || {
            let theme = theme.get();
            let coloured = names.with(Vec::len) <= theme.series.len();
            match (coloured, highlight.get() == Some(task)) {
                (true, _) => theme.series_colour(task).css(),
                (false, true) => theme.accent.css(),
                (false, false) => theme.muted.css(),
            }
        };
        let press = move |_| {
            highlight.update(|now| *now = (*now != Some(task)).then_some(task));
        };
        view! {
            <tr class:chosen=move || highlight.get() == Some(task)>
                <th scope="row">
                    <button
                        type="button"
                        class="legend"
                        aria-pressed=move || (highlight.get() == Some(task)).to_string()
                        on:click=press
                    >
                        <svg viewBox="0 0 14 4" width="14" height="4" aria-hidden="true">
                            <rect width="14" height="4" rx="2" fill=colour></rect>
                        </svg>
                        <span>{name}</span>
                    </button>
                </th>
                <td class="wide-only">{metric::name(&score)}</td>
                <td class="numeric">{move || text(latest.get())}</td>
                <td class="numeric">{move || text(best.get())}</td>
            </tr>
        }
    };
    view! {
        <div class="table-wrap task-scores" tabindex="0" role="group" aria-label="Validation scores now">
            <table>
                <caption>"Press a task to bring its curve forward."</caption>
                <thead>
                    <tr>
                        <th scope="col">"Task"</th>
                        <th scope="col" class="wide-only">"Score"</th>
                        <th scope="col" class="numeric">"Now"</th>
                        <th scope="col" class="numeric">"Best"</th>
                    </tr>
                </thead>
                <tbody>
                    {move || {
                        names
                            .get()
                            .into_iter()
                            .enumerate()
                            .map(|(task, (name, score))| row((task, name, score)))
                            .collect_view()
                    }}
                </tbody>
            </table>
        </div>
    }
}
