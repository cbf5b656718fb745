//! A session natively, from files or the ward to results: what each modality adds where the answer is known, and what a
//! study without labels, with one task or with many gives.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(not(target_arch = "wasm32"))]

mod native;

use m3h_studio::session::protocol::{
    AblationMethod, Command, DemoOptions, Over, Pooling, Progress, TimMeasure, TimOptions,
};
use native::{NativeFile, NativeSession};
use serde_json::{Value, json};

fn ward(session: &NativeSession, patients: usize, tasks: usize) -> Value {
    let options = DemoOptions {
        patients: Some(patients),
        tasks: Some(tasks),
        ..DemoOptions::default()
    };
    ward_of(session, options)
}

fn ward_of(session: &NativeSession, options: DemoOptions) -> Value {
    let name = "ward".into();
    session.ask(Command::OpenDemo { name, options }).unwrap();
    session.ask(Command::Study).unwrap()
}

fn tim(session: &NativeSession, measure: TimMeasure) -> Result<Value, String> {
    let options = TimOptions::default();
    session.ask(Command::Tim { measure, options })
}

fn train(session: &NativeSession, study: Value) -> Value {
    session.ask(Command::SetStudy { study }).unwrap();
    session.ask(Command::Train).unwrap()
}

/// The AUROC of a task with the ends of its interval.
fn auroc(results: &Value, name: &str) -> (f64, f64, f64) {
    let tasks = results["tasks"].as_array().unwrap();
    let task = tasks.iter().find(|task| task["name"] == name).unwrap();
    let metric = &task["metrics"]["auroc"];
    let part = |name: &str| metric[name].as_f64().unwrap();
    (part("value"), part("low"), part("high"))
}

/// The study of the default ward with some settings of its own, with and without a modality: the task's intervals lie apart.
fn gains(modality: &str, task: &str) {
    let session = NativeSession::new();
    let mut study = ward(&session, 1000, 12);
    let with = auroc(&train(&session, study.clone()), task);
    study["inputs"][modality] = json!(false);
    let without = auroc(&train(&session, study), task);
    println!("{task}: {with:?} with {modality}, {without:?} without");
    assert!(with.1 > without.2, "{with:?} against {without:?}");
}

#[test]
fn films_tell_pneumonia() {
    gains("image", "Pneumonia");
}

#[test]
fn notes_tell_thrombosis() {
    gains("text", "Deep vein thrombosis");
}

#[test]
fn one_task_forty_four_and_sixty_four_train() {
    for tasks in [1, 44, 64] {
        let session = NativeSession::new();
        let mut study = ward(&session, 120, tasks.min(44));
        study["training"]["epochs"] = json!(2);
        let list = study["tasks"].as_array_mut().unwrap();
        for again in 0..tasks - list.len() {
            let mut task = list[again].clone();
            task["name"] = json!(format!("{} again", task["name"].as_str().unwrap()));
            list.push(task);
        }
        let results = train(&session, study);
        assert_eq!(results["tasks"].as_array().unwrap().len(), tasks);
        let tim = tim(&session, TimMeasure::Attention).unwrap();
        assert_eq!(tim["matrix"].as_array().unwrap().len(), tasks);
    }
}

#[test]
fn patients_without_any_input_or_label_are_no_obstacle() {
    let mut table = String::from("id,age,died\n");
    for row in 0..90 {
        let age = if row % 5 == 0 {
            String::new()
        } else {
            (30 + row % 50).to_string()
        };
        let died = match row % 7 {
            0 => "",
            1 | 2 => "1",
            _ => "0",
        };
        table.push_str(&format!("p{row},{age},{died}\n"));
    }
    let session = NativeSession::new();
    let files = vec![(
        "clinic/patients.csv".to_owned(),
        NativeFile::Memory(table.into_bytes()),
    )];
    session.open(files).unwrap();
    let mut study = session.ask(Command::Study).unwrap();
    study["training"]["epochs"] = json!(3);
    study["tasks"] = json!([{ "name": "Death", "kind": "binary", "column": "died" }]);
    let results = train(&session, study);
    assert!(results["tasks"][0]["labelled"].as_u64().unwrap() > 5);
    let predictions = session.ask(Command::Predict { paths: vec![] }).unwrap();
    let mut priors = vec![];
    for row in predictions["rows"].as_array().unwrap() {
        let risk = row["tasks"]["Death"]["probability"].as_f64().unwrap();
        assert!((0.0..=1.0).contains(&risk));
        if row["sources"].as_array().unwrap().is_empty() {
            priors.push(risk);
        }
    }
    assert!(priors.iter().all(|&prior| prior == priors[0]), "{priors:?}");
    assert!((0.2..0.5).contains(&priors[0]), "a third died: {priors:?}");
    // Nobody has an input once the only one is hidden: everybody gets the prevalence, which ranks nobody.
    let method = AblationMethod::Occlude;
    let told = session.ask(Command::Ablate { method }).unwrap();
    assert_eq!(told["modalities"][0]["without"][0]["value"], 0.5);
    let told = predictions["warnings"].to_string();
    assert!(told.contains("none of the model's inputs"), "{told}");
}

