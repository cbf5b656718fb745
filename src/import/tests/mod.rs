//! Whole imports from bytes in memory.

mod arbitrary;
mod bad_input;
mod tables;

use super::{FileEntry, Import, ImportError};
use crate::cohort::Cohort;
use crate::session::protocol::ImportOptions;

/// Imports files in the proposed order, in chunks of this size.
pub(crate) fn import_in_chunks(
    files: &[(&str, &[u8])],
    options: ImportOptions,
    chunk: usize,
) -> Result<Cohort, ImportError> {
    let entries = files
        .iter()
        .map(|(path, bytes)| FileEntry {
            path: (*path).to_owned(),
            bytes: bytes.len() as u64,
        })
        .collect();
    let mut import = Import::new(options, entries);
    for index in import.order() {
        import.begin(index)?;
        for chunk in files[index].1.chunks(chunk) {
            import.push(chunk)?;
        }
        import.end()?;
    }
    import.finish()
}

/// Imports text files.
pub(crate) fn import(files: &[(&str, &str)]) -> Result<Cohort, ImportError> {
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(path, text)| (*path, text.as_bytes()))
        .collect();
    import_in_chunks(&files, ImportOptions::default(), 1 << 20)
}

/// The cells of a column, `-` where missing.
pub(crate) fn cells(cohort: &Cohort, name: &str) -> Vec<String> {
    let column = cohort.column(name).unwrap();
    (0..cohort.samples())
        .map(|row| column.text(row).unwrap_or("-").to_owned())
        .collect()
}
