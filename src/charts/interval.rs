//! Figures with their intervals: dots and whiskers.

use super::axis::Axis;
use super::canvas::{Anchor, Canvas, ChartError, Edges, Label, NORMAL, Plane, SMALL};
use super::text::{number, shorten, text_width};
use super::theme::{Colour, Theme};
use super::{Cell, Chart, Drawing, Table};

/// A common scale for dots and whiskers in the rows of a table, each its own small picture.
#[derive(Debug, Clone, PartialEq)]
pub struct IntervalScale {
    /// First and last value.
    pub range: (f64, f64),
    /// Width in pixels.
    pub width: f64,
}

/// Height in pixels of a dot with whiskers.
const MARK: f64 = 18.0;

impl IntervalScale {
    /// One row's dot with its whiskers; `reference` is marked by a line: what chance reaches. What lies outside of the scale ends in an arrow.
    /// The picture is decoration beside the figures in words, so it is hidden from screen readers.
    pub fn mark(
        &self,
        value: f64,
        interval: Option<(f64, f64)>,
        reference: Option<f64>,
        theme: &Theme,
    ) -> String {
        let canvas = Canvas::new(theme, self.width, MARK);
        let plane = self.plane(&canvas);
        let edges = plane.edges;
        canvas.line((edges.left, 9.0), (edges.right, 9.0), theme.grid, 1.0, "");
        if let Some(reference) = reference {
            let at = plane.x_pixel(reference.clamp(self.range.0, self.range.1));
            canvas.line((at, 2.0), (at, 16.0), theme.muted, 1.0, "2 2");
        }
        draw_interval(&canvas, &plane, 9.0, (value, interval), theme.accent);
        canvas
            .finish("", None)
            .replace("role=\"img\" aria-label=\"\"", "aria-hidden=\"true\"")
    }

    /// The scale's ticks, for the head of the column.
    pub fn ticks(&self, theme: &Theme) -> String {
        let canvas = Canvas::new(theme, self.width, MARK);
        let plane = self.plane(&canvas);
        for (value, label) in Axis::new("", self.range.0, self.range.1).ticks(4) {
            let at = plane.x_pixel(value);
            canvas.line((at, 14.0), (at, 18.0), theme.muted, 1.0, "");
            let half = text_width(&label, SMALL) / 2.0;
            let place = Label::new(
                at.clamp(half, (self.width - half).max(half)),
                11.0,
                theme.muted,
            )
            .size(SMALL)
            .anchor(Anchor::Middle);
            canvas.text(&label, place);
        }
        canvas
            .finish("", None)
            .replace("role=\"img\" aria-label=\"\"", "aria-hidden=\"true\"")
    }

    fn plane(&self, canvas: &Canvas) -> Plane {
        let edges = Edges {
            left: 12.0,
            top: 0.0,
            right: self.width - 12.0,
            bottom: MARK,
        };
        canvas.plane(edges, self.range, (0.0, 1.0))
    }
}

/// A bar of a share from 0 to 1, to stand beside its figure; hidden from screen readers.
pub fn risk_bar(share: f64, theme: &Theme) -> String {
    const WIDTH: f64 = 120.0;
    let canvas = Canvas::new(theme, WIDTH, 8.0);
    let bar = |right: f64| Edges {
        left: 0.0,
        top: 1.0,
        right,
        bottom: 7.0,
    };
    canvas.cell(bar(WIDTH), theme.grid, " rx=\"3\"", "");
    if share.is_finite() {
        let right = (share.clamp(0.0, 1.0) * WIDTH).max(1.0);
        canvas.cell(bar(right), theme.accent, " rx=\"3\"", "");
    }
    canvas
        .finish("", None)
        .replace("role=\"img\" aria-label=\"\"", "aria-hidden=\"true\"")
}