fn place_of(list: &Value, name: &str) -> usize {
    let named = |entry: &Value| entry == name || entry["name"] == name;
    list.as_array().unwrap().iter().position(named).unwrap()
}

#[test]
fn hiding_a_modality_tells_which_task_leans_on_it() {
    let session = NativeSession::new();
    let study = ward(&session, 1000, 12);
    let results = train(&session, study);
    let method = AblationMethod::Occlude;
    let told = session.ask(Command::Ablate { method }).unwrap();
    for (place, task) in results["tasks"].as_array().unwrap().iter().enumerate() {
        let score = task["score"].as_str().unwrap();
        for end in ["value", "low", "high"] {
            let (full, known) = (&told["full"][place][end], &task["metrics"][score][end]);
            let (full, known) = (full.as_f64().unwrap(), known.as_f64().unwrap());
            assert!(
                (full - known).abs() < 1e-9,
                "{task}: {full} against {known}"
            );
        }
    }
    for (modality, task) in [("image", "Pneumonia"), ("text", "Deep vein thrombosis")] {
        let task = place_of(&told["tasks"], task);
        let adds = |modality: &Value, end: &str| modality["adds"][task][end].as_f64().unwrap();
        let modalities = told["modalities"].as_array().unwrap();
        let own = &modalities[place_of(&told["modalities"], modality)];
        println!("{modality}: {}", own["adds"][task]);
        assert!(adds(own, "low") > 0.05, "{own}");
        let most = modalities
            .iter()
            .map(|m| adds(m, "value"))
            .fold(0.0, f64::max);
        assert_eq!(most, adds(own, "value"));
    }
}

#[test]
fn retraining_without_a_modality_is_the_study_without_it() {
    let session = NativeSession::new();
    let mut study = ward(&session, 200, 3);
    study["training"]["epochs"] = json!(2);
    // Two sources read the series; they are one modality.
    study["model"]["series"] = json!("both");
    // burn draws dropout from one generator a process, which `cargo test` shares among tests.
    for dropout in ["dropout", "input_dropout", "modality_dropout"] {
        study["model"][dropout] = json!(0);
    }
    train(&session, study.clone());
    let method = AblationMethod::Retrain;
    let told = session.ask(Command::Ablate { method }).unwrap();
    assert_eq!(told["modalities"].as_array().unwrap().len(), 4);
    study["inputs"]["image"] = json!(false);
    let without = train(&session, study.clone());
    let image = &told["modalities"][place_of(&told["modalities"], "image")];
    for (place, task) in without["tasks"].as_array().unwrap().iter().enumerate() {
        let score = task["score"].as_str().unwrap();
        assert_eq!(
            image["without"][place]["value"],
            task["metrics"][score]["value"]
        );
        let number = |value: &Value| value["value"].as_f64().unwrap();
        let (full, adds) = (number(&told["full"][place]), number(&image["adds"][place]));
        assert!((full - adds - number(&image["without"][place])).abs() < 1e-9);
    }
    study["inputs"] = json!({ "tabular": "all", "series": false, "text": false, "image": false, "embeddings": false });
    train(&session, study);
    let refused = session.ask(Command::Ablate { method }).unwrap_err();
    assert!(
        refused.contains("nothing but the patients table"),
        "{refused}"
    );
}

/// The files of a tiny BERT with random weights, `tests/fixtures/pretrained.py`.
fn tiny_encoder(names: &[&str]) -> (Vec<String>, Vec<NativeFile>) {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/fixtures/pretrained/tiny"
    );
    let file = |name: &&str| {
        let file = NativeFile::Disk(std::path::Path::new(folder).join(name));
        (format!("tiny/{name}"), file)
    };
    names.iter().map(file).unzip()
}

#[test]
fn vectors_of_a_frozen_encoder_are_an_input_of_training_ablation_and_prediction() {
    const NAME: &str = "text: BERT of 2 layers";
    const FILES: [&str; 3] = ["config.json", "tokenizer.json", "model.safetensors"];
    let heard = std::rc::Rc::new(std::cell::RefCell::new(vec![]));
    let hears = heard.clone();
    let session = NativeSession::listening(move |progress| {
        if let Progress::Work { label, done } = progress
            && label.starts_with("Encoding")
        {
            hears.borrow_mut().push((label.clone(), *done));
        }
    });
    let encode = |names: &[&str]| {
        let (paths, files) = tiny_encoder(names);
        let pooling = Pooling::Mean;
        session.ask_with(Command::OpenEncoder { paths, pooling }, files)
    };
    assert!(encode(&FILES).unwrap_err().contains("No cohort is open"));
    ward(&session, 150, 2);
    let before = session.ask(Command::Cohort).unwrap();
    let refused = encode(&FILES[1..]).unwrap_err();
    assert!(refused.contains("config.json"), "{refused}");
    assert_eq!(session.ask(Command::Cohort).unwrap(), before);

    let summary = encode(&FILES).unwrap();
    let samples = |name: &str| {
        let all = summary["modalities"].as_array().unwrap();
        let found = all.iter().find(|modality| modality["name"] == name);
        found.unwrap()["samples"].as_u64().unwrap()
    };
    assert_eq!(samples(&format!("embeddings: {NAME}")), samples("text"));
    assert!(
        heard
            .borrow()
            .iter()
            .any(|(label, _)| label.contains("a second"))
    );
    assert!(heard.borrow().last().unwrap().1 > 0.5);

    let mut study = session.ask(Command::Study).unwrap();
    assert_eq!(study["inputs"]["embeddings"], json!([NAME]));
    study["inputs"] = json!({ "tabular": "all", "series": false, "text": false, "image": false, "embeddings": [NAME] });
    study["training"]["epochs"] = json!(2);
    let results = train(&session, study);
    assert_eq!(results["sources"], json!(["tabular", NAME]));
    for method in [AblationMethod::Occlude, AblationMethod::Retrain] {
        let ablation = session.ask(Command::Ablate { method }).unwrap();
        let modalities = ablation["modalities"].as_array().unwrap();
        let names: Vec<&Value> = modalities.iter().map(|m| &m["name"]).collect();
        assert_eq!(names, ["tabular", "text"]);
    }
    // new patients' notes go through the same encoder
    let memory = |name: &str, text: &str| (format!("new/{name}"), NativeFile::Memory(text.into()));
    let (paths, files) = [
        memory("patients.csv", "id,age\na,50\nb,60\n"),
        memory("notes.csv", "id,text\na,No pneumonia and no effusion.\n"),
    ]
    .into_iter()
    .unzip();
    let predictions = session.ask_with(Command::Predict { paths }, files).unwrap();
    let rows = predictions["rows"].as_array().unwrap();
    assert_eq!(rows[0]["sources"], json!(["tabular", NAME]));
    assert_eq!(rows[1]["sources"], json!(["tabular"]));
}

