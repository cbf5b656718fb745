//! DICOM files: their first frame as a grey picture.
//!
//! Elements are found with the header decoders of the dicom crates. Values are looked at only where a picture needs them: no text of
//! the header (a name, a date) is ever decoded, so that none can reach the cohort, a log or an error. The crates' whole objects are not
//! used: they recurse into sequences and reserve what a length claims, which a broken file can make anything, and weigh more.

use dicom_core::dictionary::stub::StubDataDictionary;
use dicom_core::header::{DataElementHeader, SequenceItemHeader};
use dicom_core::{Tag, VR};
use dicom_encoding::decode::Decode;
use dicom_encoding::decode::explicit_le::ExplicitVRLittleEndianDecoder;
use dicom_encoding::decode::implicit_le::ImplicitVRLittleEndianDecoder;

use super::picture::{MOST_PIXELS, Picture, Refusal, from_jpeg, robust_range};

/// Bytes before the magic.
const PREAMBLE: usize = 128;
/// Bytes that tell a DICOM file: the preamble and the magic.
pub(crate) const MAGIC: usize = PREAMBLE + 4;
/// Deepest nesting of sequences.
const DEEPEST: usize = 64;

/// Whether these are the first bytes of a DICOM file with a preamble.
pub(crate) fn is_dicom(bytes: &[u8]) -> bool {
    bytes.get(PREAMBLE..MAGIC) == Some(b"DICM")
}

/// Whether a file without a preamble may be one: it begins with an element of the first groups that a file can have.
fn begins_with_an_element(bytes: &[u8]) -> bool {
    matches!(bytes, [0x02 | 0x08, 0x00, ..])
}

/// How elements are written. Both decoders are the dicom crates'.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Notation {
    Explicit,
    Implicit,
}

impl Notation {
    /// The next element's header; `bytes` then stand at its value.
    fn header(self, bytes: &mut &[u8]) -> Option<DataElementHeader> {
        let header = match self {
            Self::Explicit => ExplicitVRLittleEndianDecoder::default().decode_header(bytes),
            // What the values are is known here by their tags: no dictionary is needed.
            Self::Implicit => {
                ImplicitVRLittleEndianDecoder::with_dict(StubDataDictionary).decode_header(bytes)
            }
        };
        header.ok().map(|(header, _)| header)
    }
}

/// The header of an item or of a delimiter, which is written alike in both notations.
fn item(bytes: &mut &[u8]) -> Option<SequenceItemHeader> {
    ExplicitVRLittleEndianDecoder::default()
        .decode_item_header(bytes)
        .ok()
}

/// Takes the next `length` bytes; `None` where there are fewer.
fn take<'a>(bytes: &mut &'a [u8], length: u32) -> Option<&'a [u8]> {
    let (value, rest) = bytes.split_at_checked(length as usize)?;
    *bytes = rest;
    Some(value)
}

/// How the pixels are stored.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Storage {
    /// As they are.
    Native(Notation),
    /// As JPEG with 8 bits.
    Jpeg,
}

/// A transfer syntax (PS3.6, table A-1). `None` where this version cannot read it.
fn storage(name: &[u8]) -> Option<Storage> {
    let end = name
        .iter()
        .rposition(|&byte| byte != 0 && byte != b' ')
        .map_or(0, |last| last + 1);
    match &name[..end] {
        b"1.2.840.10008.1.2" => Some(Storage::Native(Notation::Implicit)),
        b"1.2.840.10008.1.2.1" => Some(Storage::Native(Notation::Explicit)),
        b"1.2.840.10008.1.2.4.50" => Some(Storage::Jpeg),
        _ => None,
    }
}

/// What a picture needs of the header.
#[derive(Default)]
struct Attributes<'a> {
    rows: usize,
    columns: usize,
    samples: usize,
    /// Whether the samples of a colour picture lie in planes.
    planes: bool,
    frames: usize,
    allocated: usize,
    stored: usize,
    /// The highest bit that is used.
    high: Option<usize>,
    signed: bool,
    photometric: &'a [u8],
    slope: Option<f64>,
    intercept: Option<f64>,
    centre: Option<f64>,
    width: Option<f64>,
    /// The value, as stored, of places outside the picture.
    padding: Option<u16>,
}

/// The bytes of the pixels.
enum Pixels<'a> {
    Native(&'a [u8]),
    /// The offsets of the frames, and the pieces.
    Encapsulated(&'a [u8], Vec<&'a [u8]>),
}

/// A whole number of two bytes.
fn short(value: &[u8]) -> Option<u16> {
    Some(u16::from_le_bytes(value.get(..2)?.try_into().ok()?))
}

