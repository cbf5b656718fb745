//! The decision curve of a binary task.

use super::axis::{Axis, draw_axes};
use super::canvas::{Anchor, ChartError, Label, SMALL};
use super::text::{number, percent};
use super::{Cell, Chart, Drawing, Table};
use crate::session::protocol::OperatingPoint;

/// Net benefit by threshold (Vickers and Elkin 2006): of the model, of an alarm for everybody, of none.
#[derive(Debug, Clone, PartialEq)]
pub struct DecisionCurve {
    /// The task.
    pub task: String,
    /// Decisions by rising threshold.
    pub points: Vec<OperatingPoint>,
}

impl DecisionCurve {
    fn prevalence(&self) -> f64 {
        self.points.first().map_or(0.0, |point| {
            (point.true_positives + point.false_negatives) as f64 / point.samples().max(1) as f64
        })
    }

    /// The thresholds from which on the model alarms for nobody are of no interest.
    fn last_threshold(&self) -> f64 {
        self.points
            .iter()
            .filter(|point| point.alarms() > 0)
            .map(|point| point.threshold)
            .fold(0.05, f64::max)
            .min(0.99)
    }

    fn curve(&self, of: impl Fn(&OperatingPoint) -> Option<f64>) -> Vec<(f64, f64)> {
        let last = self.last_threshold();
        self.points
            .iter()
            .filter(|point| point.threshold <= last)
            .filter_map(|point| Some((point.threshold, of(point)?)))
            .collect()
    }
}

impl Chart for DecisionCurve {
    fn title(&self) -> String {
        format!("Decision curve: {}", self.task)
    }

    fn description(&self) -> String {
        let better: Vec<f64> = self
            .points
            .iter()
            .filter(|point| {
                let (own, all) = (point.net_benefit(), point.net_benefit_of_all());
                own.zip(all).is_some_and(|(own, all)| own > all.max(0.0))
            })
            .map(|point| point.threshold)
            .collect();
        let range = match (better.first(), better.last()) {
            (Some(&first), Some(&last)) => format!(
                "Between the thresholds {} and {} the model is at some point of more benefit than both.",
                percent(first),
                percent(last)
            ),
            _ => "At no threshold is the model of more benefit than both.".into(),
        };
        format!(
            "Decision curve of {}: net benefit by threshold, beside alarms for everybody and for nobody. {range}",
            self.task
        )
    }

    fn size(&self, width: f64) -> (f64, f64) {
        let width = width.min(520.0);
        (width, (width * 0.86).max(240.0))
    }

    fn draw(&self, drawing: &Drawing<'_>) -> Result<(), ChartError> {
        let canvas = drawing.canvas;
        let theme = &canvas.theme;
        let model = self.curve(OperatingPoint::net_benefit);
        let all = self.curve(OperatingPoint::net_benefit_of_all);
        let top = self.prevalence().max(0.01) * 1.1;
        // What lies far below 0 tells nothing but "harm".
        let floor = -0.25 * top;
        let x = Axis::new(
            "Threshold (risk from which on to act)",
            0.0,
            self.last_threshold(),
        );
        let y = Axis::new("Net benefit (true positives a patient)", floor, top);
        let plane = draw_axes(canvas, &x, &y);
        let edges = plane.edges;
        let zero = plane.y_pixel(0.0);
        canvas.line(
            (edges.left, zero),
            (edges.right, zero),
            theme.muted,
            1.0,
            "4 4",
        );
        // On the left, where the curves are high.
        let place = Label::new(edges.left + 4.0, zero + 14.0, theme.muted);
        canvas.text("alarm for nobody", place.size(SMALL));
        plane.curve(&cut(&all, floor), theme.muted, 1.0, 1.5)?;
        // Beside the falling line, a third of its way down.
        if let Some(&(at, benefit)) = all.iter().find(|(_, benefit)| *benefit < top * 0.6) {
            let label = Label::new(plane.x_pixel(at) + 6.0, plane.y_pixel(benefit), theme.muted);
            canvas.text("alarm for everybody", label.size(SMALL));
        }
        plane.curve(&cut(&model, floor), theme.accent, 1.0, 2.0)?;
        let place = Label::new(edges.right - 4.0, edges.top + 14.0, theme.accent);
        canvas.text("model", place.anchor(Anchor::End).bold());
        Ok(())
    }

    fn table(&self) -> Table {
        let mut table = Table::new(&[
            "Threshold",
            "Net benefit of the model",
            "Net benefit of alarms for everybody",
            "True positives",
            "False positives",
            "True negatives",
            "False negatives",
        ]);
        table.rows = self
            .points
            .iter()
            .map(|point| {
                let benefit = |value: Option<f64>| {
                    value.map_or(Cell::Empty, |value| Cell::Number(value, Some(4)))
                };
                vec![
                    Cell::from(number(point.threshold, 4).as_str()),
                    benefit(point.net_benefit()),
                    benefit(point.net_benefit_of_all()),
                    Cell::Count(point.true_positives),
                    Cell::Count(point.false_positives),
                    Cell::Count(point.true_negatives),
                    Cell::Count(point.false_negatives),
                ]
            })
            .collect();
        table
    }
}

/// The part of a curve above a floor, to the point where it crosses.
fn cut(points: &[(f64, f64)], floor: f64) -> Vec<(f64, f64)> {
    let mut kept: Vec<(f64, f64)> = vec![];
    for &(x, y) in points {
        if y >= floor {
            kept.push((x, y));
        } else {
            if let Some(&(before, height)) = kept.last() {
                let share = (height - floor) / (height - y);
                kept.push((before + (x - before) * share, floor));
            }
            break;
        }
    }
    kept
}
