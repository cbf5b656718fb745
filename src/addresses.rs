//! What the page's address asks for: a demo, a study, a panel. Links carry studies, never data (docs/addresses.md).

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde_json::Value;

use crate::session::protocol::DemoOptions;

/// What stands before a study in an address's fragment.
pub const STUDY_FRAGMENT: &str = "study=";

/// A study of a link may be so many bytes of JSON; the largest of 64 tasks has a tenth.
const LARGEST_STUDY: u64 = 1 << 20;

/// What the address asks for at the start.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Asked {
    /// A demo cohort to open, and how it is to be.
    pub demo: Option<(String, DemoOptions)>,
    /// Where a study lies, relative to the page.
    pub study: Option<String>,
    /// The panel to show.
    pub panel: Option<String>,
    /// The device to compute on.
    pub device: Option<String>,
    /// The names of the panels that can be seen, in their order; all where it is empty.
    pub panels: Vec<String>,
    /// Light, dark or as the system; the user's own choice where it is not given.
    pub theme: Option<String>,
    /// Whether what was computed can be looked at and nothing else.
    pub readonly: bool,
    /// What was not understood and is left out, each a sentence.
    pub problems: Vec<String>,
}

impl Asked {
    /// Reads the query of an address, with or without its `?`. What it does not know is left to others.
    pub fn of_query(query: &str) -> Asked {
        let mut asked = Asked::default();
        let mut demo = None;
        let mut options = DemoOptions::default();
        let problems = &mut asked.problems;
        for (name, value) in pairs(query) {
            match name.as_str() {
                "demo" => demo = Some(value),
                "study" => asked.study = Some(value).filter(|value| !value.is_empty()),
                "panel" => asked.panel = Some(value),
                "device" => asked.device = Some(value),
                "panels" => asked.panels = names(&value),
                "theme" => asked.theme = Some(value),
                "readonly" => asked.readonly = is_on(&value),
                "patients" => options.patients = number(&name, &value, problems),
                "seed" => options.seed = number(&name, &value, problems),
                "missing" => options.missing = number(&name, &value, problems),
                "tasks" => options.tasks = number(&name, &value, problems),
                "waves" => options.waves = Some(value != "false"),
                "reports" => options.reports = Some(value != "false"),
                _ => {}
            }
        }
        asked.demo = demo.map(|demo| (demo, options));
        if asked.demo.is_none() {
            // Without a demo its options mean nothing, and may be a portal's own.
            asked.problems.clear();
        }
        asked
    }

    /// What stands on the studio's element goes before what the address of the page around it says. The address of a page with a read-only element opens nothing.
    pub fn with_element(mut self, element: OnElement) -> Asked {
        if element.readonly.as_deref().is_some_and(is_on) {
            self = Asked {
                readonly: true,
                demo: None,
                study: None,
                problems: vec![],
                ..self
            };
        }
        if let Some(panels) = &element.panels {
            self.panels = names(panels);
        }
        self.theme = element.theme.or(self.theme);
        self.study = element.study.or(self.study);
        self
    }
}

/// The attributes of the studio's element, where it has them (docs/embedding.md).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OnElement {
    /// The panels that can be seen.
    pub panels: Option<String>,
    /// Light, dark or as the system.
    pub theme: Option<String>,
    /// Where a study lies, relative to the page.
    pub study: Option<String>,
    /// Whether what was computed can be looked at and nothing else.
    pub readonly: Option<String>,
}

/// Names with commas or spaces between them, each once.
fn names(list: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for name in list.split([',', ' ']).filter(|name| !name.is_empty()) {
        if !names.iter().any(|known| known == name) {
            names.push(name.to_string());
        }
    }
    names
}

/// A switch is on where it stands, unless it says otherwise.
fn is_on(value: &str) -> bool {
    value != "false"
}

fn number<T: std::str::FromStr>(name: &str, value: &str, problems: &mut Vec<String>) -> Option<T> {
    let read = value.trim().parse().ok();
    if read.is_none() {
        problems.push(format!(
            "The address says {name}={value}, which is no such number; the demo's own is used."
        ));
    }
    read
}

