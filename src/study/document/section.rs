//! One object of the document while it is read.

use serde::de::value::Error as WordError;
use serde::de::{DeserializeOwned, IntoDeserializer};
use serde_json::{Map, Value};

use crate::study::defaults::{self, Real, Whole};
use crate::study::problem::{Problem, nearest};
use crate::study::{
    Balance, Beta, Calibration, Imbalance, Selection, SeriesEncoder, TaskKind, TextEncoder,
};

/// What a JSON value is, in words.
pub(super) fn described(value: &Value) -> &'static str {
    match value {
        Value::Null => "missing",
        Value::Bool(true) => "true",
        Value::Bool(false) => "false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a group of settings",
    }
}

/// Whether a value is a text without a letter, which counts as not given.
pub(super) fn is_blank(value: &Value) -> bool {
    value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// Hands out its settings and notes what is wrong with them.
pub(super) struct Section<'a, 'p> {
    place: &'p str,
    /// The settings, where the value is an object.
    pub(super) fields: Option<&'a Map<String, Value>>,
    /// What has been found wrong so far.
    pub(super) problems: &'p mut Vec<Problem>,
}

impl<'a, 'p> Section<'a, 'p> {
    /// Takes an object and notes its unknown settings. A missing value is an empty object.
    pub(super) fn open(
        value: Option<&'a Value>,
        place: &'p str,
        known: &[&str],
        problems: &'p mut Vec<Problem>,
    ) -> Self {
        let fields = value.and_then(Value::as_object);
        for key in fields.into_iter().flat_map(Map::keys) {
            if !known.contains(&key.as_str()) {
                problems.push(Problem::UnknownKey {
                    place: place.to_owned(),
                    key: key.clone(),
                    nearest: nearest(key, known.iter().copied()),
                });
            }
        }
        if let (None, Some(value)) = (fields, value) {
            problems.push(Problem::Shape {
                place: place.to_owned(),
                expected: "a group of settings",
                found: described(value),
            });
        }
        Section {
            place,
            fields,
            problems,
        }
    }

    /// The value of a setting, `None` where it is missing or `null`.
    pub(super) fn get(&self, key: &str) -> Option<&'a Value> {
        self.fields?.get(key).filter(|value| !value.is_null())
    }

    fn wrong_type(&mut self, key: &'static str, expected: &'static str, found: &'static str) {
        let place = self.place.to_owned();
        self.problems.push(Problem::Type {
            place,
            key,
            expected,
            found,
        });
    }

    fn wrong_word(&mut self, key: &'static str, choices: &'static str, found: &str) {
        let (place, found) = (self.place.to_owned(), found.to_owned());
        self.problems.push(Problem::Word {
            place,
            key,
            choices,
            found,
        });
    }

    /// A number within its range, or `None` with the problem noted.
    fn within(&mut self, key: &'static str, found: f64, low: f64, high: f64) -> Option<f64> {
        if (low..=high).contains(&found) {
            return Some(found);
        }
        let place = self.place.to_owned();
        self.problems.push(Problem::Range {
            place,
            key,
            low,
            high,
            found,
        });
        None
    }

    /// A whole number, or its default with the problem noted.
    pub(super) fn whole(&mut self, key: &'static str, setting: Whole) -> u64 {
        let Some(value) = self.get(key) else {
            return setting.default;
        };
        match value.as_f64() {
            None => self.wrong_type(key, "a whole number", described(value)),
            Some(number) if number.fract() != 0.0 => {
                self.wrong_type(key, "a whole number", "a number with a fraction");
            }
            // JavaScript writes some whole numbers with a fraction of zero. All ranges end below 2^53, where this is exact.
            Some(number) => {
                if let Some(number) =
                    self.within(key, number, setting.low as f64, setting.high as f64)
                {
                    return number as u64;
                }
            }
        }
        setting.default
    }

    /// A number, or its default with the problem noted.
    pub(super) fn real(&mut self, key: &'static str, setting: Real) -> f64 {
        let Some(value) = self.get(key) else {
            return setting.default;
        };
        match value.as_f64() {
            None => self.wrong_type(key, "a number", described(value)),
            Some(number) => {
                if let Some(number) = self.within(key, number, setting.low, setting.high) {
                    return number;
                }
            }
        }
        setting.default
    }

    /// True or false.
    pub(super) fn flag(&mut self, key: &'static str, default: bool) -> bool {
        match self.get(key) {
            None => default,
            Some(Value::Bool(flag)) => *flag,
            Some(other) => {
                self.wrong_type(key, "true or false", described(other));
                default
            }
        }
    }

    /// A text that is more than blanks.
    pub(super) fn text(&mut self, key: &'static str) -> Option<String> {
        match self.get(key)? {
            Value::String(text) if text.trim().is_empty() => None,
            Value::String(text) => Some(text.clone()),
            other => {
                self.wrong_type(key, "a text", described(other));
                None
            }
        }
    }

    /// A table cell: a text, or a number or true or false, which are taken as they would be written.
    pub(super) fn cell(&mut self, key: &'static str) -> Option<String> {
        match self.get(key)? {
            Value::Bool(flag) => Some(flag.to_string()),
            // 1.0 is how JavaScript may hand over 1.
            Value::Number(number) => Some(match number.as_f64() {
                Some(value) => value.to_string(),
                None => number.to_string(),
            }),
            _ => self.text(key),
        }
    }

    /// Values of a column: a list of texts or numbers, or one of them.
    pub(super) fn values(&mut self, key: &'static str) -> Vec<String> {
        const EXPECTED: &str = "a list of values of the column";
        let listed = match self.get(key) {
            None => return vec![],
            Some(Value::Array(listed)) => listed,
            Some(_) => return self.cell(key).into_iter().collect(),
        };
        let values: Option<Vec<String>> = listed
            .iter()
            .map(|value| match value {
                Value::String(text) => Some(text.clone()),
                Value::Bool(flag) => Some(flag.to_string()),
                Value::Number(number) => number.as_f64().map(|value| value.to_string()),
                _ => None,
            })
            .collect();
        values.unwrap_or_else(|| {
            self.wrong_type(key, EXPECTED, "a list with something else than values");
            vec![]
        })
    }

    /// A task's kind.
    pub(super) fn kind(&mut self) -> Option<TaskKind> {
        self.fields?;
        match self.get("kind") {
            None => {
                self.problems.push(Problem::Needed {
                    task: self.place.to_owned(),
                    kind: "every",
                    key: "kind",
                    meaning: "which is “binary”, “multiclass”, “regression” or “clustering”",
                });
                None
            }
            Some(Value::String(word)) => match word.as_str() {
                "binary" => Some(TaskKind::Binary),
                "multiclass" => Some(TaskKind::Multiclass),
                "regression" => Some(TaskKind::Regression),
                "clustering" => Some(TaskKind::Clustering),
                _ => {
                    let choices = "“binary”, “multiclass”, “regression” or “clustering”";
                    self.wrong_word("kind", choices, word);
                    None
                }
            },
            Some(other) => {
                self.wrong_type("kind", "a text", described(other));
                None
            }
        }
    }

    /// A [`Selection`].
    pub(super) fn selection(&mut self, key: &'static str, default: Selection) -> Selection {
        const EXPECTED: &str = "“all”, false or a list of names";
        match self.get(key) {
            None => return default,
            Some(Value::Bool(true)) => return Selection::All,
            Some(Value::Bool(false)) => return Selection::Only(Vec::new()),
            Some(Value::String(word)) if word == "all" => return Selection::All,
            Some(Value::String(word)) => self.wrong_word(key, EXPECTED, word),
            Some(Value::Array(listed)) => {
                let names: Option<Vec<String>> = listed
                    .iter()
                    .map(|name| name.as_str().map(str::to_owned))
                    .collect();
                match names {
                    Some(names) => return Selection::Only(names),
                    None => {
                        self.wrong_type(key, EXPECTED, "a list with something else than names");
                    }
                }
            }
            Some(other) => self.wrong_type(key, EXPECTED, described(other)),
        }
        default
    }

    /// The model's `beta`.
    pub(super) fn beta(&mut self) -> Beta {
        const EXPECTED: &str = "“identity”, “auto” or a number";
        match self.get("beta") {
            None => return defaults::BETA,
            Some(Value::String(word)) => match word.as_str() {
                "identity" => return Beta::Identity,
                "auto" => return Beta::Auto,
                _ => self.wrong_word("beta", EXPECTED, word),
            },
            Some(Value::Number(_)) => {
                return Beta::Value(self.real("beta", defaults::BETA_VALUE));
            }
            Some(other) => self.wrong_type("beta", EXPECTED, described(other)),
        }
        defaults::BETA
    }

    /// The model's `series`.
    pub(super) fn series_encoder(&mut self) -> SeriesEncoder {
        let expected = "“summary”, “sequence” or “both”";
        self.word("series", expected, defaults::SERIES_ENCODER)
    }

    /// The model's `text`.
    pub(super) fn text_encoder(&mut self) -> TextEncoder {
        let expected = "“words”, “sequence” or “both”";
        self.word("text", expected, defaults::TEXT_ENCODER)
    }

    /// The training's `balance`.
    pub(super) fn balance(&mut self) -> Balance {
        self.word("balance", "“equal” or “uncertainty”", defaults::BALANCE)
    }

    /// The training's `imbalance`.
    pub(super) fn imbalance(&mut self) -> Imbalance {
        let expected = "“none”, “weighted” or “focal”";
        self.word("imbalance", expected, defaults::IMBALANCE)
    }

    /// The training's `calibration`.
    pub(super) fn calibration(&mut self) -> Calibration {
        let expected = "“none”, “temperature” or “isotonic”";
        self.word("calibration", expected, defaults::CALIBRATION)
    }

    /// One of the words that a type is written as.
    fn word<T: DeserializeOwned>(
        &mut self,
        key: &'static str,
        expected: &'static str,
        default: T,
    ) -> T {
        match self.get(key) {
            None => {}
            Some(Value::String(word)) => match T::deserialize(word.as_str().into_deserializer()) {
                Ok(meant) => return meant,
                Err::<_, WordError>(_) => self.wrong_word(key, expected, word),
            },
            Some(other) => self.wrong_type(key, expected, described(other)),
        }
        default
    }
}
