//! Text as subwords: WordPiece (Wu et al. 2016) as BERT uses it, over the pieces of the `tokenizers` crate.

use std::collections::BTreeSet;

use ahash::AHashMap;
use tokenizers::models::wordpiece::{WordPiece, WordPieceTrainer};
use tokenizers::normalizers::bert::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::{
    AddedToken, Model, NormalizedString, Normalizer, OffsetReferential, OffsetType,
    PreTokenizedString, PreTokenizer, Trainer,
};

/// Why a vocabulary cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubwordError {
    /// No entry for what is not in the vocabulary.
    #[error("the vocabulary has no entry \u{201c}{0}\u{201d} for unknown words")]
    NoUnknown(String),
    /// Two pieces share a number, or the library refuses it.
    #[error("the vocabulary cannot be used ({0})")]
    Vocabulary(String),
}

/// How a text is made plain before it is cut into words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spelling {
    /// Whether control characters go and all white space is a blank.
    pub clean: bool,
    /// Whether each Chinese character is a word.
    pub chinese_characters: bool,
    /// Whether accents go; `None`: where letters are lower-cased.
    pub strip_accents: Option<bool>,
    /// Whether letters are lower-cased.
    pub lowercase: bool,
}

impl Default for Spelling {
    fn default() -> Self {
        Self {
            clean: true,
            chinese_characters: true,
            strip_accents: None,
            lowercase: true,
        }
    }
}

impl Spelling {
    /// Calls `see` with each word of a text, in order: runs of letters and digits, and each punctuation mark.
    pub fn for_each_word(&self, text: &str, mut see: impl FnMut(&str)) {
        let normalizer = BertNormalizer::new(
            self.clean,
            self.chinese_characters,
            self.strip_accents,
            self.lowercase,
        );
        let mut normalized = NormalizedString::from(text);
        // Neither of the two fails for any text; a text that did would have no words.
        if normalizer.normalize(&mut normalized).is_err() {
            return;
        }
        let mut words = PreTokenizedString::from(normalized);
        if BertPreTokenizer.pre_tokenize(&mut words).is_err() {
            return;
        }
        for (word, _, _) in words.get_splits(OffsetReferential::Normalized, OffsetType::Byte) {
            see(word);
        }
    }
}

/// A vocabulary that cuts texts into numbered subwords.
pub struct Subwords {
    model: WordPiece,
    spelling: Spelling,
}

/// What stands before a piece that continues a word.
pub const CONTINUATION: &str = "##";

impl Subwords {
    /// A vocabulary of numbered pieces.
    ///
    /// # Errors
    /// Where `unknown` is not among the pieces, or the pieces are refused.
    pub fn new(
        pieces: impl IntoIterator<Item = (String, u32)>,
        unknown: &str,
        longest_word: usize,
        spelling: Spelling,
    ) -> Result<Self, SubwordError> {
        let pieces: AHashMap<String, u32> = pieces.into_iter().collect();
        if !pieces.contains_key(unknown) {
            return Err(SubwordError::NoUnknown(unknown.to_owned()));
        }
        let model = WordPiece::builder()
            .vocab(pieces)
            .unk_token(unknown.to_owned())
            .continuing_subword_prefix(CONTINUATION.to_owned())
            .max_input_chars_per_word(longest_word)
            .build()
            .map_err(|error| SubwordError::Vocabulary(error.to_string()))?;
        Ok(Self { model, spelling })
    }

    /// Number of pieces.
    pub fn pieces(&self) -> usize {
        self.model.get_vocab_size()
    }

    /// The number of a piece.
    pub fn number(&self, piece: &str) -> Option<u32> {
        self.model.token_to_id(piece)
    }

    /// The numbers of a text's subwords, in order.
    pub fn cut(&self, text: &str) -> Vec<u32> {
        let mut numbers = Vec::new();
        self.spelling.for_each_word(text, |word| {
            if let Ok(pieces) = self.model.tokenize(word) {
                numbers.extend(pieces.iter().map(|piece| piece.id));
            }
        });
        numbers
    }
}

