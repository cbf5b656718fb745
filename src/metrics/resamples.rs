//! The bootstrap: persons drawn with replacement, and intervals from what the draws give.

use std::sync::Arc;

use rand::RngCore;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::clustering::numbered;

/// Draws that are computed side by side.
pub(super) const LANES: usize = 64;

/// How often one person was drawn, in each of [`LANES`] draws.
pub(super) type Row = [u8; LANES];

/// Draws of a report's intervals.
pub const DRAWS: usize = 1_000;

/// Bootstrap draws of *persons* with replacement: a drawn person brings all its samples, so that several visits of one patient
/// do not pass for independent evidence (the cluster bootstrap, Field & Welsh 2007).
///
/// The draws are made once and shared by all metrics, tasks and pairs of models, which makes differences paired.
#[derive(Debug, Clone)]
pub struct Resamples {
    /// The person of each sample, from 0.
    person: Vec<u32>,
    persons: usize,
    draws: usize,
    /// By block of draws, then by person.
    counts: Arc<[Row]>,
}

impl Resamples {
    /// Draws `draws` times as many persons as there are. `person` names the person of each sample, by any number; equal seeds
    /// give equal draws on every platform, whatever the order of the samples.
    ///
    /// Takes one byte a person and draw.
    pub fn by_person(person: &[u32], draws: usize, seed: u64) -> Self {
        let (numbers, persons) = numbered(person);
        let mut counts = vec![[0_u8; LANES]; persons * draws.div_ceil(LANES)];
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        for draw in 0..draws {
            let block = &mut counts[draw / LANES * persons..][..persons];
            for _ in 0..persons {
                let count = &mut block[below(&mut random, persons)][draw % LANES];
                *count = count.saturating_add(1);
            }
        }
        // Numbers of persons are below the number of samples, which a u32 counted.
        let person = numbers.into_iter().map(|number| number as u32).collect();
        Self {
            person,
            persons,
            draws,
            counts: counts.into(),
        }
    }

    /// The same draws for some of the samples, for example the labelled ones, in the order of `rows`.
    /// Rows that do not exist are left out.
    pub fn subset(&self, rows: &[usize]) -> Self {
        let person = rows
            .iter()
            .filter_map(|&row| self.person.get(row).copied())
            .collect();
        Self {
            person,
            counts: Arc::clone(&self.counts),
            ..*self
        }
    }

    /// Number of samples.
    pub fn samples(&self) -> usize {
        self.person.len()
    }

    /// Number of draws.
    pub fn draws(&self) -> usize {
        self.draws
    }

    /// How often each sample is in a draw, which is below [`Resamples::draws`].
    pub fn weights(&self, draw: usize) -> Vec<u32> {
        let block = &self.counts[draw / LANES * self.persons..];
        let count = |&person: &u32| u32::from(block[person as usize][draw % LANES]);
        self.person.iter().map(count).collect()
    }

    /// The person of a sample.
    pub(super) fn person(&self, sample: usize) -> usize {
        self.person[sample] as usize
    }

    /// A figure of each draw, NaN where it is not defined. `figure` gets the rows of a block of draws, by person.
    pub(super) fn each(&self, mut figure: impl FnMut(&[Row]) -> [f64; LANES]) -> Vec<f64> {
        let mut figures = Vec::with_capacity(self.draws.next_multiple_of(LANES));
        for block in self.counts.chunks_exact(self.persons.max(1)) {
            figures.extend(figure(block));
        }
        figures.truncate(self.draws);
        figures
    }

    /// The 95 % percentile interval of a figure's draws: their 2.5 % and 97.5 % quantiles with linear interpolation. Draws
    /// without the figure (NaN) are left out. None where more than half are, or where all samples are of one person.
    pub(super) fn interval(&self, figures: Vec<f64>) -> Option<[f64; 2]> {
        let mut defined: Vec<f64> = figures
            .into_iter()
            .filter(|value| !value.is_nan())
            .collect();
        let several = self.person.iter().any(|person| *person != self.person[0]);
        if !several || defined.is_empty() || defined.len() * 2 < self.draws {
            return None;
        }
        defined.sort_unstable_by(f64::total_cmp);
        let quantile = |share: f64| {
            let place = share * (defined.len() - 1) as f64;
            let below = defined[place.floor() as usize];
            let above = defined[place.ceil() as usize];
            below + (above - below) * place.fract()
        };
        Some([quantile(0.025), quantile(0.975)])
    }
}

/// A whole number below `end` (below 2³²), each as likely as the others to within 1 in 2³² / `end`.
fn below(random: &mut ChaCha8Rng, end: usize) -> usize {
    ((u64::from(random.next_u32()) * end as u64) >> 32) as usize
}

/// At most `most` of the rows from 0 to `rows`, drawn without replacement, in random order.
pub fn draw_rows(rows: usize, most: usize, seed: u64) -> Vec<usize> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut all: Vec<usize> = (0..rows).collect();
    let kept = most.min(rows);
    for place in 0..kept {
        let chosen = place + below(&mut random, rows - place);
        all.swap(place, chosen);
    }
    all.truncate(kept);
    all
}
