//! Where clustering starts: k-means++ and Lloyd's steps on the training representations.

use burn::module::Param;
use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{TrainingError, read};
use crate::model::head::TaskGroups;
use crate::model::{DeviceCohort, M3h};

/// Lloyd's steps after k-means++.
const STEPS: usize = 25;
/// Training samples that the centroids are found on, at most.
const SAMPLES: usize = 2000;

/// Sets the centroids of every clustering task by k-means++ (Arthur and Vassilvitskii 2007) on the representations of training rows.
///
/// # Errors
/// Where the device failed.
pub async fn set_centroids(
    mut model: M3h,
    cohort: &DeviceCohort,
    groups: &TaskGroups,
    rows: &[u32],
    seed: u64,
    device: &Device,
) -> Result<M3h, TrainingError> {
    use burn::module::Module;
    let rows = &rows[..rows.len().min(SAMPLES)];
    let still = model.valid();
    let mut points: Vec<Vec<f32>> = vec![vec![]; groups.clustering.len()];
    for chunk in rows.chunks(512) {
        let pass = still.forward(cohort.batch(chunk), groups);
        for (all, values) in points.iter_mut().zip(pass.output.representation) {
            all.extend(read(values).await?);
        }
    }
    for (position, head) in model.heads.clusters.iter_mut().enumerate() {
        let width = points[position].len() / rows.len().max(1);
        let clusters = groups.clusters[position];
        let mut generator = ChaCha8Rng::seed_from_u64(seed ^ (position as u64 + 1));
        let centroids = k_means(&points[position], width, clusters, &mut generator);
        let values = Tensor::from_data(TensorData::new(centroids, [clusters, width]), device);
        let id = head.centroids.id;
        head.centroids = Param::initialized(id, values.require_grad());
    }
    Ok(model)
}

/// k-means with k-means++ seeds: row-major points of `width` numbers to row-major centroids.
pub fn k_means(
    points: &[f32],
    width: usize,
    clusters: usize,
    generator: &mut ChaCha8Rng,
) -> Vec<f32> {
    let rows: Vec<&[f32]> = points.chunks_exact(width.max(1)).collect();
    let mut centroids: Vec<Vec<f32>> = vec![];
    let mut nearest = vec![f32::MAX; rows.len()];
    while centroids.len() < clusters {
        let chosen = match centroids.last() {
            None => generator.random_range(0..rows.len().max(1)),
            Some(last) => {
                for (best, row) in nearest.iter_mut().zip(&rows) {
                    *best = best.min(apart(row, last));
                }
                let total: f64 = nearest.iter().map(|&d| f64::from(d)).sum();
                let mut left = generator.random::<f64>() * total;
                nearest
                    .iter()
                    .position(|&distance| {
                        left -= f64::from(distance);
                        left <= 0.0
                    })
                    .unwrap_or(0)
            }
        };
        centroids.push(
            rows.get(chosen)
                .map_or_else(|| vec![0.0; width], |row| row.to_vec()),
        );
    }
    for _ in 0..STEPS {
        let mut sums = vec![vec![0.0f64; width]; clusters];
        let mut counts = vec![0usize; clusters];
        for row in &rows {
            let own = closest(row, &centroids);
            counts[own] += 1;
            sums[own]
                .iter_mut()
                .zip(*row)
                .for_each(|(sum, &v)| *sum += f64::from(v));
        }
        for ((centroid, sum), &count) in centroids.iter_mut().zip(&sums).zip(&counts) {
            if count > 0 {
                *centroid = sum.iter().map(|v| (v / count as f64) as f32).collect();
            }
        }
    }
    centroids.concat()
}

fn apart(left: &[f32], right: &[f32]) -> f32 {
    left.iter().zip(right).map(|(a, b)| (a - b) * (a - b)).sum()
}

fn closest(row: &[f32], centroids: &[Vec<f32>]) -> usize {
    let mut best = (0, f32::MAX);
    for (position, centroid) in centroids.iter().enumerate() {
        let distance = apart(row, centroid);
        if distance < best.1 {
            best = (position, distance);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_three_separate_groups() {
        let mut points = vec![];
        for (x, y) in [(0.0f32, 0.0f32), (10.0, 0.0), (0.0, 10.0)] {
            for step in 0..20 {
                points.extend([x + 0.01 * step as f32, y - 0.01 * step as f32]);
            }
        }
        let mut generator = ChaCha8Rng::seed_from_u64(1);
        let mut found: Vec<(i32, i32)> = k_means(&points, 2, 3, &mut generator)
            .chunks(2)
            .map(|c| (c[0].round() as i32, c[1].round() as i32))
            .collect();
        found.sort_unstable();
        assert_eq!(found, [(0, 0), (0, 10), (10, 0)]);
    }
}
