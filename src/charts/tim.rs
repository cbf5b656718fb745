//! The heat map of the task interaction measurement.

use super::canvas::{Anchor, Canvas, ChartError, Edges, Label, NORMAL, SMALL};
use super::text::{number, shorten, text_width};
use super::{Cell, Chart, Drawing, Table};
use crate::session::protocol::{Tim, TimMeasure};

/// Rows receive, columns contribute. Colours are centred on 0; links whose interval covers 0 are faded; the diagonal, a task's own
/// evidence, is grey, because it is no link between tasks and would use up the scale.
#[derive(Debug, Clone, PartialEq)]
pub struct TimMap {
    /// The measurement.
    pub tim: Tim,
    /// Links to outline, as receiving and contributing task: for example those planted in a generated cohort.
    pub outlined: Vec<(usize, usize)>,
}

/// Smallest side of a cell in pixels: wide enough for a fingertip's click and a label.
const SMALLEST: f64 = 13.0;

/// Side in pixels from which a cell carries its number.
const NUMBERED: f64 = 34.0;

/// Whether the interval of a link leaves 0 out.
pub fn is_certain(tim: &Tim, receiving: usize, contributing: usize) -> bool {
    match (
        at(&tim.low, receiving, contributing),
        at(&tim.high, receiving, contributing),
    ) {
        (Some(low), Some(high)) => low > 0.0 || high < 0.0,
        _ => false,
    }
}

fn at(matrix: &[Vec<Option<f64>>], row: usize, column: usize) -> Option<f64> {
    (*matrix.get(row)?.get(column)?).filter(|value| value.is_finite())
}

/// A link in a few words, for example `Length of stay receives from Sepsis: +1.2 points (0.4 to 2.0)`.
pub fn link_words(tim: &Tim, receiving: usize, contributing: usize) -> String {
    let name = |task: usize| tim.tasks.get(task).map_or("", String::as_str);
    let mut text = if receiving == contributing {
        format!("{}, own evidence: ", name(receiving))
    } else {
        format!("{} receives from {}: ", name(receiving), name(contributing))
    };
    let Some(value) = at(&tim.matrix, receiving, contributing) else {
        text.push_str("not defined");
        return text;
    };
    let attention = tim.measure == TimMeasure::Attention;
    if value > 0.0 && !attention {
        text.push('+');
    }
    text.push_str(&number(value * 100.0, 1));
    text.push_str(if attention {
        " % of its attention"
    } else {
        " points"
    });
    if let (Some(low), Some(high)) = (
        at(&tim.low, receiving, contributing),
        at(&tim.high, receiving, contributing),
    ) {
        text.push_str(" (");
        text.push_str(&number(low * 100.0, 1));
        text.push_str(" to ");
        text.push_str(&number(high * 100.0, 1));
        text.push(')');
        if !is_certain(tim, receiving, contributing) {
            text.push_str("; the interval covers 0");
        }
    }
    text
}

impl TimMap {
    /// Largest size of a link: where the scale ends.
    fn extent(&self) -> f64 {
        let mut extent = 0.0f64;
        for row in 0..self.tim.tasks.len() {
            for column in 0..self.tim.tasks.len() {
                if row != column {
                    extent = extent.max(at(&self.tim.matrix, row, column).map_or(0.0, f64::abs));
                }
            }
        }
        extent
    }

    fn has_negative(&self) -> bool {
        (0..self.tim.tasks.len()).any(|row| {
            (0..self.tim.tasks.len()).any(|column| {
                row != column && at(&self.tim.matrix, row, column).is_some_and(|value| value < 0.0)
            })
        })
    }

    fn layout(&self, width: f64) -> Layout {
        let tasks = self.tim.tasks.len().max(1) as f64;
        let widest = self
            .tim
            .tasks
            .iter()
            .map(|name| text_width(name, SMALL))
            .fold(30.0, f64::max);
        let rows = widest.min((width * 0.36).clamp(110.0, 220.0)) + 10.0;
        let columns = widest.min(150.0) + 8.0;
        let side = ((width - rows - 2.0) / tasks).clamp(SMALLEST, 56.0);
        Layout {
            rows,
            columns,
            side,
        }
    }
}

