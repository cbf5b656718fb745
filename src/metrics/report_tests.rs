//! Whole reports, intervals and differences; figures computed by hand.

#![allow(clippy::unwrap_used, clippy::panic)]

use rand::RngCore;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::*;

/// Numbers in [0, 1).
fn uniform(count: usize, seed: u64) -> Vec<f64> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..count)
        .map(|_| f64::from(random.next_u32()) / 4_294_967_296.0)
        .collect()
}

fn each_alone(samples: usize, draws: usize) -> Resamples {
    let person: Vec<u32> = (0..samples as u32).collect();
    Resamples::by_person(&person, draws, 7)
}

/// Outcomes that a risk foretells, by halves.
fn outcomes(samples: usize, seed: u64) -> (Vec<f64>, Vec<bool>) {
    let risk = uniform(samples, seed);
    let luck = uniform(samples, seed + 1);
    let positive = risk
        .iter()
        .zip(&luck)
        .map(|(risk, luck)| luck < risk)
        .collect();
    (risk, positive)
}

#[test]
fn figures_by_hand() {
    // Positives 0.8, 0.4, 0.4; negatives 0.4, 0.1: pairs won 1 + 1, 0.5 + 1, 0.5 + 1 of 6.
    let risk = [0.8, 0.4, 0.4, 0.4, 0.1];
    let positive = [true, true, true, false, false];
    let close = |figure: Result<f64, Undefined>, by_hand: f64| {
        assert!(
            (figure.unwrap() - by_hand).abs() < 1e-12,
            "{figure:?} instead of {by_hand}"
        );
    };
    close(auroc(&risk, &positive, None), 5.0 / 6.0);
    // Recall 1/3 at precision 1, then the tie: recall 1 at precision 3/4.
    close(
        average_precision(&risk, &positive, None),
        1.0 / 3.0 + 2.0 / 3.0 * 0.75,
    );
    assert_eq!(best_f1_threshold(&risk, &positive), Ok(0.4));
    close(f1(&risk, &positive, 0.4, None), 6.0 / 7.0);
    // 0.1 is in the lowest bin: gaps 0.1 of the lowest, 3 × 0.4 − 2 in the fourth, 0.8 − 1 in the eighth.
    close(
        expected_calibration_error(&risk, &positive, None),
        (0.1 + 0.8 + 0.2) / 5.0,
    );
    close(macro_f1(&[0, 1, 1], &[0, 0, 1], 3, None), 2.0 / 3.0);
    close(r2(&[1.0, 2.0, 4.0], &[1.0, 2.0, 3.0], None), 0.5);
    let apart = silhouettes(&[0.0, 1.0, 10.0, 11.0], 1, &[0, 0, 1, 1]).unwrap();
    for (value, by_hand) in apart
        .into_iter()
        .zip([9.5 / 10.5, 8.5 / 9.5, 8.5 / 9.5, 9.5 / 10.5])
    {
        close(Ok(value), by_hand);
    }
}

