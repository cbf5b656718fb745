//! Small cohorts for tests, drawn by nobody: every cell follows from its row number.

use std::path::{Path, PathBuf};

use crate::cohort::{Cohort, Column, ColumnKind, Embedding, MISSING, Note, Role, Series};

/// A column of the given cells; an empty one is missing.
pub(crate) fn column<S: AsRef<str>>(
    name: &str,
    role: Role,
    kind: ColumnKind,
    cells: impl IntoIterator<Item = S>,
) -> Column {
    let mut column = Column {
        name: name.to_owned(),
        role,
        kind,
        levels: Vec::new(),
        codes: Vec::new(),
    };
    for cell in cells {
        let cell = cell.as_ref();
        let code = if cell.is_empty() {
            MISSING
        } else {
            match column.levels.iter().position(|level| level == cell) {
                Some(code) => code as u32,
                None => {
                    column.levels.push(cell.to_owned());
                    column.levels.len() as u32 - 1
                }
            }
        };
        column.codes.push(code);
    }
    column
}

/// A cohort of these columns, each sample a person.
pub(crate) fn cohort(samples: usize, columns: Vec<Column>) -> Cohort {
    for column in &columns {
        assert_eq!(column.codes.len(), samples, "{}", column.name);
    }
    Cohort {
        name: "test".to_owned(),
        ids: (0..samples).map(|row| format!("p{row}")).collect(),
        persons: (0..samples as u32).collect(),
        columns,
        ..Cohort::default()
    }
}

/// An intensive care unit as PhysioNet 2012 describes it, with two series variables, a note and an embedding source.
pub(crate) fn intensive_care(samples: usize) -> Cohort {
    use ColumnKind::{Category, Number, Text, YesNo};
    use Role::{Id, Ignore, Input, Label};
    let cells = |cell: &dyn Fn(usize) -> String| (0..samples).map(cell).collect::<Vec<_>>();
    let number = |modulus: usize| cells(&move |row| (row * 7 % modulus).to_string());
    let some = |modulus: usize, gap: usize| {
        cells(&move |row| {
            if row % gap == 0 {
                String::new()
            } else {
                (row * 7 % modulus).to_string()
            }
        })
    };
    let mut cohort = cohort(
        samples,
        vec![
            column("id", Id, Number, cells(&|row| format!("p{row}"))),
            column("age", Input, Number, number(76)),
            column("gender", Input, YesNo, number(2)),
            column("remarks", Input, Text, cells(&|row| format!("words {row}"))),
            column("blank", Input, Number, cells(&|_| String::new())),
            column("bed", Ignore, Category, number(9)),
            column("icu_type", Label, Category, number(4)),
            column("saps_i", Label, Number, some(35, 11)),
            column("sofa", Label, Number, some(24, 23)),
            column("length_of_stay", Label, Number, some(84, 50)),
            column(
                "in_hospital_death",
                Label,
                YesNo,
                cells(&|row| u8::from(row % 7 == 0).to_string()),
            ),
            column("constant", Label, YesNo, cells(&|_| "1".to_owned())),
            column("unknown", Label, YesNo, cells(&|_| String::new())),
        ],
    );
    cohort.series = Some(Series {
        variables: vec!["HR".to_owned(), "Lactate".to_owned()],
        offsets: vec![0; samples + 1],
        ..Series::default()
    });
    cohort.notes = vec![Note {
        sample: 0,
        hours: f32::NAN,
        source: String::new(),
        text: "no distress".to_owned(),
    }];
    cohort.embeddings = vec![Embedding {
        name: "vd".to_owned(),
        columns: vec!["vd_0".to_owned()],
        values: vec![0.5; samples],
    }];
    cohort
}

/// A folder of real patients beside the repository, or `None` with a word that the test skips.
pub(crate) fn real(folder: &str) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = ["../shared/data", "../../shared/data"]
        .iter()
        .map(|data| root.join(data).join(folder))
        .find(|path| path.is_dir());
    if found.is_none() {
        println!("skipped: ../shared/data/{folder} is not here");
    }
    found
}

/// The patients table of such a folder, read without quotes, with these labels; every other column but `id` is an input.
pub(crate) fn real_patients(folder: &Path, labels: &[(&str, ColumnKind)]) -> Cohort {
    let table = std::fs::read_to_string(folder.join("patients.csv")).unwrap();
    let mut lines = table.lines();
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    let columns = header
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let label = labels.iter().find(|(label, _)| label == name);
            let (role, kind) = match label {
                Some(&(_, kind)) => (Role::Label, kind),
                None if *name == "id" => (Role::Id, ColumnKind::Text),
                None => (Role::Input, ColumnKind::Number),
            };
            column(name, role, kind, rows.iter().map(|row| row[index]))
        })
        .collect();
    cohort(rows.len(), columns)
}
