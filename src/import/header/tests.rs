//! Tests of headers.

use super::*;
use crate::import::records::{Records, Stop};

pub(crate) fn header(line: &str) -> Header {
    let mut header = Header::default();
    let mut records = Records::new(b',');
    let mut sink = |record: Record<'_>, _: u64| {
        header = Header::new(record, &mut false);
        Ok::<(), Stop>(())
    };
    records.push(line.as_bytes(), &mut sink).unwrap();
    records.finish(&mut sink).unwrap();
    header
}

fn identifiers(line: &str) -> (usize, Option<usize>) {
    let found = header(line).identifiers("a.csv", &BTreeMap::new()).unwrap();
    (found.id, found.group)
}

#[test]
fn identifiers_by_their_names() {
    assert_eq!(identifiers("age,ID"), (1, None));
    assert_eq!(identifiers("RecordID,age"), (0, None));
    assert_eq!(identifiers("id,patient,age"), (0, Some(1)));
    assert_eq!(identifiers("subject_id,hadm_id,stay_id"), (2, Some(0)));
    assert_eq!(identifiers("Subject ID,x"), (0, None));
    assert_eq!(identifiers("x,siteId"), (1, None));
    let roles = BTreeMap::from([
        ("mrn".into(), Role::Id),
        ("id".into(), Role::Input),
        ("ward".into(), Role::Group),
    ]);
    let found = header("id,mrn,ward").identifiers("a.csv", &roles).unwrap();
    assert_eq!(
        found,
        Identifiers {
            id: 1,
            group: Some(2)
        }
    );
    let two = BTreeMap::from([("mrn".into(), Role::Id), ("id".into(), Role::Id)]);
    assert!(matches!(
        header("id,mrn").identifiers("a.csv", &two),
        Err(ImportError::TwoIdColumns { .. })
    ));
}

#[test]
fn a_header_without_identifier_names_its_columns_but_never_values() {
    let error = header("age,covid,weight")
        .identifiers("a.csv", &BTreeMap::new())
        .unwrap_err();
    assert!(error.to_string().contains("age, covid, weight"), "{error}");
    let error = header("132539,54,0,F")
        .identifiers("a.csv", &BTreeMap::new())
        .unwrap_err();
    assert_eq!(
        error,
        ImportError::NoHeader {
            file: "a.csv".into()
        }
    );
}

#[test]
fn kinds_by_columns_where_the_name_does_not_tell() {
    for (line, kind) in [
        ("id,age,death", TableKind::Patients),
        ("stay_id,charttime,itemid,valuenum", TableKind::Series),
        ("id,hours,HR,RR,Temp", TableKind::Series),
        ("id,days,text", TableKind::Notes),
        ("id,file", TableKind::Images),
        (
            "id,vd_0,vd_1,vd_2,vd_3,vd_4,vd_5,vd_6,vd_7",
            TableKind::Embeddings,
        ),
    ] {
        assert_eq!(header(line).table_kind(None), kind, "{line}");
    }
    assert_eq!(
        header("id,file,view").table_kind(Some(TableKind::Notes)),
        TableKind::Images
    );
    assert_eq!(
        header("id,days,text").table_kind(Some(TableKind::Patients)),
        TableKind::Patients
    );
}

#[test]
fn names_are_distinct_and_units_known() {
    let head = header("id,,age,age,age");
    assert_eq!(head.names, ["id", "column 2", "age", "age (2)", "age (3)"]);
    assert!(head.repeated);
    assert_eq!(header("id,Days").time(), Some((1, 24.0)));
    assert_eq!(header("id,chart_offset").time(), Some((1, 1.0 / 60.0)));
    assert_eq!(header("id,HR").time(), None);
    assert_eq!(numbered_prefix("n_ecg_12"), Some("n_ecg"));
    assert_eq!(numbered_prefix("12"), None);
    assert_eq!(numbered_prefix("age"), None);
}
