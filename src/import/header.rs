//! A table's header: loosely matched column names, the identifier, and what kind of table it heads.

use std::collections::BTreeMap;

use super::files::TableKind;
use super::records::Record;
use super::text::{decode, shown, trim};
use super::{ImportError, number};
use crate::cohort::Role;

/// Names of the sample's identifier, the finest first.
const SAMPLE: [&str; 16] = [
    "id",
    "sampleid",
    "sample",
    "stayid",
    "icustayid",
    "patientunitstayid",
    "encounterid",
    "encounter",
    "visitid",
    "hadmid",
    "admissionid",
    "recordid",
    "caseid",
    "episodeid",
    "haimid",
    "rowid",
];
/// Names of the person's identifier.
const PERSON: [&str; 17] = [
    "patient",
    "patientid",
    "subjectid",
    "subject",
    "personid",
    "person",
    "mrn",
    "pid",
    "ptid",
    "patid",
    "patno",
    "participantid",
    "participant",
    "uniquepid",
    "empi",
    "studyid",
    "pseudonym",
];
const VARIABLE: [&str; 15] = [
    "variable",
    "variablename",
    "itemid",
    "parameter",
    "param",
    "measurement",
    "feature",
    "labname",
    "vitalname",
    "analyte",
    "testname",
    "signal",
    "conceptid",
    "measurementconceptid",
    "item",
];
/// Further names of the variable in a file that is called a series.
const VARIABLE_IN_SERIES: [&str; 6] = ["name", "label", "code", "test", "concept", "type"];
const VALUE: [&str; 11] = [
    "valuenum",
    "value",
    "val",
    "valuenumeric",
    "numericvalue",
    "valueasnumber",
    "labresult",
    "result",
    "resultvalue",
    "measurementvalue",
    "reading",
];
const TEXT: [&str; 11] = [
    "text",
    "note",
    "notetext",
    "report",
    "reporttext",
    "content",
    "body",
    "freetext",
    "notes",
    "clinicalnotes",
    "impression",
];
const DIAGNOSIS: [&str; 10] = [
    "icdcode",
    "icd10code",
    "icd9code",
    "icd10",
    "icd9",
    "icd",
    "diagnosiscode",
    "dxcode",
    "conditioncode",
    "code",
];
const DIAGNOSIS_VERSION: [&str; 5] = [
    "icdversion",
    "version",
    "icdtype",
    "codeversion",
    "codesystem",
];
const FILE: [&str; 9] = [
    "file",
    "filename",
    "filepath",
    "path",
    "image",
    "imagefile",
    "imagepath",
    "imagename",
    "dicomid",
];
const SOURCE: [&str; 8] = [
    "source",
    "category",
    "notetype",
    "type",
    "modality",
    "view",
    "viewposition",
    "department",
];
const TIME: [&str; 32] = [
    "hours",
    "hour",
    "days",
    "day",
    "minutes",
    "minute",
    "seconds",
    "charttime",
    "time",
    "datetime",
    "timestamp",
    "hoursin",
    "hoursinceadmission",
    "hourssinceadmission",
    "timehours",
    "timedays",
    "timeminutes",
    "offset",
    "chartoffset",
    "observationoffset",
    "labresultoffset",
    "noteoffset",
    "storetime",
    "starttime",
    "measuredat",
    "recordedat",
    "eventtime",
    "measurementdatetime",
    "date",
    "chartdate",
    "notedate",
    "studydate",
];

/// A table's header.
#[derive(Debug, Clone, Default)]
pub(crate) struct Header {
    /// The names as written; one without a name is called by its place, a repeated one is numbered.
    pub(crate) names: Vec<String>,
    /// The names in lower case without blanks, underscores and other marks.
    plain: Vec<String>,
    /// Whether some name had to be made distinct.
    pub(crate) repeated: bool,
    /// Whether it looks like a row of values.
    looks_like_values: bool,
}

