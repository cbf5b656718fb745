//! Curves of a binary task: ROC, precision and recall, calibration.

use super::axis::{Axis, draw_axes, draw_axes_above};
use super::canvas::{Anchor, ChartError, Edges, Label, SMALL};
use super::text::{count, number, percent};
use super::{Cell, Chart, Drawing, Table};
use crate::session::protocol::CalibrationBin;

/// Charts of shares are nearly square, and no wider than a column of text.
fn square(width: f64) -> (f64, f64) {
    let width = width.min(520.0);
    (width, (width * 0.86).max(240.0))
}

/// The receiver operating characteristic of a task.
#[derive(Debug, Clone, PartialEq)]
pub struct Roc {
    /// The task.
    pub task: String,
    /// False positive rate and sensitivity, ascending.
    pub points: Vec<[f64; 2]>,
    /// Area under the curve.
    pub auroc: Option<f64>,
}

impl Chart for Roc {
    fn title(&self) -> String {
        format!("ROC curve: {}", self.task)
    }

    fn description(&self) -> String {
        let area = match self.auroc {
            Some(area) => format!(" The area under the curve is {}.", number(area, 3)),
            None => String::new(),
        };
        format!(
            "ROC curve of {}: sensitivity against false positive rate.{area}",
            self.task
        )
    }

    fn size(&self, width: f64) -> (f64, f64) {
        square(width)
    }

    fn draw(&self, drawing: &Drawing<'_>) -> Result<(), ChartError> {
        let canvas = drawing.canvas;
        let theme = &canvas.theme;
        let x = Axis::share("False positive rate (1 − specificity)");
        let plane = draw_axes(canvas, &x, &Axis::share("Sensitivity"));
        let edges = plane.edges;
        canvas.line(
            (edges.left, edges.bottom),
            (edges.right, edges.top),
            theme.muted,
            1.0,
            "4 4",
        );
        canvas.text(
            "chance",
            Label::new(plane.x_pixel(0.74), plane.y_pixel(0.66), theme.muted).size(SMALL),
        );
        let points = pairs(&self.points);
        plane.fill_under(&points, 0.0, theme.accent, 0.08)?;
        plane.curve(&points, theme.accent, 1.0, 2.0)?;
        if let Some(area) = self.auroc {
            let text = format!("AUROC {}", number(area, 3));
            let place = Label::new(edges.right - 4.0, edges.bottom - 8.0, theme.ink)
                .anchor(Anchor::End)
                .bold();
            canvas.text(&text, place);
        }
        Ok(())
    }

    fn table(&self) -> Table {
        pairs_table("False positive rate", "Sensitivity", &self.points)
    }
}

/// Precision against recall of a task.
#[derive(Debug, Clone, PartialEq)]
pub struct PrecisionRecall {
    /// The task.
    pub task: String,
    /// Recall (sensitivity) and precision (positive predictive value), by recall.
    pub points: Vec<[f64; 2]>,
    /// Share of positive samples: what chance reaches.
    pub prevalence: Option<f64>,
    /// Area under the curve.
    pub auprc: Option<f64>,
}

impl Chart for PrecisionRecall {
    fn title(&self) -> String {
        format!("Precision and recall: {}", self.task)
    }

    fn description(&self) -> String {
        let mut text = format!(
            "Precision-recall curve of {}: positive predictive value against sensitivity.",
            self.task
        );
        if let Some(area) = self.auprc {
            text.push_str(" The area under the curve is ");
            text.push_str(&number(area, 3));
            text.push('.');
        }
        if let Some(prevalence) = self.prevalence {
            text.push_str(" The prevalence is ");
            text.push_str(&percent(prevalence));
            text.push('.');
        }
        text
    }

    fn size(&self, width: f64) -> (f64, f64) {
        square(width)
    }

    fn draw(&self, drawing: &Drawing<'_>) -> Result<(), ChartError> {
        let canvas = drawing.canvas;
        let theme = &canvas.theme;
        let y = Axis::share("Precision (positive predictive value)");
        let plane = draw_axes(canvas, &Axis::share("Recall (sensitivity)"), &y);
        let edges = plane.edges;
        if let Some(prevalence) = self.prevalence.filter(|value| value.is_finite()) {
            let at = plane.y_pixel(prevalence);
            canvas.line((edges.left, at), (edges.right, at), theme.muted, 1.0, "4 4");
            let text = format!("prevalence {}", percent(prevalence));
            let above = if at - edges.top > 20.0 {
                at - 5.0
            } else {
                at + 14.0
            };
            canvas.text(
                &text,
                Label::new(edges.left + 4.0, above, theme.muted).size(SMALL),
            );
        }
        let points = pairs(&self.points);
        plane.curve(&points, theme.accent, 1.0, 2.0)?;
        if let Some(area) = self.auprc {
            let text = format!("AUPRC {}", number(area, 3));
            let place = Label::new(edges.right - 4.0, edges.top + 14.0, theme.ink)
                .anchor(Anchor::End)
                .bold();
            canvas.text(&text, place);
        }
        Ok(())
    }

    fn table(&self) -> Table {
        pairs_table("Recall", "Precision", &self.points)
    }
}

/// Predicted against observed risk.
#[derive(Debug, Clone, PartialEq)]
pub struct CalibrationCurve {
    /// The task.
    pub task: String,
    /// Groups of samples with similar predicted risk.
    pub bins: Vec<CalibrationBin>,
}