/// The first of the decimal strings of a value.
fn decimal(value: &[u8]) -> Option<f64> {
    let first = value.split(|&byte| byte == b'\\').next()?;
    let number: f64 = std::str::from_utf8(first)
        .ok()?
        .trim_matches([' ', '\0'])
        .parse()
        .ok()?;
    number.is_finite().then_some(number)
}

impl<'a> Attributes<'a> {
    /// Notes the value of an element, if a picture needs it.
    fn note(&mut self, tag: Tag, value: &'a [u8]) {
        let size = || short(value).map_or(0, usize::from);
        match tag {
            Tag(0x0028, 0x0002) => self.samples = size(),
            Tag(0x0028, 0x0004) => self.photometric = value.trim_ascii_end(),
            Tag(0x0028, 0x0006) => self.planes = size() == 1,
            Tag(0x0028, 0x0008) => self.frames = decimal(value).map_or(0, |count| count as usize),
            Tag(0x0028, 0x0010) => self.rows = size(),
            Tag(0x0028, 0x0011) => self.columns = size(),
            Tag(0x0028, 0x0100) => self.allocated = size(),
            Tag(0x0028, 0x0101) => self.stored = size(),
            Tag(0x0028, 0x0102) => self.high = short(value).map(usize::from),
            Tag(0x0028, 0x0103) => self.signed = size() == 1,
            Tag(0x0028, 0x0120) => self.padding = short(value),
            Tag(0x0028, 0x1050) => self.centre = decimal(value),
            Tag(0x0028, 0x1051) => self.width = decimal(value),
            Tag(0x0028, 0x1052) => self.intercept = decimal(value),
            Tag(0x0028, 0x1053) => self.slope = decimal(value),
            _ => {}
        }
    }
}

/// The first frame as grey, windowed as PS3.3 C.11.2.1.2 says (linear, the first window) or, without a window, by its own robust range.
pub(crate) fn read(bytes: &[u8]) -> Result<Picture, Refusal> {
    let mut rest = match bytes.get(MAGIC..) {
        Some(rest) if is_dicom(bytes) => rest,
        _ if bytes.starts_with(b"DICM") => &bytes[4..],
        _ if begins_with_an_element(bytes) => bytes,
        _ => return Err(Refusal::Unreadable),
    };
    let storage = read_meta(&mut rest)?;
    let notation = match storage {
        Storage::Native(notation) => notation,
        Storage::Jpeg => Notation::Explicit,
    };
    let (attributes, pixels) = walk(rest, notation).ok_or(Refusal::Unreadable)?;
    if attributes.rows * attributes.columns == 0 {
        return Err(Refusal::Unreadable);
    }
    if (attributes.rows * attributes.columns) as u64 > MOST_PIXELS {
        return Err(Refusal::Unreadable);
    }
    match (storage, pixels) {
        (Storage::Native(_), Pixels::Native(pixels)) => native(&attributes, pixels),
        (Storage::Jpeg, Pixels::Encapsulated(offsets, pieces)) => {
            jpeg(&attributes, offsets, &pieces)
        }
        _ => Err(Refusal::Unreadable),
    }
}

/// Reads the file's meta group, where there is one, and says how the pixels are stored.
fn read_meta(rest: &mut &[u8]) -> Result<Storage, Refusal> {
    let mut found = None;
    while matches!(rest, [0x02, 0x00, ..]) {
        let header = Notation::Explicit.header(rest).ok_or(Refusal::Unreadable)?;
        let value = take(rest, header.len.0).ok_or(Refusal::Unreadable)?;
        if header.tag == Tag(0x0002, 0x0010) {
            found = Some(storage(value).ok_or(Refusal::Storage)?);
        }
    }
    Ok(found.unwrap_or_else(|| {
        // Without a word on it: explicit where the type of the first value can be read, else implicit, the default of DICOM.
        let explicit = rest
            .get(4..6)
            .is_some_and(|kind| VR::from_binary([kind[0], kind[1]]).is_some());
        Storage::Native(if explicit {
            Notation::Explicit
        } else {
            Notation::Implicit
        })
    }))
}

