//! Tables as they should be.

use std::collections::BTreeMap;

use super::*;
use crate::cohort::{ColumnKind, Note, Role, Series};
use crate::import::dicom::tests::film;
use crate::import::gunzip::tests::gzip;
use crate::import::picture::tests::png;

#[test]
fn a_patients_table_alone_is_a_cohort() {
    let cohort = import(&[("data.csv", "id,age,died\np1,60,0\np2,NA,1\np3,71,0\n")]).unwrap();
    assert_eq!(cohort.name, "data");
    assert_eq!(cohort.ids, ["p1", "p2", "p3"]);
    assert_eq!(cohort.persons, [0, 1, 2]);
    assert_eq!(cells(&cohort, "age"), ["60", "-", "71"]);
    let roles: Vec<(Role, ColumnKind)> = cohort
        .columns
        .iter()
        .map(|column| (column.role, column.kind))
        .collect();
    assert_eq!(
        roles,
        [
            (Role::Id, ColumnKind::Text),
            (Role::Input, ColumnKind::Number),
            (Role::Label, ColumnKind::YesNo)
        ]
    );
    assert!(cohort.warnings.is_empty(), "{:?}", cohort.warnings);
    assert!(cohort.series.is_none() && cohort.notes.is_empty());
}

#[test]
fn samples_of_one_person_share_a_number() {
    let cohort = import(&[(
        "patients.csv",
        "subject_id,hadm_id,stay_id,age\n7,1,100,50\n8,2,101,60\n7,3,102,51\n,4,103,70\n",
    )])
    .unwrap();
    assert_eq!(cohort.ids, ["100", "101", "102", "103"]);
    assert_eq!(cohort.persons, [0, 1, 0, 2]);
    let roles: Vec<Role> = cohort.columns.iter().map(|column| column.role).collect();
    assert_eq!(roles, [Role::Group, Role::Ignore, Role::Id, Role::Input]);
}

#[test]
fn delimiters_marks_and_other_encodings() {
    let cohort = import_in_chunks(
        &[("Patienten.csv", b"\xef\xbb\xbfID;Gewicht;Ort\r\n1;70,5;K\xf6ln\r\n2;81;\"Bonn; Nord\"\r\n3;64,25;K\xf6ln\r\n")],
        ImportOptions::default(),
        3,
    )
    .unwrap();
    assert_eq!(cells(&cohort, "Gewicht"), ["70.5", "81", "64.25"]);
    assert_eq!(cohort.column("Gewicht").unwrap().kind, ColumnKind::Number);
    assert_eq!(cells(&cohort, "Ort"), ["Köln", "Bonn; Nord", "Köln"]);
    assert_eq!(
        cohort.warnings,
        ["Patienten.csv holds bytes that are not UTF-8; they were read as Latin-1"]
    );
    let cohort = import(&[("patients.tsv", "id\tcomment\n1\ta,b\n2\tc,d\n")]).unwrap();
    assert_eq!(cells(&cohort, "comment"), ["a,b", "c,d"]);
}

#[test]
fn the_user_decides_roles_kinds_and_missing_values() {
    let options = ImportOptions {
        roles: BTreeMap::from([
            ("mrn".into(), Role::Id),
            ("ward".into(), Role::Group),
            ("died".into(), Role::Ignore),
        ]),
        kinds: BTreeMap::from([("grade".into(), ColumnKind::Category)]),
        missing_values: vec!["-1".into()],
    };
    let table = b"id,mrn,ward,grade,died,x\n1,A,w1,1.5,0,-1\n2,B,w2,2.5,1,-1.0\n3,C,w1,1.5,1,3\n";
    let cohort = import_in_chunks(&[("patients.csv", table)], options, 100).unwrap();
    assert_eq!(cohort.ids, ["A", "B", "C"]);
    assert_eq!(cohort.persons, [0, 1, 0]);
    assert_eq!(cohort.column("grade").unwrap().kind, ColumnKind::Category);
    assert_eq!(cohort.column("died").unwrap().role, Role::Ignore);
    assert_eq!(cells(&cohort, "x"), ["-", "-", "3"]);
    let kept = import(&[("patients.csv", "id,x\n1,-1\n2,5.5\n")]).unwrap();
    assert_eq!(cells(&kept, "x"), ["-1", "5.5"]);
}

