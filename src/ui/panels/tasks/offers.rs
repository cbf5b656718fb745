//! The catalogue by department, with what the open cohort has for each task.

use leptos::prelude::*;

use super::Editor;
use crate::session::protocol::CohortSummary;
use crate::study::catalogue::{CATALOGUE, CodeGroup, FEW_CASES, LEAST_CASES};
use crate::study::defaults::CLUSTERS;
use crate::study::{Study, Task, TaskKind};
use crate::ui::components::number;

/// One task that the catalogue offers.
#[derive(Clone)]
struct Offer {
    task: Task,
    /// What it means: codes with their sources, or a sentence.
    meaning: Vec<String>,
    /// What is searched, in small letters.
    searched: String,
}

/// Everything that the catalogue offers, department by department.
fn offers() -> Vec<Offer> {
    let told = |name: &str, group: &CodeGroup| {
        format!("{name} {}. {}", group.codes.join(", "), group.source)
    };
    let diagnoses = CATALOGUE.diagnoses.iter().map(|diagnosis| {
        let meaning = vec![
            told("ICD-10-CM", &diagnosis.icd10),
            told("ICD-9-CM", &diagnosis.icd9),
        ];
        (diagnosis.task(), meaning)
    });
    let operations = CATALOGUE
        .operations
        .iter()
        .map(|operation| (operation.task(), vec![operation.meaning.clone()]));
    let phenotype = CATALOGUE.phenotype.iter().map(|phenotype| {
        let task = phenotype.task(CLUSTERS.default as usize);
        (task, vec![phenotype.meaning.clone()])
    });
    diagnoses
        .chain(operations)
        .chain(phenotype)
        .map(|(task, meaning)| {
            let department = task.department.as_deref().unwrap_or_default();
            let codes = meaning.iter().filter_map(|text| text.split(". ").next());
            let codes: Vec<&str> = codes.collect();
            let searched = format!("{} {department} {}", task.name, codes.join(" "));
            Offer {
                searched: searched.to_lowercase(),
                task,
                meaning,
            }
        })
        .collect()
}

/// What the open cohort has for a task, and whether it can be learned.
#[derive(Debug, Clone, PartialEq)]
enum Standing {
    /// It is in the study.
    Taken,
    /// The cohort has no column for it.
    NoColumn(String),
    /// Its column can be learned from.
    Ready(String),
    /// It has few cases.
    Few(String),
    /// It has too few cases.
    TooRare(String),
}

fn standing(task: &Task, study: &Study, cohort: &CohortSummary) -> Standing {
    let taken = study.tasks.iter().any(|other| match &task.column {
        Some(column) => other.column.as_ref() == Some(column),
        None => other.kind == TaskKind::Clustering,
    });
    if taken {
        return Standing::Taken;
    }
    let Some(name) = &task.column else {
        return Standing::Ready("needs no label".into());
    };
    let Some(column) = cohort.columns.iter().find(|column| column.name == *name) else {
        return Standing::NoColumn(name.clone());
    };
    let labelled = cohort.samples.saturating_sub(column.missing);
    if task.kind != TaskKind::Binary {
        return Standing::Ready(format!("{} labelled", number::count(labelled)));
    }
    let yes = ["yes", "1", "true", "y"];
    let cases = column
        .levels
        .iter()
        .find(|level| yes.contains(&level.value.trim().to_lowercase().as_str()))
        .map_or(0, |level| level.count);
    let share = number::percent(cases as f64 / labelled.max(1) as f64);
    let told = format!(
        "{share} of {}: {}",
        number::count(labelled),
        number::counted(cases, "case", "cases")
    );
    match cases {
        cases if cases < LEAST_CASES => Standing::TooRare(told),
        cases if cases < FEW_CASES => Standing::Few(told),
        _ => Standing::Ready(told),
    }
}

