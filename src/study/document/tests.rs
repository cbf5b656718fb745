use proptest::prelude::*;
use serde_json::{Map, json};

use super::*;
use crate::study::{Balance, Beta, Calibration, Imbalance, Selection, SeriesEncoder, TextEncoder};

fn problems(value: Value) -> Vec<String> {
    match parse(&value) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.to_string().lines().map(str::to_owned).collect(),
    }
}

fn one_task() -> Value {
    json!({ "tasks": [{ "name": "Death", "kind": "binary", "column": "death", "positive": "1" }] })
}

fn with(key: &str, value: Value) -> Value {
    let mut document = one_task();
    document[key] = value;
    document
}

#[test]
fn everything_but_tasks_has_its_default() {
    let study = parse(&one_task()).unwrap();
    assert_eq!(study.format, "m3h-study/1");
    assert_eq!(study.seed, 7);
    assert_eq!(study.inputs.tabular, Selection::All);
    assert_eq!(study.inputs.embeddings, Selection::All);
    assert!(study.inputs.text && study.inputs.image);
    assert_eq!(
        study.split,
        Split {
            test: 0.2,
            validation: 0.1,
            folds: None,
            column: None,
            test_values: vec![],
        }
    );
    assert_eq!(study.model, ModelSettings::default());
    assert_eq!(study.training, TrainingSettings::default());
}

#[test]
fn the_spec_example_is_read_as_written() {
    let study = parse(&json!({ "format": "m3h-study/1", "name": "ICU", "seed": 7,
        "inputs": { "tabular": ["age", "gender"], "series": "all", "text": false, "image": false, "embeddings": [] },
        "tasks": [ { "name": "Death in hospital", "kind": "binary", "column": "in_hospital_death", "positive": "1", "department": "Intensive care" },
                   { "name": "Unit", "kind": "multiclass", "column": "icu_type" },
                   { "name": "Length of stay", "kind": "regression", "column": "length_of_stay", "unit": "days" },
                   { "name": "Phenotype", "kind": "clustering", "clusters": 4 } ],
        "split": { "test": 0.2, "validation": 0.1, "folds": null },
        "model": { "hidden": 128, "embedding": 64, "task_width": 64, "alpha": 1.0, "beta": "identity", "residual": true, "members": 1, "dropout": 0.3, "modality_dropout": 0.1 },
        "training": { "epochs": 40, "batch": 128, "learning_rate": 0.001, "patience": 6, "balance": "equal" } }))
    .unwrap();
    assert_eq!(study.name, "ICU");
    assert_eq!(
        study.inputs.tabular,
        Selection::Only(vec!["age".into(), "gender".into()])
    );
    assert_eq!(study.inputs.series, Selection::All);
    assert_eq!(study.inputs.embeddings, Selection::Only(Vec::new()));
    assert!(!study.inputs.text && !study.inputs.image);
    assert_eq!(study.tasks[0].department.as_deref(), Some("Intensive care"));
    assert_eq!(study.tasks[3].clusters, Some(4));
}

