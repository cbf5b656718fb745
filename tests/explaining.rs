//! Explanations of a trained model natively: a patient's contributions add up to what is shown, and the task attention with other numbers agrees
//! with what training, occlusion and arithmetic say.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(not(target_arch = "wasm32"))]

mod native;

use m3h_studio::session::protocol::{Command, DemoOptions, TimMeasure, TimOptions};
use native::NativeSession;
use serde_json::{Value, json};

/// A trained model of the ward, after some changes to the proposed study.
fn trained(patients: usize, tasks: usize, change: impl Fn(&mut Value)) -> (NativeSession, Value) {
    let session = NativeSession::new();
    let options = DemoOptions {
        patients: Some(patients),
        tasks: Some(tasks),
        ..DemoOptions::default()
    };
    let name = "ward".into();
    session.ask(Command::OpenDemo { name, options }).unwrap();
    let mut study = session.ask(Command::Study).unwrap();
    study["training"]["epochs"] = json!(4);
    change(&mut study);
    session.ask(Command::SetStudy { study }).unwrap();
    let results = session.ask(Command::Train).unwrap();
    (session, results)
}

fn explain(session: &NativeSession, id: &str) -> Result<Value, String> {
    session.ask(Command::Explain { id: id.into() })
}

fn sum(contributions: &Value) -> f64 {
    let parts = contributions["parts"].as_array().unwrap();
    let parts: f64 = parts
        .iter()
        .map(|part| part["value"].as_f64().unwrap())
        .sum();
    contributions["start"].as_f64().unwrap() + parts
}

#[test]
fn contributions_add_up_to_what_is_shown() {
    // Twelve tasks: more than all sets are gone through for. Risks are recalibrated.
    let (session, results) = trained(240, 12, |study| {
        study["training"]["calibration"] = json!("temperature");
    });
    assert!(
        explain(&session, "1")
            .unwrap_err()
            .contains("Predict first")
    );
    let predictions = session.ask(Command::Predict { paths: vec![] }).unwrap();
    let mut starts: Vec<Vec<f64>> = vec![];
    let rows = predictions["rows"].as_array().unwrap();
    for row in rows.iter().take(12) {
        let told = explain(&session, row["id"].as_str().unwrap()).unwrap();
        let tasks = told["tasks"].as_array().unwrap();
        assert!(tasks.len() >= 11, "all but clusterings");
        for task in tasks {
            let name = task["name"].as_str().unwrap();
            let answer = &row["tasks"][name];
            let expected = match task["kind"].as_str().unwrap() {
                "binary" => answer["probability"].as_f64(),
                "regression" => answer["value"].as_f64(),
                "multiclass" => {
                    assert_eq!(task["class"], answer["class"]);
                    answer["probabilities"][task["class"].as_str().unwrap()].as_f64()
                }
                other => panic!("{other} is not explained"),
            }
            .unwrap();
            let close = |value: f64| (value - expected).abs() < 1e-5 * expected.abs().max(1.0);
            for value in [
                task["shown"].as_f64().unwrap(),
                sum(&task["modalities"]),
                sum(&task["tasks"]),
            ] {
                assert!(close(value), "{name}: {value} for {expected}");
            }
            assert_eq!(task["modalities"]["exact"], true);
            assert_eq!(task["tasks"]["exact"], false);
            assert_eq!(
                task["tasks"]["parts"].as_array().unwrap().len(),
                results["tasks"].as_array().unwrap().len() - 1
            );
            // Who has no notes is not moved by notes.
            let parts = task["modalities"]["parts"].as_array().unwrap();
            let named: Vec<&Value> = parts.iter().map(|part| &part["name"]).collect();
            assert_eq!(json!(named), row["sources"]);
        }
        let start = |task: &Value| task["modalities"]["start"].as_f64().unwrap();
        starts.push(
            tasks
                .iter()
                .filter(|task| task["class"].is_null())
                .map(start)
                .collect(),
        );
    }
    // What is known of everybody is the same for everybody.
    assert!(starts.iter().all(|start| *start == starts[0]), "{starts:?}");
    assert!(
        explain(&session, "nobody")
            .unwrap_err()
            .contains("\u{201c}nobody\u{201d}")
    );
}

