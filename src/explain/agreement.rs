//! How far two measures tell the same of the same links.

use crate::metrics::rank_correlation;

/// How alike two measurements rank the links between different tasks: Spearman's correlation over the ordered pairs that both define, and how many these
/// are. `None` with fewer than three of them, or where one measurement has the same value everywhere.
pub fn rank_agreement(
    one: &[Vec<Option<f64>>],
    other: &[Vec<Option<f64>>],
) -> Option<(f64, usize)> {
    let (mut values, mut others) = (vec![], vec![]);
    for (receiving, (row, other_row)) in one.iter().zip(other).enumerate() {
        for (contributing, pair) in row.iter().zip(other_row).enumerate() {
            if let (Some(value), Some(other)) = pair
                && receiving != contributing
                && value.is_finite()
                && other.is_finite()
            {
                values.push(*value);
                others.push(*other);
            }
        }
    }
    let correlation = rank_correlation(&values, &others).ok()?;
    (values.len() >= 3).then_some((correlation, values.len()))
}

/// A rank correlation of two measures in plain words; where the words change is ours.
pub fn in_words(correlation: f64) -> &'static str {
    match correlation {
        c if c >= 0.8 => "They rank the links almost alike.",
        c if c >= 0.5 => "They agree for the most part.",
        c if c >= 0.2 => "They agree a little.",
        c if c > -0.2 => "They hardly agree: a strong link of one says little about the other.",
        _ => "They disagree: what one ranks high the other tends to rank low.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_links_between_different_tasks_that_both_define_count() {
        let one = [
            vec![Some(9.0), Some(0.1), Some(0.2)],
            vec![Some(0.3), None, Some(0.4)],
            vec![None, Some(0.5), Some(-9.0)],
        ];
        let other = [
            vec![Some(-9.0), Some(1.0), Some(2.0)],
            vec![Some(3.0), Some(7.0), Some(f64::NAN)],
            vec![Some(8.0), Some(5.0), Some(9.0)],
        ];
        assert_eq!(rank_agreement(&one, &other), Some((1.0, 4)));
        assert_eq!(in_words(1.0), "They rank the links almost alike.");
        assert!(in_words(0.0).starts_with("They hardly agree"));
        assert!(in_words(-0.9).starts_with("They disagree"));
        let flat = vec![vec![Some(1.0); 3]; 3];
        assert_eq!(rank_agreement(&one, &flat), None);
        assert_eq!(rank_agreement(&one[..1], &other), None);
    }
}