/// A name in lower case, letters and digits alone.
pub(crate) fn plain(name: &str) -> String {
    name.chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// The columns that name the sample and the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identifiers {
    /// The sample's column.
    pub(crate) id: usize,
    /// The person's column, where it is another one.
    pub(crate) group: Option<usize>,
}

impl Header {
    /// From the first record.
    pub(crate) fn new(record: Record<'_>, foreign: &mut bool) -> Self {
        let mut header = Header::default();
        let mut seen = BTreeMap::<String, usize>::new();
        let mut numbers = 0;
        for field in 0..record.len() {
            let cell = trim(record.get(field));
            numbers += usize::from(number::decimal(cell).is_some());
            let mut name = decode(cell, foreign).into_owned();
            if name.is_empty() {
                name = format!("column {}", field + 1);
            }
            while let Some(times) = seen.get_mut(&name) {
                *times += 1;
                name = format!("{name} ({times})");
                header.repeated = true;
            }
            seen.insert(name.clone(), 1);
            header.plain.push(plain(&name));
            header.names.push(name);
        }
        header.looks_like_values = numbers * 2 >= record.len().max(2);
        header
    }

    /// Number of columns.
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// The column of the first of these names that there is.
    fn find(&self, names: &[&str]) -> Option<usize> {
        names
            .iter()
            .find_map(|name| self.plain.iter().position(|known| known == name))
    }

    /// The first column whose name ends in a word `id`, as `site_id` or `siteID`.
    fn ends_in_id(&self) -> Option<usize> {
        self.names.iter().position(|name| is_identifier_name(name))
    }

    /// Whether the column is called like an identifier, chosen or not.
    pub(crate) fn is_identifier(&self, column: usize) -> bool {
        let name = self.plain[column].as_str();
        SAMPLE.contains(&name) || PERSON.contains(&name) || is_identifier_name(&self.names[column])
    }

    /// The identifiers by the user's word, else by their names.
    pub(crate) fn identifiers(
        &self,
        file: &str,
        roles: &BTreeMap<String, Role>,
    ) -> Result<Identifiers, ImportError> {
        let told = |role: Role| {
            (0..self.len()).filter(move |&column| roles.get(&self.names[column]) == Some(&role))
        };
        // A column that the user gave another role is no candidate.
        let free = |column: &usize| !roles.contains_key(&self.names[*column]);
        let mut ids = told(Role::Id);
        let id = ids.next();
        if let (Some(first), Some(second)) = (id, ids.next()) {
            return Err(ImportError::TwoIdColumns {
                file: file.to_owned(),
                first: shown(&self.names[first]),
                second: shown(&self.names[second]),
            });
        }
        let person = self.find(&PERSON).filter(free);
        let id = id
            .or_else(|| self.find(&SAMPLE).filter(free))
            .or(person)
            .or_else(|| self.ends_in_id().filter(free));
        match id {
            Some(id) => Ok(Identifiers {
                id,
                group: told(Role::Group)
                    .next()
                    .or(person)
                    .filter(|group| *group != id),
            }),
            None if self.looks_like_values => Err(ImportError::NoHeader {
                file: file.to_owned(),
            }),
            None => Err(ImportError::NoIdColumn {
                file: file.to_owned(),
                columns: self.listed(),
            }),
        }
    }

    /// The names for a message, twelve at most.
    fn listed(&self) -> String {
        let mut text = self
            .names
            .iter()
            .take(12)
            .map(|name| shown(name))
            .collect::<Vec<_>>()
            .join(", ");
        if self.len() > 12 {
            text.push_str(&format!(" and {} more", self.len() - 12));
        }
        text
    }

    /// The columns of a long series: variable and value. `named`: the file is called a series.
    pub(crate) fn long_series(&self, named: bool) -> Option<(usize, usize)> {
        let value = self.find(&VALUE)?;
        let variable = self.find(&VARIABLE).or_else(|| {
            if named {
                self.find(&VARIABLE_IN_SERIES)
            } else {
                None
            }
        })?;
        Some((variable, value))
    }

