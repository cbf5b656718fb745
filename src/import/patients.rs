//! The patients table: cells as written, each distinct text kept once.

use std::collections::BTreeMap;

use super::header::{Header, plain};
use super::ids::{Ids, plain_id};
use super::infer::Values;
use super::intern::Interner;
use super::records::Record;
use super::text::{Count, MissingValues, decode, grouped, shown, trim};
use super::{ImportError, number};
use crate::cohort::{Column, ColumnKind, MISSING, Role, parse_number};
use crate::session::protocol::ImportOptions;

/// The samples of a cohort: identifiers, persons, columns.
pub(crate) type Samples = (Vec<String>, Vec<u32>, Vec<Column>);

/// A column while rows are added.
#[derive(Debug, Default)]
struct Growing {
    name: String,
    levels: Interner,
    codes: Vec<u32>,
    identifier: bool,
}

/// All patients tables: the first makes the samples; another one of the same columns adds samples, one of
/// further columns adds these to the samples there are.
#[derive(Debug, Default)]
pub(crate) struct Patients {
    columns: Vec<Growing>,
    /// Per sample the file and the row it was first seen in.
    origin: Vec<(u32, u32)>,
    /// Per sample the file that last wrote to it.
    written: Vec<u32>,
    files: Vec<String>,
    id: usize,
    group: Option<usize>,
    rows: u64,
    decimal_comma: bool,
}

/// One patients table while it is read.
#[derive(Debug)]
pub(crate) struct PatientsFile {
    file: u32,
    id: usize,
    /// Per field of the file its column.
    columns: Vec<usize>,
    adds_samples: bool,
    foreign: bool,
    missing_id: Count,
    duplicates: Count,
    unknown: Count,
}

impl Patients {
    /// Whether a patients table was read.
    pub(crate) fn is_there(&self) -> bool {
        !self.files.is_empty()
    }

    /// Number of samples.
    pub(crate) fn samples(&self) -> usize {
        self.origin.len()
    }

    /// Begins a table.
    pub(crate) fn begin(
        &mut self,
        header: &Header,
        file: &str,
        delimiter: u8,
        ids: &mut Ids,
        roles: &BTreeMap<String, Role>,
    ) -> Result<PatientsFile, ImportError> {
        let first = !self.is_there();
        let found = header.identifiers(file, roles)?;
        let mut id = found.id;
        if !first {
            let name = plain(&self.columns[self.id].name);
            id = (0..header.len())
                .find(|&field| plain(&header.names[field]) == name)
                .unwrap_or(id);
        }
        let mut columns = Vec::with_capacity(header.len());
        let mut known = 0;
        for (field, name) in header.names.iter().enumerate() {
            let column = match self.columns.iter().position(|column| column.name == *name) {
                _ if !first && field == id => {
                    known += 1;
                    self.id
                }
                Some(column) => {
                    known += 1;
                    column
                }
                None => {
                    self.columns.push(Growing {
                        name: name.clone(),
                        codes: vec![MISSING; self.samples()],
                        identifier: header.is_identifier(field),
                        ..Growing::default()
                    });
                    self.columns.len() - 1
                }
            };
            columns.push(column);
        }
        if first {
            self.id = id;
            self.group = found.group;
            ids.id_column = Some(header.names[id].clone());
            ids.group_column = found.group.map(|group| header.names[group].clone());
        }
        self.decimal_comma |= delimiter != b',';
        self.files.push(file.to_owned());
        Ok(PatientsFile {
            file: self.files.len() as u32 - 1,
            id,
            adds_samples: first || known == self.columns.len(),
            columns,
            foreign: false,
            missing_id: Count::default(),
            duplicates: Count::default(),
            unknown: Count::default(),
        })
    }

    /// One row.
    pub(crate) fn row(
        &mut self,
        file: &mut PatientsFile,
        record: Record<'_>,
        row: u64,
        ids: &mut Ids,
        missing: &MissingValues,
    ) {
        self.rows += 1;
        let id = plain_id(trim(record.get(file.id)));
        if missing.matches(id) {
            file.missing_id.add(row);
            return;
        }
        let id = decode(id, &mut file.foreign);
        let id = id.as_bytes();
        let key = ids.intern(id);
        let mut sample = ids.sample(key, super::ids::Link::Sample);
        if sample == MISSING {
            if !file.adds_samples {
                file.unknown.add(row);
                return;
            }
            sample = self.samples() as u32;
            ids.set_sample(key, sample);
            self.origin
                .push((file.file, row.min(u64::from(u32::MAX)) as u32));
            self.written.push(file.file);
            for column in &mut self.columns {
                column.codes.push(MISSING);
            }
        } else if self.written[sample as usize] == file.file {
            file.duplicates.add(row);
            return;
        }
        self.written[sample as usize] = file.file;
        for (field, &column) in file.columns.iter().enumerate() {
            let growing = &mut self.columns[column];
            let code = &mut growing.codes[sample as usize];
            if *code != MISSING {
                continue;
            }
            if field == file.id {
                *code = growing.levels.intern(id);
                continue;
            }
            let cell = trim(record.get(field));
            if missing.matches(cell) {
                continue;
            }
            *code = match growing.levels.get(cell) {
                Some(known) => known,
                None => growing
                    .levels
                    .intern(decode(cell, &mut file.foreign).as_bytes()),
            };
        }
    }

