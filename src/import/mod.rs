//! Bytes to a [`Cohort`]: streamed, pushed by the caller, without files, threads or a browser.
//!
//! ```no_run
//! # use m3h_studio::import::{FileEntry, Import, ImportError};
//! # fn chunks(_: usize) -> Vec<Vec<u8>> { Vec::new() }
//! # fn run(files: Vec<FileEntry>) -> Result<(), ImportError> {
//! let mut import = Import::new(Default::default(), files);
//! for index in import.order() {
//!     import.begin(index)?;
//!     for chunk in chunks(index) {
//!         import.push(&chunk)?;
//!     }
//!     import.end()?;
//! }
//! let cohort = import.finish()?;
//! # Ok(()) }
//! ```
//!
//! Which table a file is, is told by its name where that says so and its columns agree, else by its columns.
//! Identifiers are numbered as they are met and find their samples at the end, so that no order of the
//! files is wrong; [`Import::order`] is the one that needs the least memory.

mod assemble;
mod cell;
mod diagnoses;
mod dicom;
mod embeddings;
mod error;
mod files;
mod gunzip;
mod header;
mod ids;
mod images;
mod infer;
mod intern;
mod notes;
mod number;
mod patients;
mod picture;
mod records;
mod series;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod time;

pub use error::ImportError;
pub use files::FileEntry;

use files::Guess;
use gunzip::Gunzip;
use records::{Beginning, Records, Sniffer};
use table::{OpenTable, Tables};

use crate::cohort::Cohort;
use crate::session::protocol::ImportOptions;

/// Bytes that tell an image or a gzip file.
const MAGIC: usize = dicom::MAGIC;
/// Room for what a piece of gzip expands to.
const EXPANDED: usize = 64 << 10;

/// A file of the import.
#[derive(Debug)]
struct Entry {
    /// Its path without the folder that all files share: what messages call it.
    name: String,
    guess: Guess,
    begun: bool,
}

/// What the open file turned out to be.
enum Content {
    /// Not known yet: the first bytes.
    Start(Vec<u8>),
    /// A table whose beginning is looked at.
    Sniffing(Sniffer),
    /// A table.
    Table(Box<OpenTable>, Box<Records>),
    /// An image; `None` once it is too large.
    Image(Option<Vec<u8>>),
    /// Nothing that can be used; the reason has been said.
    Skipped,
}

/// The open file.
struct Open {
    index: usize,
    gunzip: Option<Box<Gunzip>>,
    content: Content,
    bytes: u64,
}

/// A cohort in the making.
///
/// For a prediction the label columns may be absent; nothing else is different.
pub struct Import {
    options: ImportOptions,
    folder: String,
    entries: Vec<Entry>,
    tables: Tables,
    open: Option<Open>,
}

impl Import {
    /// Prepares to read files.
    pub fn new(options: ImportOptions, files: Vec<FileEntry>) -> Self {
        let paths: Vec<String> = files
            .into_iter()
            .map(|file| {
                file.path
                    .replace('\\', "/")
                    .trim_start_matches("./")
                    .trim_start_matches('/')
                    .to_owned()
            })
            .collect();
        let visible: Vec<&str> = paths
            .iter()
            .map(String::as_str)
            .filter(|path| Guess::from_path(path) != Guess::Hidden)
            .collect();
        let folder = files::shared_folder(&visible);
        let entries: Vec<Entry> = paths
            .iter()
            .map(|path| Entry {
                guess: Guess::from_path(path),
                name: path.strip_prefix(&folder).unwrap_or(path).to_owned(),
                begun: false,
            })
            .collect();
        let mut tables = Tables::new(&options);
        let mut others = entries.iter().filter_map(|entry| match entry.guess {
            Guess::Other(hint) => Some((entry.name.as_str(), hint)),
            _ => None,
        });
        for (name, hint) in others.by_ref().take(4) {
            tables.warnings.push(not_usable(name, hint));
        }
        let more = others.count();
        if more > 0 {
            tables.warnings.push(format!(
                "{} further files are not tables or images; skipped",
                text::grouped(more as u64)
            ));
        }
        Self {
            options,
            folder,
            entries,
            tables,
            open: None,
        }
    }

