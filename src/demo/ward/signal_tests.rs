//! What each modality tells: simple rules must find in it what was put there, and not elsewhere.

use super::film::SIDE;
use super::tests::{by_series, ward};
use crate::cohort::Cohort;

/// Area under the ROC curve of some scores for a yes/no column, over the rows that have both.
fn auroc(cohort: &Cohort, column: &str, scores: &[Option<f64>]) -> f64 {
    let column = cohort.column(column).unwrap();
    let (mut positive, mut negative) = (vec![], vec![]);
    for (row, score) in scores.iter().enumerate() {
        match (column.text(row), score) {
            (Some("yes"), Some(score)) => positive.push(*score),
            (Some("no"), Some(score)) => negative.push(*score),
            _ => {}
        }
    }
    let mut wins = 0.0;
    for p in &positive {
        for n in &negative {
            wins += match p.total_cmp(n) {
                std::cmp::Ordering::Greater => 1.0,
                std::cmp::Ordering::Equal => 0.5,
                std::cmp::Ordering::Less => 0.0,
            };
        }
    }
    wins / (positive.len() * negative.len()) as f64
}

/// One score a sample: the mean of what `score` finds in its notes.
fn by_notes(cohort: &Cohort, score: impl Fn(&str) -> f64) -> Vec<Option<f64>> {
    let mut sums = vec![(0.0, 0); cohort.samples()];
    for note in &cohort.notes {
        let sum = &mut sums[note.sample as usize];
        sum.0 += score(&note.text.to_lowercase());
        sum.1 += 1;
    }
    sums.into_iter()
        .map(|(sum, count)| (count > 0).then(|| sum / f64::from(count)))
        .collect()
}

/// One score a sample, of its first film; `None` without a film.
fn by_films(cohort: &Cohort, score: impl Fn(&[u8]) -> f64) -> Vec<Option<f64>> {
    let mut scores = vec![None; cohort.samples()];
    for image in &cohort.images {
        scores[image.sample as usize].get_or_insert_with(|| score(&image.pixels));
    }
    scores
}

fn mean_in(pixels: &[u8], columns: std::ops::Range<usize>, rows: std::ops::Range<usize>) -> f64 {
    let count = (columns.len() * rows.len()) as f64;
    rows.flat_map(|y| {
        columns
            .clone()
            .map(move |x| f64::from(pixels[y * SIDE + x]))
    })
    .sum::<f64>()
        / count
}

#[test]
fn thrombosis_is_told_in_the_notes_and_only_to_who_minds_negations() {
    let cohort = ward(2_000, 12, 0.15, 21);
    let names = ["dvt", "deep vein thrombosis", "deep vein trombosis"];
    let aware = by_notes(&cohort, |text| {
        let mut score = 0.0;
        for sentence in text
            .split('.')
            .filter(|s| names.iter().any(|name| s.contains(name)))
        {
            let beside = ["mother", "against"]
                .iter()
                .any(|word| sentence.contains(word));
            let doubted = ["possible", "suspected"]
                .iter()
                .any(|word| sentence.contains(word));
            let negated = ["no ", "without", "excluded"]
                .iter()
                .any(|word| sentence.contains(word));
            score += match (beside, doubted, negated) {
                (true, ..) => 0.0,
                (_, true, _) => 0.5,
                (.., true) => -1.0,
                _ => 1.0,
            };
        }
        score
    });
    let with = auroc(&cohort, "deep_vein_thrombosis", &aware);
    let words = by_notes(&cohort, |text| {
        names.iter().map(|n| text.matches(n).count() as f64).sum()
    });
    let counting = auroc(&cohort, "deep_vein_thrombosis", &words);
    assert!(with > 0.88, "negation-aware rule: {with}");
    assert!(
        (0.4..0.6).contains(&counting),
        "counting the words: {counting}"
    );
    for variable in [
        "heart_rate",
        "oxygen_saturation",
        "creatinine",
        "temperature",
    ] {
        let without = auroc(
            &cohort,
            "deep_vein_thrombosis",
            &by_series(&cohort, variable),
        );
        assert!((0.38..0.62).contains(&without), "{variable}: {without}");
    }
}

#[test]
fn pneumonia_and_heart_failure_are_seen_in_the_film_alone() {
    let cohort = ward(2_000, 12, 0.15, 22);
    // clouded against clear lung, relative to the picture's own brightness
    let clouds = by_films(&cohort, |pixels| {
        let (right, left) = (
            mean_in(pixels, 12..24, 28..44),
            mean_in(pixels, 43..54, 28..42),
        );
        (right - left).abs() + 0.3 * (right + left - 2.0 * mean_in(pixels, 16..48, 14..24))
    });
    let seen = auroc(&cohort, "pneumonia", &clouds);
    assert!((0.8..0.97).contains(&seen), "clouds: {seen}");
    let whole = by_films(&cohort, |pixels| mean_in(pixels, 0..64, 0..64));
    let overall = auroc(&cohort, "pneumonia", &whole);
    assert!(overall < seen - 0.08, "mean of the film: {overall}");
    let heart = by_films(&cohort, |pixels| {
        mean_in(pixels, 40..50, 34..44) - mean_in(pixels, 16..48, 14..24)
    });
    let heart = auroc(&cohort, "heart_failure", &heart);
    assert!(heart > 0.7, "heart: {heart}");
    let told = by_notes(&cohort, |text| {
        f64::from(
            ["pneumonia", "chest infection"]
                .iter()
                .any(|name| text.contains(name)),
        )
    });
    let told = auroc(&cohort, "pneumonia", &told);
    assert!((0.42..0.58).contains(&told), "notes: {told}");
    for variable in [
        "temperature",
        "white_cells",
        "respiratory_rate",
        "oxygen_saturation",
    ] {
        let without = auroc(&cohort, "pneumonia", &by_series(&cohort, variable));
        assert!((0.35..0.65).contains(&without), "{variable}: {without}");
    }
}

#[test]
fn laboratory_values_tell_their_own_diagnoses() {
    let cohort = ward(1_000, 44, 0.15, 23);
    for (column, variable) in [
        ("acute_kidney_injury", "creatinine"),
        ("sepsis", "white_cells"),
        ("cirrhosis", "bilirubin"),
        ("diabetes", "glucose"),
        ("hyponatraemia", "sodium"),
        ("thrombocytopenia", "platelets"),
    ] {
        let found = auroc(&cohort, column, &by_series(&cohort, variable));
        assert!(
            (found - 0.5).abs() > 0.22,
            "{column} by {variable}: {found}"
        );
    }
}
