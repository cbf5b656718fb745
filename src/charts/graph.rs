//! The strongest links between tasks as a directed graph.

use super::arrangement::Arrangement;
use super::canvas::{Anchor, Canvas, ChartError, Edges, Label, SMALL};
use super::text::{number, shorten, text_width};
use super::theme::Colour;
use super::tim::{at, is_certain, link_table, link_words, provenance};
use super::{Chart, Drawing, Table};
use crate::session::protocol::{Tim, TimMeasure};

/// Tasks on a circle and arrows from the contributing to the receiving one: the wider, the stronger; blue helps, orange hurts; faded and dashed where
/// the interval covers 0.
#[derive(Debug, Clone, PartialEq)]
pub struct InteractionGraph {
    /// The measurement.
    pub tim: Tim,
    /// The order of the tasks, clockwise from the top.
    pub arrangement: Arrangement,
    /// Most arrows; at most [`InteractionGraph::MOST`] are drawn.
    pub shown: usize,
}

/// An arrow's link.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Arrow {
    receiving: usize,
    contributing: usize,
    value: f64,
    certain: bool,
}

/// Radius of a task's dot.
const DOT: f64 = 4.0;

/// Distance from a dot's middle to its label.
const TO_LABEL: f64 = 9.0;

/// Smallest distance between the lines of two labels.
const LINE: f64 = 14.0;

/// Largest height of the circle.
const TALLEST: f64 = 520.0;

impl InteractionGraph {
    /// Most arrows that are drawn: more of them cannot be followed by eye.
    pub const MOST: usize = 24;

    /// The arrows: links whose interval leaves 0 out first, the largest first among each.
    fn arrows(&self) -> Vec<Arrow> {
        let tasks = self.tim.tasks.len();
        let mut arrows: Vec<Arrow> = (0..tasks)
            .flat_map(|receiving| (0..tasks).map(move |contributing| (receiving, contributing)))
            .filter(|(receiving, contributing)| receiving != contributing)
            .filter_map(|(receiving, contributing)| {
                let value = at(&self.tim.matrix, receiving, contributing)?;
                (value != 0.0).then(|| Arrow {
                    receiving,
                    contributing,
                    value,
                    certain: is_certain(&self.tim, receiving, contributing),
                })
            })
            .collect();
        arrows.sort_by(|one, other| {
            let by_size = other.value.abs().total_cmp(&one.value.abs());
            other.certain.cmp(&one.certain).then(by_size)
        });
        arrows.truncate(self.shown.min(Self::MOST));
        arrows
    }

    fn layout(&self, width: f64) -> Layout {
        let tasks = self.tim.tasks.len();
        let right = tasks.div_ceil(2);
        let lines = right.max(1) as f64;
        let widest = self
            .tim
            .tasks
            .iter()
            .map(|name| text_width(name, SMALL))
            .fold(30.0, f64::max);
        // Names get up to three tenths of the width each side, the circle the rest.
        let name = widest.min(width * 0.3).min(240.0);
        let wide = (width - 2.0 * (name + TO_LABEL) - 4.0).clamp(60.0, TALLEST);
        // A narrow page has room downwards.
        let tall = wide.max(lines * LINE).max((lines * 2.0 * LINE).min(300.0));
        Layout {
            name,
            radii: (wide / 2.0, tall / 2.0),
            middle: (width / 2.0, tall / 2.0 + MARGIN),
            right,
            tasks,
        }
    }

    fn colour(&self, canvas: &Canvas, arrow: &Arrow) -> Colour {
        let theme = &canvas.theme;
        let full = match arrow.value < 0.0 {
            true => theme.negative,
            false => theme.positive,
        };
        if arrow.certain {
            full
        } else {
            theme.surface.towards(full, 0.5)
        }
    }

    fn largest(&self) -> f64 {
        let sizes = self.arrows().into_iter().map(|arrow| arrow.value.abs());
        sizes.fold(0.0, f64::max)
    }

