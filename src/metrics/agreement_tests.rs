//! Figures against scikit-learn's on the cases of `tests/fixtures/metrics.json` (see `metrics.py` beside it), and bootstrap draws
//! against the plain functions with the draws' weights.

#![allow(clippy::unwrap_used, clippy::panic)]

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::*;

const TOLERANCE: f64 = 1e-9;

#[derive(Deserialize)]
struct Fixture {
    binary: Vec<Binary>,
    multiclass: Vec<Multiclass>,
    regression: Vec<Regression>,
    clustering: Vec<Clustering>,
}

#[derive(Deserialize)]
struct Binary {
    score: Vec<Option<f64>>,
    positive: Vec<u8>,
    weights: Option<Vec<u32>>,
    threshold: f64,
    expected: BinaryFigures,
}

#[derive(Deserialize)]
struct BinaryFigures {
    auroc: Option<f64>,
    auprc: Option<f64>,
    prevalence: Option<f64>,
    brier: Option<f64>,
    ece: Option<f64>,
    f1: Option<f64>,
    best_threshold: Option<f64>,
}

#[derive(Deserialize)]
struct Multiclass {
    classes: usize,
    probabilities: Vec<Option<f64>>,
    observed: Vec<usize>,
    weights: Option<Vec<u32>>,
    expected: MulticlassFigures,
}

#[derive(Deserialize)]
struct MulticlassFigures {
    accuracy: Option<f64>,
    macro_f1: Option<f64>,
    macro_auroc: Option<f64>,
}

#[derive(Deserialize)]
struct Regression {
    predicted: Vec<Option<f64>>,
    observed: Vec<f64>,
    weights: Option<Vec<u32>>,
    expected: RegressionFigures,
}

#[derive(Deserialize)]
struct RegressionFigures {
    r2: Option<f64>,
    mae: Option<f64>,
    rmse: Option<f64>,
}

#[derive(Deserialize)]
struct Clustering {
    width: usize,
    points: Vec<Option<f64>>,
    cluster: Vec<usize>,
    reference: Vec<u32>,
    weights: Option<Vec<u32>>,
    expected: ClusteringFigures,
}

#[derive(Deserialize)]
struct ClusteringFigures {
    silhouettes: Option<Vec<f64>>,
    adjusted_rand: Option<f64>,
    nmi: Option<f64>,
    explained: Option<[f64; 2]>,
    plane: Option<Vec<f64>>,
}

fn fixture() -> Fixture {
    read(include_str!("../../tests/fixtures/metrics.json"))
}

fn read<T: DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).unwrap()
}

fn divided(values: &[Option<f64>], by: f64) -> Vec<f64> {
    values
        .iter()
        .map(|value| value.map_or(f64::NAN, |value| value / by))
        .collect()
}

#[track_caller]
fn assert_close(name: &str, case: usize, ours: f64, theirs: f64) {
    let tolerance = TOLERANCE * theirs.abs().max(1.0);
    assert!(
        (ours - theirs).abs() <= tolerance,
        "{name} of case {case}: {ours} instead of {theirs}"
    );
}

#[track_caller]
fn assert_agrees(name: &str, case: usize, ours: Result<f64, Undefined>, theirs: Option<f64>) {
    match (ours, theirs) {
        (Ok(ours), Some(theirs)) => assert_close(name, case, ours, theirs),
        (Err(_), None) => {}
        (ours, theirs) => panic!("{name} of case {case}: {ours:?} instead of {theirs:?}"),
    }
}