#[test]
fn one_modality_of_four_is_enough_for_a_prediction() {
    let session = NativeSession::new();
    let mut study = ward(&session, 300, 4);
    study["training"]["epochs"] = json!(3);
    let results = train(&session, study);
    assert_eq!(
        results["sources"],
        json!(["tabular", "series", "text", "image"])
    );
    let cohort = session.ask(Command::Cohort).unwrap();
    let variable = cohort["variables"][0]["name"].as_str().unwrap();
    let grey = image::GrayImage::from_fn(64, 64, |x, y| image::Luma([(x * 2 + y) as u8]));
    let mut film = std::io::Cursor::new(vec![]);
    grey.write_to(&mut film, image::ImageFormat::Png).unwrap();
    let memory = |name: &str, bytes: &[u8]| {
        let path = format!("new/{name}");
        (path, NativeFile::Memory(bytes.to_vec()))
    };
    let series = format!("id,hours,variable,value\nb,1,{variable},80\nb,2,{variable},90\n");
    let (paths, files) = [
        memory("patients.csv", b"id,age\na,50\nb,\nc,\nd,\n"),
        memory("series.csv", series.as_bytes()),
        memory(
            "notes.csv",
            b"id,text\nc,Chest pain and fever since yesterday.\n",
        ),
        memory("images.csv", b"id,file\nd,film.png\n"),
        memory("images/film.png", film.get_ref()),
    ]
    .into_iter()
    .unzip();
    let predictions = session.ask_with(Command::Predict { paths }, files).unwrap();
    let rows = predictions["rows"].as_array().unwrap();
    let mut risks = vec![];
    for (row, source) in rows.iter().zip(["tabular", "series", "text", "image"]) {
        assert_eq!(row["sources"], json!([source]), "{row}");
        for (task, answer) in row["tasks"].as_object().unwrap() {
            let known = ["probability", "value", "cluster", "class"];
            assert!(
                known.iter().any(|key| !answer[key].is_null()),
                "{task}: {answer}"
            );
        }
        risks.push(row["tasks"].to_string());
    }
    // Each reads something else: no two get the same answer, as the prior would be.
    risks.sort_unstable();
    risks.dedup();
    assert_eq!((rows.len(), risks.len()), (4, 4));
}

#[test]
fn a_sequence_tells_the_shape_that_statistics_do_not_see() {
    let score = |encoder: &str| {
        let session = NativeSession::new();
        let options = DemoOptions {
            patients: Some(1000),
            tasks: Some(1),
            waves: Some(true),
            ..DemoOptions::default()
        };
        let mut study = ward_of(&session, options);
        study["inputs"]["text"] = json!(false);
        study["inputs"]["image"] = json!(false);
        study["model"]["series"] = json!(encoder);
        let results = train(&session, study);
        let score = auroc(&results, "Pressure waves");
        println!("{encoder}: {score:?} in {}", results["seconds"]);
        score.0
    };
    let (sequence, summary) = (score("sequence"), score("summary"));
    assert!(sequence >= 0.85, "sequence {sequence}");
    assert!(summary < 0.7, "summary {summary}");
}

#[test]
fn a_sequence_of_subwords_tells_what_a_negation_reaches_and_words_do_not() {
    let session = NativeSession::new();
    let options = DemoOptions {
        patients: Some(1200),
        tasks: Some(1),
        missing: Some(0.0),
        reports: Some(true),
        ..DemoOptions::default()
    };
    let mut study = ward_of(&session, options);
    study["inputs"] = json!({ "tabular": false, "series": false, "image": false });
    study["tasks"] = json!([study["tasks"][1]]);
    let mut score = |encoder: &str| {
        study["model"]["text"] = json!(encoder);
        study["training"]["epochs"] = json!(20);
        let results = train(&session, study.clone());
        let score = auroc(&results, "Reported pneumothorax");
        println!("{encoder}: {score:?} in {}", results["seconds"]);
        score.0
    };
    let (words, sequence) = (score("words"), score("sequence"));
    assert!(sequence >= 0.9, "sequence {sequence}");
    assert!(words < 0.75, "words {words}");
}

