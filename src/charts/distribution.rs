//! Counts over bins: predicted against observed values, and histograms.

use super::axis::{Axis, draw_axes};
use super::canvas::{ChartError, Edges, Label, SMALL};
use super::text::{count, short_number, text_width};
use super::{Cell, Chart, Drawing, Table};
use crate::session::protocol::{Density, HistogramBin};

/// Predicted against observed values of a regression task, as counts on a grid.
#[derive(Debug, Clone, PartialEq)]
pub struct PredictedObserved {
    /// The task.
    pub task: String,
    /// The label's unit.
    pub unit: Option<String>,
    /// The counts.
    pub density: Density,
}

impl PredictedObserved {
    fn with_unit(&self, name: &str) -> String {
        match &self.unit {
            Some(unit) => format!("{name} ({unit})"),
            None => name.to_string(),
        }
    }

    /// Filled cells: edges of the observed and of the predicted value, and the count.
    fn cells(&self) -> impl Iterator<Item = ([f64; 2], [f64; 2], usize)> {
        let density = &self.density;
        density
            .observed_edges
            .windows(2)
            .zip(&density.counts)
            .flat_map(move |(observed, row)| {
                density
                    .predicted_edges
                    .windows(2)
                    .zip(row)
                    .filter(|(_, count)| **count > 0)
                    .map(move |(predicted, count)| {
                        (
                            [observed[0], observed[1]],
                            [predicted[0], predicted[1]],
                            *count,
                        )
                    })
            })
    }
}

fn ends(edges: &[f64]) -> (f64, f64) {
    match (edges.first(), edges.last()) {
        (Some(first), Some(last)) => (*first, *last),
        _ => (0.0, 1.0),
    }
}

impl Chart for PredictedObserved {
    fn title(&self) -> String {
        format!("Predicted against observed: {}", self.task)
    }

    fn description(&self) -> String {
        let all: usize = self.cells().map(|(_, _, count)| count).sum();
        format!(
            "Density map of {}: predicted against observed values of {} test samples; a perfect prediction lies on the diagonal.",
            self.task,
            count(all)
        )
    }

    fn size(&self, width: f64) -> (f64, f64) {
        let width = width.min(560.0);
        (width, (width * 0.86).max(250.0) + 24.0)
    }

    fn draw(&self, drawing: &Drawing<'_>) -> Result<(), ChartError> {
        let canvas = drawing.canvas;
        let theme = &canvas.theme;
        let (x_low, x_high) = ends(&self.density.observed_edges);
        let (y_low, y_high) = ends(&self.density.predicted_edges);
        let x = Axis::new(&self.with_unit("Observed"), x_low, x_high);
        let y = Axis::new(&self.with_unit("Predicted"), y_low, y_high);
        let plane = super::axis::draw_axes_above(canvas, &x, &y, 24.0);
        let most = self.cells().map(|(_, _, count)| count).max().unwrap_or(1);
        // Square roots, so that single samples can still be seen beside the crowd.
        let shade = |count: usize| (count as f64 / most as f64).sqrt() * 0.88 + 0.12;
        for (observed, predicted, count) in self.cells() {
            let fill = theme.sequential(shade(count));
            plane.bar(
                (observed[0], predicted[0]),
                (observed[1], predicted[1]),
                fill,
            )?;
        }
        let (low, high) = (x.low.max(y.low), x.high.min(y.high));
        if high > low {
            canvas.line(
                (plane.x_pixel(low), plane.y_pixel(low)),
                (plane.x_pixel(high), plane.y_pixel(high)),
                theme.ink,
                1.0,
                "4 4",
            );
        }
        draw_shades(drawing, most, shade);
        Ok(())
    }

    fn table(&self) -> Table {
        let mut table = Table::new(&[]);
        table.columns = vec![
            self.with_unit("Observed from"),
            self.with_unit("Observed to"),
            self.with_unit("Predicted from"),
            self.with_unit("Predicted to"),
            "Samples".to_string(),
        ];
        for (observed, predicted, count) in self.cells() {
            table.rows.push(vec![
                Cell::Number(observed[0], None),
                Cell::Number(observed[1], None),
                Cell::Number(predicted[0], None),
                Cell::Number(predicted[1], None),
                Cell::Count(count),
            ]);
        }
        table
    }
}

