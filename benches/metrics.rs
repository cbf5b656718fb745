//! Milliseconds of the reports and of paired differences:
//! `cargo bench --no-default-features --bench metrics`

use std::time::Instant;

use m3h_studio::metrics::{DRAWS, PairedScore, Resamples, TaskPredictions, report};
use rand::RngCore;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// The fastest of five runs; each hands back a number, so that none is left out.
fn time(name: &str, mut run: impl FnMut() -> f64) {
    let mut best = f64::INFINITY;
    let mut result = 0.0;
    for _ in 0..5 {
        let start = Instant::now();
        result = std::hint::black_box(run());
        best = best.min(start.elapsed().as_secs_f64() * 1e3);
    }
    println!("{best:9.2} ms  {name}  ({result:.4})");
}

fn uniform(count: usize, seed: u64) -> Vec<f64> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..count)
        .map(|_| f64::from(random.next_u32()) / 4_294_967_296.0)
        .collect()
}

fn main() {
    let samples = 10_000;
    let person: Vec<u32> = (0..samples as u32).collect();
    time("10,000 persons drawn 1,000 times", || {
        Resamples::by_person(&person, DRAWS, 7).draws() as f64
    });
    let resamples = Resamples::by_person(&person, DRAWS, 7);
    let (risk, luck) = (uniform(samples, 1), uniform(samples, 2));
    let risk: Vec<f64> = risk.iter().map(|risk| risk * risk * risk).collect();
    let positive: Vec<bool> = risk
        .iter()
        .zip(&luck)
        .map(|(risk, luck)| luck < risk)
        .collect();
    time("binary report, 10,000 samples, 1,000 draws", || {
        report::binary(&risk, &positive, Some(0.3), &resamples).0["auroc"]
            .low
            .unwrap_or(0.0)
    });
    let rounded: Vec<f64> = risk
        .iter()
        .map(|risk| (risk * 50.0).round() / 50.0)
        .collect();
    time("the same with 51 distinct risks", || {
        report::binary(&rounded, &positive, Some(0.3), &resamples).0["auroc"]
            .low
            .unwrap_or(0.0)
    });
    let classes: Vec<String> = (0..5).map(|class| class.to_string()).collect();
    let probabilities = uniform(samples * 5, 3);
    let observed: Vec<usize> = luck.iter().map(|luck| (luck * 5.0) as usize).collect();
    time("multiclass report, 5 classes", || {
        let (metrics, _) = report::multiclass(&probabilities, &classes, &observed, &resamples);
        metrics["macro_auroc"].low.unwrap_or(0.0)
    });
    time("regression report", || {
        report::regression(&risk, &luck, &resamples).0["r2"]
            .low
            .unwrap_or(0.0)
    });
    let points = uniform(samples * 64, 4);
    let cluster: Vec<usize> = luck.iter().map(|luck| (luck * 4.0) as usize).collect();
    let reference: Vec<u32> = observed.iter().map(|&class| class as u32).collect();
    time(
        "clustering report, width 64, 4 clusters, reference of 5",
        || {
            let (metrics, _) =
                report::clustering(&points, 64, &cluster, 4, Some(&reference), 7, &resamples);
            metrics["nmi"].low.unwrap_or(0.0)
        },
    );

    for samples in [1_000, 10_000] {
        let resamples = Resamples::by_person(&person[..samples], 256, 7);
        let binary = |probability| TaskPredictions::Binary {
            probability,
            positive: &positive[..samples],
        };
        let Ok(full) = PairedScore::new(binary(&risk[..samples]), &resamples) else {
            continue;
        };
        time(
            &format!("one paired AUROC difference, {samples} samples, 256 draws"),
            || {
                full.minus(binary(&luck[..samples]))
                    .map_or(0.0, |difference| difference.value)
            },
        );
        let quantity = |predicted| TaskPredictions::Regression {
            predicted,
            observed: &luck[..samples],
        };
        let Ok(full) = PairedScore::new(quantity(&luck[..samples]), &resamples) else {
            continue;
        };
        time(
            &format!("one paired R² difference, {samples} samples, 256 draws"),
            || {
                full.minus(quantity(&risk[..samples]))
                    .map_or(0.0, |difference| difference.value)
            },
        );
        let groups = |points| TaskPredictions::Clustering {
            points,
            width: 64,
            cluster: &cluster[..samples],
            seed: 7,
        };
        let Ok(full) = PairedScore::new(groups(&points[..samples * 64]), &resamples) else {
            continue;
        };
        time(
            &format!("one paired silhouette difference, {samples} samples, width 64"),
            || {
                full.minus(groups(&points[..samples * 64]))
                    .map_or(0.0, |difference| difference.value)
            },
        );
    }
}