/// Wilson's 95 % interval of a share among `count` samples (Wilson 1927).
fn wilson(share: f64, count: usize) -> (f64, f64) {
    const Z: f64 = 1.959_963_984_540_054;
    let n = count as f64;
    let middle = share + Z * Z / (2.0 * n);
    let spread = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let whole = 1.0 + Z * Z / n;
    (
        ((middle - spread) / whole).max(0.0),
        ((middle + spread) / whole).min(1.0),
    )
}

/// Height in pixels of the strip with the groups' counts.
const STRIP: f64 = 54.0;

impl CalibrationCurve {
    fn filled(&self) -> impl Iterator<Item = &CalibrationBin> {
        self.bins
            .iter()
            .filter(|bin| bin.count > 0 && bin.predicted.is_finite() && bin.observed.is_finite())
    }
}

impl Chart for CalibrationCurve {
    fn title(&self) -> String {
        format!("Calibration: {}", self.task)
    }

    fn description(&self) -> String {
        let gap = self
            .filled()
            .map(|bin| (bin.predicted - bin.observed).abs())
            .fold(0.0, f64::max);
        format!(
            "Calibration of {}: observed share against mean predicted risk in {} groups. The widest gap is {} percentage points.",
            self.task,
            self.filled().count(),
            number(gap * 100.0, 0)
        )
    }

    fn size(&self, width: f64) -> (f64, f64) {
        let (width, height) = square(width);
        (width, height + STRIP)
    }

    fn draw(&self, drawing: &Drawing<'_>) -> Result<(), ChartError> {
        let canvas = drawing.canvas;
        let theme = &canvas.theme;
        let x = Axis::share("Mean predicted risk of the group");
        let y = Axis::share("Share with the outcome");
        let plane = draw_axes_above(canvas, &x, &y, STRIP);
        let edges = plane.edges;
        canvas.line(
            (edges.left, edges.bottom),
            (edges.right, edges.top),
            theme.muted,
            1.0,
            "4 4",
        );
        let largest = self.filled().map(|bin| bin.count).max().unwrap_or(1);
        let floor = canvas.height - 2.0;
        let points: Vec<(f64, f64)> = self
            .filled()
            .map(|bin| (bin.predicted, bin.observed))
            .collect();
        plane.curve(&points, theme.accent, 0.5, 1.5)?;
        for bin in self.filled() {
            let at = plane.x_pixel(bin.predicted.clamp(0.0, 1.0));
            let (low, high) = wilson(bin.observed.clamp(0.0, 1.0), bin.count);
            let title = format!(
                "Predicted {}, observed {} ({} to {}), {} samples",
                percent(bin.predicted),
                percent(bin.observed),
                percent(low),
                percent(high),
                count(bin.count)
            );
            canvas.open_group("", &title);
            let ends = (plane.y_pixel(low), plane.y_pixel(high));
            canvas.line((at, ends.0), (at, ends.1), theme.accent, 1.5, "");
            plane.dot((bin.predicted, bin.observed), 4.0, theme.accent, 1.0)?;
            let tall = (STRIP - 24.0) * bin.count as f64 / largest as f64;
            let bar = Edges {
                left: (at - 4.0).max(edges.left),
                top: floor - tall.max(1.0),
                right: (at + 4.0).min(edges.right),
                bottom: floor,
            };
            canvas.rectangle(bar, theme.muted);
            canvas.close_group();
        }
        canvas.line(
            (edges.left, floor),
            (edges.right, floor),
            theme.grid,
            1.0,
            "",
        );
        let text = format!("Samples in the group (tallest bar: {})", count(largest));
        canvas.text(
            &text,
            Label::new(0.0, canvas.height - STRIP + 14.0, theme.muted).size(SMALL),
        );
        Ok(())
    }

    fn table(&self) -> Table {
        let mut table = Table::new(&[
            "Mean predicted risk",
            "Share with the outcome",
            "95 % low",
            "95 % high",
            "Samples",
        ]);
        for bin in self.filled() {
            let (low, high) = wilson(bin.observed.clamp(0.0, 1.0), bin.count);
            table.rows.push(vec![
                Cell::Number(bin.predicted, Some(3)),
                Cell::Number(bin.observed, Some(3)),
                Cell::Number(low, Some(3)),
                Cell::Number(high, Some(3)),
                Cell::Count(bin.count),
            ]);
        }
        table
    }
}

fn pairs(points: &[[f64; 2]]) -> Vec<(f64, f64)> {
    points.iter().map(|[x, y]| (*x, *y)).collect()
}

fn pairs_table(x: &str, y: &str, points: &[[f64; 2]]) -> Table {
    let mut table = Table::new(&[x, y]);
    table.rows = points
        .iter()
        .map(|[x, y]| vec![Cell::Number(*x, Some(3)), Cell::Number(*y, Some(3))])
        .collect();
    table
}

#[cfg(test)]
mod tests {
    use super::wilson;

    #[test]
    fn wilson_matches_a_published_case() {
        // 81 of 263 (Newcombe 1998, table I): 0.2553 to 0.3662.
        let (low, high) = wilson(81.0 / 263.0, 263);
        assert!((low - 0.2553).abs() < 5e-5 && (high - 0.3662).abs() < 5e-5);
        let (low, high) = wilson(0.0, 20);
        assert!(low == 0.0 && (high - 0.1611).abs() < 5e-5);
    }
}
