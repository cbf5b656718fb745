//! From a column's name to a task's: words, acronyms, units.

/// Names that hospitals give to the same outcome, and how the proposal calls it.
const PHRASES: [(&str, &str); 13] = [
    ("in hospital death", "Death in hospital"),
    ("in hospital mortality", "Death in hospital"),
    ("hospital death", "Death in hospital"),
    ("hospital mortality", "Death in hospital"),
    ("hospital expire flag", "Death in hospital"),
    ("icu death", "Death in ICU"),
    ("icu mortality", "Death in ICU"),
    ("icu type", "Unit"),
    ("unit type", "Unit"),
    ("first careunit", "Unit"),
    ("los", "Length of stay"),
    ("los icu", "Length of stay in ICU"),
    ("icu los", "Length of stay in ICU"),
];

/// Words that are not written in small letters.
const ACRONYMS: [&str; 61] = [
    "ICU", "PICU", "NICU", "ED", "ER", "SOFA", "qSOFA", "SAPS", "APACHE", "OASIS", "LODS", "MODS",
    "MEWS", "NEWS", "PELOD", "PRISM", "GCS", "NIHSS", "MELD", "NYHA", "ASA", "BMI", "ECG", "EKG",
    "EEG", "CT", "MRI", "CXR", "COPD", "ARDS", "AKI", "CKD", "CHF", "CAD", "CABG", "PCI", "STEMI",
    "DVT", "VTE", "UTI", "HIV", "TB", "MRSA", "COVID", "ECMO", "CPR", "DNR", "CRP", "WBC", "INR",
    "BNP", "eGFR", "HbA1c", "SpO2", "PaO2", "FiO2", "PaCO2", "II", "III", "IV", "ICD",
];

/// Units that may stand at the end of a column's name, and how they are written.
const UNITS: [(&str, &str); 17] = [
    ("day", "days"),
    ("days", "days"),
    ("hour", "hours"),
    ("hours", "hours"),
    ("hrs", "hours"),
    ("minutes", "minutes"),
    ("mins", "minutes"),
    ("weeks", "weeks"),
    ("months", "months"),
    ("year", "years"),
    ("years", "years"),
    ("yrs", "years"),
    ("pct", "%"),
    ("percent", "%"),
    ("kg", "kg"),
    ("cm", "cm"),
    ("mmhg", "mmHg"),
];

/// Scores of how ill a patient is: of several, all measure the same state.
const SEVERITY_SCORES: [&str; 15] = [
    "sofa", "qsofa", "saps", "saps2", "saps3", "apache", "oasis", "lods", "mods", "mews", "news",
    "news2", "pelod", "pelod2", "prism",
];

/// Words that say that a column's numbers are codes of something, not quantities.
const NOMINAL: [&str; 14] = [
    "type",
    "unit",
    "careunit",
    "class",
    "category",
    "group",
    "code",
    "department",
    "service",
    "ward",
    "finding",
    "diagnosis",
    "cause",
    "disposition",
];

/// The words of a column's name: divided at blanks, underscores, dots, slashes and where a small letter meets a capital. Words in
/// capitals stay so if the name has small letters elsewhere.
fn words(column: &str) -> Vec<String> {
    let shouted = !column.chars().any(char::is_lowercase);
    let mut words = vec![String::new()];
    let mut after_small = false;
    for letter in column.chars() {
        let divides = matches!(letter, '_' | '.' | '/') || letter.is_whitespace();
        if divides || (after_small && letter.is_uppercase()) {
            words.push(String::new());
        }
        after_small = letter.is_lowercase();
        if let (false, Some(word)) = (divides, words.last_mut()) {
            word.push(letter);
        }
    }
    words.retain(|word| !word.is_empty());
    for word in &mut words {
        let capitals = word.chars().filter(|letter| letter.is_uppercase()).count();
        if shouted || capitals < 2 {
            *word = word.to_lowercase();
        }
    }
    words
}

/// The words of a column's name in small letters.
pub(super) fn plain_words(column: &str) -> Vec<String> {
    words(column)
        .iter()
        .map(|word| word.to_lowercase())
        .collect()
}

