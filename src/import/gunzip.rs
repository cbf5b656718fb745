//! Gzip in a stream (RFC 1952), any number of members, memory bounded whatever the data expand to.

use flate2::{Crc, Decompress, FlushDecompress, Status};

/// The compressed data are not what gzip writes, or fail their check sum.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Damaged;

/// Where in a member the next byte belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Byte of the fixed header, 0 to 9.
    Header(u8),
    /// Length of the extra field, its first or second byte.
    ExtraLength(u8),
    Extra,
    Name,
    Comment,
    /// Bytes left of the header's check sum.
    HeaderCheck(u8),
    Body,
    /// Byte of the trailer, 0 to 7.
    Trailer(u8),
    /// What follows the last member is no member: it is ignored, as gzip does.
    Ignored,
}

const CHECK: u8 = 2;
const EXTRA: u8 = 4;
const NAME: u8 = 8;
const COMMENT: u8 = 16;

/// A gzip decoder that is handed bytes as they come.
pub(crate) struct Gunzip {
    stage: Stage,
    flags: u8,
    extra: usize,
    trailer: u64,
    members: u64,
    inflate: Decompress,
    check: Crc,
}

impl Gunzip {
    pub(crate) fn new() -> Self {
        Self {
            stage: Stage::Header(0),
            flags: 0,
            extra: 0,
            trailer: 0,
            members: 0,
            inflate: Decompress::new(false),
            check: Crc::new(),
        }
    }

    /// Takes from the input and fills the output from its start; returns how much was written. Call it
    /// again until the input is empty and the output was not filled.
    pub(crate) fn read(&mut self, input: &mut &[u8], output: &mut [u8]) -> Result<usize, Damaged> {
        loop {
            if self.stage == Stage::Body {
                let (taken, given) = (self.inflate.total_in(), self.inflate.total_out());
                let status = self
                    .inflate
                    .decompress(input, output, FlushDecompress::None)
                    .map_err(|_| Damaged)?;
                let taken = (self.inflate.total_in() - taken) as usize;
                let given = (self.inflate.total_out() - given) as usize;
                *input = &input[taken..];
                self.check.update(&output[..given]);
                if status == Status::StreamEnd {
                    self.stage = Stage::Trailer(0);
                    self.trailer = 0;
                }
                if given > 0 || (taken == 0 && status != Status::StreamEnd) {
                    return Ok(given);
                }
                continue;
            }
            let Some((&byte, rest)) = input.split_first() else {
                return Ok(0);
            };
            *input = rest;
            self.step(byte)?;
        }
    }

    /// One byte outside the compressed body.
    fn step(&mut self, byte: u8) -> Result<(), Damaged> {
        self.stage = match self.stage {
            Stage::Header(0) if byte != 0x1f && self.members > 0 => Stage::Ignored,
            Stage::Header(position) => {
                let fits = match position {
                    0 => byte == 0x1f,
                    1 => byte == 0x8b,
                    2 => byte == 8,
                    3 => byte & 0xe0 == 0,
                    _ => true,
                };
                if !fits {
                    return Err(Damaged);
                }
                match position {
                    3 => self.flags = byte,
                    9 => return self.after_header(EXTRA),
                    _ => {}
                }
                Stage::Header(position + 1)
            }
            Stage::ExtraLength(0) => {
                self.extra = usize::from(byte);
                Stage::ExtraLength(1)
            }
            Stage::ExtraLength(_) => {
                self.extra |= usize::from(byte) << 8;
                if self.extra == 0 {
                    return self.after_header(NAME);
                }
                Stage::Extra
            }
            Stage::Extra => {
                self.extra -= 1;
                if self.extra == 0 {
                    return self.after_header(NAME);
                }
                Stage::Extra
            }
            Stage::Name if byte == 0 => return self.after_header(COMMENT),
            Stage::Comment if byte == 0 => return self.after_header(CHECK),
            Stage::HeaderCheck(1) => return self.after_header(0),
            Stage::HeaderCheck(left) => Stage::HeaderCheck(left - 1),
            Stage::Trailer(position) => {
                self.trailer |= u64::from(byte) << (8 * u32::from(position));
                if position < 7 {
                    Stage::Trailer(position + 1)
                } else {
                    let written =
                        u64::from(self.check.sum()) | u64::from(self.check.amount()) << 32;
                    if self.trailer != written {
                        return Err(Damaged);
                    }
                    self.members += 1;
                    Stage::Header(0)
                }
            }
            stage @ (Stage::Name | Stage::Comment | Stage::Body | Stage::Ignored) => stage,
        };
        Ok(())
    }

    /// The first part of the header from `part` on that this member has, else its body.
    fn after_header(&mut self, part: u8) -> Result<(), Damaged> {
        let has = |bit: u8| self.flags & bit != 0;
        self.stage = if part == EXTRA && has(EXTRA) {
            Stage::ExtraLength(0)
        } else if matches!(part, EXTRA | NAME) && has(NAME) {
            Stage::Name
        } else if matches!(part, EXTRA | NAME | COMMENT) && has(COMMENT) {
            Stage::Comment
        } else if part != 0 && has(CHECK) {
            Stage::HeaderCheck(2)
        } else {
            self.inflate.reset(false);
            self.check.reset();
            Stage::Body
        };
        Ok(())
    }

    /// Whether the data may end here.
    pub(crate) fn is_complete(&self) -> bool {
        self.members > 0 && matches!(self.stage, Stage::Header(0) | Stage::Ignored)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::io::Write;

    /// The text as a gzip member.
    pub(crate) fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn gunzip(bytes: &[u8], chunk: usize, room: usize) -> Result<(Vec<u8>, bool), Damaged> {
        let mut reader = Gunzip::new();
        let mut text = Vec::new();
        let mut output = vec![0; room];
        for chunk in bytes.chunks(chunk) {
            let mut input = chunk;
            loop {
                let given = reader.read(&mut input, &mut output)?;
                text.extend_from_slice(&output[..given]);
                if input.is_empty() && given < room {
                    break;
                }
            }
        }
        Ok((text, reader.is_complete()))
    }

    #[test]
    fn members_headers_and_trailing_bytes() {
        let text: Vec<u8> = (0..5000_u32)
            .flat_map(|n| (n * n).to_string().into_bytes())
            .collect();
        let named = flate2::GzBuilder::new()
            .filename("series.csv")
            .comment("made here")
            .extra(vec![1, 2, 3])
            .write(Vec::new(), flate2::Compression::best());
        let named = {
            let mut encoder = named;
            encoder.write_all(&text).unwrap();
            encoder.finish().unwrap()
        };
        let mut both = gzip(&text);
        both.extend_from_slice(&named);
        both.extend_from_slice(&[0, 0, 0]);
        for (chunk, room) in [(1, 1), (7, 64), (both.len(), 100_000)] {
            let (result, complete) = gunzip(&both, chunk, room).unwrap();
            assert!(complete);
            assert_eq!(result, [text.clone(), text.clone()].concat());
        }
    }

    #[test]
    fn truncation_and_damage_are_told_apart() {
        let bytes = gzip(b"id,age\n1,50\n2,60\n");
        for end in 0..bytes.len() {
            let (_, complete) = gunzip(&bytes[..end], 3, 16).unwrap();
            assert!(!complete, "{end}");
        }
        let mut wrong = bytes.clone();
        let last = wrong.len() - 6;
        wrong[last] ^= 1;
        assert_eq!(gunzip(&wrong, 100, 100), Err(Damaged));
        assert_eq!(gunzip(b"\x1f\x8b\x07aaaaaaaaaaaa", 100, 100), Err(Damaged));
    }
}
