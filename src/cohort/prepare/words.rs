//! A note as a sequence of words, with sentence boundaries and the scope of negations (ours, after the idea of NegEx,
//! Chapman et al. 2001).

/// Words that negate what follows them.
const NEGATIONS: [&str; 13] = [
    "no", "not", "without", "denies", "denied", "deny", "denying", "negative", "neg", "never",
    "neither", "nor", "cannot",
];
/// Words that end a negation's scope before its time.
const TURNS: [&str; 6] = ["but", "however", "although", "though", "except", "yet"];
/// Words after a negation that it reaches.
const SCOPE: u32 = 4;

/// One word of a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Word<'a> {
    /// Its lower-case letters and digits.
    pub text: &'a str,
    /// Whether the word before it stands in the same sentence.
    pub follows: bool,
    /// Whether it stands within the scope of a negation.
    pub negated: bool,
}

/// Calls `see` with each word of a text, in order.
///
/// A word is a run of Unicode letters and digits, lower-cased. A sentence ends at `! ? ;` or an ideographic full
/// stop; at a full stop unless a digit or a lower-case letter follows at once (`3.5`, `p.o.`); and at a line break
/// before an empty line, a bullet or a capital letter (other line breaks only wrap). A negation reaches the four words
/// after it in its sentence, or up to a word such as "but"; `w/o` is one.
pub(super) fn for_each_word(text: &str, see: &mut dyn FnMut(Word)) {
    let mut word = String::new();
    let mut follows = false;
    let mut scope = 0u32;
    // how far "w/o" has been read
    let mut without = 0u8;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character.is_alphanumeric() {
            lower(character, &mut word);
            if characters.peek().is_some_and(|next| next.is_alphanumeric()) {
                continue;
            }
            let turns = TURNS.contains(&word.as_str());
            if turns {
                scope = 0;
            }
            without = match (without, word.as_str()) {
                (_, "w") => 1,
                (2, "o") => 3,
                _ => 0,
            };
            let negation = without == 3 || NEGATIONS.contains(&word.as_str());
            see(Word {
                text: &word,
                follows,
                negated: scope > 0 && !negation,
            });
            scope = if negation {
                SCOPE
            } else {
                scope.saturating_sub(1)
            };
            follows = true;
            word.clear();
            continue;
        }
        without = if without == 1 && character == '/' {
            2
        } else {
            0
        };
        let next = characters.peek().copied();
        let ends = match character {
            '!' | '?' | ';' | '。' | '！' | '？' | '；' => true,
            '.' => !next.is_some_and(|next| next.is_numeric() || next.is_lowercase()),
            '\n' => loop {
                match characters.peek().copied() {
                    Some('\n') => break true,
                    Some(blank) if blank.is_whitespace() => characters.next(),
                    Some(start) => {
                        break matches!(start, '-' | '*' | '•' | '·') || start.is_uppercase();
                    }
                    None => break true,
                };
            },
            _ => false,
        };
        if ends {
            follows = false;
            scope = 0;
        }
    }
}

fn lower(character: char, word: &mut String) {
    if character.is_ascii() {
        word.push(character.to_ascii_lowercase());
    } else {
        word.extend(character.to_lowercase());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words joined by blanks; `|` where a sentence starts, `~` before a negated word.
    fn read(text: &str) -> String {
        let mut found = String::new();
        for_each_word(text, &mut |word| {
            found.push_str(if word.follows { " " } else { "|" });
            found.push_str(if word.negated { "~" } else { "" });
            found.push_str(word.text);
        });
        found
    }

    #[test]
    fn words_are_lower_case_letters_and_digits() {
        assert_eq!(read("BP 120/80, T=38.5°C"), "|bp 120 80 t 38 5 c");
        assert_eq!(
            read("Übelkeit, Ängste; σημεία ΣΉΨΗΣ"),
            "|übelkeit ängste|σημεία σήψησ"
        );
        assert_eq!(read(" ... \n\n -- "), "");
    }

    #[test]
    fn sentences() {
        assert_eq!(
            read("Stable. Given 3.5 mg p.o. today.Plan? None"),
            "|stable|given 3 5 mg p o|today|plan|none"
        );
        assert_eq!(
            read("severe\nchest pain\nCough\n- fever\n\nhome"),
            "|severe chest pain|cough|fever|home"
        );
        assert_eq!(read("ends. \n  Next"), "|ends|next");
    }

    #[test]
    fn negation_reaches_four_words_of_its_sentence() {
        assert_eq!(
            read("No fever or chills at night now"),
            "|no ~fever ~or ~chills ~at night now"
        );
        assert_eq!(read("Denies pain. Cough"), "|denies ~pain|cough");
        assert_eq!(read("no fever but cough"), "|no ~fever but cough");
        assert_eq!(
            read("no pain, no fever or signs of sepsis"),
            "|no ~pain no ~fever ~or ~signs ~of sepsis"
        );
        assert_eq!(read("pneumonia w/o effusion"), "|pneumonia w o ~effusion");
        assert_eq!(read("seen w o effusion, w/ o2"), "|seen w o effusion w o2");
    }
}