#[test]
fn every_problem_is_told_at_once_and_in_its_place() {
    let found = problems(json!({
        "format": "m3h-study/2", "nmae": "x", "seed": -1, "colour": "red",
        "inputs": { "tabular": "some", "text": "yes", "series": [1] },
        "tasks": [
            { "name": "A", "kind": "binary" },
            { "name": "A", "kind": "clustering", "column": "c", "clusters": 1 },
            { "kind": "survival", "column": "c" },
            { "name": "D", "kind": "regression", "column": 3, "positive": "1" },
            "E", { "name": 4, "column": "c" } ],
        "split": { "test": 0.9, "folds": 1 },
        "model": { "hiden": 3, "hidden": 12.5, "beta": "own", "dropout": true },
        "training": { "batch": "many", "balance": "fair" }
    }));
    assert_eq!(
        found,
        [
            "study: there is no setting “colour”.",
            "study: there is no setting “nmae”; did you mean “name”?",
            "study: its format is “m3h-study/2”, but this version of the studio reads “m3h-study/1”.",
            "study: “seed” must lie between 0 and 9007199254740991, but it is -1.",
            "inputs: “tabular” must be “all”, false or a list of names, but it is “some”.",
            "inputs: “series” must be “all”, false or a list of names, but it is a list with something else than names.",
            "inputs: “text” must be true or false, but it is a text.",
            "A: a binary task needs “column”, the column of the patients table that holds the outcome.",
            "A: “clusters” must lie between 2 and 20, but it is 1.",
            "A: a clustering task has no “column”; remove it.",
            "task 3: the task has no name; give it one.",
            "task 3: “kind” must be “binary”, “multiclass”, “regression” or “clustering”, but it is “survival”.",
            "D: “column” must be a text, but it is a number.",
            "D: a regression task has no “positive”; remove it.",
            "task 5: this must be a group of settings, but it is a text.",
            "task 6: “name” must be a text, but it is a number.",
            "task 6: every task needs “kind”, which is “binary”, “multiclass”, “regression” or “clustering”.",
            "A: 2 tasks have this name; each needs its own.",
            "split: “test” must lie between 0.05 and 0.5, but it is 0.9.",
            "split: “folds” must lie between 2 and 20, but it is 1.",
            "model: there is no setting “hiden”; did you mean “hidden”?",
            "model: “hidden” must be a whole number, but it is a number with a fraction.",
            "model: “beta” must be “identity”, “auto” or a number, but it is “own”.",
            "model: “dropout” must be a number, but it is true.",
            "training: “batch” must be a whole number, but it is a text.",
            "training: “balance” must be “equal” or “uncertainty”, but it is “fair”.",
        ]
    );
}

#[test]
fn what_is_no_study_at_all_is_said_once() {
    for (value, found) in [
        (json!(null), "missing"),
        (json!([]), "a list"),
        (json!("m3h"), "a text"),
    ] {
        let expected = format!("study: this must be a group of settings, but it is {found}.");
        assert_eq!(problems(value), [expected]);
    }
}

#[test]
fn the_number_of_tasks_is_1_to_64() {
    let tasks = |count: usize| -> Value {
        let tasks: Vec<Value> = (0..count)
            .map(|index| json!({ "name": format!("T{index}"), "kind": "clustering" }))
            .collect();
        json!({ "tasks": tasks })
    };
    let none = "tasks: the study has no task; add at least one.";
    assert_eq!(problems(json!({})), [none]);
    assert_eq!(problems(tasks(0)), [none]);
    assert_eq!(parse(&tasks(1)).unwrap().tasks[0].clusters, Some(4));
    assert_eq!(parse(&tasks(64)).unwrap().tasks.len(), 64);
    assert_eq!(
        problems(tasks(65)),
        ["tasks: the study has 65 tasks; 64 are possible."]
    );
    assert_eq!(
        problems(json!({ "tasks": {} })),
        ["tasks: this must be a list of tasks, but it is a group of settings."]
    );
}

#[test]
fn held_out_shares_leave_a_fifth_for_training() {
    let split = |test: f64, validation: f64| {
        problems(with(
            "split",
            json!({ "test": test, "validation": validation }),
        ))
    };
    assert!(split(0.5, 0.3).is_empty());
    assert_eq!(
        split(0.5, 0.5),
        [
            "split: test and validation take 100 % of the patients together; leave at least 20 % for training."
        ]
    );
}

#[test]
fn numbers_of_javascript_are_whole_numbers_too() {
    let study = parse(
        &json!({ "seed": 3.0, "model": { "hidden": 64.0, "beta": 2 },
        "tasks": [{ "name": "Death", "kind": "binary", "column": "d", "positive": 1.0 }] }),
    )
    .unwrap();
    assert_eq!((study.seed, study.model.hidden), (3, 64));
    assert_eq!(study.model.beta, Beta::Value(2.0));
    assert_eq!(study.tasks[0].positive.as_deref(), Some("1"));
}

