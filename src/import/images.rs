//! Images: the table that names them, their files, and how the two meet.

use std::collections::BTreeMap;
use std::io::Cursor;

use image::{ImageFormat, ImageReader, Limits};

use super::cell::{count_nobody, report_nobody};
use super::header::Header;
use super::ids::{AMBIGUOUS, Ids, Link, Linker, Moment};
use super::records::Record;
use super::text::{Count, MissingValues, decode, grouped, trim};
use crate::cohort::{IMAGE_SIDE, Image, MISSING};

/// Most bytes of an image file.
pub(crate) const LARGEST_FILE: usize = 64 << 20;
/// Most pixels of an image: a chest film of 6,000 by 6,000 and a little more.
const MOST_PIXELS: u64 = 40_000_000;
/// Most bytes that decoding may take at once.
const MOST_MEMORY: u64 = 256 << 20;

/// One row of an images table.
#[derive(Debug)]
struct Listed {
    key: u32,
    table: u32,
    row: u64,
    moment: Moment,
    source: String,
    path: String,
}

/// An image file that was read.
#[derive(Debug)]
struct Decoded {
    path: String,
    /// `None` where it could not be decoded.
    pixels: Option<Vec<u8>>,
}

/// All images tables and files.
#[derive(Debug, Default)]
pub(crate) struct Images {
    listed: Vec<Listed>,
    tables: Vec<(String, Link)>,
    decoded: Vec<Decoded>,
}

/// One images table while it is read.
#[derive(Debug)]
pub(crate) struct ImagesFile {
    linker: Linker,
    file: usize,
    source: Option<usize>,
    foreign: bool,
    no_file: Count,
}

impl Images {
    /// Whether any image was read.
    pub(crate) fn is_empty(&self) -> bool {
        self.decoded.iter().all(|image| image.pixels.is_none())
    }

    /// Begins a table whose files stand in the column `file`.
    pub(crate) fn begin(header: &Header, linker: Linker, file: usize) -> ImagesFile {
        ImagesFile {
            source: header
                .source()
                .filter(|&column| column != file && !linker.uses(column)),
            linker,
            file,
            foreign: false,
            no_file: Count::default(),
        }
    }

    /// One row of a table.
    pub(crate) fn row(
        &mut self,
        file: &mut ImagesFile,
        record: Record<'_>,
        row: u64,
        ids: &mut Ids,
        missing: &MissingValues,
    ) {
        let Some(key) = file.linker.key(record, row, ids, missing) else {
            return;
        };
        let path = trim(record.get(file.file));
        if missing.matches(path) {
            file.no_file.add(row);
            return;
        }
        let Some(moment) = file.linker.time(record, row, key, ids, missing) else {
            return;
        };
        let source = file
            .source
            .map(|column| trim(record.get(column)))
            .unwrap_or_default();
        let path = decode(path, &mut file.foreign).replace('\\', "/");
        self.listed.push(Listed {
            key,
            table: self.tables.len() as u32,
            row,
            moment,
            source: decode(source, &mut file.foreign).into_owned(),
            path: path
                .trim_start_matches("./")
                .trim_start_matches('/')
                .to_owned(),
        });
    }

    /// Ends a table and says what was counted. Returns whether some text was not UTF-8.
    pub(crate) fn end(
        &mut self,
        file: &ImagesFile,
        header: &Header,
        name: &str,
        warnings: &mut Vec<String>,
    ) -> bool {
        file.linker.report(name, header, warnings);
        file.no_file
            .report(name, "without a file, skipped", warnings);
        self.tables.push((name.to_owned(), file.linker.link));
        file.foreign || file.linker.is_foreign()
    }

    /// An image file; `None` where it is too large to be kept until its end.
    pub(crate) fn add(&mut self, path: &str, bytes: Option<&[u8]>) {
        self.decoded.push(Decoded {
            path: path.to_owned(),
            pixels: bytes.and_then(fit),
        });
    }

    /// The identifiers that the names of unlisted image files tell, where no table tells any.
    pub(crate) fn name_samples(&self, ids: &mut Ids) {
        for image in self.decoded.iter().filter(|image| image.pixels.is_some()) {
            let name = image.path.rsplit('/').next().unwrap_or_default();
            let id = name.split(['-', '_', '.']).next().unwrap_or_default();
            if !id.is_empty() {
                ids.intern(id.as_bytes());
            }
        }
    }

