use serde_json::{Value, json};

use super::*;
use crate::study::document::parse;
use crate::study::fixture::{cohort, column, intensive_care};

fn study(document: Value) -> Study {
    parse(&document).unwrap()
}

fn problems(document: Value, cohort: &Cohort) -> Vec<String> {
    match validate(&study(document), cohort) {
        Ok(()) => Vec::new(),
        Err(problems) => problems.to_string().lines().map(str::to_owned).collect(),
    }
}

fn task_problems(task: Value, cohort: &Cohort) -> Vec<String> {
    problems(json!({ "tasks": [task] }), cohort)
}

fn binary(column: &str, positive: &str) -> Value {
    json!({ "name": "Death in hospital", "kind": "binary", "column": column, "positive": positive })
}

fn names(study: &Study, cohort: &Cohort) -> Vec<String> {
    let inputs = inputs_in_use(study, cohort);
    inputs
        .tabular
        .iter()
        .map(|&index| cohort.columns[index].name.clone())
        .collect()
}

#[test]
fn four_kinds_of_task_pass() {
    let cohort = intensive_care(120);
    let document = json!({ "tasks": [
        binary("in_hospital_death", "1"),
        { "name": "Unit", "kind": "multiclass", "column": "icu_type" },
        { "name": "Stay", "kind": "regression", "column": "length_of_stay" },
        { "name": "Phenotype", "kind": "clustering", "reference": "icu_type" } ] });
    assert_eq!(problems(document, &cohort), [""; 0]);
}

#[test]
fn a_column_that_cannot_be_learned_is_named_with_its_reason() {
    let cohort = intensive_care(120);
    for (task, expected) in [
        (
            binary("constant", "1"),
            "Death in hospital: the column holds one value only; choose another one or leave the task out.",
        ),
        (
            binary("unknown", "1"),
            "Death in hospital: the column is empty; choose another one or leave the task out.",
        ),
        (
            binary("in_hospital_deaht", "1"),
            "Death in hospital: the cohort has no column “in_hospital_deaht”; did you mean “in_hospital_death”?",
        ),
        (
            binary("potassium", "1"),
            "Death in hospital: the cohort has no column “potassium”.",
        ),
        (
            binary("id", "p1"),
            "Death in hospital: the column “id” names samples or persons; choose a column with an outcome.",
        ),
        (
            binary("in_hospital_death", "yes"),
            "Death in hospital: the positive value “yes” does not occur in the column “in_hospital_death”; choose one that does.",
        ),
        (
            json!({ "name": "D", "kind": "binary", "column": "in_hospital_death" }),
            "D: a binary task needs “positive”, the value that counts as positive.",
        ),
        (
            json!({ "name": "Age", "kind": "multiclass", "column": "age" }),
            "Age: the column holds 76 different values; 50 are possible. Is it a number? Then make the task a regression.",
        ),
        (
            json!({ "name": "Remarks", "kind": "regression", "column": "remarks" }),
            "Remarks: 120 of 120 values are not numbers; choose a column of numbers, or make the task a multiclass one.",
        ),
        (
            json!({ "name": "P", "kind": "clustering", "reference": "age" }),
            "P: the reference column holds 76 different values; 50 are possible.",
        ),
        (
            json!({ "name": "P", "kind": "clustering", "reference": "icutype" }),
            "P: the cohort has no column “icutype”; did you mean “icu_type”?",
        ),
        (
            json!({ "name": "P", "kind": "clustering", "reference": "unknown" }),
            "P: the column is empty; choose another one or leave the task out.",
        ),
    ] {
        assert_eq!(task_problems(task, &cohort), [expected]);
    }
}