#[test]
fn blank_texts_and_null_count_as_not_given() {
    let study = parse(&json!({ "name": " ", "seed": null, "model": null, "split": { "folds": null },
        "tasks": [{ "name": "Groups", "kind": "clustering", "column": "", "reference": " ", "unit": null }] }))
    .unwrap();
    assert_eq!(study.name, defaults::NAME);
    assert_eq!(study.tasks[0].column, None);
    assert_eq!(study.tasks[0].reference, None);
}

#[test]
fn both_ends_of_a_range_are_allowed_and_nothing_beyond() {
    let bins = |bins: u64| problems(with("model", json!({ "bins": bins })));
    assert!(bins(2).is_empty() && bins(64).is_empty());
    assert_eq!(bins(1).len(), 1);
    assert_eq!(bins(65).len(), 1);
    let rate = |rate: f64| problems(with("training", json!({ "learning_rate": rate })));
    assert!(rate(1e-6).is_empty() && rate(1.0).is_empty());
    assert_eq!(
        rate(0.0),
        ["training: “learning_rate” must lie between 0.000001 and 1, but it is 0."]
    );
}

#[test]
fn serde_reads_selections_and_beta_as_the_parser_does() {
    for (value, expected) in [
        (json!("all"), Selection::All),
        (json!(true), Selection::All),
        (json!(false), Selection::Only(Vec::new())),
        (json!([]), Selection::Only(Vec::new())),
        (
            json!(["a", "b"]),
            Selection::Only(vec!["a".into(), "b".into()]),
        ),
    ] {
        let read: Selection = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(read, expected, "{value}");
        let parsed = parse(&with("inputs", json!({ "series": value }))).unwrap();
        assert_eq!(parsed.inputs.series, expected, "{value}");
    }
    for (value, expected) in [
        (json!("identity"), Beta::Identity),
        (json!("auto"), Beta::Auto),
        (json!(0.25), Beta::Value(0.25)),
        (json!(3), Beta::Value(3.0)),
    ] {
        let read: Beta = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(read, expected, "{value}");
        let parsed = parse(&with("model", json!({ "beta": value }))).unwrap();
        assert_eq!(parsed.model.beta, expected, "{value}");
    }
    assert!(serde_json::from_value::<Selection>(json!("some")).is_err());
    assert!(serde_json::from_value::<Selection>(json!(3)).is_err());
    assert!(serde_json::from_value::<Beta>(json!("own")).is_err());
    assert!(serde_json::from_value::<Beta>(json!([])).is_err());
}

