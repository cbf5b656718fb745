//! The map of a clustering task.

use super::axis::{Axis, draw_axes_above};
use super::canvas::{Anchor, ChartError, Edges, Label, SMALL};
use super::text::{count, percent, text_width};
use super::{Cell, Chart, Drawing, Table};
use crate::session::protocol::ClusterMap;

/// Cells of the map's grid across and down.
const GRID: usize = 40;

/// Two principal components of a task's representation, as dots that stand for the samples of a small square: the wider, the more.
/// Single samples are not shown, so that a saved map holds no patient's row.
#[derive(Debug, Clone, PartialEq)]
pub struct Clusters {
    /// The task.
    pub task: String,
    /// Points, clusters, sizes.
    pub map: ClusterMap,
}

/// Samples of one cluster in one square of the grid.
struct Square {
    column: usize,
    row: usize,
    cluster: usize,
    count: usize,
}

impl Clusters {
    fn range(&self, component: usize) -> (f64, f64) {
        let (low, high) = self
            .map
            .points
            .iter()
            .map(|point| point[component])
            .filter(|value| value.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                (low.min(value), high.max(value))
            });
        if low < high {
            let room = (high - low) * 0.03;
            (low - room, high + room)
        } else if low == high {
            (low - 1.0, high + 1.0)
        } else {
            (0.0, 1.0)
        }
    }

    /// Counts by square and cluster, ordered by square.
    fn squares(&self, x: (f64, f64), y: (f64, f64)) -> Vec<Square> {
        let place = |value: f64, range: (f64, f64)| {
            let share = (value - range.0) / (range.1 - range.0);
            ((share * GRID as f64) as usize).min(GRID - 1)
        };
        let mut keys: Vec<(usize, usize, usize)> = self
            .map
            .points
            .iter()
            .zip(&self.map.cluster)
            .filter(|([a, b], _)| a.is_finite() && b.is_finite())
            .map(|([a, b], cluster)| (place(*a, x), place(*b, y), *cluster))
            .collect();
        keys.sort_unstable();
        let mut squares: Vec<Square> = Vec::new();
        for (column, row, cluster) in keys {
            match squares.last_mut() {
                Some(last) if (last.column, last.row, last.cluster) == (column, row, cluster) => {
                    last.count += 1;
                }
                _ => squares.push(Square {
                    column,
                    row,
                    cluster,
                    count: 1,
                }),
            }
        }
        squares
    }
}

impl Chart for Clusters {
    fn title(&self) -> String {
        format!("Cluster map: {}", self.task)
    }

    fn description(&self) -> String {
        let sizes: Vec<String> = self.map.sizes.iter().map(|size| count(*size)).collect();
        format!(
            "Map of the {} clusters of {} over the first two principal components. Test samples in each: {}.",
            self.map.sizes.len(),
            self.task,
            sizes.join(", ")
        )
    }

    fn size(&self, width: f64) -> (f64, f64) {
        let width = width.min(620.0);
        (width, (width * 0.78).max(250.0) + 26.0)
    }

    fn draw(&self, drawing: &Drawing<'_>) -> Result<(), ChartError> {
        let canvas = drawing.canvas;
        let theme = &canvas.theme;
        let (x, y) = (self.range(0), self.range(1));
        let named = |number: &str, share: f64| {
            format!("{number} component ({} of the variance)", percent(share))
        };
        let plane = draw_axes_above(
            canvas,
            &Axis::new(&named("First", self.map.explained[0]), x.0, x.1),
            &Axis::new(&named("Second", self.map.explained[1]), y.0, y.1),
            26.0,
        );
        let step = ((x.1 - x.0) / GRID as f64, (y.1 - y.0) / GRID as f64);
        let squares = self.squares(x, y);
        let most = squares.iter().map(|square| square.count).max().unwrap_or(1) as f64;
        let pixels = (plane.edges.right - plane.edges.left)
            .min(plane.edges.bottom - plane.edges.top)
            / GRID as f64;
        for square in &squares {
            let at = (
                x.0 + (square.column as f64 + 0.5) * step.0,
                y.0 + (square.row as f64 + 0.5) * step.1,
            );
            let radius = pixels * (0.3 + 0.4 * (square.count as f64 / most).sqrt());
            plane.dot(at, radius, theme.series_colour(square.cluster), 0.8)?;
        }
        for cluster in 0..self.map.sizes.len() {
            self.draw_number(drawing, &plane, cluster);
        }
        let base = canvas.height - 5.0;
        let mut left = 0.0;
        for (cluster, size) in self.map.sizes.iter().enumerate() {
            let text = format!("{}: {}", cluster + 1, count(*size));
            let wide = 16.0 + text_width(&text, SMALL) + 10.0;
            if left + wide > canvas.width {
                break;
            }
            let swatch = Edges {
                left,
                top: base - 9.0,
                right: left + 11.0,
                bottom: base + 1.0,
            };
            canvas.rectangle(swatch, theme.series_colour(cluster));
            canvas.text(
                &text,
                Label::new(left + 16.0, base, theme.muted).size(SMALL),
            );
            left += wide;
        }
        Ok(())
    }

    fn table(&self) -> Table {
        let all: usize = self.map.sizes.iter().sum();
        let mut table = Table::new(&["Cluster", "Test samples", "Share"]);
        for (cluster, size) in self.map.sizes.iter().enumerate() {
            table.rows.push(vec![
                Cell::Count(cluster + 1),
                Cell::Count(*size),
                Cell::Number(*size as f64 / all.max(1) as f64, Some(3)),
            ]);
        }
        table
    }
}

impl Clusters {
    /// Writes a cluster's number at its middle, so that colour is not needed to tell it.
    fn draw_number(&self, drawing: &Drawing<'_>, plane: &super::canvas::Plane, cluster: usize) {
        let canvas = drawing.canvas;
        let (mut x, mut y, mut points) = (0.0, 0.0, 0.0);
        for ([a, b], of) in self.map.points.iter().zip(&self.map.cluster) {
            if *of == cluster && a.is_finite() && b.is_finite() {
                x += a;
                y += b;
                points += 1.0;
            }
        }
        if points == 0.0 {
            return;
        }
        let (x, y) = (plane.x_pixel(x / points), plane.y_pixel(y / points));
        let ground = Edges {
            left: x - 9.0,
            top: y - 9.0,
            right: x + 9.0,
            bottom: y + 9.0,
        };
        canvas.cell(ground, canvas.theme.surface, " rx=\"9\"", "");
        let place = Label::new(x, y + 4.5, canvas.theme.ink)
            .anchor(Anchor::Middle)
            .bold();
        canvas.text(&(cluster + 1).to_string(), place);
    }
}
