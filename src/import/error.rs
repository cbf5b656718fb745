//! Why an import ends.

use thiserror::Error;

/// Why an import ends without a cohort. Every message is a sentence for the user: it names files,
/// columns and row numbers (the header is row 1), never what a cell holds.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ImportError {
    /// No file among those given could be used.
    #[error(
        "Nothing to open: a cohort needs at least one table (patients, series, notes, images or embeddings as .csv, .tsv or .csv.gz).{reasons}"
    )]
    Nothing {
        /// What was wrong with the files, one sentence a line, each after a line break; may be empty.
        reasons: String,
    },
    /// A table has no column that names the patient, stay or visit.
    #[error(
        "{file} has no column that names the patient or stay, such as id, patient_id or stay_id; it has {columns}. Rename one of them to id."
    )]
    NoIdColumn {
        /// The file.
        file: String,
        /// The columns it has, shortened.
        columns: String,
    },
    /// The first row of a table holds values instead of names.
    #[error(
        "{file}: the first row holds values instead of column names. Add a row of column names on top."
    )]
    NoHeader {
        /// The file.
        file: String,
    },
    /// Two columns were declared to be the identifier.
    #[error("{file}: {first} and {second} cannot both be the identifier; choose one.")]
    TwoIdColumns {
        /// The file.
        file: String,
        /// One column.
        first: String,
        /// The other.
        second: String,
    },
    /// The patients table has a header and nothing that can be used below it.
    #[error("{file} has no patient rows below its header.")]
    NoRows {
        /// The file.
        file: String,
    },
    /// All rows of the patients table carry the same identifier.
    #[error(
        "{file}: all {rows} rows have the same value in {column}, which should name the sample. Choose another column as the identifier."
    )]
    AllDuplicates {
        /// The file.
        file: String,
        /// The column that was taken for the identifier.
        column: String,
        /// Rows read.
        rows: u64,
    },
    /// A row is longer than what a table's row can be.
    #[error(
        "{file}: row {row} (line {line}) is longer than 16 MB. A quote that is opened and never closed may be the reason."
    )]
    RecordTooLong {
        /// The file.
        file: String,
        /// The row, counted from the header's 1.
        row: u64,
        /// The line of the text file on which the row begins.
        line: u64,
    },
    /// A row has more fields than what a table's row can have.
    #[error("{file}: row {row} has more than 65,535 columns.")]
    TooManyColumns {
        /// The file.
        file: String,
        /// The row, counted from the header's 1.
        row: u64,
    },
    /// More rows than the cohort's 32-bit positions can count.
    #[error("{file}: more than 4 billion observations do not fit into one cohort.")]
    TooManyRows {
        /// The file.
        file: String,
    },
    /// A gzip file is cut off.
    #[error("{file} ends in the middle of its compressed data. Copy or download it again.")]
    TruncatedGzip {
        /// The file.
        file: String,
    },
    /// A gzip file's contents do not agree with its check sum or are no gzip data.
    #[error("{file} is damaged: its compressed data cannot be read. Copy or download it again.")]
    DamagedGzip {
        /// The file.
        file: String,
    },
    /// `begin` was called with a number that is none of the files.
    #[error("There is no file number {index} in this import.")]
    UnknownFile {
        /// The number.
        index: usize,
    },
    /// `begin` or `finish` was called while a file was open.
    #[error("{file} has not been read to its end.")]
    StillOpen {
        /// The open file.
        file: String,
    },
    /// A file was begun twice.
    #[error("{file} has been read already.")]
    ReadTwice {
        /// The file.
        file: String,
    },
    /// `push` or `end` was called without an open file.
    #[error("No file is being read.")]
    NotOpen,
}
