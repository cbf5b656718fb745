//! One task: what helps it, what it helps.

use std::sync::Arc;

use leptos::prelude::*;

use crate::charts::{Link, Links, is_certain, provenance};
use crate::session::protocol::{Tim, TimMeasure};
use crate::ui::components::chart_figure::{ChartFigure, SharedChart};
use crate::ui::components::picker::Picker;
use crate::ui::panels::results::metric;

/// Most links that are drawn of a task, the largest ones.
const MOST: usize = 15;

fn at(matrix: &[Vec<Option<f64>>], row: usize, column: usize) -> Option<f64> {
    (*matrix.get(row)?.get(column)?).filter(|value| value.is_finite())
}

/// The links of a task: those that it receives, or those that it contributes; largest first. Values in hundredths.
fn links(tim: &Tim, task: usize, receives: bool) -> Vec<Link> {
    let mut links: Vec<Link> = (0..tim.tasks.len())
        .filter(|other| *other != task)
        .filter_map(|other| {
            let (row, column) = if receives {
                (task, other)
            } else {
                (other, task)
            };
            let value = at(&tim.matrix, row, column)?;
            let interval = at(&tim.low, row, column).zip(at(&tim.high, row, column));
            Some(Link {
                name: tim.tasks[other].clone(),
                value: value * 100.0,
                interval: interval.map(|(low, high)| (low * 100.0, high * 100.0)),
                certain: is_certain(tim, row, column),
            })
        })
        .collect();
    links.sort_by(|one, other| other.value.abs().total_cmp(&one.value.abs()));
    links.truncate(MOST);
    links.sort_by(|one, other| other.value.total_cmp(&one.value));
    links
}

/// The chosen task's two charts.
#[component]
pub fn OneTask(
    /// The measurement.
    tim: Arc<Tim>,
    /// The task whose page is open.
    task: RwSignal<usize>,
) -> impl IntoView {
    let names = tim.tasks.clone();
    let attention = tim.measure == TimMeasure::Attention;
    let chart = {
        let tim = tim.clone();
        move |receives: bool| {
            let tim = tim.clone();
            Signal::derive(move || {
                let task = task.get().min(tim.tasks.len().saturating_sub(1));
                let name = &tim.tasks[task];
                let score = tim.score.get(task).map_or("", String::as_str);
                let (title, label) = match (receives, attention) {
                    (true, false) => (
                        format!("What helps {name}"),
                        format!("Points of {} of {name}", metric::name(score)),
                    ),
                    (true, true) => (
                        format!("Where {name} looks"),
                        format!("Share of the attention of {name} (%)"),
                    ),
                    (false, false) => (
                        format!("What {name} helps"),
                        "Points of the other task's score".to_string(),
                    ),
                    (false, true) => (
                        format!("Who looks at {name}"),
                        "Share of the other task's attention (%)".to_string(),
                    ),
                };
                Arc::new(Links {
                    title,
                    label,
                    links: links(&tim, task, receives),
                    decimals: 1,
                    provenance: provenance(&tim),
                }) as SharedChart
            })
        }
    };
    let many = names.len() > MOST + 1;
    let options = names.into_iter().enumerate().collect();
    view! {
        <section class="section">
            <div class="section-head">
                <h2>"One task"</h2>
                <div class="actions">
                    <Picker id="m3h-tim-task" label="Task" options=options chosen=task/>
                </div>
            </div>
            <p class="subtle">
                    "Dots are links, lines their 95 % intervals; faded ones cover 0."
                    {many.then(|| format!(" The {MOST} largest are shown."))}
                </p>
            <div class="chart-grid">
                <div class="card"><ChartFigure chart=chart(true)/></div>
                <div class="card"><ChartFigure chart=chart(false)/></div>
            </div>
        </section>
    }
}