#[test]
fn too_few_labels_are_counted() {
    use ColumnKind::{Category, Number, YesNo};
    let cells = |filled: usize, modulus: usize| {
        (0..60).map(move |row| {
            if row < filled {
                (row % modulus).to_string()
            } else {
                String::new()
            }
        })
    };
    let cohort = cohort(
        60,
        vec![
            column("x", Role::Input, Number, cells(60, 60)),
            column("few", Role::Label, YesNo, cells(19, 2)),
            column("enough", Role::Label, YesNo, cells(20, 2)),
            column(
                "rare",
                Role::Label,
                YesNo,
                (0..60).map(|row| if row == 5 { "Y" } else { "N" }),
            ),
            column(
                "same",
                Role::Label,
                YesNo,
                (0..60).map(|row| if row < 30 { "1" } else { "1.0" }),
            ),
            column(
                "rare class",
                Role::Label,
                Category,
                (0..60).map(|row| if row == 5 { "a" } else { "b" }),
            ),
            column("quantity", Role::Label, Number, cells(12, 12)),
            column(
                "some words",
                Role::Label,
                Number,
                (0..60).map(|row| {
                    if row < 6 {
                        "n/a".to_owned()
                    } else {
                        row.to_string()
                    }
                }),
            ),
        ],
    );
    let of = |kind: &str, column: &str, positive: Option<&str>| {
        task_problems(
            json!({ "name": "T", "kind": kind, "column": column, "positive": positive }),
            &cohort,
        )
    };
    assert_eq!(
        of("binary", "few", Some("1")),
        ["T: 19 samples have a value; 20 are needed."]
    );
    assert_eq!(of("binary", "enough", Some("1")), [""; 0]);
    assert_eq!(
        of("binary", "rare", Some("Y")),
        ["T: 1 sample has the rarer outcome; at least 2 are needed."]
    );
    assert_eq!(
        of("binary", "rare", Some("y")),
        ["T: 1 sample has the rarer outcome; at least 2 are needed."]
    );
    assert_eq!(
        of("binary", "same", Some("1.00")),
        ["T: every known value counts as positive; choose another positive value."]
    );
    assert_eq!(
        of("regression", "same", None),
        ["T: the column holds one value only; choose another one or leave the task out."]
    );
    assert_eq!(
        of("multiclass", "rare class", None),
        ["T: 1 sample has the rarer outcome; at least 2 are needed."]
    );
    assert_eq!(
        of("regression", "quantity", None),
        ["T: 12 samples have a value; 20 are needed."]
    );
    assert_eq!(of("regression", "some words", None), [""; 0]);
    assert_eq!(
        task_problems(
            json!({ "name": "P", "kind": "clustering", "clusters": 13 }),
            &cohort
        ),
        ["P: 60 samples are too few for 13 clusters; 65 are needed."]
    );
}

#[test]
fn a_label_is_never_an_input() {
    let cohort = intensive_care(120);
    let everything = study(json!({ "tasks": [binary("in_hospital_death", "1")] }));
    assert_eq!(names(&everything, &cohort), ["age", "gender"]);
    // A column with the role of an input that a task learns or is compared with is left out.
    let sex = study(
        json!({ "tasks": [binary("gender", "1"), { "name": "P", "kind": "clustering", "reference": "age" }] }),
    );
    assert_eq!(names(&sex, &cohort), [""; 0]);
    let listed = json!({ "tasks": [binary("gender", "1")],
        "inputs": { "tabular": ["sofa", "gender", "id", "bed", "remarks", "blank", "agee", "age", "agee"] } });
    assert_eq!(names(&study(listed.clone()), &cohort), ["age"]);
    assert_eq!(
        problems(listed, &cohort),
        [
            "inputs: the column “sofa” is a label, so the model must not read it; take it out of the inputs, or change its role under Data.",
            "inputs: the column “gender” is what “Death in hospital” learns or is compared with, so the model must not read it; take it out of the inputs.",
            "inputs: the column “id” names the samples, so the model must not read it; take it out of the inputs, or change its role under Data.",
            "inputs: the column “bed” is set to be ignored, so the model must not read it; take it out of the inputs, or change its role under Data.",
            "inputs: the column “remarks” is free text; take it out of the inputs, or give such text as a table of notes.",
            "inputs: the column “blank” is empty; take it out of the inputs.",
            "inputs: the cohort has no column “agee”; did you mean “age”?",
        ]
    );
}

