//! Notes tables.

use super::cell::{count_nobody, report_nobody};
use super::header::Header;
use super::ids::{Ids, Link, Linker, Moment};
use super::records::Record;
use super::text::{Count, MissingValues, decode, trim};
use crate::cohort::Note;

/// A note before its sample is known.
#[derive(Debug)]
struct Waiting {
    key: u32,
    file: u32,
    row: u64,
    moment: Moment,
    source: String,
    text: String,
}

/// All notes tables.
#[derive(Debug, Default)]
pub(crate) struct NotesTables {
    notes: Vec<Waiting>,
    files: Vec<(String, Link)>,
}

/// One notes table while it is read.
#[derive(Debug)]
pub(crate) struct NotesFile {
    linker: Linker,
    text: usize,
    source: Option<usize>,
    foreign: bool,
    no_text: Count,
}

impl NotesTables {
    /// Whether any note was read.
    pub(crate) fn is_empty(&self) -> bool {
        self.notes.is_empty()
    }

    /// Begins a table whose notes stand in the column `text`.
    pub(crate) fn begin(header: &Header, linker: Linker, text: usize) -> NotesFile {
        NotesFile {
            source: header
                .source()
                .filter(|&column| column != text && !linker.uses(column)),
            linker,
            text,
            foreign: false,
            no_text: Count::default(),
        }
    }

    /// One row.
    pub(crate) fn row(
        &mut self,
        file: &mut NotesFile,
        record: Record<'_>,
        row: u64,
        ids: &mut Ids,
        missing: &MissingValues,
    ) {
        let Some(key) = file.linker.key(record, row, ids, missing) else {
            return;
        };
        let text = trim(record.get(file.text));
        if missing.matches(text) {
            file.no_text.add(row);
            return;
        }
        let Some(moment) = file.linker.time(record, row, key, ids, missing) else {
            return;
        };
        let source = file
            .source
            .map(|column| trim(record.get(column)))
            .unwrap_or_default();
        self.notes.push(Waiting {
            key,
            file: self.files.len() as u32,
            row,
            moment,
            source: decode(source, &mut file.foreign).into_owned(),
            text: decode(text, &mut file.foreign).into_owned(),
        });
    }

    /// Ends a table and says what was counted. Returns whether some text was not UTF-8.
    pub(crate) fn end(
        &mut self,
        file: &NotesFile,
        header: &Header,
        name: &str,
        warnings: &mut Vec<String>,
    ) -> bool {
        file.linker.report(name, header, warnings);
        file.no_text
            .report(name, "without a text, skipped", warnings);
        self.files.push((name.to_owned(), file.linker.link));
        file.foreign || file.linker.is_foreign()
    }

    /// The notes in the order of their samples, then of time, those without a time last.
    pub(crate) fn finish(self, ids: &Ids, warnings: &mut Vec<String>) -> Vec<Note> {
        let mut nobody = vec![(Count::default(), Count::default()); self.files.len()];
        let mut notes = Vec::with_capacity(self.notes.len());
        for note in self.notes {
            let link = self
                .files
                .get(note.file as usize)
                .map_or(Link::Sample, |file| file.1);
            let sample = ids.sample(note.key, link);
            if sample >= super::ids::AMBIGUOUS {
                if let Some((unknown, ambiguous)) = nobody.get_mut(note.file as usize) {
                    count_nobody(sample, note.row, unknown, ambiguous);
                }
                continue;
            }
            let hours = ids.since_first(note.key, note.moment);
            notes.push(Note {
                sample,
                hours,
                source: note.source,
                text: note.text,
            });
        }
        for ((unknown, ambiguous), (name, _)) in nobody.into_iter().zip(&self.files) {
            report_nobody(unknown, ambiguous, name, warnings);
        }
        notes.sort_by(|left, right| {
            (left.sample, left.hours.is_nan())
                .cmp(&(right.sample, right.hours.is_nan()))
                .then(left.hours.total_cmp(&right.hours))
        });
        notes
    }
}
