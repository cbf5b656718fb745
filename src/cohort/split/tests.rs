use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::study::document::parse;
use crate::study::fixture;

fn shares(test: f64, validation: f64) -> Split {
    Split {
        test,
        validation,
        folds: None,
        column: None,
        test_values: vec![],
    }
}

fn people(rows: &[u32], persons: &[u32]) -> BTreeSet<u32> {
    rows.iter().map(|&row| persons[row as usize]).collect()
}

#[test]
fn a_thousand_persons_are_divided_exactly() {
    let persons: Vec<u32> = (0..1000).collect();
    let strata: Vec<Option<bool>> = (0..1000)
        .map(|row| (row % 10 != 9).then_some(row % 10 == 0))
        .collect();
    let partition = split(&persons, &strata, None, &shares(0.2, 0.1), 7).unwrap();
    for (rows, size) in [
        (&partition.training, 700),
        (&partition.validation, 100),
        (&partition.test, 200),
    ] {
        assert_eq!(rows.len(), size);
        let of = |stratum| {
            rows.iter()
                .filter(|&&row| strata[row as usize] == stratum)
                .count()
        };
        assert_eq!(of(Some(true)), size / 10);
        assert_eq!(of(Some(false)), size / 10 * 8);
        assert_eq!(of(None), size / 10);
    }
}

#[test]
fn the_seed_decides_and_nothing_else() {
    let persons: Vec<u32> = (0..50).collect();
    let strata = vec![None; 50];
    let draw = |seed| split(&persons, &strata, None, &shares(0.2, 0.1), seed).unwrap();
    assert_eq!(draw(7), draw(7));
    assert_ne!(draw(7), draw(8));
    // Written down once, so that no platform or version of a library changes anybody's test set unnoticed.
    assert_eq!(draw(7).validation, [13, 14, 25, 29, 41]);
}

#[test]
fn three_positive_persons_give_one_to_each_set() {
    let persons: Vec<u32> = (0..100).collect();
    let strata: Vec<Option<bool>> = (0..100).map(|row| Some(row < 3)).collect();
    for seed in 0..20 {
        let partition = split(&persons, &strata, None, &shares(0.2, 0.1), seed).unwrap();
        for rows in [&partition.training, &partition.validation, &partition.test] {
            assert_eq!(rows.iter().filter(|&&row| row < 3).count(), 1);
        }
    }
}

#[test]
fn a_single_positive_person_is_trained_on() {
    let persons: Vec<u32> = (0..100).map(|row| row / 2).collect();
    let strata: Vec<Option<bool>> = (0..100).map(|row| Some(row == 31)).collect();
    for seed in 0..20 {
        let partition = split(&persons, &strata, None, &shares(0.5, 0.3), seed).unwrap();
        assert!(partition.training.contains(&31) && partition.training.contains(&30));
    }
}

#[test]
fn three_persons_are_the_fewest() {
    let error = |persons: &[u32]| {
        split(
            persons,
            &vec![None; persons.len()],
            None,
            &shares(0.2, 0.1),
            1,
        )
        .unwrap_err()
    };
    assert_eq!(error(&[]), SplitError::FewPersons { persons: 0 });
    assert_eq!(
        error(&[4, 4, 9, 9, 9]),
        SplitError::FewPersons { persons: 2 }
    );
    let strata = [Some(true), Some(false), None];
    let partition = split(&[5, 6, 7], &strata, None, &shares(0.5, 0.3), 1).unwrap();
    assert_eq!(
        [
            partition.training.len(),
            partition.validation.len(),
            partition.test.len()
        ],
        [1, 1, 1]
    );
}

#[test]
fn what_cannot_be_divided_says_why() {
    let divide =
        |settings: &Split| split(&[0, 1, 2, 3], &[None; 4], None, settings, 1).unwrap_err();
    for (test, validation) in [(0.6, 0.4), (0.0, 0.1), (0.2, f64::NAN), (-0.5, 0.1)] {
        assert!(matches!(
            divide(&shares(test, validation)),
            SplitError::Shares { .. }
        ));
    }
    let folds = |folds| folds_of(&[0, 0, 1, 2, 2], &[None; 5], folds, 1);
    assert!(folds(3).is_ok());
    for few in [0, 1, 2, 4] {
        let refused = SplitError::Folds {
            persons: 3,
            folds: few,
        };
        assert_eq!(folds(few), Err(refused));
    }
    assert_eq!(
        split(&[0, 1, 2], &[None; 2], None, &shares(0.2, 0.1), 1),
        Err(SplitError::Lengths {
            samples: 3,
            strata: 2
        })
    );
    assert_eq!(
        SplitError::FewPersons { persons: 2 }.to_string(),
        "The cohort has 2 patients; at least 3 are needed to divide them into training, validation and test set."
    );
}