#[test]
fn what_the_cohort_lacks_is_a_problem_only_where_it_is_named() {
    let mut bare = intensive_care(120);
    bare.series = None;
    bare.notes.clear();
    bare.embeddings.clear();
    let task = binary("in_hospital_death", "1");
    assert_eq!(problems(json!({ "tasks": [task] }), &bare), [""; 0]);
    let inputs = inputs_in_use(&study(json!({ "tasks": [task] })), &bare);
    assert_eq!(
        inputs,
        InputsInUse {
            tabular: vec![1, 2],
            ..InputsInUse::default()
        }
    );
    let named = json!({ "tasks": [task], "inputs": { "series": ["HR"], "embeddings": ["vd"] } });
    assert_eq!(
        problems(named.clone(), &bare),
        [
            "inputs: the cohort has no series variable “HR”.",
            "inputs: the cohort has no embedding source “vd”."
        ]
    );
    let full = intensive_care(120);
    assert_eq!(problems(named.clone(), &full), [""; 0]);
    let inputs = inputs_in_use(&study(named), &full);
    assert_eq!(
        inputs,
        InputsInUse {
            tabular: vec![1, 2],
            series: vec![0],
            text: true,
            image: false,
            embeddings: vec![0]
        }
    );
    let slip = json!({ "tasks": [task], "inputs": { "series": ["lactat", "HR"] } });
    assert_eq!(
        problems(slip, &full),
        ["inputs: the cohort has no series variable “lactat”; did you mean “Lactate”?"]
    );
}

#[test]
fn a_model_without_an_input_is_refused() {
    let cohort = intensive_care(120);
    let document = json!({ "tasks": [binary("in_hospital_death", "1")],
        "inputs": { "tabular": false, "series": false, "text": false, "embeddings": [] } });
    assert_eq!(
        problems(document, &cohort),
        [
            "inputs: nothing is left for the model to read; choose at least one column, series, notes, images or embeddings that the cohort has."
        ]
    );
}

#[test]
fn two_persons_cannot_be_divided() {
    let mut cohort = intensive_care(120);
    cohort.persons = (0..120).map(|row| row % 2).collect();
    assert_eq!(
        task_problems(binary("in_hospital_death", "1"), &cohort),
        ["split: the cohort has 2 patients; at least 3 are needed to divide them."]
    );
}

#[test]
fn all_tasks_and_inputs_are_checked_in_one_go() {
    let cohort = intensive_care(120);
    let document = json!({ "tasks": [binary("constant", "1"), { "name": "Stay", "kind": "regression", "column": "los" }],
        "inputs": { "tabular": ["height"] } });
    assert_eq!(
        problems(document, &cohort),
        [
            "Death in hospital: the column holds one value only; choose another one or leave the task out.",
            "Stay: the cohort has no column “los”.",
            "inputs: the cohort has no column “height”.",
        ]
    );
}

#[test]
fn an_exact_positive_value_goes_before_one_that_means_the_same() {
    let labels = column(
        "c",
        Role::Label,
        ColumnKind::Category,
        ["Yes", "YES", "no", "", "1", "1.0"],
    );
    let of = |positive| crate::study::labels::binary_labels(&labels, positive);
    let (yes, no) = (Some(true), Some(false));
    assert_eq!(of("Yes"), [yes, no, no, None, no, no]);
    assert_eq!(of("yes"), [yes, yes, no, None, no, no]);
    assert_eq!(of("1.00"), [no, no, no, None, yes, yes]);
    assert_eq!(of("maybe"), [no, no, no, None, no, no]);
}