/// A cohort in files, with texts and numbers that one patient alone has.
fn secret_cohort() -> Vec<(String, NativeFile)> {
    let mut patients = String::from("id,age,weight,sex,town,died,stay\n");
    let mut notes = String::from("id,text\n");
    let mut series = String::from("id,hours,variable,value\n");
    for i in 0..240 {
        let ill = i % 3 == 0;
        let (age, stay) = (40 + i % 37 + 9 * i32::from(ill), 2 + i % 5);
        let weight = match i {
            5 => "83.724619".to_owned(),
            _ => format!("{}", 60 + i % 30),
        };
        let town = if i == 5 {
            "Quixotehaven"
        } else {
            "Springfield"
        };
        let sex = ["f", "m"][i as usize % 2];
        let died = u8::from(ill);
        patients += &format!("stay-secret-{i},{age},{weight},{sex},{town},{died},{stay}\n");
        let pulse = 70 + i % 11 + 20 * i32::from(ill);
        series += &format!(
            "stay-secret-{i},1,pulse,{pulse}\nstay-secret-{i},5,pulse,{}\n",
            pulse + 3
        );
        let name = if i == 5 { "Mr Quixotewood. " } else { "" };
        let word = if ill { "sepsis suspected" } else { "stable" };
        notes += &format!("stay-secret-{i},{name}Patient {word} at noon.\n");
    }
    [
        ("patients.csv", patients),
        ("notes.csv", notes),
        ("series.csv", series),
    ]
    .map(|(name, text)| (format!("secret/{name}"), NativeFile::Memory(text.into())))
    .into()
}

/// A session with a small model of [`secret_cohort`].
fn secret_model(members: usize) -> NativeSession {
    let session = NativeSession::new();
    session.open(secret_cohort()).unwrap();
    let study = json!({
        "tasks": [
            { "name": "Death", "kind": "binary", "column": "died", "positive": "1" },
            { "name": "Stay", "kind": "regression", "column": "stay", "unit": "days" },
            { "name": "Sex", "kind": "multiclass", "column": "sex" },
            { "name": "Phenotype", "kind": "clustering", "clusters": 3 }
        ],
        "inputs": { "tabular": ["age", "weight", "town"] },
        "model": { "hidden": 16, "embedding": 8, "task_width": 8, "members": members, "text": "both", "series": "both" },
        "training": { "epochs": 3, "batch": 32 }
    });
    train(&session, study);
    session
}

fn predicted(session: &NativeSession) -> Value {
    let (paths, files) = secret_cohort().into_iter().unzip();
    session.ask_with(Command::Predict { paths }, files).unwrap()
}

fn import(session: &NativeSession, bytes: &[u8]) -> Result<Value, String> {
    session.ask_with(
        Command::ImportModel,
        vec![NativeFile::Memory(bytes.to_vec())],
    )
}

#[test]
fn a_model_file_predicts_as_its_model_does_and_holds_no_patient() {
    let session = secret_model(2);
    session.ask(Command::ExportModel).unwrap();
    let file = session.bytes();
    let expected = predicted(&session);

    let other = NativeSession::new();
    let results = import(&other, &file).unwrap();
    assert_eq!(results["tasks"][0]["name"], "Death");
    let told = predicted(&other);
    // To the last digit: the weights are the same and so is the device.
    assert_eq!(told["rows"], expected["rows"]);
    assert_eq!(told["rows"].as_array().unwrap().len(), 240);
    let refused = other.ask(Command::CompareSingleTask).unwrap_err();
    assert!(refused.contains("opened from a file"), "{refused}");

    let holds = |secret: &str| file.windows(secret.len()).any(|w| w == secret.as_bytes());
    assert!(
        holds("Springfield") && holds("sepsis"),
        "what many share is fitted"
    );
    for secret in ["stay-secret", "uixotehaven", "uixotewood", "83.7246"] {
        assert!(!holds(secret), "{secret}");
    }
    let weight = "83.724619".parse::<f32>().unwrap().to_le_bytes();
    assert!(!file.windows(4).any(|w| w == weight));
}

