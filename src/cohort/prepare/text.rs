//! Notes as weighted terms: words, neighbouring pairs and negated words of a vocabulary fitted on training notes.

use std::collections::HashMap;

use super::words::{Word, for_each_word};
use super::{Features, FittedText, PrepareError, PreparedSource, array};
use crate::cohort::{Cohort, Note};

/// Most terms of each kind; what one kind leaves free goes to the most frequent of the others.
const MOST_WORDS: usize = 900;
const MOST_PAIRS: usize = 350;
const MOST_NEGATED: usize = 250;
/// Most terms altogether.
const MOST_TERMS: usize = MOST_WORDS + MOST_PAIRS + MOST_NEGATED;
/// Fewest training samples with notes, as a number and as a share, and fewest persons, that must have a term.
const FEWEST_SAMPLES: usize = 3;
const SMALLEST_SHARE: f64 = 0.005;
const FEWEST_PERSONS: u32 = 3;
/// Largest share of the training samples with notes that may have a word.
const LARGEST_SHARE: f64 = 0.9;
/// Longest run of digits in a word, so that no record number or year gets into the vocabulary.
const LONGEST_DIGITS: usize = 2;
/// Longest word, in bytes.
const LONGEST_WORD: usize = 40;
/// What stands before a negated word; no word contains a `_`.
const NEGATED: &str = "no_";

/// A term as numbers: the pair's two words, or one word after [`ONE`] or [`NOT`].
type Key = (u32, u32);
const ONE: u32 = u32::MAX;
const NOT: u32 = u32::MAX - 1;

/// Fits the vocabulary; `None` where no term of the training notes qualifies.
pub(super) fn fit(cohort: &Cohort, training: &[u32]) -> Option<FittedText> {
    let documents = Documents::of(cohort);
    let rows = with_notes(cohort, &documents, training);
    let fewest = FEWEST_SAMPLES.max((SMALLEST_SHARE * rows.len() as f64).ceil() as usize);
    let person = |row: u32| person_of(cohort, row);

    // words first, so that only pairs of frequent words need to be counted
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let mut words: Vec<Seen> = Vec::new();
    for (turn, &row) in rows.iter().enumerate() {
        documents.words(row as usize, &mut |word| {
            if !admissible(word.text) {
                return;
            }
            let number = match numbers.get(word.text) {
                Some(&number) => number,
                None => {
                    let number = words.len() as u32;
                    numbers.insert(word.text.to_owned(), number);
                    words.push(Seen::default());
                    number
                }
            };
            words[number as usize].see(turn, person(row));
        });
    }
    numbers.retain(|_, number| words[*number as usize].qualifies(fewest));
    let mut pairs: HashMap<Key, Seen> = HashMap::new();
    for (turn, &row) in rows.iter().enumerate() {
        documents.keys(row as usize, &numbers, &mut |key| {
            if key.0 != ONE {
                pairs.entry(key).or_default().see(turn, person(row));
            }
        });
    }

    let mut texts: Vec<&str> = vec![""; words.len()];
    for (text, &number) in &numbers {
        texts[number as usize] = text;
    }
    let most = (LARGEST_SHARE * rows.len() as f64) as usize;
    let mut kinds: [Vec<(u32, String)>; 3] = Default::default();
    for (text, &number) in &numbers {
        let samples = words[number as usize].samples;
        if samples as usize <= most {
            kinds[0].push((samples, text.clone()));
        }
    }
    for (&(first, second), seen) in &pairs {
        // what every document has tells nothing
        if !seen.qualifies(fewest) || seen.samples as usize == rows.len() {
            continue;
        }
        let second = texts[second as usize];
        if first == NOT {
            kinds[2].push((seen.samples, [NEGATED, second].concat()));
        } else {
            kinds[1].push((seen.samples, [texts[first as usize], " ", second].concat()));
        }
    }
    let mut chosen: Vec<(u32, String)> = Vec::new();
    let mut rest: Vec<(u32, String)> = Vec::new();
    for (mut kind, most) in kinds
        .into_iter()
        .zip([MOST_WORDS, MOST_PAIRS, MOST_NEGATED])
    {
        kind.sort_unstable_by(by_frequency);
        rest.extend(kind.split_off(most.min(kind.len())));
        chosen.extend(kind);
    }
    rest.sort_unstable_by(by_frequency);
    rest.truncate(MOST_TERMS - chosen.len());
    chosen.extend(rest);
    chosen.sort_unstable_by(by_frequency);
    if chosen.is_empty() {
        return None;
    }
    let documents = 1.0 + rows.len() as f64;
    let weights = chosen
        .iter()
        .map(|(samples, _)| ((documents / (1.0 + f64::from(*samples))).ln() + 1.0) as f32);
    Some(FittedText {
        weights: weights.collect(),
        terms: chosen.into_iter().map(|(_, term)| term).collect(),
    })
}

