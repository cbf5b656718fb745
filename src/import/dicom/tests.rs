//! Files are written by dicom-object, so that what is read is what another writer wrote.

use std::borrow::Cow;

use dicom_core::dictionary::stub::StubDataDictionary;
use dicom_core::header::DataElement;
use dicom_core::value::{DataSetSequence, PixelFragmentSequence};
use dicom_core::{DicomValue, Length, PrimitiveValue};
use dicom_object::{FileMetaTableBuilder, InMemDicomObject};
use proptest::prelude::*;

use super::*;
use crate::import::picture::tests::png;

type Object = InMemDicomObject<StubDataDictionary>;

const IMPLICIT: &str = "1.2.840.10008.1.2";
const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const JPEG: &str = "1.2.840.10008.1.2.4.50";

/// A header with a name, and a sequence of unknown length before the pixels.
fn object(rows: u16, columns: u16, photometric: &str) -> Object {
    let mut object = Object::new_empty_with_dict(StubDataDictionary);
    let mut put = |tag: Tag, vr: VR, value: PrimitiveValue| {
        object.put(DataElement::new(tag, vr, value));
    };
    put(Tag(0x0010, 0x0010), VR::PN, "Secret^Name".into());
    put(Tag(0x0028, 0x0002), VR::US, 1_u16.into());
    put(Tag(0x0028, 0x0004), VR::CS, photometric.into());
    put(Tag(0x0028, 0x0010), VR::US, rows.into());
    put(Tag(0x0028, 0x0011), VR::US, columns.into());
    let mut inner = Object::new_empty_with_dict(StubDataDictionary);
    inner.put(DataElement::new(
        Tag(0x0028, 0x0010),
        VR::US,
        PrimitiveValue::from(9_u16),
    ));
    let items = DataSetSequence::new(vec![inner], Length::UNDEFINED);
    object.put(DataElement::new(
        Tag(0x0008, 0x1140),
        VR::SQ,
        DicomValue::from(items),
    ));
    object
}

fn bits(object: &mut Object, allocated: u16, stored: u16, signed: bool) {
    for (element, value) in [
        (0x0100, allocated),
        (0x0101, stored),
        (0x0102, stored - 1),
        (0x0103, u16::from(signed)),
    ] {
        object.put(DataElement::new(
            Tag(0x0028, element),
            VR::US,
            PrimitiveValue::from(value),
        ));
    }
}

fn text(object: &mut Object, tag: Tag, vr: VR, value: &str) {
    object.put(DataElement::new(tag, vr, PrimitiveValue::from(value)));
}

fn eight(object: &mut Object, pixels: &[u8]) {
    bits(object, 8, 8, false);
    object.put(DataElement::new(
        Tag(0x7fe0, 0x0010),
        VR::OB,
        PrimitiveValue::U8(pixels.iter().copied().collect()),
    ));
}

fn sixteen(object: &mut Object, pixels: &[i16]) {
    object.put(DataElement::new(
        Tag(0x7fe0, 0x0010),
        VR::OW,
        PrimitiveValue::U16(pixels.iter().map(|&value| value as u16).collect()),
    ));
}

/// The file, with its preamble.
fn file(object: Object, syntax: &str) -> Vec<u8> {
    let meta = FileMetaTableBuilder::new()
        .transfer_syntax(syntax.to_owned())
        .media_storage_sop_class_uid("1.2.840.10008.5.1.4.1.1.1")
        .media_storage_sop_instance_uid("1.2.3");
    let mut bytes = Vec::new();
    object
        .with_meta(meta)
        .unwrap()
        .write_all(&mut bytes)
        .unwrap();
    bytes
}

/// A small film of 8 bits.
pub(crate) fn film(photometric: &str) -> Vec<u8> {
    let mut object = object(2, 3, photometric);
    text(&mut object, Tag(0x0028, 0x1050), VR::DS, "128");
    text(&mut object, Tag(0x0028, 0x1051), VR::DS, "256");
    eight(&mut object, &[0, 50, 100, 150, 200, 255]);
    file(object, EXPLICIT)
}

/// A computed tomogram of 12 bits with a sign.
fn tomogram(window: Option<(&str, &str)>) -> Object {
    let mut object = object(1, 4, "MONOCHROME2");
    bits(&mut object, 16, 12, true);
    text(&mut object, Tag(0x0028, 0x1052), VR::DS, "-24");
    text(&mut object, Tag(0x0028, 0x1053), VR::DS, "2");
    if let Some((centre, width)) = window {
        text(&mut object, Tag(0x0028, 0x1050), VR::DS, centre);
        text(&mut object, Tag(0x0028, 0x1051), VR::DS, width);
    }
    sixteen(&mut object, &[-500, 12, 32, 500]);
    object
}

