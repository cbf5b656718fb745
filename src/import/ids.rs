//! Identifiers of all files, and the way from a row's identifier to its sample.

use std::collections::BTreeMap;

use super::ImportError;
use super::header::Header;
use super::intern::Interner;
use super::records::Record;
use super::text::{Count, MissingValues, decode, trim};
use super::time::{self, Time};
use crate::cohort::{MISSING, Role};

/// Stands for "this person has several samples".
pub(crate) const AMBIGUOUS: u32 = MISSING - 1;

/// What is known about an identifier.
#[derive(Debug, Clone, Copy)]
struct Known {
    /// Row of the sample with this identifier, or [`MISSING`].
    sample: u32,
    /// Row of the only sample of the person with this identifier, [`AMBIGUOUS`] or [`MISSING`].
    only_sample: u32,
    /// The person, a number of [`Ids::persons`], or [`MISSING`].
    person: u32,
    /// Hours of the first moment, counted from `anchor`.
    first: f32,
    /// The first moment that was met, in seconds; NaN before.
    anchor: f64,
}

/// All identifiers that were met.
#[derive(Debug, Default)]
pub(crate) struct Ids {
    names: Interner,
    known: Vec<Known>,
    /// Names of persons, where no patients table tells them.
    pub(crate) persons: Interner,
    /// Name of the identifier's column.
    pub(crate) id_column: Option<String>,
    /// Name of the person's column.
    pub(crate) group_column: Option<String>,
    /// Whether all patients tables have been read: an identifier that is not among them is no sample.
    pub(crate) complete: bool,
}

/// How a file's rows name their sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    /// By the sample's identifier.
    Sample,
    /// By the person's identifier.
    Person,
}

impl Ids {
    /// Number of identifiers.
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    /// An identifier's text.
    pub(crate) fn name(&self, key: u32) -> String {
        self.names.text(key)
    }

    /// The number of an identifier, if it was met.
    pub(crate) fn get(&self, id: &[u8]) -> Option<u32> {
        self.names.get(id)
    }

    /// The number of an identifier.
    pub(crate) fn intern(&mut self, id: &[u8]) -> u32 {
        let key = self.names.intern(id);
        if key as usize == self.known.len() {
            self.known.push(Known {
                sample: MISSING,
                only_sample: MISSING,
                person: MISSING,
                first: 0.0,
                anchor: f64::NAN,
            });
        }
        key
    }

    /// The sample of an identifier.
    pub(crate) fn sample(&self, key: u32, link: Link) -> u32 {
        let known = &self.known[key as usize];
        match link {
            Link::Sample => known.sample,
            Link::Person => known.only_sample,
        }
    }

    /// Says which sample an identifier names.
    pub(crate) fn set_sample(&mut self, key: u32, sample: u32) {
        self.known[key as usize].sample = sample;
    }

    /// Says that a person has this sample.
    pub(crate) fn add_sample_of_person(&mut self, key: u32, sample: u32) {
        let known = &mut self.known[key as usize];
        known.only_sample = if known.only_sample == MISSING {
            sample
        } else {
            AMBIGUOUS
        };
    }

    /// The person that a file other than the patients table gave, a number of `persons`, or [`MISSING`].
    pub(crate) fn person(&self, key: u32) -> u32 {
        self.known[key as usize].person
    }

    /// Hours from the first moment met to this one.
    fn hours_of_moment(&mut self, key: u32, seconds: f64) -> f32 {
        let known = &mut self.known[key as usize];
        if known.anchor.is_nan() {
            known.anchor = seconds;
        }
        let hours = ((seconds - known.anchor) / 3600.0) as f32;
        known.first = known.first.min(hours);
        hours
    }

    /// Hours from the sample's first moment, once all files are read.
    pub(crate) fn since_first(&self, key: u32, moment: Moment) -> f32 {
        if moment.absolute {
            moment.hours - self.known[key as usize].first
        } else {
            moment.hours
        }
    }
}

/// A row's time while files are read.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Moment {
    /// Hours; NaN where unknown.
    pub(crate) hours: f32,
    /// Whether they count from the identifier's anchor rather than from its own zero.
    pub(crate) absolute: bool,
}

/// Finds the sample and the time of a file's rows, and counts those that have none.
#[derive(Debug)]
pub(crate) struct Linker {
    column: usize,
    pub(crate) link: Link,
    group: Option<usize>,
    time: Option<(usize, f64)>,
    last: Vec<u8>,
    /// Of the last identifier: the key, or why it has none.
    last_key: Result<u32, NoKey>,
    foreign: bool,
    missing: Count,
    unknown: Count,
    ambiguous: Count,
    broken_time: Count,
}

/// Why a row has no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NoKey {
    /// No row was read yet.
    Nothing,
    Missing,
    Unknown,
    Ambiguous,
}

impl Linker {
    /// For a file with this header: by the identifier's column as the patients table calls it, then as it
    /// calls the person's, then by name.
    pub(crate) fn new(
        header: &Header,
        file: &str,
        ids: &mut Ids,
        roles: &BTreeMap<String, Role>,
    ) -> Result<Self, ImportError> {
        let same = |name: &Option<String>| {
            let name = super::header::plain(name.as_deref()?);
            (0..header.len()).find(|&column| super::header::plain(&header.names[column]) == name)
        };
        let (column, link, group) = match (same(&ids.id_column), same(&ids.group_column)) {
            (Some(id), group) => (id, Link::Sample, group),
            (None, Some(group)) => (group, Link::Person, None),
            (None, None) => {
                let found = header.identifiers(file, roles)?;
                (found.id, Link::Sample, found.group)
            }
        };
        if ids.id_column.is_none() {
            ids.id_column = Some(header.names[column].clone());
            ids.group_column = group.map(|group| header.names[group].clone());
        }
        Ok(Self {
            column,
            link,
            group,
            time: header.time().filter(|time| time.0 != column),
            last: Vec::new(),
            last_key: Err(NoKey::Nothing),
            foreign: false,
            missing: Count::default(),
            unknown: Count::default(),
            ambiguous: Count::default(),
            broken_time: Count::default(),
        })
    }

