//! Diagnosis tables: coded diagnoses become the labels of the catalogue.

use std::collections::HashMap;

use super::cell::{count_nobody, report_nobody};
use super::header::Header;
use super::ids::{AMBIGUOUS, Ids, Link, Linker};
use super::records::Record;
use super::text::{Count, MissingValues, decode, grouped, trim};
use crate::cohort::{Column, ColumnKind, MISSING, Role};
use crate::session::protocol::ImportOptions;
use crate::study::catalogue::{CATALOGUE, Classification, plain_code};

/// The diagnoses of one row, one bit each in the catalogue's order.
type Found = u64;

/// A row before its sample is known.
#[derive(Debug)]
struct Waiting {
    key: u32,
    file: u32,
    row: u64,
    found: Found,
}

/// All diagnosis tables.
#[derive(Debug, Default)]
pub(crate) struct DiagnosisTables {
    rows: Vec<Waiting>,
    files: Vec<(String, Link)>,
    /// What a code of ICD-9-CM, and of ICD-10-CM, means: codes come again and again.
    known: [HashMap<Vec<u8>, Found>; 2],
}

/// Where a table says which classification a code is of.
#[derive(Debug, Clone, Copy)]
enum Version {
    /// In a column.
    Column(usize),
    /// All codes are of one.
    All(Classification),
    /// Nowhere: codes that begin with a letter are ICD-10-CM.
    Unsaid,
}

/// One diagnosis table while it is read.
#[derive(Debug)]
pub(crate) struct DiagnosisFile {
    linker: Linker,
    code: usize,
    version: Version,
    foreign: bool,
    no_code: Count,
    other_version: Count,
}

impl DiagnosisTables {
    /// Whether any row was read.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Begins a table whose codes stand in the column `code`.
    pub(crate) fn begin(header: &Header, linker: Linker, code: usize) -> DiagnosisFile {
        let version = match (
            header.diagnosis_version(),
            header.names[code].contains("10"),
        ) {
            (Some(column), _) => Version::Column(column),
            (None, true) => Version::All(Classification::Icd10),
            (None, false) if header.names[code].contains('9') => Version::All(Classification::Icd9),
            (None, false) => Version::Unsaid,
        };
        DiagnosisFile {
            linker,
            code,
            version,
            foreign: false,
            no_code: Count::default(),
            other_version: Count::default(),
        }
    }

    /// One row.
    pub(crate) fn row(
        &mut self,
        file: &mut DiagnosisFile,
        record: Record<'_>,
        row: u64,
        ids: &mut Ids,
        missing: &MissingValues,
    ) {
        let Some(key) = file.linker.key(record, row, ids, missing) else {
            return;
        };
        let code = trim(record.get(file.code));
        if missing.matches(code) {
            file.no_code.add(row);
            return;
        }
        let classification = match file.version {
            Version::All(classification) => Some(classification),
            Version::Unsaid if code.first().is_some_and(u8::is_ascii_digit) => {
                Some(Classification::Icd9)
            }
            Version::Unsaid => Some(Classification::Icd10),
            Version::Column(column) => classification(trim(record.get(column))),
        };
        let Some(classification) = classification else {
            file.other_version.add(row);
            return;
        };
        let known = &mut self.known[classification as usize];
        let found = match known.get(code) {
            Some(&found) => found,
            None => {
                let written = decode(code, &mut file.foreign);
                let found = meaning(classification, &written);
                known.insert(code.to_vec(), found);
                found
            }
        };
        self.rows.push(Waiting {
            key,
            file: self.files.len() as u32,
            row,
            found,
        });
    }

    /// Ends a table and says what was counted. Returns whether some text was not UTF-8.
    pub(crate) fn end(
        &mut self,
        file: &DiagnosisFile,
        header: &Header,
        name: &str,
        warnings: &mut Vec<String>,
    ) -> bool {
        file.linker.report(name, header, warnings);
        file.no_code
            .report(name, "without a code, skipped", warnings);
        file.other_version.report(
            name,
            "with an ICD version other than 9 and 10, skipped",
            warnings,
        );
        if matches!(file.version, Version::Unsaid) {
            warnings.push(format!(
                "{name} has no column icd_version: codes that begin with a letter were read as ICD-10-CM, the others as ICD-9-CM"
            ));
        }
        self.files.push((name.to_owned(), file.linker.link));
        file.foreign || file.linker.is_foreign()
    }

