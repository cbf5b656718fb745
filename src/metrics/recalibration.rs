//! Recalibration of risks, fitted on the validation set: temperature, isotonic regression.

use serde::{Deserialize, Serialize};

use super::probability::{check_risks, indicator};
use super::ranking::Ranking;
use super::undefined::Undefined;

/// How risks are recalibrated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recalibration {
    /// σ(logit(p) / T) (Guo et al. 2017). It keeps the order of the risks.
    Temperature(f64),
    /// A rising step function, linear between its steps (Zadrozny and Elkan 2002): risks and what they become, both rising.
    Isotonic(Vec<[f64; 2]>),
}

/// Risks are kept this far from 0 and 1 where their logarithm is taken.
const EDGE: f64 = 1e-9;

fn logit(risk: f64) -> f64 {
    let risk = risk.clamp(EDGE, 1.0 - EDGE);
    (risk / (1.0 - risk)).ln()
}

fn sigmoid(value: f64) -> f64 {
    1.0 / (1.0 + (-value).exp())
}

/// Fails where the validation set cannot tell how risks and outcomes go together.
fn check(probability: &[f64], positive: &[bool]) -> Result<(), Undefined> {
    check_risks(probability, positive)?;
    let positives = positive.iter().filter(|&&is| is).count();
    match positives {
        _ if positive.is_empty() => Err(Undefined::NoSample),
        0 => Err(Undefined::NoPositive),
        all if all == positive.len() => Err(Undefined::NoNegative),
        _ => Ok(()),
    }
}