#[test]
fn undefined_figures_say_why() {
    let resamples = each_alone(3, 100);
    let (metrics, charts) = report::binary(&[0.1, 0.2, 0.3], &[false; 3], Some(0.2), &resamples);
    for name in ["auroc", "auprc", "f1"] {
        let metric = &metrics[name];
        assert_eq!((metric.value, metric.low, metric.high), (None, None, None));
        assert_eq!(
            metric.undefined.as_deref(),
            Some("no positive case in the test set")
        );
    }
    assert_eq!(metrics["prevalence"].value, Some(0.0));
    assert_eq!((charts.roc, charts.precision_recall), (None, None));
    let (metrics, charts) = report::binary(&[0.1, 0.2, 0.3], &[true; 3], None, &resamples);
    assert_eq!(
        metrics["auroc"].undefined.as_deref(),
        Some("no negative case in the test set")
    );
    let none = Some("no threshold could be set: no positive case in the validation set");
    assert_eq!(metrics["f1"].undefined.as_deref(), none);
    assert_eq!(metrics["threshold"].undefined.as_deref(), none);
    assert_eq!(charts.confusion, None);
    let (metrics, _) = report::binary(&[], &[], Some(0.5), &each_alone(0, 100));
    assert!(metrics.iter().all(|(name, metric)| {
        name == "threshold"
            || metric.undefined.as_deref() == Some("no labelled sample in the test set")
    }));
    let (metrics, _) = report::binary(
        &[0.1, f64::NAN, 0.3],
        &[true, false, true],
        Some(0.2),
        &resamples,
    );
    let reason = Some("a prediction that is not a finite number in the test set");
    assert_eq!(metrics["auroc"].undefined.as_deref(), reason);
    assert_eq!(metrics["brier"].undefined.as_deref(), reason);
    let (metrics, _) = report::regression(&[1.0, 2.0, 3.0], &[4.0; 3], &resamples);
    assert_eq!(
        metrics["r2"].undefined.as_deref(),
        Some("only one observed value in the test set")
    );
    assert_eq!(metrics["mae"].value, Some(2.0));
    let classes = ["a".to_owned(), "b".to_owned()];
    let (metrics, _) = report::multiclass(
        &[0.9, 0.1, 0.2, 0.8],
        &classes,
        &[0, 0],
        &each_alone(2, 100),
    );
    assert_eq!(
        metrics["macro_auroc"].undefined.as_deref(),
        Some("only one class in the test set")
    );
    assert_eq!(metrics["accuracy"].value, Some(0.5));
    let (metrics, _) = report::clustering(
        &[1.0, 2.0, 3.0],
        1,
        &[0; 3],
        2,
        Some(&[u32::MAX; 3]),
        7,
        &resamples,
    );
    assert_eq!(
        metrics["silhouette"].undefined.as_deref(),
        Some("only one cluster in use in the test set")
    );
    let reason = Some("no sample with a value of the reference column in the test set");
    assert_eq!(metrics["nmi"].undefined.as_deref(), reason);
    let (metrics, _) = report::regression(&[1.0, 2.0], &[4.0, 5.0], &resamples);
    let reason = Some("predictions and labels that do not fit each other in the test set");
    assert_eq!(metrics["rmse"].undefined.as_deref(), reason);
}

#[test]
fn a_binary_report_is_whole() {
    let (risk, positive) = outcomes(3_000, 1);
    let resamples = each_alone(3_000, 400);
    let (metrics, charts) = report::binary(&risk, &positive, Some(0.5), &resamples);
    assert_eq!(
        metrics.keys().collect::<Vec<_>>(),
        [
            "auprc",
            "auroc",
            "brier",
            "ece",
            "f1",
            "prevalence",
            "threshold"
        ]
    );
    for (name, metric) in &metrics {
        if name == "threshold" {
            assert_eq!((metric.value, metric.low), (Some(0.5), None));
            continue;
        }
        let (value, low, high) = (
            metric.value.unwrap(),
            metric.low.unwrap(),
            metric.high.unwrap(),
        );
        assert!(low < high && high - low < 0.1, "{name}: {low} to {high}");
        // The calibration error of a calibrated model is pushed up by chance, more so in draws.
        assert!(
            name == "ece" || (low < value && value < high),
            "{name}: {value}, {low} to {high}"
        );
    }
    // In theory: area 5/6, half of the cases, Brier score 1/6.
    assert!((metrics["auroc"].value.unwrap() - 5.0 / 6.0).abs() < 0.02);
    assert!((metrics["brier"].value.unwrap() - 1.0 / 6.0).abs() < 0.02);
    for curve in [charts.roc.unwrap(), charts.precision_recall.unwrap()] {
        assert!(curve.len() <= 200 && curve.len() > 100);
        assert!(curve.windows(2).all(|w| w[0][0] <= w[1][0]));
    }
    let groups = charts.calibration.unwrap();
    assert_eq!(
        groups.iter().map(|group| group.count).collect::<Vec<_>>(),
        [300; 10]
    );
    assert!(
        groups
            .iter()
            .all(|group| (group.predicted - group.observed).abs() < 0.1)
    );
    let confusion = charts.confusion.unwrap();
    assert_eq!(confusion.classes, ["negative", "positive"]);
    let misses = positive
        .iter()
        .zip(&risk)
        .filter(|(is, risk)| **is && **risk < 0.5)
        .count();
    assert_eq!(confusion.counts[1][0], misses);
    assert_eq!(confusion.counts.iter().flatten().sum::<usize>(), 3_000);
}

