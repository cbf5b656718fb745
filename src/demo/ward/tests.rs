use super::catalogue::{
    CATALOGUE, CLEAN, DIAGNOSES, LEAST_INTERACTION, Label, choose, interaction,
};
use super::film::SIDE;
use super::*;
use crate::cohort::Planted;
use crate::demo::open;
use crate::study::TaskKind;

pub(super) fn ward(patients: usize, tasks: usize, missing: f64, seed: u64) -> Cohort {
    generate(&DemoOptions {
        patients: Some(patients),
        seed: Some(seed),
        missing: Some(missing),
        tasks: Some(tasks),
        waves: None,
        reports: None,
    })
    .unwrap()
}

/// FNV-1a over everything that is generated.
fn fingerprint(cohort: &Cohort) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut eat = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
        }
    };
    for column in &cohort.columns {
        eat(column.name.as_bytes());
        for level in &column.levels {
            eat(level.as_bytes());
        }
        for code in &column.codes {
            eat(&code.to_le_bytes());
        }
    }
    let series = cohort.series.as_ref().unwrap();
    for value in series.hours.iter().chain(&series.values) {
        eat(&value.to_bits().to_le_bytes());
    }
    for note in &cohort.notes {
        eat(note.text.as_bytes());
        eat(&note.hours.to_bits().to_le_bytes());
    }
    for image in &cohort.images {
        eat(&image.pixels);
    }
    hash
}

/// The mean of a variable in each sample that has it.
pub(super) fn by_series(cohort: &Cohort, variable: &str) -> Vec<Option<f64>> {
    let series = cohort.series.as_ref().unwrap();
    let wanted = series
        .variables
        .iter()
        .position(|name| name == variable)
        .unwrap();
    series
        .offsets
        .windows(2)
        .map(|ends| {
            let values: Vec<f64> = (ends[0] as usize..ends[1] as usize)
                .filter(|&at| usize::from(series.variable[at]) == wanted)
                .map(|at| f64::from(series.values[at]))
                .collect();
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        })
        .collect()
}

#[test]
fn a_seed_gives_the_same_ward_everywhere() {
    let cohort = ward(60, 12, 0.15, 7);
    assert_eq!(fingerprint(&cohort), fingerprint(&ward(60, 12, 0.15, 7)));
    assert_ne!(fingerprint(&cohort), fingerprint(&ward(60, 12, 0.15, 8)));
    // written down on x86-64; wasm32 must give the same
    assert_eq!(
        fingerprint(&cohort),
        FINGERPRINT,
        "{:#x}",
        fingerprint(&cohort)
    );
}
const FINGERPRINT: u64 = 0x83cb_03bc_5bc5_2f00;

#[test]
fn unasked_options_are_the_documented_ones() {
    let unasked = open("ward", &DemoOptions::default()).unwrap();
    assert_eq!(
        fingerprint(&unasked),
        fingerprint(&ward(1_000, 12, 0.15, 7))
    );
    assert_eq!(unasked.samples(), 1_000);
}

#[test]
fn a_wrong_name_or_option_gets_a_sentence() {
    let none = DemoOptions::default();
    assert!(
        open("wards", &none)
            .unwrap_err()
            .to_string()
            .contains("\"wards\"")
    );
    for options in [
        DemoOptions {
            patients: Some(9),
            ..none.clone()
        },
        DemoOptions {
            patients: Some(20_001),
            ..none.clone()
        },
        DemoOptions {
            missing: Some(-0.1),
            ..none.clone()
        },
        DemoOptions {
            missing: Some(0.91),
            ..none.clone()
        },
        DemoOptions {
            missing: Some(f64::NAN),
            ..none.clone()
        },
        DemoOptions {
            tasks: Some(0),
            ..none.clone()
        },
        DemoOptions {
            tasks: Some(45),
            ..none.clone()
        },
    ] {
        let message = open("ward", &options).unwrap_err().to_string();
        assert!(
            message.ends_with('.') && message.contains("The "),
            "{message}"
        );
    }
}

