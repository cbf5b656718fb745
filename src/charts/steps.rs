//! What parts add to a figure, one below the other, from where it starts to where it ends.

use super::axis::Axis;
use super::canvas::{Anchor, ChartError, Edges, Label, NORMAL, SMALL};
use super::interval::draw_names_axis;
use super::text::{number, shorten, text_width};
use super::{Cell, Chart, Drawing, Table};

/// Parts that lead from one figure to another: each bar begins where the one above ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Steps {
    /// A heading.
    pub title: String,
    /// What the figures are, with unit.
    pub label: String,
    /// Where they start: name and figure.
    pub start: (String, f64),
    /// What is added, in the order in which it is shown.
    pub parts: Vec<(String, f64)>,
    /// What the last figure is called; it is the first one and all parts.
    pub end: String,
    /// Decimals of the figures.
    pub decimals: usize,
}

const ROW: f64 = 24.0;

impl Steps {
    /// Puts the largest parts first and those beyond `most` into one.
    pub fn sorted(mut self, most: usize) -> Self {
        self.parts
            .sort_by(|(_, one), (_, other)| other.abs().total_cmp(&one.abs()));
        if self.parts.len() > most {
            let rest = self.parts.split_off(most.saturating_sub(1));
            let sum = rest.iter().map(|(_, value)| value).sum();
            self.parts.push((format!("{} others", rest.len()), sum));
        }
        self
    }

    /// The last figure.
    pub fn last(&self) -> f64 {
        self.start.1 + self.parts.iter().map(|(_, value)| value).sum::<f64>()
    }

    /// Each row's name, where its bar begins and ends, and whether it is a part.
    fn rows(&self) -> Vec<(&str, f64, f64, bool)> {
        let mut rows = vec![(self.start.0.as_str(), self.start.1, self.start.1, false)];
        let mut so_far = self.start.1;
        for (name, value) in &self.parts {
            rows.push((name, so_far, so_far + value, true));
            so_far += value;
        }
        rows.push((&self.end, so_far, so_far, false));
        rows
    }

    fn words(&self, from: f64, to: f64, is_part: bool) -> String {
        match is_part {
            true => {
                let value = to - from;
                let sign = if value > 0.0 { "+" } else { "" };
                format!("{sign}{}", number(value, self.decimals))
            }
            false => number(to, self.decimals),
        }
    }
}

impl Chart for Steps {
    fn title(&self) -> String {
        self.title.clone()
    }

    fn description(&self) -> String {
        let rows = self.rows();
        let told = rows
            .iter()
            .map(|&(name, from, to, is_part)| format!("{name} {}", self.words(from, to, is_part)));
        let told: Vec<String> = told.collect();
        format!("{}, {}: {}.", self.title, self.label, told.join("; "))
    }

    fn size(&self, width: f64) -> (f64, f64) {
        (width.min(620.0), 44.0 + ROW * (self.parts.len() + 2) as f64)
    }

    fn draw(&self, drawing: &Drawing<'_>) -> Result<(), ChartError> {
        let canvas = drawing.canvas;
        let theme = &canvas.theme;
        let rows = self.rows();
        let widest = rows
            .iter()
            .map(|(name, ..)| text_width(name, NORMAL))
            .fold(40.0, f64::max);
        let left = widest.min(canvas.width * 0.4) + 10.0;
        let ends = rows.iter().flat_map(|&(_, from, to, _)| [from, to]);
        let (low, high) = ends.fold((f64::MAX, f64::MIN), |(low, high), value| {
            (low.min(value), high.max(value))
        });
        let room = ((high - low) * 0.04).max(high.abs().max(1e-6) * 0.02);
        // The figures stand beside the bars, left or right of them.
        let figures = 46.0 / (canvas.width - left - 12.0).max(1.0) * (high - low + 2.0 * room);
        let x = Axis::new(&self.label, low - room - figures, high + room + figures);
        let plane = draw_names_axis(canvas, &x, left);
        for (row, &(name, from, to, is_part)) in rows.iter().enumerate() {
            let y = plane.edges.top + (row as f64 + 0.5) * ROW;
            let words = self.words(from, to, is_part);
            canvas.open_group("", &format!("{name}: {words}"));
            canvas.text(
                &shorten(name, NORMAL, left - 10.0),
                Label::new(left - 8.0, y + 4.0, theme.ink).anchor(Anchor::End),
            );
            let (begin, end) = (plane.x_pixel(from), plane.x_pixel(to));
            if is_part {
                let colour = if to < from {
                    theme.negative
                } else {
                    theme.positive
                };
                let bar = Edges {
                    left: begin.min(end),
                    top: y - 7.0,
                    right: begin.max(end).max(begin.min(end) + 1.0),
                    bottom: y + 7.0,
                };
                canvas.rectangle(bar, colour);
            } else {
                canvas.line((end, y - 9.0), (end, y + 9.0), theme.ink, 3.0, "");
            }
            if row + 1 < rows.len() {
                canvas.line(
                    (end, y + 7.0),
                    (end, y + ROW - 7.0),
                    theme.muted,
                    1.0,
                    "2 2",
                );
            }
            let (at, anchor) = match is_part && to < from {
                true => (end - 5.0, Anchor::End),
                false => (end + 5.0, Anchor::Start),
            };
            let place = Label::new(at, y + 4.0, theme.ink)
                .size(SMALL)
                .anchor(anchor);
            canvas.text(&words, place);
            canvas.close_group();
        }
        Ok(())
    }

    fn table(&self) -> Table {
        let mut table = Table::new(&["Part", "", "So far"]);
        table.columns[1].clone_from(&self.label);
        let digits = Some(self.decimals + 1);
        for (name, from, to, is_part) in self.rows() {
            let own = if is_part {
                Cell::Number(to - from, digits)
            } else {
                Cell::Empty
            };
            table
                .rows
                .push(vec![Cell::from(name), own, Cell::Number(to, digits)]);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::{Chart, Steps};

    fn steps() -> Steps {
        Steps {
            title: "Sepsis".into(),
            label: "Risk (%)".into(),
            start: ("Everybody".into(), 12.0),
            parts: (0..12)
                .map(|part| (format!("Part {part}"), f64::from(part) - 4.0))
                .collect(),
            end: "This patient".into(),
            decimals: 1,
        }
    }

    #[test]
    fn what_is_put_together_changes_no_sum() {
        let all = steps();
        let shown = steps().sorted(5);
        assert_eq!(shown.parts.len(), 5);
        assert_eq!(shown.parts[4].0, "8 others");
        assert!((all.last() - shown.last()).abs() < 1e-12);
        assert_eq!(steps().sorted(12).parts.len(), 12);
    }

    #[test]
    fn the_table_ends_where_the_figure_does() {
        let table = steps().sorted(5).table();
        assert_eq!(table.rows.len(), 7);
        let html = table.to_html("Sepsis");
        assert!(html.contains("30.00"), "{html}");
    }
}
