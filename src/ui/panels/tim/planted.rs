//! How far the measurement finds what was planted in a generated cohort.

use std::sync::Arc;

use leptos::prelude::*;

use crate::session::protocol::Tim;
use crate::ui::components::checkbox::Checkbox;
use crate::ui::components::number;
use crate::ui::state::Studio;

/// The planted links among the tasks of a measurement, as receiving and contributing task.
pub fn of_tasks(studio: Studio, tim: &Tim) -> Vec<(usize, usize)> {
    let place = |name: &str| tim.tasks.iter().position(|task| task == name);
    let mut links: Vec<(usize, usize)> = studio.cohort.with_untracked(|cohort| {
        cohort.as_ref().map_or_else(Vec::new, |cohort| {
            cohort
                .planted
                .iter()
                .filter_map(|[receiving, contributing]| {
                    Some((place(receiving)?, place(contributing)?))
                })
                .filter(|(receiving, contributing)| receiving != contributing)
                .collect()
        })
    });
    links.sort_unstable();
    links.dedup();
    links
}

/// The defined links between different tasks, strongest gain first.
fn strongest(tim: &Tim) -> Vec<(usize, usize)> {
    let mut links: Vec<(f64, usize, usize)> = Vec::new();
    for (receiving, row) in tim.matrix.iter().enumerate() {
        for (contributing, value) in row.iter().enumerate() {
            if let Some(value) = value.filter(|value| value.is_finite())
                && receiving != contributing
            {
                links.push((value, receiving, contributing));
            }
        }
    }
    links.sort_by(|one, other| other.0.total_cmp(&one.0));
    links
        .into_iter()
        .map(|(_, receiving, contributing)| (receiving, contributing))
        .collect()
}

/// How many of the planted links are among as many strongest ones, and how many chance would put there; nothing for real cohorts.
#[component]
pub fn PlantedNote(
    /// The measurement.
    tim: Arc<Tim>,
    /// The planted links.
    planted: Vec<(usize, usize)>,
    /// Whether they are outlined in the map.
    outlined: RwSignal<bool>,
) -> impl IntoView {
    (!planted.is_empty()).then(|| {
        let links = strongest(&tim);
        let found = links
            .iter()
            .take(planted.len())
            .filter(|link| planted.contains(link))
            .count();
        let by_chance = (planted.len() * planted.len()) as f64 / links.len().max(1) as f64;
        let text = format!(
            "Of the {} interactions planted in this generated cohort, {} are among the {} strongest links. Chance alone would put {} there.",
            number::count(planted.len()),
            number::count(found),
            number::count(planted.len()),
            if by_chance < 0.1 {
                "fewer than 0.1".to_string()
            } else {
                number::decimal(by_chance, 1)
            },
        );
        view! {
            <div class="notice">
                <div>
                    <p class="notice-title">"Known truth of the demo"</p>
                    <p>{text}</p>
                </div>
                <Checkbox
                    label="Outline the planted links in the map"
                    checked=move || outlined.get()
                    on_change=move |on| outlined.set(on)
                />
            </div>
        }
    })
}