#[test]
fn further_patients_tables_add_samples_or_columns() {
    let cohort = import(&[
        ("set/patients_a.csv", "id,age\n1,50\n2,60\n"),
        ("set/patients_b.csv", "id,age\n3,70\n1,99\n"),
        ("set/patients_labels.csv", "ID,death\n2,1\n3,0\n9,1\n"),
    ])
    .unwrap();
    assert_eq!(cohort.name, "set");
    assert_eq!(cohort.ids, ["1", "2", "3"]);
    assert_eq!(cells(&cohort, "age"), ["50", "60", "70"]);
    assert_eq!(cells(&cohort, "death"), ["-", "1", "0"]);
    assert_eq!(
        cohort.warnings,
        [
            "patients_labels.csv: 1 row whose identifier is not in the patients table, skipped (first: row 4)"
        ]
    );
}

fn expected_series() -> Series {
    Series {
        variables: vec!["HR".into(), "RR".into()],
        offsets: vec![0, 3, 3, 4],
        variable: vec![0, 1, 0, 0],
        hours: vec![0.0, 0.5, 1.0, 2.0],
        values: vec![60.0, 12.5, 70.0, -80.0],
    }
}

#[test]
fn long_series_are_grouped_and_ordered() {
    let patients = ("c/patients.csv", "id,age\na,1\nb,2\nc,3\n");
    let long = "ID,Hours,Variable,Value\na,1,HR,70\na,0,HR,60\nc,2,HR,-80\na,0.5,RR,12.5\n";
    let cohort = import(&[patients, ("c/series.csv", long)]).unwrap();
    assert_eq!(cohort.series, Some(expected_series()));
    assert!(cohort.warnings.is_empty(), "{:?}", cohort.warnings);
    let zipped = gzip(long.as_bytes());
    let files = [
        (patients.0, patients.1.as_bytes()),
        ("c/chartevents.csv.gz", zipped.as_slice()),
    ];
    for chunk in [1, 10, 1 << 20] {
        let cohort = import_in_chunks(&files, ImportOptions::default(), chunk).unwrap();
        assert_eq!(cohort.series, Some(expected_series()));
    }
    // A name that tells nothing, and read before the patients.
    let cohort = import(&[("c/b.csv", patients.1), ("c/a.csv", long)]).unwrap();
    assert_eq!(cohort.series, Some(expected_series()));
    assert_eq!(cohort.ids, ["a", "b", "c"]);
}

#[test]
fn sodium_is_a_variable_and_no_missing_name() {
    let table = "id,hours,variable,value\n1,0,Na,140\n1,1,NA,141\n1,2,null,142\n";
    let cohort = import(&[("series.csv", table)]).unwrap();
    assert_eq!(cohort.series.unwrap().variables, ["Na", "NA"]);
    assert_eq!(
        cohort.warnings,
        ["series.csv: 1 row without a variable, skipped (first: row 4)"]
    );
}

#[test]
fn wide_series_and_other_units() {
    let patients = ("patients.csv", "id,age\na,1\nb,2\nc,3\n");
    let wide = "id,minutes,HR,RR\na,60,70,\na,0,60,NA\nc,120,-80,?\na,30,,12.5\n";
    let cohort = import(&[patients, ("vitals.csv", wide)]).unwrap();
    assert_eq!(cohort.series, Some(expected_series()));
    let moments = "id,charttime,itemid,valuenum\na,2150-01-01 01:00,HR,70\na,2150-01-01 00:00:00,HR,60\nc,2151-06-30T10:00Z,HR,-80\na,2150-01-01T00:30,RR,12.5\n";
    let cohort = import(&[patients, ("labs.csv", moments)]).unwrap();
    let mut expected = expected_series();
    expected.hours[3] = 0.0;
    assert_eq!(cohort.series, Some(expected));
    let days = "RecordID,Time,Parameter,Value\nx,00:30,HR,1\nx,01:15,HR,2\n";
    let series = import(&[("events.csv", days)]).unwrap().series.unwrap();
    assert_eq!(series.hours, [0.5, 1.25]);
}

