//! Dividing a cohort into training, validation and test set: by person, stratified, drawn from a seed.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::Cohort;
use crate::study::labels::{binary_labels, positive_levels};
use crate::study::{Split, Study, TaskKind};

/// Fewest persons that can be divided: one a set.
pub const LEAST_PERSONS: usize = 3;

/// The stream of the seed's random numbers that the split is drawn from, so that it shares none with weights and batches.
const STREAM: u64 = 1;
/// The stream that folds are drawn from.
const FOLD_STREAM: u64 = 2;

/// The rows of the three sets. Every row is in exactly one; each list is rising and never empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partition {
    /// Rows that weights are learned from.
    pub training: Vec<u32>,
    /// Rows that decide when to stop, and thresholds.
    pub validation: Vec<u32>,
    /// Rows that the scores are of.
    pub test: Vec<u32>,
}

/// Why a cohort cannot be divided.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SplitError {
    /// There are not enough persons for three sets.
    #[error(
        "The cohort has {persons} patients; at least {LEAST_PERSONS} are needed to divide them into training, validation and test set."
    )]
    FewPersons {
        /// How many there are.
        persons: usize,
    },
    /// The shares leave nothing for one of the sets.
    #[error(
        "The split asks for {test} of the patients for testing and {validation} for validation; both must be above 0 and leave some for training."
    )]
    Shares {
        /// Share of the test set.
        test: f64,
        /// Share of the validation set.
        validation: f64,
    },
    /// There are fewer persons than folds.
    #[error(
        "The cohort has {persons} patients, who cannot be divided into {folds} folds with some left to learn from; ask for fewer folds."
    )]
    Folds {
        /// How many persons there are.
        persons: usize,
        /// How many folds were asked for.
        folds: usize,
    },
    /// The strata belong to another cohort.
    #[error("The split was given {strata} outcomes for {samples} samples; each sample needs one.")]
    Lengths {
        /// Number of samples.
        samples: usize,
        /// Number of strata.
        strata: usize,
    },
}

/// The labels of the binary task that is hardest to divide: the one with the fewest samples of its rarer outcome (the
/// first of equals), one entry a sample, `None` where it is unlabelled. All `None` without such a task.
pub fn rarest_binary(study: &Study, cohort: &Cohort) -> Vec<Option<bool>> {
    let mut rarest: Option<(usize, Vec<Option<bool>>)> = None;
    for task in &study.tasks {
        let (TaskKind::Binary, Some(column), Some(positive)) =
            (task.kind, &task.column, &task.positive)
        else {
            continue;
        };
        let Some(column) = cohort.column(column) else {
            continue;
        };
        let labels = binary_labels(column, positive);
        let count = |wanted| {
            labels
                .iter()
                .filter(|&&label| label == Some(wanted))
                .count()
        };
        let rarer = count(true).min(count(false));
        if rarer > 0 && rarest.as_ref().is_none_or(|(least, _)| rarer < *least) {
            rarest = Some((rarer, labels));
        }
    }
    match rarest {
        Some((_, labels)) => labels,
        None => vec![None; cohort.samples()],
    }
}

/// Which samples a study's fixed split puts into the test set, one entry a sample; `None` where the test set is drawn.
///
/// All samples of a person who has one there are in it (ours), so that nobody is on both sides. Samples without a value are not.
pub fn fixed_test(study: &Study, cohort: &Cohort) -> Option<Vec<bool>> {
    let column = cohort.column(study.split.column.as_deref()?)?;
    let mut chosen = vec![false; column.levels.len()];
    for value in &study.split.test_values {
        for (chosen, meant) in chosen.iter_mut().zip(positive_levels(column, value)) {
            *chosen |= meant;
        }
    }
    let people: BTreeSet<u32> = (column.codes.iter().zip(&cohort.persons))
        .filter(|(code, _)| chosen.get(**code as usize) == Some(&true))
        .map(|(_, &person)| person)
        .collect();
    let persons = cohort.persons.iter();
    Some(persons.map(|person| people.contains(person)).collect())
}

/// The three sets of a study: the test set is drawn, fixed by a column, or the first fold where the study has folds.
///
/// # Errors
/// Where no division with three sets exists.
pub fn partition(study: &Study, cohort: &Cohort) -> Result<Partition, SplitError> {
    match study.split.folds {
        Some(folds) => partition_of_fold(study, cohort, folds, 0),
        None => {
            let (strata, fixed) = (rarest_binary(study, cohort), fixed_test(study, cohort));
            let persons = &cohort.persons;
            split(persons, &strata, fixed.as_deref(), &study.split, study.seed)
        }
    }
}

