//! The catalogue of tasks: forty diagnoses in sixteen departments with the ICD codes that define them, three operation forecasts and one
//! phenotype. The paper's own list is not public; this one is ours (`catalogue.json` names the source of each group of codes).

use std::sync::LazyLock;

use serde::Deserialize;

use super::{Task, TaskKind};

/// Fewest cases that a diagnosis needs to be learned from and judged at all (ours).
pub const LEAST_CASES: usize = 5;
/// Fewer cases than this leave wide intervals (ours).
pub const FEW_CASES: usize = 30;

/// All tasks of the catalogue.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Catalogue {
    /// Diagnoses, department by department.
    pub diagnoses: Vec<Diagnosis>,
    /// Operation forecasts.
    pub operations: Vec<Operation>,
    /// The phenotype.
    pub phenotype: Option<Phenotype>,
}

/// A diagnosis and the codes that define it.
#[derive(Debug, Clone, Deserialize)]
pub struct Diagnosis {
    /// Its name.
    pub name: String,
    /// The column of the patients table that its label stands in.
    pub column: String,
    /// Its department.
    pub department: String,
    /// Codes of ICD-10-CM.
    pub icd10: CodeGroup,
    /// Codes of ICD-9-CM.
    pub icd9: CodeGroup,
}

/// Codes of one classification.
#[derive(Debug, Clone, Deserialize)]
pub struct CodeGroup {
    /// Prefixes without dots, or ranges of prefixes of equal length such as `J12-J18`.
    pub codes: Vec<String>,
    /// Where the group comes from, in a sentence.
    pub source: String,
}

/// An operation forecast.
#[derive(Debug, Clone, Deserialize)]
pub struct Operation {
    /// Its name.
    pub name: String,
    /// The column of the patients table that its label stands in.
    pub column: String,
    /// Its department.
    pub department: String,
    /// Its kind.
    pub kind: TaskKind,
    /// The unit of a quantity.
    #[serde(default)]
    pub unit: Option<String>,
    /// What the label means, in a sentence.
    pub meaning: String,
}

/// A grouping without labels.
#[derive(Debug, Clone, Deserialize)]
pub struct Phenotype {
    /// Its name.
    pub name: String,
    /// Its department.
    pub department: String,
    /// What the groups mean, in a sentence.
    pub meaning: String,
}

/// A classification of diseases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Classification {
    /// ICD-9-CM.
    Icd9,
    /// ICD-10-CM.
    Icd10,
}

/// The catalogue. A test holds that the file is read and whole.
pub static CATALOGUE: LazyLock<Catalogue> =
    LazyLock::new(|| serde_json::from_str(include_str!("catalogue.json")).unwrap_or_default());

impl Diagnosis {
    /// Whether a code, as [`plain_code`] writes it, is one of its codes.
    pub fn has(&self, classification: Classification, code: &str) -> bool {
        let group = match classification {
            Classification::Icd9 => &self.icd9,
            Classification::Icd10 => &self.icd10,
        };
        group.codes.iter().any(|entry| {
            let (low, high) = entry.split_once('-').unwrap_or((entry, entry));
            let start = code.get(..low.len());
            start.is_some_and(|start| low <= start && start <= high)
        })
    }

    /// The task that learns it from a column of yes and no.
    pub fn task(&self) -> Task {
        Task {
            column: Some(self.column.clone()),
            department: Some(self.department.clone()),
            ..Task::new(TaskKind::Binary, &self.name)
        }
    }
}

impl Operation {
    /// The task that learns it from its column.
    pub fn task(&self) -> Task {
        Task {
            column: Some(self.column.clone()),
            department: Some(self.department.clone()),
            unit: self.unit.clone(),
            ..Task::new(self.kind, &self.name)
        }
    }
}

impl Phenotype {
    /// The task that looks for a number of groups.
    pub fn task(&self, clusters: usize) -> Task {
        Task {
            department: Some(self.department.clone()),
            clusters: Some(clusters),
            ..Task::new(TaskKind::Clustering, &self.name)
        }
    }
}

