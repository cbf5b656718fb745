//! Whatever the bytes and however they are cut: no panic, and the same cohort.

use proptest::prelude::*;

use super::*;
use crate::import::gunzip::tests::gzip;

/// A cohort without what cannot be compared (NaN times are written out).
fn written(result: Result<Cohort, ImportError>) -> String {
    format!("{result:?}")
}

/// Text that looks like a table now and then.
fn table() -> impl Strategy<Value = Vec<u8>> {
    let header = prop_oneof![
        Just("id,age,death"),
        Just("id,hours,variable,value"),
        Just("stay_id;subject_id;charttime;HR"),
        Just("id,text"),
        Just("id\tvd_0\tvd_1"),
        Just("id,file"),
        Just("\u{feff}ID,\"two\nlines\",x"),
    ];
    let cell = prop_oneof![
        Just("1"),
        Just("2"),
        Just("p1"),
        Just("NA"),
        Just(""),
        Just("0.5"),
        Just("-1e5"),
        Just("2020-01-01 10:00"),
        Just("\"a, b\""),
        Just("\"x\ny\""),
        Just("\"open"),
        Just("HR"),
        Just("a.png"),
        Just("é"),
        Just("\r"),
    ];
    let delimiter = prop_oneof![Just(","), Just(";"), Just("\t"), Just("\n"), Just("\r\n")];
    (
        header,
        proptest::collection::vec((cell, delimiter), 0..60),
        proptest::collection::vec(any::<u8>(), 0..6),
    )
        .prop_map(|(header, cells, tail)| {
            let mut bytes = header.as_bytes().to_vec();
            bytes.push(b'\n');
            for (cell, delimiter) in cells {
                bytes.extend_from_slice(cell.as_bytes());
                bytes.extend_from_slice(delimiter.as_bytes());
            }
            bytes.extend(tail);
            bytes
        })
}

fn name() -> impl Strategy<Value = &'static str> {
    prop_oneof![
        Just("patients.csv"),
        Just("series.csv.gz"),
        Just("notes.tsv"),
        Just("embeddings.csv"),
        Just("images.csv"),
        Just("a.png"),
        Just("data.csv"),
        Just("noname"),
        Just("other.csv"),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes_in_any_chunks(
        first in name(),
        bytes in proptest::collection::vec(any::<u8>(), 0..400),
        magic in proptest::sample::select(vec![&b""[..], b"\x1f\x8b\x08\x00", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"id,a\n"]),
        chunk in 1_usize..50,
    ) {
        let bytes = [magic, &bytes].concat();
        let files = [(first, bytes.as_slice())];
        let whole = import_in_chunks(&files, ImportOptions::default(), 1 << 20);
        let cut = import_in_chunks(&files, ImportOptions::default(), chunk);
        prop_assert_eq!(written(whole), written(cut));
    }

    #[test]
    fn tables_in_any_chunks(
        files in proptest::collection::vec((name(), table(), any::<bool>()), 1..4),
        chunk in 1_usize..100,
    ) {
        let files: Vec<(&str, Vec<u8>)> =
            files.into_iter().map(|(name, bytes, zipped)| (name, if zipped { gzip(&bytes) } else { bytes })).collect();
        let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (*name, bytes.as_slice())).collect();
        let whole = import_in_chunks(&files, ImportOptions::default(), 1 << 20);
        let cut = import_in_chunks(&files, ImportOptions::default(), chunk);
        if let Ok(cohort) = &whole {
            prop_assert_eq!(cohort.persons.len(), cohort.samples());
            prop_assert!(cohort.columns.iter().all(|column| column.codes.len() == cohort.samples()));
            if let Some(series) = &cohort.series {
                prop_assert_eq!(series.offsets.len(), cohort.samples() + 1);
                prop_assert_eq!(series.offsets.last().copied(), Some(series.values.len() as u32));
            }
            let mut ids = cohort.ids.clone();
            ids.sort();
            ids.dedup();
            prop_assert_eq!(ids.len(), cohort.samples());
            let _ = crate::cohort::summary::summary(cohort);
        }
        prop_assert_eq!(written(whole), written(cut));
    }
}
