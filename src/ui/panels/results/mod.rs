//! The panel Results: every task judged on patients that the model has not seen.

pub mod ablation;
pub mod comparison;
pub mod losses;
pub mod metric;
pub mod overview;
pub mod repetition;
mod subgroups;
pub mod task;
mod threshold;

use leptos::prelude::*;

use crate::session::protocol;
use crate::ui::components::chart_figure::keep;
use crate::ui::components::model_file::ExportModelButton;
use crate::ui::components::number;
use crate::ui::report;
use crate::ui::state::Studio;
use ablation::AblationTable;
use comparison::SingleTasks;
use losses::Losses;
use overview::Overview;
use repetition::TrainedAgain;
use subgroups::Groups;
use task::TaskPage;

/// The panel Results.
#[component]
pub fn Results() -> impl IntoView {
    let studio = Studio::of_page();
    let chosen = RwSignal::new(0usize);
    let results = Memo::new(move |_| studio.results.get());
    // Whether the patients behind the figures are here, so that more can be measured.
    let here = move || !studio.from_file.get();
    // Where results can only be looked at, what was not computed is not shown.
    let may_train = !studio.readonly;
    view! {
        <div class="panel">
            <header class="panel-head">
                <div>
                    <h1 class="panel-title" tabindex="-1">"Results"</h1>
                    <p class="lead">
                        "How well each task is predicted for patients that the model has not seen. Ranges are 95 % intervals; the wider, the less the test set can say."
                    </p>
                </div>
                <div class="actions">
                    <SaveReport/> <ExportModelButton/>
                </div>
            </header>
            <Show when=move || studio.from_file.get()>
                <div class="notice">
                    <div>
                        <p class="notice-title">"This model was opened from a file"</p>
                        <p>
                            "These are the figures that it was exported with. The patients behind them are not here, so nothing further can be measured; it can predict for new files."
                        </p>
                    </div>
                    <a class="button" href="#predict">"Go to Predict"</a>
                </div>
            </Show>
            <Show when=move || studio.results_are_stale()>
                <div class="notice notice-warn">
                    <div>
                        <p class="notice-title">"The study has changed since this training"</p>
                        <p>"These results belong to the study as it was then. Train again to judge the new one."</p>
                    </div>
                    <a class="button" href="#train">"Go to the training"</a>
                </div>
            </Show>
            {move || {
                results
                    .get()
                    .map(|results| {
                        if chosen.get_untracked() >= results.tasks.len() {
                            chosen.set(0);
                        }
                        view! {
                            <Sets results=results.clone()/>
                            <Warnings sentences=results.warnings.clone()/>
                            <Overview results=results.clone() chosen=chosen/>
                            <Show when=move || {
                                here() && (may_train || studio.comparison.with(|all| !all.is_empty()))
                            }>
                                <SingleTasks/>
                            </Show>
                            <Show when=move || {
                                here() && (may_train || studio.repetition.with(|all| !all.is_empty()))
                            }>
                                <TrainedAgain/>
                            </Show>
                            <Show when=move || {
                                here() && (may_train || studio.losses.with(Option::is_some))
                            }>
                                <Losses/>
                            </Show>
                            <Show when=move || {
                                here() && (may_train || studio.ablation.with(|all| !all.is_empty()))
                            }>
                                <AblationTable/>
                            </Show>
                            <TaskPage results=results chosen=chosen/>
                            <Show when=move || !studio.from_file.get()>
                                <Groups chosen=chosen/>
                            </Show>
                        }
                    })
            }}
            <p class="subtle">
                "Research use only: these figures describe this cohort and this split, not how a decision would turn out in care."
            </p>
        </div>
    }
}

/// Sizes of the three sets, and what was trained.
#[component]
fn Sets(
    /// The results.
    results: protocol::Results,
) -> impl IntoView {
    let figures = [
        ("Training samples", number::count(results.samples.training)),
        (
            "Validation samples",
            number::count(results.samples.validation),
        ),
        ("Test samples", number::count(results.samples.test)),
        ("Tasks", number::count(results.tasks.len())),
        (
            "Best epoch",
            format!("{} of {}", results.best_epoch, results.epochs),
        ),
        ("Weights", number::count(results.weights)),
    ];
    view! {
        <section class="section" aria-label="Sizes">
            <dl class="figures">
                {figures
                    .into_iter()
                    .map(|(name, value)| view! { <div><dt>{name}</dt><dd>{value}</dd></div> })
                    .collect_view()}
            </dl>
            <p class="subtle">
                {format!(
                    "Trained in {} on {} from {}. {}",
                    number::duration(results.seconds),
                    results.device.name,
                    listed(&results.sources),
                    results.ended,
                )}
            </p>
        </section>
    }
}

/// Names as a list in a sentence: `a, b and c`.
pub fn listed(names: &[String]) -> String {
    match names {
        [] => "nothing".to_string(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// What the reader should know.
#[component]
pub fn Warnings(
    /// One sentence each.
    sentences: Vec<String>,
) -> impl IntoView {
    (!sentences.is_empty()).then(|| {
        view! {
            <div class="notice notice-warn">
                <div>
                    <p class="notice-title">"Please note"</p>
                    <ul>
                        {sentences.into_iter().map(|text| view! { <li>{text}</li> }).collect_view()}
                    </ul>
                </div>
            </div>
        }
    })
}

/// Saves the report, to read or to compute with.
#[component]
fn SaveReport() -> impl IntoView {
    let studio = Studio::of_page();
    let save = move |json: bool| {
        let made = match json {
            true => report::json(studio),
            false => report::html(studio),
        };
        match made {
            Ok(text) if json => keep(studio, "report", "json", "application/json", &text),
            Ok(text) => keep(studio, "report", "html", "text/html;charset=utf-8", &text),
            Err(error) => studio.report("The report could not be made", &error),
        }
    };
    view! {
        <button type="button" class="button" on:click=move |_| save(false)>
            "Save the report"
        </button>
        <button type="button" class="button quiet" on:click=move |_| save(true)>
            "As JSON"
        </button>
    }
}