#[test]
fn a_broken_or_foreign_model_file_is_refused_and_the_model_in_force_stays() {
    let session = secret_model(1);
    session.ask(Command::ExportModel).unwrap();
    let file = session.bytes();
    let expected = predicted(&session);
    let refuse = |bytes: &[u8], words: &str| {
        let refused = import(&session, bytes).unwrap_err();
        assert!(refused.contains(words), "{words}: {refused}");
    };
    refuse(b"", "cut short");
    refuse(b"id,age\n1,2\n", "cut short");
    for length in [4, 100, file.len() / 2, file.len() - 1] {
        refuse(&file[..length], "cut short");
    }
    let mut altered = file.clone();
    let last = altered.len() - 3;
    altered[last] ^= 1;
    refuse(&altered, "checksum");
    // One digit of the scales: still a valid file.
    let text = b"\\\"mean\\\":0.";
    let place = file.windows(text.len()).position(|w| w == text).unwrap() + text.len();
    let mut altered = file.clone();
    altered[place] = if altered[place] == b'9' {
        b'8'
    } else {
        altered[place] + 1
    };
    refuse(&altered, "checksum");
    let view = safetensors::tensor::TensorView::new(safetensors::Dtype::F32, vec![1], &[0; 4]);
    let foreign = safetensors::serialize([("weight", view.unwrap())], None).unwrap();
    refuse(&foreign, "no model of M3H Studio");
    assert_eq!(predicted(&session)["rows"], expected["rows"]);
}

#[test]
fn each_task_is_trained_alone_once_and_compared() {
    let session = secret_model(1);
    let compared = session.ask(Command::CompareSingleTask).unwrap();
    assert_eq!(compared["finished"], 4);
    let tasks = compared["tasks"].as_array().unwrap();
    for task in &tasks[..3] {
        let number = |key: &str| task[key].as_f64().unwrap();
        let difference = &task["difference"];
        let value = difference["value"].as_f64().unwrap();
        assert!((number("multitask") - number("single") - value).abs() < 1e-12);
        assert!(difference["low"].as_f64().unwrap() <= value);
        assert!(difference["high"].as_f64().unwrap() >= value);
    }
    let mean = tasks[..3]
        .iter()
        .map(|task| task["difference"]["value"].as_f64().unwrap() / 3.0)
        .sum::<f64>();
    assert!((compared["mean"]["value"].as_f64().unwrap() - mean).abs() < 1e-12);
    assert!(compared["verdict"].as_str().unwrap().contains("3 tasks"));
    // Nothing is trained twice.
    assert_eq!(session.ask(Command::CompareSingleTask).unwrap(), compared);

    let alone = |tasks: Value| {
        let mut study = session.ask(Command::Study).unwrap();
        study["tasks"] = tasks;
        let other = NativeSession::new();
        other.open(secret_cohort()).unwrap();
        train(&other, study)
    };
    // The rarest binary task decides the split, so that this one is the same when it is trained as a study of its own.
    let study = session.ask(Command::Study).unwrap();
    let results = alone(json!([study["tasks"][0]]));
    let own = results["tasks"][0]["metrics"]["auroc"]["value"].as_f64();
    assert_eq!(own, tasks[0]["single"].as_f64());
}

/// Two hospitals, with a leak planted in the second: a column that is the label there and noise elsewhere, another whose scale differs,
/// a note that names the outcome.
fn two_hospitals(leak: bool) -> Vec<(String, NativeFile)> {
    let mut patients = String::from("id,hospital,age,leak,scale,died\n");
    let mut notes = String::from("id,text\n");
    for i in 0..400u32 {
        let second = i % 4 == 3;
        let noise = i.wrapping_mul(2_654_435_761) >> 16;
        let ill = noise % 3 == 0;
        let age = 40 + noise % 30 + 6 * u32::from(ill);
        let planted = leak && second;
        let told = if planted {
            u32::from(ill)
        } else {
            noise / 7 % 2
        };
        let scale = if planted {
            1000 + noise % 50
        } else {
            noise % 50
        };
        let word = match (planted, ill) {
            (true, true) => "zzdeceased",
            (true, false) => "zzdischarged",
            _ => "stable",
        };
        patients += &format!(
            "{i},{},{age},{told},{scale},{}\n",
            if second { "B" } else { "A" },
            u8::from(ill)
        );
        notes += &format!("{i},Patient {word} at noon.\n");
    }
    [("patients.csv", patients), ("notes.csv", notes)]
        .map(|(name, text)| (format!("two/{name}"), NativeFile::Memory(text.into())))
        .into()
}

#[test]
fn what_is_planted_in_the_test_hospital_alone_is_not_seen_by_training() {
    let run = |leak: bool| {
        let session = NativeSession::new();
        session.open(two_hospitals(leak)).unwrap();
        let study = json!({
            "tasks": [{ "name": "Death", "kind": "binary", "column": "died", "positive": "1" }],
            "inputs": { "tabular": ["age", "leak", "scale"] },
            "split": { "column": "hospital", "test_values": ["B"], "validation": 0.2 },
            "model": { "hidden": 16, "embedding": 8, "task_width": 8, "text": "both" },
            "training": { "epochs": 6, "batch": 32 }
        });
        let results = train(&session, study);
        session.ask(Command::ExportModel).unwrap();
        (results, session.bytes())
    };
    let (with, leaking) = run(true);
    let (without, clean) = run(false);
    assert_eq!(with["samples"]["test"], 100);
    // The same losses and validation scores to the last digit, the same fits, the same weights: only the test scores may differ.
    assert_eq!(with["history"], without["history"]);
    let parts = |file: &[u8]| {
        let (_, header) = safetensors::SafeTensors::read_metadata(file).unwrap();
        let metadata = header.metadata().clone().unwrap();
        let tensors = safetensors::SafeTensors::deserialize(file).unwrap();
        let mut weights: Vec<(String, Vec<u8>)> = tensors
            .tensors()
            .into_iter()
            .map(|(name, view)| (name, view.data().to_vec()))
            .collect();
        weights.sort();
        (
            metadata["fitted"].clone(),
            metadata["thresholds"].clone(),
            weights,
        )
    };
    let (leaking, clean) = (parts(&leaking), parts(&clean));
    assert_eq!(leaking.0, clean.0);
    assert_eq!(leaking.1, clean.1);
    assert!(leaking.2 == clean.2, "the weights differ");
    assert!(!leaking.0.contains("zzdeceased"));
}