#[test]
fn the_rarest_binary_task_is_the_one_with_the_fewest_of_an_outcome() {
    let cohort = fixture::intensive_care(70);
    let study = |tasks: serde_json::Value| parse(&serde_json::json!({ "tasks": tasks })).unwrap();
    let death = serde_json::json!({ "name": "D", "kind": "binary", "column": "in_hospital_death", "positive": "1" });
    let sex =
        serde_json::json!({ "name": "S", "kind": "binary", "column": "gender", "positive": "1" });
    let constant =
        serde_json::json!({ "name": "C", "kind": "binary", "column": "constant", "positive": "1" });
    let groups = serde_json::json!({ "name": "P", "kind": "clustering" });
    let labels = rarest_binary(&study(serde_json::json!([constant, sex, death])), &cohort);
    let expected: Vec<Option<bool>> = (0..70).map(|row| Some(row % 7 == 0)).collect();
    assert_eq!(labels, expected);
    assert_eq!(
        rarest_binary(&study(serde_json::json!([groups, constant])), &cohort),
        vec![None; 70]
    );
}

/// Persons with 1 to 5 samples each, each sample with an outcome or none, in mixed order.
fn any_cohort() -> impl Strategy<Value = (Vec<u32>, Vec<Option<bool>>)> {
    let person = (
        any::<u32>(),
        prop::collection::vec(
            prop_oneof![3 => Just(None), 4 => Just(Some(false)), 2 => Just(Some(true))],
            1..=5,
        ),
    );
    prop::collection::vec(person, 3..120)
        .prop_filter("at least three persons", |people| {
            people
                .iter()
                .map(|(person, _)| person)
                .collect::<BTreeSet<_>>()
                .len()
                >= 3
        })
        .prop_map(|people| {
            people
                .into_iter()
                .flat_map(|(person, samples)| {
                    samples.into_iter().map(move |stratum| (person, stratum))
                })
                .collect::<Vec<_>>()
        })
        .prop_shuffle()
        .prop_map(|samples| samples.into_iter().unzip())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn any_cohort_is_divided_by_person_in_its_shares(
        (persons, strata) in any_cohort(),
        (test, validation) in (0.05..=0.5, 0.05..=0.3),
        seed in any::<u64>(),
    ) {
        let partition = split(&persons, &strata, None, &shares(test, validation), seed).unwrap();
        let sets = [&partition.training, &partition.validation, &partition.test];

        // Every row is in one set, in rising order; no set is empty.
        let mut rows = [partition.training.clone(), partition.validation.clone(), partition.test.clone()].concat();
        rows.sort_unstable();
        prop_assert_eq!(rows, (0..persons.len() as u32).collect::<Vec<_>>());
        for rows in sets {
            prop_assert!(!rows.is_empty() && rows.is_sorted());
        }

        // Nobody is in two sets.
        let people = sets.map(|rows| people(rows, &persons));
        prop_assert!(people[0].is_disjoint(&people[1]));
        prop_assert!(people[0].is_disjoint(&people[2]));
        prop_assert!(people[1].is_disjoint(&people[2]));

        // The shares are right to within one person; with one sample each that is one sample.
        let everyone: usize = people.iter().map(BTreeSet::len).sum();
        for (people, share) in [(&people[2], test), (&people[1], validation)] {
            let asked = share * everyone as f64;
            prop_assert!((people.len() as f64 - asked).abs() <= 1.0, "{} instead of {asked}", people.len());
        }

        // Each stratum has its share to within two persons; an outcome of three persons or more is in every set with room for it.
        let outcome = |person: u32| {
            let all = || persons.iter().zip(&strata).filter(move |&(&other, _)| other == person).map(|(_, &stratum)| stratum);
            if all().any(|stratum| stratum == Some(true)) { 0 } else if all().any(|stratum| stratum == Some(false)) { 1 } else { 2 }
        };
        let sizes = people.each_ref().map(|people| {
            let mut sizes = [0_usize; 3];
            for &person in people {
                sizes[outcome(person)] += 1;
            }
            sizes
        });
        for stratum in 0..3 {
            let size: usize = sizes.iter().map(|sizes| sizes[stratum]).sum();
            for set in 1..3 {
                let share = people[set].len() as f64 / everyone as f64;
                let asked = share * size as f64;
                prop_assert!((sizes[set][stratum] as f64 - asked).abs() <= 2.0, "stratum {stratum}, set {set}: {sizes:?}");
                if stratum < 2 && size >= 3 && people[set].len() >= 2 {
                    prop_assert!(sizes[set][stratum] >= 1, "stratum {stratum}, set {set}: {sizes:?}");
                }
            }
            if stratum < 2 && size >= 1 && sizes[0].iter().sum::<usize>() > 2 {
                prop_assert!(sizes[0][stratum] >= 1, "stratum {stratum} in training: {sizes:?}");
            }
        }
    }
}

