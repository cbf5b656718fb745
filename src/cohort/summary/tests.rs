//! Tests of summaries.

use super::*;
use crate::cohort::{Embedding, Note};

fn column(name: &str, role: Role, kind: ColumnKind, cells: &[&str]) -> Column {
    let mut levels: Vec<String> = Vec::new();
    let codes = cells
        .iter()
        .map(|cell| match *cell {
            "" => MISSING,
            cell => levels
                .iter()
                .position(|level| level == cell)
                .unwrap_or_else(|| {
                    levels.push(cell.to_owned());
                    levels.len() - 1
                }) as u32,
        })
        .collect();
    Column {
        name: name.to_owned(),
        role,
        kind,
        levels,
        codes,
    }
}

fn cohort() -> Cohort {
    Cohort {
        name: "small".to_owned(),
        ids: ["a", "b", "c", "d"].map(str::to_owned).to_vec(),
        persons: vec![0, 0, 1, 2],
        columns: vec![
            column("id", Role::Id, ColumnKind::Text, &["a", "b", "c", "d"]),
            column(
                "age",
                Role::Input,
                ColumnKind::Number,
                &["10", "20", "40", ""],
            ),
            column(
                "sex",
                Role::Input,
                ColumnKind::Category,
                &["F", "M", "F", ""],
            ),
            column(
                "died",
                Role::Label,
                ColumnKind::YesNo,
                &["0", "1", "0", "0"],
            ),
            column(
                "lactate",
                Role::Ignore,
                ColumnKind::Number,
                &["1.5", "high", "", "2.5"],
            ),
        ],
        series: Some(Series {
            variables: vec!["HR".to_owned(), "RR".to_owned()],
            offsets: vec![0, 3, 3, 5, 5],
            variable: vec![0, 1, 0, 0, 0],
            hours: vec![0.0, 0.0, 1.0, 0.0, 2.0],
            values: vec![60.0, 12.0, 80.0, 100.0, 90.0],
        }),
        notes: vec![Note {
            sample: 2,
            hours: f32::NAN,
            source: String::new(),
            text: "well".to_owned(),
        }],
        embeddings: vec![Embedding {
            name: "vd".to_owned(),
            columns: vec!["vd_0".to_owned(), "vd_1".to_owned()],
            values: vec![
                f32::NAN,
                f32::NAN,
                1.0,
                f32::NAN,
                f32::NAN,
                f32::NAN,
                0.0,
                0.0,
            ],
        }],
        warnings: vec!["a warning".to_owned()],
        ..Cohort::default()
    }
}

#[test]
fn counts_modalities_and_their_overlap() {
    let summary = summary(&cohort());
    assert_eq!((summary.samples, summary.patients), (4, 3));
    let modalities: Vec<(&str, usize, usize, &str)> = summary
        .modalities
        .iter()
        .map(|modality| {
            (
                modality.name.as_str(),
                modality.samples,
                modality.items,
                modality.unit.as_str(),
            )
        })
        .collect();
    assert_eq!(
        modalities,
        [
            ("tabular", 3, 2, "columns"),
            ("series", 2, 5, "observations"),
            ("text", 1, 1, "notes"),
            ("embeddings: vd", 2, 2, "columns"),
        ]
    );
    assert_eq!(
        summary
            .overlap
            .iter()
            .map(|overlap| overlap.samples)
            .sum::<usize>(),
        4
    );
    assert!(summary.overlap.iter().any(|overlap| overlap.modalities
        == ["tabular", "series", "text"]
        && overlap.samples == 1));
    assert_eq!(summary.warnings, ["a warning"]);
}

#[test]
fn counts_columns() {
    let summary = summary(&cohort());
    let [id, age, sex, _, lactate] = summary.columns.as_slice() else {
        panic!()
    };
    assert!(id.levels.is_empty() && id.distinct == 4);
    assert_eq!(
        (age.missing, age.quartiles),
        (1, Some([10.0, 15.0, 20.0, 30.0, 40.0]))
    );
    assert_eq!(age.histogram.len(), 20);
    assert_eq!(age.histogram.iter().map(|bin| bin.count).sum::<usize>(), 3);
    assert_eq!(
        (
            age.histogram[0].low,
            age.histogram[19].high,
            age.histogram[19].count
        ),
        (10.0, 40.0, 1)
    );
    let levels: Vec<(&str, usize)> = sex
        .levels
        .iter()
        .map(|level| (level.value.as_str(), level.count))
        .collect();
    assert_eq!(levels, [("F", 2), ("M", 1)]);
    assert_eq!((lactate.missing, lactate.distinct), (2, 3));
}

#[test]
fn counts_variables() {
    let summary = summary(&cohort());
    assert_eq!(
        summary.variables[0],
        VariableSummary {
            name: "HR".to_owned(),
            samples: 2,
            observations: 4,
            quartiles: [60.0, 75.0, 85.0, 92.5, 100.0]
        }
    );
    assert_eq!(summary.variables[1].quartiles, [12.0; 5]);
}

#[test]
fn histograms_of_whole_numbers_have_a_bin_each() {
    let numbers = [1.0, 1.0, 2.0, 4.0];
    let bins = histogram(&numbers, 1.0, 4.0);
    assert_eq!(
        bins.iter().map(|bin| bin.count).collect::<Vec<_>>(),
        [2, 1, 0, 1]
    );
    assert_eq!((bins[0].low, bins[3].high), (0.5, 4.5));
    assert_eq!(histogram(&[3.0, 3.0], 3.0, 3.0).len(), 1);
    let huge = histogram(&[-1e308, 0.5, 1e308], -1e308, 1e308);
    assert_eq!(huge.iter().map(|bin| bin.count).sum::<usize>(), 3);
}

#[test]
fn an_empty_cohort_has_an_empty_summary() {
    assert_eq!(summary(&Cohort::default()), CohortSummary::default());
}

#[test]
fn columns_change_but_identifiers_need_the_files() {
    let mut cohort = cohort();
    cohort
        .set_column("sex", Role::Label, ColumnKind::YesNo)
        .unwrap();
    assert_eq!(
        cohort
            .column("sex")
            .map(|column| (column.role, column.kind)),
        Some((Role::Label, ColumnKind::YesNo))
    );
    assert!(matches!(
        cohort.set_column("id", Role::Input, ColumnKind::Text),
        Err(SetColumnError::NeedsImport { .. })
    ));
    assert!(matches!(
        cohort.set_column("age", Role::Group, ColumnKind::Number),
        Err(SetColumnError::NeedsImport {
            role: Role::Group,
            ..
        })
    ));
    assert!(matches!(
        cohort.set_column("height", Role::Input, ColumnKind::Number),
        Err(SetColumnError::NoColumn { .. })
    ));
    assert!(matches!(
        cohort.set_column("age", Role::Label, ColumnKind::YesNo),
        Err(SetColumnError::NotYesNo { distinct: 3, .. })
    ));
    assert!(matches!(
        cohort.set_column("sex", Role::Label, ColumnKind::Number),
        Err(SetColumnError::NotNumbers { .. })
    ));
    assert_eq!(
        cohort.column("age").map(|column| column.kind),
        Some(ColumnKind::Number)
    );
}
