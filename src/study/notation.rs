//! How a [`Selection`] and a [`Beta`] are written in JSON: `"all"`, `false` or names; `"identity"`, `"auto"` or a number.

use std::fmt;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Beta, Selection};

impl Serialize for Selection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Selection::All => serializer.serialize_str("all"),
            Selection::Only(names) => names.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Selection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SelectionVisitor)
    }
}

struct SelectionVisitor;

impl<'de> Visitor<'de> for SelectionVisitor {
    type Value = Selection;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("\"all\", false or a list of names")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Selection, E> {
        match text {
            "all" => Ok(Selection::All),
            _ => Err(E::custom("expected \"all\", false or a list of names")),
        }
    }

    fn visit_bool<E: Error>(self, all: bool) -> Result<Selection, E> {
        Ok(if all {
            Selection::All
        } else {
            Selection::Only(Vec::new())
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut names: A) -> Result<Selection, A::Error> {
        let mut only = Vec::new();
        while let Some(name) = names.next_element()? {
            only.push(name);
        }
        Ok(Selection::Only(only))
    }
}

impl Serialize for Beta {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Beta::Identity => serializer.serialize_str("identity"),
            Beta::Auto => serializer.serialize_str("auto"),
            Beta::Value(value) => serializer.serialize_f64(*value),
        }
    }
}

impl<'de> Deserialize<'de> for Beta {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(BetaVisitor)
    }
}

struct BetaVisitor;

impl Visitor<'_> for BetaVisitor {
    type Value = Beta;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("\"identity\", \"auto\" or a number")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Beta, E> {
        match text {
            "identity" => Ok(Beta::Identity),
            "auto" => Ok(Beta::Auto),
            _ => Err(E::custom("expected \"identity\", \"auto\" or a number")),
        }
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Beta, E> {
        Ok(Beta::Value(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Beta, E> {
        Ok(Beta::Value(value as f64))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Beta, E> {
        Ok(Beta::Value(value as f64))
    }
}
