//! Images: the table that names them, their files, and how the two meet.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::cell::{count_nobody, report_nobody};
use super::header::Header;
use super::ids::{AMBIGUOUS, Ids, Link, Linker, Moment};
use super::picture::{Refusal, decode as decode_picture};
use super::records::Record;
use super::text::{Count, MissingValues, decode, grouped, trim};
use crate::cohort::resample::resample_square;
use crate::cohort::{IMAGE_SIDES, Image, MISSING};

/// Most bytes that all images of a cohort may take together, unless they are at the smallest side already.
const MOST_KEPT: usize = 256 << 20;

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
    pixels: Result<Square, Refusal>,
}

/// An image in its square.
#[derive(Debug, Clone)]
struct Square {
    side: usize,
    pixels: Arc<[u8]>,
}

/// All images tables and files.
#[derive(Debug, Default)]
pub(crate) struct Images {
    listed: Vec<Listed>,
    tables: Vec<(String, Link)>,
    decoded: Vec<Decoded>,
    /// Bytes of all squares.
    kept: usize,
    /// Which of the sides is the largest kept.
    level: usize,
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
        self.decoded.iter().all(|image| image.pixels.is_err())
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
        let pixels = bytes
            .ok_or(Refusal::Unreadable)
            .and_then(decode_picture)
            .map(|picture| {
                // A small image is not blown up: that would only take memory.
                let side = picture.longest().min(IMAGE_SIDES[self.level]);
                Square {
                    side,
                    pixels: picture.fit(side).into(),
                }
            });
        self.kept += pixels.as_ref().map_or(0, |square| square.pixels.len());
        self.decoded.push(Decoded {
            path: path.to_owned(),
            pixels,
        });
        self.keep_within(MOST_KEPT);
    }

    /// Shrinks all images to the next side until they take at most so many bytes, or are at the smallest.
    fn keep_within(&mut self, most: usize) {
        while self.kept > most && self.level + 1 < IMAGE_SIDES.len() {
            self.level += 1;
            let side = IMAGE_SIDES[self.level];
            let squares = self
                .decoded
                .iter_mut()
                .filter_map(|i| i.pixels.as_mut().ok());
            for square in squares.filter(|square| square.side > side) {
                self.kept -= square.pixels.len() - side * side;
                *square = Square {
                    side,
                    pixels: resample_square(&square.pixels, square.side, side).into(),
                };
            }
        }
    }

    /// The identifiers that the names of unlisted image files tell, where no table tells any.
    pub(crate) fn name_samples(&self, ids: &mut Ids) {
        for image in self.decoded.iter().filter(|image| image.pixels.is_ok()) {
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
        if self.level > 0 {
            let (kept, full) = (IMAGE_SIDES[self.level], IMAGE_SIDES[0]);
            warnings.push(format!(
                "The images are kept at {kept} by {kept} pixels: at {full} by {full} all of them would take more than 256 MB of memory"
            ));
        }
        for (refusal, what) in [
            (
                Refusal::Unreadable,
                "could not be decoded as PNG, JPEG or DICOM (or are too large), skipped",
            ),
            (
                Refusal::Storage,
                "compressed or stored in a way that this version cannot read, skipped; save as PNG or without compression",
            ),
        ] {
            let refused = |image: &&Decoded| image.pixels.as_ref().err() == Some(&refusal);
            let paths: Vec<&str> = self
                .decoded
                .iter()
                .filter(refused)
                .map(|image| image.path.as_str())
                .collect();
            some_files(&paths, what, warnings);
        }
        if self.tables.is_empty() {
            let mut nameless = Vec::new();
            for image in self.decoded {
                let Ok(square) = image.pixels else { continue };
                match sample_of_path(&image.path, ids) {
                    Some(sample) => {
                        images.push(Image {
                            sample,
                            hours: f32::NAN,
                            source: String::new(),
                            side: square.side,
                            pixels: square.pixels,
                        });
                    }
                    None => nameless.push(image.path),
                }
            }
            let nameless: Vec<&str> = nameless.iter().map(String::as_str).collect();
            some_files(
                &nameless,
                "without a known identifier in name or folder, skipped",
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
            if let Ok(square) = &self.decoded[number].pixels {
                images.push(Image {
                    sample,
                    hours: ids.since_first(listed.key, listed.moment),
                    source: listed.source,
                    side: square.side,
                    pixels: square.pixels.clone(),
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
            .filter(|(image, used)| !used && image.pixels.is_ok())
            .map(|(image, _)| image.path.as_str())
            .collect();
        some_files(
            &unlisted,
            "without a row in the images table, skipped",
            warnings,
        );
    }
}

/// Says that something holds for some image files, naming the first.
fn some_files(paths: &[&str], what: &str, warnings: &mut Vec<String>) {
    if let Some(first) = paths.first() {
        warnings.push(format!(
            "{} image file{} {what} (first: {first})",
            grouped(paths.len() as u64),
            if paths.len() == 1 { "" } else { "s" },
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

/// The sample that an image's name tells: all of it, with or without the ending, else its longest beginning before a
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
    known(name)
        .or_else(|| {
            name.rmatch_indices(['-', '_', '.'])
                .find_map(|(end, _)| known(&name[..end]))
        })
        .or_else(|| parts.find_map(known))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::picture::tests::png;

    #[test]
    fn images_are_kept_at_their_size_and_shrunk_where_they_are_too_many() {
        let mut images = Images::default();
        images.add("small.png", Some(&png(40, 30, |_, _| 9)));
        images.add("large.png", Some(&png(500, 250, |x, _| (x / 2) as u8)));
        images.add("broken.png", Some(b"nothing"));
        let sides = |images: &Images| -> Vec<usize> {
            let squares = images.decoded.iter().filter_map(|i| i.pixels.as_ref().ok());
            squares.map(|square| square.side).collect()
        };
        assert_eq!(sides(&images), [40, 224]);
        assert_eq!(images.kept, 40 * 40 + 224 * 224);
        images.keep_within(20_000);
        assert_eq!(sides(&images), [40, 128]);
        assert_eq!(images.kept, 40 * 40 + 128 * 128);
        images.add("next.png", Some(&png(300, 300, |_, _| 9)));
        assert_eq!(sides(&images), [40, 128, 128]);
        images.keep_within(10);
        assert_eq!(sides(&images), [40, 64, 64]);
        let mut warnings = vec![];
        images.finish(&Ids::default(), &mut warnings);
        assert_eq!(
            warnings[0],
            "The images are kept at 64 by 64 pixels: at 224 by 224 all of them would take more than 256 MB of memory"
        );
    }
}
