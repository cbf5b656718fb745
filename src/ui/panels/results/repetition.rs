//! The model's study trained again, on other folds or from other seeds.

use leptos::prelude::*;

use super::metric;
use crate::charts::{Cell, Table};
use crate::session::protocol::{Over, RepeatedTask, Repetition};
use crate::study::defaults::FOLDS;
use crate::ui::components::chart_figure::keep;
use crate::ui::components::choice::ChoiceCards;
use crate::ui::components::long_work::{LongWork, Standing};
use crate::ui::components::number;
use crate::ui::panels::predict::{prediction_columns, prediction_file};
use crate::ui::state::Studio;

/// What differs between the trainings: a title and what it means.
const CHOICES: [(Over, &str, &str); 2] = [
    (
        Over::Folds,
        "On other patients (folds)",
        "The patients are divided into parts, and each part is tested once by a model that has learned from the others: every patient has a say in the scores.",
    ),
    (
        Over::Seeds,
        "From other seeds",
        "The same study with another split, other first weights and another order: how far the scores depend on chance.",
    ),
];

/// The section of Results that tells how far the scores depend on the split and the seed.
#[component]
pub fn TrainedAgain() -> impl IntoView {
    let studio = Studio::of_page();
    let kept = studio
        .repetition
        .with_untracked(|all| all.keys().next().copied());
    let over = RwSignal::new(kept.unwrap_or_default());
    let told = Memo::new(move |_| studio.repetition.with(|all| all.get(&over.get()).cloned()));
    let unfinished = move || {
        told.with(|told| {
            told.as_ref()
                .is_none_or(|told| told.runs.len() < told.wanted)
        })
    };
    view! {
        <section class="section" aria-labelledby="m3h-repetition-title">
            <div class="section-head">
                <h2 id="m3h-repetition-title">"Trained again"</h2>
            </div>
            <p class="subtle">
                "Would another split or another seed have given other scores? The model in force stays as it is."
            </p>
            <ChoiceCards
                choices=CHOICES.to_vec()
                name="m3h-over"
                legend="What differs between the trainings"
                chosen=move || over.get()
                on_choose=move |chosen| over.set(chosen)
            />
            <Show when=unfinished>
                <Start over=over/>
            </Show>
            {move || told.get().map(|told| view! { <Told repetition=told/> })}
        </section>
    }
}

/// What starts the trainings, and stops them.
#[component]
fn Start(
    /// What is to differ.
    over: RwSignal<Over>,
) -> impl IntoView {
    let studio = Studio::of_page();
    let standing_of = move || {
        studio.repetition.with(|all| {
            all.get(&over.get())
                .map(|told| (told.wanted, told.runs.len()))
        })
    };
    let words = move |standing: Standing| {
        let (folds, seconds) = studio.results.with(|results| {
            results.as_ref().map_or((None, 0.0), |results| {
                (results.study.split.folds, results.seconds)
            })
        });
        let proposed = folds.filter(|_| over.get() == Over::Folds);
        let fresh = (proposed.unwrap_or(FOLDS.default as usize), 0);
        let (wanted, done) = standing_of().unwrap_or(fresh);
        let left = wanted - done;
        match standing {
            Standing::Running => "Training again …".to_owned(),
            Standing::Busy => {
                "Something else is under way. Training again is possible when it ends.".into()
            }
            Standing::Idle => format!(
                "{left} trainings, as many at a time as this machine has cores: at most {}, if each takes as long as the last one did.",
                number::duration(seconds * left as f64)
            ),
        }
    };
    let title = move || match (standing_of(), over.get()) {
        (Some(_), _) => "Go on",
        (None, Over::Folds) => "Train on each fold",
        (None, Over::Seeds) => "Train from further seeds",
    };
    view! {
        <LongWork
            words=words
            title=title
            stoppable=|| true
            failure="The study could not be trained again"
            work=move || async move {
                // What was begun goes on with as many trainings.
                let wanted = standing_of().map(|(wanted, _)| wanted);
                studio.repeat(over.get_untracked(), wanted, None).await.map(|_| ())
            }
        />
    }
}

/// All figures of the repetition with all digits.
pub fn repetition_file(repetition: &Repetition) -> Table {
    let mut columns = vec!["Task", "Metric", "Mean", "95 % low", "95 % high"];
    columns.extend(["Standard deviation", "Lowest", "Highest"]);
    let folds = repetition.over == Over::Folds;
    if folds {
        columns.extend(["All folds together", "95 % low (together)"]);
        columns.extend(["95 % high (together)", "Labelled samples"]);
    }
    columns.extend(repetition.runs.iter().map(|run| run.name.as_str()));
    let mut table = Table::new(&columns);
    for (place, task) in repetition.tasks.iter().enumerate() {
        let mut cells = vec![
            Cell::from(task.name.as_str()),
            Cell::from(metric::name(&task.score).as_str()),
        ];
        let spread = [task.mean.value, task.mean.low, task.mean.high];
        cells.extend(spread.map(Cell::score));
        cells.extend([task.deviation, task.lowest, task.highest].map(Cell::score));
        if folds {
            let together = task.pooled.get(&task.score);
            let figure = |of: fn(&crate::session::protocol::Metric) -> Option<f64>| {
                Cell::score(together.and_then(of))
            };
            cells.extend([figure(|m| m.value), figure(|m| m.low), figure(|m| m.high)]);
            cells.push(Cell::Count(task.labelled));
        }
        let scores = repetition.runs.iter();
        cells.extend(scores.map(|run| Cell::score(run.scores.get(place).copied().flatten())));
        table.rows.push(cells);
    }
    table
}