#[test]
fn a_lone_series_makes_its_own_samples() {
    let table = "subject_id,stay_id,hours,variable,value\n7,70,0,HR,1\n8,80,0,HR,2\n7,71,0,HR,3\n";
    let cohort = import(&[("series.csv", table)]).unwrap();
    assert_eq!(cohort.ids, ["70", "80", "71"]);
    assert_eq!(cohort.persons, [0, 1, 0]);
    let columns: Vec<(&str, Role)> = cohort
        .columns
        .iter()
        .map(|column| (column.name.as_str(), column.role))
        .collect();
    assert_eq!(
        columns,
        [("stay_id", Role::Id), ("subject_id", Role::Group)]
    );
    assert_eq!(cells(&cohort, "subject_id"), ["7", "8", "7"]);
}

#[test]
fn rows_that_name_the_person_find_its_only_sample() {
    let cohort = import(&[
        (
            "patients.csv",
            "stay_id,subject_id,age\n10,1,5\n11,2,6\n12,2,7\n",
        ),
        (
            "series.csv",
            "subject_id,hours,variable,value\n1,0,HR,60\n2,0,HR,70\n3,0,HR,80\n",
        ),
    ])
    .unwrap();
    assert_eq!(cohort.series.unwrap().offsets, [0, 1, 1, 1]);
    assert_eq!(
        cohort.warnings,
        [
            "series.csv: 1 row whose identifier is not in the patients table, skipped (first: row 4)",
            "series.csv: 1 row that name a person with several samples and no sample, skipped (first: row 3)",
        ]
    );
}

#[test]
fn identifiers_of_number_columns_agree() {
    let cohort = import(&[
        ("patients.csv", "id,age\n10,5\n11,6\n"),
        (
            "series.csv",
            "id,hours,variable,value\n10.0,0,HR,60\n 11 ,0,HR,70\n",
        ),
    ])
    .unwrap();
    assert_eq!(cohort.series.unwrap().offsets, [0, 1, 2]);
}

#[test]
fn notes_keep_their_order_time_and_source() {
    let cohort = import(&[
        ("patients.csv", "id,age\n1,5\n2,6\n"),
        ("notes.csv", "id,days,source,text\n2,1,Nursing,\"late\nnote\"\n1,,,undated\n2,0.5,Radiology,early\n1,3,,dated\n"),
    ])
    .unwrap();
    let notes: Vec<(u32, &str, &str)> = cohort
        .notes
        .iter()
        .map(|note: &Note| (note.sample, note.source.as_str(), note.text.as_str()))
        .collect();
    assert_eq!(
        notes,
        [
            (0, "", "dated"),
            (0, "", "undated"),
            (1, "Radiology", "early"),
            (1, "Nursing", "late\nnote")
        ]
    );
    assert_eq!(cohort.notes[0].hours, 72.0);
    assert!(cohort.notes[1].hours.is_nan());
}

#[test]
fn embeddings_are_grouped_by_prefix() {
    let cohort = import(&[
        ("patients.csv", "id,age\n1,5\n2,6\n3,7\n"),
        (
            "embeddings.csv",
            "id,vd_0,vd_1,ecg0,extra\n3,0.5,1,2,9\n1,,-1e-3,,\n3,7,7,7,7\n",
        ),
    ])
    .unwrap();
    let names: Vec<(&str, usize)> = cohort
        .embeddings
        .iter()
        .map(|source| (source.name.as_str(), source.columns.len()))
        .collect();
    assert_eq!(names, [("vd", 2), ("ecg", 1), ("embeddings", 1)]);
    let vd = &cohort.embeddings[0].values;
    assert!(vd[0].is_nan() && vd[2].is_nan() && vd[3].is_nan());
    assert_eq!((vd[1], vd[4], vd[5]), (-1e-3, 0.5, 1.0));
    assert_eq!(
        cohort.warnings,
        [
            "embeddings.csv: 1 row that repeat the sample of an earlier row, skipped; the first is kept (first: row 4)"
        ]
    );
}