/// Learns up to `most` pieces from words and how often they occur, each pair of neighbours that is merged at least `fewest`
/// times. Reserved pieces come first, then all characters, then what was merged. The same words give the same pieces in the same order.
///
/// # Errors
/// Where the library refuses the words.
pub fn learn<'a>(
    words: impl IntoIterator<Item = (&'a str, u64)>,
    reserved: &[&str],
    most: usize,
    fewest: u64,
) -> Result<Vec<String>, SubwordError> {
    let mut texts = Vec::new();
    let mut characters = BTreeSet::new();
    for (word, count) in words {
        characters.extend(word.chars());
        texts.extend(std::iter::repeat_n(word, count as usize));
    }
    // Every character gets its number here: the trainer would number those inside words in the order of a hash table, and
    // break ties between merges by these numbers.
    let alphabet = characters
        .iter()
        .map(char::to_string)
        .chain(characters.iter().map(|c| format!("{CONTINUATION}{c}")));
    let first = reserved
        .iter()
        .map(|&piece| piece.to_owned())
        .chain(alphabet)
        .map(|piece| AddedToken::from(piece, true))
        .collect();
    let refused = |error: tokenizers::Error| SubwordError::Vocabulary(error.to_string());
    let mut trainer = WordPieceTrainer::builder()
        .show_progress(false)
        .vocab_size(most)
        .min_frequency(fewest)
        .special_tokens(first)
        .build();
    trainer
        .feed(texts.into_iter(), |word| Ok(vec![word.to_owned()]))
        .map_err(refused)?;
    let mut model = WordPiece::default();
    trainer.train(&mut model).map_err(refused)?;
    let mut pieces: Vec<(u32, String)> = model
        .get_vocab()
        .into_iter()
        .map(|(piece, number)| (number, piece))
        .collect();
    pieces.sort_unstable();
    Ok(pieces.into_iter().map(|(_, piece)| piece).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(pieces: &[&str]) -> Vec<(String, u32)> {
        let number = |(place, piece): (usize, &&str)| ((*piece).to_owned(), place as u32);
        pieces.iter().enumerate().map(number).collect()
    }

    #[test]
    fn cuts_as_bert_does() {
        let pieces = numbered(&["[UNK]", "no", "pneu", "##mon", "##ia", ".", "fie", "##vre"]);
        let subwords = Subwords::new(pieces, "[UNK]", 100, Spelling::default()).unwrap();
        assert_eq!(subwords.cut("No pneumonia."), [1, 2, 3, 4, 5]);
        assert_eq!(subwords.cut("Fièvre, no\u{0}"), [6, 7, 0, 1]);
        assert_eq!(subwords.cut(""), [0u32; 0]);
        let missing = Subwords::new(numbered(&["a"]), "[UNK]", 100, Spelling::default());
        assert_eq!(missing.err(), Some(SubwordError::NoUnknown("[UNK]".into())));
    }

    #[test]
    fn learns_the_same_pieces_every_time() {
        let words = [
            ("pneumonia", 9),
            ("pneumothorax", 5),
            ("thorax", 6),
            ("no", 20),
            ("rare", 1),
        ];
        let first = learn(words, &["[PAD]", "[UNK]"], 60, 2).unwrap();
        assert_eq!(first[..2], ["[PAD]", "[UNK]"]);
        for whole in ["no", "thorax", "pneumonia"] {
            assert!(first.iter().any(|piece| piece == whole), "{first:?}");
        }
        assert!(!first.iter().any(|piece| piece == "rare"));
        for _ in 0..20 {
            assert_eq!(learn(words, &["[PAD]", "[UNK]"], 60, 2).unwrap(), first);
        }
        // every character that was seen is a piece, so only strange ones are unknown
        let pieces = first.iter().cloned().zip(0..);
        let subwords = Subwords::new(pieces, "[UNK]", 40, Spelling::default()).unwrap();
        assert!(!subwords.cut("mare eran").contains(&1));
        assert_eq!(subwords.cut("ß"), [1]);
    }
}
