//! What a column of the patients table holds and what it is for, from its name and its values (ours).

use std::collections::BTreeSet;

use super::header::plain;
use super::time::{self, Time};
use crate::cohort::{ColumnKind, Role, parse_number};

/// Pairs of values that mean no and yes, in lower case.
const NO_YES: [[&str; 2]; 11] = [
    ["0", "1"],
    ["n", "y"],
    ["no", "yes"],
    ["f", "t"],
    ["false", "true"],
    ["negative", "positive"],
    ["neg", "pos"],
    ["absent", "present"],
    ["n", "j"],
    ["nein", "ja"],
    ["0.0", "1.0"],
];

/// Words of names that are quantities even where they take few whole values.
const QUANTITIES: [&str; 18] = [
    "age", "number", "count", "num", "score", "sofa", "saps", "apache", "gcs", "days", "hours",
    "length", "los", "duration", "years", "weeks", "months", "visits",
];
/// Words of names that are codes even where few rows show it.
const CODES: [&str; 12] = [
    "type",
    "code",
    "class",
    "category",
    "group",
    "unit",
    "ward",
    "stage",
    "race",
    "ethnicity",
    "sex",
    "gender",
];
/// Parts of names that are outcomes or are known only afterwards.
const LABEL_PARTS: [&str; 18] = [
    "mortality",
    "death",
    "deceas",
    "died",
    "surviv",
    "outcome",
    "diagnos",
    "readmi",
    "lengthofstay",
    "intubat",
    "wenticu",
    "icuadmi",
    "icutype",
    "finding",
    "prognos",
    "expire",
    "phenotype",
    "groundtruth",
];
/// Words of names that are labels.
const LABEL_WORDS: [&str; 8] = [
    "label",
    "labels",
    "target",
    "targets",
    "los",
    "dead",
    "discharge",
    "needed",
];
/// First words of names that are labels.
const LABEL_FIRST: [&str; 5] = ["y", "dx", "diag", "task", "class"];
/// Whole names that are labels.
const LABEL_NAMES: [&str; 6] = ["y", "status", "event", "alive", "view", "class"];
/// Severity scores, which are computed from the rest.
const SCORES: [&str; 3] = ["sofa", "saps", "apache"];
/// Words that say that a thing was known before.
const BEFORE: [&str; 6] = ["history", "prior", "previous", "baseline", "family", "past"];

/// The lower-case words of a name: `LengthOfStay` and `length_of_stay` alike.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower_before = false;
    for letter in name.chars() {
        if !letter.is_alphanumeric() || (lower_before && letter.is_uppercase()) {
            words.push(String::new());
        }
        if letter.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(letter.to_lowercase());
        }
        lower_before = letter.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A column as it is inferred.
pub(crate) struct Values<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// Its distinct texts.
    pub(crate) levels: &'a [String],
    /// How often each occurs.
    pub(crate) counts: &'a [u64],
}

impl Values<'_> {
    fn cells(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// What the column holds.
    pub(crate) fn kind(&self) -> ColumnKind {
        let words = words(self.name);
        let named = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
        if self.is_yes_no() && !named(&["sex", "gender"]) {
            return ColumnKind::YesNo;
        }
        let numbers: Vec<f64> = self.levels.iter().map(|text| parse_number(text)).collect();
        let numeric: u64 = numbers
            .iter()
            .zip(self.counts)
            .filter(|(number, _)| !number.is_nan())
            .map(|(_, count)| count)
            .sum();
        if numeric > 0 && numeric * 10 >= self.cells() * 9 {
            let distinct = numbers.len();
            let whole = numbers.iter().all(|number| number.fract() == 0.0);
            let low = numbers.iter().copied().fold(f64::INFINITY, f64::min);
            let high = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let dense = low >= -1.0 && high <= 20.0 && high - low <= distinct as f64 + 2.0;
            let repeated = self.cells() >= 3 * distinct as u64;
            let codes =
                whole && (2..=10).contains(&distinct) && dense && (repeated || named(&CODES));
            return if codes && !named(&QUANTITIES) && !starts_with_score(self.name) {
                ColumnKind::Category
            } else {
                ColumnKind::Number
            };
        }
        let distinct = self.levels.len() as u64;
        let short = self.levels.iter().all(|text| text.len() <= 80);
        let few = distinct <= 2
            || (distinct <= 20 && distinct * 5 <= self.cells() * 4)
            || (distinct <= 100 && distinct * 5 <= self.cells());
        if short && few && !self.levels.iter().all(|text| is_moment(text)) {
            ColumnKind::Category
        } else {
            ColumnKind::Text
        }
    }

    fn is_yes_no(&self) -> bool {
        if self.levels.is_empty() || self.levels.len() > 2 {
            return false;
        }
        let lower: BTreeSet<String> = self.levels.iter().map(|text| text.to_lowercase()).collect();
        lower.len() == self.levels.len()
            && NO_YES
                .iter()
                .any(|pair| lower.iter().all(|text| pair.contains(&text.as_str())))
    }

    /// What the column is for, unless it is an identifier.
    pub(crate) fn role(&self, kind: ColumnKind) -> Role {
        if self.levels.len() < 2 || kind == ColumnKind::Text {
            Role::Ignore
        } else if is_label(self.name) {
            Role::Label
        } else {
            Role::Input
        }
    }
}