/// A task's name from its column's: `length_of_stay` becomes “Length of stay”, `saps_ii` “SAPS II”, `los_days` “Length of stay”.
pub(super) fn title(column: &str) -> String {
    let mut words = words(column);
    if words.len() > 1 && unit_word(words.last()).is_some() {
        words.pop();
    }
    let plain = words.join(" ").to_lowercase();
    if let Some((_, name)) = PHRASES.iter().find(|(phrase, _)| *phrase == plain) {
        return (*name).to_owned();
    }
    let mut title = String::new();
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            title.push(' ');
        }
        let acronym = ACRONYMS
            .iter()
            .find(|acronym| acronym.eq_ignore_ascii_case(word));
        match acronym {
            Some(acronym) => title.push_str(acronym),
            // A Roman one, as in SAPS I.
            None if index > 0 && word == "i" => title.push('I'),
            None if index == 0 => {
                let mut letters = word.chars();
                title.extend(letters.next().into_iter().flat_map(char::to_uppercase));
                title.push_str(letters.as_str());
            }
            None => title.push_str(word),
        }
    }
    if title.is_empty() {
        column.to_owned()
    } else {
        title
    }
}

fn unit_word(word: Option<&String>) -> Option<&'static str> {
    let word = word?;
    UNITS
        .iter()
        .find(|(written, _)| written.eq_ignore_ascii_case(word))
        .map(|&(_, unit)| unit)
}

/// The unit of a quantity, as far as its column's name tells: its last word, days for a length of stay, years for an age,
/// per cent for a saturation, points for a score.
pub(super) fn unit(column: &str) -> Option<&'static str> {
    let words = plain_words(column);
    if let Some(unit) = unit_word(words.last()) {
        return Some(unit);
    }
    let has = |wanted: &str| words.iter().any(|word| word == wanted);
    if has("los") || has("stay") {
        Some("days")
    } else if has("age") {
        Some("years")
    } else if has("saturation") || has("spo2") || has("sao2") {
        Some("%")
    } else if has("score") || is_severity_score(column) {
        Some("points")
    } else {
        None
    }
}

/// Whether a column is a score of how ill a patient is.
pub(super) fn is_severity_score(column: &str) -> bool {
    plain_words(column)
        .iter()
        .any(|word| SEVERITY_SCORES.contains(&word.as_str()))
}

/// Whether a column's name says that its numbers are codes.
pub(super) fn is_nominal(column: &str) -> bool {
    plain_words(column)
        .last()
        .is_some_and(|word| NOMINAL.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_read_like_a_clinicians() {
        for (column, expected) in [
            ("in_hospital_death", "Death in hospital"),
            ("HOSPITAL_EXPIRE_FLAG", "Death in hospital"),
            ("icu_type", "Unit"),
            ("length_of_stay", "Length of stay"),
            ("lengthOfStay", "Length of stay"),
            ("los_days", "Length of stay"),
            ("sofa", "SOFA"),
            ("saps_i", "SAPS I"),
            ("SAPS_II", "SAPS II"),
            ("went_icu", "Went ICU"),
            ("needed_oxygen", "Needed oxygen"),
            ("oxygen_saturation", "Oxygen saturation"),
            ("days", "Days"),
            ("NYHA_class", "NYHA class"),
            ("TIPS done", "TIPS done"),
            ("übelkeit", "Übelkeit"),
            ("__", "__"),
        ] {
            assert_eq!(title(column), expected, "{column}");
        }
    }

    #[test]
    fn units_come_from_the_name_or_not_at_all() {
        for (column, expected) in [
            ("length_of_stay", Some("days")),
            ("los_hours", Some("hours")),
            ("LOS", Some("days")),
            ("age", Some("years")),
            ("sofa", Some("points")),
            ("oxygen_saturation", Some("%")),
            ("lactate", None),
            ("stage", None),
        ] {
            assert_eq!(unit(column), expected, "{column}");
        }
    }

    #[test]
    fn scores_and_codes_are_told_by_whole_words() {
        assert!(is_severity_score("max_SOFA_24h") && is_severity_score("saps_i"));
        assert!(!is_severity_score("newsletter") && !is_severity_score("length_of_stay"));
        assert!(is_nominal("icu_type") && is_nominal("admission code"));
        assert!(!is_nominal("type_2_glucose") && !is_nominal("sofa"));
    }
}
