//! Predictions as text, as values to sort by, and as a file.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use crate::charts::{Cell, Table};
use crate::session::protocol::{Prediction, PredictionRow, Predictions};
use crate::study::{Study, TaskKind};
use crate::ui::components::number;

/// A task as a column.
#[derive(Debug, Clone, PartialEq)]
pub struct TaskColumn {
    /// Its name.
    pub name: String,
    /// What its figures are, for example `risk` or `days`.
    pub unit: String,
    /// Its department.
    pub department: Option<String>,
}

/// The tasks in the study's order, those that the predictions have.
pub fn columns(predictions: &Predictions, study: Option<&Study>) -> Vec<TaskColumn> {
    let Some(study) = study else {
        let Some(first) = predictions.rows.first() else {
            return Vec::new();
        };
        return first
            .tasks
            .keys()
            .map(|name| TaskColumn {
                name: name.clone(),
                unit: String::new(),
                department: None,
            })
            .collect();
    };
    study
        .tasks
        .iter()
        .map(|task| TaskColumn {
            name: task.name.clone(),
            unit: match task.kind {
                TaskKind::Binary => "risk".to_string(),
                TaskKind::Multiclass => "class".to_string(),
                TaskKind::Regression => task.unit.clone().unwrap_or_default(),
                TaskKind::Clustering => "group".to_string(),
            },
            department: task.department.clone(),
        })
        .collect()
}

/// A prediction as people read it.
pub fn shown(prediction: &Prediction) -> String {
    match prediction {
        Prediction::Binary { probability, .. } => number::percent(*probability),
        Prediction::Multiclass {
            class,
            probabilities,
        } => match probabilities.get(class) {
            Some(share) => format!("{class} ({})", number::percent(*share)),
            None => class.clone(),
        },
        Prediction::Regression { value } => number::quantity(*value),
        Prediction::Clustering {
            cluster,
            probability,
        } => format!("{cluster} ({})", number::percent(*probability)),
    }
}

/// Orders two predictions of one task: risks and values falling, classes and groups rising; a missing one comes last.
pub fn compare(one: Option<&Prediction>, other: Option<&Prediction>) -> Ordering {
    use Prediction::{Binary, Clustering, Multiclass, Regression};
    match (one, other) {
        (Some(Binary { probability: a, .. }), Some(Binary { probability: b, .. }))
        | (Some(Regression { value: a }), Some(Regression { value: b })) => b.total_cmp(a),
        (Some(Multiclass { class: a, .. }), Some(Multiclass { class: b, .. })) => a.cmp(b),
        (Some(Clustering { cluster: a, .. }), Some(Clustering { cluster: b, .. })) => a.cmp(b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        _ => Ordering::Equal,
    }
}

/// Compares identifiers as people do: runs of digits by their number.
pub fn compare_ids(one: &str, other: &str) -> Ordering {
    match (one.parse::<u64>(), other.parse::<u64>()) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        _ => one.cmp(other),
    }
}

/// The user's own prediction file: one row a sample, columns as the tasks' kinds need them.
pub fn file(predictions: &Predictions, tasks: &[TaskColumn]) -> Table {
    let mut table = Table::new(&["id", "sources"]);
    // Which columns a task has: of multiclass tasks one for each class that any row names.
    let mut classes: Vec<Vec<String>> = Vec::with_capacity(tasks.len());
    for task in tasks {
        let first = predictions
            .rows
            .iter()
            .find_map(|row| row.tasks.get(&task.name));
        let name = &task.name;
        match first {
            Some(Prediction::Binary { .. }) => {
                table.columns.push(format!("{name}: risk"));
                table.columns.push(format!("{name}: at or above threshold"));
                classes.push(Vec::new());
            }
            Some(Prediction::Multiclass { .. }) => {
                let named =
                    predictions
                        .rows
                        .iter()
                        .filter_map(|row| match row.tasks.get(&task.name) {
                            Some(Prediction::Multiclass { probabilities, .. }) => {
                                Some(probabilities)
                            }
                            _ => None,
                        });
                let names: BTreeSet<&String> = named.flat_map(BTreeMap::keys).collect();
                let names: Vec<String> = names.into_iter().cloned().collect();
                table.columns.push(format!("{name}: class"));
                for class in &names {
                    table
                        .columns
                        .push(format!("{name}: probability of {class}"));
                }
                classes.push(names);
            }
            Some(Prediction::Regression { .. }) => {
                table.columns.push(if task.unit.is_empty() {
                    name.clone()
                } else {
                    format!("{name} ({})", task.unit)
                });
                classes.push(Vec::new());
            }
            Some(Prediction::Clustering { .. }) => {
                table.columns.push(format!("{name}: group"));
                table.columns.push(format!("{name}: probability"));
                classes.push(Vec::new());
            }
            None => classes.push(Vec::new()),
        }
    }
    for row in &predictions.rows {
        table
            .rows
            .push(record(row, tasks, &classes, &table.columns));
    }
    table
}

fn record(
    row: &PredictionRow,
    tasks: &[TaskColumn],
    classes: &[Vec<String>],
    columns: &[String],
) -> Vec<Cell> {
    let mut cells = Vec::with_capacity(columns.len());
    cells.push(Cell::from(row.id.as_str()));
    cells.push(Cell::Text(row.sources.join("; ")));
    for (task, classes) in tasks.iter().zip(classes) {
        match row.tasks.get(&task.name) {
            Some(Prediction::Binary {
                probability,
                positive,
            }) => {
                cells.push(Cell::Number(*probability, None));
                cells.push(Cell::from(if *positive { "yes" } else { "no" }));
            }
            Some(Prediction::Multiclass {
                class,
                probabilities,
            }) => {
                cells.push(Cell::from(class.as_str()));
                cells.extend(classes.iter().map(|class| {
                    probabilities
                        .get(class)
                        .map_or(Cell::Empty, |share| Cell::Number(*share, None))
                }));
            }
            Some(Prediction::Regression { value }) => cells.push(Cell::Number(*value, None)),
            Some(Prediction::Clustering {
                cluster,
                probability,
            }) => {
                cells.push(Cell::Count(*cluster));
                cells.push(Cell::Number(*probability, None));
            }
            None => {}
        }
    }
    cells.resize(columns.len(), Cell::Empty);
    cells
}