#[test]
fn a_column_fixes_the_test_set_and_persons_stay_whole() {
    // Person 2 was in both hospitals: all of its samples are tested.
    let persons = [0, 1, 2, 2, 3, 4, 5, 6];
    let fixed = [false, false, true, true, true, false, false, false];
    let partition = split(&persons, &[None; 8], Some(&fixed), &shares(0.2, 0.2), 3).unwrap();
    assert_eq!(partition.test, [2, 3, 4]);
    assert_eq!(partition.validation.len(), 1);
    assert_eq!(partition.training.len(), 4);
    let none = split(
        &persons,
        &[None; 8],
        Some(&[false; 8]),
        &shares(0.2, 0.2),
        3,
    );
    assert!(none.is_err());
    let all = split(&persons, &[None; 8], Some(&[true; 8]), &shares(0.2, 0.2), 3);
    assert!(all.is_err());
}

proptest! {
    #[test]
    fn folds_cover_everybody_once_and_share_the_outcomes(
        samples in prop::collection::vec((0u32..40, prop::option::of(any::<bool>())), 40..200),
        folds in 2usize..8,
        seed: u64,
    ) {
        let persons: Vec<u32> = samples.iter().map(|(person, _)| *person).collect();
        let strata: Vec<Option<bool>> = samples.iter().map(|(_, stratum)| *stratum).collect();
        let fold_of = folds_of(&persons, &strata, folds, seed).unwrap();
        prop_assert_eq!(&fold_of, &folds_of(&persons, &strata, folds, seed).unwrap());
        let mut sizes = vec![BTreeSet::new(); folds];
        let mut positives = vec![BTreeSet::new(); folds];
        for ((&fold, &person), &stratum) in fold_of.iter().zip(&persons).zip(&strata) {
            sizes[fold].insert(person);
            if stratum == Some(true) {
                positives[fold].insert(person);
            }
        }
        for counts in [&sizes, &positives] {
            let counts: Vec<usize> = counts.iter().map(BTreeSet::len).collect();
            let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
            prop_assert!(most - least <= 1, "{:?}", counts);
        }
        let everybody: usize = sizes.iter().map(BTreeSet::len).sum();
        prop_assert_eq!(everybody, persons.iter().collect::<BTreeSet<_>>().len());
    }
}

#[test]
fn each_fold_is_tested_once_and_the_first_one_by_the_study_itself() {
    let cohort = crate::cohort::prepare::generated::cohort(100, 3);
    let mut study = crate::cohort::prepare::generated::study();
    study.split.folds = Some(4);
    let mut tested = vec![];
    for fold in 0..4 {
        let partition = partition_of_fold(&study, &cohort, 4, fold).unwrap();
        let all = [&partition.training, &partition.validation, &partition.test];
        assert_eq!(all.map(Vec::len).iter().sum::<usize>(), cohort.samples());
        for (one, other) in [(0, 2), (1, 2), (0, 1)] {
            let shared = people(all[one], &cohort.persons);
            assert!(shared.is_disjoint(&people(all[other], &cohort.persons)));
        }
        tested.extend(partition.test);
    }
    tested.sort_unstable();
    assert_eq!(tested, (0..cohort.samples() as u32).collect::<Vec<_>>());
    assert_eq!(
        super::partition(&study, &cohort),
        partition_of_fold(&study, &cohort, 4, 0)
    );
}