#[test]
fn both_monochromes() {
    let plain = read(&film("MONOCHROME2")).unwrap();
    assert_eq!((plain.width, plain.height), (3, 2));
    assert_eq!(plain.grey, [0, 50, 100, 150, 200, 255]);
    let inverse = read(&film("MONOCHROME1")).unwrap();
    assert_eq!(inverse.grey, [255, 205, 155, 105, 55, 0]);
    assert_eq!(
        plain,
        crate::import::picture::decode(&film("MONOCHROME2")).unwrap()
    );
}

#[test]
fn signed_values_are_rescaled_and_windowed() {
    // −1024, 0, 40 and 976 Hounsfield units in the window of 400 about 40 (0 is 255 · (0.5 − 39.5 / 399)); the second one is not used.
    for syntax in [EXPLICIT, IMPLICIT] {
        let picture = read(&file(tomogram(Some(("40\\400", "400\\1500"))), syntax)).unwrap();
        assert_eq!(picture.grey, [0, 102, 128, 255], "{syntax}");
        // Without a window the range is the picture's own.
        let picture = read(&file(tomogram(None), syntax)).unwrap();
        assert_eq!(picture.grey, [0, 131, 136, 255], "{syntax}");
    }
    // A window of no width is none.
    let none = read(&file(tomogram(Some(("40", "0"))), EXPLICIT)).unwrap();
    assert_eq!(none.grey, [0, 131, 136, 255]);
    // What lies outside the picture is black and no part of its range.
    let mut padded = tomogram(None);
    padded.put(DataElement::new(
        Tag(0x0028, 0x0120),
        VR::SS,
        PrimitiveValue::from(-500_i16),
    ));
    assert_eq!(read(&file(padded, EXPLICIT)).unwrap().grey, [0, 0, 10, 255]);
}

#[test]
fn files_without_a_preamble() {
    for (syntax, name) in [(EXPLICIT, "explicit"), (IMPLICIT, "implicit")] {
        let whole = file(tomogram(None), syntax);
        let picture = read(&whole).unwrap();
        assert_eq!(read(&whole[128..]).unwrap(), picture, "{name}");
        assert_eq!(read(&whole[132..]).unwrap(), picture, "{name}");
        let mut rest = &whole[132..];
        read_meta(&mut rest).unwrap();
        assert!(begins_with_an_element(rest), "{name}");
        assert_eq!(read(rest).unwrap(), picture, "{name}");
    }
    assert_eq!(read(b""), Err(Refusal::Unreadable));
    assert_eq!(read(b"id,file\np1,a.dcm\n"), Err(Refusal::Unreadable));
    assert_eq!(read(&[0; 200]), Err(Refusal::Unreadable));
}

#[test]
fn of_several_frames_the_first() {
    let mut object = object(1, 2, "MONOCHROME2");
    text(&mut object, Tag(0x0028, 0x0008), VR::IS, "2");
    eight(&mut object, &[3, 9, 255, 0]);
    assert_eq!(read(&file(object, EXPLICIT)).unwrap().grey, [0, 255]);
}

#[test]
fn colours_become_grey() {
    for (planes, pixels) in [(0_u16, [255, 0, 0, 0, 255, 0]), (1, [255, 0, 0, 255, 0, 0])] {
        let mut object = object(1, 2, "RGB");
        object.put(DataElement::new(
            Tag(0x0028, 0x0002),
            VR::US,
            PrimitiveValue::from(3_u16),
        ));
        object.put(DataElement::new(
            Tag(0x0028, 0x0006),
            VR::US,
            PrimitiveValue::from(planes),
        ));
        eight(&mut object, &pixels);
        assert_eq!(read(&file(object, EXPLICIT)).unwrap().grey, [54, 182]);
    }
}

