//! Properties that hold for any numbers.

#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;

use super::*;

/// Scores with ties, outcomes, and a person each.
fn cases() -> impl Strategy<Value = Vec<(i32, bool, u32)>> {
    prop::collection::vec((-20..20, any::<bool>(), 0..30_u32), 1..80)
}

fn split(cases: &[(i32, bool, u32)]) -> (Vec<f64>, Vec<bool>, Vec<u32>) {
    (
        cases.iter().map(|case| f64::from(case.0)).collect(),
        cases.iter().map(|case| case.1).collect(),
        cases.iter().map(|case| case.2).collect(),
    )
}

fn area_under(curve: &[[f64; 2]]) -> f64 {
    curve
        .windows(2)
        .map(|w| (w[1][0] - w[0][0]) * (w[0][1] + w[1][1]) / 2.0)
        .sum()
}

proptest! {
    #[test]
    fn ranking_scores_ignore_monotone_maps(cases in cases()) {
        let (score, positive, _) = split(&cases);
        let mapped: Vec<f64> = score.iter().map(|s| (s / 7.0).exp() - 3.0).collect();
        prop_assert_eq!(auroc(&score, &positive, None), auroc(&mapped, &positive, None));
        prop_assert_eq!(
            average_precision(&score, &positive, None),
            average_precision(&mapped, &positive, None)
        );
    }

    #[test]
    fn auroc_of_the_negated_score_is_the_rest(cases in cases()) {
        let (score, positive, _) = split(&cases);
        let negated: Vec<f64> = score.iter().map(|s| -s).collect();
        match (auroc(&score, &positive, None), auroc(&negated, &positive, None)) {
            (Ok(a), Ok(b)) => prop_assert!((a + b - 1.0).abs() < 1e-12),
            (a, b) => prop_assert_eq!(a, b),
        }
    }

    #[test]
    fn auroc_counts_pairs(cases in cases()) {
        let (score, positive, _) = split(&cases);
        let (mut won, mut pairs) = (0.0, 0.0);
        for i in (0..score.len()).filter(|&i| positive[i]) {
            for j in (0..score.len()).filter(|&j| !positive[j]) {
                pairs += 1.0;
                won += if score[i] > score[j] { 1.0 } else if score[i] == score[j] { 0.5 } else { 0.0 };
            }
        }
        if let Ok(value) = auroc(&score, &positive, None) {
            prop_assert!((value - won / pairs).abs() < 1e-12);
        } else {
            prop_assert_eq!(pairs, 0.0);
        }
    }

    #[test]
    fn weights_are_repetitions(cases in cases()) {
        let (score, positive, weights) = split(&cases);
        let mut repeated = (Vec::new(), Vec::new());
        for (row, &weight) in weights.iter().enumerate() {
            for _ in 0..weight {
                repeated.0.push(score[row]);
                repeated.1.push(positive[row]);
            }
        }
        let close = |a: Result<f64, Undefined>, b: Result<f64, Undefined>| match (a, b) {
            (Ok(a), Ok(b)) => (a - b).abs() < 1e-9,
            (a, b) => a == b,
        };
        let weighted = auroc(&score, &positive, Some(&weights));
        prop_assert!(close(weighted, auroc(&repeated.0, &repeated.1, None)));
        let weighted = average_precision(&score, &positive, Some(&weights));
        prop_assert!(close(weighted, average_precision(&repeated.0, &repeated.1, None)));
        let weighted = f1(&score, &positive, 3.0, Some(&weights));
        prop_assert!(close(weighted, f1(&repeated.0, &repeated.1, 3.0, None)));
    }

    #[test]
    fn curves_enclose_their_scores(cases in cases()) {
        let (score, positive, _) = split(&cases);
        if let (Ok(curve), Ok(value)) = (roc_curve(&score, &positive, 200), auroc(&score, &positive, None)) {
            prop_assert!((area_under(&curve) - value).abs() < 1e-12);
            prop_assert_eq!((curve[0], curve[curve.len() - 1]), ([0.0, 0.0], [1.0, 1.0]));
        }
        let curve = precision_recall_curve(&score, &positive, 200);
        if let (Ok(curve), Ok(value)) = (curve, average_precision(&score, &positive, None)) {
            let steps: f64 = curve.windows(2).map(|w| (w[1][0] - w[0][0]) * w[1][1]).sum();
            prop_assert!((steps - value).abs() < 1e-12);
        }
    }

    #[test]
    fn the_best_threshold_is_best(cases in cases()) {
        let (score, positive, _) = split(&cases);
        if let Ok(threshold) = best_f1_threshold(&score, &positive) {
            let best = f1(&score, &positive, threshold, None)?;
            for &other in &score {
                prop_assert!(f1(&score, &positive, other, None)? <= best);
            }
        }
    }

    #[test]
    fn equal_seeds_give_equal_draws(cases in cases(), seed in any::<u64>()) {
        let (_, _, person) = split(&cases);
        let (a, b) = (Resamples::by_person(&person, 65, seed), Resamples::by_person(&person, 65, seed));
        let mut distinct = person.clone();
        distinct.sort_unstable();
        distinct.dedup();
        for draw in 0..65 {
            let weights = a.weights(draw);
            prop_assert_eq!(&weights, &b.weights(draw));
            // As many persons as there are, each with all its samples.
            let of = |name: &u32| weights[person.iter().position(|other| other == name).unwrap()];
            prop_assert_eq!(distinct.iter().map(of).sum::<u32>() as usize, distinct.len());
            for (weight, name) in weights.iter().zip(&person) {
                prop_assert_eq!(*weight, of(name));
            }
        }
    }

    #[test]
    fn grids_cover_and_count_all(cases in cases(), scale in -6..7_i32) {
        let (score, _, person) = split(&cases);
        let predicted: Vec<f64> = score.iter().map(|s| s * 1.37 * 10_f64.powi(scale)).collect();
        let observed: Vec<f64> = person.iter().map(|&p| f64::from(p) * 10_f64.powi(scale)).collect();
        let grid = density(&predicted, &observed, 24)?;
        prop_assert_eq!((grid.observed_edges.len(), grid.predicted_edges.len()), (25, 25));
        prop_assert_eq!(grid.counts.iter().flatten().sum::<usize>(), cases.len());
        for (p, y) in predicted.iter().zip(&observed) {
            let bin = |edges: &[f64], value: f64| {
                (0..24).find(|&i| edges[i] <= value && (value < edges[i + 1] || i == 23)).unwrap()
            };
            prop_assert!(*p <= grid.predicted_edges[24] && *y <= grid.observed_edges[24]);
            prop_assert!(grid.counts[bin(&grid.observed_edges, *y)][bin(&grid.predicted_edges, *p)] > 0);
        }
        prop_assert!(grid.observed_edges.windows(2).all(|w| w[0] < w[1]));
    }

    #[test]
    fn reliability_groups_hold_all_and_ascend(cases in cases()) {
        let (score, positive, _) = split(&cases);
        let risk: Vec<f64> = score.iter().map(|s| (s + 20.0) / 40.0).collect();
        let groups = reliability(&risk, &positive, 10)?;
        prop_assert!((1..=10).contains(&groups.len()));
        prop_assert_eq!(groups.iter().map(|group| group.count).sum::<usize>(), cases.len());
        prop_assert!(groups.windows(2).all(|w| w[0].predicted < w[1].predicted));
    }
}