    /// One label column for each diagnosis of the catalogue, "yes" where a sample has one of its codes, "no" where it has other codes
    /// only, missing where it has none at all (ours). Columns that the patients table has stay as they are.
    pub(crate) fn finish(
        self,
        samples: usize,
        ids: &Ids,
        columns: &mut Vec<Column>,
        options: &ImportOptions,
        warnings: &mut Vec<String>,
    ) {
        if self.files.is_empty() {
            return;
        }
        let mut nobody = vec![(Count::default(), Count::default()); self.files.len()];
        let mut coded: Vec<Option<Found>> = vec![None; samples];
        let mut codes = 0;
        for waiting in &self.rows {
            let place = waiting.file as usize;
            let link = self.files.get(place).map_or(Link::Sample, |file| file.1);
            let sample = ids.sample(waiting.key, link);
            if sample >= AMBIGUOUS {
                if let Some((unknown, ambiguous)) = nobody.get_mut(place) {
                    count_nobody(sample, waiting.row, unknown, ambiguous);
                }
                continue;
            }
            if let Some(found) = coded.get_mut(sample as usize) {
                *found.get_or_insert(0) |= waiting.found;
                codes += 1;
            }
        }
        for ((unknown, ambiguous), (name, _)) in nobody.into_iter().zip(&self.files) {
            report_nobody(unknown, ambiguous, name, warnings);
        }
        let with_codes = coded.iter().flatten().count();
        if with_codes == 0 {
            return;
        }
        let mut taken = vec![];
        for (place, diagnosis) in CATALOGUE.diagnoses.iter().enumerate() {
            if columns.iter().any(|column| column.name == diagnosis.column) {
                taken.push(diagnosis.column.as_str());
                continue;
            }
            let label = |found: &Option<Found>| match found {
                None => MISSING,
                Some(found) => (found >> place & 1) as u32,
            };
            columns.push(Column {
                name: diagnosis.column.clone(),
                role: (options.roles.get(&diagnosis.column).copied()).unwrap_or(Role::Label),
                kind: ColumnKind::YesNo,
                levels: vec!["no".to_owned(), "yes".to_owned()],
                codes: coded.iter().map(label).collect(),
            });
        }
        let names: Vec<&str> = self.files.iter().map(|(name, _)| name.as_str()).collect();
        let names = names.join(", ");
        warnings.push(format!(
            "{names}: labels of {} diagnoses of the catalogue were made from {} codes of {} samples",
            CATALOGUE.diagnoses.len() - taken.len(),
            grouped(codes),
            grouped(with_codes as u64)
        ));
        if with_codes < samples {
            warnings.push(format!(
                "{names}: samples without any code, which have no label: {}",
                grouped((samples - with_codes) as u64)
            ));
        }
        if !taken.is_empty() {
            warnings.push(format!(
                "The patients table has columns called {} already; they were kept, and no label was made from codes",
                taken.join(", ")
            ));
        }
    }
}

/// The diagnoses that a code is of.
fn meaning(classification: Classification, written: &str) -> Found {
    let code = plain_code(classification, written);
    let all = CATALOGUE.diagnoses.iter().enumerate();
    all.filter(|(_, diagnosis)| diagnosis.has(classification, &code))
        .fold(0, |found, (place, _)| found | 1 << place)
}

/// The classification that a cell names: `9`, `10`, `ICD-10-CM`.
fn classification(cell: &[u8]) -> Option<Classification> {
    let digits: Vec<u8> = cell.iter().copied().filter(u8::is_ascii_digit).collect();
    match digits.as_slice() {
        // `9.0` and `10.0`, as spreadsheets write them.
        b"9" | b"90" | b"09" => Some(Classification::Icd9),
        b"10" | b"100" => Some(Classification::Icd10),
        _ => None,
    }
}