#[test]
fn images_are_found_by_their_table() {
    let (black, white) = (png(8, 8, |_, _| 0), png(8, 8, |_, _| 255));
    let cohort = import_in_chunks(
        &[
            ("c/images/x.png", &black),
            ("c/images/y.png", &white),
            ("c/images/z.png", &white),
            ("c/images/broken.png", b"\x89PNG\r\n\x1a\nnothing"),
            ("c/images.csv", b"id,hours,view,file\n2,5,AP,images/x.png\n2,1,,images\\Y.png\n1,,,./images/x.png\n1,,,images/none.png\n9,,,images/y.png\n1,,,images/broken.png\n"),
            ("c/patients.csv", b"id,age\n1,5\n2,6\n"),
        ],
        ImportOptions::default(),
        100,
    )
    .unwrap();
    let images: Vec<(u32, &str, u8)> = cohort
        .images
        .iter()
        .map(|image| (image.sample, image.source.as_str(), image.pixels[0]))
        .collect();
    assert_eq!(images, [(0, "", 0), (1, "", 255), (1, "AP", 0)]);
    assert!(
        cohort
            .images
            .iter()
            .all(|image| image.side == 8 && image.pixels.len() == 64)
    );
    assert_eq!(
        cohort.warnings,
        [
            "images.csv: 1 row whose identifier is not in the patients table, skipped (first: row 6)",
            "1 image file could not be decoded as PNG, JPEG or DICOM (or are too large), skipped (first: images/broken.png)",
            "images.csv: 1 row whose image is not among the files, skipped (first: row 5)",
            "1 image file without a row in the images table, skipped (first: images/z.png)",
        ]
    );
}

#[test]
fn dicom_files_are_images() {
    let film = film("MONOCHROME2");
    let cut = &film[..film.len() - 3];
    let mut other = film.clone();
    let place = other
        .windows(19)
        .position(|part| part == b"1.2.840.10008.1.2.1")
        .unwrap();
    other[place + 18] = b'9';
    let files: Vec<(&str, &[u8])> = vec![
        ("c/patients.csv", b"id,age\np1,5\np2,6\n"),
        (
            "c/images.csv",
            b"id,file\np1,films/a.dcm\np1,films/IM0001\np2,films/cut.dcm\np2,films/other.dcm\n",
        ),
        ("c/films/a.dcm", &film),
        ("c/films/IM0001", &film),
        ("c/films/cut.dcm", cut),
        ("c/films/other.dcm", &other),
        ("c/DICOMDIR", b"whatever"),
    ];
    for chunk in [7, 1 << 20] {
        let cohort = import_in_chunks(&files, ImportOptions::default(), chunk).unwrap();
        let samples: Vec<u32> = cohort.images.iter().map(|image| image.sample).collect();
        assert_eq!(samples, [0, 0]);
        assert_eq!(
            cohort.warnings,
            [
                "1 image file could not be decoded as PNG, JPEG or DICOM (or are too large), skipped (first: films/cut.dcm)",
                "1 image file compressed or stored in a way that this version cannot read, skipped; save as PNG or without compression (first: films/other.dcm)",
            ]
        );
        assert!(!format!("{cohort:?}").contains("Secret"));
    }
}

#[test]
fn images_without_a_table_are_found_by_their_names() {
    let grey = png(8, 8, |_, _| 9);
    let files: Vec<(&str, &[u8])> = vec![
        ("c/patients.csv", b"id,age\np1,5\np2,6\np_3,7\n"),
        ("c/films/p1-day1.png", &grey),
        ("c/films/p_3_lateral.png", &grey),
        ("c/p2/film.PNG", &grey),
        ("c/films/nobody.png", &grey),
    ];
    let cohort = import_in_chunks(&files, ImportOptions::default(), 64).unwrap();
    assert_eq!(
        cohort
            .images
            .iter()
            .map(|image| image.sample)
            .collect::<Vec<_>>(),
        [0, 1, 2]
    );
    assert_eq!(
        cohort.warnings,
        [
            "1 image file without a known identifier in name or folder, skipped (first: films/nobody.png)"
        ]
    );
    let alone = import_in_chunks(&files[1..2], ImportOptions::default(), 64).unwrap();
    assert_eq!(alone.ids, ["p1"]);
}