/// The scores of all trainings.
#[component]
fn Told(
    /// The repetition.
    repetition: Repetition,
) -> impl IntoView {
    let studio = Studio::of_page();
    let folds = repetition.over == Over::Folds;
    let file = repetition_file(&repetition);
    let stem = if folds { "folds" } else { "seeds" };
    let save = move |_| {
        keep(
            studio,
            stem,
            "csv",
            "text/csv;charset=utf-8",
            &file.to_csv(),
        )
    };
    let save_predictions = move |_| {
        studio.perform("The predictions could not be saved", async move {
            let predictions = studio.out_of_fold().await?;
            let columns = studio.results.with_untracked(|results| {
                prediction_columns(&predictions, results.as_ref().map(|results| &results.study))
            });
            let table = prediction_file(&predictions, &columns);
            keep(
                studio,
                "out-of-fold-predictions",
                "csv",
                "text/csv;charset=utf-8",
                &table.to_csv(),
            );
            Ok(())
        });
    };
    let runs = repetition.runs.iter();
    let names = runs
        .map(|run| {
            view! { <th scope="col" class="numeric wide-only">{run.name.clone()}</th> }
        })
        .collect_view();
    let rows = repetition
        .tasks
        .iter()
        .enumerate()
        .map(|(place, task)| {
            let scores = repetition
                .runs
                .iter()
                .map(|run| run.scores.get(place).copied().flatten())
                .collect();
            view! { <TaskLine task=task.clone() scores=scores folds=folds/> }
        })
        .collect_view();
    let explained = if folds {
        "Mean over the folds with the 95 % interval of their mean (Student's t; folds share training patients, so it is rather too narrow), and the score of all patients together, each predicted by the fold that has not seen them, with a bootstrap interval by person."
    } else {
        "Mean over the seeds with the 95 % interval of their mean (Student's t), and the lowest and highest score. Splits overlap, so the interval is rather too narrow."
    };
    view! {
        <super::Warnings sentences=repetition.warnings.clone()/>
        <div class="section-head">
            <p class="subtle">{explained}</p>
            <div class="actions">
                <button type="button" class="button small" on:click=save>
                    "Save as CSV"
                </button>
                {folds
                    .then(|| {
                        view! {
                            <button type="button" class="button small" on:click=save_predictions>
                                "Save out-of-fold predictions"
                            </button>
                        }
                    })}
            </div>
        </div>
        <div class="table-wrap" tabindex="0" role="group" aria-label="Trained again">
            <table class="ablation repetition">
                <thead>
                    <tr>
                        <th scope="col">"Task"</th>
                        <th scope="col" class="numeric">"Mean"</th>
                        <th scope="col" class="numeric">
                            {if folds { "All patients together" } else { "Lowest to highest" }}
                        </th>
                        {names}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}

/// One task's scores.
#[component]
fn TaskLine(
    /// The task.
    task: RepeatedTask,
    /// Its score in each training.
    scores: Vec<Option<f64>>,
    /// Whether the trainings are folds.
    folds: bool,
) -> impl IntoView {
    let shown = |value: Option<f64>| {
        value.map_or_else(|| "–".to_owned(), |value| metric::value(&task.score, value))
    };
    let figure = |figure: Option<&crate::session::protocol::Metric>| {
        let figure = figure?;
        Some(view! {
            {shown(figure.value)}
            <span class="subtle">{metric::interval(&task.score, figure)}</span>
        })
    };
    let second = if folds {
        match task.pooled.get(&task.score) {
            Some(together) => figure(Some(together)).into_any(),
            None => view! { <span class="subtle reason">"Groups differ from fold to fold"</span> }
                .into_any(),
        }
    } else {
        format!("{} to {}", shown(task.lowest), shown(task.highest)).into_any()
    };
    let each = scores
        .into_iter()
        .map(|score| view! { <td class="numeric wide-only">{shown(score)}</td> })
        .collect_view();
    view! {
        <tr>
            <th scope="row">
                {task.name.clone()} <span class="subtle">{metric::name(&task.score)}</span>
            </th>
            <td class="numeric">{figure(Some(&task.mean))}</td>
            <td class="numeric">{second}</td>
            {each}
        </tr>
    }
}
