//! Everything that can be wrong gets a sentence; none of them holds a patient's value.

use super::*;
use crate::import::gunzip::tests::gzip;

const PATIENTS: (&str, &str) = ("patients.csv", "id,age\n1,50\n2,60\n");

/// The warnings of an import.
fn warnings(files: &[(&str, &str)]) -> Vec<String> {
    import(files).unwrap().warnings
}

#[test]
fn no_identifier() {
    let error = import(&[("patients.csv", "age,weight\n50,70\n")]).unwrap_err();
    assert_eq!(
        error,
        ImportError::NoIdColumn {
            file: "patients.csv".into(),
            columns: "age, weight".into()
        }
    );
    let error = import(&[("data.csv", "age,weight\n50,70\n")]).unwrap_err();
    assert!(matches!(error, ImportError::NoIdColumn { .. }));
    let error = import(&[("data.csv", "Smith,1954,70\nJones,1960,80\n")]).unwrap_err();
    assert_eq!(
        error,
        ImportError::NoHeader {
            file: "data.csv".into()
        }
    );
    assert!(!error.to_string().contains("Smith"));
    let warnings = warnings(&[PATIENTS, ("series.csv", "hours,variable,value\n0,HR,60\n")]);
    assert_eq!(warnings.len(), 1);
    assert!(
        warnings[0].contains("series.csv") && warnings[0].contains("hours, variable, value"),
        "{warnings:?}"
    );
}

#[test]
fn repeated_and_missing_identifiers() {
    let cohort = import(&[("patients.csv", "id,age\n1,50\n2,60\n1,70\n,80\n2,90\n")]).unwrap();
    assert_eq!(cells(&cohort, "age"), ["50", "60"]);
    assert_eq!(
        cohort.warnings,
        [
            "patients.csv: 1 row without a value in id, skipped (first: row 5)",
            "patients.csv: 2 rows that repeat the id of an earlier row, skipped; the first is kept (first: row 4)",
        ]
    );
    let error = import(&[("patients.csv", "id,age\n1,50\n1,60\n1,70\n")]).unwrap_err();
    assert_eq!(
        error,
        ImportError::AllDuplicates {
            file: "patients.csv".into(),
            column: "id".into(),
            rows: 3
        }
    );
    let error = import(&[("patients.csv", "id,age\n")]).unwrap_err();
    assert_eq!(
        error,
        ImportError::NoRows {
            file: "patients.csv".into()
        }
    );
}

#[test]
fn broken_rows_of_a_series_are_counted() {
    let series = "id,hours,variable,value\n1,0,HR,60\n1,0,,61\n9,0,HR,62\n1,0,HR,high\n1,0,HR,\n,0,HR,63\n1,soon,HR,64\n1,,HR,65\n1,0,HR,1e99\n2,0\n1,0,HR,66,extra\n1,1,HR,67,,\n";
    assert_eq!(
        warnings(&[PATIENTS, ("series.csv", series)]),
        [
            "series.csv: 1 row with fewer fields than the header, the rest taken as missing (first: row 11)",
            "series.csv: 1 row with more fields than the header, skipped (first: row 12)",
            "series.csv: 1 row without a value in id, skipped (first: row 7)",
            "series.csv: 1 row whose identifier is not in the patients table, skipped (first: row 4)",
            "series.csv: 1 row whose time in hours is neither a number nor an ISO date-time, skipped (first: row 8)",
            "series.csv: 1 row without a time, skipped (first: row 9)",
            "series.csv: 2 rows without a variable, skipped (first: row 3)",
            "series.csv: 1 row without a value in value, skipped (first: row 6)",
            "series.csv: 2 rows whose value is not a number, skipped (first: row 5)",
        ]
    );
    let cohort = import(&[PATIENTS, ("series.csv", series)]).unwrap();
    assert_eq!(cohort.series.unwrap().values, [60.0, 67.0]);
    let many = format!("id,hours,variable,value\n{}", "1,0,,5\n".repeat(2403));
    assert_eq!(
        warnings(&[PATIENTS, ("series.csv", &many)]),
        ["series.csv: 2,403 rows without a variable, skipped (first: row 2)"]
    );
}

#[test]
fn rows_of_others_are_counted_however_late_the_patients_come() {
    let series = (
        "a.csv",
        "id,hours,variable,value\n1,0,HR,60\n9,0,XX,61\n2,0,RR,62\n",
    );
    let cohort = import(&[series, ("b.csv", "id,age\n1,5\n2,6\n")]).unwrap();
    assert_eq!(
        cohort.warnings,
        ["a.csv: 1 values whose identifier is not in the patients table, skipped"]
    );
    let series = cohort.series.unwrap();
    assert_eq!(series.variables, ["HR", "RR"]);
    assert_eq!(
        (series.offsets, series.variable),
        (vec![0, 1, 2], vec![0, 1])
    );
}

#[test]
fn broken_numbers_name_the_column_and_the_first_row() {
    let mut table = String::from("id,lactate,note\n");
    for row in 0..40 {
        let lactate = if row == 17 || row == 30 {
            "secret".to_owned()
        } else {
            format!("{}.5", row)
        };
        table.push_str(&format!("{row},{lactate},private{row}\n"));
    }
    let warnings = warnings(&[("patients.csv", &table)]);
    assert_eq!(
        warnings,
        [
            "patients.csv: 2 cells of lactate without a readable number, taken as missing (first: row 19)"
        ]
    );
    let wide = "id,hours,HR,ward\n1,0,60,north\n1,1,x,north\n";
    assert_eq!(
        self::warnings(&[PATIENTS, ("series.csv", wide)]),
        [
            "series.csv: 1 row whose HR is not a number, left out (first: row 3)",
            "series.csv: 2 rows whose ward is not a number, left out (first: row 2)",
        ]
    );
}