#[test]
fn the_cohort_is_well_formed_at_every_size() {
    for (patients, tasks, missing) in [
        (10, 12, 0.9),
        (10, 1, 0.0),
        (40, 2, 0.15),
        (40, 13, 0.5),
        (40, 43, 0.15),
        (60, 44, 0.5),
    ] {
        let cohort = ward(patients, tasks, missing, 3);
        assert_eq!(cohort.samples(), patients);
        let distinct: std::collections::BTreeSet<_> = cohort.ids.iter().collect();
        assert_eq!(distinct.len(), patients);
        for column in &cohort.columns {
            assert_eq!(column.codes.len(), patients, "{}", column.name);
            let codes = column.codes.iter().filter(|code| **code != MISSING);
            assert!(
                codes
                    .clone()
                    .all(|code| (*code as usize) < column.levels.len())
            );
        }
        let series = cohort.series.as_ref().unwrap();
        assert_eq!(series.offsets.len(), patients + 1);
        assert_eq!(
            *series.offsets.last().unwrap() as usize,
            series.values.len()
        );
        for ends in series.offsets.windows(2) {
            let hours = &series.hours[ends[0] as usize..ends[1] as usize];
            assert!(hours.windows(2).all(|pair| pair[0] <= pair[1]));
            assert!(hours.iter().all(|hours| (0.0..=48.0).contains(hours)));
        }
        assert!(series.values.iter().all(|value| value.is_finite()));
        let order = |pair: &[(u32, f32)]| (pair[0].0, pair[0].1) <= (pair[1].0, pair[1].1);
        let notes: Vec<(u32, f32)> = cohort.notes.iter().map(|n| (n.sample, n.hours)).collect();
        let images: Vec<(u32, f32)> = cohort.images.iter().map(|i| (i.sample, i.hours)).collect();
        assert!(notes.windows(2).all(order) && images.windows(2).all(order));
        assert!(
            cohort
                .images
                .iter()
                .all(|image| image.pixels.len() == SIDE * SIDE)
        );

        let study = cohort.suggested_study.as_ref().unwrap();
        assert_eq!(study.tasks.len(), tasks);
        for task in &study.tasks {
            let column = task.column.as_ref().or(task.reference.as_ref()).unwrap();
            let column = cohort.column(column).unwrap();
            assert_eq!(column.role, Role::Label);
            if task.kind == TaskKind::Binary {
                for value in ["yes", "no"] {
                    let count = (0..patients)
                        .filter(|&row| column.text(row) == Some(value))
                        .count();
                    assert!(count >= 2, "{}: {count} {value}", task.name);
                }
            }
        }
        for pair in &cohort.planted {
            for name in [&pair.receiving, &pair.contributing] {
                assert!(study.tasks.iter().any(|task| task.name == *name), "{name}");
            }
        }
    }
}

#[test]
fn the_task_mix_is_the_papers() {
    let kinds = |tasks: usize, kind: TaskKind| {
        let study = ward(10, tasks, 0.0, 1).suggested_study.unwrap();
        study.tasks.iter().filter(|task| task.kind == kind).count()
    };
    assert_eq!(kinds(1, TaskKind::Binary), 1);
    for kind in [
        TaskKind::Multiclass,
        TaskKind::Regression,
        TaskKind::Clustering,
    ] {
        assert_eq!(kinds(12, kind), 1);
    }
    assert_eq!(kinds(44, TaskKind::Binary), 42);
    assert_eq!(kinds(44, TaskKind::Multiclass), 0);
    let departments: std::collections::BTreeSet<_> = CATALOGUE[..DIAGNOSES]
        .iter()
        .map(|entry| entry.department)
        .collect();
    assert_eq!(departments.len(), 16);
    for count in 1..=MOST_TASKS {
        let names: std::collections::BTreeSet<_> =
            choose(count).iter().map(|entry| entry.name).collect();
        assert_eq!(names.len(), count);
    }
}

