//! How often each sample counts.

use super::undefined::Undefined;

/// The weight of a row: 1 without weights.
pub(super) fn weight(weights: Option<&[u32]>, row: usize) -> f64 {
    weights.map_or(1.0, |weights| f64::from(weights[row]))
}

/// Fails where the weights are not one a sample.
pub(super) fn check_weights(weights: Option<&[u32]>, samples: usize) -> Result<(), Undefined> {
    match weights {
        Some(weights) if weights.len() != samples => Err(Undefined::Shape),
        _ => Ok(()),
    }
}

/// The sum of the weights; fails where there is none.
pub(super) fn total_weight(weights: Option<&[u32]>, samples: usize) -> Result<f64, Undefined> {
    check_weights(weights, samples)?;
    let total = match weights {
        None => samples as f64,
        Some(weights) => weights.iter().map(|&weight| f64::from(weight)).sum(),
    };
    if total == 0.0 {
        return Err(Undefined::NoSample);
    }
    Ok(total)
}

/// Σ w x over rows.
pub(super) fn weighted_sum(weights: Option<&[u32]>, values: impl Iterator<Item = f64>) -> f64 {
    (0..)
        .zip(values)
        .map(|(row, value)| weight(weights, row) * value)
        .sum()
}