#[test]
fn jpeg_within_dicom_and_what_cannot_be_read() {
    let mut jpeg = std::io::Cursor::new(Vec::new());
    image::GrayImage::from_fn(16, 16, |_, y| image::Luma([if y < 8 { 40 } else { 200 }]))
        .write_to(&mut jpeg, image::ImageFormat::Jpeg)
        .unwrap();
    let jpeg = jpeg.into_inner();
    let encapsulated =
        |photometric: &str, pieces: Vec<Vec<u8>>, offsets: Vec<u32>, frames: &str| {
            let mut object = object(16, 16, photometric);
            bits(&mut object, 8, 8, false);
            text(&mut object, Tag(0x0028, 0x0008), VR::IS, frames);
            text(&mut object, Tag(0x0028, 0x1050), VR::DS, "128");
            text(&mut object, Tag(0x0028, 0x1051), VR::DS, "256");
            object.put(DataElement::new(
                Tag(0x7fe0, 0x0010),
                VR::OB,
                DicomValue::from(PixelFragmentSequence::new(offsets, pieces)),
            ));
            object
        };
    let even = |mut piece: Vec<u8>| {
        piece.resize(piece.len().next_multiple_of(2), 0);
        piece
    };
    let start_even = jpeg.len() / 4 * 2;
    let halves = vec![
        jpeg[..start_even].to_vec(),
        even(jpeg[start_even..].to_vec()),
    ];
    let near = |picture: &Picture, top: i32, bottom: i32| {
        let at = |place: usize| i32::from(picture.grey[place]);
        assert!(
            (at(8) - top).abs() < 4 && (at(15 * 16) - bottom).abs() < 4,
            "{picture:?}"
        );
    };
    near(
        &read(&file(
            encapsulated("MONOCHROME2", halves.clone(), vec![], "1"),
            JPEG,
        ))
        .unwrap(),
        40,
        200,
    );
    near(
        &read(&file(
            encapsulated("MONOCHROME1", halves.clone(), vec![], "1"),
            JPEG,
        ))
        .unwrap(),
        215,
        55,
    );
    // Two frames of two pieces each, told apart by the offsets.
    let second = (halves.iter().map(|piece| piece.len() + 8).sum::<usize>()) as u32;
    let four = [halves.clone(), vec![vec![1, 2], vec![3, 4]]].concat();
    near(
        &read(&file(
            encapsulated("MONOCHROME2", four, vec![0, second], "2"),
            JPEG,
        ))
        .unwrap(),
        40,
        200,
    );

    // JPEG 2000, big endian, run lengths: said as what they are.
    for syntax in [
        "1.2.840.10008.1.2.4.90",
        "1.2.840.10008.1.2.5",
        "1.2.840.10008.1.2.2",
    ] {
        let mut bytes = film("MONOCHROME2");
        let place = bytes
            .windows(EXPLICIT.len())
            .position(|part| part == EXPLICIT.as_bytes())
            .unwrap();
        // The value may be of another length: the element is written anew.
        let mut name = syntax.as_bytes().to_vec();
        name.resize(name.len().next_multiple_of(2), 0);
        let length = EXPLICIT.len().next_multiple_of(2);
        bytes.splice(place..place + length, name.iter().copied());
        bytes[place - 2..place].copy_from_slice(&(name.len() as u16).to_le_bytes());
        assert_eq!(read(&bytes), Err(Refusal::Storage), "{syntax}");
    }
    let mut wide = object(1, 1, "MONOCHROME2");
    bits(&mut wide, 32, 32, false);
    sixteen(&mut wide, &[1, 2]);
    assert_eq!(read(&file(wide, EXPLICIT)), Err(Refusal::Storage));
}

#[test]
fn a_claim_of_many_pixels_or_of_deep_nesting_is_refused() {
    let mut huge = object(65_535, 65_535, "MONOCHROME2");
    eight(&mut huge, &[1, 2]);
    assert_eq!(read(&file(huge, EXPLICIT)), Err(Refusal::Unreadable));
    let mut short = object(100, 100, "MONOCHROME2");
    eight(&mut short, &[1, 2]);
    assert_eq!(read(&file(short, EXPLICIT)), Err(Refusal::Unreadable));
    // Sequences in items in sequences, a million deep.
    let mut deep = b"\x08\x00\x40\x11SQ\x00\x00\xff\xff\xff\xff".to_vec();
    for _ in 0..1_000_000 {
        deep.extend_from_slice(b"\xfe\xff\x00\xe0\xff\xff\xff\xff");
        deep.extend_from_slice(b"\x08\x00\x40\x11SQ\x00\x00\xff\xff\xff\xff");
    }
    assert_eq!(read(&deep), Err(Refusal::Unreadable));
}

#[test]
fn no_text_of_the_header_comes_out() {
    let read = format!("{:?}", read(&film("MONOCHROME2")));
    assert!(!read.contains("Secret"));
    let mut cut = film("MONOCHROME2");
    cut.truncate(cut.len() - 4);
    assert_eq!(format!("{:?}", super::read(&cut)), "Err(Unreadable)");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn broken_files_are_read_or_refused(
        which in 0..4_usize,
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes: Cow<[u8]> = match which {
            0 => film("MONOCHROME1"),
            1 => file(tomogram(Some(("40", "400"))), EXPLICIT),
            2 => file(tomogram(None), IMPLICIT),
            _ => png(9, 7, |x, y| (x * y) as u8),
        }.into();
        let skip = if which < 3 { 128 } else { 0 };
        let length = bytes.len();
        for (place, value) in changes {
            bytes.to_mut()[skip + place.index(length - skip)] = value;
        }
        let end = cut.map_or(length, |cut| cut.index(length));
        if let Ok(picture) = crate::import::picture::decode(&bytes[..end]) {
            prop_assert_eq!(picture.grey.len(), picture.width * picture.height);
            prop_assert_eq!(picture.fit(64).len(), 64 * 64);
        }
    }
}
