//! What other losses would have given: rare outcomes weighed up, focal loss, learned weights of the tasks.

use leptos::prelude::*;

use super::metric;
use crate::charts::{Cell, Table};
use crate::session::protocol::{LossChoice, LossComparison, Metric};
use crate::study::{Balance, Imbalance};
use crate::ui::components::chart_figure::keep;
use crate::ui::components::long_work::{LongWork, Standing};
use crate::ui::components::number;
use crate::ui::state::Studio;

/// What differs from the model in force, in a few words.
fn title(choice: LossChoice, own: LossChoice) -> &'static str {
    match (choice.imbalance, choice.balance) {
        (_, Balance::Uncertainty) if choice.balance != own.balance => "Learned task weights",
        (_, Balance::Equal) if choice.balance != own.balance => "All tasks alike",
        (Imbalance::None, _) => "All samples alike",
        (Imbalance::Weighted, _) => "Rare outcomes weighted",
        (Imbalance::Focal, _) => "Focal loss",
    }
}

/// The section of Results that shows what the losses change.
#[component]
pub fn Losses() -> impl IntoView {
    let studio = Studio::of_page();
    let unfinished = move || {
        studio.losses.with(|told| {
            told.as_ref()
                .is_none_or(|told| told.others.len() < told.wanted)
        })
    };
    let words = move |standing: Standing| match standing {
        Standing::Running => "Training with other losses …".to_owned(),
        Standing::Busy => {
            "Something else is under way. Other losses can be tried when it ends.".into()
        }
        Standing::Idle => {
            let seconds = studio
                .results
                .with(|results| results.as_ref().map_or(0.0, |results| results.seconds));
            format!(
                "Up to three trainings, as many at a time as this machine has cores: at most {}, if each takes as long as the last one did.",
                number::duration(seconds * 3.0)
            )
        }
    };
    let title = move || match studio.losses.with(Option::is_some) {
        true => "Go on",
        false => "Try other losses",
    };
    view! {
        <section class="section" aria-labelledby="m3h-losses-title">
            <div class="section-head">
                <h2 id="m3h-losses-title">"Rare outcomes and task weights"</h2>
            </div>
            <p class="subtle">
                "What would change if rare outcomes weighed more, if decided samples weighed less (focal loss), or if the tasks' weights were learned? All are judged on the same test patients; the choice itself is in Tasks."
            </p>
            <Show when=unfinished>
                <LongWork
                    words=words
                    title=title
                    stoppable=|| true
                    failure="Other losses could not be tried"
                    work=move || async move { studio.compare_losses(None).await.map(|_| ()) }
                />
            </Show>
            {move || studio.losses.get().map(|told| view! { <Told told=told/> })}
        </section>
    }
}

/// The comparison with all digits.
pub fn losses_file(told: &LossComparison) -> Table {
    let mut table = Table::new(&[
        "Loss",
        "Task",
        "Metric",
        "In this model",
        "Difference",
        "95 % low",
        "95 % high",
    ]);
    for other in &told.others {
        let loss = title(other.choice, told.own);
        let mut push = |task: &str, name: &str, own: Option<f64>, figure: &Metric| {
            table.rows.push(vec![
                Cell::from(loss),
                Cell::from(task),
                Cell::from(metric::name(name).as_str()),
                Cell::score(own),
                Cell::score(figure.value),
                Cell::score(figure.low),
                Cell::score(figure.high),
            ]);
        };
        for (place, task) in told.tasks.iter().enumerate() {
            push(
                task,
                &told.score[place],
                told.full[place],
                &other.difference[place],
            );
            if told.brier[place].is_some() {
                push(task, "brier", told.brier[place], &other.brier[place]);
            }
        }
    }
    table
}

/// A difference in points with its interval, faded where the interval covers 0.
fn points(figure: &Metric, name: &'static str) -> impl IntoView {
    let interval = figure.low.zip(figure.high);
    let uncertain = interval.is_none_or(|(low, high)| low <= 0.0 && high >= 0.0);
    figure.value.map(|value| {
        view! {
            <span class:uncertain=uncertain class:certain=!uncertain>
                {metric::points(value)} " " {name}
            </span>
            <span class="subtle">
                {interval
                    .map(|(low, high)| format!("{} to {}", metric::points(low), metric::points(high)))}
            </span>
        }
    })
}

#[component]
fn Told(
    /// The comparison.
    told: LossComparison,
) -> impl IntoView {
    let studio = Studio::of_page();
    let file = losses_file(&told);
    let save = move |_| {
        keep(
            studio,
            "losses",
            "csv",
            "text/csv;charset=utf-8",
            &file.to_csv(),
        )
    };
    let heads = told
        .others
        .iter()
        .map(|other| view! { <th scope="col" class="numeric">{title(other.choice, told.own)}</th> })
        .collect_view();
    let rows = told
        .tasks
        .iter()
        .enumerate()
        .map(|(place, task)| {
            let cells = told
                .others
                .iter()
                .map(|other| {
                    let brier = told.brier[place].is_some().then(|| points(&other.brier[place], "Brier"));
                    view! {
                        <td class="numeric">{points(&other.difference[place], "")} {brier}</td>
                    }
                })
                .collect_view();
            let score = &told.score[place];
            let own = told.full[place].map(|value| metric::value(score, value));
            let brier = told.brier[place].map(|value| format!("Brier {}", metric::value("brier", value)));
            view! {
                <tr>
                    <th scope="row">{task.clone()} <span class="subtle">{metric::name(score)}</span></th>
                    <td class="numeric wide-only">{own} <span class="subtle">{brier}</span></td>
                    {cells}
                </tr>
            }
        })
        .collect_view();
    let means = told
        .others
        .iter()
        .map(|other| view! { <td class="numeric">{points(&other.mean, "")}</td> })
        .collect_view();
    view! {
        <super::Warnings sentences=told.warnings.clone()/>
        <div class="section-head">
            <p class="subtle">
                "Points (hundredths) that a task's score gains with the other loss, with 95 % interval, faded where the interval covers 0; below, what its Brier score changes by, where less is better."
            </p>
            <button type="button" class="button small" on:click=save>
                "Save as CSV"
            </button>
        </div>
        <div class="table-wrap" tabindex="0" role="group" aria-label="Other losses">
            <table class="ablation">
                <thead>
                    <tr>
                        <th scope="col">"Task"</th>
                        <th scope="col" class="numeric wide-only">"This model"</th>
                        {heads}
                    </tr>
                </thead>
                <tbody>
                    {rows}
                    <tr class="mean">
                        <th scope="row">
                            "Mean" <span class="subtle">"over the tasks with labels"</span>
                        </th>
                        <td class="wide-only"></td>
                        {means}
                    </tr>
                </tbody>
            </table>
        </div>
    }
}
