//! Comma-separated records in a stream: delimiter, byte order mark, quoted line breaks, bounded memory.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::ImportError;

/// Most bytes of one record.
const LONGEST_RECORD: usize = 16 << 20;
/// Most fields of one record.
const MOST_FIELDS: usize = 65_535;
/// Bytes looked at before a file counts as text.
const LOOKED_AT: usize = 8 << 10;
/// Most bytes that the first line may take before the delimiter is decided.
const FIRST_LINE: usize = 1 << 20;

/// One record: its fields, unquoted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record<'a> {
    bytes: &'a [u8],
    ends: &'a [usize],
}

impl<'a> Record<'a> {
    /// Number of fields.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// A field; empty where the record has fewer.
    #[inline]
    pub(crate) fn get(&self, field: usize) -> &'a [u8] {
        match self.ends.get(field) {
            Some(&end) => {
                let start = match field {
                    0 => 0,
                    _ => self.ends[field - 1],
                };
                &self.bytes[start..end]
            }
            None => &[],
        }
    }
}

/// What the beginning of a file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beginning {
    /// More bytes are needed.
    Undecided,
    /// Nothing but blanks.
    Empty,
    /// Not text.
    Binary,
    /// Text, with this delimiter.
    Table(u8),
}

/// What stops a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    /// A record above 16 MB, on this row and line.
    TooLong(u64, u64),
    /// A record with too many fields, on this row.
    TooManyFields(u64),
}

impl Stop {
    /// The same with the file's name.
    pub(crate) fn in_file(self, file: &str) -> ImportError {
        let file = file.to_owned();
        match self {
            Stop::TooLong(row, line) => ImportError::RecordTooLong { file, row, line },
            Stop::TooManyFields(row) => ImportError::TooManyColumns { file, row },
        }
    }
}

/// Finds out what a file is from its first bytes, which it keeps until it knows. The verdict
/// depends on the bytes alone, not on how they are cut into chunks.
#[derive(Debug, Default)]
pub(crate) struct Sniffer {
    head: Vec<u8>,
    looked: usize,
    in_quotes: bool,
    saw_text: bool,
    line_ended: bool,
    counts: [u32; 4],
    tab_only: bool,
}

/// The delimiters that are looked for; the earlier wins a tie.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

impl Sniffer {
    /// `tab_only`: the file's name says that tabs separate its fields.
    pub(crate) fn new(tab_only: bool) -> Self {
        Self {
            tab_only,
            ..Self::default()
        }
    }

    /// Takes bytes; `last` where the file ends after them.
    pub(crate) fn push(&mut self, bytes: &[u8], last: bool) -> Beginning {
        self.head.extend_from_slice(bytes);
        while !self.line_ended && self.looked < self.head.len().min(FIRST_LINE) {
            let byte = self.head[self.looked];
            self.saw_text |= !blank(byte);
            match byte {
                b'"' => self.in_quotes = !self.in_quotes,
                b'\n' | b'\r' if !self.in_quotes => {
                    self.line_ended = self.saw_text;
                }
                _ if !self.in_quotes => {
                    for (count, delimiter) in self.counts.iter_mut().zip(DELIMITERS) {
                        *count += u32::from(byte == delimiter);
                    }
                }
                _ => {}
            }
            self.looked += 1;
        }
        let enough =
            self.head.len() >= LOOKED_AT && (self.line_ended || self.head.len() >= FIRST_LINE);
        if !enough && !last {
            return Beginning::Undecided;
        }
        let start = &self.head[..self.head.len().min(LOOKED_AT)];
        if start.contains(&0)
            || [
                &b"%PDF"[..],
                b"PK\x03\x04",
                b"PAR1",
                b"\xff\xfe",
                b"\xfe\xff",
                b"{\\rtf",
            ]
            .iter()
            .any(|magic| start.starts_with(magic))
        {
            return Beginning::Binary;
        }
        if last && self.head.iter().all(|byte| blank(*byte)) {
            return Beginning::Empty;
        }
        if self.tab_only {
            return Beginning::Table(b'\t');
        }
        let mut best = 0;
        for (candidate, count) in self.counts.iter().enumerate() {
            if *count > self.counts[best] {
                best = candidate;
            }
        }
        Beginning::Table(DELIMITERS[best])
    }