/// The catalogue, to search and to add tasks from.
#[component]
pub fn Offers() -> impl IntoView {
    let editor = expect_context::<Editor>();
    let search = RwSignal::new(String::new());
    let all = StoredValue::new(offers());
    let found = Memo::new(move |_| {
        let words: Vec<String> = search.with(|text| {
            text.split_whitespace()
                .map(|word| word.to_lowercase().replace('.', ""))
                .collect()
        });
        all.with_value(|all| {
            let places = all.iter().enumerate();
            places
                .filter(|(_, offer)| {
                    words
                        .iter()
                        .all(|word| offer.searched.contains(word.as_str()))
                })
                .map(|(place, _)| place)
                .collect::<Vec<usize>>()
        })
    });
    let departments = move || {
        let mut departments: Vec<(String, Vec<Offer>)> = vec![];
        all.with_value(|all| {
            for place in found.get() {
                let Some(offer) = all.get(place) else {
                    continue;
                };
                let name = offer.task.department.clone().unwrap_or_default();
                match departments.last_mut() {
                    Some((last, offers)) if *last == name => offers.push(offer.clone()),
                    _ => departments.push((name, vec![offer.clone()])),
                }
            }
        });
        departments
            .into_iter()
            .map(|(name, offers)| {
                let rows = offers
                    .into_iter()
                    .map(|offer| view! { <OfferRow offer=offer/> })
                    .collect_view();
                view! {
                    <div class="department">
                        <h3 class="eyebrow">{name}</h3>
                        <ul class="tasks">{rows}</ul>
                    </div>
                }
            })
            .collect_view()
    };
    let count = move || match found.with(Vec::len) {
        0 => "Nothing in the catalogue is called so.".to_owned(),
        count => number::counted(count, "task", "tasks"),
    };
    // Tasks that the cohort has labels for and the study does not have yet.
    let learnable = move || {
        let study = editor.studio.study.get()?;
        let cohort = editor.studio.cohort.get()?;
        let tasks: Vec<Task> = all.with_value(|all| {
            all.iter()
                .filter(|offer| {
                    let standing = standing(&offer.task, &study, &cohort);
                    offer.task.column.is_some()
                        && matches!(standing, Standing::Ready(_) | Standing::Few(_))
                })
                .map(|offer| offer.task.clone())
                .collect()
        });
        (!tasks.is_empty()).then_some(tasks)
    };
    view! {
        <details class="more offers">
            <summary>"The catalogue: 40 diagnoses in 16 departments, 3 operation forecasts, 1 phenotype"</summary>
            <p class="subtle">
                "Each diagnosis is defined by ICD-10-CM and ICD-9-CM codes, whose sources are named. A table "
                <code>"diagnoses"</code>
                " with the columns id, icd_code and icd_version makes their labels; a column of the patients table of the same name serves as well. The paper's own list is not public: this one is ours."
            </p>
            <div class="section-head">
                <div class="field">
                    <label for="m3h-catalogue-search">"Search by name, department or code"</label>
                    <input
                        id="m3h-catalogue-search"
                        type="search"
                        autocomplete="off"
                        prop:value=move || search.get()
                        on:input=move |event| search.set(event_target_value(&event))
                    />
                </div>
                {move || {
                    learnable()
                        .map(|tasks| {
                            let title = format!(
                                "Add all that the cohort has ({})",
                                number::count(tasks.len()),
                            );
                            let add = move |_| {
                                let tasks = tasks.clone();
                                editor.change(move |study| study.tasks.extend(tasks));
                            };
                            view! {
                                <button type="button" class="button small" on:click=add>
                                    {title}
                                </button>
                            }
                        })
                }}
            </div>
            <p class="subtle" role="status">{count}</p>
            {departments}
        </details>
    }
}

/// One task that the catalogue offers.
#[component]
fn OfferRow(
    /// The task.
    offer: Offer,
) -> impl IntoView {
    let editor = expect_context::<Editor>();
    let name = offer.task.name.clone();
    let of = offer.task.clone();
    let standing = Memo::new(move |_| {
        let study = editor.read(Clone::clone)?;
        let cohort = editor.studio.cohort.get()?;
        Some(standing(&of, &study, &cohort))
    });
    let words = move || {
        standing.get().map(|standing| match standing {
            Standing::Taken => "in the study".to_owned(),
            Standing::NoColumn(column) => format!("the cohort has no column {column}"),
            Standing::Ready(told) | Standing::Few(told) | Standing::TooRare(told) => told,
        })
    };
    let mark = move || match standing.get()? {
        Standing::TooRare(_) => {
            Some(view! { <span class="chip chip-bad">"Too rare to learn"</span> })
        }
        Standing::Few(_) => Some(view! { <span class="chip">"Few cases: wide intervals"</span> }),
        _ => None,
    };
    let task = StoredValue::new(offer.task);
    let add = move |_| {
        let task = task.get_value();
        editor.change(move |study| study.tasks.push(task));
    };
    let label = format!("Add {name}");
    let meaning = offer
        .meaning
        .into_iter()
        .map(|text| view! { <p class="subtle">{text}</p> })
        .collect_view();
    view! {
        <li class="task">
            <div class="task-line">
                <div class="task-name">
                    <strong>{name}</strong>
                    {mark}
                </div>
                <p class="subtle numbers task-summary">{words}</p>
                <div class="actions">
                    <Show when=move || {
                        matches!(standing.get(), Some(Standing::Ready(_) | Standing::Few(_)))
                    }>
                        <button
                            type="button"
                            class="button quiet small"
                            aria-label=label.clone()
                            on:click=add
                        >
                            "Add"
                        </button>
                    </Show>
                </div>
            </div>
            <details class="meaning">
                <summary>"What it means"</summary>
                {meaning}
            </details>
        </li>
    }
}