#[test]
fn every_group_of_patients_is_judged_and_small_ones_are_marked() {
    let session = NativeSession::new();
    let mut study = ward(&session, 400, 4);
    study["training"]["epochs"] = json!(3);
    study["model"]["members"] = json!(1);
    let results = train(&session, study);
    let cohort = session.ask(Command::Cohort).unwrap();
    let columns = cohort["columns"].as_array().unwrap();
    let of_kind = |kind: &str| {
        let mut found = columns
            .iter()
            .filter(|c| c["kind"] == kind && c["role"] == "input");
        found.next().unwrap()["name"].as_str().unwrap().to_owned()
    };
    for column in [of_kind("category"), of_kind("number")] {
        let judged = session
            .ask(Command::Subgroups {
                column: column.clone(),
            })
            .unwrap();
        let groups = judged["groups"].as_array().unwrap();
        assert!(groups.len() > 1, "{column}");
        let sum = |of: &dyn Fn(&Value) -> u64| groups.iter().map(of).sum::<u64>();
        assert_eq!(
            sum(&|g| g["samples"].as_u64().unwrap()),
            results["samples"]["test"].as_u64().unwrap()
        );
        for (place, task) in results["tasks"].as_array().unwrap().iter().enumerate() {
            let labelled = sum(&|g| g["tasks"][place]["labelled"].as_u64().unwrap());
            assert_eq!(labelled, task["labelled"].as_u64().unwrap(), "{column}");
        }
        for group in groups {
            let few = group["samples"].as_u64().unwrap() < 30;
            assert!(!few || !group["tasks"][0]["few"].is_null(), "{group}");
        }
    }
    let refused = session
        .ask(Command::Subgroups {
            column: "nothing".into(),
        })
        .unwrap_err();
    assert!(refused.contains("no column"), "{refused}");
}

#[cfg(feature = "trees")]
#[test]
fn boosted_trees_learn_what_a_table_says_and_stand_beside_the_model() {
    let mut patients = String::from("id,one,two,three,both,sum,kind\n");
    for i in 0..600u32 {
        let noise = |salt: u32| (i.wrapping_mul(2_654_435_761).wrapping_add(salt) >> 9) % 100;
        let (one, two) = (noise(1), noise(77_777_777));
        // Neither number alone tells it: one above 50, the other below.
        let both = u8::from((one >= 50) != (two >= 50));
        let missing = if i % 10 == 0 {
            String::new()
        } else {
            noise(5).to_string()
        };
        let kind = ["a", "b", "c"][(one / 34) as usize];
        patients += &format!("{i},{one},{two},{missing},{both},{},{kind}\n", one + two);
    }
    let session = NativeSession::new();
    let files = vec![(
        "t/patients.csv".to_owned(),
        NativeFile::Memory(patients.into()),
    )];
    session.open(files).unwrap();
    let study = json!({
        "tasks": [
            { "name": "Both", "kind": "binary", "column": "both", "positive": "1" },
            { "name": "Sum", "kind": "regression", "column": "sum" },
            { "name": "Kind", "kind": "multiclass", "column": "kind" },
            { "name": "Groups", "kind": "clustering", "clusters": 3 }
        ],
        "inputs": { "tabular": ["one", "two", "three"] },
        "model": { "hidden": 16, "embedding": 8, "task_width": 8 },
        "training": { "epochs": 2 }
    });
    train(&session, study);
    let compared = session.ask(Command::CompareTrees).unwrap();
    assert_eq!(compared["against"], "trees");
    assert_eq!(compared["finished"], 3);
    let single = |place: usize| compared["tasks"][place]["single"].as_f64().unwrap();
    println!("{} {} {}", single(0), single(1), single(2));
    assert!(single(0) > 0.97 && single(1) > 0.97 && single(2) > 0.97);
    let clusters = &compared["tasks"][3]["difference"]["undefined"];
    assert!(clusters.as_str().unwrap().contains("labels"), "{clusters}");
    assert_eq!(session.ask(Command::CompareTrees).unwrap(), compared);
}

