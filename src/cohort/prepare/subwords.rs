//! Notes as subwords in their order, in windows, for the encoder that reads them as sequences.

use std::collections::HashMap;

use super::text::{Documents, Seen, admissible, person_of, with_notes};
use super::{Features, FittedSubwords, PrepareError, PreparedSource, SUBWORDS, array};
use crate::cohort::Cohort;
use crate::subword::{Spelling, Subwords, learn};

/// Subwords of a window.
pub const WINDOW: usize = 64;
/// Number of what stands after a note's end.
pub const PADDING: u32 = 0;
/// What stands for padding and for what has no piece; their numbers are 0 and 1.
const RESERVED: [&str; 2] = ["[PAD]", "[UNK]"];
/// Subwords that two neighbouring windows of a note share.
const SHARED: usize = 16;
/// Pieces that end a sentence.
const SENTENCE_ENDS: [&str; 6] = [".", "!", "?", ";", "。", "；"];
/// Most windows of a sample; of more, as many are kept, spread evenly over them.
const MOST_WINDOWS: usize = 16;
/// Most pieces.
const MOST_PIECES: usize = 4000;
/// Fewest times that a pair of pieces stands together in the training notes for them to become one.
const FEWEST_PAIRS: u64 = 8;
/// Fewest training samples that must have a word for it to teach pieces.
const FEWEST_SHARING: usize = 3;
/// Longest word that is cut, in characters.
const LONGEST_WORD: usize = 60;

/// Learns the pieces from the words of the training notes that at least three samples and persons share, so that no name or record
/// number becomes one; `None` where there are none.
pub(super) fn fit(
    cohort: &Cohort,
    training: &[u32],
) -> Result<Option<FittedSubwords>, PrepareError> {
    let documents = Documents::of(cohort);
    let rows = with_notes(cohort, &documents, training);
    let spelling = Spelling::default();
    let mut words: HashMap<String, (Seen, u64)> = HashMap::new();
    for (turn, &row) in rows.iter().enumerate() {
        for note in documents.notes(row as usize) {
            spelling.for_each_word(&note.text, |word| {
                let (seen, count) = match words.get_mut(word) {
                    Some(known) => known,
                    None if admissible(word) => words.entry(word.to_owned()).or_default(),
                    None => return,
                };
                seen.see(turn, person_of(cohort, row));
                *count += 1;
            });
        }
    }
    let mut shared: Vec<(&str, u64)> = words
        .iter()
        .filter(|(_, (seen, _))| seen.qualifies(FEWEST_SHARING))
        .map(|(word, (_, count))| (word.as_str(), *count))
        .collect();
    if shared.is_empty() {
        return Ok(None);
    }
    shared.sort_unstable();
    let pieces = learn(shared, &RESERVED, MOST_PIECES, FEWEST_PAIRS)?;
    Ok(Some(FittedSubwords { pieces }))
}

/// The windows of every sample's notes, in the order of the notes.
pub(super) fn apply(
    cohort: &Cohort,
    fitted: &FittedSubwords,
) -> Result<PreparedSource, PrepareError> {
    let samples = cohort.samples();
    let numbered = fitted.pieces.iter().cloned().zip(0..);
    let subwords = Subwords::new(numbered, RESERVED[1], LONGEST_WORD, Spelling::default())?;
    let documents = Documents::of(cohort);
    let mut kept: Vec<Vec<u32>> = vec![];
    let mut offsets = vec![0u32];
    for row in 0..samples {
        let notes = documents.notes(row).iter();
        let mut windows: Vec<Vec<u32>> = notes
            .flat_map(|note| cut(&subwords.cut(&note.text)))
            .collect();
        let every = (windows.len() as f64 / MOST_WINDOWS as f64).max(1.0);
        let chosen = 0..windows.len().min(MOST_WINDOWS);
        kept.extend(
            chosen.map(|place| std::mem::take(&mut windows[(place as f64 * every) as usize])),
        );
        offsets.push(kept.len() as u32);
    }
    let ends: Vec<u32> = SENTENCE_ENDS
        .iter()
        .filter_map(|end| subwords.number(end))
        .collect();
    let mut pieces = array(SUBWORDS, kept.len(), WINDOW, PADDING)?;
    let mut sentences = array(SUBWORDS, kept.len(), WINDOW, 0)?;
    let mut places = array(SUBWORDS, kept.len(), WINDOW, 0)?;
    for (window, first) in kept.iter().zip((0..).step_by(WINDOW)) {
        let (mut sentence, mut place) = (0, 0);
        for (offset, &piece) in window.iter().enumerate() {
            pieces[first + offset] = piece;
            sentences[first + offset] = sentence;
            places[first + offset] = place;
            place += 1;
            if ends.contains(&piece) {
                (sentence, place) = (sentence + 1, 0);
            }
        }
        // Padding is a sentence of its own.
        sentences[first + window.len()..first + WINDOW].fill(WINDOW as u32);
    }
    let present = offsets.windows(2).map(|pair| pair[0] < pair[1]).collect();
    Ok(PreparedSource {
        present,
        features: Features::Subwords {
            pieces,
            sentences,
            places,
            offsets,
        },
    })
}

