//! Missing modalities: each taken from half of the ward's patients at random, in training and test. Is training on everybody,
//! gaps and all, at least as good as training on the complete patients alone? Mean score over the tasks with labels, on the same test patients.
//!   cargo bench --profile dev --features engine --bench missing [-- PATIENTS [SEEDS]]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../tests/native/mod.rs"]
mod native;

use m3h_studio::cohort::prepare::{apply, fit};
use m3h_studio::cohort::split::{Partition, rarest_binary, split};
use m3h_studio::cohort::{Cohort, MISSING, Role};
use m3h_studio::demo;
use m3h_studio::metrics::{DRAWS, PairedScore, Resamples, mean_difference};
use m3h_studio::model::DeviceCohort;
use m3h_studio::session::device::cpu;
use m3h_studio::session::protocol::{DemoOptions, TrainingProgress};
use m3h_studio::study::{Study, TaskKind};
use m3h_studio::training::evaluation::Labelled;
use m3h_studio::training::predict::{Mixture, predict};
use m3h_studio::training::run::{Pace, Task, train};
use native::run;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::time::Instant;

struct Silent(Instant);

impl Pace for Silent {
    fn now_ms(&self) -> f64 {
        self.0.elapsed().as_secs_f64() * 1000.0
    }
    async fn breathe(&self) {}
    fn stopped(&self) -> bool {
        false
    }
    fn paused(&self) -> bool {
        false
    }
    fn report(&self, _: TrainingProgress) {}
}

fn take_away(cohort: &mut Cohort, modality: &str, from: &[bool]) {
    let gone = |sample: u32| from[sample as usize];
    match modality {
        "tabular" => {
            for column in cohort.columns.iter_mut().filter(|c| c.role == Role::Input) {
                for (code, &gone) in column.codes.iter_mut().zip(from) {
                    if gone {
                        *code = MISSING;
                    }
                }
            }
        }
        "series" => {
            let series = cohort.series.as_mut().unwrap();
            let mut kept = m3h_studio::cohort::Series {
                variables: series.variables.clone(),
                offsets: vec![0],
                ..Default::default()
            };
            for (row, &gone) in from.iter().enumerate() {
                if !gone {
                    let range = series.offsets[row] as usize..series.offsets[row + 1] as usize;
                    kept.variable.extend(&series.variable[range.clone()]);
                    kept.hours.extend(&series.hours[range.clone()]);
                    kept.values.extend(&series.values[range]);
                }
                kept.offsets.push(kept.hours.len() as u32);
            }
            *series = kept;
        }
        "text" => cohort.notes.retain(|note| !gone(note.sample)),
        "image" => cohort.images.retain(|image| !gone(image.sample)),
        other => panic!("{other}"),
    }
}

/// Labelled predictions of every task with labels on the test rows, and the mean of their scores.
fn judged(cohort: &Cohort, study: &Study, partition: &Partition) -> Vec<Labelled> {
    let fitted = fit(cohort, study, &partition.training).unwrap();
    let prepared = apply(cohort, &fitted, Some(study)).unwrap();
    let device = cpu("a benchmark").device;
    let laid = DeviceCohort::new(&prepared, &fitted, &device);
    let task = Task {
        study,
        fitted: &fitted,
        targets: &prepared.targets,
        cohort: &laid,
        partition,
        device: &device,
    };
    let trained = run(train(&task, &Silent(Instant::now()), None)).unwrap();
    let (members, groups) = (&trained.members, &trained.groups);
    let rows = &partition.test;
    let predictions = run(predict(
        members,
        &laid,
        &fitted,
        groups,
        rows,
        Mixture::Full,
    ))
    .unwrap();
    predictions
        .iter()
        .zip(fitted.targets.iter().zip(&prepared.targets))
        .filter(|(_, (fitted, _))| fitted.kind != TaskKind::Clustering)
        .map(|(prediction, (fitted, target))| Labelled::new(prediction, fitted, target, rows))
        .collect()
}

fn main() {
    let numbers: Vec<usize> = std::env::args().filter_map(|a| a.parse().ok()).collect();
    let patients = numbers.first().copied().unwrap_or(1000);
    let seeds = numbers.get(1).copied().unwrap_or(2) as u64;
    for modality in ["tabular", "series", "text", "image"] {
        for seed in 1..=seeds {
            let options = DemoOptions {
                patients: Some(patients),
                missing: Some(0.0),
                seed: Some(seed),
                ..DemoOptions::default()
            };
            let mut cohort = demo::open("ward", &options).unwrap();
            let study = cohort.suggested_study.clone().unwrap();
            let mut chance = ChaCha8Rng::seed_from_u64(seed);
            let from: Vec<bool> = (0..patients).map(|_| chance.random_bool(0.5)).collect();
            take_away(&mut cohort, modality, &from);
            let strata = rarest_binary(&study, &cohort);
            let everybody = split(&cohort.persons, &strata, None, &study.split, seed).unwrap();
            let complete = Partition {
                training: everybody
                    .training
                    .iter()
                    .copied()
                    .filter(|&row| !from[row as usize])
                    .collect(),
                ..everybody.clone()
            };
            let [all, alone] = [&everybody, &complete].map(|part| judged(&cohort, &study, part));
            let persons: Vec<u32> = everybody
                .test
                .iter()
                .map(|&row| cohort.persons[row as usize])
                .collect();
            let resamples = Resamples::by_person(&persons, DRAWS, seed);
            let subsets: Vec<Resamples> = all
                .iter()
                .map(|task| resamples.subset(&task.positions))
                .collect();
            let scores = |tasks: &[Labelled]| -> Vec<_> {
                tasks
                    .iter()
                    .zip(&subsets)
                    .map(|(task, resamples)| {
                        PairedScore::new(task.scored(seed), resamples).unwrap()
                    })
                    .collect()
            };
            let (all, alone) = (scores(&all), scores(&alone));
            let pairs: Vec<_> = all.iter().zip(&alone).collect();
            let mean = |scores: &[PairedScore]| {
                scores.iter().map(PairedScore::value).sum::<f64>() / scores.len() as f64
            };
            let difference = mean_difference(&pairs).unwrap();
            let [low, high] = difference.interval.unwrap();
            println!(
                "{modality}, seed {seed}: everybody {:.4}, complete patients alone {:.4}, difference {:+.4} ({low:+.4} to {high:+.4})",
                mean(&all),
                mean(&alone),
                difference.value
            );
        }
    }
}