/// Says below the chart what the shades mean.
fn draw_shades(drawing: &Drawing<'_>, most: usize, shade: impl Fn(usize) -> f64) {
    let canvas = drawing.canvas;
    let theme = &canvas.theme;
    let base = canvas.height - 4.0;
    let mut steps = vec![1, most.div_ceil(4), most];
    steps.dedup();
    let mut x = 0.0;
    canvas.text("Samples", Label::new(x, base, theme.muted).size(SMALL));
    x += text_width("Samples", SMALL) + 10.0;
    for step in steps {
        let box_edges = Edges {
            left: x,
            top: base - 10.0,
            right: x + 14.0,
            bottom: base + 1.0,
        };
        canvas.rectangle(box_edges, theme.sequential(shade(step)));
        let text = count(step);
        canvas.text(&text, Label::new(x + 18.0, base, theme.muted).size(SMALL));
        x += 18.0 + text_width(&text, SMALL) + 12.0;
    }
}

/// Counts of a quantity over bins.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// The quantity.
    pub name: String,
    /// Its unit.
    pub unit: Option<String>,
    /// The bins.
    pub bins: Vec<HistogramBin>,
}

impl Histogram {
    fn label(&self) -> String {
        match &self.unit {
            Some(unit) => format!("{} ({unit})", self.name),
            None => self.name.clone(),
        }
    }
}

impl Chart for Histogram {
    fn title(&self) -> String {
        format!("Distribution: {}", self.name)
    }

    fn description(&self) -> String {
        let all: usize = self.bins.iter().map(|bin| bin.count).sum();
        match (
            self.bins.first(),
            self.bins.iter().max_by_key(|bin| bin.count),
            self.bins.last(),
        ) {
            (Some(first), Some(most), Some(last)) => format!(
                "Histogram of {}: {} samples from {} to {}, most of them between {} and {}.",
                self.name,
                count(all),
                short_number(first.low),
                short_number(last.high),
                short_number(most.low),
                short_number(most.high)
            ),
            _ => format!("Histogram of {} without samples.", self.name),
        }
    }

    fn size(&self, width: f64) -> (f64, f64) {
        let width = width.min(640.0);
        (width, (width * 0.45).clamp(150.0, 260.0))
    }

    fn draw(&self, drawing: &Drawing<'_>) -> Result<(), ChartError> {
        let canvas = drawing.canvas;
        let most = self.bins.iter().map(|bin| bin.count).max().unwrap_or(1);
        let low = self.bins.first().map_or(0.0, |bin| bin.low);
        let high = self.bins.last().map_or(1.0, |bin| bin.high);
        let x = Axis::new(&self.label(), low, high);
        let y = Axis::whole("Samples", 0.0, most.max(1) as f64);
        let plane = draw_axes(canvas, &x, &y);
        for bin in self.bins.iter().filter(|bin| bin.count > 0) {
            let title = format!(
                "{} to {}: {} samples",
                short_number(bin.low),
                short_number(bin.high),
                count(bin.count)
            );
            canvas.open_group("", &title);
            // A hair's breadth of air between neighbours.
            let air = (x.high - x.low) / (plane.edges.right - plane.edges.left) * 0.5;
            let (from, to) = if bin.high > bin.low {
                (bin.low + air, bin.high - air)
            } else {
                (bin.low - air * 16.0, bin.low + air * 16.0)
            };
            plane.bar((from, 0.0), (to, bin.count as f64), canvas.theme.accent)?;
            canvas.close_group();
        }
        Ok(())
    }

    fn table(&self) -> Table {
        let mut table = Table::new(&["From", "To", "Samples"]);
        table.rows = self
            .bins
            .iter()
            .map(|bin| {
                vec![
                    Cell::Number(bin.low, None),
                    Cell::Number(bin.high, None),
                    Cell::Count(bin.count),
                ]
            })
            .collect();
        table
    }
}
