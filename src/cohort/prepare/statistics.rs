//! Summary statistics of irregular time series: HAIM's eleven (Soenksen et al., npj Digital Medicine 2022), plus count
//! and last value (ours).

use super::{PrepareError, SERIES, STATISTICS, array, feature};
use crate::cohort::Series;

/// Position of the count in [`STATISTICS`], the one statistic that is never missing.
pub(super) const COUNT: usize = 11;

/// Running sums of one variable of one sample. Values and times are taken relative to the first, which keeps the
/// variance and the slope exact to a factor of the count in double precision.
#[derive(Clone, Default)]
struct Running {
    count: u32,
    first: f64,
    last: f64,
    maximum: f64,
    minimum: f64,
    sum: f64,
    squares: f64,
    differences: f64,
    largest_difference: f64,
    peaks: u32,
    rising: bool,
    timed: u32,
    start: f64,
    times: f64,
    time_squares: f64,
    products: f64,
    timed_sum: f64,
}

impl Running {
    fn see(&mut self, value: f64, hours: f64) {
        if self.count == 0 {
            *self = Running {
                first: value,
                last: value,
                maximum: value,
                minimum: value,
                ..Running::default()
            };
        } else {
            let difference = value - self.last;
            self.differences += difference.abs();
            self.largest_difference = self.largest_difference.max(difference.abs());
            // as scipy.signal.find_peaks: a rise, any plateau, a fall; never the first or the last value
            if difference > 0.0 {
                self.rising = true;
            } else if difference < 0.0 {
                self.peaks += u32::from(self.rising);
                self.rising = false;
            }
            self.maximum = self.maximum.max(value);
            self.minimum = self.minimum.min(value);
            self.last = value;
        }
        self.count += 1;
        let offset = value - self.first;
        self.sum += offset;
        self.squares += offset * offset;
        if hours.is_finite() {
            if self.timed == 0 {
                self.start = hours;
            }
            self.timed += 1;
            let time = hours - self.start;
            self.times += time;
            self.time_squares += time * time;
            self.products += time * offset;
            self.timed_sum += offset;
        }
    }

    /// The statistics in the order of [`STATISTICS`]; those of differences, and the slope, are 0 for a single value.
    fn statistics(&self) -> [f64; STATISTICS.len()] {
        let count = f64::from(self.count);
        let mean = self.sum / count;
        let variance = (self.squares / count - mean * mean).max(0.0);
        let steps = f64::from(self.count.saturating_sub(1).max(1));
        let timed = f64::from(self.timed.max(1));
        let spread = self.time_squares - self.times * self.times / timed;
        let slope = if spread > 0.0 {
            (self.products - self.times * self.timed_sum / timed) / spread
        } else {
            0.0
        };
        [
            self.maximum,
            self.minimum,
            self.first + mean,
            variance,
            (self.last - self.first) / steps,
            self.differences / steps,
            self.largest_difference,
            self.differences,
            self.last - self.first,
            f64::from(self.peaks),
            slope,
            count,
            self.last,
        ]
    }
}