    /// What width, colour and dashes say, in lines that fit a width.
    fn legend(&self, width: f64) -> Vec<String> {
        let attention = self.tim.measure == TimMeasure::Attention;
        let largest = number(self.largest() * 100.0, 1);
        let text = match attention {
            true => format!(
                "Arrows run from the contributing to the receiving task. The widest is {largest} % of its attention."
            ),
            false => format!(
                "Arrows run from the contributing to the receiving task. The widest is {largest} points. Blue helps, orange hurts. Dashed: the interval covers 0."
            ),
        };
        let mut lines: Vec<String> = Vec::new();
        for word in text.split(' ') {
            match lines.last_mut() {
                Some(line) if text_width(line, SMALL) + text_width(word, SMALL) + 5.0 <= width => {
                    line.push(' ');
                    line.push_str(word);
                }
                _ => lines.push(word.to_string()),
            }
        }
        lines
    }
}

/// Room above and below the circle.
const MARGIN: f64 = 12.0;

/// Height of a line of the legend.
const LEGEND: f64 = 16.0;

/// Where tasks stand: on an ellipse, the first half of them down its right side, the rest up its left one, at even heights. So every name has a line of
/// its own on its side, and no two can overlap.
struct Layout {
    /// Width of the names on each side.
    name: f64,
    radii: (f64, f64),
    middle: (f64, f64),
    /// Tasks on the right side.
    right: usize,
    tasks: usize,
}

impl Layout {
    /// A place's point on the ellipse, and whether it is on the right side.
    fn point(&self, place: usize) -> ((f64, f64), bool) {
        let is_right = place < self.right;
        let (line, lines) = if is_right {
            (place, self.right)
        } else {
            (self.tasks - 1 - place, self.tasks - self.right)
        };
        // From −1 at the top to 1 at the bottom.
        let height = (2.0 * line as f64 + 1.0) / lines.max(1) as f64 - 1.0;
        let aside = (1.0 - height * height).max(0.0).sqrt() * self.radii.0;
        let x = if is_right { aside } else { -aside };
        let point = (self.middle.0 + x, self.middle.1 + height * self.radii.1);
        (point, is_right)
    }
}

fn distance(from: (f64, f64), to: (f64, f64)) -> f64 {
    (to.0 - from.0).hypot(to.1 - from.1)
}

/// The point so many pixels on the way from one point towards another.
fn moved(from: (f64, f64), towards: (f64, f64), by: f64) -> (f64, f64) {
    let share = by / distance(from, towards).max(1e-9);
    (
        from.0 + (towards.0 - from.0) * share,
        from.1 + (towards.1 - from.1) * share,
    )
}

impl Chart for InteractionGraph {
    fn title(&self) -> String {
        format!("Strongest task interactions ({})", self.tim.measure.name())
    }

    fn description(&self) -> String {
        let arrows = self.arrows();
        let certain = arrows.iter().filter(|arrow| arrow.certain).count();
        let mut text = format!(
            "Directed graph of the {} strongest links among {} tasks by {}; the intervals of {certain} leave 0 out.",
            arrows.len(),
            self.tim.tasks.len(),
            self.tim.measure.name()
        );
        for arrow in arrows.iter().take(5) {
            text.push(' ');
            text.push_str(&link_words(&self.tim, arrow.receiving, arrow.contributing));
            text.push('.');
        }
        if arrows.len() > 5 {
            text.push_str(" The numbers below have the others.");
        }
        text
    }

    fn size(&self, width: f64) -> (f64, f64) {
        let width = width.clamp(240.0, 1000.0);
        let layout = self.layout(width);
        let legend = self.legend(width - 8.0).len() as f64 * LEGEND;
        (width, 2.0 * (layout.radii.1 + MARGIN) + legend + 8.0)
    }

