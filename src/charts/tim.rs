//! The heat map of the task interaction measurement.

use super::arrangement::{Arrangement, TaskGroup};
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
    /// The order of rows and columns; tables and clicks keep the study's.
    pub arrangement: Arrangement,
    /// Side of a cell in pixels; what fits the width where none is given.
    pub side: Option<f64>,
    /// Whether it is one of several small maps beside each other: nothing but cells and scale, and names where there is room.
    pub compact: bool,
}

/// Sides of a cell in pixels to choose from.
pub const CELL_SIDES: [f64; 8] = [10.0, 13.0, 18.0, 24.0, 34.0, 44.0, 56.0, 72.0];

/// Smallest side of a cell that is not asked for: wide enough for a fingertip's click and a label.
const SMALLEST: f64 = 13.0;

/// Side from which rows and columns are named in a compact map.
const NAMED: f64 = 10.0;

/// Width from which the groups of tasks are named beside the map.
const ROOMY: f64 = 560.0;

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

/// The value of a link, where it is defined.
pub(super) fn at(matrix: &[Vec<Option<f64>>], row: usize, column: usize) -> Option<f64> {
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

/// How a measurement came about, for the files of its charts.
pub fn provenance(tim: &Tim) -> Vec<(&'static str, String)> {
    let seeds: Vec<String> = tim.seeds.iter().map(u64::to_string).collect();
    vec![
        ("Measure", tim.measure.name().to_string()),
        ("Definition", tim.definition.clone()),
        ("Seeds", seeds.join(" ")),
        ("M3H Studio version", tim.version.clone()),
    ]
}

/// Largest size of a link between different tasks: where the scale ends.
pub(super) fn extent(tim: &Tim) -> f64 {
    let mut extent = 0.0f64;
    for row in 0..tim.tasks.len() {
        for column in 0..tim.tasks.len() {
            if row != column {
                extent = extent.max(at(&tim.matrix, row, column).map_or(0.0, f64::abs));
            }
        }
    }
    extent
}

impl TimMap {
    /// A map in the study's order that fits its width.
    pub fn new(tim: Tim, outlined: Vec<(usize, usize)>) -> Self {
        Self {
            tim,
            outlined,
            arrangement: Arrangement::default(),
            side: None,
            compact: false,
        }
    }

    /// Side of its cells in pixels in a space of some width.
    pub fn side_in(&self, width: f64) -> f64 {
        self.layout(width).side
    }

    fn groups(&self) -> Vec<TaskGroup> {
        self.arrangement.groups_of(self.tim.tasks.len())
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
        let widest = |names: &mut dyn Iterator<Item = &str>| {
            names
                .map(|name| text_width(name, SMALL))
                .fold(30.0, f64::max)
        };
        let name = widest(&mut self.tim.tasks.iter().map(String::as_str));
        if self.compact {
            let rows = name.min((width * 0.36).clamp(70.0, 130.0)) + 10.0;
            let side = ((width - rows - 2.0) / tasks).min(24.0);
            let named = side >= NAMED;
            return Layout {
                rows: if named { rows } else { 0.0 },
                columns: if named { name.min(100.0) + 8.0 } else { 0.0 },
                groups: 0.0,
                side: if named {
                    side
                } else {
                    ((width - 2.0) / tasks).clamp(3.0, NAMED)
                },
            };
        }
        let rows = name.min((width * 0.36).clamp(110.0, 220.0)) + 10.0;
        let groups = self.groups();
        let groups = match groups.len() > 1 && width >= ROOMY {
            true => {
                widest(&mut groups.iter().flat_map(|group| group.name.as_deref())).min(150.0) + 12.0
            }
            false => 0.0,
        };
        let fitting = ((width - rows - groups - 2.0) / tasks).clamp(SMALLEST, 56.0);
        Layout {
            rows,
            columns: name.min(150.0) + 8.0,
            groups,
            side: self.side.unwrap_or(fitting),
        }
    }
}

struct Layout {
    /// Width of the rows' labels.
    rows: f64,
    /// Height of the columns' labels.
    columns: f64,
    /// Width of the groups' labels at the right.
    groups: f64,
    /// Side of a cell.
    side: f64,
}

/// Height of the scale below the map, with its note.
const SCALE: f64 = 58.0;

/// Height of the scale without a note.
const PLAIN_SCALE: f64 = 40.0;

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
        let wide = layout.rows + layout.side * tasks + layout.groups + 2.0;
        let scale = if self.compact { PLAIN_SCALE } else { SCALE };
        (
            wide.max(width.min(300.0)),
            layout.columns + layout.side * tasks + scale,
        )
    }

    fn draw(&self, drawing: &Drawing<'_>) -> Result<(), ChartError> {
        let canvas = drawing.canvas;
        let layout = self.layout(drawing.asked);
        let extent = extent(&self.tim);
        let (left, top) = (layout.rows, layout.columns);
        self.draw_labels(canvas, &layout);
        let order = self.arrangement.tasks(self.tim.tasks.len());
        let gap = if layout.side < NAMED { 0.25 } else { 0.5 };
        for (y, &row) in order.iter().enumerate() {
            for (x, &column) in order.iter().enumerate() {
                let edges = Edges {
                    left: left + x as f64 * layout.side + gap,
                    top: top + y as f64 * layout.side + gap,
                    right: left + (x + 1) as f64 * layout.side - gap,
                    bottom: top + (y + 1) as f64 * layout.side - gap,
                };
                self.draw_cell(canvas, edges, (row, column), extent);
            }
        }
        self.draw_groups(canvas, &layout);
        let bottom = top + self.tim.tasks.len() as f64 * layout.side;
        self.draw_scale(canvas, bottom + 14.0, extent);
        Ok(())
    }

    fn provenance(&self) -> Vec<(&'static str, String)> {
        provenance(&self.tim)
    }

    fn margins(&self, width: f64) -> Option<[f64; 3]> {
        let layout = self.layout(width);
        let top = layout.columns;
        let bottom = top + layout.side * self.tim.tasks.len() as f64;
        (!self.compact).then_some([layout.rows, top, bottom])
    }

    fn draw_margins(&self, drawing: &Drawing<'_>) {
        let layout = self.layout(drawing.asked);
        self.draw_labels(drawing.canvas, &layout);
        self.draw_groups(drawing.canvas, &layout);
    }

    fn table(&self) -> Table {
        let tasks = self.tim.tasks.len();
        let links = (0..tasks * tasks).map(|cell| (cell / tasks, cell % tasks));
        link_table(&self.tim, links)
    }
}

