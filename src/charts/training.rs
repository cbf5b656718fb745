//! Curves of a training: loss, and validation score per task.

use super::axis::{Axis, draw_axes};
use super::canvas::{ChartError, Label, SMALL};
use super::text::{number, text_width};
use super::{Cell, Chart, Drawing, Table};

/// Most tasks whose curves have a colour of their own.
const COLOURED: usize = 8;

fn height(width: f64) -> f64 {
    (width * 0.5).clamp(190.0, 320.0)
}

/// The mean training loss by epoch.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingLoss {
    /// Loss of each finished epoch, the first one first.
    pub losses: Vec<f64>,
    /// Epochs that the axis has room for.
    pub epochs: usize,
    /// The epoch (from 1) whose weights are the best so far.
    pub best_epoch: Option<usize>,
}

impl Chart for TrainingLoss {
    fn title(&self) -> String {
        "Training loss".to_string()
    }

    fn description(&self) -> String {
        match (self.losses.first(), self.losses.last()) {
            (Some(first), Some(last)) => format!(
                "Line chart of the mean training loss over {} epochs, from {} to {}.",
                self.losses.len(),
                number(*first, 3),
                number(*last, 3)
            ),
            _ => "Line chart of the mean training loss; no epoch is finished yet.".to_string(),
        }
    }

    fn size(&self, width: f64) -> (f64, f64) {
        (width, height(width))
    }

    fn draw(&self, drawing: &Drawing<'_>) -> Result<(), ChartError> {
        let canvas = drawing.canvas;
        let (low, high) = range(self.losses.iter().copied());
        let room = if high > low { (high - low) * 0.08 } else { 0.1 };
        let floor = if low >= 0.0 { 0.0 } else { f64::NEG_INFINITY };
        let x = epochs_axis(self.epochs.max(self.losses.len()));
        let y = Axis::new("Mean training loss", (low - room).max(floor), high + room);
        let plane = draw_axes(canvas, &x, &y);
        draw_best(drawing, &plane, self.best_epoch, self.losses.len());
        let points: Vec<(f64, f64)> = (1..)
            .zip(&self.losses)
            .map(|(epoch, loss)| (f64::from(epoch), *loss))
            .collect();
        plane.curve(&points, canvas.theme.accent, 1.0, 2.0)?;
        if let Some(&last) = points.last() {
            plane.dot(last, 3.0, canvas.theme.accent, 1.0)?;
        }
        Ok(())
    }

    fn table(&self) -> Table {
        let mut table = Table::new(&["Epoch", "Mean training loss"]);
        table.rows = (1..)
            .zip(&self.losses)
            .map(|(epoch, loss)| vec![Cell::Count(epoch), Cell::Number(*loss, Some(4))])
            .collect();
        table
    }
}

/// Validation score of each task by epoch.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingScores {
    /// The tasks.
    pub tasks: Vec<String>,
    /// Per finished epoch the score of each task, in their order; `None` where it is not defined.
    pub scores: Vec<Vec<Option<f64>>>,
    /// Per finished epoch the mean of the defined scores.
    pub means: Vec<Option<f64>>,
    /// Epochs that the axis has room for.
    pub epochs: usize,
    /// The epoch (from 1) whose weights are the best so far.
    pub best_epoch: Option<usize>,
    /// The task to bring forward.
    pub highlight: Option<usize>,
}

impl TrainingScores {
    /// Whether every task has a colour of its own: the series colour of its number. Else all are grey but the highlighted one.
    pub fn is_coloured(&self) -> bool {
        self.tasks.len() <= COLOURED
    }

    fn points(&self, task: usize) -> Vec<(f64, f64)> {
        (1..)
            .zip(&self.scores)
            .filter_map(|(epoch, scores)| Some((f64::from(epoch), (*scores.get(task)?)?)))
            .collect()
    }
}

impl Chart for TrainingScores {
    fn title(&self) -> String {
        "Validation score per task".to_string()
    }

    fn description(&self) -> String {
        let mean = self.means.last().copied().flatten();
        let mut text = format!(
            "Line chart of the validation scores of {} tasks over {} epochs",
            self.tasks.len(),
            self.scores.len()
        );
        if let Some(mean) = mean {
            text.push_str(", at present ");
            text.push_str(&number(mean, 3));
            text.push_str(" on average");
        }
        text.push('.');
        text
    }