    /// The bytes kept so far, without a byte order mark.
    pub(crate) fn into_head(self) -> Vec<u8> {
        match self.head.strip_prefix(b"\xef\xbb\xbf") {
            Some(rest) => rest.to_vec(),
            None => self.head,
        }
    }
}

/// Blanks, line breaks and the bytes of a byte order mark.
fn blank(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, 0xef | 0xbb | 0xbf)
}

/// Cuts bytes into records.
pub(crate) struct Records {
    reader: Reader,
    fields: Vec<u8>,
    filled: usize,
    ends: Vec<usize>,
    ended: usize,
    row: u64,
    line: u64,
}

impl Records {
    /// With this delimiter.
    pub(crate) fn new(delimiter: u8) -> Self {
        Self {
            reader: ReaderBuilder::new().delimiter(delimiter).build(),
            fields: vec![0; 4096],
            filled: 0,
            ends: vec![0; 64],
            ended: 0,
            row: 1,
            line: 1,
        }
    }

    /// Takes bytes and hands every record that they complete to `sink`, with its row (the header is row 1).
    pub(crate) fn push<E: From<Stop>>(
        &mut self,
        mut input: &[u8],
        sink: &mut impl FnMut(Record<'_>, u64) -> Result<(), E>,
    ) -> Result<(), E> {
        while !input.is_empty() {
            input = &input[self.step(input, sink)?.1..];
        }
        Ok(())
    }

    /// The data end here: hands over a last record without a line break. Returns the row whose quote was never closed, if any.
    pub(crate) fn finish<E: From<Stop>>(
        &mut self,
        sink: &mut impl FnMut(Record<'_>, u64) -> Result<(), E>,
    ) -> Result<Option<u64>, E> {
        // One more line break ends a record, is skipped between records, and becomes text inside quotes.
        let (row, filled) = (self.row, self.filled);
        self.push(b"\n", sink)?;
        let open_quote = (self.row == row && self.filled > filled).then_some(row);
        while self.step(&[], sink)?.0 != ReadRecordResult::End {}
        Ok(open_quote)
    }

    #[inline]
    fn step<E: From<Stop>>(
        &mut self,
        input: &[u8],
        sink: &mut impl FnMut(Record<'_>, u64) -> Result<(), E>,
    ) -> Result<(ReadRecordResult, usize), E> {
        let (result, taken, given, ended) = self.reader.read_record(
            input,
            &mut self.fields[self.filled..],
            &mut self.ends[self.ended..],
        );
        self.filled += given;
        self.ended += ended;
        match result {
            ReadRecordResult::Record => {
                let record = Record {
                    bytes: &self.fields[..self.filled],
                    ends: &self.ends[..self.ended],
                };
                let row = self.row;
                self.row += 1;
                self.filled = 0;
                self.ended = 0;
                self.line = self.reader.line();
                sink(record, row)?;
            }
            ReadRecordResult::OutputFull => {
                if self.fields.len() >= LONGEST_RECORD {
                    return Err(Stop::TooLong(self.row, self.line).into());
                }
                let size = self.fields.len() * 2;
                self.fields.resize(size, 0);
            }
            ReadRecordResult::OutputEndsFull => {
                if self.ends.len() >= MOST_FIELDS {
                    return Err(Stop::TooManyFields(self.row).into());
                }
                let size = (self.ends.len() * 2).min(MOST_FIELDS);
                self.ends.resize(size, 0);
            }
            ReadRecordResult::InputEmpty | ReadRecordResult::End => {}
        }
        Ok((result, taken))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(
        bytes: &[u8],
        chunk: usize,
        delimiter: u8,
    ) -> Result<(Vec<Vec<String>>, Option<u64>), Stop> {
        let mut reader = Records::new(delimiter);
        let mut all = Vec::new();
        let mut sink = |record: Record<'_>, row: u64| {
            assert_eq!(row as usize, all.len() + 1);
            all.push(
                (0..record.len())
                    .map(|field| String::from_utf8_lossy(record.get(field)).into_owned())
                    .collect(),
            );
            assert_eq!(record.get(record.len()), b"");
            Ok::<(), Stop>(())
        };
        for chunk in bytes.chunks(chunk) {
            reader.push(chunk, &mut sink)?;
        }
        let open = reader.finish(&mut sink)?;
        Ok((all, open))
    }

    #[test]
    fn quotes_line_breaks_and_a_last_line_without_one() {
        let text = b"id;text\r\n1;\"two\nlines; \"\"quoted\"\"\"\n\n2;last";
        for chunk in [1, 2, 5, 100] {
            let (all, open) = records(text, chunk, b';').unwrap();
            assert_eq!(
                all,
                [
                    vec!["id", "text"],
                    vec!["1", "two\nlines; \"quoted\""],
                    vec!["2", "last"]
                ]
            );
            assert_eq!(open, None);
        }
    }

    #[test]
    fn an_open_quote_is_noticed() {
        let (all, open) = records(b"id,text\n1,\"never closed\n2,b\n3,c\n", 4, b',').unwrap();
        assert_eq!(all.len(), 2);
        assert_eq!(open, Some(2));
    }

    #[test]
    fn a_huge_line_is_refused_in_bounded_memory() {
        let mut reader = Records::new(b',');
        let mut rows = 0;
        let mut sink = |_: Record<'_>, _: u64| {
            rows += 1;
            Ok::<(), Stop>(())
        };
        reader.push(b"id,text\n1,a\n2,", &mut sink).unwrap();
        let chunk = vec![b'x'; 1 << 20];
        let mut stopped = None;
        for pushed in 1..=1024 {
            if let Err(stop) = reader.push(&chunk, &mut sink) {
                stopped = Some((pushed, stop));
                break;
            }
        }
        assert_eq!(stopped, Some((16, Stop::TooLong(3, 3))));
        assert_eq!(rows, 2);
        let commas = vec![b','; 1 << 17];
        assert_eq!(records(&commas, 1 << 12, b','), Err(Stop::TooManyFields(1)));
    }

    #[test]
    fn beginnings() {
        let begin = |bytes: &[u8]| Sniffer::new(false).push(bytes, true);
        assert_eq!(begin(b"id,age\n1,2"), Beginning::Table(b','));
        assert_eq!(
            begin(b"id;age;\"a,b,c,d\"\n1;2;3,4"),
            Beginning::Table(b';')
        );
        assert_eq!(begin(b"id\tage"), Beginning::Table(b'\t'));
        assert_eq!(begin(b"id\n1\n"), Beginning::Table(b','));
        assert_eq!(begin(b""), Beginning::Empty);
        assert_eq!(begin(b"\xef\xbb\xbf \r\n"), Beginning::Empty);
        assert_eq!(begin(b"id,age\n1,\x00"), Beginning::Binary);
        assert_eq!(begin(b"%PDF-1.7\nabc"), Beginning::Binary);
        assert_eq!(
            Sniffer::new(true).push(b"id,a,b\tage", true),
            Beginning::Table(b'\t')
        );
        let mut sniffer = Sniffer::new(false);
        assert_eq!(sniffer.push(b"\xef\xbb\xbfid", false), Beginning::Undecided);
        assert_eq!(sniffer.push(b",age", true), Beginning::Table(b','));
        assert_eq!(sniffer.into_head(), b"id,age");
    }
}
