//! Distinct texts, numbered in order of first appearance, in one block of memory.

/// Distinct byte strings with their numbers: an open-addressing table over one arena, so that a new
/// text costs no allocation of its own and a known one costs a hash and a comparison.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interner {
    arena: Vec<u8>,
    ends: Vec<usize>,
    /// Number of the text + 1, 0 where free; a power of two long, at most half full.
    slots: Vec<u32>,
}

impl Interner {
    /// Number of texts.
    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The text of a number; empty where there is none.
    pub(crate) fn bytes(&self, number: u32) -> &[u8] {
        let number = number as usize;
        match self.ends.get(number) {
            Some(&end) => {
                let start = if number == 0 {
                    0
                } else {
                    self.ends[number - 1]
                };
                &self.arena[start..end]
            }
            None => &[],
        }
    }

    /// The text of a number as a string.
    pub(crate) fn text(&self, number: u32) -> String {
        String::from_utf8_lossy(self.bytes(number)).into_owned()
    }

    /// All texts in the order of their numbers.
    pub(crate) fn texts(&self) -> Vec<String> {
        (0..self.len() as u32)
            .map(|number| self.text(number))
            .collect()
    }

    /// The number of a text, if it is known.
    pub(crate) fn get(&self, text: &[u8]) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        let number = self.slots[self.slot(text)];
        number.checked_sub(1)
    }

    /// The number of a text, which is added where it is new.
    pub(crate) fn intern(&mut self, text: &[u8]) -> u32 {
        if self.slots.len() <= self.len() * 2 {
            self.grow();
        }
        let slot = self.slot(text);
        if let Some(number) = self.slots[slot].checked_sub(1) {
            return number;
        }
        let number = self.len() as u32;
        self.arena.extend_from_slice(text);
        self.ends.push(self.arena.len());
        self.slots[slot] = number + 1;
        number
    }

    /// The slot that holds the text, or the free one where it belongs.
    fn slot(&self, text: &[u8]) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = hash(text) as usize & mask;
        loop {
            match self.slots[slot].checked_sub(1) {
                Some(number) if self.bytes(number) != text => slot = (slot + 1) & mask,
                _ => return slot,
            }
        }
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(16);
        self.slots = vec![0; size];
        for number in 0..self.len() as u32 {
            let mut slot = hash(self.bytes(number)) as usize & (size - 1);
            while self.slots[slot] != 0 {
                slot = (slot + 1) & (size - 1);
            }
            self.slots[slot] = number + 1;
        }
    }
}

/// The multiply-and-rotate hash of Firefox and rustc over eight bytes at a time, its high half folded in.
fn hash(text: &[u8]) -> u32 {
    const FACTOR: u64 = 0x517c_c1b7_2722_0a95;
    let mut state = text.len() as u64;
    let mut mix = |word: u64| state = (state.rotate_left(5) ^ word).wrapping_mul(FACTOR);
    let (words, rest) = text.as_chunks::<8>();
    for word in words {
        mix(u64::from_le_bytes(*word));
    }
    mix(rest
        .iter()
        .fold(0, |word, &byte| word << 8 | u64::from(byte)));
    (state ^ (state >> 32)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_follow_first_appearance() {
        let mut names = Interner::default();
        assert_eq!(names.get(b"HR"), None);
        assert_eq!(names.intern(b"HR"), 0);
        assert_eq!(names.intern(b""), 1);
        assert_eq!(names.intern(b"GCS"), 2);
        assert_eq!(names.intern(b"HR"), 0);
        assert_eq!(names.get(b""), Some(1));
        assert_eq!(names.texts(), ["HR", "", "GCS"]);
        assert_eq!(names.bytes(9), b"");
    }

    proptest! {
        #[test]
        fn agrees_with_a_map(texts in proptest::collection::vec("[a-c]{0,9}", 0..300)) {
            let mut names = Interner::default();
            let mut seen: Vec<String> = Vec::new();
            for text in &texts {
                let expected = seen.iter().position(|known| known == text).unwrap_or_else(|| { seen.push(text.clone()); seen.len() - 1 });
                prop_assert_eq!(names.intern(text.as_bytes()) as usize, expected);
                prop_assert_eq!(names.get(text.as_bytes()), Some(expected as u32));
            }
            prop_assert_eq!(names.texts(), seen);
        }
    }
}