struct Layout {
    /// Width of the rows' labels.
    rows: f64,
    /// Height of the columns' labels.
    columns: f64,
    /// Side of a cell.
    side: f64,
}

/// Height of the scale below the map.
const SCALE: f64 = 58.0;

/// Height of the line above the columns' labels.
const HEAD: f64 = 18.0;

impl Chart for TimMap {
    fn title(&self) -> String {
        format!("Task interaction ({})", self.tim.measure.name())
    }

    fn description(&self) -> String {
        let tasks = self.tim.tasks.len();
        let certain = (0..tasks)
            .flat_map(|row| (0..tasks).map(move |column| (row, column)))
            .filter(|(row, column)| row != column && is_certain(&self.tim, *row, *column))
            .count();
        format!(
            "Heat map of task interaction by {} among {tasks} tasks: rows receive, columns contribute. The intervals of {certain} links leave 0 out.",
            self.tim.measure.name()
        )
    }

    fn size(&self, width: f64) -> (f64, f64) {
        let tasks = self.tim.tasks.len().max(1) as f64;
        let layout = self.layout(width);
        let wide = layout.rows + layout.side * tasks + 2.0;
        (
            wide.max(width.min(300.0)),
            HEAD + layout.columns + layout.side * tasks + SCALE,
        )
    }

    fn draw(&self, drawing: &Drawing<'_>) -> Result<(), ChartError> {
        let canvas = drawing.canvas;
        let theme = &canvas.theme;
        let layout = self.layout(drawing.asked);
        let extent = self.extent();
        let (left, top) = (layout.rows, HEAD + layout.columns);
        canvas.text(
            "contributes →",
            Label::new(left, 11.0, theme.ink).size(SMALL),
        );
        canvas.text(
            "receives ↓",
            Label::new(left - 8.0, top - 6.0, theme.ink)
                .size(SMALL)
                .anchor(Anchor::End),
        );
        let size = (layout.side - 2.0).clamp(9.0, SMALL);
        for (task, name) in self.tim.tasks.iter().enumerate() {
            let middle = (task as f64 + 0.5) * layout.side;
            let short = shorten(name, size, layout.columns - 8.0);
            let place = Label::new(left + middle + size * 0.35, top - 5.0, theme.ink)
                .size(size)
                .upwards();
            canvas.text(&short, place);
            let short = shorten(name, size, left - 10.0);
            let place = Label::new(left - 6.0, top + middle + size * 0.35, theme.ink)
                .size(size)
                .anchor(Anchor::End);
            canvas.text(&short, place);
        }
        for row in 0..self.tim.tasks.len() {
            for column in 0..self.tim.tasks.len() {
                let edges = Edges {
                    left: left + column as f64 * layout.side + 0.5,
                    top: top + row as f64 * layout.side + 0.5,
                    right: left + (column + 1) as f64 * layout.side - 0.5,
                    bottom: top + (row + 1) as f64 * layout.side - 0.5,
                };
                self.draw_cell(canvas, edges, (row, column), extent);
            }
        }
        let bottom = top + self.tim.tasks.len() as f64 * layout.side;
        self.draw_scale(canvas, bottom + 14.0, extent);
        Ok(())
    }

    fn table(&self) -> Table {
        let mut table = Table::new(&[
            "Receiving task",
            "Contributing task",
            "Score",
            "Value",
            "95 % low",
            "95 % high",
            "Interval leaves 0 out",
        ]);
        let cell = |value: Option<f64>| match value {
            Some(value) => Cell::Number(value, Some(4)),
            None => Cell::Empty,
        };
        for (row, receiving) in self.tim.tasks.iter().enumerate() {
            for (column, contributing) in self.tim.tasks.iter().enumerate() {
                let certain = is_certain(&self.tim, row, column);
                table.rows.push(vec![
                    Cell::from(receiving.as_str()),
                    Cell::from(contributing.as_str()),
                    Cell::from(self.tim.score.get(row).map_or("", String::as_str)),
                    cell(at(&self.tim.matrix, row, column)),
                    cell(at(&self.tim.low, row, column)),
                    cell(at(&self.tim.high, row, column)),
                    Cell::from(if certain { "yes" } else { "no" }),
                ]);
            }
        }
        table
    }
}

