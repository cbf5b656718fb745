//! Scores of clusters: silhouette, adjusted Rand index, normalised mutual information.

use super::undefined::Undefined;
use super::weight::{check_weights, total_weight, weight, weighted_sum};

/// Samples whose distances are computed side by side.
const TILE: usize = 16;

/// The silhouette of each sample, (b − a) / max(a, b): a its mean Euclidean distance to the others of its cluster, b the least
/// mean distance to the samples of another cluster; 0 for a sample alone in its cluster and where a = b = 0
/// (Rousseeuw 1987; scikit-learn's `silhouette_samples`). Time grows with the square of the number of samples.
///
/// `points` is row-major, n × `width`; `cluster` has a number for each sample.
///
/// # Errors
/// No sample, one cluster only, as many clusters as samples, a point that is not finite, slices that do not fit.
pub fn silhouettes(points: &[f64], width: usize, cluster: &[usize]) -> Result<Vec<f64>, Undefined> {
    let samples = cluster.len();
    check_points(points, width, samples)?;
    let (cluster, clusters) = numbered(cluster);
    if clusters == 1 {
        return Err(Undefined::OneCluster);
    }
    if clusters == samples {
        return Err(Undefined::OnlySingletons);
    }
    let mut sizes = vec![0.0; clusters];
    for &k in &cluster {
        sizes[k] += 1.0;
    }
    let sums = distance_sums(points, width, &cluster, clusters);
    let silhouette = |row: usize| {
        let own = cluster[row];
        if sizes[own] == 1.0 {
            return 0.0;
        }
        let sums = &sums[row * clusters..][..clusters];
        let within = sums[own] / (sizes[own] - 1.0);
        let nearest = (0..clusters)
            .filter(|&k| k != own)
            .map(|k| sums[k] / sizes[k])
            .fold(f64::INFINITY, f64::min);
        let larger = within.max(nearest);
        if larger > 0.0 {
            (nearest - within) / larger
        } else {
            0.0
        }
    };
    Ok((0..samples).map(silhouette).collect())
}

/// Fails where points do not fit or are not finite.
pub(super) fn check_points(points: &[f64], width: usize, samples: usize) -> Result<(), Undefined> {
    if width == 0 || points.len() != width * samples {
        return Err(Undefined::Shape);
    }
    if samples == 0 {
        return Err(Undefined::NoSample);
    }
    if points.iter().all(|value| value.is_finite()) {
        Ok(())
    } else {
        Err(Undefined::PredictionNotFinite)
    }
}

/// Sum of Euclidean distances from each sample to the samples of each cluster, n × `clusters`.
fn distance_sums(points: &[f64], width: usize, cluster: &[usize], clusters: usize) -> Vec<f64> {
    let samples = cluster.len();
    let mut sums = vec![0.0; samples * clusters];
    let mut columns = vec![[0.0; TILE]; width];
    for first in (0..samples).step_by(TILE) {
        let lanes = TILE.min(samples - first);
        for (column, values) in columns.iter_mut().enumerate() {
            for lane in 0..lanes {
                values[lane] = points[(first + lane) * width + column];
            }
        }
        // Pairs (row, first + lane) with row below first + lane, each once.
        for row in 0..first + lanes - 1 {
            let mut squares = [0.0; TILE];
            for (values, &value) in columns.iter().zip(&points[row * width..][..width]) {
                for lane in 0..TILE {
                    let difference = values[lane] - value;
                    squares[lane] += difference * difference;
                }
            }
            let start = (row + 1).saturating_sub(first);
            for (lane, square) in squares.iter().enumerate().take(lanes).skip(start) {
                let other = first + lane;
                let distance = square.sqrt();
                sums[row * clusters + cluster[other]] += distance;
                sums[other * clusters + cluster[row]] += distance;
            }
        }
    }
    sums
}

/// Mean silhouette; with weights the weighted mean of the silhouettes that the samples have among all of them.
///
/// # Errors
/// As [`silhouettes`].
pub fn silhouette(
    points: &[f64],
    width: usize,
    cluster: &[usize],
    weights: Option<&[u32]>,
) -> Result<f64, Undefined> {
    let values = silhouettes(points, width, cluster)?;
    let total = total_weight(weights, values.len())?;
    Ok(weighted_sum(weights, values.into_iter()) / total)
}

/// The distinct values numbered from 0 in ascending order, and how many there are.
pub(super) fn numbered<T: Copy + Ord>(values: &[T]) -> (Vec<usize>, usize) {
    let mut distinct = values.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let numbers = values
        .iter()
        .map(|value| distinct.partition_point(|other| other < value))
        .collect();
    (numbers, distinct.len())
}

/// One occupied cell of a table of clusters by reference values.
pub(super) struct Cell {
    pub(super) cluster: usize,
    pub(super) reference: usize,
}

/// Which occupied cells there are, and the cell of each sample.
pub(super) struct Contingency {
    pub(super) cells: Vec<Cell>,
    pub(super) cell: Vec<usize>,
    clusters: usize,
    references: usize,
}