/// Draws a dot with whiskers at a height in pixels, cut at the region's ends.
fn draw_interval(
    canvas: &Canvas,
    plane: &Plane,
    y: f64,
    (value, interval): (f64, Option<(f64, f64)>),
    colour: Colour,
) {
    let edges = plane.edges;
    if let Some((low, high)) = interval.filter(|(low, high)| low.is_finite() && high.is_finite()) {
        let (from, to) = (plane.x_pixel(low), plane.x_pixel(high));
        let shown = (
            from.clamp(edges.left, edges.right),
            to.clamp(edges.left, edges.right),
        );
        canvas.line((shown.0, y), (shown.1, y), colour, 2.0, "");
        for (pixel, end, tip) in [(from, edges.left, 5.0), (to, edges.right, -5.0)] {
            let outside = if tip > 0.0 { pixel < end } else { pixel > end };
            if outside {
                canvas.line((end, y), (end + tip, y - 4.0), colour, 2.0, "");
                canvas.line((end, y), (end + tip, y + 4.0), colour, 2.0, "");
            } else {
                let at = pixel.clamp(edges.left, edges.right);
                canvas.line((at, y - 3.5), (at, y + 3.5), colour, 1.5, "");
            }
        }
    }
    if value.is_finite() {
        let at = plane.x_pixel(value);
        if at >= edges.left - 0.5 && at <= edges.right + 0.5 {
            let dot = Edges {
                left: at - 4.0,
                top: y - 4.0,
                right: at + 4.0,
                bottom: y + 4.0,
            };
            canvas.cell(dot, colour, " rx=\"4\"", "");
        }
    }
}

/// One named figure of [`Links`].
#[derive(Debug, Clone, PartialEq)]
pub struct Link {
    /// The other task.
    pub name: String,
    /// The figure.
    pub value: f64,
    /// Its 95 % interval.
    pub interval: Option<(f64, f64)>,
    /// Whether the interval leaves 0 out.
    pub certain: bool,
}

/// Named figures around 0, one below the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Links {
    /// A heading.
    pub title: String,
    /// What the figures measure, with unit.
    pub label: String,
    /// The figures, in the order in which they are shown.
    pub links: Vec<Link>,
    /// Decimals of the figures.
    pub decimals: usize,
    /// How the figures came about, as names and values, for its files.
    pub provenance: Vec<(&'static str, String)>,
}

const ROW: f64 = 24.0;

impl Links {
    fn range(&self) -> (f64, f64) {
        let mut extent = (0.0f64, 0.0f64);
        for link in &self.links {
            let (low, high) = link.interval.unwrap_or((link.value, link.value));
            for value in [low, high, link.value]
                .into_iter()
                .filter(|v| v.is_finite())
            {
                extent = (extent.0.min(value), extent.1.max(value));
            }
        }
        let room = ((extent.1 - extent.0) * 0.04).max(1e-9);
        (
            if extent.0 < 0.0 { extent.0 - room } else { 0.0 },
            if extent.1 > 0.0 { extent.1 + room } else { 0.0 },
        )
    }
}

impl Chart for Links {
    fn title(&self) -> String {
        self.title.clone()
    }

    fn description(&self) -> String {
        let mut text = format!("{}: {}.", self.title, self.label);
        for link in self.links.iter().filter(|link| link.certain).take(5) {
            text.push(' ');
            text.push_str(&link.name);
            text.push(' ');
            text.push_str(&number(link.value, self.decimals));
            text.push(';');
        }
        text
    }

    fn size(&self, width: f64) -> (f64, f64) {
        let width = width.min(620.0);
        (width, 26.0 + 38.0 + ROW * self.links.len().max(1) as f64)
    }