    /// The files to read, in the best order: patients, tables whose names tell nothing, series, notes,
    /// embeddings, the images table, images. Files that are neither are left out; a warning says so.
    pub fn order(&self) -> Vec<usize> {
        let mut order: Vec<(u8, usize)> = self
            .entries
            .iter()
            .enumerate()
            .filter_map(|(index, entry)| Some((entry.guess.rank()?, index)))
            .collect();
        order.sort_unstable();
        order.into_iter().map(|(_, index)| index).collect()
    }

    /// Rows and images read so far.
    pub fn rows(&self) -> u64 {
        self.tables.rows
    }

    /// Begins a file of the list given to [`Import::new`].
    ///
    /// # Errors
    /// Another file is open, this one has been read, or there is none of this number.
    pub fn begin(&mut self, index: usize) -> Result<(), ImportError> {
        if let Some(open) = &self.open {
            return Err(ImportError::StillOpen {
                file: self.entries[open.index].name.clone(),
            });
        }
        let Some(entry) = self.entries.get_mut(index) else {
            return Err(ImportError::UnknownFile { index });
        };
        if entry.begun {
            return Err(ImportError::ReadTwice {
                file: entry.name.clone(),
            });
        }
        entry.begun = true;
        let content = match entry.guess {
            Guess::Hidden | Guess::Other(_) => Content::Skipped,
            _ => Content::Start(Vec::new()),
        };
        self.open = Some(Open {
            index,
            gunzip: None,
            content,
            bytes: 0,
        });
        Ok(())
    }