#[test]
fn every_sample_is_predicted_by_a_fold_that_has_not_seen_its_person() {
    let session = NativeSession::new();
    session.open(two_hospitals(false)).unwrap();
    let study = json!({
        "tasks": [
            { "name": "Death", "kind": "binary", "column": "died", "positive": "1" },
            { "name": "Hospital", "kind": "multiclass", "column": "hospital" },
            { "name": "Age", "kind": "regression", "column": "age" },
            { "name": "Groups", "kind": "clustering", "clusters": 2 }],
        "inputs": { "tabular": ["leak", "scale"], "text": false },
        "split": { "folds": 4 },
        "model": { "hidden": 16, "embedding": 8, "task_width": 8 },
        "training": { "epochs": 3, "batch": 64, "calibration": "temperature" }
    });
    let results = train(&session, study);
    assert_eq!(results["samples"]["test"], 100);
    assert!(results["warnings"][0].as_str().unwrap().contains("4 folds"));
    assert!(session.ask(Command::OutOfFold).is_err());

    let repeat = |over, runs| session.ask(Command::Repeat { over, runs });
    let folds = repeat(Over::Folds, None).unwrap();
    assert_eq!(folds["wanted"], 4);
    assert_eq!(folds["runs"].as_array().unwrap().len(), 4);
    // The first fold is what the study itself was judged on.
    for (task, score) in [(0, "auroc"), (1, "macro_auroc"), (2, "r2")] {
        let own = &results["tasks"][task]["metrics"][score]["value"];
        assert_eq!(&folds["runs"][0]["scores"][task], own);
        assert_eq!(folds["tasks"][task]["labelled"], 400);
        let scores: Vec<f64> = (folds["runs"].as_array().unwrap().iter())
            .map(|run| run["scores"][task].as_f64().unwrap())
            .collect();
        let mean = scores.iter().sum::<f64>() / 4.0;
        let told = &folds["tasks"][task];
        assert!((told["mean"]["value"].as_f64().unwrap() - mean).abs() < 1e-12);
        assert!(told["mean"]["low"].as_f64().unwrap() < mean);
        assert!(told["lowest"].as_f64().unwrap() <= mean);
    }
    assert_eq!(folds["tasks"][3]["pooled"], json!({}));

    // The pooled figures are those of the predictions, which are of everybody once, in the order of the file.
    let told = session.ask(Command::OutOfFold).unwrap();
    assert_eq!(told["warnings"], json!([]));
    let rows = told["rows"].as_array().unwrap();
    let died: Vec<f64> = String::from_utf8(match &two_hospitals(false)[0].1 {
        NativeFile::Memory(bytes) => bytes.clone(),
        NativeFile::Disk(_) => unreachable!(),
    })
    .unwrap()
    .lines()
    .skip(1)
    .map(|line| line.rsplit(',').next().unwrap().parse().unwrap())
    .collect();
    assert_eq!(rows.len(), died.len());
    let brier = rows
        .iter()
        .zip(&died)
        .enumerate()
        .map(|(place, (row, died))| {
            assert_eq!(row["id"], json!(place.to_string()));
            let risk = row["tasks"]["Death"]["probability"].as_f64().unwrap();
            (risk - died).powi(2) / 400.0
        })
        .sum::<f64>();
    let pooled = &folds["tasks"][0]["pooled"];
    assert!((pooled["brier"]["value"].as_f64().unwrap() - brier).abs() < 1e-9);
    assert!(pooled["auroc"]["low"].as_f64() <= pooled["auroc"]["value"].as_f64());
    // Nothing is trained twice.
    assert_eq!(repeat(Over::Folds, Some(4)).unwrap(), folds);

    for wrong in [0, 1, 21] {
        assert!(repeat(Over::Folds, Some(wrong)).is_err());
    }
    let seeds = repeat(Over::Seeds, Some(2)).unwrap();
    assert_eq!(seeds["runs"][0]["scores"], folds["runs"][0]["scores"]);
    assert_ne!(seeds["runs"][1]["scores"], seeds["runs"][0]["scores"]);
    assert_eq!(seeds["tasks"][0]["pooled"], json!({}));
    // The folds are kept beside the seeds.
    assert_eq!(session.ask(Command::OutOfFold).unwrap(), told);
}

#[test]
fn other_losses_stand_beside_the_model_that_chose_them() {
    let session = NativeSession::new();
    session.open(two_hospitals(false)).unwrap();
    let study = json!({
        "tasks": [
            { "name": "Death", "kind": "binary", "column": "died", "positive": "1" },
            { "name": "Age", "kind": "regression", "column": "age" }],
        "inputs": { "tabular": ["leak", "scale"], "text": false },
        "model": { "hidden": 16, "embedding": 8, "task_width": 8 },
        "training": { "epochs": 4, "batch": 64, "imbalance": "focal" }
    });
    let results = train(&session, study.clone());
    let compared = session.ask(Command::CompareLosses).unwrap();
    assert_eq!(
        compared["own"],
        json!({ "imbalance": "focal", "balance": "equal" })
    );
    assert_eq!(compared["wanted"], 3);
    let figure = |results: &Value, task: usize, metric: &str| {
        results["tasks"][task]["metrics"][metric]["value"]
            .as_f64()
            .unwrap()
    };
    let others = compared["others"].as_array().unwrap();
    assert_eq!(others.len(), 3);
    for other in others {
        let choice = &other["choice"];
        let mut study = study.clone();
        study["training"]["imbalance"] = choice["imbalance"].clone();
        study["training"]["balance"] = choice["balance"].clone();
        // What a study with that choice gives by itself.
        let fresh = NativeSession::new();
        fresh.open(two_hospitals(false)).unwrap();
        let own = train(&fresh, study);
        for (task, score) in [(0, "auroc"), (1, "r2")] {
            let expected = figure(&own, task, score) - figure(&results, task, score);
            let told = other["difference"][task]["value"].as_f64().unwrap();
            assert!(
                (told - expected).abs() < 1e-12,
                "{choice}: {told} {expected}"
            );
        }
        let brier = figure(&own, 0, "brier") - figure(&results, 0, "brier");
        assert!((other["brier"][0]["value"].as_f64().unwrap() - brier).abs() < 1e-12);
        assert!(other["brier"][1]["value"].is_null());
        assert!(other["mean"]["low"].as_f64() <= other["mean"]["value"].as_f64());
    }
    // Nothing is trained twice.
    assert_eq!(session.ask(Command::CompareLosses).unwrap(), compared);
}

