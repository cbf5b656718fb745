//! What a study scores on a cohort, natively on the CPU: mean over seeds of the test scores.
//!
//! `cargo bench --bench accuracy -- FOLDER|ward[:PATIENTS[:waves|reports]] [--seeds 1,2,3] [--set PATH=JSON …] [--tim] [--single] [--fresh]`, where PATH is a place in
//! the study document (`--set tasks=-1`: the last task alone), for example `--set model.members=4 --set inputs.text=false`.
//! `--tim` measures task interactions, and on the ward how well they find the planted pairs; `--gain` by training every pair as well, `--repeats` times.
//! `--fresh` draws other patients of the ward for each seed.
//! `--unshared N` keeps N diagnoses of the ward of 44 tasks that read a factor each and share none: then no link is planted.
//! `--single` trains a model of each task alone as well, with the same study, and tells by how much the multitask model is better.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../tests/native/mod.rs"]
mod native;

use std::collections::BTreeMap;
use std::path::Path;

use m3h_studio::metrics::auroc;
use m3h_studio::session::protocol::{Command, DemoOptions, TimMeasure, TimOptions};
use native::{NativeSession, files_of};
use serde_json::{Value, json};

/// Area under the ROC curve of the size of the links for planted against unplanted ordered pairs.
fn found(tim: &Value, planted: &Value) -> Option<f64> {
    let tasks = tim["tasks"].as_array()?;
    let (mut sizes, mut is_planted) = (vec![], vec![]);
    for (s, receiving) in tasks.iter().enumerate() {
        for (t, contributing) in tasks.iter().enumerate().filter(|(t, _)| *t != s) {
            if let Some(value) = tim["matrix"][s][t].as_f64() {
                sizes.push(value.abs());
                let pair = json!([receiving, contributing]);
                is_planted.push(planted.as_array()?.contains(&pair));
            }
        }
    }
    auroc(&sizes, &is_planted, None).ok()
}

/// The share of links whose interval covers 0.
fn covering(tim: &Value) -> Option<f64> {
    let tasks = tim["tasks"].as_array()?.len();
    let (mut all, mut covering) = (0.0, 0.0);
    for (s, t) in (0..tasks * tasks).map(|cell| (cell / tasks, cell % tasks)) {
        let (low, high) = (tim["low"][s][t].as_f64(), tim["high"][s][t].as_f64());
        if let (Some(low), Some(high), true) = (low, high, s != t) {
            all += 1.0;
            covering += f64::from(u8::from(low <= 0.0 && high >= 0.0));
        }
    }
    (all > 0.0).then(|| covering / all)
}

