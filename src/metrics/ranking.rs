//! Scores of a ranking: AUROC, average precision and their curves.

use super::undefined::Undefined;
use super::weight::{check_weights, weight};

/// Rows in ascending order of a score; equal scores stand in ascending order of their rows.
pub(super) struct Ranking {
    pub(super) rows: Vec<u32>,
    /// Whether the next row's score is another one; in the order of `rows`.
    pub(super) last_of_tie: Vec<bool>,
}

impl Ranking {
    /// Sorts `score`; fails where it is empty or not finite.
    pub(super) fn new(score: &[f64]) -> Result<Self, Undefined> {
        if score.is_empty() {
            return Err(Undefined::NoSample);
        }
        if !score.iter().all(|value| value.is_finite()) {
            return Err(Undefined::PredictionNotFinite);
        }
        let mut keys: Vec<(u64, u32)> = (0..)
            .zip(score)
            .map(|(row, &value)| (ascending_key(value), row))
            .collect();
        keys.sort_unstable();
        let last_of_tie = (0..keys.len())
            .map(|i| keys.get(i + 1).is_none_or(|next| next.0 != keys[i].0))
            .collect();
        let rows = keys.into_iter().map(|(_, row)| row).collect();
        Ok(Self { rows, last_of_tie })
    }

    /// Groups of rows with equal scores, ascending.
    pub(super) fn ties(&self) -> impl DoubleEndedIterator<Item = &[u32]> {
        let mut starts = vec![0];
        starts.extend(
            (1..)
                .zip(&self.last_of_tie)
                .filter(|(_, last)| **last)
                .map(|(end, _)| end),
        );
        (1..starts.len()).map(move |i| &self.rows[starts[i - 1]..starts[i]])
    }

    /// Weight of the positive and the negative rows of each tie, ascending.
    fn tie_weights(&self, positive: &[bool], weights: Option<&[u32]>) -> Vec<[f64; 2]> {
        self.ties()
            .map(|tie| {
                let mut sums = [0.0; 2];
                for &row in tie {
                    let row = row as usize;
                    sums[usize::from(!positive[row])] += weight(weights, row);
                }
                sums
            })
            .collect()
    }
}

/// A number whose unsigned order is the order of the finite `value`; both zeros are one.
fn ascending_key(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    if bits >> 63 == 1 {
        !bits
    } else {
        bits | (1 << 63)
    }
}

/// Ranks and sums; fails where there is no positive or no negative case.
fn ranked_weights(
    score: &[f64],
    positive: &[bool],
    weights: Option<&[u32]>,
) -> Result<(Vec<[f64; 2]>, [f64; 2]), Undefined> {
    if score.len() != positive.len() {
        return Err(Undefined::Shape);
    }
    check_weights(weights, score.len())?;
    let ties = Ranking::new(score)?.tie_weights(positive, weights);
    let totals = ties
        .iter()
        .fold([0.0; 2], |sum, tie| [sum[0] + tie[0], sum[1] + tie[1]]);
    if totals[0] == 0.0 {
        return Err(if totals[1] == 0.0 {
            Undefined::NoSample
        } else {
            Undefined::NoPositive
        });
    }
    Ok((ties, totals))
}

/// Area under the receiver operating characteristic: the probability that a positive case has a higher score than a negative
/// one, ties counting half (Hanley & McNeil 1982; scikit-learn's `roc_auc_score`).
///
/// `score` and `positive` have one entry a sample; `weights` says how often each counts (once without it).
///
/// # Errors
/// No sample, no positive or no negative case, a score that is not finite, lengths that differ.
pub fn auroc(score: &[f64], positive: &[bool], weights: Option<&[u32]>) -> Result<f64, Undefined> {
    let (ties, [positives, negatives]) = ranked_weights(score, positive, weights)?;
    if negatives == 0.0 {
        return Err(Undefined::NoNegative);
    }
    let (mut below, mut doubled) = (0.0, 0.0);
    for [tied_positives, tied_negatives] in ties {
        doubled += tied_positives * (2.0 * below + tied_negatives);
        below += tied_negatives;
    }
    Ok(doubled / (2.0 * positives * negatives))
}

/// Average precision: Σ (R_k − R_{k−1}) P_k over the distinct scores from the highest, with recall R and precision P of the
/// rule "at least that score"; no interpolation (scikit-learn's `average_precision_score`). Reported as AUPRC.
///
/// # Errors
/// No sample, no positive case, a score that is not finite, lengths that differ.
pub fn average_precision(
    score: &[f64],
    positive: &[bool],
    weights: Option<&[u32]>,
) -> Result<f64, Undefined> {
    let (ties, [positives, _]) = ranked_weights(score, positive, weights)?;
    let (mut hits, mut flagged, mut sum) = (0.0, 0.0, 0.0);
    for [tied_positives, tied_negatives] in ties.into_iter().rev() {
        hits += tied_positives;
        flagged += tied_positives + tied_negatives;
        if tied_positives > 0.0 {
            sum += tied_positives * (hits / flagged);
        }
    }
    Ok(sum / positives)
}

