//! What each modality adds to each task.

use leptos::prelude::*;

use super::metric;
use crate::charts::{Cell, Table};
use crate::session::protocol::{Ablation, AblationMethod, Metric};
use crate::ui::components::chart_figure::keep;
use crate::ui::components::choice::ChoiceCards;
use crate::ui::components::long_work::{LongWork, Standing};
use crate::ui::components::number;
use crate::ui::panels::data::modality_title;
use crate::ui::state::Studio;

/// A way of taking a modality away: its title and what it means.
const METHODS: [(AblationMethod, &str, &str); 2] = [
    (
        AblationMethod::Occlude,
        "Hide it from this model",
        "The trained model is told that no test patient has the modality. Quick. It shows what this model leans on.",
    ),
    (
        AblationMethod::Retrain,
        "Train without it",
        "Another model is trained without the modality, from the same seed on the same patients. It shows what the modality is worth when the others may make up for it.",
    ),
];

/// The section of Results that compares the modalities.
#[component]
pub fn AblationTable() -> impl IntoView {
    let studio = Studio::of_page();
    let kept = studio
        .ablation
        .with_untracked(|all| all.keys().next().copied());
    let method = RwSignal::new(kept.unwrap_or_default());
    let measured = Memo::new(move |_| studio.ablation.with(|all| all.get(&method.get()).cloned()));
    view! {
        <section class="section" aria-labelledby="m3h-ablation-title">
            <div class="section-head">
                <h2 id="m3h-ablation-title">"What each modality adds"</h2>
            </div>
            <ChoiceCards
                choices=METHODS.to_vec()
                name="m3h-ablation"
                legend="How a modality is taken away"
                chosen=move || method.get()
                on_choose=move |chosen| method.set(chosen)
            />
            {move || match measured.get() {
                Some(ablation) => view! { <Measured ablation=ablation/> }.into_any(),
                None => view! { <NotMeasured method=method/> }.into_any(),
            }}
        </section>
    }
}

/// What stands where nothing was compared yet.
#[component]
fn NotMeasured(
    /// The way in view.
    method: RwSignal<AblationMethod>,
) -> impl IntoView {
    let studio = Studio::of_page();
    let words = move |standing: Standing| {
        let (trainings, seconds) = studio.results.with(|results| {
            results
                .as_ref()
                .map_or((0, 0.0), |results| (results.sources.len(), results.seconds))
        });
        match (standing, method.get()) {
            (Standing::Busy, _) => {
                "Something else is under way. The modalities can be compared when it ends.".into()
            }
            (Standing::Running, _) => "Comparing …".into(),
            (Standing::Idle, AblationMethod::Occlude) => {
                "One pass over the test set for each modality: a few seconds.".into()
            }
            (Standing::Idle, AblationMethod::Retrain) => format!(
                "{trainings} trainings: about {}, if each takes as long as the last one did.",
                number::duration(seconds * trainings as f64)
            ),
        }
    };
    view! {
        <LongWork
            words=words
            title=|| "Compare the modalities"
            stoppable=move || method.get() == AblationMethod::Retrain
            failure="The modalities could not be compared"
            work=move || async move { studio.ablate(method.get_untracked()).await.map(|_| ()) }
        />
    }
}

/// The ablation with all digits.
pub fn ablation_file(ablation: &Ablation) -> Table {
    let mut table = Table::new(&[
        "Task",
        "Metric",
        "With everything",
        "Modality",
        "Test samples that have it",
        "Without it",
        "Without it, 95 % low",
        "Without it, 95 % high",
        "It adds",
        "It adds, 95 % low",
        "It adds, 95 % high",
        "Not defined because",
    ]);
    for (place, task) in ablation.tasks.iter().enumerate() {
        for modality in &ablation.modalities {
            let (without, adds) = (&modality.without[place], &modality.adds[place]);
            table.rows.push(vec![
                Cell::from(task.as_str()),
                Cell::from(metric::name(&ablation.score[place]).as_str()),
                Cell::score(ablation.full[place].value),
                Cell::from(modality_title(&modality.name).as_str()),
                Cell::Count(modality.samples),
                Cell::score(without.value),
                Cell::score(without.low),
                Cell::score(without.high),
                Cell::score(adds.value),
                Cell::score(adds.low),
                Cell::score(adds.high),
                Cell::from(adds.undefined.as_deref().unwrap_or_default()),
            ]);
        }
    }
    table
}

