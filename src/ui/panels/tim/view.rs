//! How the measurements are shown: the order of the tasks, the size of the map's cells and the number of arrows.

use leptos::prelude::*;

use crate::charts::{Arrangement, TaskGroup};
use crate::explain::order::{by_department, by_similarity};
use crate::session::protocol::Tim;
use crate::ui::state::Studio;

/// In which order tasks are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As in the study.
    Study,
    /// The departments one after the other.
    Department,
    /// Tasks with like links beside each other.
    Similarity,
}

/// What is chosen of the view; it stays from measure to measure.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// The order of the tasks.
    pub order: RwSignal<Order>,
    /// Side in pixels of the map's cells; what fits the page where none is chosen.
    pub side: RwSignal<Option<f64>>,
    /// Most arrows of the graph.
    pub arrows: RwSignal<usize>,
}

impl View {
    /// The view that the panel opens with.
    pub fn new() -> Self {
        Self {
            order: RwSignal::new(Order::Study),
            side: RwSignal::new(None),
            arrows: RwSignal::new(16),
        }
    }
}

/// The department of each task of a measurement, from the study that was trained.
pub fn departments(studio: Studio, tim: &Tim) -> Vec<Option<String>> {
    studio.results.with_untracked(|results| {
        let tasks = results.as_ref().map(|results| &results.study.tasks);
        let of = |name: &String| {
            let mut tasks = tasks?.iter();
            tasks.find(|task| task.name == *name)?.department.clone()
        };
        tim.tasks.iter().map(of).collect()
    })
}

/// The order of the tasks as a chart takes it.
pub fn arranged(order: Order, tim: &Tim, departments: &[Option<String>]) -> Arrangement {
    match order {
        Order::Study => Arrangement::default(),
        Order::Similarity => Arrangement::in_order(by_similarity(&tim.matrix)),
        Order::Department => Arrangement {
            groups: by_department(departments.iter().map(Option::as_deref))
                .into_iter()
                .map(|(name, tasks)| TaskGroup { name, tasks })
                .collect(),
        },
    }
}