#[test]
fn other_mixing_agrees_with_training_occlusion_and_arithmetic() {
    let (session, results) = trained(240, 4, |study| {
        study["inputs"]["image"] = json!(false);
        study["model"]["members"] = json!(2);
        let tasks = study["tasks"].as_array().unwrap()[..2].to_vec();
        study["tasks"] = json!(tasks);
    });
    let mix = |alpha, beta| session.ask(Command::Mix { alpha, beta });
    let tim = |measure| {
        let options = TimOptions::default();
        session.ask(Command::Tim { measure, options }).unwrap()
    };
    let number = |value: &Value| value.as_f64().unwrap();

    let own = mix(None, None).unwrap();
    let scores: Vec<f64> = own["scores"]
        .as_array()
        .unwrap()
        .iter()
        .map(number)
        .collect();
    for (task, score) in results["tasks"].as_array().unwrap().iter().zip(&scores) {
        let value = &task["metrics"][task["score"].as_str().unwrap()]["value"];
        assert!((number(value) - score).abs() < 1e-9, "{value} {score}");
    }
    let attention = tim(TimMeasure::Attention);
    let apart = |one: &Value, other: &Value| (number(one) - number(other)).abs();
    for (s, t) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let (mixed, measured) = (
            &own["attention"]["matrix"][s][t],
            &attention["matrix"][s][t],
        );
        assert!(apart(mixed, measured) < 1e-6);
    }

    // Without a look at tasks in particular, and nothing kept to itself, all have the same share.
    let even = mix(Some(0.0), Some(0.0)).unwrap();
    assert!((number(&even["attention"]["matrix"][0][1]) - 0.5).abs() < 1e-6);
    // A task that keeps all to itself scores what it does with the other one taken out.
    let alone = mix(None, Some(20.0)).unwrap();
    let occlusion = tim(TimMeasure::Occlusion);
    for (s, t) in [(0, 1), (1, 0)] {
        let without = scores[s] - number(&occlusion["matrix"][s][t]);
        let mixed = number(&alone["scores"][s]);
        assert!((without - mixed).abs() < 1e-3, "{without} {mixed}");
    }
    assert!(mix(Some(f64::NAN), None).is_err());
    assert!(mix(Some(-1.0), None).is_err());
    assert!(mix(None, Some(21.0)).is_err());
    // Nothing was changed by trying.
    assert_eq!(mix(None, None).unwrap(), own);
}

#[test]
fn groups_are_compared_with_all_tasks_together() {
    let (session, results) = trained(240, 4, |study| {
        study["inputs"]["image"] = json!(false);
        study["model"]["members"] = json!(1);
    });
    let tasks: Vec<String> = results["tasks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| task["name"].as_str().unwrap().to_owned())
        .collect();
    let compare = |groups: Vec<Vec<&str>>| {
        let groups = groups.into_iter();
        session.ask(Command::CompareGroups {
            groups: groups
                .map(|group| group.into_iter().map(str::to_owned).collect())
                .collect(),
        })
    };
    let [a, b, c, d] = [0, 1, 2, 3].map(|task: usize| tasks[task].as_str());
    assert!(compare(vec![vec![a, b], vec![c]]).unwrap_err().contains(d));
    assert!(
        compare(vec![vec![a, b], vec![b, c, d]])
            .unwrap_err()
            .contains(b)
    );
    assert!(compare(vec![vec!["x"]]).unwrap_err().contains('x'));
    assert!(
        compare(vec![vec![a, b, c, d]])
            .unwrap_err()
            .contains("one group")
    );

    let compared = compare(vec![vec![a, c], vec![b, d]]).unwrap();
    assert_eq!(compared["finished"], 4);
    assert_eq!(compared["groups"], json!([[a, c], [b, d]]));
    // The first group is what a study of its tasks gives.
    let mut study = session.ask(Command::Study).unwrap();
    study["tasks"] = json!([study["tasks"][0], study["tasks"][2]]);
    let other = NativeSession::new();
    let options = DemoOptions {
        patients: Some(240),
        tasks: Some(4),
        ..DemoOptions::default()
    };
    let name = "ward".into();
    other.ask(Command::OpenDemo { name, options }).unwrap();
    other.ask(Command::SetStudy { study }).unwrap();
    let of_group = other.ask(Command::Train).unwrap();
    for (place, task) in [(0, 0), (1, 2)] {
        let own = &of_group["tasks"][place];
        let value = own["metrics"][own["score"].as_str().unwrap()]["value"].as_f64();
        let told = &compared["tasks"][task];
        assert!((told["single"].as_f64().unwrap() - value.unwrap()).abs() < 1e-12);
        let difference = told["multitask"].as_f64().unwrap() - value.unwrap();
        assert!((told["difference"]["value"].as_f64().unwrap() - difference).abs() < 1e-12);
    }
    // Other groups are trained anew; tasks alone are groups of one.
    let alone = compare(vec![vec![a], vec![b], vec![c], vec![d]]).unwrap();
    let single = session.ask(Command::CompareSingleTask).unwrap();
    for (group, single) in alone["tasks"]
        .as_array()
        .unwrap()
        .iter()
        .zip(single["tasks"].as_array().unwrap())
    {
        assert_eq!(group["single"], single["single"]);
    }
}
