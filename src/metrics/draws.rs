//! Figures of all bootstrap draws at once. Samples are visited in one order, sorted once; what each visit adds is computed for a
//! block of draws side by side. Every function gives one figure a draw, NaN where it is not defined in that draw, and expects
//! what the plain function of the same name has checked.

use super::clustering::Contingency;
use super::probability::{CALIBRATION_BINS, calibration_bin, indicator};
use super::ranking::{Ranking, one_against_rest};
use super::resamples::{LANES, Resamples, Row};
use super::undefined::Undefined;

/// One sample of a ranking.
struct Step {
    person: u32,
    positive: bool,
    last_of_tie: bool,
}

fn steps(ranking: &Ranking, positive: &[bool], resamples: &Resamples) -> Vec<Step> {
    let ranked = ranking.rows.iter().zip(&ranking.last_of_tie);
    ranked
        .map(|(&row, &last_of_tie)| Step {
            person: resamples.person(row as usize) as u32,
            positive: positive[row as usize],
            last_of_tie,
        })
        .collect()
}

fn add(sums: &mut [u32; LANES], row: &Row) {
    for (sum, &count) in sums.iter_mut().zip(row) {
        *sum += u32::from(count);
    }
}

fn add_scaled(sums: &mut [f64; LANES], row: &Row, value: f64) {
    for (sum, &count) in sums.iter_mut().zip(row) {
        *sum += f64::from(count) * value;
    }
}

fn lanes(figure: impl FnMut(usize) -> f64) -> [f64; LANES] {
    std::array::from_fn(figure)
}

/// a / b, NaN for b = 0.
fn ratio(above: f64, below: f64) -> f64 {
    if below > 0.0 { above / below } else { f64::NAN }
}

/// [`super::auroc`].
pub(super) fn auroc(ranking: &Ranking, positive: &[bool], resamples: &Resamples) -> Vec<f64> {
    let steps = steps(ranking, positive, resamples);
    resamples.each(|block| {
        let mut negatives = [0_u32; LANES];
        let mut positives = [0_u32; LANES];
        let mut doubled = [0_u64; LANES];
        for tie in steps.chunk_by(|step, _| !step.last_of_tie) {
            if let [step] = tie {
                let row = &block[step.person as usize];
                if step.positive {
                    for lane in 0..LANES {
                        let count = u32::from(row[lane]);
                        doubled[lane] += u64::from(count) * u64::from(2 * negatives[lane]);
                        positives[lane] += count;
                    }
                } else {
                    add(&mut negatives, row);
                }
                continue;
            }
            let mut tied = [[0_u32; LANES]; 2];
            for step in tie {
                add(
                    &mut tied[usize::from(step.positive)],
                    &block[step.person as usize],
                );
            }
            for lane in 0..LANES {
                let pairs = 2 * negatives[lane] + tied[0][lane];
                doubled[lane] += u64::from(tied[1][lane]) * u64::from(pairs);
                negatives[lane] += tied[0][lane];
                positives[lane] += tied[1][lane];
            }
        }
        lanes(|lane| {
            let pairs = f64::from(positives[lane]) * f64::from(negatives[lane]);
            ratio(doubled[lane] as f64, 2.0 * pairs)
        })
    })
}

/// [`super::average_precision`].
pub(super) fn average_precision(
    ranking: &Ranking,
    positive: &[bool],
    resamples: &Resamples,
) -> Vec<f64> {
    let mut steps = steps(ranking, positive, resamples);
    steps.reverse();
    resamples.each(|block| {
        let mut negatives = [0_u32; LANES];
        let mut positives = [0_u32; LANES];
        let mut sums = [0.0; LANES];
        // Backwards, the last of a tie comes first.
        for tie in steps.chunk_by(|_, next| !next.last_of_tie) {
            if let [
                Step {
                    positive: false,
                    person,
                    ..
                },
            ] = tie
            {
                add(&mut negatives, &block[*person as usize]);
                continue;
            }
            let before = positives;
            for step in tie {
                let sums = if step.positive {
                    &mut positives
                } else {
                    &mut negatives
                };
                add(sums, &block[step.person as usize]);
            }
            for lane in 0..LANES {
                let gained = positives[lane] - before[lane];
                let flagged = (positives[lane] + negatives[lane]).max(1);
                sums[lane] += f64::from(gained) * f64::from(positives[lane]) / f64::from(flagged);
            }
        }
        lanes(|lane| ratio(sums[lane], f64::from(positives[lane])))
    })
}

/// Mean over the drawn samples of a value that each sample has: prevalence, Brier score, accuracy, absolute and squared errors,
/// silhouettes.
pub(super) fn mean(values: &[f64], resamples: &Resamples) -> Vec<f64> {
    resamples.each(|block| {
        let mut sums = [0.0; LANES];
        let mut counts = [0_u32; LANES];
        for (sample, &value) in values.iter().enumerate() {
            let row = &block[resamples.person(sample)];
            add(&mut counts, row);
            add_scaled(&mut sums, row, value);
        }
        lanes(|lane| ratio(sums[lane], f64::from(counts[lane])))
    })
}

/// [`super::expected_calibration_error`].
pub(super) fn expected_calibration_error(
    probability: &[f64],
    positive: &[bool],
    resamples: &Resamples,
) -> Vec<f64> {
    let bins: Vec<usize> = probability
        .iter()
        .map(|&risk| calibration_bin(risk))
        .collect();
    resamples.each(|block| {
        let mut gaps = [[0.0; LANES]; CALIBRATION_BINS];
        let mut counts = [0_u32; LANES];
        for (sample, &bin) in bins.iter().enumerate() {
            let row = &block[resamples.person(sample)];
            add(&mut counts, row);
            add_scaled(
                &mut gaps[bin],
                row,
                probability[sample] - indicator(positive[sample]),
            );
        }
        lanes(|lane| {
            let sum = gaps.iter().map(|gap| gap[lane].abs()).sum();
            ratio(sum, f64::from(counts[lane]))
        })
    })
}

