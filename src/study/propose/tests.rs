use super::*;
use crate::cohort::split::{rarest_binary, split};
use crate::study::document::parse;
use crate::study::fixture::{cohort, column, intensive_care, real, real_patients};
use crate::study::validate::{inputs_in_use, validate};

/// Name, kind, and positive value or unit of each task.
fn outline(study: &Study) -> Vec<(&str, TaskKind, Option<&str>)> {
    study
        .tasks
        .iter()
        .map(|task| {
            let detail = task.positive.as_deref().or(task.unit.as_deref());
            (task.name.as_str(), task.kind, detail)
        })
        .collect()
}

/// What a proposal must be: valid as a document and for its cohort, unchanged by a round trip, and divisible.
fn check(study: &Study, cohort: &Cohort) {
    let read = parse(&serde_json::to_value(study).unwrap());
    assert_eq!(read.as_ref(), Ok(study));
    assert_eq!(validate(study, cohort), Ok(()));
    let strata = rarest_binary(study, cohort);
    assert!(split(&cohort.persons, &strata, None, &study.split, study.seed).is_ok());
}

const ICU_TASKS: [(&str, TaskKind, Option<&str>); 5] = [
    ("Death in hospital", TaskKind::Binary, Some("1")),
    ("Unit", TaskKind::Multiclass, None),
    ("Length of stay", TaskKind::Regression, Some("days")),
    ("SOFA", TaskKind::Regression, Some("points")),
    ("Phenotype", TaskKind::Clustering, None),
];

#[test]
fn intensive_care_gives_five_tasks_of_four_kinds() {
    let cohort = intensive_care(200);
    let study = propose(&cohort);
    assert_eq!(outline(&study), ICU_TASKS);
    assert_eq!(study.tasks[4].clusters, Some(4));
    check(&study, &cohort);
}

#[test]
fn physionet_2012_gives_the_same_five() {
    use ColumnKind::{Category, Number, YesNo};
    let Some(folder) = real("physionet2012") else {
        return;
    };
    // Whether the importer takes the codes of the units for numbers or for categories must not matter.
    for unit in [Category, Number] {
        let cohort = real_patients(
            &folder,
            &[
                ("icu_type", unit),
                ("saps_i", Number),
                ("sofa", Number),
                ("length_of_stay", Number),
                ("in_hospital_death", YesNo),
            ],
        );
        let study = propose(&cohort);
        assert_eq!(outline(&study), ICU_TASKS);
        check(&study, &cohort);
        let inputs: Vec<&str> = inputs_in_use(&study, &cohort)
            .tabular
            .iter()
            .map(|&index| cohort.columns[index].name.as_str())
            .collect();
        assert_eq!(inputs, ["age", "gender", "height", "weight"]);
        assert_eq!(study.training.batch, 128);
        let strata = rarest_binary(&study, &cohort);
        let partition = split(&cohort.persons, &strata, None, &study.split, study.seed).unwrap();
        let deaths = |rows: &[u32]| {
            rows.iter()
                .filter(|&&row| strata[row as usize] == Some(true))
                .count()
        };
        assert_eq!(
            [
                partition.test.len(),
                partition.validation.len(),
                partition.training.len()
            ],
            [800, 400, 2800]
        );
        // 554 deaths: a fifth, a tenth, the rest.
        assert_eq!(
            [
                deaths(&partition.test),
                deaths(&partition.validation),
                deaths(&partition.training)
            ],
            [111, 55, 388]
        );
    }
}

#[test]
fn covid_cxr_gives_a_study_that_needs_no_hand() {
    use ColumnKind::{Category, Number, YesNo};
    let Some(folder) = real("covid-cxr") else {
        return;
    };
    let cohort = real_patients(
        &folder,
        &[
            ("oxygen_saturation", Number),
            ("temperature", Number),
            ("view", Category),
            ("finding", Category),
            ("survival", YesNo),
            ("went_icu", YesNo),
            ("intubated", YesNo),
            ("needed_oxygen", YesNo),
        ],
    );
    let study = propose(&cohort);
    assert_eq!(
        outline(&study),
        [
            ("Survival", TaskKind::Binary, Some("Y")),
            ("Went ICU", TaskKind::Binary, Some("Y")),
            ("Intubated", TaskKind::Binary, Some("Y")),
            ("View", TaskKind::Multiclass, None),
            ("Finding", TaskKind::Multiclass, None),
            ("Oxygen saturation", TaskKind::Regression, Some("%")),
            ("Phenotype", TaskKind::Clustering, None),
        ]
    );
    check(&study, &cohort);
    assert_eq!(study.training.batch, 32);
}

#[test]
fn a_generated_cohort_brings_its_own_study() {
    let mut cohort = intensive_care(200);
    let mut own = propose(&cohort);
    own.name = "Ward".to_owned();
    own.tasks.truncate(2);
    cohort.suggested_study = Some(own.clone());
    assert_eq!(propose(&cohort), own);
}

