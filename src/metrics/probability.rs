//! How well predicted risks agree with what happened: prevalence, Brier score, calibration.

use super::ranking::Ranking;
use super::report::CalibrationBin;
use super::undefined::Undefined;
use super::weight::{check_weights, total_weight, weighted_sum};

/// Bins of equal width of the expected calibration error.
pub const CALIBRATION_BINS: usize = 10;

/// Fails where risks and outcomes do not fit, or a risk is not a number from 0 to 1.
pub(super) fn check_risks(probability: &[f64], positive: &[bool]) -> Result<(), Undefined> {
    if probability.len() != positive.len() {
        return Err(Undefined::Shape);
    }
    if !probability.iter().all(|risk| risk.is_finite()) {
        return Err(Undefined::PredictionNotFinite);
    }
    if probability.iter().any(|risk| !(0.0..=1.0).contains(risk)) {
        return Err(Undefined::NotProbability);
    }
    Ok(())
}

/// 1 for a positive case, 0 for a negative one.
pub(super) fn indicator(positive: bool) -> f64 {
    f64::from(u8::from(positive))
}

/// Share of positive cases: what a random ranking reaches as average precision.
///
/// # Errors
/// No sample, or weights of another length.
pub fn prevalence(positive: &[bool], weights: Option<&[u32]>) -> Result<f64, Undefined> {
    let total = total_weight(weights, positive.len())?;
    Ok(weighted_sum(weights, positive.iter().map(|&is| indicator(is))) / total)
}

/// Brier score: mean of (p − y)² with y = 1 for positive cases (Brier 1950); 0 is best.
///
/// # Errors
/// No sample, a risk that is not a number from 0 to 1, lengths that differ.
pub fn brier(
    probability: &[f64],
    positive: &[bool],
    weights: Option<&[u32]>,
) -> Result<f64, Undefined> {
    check_risks(probability, positive)?;
    let total = total_weight(weights, positive.len())?;
    let errors = probability
        .iter()
        .zip(positive)
        .map(|(risk, &is)| (risk - indicator(is)).powi(2));
    Ok(weighted_sum(weights, errors) / total)
}

/// Expected calibration error: Σ_b (n_b / n) |mean risk − share of positive cases| over ten bins of *equal width*,
/// `[0, 0.1], (0.1, 0.2], …, (0.9, 1]` (Naeini et al. 2015; bins as scikit-learn's `calibration_curve(strategy="uniform")`).
///
/// # Errors
/// As [`brier`].
pub fn expected_calibration_error(
    probability: &[f64],
    positive: &[bool],
    weights: Option<&[u32]>,
) -> Result<f64, Undefined> {
    check_risks(probability, positive)?;
    let total = total_weight(weights, positive.len())?;
    let mut gaps = [0.0_f64; CALIBRATION_BINS];
    for (row, (&risk, &is)) in probability.iter().zip(positive).enumerate() {
        gaps[calibration_bin(risk)] += super::weight::weight(weights, row) * (risk - indicator(is));
    }
    Ok(gaps.iter().map(|gap| gap.abs()).sum::<f64>() / total)
}

/// The bin of a risk, from 0; an edge belongs to the bin below it.
pub(super) fn calibration_bin(risk: f64) -> usize {
    let width = 1.0 / CALIBRATION_BINS as f64;
    (1..CALIBRATION_BINS)
        .filter(|&edge| risk > edge as f64 * width)
        .count()
}

/// Mean risk and share of positive cases in at most `groups` groups of similar risk and *nearly equal size*, ascending: the
/// points of a reliability diagram. Equal risks stay together. Groups of equal size (ours) never show a single patient in a
/// sparsely filled corner of the scale, as bins of equal width would.
///
/// # Errors
/// As [`brier`].
pub fn reliability(
    probability: &[f64],
    positive: &[bool],
    groups: usize,
) -> Result<Vec<CalibrationBin>, Undefined> {
    check_risks(probability, positive)?;
    check_weights(None, positive.len())?;
    let ranking = Ranking::new(probability)?;
    let (samples, groups) = (ranking.rows.len(), groups.max(1));
    let mut bins = Vec::with_capacity(groups);
    let (mut risk, mut positives, mut count) = (0.0, 0_usize, 0_usize);
    for (i, (&row, &last_of_tie)) in ranking.rows.iter().zip(&ranking.last_of_tie).enumerate() {
        risk += probability[row as usize];
        positives += usize::from(positive[row as usize]);
        count += 1;
        let done = i + 1;
        let goal = (bins.len() + 1) * samples;
        if done == samples || (last_of_tie && done * groups >= goal) {
            bins.push(CalibrationBin {
                predicted: risk / count as f64,
                observed: positives as f64 / count as f64,
                count,
            });
            (risk, positives, count) = (0.0, 0, 0);
        }
    }
    Ok(bins)
}