impl Contingency {
    /// Tabulates samples; fails where there is none, or the reference has one value only.
    pub(super) fn new(cluster: &[usize], reference: &[u32]) -> Result<Self, Undefined> {
        if cluster.len() != reference.len() {
            return Err(Undefined::Shape);
        }
        if cluster.is_empty() {
            return Err(Undefined::NoReference);
        }
        let (cluster, clusters) = numbered(cluster);
        let (reference, references) = numbered(reference);
        if references == 1 {
            return Err(Undefined::OneReference);
        }
        let pairs: Vec<(usize, usize)> = cluster.into_iter().zip(reference).collect();
        let mut cells = pairs.clone();
        cells.sort_unstable();
        cells.dedup();
        let cell = pairs
            .iter()
            .map(|pair| cells.partition_point(|other| other < pair))
            .collect();
        let cells = cells
            .into_iter()
            .map(|(cluster, reference)| Cell { cluster, reference })
            .collect();
        Ok(Self {
            cells,
            cell,
            clusters,
            references,
        })
    }

    /// Number of samples and the sum of their squared weights, by cell.
    fn counts(&self, weights: Option<&[u32]>) -> Result<Vec<[f64; 2]>, Undefined> {
        check_weights(weights, self.cell.len())?;
        let mut counts = vec![[0.0; 2]; self.cells.len()];
        for (row, &cell) in self.cell.iter().enumerate() {
            let weight = weight(weights, row);
            counts[cell][0] += weight;
            counts[cell][1] += weight * weight;
        }
        Ok(counts)
    }

    /// `[adjusted Rand index, normalised mutual information]` of all samples, each counted once.
    pub(super) fn figures(&self) -> Result<[f64; 2], Undefined> {
        self.agreement(&self.counts(None)?)
    }

    /// `[adjusted Rand index, normalised mutual information]` from each cell's weight and sum of squared weights.
    pub(super) fn agreement(&self, counts: &[[f64; 2]]) -> Result<[f64; 2], Undefined> {
        let mut by_cluster = vec![[0.0; 2]; self.clusters];
        let mut by_reference = vec![[0.0; 2]; self.references];
        let mut total = [0.0; 2];
        for (cell, count) in self.cells.iter().zip(counts) {
            for part in 0..2 {
                by_cluster[cell.cluster][part] += count[part];
                by_reference[cell.reference][part] += count[part];
                total[part] += count[part];
            }
        }
        let [all, _] = total;
        if all == 0.0 {
            return Err(Undefined::NoReference);
        }
        if by_reference.iter().filter(|count| count[0] > 0.0).count() == 1 {
            return Err(Undefined::OneReference);
        }
        // Ordered pairs of two different samples in one group.
        let pairs = |groups: &[[f64; 2]]| groups.iter().map(|[n, q]| n * n - q).sum::<f64>();
        let (both, in_cluster, in_reference) =
            (pairs(counts), pairs(&by_cluster), pairs(&by_reference));
        let neither = pairs(&[total]) - in_cluster - in_reference + both;
        let (missed, spurious) = (in_reference - both, in_cluster - both);
        let rand = if missed == 0.0 && spurious == 0.0 {
            1.0
        } else {
            2.0 * (both * neither - missed * spurious)
                / ((both + missed) * (missed + neither) + (both + spurious) * (spurious + neither))
        };
        let entropy = |groups: &[[f64; 2]]| -> f64 {
            let occupied = groups
                .iter()
                .map(|count| count[0] / all)
                .filter(|share| *share > 0.0);
            -occupied.map(|share| share * share.ln()).sum::<f64>()
        };
        let (of_cluster, of_reference) = (entropy(&by_cluster), entropy(&by_reference));
        let information = of_cluster + of_reference - entropy(counts);
        let shared = if information > 1e-14 {
            information / (0.5 * (of_cluster + of_reference))
        } else {
            0.0
        };
        Ok([rand, shared])
    }
}

/// Adjusted Rand index: how far pairs of samples are together or apart in both groupings, 0 on average for random ones and 1 for
/// equal ones (Hubert & Arabie 1985; scikit-learn's `adjusted_rand_score`). With weights each pair of *different* samples counts
/// the product of its weights: a sample drawn twice does not agree with itself (ours).
///
/// # Errors
/// No sample, one reference value only, lengths that differ.
pub fn adjusted_rand(
    cluster: &[usize],
    reference: &[u32],
    weights: Option<&[u32]>,
) -> Result<f64, Undefined> {
    let table = Contingency::new(cluster, reference)?;
    Ok(table.agreement(&table.counts(weights)?)?[0])
}

/// Mutual information of two groupings over the *arithmetic* mean of their entropies, 0 to 1
/// (scikit-learn's `normalized_mutual_info_score`). Not adjusted for chance: many small groups raise it.
///
/// # Errors
/// As [`adjusted_rand`].
pub fn normalized_mutual_information(
    cluster: &[usize],
    reference: &[u32],
    weights: Option<&[u32]>,
) -> Result<f64, Undefined> {
    let table = Contingency::new(cluster, reference)?;
    Ok(table.agreement(&table.counts(weights)?)?[1])
}
