//! Principal components, for a picture of clusters.

use super::clustering::check_points;
use super::undefined::Undefined;

/// The plane of the greatest variance.
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    /// Mean of each column.
    pub mean: Vec<f64>,
    /// The first two principal components, unit vectors; the largest entry of each is positive. The second is all zeros where
    /// there is one column only.
    pub components: [Vec<f64>; 2],
    /// Share of the variance that each holds; 0 where there is no variance.
    pub explained: [f64; 2],
}

impl Projection {
    /// Fits to `points`, row-major, n × `width`, by Jacobi rotations of the covariance.
    ///
    /// # Errors
    /// No point, a value that is not finite, a length that is no multiple of `width`.
    pub fn fit(points: &[f64], width: usize) -> Result<Self, Undefined> {
        let samples = points.len().checked_div(width).ok_or(Undefined::Shape)?;
        check_points(points, width, samples)?;
        let mut mean = vec![0.0; width];
        for row in points.chunks_exact(width) {
            for (sum, value) in mean.iter_mut().zip(row) {
                *sum += value;
            }
        }
        for sum in &mut mean {
            *sum /= samples as f64;
        }
        let mut covariance = vec![0.0; width * width];
        let mut centred = vec![0.0; width];
        for row in points.chunks_exact(width) {
            for ((place, value), mean) in centred.iter_mut().zip(row).zip(&mean) {
                *place = value - mean;
            }
            for (a, line) in centred.iter().zip(covariance.chunks_exact_mut(width)) {
                for (sum, b) in line.iter_mut().zip(&centred) {
                    *sum += a * b;
                }
            }
        }
        let (values, vectors) = symmetric_eigen(covariance, width);
        let total: f64 = values.iter().sum();
        let mut order: Vec<usize> = (0..width).collect();
        order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
        let component = |rank: usize| match order.get(rank) {
            None => (vec![0.0; width], 0.0),
            Some(&which) => {
                let vector = &vectors[which * width..][..width];
                let largest = vector.iter().fold(0.0_f64, |best, &entry| {
                    // Entries that differ by rounding alone must not decide the sign.
                    if entry.abs() > best.abs() * (1.0 + 1e-9) {
                        entry
                    } else {
                        best
                    }
                });
                let sign = if largest < 0.0 { -1.0 } else { 1.0 };
                let share = if total > 0.0 {
                    values[which].max(0.0) / total
                } else {
                    0.0
                };
                (vector.iter().map(|entry| sign * entry).collect(), share)
            }
        };
        let ((first, first_share), (second, second_share)) = (component(0), component(1));
        Ok(Self {
            mean,
            components: [first, second],
            explained: [first_share, second_share],
        })
    }

    /// The place of a point, which has as many values as there are columns.
    pub fn place(&self, point: &[f64]) -> [f64; 2] {
        let along = |component: &[f64]| {
            let terms = point.iter().zip(&self.mean).zip(component);
            terms
                .map(|((value, mean), weight)| (value - mean) * weight)
                .sum()
        };
        [along(&self.components[0]), along(&self.components[1])]
    }
}

/// Eigenvalues of a symmetric matrix, in no order, and their eigenvectors as rows: cyclic Jacobi rotations
/// (Golub & Van Loan, Matrix Computations, 8.5).
fn symmetric_eigen(mut matrix: Vec<f64>, width: usize) -> (Vec<f64>, Vec<f64>) {
    let mut vectors = vec![0.0; width * width];
    for i in 0..width {
        vectors[i * width + i] = 1.0;
    }
    let size: f64 = matrix.iter().map(|value| value * value).sum();
    for _sweep in 0..60 {
        let off: f64 = (0..width)
            .flat_map(|p| (0..p).map(move |q| p * width + q))
            .map(|at| matrix[at] * matrix[at])
            .sum();
        if off <= 1e-28 * size {
            break;
        }
        for p in 0..width {
            for q in p + 1..width {
                rotate(&mut matrix, &mut vectors, width, p, q);
            }
        }
    }
    let values = (0..width).map(|i| matrix[i * width + i]).collect();
    (values, vectors)
}

/// Rotates rows and columns `p` and `q` so that their common entry becomes 0.
fn rotate(matrix: &mut [f64], vectors: &mut [f64], width: usize, p: usize, q: usize) {
    let shared = matrix[p * width + q];
    if shared == 0.0 {
        return;
    }
    let ratio = (matrix[q * width + q] - matrix[p * width + p]) / (2.0 * shared);
    let tangent = ratio.signum() / (ratio.abs() + ratio.hypot(1.0));
    let cosine = 1.0 / tangent.hypot(1.0);
    let sine = tangent * cosine;
    let turn = |a: &mut f64, b: &mut f64| {
        (*a, *b) = (cosine * *a - sine * *b, sine * *a + cosine * *b);
    };
    for i in 0..width {
        let (mut a, mut b) = (matrix[i * width + p], matrix[i * width + q]);
        turn(&mut a, &mut b);
        (matrix[i * width + p], matrix[i * width + q]) = (a, b);
    }
    let rows = |all: &mut [f64]| {
        let (head, tail) = all.split_at_mut(q * width);
        for (a, b) in head[p * width..][..width]
            .iter_mut()
            .zip(&mut tail[..width])
        {
            turn(a, b);
        }
    };
    rows(matrix);
    rows(vectors);
}
