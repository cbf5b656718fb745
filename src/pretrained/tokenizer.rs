//! The `tokenizer.json` of a BERT: a WordPiece vocabulary, read into [`Subwords`].

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;

use super::error::PretrainedError;
use crate::subword::{CONTINUATION, Spelling, Subwords};

/// A vocabulary and the numbers of the pieces that stand around a text.
pub(super) struct Tokenizer {
    subwords: Subwords,
    /// Stands before every text (`[CLS]`).
    pub begin: u32,
    /// Stands after every text (`[SEP]`).
    pub end: u32,
    /// Fills a batch's shorter texts (`[PAD]`).
    pub fill: u32,
    /// The largest number of a piece.
    pub largest: u32,
}

#[derive(Deserialize)]
struct File {
    model: Value,
    normalizer: Option<Value>,
    pre_tokenizer: Option<Value>,
    #[serde(default)]
    added_tokens: Vec<Added>,
}

#[derive(Deserialize)]
struct Added {
    id: u32,
    content: String,
}

#[derive(Deserialize)]
struct WordPiece {
    vocab: HashMap<String, u32>,
    #[serde(default = "unknown")]
    unk_token: String,
    #[serde(default = "continuation")]
    continuing_subword_prefix: String,
    #[serde(default = "longest_word")]
    max_input_chars_per_word: usize,
}

fn unknown() -> String {
    "[UNK]".into()
}

fn continuation() -> String {
    CONTINUATION.into()
}

fn longest_word() -> usize {
    100
}

/// How `BertNormalizer` spells; its switches are all on where they are not written.
#[derive(Deserialize)]
#[serde(default)]
struct Normalizer {
    clean_text: bool,
    handle_chinese_chars: bool,
    strip_accents: Option<bool>,
    lowercase: bool,
}

impl Default for Normalizer {
    fn default() -> Self {
        Self {
            clean_text: true,
            handle_chinese_chars: true,
            strip_accents: None,
            lowercase: true,
        }
    }
}

fn kind(value: &Value) -> &str {
    value.get("type").and_then(Value::as_str).unwrap_or("none")
}

impl Tokenizer {
    /// Reads the bytes of a `tokenizer.json`.
    ///
    /// # Errors
    /// Where they are not the description of a WordPiece vocabulary with the words and spelling of BERT.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, PretrainedError> {
        let wrong = |reason: String| PretrainedError::Description {
            file: file.to_owned(),
            reason,
        };
        let damaged = |error: serde_json::Error| {
            wrong(format!(
                "this is not a vocabulary as the tokenizers library writes it ({error}). Download it again."
            ))
        };
        let parts: File = serde_json::from_slice(bytes).map_err(damaged)?;
        let other = |what: &str, found: &str| {
            wrong(format!(
                "its {what} is \u{201c}{found}\u{201d}. Only the WordPiece vocabularies of BERT can be read; choose a BERT model."
            ))
        };
        // Older files name no type, and then hold what only WordPiece has.
        let wordpiece = kind(&parts.model) == "WordPiece"
            || (parts.model.get("type").is_none()
                && parts.model.get("continuing_subword_prefix").is_some());
        if !wordpiece {
            return Err(other("vocabulary", kind(&parts.model)));
        }
        let words = parts.pre_tokenizer.as_ref().map_or("none", kind);
        if words != "BertPreTokenizer" {
            return Err(other("way to find words", words));
        }
        let normalizer = match &parts.normalizer {
            Some(value) if kind(value) == "BertNormalizer" => {
                Normalizer::deserialize(value).map_err(damaged)?
            }
            other_kind => {
                let found = other_kind.as_ref().map_or("none", kind);
                return Err(other("spelling", found));
            }
        };
        let model = WordPiece::deserialize(&parts.model).map_err(damaged)?;
        if model.continuing_subword_prefix != CONTINUATION {
            return Err(other(
                "mark of a word's continuation",
                &model.continuing_subword_prefix,
            ));
        }
        let mut pieces = model.vocab;
        for added in parts.added_tokens {
            pieces.entry(added.content).or_insert(added.id);
        }
        let number = |piece: &str| {
            pieces.get(piece).copied().ok_or_else(|| {
                wrong(format!(
                    "the vocabulary has no entry \u{201c}{piece}\u{201d}, which every BERT has. Choose the tokenizer.json that came with the weights."
                ))
            })
        };
        let (begin, end, fill) = (number("[CLS]")?, number("[SEP]")?, number("[PAD]")?);
        let largest = pieces.values().copied().max().unwrap_or(0);
        let spelling = Spelling {
            clean: normalizer.clean_text,
            chinese_characters: normalizer.handle_chinese_chars,
            strip_accents: normalizer.strip_accents,
            lowercase: normalizer.lowercase,
        };
        let subwords = Subwords::new(
            pieces,
            &model.unk_token,
            model.max_input_chars_per_word,
            spelling,
        )
        .map_err(|error| {
            wrong(format!(
                "{error}. Choose the tokenizer.json that came with the weights."
            ))
        })?;
        Ok(Self {
            subwords,
            begin,
            end,
            fill,
            largest,
        })
    }

    /// The numbers of a text's subwords, without those that stand around it.
    pub fn cut(&self, text: &str) -> Vec<u32> {
        self.subwords.cut(text)
    }
}