/// The temperature with the least cross-entropy, between 1/20 and 20; found by golden sections, since the cross-entropy has one
/// minimum in the logarithm of T.
///
/// # Errors
/// No sample, one outcome only, a risk that is not a number from 0 to 1, lengths that differ.
pub fn temperature(probability: &[f64], positive: &[bool]) -> Result<Recalibration, Undefined> {
    check(probability, positive)?;
    let logits: Vec<f64> = probability.iter().map(|&risk| logit(risk)).collect();
    let loss = |log_temperature: f64| {
        let scale = (-log_temperature).exp();
        logits
            .iter()
            .zip(positive)
            .map(|(logit, &is)| {
                let scaled = logit * scale;
                scaled.max(0.0) - scaled * indicator(is) + (-scaled.abs()).exp().ln_1p()
            })
            .sum::<f64>()
    };
    let golden = (5f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (-(20f64.ln()), 20f64.ln());
    let mut inner = [high - golden * (high - low), low + golden * (high - low)];
    let mut losses = inner.map(loss);
    while high - low > 1e-9 {
        if losses[0] < losses[1] {
            high = inner[1];
            inner = [high - golden * (high - low), inner[0]];
            losses = [loss(inner[0]), losses[0]];
        } else {
            low = inner[0];
            inner = [inner[1], low + golden * (high - low)];
            losses = [losses[1], loss(inner[1])];
        }
    }
    Ok(Recalibration::Temperature(((low + high) / 2.0).exp()))
}

/// Isotonic regression of the outcome on the risk, by pooling adjacent violators.
///
/// # Errors
/// As [`temperature`].
pub fn isotonic(probability: &[f64], positive: &[bool]) -> Result<Recalibration, Undefined> {
    check(probability, positive)?;
    let ranking = Ranking::new(probability)?;
    // Lowest risk, highest risk, outcomes, samples of each block.
    let mut blocks: Vec<(f64, f64, f64, f64)> = vec![];
    // Equal risks become one value, so they are one block from the start.
    for tie in ranking.ties() {
        let risk = tie.first().map_or(0.0, |&row| probability[row as usize]);
        let outcomes = tie.iter().map(|&row| indicator(positive[row as usize]));
        blocks.push((risk, risk, outcomes.sum(), tie.len() as f64));
        while let [.., before, last] = blocks.as_slice() {
            if before.2 / before.3 < last.2 / last.3 {
                break;
            }
            let pooled = (before.0, last.1, before.2 + last.2, before.3 + last.3);
            blocks.truncate(blocks.len() - 2);
            blocks.push(pooled);
        }
    }
    let mut steps = vec![];
    for (low, high, outcomes, samples) in blocks {
        let value = outcomes / samples;
        steps.push([low, value]);
        if high > low {
            steps.push([high, value]);
        }
    }
    Ok(Recalibration::Isotonic(steps))
}

impl Recalibration {
    /// What a risk becomes.
    pub fn apply(&self, risk: f64) -> f64 {
        match self {
            Self::Temperature(temperature) => sigmoid(logit(risk) / temperature),
            Self::Isotonic(steps) => {
                let next = steps.partition_point(|[at, _]| *at < risk);
                match (
                    next.checked_sub(1).and_then(|i| steps.get(i)),
                    steps.get(next),
                ) {
                    (Some(&[from, low]), Some(&[to, high])) => {
                        low + (high - low) * (risk - from) / (to - from)
                    }
                    (Some(&[_, value]), None) | (None, Some(&[_, value])) => value,
                    (None, None) => risk,
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    fn draw(true_temperature: f64) -> (Vec<f64>, Vec<bool>) {
        let mut risks = vec![];
        let mut positive = vec![];
        // Every logit with as many positives as its true risk says.
        for step in -20..=20 {
            let logit = f64::from(step) / 5.0;
            let ill = (sigmoid(logit / true_temperature) * 1000.0).round() as usize;
            for place in 0..1000 {
                risks.push(sigmoid(logit));
                positive.push(place < ill);
            }
        }
        (risks, positive)
    }

    #[test]
    fn the_temperature_that_was_planted_is_found() {
        for planted in [0.5, 1.0, 2.5] {
            let (risks, positive) = draw(planted);
            let Recalibration::Temperature(found) = temperature(&risks, &positive).unwrap() else {
                panic!("not a temperature")
            };
            assert!((found - planted).abs() < 0.01, "{planted}: {found}");
        }
    }

    #[test]
    fn isotonic_pools_what_falls() {
        // As scikit-learn's IsotonicRegression gives: 0, 0.5, 0.5, 1.
        let fitted = isotonic(&[0.1, 0.2, 0.3, 0.4], &[false, true, false, true]).unwrap();
        let steps = [[0.1, 0.0], [0.2, 0.5], [0.3, 0.5], [0.4, 1.0]];
        assert_eq!(fitted, Recalibration::Isotonic(steps.to_vec()));
        assert_eq!(fitted.apply(0.0), 0.0);
        assert!((fitted.apply(0.15) - 0.25).abs() < 1e-12);
        assert_eq!(fitted.apply(0.25), 0.5);
        assert_eq!(fitted.apply(0.9), 1.0);
    }

    #[derive(Deserialize)]
    struct Case {
        risk: Vec<f64>,
        positive: Vec<u8>,
        temperature: f64,
        asked: Vec<f64>,
        isotonic: Vec<f64>,
    }

    #[derive(Deserialize)]
    struct Fixture {
        cases: Vec<Case>,
    }

    /// Against scikit-learn's recalibrations (`tests/fixtures/recalibration.py`).
    #[test]
    fn recalibrations_are_those_of_scikit_learn() {
        let text = include_str!("../../tests/fixtures/recalibration.json");
        let Fixture { cases } = serde_json::from_str(text).unwrap();
        assert_eq!(cases.len(), 200);
        for (number, case) in cases.iter().enumerate() {
            let risk: Vec<f64> = case.risk.iter().map(|risk| risk / 1000.0).collect();
            let positive: Vec<bool> = case.positive.iter().map(|&is| is == 1).collect();
            let Recalibration::Temperature(found) = temperature(&risk, &positive).unwrap() else {
                panic!("not a temperature")
            };
            let apart = (found / case.temperature - 1.0).abs();
            assert!(
                apart < 1e-6,
                "case {number}: {found}, not {}",
                case.temperature
            );
            let fitted = isotonic(&risk, &positive).unwrap();
            for (asked, expected) in case.asked.iter().zip(&case.isotonic) {
                let told = fitted.apply(asked / 1000.0);
                assert!(
                    (told - expected).abs() < 1e-9,
                    "case {number} at {asked}: {told}, not {expected}"
                );
            }
        }
    }

    #[test]
    fn one_outcome_tells_nothing() {
        assert_eq!(
            temperature(&[0.2, 0.3], &[false; 2]),
            Err(Undefined::NoPositive)
        );
        assert_eq!(
            isotonic(&[0.2, 0.3], &[true; 2]),
            Err(Undefined::NoNegative)
        );
    }

    proptest! {
        #[test]
        fn recalibrated_risks_are_shares_and_keep_the_order(
            samples in prop::collection::vec((0.0f64..=1.0, any::<bool>()), 2..60),
            other in prop::collection::vec(0.0f64..=1.0, 2..20),
        ) {
            let risk: Vec<f64> = samples.iter().map(|(risk, _)| *risk).collect();
            let positive: Vec<bool> = samples.iter().map(|(_, is)| *is).collect();
            let mut other = other;
            other.sort_by(f64::total_cmp);
            for fit in [temperature, isotonic] {
                let Ok(fitted) = fit(&risk, &positive) else { continue };
                let told: Vec<f64> = other.iter().map(|&risk| fitted.apply(risk)).collect();
                prop_assert!(told.iter().all(|risk| (0.0..=1.0).contains(risk)));
                prop_assert!(told.windows(2).all(|pair| pair[0] <= pair[1] + 1e-12));
            }
            if let Ok(fitted) = isotonic(&risk, &positive) {
                // The mean of the recalibrated risks is the prevalence.
                let mean = risk.iter().map(|&risk| fitted.apply(risk)).sum::<f64>();
                let positives = positive.iter().filter(|is| **is).count() as f64;
                prop_assert!((mean - positives).abs() < 1e-9, "{} {}", mean, positives);
            }
        }
    }
}
