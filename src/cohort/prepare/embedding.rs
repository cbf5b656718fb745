//! Vectors that were encoded elsewhere: each column standardised.

use super::{Features, FittedEmbedding, LARGEST, PrepareError, PreparedSource, array};
use crate::cohort::{Cohort, Embedding};

fn usable(value: f32) -> bool {
    f64::from(value.abs()) <= LARGEST
}

/// Fits one source; `None` where no training row has it.
pub(super) fn fit(source: &Embedding, training: &[u32]) -> Option<FittedEmbedding> {
    let width = source.columns.len();
    let line = |row: u32| {
        source
            .values
            .get(row as usize * width..(row as usize + 1) * width)
            .unwrap_or(&[])
    };
    let mut counts = vec![0f64; width];
    let mut means = vec![0f64; width];
    for &row in training {
        for ((&value, count), mean) in line(row).iter().zip(&mut counts).zip(&mut means) {
            if usable(value) {
                *count += 1.0;
                *mean += f64::from(value);
            }
        }
    }
    if counts.iter().all(|&count| count == 0.0) {
        return None;
    }
    means
        .iter_mut()
        .zip(&counts)
        .for_each(|(mean, &count)| *mean /= count.max(1.0));
    let mut squares = vec![0f64; width];
    for &row in training {
        for ((&value, square), mean) in line(row).iter().zip(&mut squares).zip(&means) {
            if usable(value) {
                *square += (f64::from(value) - mean) * (f64::from(value) - mean);
            }
        }
    }
    let deviations = squares
        .iter()
        .zip(&counts)
        .zip(&means)
        .map(|((&square, &count), &mean)| {
            let deviation = (square / count.max(1.0)).sqrt();
            // what rounding leaves of a constant column is no spread
            let constant = deviation <= 1e-7 * mean.abs() || !(deviation as f32).is_normal();
            if constant { 1.0 } else { deviation as f32 }
        });
    Some(FittedEmbedding {
        name: source.name.clone(),
        columns: source.columns.clone(),
        deviations: deviations.collect(),
        means: means.iter().map(|&mean| mean as f32).collect(),
    })
}

/// The standardised vectors of every sample, source and columns found by name; 0 where missing.
pub(super) fn apply(
    cohort: &Cohort,
    fitted: &FittedEmbedding,
) -> Result<PreparedSource, PrepareError> {
    let samples = cohort.samples();
    let width = fitted.columns.len();
    let mut values = array(&fitted.name, samples, width, 0f32)?;
    let mut present = vec![false; samples];
    if let Some(source) = cohort
        .embeddings
        .iter()
        .find(|source| source.name == fitted.name)
    {
        let scales = fitted.means.iter().zip(&fitted.deviations);
        let found: Vec<(usize, usize, f32, f32)> = fitted
            .columns
            .iter()
            .zip(scales)
            .enumerate()
            .filter_map(|(place, (name, (&mean, &deviation)))| {
                // the same place where the files agree, so that wide sources are not searched column by column
                let same = source
                    .columns
                    .get(place)
                    .is_some_and(|column| column == name);
                let origin = if same {
                    Some(place)
                } else {
                    source.columns.iter().position(|column| column == name)
                };
                origin.map(|origin| (place, origin, mean, deviation))
            })
            .collect();
        let lines = source.values.chunks_exact(source.columns.len().max(1));
        for ((cells, line), present) in values
            .chunks_exact_mut(width.max(1))
            .zip(lines)
            .zip(&mut present)
        {
            for &(place, origin, mean, deviation) in &found {
                if usable(line[origin]) {
                    cells[place] = (line[origin] - mean) / deviation;
                    *present = true;
                }
            }
        }
    }
    Ok(PreparedSource {
        present,
        features: Features::Dense(values),
    })
}