    fn draw(&self, drawing: &Drawing<'_>) -> Result<(), ChartError> {
        let canvas = drawing.canvas;
        let theme = &canvas.theme;
        let layout = self.layout(canvas.width);
        let order = self.arrangement.tasks(layout.tasks);
        let mut points = vec![((0.0, 0.0), false); layout.tasks];
        for (place, &task) in order.iter().enumerate() {
            points[task] = layout.point(place);
        }
        let arrows = self.arrows();
        let largest = self.largest();
        // The strongest last, so that they lie on top.
        for arrow in arrows.iter().rev() {
            let (from, to) = (points[arrow.contributing].0, points[arrow.receiving].0);
            let share = arrow.value.abs() / largest.max(f64::MIN_POSITIVE);
            let width = (1.2 + 3.8 * share) * (layout.radii.0 / 130.0).clamp(0.5, 1.0);
            self.draw_arrow(canvas, arrow, [from, layout.middle, to], width);
        }
        let ends = |task: usize| {
            let mut arrows = arrows.iter();
            arrows.any(|arrow| arrow.receiving == task || arrow.contributing == task)
        };
        for (task, (point, is_right)) in points.into_iter().enumerate() {
            let colour = if ends(task) { theme.ink } else { theme.muted };
            let radius = if ends(task) { DOT } else { DOT - 1.5 };
            let dot = Edges {
                left: point.0 - radius,
                top: point.1 - radius,
                right: point.0 + radius,
                bottom: point.1 + radius,
            };
            canvas.cell(dot, colour, " rx=\"4\"", "");
            let name = shorten(&self.tim.tasks[task], SMALL, layout.name);
            let (aside, anchor) = match is_right {
                true => (TO_LABEL, Anchor::Start),
                false => (-TO_LABEL, Anchor::End),
            };
            let label = Label::new(point.0 + aside, point.1 + 4.0, colour);
            canvas.text(&name, label.size(SMALL).anchor(anchor));
        }
        let lines = self.legend(canvas.width - 8.0);
        let top = canvas.height - lines.len() as f64 * LEGEND + 8.0;
        for (line, text) in lines.iter().enumerate() {
            let label = Label::new(4.0, top + line as f64 * LEGEND, theme.muted);
            canvas.text(text, label.size(SMALL));
        }
        Ok(())
    }

    fn table(&self) -> Table {
        let arrows = self.arrows().into_iter();
        link_table(
            &self.tim,
            arrows.map(|arrow| (arrow.receiving, arrow.contributing)),
        )
    }

    fn provenance(&self) -> Vec<(&'static str, String)> {
        provenance(&self.tim)
    }
}

impl InteractionGraph {
    /// An arrow between two points, drawn in towards the middle and a little to its right, so that the one back does not lie on it.
    fn draw_arrow(
        &self,
        canvas: &Canvas,
        arrow: &Arrow,
        [from, middle, to]: [(f64, f64); 3],
        width: f64,
    ) {
        let (x, y) = (to.0 - from.0, to.1 - from.1);
        let half = ((from.0 + to.0) / 2.0, (from.1 + to.1) / 2.0);
        // Neighbours are joined by a flat bow: one deeper than wide would be a hairpin.
        let inwards = moved(
            half,
            middle,
            (distance(from, to) * 0.7).min(distance(half, middle) * 0.6),
        );
        let control = (inwards.0 - y * 0.12, inwards.1 + x * 0.12);
        let head = (6.0 + 2.0 * width).min(distance(from, to) * 0.4);
        let begin = moved(from, control, DOT + 1.0);
        let tip = moved(to, control, DOT + 1.5);
        let neck = moved(tip, control, head);
        let colour = self.colour(canvas, arrow);
        let dashes = if arrow.certain { "" } else { "5 4" };
        canvas.curve([begin, control, neck], (colour, width), dashes);
        // Across the arrow's way at its neck.
        let across = ((neck.1 - tip.1) * 0.45, (tip.0 - neck.0) * 0.45);
        let corners = [
            tip,
            (neck.0 + across.0, neck.1 + across.1),
            (neck.0 - across.0, neck.1 - across.1),
        ];
        canvas.triangle(corners, colour);
        let link = format!(" data-link=\"{},{}\"", arrow.receiving, arrow.contributing);
        let words = link_words(&self.tim, arrow.receiving, arrow.contributing);
        canvas.touch_curve([begin, control, tip], &link, &words);
    }
}
