//! A training that was interrupted goes on from any of its epochs to the same weights, to the last digit.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(not(target_arch = "wasm32"))]

mod native;

use m3h_studio::session::protocol::{Command, DemoOptions};
use native::{NativeFile, NativeSession};
use serde_json::{Value, json};

/// A ward with a study in which all that is drawn at random is on: dropout of units, inputs and modalities, augmentation, members, clusters.
fn session(learning_rate: f64) -> NativeSession {
    let session = NativeSession::new();
    let options = DemoOptions {
        patients: Some(100),
        tasks: Some(12),
        ..DemoOptions::default()
    };
    let name = "ward".into();
    session.ask(Command::OpenDemo { name, options }).unwrap();
    let mut study = session.ask(Command::Study).unwrap();
    study["training"]["epochs"] = json!(6);
    study["training"]["batch"] = json!(16);
    study["training"]["learning_rate"] = json!(learning_rate);
    study["model"]["members"] = json!(2);
    study["model"]["augmentation"] = json!(true);
    session.ask(Command::SetStudy { study }).unwrap();
    session
}

fn go_on(session: &NativeSession, checkpoint: &[u8]) -> Result<Value, String> {
    let file = NativeFile::Memory(checkpoint.to_vec());
    session.ask_with(Command::TrainOn, vec![file])
}

/// What does not depend on how long it took.
fn figures(session: &NativeSession, results: &Value) -> Value {
    let predictions = session.ask(Command::Predict { paths: vec![] }).unwrap();
    json!([
        results["history"],
        results["tasks"],
        results["best_epoch"],
        results["ended"],
        predictions["rows"]
    ])
}

#[test]
fn from_any_epoch_it_goes_on_to_the_same_weights() {
    let whole = session(0.001);
    whole.checkpoints();
    let results = whole.ask(Command::Train).unwrap();
    let expected = figures(&whole, &results);
    let kept = whole.checkpoints();
    assert_eq!(kept.len(), 6, "one an epoch");
    // Clusters are set before the third epoch.
    for after in [1, 2, 3, 6] {
        let other = session(0.001);
        let results = go_on(&other, &kept[after - 1]).unwrap();
        assert_eq!(figures(&other, &results), expected, "after epoch {after}");
        let told = results["warnings"].to_string();
        assert!(told.contains(&format!("after epoch {after}")), "{told}");
    }
    // No identifier of a patient is in what is kept.
    let holds = |bytes: &[u8], text: &[u8]| bytes.windows(text.len()).any(|part| part == text);
    assert!(!kept.iter().any(|bytes| holds(bytes, b"W00003")));
}

#[test]
fn what_is_of_another_training_or_damaged_is_refused() {
    let first = session(0.001);
    first.checkpoints();
    first.ask(Command::Train).unwrap();
    let kept = first.checkpoints();
    let other = session(0.002);
    let refused = go_on(&other, &kept[0]).unwrap_err();
    assert!(refused.contains("another study"), "{refused}");
    assert!(go_on(&first, &kept[0][..kept[0].len() / 2]).is_err());
    assert!(go_on(&first, b"nothing of the kind").is_err());
    // The model in force stays.
    assert!(first.ask(Command::Results).is_ok());
}
