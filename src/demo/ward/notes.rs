//! Notes put together from phrases: what is affirmed, doubted and negated, in three hands.

use super::draws::{Draws, rounded};
use super::factor::Patient;
use super::phrases::{
    ABBREVIATIONS, ADMISSION_PLAN, COMPLAINTS, CONSULTATION, CONSULTED, DOUBT, FINDINGS, Finding,
    HISTORY, NURSING, SHIFTS,
};
use crate::cohort::Note;

/// Probability that two letters of a long word change places.
const SLIP: f64 = 0.012;

/// Writes one to three notes of a patient: always the admission note, often a nursing note and a consultation.
pub(super) fn write(patient: &Patient, sample: u32, draws: &mut Draws, notes: &mut Vec<Note>) {
    let (nursed, consulted) = (draws.chance(0.65), draws.chance(0.45));
    let mut sheets = vec![("admission", draws.between(0.3, 4.0), Vec::new())];
    if nursed {
        sheets.push(("nursing", draws.between(6.0, 30.0), Vec::new()));
    }
    if consulted {
        sheets.push(("consultation", draws.between(8.0, 44.0), Vec::new()));
    }
    sheets.sort_by(|a, b| a.1.total_cmp(&b.1));

    for finding in &FINDINGS {
        let view = patient.view(finding.factor, finding.clarity, draws);
        if draws.chance(finding.mentioned) {
            let name = finding.names[name(draws)];
            let (first, second) = (draws.below(sheets.len()), draws.below(sheets.len()));
            for (index, sheet) in sheets.iter_mut().enumerate() {
                if finding.everywhere || index == first || index == second {
                    sheet.2.push(statement(finding, view, name, draws));
                }
            }
        }
        if draws.chance(0.15) && !finding.beside.is_empty() {
            let phrase = draws.pick(finding.beside);
            let sheet = draws.below(sheets.len());
            let name = finding.names[name(draws)];
            sheets[sheet]
                .2
                .push(capitalised(&phrase.replace("{}", name)));
        }
    }

    for (source, hours, mut statements) in sheets {
        shuffle(&mut statements, draws);
        let mut sentences = opening(source, patient, draws);
        sentences.append(&mut statements);
        sentences.extend(closing(source, draws));
        notes.push(Note {
            sample,
            hours: rounded(hours, 2) as f32,
            source: source.to_owned(),
            text: by_hand(&sentences, draws),
        });
    }
}

/// Which of a finding's names is used: the misspelt one seldom.
fn name(draws: &mut Draws) -> usize {
    match draws.uniform() {
        x if x < 0.48 => 0,
        x if x < 0.95 => 1,
        _ => 2,
    }
}

/// A sentence on a finding.
fn statement(finding: &Finding, view: f64, name: &str, draws: &mut Draws) -> String {
    let phrases = match view - finding.affirmed_from {
        above if above >= 0.0 => finding.affirmed,
        below if below >= -DOUBT => finding.doubted,
        _ => finding.negated,
    };
    let text = draws.pick(phrases).replace("{}", name);
    capitalised(&text)
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// The first sentences of a note.
fn opening(source: &str, patient: &Patient, draws: &mut Draws) -> Vec<String> {
    match source {
        "admission" => {
            let person = if patient.woman { "woman" } else { "man" };
            let complaint = draws.pick(&COMPLAINTS);
            let first = draws.below(HISTORY.len());
            let second = (first + 1 + draws.below(HISTORY.len() - 1)) % HISTORY.len();
            vec![
                format!(
                    "{} year old {person} admitted with {complaint}.",
                    patient.age
                ),
                format!("Past history: {}, {}.", HISTORY[first], HISTORY[second]),
            ]
        }
        "nursing" => vec![draws.pick(&SHIFTS).to_owned()],
        _ => vec![format!("{} consulted.", draws.pick(&CONSULTED))],
    }
}

/// One or two sentences that say nothing of the patient.
fn closing(source: &str, draws: &mut Draws) -> Vec<String> {
    let choices: &[&str] = match source {
        "admission" => &ADMISSION_PLAN,
        "nursing" => &NURSING,
        _ => &CONSULTATION,
    };
    let first = draws.below(choices.len());
    let mut sentences = vec![choices[first].to_owned()];
    if draws.chance(0.5) {
        let second = (first + 1 + draws.below(choices.len() - 1)) % choices.len();
        sentences.push(choices[second].to_owned());
    }
    sentences
}

/// The sentences as one text, abbreviated by some hands, with slips of the keyboard.
fn by_hand(sentences: &[String], draws: &mut Draws) -> String {
    let mut text = sentences.join(" ");
    if draws.chance(0.4) {
        for (long, short) in ABBREVIATIONS {
            text = text.replace(long, short);
        }
    }
    let words: Vec<String> = text
        .split(' ')
        .map(|word| {
            let long = word.len() >= 6 && word.bytes().all(|letter| letter.is_ascii_lowercase());
            if long && draws.chance(SLIP) {
                let place = 1 + draws.below(word.len() - 3);
                let mut letters: Vec<char> = word.chars().collect();
                letters.swap(place, place + 1);
                letters.into_iter().collect()
            } else {
                word.to_owned()
            }
        })
        .collect();
    words.join(" ")
}

/// Fisher–Yates.
fn shuffle(sentences: &mut [String], draws: &mut Draws) {
    for last in (1..sentences.len()).rev() {
        let other = draws.below(last + 1);
        sentences.swap(last, other);
    }
}
