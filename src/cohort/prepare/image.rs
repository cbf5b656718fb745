//! Images: one grey scale for all, standardised pixels.

use super::{Features, FittedImage, PrepareError, PreparedSource, array};
use crate::cohort::{Cohort, IMAGE_SIDE};

/// Fits mean and deviation over all pixels of the training rows' images; `None` where there is no image.
pub(super) fn fit(cohort: &Cohort, training: &[u32]) -> Option<FittedImage> {
    let mut trained = vec![false; cohort.samples()];
    for &row in training {
        trained[row as usize] = true;
    }
    let (mut count, mut sum, mut squares) = (0u64, 0u64, 0u64);
    for image in &cohort.images {
        let used = trained.get(image.sample as usize).copied().unwrap_or(false);
        if used && image.pixels.len() == IMAGE_SIDE * IMAGE_SIDE {
            count += image.pixels.len() as u64;
            sum += image
                .pixels
                .iter()
                .map(|&grey| u64::from(grey))
                .sum::<u64>();
            squares += image
                .pixels
                .iter()
                .map(|&grey| u64::from(grey) * u64::from(grey))
                .sum::<u64>();
        }
    }
    if count == 0 {
        return None;
    }
    let mean = sum as f64 / count as f64;
    let variance = (squares as f64 / count as f64 - mean * mean).max(0.0);
    let deviation = (variance.sqrt() / 255.0) as f32;
    let deviation = if deviation > 1e-6 { deviation } else { 1.0 };
    Some(FittedImage {
        side: IMAGE_SIDE,
        mean: (mean / 255.0) as f32,
        deviation,
    })
}

/// The standardised pixels of every image, in the order of their samples.
pub(super) fn apply(cohort: &Cohort, fitted: &FittedImage) -> Result<PreparedSource, PrepareError> {
    let samples = cohort.samples();
    let size = fitted.side * fitted.side;
    let mut offsets = vec![0u32; samples + 1];
    let readable = |image: &&crate::cohort::Image| {
        image.pixels.len() == size && (image.sample as usize) < samples
    };
    for image in cohort.images.iter().filter(readable) {
        offsets[image.sample as usize + 1] += 1;
    }
    for row in 0..samples {
        offsets[row + 1] += offsets[row];
    }
    let greys: Vec<f32> = (0..=255u8)
        .map(|grey| (f32::from(grey) / 255.0 - fitted.mean) / fitted.deviation)
        .collect();
    let mut pixels = array("image", offsets[samples] as usize, size, 0.0)?;
    let mut next = offsets.clone();
    for image in cohort.images.iter().filter(readable) {
        let place = &mut next[image.sample as usize];
        let cells = &mut pixels[*place as usize * size..][..size];
        *place += 1;
        for (cell, &grey) in cells.iter_mut().zip(&image.pixels) {
            *cell = greys[usize::from(grey)];
        }
    }
    let present = offsets.windows(2).map(|pair| pair[0] < pair[1]).collect();
    Ok(PreparedSource {
        present,
        features: Features::Images { pixels, offsets },
    })
}