#[test]
fn binary_figures_are_scikit_learns() {
    let cases = fixture().binary;
    assert!(cases.len() >= 250);
    for (i, case) in cases.iter().enumerate() {
        let p = divided(&case.score, 1000.0);
        let y: Vec<bool> = case.positive.iter().map(|&v| v == 1).collect();
        let (w, expected) = (case.weights.as_deref(), &case.expected);
        assert_agrees("auroc", i, auroc(&p, &y, w), expected.auroc);
        assert_agrees("auprc", i, average_precision(&p, &y, w), expected.auprc);
        assert_agrees("prevalence", i, prevalence(&y, w), expected.prevalence);
        assert_agrees("brier", i, brier(&p, &y, w), expected.brier);
        assert_agrees(
            "ece",
            i,
            expected_calibration_error(&p, &y, w),
            expected.ece,
        );
        assert_agrees("f1", i, f1(&p, &y, case.threshold / 1000.0, w), expected.f1);
        let threshold = best_f1_threshold(&p, &y);
        assert_agrees("best threshold", i, threshold, expected.best_threshold);
    }
}

#[test]
fn multiclass_figures_are_scikit_learns() {
    for (i, case) in fixture().multiclass.iter().enumerate() {
        let p = divided(&case.probabilities, 1000.0);
        let (y, w, expected) = (&case.observed, case.weights.as_deref(), &case.expected);
        let given = most_probable(&p, case.classes);
        let hits = given.clone().and_then(|given| accuracy(&given, y, w));
        assert_agrees("accuracy", i, hits, expected.accuracy);
        let f1 = given.and_then(|given| macro_f1(&given, y, case.classes, w));
        assert_agrees("macro-F1", i, f1, expected.macro_f1);
        let auroc = macro_auroc(&p, case.classes, y, w);
        assert_agrees("macro-AUROC", i, auroc, expected.macro_auroc);
    }
}

#[test]
fn regression_figures_are_scikit_learns() {
    for (i, case) in fixture().regression.iter().enumerate() {
        let p = divided(&case.predicted, 10.0);
        let y: Vec<f64> = case.observed.iter().map(|value| value / 10.0).collect();
        let (w, expected) = (case.weights.as_deref(), &case.expected);
        assert_agrees("R²", i, r2(&p, &y, w), expected.r2);
        assert_agrees("MAE", i, mean_absolute_error(&p, &y, w), expected.mae);
        assert_agrees("RMSE", i, root_mean_squared_error(&p, &y, w), expected.rmse);
    }
}

#[test]
fn clustering_figures_are_scikit_learns() {
    let mut planes = 0;
    for (i, case) in fixture().clustering.iter().enumerate() {
        let points = divided(&case.points, 10.0);
        let (w, expected) = (case.weights.as_deref(), &case.expected);
        match (
            silhouettes(&points, case.width, &case.cluster),
            &expected.silhouettes,
        ) {
            (Ok(ours), Some(theirs)) => {
                assert_eq!(ours.len(), theirs.len());
                for (&ours, &theirs) in ours.iter().zip(theirs) {
                    assert_close("silhouette", i, ours, theirs);
                }
            }
            (Err(_), None) => {}
            (ours, theirs) => panic!("silhouettes of case {i}: {ours:?} instead of {theirs:?}"),
        }
        let rand = adjusted_rand(&case.cluster, &case.reference, w);
        assert_agrees("adjusted Rand", i, rand, expected.adjusted_rand);
        let shared = normalized_mutual_information(&case.cluster, &case.reference, w);
        assert_agrees("NMI", i, shared, expected.nmi);
        let Some(explained) = expected.explained else {
            continue;
        };
        let plane = Projection::fit(&points, case.width).unwrap();
        for (rank, &share) in explained.iter().enumerate() {
            assert_close("explained variance", i, plane.explained[rank], share);
        }
        let Some(places) = &expected.plane else {
            continue;
        };
        planes += 1;
        for (point, place) in points.chunks_exact(case.width).zip(places.chunks_exact(2)) {
            for (ours, &theirs) in plane.place(point).into_iter().zip(place) {
                assert_close("place", i, ours.abs(), theirs);
            }
        }
    }
    assert!(planes > 50);
}

