//! Number cells, and rows that belong to nobody.

use super::ids::{AMBIGUOUS, ambiguous_rows, unknown_rows};
use super::number;
use super::text::{Count, MissingValues};
use crate::cohort::MISSING;

/// A cell that should hold a number.
pub(crate) enum Cell {
    Value(f32),
    Missing,
    Broken,
}

/// Reads a trimmed cell.
#[inline]
pub(crate) fn read(cell: &[u8], decimal_comma: bool, missing: &MissingValues) -> Cell {
    let value = match number::decimal(cell) {
        Some(value) => Some(value),
        None if missing.matches(cell) => return Cell::Missing,
        None if decimal_comma => number::with_decimal_comma(cell),
        None => None,
    };
    match value {
        _ if missing.matches_added(cell) => Cell::Missing,
        Some(value) if (value as f32).is_finite() => Cell::Value(value as f32),
        _ => Cell::Broken,
    }
}

/// Says how many rows of notes, images or embeddings belong to nobody, where that was found out only at the end.
pub(crate) fn count_nobody(sample: u32, row: u64, unknown: &mut Count, ambiguous: &mut Count) {
    match sample {
        MISSING => unknown.add(row),
        AMBIGUOUS => ambiguous.add(row),
        _ => {}
    }
}

/// Says both counts.
pub(crate) fn report_nobody(
    unknown: Count,
    ambiguous: Count,
    file: &str,
    warnings: &mut Vec<String>,
) {
    unknown_rows(unknown, file, warnings);
    ambiguous_rows(ambiguous, file, warnings);
}