#[test]
fn progress_counts_rows_and_images() {
    let grey = png(8, 8, |_, _| 9);
    let entries = ["a.png", "patients.csv", "notes.txt.doc"].map(|path| FileEntry {
        path: path.to_owned(),
        bytes: 1,
    });
    let mut import = Import::new(ImportOptions::default(), entries.to_vec());
    assert_eq!(import.order(), [1, 0]);
    import.begin(1).unwrap();
    assert!(matches!(
        import.begin(0),
        Err(ImportError::StillOpen { .. })
    ));
    import.push(b"id,a\n1,2\n2,3\n").unwrap();
    import.end().unwrap();
    assert_eq!(import.rows(), 2);
    assert_eq!(import.push(b"x"), Err(ImportError::NotOpen));
    assert!(matches!(
        import.begin(1),
        Err(ImportError::ReadTwice { .. })
    ));
    assert_eq!(import.begin(3), Err(ImportError::UnknownFile { index: 3 }));
    import.begin(0).unwrap();
    import.push(&grey).unwrap();
    import.end().unwrap();
    assert_eq!(import.rows(), 3);
    assert_eq!(import.finish().unwrap().samples(), 2);
}

#[test]
fn coded_diagnoses_become_the_labels_of_the_catalogue() {
    let patients = "hadm_id,age,sepsis\n1,60,0\n2,71,1\n3,80,0\n4,55,0\n";
    let codes = "subject_id,hadm_id,seq_num,icd_code,icd_version\n\
                 9,1,1,J189,10\n9,1,2,I10,10\n8,2,1,4280,9\n8,2,2,38.9,9\n7,3,1,Z00,10\n\
                 7,3,2,,10\n7,3,3,J189,11\n6,99,1,J189,10\n";
    let cohort = import(&[("patients.csv", patients), ("diagnoses_icd.csv", codes)]).unwrap();
    // The fourth patient has no code, so that nothing is known of it.
    assert_eq!(cells(&cohort, "pneumonia"), ["yes", "no", "no", "-"]);
    assert_eq!(cells(&cohort, "heart_failure"), ["no", "yes", "no", "-"]);
    let column = cohort.column("pneumonia").unwrap();
    assert_eq!((column.role, column.kind), (Role::Label, ColumnKind::YesNo));
    // The table's own column stays.
    assert_eq!(cells(&cohort, "sepsis"), ["0", "1", "0", "0"]);
    assert_eq!(cohort.columns.len(), 3 + 39);
    assert_eq!(
        cohort.warnings,
        [
            "diagnoses_icd.csv: 1 row whose identifier is not in the patients table, skipped (first: row 9)",
            "diagnoses_icd.csv: 1 row without a code, skipped (first: row 7)",
            "diagnoses_icd.csv: 1 row with an ICD version other than 9 and 10, skipped (first: row 8)",
            "diagnoses_icd.csv: labels of 39 diagnoses of the catalogue were made from 5 codes of 3 samples",
            "diagnoses_icd.csv: samples without any code, which have no label: 1",
            "The patients table has columns called sepsis already; they were kept, and no label was made from codes",
        ]
    );
    // Without versions, and without a patients table.
    let cohort = import(&[("diagnoses.csv", "id,code\na,J189\na,4280\nb,I10\n")]).unwrap();
    assert_eq!(cells(&cohort, "pneumonia"), ["yes", "no"]);
    assert_eq!(cells(&cohort, "heart_failure"), ["yes", "no"]);
    assert!(cohort.warnings[0].contains("no column icd_version"));
    // A dictionary of codes is of no patient.
    let cohort = import(&[
        ("patients.csv", patients),
        (
            "d_icd_diagnoses.csv",
            "icd_code,icd_version,long_title\nJ189,10,Pneumonia\n",
        ),
    ])
    .unwrap();
    assert_eq!(cohort.columns.len(), 3);
}
