//! Image files to grey pixels, and grey pixels to the squares that a cohort keeps.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, ImageReader, Limits};

use super::dicom;
use crate::cohort::resample::resample;

/// Most bytes of an image file.
pub(crate) const LARGEST_FILE: usize = 64 << 20;
/// Most pixels of an image: a chest film of 6,000 by 6,000 and a little more.
pub(crate) const MOST_PIXELS: u64 = 40_000_000;
/// Most bytes that decoding may take at once.
const MOST_MEMORY: u64 = 256 << 20;
/// Share of the pixels that may lie below, and above, a robust range (ours).
const OUTSIDE: f64 = 0.005;

/// A decoded image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Picture {
    /// Pixels across; not 0.
    pub(crate) width: usize,
    /// Pixels down; not 0.
    pub(crate) height: usize,
    /// Row-major grey values, 0 black.
    pub(crate) grey: Vec<u8>,
}

/// Why a file gives no picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It is none of the formats, or broken, or too large.
    Unreadable,
    /// A DICOM file that is stored in a way that this version does not read.
    Storage,
}

/// Decodes a PNG, JPEG or DICOM file.
pub(crate) fn decode(bytes: &[u8]) -> Result<Picture, Refusal> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => raster(bytes, ImageFormat::Png),
        [0xff, 0xd8, ..] => raster(bytes, ImageFormat::Jpeg),
        _ => dicom::read(bytes),
    }
}

/// Decodes a JPEG picture.
pub(crate) fn from_jpeg(bytes: &[u8]) -> Result<Picture, Refusal> {
    raster(bytes, ImageFormat::Jpeg)
}