/// The names and values of a query, decoded as browsers do.
fn pairs(query: &str) -> impl Iterator<Item = (String, String)> + '_ {
    let query = query.strip_prefix('?').unwrap_or(query);
    query
        .split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (decoded(name), decoded(value))
        })
}

/// Undoes `%41` and `+`; what is broken stays as it is.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let digit = |place: usize| Some((*bytes.get(place)? as char).to_digit(16)? as u8);
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push(high << 4 | low);
                at += 3;
                continue;
            }
            (b'+', _, _) => out.push(b' '),
            _ => out.push(byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Why a link's study cannot be read; a sentence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LinkProblem {
    /// It is not what [`fragment_of`] writes.
    #[error(
        "The link's study is broken: the link may have been cut short on its way. Copy all of it, or ask for the study as a file."
    )]
    Broken,
    /// It is larger than any study.
    #[error("The link's study is larger than any study can be and was not opened.")]
    TooLarge,
}

/// The fragment, without `#`, that carries a study: its JSON, deflated, in base64url.
pub fn fragment_of(study: &Value) -> String {
    let json = study.to_string();
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    // Memory takes all that is written.
    let packed = encoder
        .write_all(json.as_bytes())
        .and_then(|()| encoder.finish());
    let bytes = packed.unwrap_or_else(|_| json.into_bytes());
    format!("{STUDY_FRAGMENT}{}", to_base64(&bytes))
}

/// The study of a fragment, with or without `#`; none where it carries none. JSON that is not deflated is read as well.
pub fn study_of_fragment(fragment: &str) -> Option<Result<Value, LinkProblem>> {
    let fragment = fragment.strip_prefix('#').unwrap_or(fragment);
    let text = fragment.strip_prefix(STUDY_FRAGMENT)?;
    Some(read_study(text))
}

fn read_study(text: &str) -> Result<Value, LinkProblem> {
    let bytes = from_base64(&decoded(text)).ok_or(LinkProblem::Broken)?;
    let document = match serde_json::from_slice(&bytes) {
        Ok(document) => document,
        Err(_) => {
            let mut json = Vec::new();
            DeflateDecoder::new(bytes.as_slice())
                .take(LARGEST_STUDY + 1)
                .read_to_end(&mut json)
                .map_err(|_| LinkProblem::Broken)?;
            if json.len() as u64 > LARGEST_STUDY {
                return Err(LinkProblem::TooLarge);
            }
            serde_json::from_slice(&json).map_err(|_| LinkProblem::Broken)?
        }
    };
    match document {
        Value::Object(_) => Ok(document),
        _ => Err(LinkProblem::Broken),
    }
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Base64 of the kind that addresses may hold, without padding.
fn to_base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let bits = (0..3).fold(0u32, |bits, at| {
            bits << 8 | u32::from(three.get(at).copied().unwrap_or(0))
        });
        for place in 0..=three.len() {
            let index = (bits >> (18 - 6 * place)) & 63;
            text.push(char::from(ALPHABET[index as usize]));
        }
    }
    text
}

