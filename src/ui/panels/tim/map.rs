//! The heat map, its order and its size.

use std::sync::Arc;

use leptos::prelude::*;

use super::view::{Order, View};
use crate::charts::{Arrangement, CELL_SIDES, TimMap, link_words};
use crate::session::client::ClientError;
use crate::session::protocol::{Tim, TimMeasure};
use crate::ui::components::chart_figure::{ChartFigure, SharedChart, keep};
use crate::ui::components::picker::Picker;
use crate::ui::state::Studio;

/// Width of a place that was not measured yet.
const USUAL_WIDTH: f64 = 900.0;

/// The heat map with what changes its view, the link that is chosen in it, and its file with definition and seeds.
#[component]
pub fn HeatMap(
    /// The measurement.
    tim: Arc<Tim>,
    /// The order of the tasks.
    arrangement: Memo<Arrangement>,
    /// Whether any task has a department.
    has_departments: bool,
    /// Links to outline.
    outlined: Signal<Vec<(usize, usize)>>,
    /// What is chosen of the view.
    view: View,
    /// The task whose page is open.
    task: RwSignal<usize>,
) -> impl IntoView {
    let studio = Studio::of_page();
    let link = RwSignal::new(None::<(usize, usize)>);
    let place = RwSignal::new(0.0);
    let map = {
        let tim = tim.clone();
        move || TimMap {
            arrangement: arrangement.get(),
            side: view.side.get(),
            ..TimMap::new((*tim).clone(), outlined.get())
        }
    };
    let side = {
        let map = map.clone();
        Memo::new(move |_| {
            let width = place.get();
            map().side_in(if width > 0.0 { width } else { USUAL_WIDTH })
        })
    };
    let chart = Signal::derive(move || Arc::new(map()) as SharedChart);
    let hint = if tim.measure == TimMeasure::Attention {
        "Rows receive, columns contribute. The stronger the colour, the larger the share of the row's attention."
    } else {
        "Rows receive, columns contribute. Blue helps, orange hurts, the stronger the more."
    };
    let save = {
        let tim = tim.clone();
        move |_| match serde_json::to_string_pretty(&*tim) {
            Ok(text) => keep(
                studio,
                &format!("task-interactions-{}", tim.measure.name()),
                "json",
                "application/json",
                &text,
            ),
            Err(error) => studio.report(
                "The measurement could not be saved",
                &ClientError::Unreadable(error.to_string()),
            ),
        }
    };
    let readout = move || match link.get() {
        Some((receiving, contributing)) => link_words(&tim, receiving, contributing),
        None => "Choose a cell to read its link here.".to_string(),
    };
    let mut orders = vec![(Order::Study, "As in the study".to_string())];
    if has_departments {
        orders.push((Order::Department, "By department".to_string()));
    }
    orders.push((Order::Similarity, "By similarity".to_string()));
    view! {
        <section class="section tim-map">
            <h2 class="hidden-text">"The map"</h2>
            <div class="card">
                <div class="chart-tools">
                    <Picker id="m3h-tim-order" label="Order" options=orders chosen=view.order/>
                    <Zoom side=side chosen=view.side/>
                </div>
                <ChartFigure
                    chart=chart
                    heading="Who contributes to whom".to_string()
                    scrolls=true
                    hint=hint
                    place=place
                    on_link=Callback::new(move |(receiving, contributing)| {
                        link.set(Some((receiving, contributing)));
                        task.set(receiving);
                    })
                />
                <p class="readout numbers" role="status">{readout}</p>
                <Show when=move || view.order.get() == Order::Similarity>
                    <p class="subtle">
                        "Tasks that receive from and contribute to the same others stand beside each other (average linkage; ours). The order says nothing about strength."
                    </p>
                </Show>
                <div class="actions">
                    <button type="button" class="button quiet small" on:click=save>
                        "Save as JSON, with definition and seeds"
                    </button>
                </div>
            </div>
        </section>
    }
}

/// Buttons that make the map's cells smaller and larger, or fit the page again.
#[component]
fn Zoom(
    /// The side in force.
    side: Memo<f64>,
    /// The side that is chosen.
    chosen: RwSignal<Option<f64>>,
) -> impl IntoView {
    let studio = Studio::of_page();
    // What fits may lie between two of the sides to choose from.
    let smaller = move || {
        CELL_SIDES
            .into_iter()
            .rfind(|other| *other < side.get() - 0.5)
    };
    let larger = move || {
        CELL_SIDES
            .into_iter()
            .find(|other| *other > side.get() + 0.5)
    };
    let change = move |wanted: Option<f64>| {
        if let Some(wanted) = wanted {
            chosen.set(Some(wanted));
            studio.announce(format!("Cells are {wanted} pixels wide."));
        }
    };
    let fit = move |_| {
        chosen.set(None);
        studio.announce("The map fits the page.".to_string());
    };
    view! {
        <div class="button-row" role="group" aria-label="Size of the map">
            // Not `disabled`, which would take the focus away at the last step.
            <button
                type="button"
                class="button small"
                aria-label="Smaller cells"
                aria-disabled=move || smaller().is_none().to_string()
                on:click=move |_| change(smaller())
            >
                "Smaller"
            </button>
            <button
                type="button"
                class="button small"
                aria-label="Fit the map to the page"
                aria-pressed=move || chosen.get().is_none().to_string()
                on:click=fit
            >
                "Fit"
            </button>
            <button
                type="button"
                class="button small"
                aria-label="Larger cells"
                aria-disabled=move || larger().is_none().to_string()
                on:click=move |_| change(larger())
            >
                "Larger"
            </button>
        </div>
    }
}