    /// The images in the order of their samples, then of time, those without a time last.
    pub(crate) fn finish(self, ids: &Ids, warnings: &mut Vec<String>) -> Vec<Image> {
        let mut images = Vec::new();
        let broken: Vec<&str> = self
            .decoded
            .iter()
            .filter(|image| image.pixels.is_none())
            .map(|image| image.path.as_str())
            .collect();
        some_files(
            &broken,
            "could not be decoded as PNG or JPEG (or are too large), skipped",
            warnings,
        );
        if self.tables.is_empty() {
            let mut nameless = Vec::new();
            for image in self.decoded {
                let Some(pixels) = image.pixels else { continue };
                match sample_of_path(&image.path, ids) {
                    Some(sample) => {
                        images.push(Image {
                            sample,
                            hours: f32::NAN,
                            source: String::new(),
                            pixels,
                        });
                    }
                    None => nameless.push(image.path),
                }
            }
            let nameless: Vec<&str> = nameless.iter().map(String::as_str).collect();
            some_files(
                &nameless,
                "do not carry a known identifier in their name or folder, skipped",
                warnings,
            );
        } else {
            self.meet(ids, &mut images, warnings);
        }
        images.sort_by(|left, right| {
            (left.sample, left.hours.is_nan())
                .cmp(&(right.sample, right.hours.is_nan()))
                .then(left.hours.total_cmp(&right.hours))
        });
        images
    }

    /// Finds the file of each listed image.
    fn meet(self, ids: &Ids, images: &mut Vec<Image>, warnings: &mut Vec<String>) {
        let mut by_name = BTreeMap::<String, Vec<usize>>::new();
        for (number, image) in self.decoded.iter().enumerate() {
            by_name
                .entry(file_name(&image.path))
                .or_default()
                .push(number);
        }
        let mut used = vec![false; self.decoded.len()];
        let mut counts =
            vec![(Count::default(), Count::default(), Count::default()); self.tables.len()];
        for listed in self.listed {
            let Some((table, link)) = self.tables.get(listed.table as usize) else {
                continue;
            };
            let (unknown, ambiguous, absent) = &mut counts[listed.table as usize];
            let folder = table.rfind('/').map_or("", |end| &table[..=end]);
            let wanted = format!("{folder}{}", listed.path);
            // Of the files of this name the one whose path agrees longest from its end.
            let found = by_name.get(&file_name(&listed.path)).and_then(|numbers| {
                let agreement = |number: &usize| common_end(&self.decoded[*number].path, &wanted);
                numbers.iter().copied().rev().max_by_key(agreement)
            });
            if let Some(number) = found {
                used[number] = true;
            }
            let sample = ids.sample(listed.key, *link);
            if sample >= AMBIGUOUS {
                count_nobody(sample, listed.row, unknown, ambiguous);
                continue;
            }
            let Some(number) = found else {
                absent.add(listed.row);
                continue;
            };
            if let Some(pixels) = &self.decoded[number].pixels {
                images.push(Image {
                    sample,
                    hours: ids.since_first(listed.key, listed.moment),
                    source: listed.source,
                    pixels: pixels.clone(),
                });
            }
        }
        for ((unknown, ambiguous, absent), (name, _)) in counts.into_iter().zip(&self.tables) {
            report_nobody(unknown, ambiguous, name, warnings);
            absent.report(
                name,
                "whose image is not among the files, skipped",
                warnings,
            );
        }
        let unlisted: Vec<&str> = self
            .decoded
            .iter()
            .zip(used)
            .filter(|(image, used)| !used && image.pixels.is_some())
            .map(|(image, _)| image.path.as_str())
            .collect();
        some_files(
            &unlisted,
            "are not listed in the images table, skipped",
            warnings,
        );
    }
}

/// Says that something holds for some image files, naming the first.
fn some_files(paths: &[&str], what: &str, warnings: &mut Vec<String>) {
    if let Some(first) = paths.first() {
        warnings.push(format!(
            "{} image files {what} (first: {first})",
            grouped(paths.len() as u64)
        ));
    }
}

/// A path's last part in lower case.
fn file_name(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_lowercase()
}

/// Number of parts that two paths share at their ends.
fn common_end(left: &str, right: &str) -> usize {
    left.rsplit('/')
        .zip(right.rsplit('/'))
        .take_while(|(left, right)| left.eq_ignore_ascii_case(right))
        .count()
}

/// The sample that an image's name tells: all of it before the ending, else its longest beginning before a
/// `-`, `_` or `.` that is a known identifier, else a folder that is one, the innermost first.
fn sample_of_path(path: &str, ids: &Ids) -> Option<u32> {
    let known = |text: &str| {
        let key = ids.get(text.as_bytes())?;
        [Link::Sample, Link::Person]
            .into_iter()
            .map(|link| ids.sample(key, link))
            .find(|&sample| sample < AMBIGUOUS && sample != MISSING)
    };
    let mut parts = path.rsplit('/');
    let name = parts.next()?;
    name.rmatch_indices(['-', '_', '.'])
        .find_map(|(end, _)| known(&name[..end]))
        .or_else(|| parts.find_map(known))
}

