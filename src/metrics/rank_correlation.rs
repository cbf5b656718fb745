//! Spearman's rank correlation.

use super::undefined::Undefined;

/// Ranks from 1; equal values share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut begin = 0;
    for tied in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let shared = begin as f64 + (tied.len() + 1) as f64 / 2.0;
        for &place in tied {
            ranks[place] = shared;
        }
        begin += tied.len();
    }
    ranks
}

/// How far two lists rank the same things alike: from −1 (turned round) over 0 (unrelated) to 1 (alike). It is Pearson's correlation of the ranks,
/// ties averaged.
///
/// # Errors
/// Where there are fewer than two pairs, a value is not finite, or all values of a list are equal.
pub fn rank_correlation(one: &[f64], other: &[f64]) -> Result<f64, Undefined> {
    if one.len() != other.len() {
        return Err(Undefined::Shape);
    }
    if one.is_empty() {
        return Err(Undefined::NoSample);
    }
    if one.len() == 1 {
        return Err(Undefined::OneSample);
    }
    if !one.iter().chain(other).all(|value| value.is_finite()) {
        return Err(Undefined::ObservedNotFinite);
    }
    let middle = (one.len() + 1) as f64 / 2.0;
    let (mut product, mut squares) = (0.0, (0.0, 0.0));
    for (a, b) in ranks(one).into_iter().zip(ranks(other)) {
        let (a, b) = (a - middle, b - middle);
        product += a * b;
        squares = (squares.0 + a * a, squares.1 + b * b);
    }
    if squares.0 == 0.0 || squares.1 == 0.0 {
        return Err(Undefined::OneValue);
    }
    Ok((product / (squares.0 * squares.1).sqrt()).clamp(-1.0, 1.0))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ties_share_their_mean_rank() {
        assert_eq!(ranks(&[0.3, 0.1, 0.3, -2.0]), [3.5, 2.0, 3.5, 1.0]);
        // Ranks 1, 2.5, 2.5, 4, 5 and 2, 3, 4.5, 4.5, 1: by hand −1.25 / 9.5.
        let value = rank_correlation(&[1.0, 2.0, 2.0, 4.0, 5.0], &[5.0, 6.0, 7.0, 7.0, 2.0]);
        assert!((value.unwrap() + 1.25 / 9.5).abs() < 1e-12);
    }

    #[test]
    fn what_has_no_order_has_no_correlation() {
        assert_eq!(rank_correlation(&[], &[]), Err(Undefined::NoSample));
        assert_eq!(rank_correlation(&[1.0], &[1.0]), Err(Undefined::OneSample));
        assert_eq!(
            rank_correlation(&[1.0, 1.0], &[1.0, 2.0]),
            Err(Undefined::OneValue)
        );
        assert_eq!(
            rank_correlation(&[1.0, f64::NAN], &[1.0, 2.0]),
            Err(Undefined::ObservedNotFinite)
        );
        assert_eq!(rank_correlation(&[1.0], &[]), Err(Undefined::Shape));
    }

    proptest! {
        #[test]
        fn only_the_order_counts(values in prop::collection::vec(-3i32..3, 3..40), others in prop::collection::vec(-9i32..9, 40)) {
            let one: Vec<f64> = values.iter().copied().map(f64::from).collect();
            let other: Vec<f64> = others[..one.len()].iter().copied().map(f64::from).collect();
            let Ok(value) = rank_correlation(&one, &other) else { return Ok(()) };
            let grown: Vec<f64> = one.iter().map(|v| v.exp()).collect();
            let turned: Vec<f64> = other.iter().map(|v| -v).collect();
            prop_assert!((-1.0..=1.0).contains(&value));
            prop_assert!((rank_correlation(&grown, &other).unwrap() - value).abs() < 1e-12);
            prop_assert!((rank_correlation(&one, &turned).unwrap() + value).abs() < 1e-12);
            prop_assert!((rank_correlation(&one, &grown).unwrap() - 1.0).abs() < 1e-12);
        }
    }
}