fn is_moment(text: &str) -> bool {
    matches!(time::parse(text.as_bytes(), 1.0), Time::Moment(_))
}

fn starts_with_score(name: &str) -> bool {
    let plain = plain(name);
    SCORES.iter().any(|score| plain.starts_with(score))
}

/// Whether a column's name is an outcome's.
fn is_label(name: &str) -> bool {
    let plain = plain(name);
    let words = words(name);
    let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
    if has(&BEFORE) {
        return false;
    }
    LABEL_PARTS.iter().any(|part| plain.contains(part))
        || has(&LABEL_WORDS)
        || words
            .first()
            .is_some_and(|first| LABEL_FIRST.contains(&first.as_str()))
        || LABEL_NAMES.contains(&plain.as_str())
        || starts_with_score(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(name: &str, cells: &[(&str, u64)]) -> (ColumnKind, Role) {
        let levels: Vec<String> = cells.iter().map(|(text, _)| (*text).to_owned()).collect();
        let counts: Vec<u64> = cells.iter().map(|(_, count)| *count).collect();
        let values = Values {
            name,
            levels: &levels,
            counts: &counts,
        };
        let kind = values.kind();
        (kind, values.role(kind))
    }

    #[test]
    fn kinds() {
        use ColumnKind::*;
        use Role::*;
        assert_eq!(
            kind("icu_type", &[("4", 10), ("3", 20), ("2", 8), ("1", 5)]),
            (Category, Label)
        );
        assert_eq!(kind("died", &[("0", 10), ("1", 2)]), (YesNo, Label));
        assert_eq!(kind("smoker", &[("Y", 10), ("n", 2)]), (YesNo, Input));
        assert_eq!(kind("gender", &[("0", 10), ("1", 2)]), (Category, Input));
        assert_eq!(kind("sex", &[("F", 10), ("M", 2)]), (Category, Input));
        assert_eq!(
            kind("age", &[("60", 10), ("61", 20), ("62", 9)]),
            (Number, Input)
        );
        assert_eq!(kind("saps_i", &[("1", 10), ("2", 20)]), (Number, Label));
        assert_eq!(
            kind("leukocytes", &[("7", 1), ("2.85", 1)]),
            (Number, Input)
        );
        assert_eq!(
            kind("lactate", &[("1.1", 50), ("2", 9), ("high", 3)]),
            (Number, Input)
        );
        assert_eq!(
            kind("hospital", &[("north", 9), ("south", 4), ("east", 3)]),
            (Category, Input)
        );
        assert_eq!(
            kind(
                "comment",
                &[
                    ("a long story", 1),
                    ("another", 1),
                    ("third", 1),
                    ("x", 1),
                    ("z", 1)
                ]
            ),
            (Text, Ignore)
        );
        assert_eq!(
            kind("admitted", &[("2020-01-01", 9), ("2020-01-02", 9)]),
            (Text, Ignore)
        );
        assert_eq!(kind("constant", &[("3", 50)]), (Number, Ignore));
        assert_eq!(kind("empty", &[]).1, Ignore);
        assert_eq!(kind("flag", &[("Y", 3), ("y", 3)]).0, Category);
    }

    #[test]
    fn names_of_outcomes() {
        for name in [
            "In-hospital_death",
            "hospital_expire_flag",
            "mortality_30d",
            "LengthOfStay",
            "los",
            "label_sepsis",
            "y_pneumonia",
            "TARGET",
            "needed_oxygen",
            "view",
            "Survival",
            "readmitted",
            "sofa",
            "SAPS-II",
            "discharge_location",
            "icuType",
        ] {
            assert!(is_label(name), "{name}");
        }
        for name in [
            "age",
            "family_history_of_death",
            "prior_intubation",
            "preview",
            "weight",
            "classic",
            "event_count",
            "glossary",
            "years_smoked",
        ] {
            assert!(!is_label(name), "{name}");
        }
    }
}