fn any_json() -> impl Strategy<Value = Value> {
    let known: Vec<&str> = [
        &STUDY_KEYS[..],
        &INPUT_KEYS,
        &TASK_KEYS,
        &SPLIT_KEYS,
        &MODEL_KEYS,
        &TRAINING_KEYS,
    ]
    .concat();
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        prop::sample::select(vec!["all", "binary", "clustering", "auto", "équal", FORMAT])
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 64, 8, move |inner| {
        let key = prop_oneof![
            4 => prop::sample::select(known.clone()).prop_map(str::to_owned),
            1 => any::<String>(),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..8)
                .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

fn name() -> impl Strategy<Value = String> {
    any::<String>().prop_filter("names are not blank", |name| !name.trim().is_empty())
}

fn any_task() -> impl Strategy<Value = Task> {
    (
        prop_oneof![
            Just(TaskKind::Binary),
            Just(TaskKind::Multiclass),
            Just(TaskKind::Regression),
            Just(TaskKind::Clustering)
        ],
        name(),
        [
            prop::option::of(name()),
            prop::option::of(name()),
            prop::option::of(name()),
            prop::option::of(name()),
        ],
        2_usize..=20,
    )
        .prop_map(
            |(kind, column, [positive, department, unit, reference], clusters)| {
                let clustering = kind == TaskKind::Clustering;
                Task {
                    name: String::new(),
                    kind,
                    column: (!clustering).then_some(column),
                    positive: positive.filter(|_| kind == TaskKind::Binary),
                    department,
                    unit: unit.filter(|_| kind == TaskKind::Regression),
                    clusters: clustering.then_some(clusters),
                    reference: reference.filter(|_| clustering),
                }
            },
        )
}

fn selection() -> impl Strategy<Value = Selection> {
    prop_oneof![
        Just(Selection::All),
        prop::collection::vec(any::<String>(), 0..4).prop_map(Selection::Only)
    ]
}

prop_compose! {
    fn any_model()(
        (hidden, embedding, task_width) in (4_usize..=1024, 2_usize..=512, 2_usize..=512),
        (alpha, members, bins) in (0.0..=20.0, 1_usize..=32, 2_usize..=64),
        beta in prop_oneof![Just(Beta::Identity), Just(Beta::Auto), (0.0..=20.0).prop_map(Beta::Value)],
        residual in any::<bool>(),
        (dropout, input_dropout, modality_dropout) in (0.0..=0.9, 0.0..=0.9, 0.0..=0.9),
        series in prop_oneof![Just(SeriesEncoder::Summary), Just(SeriesEncoder::Sequence), Just(SeriesEncoder::Both)],
        grid_hours in prop::option::of(0.01..=8760.0),
        text in prop_oneof![Just(TextEncoder::Words), Just(TextEncoder::Sequence), Just(TextEncoder::Both)],
        (image_side, augmentation) in (prop::option::of(64_usize..=224), any::<bool>()),
    ) -> ModelSettings {
        ModelSettings {
            hidden, embedding, task_width, alpha, beta, residual, members, dropout, input_dropout, modality_dropout, bins, series, grid_hours, text, image_side, augmentation,
        }
    }
}

prop_compose! {
    fn any_training()(
        (epochs, batch, patience, averaging) in (1_usize..=1000, 1_usize..=4096, 1_usize..=1000, 0_usize..=10_000),
        (learning_rate, weight_decay) in (1e-6..=1.0, 0.0..=1.0),
        balance in prop_oneof![Just(Balance::Equal), Just(Balance::Uncertainty)],
        imbalance in prop_oneof![Just(Imbalance::None), Just(Imbalance::Weighted), Just(Imbalance::Focal)],
        calibration in prop_oneof![Just(Calibration::None), Just(Calibration::Temperature), Just(Calibration::Isotonic)],
    ) -> TrainingSettings {
        TrainingSettings { epochs, batch, learning_rate, weight_decay, patience, balance, imbalance, calibration, averaging }
    }
}

prop_compose! {
    fn any_study()(
        name in name(),
        seed in 0_u64..1 << 53,
        (tabular, series, embeddings) in (selection(), selection(), selection()),
        (text, image) in any::<(bool, bool)>(),
        mut tasks in prop::collection::vec(any_task(), 1..=64),
        names in prop::collection::hash_set(self::name(), 64),
        (test, validation, folds) in (0.05..=0.5, 0.05..=0.3, prop::option::of(2usize..=20)),
        model in any_model(),
        training in any_training(),
    ) -> Study {
        for (task, name) in tasks.iter_mut().zip(names) {
            task.name = name;
        }
        Study {
            format: FORMAT.to_owned(), name, seed,
            inputs: Inputs { tabular, series, text, image, embeddings },
            tasks, split: Split { test, validation, folds, column: None, test_values: vec![] }, model, training,
        }
    }
}

proptest! {
    #[test]
    fn any_json_gives_a_study_or_problems(value in any_json()) {
        if let Err(problems) = parse(&value) {
            prop_assert!(!problems.0.is_empty());
            prop_assert!(!problems.to_string().is_empty());
        }
    }

    #[test]
    fn any_part_of_a_study_gives_a_study_or_problems(part in any_json(), key in prop::sample::select(STUDY_KEYS.to_vec())) {
        match parse(&with(key, part)) {
            // What was read is written and read again without a change.
            Ok(study) => prop_assert_eq!(parse(&serde_json::to_value(&study).unwrap()), Ok(study)),
            Err(problems) => prop_assert!(!problems.0.is_empty()),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_study_survives_the_round_trip(study in any_study()) {
        let value = serde_json::to_value(&study).unwrap();
        prop_assert_eq!(parse(&value), Ok(study.clone()));
        prop_assert_eq!(serde_json::from_value::<Study>(value).unwrap(), study);
    }
}
