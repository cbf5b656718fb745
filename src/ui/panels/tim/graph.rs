//! The strongest links as arrows between tasks.

use std::sync::Arc;

use leptos::prelude::*;

use super::view::View;
use crate::charts::{Arrangement, InteractionGraph, link_words};
use crate::session::protocol::Tim;
use crate::ui::components::chart_figure::{ChartFigure, SharedChart};
use crate::ui::components::picker::Picker;

/// Numbers of arrows to choose from.
const SHOWN: [usize; 3] = [8, 16, InteractionGraph::MOST];

/// The graph, how many links it shows, and the link that is chosen in it.
#[component]
pub fn Graph(
    /// The measurement.
    tim: Arc<Tim>,
    /// The order of the tasks around the circle.
    arrangement: Memo<Arrangement>,
    /// What is chosen of the view.
    view: View,
    /// The task whose page is open.
    task: RwSignal<usize>,
) -> impl IntoView {
    let link = RwSignal::new(None::<(usize, usize)>);
    let chart = {
        let tim = tim.clone();
        Signal::derive(move || {
            Arc::new(InteractionGraph {
                tim: (*tim).clone(),
                arrangement: arrangement.get(),
                shown: view.arrows.get(),
            }) as SharedChart
        })
    };
    let readout = move || match link.get() {
        Some((receiving, contributing)) => link_words(&tim, receiving, contributing),
        None => "Choose an arrow to read its link here.".to_string(),
    };
    let options = SHOWN.map(|shown| (shown, shown.to_string())).to_vec();
    view! {
        <section class="section tim-graph">
            <div class="card">
                <div class="chart-tools">
                    <Picker id="m3h-tim-arrows" label="Links shown" options=options chosen=view.arrows/>
                </div>
                <ChartFigure
                    chart=chart
                    heading="The strongest links".to_string()
                    hint="Links whose interval leaves 0 out come first, the largest first among them. Tasks stand in the order chosen above, clockwise from the top."
                    on_link=Callback::new(move |(receiving, contributing)| {
                        link.set(Some((receiving, contributing)));
                        task.set(receiving);
                    })
                />
                <p class="readout numbers" role="status">{readout}</p>
            </div>
        </section>
    }
}