/// Decodes a picture of the `image` crate's. Pixels of 8 bits keep their grey; those of 16 bits are scaled by the
/// picture's own robust range (ours), because files of 16 bits seldom use them all: 12 bits would be nearly black.
fn raster(bytes: &[u8], format: ImageFormat) -> Result<Picture, Refusal> {
    let refused = |_| Refusal::Unreadable;
    let (width, height) = ImageReader::with_format(Cursor::new(bytes), format)
        .into_dimensions()
        .map_err(refused)?;
    if width == 0 || height == 0 || u64::from(width) * u64::from(height) > MOST_PIXELS {
        return Err(Refusal::Unreadable);
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let image = reader.decode().map_err(refused)?;
    let (width, height) = (image.width() as usize, image.height() as usize);
    let grey = match image {
        DynamicImage::ImageLuma16(_)
        | DynamicImage::ImageLumaA16(_)
        | DynamicImage::ImageRgb16(_)
        | DynamicImage::ImageRgba16(_) => by_own_range(image.into_luma16().as_raw()),
        image => image.into_luma8().into_raw(),
    };
    Ok(Picture {
        width,
        height,
        grey,
    })
}

/// Values of 16 bits as grey, from black to white over their robust range.
fn by_own_range(values: &[u16]) -> Vec<u8> {
    let mut counts = vec![0u32; 1 << 16];
    for &value in values {
        counts[usize::from(value)] += 1;
    }
    let of_value = counts.iter().enumerate();
    let range = robust_range(of_value.map(|(value, &count)| (value as f64, count)));
    let table: Vec<u8> = (0..=u16::MAX)
        .map(|value| match range {
            Some((low, high)) => ((f64::from(value) - low) / (high - low) * 255.0)
                .clamp(0.0, 255.0)
                .round() as u8,
            // One value everywhere says nothing about its range.
            None => (value >> 8) as u8,
        })
        .collect();
    values
        .iter()
        .map(|&value| table[usize::from(value)])
        .collect()
}

/// The range between the quantiles 0.5 and 99.5 % of counted values, which come in rising order; between the least and the largest where those
/// two are equal; `None` where all are.
pub(crate) fn robust_range(
    counted: impl Iterator<Item = (f64, u32)> + Clone,
) -> Option<(f64, f64)> {
    let total: u64 = counted.clone().map(|(_, count)| u64::from(count)).sum();
    let quantile = |share: f64| {
        let rank = (share * total.saturating_sub(1) as f64).round() as u64;
        let mut seen = 0;
        let reached = counted.clone().find(|(_, count)| {
            seen += u64::from(*count);
            seen > rank
        });
        reached.map(|(value, _)| value)
    };
    [OUTSIDE, 0.0].into_iter().find_map(|outside| {
        let (low, high) = (quantile(outside)?, quantile(1.0 - outside)?);
        (low < high).then_some((low, high))
    })
}

impl Picture {
    /// The longer of its sides.
    pub(crate) fn longest(&self) -> usize {
        self.width.max(self.height)
    }

    /// Fits the picture into a square of this side, its sides in proportion, padded with black; each pixel is the mean of the area that it
    /// covers.
    pub(crate) fn fit(&self, square: usize) -> Vec<u8> {
        let longest = self.longest();
        let scaled = |side: usize| ((side * square + longest / 2) / longest).max(1);
        let (across, down) = (scaled(self.width), scaled(self.height));
        let mut result = vec![0; square * square];
        let (left, top) = ((square - across) / 2, (square - down) / 2);
        resample(
            &self.grey,
            [self.width, self.height],
            [across, down],
            |y, line| {
                let start = (top + y) * square + left;
                for (pixel, &mean) in result[start..start + across].iter_mut().zip(line) {
                    *pixel = (mean + 0.5).clamp(0.0, 255.0) as u8;
                }
            },
        );
        result
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A PNG of one grey value a pixel.
    pub(crate) fn png(width: u32, height: u32, value: impl Fn(u32, u32) -> u8) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image::GrayImage::from_fn(width, height, |x, y| image::Luma([value(x, y)]))
            .write_to(&mut bytes, ImageFormat::Png)
            .unwrap();
        bytes.into_inner()
    }

    /// A PNG of 16 bits.
    fn deep_png(width: u32, height: u32, value: impl Fn(u32, u32) -> u16) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image::ImageBuffer::<image::Luma<u16>, Vec<u16>>::from_fn(width, height, |x, y| {
            image::Luma([value(x, y)])
        })
        .write_to(&mut bytes, ImageFormat::Png)
        .unwrap();
        bytes.into_inner()
    }

    fn fit(bytes: &[u8]) -> Vec<u8> {
        decode(bytes).unwrap().fit(64)
    }

    #[test]
    fn images_keep_their_proportions_and_mean() {
        let wide = fit(&png(200, 100, |_, _| 100));
        assert_eq!(wide.len(), 64 * 64);
        let row = |y: usize| &wide[y * 64..(y + 1) * 64];
        assert!(
            row(0)
                .iter()
                .chain(row(15))
                .chain(row(48))
                .all(|&grey| grey == 0)
        );
        assert!(row(16).iter().chain(row(47)).all(|&grey| grey == 100));
        let halves = fit(&png(128, 128, |x, _| if x % 2 == 0 { 0 } else { 200 }));
        assert!(halves.iter().all(|&grey| grey == 100));
        let tiny = fit(&png(1, 1, |_, _| 7));
        assert!(tiny.iter().all(|&grey| grey == 7));
        let thin = fit(&png(1000, 1, |_, _| 50));
        assert_eq!(thin.iter().filter(|&&grey| grey == 50).count(), 64);
        let ramp = fit(&png(100, 100, |x, _| x as u8));
        let mean = ramp.iter().map(|&grey| f64::from(grey)).sum::<f64>() / ramp.len() as f64;
        assert!((mean - 49.5).abs() < 0.6, "{mean}");
    }

    #[test]
    fn what_is_no_image_or_too_large_is_refused() {
        let refused = |bytes: &[u8]| decode(bytes) == Err(Refusal::Unreadable);
        assert!(refused(b""));
        assert!(refused(b"\x89PNG\r\n\x1a\nbroken"));
        assert!(refused(b"\xff\xd8\xff\xe0broken"));
        assert!(refused(b"GIF89a"));
        let mut bytes = png(10, 10, |_, _| 1);
        let end = bytes.len() - 20;
        bytes.truncate(end);
        assert!(refused(&bytes));
        // A header that claims 60,000 by 60,000 pixels.
        let mut bomb = png(10, 10, |_, _| 1);
        bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
        assert!(refused(&bomb));
    }

    #[test]
    fn sixteen_bits_are_scaled_by_their_own_range() {
        // Twelve bits in a file of sixteen, and a few white labels that must not darken the rest.
        let film = decode(&deep_png(100, 100, |x, y| match (x, y) {
            (0..5, 0..5) => 65_535,
            _ => (x * 41) as u16,
        }))
        .unwrap();
        assert_eq!(film.grey[50 * 100], 0);
        assert_eq!(film.grey[50 * 100 + 99], 255);
        let middle = film.grey[50 * 100 + 50];
        assert!((i32::from(middle) - 128).abs() < 3, "{middle}");
        assert_eq!(film.grey[0], 255);
        // Two values, one of them rare: the extremes are the range.
        let dot = decode(&deep_png(100, 100, |x, y| if x + y == 0 { 900 } else { 7 })).unwrap();
        assert_eq!((dot.grey[0], dot.grey[1]), (255, 0));
        let even = decode(&deep_png(4, 4, |_, _| 0x1234)).unwrap();
        assert!(even.grey.iter().all(|&grey| grey == 0x12));
    }
}