/// [`super::f1`].
pub(super) fn f1(
    probability: &[f64],
    positive: &[bool],
    threshold: f64,
    resamples: &Resamples,
) -> Vec<f64> {
    resamples.each(|block| {
        let mut positives = [0_u32; LANES];
        let mut flagged = [0_u32; LANES];
        let mut hits = [0_u32; LANES];
        for (sample, (&risk, &is)) in probability.iter().zip(positive).enumerate() {
            let row = &block[resamples.person(sample)];
            if is {
                add(&mut positives, row);
            }
            if risk >= threshold {
                add(&mut flagged, row);
                if is {
                    add(&mut hits, row);
                }
            }
        }
        lanes(|lane| {
            let either = f64::from(positives[lane]) + f64::from(flagged[lane]);
            if positives[lane] == 0 {
                f64::NAN
            } else {
                2.0 * f64::from(hits[lane]) / either
            }
        })
    })
}

/// [`super::macro_auroc`]: in each draw over the classes that occur in it with both sides.
pub(super) fn macro_auroc(
    probabilities: &[f64],
    classes: usize,
    observed: &[usize],
    resamples: &Resamples,
) -> Result<Vec<f64>, Undefined> {
    let mut sums = vec![[0.0; 2]; resamples.draws()];
    for class in 0..classes {
        let (score, positive) = one_against_rest(probabilities, classes, observed, class)?;
        if !positive.contains(&true) {
            continue;
        }
        let values = auroc(&Ranking::new(&score)?, &positive, resamples);
        for (sum, value) in sums.iter_mut().zip(values) {
            if !value.is_nan() {
                *sum = [sum[0] + value, sum[1] + 1.0];
            }
        }
    }
    Ok(sums
        .into_iter()
        .map(|[sum, defined]| ratio(sum, defined))
        .collect())
}

/// [`super::macro_f1`].
pub(super) fn macro_f1(
    predicted: &[usize],
    observed: &[usize],
    classes: usize,
    resamples: &Resamples,
) -> Vec<f64> {
    let mut hits = vec![[0_u32; LANES]; classes];
    let mut either = vec![[0_u32; LANES]; classes];
    resamples.each(|block| {
        hits.fill([0; LANES]);
        either.fill([0; LANES]);
        for (sample, (&given, &truth)) in predicted.iter().zip(observed).enumerate() {
            let row = &block[resamples.person(sample)];
            add(&mut either[given], row);
            add(&mut either[truth], row);
            if given == truth {
                add(&mut hits[truth], row);
            }
        }
        lanes(|lane| {
            let (mut sum, mut occurring) = (0.0, 0.0);
            for (hits, either) in hits.iter().zip(&either) {
                if either[lane] > 0 {
                    sum += 2.0 * f64::from(hits[lane]) / f64::from(either[lane]);
                    occurring += 1.0;
                }
            }
            ratio(sum, occurring)
        })
    })
}

/// [`super::r2`].
pub(super) fn r2(predicted: &[f64], observed: &[f64], resamples: &Resamples) -> Vec<f64> {
    // Values around the mean of all samples, lest squares cancel.
    let mean = observed.iter().sum::<f64>() / observed.len() as f64;
    resamples.each(|block| {
        let mut counts = [0.0; LANES];
        let mut sums = [0.0; LANES];
        let mut squares = [0.0; LANES];
        let mut errors = [0.0; LANES];
        for (sample, (&p, &y)) in predicted.iter().zip(observed).enumerate() {
            let row = &block[resamples.person(sample)];
            let (value, error) = (y - mean, (y - p) * (y - p));
            for lane in 0..LANES {
                let count = f64::from(row[lane]);
                counts[lane] += count;
                sums[lane] += count * value;
                squares[lane] += count * (value * value);
                errors[lane] += count * error;
            }
        }
        lanes(|lane| {
            let spread = squares[lane] - sums[lane] * sums[lane] / counts[lane];
            // Equal values leave rounding errors alone.
            if spread > 1e-12 * squares[lane] {
                1.0 - errors[lane] / spread
            } else {
                f64::NAN
            }
        })
    })
}

/// [`super::adjusted_rand`] and [`super::normalized_mutual_information`].
pub(super) fn agreement(table: &Contingency, resamples: &Resamples) -> [Vec<f64>; 2] {
    let mut counts = vec![[0_u32; LANES]; table.cells.len()];
    let mut squares = counts.clone();
    let mut of_lane = vec![[0.0; 2]; table.cells.len()];
    let mut shared = Vec::with_capacity(resamples.draws().next_multiple_of(LANES));
    let rand = resamples.each(|block| {
        counts.fill([0; LANES]);
        squares.fill([0; LANES]);
        for (sample, &cell) in table.cell.iter().enumerate() {
            let row = &block[resamples.person(sample)];
            add(&mut counts[cell], row);
            for (sum, &count) in squares[cell].iter_mut().zip(row) {
                *sum += u32::from(count) * u32::from(count);
            }
        }
        lanes(|lane| {
            for ((place, count), square) in of_lane.iter_mut().zip(&counts).zip(&squares) {
                *place = [f64::from(count[lane]), f64::from(square[lane])];
            }
            let [rand, information] = table.agreement(&of_lane).unwrap_or([f64::NAN; 2]);
            shared.push(information);
            rand
        })
    });
    shared.truncate(resamples.draws());
    [rand, shared]
}
