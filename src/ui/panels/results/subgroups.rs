//! A task within groups of patients.

use leptos::prelude::*;

use super::metric;
use crate::charts::{Cell, Table};
use crate::cohort::{ColumnKind, Role};
use crate::session::protocol::{SubgroupTask, Subgroups};
use crate::ui::components::chart_figure::keep;
use crate::ui::components::number;
use crate::ui::state::Studio;

/// Columns that make groups, by name.
fn columns(studio: Studio) -> Vec<String> {
    studio.cohort.with(|cohort| {
        cohort.as_ref().map_or_else(Vec::new, |cohort| {
            cohort
                .columns
                .iter()
                .filter(|column| column.kind != ColumnKind::Text)
                .filter(|column| !matches!(column.role, Role::Id | Role::Group))
                .filter(|column| column.distinct > 1)
                .map(|column| column.name.clone())
                .collect()
        })
    })
}

/// Chooses a column and shows the chosen task within its groups.
#[component]
pub fn Groups(
    /// The task whose page is open.
    chosen: RwSignal<usize>,
) -> impl IntoView {
    let studio = Studio::of_page();
    let judged = RwSignal::new(None::<Subgroups>);
    let busy = move || studio.work.with(Option::is_some) || studio.is_training();
    let choose = move |event| {
        let column = event_target_value(&event);
        if column.is_empty() {
            judged.set(None);
            return;
        }
        studio.perform("The model could not be judged in groups", async move {
            let outcome = studio.subgroups(column).await?;
            // Gone with the page where another model has come meanwhile.
            let _ = judged.try_set(Some(outcome));
            Ok(())
        });
    };
    view! {
        <section class="section" aria-labelledby="m3h-groups-title">
            <div class="section-head">
                <h3 id="m3h-groups-title">"Within groups of patients"</h3>
                <label class="inline-field">
                    <span>"Groups by"</span>
                    <select disabled=busy on:change=choose>
                        <option value="">"choose a column"</option>
                        {move || {
                            columns(studio)
                                .into_iter()
                                .map(|name| view! { <option value=name.clone()>{name.clone()}</option> })
                                .collect_view()
                        }}
                    </select>
                </label>
            </div>
            <p class="subtle">
                "Whether the model serves every group of the test patients: by a category, or by the quarters of a number. Groups with too few cases are marked; differences among small groups are mostly chance."
            </p>
            {move || {
                judged.get().map(|judged| view! { <GroupTable judged=judged task=chosen.get()/> })
            }}
        </section>
    }
}

fn file(judged: &Subgroups) -> Table {
    let mut table = Table::new(&[
        "Task",
        "Group",
        "Test samples",
        "Labelled",
        "With the outcome",
        "Metric",
        "Value",
        "95 % low",
        "95 % high",
        "Mean predicted",
        "Mean observed",
        "Calibration error",
        "Note",
    ]);
    for (place, task) in judged.tasks.iter().enumerate() {
        for group in &judged.groups {
            let one = &group.tasks[place];
            let note = one.few.as_ref().or(one.score.undefined.as_ref());
            table.rows.push(vec![
                Cell::from(task.as_str()),
                Cell::from(group.name.as_str()),
                Cell::Count(group.samples),
                Cell::Count(one.labelled),
                one.positive.map_or(Cell::Empty, Cell::Count),
                Cell::from(metric::name(&judged.score[place]).as_str()),
                Cell::score(one.score.value),
                Cell::score(one.score.low),
                Cell::score(one.score.high),
                Cell::score(one.predicted),
                Cell::score(one.observed),
                Cell::score(one.ece.as_ref().and_then(|ece| ece.value)),
                Cell::from(note.map(String::as_str).unwrap_or_default()),
            ]);
        }
    }
    table
}

/// One task in all groups.
#[component]
fn GroupTable(
    /// Every task in all groups.
    judged: Subgroups,
    /// The task in view.
    task: usize,
) -> impl IntoView {
    let studio = Studio::of_page();
    let table = file(&judged);
    let save = move |_| {
        keep(
            studio,
            "groups",
            "csv",
            "text/csv;charset=utf-8",
            &table.to_csv(),
        )
    };
    let Some(score) = judged.score.get(task).cloned() else {
        return ().into_any();
    };
    let binary = score == "auroc";
    let level = move |value: Option<f64>| {
        value.map(|value| {
            if binary {
                number::percent(value)
            } else {
                number::quantity(value)
            }
        })
    };
    let has_levels = judged.groups.iter().any(|group| {
        group
            .tasks
            .get(task)
            .is_some_and(|one| one.observed.is_some())
    });
    let row = |(name, samples, one): (String, usize, SubgroupTask)| {
        let faded = one.few.is_some();
        let value = one.score.value.map(|value| metric::value(&score, value));
        let interval = metric::interval(&score, &one.score).or(one.score.undefined.clone());
        let with = one
            .positive
            .map(|positive| format!("{} with the outcome", number::count(positive)));
        let ece = one.ece.as_ref().and_then(|ece| ece.value);
        view! {
            <tr>
                <th scope="row">
                    {name}
                    <span class="subtle reason">{one.few.clone()}</span>
                </th>
                <td class="numeric">
                    {number::count(samples)}
                    <span class="subtle">{with}</span>
                </td>
                <td class="numeric">
                    <span class:uncertain=faded class:certain=!faded>{value}</span>
                    <span class="subtle">{interval}</span>
                </td>
                {has_levels
                    .then(|| {
                        view! {
                            <td class="numeric">{level(one.predicted)}</td>
                            <td class="numeric">{level(one.observed)}</td>
                        }
                    })}
                {binary
                    .then(|| {
                        view! {
                            <td class="numeric wide-only">
                                {ece.map(|ece| number::decimal(ece, 3))}
                            </td>
                        }
                    })}
            </tr>
        }
    };
    let rows = judged
        .groups
        .iter()
        .filter_map(|group| {
            Some((
                group.name.clone(),
                group.samples,
                group.tasks.get(task)?.clone(),
            ))
        })
        .map(row)
        .collect_view();
    view! {
        <div class="table-wrap" tabindex="0" role="group" aria-label="Within groups">
            <table class="ablation comparison">
                <thead>
                    <tr>
                        <th scope="col">{judged.column.clone()}</th>
                        <th scope="col" class="numeric">"Test samples"</th>
                        <th scope="col" class="numeric">{metric::name(&score)}</th>
                        {has_levels
                            .then(|| {
                                view! {
                                    <th scope="col" class="numeric">"Mean predicted"</th>
                                    <th scope="col" class="numeric">"Mean observed"</th>
                                }
                            })}
                        {binary
                            .then(|| {
                                view! {
                                    <th scope="col" class="numeric wide-only">"Calibration error"</th>
                                }
                            })}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
        <button type="button" class="button small" on:click=save>
            "Save all tasks as CSV"
        </button>
    }
    .into_any()
}
