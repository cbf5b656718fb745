//! Pressure waves, on request: a task whose label lies in the *shape* of a series and in nothing else.

use super::draws::{Draws, Part, rounded};
use crate::cohort::Column;

/// The series variable.
pub(super) const VARIABLE: &str = "intracranial_pressure";
/// The task's name, column and department.
pub(super) const NAME: &str = "Pressure waves";
pub(super) const COLUMN: &str = "pressure_waves";
pub(super) const DEPARTMENT: &str = "Neurology";

/// Share of patients with the label.
const PREVALENCE: f64 = 0.4;
/// Centre of the pressure, deviation between patients, height of a wave and jitter, in mmHg.
const CENTRE: f64 = 12.0;
const OWN: f64 = 2.0;
const HEIGHT: f64 = 4.0;
const JITTER: f64 = 1.0;
/// Mean hours between observations.
const EVERY: f64 = 1.0;

/// Whether a patient has the label; the first draw of the patient's stream.
fn has(draws: &mut Draws) -> bool {
    draws.chance(PREVALENCE)
}

/// The label column: every patient is labelled.
pub(super) fn column(patients: usize, seed: u64) -> Column {
    super::yes_no_label(COLUMN, patients, |row| {
        has(&mut Draws::new(seed, row, Part::Waves))
    })
}

/// A patient's observations, hours and mmHg, over `hours`. Those with the label follow the wave, the others the same wave turned over.
pub(super) fn observations(seed: u64, row: usize, hours: f64) -> Vec<(f64, f64)> {
    let mut draws = Draws::new(seed, row, Part::Waves);
    let side = if has(&mut draws) { 1.0 } else { -1.0 };
    let level = CENTRE + OWN * draws.normal();
    let mut observed = vec![];
    let mut hour = EVERY * draws.uniform();
    while hour < hours {
        let value = level + side * HEIGHT * wave(hour / hours) + JITTER * draws.normal();
        observed.push((rounded(hour, 2), rounded(value, 1)));
        hour += EVERY * draws.between(0.6, 1.4);
    }
    observed
}

/// cos(πu) · cos(7πu) for u = `share` − ½. It begins and ends at 0, is the same forwards and backwards, has mean 0, and rises nearly as
/// high as it falls: turned over it has the same first and last value, mean, variance and slope, and nearly the same range.
fn wave(share: f64) -> f64 {
    let angle = std::f64::consts::PI * (share - 0.5);
    let square = angle * angle;
    // The cosine's Taylor series; the seventh Chebyshev polynomial of it is the cosine of seven times the angle.
    let mut term = 1.0;
    let mut cosine = 1.0;
    for n in 1..=10 {
        term *= -square / f64::from((2 * n - 1) * (2 * n));
        cosine += term;
    }
    let square = cosine * cosine;
    let seven = cosine * (((64.0 * square - 112.0) * square + 56.0) * square - 7.0);
    cosine * seven
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wave_turned_over_has_the_same_summary() {
        let points: Vec<f64> = (0..=4800).map(|i| wave(f64::from(i) / 4800.0)).collect();
        let mean = points.iter().sum::<f64>() / 4801.0;
        let highest = points.iter().fold(f64::MIN, |a, &b| a.max(b));
        let lowest = points.iter().fold(f64::MAX, |a, &b| a.min(b));
        assert!(mean.abs() < 1e-3, "{mean}");
        assert!(points[0].abs() < 1e-6 && points[4800].abs() < 1e-6);
        assert!((highest + lowest).abs() < 0.12, "{highest} {lowest}");
        let known = (std::f64::consts::PI * 0.2).cos() * (std::f64::consts::PI * 1.4).cos();
        assert!((wave(0.7) - known).abs() < 1e-9);
        assert!(
            points
                .iter()
                .zip(points.iter().rev())
                .all(|(a, b)| (a - b).abs() < 1e-9)
        );
    }
}