    /// The column of the notes' text.
    pub(crate) fn note_text(&self) -> Option<usize> {
        self.find(&TEXT)
    }

    /// The column of coded diagnoses.
    pub(crate) fn diagnosis_code(&self) -> Option<usize> {
        self.find(&DIAGNOSIS)
    }

    /// The column that says which classification a diagnosis' code is of.
    pub(crate) fn diagnosis_version(&self) -> Option<usize> {
        self.find(&DIAGNOSIS_VERSION)
    }

    /// The column of the images' files.
    pub(crate) fn image_file(&self) -> Option<usize> {
        self.find(&FILE)
    }

    /// The column that says where a note or image comes from.
    pub(crate) fn source(&self) -> Option<usize> {
        self.find(&SOURCE)
    }

    /// The time column and the hours of its unit.
    pub(crate) fn time(&self) -> Option<(usize, f64)> {
        let column = self.find(&TIME)?;
        Some((column, hours_per_unit(&self.plain[column])))
    }

    /// Whether the column is called like a time, used or not.
    pub(crate) fn is_time(&self, column: usize) -> bool {
        TIME.contains(&self.plain[column].as_str())
    }

    /// The kind of table: as the file is called where its columns agree, else by its columns.
    pub(crate) fn table_kind(&self, named: Option<TableKind>) -> TableKind {
        let fits = match named {
            None => false,
            Some(TableKind::Patients | TableKind::Series | TableKind::Embeddings) => true,
            Some(TableKind::Notes) => self.note_text().is_some(),
            Some(TableKind::Diagnoses) => self.diagnosis_code().is_some(),
            Some(TableKind::Images) => self.image_file().is_some(),
        };
        match named {
            Some(kind) if fits => kind,
            _ if self.long_series(false).is_some() => TableKind::Series,
            _ if self.note_text().is_some() && self.len() <= 8 => TableKind::Notes,
            _ if self.image_file().is_some() && self.len() <= 12 => TableKind::Images,
            _ if self.numbered() * 10 >= self.len() * 7 && self.numbered() >= 8 => {
                TableKind::Embeddings
            }
            _ if self.len() >= 3
                && self
                    .find(&["hours", "charttime", "minutes", "timestamp", "datetime"])
                    .is_some() =>
            {
                TableKind::Series
            }
            _ => TableKind::Patients,
        }
    }

    /// Number of columns that are a prefix with a number.
    fn numbered(&self) -> usize {
        self.names
            .iter()
            .filter(|name| numbered_prefix(name).is_some())
            .count()
    }
}

/// The hours of a time column's unit, by its plain name; numbers without a unit are hours.
fn hours_per_unit(plain: &str) -> f64 {
    if plain.contains("day") {
        24.0
    } else if plain.contains("minute") || plain.ends_with("offset") {
        1.0 / 60.0
    } else if plain.contains("second") {
        1.0 / 3600.0
    } else {
        1.0
    }
}

/// The prefix of a numbered column: `vd` of `vd_0`, `emb` of `emb12`.
pub(crate) fn numbered_prefix(name: &str) -> Option<&str> {
    let prefix = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
    if prefix.len() == name.len() {
        return None;
    }
    let prefix = prefix.trim_end_matches(['_', '-', '.', ' ']);
    (!prefix.is_empty()).then_some(prefix)
}

/// Whether a name ends in a word `id`.
fn is_identifier_name(name: &str) -> bool {
    let Some((front, end)) = name.split_at_checked(name.len().saturating_sub(2)) else {
        return false;
    };
    let Some(before) = front.chars().next_back() else {
        return false;
    };
    match end {
        "id" => !before.is_alphanumeric(),
        "Id" | "ID" => !before.is_uppercase(),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