    /// Ends a table and says what was counted.
    pub(crate) fn end(
        &self,
        file: &PatientsFile,
        header: &Header,
        name: &str,
        warnings: &mut Vec<String>,
    ) -> bool {
        let id = shown(&header.names[file.id]);
        file.missing_id
            .report(name, &format!("without a value in {id}, skipped"), warnings);
        file.duplicates.report(
            name,
            &format!("that repeat the {id} of an earlier row, skipped; the first is kept"),
            warnings,
        );
        super::ids::unknown_rows(file.unknown, name, warnings);
        file.foreign
    }

    /// Tells the persons' identifiers which samples they have, once all tables are read.
    pub(crate) fn link_persons(&self, ids: &mut Ids) {
        let Some(group) = self.group else { return };
        let group = &self.columns[group];
        for (sample, &code) in group.codes.iter().enumerate() {
            if code != MISSING {
                let key = ids.intern(plain_id(group.levels.bytes(code)));
                ids.add_sample_of_person(key, sample as u32);
            }
        }
    }

    /// The columns with inferred kinds and roles, the identifiers and the persons.
    pub(crate) fn finish(
        self,
        options: &ImportOptions,
        warnings: &mut Vec<String>,
    ) -> Result<Samples, ImportError> {
        let file = self.files.first().cloned().unwrap_or_default();
        if self.samples() == 0 {
            return Err(ImportError::NoRows { file });
        }
        if self.samples() == 1 && self.rows > 2 {
            let column = shown(&self.columns[self.id].name);
            return Err(ImportError::AllDuplicates {
                file,
                column,
                rows: self.rows,
            });
        }
        let mut columns = Vec::with_capacity(self.columns.len());
        let mut ids = Vec::new();
        for (position, growing) in self.columns.into_iter().enumerate() {
            let mut levels = growing.levels.texts();
            let identifier = position == self.id || Some(position) == self.group;
            if self.decimal_comma && !identifier {
                points_for_commas(&mut levels);
            }
            let mut counts = vec![0; levels.len()];
            for &code in &growing.codes {
                if let Some(count) = counts.get_mut(code as usize) {
                    *count += 1;
                }
            }
            let values = Values {
                name: &growing.name,
                levels: &levels,
                counts: &counts,
            };
            let told = options.kinds.get(&growing.name).copied();
            let kind = match told {
                Some(kind) => kind,
                None if identifier => ColumnKind::Text,
                None => values.kind(),
            };
            let role = if position == self.id {
                Role::Id
            } else if Some(position) == self.group {
                Role::Group
            } else {
                match options.roles.get(&growing.name) {
                    Some(role) => *role,
                    None if growing.identifier => Role::Ignore,
                    None => values.role(kind),
                }
            };
            if kind == ColumnKind::Number && role != Role::Ignore {
                broken_numbers(
                    &growing.name,
                    &growing.codes,
                    &levels,
                    &self.origin,
                    &self.files,
                    warnings,
                );
            }
            if position == self.id {
                ids = growing
                    .codes
                    .iter()
                    .map(|&code| growing.levels.text(code))
                    .collect();
            }
            columns.push(Column {
                name: growing.name,
                role,
                kind,
                levels,
                codes: growing.codes,
            });
        }
        let persons = persons(
            self.group.map(|group| columns[group].codes.as_slice()),
            ids.len(),
        );
        Ok((ids, persons, columns))
    }
}

/// The persons of samples from the codes of their column: equal codes are one person, a missing one is a person of its own.
pub(crate) fn persons(codes: Option<&[u32]>, samples: usize) -> Vec<u32> {
    let Some(codes) = codes else {
        return (0..samples as u32).collect();
    };
    let mut number_of_code = BTreeMap::new();
    let mut next = 0;
    codes
        .iter()
        .map(|&code| {
            let mut new = || {
                next += 1;
                next - 1
            };
            match code {
                MISSING => new(),
                _ => *number_of_code.entry(code).or_insert_with(new),
            }
        })
        .collect()
}

/// Counts the cells of a number column that are no numbers.
fn broken_numbers(
    name: &str,
    codes: &[u32],
    levels: &[String],
    origin: &[(u32, u32)],
    files: &[String],
    warnings: &mut Vec<String>,
) {
    let broken: Vec<bool> = levels
        .iter()
        .map(|text| parse_number(text).is_nan())
        .collect();
    let mut count = 0;
    let mut first = None;
    for (&code, origin) in codes.iter().zip(origin) {
        if broken.get(code as usize) == Some(&true) {
            count += 1;
            first.get_or_insert(*origin);
        }
    }
    if let Some((file, row)) = first {
        let cells = if count == 1 { "cell" } else { "cells" };
        warnings.push(format!(
            "{}: {} {cells} of {} without a readable number, taken as missing (first: row {row})",
            files
                .get(file as usize)
                .map(String::as_str)
                .unwrap_or_default(),
            grouped(count),
            shown(name),
        ));
    }
}

/// Writes `36.6` for `36,6` where all values of a column are numbers that way.
fn points_for_commas(levels: &mut [String]) {
    let commas = levels.iter().any(|text| text.contains(','));
    let fits = |text: &String| {
        number::with_decimal_comma(text.as_bytes()).is_some()
            || (!text.contains('.') && number::decimal(text.as_bytes()).is_some())
    };
    if commas && levels.iter().all(fits) {
        for text in levels {
            *text = text.replace(',', ".");
        }
    }
}
