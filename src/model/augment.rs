//! Images that look a little different at every step of a training, as another exposure of the same patient would.

use burn::tensor::grid::affine_grid_2d;
use burn::tensor::ops::{GridSampleOptions, GridSamplePaddingMode, InterpolateMode};
use burn::tensor::{Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Draws small changes of images that leave the anatomy as it is: shifts, rotations, zoom, brightness, contrast and a curve of the
/// middle greys. Left stays left: the heart has a side.
///
/// Numbers are drawn on the host, so that a seed gives the same changes on every device.
#[derive(Debug)]
pub struct Augmenter {
    generator: ChaCha8Rng,
}

/// Largest shift along each axis, as a share of the side (ours, like the others below).
const SHIFT: f64 = 0.06;
/// Largest rotation in degrees.
const DEGREES: f64 = 8.0;
/// Largest relative change of the size.
const ZOOM: f64 = 0.05;
/// Largest change of the brightness, where black is 0 and white 1.
const BRIGHTNESS: f64 = 0.06;
/// Largest relative change of the contrast.
const CONTRAST: f64 = 0.15;
/// Largest bend of the curve g + b · g (1 − g), which leaves black and white where they are, as a gamma of 0.75 to 1.35 does.
const BEND: f64 = 0.3;

impl Augmenter {
    /// A source of changes.
    pub fn new(seed: u64) -> Self {
        Self {
            generator: ChaCha8Rng::seed_from_u64(seed),
        }
    }

    /// Uniform in ±`most`.
    fn draw(&mut self, most: f64) -> f64 {
        (self.generator.random::<f64>() * 2.0 - 1.0) * most
    }

    /// Changed copies of standardised images `[images, 1, side, side]`, whose greys (0 to 1) were standardised by this mean and
    /// deviation. What comes in from outside an image repeats its edge.
    pub fn change(&mut self, pixels: Tensor<4>, mean: f32, deviation: f32) -> Tensor<4> {
        let [images, _, side, _] = pixels.dims();
        let device = pixels.device();
        let mut places = Vec::with_capacity(images * 6);
        let mut greys = Vec::with_capacity(images * 3);
        for _ in 0..images {
            let (sine, cosine) = self.draw(DEGREES).to_radians().sin_cos();
            let scale = 1.0 / (1.0 + self.draw(ZOOM));
            // Places run from −1 to 1: a side is 2 long.
            let (across, down) = (self.draw(2.0 * SHIFT), self.draw(2.0 * SHIFT));
            places.extend([
                scale * cosine,
                -scale * sine,
                across,
                scale * sine,
                scale * cosine,
                down,
            ]);
            greys.extend([
                1.0 + self.draw(CONTRAST),
                self.draw(BRIGHTNESS),
                self.draw(BEND),
            ]);
        }
        let narrow = |values: Vec<f64>| values.into_iter().map(|v| v as f32).collect::<Vec<f32>>();
        let places = TensorData::new(narrow(places), [images, 2, 3]);
        let grid = affine_grid_2d(Tensor::from_data(places, &device), [images, 1, side, side]);
        let options = GridSampleOptions::new(InterpolateMode::Bilinear)
            .with_padding_mode(GridSamplePaddingMode::Border)
            .with_align_corners(true);
        let moved = pixels.grid_sample_2d(grid, options);

        let greys = Tensor::<2>::from_data(TensorData::new(narrow(greys), [images, 3]), &device);
        let of_images = |which: usize| {
            let column = greys.clone().narrow(1, which, 1);
            column.reshape([images, 1, 1, 1])
        };
        let (contrast, brightness, bend) = (of_images(0), of_images(1), of_images(2));
        let grey = moved.mul_scalar(deviation).add_scalar(mean);
        let exposed = (grey.sub_scalar(0.5) * contrast + brightness + 0.5).clamp(0.0, 1.0);
        let bent = exposed.clone() + exposed.clone() * (exposed.neg() + 1.0) * bend;
        bent.sub_scalar(mean).div_scalar(deviation)
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests run on the CPU")]
mod tests {
    use super::*;
    use burn::tensor::Device;

    const SIDE: usize = 32;
    const IMAGES: usize = 40;

    /// White spots, a little above the middle and well to the left, on black; mean 0.2, deviation 0.4.
    fn films() -> Tensor<4> {
        let spot = |place: usize| {
            let (x, y) = ((place % SIDE) as i32, (place / SIDE) as i32);
            let inside = (x - 9).abs() < 3 && (y - 14).abs() < 3;
            (if inside { 0.8 } else { 0.1 } - 0.2) / 0.4
        };
        let values: Vec<f32> = (0..IMAGES)
            .flat_map(|_| (0..SIDE * SIDE).map(spot))
            .collect();
        Tensor::from_data(
            TensorData::new(values, [IMAGES, 1, SIDE, SIDE]),
            &Device::flex(),
        )
    }

    fn changed(seed: u64) -> Vec<f32> {
        Augmenter::new(seed)
            .change(films(), 0.2, 0.4)
            .into_data()
            .try_to_vec()
            .unwrap()
    }

    #[test]
    fn a_seed_gives_the_same_changes() {
        assert_eq!(changed(1), changed(1));
        assert_ne!(changed(1), changed(2));
    }

    #[test]
    fn changes_are_small_and_no_two_are_alike() {
        let films = changed(3);
        let mut seen = vec![];
        for film in films.chunks_exact(SIDE * SIDE) {
            let grey: Vec<f32> = film.iter().map(|value| value * 0.4 + 0.2).collect();
            assert!(grey.iter().all(|grey| (-1e-5..=1.0 + 1e-5).contains(grey)));
            // The middle of the spot stays on its side, within the largest shift and what a rotation adds.
            let bright = |place: &usize| grey[*place] > 0.45;
            let spots: Vec<usize> = (0..SIDE * SIDE).filter(bright).collect();
            let middle = |of: fn(usize) -> usize| {
                spots.iter().map(|&place| of(place) as f64).sum::<f64>() / spots.len() as f64
            };
            let (x, y) = (middle(|place| place % SIDE), middle(|place| place / SIDE));
            assert!((x - 9.0).abs() < 4.0 && (y - 14.0).abs() < 4.0, "{x} {y}");
            assert!((10..40).contains(&spots.len()), "{}", spots.len());
            seen.push((x.to_bits(), y.to_bits(), grey[0].to_bits()));
        }
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), IMAGES);
    }
}