#[test]
fn intervals_have_their_width() {
    // The standard error of a mean of n samples with variance 1/12, by theory, within a tenth.
    let values = uniform(2_000, 3);
    let shifted: Vec<f64> = values.iter().map(|value| value + 1.0).collect();
    let (metrics, _) = report::regression(&shifted, &vec![1.0; 2_000], &each_alone(2_000, 1_000));
    let width = metrics["mae"].high.unwrap() - metrics["mae"].low.unwrap();
    let expected = 2.0 * 1.96 * (1.0_f64 / 12.0 / 2_000.0).sqrt();
    assert!(
        (width / expected - 1.0).abs() < 0.1,
        "{width} instead of {expected}"
    );
    // Twenty copies of a hundred persons are no more evidence than the hundred.
    let copies: Vec<f64> = (0..2_000).map(|i| values[i % 100]).collect();
    let person: Vec<u32> = (0..2_000).map(|i| i % 100).collect();
    let resamples = Resamples::by_person(&person, 1_000, 7);
    let (metrics, _) = report::regression(&copies, &vec![0.0; 2_000], &resamples);
    let width = metrics["mae"].high.unwrap() - metrics["mae"].low.unwrap();
    let expected = 2.0 * 1.96 * (1.0_f64 / 12.0 / 100.0).sqrt();
    assert!(
        (width / expected - 1.0).abs() < 0.2,
        "{width} instead of {expected}"
    );
}

#[test]
fn intervals_cover_the_truth_about_as_often_as_they_say() {
    let mut covered = 0;
    for trial in 0..200 {
        let (risk, positive) = outcomes(200, 1_000 + 2 * trial);
        let person: Vec<u32> = (0..200).collect();
        let resamples = Resamples::by_person(&person, 200, trial);
        let (metrics, _) = report::binary(&risk, &positive, None, &resamples);
        let metric = &metrics["auroc"];
        let truth = 5.0 / 6.0;
        covered += usize::from(metric.low.unwrap() <= truth && truth <= metric.high.unwrap());
    }
    assert!((178..=199).contains(&covered), "{covered} of 200");
}

#[test]
fn an_interval_needs_draws_and_persons() {
    let risk = [0.1, 0.2, 0.3, 0.9];
    // One positive case: in a draw with probability 1 − (3/4)⁴ = 0.68; so there is an interval.
    let metrics = |person: &[u32]| {
        let resamples = Resamples::by_person(person, 1_000, 1);
        report::binary(&risk, &[false, false, false, true], None, &resamples).0
    };
    assert!(metrics(&[1, 2, 3, 4])["auroc"].low.is_some());
    // Two persons, one positive: both are drawn in half of the draws; never in more than chance allows.
    let resamples = Resamples::by_person(&[1, 1, 1, 2], 1_000, 1);
    let both = (0..1_000)
        .filter(|&draw| !resamples.weights(draw).contains(&0))
        .count();
    assert_eq!(metrics(&[1, 1, 1, 2])["auroc"].low.is_some(), both >= 500);
    let one = &metrics(&[5; 4])["auroc"];
    assert_eq!((one.value, one.low, one.high), (Some(1.0), None, None));
}

#[test]
fn a_subset_keeps_its_draws() {
    let resamples = Resamples::by_person(&[3, 3, 9, 5], 50, 2);
    let some = resamples.subset(&[3, 0]);
    assert_eq!((some.samples(), some.draws()), (2, 50));
    for draw in 0..50 {
        let all = resamples.weights(draw);
        assert_eq!(some.weights(draw), [all[3], all[0]]);
    }
}

