//! Scores of predicted quantities: R², MAE, RMSE, and their grid of counts.

use super::report::Density;
use super::undefined::Undefined;
use super::weight::{total_weight, weight, weighted_sum};

/// Fails where predictions and observations do not fit or are not finite.
pub(super) fn check_values(predicted: &[f64], observed: &[f64]) -> Result<(), Undefined> {
    if predicted.len() != observed.len() {
        return Err(Undefined::Shape);
    }
    if !observed.iter().all(|value| value.is_finite()) {
        return Err(Undefined::ObservedNotFinite);
    }
    if !predicted.iter().all(|value| value.is_finite()) {
        return Err(Undefined::PredictionNotFinite);
    }
    Ok(())
}

/// Coefficient of determination: 1 − Σ (y − ŷ)² / Σ (y − ȳ)²; negative where the predictions are worse than the mean.
///
/// Not defined where all observed values are equal (ours; scikit-learn gives 1 or 0 then).
///
/// # Errors
/// No sample or only one, one observed value only, a value that is not finite, lengths that differ.
pub fn r2(predicted: &[f64], observed: &[f64], weights: Option<&[u32]>) -> Result<f64, Undefined> {
    check_values(predicted, observed)?;
    let total = total_weight(weights, observed.len())?;
    if observed.len() == 1 {
        return Err(Undefined::OneSample);
    }
    let mut counted = (0..observed.len()).filter(|&row| weight(weights, row) > 0.0);
    let first = counted.next().map(|row| observed[row]);
    if counted.all(|row| Some(observed[row]) == first) {
        return Err(Undefined::OneValue);
    }
    let mean = weighted_sum(weights, observed.iter().copied()) / total;
    let spread = weighted_sum(weights, observed.iter().map(|y| (y - mean).powi(2)));
    let errors = predicted.iter().zip(observed);
    let left = weighted_sum(weights, errors.map(|(p, y)| (y - p).powi(2)));
    Ok(1.0 - left / spread)
}

/// Mean absolute error, in the label's unit.
///
/// # Errors
/// No sample, a value that is not finite, lengths that differ.
pub fn mean_absolute_error(
    predicted: &[f64],
    observed: &[f64],
    weights: Option<&[u32]>,
) -> Result<f64, Undefined> {
    check_values(predicted, observed)?;
    let total = total_weight(weights, observed.len())?;
    let errors = predicted.iter().zip(observed).map(|(p, y)| (y - p).abs());
    Ok(weighted_sum(weights, errors) / total)
}

/// Root of the mean squared error, in the label's unit.
///
/// # Errors
/// As [`mean_absolute_error`].
pub fn root_mean_squared_error(
    predicted: &[f64],
    observed: &[f64],
    weights: Option<&[u32]>,
) -> Result<f64, Undefined> {
    check_values(predicted, observed)?;
    let total = total_weight(weights, observed.len())?;
    let errors = predicted.iter().zip(observed).map(|(p, y)| (y - p).powi(2));
    Ok((weighted_sum(weights, errors) / total).sqrt())
}

/// Counts of observed against predicted values on a grid of `bins` × `bins`. Both axes share their edges, which are whole
/// multiples of a round width and cover both, so that no patient's extreme value can be read off.
///
/// # Errors
/// As [`mean_absolute_error`].
pub fn density(predicted: &[f64], observed: &[f64], bins: usize) -> Result<Density, Undefined> {
    check_values(predicted, observed)?;
    if observed.is_empty() || bins == 0 {
        return Err(Undefined::NoSample);
    }
    let both = || predicted.iter().chain(observed).copied();
    let low = both().fold(f64::INFINITY, f64::min);
    let high = both().fold(f64::NEG_INFINITY, f64::max);
    let edges = round_edges(low, high, bins);
    if !edges.iter().all(|edge| edge.is_finite()) {
        return Err(Undefined::PredictionNotFinite);
    }
    let bin = |value: f64| edges[1..bins].partition_point(|&edge| edge <= value);
    let mut counts = vec![vec![0; bins]; bins];
    for (&given, &truth) in predicted.iter().zip(observed) {
        counts[bin(truth)][bin(given)] += 1;
    }
    Ok(Density {
        observed_edges: edges.clone(),
        predicted_edges: edges,
        counts,
    })
}

/// `bins + 1` whole multiples of a round width that cover `low` to `high`.
fn round_edges(low: f64, high: f64, bins: usize) -> Vec<f64> {
    let range = high - low;
    let wanted = if range > 0.0 {
        range
    } else {
        low.abs().max(1.0)
    } / bins as f64;
    let decade = 10_f64.powi(wanted.log10().floor() as i32);
    let mut edges = Vec::new();
    for step in [
        1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 20.0, 40.0,
    ] {
        let width = step * decade;
        let first = (low / width).floor();
        edges = (0..=bins).map(|i| (first + i as f64) * width).collect();
        if edges[0] <= low && edges[bins] >= high {
            break;
        }
    }
    edges
}