    /// The next bytes of the open file, of any number.
    ///
    /// # Errors
    /// See [`ImportError`]. The file is closed then; drop the import, or go on without the file.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), ImportError> {
        let mut open = self.open.take().ok_or(ImportError::NotOpen)?;
        open.bytes += chunk.len() as u64;
        self.take(&mut open, chunk, false)?;
        self.open = Some(open);
        Ok(())
    }

    /// Ends the open file.
    ///
    /// # Errors
    /// See [`ImportError`].
    pub fn end(&mut self) -> Result<(), ImportError> {
        let mut open = self.open.take().ok_or(ImportError::NotOpen)?;
        self.take(&mut open, &[], true)?;
        let name = &self.entries[open.index].name;
        if open
            .gunzip
            .as_ref()
            .is_some_and(|gunzip| !gunzip.is_complete())
        {
            return Err(ImportError::TruncatedGzip { file: name.clone() });
        }
        match open.content {
            Content::Table(table, mut records) => self.tables.end(*table, &mut records, name)?,
            Content::Image(bytes) => {
                self.tables.rows += 1;
                self.tables.images.add(name, bytes.as_deref());
            }
            Content::Start(_) | Content::Sniffing(_) | Content::Skipped => {}
        }
        self.all_patients_read();
        Ok(())
    }

    /// Once no unread file can be a patients table, identifiers that are not among the patients are no samples.
    fn all_patients_read(&mut self) {
        let waiting = self
            .entries
            .iter()
            .any(|entry| !entry.begun && entry.guess.may_be_patients());
        if !waiting {
            self.tables.close_patients();
        }
    }

    /// The cohort of all files that were read.
    ///
    /// # Errors
    /// A file is still open, or nothing usable was read: the error says what was wrong.
    pub fn finish(mut self) -> Result<Cohort, ImportError> {
        if let Some(open) = &self.open {
            return Err(ImportError::StillOpen {
                file: self.entries[open.index].name.clone(),
            });
        }
        self.tables.close_patients();
        let folder = self
            .folder
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or_default();
        let name = match (folder, self.entries.iter().find(|entry| entry.begun)) {
            ("", Some(entry)) => entry.name.split('.').next().unwrap_or_default().to_owned(),
            _ => folder.to_owned(),
        };
        self.tables.assemble(name, &self.options)
    }

    /// Bytes of a file as it lies on the disk.
    fn take(&mut self, open: &mut Open, chunk: &[u8], last: bool) -> Result<(), ImportError> {
        if let Content::Start(start) = &mut open.content
            && open.gunzip.is_none()
        {
            start.extend_from_slice(chunk);
            if start.len() < MAGIC && !last {
                return Ok(());
            }
            let start = std::mem::take(start);
            if start.starts_with(&[0x1f, 0x8b]) {
                open.gunzip = Some(Box::new(Gunzip::new()));
                return self.expand(open, &start, last);
            }
            return self.plain(open, &start, last);
        }
        if open.gunzip.is_some() {
            self.expand(open, chunk, last)
        } else {
            self.plain(open, chunk, last)
        }
    }

    /// Compressed bytes, a little at a time, so that memory stays bounded whatever they expand to.
    fn expand(&mut self, open: &mut Open, chunk: &[u8], last: bool) -> Result<(), ImportError> {
        let Some(mut gunzip) = open.gunzip.take() else {
            return Ok(());
        };
        let mut input = chunk;
        let mut output = vec![0; EXPANDED];
        loop {
            let given =
                gunzip
                    .read(&mut input, &mut output)
                    .map_err(|_| ImportError::DamagedGzip {
                        file: self.entries[open.index].name.clone(),
                    })?;
            if given > 0 {
                self.plain(open, &output[..given], false)?;
            } else if input.is_empty() {
                break;
            } else {
                return Err(ImportError::DamagedGzip {
                    file: self.entries[open.index].name.clone(),
                });
            }
        }
        let complete = gunzip.is_complete();
        open.gunzip = Some(gunzip);
        // What a truncated file ends with is not looked at: the error says that it is truncated.
        if last && complete {
            self.plain(open, &[], true)
        } else {
            Ok(())
        }
    }

    /// Bytes of a file's content; `last` where it ends after them.
    fn plain(&mut self, open: &mut Open, bytes: &[u8], last: bool) -> Result<(), ImportError> {
        let entry = &self.entries[open.index];
        if let Content::Start(kept) = &mut open.content {
            kept.extend_from_slice(bytes);
            if kept.len() < MAGIC && !last {
                return Ok(());
            }
            let start = std::mem::take(kept);
            let is_image = start.starts_with(b"\x89PNG")
                || start.starts_with(&[0xff, 0xd8, 0xff])
                || dicom::is_dicom(&start);
            open.content = if is_image || (entry.guess == Guess::Image && !start.is_empty()) {
                Content::Image(Some(Vec::new()))
            } else {
                let plain = entry.name.to_lowercase();
                let plain = plain.strip_suffix(".gz").unwrap_or(&plain);
                Content::Sniffing(Sniffer::new(
                    plain.ends_with(".tsv") || plain.ends_with(".tab"),
                ))
            };
            return self.content(open, &start, last);
        }
        self.content(open, bytes, last)
    }

    /// Bytes of a file's content once it is known to be a table or an image.
    fn content(&mut self, open: &mut Open, bytes: &[u8], last: bool) -> Result<(), ImportError> {
        let entry = &self.entries[open.index];
        match &mut open.content {
            Content::Start(_) | Content::Skipped => Ok(()),
            Content::Image(kept) => {
                match kept {
                    Some(image) if image.len() + bytes.len() <= picture::LARGEST_FILE => {
                        image.extend_from_slice(bytes)
                    }
                    _ => *kept = None,
                }
                Ok(())
            }
            Content::Sniffing(sniffer) => match sniffer.push(bytes, last) {
                Beginning::Undecided => Ok(()),
                Beginning::Empty => {
                    self.tables
                        .warnings
                        .push(format!("{} is empty; skipped", entry.name));
                    open.content = Content::Skipped;
                    Ok(())
                }
                Beginning::Binary => {
                    let hint = "save tables as .csv in UTF-8 first";
                    self.tables.warnings.push(not_usable(&entry.name, hint));
                    open.content = Content::Skipped;
                    Ok(())
                }
                Beginning::Table(delimiter) => {
                    let head = std::mem::take(sniffer).into_head();
                    let mut table = Box::new(OpenTable::new(entry.guess, delimiter));
                    let mut records = Box::new(Records::new(delimiter));
                    let done = self
                        .tables
                        .push(&mut table, &mut records, &entry.name, &head);
                    open.content = Content::Table(table, records);
                    done
                }
            },
            Content::Table(table, records) => self.tables.push(table, records, &entry.name, bytes),
        }
    }
}

/// Says that a file is of no use here.
fn not_usable(name: &str, hint: &str) -> String {
    let hint = if hint.is_empty() {
        String::new()
    } else {
        format!(" ({hint})")
    };
    format!("{name} is not a table or an image{hint}; skipped")
}
