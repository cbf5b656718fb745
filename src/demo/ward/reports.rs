//! Film reports, on request: a task whose label lies in what a negation reaches, and not in which words there are.

use super::draws::{Draws, Part, rounded};
use crate::cohort::{Column, Note};

/// The task's name, column and department.
pub(super) const NAME: &str = "Reported pneumothorax";
pub(super) const COLUMN: &str = "reported_pneumothorax";
pub(super) const DEPARTMENT: &str = "Radiology";

/// Share of patients with the label.
const PREVALENCE: f64 = 0.5;
/// What the label is about.
const TARGET: &str = "pneumothorax";
/// What else a report affirms or negates, without any meaning.
const OTHERS: [&str; 12] = [
    "pleural effusion",
    "cardiomegaly",
    "atelectasis",
    "rib fracture",
    "hilar enlargement",
    "pulmonary oedema",
    "emphysema",
    "lung nodule",
    "pleural thickening",
    "scoliosis",
    "hiatus hernia",
    "granuloma",
];
/// Findings of each of a report's two lists.
const LISTED: usize = 4;
/// What stands before a list. Each report has one of either kind.
const AFFIRMED: [&str; 3] = ["Signs of", "Evidence of", "Findings of"];
const NEGATED: [&str; 3] = ["No sign of", "No evidence of", "No hint of"];
/// Sentences that say nothing.
const OPENINGS: [&str; 4] = [
    "Chest film, supine.",
    "Chest film at the bedside.",
    "Film compared with the last one.",
    "Chest film, single view.",
];

/// Whether a patient has the label; the first draw of the patient's stream.
fn has(draws: &mut Draws) -> bool {
    draws.chance(PREVALENCE)
}

/// The label column: every patient is labelled.
pub(super) fn column(patients: usize, seed: u64) -> Column {
    super::yes_no_label(COLUMN, patients, |row| {
        has(&mut Draws::new(seed, row, Part::Reports))
    })
}

/// A patient's report. It affirms four findings and negates four others, in either order, and names the label's finding third or fourth
/// in one of the two lists: with the label among the affirmed, else among the negated. So every report holds the same words but for
/// the other findings, the same neighbours stand beside the label's finding either way, and a negation that
/// reaches only a few words does not reach it.
pub(super) fn write(seed: u64, row: usize) -> Note {
    let mut draws = Draws::new(seed, row, Part::Reports);
    let affirmed = has(&mut draws);
    let hours = rounded(draws.between(2.0, 20.0), 2) as f32;
    let mut others: Vec<&str> = vec![];
    while others.len() < 2 * LISTED - 1 {
        let other = draws.pick(&OTHERS);
        if !others.contains(&other) {
            others.push(other);
        }
    }
    let mut named = others.split_off(LISTED);
    named.insert(2 + draws.below(2), TARGET);
    let (yes, no) = if affirmed {
        (named, others)
    } else {
        (others, named)
    };
    let mut sentences = [
        format!("{} {}.", draws.pick(&AFFIRMED), yes.join(", ")),
        format!("{} {}.", draws.pick(&NEGATED), no.join(", ")),
    ];
    if draws.chance(0.5) {
        sentences.swap(0, 1);
    }
    let opening = draws.pick(&OPENINGS);
    Note {
        sample: row as u32,
        hours,
        source: "radiology".to_owned(),
        text: format!("{opening} {} {}", sentences[0], sentences[1]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn no_word_tells_the_label() {
        let mut counts: BTreeMap<String, [f64; 2]> = BTreeMap::new();
        let patients = 4000;
        let labels = column(patients, 3);
        let mut positive = 0.0;
        for row in 0..patients {
            let yes = labels.text(row) == Some("yes");
            positive += f64::from(u8::from(yes));
            let text = write(3, row).text.to_lowercase();
            let (first, second) = text.split_once(TARGET).unwrap();
            let sentence = first.rsplit('.').next().unwrap();
            assert_eq!(!sentence.trim().starts_with("no "), yes, "{text}");
            assert!(!second.contains(TARGET));
            let mut words: Vec<&str> = text.split([' ', ',', '.']).collect();
            words.sort_unstable();
            words.dedup();
            for word in words {
                counts.entry(word.to_owned()).or_default()[usize::from(yes)] += 1.0;
            }
        }
        for (word, [no, yes]) in counts {
            let apart = yes / positive - no / (patients as f64 - positive);
            assert!(apart.abs() < 0.05, "{word} {apart}");
        }
    }
}