/// What a modality adds: points, interval, and the score without it.
fn difference_cell(adds: &Metric, without: Option<String>) -> impl IntoView + use<> {
    let Some(value) = adds.value else {
        let reason = adds.undefined.clone();
        return view! { <td class="numeric"><span class="subtle reason">{reason}</span></td> }
            .into_any();
    };
    let interval = adds.low.zip(adds.high);
    let uncertain = interval.is_none_or(|(low, high)| low <= 0.0 && high >= 0.0);
    view! {
        <td class="numeric">
            <span class:uncertain=uncertain class:certain=!uncertain>{metric::points(value)}</span>
            <span class="subtle">
                {interval.map(|(low, high)| format!("{} to {}", metric::points(low), metric::points(high)))}
            </span>
            <span class="subtle">{without}</span>
        </td>
    }
    .into_any()
}

/// Tasks by modalities.
#[component]
fn Measured(
    /// The comparison.
    ablation: Ablation,
) -> impl IntoView {
    let studio = Studio::of_page();
    let stem = match ablation.method {
        AblationMethod::Occlude => "modalities-hidden",
        AblationMethod::Retrain => "modalities-retrained",
    };
    let file = ablation_file(&ablation);
    let save = move |_| {
        keep(
            studio,
            stem,
            "csv",
            "text/csv;charset=utf-8",
            &file.to_csv(),
        )
    };
    let labelled = ablation.score.iter().any(|score| score != "silhouette");
    let rows = ablation
        .tasks
        .iter()
        .enumerate()
        .map(|(place, task)| {
            let score = &ablation.score[place];
            let full = &ablation.full[place];
            let cells = ablation
                .modalities
                .iter()
                .map(|modality| {
                    let without = modality.without[place]
                        .value
                        .map(|value| format!("{} without", metric::value(score, value)));
                    difference_cell(&modality.adds[place], without)
                })
                .collect_view();
            view! {
                <tr>
                    <th scope="row">
                        {task.clone()} <span class="subtle">{metric::name(score)}</span>
                    </th>
                    <td class="numeric wide-only">
                        <span class="certain">
                            {full.value.map(|value| metric::value(score, value))}
                        </span>
                        <span class="subtle">
                            {metric::interval(score, full).or_else(|| full.undefined.clone())}
                        </span>
                    </td>
                    {cells}
                </tr>
            }
        })
        .collect_view();
    let mean = labelled.then(|| {
        let cells = ablation
            .modalities
            .iter()
            .map(|modality| difference_cell(&modality.mean, None))
            .collect_view();
        view! {
            <tr class="mean">
                <th scope="row">
                    "Mean" <span class="subtle">"over the tasks with labels"</span>
                </th>
                <td class="wide-only"></td>
                {cells}
            </tr>
        }
    });
    let heads = ablation
        .modalities
        .iter()
        .map(|modality| {
            view! {
                <th scope="col" class="numeric">
                    {modality_title(&modality.name)}
                    <span class="subtle">{format!("{} have it", number::count(modality.samples))}</span>
                </th>
            }
        })
        .collect_view();
    view! {
        <super::Warnings sentences=ablation.warnings.clone()/>
        <div class="section-head">
            <p class="subtle">
                "Points (hundredths of the score) that a task has with the modality and lacks without it, with 95 % interval; faded where the interval covers 0. Below, the score without it."
            </p>
            <button type="button" class="button small" on:click=save>
                "Save as CSV"
            </button>
        </div>
        <div class="table-wrap" tabindex="0" role="group" aria-label="What each modality adds">
            <table class="ablation">
                <thead>
                    <tr>
                        <th scope="col">"Task"</th>
                        <th scope="col" class="numeric wide-only">
                            "With everything"
                        </th>
                        {heads}
                    </tr>
                </thead>
                <tbody>{rows} {mean}</tbody>
            </table>
        </div>
    }
}