/// The three sets with one of `folds` folds (from 0) as the test set; the validation set has its share of the other persons.
///
/// # Errors
/// Where there are too few persons for so many folds.
pub fn partition_of_fold(
    study: &Study,
    cohort: &Cohort,
    folds: usize,
    fold: usize,
) -> Result<Partition, SplitError> {
    let strata = rarest_binary(study, cohort);
    let fold_of = folds_of(&cohort.persons, &strata, folds, study.seed)?;
    let tested: Vec<bool> = fold_of.iter().map(|&own| own == fold).collect();
    let persons = &cohort.persons;
    split(persons, &strata, Some(&tested), &study.split, study.seed)
}

/// The fold of each sample, from 0, all samples of a person in the same one. `persons` and `strata` are as in [`split`]. Folds differ by one
/// person at most, and by one person with a positive sample at most.
///
/// # Errors
/// Where there are fewer than two persons beside a fold, or fewer persons than folds.
pub fn folds_of(
    persons: &[u32],
    strata: &[Option<bool>],
    folds: usize,
    seed: u64,
) -> Result<Vec<usize>, SplitError> {
    let mut members = by_outcome(&outcomes(persons, strata, |_| false)?);
    let count: usize = members.iter().map(Vec::len).sum();
    let largest = count.div_ceil(folds.max(1));
    if folds < 2 || folds > count || count - largest < 2 {
        return Err(SplitError::Folds {
            persons: count,
            folds,
        });
    }
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(FOLD_STREAM);
    for people in &mut members {
        shuffle(people, &mut random);
    }
    // Dealt like cards, one outcome after the other, so that each fold has its share of all.
    let dealt: BTreeMap<u32, usize> = (members.iter().flatten().enumerate())
        .map(|(place, &person)| (person, place % folds))
        .collect();
    let fold_of = |person: &u32| dealt.get(person).copied().unwrap_or_default();
    Ok(persons.iter().map(fold_of).collect())
}

/// The outcome of each person that is not left out: positive before negative before unlabelled.
fn outcomes(
    persons: &[u32],
    strata: &[Option<bool>],
    left_out: impl Fn(usize) -> bool,
) -> Result<BTreeMap<u32, Option<bool>>, SplitError> {
    if persons.len() != strata.len() {
        return Err(SplitError::Lengths {
            samples: persons.len(),
            strata: strata.len(),
        });
    }
    let mut outcomes: BTreeMap<u32, Option<bool>> = BTreeMap::new();
    for (row, (&person, &stratum)) in persons.iter().zip(strata).enumerate() {
        if !left_out(row) {
            let outcome = outcomes.entry(person).or_default();
            *outcome = (*outcome).max(stratum);
        }
    }
    Ok(outcomes)
}

/// Persons with a positive sample, other persons with a label, persons without one.
fn by_outcome(outcomes: &BTreeMap<u32, Option<bool>>) -> [Vec<u32>; 3] {
    let mut members: [Vec<u32>; 3] = Default::default();
    for (&person, outcome) in outcomes {
        let stratum = match outcome {
            Some(true) => 0,
            Some(false) => 1,
            None => 2,
        };
        members[stratum].push(person);
    }
    members
}