#[test]
fn the_planted_graph_is_directed_and_sparse_with_a_gap_around_its_threshold() {
    let twelve = ward(10, 12, 0.15, 1).planted;
    assert!((20..=40).contains(&twelve.len()), "{} of 132", twelve.len());
    let pair = |receiving: &str, contributing: &str| Planted {
        receiving: receiving.into(),
        contributing: contributing.into(),
    };
    assert!(twelve.contains(&pair("Length of stay", "Deep vein thrombosis")));
    assert!(!twelve.contains(&pair("Deep vein thrombosis", "Length of stay")));
    assert_eq!(
        ward(10, 2, 0.15, 1).planted,
        vec![pair("Respiratory failure", "Pneumonia")]
    );
    let all = choose(44);
    let planted = super::catalogue::planted(&all);
    for link in &planted {
        assert!(!planted.contains(&pair(&link.contributing, &link.receiving)));
    }
    for receiving in &CATALOGUE {
        for contributing in CATALOGUE
            .iter()
            .filter(|entry| entry.name != receiving.name)
        {
            let strength = interaction(receiving, contributing);
            if strength >= LEAST_INTERACTION {
                // only clean readers contribute, only noisy ones receive, and they share a factor
                assert!(contributing.reliability >= CLEAN && receiving.reliability < CLEAN);
                assert!(
                    contributing
                        .factors
                        .iter()
                        .any(|f| receiving.factors.contains(f))
                );
                assert!(
                    strength > 1.05 * LEAST_INTERACTION,
                    "{} {}",
                    receiving.name,
                    contributing.name
                );
            } else {
                assert!(
                    strength < 0.9 * LEAST_INTERACTION,
                    "{} {}",
                    receiving.name,
                    contributing.name
                );
            }
        }
    }
}

#[test]
fn prevalences_and_missing_rates_are_as_asked() {
    let cohort = ward(1_500, 44, 0.2, 11);
    for entry in CATALOGUE
        .iter()
        .filter(|entry| cohort.column(entry.column).is_some())
    {
        let column = cohort.column(entry.column).unwrap();
        let cells: Vec<&str> = (0..1_500).filter_map(|row| column.text(row)).collect();
        let missing = 1.0 - cells.len() as f64 / 1_500.0;
        let expected = match entry.label {
            Label::Phenotype => 0.0,
            _ if entry.reliability >= CLEAN => 0.1,
            _ => 0.3,
        };
        assert!(
            (missing - expected).abs() < 0.045,
            "{}: {missing}",
            entry.name
        );
        if let Label::Binary(prevalence) = entry.label {
            assert!((0.08..=0.4).contains(&prevalence));
            let share =
                cells.iter().filter(|cell| **cell == "yes").count() as f64 / cells.len() as f64;
            assert!(
                (share - prevalence).abs() < 0.035,
                "{}: {share}",
                entry.name
            );
        }
    }
    let series = cohort.series.as_ref().unwrap();
    let with_series = series
        .offsets
        .windows(2)
        .filter(|ends| ends[1] > ends[0])
        .count();
    let distinct = |rows: Vec<u32>| {
        rows.into_iter()
            .collect::<std::collections::BTreeSet<_>>()
            .len()
    };
    let with_notes = distinct(cohort.notes.iter().map(|note| note.sample).collect());
    let with_images = distinct(cohort.images.iter().map(|image| image.sample).collect());
    for count in [with_series, with_notes, with_images] {
        assert!((count as f64 / 1_500.0 - 0.8).abs() < 0.04, "{count}");
    }
    let lactate = by_series(&cohort, "lactate").iter().flatten().count();
    assert!((lactate as f64) < 0.75 * with_series as f64);

    let full = ward(200, 44, 0.0, 5);
    assert!(
        full.columns
            .iter()
            .all(|column| !column.codes.contains(&MISSING))
    );
    let series = full.series.as_ref().unwrap();
    assert!(series.offsets.windows(2).all(|ends| ends[1] > ends[0]));
    assert!(
        by_series(&full, "albumin")
            .iter()
            .filter(|value| value.is_some())
            .count()
            > 195
    );
}

#[test]
fn length_of_stay_agrees_with_who_leaves() {
    let cohort = ward(400, 12, 0.0, 2);
    let leaving = cohort.column("discharge_or_transfer_within_48h").unwrap();
    let days = cohort.column("length_of_stay").unwrap().numbers();
    for (row, days) in days.iter().enumerate() {
        assert!(
            *days
                > if leaving.text(row) == Some("no") {
                    4.0
                } else {
                    2.0
                }
        );
    }
}