#[test]
fn differences_are_paired() {
    let (risk, positive) = outcomes(1_000, 5);
    let noise = uniform(1_000, 6);
    let worse: Vec<f64> = risk
        .iter()
        .zip(&noise)
        .map(|(risk, noise)| 0.7 * risk + 0.3 * noise)
        .collect();
    let resamples = each_alone(1_000, 200);
    let binary = |probability| TaskPredictions::Binary {
        probability,
        positive: &positive,
    };
    let full = PairedScore::new(binary(&risk), &resamples).unwrap();
    let difference = full.minus(binary(&worse)).unwrap();
    let [low, high] = difference.interval.unwrap();
    assert!(low > 0.0 && low < difference.value && difference.value < high);
    assert_eq!(
        difference,
        paired_difference(binary(&risk), binary(&worse), &resamples).unwrap()
    );
    let (alone, _) = report::binary(&risk, &positive, None, &resamples);
    assert_eq!(Some(full.value()), alone["auroc"].value);
    assert!(high - low < 0.6 * (alone["auroc"].high.unwrap() - alone["auroc"].low.unwrap()));
    let same = full.minus(binary(&risk)).unwrap();
    assert_eq!((same.value, same.interval), (0.0, Some([0.0, 0.0])));
    assert_eq!(full.minus(binary(&risk[..9])), Err(Undefined::Shape));
    assert_eq!(
        full.minus(binary(&vec![f64::NAN; 1_000])),
        Err(Undefined::PredictionNotFinite)
    );

    let regression = |predicted| TaskPredictions::Regression {
        predicted,
        observed: &noise,
    };
    let gain = paired_difference(regression(&worse), regression(&risk), &resamples).unwrap();
    assert!(gain.interval.unwrap()[0] > 0.0);
    let observed: Vec<usize> = positive.iter().map(|&is| usize::from(is)).collect();
    let both =
        |risk: &[f64]| -> Vec<f64> { risk.iter().flat_map(|risk| [1.0 - risk, *risk]).collect() };
    let (first, second) = (both(&risk), both(&worse));
    let multiclass = |probabilities| TaskPredictions::Multiclass {
        probabilities,
        classes: 2,
        observed: &observed,
    };
    let classes = paired_difference(multiclass(&first), multiclass(&second), &resamples).unwrap();
    assert!((classes.value - difference.value).abs() < 1e-12);
    let cluster = |cluster| TaskPredictions::Clustering {
        points: &risk,
        width: 1,
        cluster,
        seed: 3,
    };
    let halves: Vec<usize> = risk.iter().map(|risk| usize::from(*risk > 0.5)).collect();
    let random: Vec<usize> = noise
        .iter()
        .map(|noise| usize::from(*noise > 0.5))
        .collect();
    let apart = paired_difference(cluster(&halves), cluster(&random), &resamples).unwrap();
    assert!(apart.interval.unwrap()[0] > 0.3);
}

#[test]
fn a_clustering_report_draws_samples() {
    let samples = 2_500;
    let (x, y) = (uniform(samples, 8), uniform(samples, 9));
    let cluster: Vec<usize> = (0..samples).map(|i| i % 3).collect();
    let points: Vec<f64> = (0..samples)
        .flat_map(|i| [x[i] + 4.0 * cluster[i] as f64, y[i], 1.0])
        .collect();
    let reference: Vec<u32> = (0..samples)
        .map(|i| {
            if i % 5 == 0 {
                u32::MAX
            } else {
                cluster[i] as u32
            }
        })
        .collect();
    let resamples = each_alone(samples, 200);
    let report = || report::clustering(&points, 3, &cluster, 4, Some(&reference), 7, &resamples);
    let (metrics, charts) = report();
    assert_eq!((&metrics, &charts), (&report().0, &report().1));
    let silhouette = &metrics["silhouette"];
    assert!(
        silhouette.value.unwrap() > 0.8
            && silhouette.low < silhouette.value
            && silhouette.value < silhouette.high
    );
    for name in ["adjusted_rand", "nmi"] {
        assert!((metrics[name].value.unwrap() - 1.0).abs() < 1e-12);
    }
    let map = charts.clusters.unwrap();
    assert_eq!(
        (map.points.len(), map.cluster.len(), map.sizes),
        (2_000, 2_000, vec![834, 833, 833, 0])
    );
    assert!(map.explained[0] > 0.98 && (map.explained[0] + map.explained[1] - 1.0).abs() < 1e-9);
    // Clusters lie along the first component, in their order.
    for (point, cluster) in map.points.iter().zip(&map.cluster) {
        assert!(
            (point[0] - 4.0 * (*cluster as f64 - 1.0)).abs() < 0.7,
            "{point:?} of cluster {cluster}"
        );
    }
}

#[test]
fn rows_are_drawn_without_replacement() {
    let mut rows = draw_rows(50, 20, 4);
    assert_eq!(rows, draw_rows(50, 20, 4));
    assert_ne!(rows, draw_rows(50, 20, 5));
    rows.sort_unstable();
    rows.dedup();
    assert_eq!((rows.len(), rows.iter().all(|&row| row < 50)), (20, true));
    assert_eq!(draw_rows(3, 20, 4).len(), 3);
}