/// Walks through the elements up to the pixels. `None` where the file ends before them or cannot be followed.
fn walk(mut rest: &[u8], notation: Notation) -> Option<(Attributes<'_>, Pixels<'_>)> {
    let mut attributes = Attributes {
        samples: 1,
        frames: 1,
        ..Attributes::default()
    };
    loop {
        let header = notation.header(&mut rest)?;
        let is_pixels = header.tag == Tag(0x7fe0, 0x0010);
        match header.len.get() {
            Some(_) if is_pixels => {
                // A length beyond the end is cut there: whether the first frame is whole is seen later.
                let length = (header.len.0 as usize).min(rest.len());
                return Some((attributes, Pixels::Native(&rest[..length])));
            }
            Some(length) => attributes.note(header.tag, take(&mut rest, length)?),
            None if is_pixels => {
                let (offsets, pieces) = pieces(rest)?;
                return Some((attributes, Pixels::Encapsulated(offsets, pieces)));
            }
            None => skip_sequence(&mut rest, notation_within(header, notation))?,
        }
    }
}

/// How the items of an element of unknown length are written: those of unknown type always implicitly (PS3.5 6.2.2).
fn notation_within(header: DataElementHeader, outside: Notation) -> Notation {
    if header.vr == VR::UN {
        Notation::Implicit
    } else {
        outside
    }
}

/// Skips the rest of a sequence whose length is not known, and what is in it, without recursion.
fn skip_sequence(rest: &mut &[u8], notation: Notation) -> Option<()> {
    /// Whether items or elements follow at this depth.
    #[derive(Clone, Copy)]
    enum Inside {
        Sequence(Notation),
        Item(Notation),
    }
    let mut open = vec![Inside::Sequence(notation)];
    while let Some(&inside) = open.last() {
        if open.len() > DEEPEST {
            return None;
        }
        match inside {
            Inside::Sequence(notation) => match item(rest)? {
                SequenceItemHeader::Item { len } => match len.get() {
                    Some(length) => {
                        take(rest, length)?;
                    }
                    None => open.push(Inside::Item(notation)),
                },
                SequenceItemHeader::SequenceDelimiter => {
                    open.pop();
                }
                SequenceItemHeader::ItemDelimiter => return None,
            },
            Inside::Item(notation) => {
                let header = notation.header(rest)?;
                if header.tag == Tag(0xfffe, 0xe00d) {
                    open.pop();
                } else {
                    match header.len.get() {
                        Some(length) => {
                            take(rest, length)?;
                        }
                        None => open.push(Inside::Sequence(notation_within(header, notation))),
                    }
                }
            }
        }
    }
    Some(())
}

/// The offset table and the pieces of encapsulated pixels. A file that is cut off keeps the whole pieces.
fn pieces(mut rest: &[u8]) -> Option<(&[u8], Vec<&[u8]>)> {
    let mut next = || match item(&mut rest)? {
        SequenceItemHeader::Item { len } => take(&mut rest, len.get()?),
        _ => None,
    };
    let offsets = next()?;
    Some((offsets, std::iter::from_fn(next).collect()))
}

/// Pixels that are stored as they are.
fn native(attributes: &Attributes<'_>, pixels: &[u8]) -> Result<Picture, Refusal> {
    let (width, height) = (attributes.columns, attributes.rows);
    let count = width * height;
    let bytes = match attributes.allocated {
        8 => 1,
        16 => 2,
        _ => return Err(Refusal::Storage),
    };
    let frame = count * bytes * attributes.samples;
    let pixels = pixels.get(..frame).ok_or(Refusal::Unreadable)?;
    match (attributes.samples, attributes.photometric) {
        (1, b"MONOCHROME1" | b"MONOCHROME2") => {
            let values = || {
                pixels.chunks_exact(bytes).map(|value| {
                    u16::from(value[0]) | value.get(1).map_or(0, |&b| u16::from(b) << 8)
                })
            };
            Ok(expose(attributes, width, height, values))
        }
        (3, b"RGB" | b"YBR_FULL") if bytes == 1 => {
            let sample = |place: usize, which: usize| {
                f32::from(if attributes.planes {
                    pixels[which * count + place]
                } else {
                    pixels[place * 3 + which]
                })
            };
            let is_rgb = attributes.photometric == b"RGB";
            let grey = (0..count).map(|place| {
                if is_rgb {
                    // The luminance of BT.709, as the `image` crate has it for PNG and JPEG.
                    (0.2126 * sample(place, 0)
                        + 0.7152 * sample(place, 1)
                        + 0.0722 * sample(place, 2))
                    .round() as u8
                } else {
                    sample(place, 0) as u8
                }
            });
            Ok(Picture {
                width,
                height,
                grey: grey.collect(),
            })
        }
        _ => Err(Refusal::Storage),
    }
}