#[test]
fn a_cohort_without_labels_is_clustered() {
    let ages = |samples: usize| {
        let age = column(
            "age",
            Role::Input,
            ColumnKind::Number,
            (0..samples).map(|row| row.to_string()),
        );
        cohort(samples, vec![age])
    };
    for (samples, clusters) in [(99, 2), (100, 4)] {
        let study = propose(&ages(samples));
        assert_eq!(outline(&study), [("Phenotype", TaskKind::Clustering, None)]);
        assert_eq!(study.tasks[0].clusters, Some(clusters));
        check(&study, &ages(samples));
    }
}

#[test]
fn columns_of_one_name_give_tasks_of_two() {
    let yes_no = |name| {
        column(
            name,
            Role::Label,
            ColumnKind::YesNo,
            (0..60).map(|row| if row % 3 == 0 { "Y" } else { "N" }),
        )
    };
    let mut columns: Vec<Column> = ["sepsis", "Sepsis", "SEPSIS_", "phenotype"]
        .map(yes_no)
        .into();
    columns.push(column(
        "age",
        Role::Input,
        ColumnKind::Number,
        (0..60).map(|row| row.to_string()),
    ));
    let cohort = cohort(60, columns);
    let study = propose(&cohort);
    let names: Vec<&str> = study.tasks.iter().map(|task| task.name.as_str()).collect();
    assert_eq!(
        names,
        ["Sepsis", "Sepsis (Sepsis)", "Sepsis (SEPSIS_)", "Phenotype"]
    );
    check(&study, &cohort);
}

#[test]
fn at_most_64_tasks_are_proposed() {
    let columns = (0..100)
        .map(|index| {
            column(
                &format!("d{index}"),
                Role::Label,
                ColumnKind::YesNo,
                (0..120).map(|row| u8::from(row % 3 == 0).to_string()),
            )
        })
        .chain([column(
            "age",
            Role::Input,
            ColumnKind::Number,
            (0..120).map(|row| row.to_string()),
        )])
        .collect();
    let cohort = cohort(120, columns);
    let study = propose(&cohort);
    assert_eq!(study.tasks.len(), 64);
    assert_eq!(study.tasks[63].name, "Phenotype");
    check(&study, &cohort);
}

#[test]
fn the_positive_value_means_yes_or_is_the_rarer_one() {
    let positive = |cells: &[&str]| {
        let column = column("c", Role::Label, ColumnKind::Category, cells);
        likely_positive(&column).map(str::to_owned)
    };
    for (cells, expected) in [
        (&["0", "1", "1", "1"][..], Some("1")),
        (&["No", "Yes", "Yes"], Some("Yes")),
        (&["Y", "N", "Y", ""], Some("Y")),
        (&["alive", "dead", "dead"], Some("dead")),
        (&["FALSE", "TRUE"], Some("TRUE")),
        (&["left", "right", "left"], Some("right")),
        (&["left", "right", "right"], Some("left")),
        (&["left", "right"], Some("right")),
        (&["1", "1"], None),
        (&["a", "b", "c"], None),
    ] {
        assert_eq!(positive(cells).as_deref(), expected, "{cells:?}");
    }
}

#[test]
fn completing_fills_in_the_positive_value_and_no_more() {
    let cohort = intensive_care(120);
    let mut study = parse(&serde_json::json!({ "tasks": [
        { "name": "Death", "kind": "binary", "column": "in_hospital_death" },
        { "name": "Survival", "kind": "binary", "column": "in_hospital_death", "positive": "0" },
        { "name": "Unit 2", "kind": "binary", "column": "icu_type" } ] }))
    .unwrap();
    let before = study.clone();
    complete(&mut study, &cohort);
    assert_eq!(study.tasks[0].positive.as_deref(), Some("1"));
    assert_eq!(study.tasks[1..], before.tasks[1..]);
    assert_eq!(
        validate(&study, &cohort).unwrap_err().to_string(),
        "Unit 2: a binary task needs “positive”, the value that counts as positive."
    );
}

#[test]
fn columns_of_the_catalogue_get_its_names_and_departments() {
    let yes = |row: usize| if row.is_multiple_of(4) { "yes" } else { "no" };
    let cells: Vec<&str> = (0..60).map(yes).collect();
    let cohort = cohort(
        60,
        vec![
            column("copd", Role::Label, ColumnKind::YesNo, &cells),
            column("palsy", Role::Label, ColumnKind::YesNo, &cells),
        ],
    );
    let tasks = propose(&cohort).tasks;
    let told: Vec<(&str, Option<&str>)> = (tasks.iter())
        .map(|task| (task.name.as_str(), task.department.as_deref()))
        .collect();
    assert_eq!(
        told[..2],
        [
            ("Chronic obstructive pulmonary disease", Some("Pulmonology")),
            ("Palsy", None)
        ]
    );
    assert_eq!(tasks[0].positive.as_deref(), Some("yes"));
}
