//! What a decision by a threshold costs and brings: counts at many thresholds, net benefit.

use serde::{Deserialize, Serialize};

use super::probability::check_risks;
use super::ranking::Ranking;
use super::undefined::Undefined;

/// Decisions of the rule "alarm where the risk is at least `threshold`".
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct OperatingPoint {
    /// The threshold.
    pub threshold: f64,
    /// Alarms of samples with the outcome.
    pub true_positives: usize,
    /// Alarms of samples without it.
    pub false_positives: usize,
    /// Samples without the outcome and without alarm.
    pub true_negatives: usize,
    /// Samples with the outcome and without alarm.
    pub false_negatives: usize,
}

fn share(part: usize, rest: usize) -> Option<f64> {
    let whole = part + rest;
    (whole > 0).then(|| part as f64 / whole as f64)
}

impl OperatingPoint {
    /// Number of samples.
    pub fn samples(&self) -> usize {
        self.alarms() + self.true_negatives + self.false_negatives
    }

    /// Number of alarms.
    pub fn alarms(&self) -> usize {
        self.true_positives + self.false_positives
    }

    /// Share of the samples with the outcome that are alarmed; none where there is no such sample.
    pub fn sensitivity(&self) -> Option<f64> {
        share(self.true_positives, self.false_negatives)
    }

    /// Share of the samples without the outcome that are not alarmed; none where there is no such sample.
    pub fn specificity(&self) -> Option<f64> {
        share(self.true_negatives, self.false_positives)
    }

    /// Share of the alarms that are right (positive predictive value); none without an alarm.
    pub fn positive_predictive_value(&self) -> Option<f64> {
        share(self.true_positives, self.false_positives)
    }

    /// Share of the samples without an alarm that are rightly so (negative predictive value); none where all are alarmed.
    pub fn negative_predictive_value(&self) -> Option<f64> {
        share(self.true_negatives, self.false_negatives)
    }

    /// Alarms a hundred samples.
    pub fn alarms_per_hundred(&self) -> Option<f64> {
        share(self.alarms(), self.samples() - self.alarms()).map(|share| share * 100.0)
    }

    /// Net benefit (Vickers and Elkin 2006): TP/n − FP/n · t / (1 − t), in true positives a sample. None at a threshold of 1.
    pub fn net_benefit(&self) -> Option<f64> {
        let odds = self.threshold / (1.0 - self.threshold);
        let n = self.samples() as f64;
        let benefit = (self.true_positives as f64 - self.false_positives as f64 * odds) / n;
        benefit.is_finite().then_some(benefit)
    }

    /// Net benefit of an alarm for everybody at this threshold.
    pub fn net_benefit_of_all(&self) -> Option<f64> {
        let all = Self {
            true_positives: self.true_positives + self.false_negatives,
            false_positives: self.false_positives + self.true_negatives,
            true_negatives: 0,
            false_negatives: 0,
            ..*self
        };
        all.net_benefit()
    }
}

/// Quantiles of the predicted risks among the thresholds of [`operating_points`].
const QUANTILES: usize = 100;

/// Counts at every hundredth from 0 to 1 and at a hundred quantiles of the predicted risks, so that rare outcomes, whose risks are
/// all small, have enough thresholds as well. By rising threshold, without repetitions.
///
/// # Errors
/// No sample, a risk that is not a number from 0 to 1, lengths that differ.
pub fn operating_points(
    probability: &[f64],
    positive: &[bool],
) -> Result<Vec<OperatingPoint>, Undefined> {
    check_risks(probability, positive)?;
    let ranking = Ranking::new(probability)?;
    let n = ranking.rows.len();
    if n == 0 {
        return Err(Undefined::NoSample);
    }
    let risk = |rank: usize| probability[ranking.rows[rank] as usize];
    // Positives among the lowest ranks.
    let mut positives = vec![0usize; n + 1];
    for rank in 0..n {
        positives[rank + 1] = positives[rank] + usize::from(positive[ranking.rows[rank] as usize]);
    }
    let hundredths = (0..=100).map(|step| f64::from(step) / 100.0);
    let quantiles = (0..QUANTILES).map(|step| risk(step * (n - 1) / (QUANTILES - 1)));
    let mut thresholds: Vec<f64> = hundredths.chain(quantiles).collect();
    thresholds.sort_by(f64::total_cmp);
    thresholds.dedup();
    let mut below = 0;
    Ok(thresholds
        .into_iter()
        .map(|threshold| {
            while below < n && risk(below) < threshold {
                below += 1;
            }
            let true_positives = positives[n] - positives[below];
            OperatingPoint {
                threshold,
                true_positives,
                false_positives: n - below - true_positives,
                true_negatives: below - positives[below],
                false_negatives: positives[below],
            }
        })
        .collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_case_counted_by_hand() {
        let risk = [0.1, 0.4, 0.35, 0.8];
        let positive = [false, false, true, true];
        let points = operating_points(&risk, &positive).unwrap();
        let at = |threshold: f64| {
            *points
                .iter()
                .find(|point| point.threshold == threshold)
                .unwrap()
        };
        let point = at(0.36);
        assert_eq!(
            (
                point.true_positives,
                point.false_positives,
                point.true_negatives,
                point.false_negatives
            ),
            (1, 1, 1, 1)
        );
        assert_eq!(point.alarms_per_hundred(), Some(50.0));
        // 1/4 − 1/4 · 0.36 / 0.64
        assert!((point.net_benefit().unwrap() - 0.109_375).abs() < 1e-12);
        // 2/4 − 2/4 · 0.36 / 0.64
        assert!((point.net_benefit_of_all().unwrap() - 0.218_75).abs() < 1e-12);
        let none = at(1.0);
        assert_eq!(none.positive_predictive_value(), None);
        assert_eq!(none.sensitivity(), Some(0.0));
        assert_eq!(none.net_benefit(), None);
    }

    proptest! {
        #[test]
        fn counts_are_those_of_the_rule(
            samples in prop::collection::vec((0u32..=20, any::<bool>()), 1..60)
        ) {
            let risk: Vec<f64> = samples.iter().map(|(step, _)| f64::from(*step) / 20.0).collect();
            let positive: Vec<bool> = samples.iter().map(|(_, is)| *is).collect();
            for point in operating_points(&risk, &positive).unwrap() {
                let count = |alarm: bool, with: bool| {
                    risk.iter()
                        .zip(&positive)
                        .filter(|(risk, is)| (**risk >= point.threshold) == alarm && **is == with)
                        .count()
                };
                prop_assert_eq!(point.true_positives, count(true, true));
                prop_assert_eq!(point.false_positives, count(true, false));
                prop_assert_eq!(point.true_negatives, count(false, false));
                prop_assert_eq!(point.false_negatives, count(false, true));
            }
        }
    }
}