/// Pixels that are stored as a JPEG picture of 8 bits.
fn jpeg(attributes: &Attributes<'_>, offsets: &[u8], pieces: &[&[u8]]) -> Result<Picture, Refusal> {
    let second = offsets
        .get(4..8)
        .and_then(|offset| Some(u32::from_le_bytes(offset.try_into().ok()?)));
    let first: Vec<u8> = match (attributes.frames, second) {
        (0 | 1, _) => pieces.concat(),
        // Offsets count from the first piece's header, which is 8 bytes long as every piece's.
        (_, Some(second)) => {
            let mut place = 0;
            let before = pieces.iter().take_while(|piece| {
                let begins = place;
                place += piece.len() as u64 + 8;
                begins < u64::from(second)
            });
            before.copied().collect::<Vec<_>>().concat()
        }
        (_, None) => pieces
            .first()
            .map(|piece| piece.to_vec())
            .unwrap_or_default(),
    };
    let picture = from_jpeg(&first)?;
    if attributes.samples != 1 {
        return Ok(picture);
    }
    let whole = Attributes {
        allocated: 8,
        stored: 8,
        high: Some(7),
        ..*attributes
    };
    let values = || picture.grey.iter().map(|&value| u16::from(value));
    Ok(expose(&whole, picture.width, picture.height, values))
}

/// From stored values to grey: rescale, window, inversion. Each of the 65,536 possible values is worked out once.
fn expose<Values: Iterator<Item = u16>>(
    attributes: &Attributes<'_>,
    width: usize,
    height: usize,
    values: impl Fn() -> Values,
) -> Picture {
    let allocated = attributes.allocated.clamp(1, 16);
    let stored = match attributes.stored {
        0 => allocated,
        stored => stored.min(allocated),
    };
    // What lies above the highest bit or below the lowest one is no part of the value (old files hold overlays there).
    let high = attributes
        .high
        .filter(|&high| high + 1 >= stored && high < allocated)
        .unwrap_or(stored - 1);
    let shift = high + 1 - stored;
    let mask = ((1u32 << stored) - 1) as u16;
    let slope = attributes
        .slope
        .filter(|slope| *slope != 0.0)
        .unwrap_or(1.0);
    let intercept = attributes.intercept.unwrap_or(0.0);
    let code = |raw: u16| (raw >> shift) & mask;
    let quantity = |code: u16| {
        let negative = attributes.signed && code >> (stored - 1) == 1;
        let value = f64::from(code) - if negative { f64::from(mask) + 1.0 } else { 0.0 };
        value * slope + intercept
    };
    let padding = attributes.padding.map(code);
    let window = attributes
        .centre
        .zip(attributes.width)
        .filter(|(_, width)| *width >= 1.0);
    let grey: Box<dyn Fn(f64) -> f64> = match window {
        Some((centre, width)) => Box::new(move |x| linear_window(x, centre, width)),
        None => {
            let mut counts = vec![0u32; usize::from(mask) + 1];
            for raw in values() {
                counts[usize::from(code(raw))] += 1;
            }
            if let Some(padding) = padding {
                counts[usize::from(padding)] = 0;
            }
            // From the least quantity to the largest, whatever the sign and the slope do to the order of the codes.
            let mut codes: Vec<u16> = (0..=mask).filter(|&c| counts[usize::from(c)] > 0).collect();
            codes.sort_by(|&a, &b| quantity(a).total_cmp(&quantity(b)));
            let of_code = codes.iter().map(|&c| (quantity(c), counts[usize::from(c)]));
            let (low, high) = robust_range(of_code).unwrap_or((0.0, 1.0));
            Box::new(move |x| ((x - low) / (high - low)).clamp(0.0, 1.0))
        }
    };
    let inverted = attributes.photometric == b"MONOCHROME1";
    let table: Vec<u8> = (0..=mask)
        .map(|code| {
            if Some(code) == padding {
                return 0;
            }
            let share = grey(quantity(code));
            let share = if inverted { 1.0 - share } else { share };
            (share * 255.0).round() as u8
        })
        .collect();
    Picture {
        width,
        height,
        grey: values().map(|raw| table[usize::from(code(raw))]).collect(),
    }
}

/// The linear function of a window (PS3.3 C.11.2.1.2.1), from 0 to 1.
fn linear_window(x: f64, centre: f64, width: f64) -> f64 {
    let middle = centre - 0.5;
    if x <= middle - (width - 1.0) / 2.0 {
        0.0
    } else if x > middle + (width - 1.0) / 2.0 {
        1.0
    } else {
        (x - middle) / (width - 1.0) + 0.5
    }
}

#[cfg(test)]
pub(crate) mod tests;
