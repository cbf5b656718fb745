//! Axes: round ticks that fit, labels with units, grid lines.

use super::canvas::{Anchor, Canvas, Edges, Label, NORMAL, Plane, SMALL};
use super::text::{number, shorten, text_width};

/// What an axis shows.
#[derive(Debug, Clone)]
pub(super) struct Axis {
    /// What it measures, with its unit.
    pub(super) label: String,
    /// Its first value.
    pub(super) low: f64,
    /// Its last value.
    pub(super) high: f64,
    /// Whether only whole numbers mean something.
    pub(super) whole: bool,
}

impl Axis {
    /// An axis from `low` to `high`; where these are equal or not finite, a range around them.
    pub(super) fn new(label: &str, low: f64, high: f64) -> Self {
        let low = if low.is_finite() { low } else { 0.0 };
        let high = if high.is_finite() { high } else { low + 1.0 };
        let (low, high) = if high > low {
            (low, high)
        } else {
            let around = if low == 0.0 { 1.0 } else { low.abs() * 0.1 };
            (low - around, low + around)
        };
        Self {
            label: label.to_string(),
            low,
            high,
            whole: false,
        }
    }

    /// An axis of shares.
    pub(super) fn share(label: &str) -> Self {
        Self::new(label, 0.0, 1.0)
    }

    /// An axis of whole numbers.
    pub(super) fn whole(label: &str, low: f64, high: f64) -> Self {
        Self {
            whole: true,
            ..Self::new(label, low, high)
        }
    }

    /// About `wanted` round ticks inside the axis.
    pub(super) fn ticks(&self, wanted: usize) -> Vec<(f64, String)> {
        let range = self.high - self.low;
        let rough = range / wanted.max(1) as f64;
        let power = 10f64.powf(rough.log10().floor());
        let mut step = [1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .map(|factor| factor * power)
            .find(|step| *step >= rough * 0.999)
            .unwrap_or(rough);
        if self.whole {
            step = step.max(1.0).round();
        }
        let decimals = if step >= 1.0 {
            0
        } else {
            (-(step * 1.0001).log10().floor()).clamp(0.0, 9.0) as usize
        };
        let first = (self.low / step - 1e-9).ceil();
        (0..=wanted * 2 + 2)
            .map(|index| (first + index as f64) * step)
            .take_while(|value| *value <= self.high + range * 1e-9)
            .map(|value| (value, number(value, decimals)))
            .collect()
    }

    /// As many ticks as fit side by side.
    fn ticks_across(&self, pixels: f64) -> Vec<(f64, String)> {
        let mut fewest = Vec::new();
        for wanted in (1..=10).rev() {
            let ticks = self.ticks(wanted);
            let widest = widest(&ticks);
            let apart = match (ticks.first(), ticks.get(1)) {
                (Some(one), Some(two)) => (two.0 - one.0) / (self.high - self.low) * pixels,
                _ => pixels,
            };
            if apart >= (widest + 12.0).max(28.0) {
                return ticks;
            }
            fewest = ticks;
        }
        fewest.truncate(1);
        fewest
    }
}

fn widest(ticks: &[(f64, String)]) -> f64 {
    ticks
        .iter()
        .map(|(_, label)| text_width(label, SMALL))
        .fold(0.0, f64::max)
}

/// Draws both axes with their grid and gives the region for the data.
pub(super) fn draw_axes(canvas: &Canvas, x: &Axis, y: &Axis) -> Plane {
    draw_axes_above(canvas, x, y, 0.0)
}

/// The same, with room of some pixels left free below the x axis' ticks and label.
pub(super) fn draw_axes_above(canvas: &Canvas, x: &Axis, y: &Axis, below: f64) -> Plane {
    let theme = &canvas.theme;
    let top = 26.0;
    let bottom = canvas.height - 38.0 - below;
    let y_ticks = y.ticks((((bottom - top) / 36.0) as usize).clamp(2, 6));
    let left = (widest(&y_ticks) + 8.0).max(20.0);
    let right = canvas.width - 14.0;
    let edges = Edges {
        left,
        top,
        right,
        bottom,
    };
    let plane = canvas.plane(edges, (x.low, x.high), (y.low, y.high));
    for (value, label) in &y_ticks {
        let at = plane.y_pixel(*value);
        canvas.line((left, at), (right, at), theme.grid, 1.0, "");
        let place = Label::new(left - 6.0, at + 4.0, theme.muted)
            .size(SMALL)
            .anchor(Anchor::End);
        canvas.text(label, place);
    }
    canvas.line((left, bottom), (right, bottom), theme.muted, 1.0, "");
    for (value, label) in x.ticks_across(right - left) {
        let at = plane.x_pixel(value);
        canvas.line((at, bottom), (at, bottom + 4.0), theme.muted, 1.0, "");
        // Labels at the ends stay inside of the picture.
        let half = text_width(&label, SMALL) / 2.0;
        let middle = at.min(canvas.width - half - 1.0).max(half + 1.0);
        let place = Label::new(middle, bottom + 16.0, theme.muted)
            .size(SMALL)
            .anchor(Anchor::Middle);
        canvas.text(&label, place);
    }
    let y_label = shorten(&y.label, NORMAL, canvas.width - 4.0);
    canvas.text(&y_label, Label::new(0.0, 12.0, theme.ink));
    let x_label = shorten(&x.label, NORMAL, canvas.width - 4.0);
    let place = Label::new(right, bottom + 33.0, theme.ink).anchor(Anchor::End);
    canvas.text(&x_label, place);
    plane
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        let labels = |axis: &Axis, wanted| -> Vec<String> {
            axis.ticks(wanted)
                .into_iter()
                .map(|(_, label)| label)
                .collect()
        };
        let share = Axis::share("x");
        assert_eq!(
            labels(&share, 5),
            ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]
        );
        assert_eq!(labels(&Axis::whole("epoch", 1.0, 3.0), 8), ["1", "2", "3"]);
        assert_eq!(
            labels(&Axis::new("x", -3_000.0, 9_500.0), 3),
            ["0", "5,000"]
        );
        assert_eq!(
            labels(&Axis::new("x", 0.0012, 0.0034), 3),
            ["0.002", "0.003"]
        );
    }

    #[test]
    fn an_axis_always_has_a_range() {
        for (low, high) in [
            (3.0, 3.0),
            (0.0, 0.0),
            (f64::NAN, 1.0),
            (0.0, f64::INFINITY),
        ] {
            let axis = Axis::new("x", low, high);
            assert!(axis.high > axis.low && (axis.high - axis.low).is_finite());
        }
    }

    #[test]
    fn tick_labels_keep_their_distance() {
        for pixels in [180.0, 260.0, 900.0] {
            for (low, high) in [(0.0, 1.0), (1.0, 40.0), (0.0, 1_250_000.0), (-0.31, 0.52)] {
                let axis = Axis::new("x", low, high);
                let ticks = axis.ticks_across(pixels);
                assert!(!ticks.is_empty());
                for pair in ticks.windows(2) {
                    let apart = (pair[1].0 - pair[0].0) / (high - low) * pixels;
                    assert!(apart >= widest(&ticks) + 8.0, "{pixels} {low} {high}");
                }
            }
        }
    }
}