/// Macro-AUROC, one class against the rest: the unweighted mean of [`auroc`] over the classes that occur with both sides.
///
/// `probabilities` is row-major, n × `classes`; `observed` has a class from 0 for each sample.
///
/// # Errors
/// No sample, only one class observed, a probability that is not finite, slices that do not fit.
pub fn macro_auroc(
    probabilities: &[f64],
    classes: usize,
    observed: &[usize],
    weights: Option<&[u32]>,
) -> Result<f64, Undefined> {
    let (mut sum, mut defined) = (0.0, 0_u32);
    for class in 0..classes {
        let (score, positive) = one_against_rest(probabilities, classes, observed, class)?;
        match auroc(&score, &positive, weights) {
            Ok(value) => {
                sum += value;
                defined += 1;
            }
            Err(Undefined::NoPositive | Undefined::NoNegative) => {}
            Err(other) => return Err(other),
        }
    }
    match defined {
        0 if observed.is_empty() => Err(Undefined::NoSample),
        0 => Err(Undefined::OneClass),
        _ => Ok(sum / f64::from(defined)),
    }
}

/// A class's probabilities, and which samples are of it.
pub(super) fn one_against_rest(
    probabilities: &[f64],
    classes: usize,
    observed: &[usize],
    class: usize,
) -> Result<(Vec<f64>, Vec<bool>), Undefined> {
    if probabilities.len() != classes * observed.len()
        || observed.iter().any(|&value| value >= classes)
    {
        return Err(Undefined::Shape);
    }
    let score = probabilities
        .chunks_exact(classes)
        .map(|row| row[class])
        .collect();
    let positive = observed.iter().map(|&value| value == class).collect();
    Ok((score, positive))
}

/// The receiver operating characteristic: `[false positive rate, sensitivity]` from `[0, 0]` to `[1, 1]`, one point a distinct
/// score, without points on a straight line between their neighbours, and thinned to `most` points at most (see [`thinned`]).
///
/// # Errors
/// As [`auroc`].
pub fn roc_curve(
    score: &[f64],
    positive: &[bool],
    most: usize,
) -> Result<Vec<[f64; 2]>, Undefined> {
    let (ties, [positives, negatives]) = ranked_weights(score, positive, None)?;
    if negatives == 0.0 {
        return Err(Undefined::NoNegative);
    }
    // Whole numbers while corners are told from straight runs.
    let mut corners: Vec<[f64; 2]> = vec![[0.0, 0.0]];
    for [tied_positives, tied_negatives] in ties.into_iter().rev() {
        let last = corners[corners.len() - 1];
        let next = [last[0] + tied_negatives, last[1] + tied_positives];
        if corners.len() > 1 {
            let before = corners[corners.len() - 2];
            let cross =
                (last[0] - before[0]) * tied_positives - (last[1] - before[1]) * tied_negatives;
            if cross == 0.0 {
                corners.pop();
            }
        }
        corners.push(next);
    }
    for corner in &mut corners {
        *corner = [corner[0] / negatives, corner[1] / positives];
    }
    Ok(thinned(corners, most))
}

/// The precision-recall curve: `[sensitivity, positive predictive value]`, one point a distinct score from the highest, after
/// scikit-learn's first point `[0, 1]`; thinned to `most` points at most (see [`thinned`]).
///
/// # Errors
/// As [`average_precision`].
pub fn precision_recall_curve(
    score: &[f64],
    positive: &[bool],
    most: usize,
) -> Result<Vec<[f64; 2]>, Undefined> {
    let (ties, [positives, _]) = ranked_weights(score, positive, None)?;
    let (mut hits, mut flagged) = (0.0, 0.0);
    let mut points = vec![[0.0, 1.0]];
    for [tied_positives, tied_negatives] in ties.into_iter().rev() {
        hits += tied_positives;
        flagged += tied_positives + tied_negatives;
        points.push([hits / positives, hits / flagged]);
        if hits == positives {
            break;
        }
    }
    Ok(thinned(points, most))
}

/// At most `most` (two or more) of a curve's points: the ends, and those that first pass equal shares of its length |Δx| + |Δy|.
/// Shorter curves come back as they are.
pub fn thinned(points: Vec<[f64; 2]>, most: usize) -> Vec<[f64; 2]> {
    let most = most.max(2);
    if points.len() <= most {
        return points;
    }
    let mut travelled = 0.0;
    let lengths: Vec<f64> = (0..points.len())
        .map(|i| {
            if i > 0 {
                let (a, b) = (points[i - 1], points[i]);
                travelled += (b[0] - a[0]).abs() + (b[1] - a[1]).abs();
            }
            travelled
        })
        .collect();
    let share = travelled / (most - 1) as f64;
    let (end, mut passed) = (points.len() - 1, 0);
    let mut kept = vec![points[0]];
    for i in 1..end {
        let reached = (lengths[i] / share) as usize;
        if reached > passed && kept.len() < most - 1 {
            passed = reached;
            kept.push(points[i]);
        }
    }
    kept.push(points[end]);
    kept
}
