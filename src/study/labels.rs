//! How a column's cells become a task's labels: the one place that decides which cell is positive.

use crate::cohort::{Column, parse_number};

/// How many samples hold each of the column's levels; same length as `column.levels`.
pub fn level_counts(column: &Column) -> Vec<usize> {
    let mut counts = vec![0; column.levels.len()];
    for &code in &column.codes {
        if let Some(count) = counts.get_mut(code as usize) {
            *count += 1;
        }
    }
    counts
}

/// Per level of the column whether it means `positive`.
///
/// A level written exactly so decides. Only where there is none, levels that are the same number (`1.0` for `1`)
/// or the same word in other capitals (`Yes` for `yes`) count.
pub fn positive_levels(column: &Column, positive: &str) -> Vec<bool> {
    let wanted = positive.trim();
    let exact: Vec<bool> = column.levels.iter().map(|level| level == wanted).collect();
    if exact.contains(&true) {
        return exact;
    }
    let number = parse_number(wanted);
    column
        .levels
        .iter()
        .map(|level| level.eq_ignore_ascii_case(wanted) || parse_number(level) == number)
        .collect()
}

/// A binary task's labels, one a sample: whether the cell means `positive` (see [`positive_levels`]), `None` where it
/// is missing.
pub fn binary_labels(column: &Column, positive: &str) -> Vec<Option<bool>> {
    let levels = positive_levels(column, positive);
    column
        .codes
        .iter()
        .map(|&code| levels.get(code as usize).copied())
        .collect()
}

/// The value of a two-valued column that most likely means "yes": `1`, `yes`, `true` and the like where one of the two
/// is such a word, else the rarer one (the later one if they are equally frequent). `None` unless exactly two values occur.
pub fn likely_positive(column: &Column) -> Option<&str> {
    let occurring: Vec<(&str, usize)> = column
        .levels
        .iter()
        .map(String::as_str)
        .zip(level_counts(column))
        .filter(|&(_, count)| count > 0)
        .collect();
    let &[(first, first_count), (second, second_count)] = occurring.as_slice() else {
        return None;
    };
    match (means_yes(first), means_yes(second)) {
        (true, false) => Some(first),
        (false, true) => Some(second),
        _ if first_count < second_count => Some(first),
        _ => Some(second),
    }
}

/// Whether a text is a usual way to write "yes".
fn means_yes(text: &str) -> bool {
    const YES: [&str; 12] = [
        "yes", "y", "true", "t", "positive", "pos", "present", "died", "dead", "deceased", "ja",
        "oui",
    ];
    parse_number(text) == 1.0 || YES.iter().any(|word| text.eq_ignore_ascii_case(word))
}