/// The weighted terms of every sample's notes taken together: (1 + ln count) × weight, scaled to L2 norm 1.
pub(super) fn apply(cohort: &Cohort, fitted: &FittedText) -> Result<PreparedSource, PrepareError> {
    let samples = cohort.samples();
    let width = fitted.terms.len();
    let mut values = array("text", samples, width, 0f32)?;
    let mut present = vec![false; samples];
    let mut numbers: HashMap<String, u32> = HashMap::new();
    let mut places: HashMap<Key, usize> = HashMap::new();
    for (place, term) in fitted.terms.iter().enumerate() {
        let mut number = |word: &str| {
            let next = numbers.len() as u32;
            *numbers.entry(word.to_owned()).or_insert(next)
        };
        let key = match (term.strip_prefix(NEGATED), term.split_once(' ')) {
            (Some(word), _) => (NOT, number(word)),
            (None, Some((first, second))) => (number(first), number(second)),
            (None, None) => (ONE, number(term)),
        };
        places.insert(key, place);
    }
    let documents = Documents::of(cohort);
    let mut touched = Vec::new();
    for (row, cells) in values.chunks_exact_mut(width.max(1)).enumerate() {
        documents.keys(row, &numbers, &mut |key| {
            if let Some(&place) = places.get(&key) {
                if cells[place] == 0.0 {
                    touched.push(place);
                }
                cells[place] += 1.0;
            }
        });
        let mut squares = 0f32;
        for &place in &touched {
            cells[place] =
                (1.0 + cells[place].ln()) * fitted.weights.get(place).copied().unwrap_or(1.0);
            squares += cells[place] * cells[place];
        }
        let norm = squares.sqrt();
        present[row] = norm > 0.0;
        for place in touched.drain(..) {
            cells[place] /= norm;
        }
    }
    Ok(PreparedSource {
        present,
        features: Features::Dense(values),
    })
}

/// In how many training samples and persons a term was seen.
#[derive(Default)]
pub(super) struct Seen {
    samples: u32,
    persons: u32,
    /// One more than the last sample's turn.
    turn: usize,
    person: u32,
}

impl Seen {
    pub(super) fn see(&mut self, turn: usize, person: u32) {
        if self.turn == turn + 1 {
            return;
        }
        if self.samples == 0 || self.person != person {
            self.persons += 1;
        }
        (self.turn, self.person) = (turn + 1, person);
        self.samples += 1;
    }

    pub(super) fn qualifies(&self, fewest: usize) -> bool {
        self.samples as usize >= fewest && self.persons >= FEWEST_PERSONS
    }
}

/// The training rows with notes, a person's side by side, so that persons can be counted by comparing with the last one.
pub(super) fn with_notes(cohort: &Cohort, documents: &Documents, training: &[u32]) -> Vec<u32> {
    let has_notes = |row: &u32| !documents.notes(*row as usize).is_empty();
    let mut rows: Vec<u32> = training.iter().copied().filter(has_notes).collect();
    rows.sort_unstable_by_key(|&row| (person_of(cohort, row), row));
    rows
}

/// The person of a row.
pub(super) fn person_of(cohort: &Cohort, row: u32) -> u32 {
    cohort.persons.get(row as usize).copied().unwrap_or(row)
}

/// Falling document frequency, then the alphabet.
fn by_frequency(a: &(u32, String), b: &(u32, String)) -> std::cmp::Ordering {
    b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1))
}

pub(super) fn admissible(word: &str) -> bool {
    let mut run = 0;
    word.len() <= LONGEST_WORD
        && word.chars().all(|character| {
            run = if character.is_numeric() { run + 1 } else { 0 };
            run <= LONGEST_DIGITS
        })
}

/// The notes of each sample.
pub(super) struct Documents<'a> {
    notes: Vec<&'a Note>,
    offsets: Vec<usize>,
}

