//! The confusion matrix of a task.

use super::canvas::{Anchor, ChartError, Edges, Label, NORMAL, SMALL};
use super::text::{count, percent, shorten, text_width};
use super::{Cell, Chart, Drawing, Table};
use crate::session::protocol::Confusion;

/// Counts of observed against predicted classes. Cells are shaded by their share of the observed class.
#[derive(Debug, Clone, PartialEq)]
pub struct ConfusionMatrix {
    /// The task.
    pub task: String,
    /// Class names and counts.
    pub confusion: Confusion,
}

impl ConfusionMatrix {
    fn row_total(&self, row: usize) -> usize {
        self.confusion.counts.get(row).map_or(0, |r| r.iter().sum())
    }

    fn share(&self, row: usize, column: usize) -> f64 {
        match self.row_total(row) {
            0 => 0.0,
            total => self.count(row, column) as f64 / total as f64,
        }
    }

    fn count(&self, row: usize, column: usize) -> usize {
        self.confusion
            .counts
            .get(row)
            .and_then(|r| r.get(column))
            .copied()
            .unwrap_or(0)
    }

    fn label_width(&self, width: f64) -> f64 {
        let widest = self
            .confusion
            .classes
            .iter()
            .map(|name| text_width(name, SMALL))
            .fold(30.0, f64::max);
        widest.min(width * 0.3) + 10.0
    }
}

impl Chart for ConfusionMatrix {
    fn title(&self) -> String {
        format!("Confusion matrix: {}", self.task)
    }

    fn description(&self) -> String {
        let correct: usize = (0..self.confusion.classes.len())
            .map(|class| self.count(class, class))
            .sum();
        let all: usize = (0..self.confusion.classes.len())
            .map(|class| self.row_total(class))
            .sum();
        format!(
            "Confusion matrix of {} with {} classes: {} of {} samples lie on the diagonal, where the prediction is right.",
            self.task,
            self.confusion.classes.len(),
            count(correct),
            count(all)
        )
    }

    fn size(&self, width: f64) -> (f64, f64) {
        let classes = self.confusion.classes.len().max(1) as f64;
        let width = width.min(620.0).max(classes * 26.0 + 80.0);
        let side = ((width - self.label_width(width)) / classes).min(84.0);
        (width, 48.0 + side * classes + 20.0)
    }

    fn draw(&self, drawing: &Drawing<'_>) -> Result<(), ChartError> {
        let canvas = drawing.canvas;
        let theme = &canvas.theme;
        let classes = self.confusion.classes.len().max(1);
        let left = self.label_width(canvas.width);
        let top = 48.0;
        let side = ((canvas.width - left) / classes as f64).min(84.0);
        canvas.text("Predicted class", Label::new(left, 12.0, theme.ink));
        canvas.text("Observed", Label::new(0.0, 36.0, theme.ink));
        for (class, name) in self.confusion.classes.iter().enumerate() {
            let middle = (class as f64 + 0.5) * side;
            let short = shorten(name, SMALL, side - 4.0);
            let place = Label::new(left + middle, 36.0, theme.muted)
                .size(SMALL)
                .anchor(Anchor::Middle);
            canvas.text(&short, place);
            let short = shorten(name, SMALL, left - 8.0);
            let place = Label::new(left - 6.0, top + middle + 4.0, theme.muted)
                .size(SMALL)
                .anchor(Anchor::End);
            canvas.text(&short, place);
        }
        for (row, observed) in self.confusion.classes.iter().enumerate() {
            for (column, predicted) in self.confusion.classes.iter().enumerate() {
                let (share, number) = (self.share(row, column), self.count(row, column));
                let fill = theme.sequential(0.05 + 0.9 * share);
                let edges = Edges {
                    left: left + column as f64 * side + 0.5,
                    top: top + row as f64 * side + 0.5,
                    right: left + (column + 1) as f64 * side - 0.5,
                    bottom: top + (row + 1) as f64 * side - 0.5,
                };
                let title = format!(
                    "Observed {observed}, predicted {predicted}: {} ({} of the observed class)",
                    count(number),
                    percent(share)
                );
                canvas.cell(edges, fill, "", &title);
                let middle = (
                    (edges.left + edges.right) / 2.0,
                    (edges.top + edges.bottom) / 2.0,
                );
                let colour = theme.text_on(fill);
                let text = count(number);
                let size = if side >= 44.0 { NORMAL } else { SMALL - 2.0 };
                if text_width(&text, size) <= side - 2.0 {
                    let lift = if side >= 44.0 { -2.0 } else { 4.0 };
                    let place = Label::new(middle.0, middle.1 + lift, colour)
                        .size(size)
                        .anchor(Anchor::Middle);
                    canvas.text(&text, if row == column { place.bold() } else { place });
                }
                if side >= 44.0 {
                    let place = Label::new(middle.0, middle.1 + 14.0, colour)
                        .size(SMALL)
                        .anchor(Anchor::Middle);
                    canvas.text(&percent(share), place);
                }
            }
        }
        let note = shorten(
            "Per cent and shade: share of the observed class",
            SMALL,
            canvas.width,
        );
        canvas.text(
            &note,
            Label::new(0.0, canvas.height - 4.0, theme.muted).size(SMALL),
        );
        Ok(())
    }

    fn table(&self) -> Table {
        let mut table = Table::new(&[
            "Observed class",
            "Predicted class",
            "Samples",
            "Share of the observed class",
        ]);
        for (row, observed) in self.confusion.classes.iter().enumerate() {
            for (column, predicted) in self.confusion.classes.iter().enumerate() {
                table.rows.push(vec![
                    Cell::from(observed.as_str()),
                    Cell::from(predicted.as_str()),
                    Cell::Count(self.count(row, column)),
                    Cell::Number(self.share(row, column), Some(3)),
                ]);
            }
        }
        table
    }
}