/// The statistics of some variables, in one pass over the observations of `rows`.
///
/// `slots[v]` is the place of variable `v` among the `width` wanted ones, or `None`. Gives a row-major array, rows ×
/// width × 13, and per row whether it has any observation of a wanted variable. Without an observation all statistics
/// are NaN but the count, which is 0. An observation that is not a finite number is none; one without a time
/// counts for everything but the slope.
pub(super) fn statistics(
    series: Option<&Series>,
    slots: &[Option<usize>],
    width: usize,
    rows: impl ExactSizeIterator<Item = usize>,
) -> Result<(Vec<f32>, Vec<bool>), PrepareError> {
    let samples = rows.len();
    let mut table = array(SERIES, samples, width * STATISTICS.len(), f32::NAN)?;
    table
        .iter_mut()
        .skip(COUNT)
        .step_by(STATISTICS.len())
        .for_each(|count| *count = 0.0);
    let mut present = vec![false; samples];
    let Some(series) = series else {
        return Ok((table, present));
    };
    let mut running = vec![Running::default(); width];
    for (line, row) in rows.enumerate() {
        for (variable, hours, value) in series.of_sample(row) {
            if let Some(&Some(slot)) = slots.get(variable)
                && value.is_finite()
            {
                running[slot].see(f64::from(value), f64::from(hours));
            }
        }
        let cells = &mut table[line * width * STATISTICS.len()..][..width * STATISTICS.len()];
        for (variable, cells) in running
            .iter_mut()
            .zip(cells.chunks_exact_mut(STATISTICS.len()))
        {
            if variable.count > 0 {
                present[line] = true;
                for (cell, value) in cells.iter_mut().zip(variable.statistics()) {
                    *cell = feature(value);
                }
                variable.count = 0;
            }
        }
    }
    Ok((table, present))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn one(values: &[(f32, f32)]) -> Vec<f32> {
        let series = Series {
            variables: vec!["x".into()],
            offsets: vec![0, values.len() as u32],
            variable: vec![0; values.len()],
            hours: values.iter().map(|pair| pair.0).collect(),
            values: values.iter().map(|pair| pair.1).collect(),
        };
        statistics(Some(&series), &[Some(0)], 1, 0..1).unwrap().0
    }

    #[test]
    fn by_hand() {
        let found = one(&[(0.0, 2.0), (1.0, 5.0), (3.0, 5.0), (4.0, 1.0), (6.0, 4.0)]);
        // times mean 2.8, values mean 3.4; sum of products of deviations -1.6... by hand below
        let slope = {
            let (t, v) = ([-2.8, -1.8, 0.2, 1.2, 3.2], [-1.4, 1.6, 1.6, -2.4, 0.6]);
            let over: f64 = t.iter().zip(v).map(|(a, b)| a * b).sum();
            over / t.iter().map(|a| a * a).sum::<f64>()
        };
        let expected = [
            5.0,
            1.0,
            3.4,
            2.64,
            0.5,
            2.5,
            4.0,
            10.0,
            2.0,
            1.0,
            slope as f32,
            5.0,
            4.0,
        ];
        for ((found, expected), name) in found.iter().zip(expected).zip(STATISTICS) {
            assert!(
                (found - expected).abs() < 1e-6,
                "{name}: {found} instead of {expected}"
            );
        }
    }

    #[test]
    fn a_single_value_has_no_differences_and_none_has_only_a_count() {
        assert_eq!(
            one(&[(7.0, 3.0)]),
            [
                3.0, 3.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 3.0
            ]
        );
        let none = one(&[]);
        assert!(none.iter().enumerate().all(|(k, value)| if k == COUNT {
            *value == 0.0
        } else {
            value.is_nan()
        }));
        assert_eq!(one(&[(1.0, f32::NAN)])[COUNT], 0.0);
    }

    #[test]
    fn equal_or_unknown_times_have_no_slope() {
        assert_eq!(one(&[(3.1, 1.0), (3.1, 9.0)])[10], 0.0);
        let unknown = one(&[(f32::NAN, 1.0), (f32::NAN, 9.0)]);
        assert_eq!((unknown[10], unknown[11]), (0.0, 2.0));
        assert!((one(&[(0.0, 1.0), (f32::NAN, 70.0), (2.0, 9.0)])[10] - 4.0).abs() < 1e-6);
    }

    #[test]
    fn a_large_level_does_not_swallow_the_spread() {
        let found = one(&[(1e5, 1e6), (1e5 + 1.0, 1e6 + 1.0), (1e5 + 2.0, 1e6 + 2.0)]);
        assert!((found[3] - 2.0 / 3.0).abs() < 1e-6 && (found[10] - 1.0).abs() < 1e-6);
    }

    /// Counts peaks the way scipy's `_local_maxima_1d` is written.
    fn peaks(x: &[f64]) -> usize {
        let (mut found, mut i) = (0, 1);
        while i + 1 < x.len() {
            if x[i - 1] < x[i] {
                let mut ahead = i + 1;
                while ahead + 1 < x.len() && x[ahead] == x[i] {
                    ahead += 1;
                }
                if x[ahead] < x[i] {
                    found += 1;
                    i = ahead;
                }
            }
            i += 1;
        }
        found
    }

    /// The slow reference: one variable of one sample at a time, textbook formulas over collected vectors.
    fn reference(series: &Series, row: usize, variable: u16) -> [f64; 13] {
        let range = series.offsets[row] as usize..series.offsets[row + 1] as usize;
        let (mut t, mut x) = (Vec::new(), Vec::new());
        for i in range.filter(|&i| series.variable[i] == variable) {
            t.push(f64::from(series.hours[i]));
            x.push(f64::from(series.values[i]));
        }
        let mut found = [f64::NAN; 13];
        found[11] = x.len() as f64;
        if x.is_empty() {
            return found;
        }
        let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
        let (mt, mx) = (mean(&t), mean(&x));
        let d: Vec<f64> = x.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let a: Vec<f64> = d.iter().map(|d| d.abs()).collect();
        found[0] = x.iter().copied().fold(f64::MIN, f64::max);
        found[1] = x.iter().copied().fold(f64::MAX, f64::min);
        found[2] = mx;
        found[3] = x.iter().map(|x| (x - mx).powi(2)).sum::<f64>() / x.len() as f64;
        found[4] = if d.is_empty() { 0.0 } else { mean(&d) };
        found[5] = if d.is_empty() { 0.0 } else { mean(&a) };
        found[6] = a.iter().copied().fold(0.0, f64::max);
        found[7] = a.iter().sum();
        found[8] = x[x.len() - 1] - x[0];
        found[9] = peaks(&x) as f64;
        let spread: f64 = t.iter().map(|t| (t - mt).powi(2)).sum();
        let equal = t.iter().all(|time| *time == t[0]);
        found[10] = if equal {
            0.0
        } else {
            t.iter()
                .zip(&x)
                .map(|(t, x)| (t - mt) * (x - mx))
                .sum::<f64>()
                / spread
        };
        found[12] = x[x.len() - 1];
        found
    }

    proptest! {
        #[test]
        fn equals_the_slow_reference(
            samples in prop::collection::vec(prop::collection::vec((0u16..4, 0u8..40, -6i8..6), 0..40), 1..6)
        ) {
            let mut series = Series { variables: ["a", "b", "c", "d"].map(String::from).to_vec(), offsets: vec![0], ..Series::default() };
            for mut sample in samples.clone() {
                sample.sort_by_key(|observation| observation.1);
                for (variable, quarter, value) in sample {
                    series.variable.push(variable);
                    series.hours.push(f32::from(quarter) * 0.25);
                    series.values.push(f32::from(value) * 1.5 + 80.0);
                }
                series.offsets.push(series.values.len() as u32);
            }
            // variable 2 is not wanted; the others stand in another order
            let slots = [Some(2), Some(0), None, Some(1)];
            let rows: Vec<usize> = (0..samples.len()).rev().collect();
            let (table, present) = statistics(Some(&series), &slots, 3, rows.iter().copied()).unwrap();
            for (line, &row) in rows.iter().enumerate() {
                for (variable, slot) in [(0u16, 2), (1, 0), (3, 1)] {
                    let expected = reference(&series, row, variable);
                    let found = &table[(line * 3 + slot) * 13..][..13];
                    for ((found, expected), name) in found.iter().zip(expected).zip(STATISTICS) {
                        let equal = (f64::from(*found) - expected).abs() <= 1e-5 * (1.0 + expected.abs());
                        prop_assert!(equal || (found.is_nan() && expected.is_nan()), "{}: {} instead of {}", name, found, expected);
                    }
                }
                prop_assert_eq!(present[line], samples[row].iter().any(|observation| observation.0 != 2));
            }
        }
    }
}