impl<'a> Documents<'a> {
    pub(super) fn of(cohort: &'a Cohort) -> Documents<'a> {
        let samples = cohort.samples();
        let mut notes: Vec<&Note> = cohort
            .notes
            .iter()
            .filter(|note| (note.sample as usize) < samples)
            .collect();
        notes.sort_by_key(|note| note.sample);
        let offsets = (0..=samples)
            .map(|row| notes.partition_point(|note| (note.sample as usize) < row))
            .collect();
        Documents { notes, offsets }
    }

    pub(super) fn notes(&self, row: usize) -> &[&'a Note] {
        &self.notes[self.offsets[row]..self.offsets[row + 1]]
    }

    fn words(&self, row: usize, see: &mut dyn FnMut(Word)) {
        for note in self.notes(row) {
            for_each_word(&note.text, see);
        }
    }

    /// Every term of a sample whose words are all numbered.
    fn keys(&self, row: usize, numbers: &HashMap<String, u32>, see: &mut dyn FnMut(Key)) {
        let mut before = None;
        self.words(row, &mut |word| {
            let number = numbers.get(word.text).copied();
            if let Some(number) = number {
                see((ONE, number));
                if word.negated {
                    see((NOT, number));
                }
                if word.follows
                    && let Some(before) = before
                {
                    see((before, number));
                }
            }
            before = number;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One sample and one person a text.
    fn cohort(texts: &[String]) -> Cohort {
        let rows = 0..texts.len() as u32;
        Cohort {
            ids: rows.clone().map(|row| row.to_string()).collect(),
            persons: rows.collect(),
            notes: texts
                .iter()
                .enumerate()
                .map(|(row, text)| Note {
                    sample: row as u32,
                    hours: f32::NAN,
                    source: String::new(),
                    text: text.clone(),
                })
                .collect(),
            ..Cohort::default()
        }
    }

    fn dense(source: &PreparedSource) -> &[f32] {
        match &source.features {
            Features::Dense(values) => values,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn by_hand() {
        // "fever" in 4 of 5 documents, "cough" in 3; "seen" in all, too common; "rash" in 2, too rare
        let texts = [
            "Seen: fever, cough, cough.",
            "Seen. No fever!",
            "Seen fever cough",
            "cough seen rash",
            "seen: fever rash",
        ];
        let cohort = cohort(&texts.map(String::from));
        let fitted = fit(&cohort, &[0, 1, 2, 3, 4]).unwrap();
        assert_eq!(fitted.terms, ["fever", "cough", "seen fever"]);
        let idf = |samples: f64| ((6.0 / (1.0 + samples)).ln() + 1.0) as f32;
        assert_eq!(fitted.weights, [idf(4.0), idf(3.0), idf(3.0)]);
        let prepared = apply(&cohort, &fitted).unwrap();
        assert_eq!(prepared.present, [true; 5]);
        let raw = [idf(4.0), (1.0 + 2f32.ln()) * idf(3.0), idf(3.0)];
        let norm = raw.iter().map(|value| value * value).sum::<f32>().sqrt();
        for (found, raw) in dense(&prepared)[..3].iter().zip(raw) {
            assert!((found - raw / norm).abs() < 1e-6);
        }
        assert_eq!(dense(&prepared)[3..6], [1.0, 0.0, 0.0]);
    }

    #[test]
    fn negation_gets_terms_of_its_own() {
        let texts: Vec<String> = (0..10)
            .map(|i| {
                if i % 2 == 0 {
                    "Patient denies any chest pain."
                } else {
                    "Patient has some chest pain."
                }
                .into()
            })
            .collect();
        let fitted = fit(&cohort(&texts), &(0..10).collect::<Vec<_>>()).unwrap();
        assert!(fitted.terms.iter().any(|term| term == "no_pain"));
        assert!(
            !fitted.terms.iter().any(|term| term == "pain"),
            "in every document"
        );
        let new = cohort(&[
            "He had no pain".into(),
            "He had pain".into(),
            "Er hatte Schmerzen".into(),
            String::new(),
        ]);
        let prepared = apply(&new, &fitted).unwrap();
        assert_eq!(prepared.present, [true, false, false, false]);
        let place = fitted
            .terms
            .iter()
            .position(|term| term == "no_pain")
            .unwrap();
        assert_eq!(dense(&prepared)[place], 1.0);
    }

    #[test]
    fn nothing_of_a_single_person_gets_into_the_vocabulary() {
        // Ms Quimby and her record number stand in ten notes, all hers; 2019 and 12345 stand in everybody's
        let mut texts = vec!["Quimby record 77 fever 2019".to_owned(); 10];
        texts.extend((0..10).map(|i| format!("{} fever 12345 seen", ["early", "late"][i % 2])));
        let mut cohort = cohort(&texts);
        cohort.persons = (0..20).map(|row: u32| row.saturating_sub(9)).collect();
        // the rows of one person need not stand together
        let training: Vec<u32> = (0..20).map(|i| (i * 7) % 20).collect();
        let fitted = fit(&cohort, &training).unwrap();
        assert_eq!(
            fitted.terms,
            ["seen", "early", "early fever", "late", "late fever"]
        );
    }

    #[test]
    fn at_most_1500_terms_with_room_for_each_kind() {
        let texts: Vec<String> = (0..6)
            .map(|i| {
                let pick = |k: usize| {
                    format!(
                        "{}{}",
                        char::from(b'a' + (k % 26) as u8),
                        char::from(b'a' + (k / 26 % 26) as u8)
                    )
                };
                let words: Vec<String> = (0..1300)
                    .filter(|k| (k + i) % 2 == 0)
                    .map(|k| pick(k) + &pick(k / 676))
                    .collect();
                let negated: Vec<String> = words
                    .iter()
                    .take(400)
                    .map(|word| format!("no {word}"))
                    .collect();
                words.join(" ") + ". " + &negated.join(". ")
            })
            .collect();
        let fitted = fit(&cohort(&texts), &[0, 1, 2, 3, 4, 5]).unwrap();
        assert_eq!((fitted.terms.len(), fitted.weights.len()), (1500, 1500));
        let negated = fitted
            .terms
            .iter()
            .filter(|term| term.starts_with("no_"))
            .count();
        let pairs = fitted
            .terms
            .iter()
            .filter(|term| term.contains(' '))
            .count();
        assert!(
            negated >= 250 && pairs >= 350 && 1500 - negated - pairs >= 900,
            "{negated} negated, {pairs} pairs"
        );
        assert!(fit(&cohort(&texts[..2]), &[0, 1]).is_none());
    }
}