    /// Whether the column holds something else than values.
    pub(crate) fn uses(&self, column: usize) -> bool {
        column == self.column
            || Some(column) == self.group
            || self.time.is_some_and(|(time, _)| time == column)
    }

    /// Whether the file has a time column.
    pub(crate) fn has_time(&self) -> bool {
        self.time.is_some()
    }

    /// The number of the row's identifier; `None`, counted, where it has none that can be used.
    #[inline]
    pub(crate) fn key(
        &mut self,
        record: Record<'_>,
        row: u64,
        ids: &mut Ids,
        missing: &MissingValues,
    ) -> Option<u32> {
        let cell = record.get(self.column);
        if self.last_key == Err(NoKey::Nothing) || self.last != cell {
            self.last.clear();
            self.last.extend_from_slice(cell);
            self.last_key = self.find(record, ids, missing);
        }
        match self.last_key {
            Ok(key) => return Some(key),
            Err(NoKey::Missing | NoKey::Nothing) => self.missing.add(row),
            Err(NoKey::Unknown) => self.unknown.add(row),
            Err(NoKey::Ambiguous) => self.ambiguous.add(row),
        }
        None
    }

    fn find(
        &mut self,
        record: Record<'_>,
        ids: &mut Ids,
        missing: &MissingValues,
    ) -> Result<u32, NoKey> {
        let id = plain_id(trim(record.get(self.column)));
        if missing.matches(id) {
            return Err(NoKey::Missing);
        }
        let key = match ids.get(id) {
            Some(key) => key,
            None => {
                let id = decode(id, &mut self.foreign);
                match ids.get(id.as_bytes()) {
                    Some(key) => key,
                    None if ids.complete => return Err(NoKey::Unknown),
                    None => ids.intern(id.as_bytes()),
                }
            }
        };
        if ids.complete {
            match ids.sample(key, self.link) {
                MISSING => return Err(NoKey::Unknown),
                AMBIGUOUS => return Err(NoKey::Ambiguous),
                _ => {}
            }
        } else if let Some(group) = self.group
            && ids.known[key as usize].person == MISSING
        {
            let person = plain_id(trim(record.get(group)));
            if !missing.matches(person) {
                let person = decode(person, &mut self.foreign);
                ids.known[key as usize].person = ids.persons.intern(person.as_bytes());
            }
        }
        Ok(key)
    }

    /// The row's time, NaN where it has none. A broken one is counted and answers `None`.
    #[inline]
    pub(crate) fn time(
        &mut self,
        record: Record<'_>,
        row: u64,
        key: u32,
        ids: &mut Ids,
        missing: &MissingValues,
    ) -> Option<Moment> {
        let unknown = Moment {
            hours: f32::NAN,
            absolute: false,
        };
        let Some((column, hours_per_unit)) = self.time else {
            return Some(unknown);
        };
        let cell = trim(record.get(column));
        if cell.is_empty() {
            return Some(unknown);
        }
        match time::parse(cell, hours_per_unit) {
            _ if missing.matches_added(cell) => Some(unknown),
            Time::Hours(hours) => Some(Moment {
                hours: hours as f32,
                absolute: false,
            }),
            Time::Moment(seconds) => Some(Moment {
                hours: ids.hours_of_moment(key, seconds),
                absolute: true,
            }),
            Time::Broken if missing.matches(cell) => Some(unknown),
            Time::Broken => {
                self.broken_time.add(row);
                None
            }
        }
    }

    /// Says what was counted.
    pub(crate) fn report(&self, file: &str, header: &Header, warnings: &mut Vec<String>) {
        let name = super::text::shown(&header.names[self.column]);
        self.missing.report(
            file,
            &format!("without a value in {name}, skipped"),
            warnings,
        );
        unknown_rows(self.unknown, file, warnings);
        ambiguous_rows(self.ambiguous, file, warnings);
        if let Some((column, _)) = self.time {
            let name = super::text::shown(&header.names[column]);
            let what =
                format!("whose time in {name} is neither a number nor an ISO date-time, skipped");
            self.broken_time.report(file, &what, warnings);
        }
    }

    /// Whether some identifier was not UTF-8.
    pub(crate) fn is_foreign(&self) -> bool {
        self.foreign
    }
}

/// Says how many rows name nobody.
pub(crate) fn unknown_rows(count: Count, file: &str, warnings: &mut Vec<String>) {
    count.report(
        file,
        "whose identifier is not in the patients table, skipped",
        warnings,
    );
}

/// Says how many rows name a person with several samples.
pub(crate) fn ambiguous_rows(count: Count, file: &str, warnings: &mut Vec<String>) {
    count.report(
        file,
        "that name a person with several samples and no sample, skipped",
        warnings,
    );
}

/// An identifier without the `.0` that number columns with missing cells give it.
pub(crate) fn plain_id(id: &[u8]) -> &[u8] {
    match id.strip_suffix(b".0") {
        Some(front) if !front.is_empty() && front.iter().all(u8::is_ascii_digit) => front,
        _ => id,
    }
}