/// The first diagnoses that receive from nobody: each reads a factor of its own.
fn unshared(tasks: &Value, planted: &Value, count: usize) -> Value {
    let receives = |task: &Value| {
        let mut pairs = planted.as_array().into_iter().flatten();
        pairs.any(|pair| pair[0] == task["name"])
    };
    let tasks = tasks.as_array().into_iter().flatten();
    let clean = tasks.filter(|task| task["kind"] == "binary" && !receives(task));
    json!(clean.take(count).collect::<Vec<_>>())
}

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|a| a != "--bench");
    let cohort = arguments.next().unwrap_or_else(|| "ward".into());
    let mut seeds: Vec<u64> = vec![1, 2, 3];
    let mut changes: Vec<(String, Value)> = vec![];
    let mut tim = false;
    let mut single = false;
    let mut fresh = false;
    let mut gain = false;
    let mut repeats = 1;
    let mut apart = None;
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--seeds" => {
                let list = arguments.next().expect("a list of seeds");
                seeds = list.split(',').map(|s| s.parse().unwrap()).collect();
            }
            "--set" => {
                let change = arguments.next().expect("PATH=JSON");
                let (path, value) = change.split_once('=').expect("PATH=JSON");
                let value = serde_json::from_str(value).unwrap_or_else(|_| json!(value));
                changes.push((path.to_owned(), value));
            }
            "--tim" => tim = true,
            "--single" => single = true,
            "--fresh" => fresh = true,
            "--gain" => gain = true,
            "--unshared" => apart = arguments.next().map(|count| count.parse().unwrap()),
            "--repeats" => repeats = arguments.next().unwrap().parse().unwrap(),
            other => panic!("{other} is not understood"),
        }
    }
    let session = NativeSession::new();
    let open = |seed: Option<u64>| match cohort.strip_prefix("ward") {
        Some(options) => {
            let mut options = options.split(':').skip(1);
            let patients = options.next().map(|n| n.parse().unwrap());
            let wanted = options.next();
            session.ask(Command::OpenDemo {
                name: "ward".into(),
                options: DemoOptions {
                    patients,
                    seed,
                    waves: Some(wanted == Some("waves")),
                    reports: Some(wanted == Some("reports")),
                    tasks: apart.map(|_| 44),
                    ..DemoOptions::default()
                },
            })
        }
        None => session.open(files_of(Path::new(&cohort))),
    };
    let summary = open(None).expect("the cohort opens");
    println!("{} samples of {cohort}", summary["samples"]);
    let mut all: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    for seed in seeds {
        if fresh {
            open(Some(seed)).expect("the ward opens");
        }
        let mut study = session.ask(Command::Study).unwrap();
        study["seed"] = json!(seed);
        if let Some(count) = apart {
            let planted = &session.ask(Command::Cohort).unwrap()["planted"];
            study["tasks"] = unshared(&study["tasks"], planted, count);
        }
        for (path, value) in &changes {
            // `tasks=-1`: the last task alone
            if path == "tasks" && value == -1 {
                let last = study["tasks"].as_array().unwrap().last().cloned();
                study["tasks"] = json!([last]);
                continue;
            }
            let pointer = format!("/{}", path.replace('.', "/"));
            *study.pointer_mut(&pointer).expect("a place in the study") = value.clone();
        }
        session
            .ask(Command::SetStudy { study })
            .expect("a valid study");
        let results = session.ask(Command::Train).expect("a training");
        print!(
            "seed {seed}: {:.0} s, epoch {} of {}, {:.0} samples/s;",
            results["seconds"].as_f64().unwrap(),
            results["best_epoch"],
            results["epochs"],
            results["samples_per_second"].as_f64().unwrap()
        );
        for task in results["tasks"].as_array().unwrap() {
            let metric = &task["metrics"][task["score"].as_str().unwrap()];
            let name = task["name"].as_str().unwrap().to_owned();
            match metric["value"].as_f64() {
                Some(value) => {
                    print!(" {name} {value:.4}");
                    all.entry(name).or_default().push(value);
                }
                None => print!(" {name} undefined"),
            }
        }
        println!();
        if single {
            let compared = session.ask(Command::CompareSingleTask).unwrap();
            for task in compared["tasks"].as_array().unwrap() {
                let name = task["name"].as_str().unwrap();
                if let Some(gain) = task["difference"]["value"].as_f64() {
                    let epoch = &task["best_epoch"];
                    print!("   {name} {gain:+.4} (epoch {epoch})");
                    all.entry(format!("gain {name}")).or_default().push(gain);
                }
            }
            let mean = compared["mean"]["value"].as_f64().unwrap();
            println!("\n   mean gain {mean:+.4}");
            all.entry("gain, mean of tasks with labels".into())
                .or_default()
                .push(mean);
        }
        if tim {
            let planted = session.ask(Command::Cohort).unwrap()["planted"].clone();
            for measure in [
                TimMeasure::Attention,
                TimMeasure::Occlusion,
                TimMeasure::Gain,
            ] {
                if measure == TimMeasure::Gain && !gain {
                    continue;
                }
                let options = TimOptions {
                    repeats: Some(repeats),
                    ..TimOptions::default()
                };
                let tim = session.ask(Command::Tim { measure, options }).unwrap();
                for sentence in tim["sentences"].as_array().unwrap().iter().take(6) {
                    println!("   {}", sentence["text"].as_str().unwrap());
                }
                if let Some(share) = covering(&tim).filter(|_| measure != TimMeasure::Attention) {
                    let name = measure.name();
                    println!("   intervals of {name} that cover 0: {share:.3}");
                    all.entry(format!("intervals of {name} that cover 0"))
                        .or_default()
                        .push(share);
                }
                if let Some(found) = found(&tim, &planted) {
                    let name = measure.name();
                    println!("   planted against unplanted pairs by |{name}|: AUROC {found:.3}");
                    all.entry(format!("AUROC of the planted pairs by |{name}|"))
                        .or_default()
                        .push(found);
                }
            }
        }
    }
    for (name, values) in all {
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance =
            values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
        let error = (variance / count).sqrt();
        println!("mean of {count}: {name} {mean:.4} (standard error {error:.4})");
    }
}
