//! A small random cohort with all modalities, for tests.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::cohort::{Cohort, Column, ColumnKind, Embedding, Image, MISSING, Note, Role, Series};
use crate::study::{
    Balance, Beta, Calibration, FORMAT, Imbalance, Inputs, ModelSettings, Selection, Split, Study,
    Task, TaskKind, TrainingSettings,
};

/// A column from its cells; an empty cell is missing.
pub fn column(name: &str, role: Role, kind: ColumnKind, cells: &[String]) -> Column {
    let mut levels: Vec<String> = Vec::new();
    let codes = cells
        .iter()
        .map(|cell| match levels.iter().position(|level| level == cell) {
            _ if cell.is_empty() => MISSING,
            Some(place) => place as u32,
            None => {
                levels.push(cell.clone());
                levels.len() as u32 - 1
            }
        })
        .collect();
    Column {
        name: name.into(),
        role,
        kind,
        levels,
        codes,
    }
}

/// All modalities, each missing here and there.
pub fn cohort(samples: usize, seed: u64) -> Cohort {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut cells = |make: &mut dyn FnMut(&mut ChaCha8Rng) -> String| -> Vec<String> {
        (0..samples)
            .map(|_| {
                if random.random_bool(0.1) {
                    String::new()
                } else {
                    make(&mut random)
                }
            })
            .collect()
    };
    let number = |random: &mut ChaCha8Rng| format!("{:.1}", random.random_range(20.0..90.0));
    let pick = |random: &mut ChaCha8Rng, from: &[&str]| {
        from[random.random_range(0..from.len())].to_owned()
    };
    let columns = vec![
        column(
            "age",
            Role::Input,
            ColumnKind::Number,
            &cells(&mut |r| number(r)),
        ),
        column(
            "constant",
            Role::Input,
            ColumnKind::Number,
            &cells(&mut |_| "5".into()),
        ),
        column(
            "sex",
            Role::Input,
            ColumnKind::Category,
            &cells(&mut |r| pick(r, &["f", "m"])),
        ),
        column(
            "smoker",
            Role::Input,
            ColumnKind::YesNo,
            &cells(&mut |r| pick(r, &["yes", "no"])),
        ),
        column(
            "remark",
            Role::Input,
            ColumnKind::Text,
            &cells(&mut |r| number(r)),
        ),
        column(
            "died",
            Role::Label,
            ColumnKind::YesNo,
            &cells(&mut |r| pick(r, &["0", "1", "1.0"])),
        ),
        column(
            "unit",
            Role::Label,
            ColumnKind::Category,
            &cells(&mut |r| pick(r, &["10", "9", "2"])),
        ),
        column(
            "stay",
            Role::Label,
            ColumnKind::Number,
            &cells(&mut |r| number(r)),
        ),
        column(
            "phenotype",
            Role::Label,
            ColumnKind::Category,
            &cells(&mut |r| pick(r, &["b", "a"])),
        ),
    ];
    let mut series = Series {
        variables: ["hr", "never", "lactate"].map(String::from).to_vec(),
        offsets: vec![0],
        ..Series::default()
    };
    let (mut notes, mut images) = (Vec::new(), Vec::new());
    let mut vectors = Vec::new();
    for sample in 0..samples as u32 {
        if random.random_bool(0.9) {
            for step in 0..random.random_range(1..9) {
                series
                    .variable
                    .push(if random.random_bool(0.7) { 0 } else { 2 });
                series.hours.push(step as f32 + random.random::<f32>());
                series.values.push(random.random_range(60.0..120.0));
            }
        }
        series.offsets.push(series.values.len() as u32);
        for _ in 0..random.random_range(0..3) {
            let text = format!(
                "Seen with {} {}.",
                pick(&mut random, &["some", "no"]),
                pick(&mut random, &["pain", "fever"])
            );
            notes.push(Note {
                sample,
                hours: 1.0,
                source: "ward".into(),
                text,
            });
        }
        for _ in 0..random.random_range(0..3) {
            let pixels = (0..64 * 64).map(|_| random.random()).collect();
            images.push(Image {
                sample,
                hours: 1.0,
                source: "film".into(),
                side: 64,
                pixels,
            });
        }
        let present = random.random_bool(0.8);
        vectors.extend((0..3).map(|_| {
            if present {
                random.random_range(-2.0..5.0f32)
            } else {
                f32::NAN
            }
        }));
    }
    Cohort {
        name: "generated".into(),
        ids: (0..samples).map(|row| row.to_string()).collect(),
        persons: (0..samples as u32).collect(),
        columns,
        series: Some(series),
        notes,
        images,
        embeddings: vec![Embedding {
            name: "vd".into(),
            columns: ["vd_0", "vd_1", "vd_2"].map(String::from).to_vec(),
            values: vectors,
        }],
        ..Cohort::default()
    }
}

/// A task without extras.
pub fn task(name: &str, kind: TaskKind, column: &str) -> Task {
    Task {
        name: name.into(),
        kind,
        column: (!column.is_empty()).then(|| column.into()),
        positive: None,
        department: None,
        unit: None,
        clusters: None,
        reference: None,
    }
}

/// All inputs and the four kinds of tasks.
pub fn study() -> Study {
    let clustering = Task {
        clusters: Some(3),
        reference: Some("phenotype".into()),
        ..task("Group", TaskKind::Clustering, "")
    };
    Study {
        format: FORMAT.into(),
        name: "generated".into(),
        seed: 1,
        inputs: Inputs {
            tabular: Selection::All,
            series: Selection::All,
            text: true,
            image: true,
            embeddings: Selection::All,
        },
        tasks: vec![
            Task {
                positive: Some(" 1 ".into()),
                ..task("Death", TaskKind::Binary, "died")
            },
            task("Unit", TaskKind::Multiclass, "unit"),
            task("Stay", TaskKind::Regression, "stay"),
            clustering,
        ],
        split: Split {
            test: 0.2,
            validation: 0.1,
            folds: None,
            column: None,
            test_values: vec![],
        },
        model: ModelSettings {
            hidden: 8,
            embedding: 4,
            task_width: 4,
            alpha: 1.0,
            beta: Beta::Identity,
            residual: false,
            members: 1,
            dropout: 0.0,
            input_dropout: 0.0,
            modality_dropout: 0.0,
            bins: 8,
            ..ModelSettings::default()
        },
        training: TrainingSettings {
            epochs: 1,
            batch: 8,
            learning_rate: 1e-3,
            weight_decay: 0.0,
            patience: 1,
            balance: Balance::Equal,
            imbalance: Imbalance::None,
            calibration: Calibration::None,
            averaging: 0,
        },
    }
}