/// Decodes an image and fits it into the cohort's square: grey, its sides in proportion, padded with black.
/// `None` where the bytes are no PNG or JPEG, or decoding them would take too much memory.
pub(crate) fn fit(bytes: &[u8]) -> Option<Vec<u8>> {
    let format = match bytes {
        [0x89, b'P', b'N', b'G', ..] => ImageFormat::Png,
        [0xff, 0xd8, ..] => ImageFormat::Jpeg,
        _ => return None,
    };
    let (width, height) = ImageReader::with_format(Cursor::new(bytes), format)
        .into_dimensions()
        .ok()?;
    if width == 0 || height == 0 || u64::from(width) * u64::from(height) > MOST_PIXELS {
        return None;
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let grey = reader.decode().ok()?.into_luma8();
    let (width, height) = (grey.width() as usize, grey.height() as usize);
    Some(shrink(grey.as_raw(), width, height))
}

/// Fits grey pixels into the square by averaging the area that each of its pixels covers.
fn shrink(pixels: &[u8], width: usize, height: usize) -> Vec<u8> {
    let longest = width.max(height);
    let scaled = |side: usize| ((side * IMAGE_SIDE + longest / 2) / longest).max(1);
    let (across, down) = (scaled(width), scaled(height));
    let columns = coverage(width, across);
    let rows = coverage(height, down);
    let mut result = vec![0; IMAGE_SIDE * IMAGE_SIDE];
    let (left, top) = ((IMAGE_SIDE - across) / 2, (IMAGE_SIDE - down) / 2);
    let mut line = vec![0.0_f32; across];
    for (y, row) in rows.iter().enumerate() {
        line.fill(0.0);
        for &(source, share) in row {
            let source = &pixels[source * width..(source + 1) * width];
            for (sum, column) in line.iter_mut().zip(&columns) {
                let mean: f32 = column
                    .iter()
                    .map(|&(x, share)| share * f32::from(source[x]))
                    .sum();
                *sum += share * mean;
            }
        }
        let start = (top + y) * IMAGE_SIDE + left;
        for (pixel, sum) in result[start..start + across].iter_mut().zip(&line) {
            *pixel = (sum + 0.5).clamp(0.0, 255.0) as u8;
        }
    }
    result
}

/// For each of `to` pixels the pixels out of `from` that it covers, with their shares of it.
fn coverage(from: usize, to: usize) -> Vec<Vec<(usize, f32)>> {
    let step = from as f64 / to as f64;
    (0..to)
        .map(|pixel| {
            let (start, end) = (pixel as f64 * step, (pixel + 1) as f64 * step);
            let last = (end.ceil() as usize).min(from);
            (start as usize..last)
                .map(|source| {
                    let overlap = end.min((source + 1) as f64) - start.max(source as f64);
                    (source, (overlap / step) as f32)
                })
                .filter(|(_, share)| *share > 0.0)
                .collect()
        })
        .collect()
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

    #[test]
    fn images_keep_their_proportions_and_mean() {
        let wide = fit(&png(200, 100, |_, _| 100)).unwrap();
        assert_eq!(wide.len(), IMAGE_SIDE * IMAGE_SIDE);
        let row = |y: usize| &wide[y * IMAGE_SIDE..(y + 1) * IMAGE_SIDE];
        assert!(
            row(0)
                .iter()
                .chain(row(15))
                .chain(row(48))
                .all(|&grey| grey == 0)
        );
        assert!(row(16).iter().chain(row(47)).all(|&grey| grey == 100));
        let halves = fit(&png(128, 128, |x, _| if x % 2 == 0 { 0 } else { 200 })).unwrap();
        assert!(halves.iter().all(|&grey| grey == 100));
        let tiny = fit(&png(1, 1, |_, _| 7)).unwrap();
        assert!(tiny.iter().all(|&grey| grey == 7));
        let thin = fit(&png(1000, 1, |_, _| 50)).unwrap();
        assert_eq!(thin.iter().filter(|&&grey| grey == 50).count(), IMAGE_SIDE);
        let ramp = fit(&png(100, 100, |x, _| x as u8)).unwrap();
        let mean = ramp.iter().map(|&grey| f64::from(grey)).sum::<f64>() / ramp.len() as f64;
        assert!((mean - 49.5).abs() < 0.6, "{mean}");
    }

    #[test]
    fn what_is_no_image_or_too_large_is_refused() {
        assert_eq!(fit(b""), None);
        assert_eq!(fit(b"\x89PNG\r\n\x1a\nbroken"), None);
        assert_eq!(fit(b"\xff\xd8\xff\xe0broken"), None);
        assert_eq!(fit(b"GIF89a"), None);
        let mut bytes = png(10, 10, |_, _| 1);
        let end = bytes.len() - 20;
        bytes.truncate(end);
        assert_eq!(fit(&bytes), None);
        // A header that claims 60,000 by 60,000 pixels.
        let mut bomb = png(10, 10, |_, _| 1);
        bomb[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
        assert_eq!(fit(&bomb), None);
    }
}