/// Links, as receiving and contributing task, with all that was measured of them.
pub(super) fn link_table(tim: &Tim, links: impl Iterator<Item = (usize, usize)>) -> Table {
    let mut table = Table::new(&[
        "Receiving task",
        "Contributing task",
        "Score",
        "Value",
        "95 % low",
        "95 % high",
        "Interval leaves 0 out",
    ]);
    let name =
        |names: &[String], task: usize| Cell::from(names.get(task).map_or("", String::as_str));
    let number = |matrix, row, column| match at(matrix, row, column) {
        Some(value) => Cell::Number(value, Some(4)),
        None => Cell::Empty,
    };
    for (row, column) in links {
        let certain = is_certain(tim, row, column);
        table.rows.push(vec![
            name(&tim.tasks, row),
            name(&tim.tasks, column),
            name(&tim.score, row),
            number(&tim.matrix, row, column),
            number(&tim.low, row, column),
            number(&tim.high, row, column),
            Cell::from(if certain { "yes" } else { "no" }),
        ]);
    }
    table
}

impl TimMap {
    /// The names of rows and columns.
    fn draw_labels(&self, canvas: &Canvas, layout: &Layout) {
        if layout.rows == 0.0 {
            return;
        }
        let theme = &canvas.theme;
        let (left, top) = (layout.rows, layout.columns);
        if !self.compact {
            // In the corner, which stays in view where the map is scrolled.
            for (words, y) in [("contributes →", top - 22.0), ("receives ↓", top - 6.0)] {
                let label = Label::new(left - 8.0, y, theme.muted);
                canvas.text(words, label.size(SMALL).anchor(Anchor::End));
            }
        }
        let size = (layout.side - 2.0).clamp(9.0, SMALL);
        let order = self.arrangement.tasks(self.tim.tasks.len());
        for (place, task) in order.into_iter().enumerate() {
            let name = self.tim.tasks[task].as_str();
            let middle = (place as f64 + 0.5) * layout.side;
            let short = shorten(name, size, layout.columns - 8.0);
            let column = Label::new(left + middle + size * 0.35, top - 5.0, theme.ink)
                .size(size)
                .upwards();
            canvas.text(&short, column);
            let short = shorten(name, size, left - 10.0);
            let row = Label::new(left - 6.0, top + middle + size * 0.35, theme.ink)
                .size(size)
                .anchor(Anchor::End);
            canvas.text(&short, row);
        }
    }

    /// Lines between groups of tasks, and their names at the right where there is room.
    fn draw_groups(&self, canvas: &Canvas, layout: &Layout) {
        let theme = &canvas.theme;
        let groups = self.groups();
        // On the smallest cells there would be more lines than cells to see.
        if groups.len() < 2 || layout.side < NAMED {
            return;
        }
        let colour = theme.surface.towards(theme.muted, 0.6);
        let (left, top) = (layout.rows, layout.columns);
        let extent = layout.side * self.tim.tasks.len() as f64;
        let mut begin = 0.0;
        for (place, group) in groups.iter().enumerate() {
            if place > 0 {
                let (x, y) = (left + begin, top + begin);
                canvas.line(
                    (0.0, y),
                    (left + extent + layout.groups, y),
                    colour,
                    1.0,
                    "",
                );
                canvas.line((x, 0.0), (x, top + extent), colour, 1.0, "");
            }
            let size = layout.side * group.tasks.len() as f64;
            if let Some(name) = group.name.as_deref().filter(|_| layout.groups > 0.0) {
                let short = shorten(name, SMALL, layout.groups - 10.0);
                let label = Label::new(
                    left + extent + 8.0,
                    top + begin + size / 2.0 + 4.0,
                    theme.muted,
                );
                canvas.text(&short, label.size((layout.side - 2.0).clamp(9.0, SMALL)));
            }
            begin += size;
        }
    }

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
        // Small maps are several at once, and their links are read beside the large one.
        let words = match self.compact {
            true => String::new(),
            false => link_words(&self.tim, row, column),
        };
        canvas.cell(edges, fill, &attributes, &words);
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
        // A side of 34 pixels may come out a little smaller from its edges.
        if side < NUMBERED - 0.01 {
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
        if self.compact {
            return;
        }
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