impl TimMap {
    fn draw_cell(&self, canvas: &Canvas, edges: Edges, (row, column): (usize, usize), extent: f64) {
        let theme = &canvas.theme;
        let value = at(&self.tim.matrix, row, column);
        let certain = is_certain(&self.tim, row, column);
        let neutral = theme.neutral();
        let fill = match value {
            _ if row == column => theme.surface.towards(theme.muted, 0.28),
            None => theme.surface,
            Some(value) => {
                let full = theme.diverging(value, extent);
                if certain {
                    full
                } else {
                    neutral.towards(full, 0.3)
                }
            }
        };
        let attributes = format!(" data-link=\"{row},{column}\"");
        canvas.cell(
            edges,
            fill,
            &attributes,
            &link_words(&self.tim, row, column),
        );
        if self.outlined.contains(&(row, column)) {
            let inset = Edges {
                left: edges.left + 0.75,
                top: edges.top + 0.75,
                right: edges.right - 0.75,
                bottom: edges.bottom - 0.75,
            };
            canvas.outline(inset, theme.ink, 1.5);
        }
        let side = edges.right - edges.left + 1.0;
        if side < NUMBERED {
            return;
        }
        let text = value.map_or("–".to_string(), |value| {
            let decimals = if side >= 44.0 { 1 } else { 0 };
            number(value * 100.0, decimals)
        });
        let colour = if certain || row == column {
            theme.text_on(fill)
        } else {
            theme.muted
        };
        let place = Label::new(
            (edges.left + edges.right) / 2.0,
            (edges.top + edges.bottom) / 2.0 + 4.0,
            colour,
        )
        .size(SMALL)
        .anchor(Anchor::Middle);
        canvas.open_group(" pointer-events=\"none\"", "");
        canvas.text(&text, place);
        canvas.close_group();
    }

    fn draw_scale(&self, canvas: &Canvas, top: f64, extent: f64) {
        let theme = &canvas.theme;
        let attention = self.tim.measure == TimMeasure::Attention;
        let low = if self.has_negative() { -extent } else { 0.0 };
        let steps = 24;
        let wide = (canvas.width - 70.0).clamp(80.0, 200.0);
        for step in 0..steps {
            let share = (f64::from(step) + 0.5) / f64::from(steps);
            let value = low + (extent - low) * share;
            let full = theme.diverging(value, extent);
            let edges = Edges {
                left: 4.0 + wide * f64::from(step) / f64::from(steps),
                top,
                right: 4.0 + wide * f64::from(step + 1) / f64::from(steps) + 0.2,
                bottom: top + 10.0,
            };
            canvas.rectangle(edges, full);
        }
        let label = |value: f64| {
            let sign = if value > 0.0 && !attention { "+" } else { "" };
            format!("{sign}{}", number(value * 100.0, 1))
        };
        let mut ends = vec![(4.0, low, Anchor::Start), (4.0 + wide, extent, Anchor::End)];
        if low < 0.0 {
            ends.push((4.0 + wide / 2.0, 0.0, Anchor::Middle));
        }
        for (x, value, anchor) in ends {
            let place = Label::new(x, top + 22.0, theme.muted)
                .size(SMALL)
                .anchor(anchor);
            canvas.text(&label(value), place);
        }
        let unit = if attention { "%" } else { "points" };
        canvas.text(
            unit,
            Label::new(4.0 + wide + 8.0, top + 9.0, theme.muted).size(SMALL),
        );
        let note = if self.outlined.is_empty() {
            "Faded: the interval covers 0. Grey: own evidence."
        } else {
            "Faded: the interval covers 0. Grey: own evidence. Outlined: planted."
        };
        let size = if text_width(note, SMALL) <= canvas.width - 4.0 {
            SMALL
        } else {
            9.5
        };
        let note = shorten(note, size, canvas.width.max(NORMAL) - 4.0);
        canvas.text(&note, Label::new(4.0, top + 40.0, theme.muted).size(size));
    }
}