#[test]
fn files_of_other_kinds() {
    let cohort = import_in_chunks(
        &[
            ("c/patients.csv", PATIENTS.1.as_bytes()),
            ("c/plan.xlsx", b"PK\x03\x04"),
            ("c/paper.pdf", b"%PDF-1.7"),
            ("c/labs.csv", b"PK\x03\x04\x00\x00renamed"),
            ("c/README", b"What this is: a cohort.\n"),
            ("c/.DS_Store", b"\x00"),
            ("c/empty.csv", b""),
            ("c/blank.csv", b"\n \r\n"),
        ],
        ImportOptions::default(),
        4,
    )
    .unwrap();
    assert_eq!(cohort.samples(), 2);
    assert_eq!(
        cohort.warnings,
        [
            "plan.xlsx is not a table or an image (save the sheet as .csv first); skipped",
            "paper.pdf is not a table or an image; skipped",
            "empty.csv is empty; skipped",
            "blank.csv is empty; skipped",
            "README is not a table or an image; skipped",
            "labs.csv is not a table or an image (save tables as .csv in UTF-8 first); skipped",
        ]
    );
    let error = import(&[("plan.xlsx", "PK")]).unwrap_err();
    assert!(
        matches!(&error, ImportError::Nothing { reasons } if reasons.contains("plan.xlsx")),
        "{error}"
    );
    let error = import(&[("patients.csv", "")]).unwrap_err();
    assert!(
        error.to_string().contains("patients.csv is empty"),
        "{error}"
    );
    assert!(matches!(import(&[]), Err(ImportError::Nothing { .. })));
    let many: Vec<String> = (0..9).map(|number| format!("{number}.pdf")).collect();
    let mut files: Vec<(&str, &str)> = many.iter().map(|path| (path.as_str(), "")).collect();
    files.push(PATIENTS);
    let warnings = warnings(&files);
    assert_eq!(warnings.len(), 5);
    assert_eq!(
        warnings[4],
        "5 further files are not tables or images; skipped"
    );
}

#[test]
fn quotes_that_never_close() {
    let warnings = warnings(&[(
        "patients.csv",
        "id,age,comment\n1,50,\"open\n2,60,b\n3,70,c\n",
    )]);
    assert_eq!(
        warnings,
        [
            "patients.csv: a quote that opens in row 2 is never closed; all that follows was read as one cell"
        ]
    );
    let mut import = Import::new(
        ImportOptions::default(),
        vec![FileEntry {
            path: "notes.csv".into(),
            bytes: 1 << 30,
        }],
    );
    import.begin(0).unwrap();
    import.push(b"id,text\n1,fine\n2,\"").unwrap();
    let chunk = vec![b'a'; 1 << 20];
    let error = (0..1024).find_map(|_| import.push(&chunk).err()).unwrap();
    assert_eq!(
        error,
        ImportError::RecordTooLong {
            file: "notes.csv".into(),
            row: 3,
            line: 3
        }
    );
    assert!(import.end().is_err());
}

#[test]
fn gzip_that_is_cut_damaged_or_a_bomb() {
    let zipped = gzip(b"id,age\n1,50\n2,60\n");
    let import =
        |bytes: &[u8]| import_in_chunks(&[("patients.csv.gz", bytes)], ImportOptions::default(), 7);
    assert_eq!(import(&zipped).unwrap().samples(), 2);
    for end in 3..zipped.len() {
        let error = import(&zipped[..end]).unwrap_err();
        assert_eq!(
            error,
            ImportError::TruncatedGzip {
                file: "patients.csv.gz".into()
            },
            "{end}"
        );
    }
    let mut wrong = zipped.clone();
    let place = wrong.len() - 5;
    wrong[place] ^= 0xff;
    assert_eq!(
        import(&wrong).unwrap_err(),
        ImportError::DamagedGzip {
            file: "patients.csv.gz".into()
        }
    );
    // Not compressed in spite of its name, and compressed in spite of it.
    assert_eq!(import(b"id,age\n1,50\n2,60\n").unwrap().samples(), 2);
    assert_eq!(
        import_in_chunks(&[("patients.csv", &zipped)], ImportOptions::default(), 7)
            .unwrap()
            .samples(),
        2
    );
    let bomb = gzip(&[b"id,text\n1,".to_vec(), vec![b'a'; 40 << 20]].concat());
    assert!(bomb.len() < 1 << 20);
    let error = import_in_chunks(
        &[("notes.csv.gz", &bomb)],
        ImportOptions::default(),
        bomb.len(),
    )
    .unwrap_err();
    assert!(matches!(error, ImportError::RecordTooLong { row: 2, .. }));
}

#[test]
fn repeated_and_nameless_columns() {
    let cohort = import(&[("patients.csv", "id,age,,age\n1,50,3,51\n2,60,4,61\n")]).unwrap();
    let names: Vec<&str> = cohort
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .collect();
    assert_eq!(names, ["id", "age", "column 3", "age (2)"]);
    assert_eq!(
        cohort.warnings,
        ["patients.csv: some columns have the same name; the later ones were numbered"]
    );
}

#[test]
fn too_many_variables_are_counted() {
    let mut series = String::from("id,hours,variable,value\n");
    for variable in 0..65_540 {
        series.push_str(&format!("1,0,v{variable},1\n"));
    }
    let cohort = import(&[PATIENTS, ("series.csv", &series)]).unwrap();
    assert_eq!(cohort.series.unwrap().variables.len(), 65_535);
    assert_eq!(
        cohort.warnings,
        ["series.csv: 5 rows beyond the first 65,535 variables, skipped (first: row 65537)"]
    );
}