#[test]
fn gain_and_shapley_train_each_coalition_once_and_go_on_from_what_is_kept() {
    let session = NativeSession::new();
    session.open(two_hospitals(false)).unwrap();
    let study = json!({
        "tasks": [
            { "name": "Death", "kind": "binary", "column": "died", "positive": "1" },
            { "name": "Age", "kind": "regression", "column": "age" },
            { "name": "Hospital", "kind": "multiclass", "column": "hospital" }],
        "inputs": { "tabular": ["leak", "scale"], "text": false },
        "model": { "hidden": 16, "embedding": 8, "task_width": 8 },
        "training": { "epochs": 3, "batch": 64 }
    });
    train(&session, study.clone());
    let options = |repeats, kept: Value| TimOptions {
        repeats: Some(repeats),
        rounds: None,
        kept: serde_json::from_value(kept).unwrap(),
    };
    let ask = |measure, options| session.ask(Command::Tim { measure, options }).unwrap();
    let plan = |session: &NativeSession, measure, options| {
        session.ask(Command::TimPlan { measure, options }).unwrap()
    };
    let planned = plan(&session, TimMeasure::Gain, options(2, json!([])));
    assert_eq!(
        (&planned["trainings"], &planned["finished"]),
        (&json!(12), &json!(0))
    );
    let gain = ask(TimMeasure::Gain, options(2, json!([])));
    assert_eq!(gain["trainings"], 12);
    assert_eq!(gain["seeds"], json!([7, 8]));
    assert!(gain["matrix"][0][0].is_null());
    assert!(gain["low"][0][1].as_f64().unwrap() < gain["matrix"][0][1].as_f64().unwrap());
    assert!(
        gain["sentences"][0]["text"]
            .as_str()
            .unwrap()
            .starts_with("Learning *")
    );

    // One repeat of the first pair, by studies of their own.
    let auroc = |tasks: Value| {
        let mut study = study.clone();
        study["tasks"] = tasks;
        let other = NativeSession::new();
        other.open(two_hospitals(false)).unwrap();
        train(&other, study)["tasks"][0]["metrics"]["auroc"]["value"]
            .as_f64()
            .unwrap()
    };
    let first = ask(TimMeasure::Gain, options(1, json!([])));
    let expected =
        auroc(json!([study["tasks"][0], study["tasks"][1]])) - auroc(json!([study["tasks"][0]]));
    assert!((first["matrix"][0][1].as_f64().unwrap() - expected).abs() < 1e-12);
    assert!(first["low"][0][1].is_null());

    // Shapley needs one coalition more a repeat, and adds up to what all tasks together bring.
    let planned = plan(&session, TimMeasure::Shapley, options(1, json!([])));
    assert_eq!(
        (&planned["trainings"], &planned["finished"]),
        (&json!(7), &json!(6))
    );
    let shapley = ask(TimMeasure::Shapley, options(1, json!([])));
    let sum = shapley["matrix"][0][1].as_f64().unwrap() + shapley["matrix"][0][2].as_f64().unwrap();
    let full = auroc(study["tasks"].clone()) - auroc(json!([study["tasks"][0]]));
    assert!((sum - full).abs() < 1e-12, "{sum} {full}");

    // Another session on the same patients goes on from what this one tells, and only there.
    let other = NativeSession::new();
    other.open(two_hospitals(false)).unwrap();
    train(&other, study.clone());
    let kept = json!([{ "tasks": [0], "repeat": 0, "scores": [0.5] }, { "tasks": [9], "repeat": 0, "scores": [0.5] }]);
    let again = plan(&other, TimMeasure::Gain, options(1, kept.clone()));
    assert_eq!(again["finished"], 1);
    assert_eq!(again["fingerprint"], planned["fingerprint"]);
    let resumed = other
        .ask(Command::Tim {
            measure: TimMeasure::Gain,
            options: options(1, kept),
        })
        .unwrap();
    let told = first["matrix"][0][1].as_f64().unwrap() + auroc(json!([study["tasks"][0]])) - 0.5;
    assert!((resumed["matrix"][0][1].as_f64().unwrap() - told).abs() < 1e-12);
    let mut changed = study;
    changed["seed"] = json!(8);
    train(&other, changed);
    assert_ne!(
        plan(&other, TimMeasure::Gain, options(1, json!([])))["fingerprint"],
        planned["fingerprint"]
    );
    assert!(
        other
            .ask(Command::TimPlan {
                measure: TimMeasure::Attention,
                options: options(1, json!([]))
            })
            .is_err()
    );
}