    fn draw(&self, drawing: &Drawing<'_>) -> Result<(), ChartError> {
        let canvas = drawing.canvas;
        let theme = &canvas.theme;
        let widest = self
            .links
            .iter()
            .map(|link| text_width(&link.name, NORMAL))
            .fold(40.0, f64::max);
        let left = widest.min(canvas.width * 0.42) + 10.0;
        let (low, high) = self.range();
        let x = Axis::new(&self.label, low, high);
        let plane = draw_names_axis(canvas, &x, left);
        for (row, link) in self.links.iter().enumerate() {
            let y = plane.edges.top + (row as f64 + 0.5) * ROW;
            let name = shorten(&link.name, NORMAL, left - 10.0);
            let colour = if link.certain { theme.ink } else { theme.muted };
            let title = match link.interval {
                Some((from, to)) => format!(
                    "{}: {} ({} to {})",
                    link.name,
                    number(link.value, self.decimals),
                    number(from, self.decimals),
                    number(to, self.decimals)
                ),
                None => format!("{}: {}", link.name, number(link.value, self.decimals)),
            };
            canvas.open_group("", &title);
            canvas.text(
                &name,
                Label::new(left - 8.0, y + 4.0, colour).anchor(Anchor::End),
            );
            let end = if link.value < 0.0 {
                theme.negative
            } else {
                theme.positive
            };
            let shade = if link.certain {
                end
            } else {
                theme.surface.towards(end, 0.45)
            };
            draw_interval(canvas, &plane, y, (link.value, link.interval), shade);
            canvas.close_group();
        }
        Ok(())
    }

    fn table(&self) -> Table {
        let mut table = Table::new(&["Task", "", "95 % low", "95 % high", "Interval leaves 0 out"]);
        table.columns[1].clone_from(&self.label);
        for link in &self.links {
            let end = |value: Option<f64>| match value {
                Some(value) => Cell::Number(value, Some(self.decimals + 1)),
                None => Cell::Empty,
            };
            table.rows.push(vec![
                Cell::from(link.name.as_str()),
                Cell::Number(link.value, Some(self.decimals + 1)),
                end(link.interval.map(|(low, _)| low)),
                end(link.interval.map(|(_, high)| high)),
                Cell::from(if link.certain { "yes" } else { "no" }),
            ]);
        }
        table
    }

    fn provenance(&self) -> Vec<(&'static str, String)> {
        self.provenance.clone()
    }
}

/// An x axis below rows of names; a strong line marks 0.
pub(super) fn draw_names_axis(canvas: &Canvas, x: &Axis, left: f64) -> Plane {
    let theme = &canvas.theme;
    let edges = Edges {
        left,
        top: 4.0,
        right: canvas.width - 12.0,
        bottom: canvas.height - 40.0,
    };
    let plane = canvas.plane(edges, (x.low, x.high), (0.0, 1.0));
    let mut wanted = 5;
    let mut ticks = x.ticks(wanted);
    let fits = |ticks: &[(f64, String)]| {
        let wide: f64 = ticks
            .iter()
            .map(|(_, label)| text_width(label, SMALL) + 12.0)
            .sum();
        wide <= edges.right - edges.left
    };
    while wanted > 1 && !fits(&ticks) {
        wanted -= 1;
        ticks = x.ticks(wanted);
    }
    for (value, label) in ticks {
        let at = plane.x_pixel(value);
        canvas.line((at, edges.top), (at, edges.bottom), theme.grid, 1.0, "");
        let half = text_width(&label, SMALL) / 2.0;
        let place = Label::new(
            at.min(canvas.width - half - 1.0),
            edges.bottom + 15.0,
            theme.muted,
        )
        .size(SMALL)
        .anchor(Anchor::Middle);
        canvas.text(&label, place);
    }
    if x.low <= 0.0 && x.high >= 0.0 {
        let at = plane.x_pixel(0.0);
        canvas.line((at, edges.top), (at, edges.bottom), theme.muted, 1.5, "");
    }
    let label = shorten(&x.label, NORMAL, canvas.width - 4.0);
    canvas.text(
        &label,
        Label::new(canvas.width - 12.0, canvas.height - 6.0, theme.ink).anchor(Anchor::End),
    );
    plane
}