/// A code in capitals without dots and blanks. An ICD-9-CM code of digits that is written with a dot has its leading zeros again
/// (`38.9` becomes `0389`), which spreadsheets take away.
pub fn plain_code(classification: Classification, written: &str) -> String {
    let written = written.trim();
    let (category, rest) = written.split_once('.').unwrap_or((written, ""));
    let is_number = !category.is_empty() && category.bytes().all(|byte| byte.is_ascii_digit());
    let mut code = String::with_capacity(written.len() + 2);
    if classification == Classification::Icd9 && is_number && written.contains('.') {
        code.extend(std::iter::repeat_n(
            '0',
            3usize.saturating_sub(category.len()),
        ));
    }
    let letters = category.chars().chain(rest.chars());
    code.extend(
        letters
            .filter(char::is_ascii_alphanumeric)
            .map(|letter| letter.to_ascii_uppercase()),
    );
    code
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::collections::BTreeSet;

    use super::Classification::{Icd9, Icd10};
    use super::*;

    #[test]
    fn the_file_has_forty_diagnoses_in_sixteen_departments_with_codes_and_sources() {
        let read: Catalogue = serde_json::from_str(include_str!("catalogue.json")).unwrap();
        assert_eq!(read.diagnoses.len(), 40);
        assert_eq!(read.operations.len(), 3);
        assert!(read.phenotype.is_some());
        let departments: BTreeSet<&str> = (read.diagnoses.iter())
            .map(|diagnosis| diagnosis.department.as_str())
            .collect();
        assert_eq!(departments.len(), 16);
        let mut columns = BTreeSet::new();
        for diagnosis in &read.diagnoses {
            assert!(columns.insert(&diagnosis.column), "{}", diagnosis.column);
            for (group, letters) in [
                (&diagnosis.icd10, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
                (&diagnosis.icd9, "0123456789EV"),
            ] {
                assert!(!group.codes.is_empty(), "{}", diagnosis.name);
                assert!(group.source.len() > 20, "{}", diagnosis.name);
                let unique: BTreeSet<&String> = group.codes.iter().collect();
                assert_eq!(unique.len(), group.codes.len(), "{}", diagnosis.name);
                for entry in &group.codes {
                    let ends: Vec<&str> = entry.split('-').collect();
                    assert!(
                        ends.len() <= 2 && ends[0] <= *ends.last().unwrap(),
                        "{entry}"
                    );
                    for end in &ends {
                        assert_eq!(end.len(), ends[0].len(), "{entry}");
                        assert!((3..=7).contains(&end.len()), "{entry}");
                        assert!(end.starts_with(|first| letters.contains(first)), "{entry}");
                        assert!(
                            end.bytes()
                                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn codes_find_their_diagnoses() {
        let found = |classification, written: &str| -> Vec<&str> {
            let code = plain_code(classification, written);
            let all = CATALOGUE.diagnoses.iter();
            all.filter(|diagnosis| diagnosis.has(classification, &code))
                .map(|diagnosis| diagnosis.name.as_str())
                .collect()
        };
        assert_eq!(found(Icd10, "J18.9"), ["Pneumonia"]);
        assert_eq!(found(Icd10, "j189"), ["Pneumonia"]);
        assert_eq!(found(Icd9, "486"), ["Pneumonia"]);
        assert_eq!(found(Icd9, "4280"), ["Heart failure"]);
        assert_eq!(found(Icd9, "038.9"), ["Sepsis"]);
        assert_eq!(found(Icd9, "38.9"), ["Sepsis"]);
        assert_eq!(
            found(Icd10, "N17.0"),
            ["Acute kidney injury", "Acute tubular necrosis"]
        );
        assert_eq!(found(Icd10, "R65.21"), ["Sepsis", "Septic shock"]);
        assert_eq!(found(Icd10, "E11.10"), ["Diabetes", "Ketoacidosis"]);
        // Cut short, of another classification, or of no diagnosis here.
        assert!(found(Icd10, "J1").is_empty());
        assert!(found(Icd9, "J189").is_empty());
        assert!(found(Icd10, "Z00.00").is_empty());
        assert!(found(Icd10, "Č18.9é").is_empty());
    }
}
