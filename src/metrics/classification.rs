//! Scores of decisions: F1, its best threshold, accuracy, macro-F1, confusion.

use super::ranking::Ranking;
use super::undefined::Undefined;
use super::weight::{check_weights, total_weight, weight};

/// F1 of the rule "positive where the risk is at least `threshold`": 2 TP / (2 TP + FP + FN).
///
/// Without a positive case it could only be 0, so it is not defined then (ours; scikit-learn gives 0).
///
/// # Errors
/// No sample, no positive case, a risk that is not finite, lengths that differ.
pub fn f1(
    probability: &[f64],
    positive: &[bool],
    threshold: f64,
    weights: Option<&[u32]>,
) -> Result<f64, Undefined> {
    let [[clear, false_alarms], [missed, hits]] =
        decisions(probability, positive, threshold, weights)?;
    if missed + hits == 0.0 {
        return Err(if clear + false_alarms == 0.0 {
            Undefined::NoSample
        } else {
            Undefined::NoPositive
        });
    }
    Ok(2.0 * hits / (2.0 * hits + false_alarms + missed))
}

/// Weights by decision, `[negatives, positives]`, each `[below the threshold, at or above it]`.
pub(super) fn decisions(
    probability: &[f64],
    positive: &[bool],
    threshold: f64,
    weights: Option<&[u32]>,
) -> Result<[[f64; 2]; 2], Undefined> {
    if probability.len() != positive.len() {
        return Err(Undefined::Shape);
    }
    check_weights(weights, positive.len())?;
    if !probability.iter().all(|risk| risk.is_finite()) {
        return Err(Undefined::PredictionNotFinite);
    }
    let mut table = [[0.0; 2]; 2];
    for (row, (&risk, &is)) in probability.iter().zip(positive).enumerate() {
        table[usize::from(is)][usize::from(risk >= threshold)] += weight(weights, row);
    }
    Ok(table)
}

/// The threshold with the best [`f1`] among the predicted risks themselves; of equally good ones the highest, which alarms least.
/// To be set on the validation set, never on the set that is judged.
///
/// # Errors
/// As [`f1`].
pub fn best_f1_threshold(probability: &[f64], positive: &[bool]) -> Result<f64, Undefined> {
    if probability.len() != positive.len() {
        return Err(Undefined::Shape);
    }
    let ranking = Ranking::new(probability)?;
    let positives = positive.iter().filter(|&&is| is).count();
    if positives == 0 {
        return Err(Undefined::NoPositive);
    }
    let (mut hits, mut best, mut threshold) = (0_usize, 0.0, f64::INFINITY);
    for flagged in 1..=ranking.rows.len() {
        let rank = ranking.rows.len() - flagged;
        let row = ranking.rows[rank] as usize;
        hits += usize::from(positive[row]);
        let first_of_tie = rank == 0 || ranking.last_of_tie[rank - 1];
        let f1 = 2.0 * hits as f64 / (flagged + positives) as f64;
        if first_of_tie && f1 > best {
            (best, threshold) = (f1, probability[row]);
        }
    }
    Ok(threshold)
}

/// The most probable class of each sample; of equally probable ones the first.
///
/// `probabilities` is row-major, n × `classes`.
///
/// # Errors
/// A probability that is not finite; a length that is no multiple of `classes`.
pub fn most_probable(probabilities: &[f64], classes: usize) -> Result<Vec<usize>, Undefined> {
    if classes == 0 || !probabilities.len().is_multiple_of(classes) {
        return Err(Undefined::Shape);
    }
    if !probabilities.iter().all(|value| value.is_finite()) {
        return Err(Undefined::PredictionNotFinite);
    }
    Ok(probabilities
        .chunks_exact(classes)
        .map(|row| {
            (1..classes).fold(
                0,
                |best, class| if row[class] > row[best] { class } else { best },
            )
        })
        .collect())
}

/// Share of samples whose predicted class is the observed one.
///
/// # Errors
/// No sample, or lengths that differ.
pub fn accuracy(
    predicted: &[usize],
    observed: &[usize],
    weights: Option<&[u32]>,
) -> Result<f64, Undefined> {
    if predicted.len() != observed.len() {
        return Err(Undefined::Shape);
    }
    let total = total_weight(weights, observed.len())?;
    let hits: f64 = (0..observed.len())
        .filter(|&row| predicted[row] == observed[row])
        .map(|row| weight(weights, row))
        .sum();
    Ok(hits / total)
}

/// Macro-F1: the unweighted mean of each class's F1 over the classes that occur among the observed or the predicted ones
/// (scikit-learn's `f1_score(average="macro")`); a class that is only predicted counts 0.
///
/// # Errors
/// No sample, lengths that differ, a class that is not below `classes`.
pub fn macro_f1(
    predicted: &[usize],
    observed: &[usize],
    classes: usize,
    weights: Option<&[u32]>,
) -> Result<f64, Undefined> {
    check_classes(predicted, observed, classes)?;
    total_weight(weights, observed.len())?;
    let mut hits = vec![0.0; classes];
    let mut either = vec![0.0; classes];
    for (row, (&given, &truth)) in predicted.iter().zip(observed).enumerate() {
        let weight = weight(weights, row);
        either[given] += weight;
        either[truth] += weight;
        if given == truth {
            hits[truth] += weight;
        }
    }
    let (sum, occurring) = hits
        .iter()
        .zip(&either)
        .filter(|(_, either)| **either > 0.0)
        .fold((0.0, 0.0), |(sum, n), (hits, either)| {
            (sum + 2.0 * hits / either, n + 1.0)
        });
    Ok(sum / occurring)
}

/// Fails where predicted and observed classes do not fit.
pub(super) fn check_classes(
    predicted: &[usize],
    observed: &[usize],
    classes: usize,
) -> Result<(), Undefined> {
    let known = predicted
        .iter()
        .chain(observed)
        .all(|&class| class < classes);
    if known && predicted.len() == observed.len() {
        Ok(())
    } else {
        Err(Undefined::Shape)
    }
}

/// Numbers of samples by observed (row) and predicted (column) class.
///
/// # Errors
/// Lengths that differ, a class that is not below `classes`.
pub fn confusion_counts(
    predicted: &[usize],
    observed: &[usize],
    classes: usize,
) -> Result<Vec<Vec<usize>>, Undefined> {
    check_classes(predicted, observed, classes)?;
    let mut counts = vec![vec![0; classes]; classes];
    for (&given, &truth) in predicted.iter().zip(observed) {
        counts[truth][given] += 1;
    }
    Ok(counts)
}