    fn size(&self, width: f64) -> (f64, f64) {
        (width, height(width))
    }

    fn draw(&self, drawing: &Drawing<'_>) -> Result<(), ChartError> {
        let canvas = drawing.canvas;
        let theme = &canvas.theme;
        let (low, high) = range(
            self.scores
                .iter()
                .flatten()
                .chain(&self.means)
                .filter_map(|score| *score),
        );
        let low = ((low - 0.02) * 10.0).floor() / 10.0;
        let high = ((high + 0.01) * 10.0).ceil() / 10.0;
        let y = Axis::new(
            "Validation score",
            low.clamp(-1.0, 0.9),
            high.clamp(0.0, 1.0),
        );
        let x = epochs_axis(self.epochs.max(self.scores.len()));
        let plane = draw_axes(canvas, &x, &y);
        draw_best(drawing, &plane, self.best_epoch, self.scores.len());
        for (task, name) in self.tasks.iter().enumerate() {
            if self.highlight == Some(task) {
                continue;
            }
            let (colour, opacity) = match (self.is_coloured(), self.highlight) {
                (true, None) => (theme.series_colour(task), 1.0),
                (true, Some(_)) => (theme.series_colour(task), 0.3),
                (false, None) => (theme.muted, 0.45),
                (false, Some(_)) => (theme.muted, 0.25),
            };
            canvas.open_group("", name);
            plane.curve(&self.points(task), colour, opacity, 1.5)?;
            canvas.close_group();
        }
        if self.tasks.len() > 1 && self.highlight.is_none() {
            let means: Vec<(f64, f64)> = (1..)
                .zip(&self.means)
                .filter_map(|(epoch, mean)| Some((f64::from(epoch), (*mean)?)))
                .collect();
            canvas.open_group(" stroke-dasharray=\"6 4\"", "Mean of the tasks");
            plane.curve(&means, theme.ink, 1.0, 2.0)?;
            canvas.close_group();
        }
        if let Some((task, name)) = self
            .highlight
            .and_then(|task| Some((task, self.tasks.get(task)?)))
        {
            let colour = if self.is_coloured() {
                theme.series_colour(task)
            } else {
                theme.accent
            };
            let points = self.points(task);
            canvas.open_group("", name);
            plane.curve(&points, colour, 1.0, 3.0)?;
            if let Some(&last) = points.last() {
                plane.dot(last, 4.0, colour, 1.0)?;
            }
            canvas.close_group();
        }
        Ok(())
    }

    fn table(&self) -> Table {
        let mut table = Table::new(&["Epoch", "Mean of the tasks"]);
        table.columns.extend(self.tasks.iter().cloned());
        for (index, scores) in self.scores.iter().enumerate() {
            let mean = self.means.get(index).copied().flatten();
            let mut row = vec![Cell::Count(index + 1), Cell::score(mean)];
            row.extend(
                (0..self.tasks.len()).map(|task| Cell::score(scores.get(task).copied().flatten())),
            );
            table.rows.push(row);
        }
        table
    }
}

/// Smallest and largest finite value; 0 and 1 without any.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        });
    if low <= high { (low, high) } else { (0.0, 1.0) }
}

fn epochs_axis(epochs: usize) -> Axis {
    Axis::whole("Epoch", 1.0, epochs.max(2) as f64)
}

/// Marks the best epoch.
fn draw_best(
    drawing: &Drawing<'_>,
    plane: &super::canvas::Plane,
    best: Option<usize>,
    finished: usize,
) {
    let canvas = drawing.canvas;
    let Some(best) = best.filter(|best| *best >= 1 && *best <= finished && finished > 1) else {
        return;
    };
    let at = plane.x_pixel(best as f64);
    let edges = plane.edges;
    canvas.line(
        (at, edges.top),
        (at, edges.bottom),
        canvas.theme.muted,
        1.0,
        "2 3",
    );
    let text = format!("best: {best}");
    let width = text_width(&text, SMALL);
    let start = if at + 4.0 + width <= edges.right {
        at + 4.0
    } else {
        at - 4.0 - width
    };
    let place = Label::new(start, edges.top + 9.0, canvas.theme.muted).size(SMALL);
    canvas.text(&text, place);
}
