//! Charts: from plain data to SVG and to the table of their numbers. They know neither page nor session.
//!
//! A [`Chart`] is drawn by plotters on the crate's own SVG canvas: no fonts are needed, no text is measured in the document and no
//! `style` attribute is written, so that charts live under a strict content-security policy. No chart holds a patient's row:
//! curves, counts and sizes only.

mod axis;
mod binary;
mod canvas;
mod clusters;
mod confusion;
mod decision;
mod distribution;
mod interval;
mod steps;
mod table;
mod text;
mod theme;
mod tim;
mod training;

#[cfg(test)]
mod tests;

pub use binary::{CalibrationCurve, PrecisionRecall, Roc};
pub use canvas::ChartError;
pub use clusters::Clusters;
pub use confusion::ConfusionMatrix;
pub use decision::DecisionCurve;
pub use distribution::{Histogram, PredictedObserved};
pub use interval::{IntervalScale, Link, Links, risk_bar};
pub use steps::Steps;
pub use table::{Cell, Table};
pub use text::{count, number, percent, plain, push_escaped, short_number};
pub use theme::{Colour, Theme};
pub use tim::{TimMap, is_certain, link_words};
pub use training::{TrainingLoss, TrainingScores};

use canvas::Canvas;

/// A chart with its numbers.
pub trait Chart {
    /// What it is called: a heading and the name of its files.
    fn title(&self) -> String;
    /// What it shows, in a sentence for people who do not see it.
    fn description(&self) -> String;
    /// Height in pixels at a width; also the width it needs at least.
    fn size(&self, width: f64) -> (f64, f64);
    /// Draws it.
    #[doc(hidden)]
    fn draw(&self, canvas: &Drawing<'_>) -> Result<(), ChartError>;
    /// Its numbers.
    fn table(&self) -> Table;
}

/// What a chart draws on; only this module's charts know how.
pub struct Drawing<'a> {
    canvas: &'a Canvas,
    /// The width that was asked for; charts that need more are wider.
    asked: f64,
}

/// Width in pixels of charts that are saved as files.
const FILE_WIDTH: f64 = 720.0;

/// The chart as an SVG element for a page, in a space of some width in pixels.
///
/// # Errors
/// [`ChartError`] where plotters refuses the space.
pub fn svg(chart: &dyn Chart, theme: &Theme, width: f64) -> Result<String, ChartError> {
    let canvas = draw(chart, theme, width.clamp(200.0, 2000.0))?;
    Ok(canvas.finish(&chart.description(), None))
}

/// The chart as an SVG file: light, with a ground and a title.
///
/// # Errors
/// [`ChartError`] where plotters refuses the space.
pub fn svg_file(chart: &dyn Chart) -> Result<String, ChartError> {
    let canvas = draw(chart, &Theme::light(), FILE_WIDTH)?;
    Ok(canvas.finish(&chart.description(), Some(&chart.title())))
}

fn draw(chart: &dyn Chart, theme: &Theme, asked: f64) -> Result<Canvas, ChartError> {
    let (width, height) = chart.size(asked);
    let canvas = Canvas::new(theme, width, height);
    chart.draw(&Drawing {
        canvas: &canvas,
        asked,
    })?;
    Ok(canvas)
}

/// A name for files: lower case letters, digits and hyphens of a title; `otherwise` where it has none.
pub fn file_stem(title: &str, otherwise: &str) -> String {
    let mut stem = String::new();
    for character in title.chars().flat_map(char::to_lowercase) {
        if character.is_alphanumeric() {
            stem.push(character);
        } else if !stem.is_empty() && !stem.ends_with('-') {
            stem.push('-');
        }
    }
    stem.truncate(stem.trim_end_matches('-').len());
    if stem.is_empty() {
        stem.push_str(otherwise);
    }
    stem
}