/// A note's subwords in windows of at most [`WINDOW`], each sharing [`SHARED`] with the one before.
fn cut(subwords: &[u32]) -> Vec<Vec<u32>> {
    let step = WINDOW - SHARED;
    let count = match subwords.len() {
        0 => 0,
        length => 1 + length.saturating_sub(WINDOW).div_ceil(step),
    };
    let window = |place: usize| {
        let first = place * step;
        subwords[first..(first + WINDOW).min(subwords.len())].to_vec()
    };
    (0..count).map(window).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cohort::Note;

    /// One sample and one person a list of notes.
    fn cohort(samples: &[Vec<String>]) -> Cohort {
        let rows = 0..samples.len() as u32;
        let notes = rows.clone().zip(samples).flat_map(|(sample, texts)| {
            texts.iter().map(move |text| Note {
                sample,
                hours: f32::NAN,
                source: String::new(),
                text: text.clone(),
            })
        });
        Cohort {
            ids: rows.clone().map(|row| row.to_string()).collect(),
            persons: rows.clone().collect(),
            notes: notes.collect(),
            ..Cohort::default()
        }
    }

    fn prepared(cohort: &Cohort) -> (FittedSubwords, PreparedSource) {
        let training: Vec<u32> = (0..cohort.samples() as u32).collect();
        let fitted = fit(cohort, &training).unwrap().unwrap();
        let prepared = apply(cohort, &fitted).unwrap();
        (fitted, prepared)
    }

    #[test]
    fn sentences_and_places_of_a_note() {
        let texts = vec![vec!["No fever. Mild cough".to_owned()]; 8];
        let mut samples = texts.clone();
        samples.push(vec![]);
        let (fitted, source) = prepared(&cohort(&samples));
        let Features::Subwords {
            pieces,
            sentences,
            places,
            offsets,
        } = &source.features
        else {
            panic!("{source:?}");
        };
        let read: Vec<&str> = pieces[..6]
            .iter()
            .map(|&piece| fitted.pieces[piece as usize].as_str())
            .collect();
        assert_eq!(read, ["no", "fever", ".", "mild", "cough", "[PAD]"]);
        let padding = WINDOW as u32;
        assert_eq!(sentences[..7], [0, 0, 0, 1, 1, padding, padding]);
        assert_eq!(places[..6], [0, 1, 2, 0, 1, 0]);
        assert_eq!(offsets, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 8]);
        assert_eq!(source.present[7..], [true, false]);
    }

    #[test]
    fn long_notes_are_cut_into_windows_that_overlap() {
        let numbers: Vec<u32> = (0..200).collect();
        let windows = cut(&numbers);
        let firsts: Vec<u32> = windows.iter().map(|window| window[0]).collect();
        assert_eq!(firsts, [0, 48, 96, 144]);
        assert!(windows[..3].iter().all(|window| window.len() == WINDOW));
        assert_eq!(windows[3].last(), Some(&199));
        assert_eq!(cut(&numbers[..WINDOW]).len(), 1);
        assert_eq!(cut(&numbers[..WINDOW + 1]).len(), 2);
        assert!(cut(&[]).is_empty());
        // of more windows than are read, the first of each sixteenth
        let long = vec!["pain ".repeat(48 * 40)];
        let (_, source) = prepared(&cohort(&[long.clone(), long.clone(), long]));
        let Features::Subwords { offsets, .. } = &source.features else {
            panic!("{source:?}");
        };
        assert_eq!(offsets, &[0, 16, 32, 48]);
    }

    #[test]
    fn no_name_of_a_single_person_becomes_a_piece() {
        let mut samples = vec![vec!["Quimby 7712345 with fever".to_owned(); 20]];
        samples.extend(vec![vec!["cough with fever".to_owned(); 3]; 5]);
        let cohort = cohort(&samples);
        let (fitted, _) = prepared(&cohort);
        assert!(fitted.pieces.contains(&"fever".to_owned()));
        let strange = |piece: &&String| piece.contains(['q', 'y', '7']);
        assert_eq!(fitted.pieces.iter().find(strange), None);
        // the same pieces whatever the order of the rows
        assert_eq!(fit(&cohort, &[5, 3, 1, 0, 2, 4]).unwrap().unwrap(), fitted);
        // fitted on the training rows alone
        assert_eq!(fit(&cohort, &[0]).unwrap(), None);
    }
}
