//! Bytes of a cell to text: blanks, encodings, missing values; numbers and names in messages.

use std::borrow::Cow;

use super::number;

/// The bytes without surrounding ASCII blanks.
pub(crate) fn trim(bytes: &[u8]) -> &[u8] {
    bytes.trim_ascii()
}

/// Characters of the bytes 0x80 to 0x9F in Windows-1252; the bytes from 0xA0 on are Latin-1.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The bytes as text. Bytes that are not UTF-8 are read as Latin-1 (Windows-1252, as browsers do),
/// and `foreign` is set.
pub(crate) fn decode<'a>(bytes: &'a [u8], foreign: &mut bool) -> Cow<'a, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => {
            *foreign = true;
            Cow::Owned(
                bytes
                    .iter()
                    .map(|&byte| match byte {
                        0x80..=0x9f => WINDOWS_1252[(byte - 0x80) as usize],
                        _ => char::from(byte),
                    })
                    .collect(),
            )
        }
    }
}

/// What counts as a missing cell: empty, `NA`, `NaN`, `null`, `?` in any case, and what the user added.
#[derive(Debug, Clone, Default)]
pub(crate) struct MissingValues {
    added: Vec<(Vec<u8>, Option<f64>)>,
}

impl MissingValues {
    /// With the user's own texts; a number matches however it is written (`-1`, `-1.0`).
    pub(crate) fn new(added: &[String]) -> Self {
        let added = added
            .iter()
            .map(|text| trim(text.as_bytes()))
            .filter(|text| !text.is_empty())
            .map(|text| (text.to_vec(), number::decimal(text)))
            .collect();
        Self { added }
    }

    /// Whether the trimmed cell is missing.
    pub(crate) fn matches(&self, cell: &[u8]) -> bool {
        match cell {
            b"" | b"?" => true,
            _ if cell.len() <= 4
                && (cell.eq_ignore_ascii_case(b"na")
                    || cell.eq_ignore_ascii_case(b"nan")
                    || cell.eq_ignore_ascii_case(b"null")) =>
            {
                true
            }
            _ => self.matches_added(cell),
        }
    }

    /// Whether the trimmed cell is one of the user's own missing values.
    pub(crate) fn matches_added(&self, cell: &[u8]) -> bool {
        !self.added.is_empty()
            && self.added.iter().any(|(text, number)| {
                cell.eq_ignore_ascii_case(text)
                    || number.is_some_and(|number| number::decimal(cell) == Some(number))
            })
    }
}

/// A count with its thousands set apart: `2,403`.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A name from a file as it may stand in a message: no control characters, 40 characters at most.
pub(crate) fn shown(name: &str) -> String {
    let mut text: String = name
        .chars()
        .filter(|letter| !letter.is_control())
        .take(40)
        .collect();
    if name.chars().nth(40).is_some() {
        text.push('…');
    }
    text
}

/// Something that happened to some rows of a file.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Count {
    /// How often.
    pub(crate) count: u64,
    /// The first row it happened to; the header is row 1.
    pub(crate) first: u64,
}

impl Count {
    /// Once more, in this row.
    pub(crate) fn add(&mut self, row: u64) {
        if self.count == 0 {
            self.first = row;
        }
        self.count += 1;
    }

    /// Says it, if it happened at all: `series.csv: 2,403 rows without a variable, skipped (first: row 17)`.
    pub(crate) fn report(&self, file: &str, what: &str, warnings: &mut Vec<String>) {
        if self.count > 0 {
            let rows = if self.count == 1 { "row" } else { "rows" };
            warnings.push(format!(
                "{file}: {} {rows} {what} (first: row {})",
                grouped(self.count),
                self.first
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_bytes_become_latin_one() {
        let mut foreign = false;
        assert_eq!(decode("Größe".as_bytes(), &mut foreign), "Größe");
        assert!(!foreign);
        assert_eq!(decode(b"Gr\xf6\xdfe \x80", &mut foreign), "Größe €");
        assert!(foreign);
    }

    #[test]
    fn missing_values_are_those_of_the_specification() {
        let missing = MissingValues::default();
        for cell in ["", "NA", "na", "NaN", "nan", "NULL", "null", "?"] {
            assert!(missing.matches(cell.as_bytes()), "{cell}");
        }
        for cell in ["-1", "0", "none", "n", "nab", "unknown"] {
            assert!(!missing.matches(cell.as_bytes()), "{cell}");
        }
        let missing = MissingValues::new(&["-1".into(), "Unknown".into(), "  ".into()]);
        for cell in ["-1", "-1.0", "unknown", ""] {
            assert!(missing.matches(cell.as_bytes()), "{cell}");
        }
        assert!(!missing.matches(b"1"));
    }

    #[test]
    fn messages_group_thousands_and_shorten_names() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(403), "403");
        assert_eq!(grouped(2_403), "2,403");
        assert_eq!(grouped(1_741_234), "1,741,234");
        assert_eq!(shown("a\u{0}b\n"), "ab");
        assert_eq!(shown(&"x".repeat(60)).chars().count(), 41);
        let mut count = Count::default();
        let mut warnings = Vec::new();
        count.report("a.csv", "broken", &mut warnings);
        assert!(warnings.is_empty());
        count.add(17);
        count.add(20);
        count.report("a.csv", "broken", &mut warnings);
        assert_eq!(warnings, ["a.csv: 2 rows broken (first: row 17)"]);
    }
}