/// Divides the samples into three sets, all samples of a person into the same one.
///
/// `persons` has the person of each sample and `strata` the outcome that shall be spread evenly (see [`rarest_binary`]).
/// The shares of `settings` count persons: test and validation set have that share of them, rounded to whole persons
/// and at least one. Persons with a positive sample, other persons with a label, and persons without one are divided
/// separately, so that each set has its share of them to within two persons; with at least three persons of an outcome every
/// set has one if it has room, with fewer the training set has one first (ours). The same arguments give the same sets on every platform.
///
/// With `fixed` (see [`fixed_test`]) the test set is what it says, and the validation set has its share of the other persons.
///
/// # Errors
/// Where no division with three sets exists.
pub fn split(
    persons: &[u32],
    strata: &[Option<bool>],
    fixed: Option<&[bool]>,
    settings: &Split,
    seed: u64,
) -> Result<Partition, SplitError> {
    let is_fixed = |row: usize| fixed.is_some_and(|fixed| fixed.get(row) == Some(&true));
    let outcomes = outcomes(persons, strata, is_fixed)?;
    let &Split {
        test, validation, ..
    } = settings;
    if !(test > 0.0 && validation > 0.0 && test + validation < 1.0) {
        return Err(SplitError::Shares { test, validation });
    }
    let count = outcomes.len();
    let drawn = match fixed {
        None => 1,
        Some(_) => 0,
    };
    let least = 2 + drawn;
    if count < least || (fixed.is_some() && !(0..persons.len()).any(is_fixed)) {
        return Err(SplitError::FewPersons { persons: count });
    }
    let rounded = |share: f64| (share * count as f64).round() as usize;
    let test = drawn * rounded(test).clamp(1, (count - 2).max(1));
    let validation = rounded(validation).clamp(1, count - 1 - test);

    let mut members = by_outcome(&outcomes);
    let sizes = [members[0].len(), members[1].len(), members[2].len()];
    let tests = match fixed {
        None => apportion(test, sizes, 2),
        Some(_) => [0; 3],
    };
    let left = [0, 1, 2].map(|stratum| sizes[stratum] - tests[stratum]);
    let validations = apportion(validation, left, 1);

    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(STREAM);
    let mut sets: BTreeMap<u32, Set> = BTreeMap::new();
    for (stratum, people) in members.iter_mut().enumerate() {
        shuffle(people, &mut random);
        let (tests, validations) = (tests[stratum], validations[stratum]);
        for (rank, &person) in people.iter().enumerate() {
            let set = if rank < tests {
                Set::Test
            } else if rank < tests + validations {
                Set::Validation
            } else {
                Set::Training
            };
            sets.insert(person, set);
        }
    }
    let mut partition = Partition {
        training: Vec::new(),
        validation: Vec::new(),
        test: Vec::new(),
    };
    for (row, person) in persons.iter().enumerate() {
        let rows = match sets.get(person) {
            _ if is_fixed(row) => &mut partition.test,
            Some(Set::Test) => &mut partition.test,
            Some(Set::Validation) => &mut partition.validation,
            _ => &mut partition.training,
        };
        rows.push(row as u32);
    }
    Ok(partition)
}

/// One of the three sets.
#[derive(Clone, Copy)]
enum Set {
    Training,
    Validation,
    Test,
}

/// How many of a set's `total` persons come from each stratum (positive, negative, unlabelled): in proportion to the
/// strata's sizes, by largest remainder. While there is room, an outcome sends at least one if the `others` sets can have
/// one as well, and keeps one for each of them. `total` must not exceed the sum of the sizes.
fn apportion(total: usize, sizes: [usize; 3], others: usize) -> [usize; 3] {
    let everyone: usize = sizes.iter().sum();
    let quota = sizes.map(|size| total as f64 * size as f64 / everyone.max(1) as f64);
    let least = [0, 1].map(|outcome| usize::from(sizes[outcome] > others));
    let least = [least[0], least[1], 0];
    // What a stratum may send while it keeps one person for each other set.
    let most = [0, 1, 2].map(|stratum| match stratum {
        2 => sizes[stratum],
        _ => sizes[stratum].saturating_sub(others),
    });
    let mut sent = [0, 1, 2].map(|stratum| {
        (quota[stratum].floor() as usize)
            .max(least[stratum])
            .min(most[stratum])
    });
    loop {
        let now: usize = sent.iter().sum();
        let short = |stratum: usize| quota[stratum] - sent[stratum] as f64;
        if now < total {
            // First a stratum that can spare one, then any that has one.
            let neediest = |limit: [usize; 3]| {
                (0..3)
                    .filter(|&stratum| sent[stratum] < limit[stratum])
                    .max_by(|&a, &b| short(a).total_cmp(&short(b)).then(b.cmp(&a)))
            };
            match neediest(most).or_else(|| neediest(sizes)) {
                Some(stratum) => sent[stratum] += 1,
                None => return sent,
            }
        } else if now > total {
            // First a stratum that sends more than it must, then any that sends one.
            let fullest = |limit: [usize; 3]| {
                (0..3)
                    .filter(|&stratum| sent[stratum] > limit[stratum])
                    .min_by(|&a, &b| short(a).total_cmp(&short(b)).then(b.cmp(&a)))
            };
            match fullest(least).or_else(|| fullest([0; 3])) {
                Some(stratum) => sent[stratum] -= 1,
                None => return sent,
            }
        } else {
            return sent;
        }
    }
}

/// Fisher and Yates' shuffle, with 32-bit draws so that it is the same on every platform.
fn shuffle(people: &mut [u32], random: &mut ChaCha8Rng) {
    for last in (1..people.len()).rev() {
        let other = random.random_range(0..=last as u32) as usize;
        people.swap(last, other);
    }
}