/// The bytes of base64, of either alphabet, padded or not; none where it is something else.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let text = text.trim().trim_end_matches('=');
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0u32, 0);
    for letter in text.bytes() {
        let letter = match letter {
            b'+' => b'-',
            b'/' => b'_',
            other => other,
        };
        let value = ALPHABET.iter().position(|&known| known == letter)? as u32;
        bits = (bits << 6 | value) & 0xffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    // One letter alone is no byte.
    (count < 6).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_query_is_read_as_browsers_do() {
        let asked = Asked::of_query(
            "?demo=ward&patients=150&tasks=4&seed=9&study=studies%2Ficu+1.json&panel=tasks&other=1",
        );
        let (name, options) = asked.demo.unwrap();
        assert_eq!(name, "ward");
        assert_eq!(
            (options.patients, options.tasks, options.seed),
            (Some(150), Some(4), Some(9))
        );
        assert_eq!(asked.study.as_deref(), Some("studies/icu 1.json"));
        assert_eq!(asked.panel.as_deref(), Some("tasks"));
        assert!(asked.problems.is_empty());
    }

    #[test]
    fn what_is_no_number_gets_a_sentence_and_the_rest_holds() {
        let asked = Asked::of_query("demo=ward&patients=many&tasks=4");
        assert_eq!(asked.demo.unwrap().1.tasks, Some(4));
        assert_eq!(asked.problems.len(), 1);
        assert!(asked.problems[0].contains("patients=many"));
        assert!(Asked::of_query("patients=many").problems.is_empty());
    }

    #[test]
    fn what_a_page_shows_of_the_studio_is_said_by_the_address_or_the_element() {
        let asked = Asked::of_query("?panels=results,tim,results&theme=dark&readonly");
        assert_eq!(asked.panels, ["results", "tim"]);
        assert_eq!(asked.theme.as_deref(), Some("dark"));
        assert!(asked.readonly);
        assert!(!Asked::of_query("readonly=false").readonly);

        let element = OnElement {
            panels: Some(" tim  predict".into()),
            readonly: Some(String::new()),
            ..OnElement::default()
        };
        let page = "?demo=ward&study=other.json&theme=light&panels=data&readonly=false";
        let asked = Asked::of_query(page).with_element(element);
        assert_eq!(asked.panels, ["tim", "predict"]);
        assert_eq!(asked.theme.as_deref(), Some("light"));
        assert!(asked.readonly);
        assert_eq!((asked.demo, asked.study), (None, None));

        let asked = Asked::of_query("readonly&demo=ward").with_element(OnElement::default());
        assert!(asked.readonly && asked.demo.is_some());
    }

    #[test]
    fn links_that_are_cut_or_changed_are_told_from_studies() {
        let study =
            json!({ "format": "m3h-study/1", "name": "Überwachung", "tasks": [{ "name": "a" }] });
        let link = format!("#{}", fragment_of(&study));
        assert_eq!(study_of_fragment(&link), Some(Ok(study)));
        assert_eq!(study_of_fragment("#tasks"), None);
        for broken in [
            "#study=",
            "#study=?",
            "#study=QUJD",
            "#study=e30x",
            &link[..link.len() - 9],
        ] {
            assert_eq!(
                study_of_fragment(broken),
                Some(Err(LinkProblem::Broken)),
                "{broken}"
            );
        }
        let plain = format!("study={}", to_base64(b"{\"name\":\"plain\"}"));
        assert_eq!(
            study_of_fragment(&plain),
            Some(Ok(json!({ "name": "plain" })))
        );
        let bomb = fragment_of(&json!({ "name": "x".repeat(2 << 20) }));
        assert!(bomb.len() < 10_000);
        assert_eq!(study_of_fragment(&bomb), Some(Err(LinkProblem::TooLarge)));
    }

    proptest! {
        #[test]
        fn any_address_is_read_without_panic(text in ".*") {
            Asked::of_query(&text);
            study_of_fragment(&text);
            study_of_fragment(&format!("#study={text}"));
        }

        #[test]
        fn any_letters_of_base64_are_read_without_panic(text in "[A-Za-z0-9_-]{0,300}") {
            if let Some(Ok(study)) = study_of_fragment(&format!("study={text}")) {
                prop_assert!(study.is_object());
            }
        }

        #[test]
        fn base64_goes_there_and_back(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(from_base64(&to_base64(&bytes)), Some(bytes));
        }

        #[test]
        fn studies_go_there_and_back(name in ".*", tasks in prop::collection::vec((".*", any::<u32>()), 0..20)) {
            let tasks: Vec<Value> = tasks.into_iter().map(|(name, weight)| json!({ "name": name, "weight": weight })).collect();
            let study = json!({ "name": name, "tasks": tasks });
            let link = fragment_of(&study);
            prop_assert!(link.bytes().all(|letter| letter.is_ascii_alphanumeric() || b"-_=".contains(&letter)));
            prop_assert_eq!(study_of_fragment(&link), Some(Ok(study)));
        }

        #[test]
        fn values_of_a_query_go_there_and_back(value in ".*") {
            let encoded: String = value.bytes().map(|byte| format!("%{byte:02x}")).collect();
            let asked = Asked::of_query(&format!("panel={encoded}"));
            prop_assert_eq!(asked.panel, Some(value));
        }
    }
}