/// Every draw of every figure must be what the plain function gives with that draw's weights.
fn assert_draws(
    name: &str,
    case: usize,
    resamples: &Resamples,
    draws: &[f64],
    plain: impl Fn(&[u32]) -> Result<f64, Undefined>,
) {
    assert_eq!(draws.len(), resamples.draws());
    for (draw, &figure) in draws.iter().enumerate() {
        match plain(&resamples.weights(draw)) {
            Ok(value) => assert_close(name, case, figure, value),
            Err(_) => assert!(
                figure.is_nan(),
                "{name} of case {case}, draw {draw}: {figure}"
            ),
        }
    }
}

/// Two samples a person, so that persons matter; 70 draws, so that a block is not full.
fn resamples(samples: usize) -> Resamples {
    let person: Vec<u32> = (0..samples as u32).map(|i| i / 2 + 100).collect();
    Resamples::by_person(&person, 70, samples as u64)
}

#[test]
fn draws_are_the_plain_figures_with_weights() {
    let all = fixture();
    for (i, case) in all.binary.iter().enumerate() {
        let p = divided(&case.score, 1000.0);
        let y: Vec<bool> = case.positive.iter().map(|&v| v == 1).collect();
        let Ok(ranking) = ranking::Ranking::new(&p) else {
            continue;
        };
        let (r, cut) = (&resamples(y.len()), case.threshold / 1000.0);
        assert_draws("auroc", i, r, &draws::auroc(&ranking, &y, r), |w| {
            auroc(&p, &y, Some(w))
        });
        let values = draws::average_precision(&ranking, &y, r);
        assert_draws("auprc", i, r, &values, |w| {
            average_precision(&p, &y, Some(w))
        });
        let values = draws::expected_calibration_error(&p, &y, r);
        assert_draws("ece", i, r, &values, |w| {
            expected_calibration_error(&p, &y, Some(w))
        });
        assert_draws("f1", i, r, &draws::f1(&p, &y, cut, r), |w| {
            f1(&p, &y, cut, Some(w))
        });
        let errors: Vec<f64> = p
            .iter()
            .zip(&y)
            .map(|(p, &y)| (p - f64::from(u8::from(y))).powi(2))
            .collect();
        assert_draws("brier", i, r, &draws::mean(&errors, r), |w| {
            brier(&p, &y, Some(w))
        });
    }
    for (i, case) in all.multiclass.iter().enumerate() {
        let (p, y, classes) = (
            divided(&case.probabilities, 1000.0),
            &case.observed,
            case.classes,
        );
        let Ok(given) = most_probable(&p, classes) else {
            continue;
        };
        let r = &resamples(y.len());
        let values = draws::macro_f1(&given, y, classes, r);
        assert_draws("macro-F1", i, r, &values, |w| {
            macro_f1(&given, y, classes, Some(w))
        });
        let values = draws::macro_auroc(&p, classes, y, r).unwrap();
        assert_draws("macro-AUROC", i, r, &values, |w| {
            macro_auroc(&p, classes, y, Some(w))
        });
    }
    for (i, case) in all.regression.iter().enumerate() {
        let (p, y) = (divided(&case.predicted, 10.0), &case.observed);
        if p.iter().any(|value| value.is_nan()) {
            continue;
        }
        let r = &resamples(y.len());
        assert_draws("R²", i, r, &draws::r2(&p, y, r), |w| r2(&p, y, Some(w)));
    }
    for (i, case) in all.clustering.iter().enumerate() {
        let (cluster, reference) = (&case.cluster, &case.reference);
        let Ok(table) = clustering::Contingency::new(cluster, reference) else {
            continue;
        };
        let r = &resamples(cluster.len());
        let [rand, shared] = draws::agreement(&table, r);
        assert_draws("adjusted Rand", i, r, &rand, |w| {
            adjusted_rand(cluster, reference, Some(w))
        });
        assert_draws("NMI", i, r, &shared, |w| {
            normalized_mutual_information(cluster, reference, Some(w))
        });
        let points = divided(&case.points, 10.0);
        let Ok(values) = silhouettes(&points, case.width, cluster) else {
            continue;
        };
        assert_draws("silhouette", i, r, &draws::mean(&values, r), |w| {
            silhouette(&points, case.width, cluster, Some(w))
        });
    }
}
