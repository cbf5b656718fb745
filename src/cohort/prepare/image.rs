//! Images: one side and one grey scale for all, standardised pixels.

use std::borrow::Cow;

use super::{Features, FittedImage, PrepareError, PreparedSource, array};
use crate::cohort::resample::resample_square;
use crate::cohort::{Cohort, Image};

/// The side where the study names none (ours, by experiment: larger ones scored no better on the one real cohort with images, of 199 patients, and took
/// twice as long and more; docs/performance.md).
const CHOSEN_SIDE: usize = 64;

/// Whether an image has the pixels that its side says.
fn is_whole(image: &Image) -> bool {
    image.side > 0 && image.pixels.len() == image.side * image.side
}

/// The pixels of an image at a side.
fn at(image: &Image, side: usize) -> Cow<'_, [u8]> {
    if image.side == side {
        Cow::Borrowed(&image.pixels)
    } else {
        Cow::Owned(resample_square(&image.pixels, image.side, side))
    }
}

/// Fits mean and deviation at the study's side (64 where it names none) over all pixels of the training rows' images; `None` where there is no image.
pub(super) fn fit(
    cohort: &Cohort,
    image_side: Option<usize>,
    training: &[u32],
) -> Option<FittedImage> {
    let mut trained = vec![false; cohort.samples()];
    for &row in training {
        trained[row as usize] = true;
    }
    let side = image_side.unwrap_or(CHOSEN_SIDE);
    let (mut count, mut sum, mut squares) = (0u64, 0u64, 0u64);
    for image in &cohort.images {
        let used = trained.get(image.sample as usize).copied().unwrap_or(false);
        if used && is_whole(image) {
            for &grey in at(image, side).iter() {
                count += 1;
                sum += u64::from(grey);
                squares += u64::from(grey) * u64::from(grey);
            }
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
        side,
        mean: (mean / 255.0) as f32,
        deviation,
    })
}

/// The standardised pixels of every image at the fitted side, in the order of their samples.
pub(super) fn apply(cohort: &Cohort, fitted: &FittedImage) -> Result<PreparedSource, PrepareError> {
    let samples = cohort.samples();
    let size = fitted.side * fitted.side;
    let mut offsets = vec![0u32; samples + 1];
    let readable = |image: &&Image| is_whole(image) && (image.sample as usize) < samples;
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
        for (cell, &grey) in cells.iter_mut().zip(at(image, fitted.side).iter()) {
            *cell = greys[usize::from(grey)];
        }
    }
    let present = offsets.windows(2).map(|pair| pair[0] < pair[1]).collect();
    Ok(PreparedSource {
        present,
        features: Features::Images { pixels, offsets },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cohort(sides: &[usize]) -> Cohort {
        let images = sides.iter().enumerate().map(|(sample, &side)| Image {
            sample: sample as u32,
            hours: f32::NAN,
            source: String::new(),
            side,
            // Left half black, right half white.
            pixels: (0..side * side)
                .map(|place| if place % side < side / 2 { 0 } else { 255 })
                .collect(),
        });
        Cohort {
            ids: (0..sides.len()).map(|row| row.to_string()).collect(),
            persons: (0..sides.len() as u32).collect(),
            images: images.collect(),
            ..Cohort::default()
        }
    }

    #[test]
    fn the_side_is_the_studys_or_64() {
        for (sides, asked, side) in [
            (&[64, 64][..], None, 64),
            (&[8], None, 64),
            (&[224, 100], None, 64),
            (&[224, 64], Some(224), 224),
            (&[64], Some(96), 96),
        ] {
            let cohort = cohort(sides);
            let fitted = fit(&cohort, asked, &[0]).unwrap();
            assert_eq!(fitted.side, side, "{sides:?}");
            assert!((fitted.mean - 0.5).abs() < 1e-6 && (fitted.deviation - 0.5).abs() < 1e-6);
            let prepared = apply(&cohort, &fitted).unwrap();
            let Features::Images { pixels, offsets } = prepared.features else {
                panic!()
            };
            assert_eq!(offsets.last(), Some(&(sides.len() as u32)));
            assert_eq!(pixels.len(), sides.len() * side * side);
            for image in pixels.chunks_exact(side * side) {
                assert!((image[0] + 1.0).abs() < 1e-5 && (image[side - 1] - 1.0).abs() < 1e-5);
            }
        }
    }
}
