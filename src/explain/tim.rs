//! The measures `attention` and `occlusion` of a trained model.

use burn::tensor::Tensor;

use super::advice::groups;
use super::coalitions::Links;
use super::sentences::sentences;
use crate::cohort::prepare::{Fitted, Prepared};
use crate::metrics::{PairedScore, Resamples};
use crate::model::head::TaskGroups;
use crate::model::{DeviceCohort, M3h};
use crate::session::protocol::{Tim, TimMeasure};
use crate::study::{Study, Task};
use crate::training::evaluation::{Labelled, headline_name};
use crate::training::predict::{CHUNK, Mixture, predict_mixtures};
use crate::training::{TrainingError, read};

/// A trained model and the test samples it is explained on.
pub struct Explained<'a> {
    /// The members.
    pub members: &'a [M3h],
    /// The tasks' kinds.
    pub groups: &'a TaskGroups,
    /// The study.
    pub study: &'a Study,
    /// What was fitted.
    pub fitted: &'a Fitted,
    /// The samples on the host.
    pub prepared: &'a Prepared,
    /// The samples on the device.
    pub cohort: &'a DeviceCohort,
    /// The test rows.
    pub rows: &'a [u32],
    /// Draws of persons from the test rows.
    pub resamples: &'a Resamples,
}

/// Half the width of a 95 % interval in standard errors.
const NORMAL_95: f64 = 1.96;

type Matrix = Vec<Vec<Option<f64>>>;

/// `A[s, t]`: mean over test samples of `W_i[s, t]`, members averaged, with the normal 95 % interval of that mean (ours).
///
/// # Errors
/// Where the device failed.
pub async fn attention(explained: &Explained<'_>) -> Result<Tim, TrainingError> {
    let mut shares = Shares::new(explained.groups.tasks());
    for chunk in explained.rows.chunks(CHUNK) {
        let weights: Vec<Tensor<3>> = explained
            .members
            .iter()
            .map(|member| {
                let batch = explained.cohort.batch(chunk);
                member.forward(batch, explained.groups).attended.weight
            })
            .collect();
        shares.add(weights).await?;
    }
    let links = shares.links();
    Ok(described(TimMeasure::Attention, explained.study, links))
}

/// Shares of attention, added up over samples.
pub struct Shares {
    tasks: usize,
    samples: usize,
    sums: Vec<f64>,
    squares: Vec<f64>,
}

impl Shares {
    /// Of no sample yet.
    pub fn new(tasks: usize) -> Self {
        Self {
            tasks,
            samples: 0,
            sums: vec![0.0; tasks * tasks],
            squares: vec![0.0; tasks * tasks],
        }
    }

    /// Adds a batch: each member's W, `[batch, tasks, tasks]`.
    ///
    /// # Errors
    /// Where the device failed.
    pub async fn add(&mut self, members: Vec<Tensor<3>>) -> Result<(), TrainingError> {
        let count = members.len() as f64;
        let Some(sum) = members.into_iter().reduce(|sum, weight| sum + weight) else {
            return Ok(());
        };
        let mean = sum / count;
        self.samples += mean.dims()[0];
        let add = |into: &mut [f64], from: Vec<f32>| {
            into.iter_mut()
                .zip(from)
                .for_each(|(sum, v)| *sum += f64::from(v));
        };
        add(&mut self.sums, read(mean.clone().sum_dim(0)).await?);
        add(&mut self.squares, read(mean.square().sum_dim(0)).await?);
        Ok(())
    }

    /// Their means with the normal 95 % interval.
    pub fn links(&self) -> Links {
        let samples = self.samples.max(1) as f64;
        let cell = |cell: usize, side: f64| {
            let mean = self.sums[cell] / samples;
            let variance = (self.squares[cell] / samples - mean * mean).max(0.0);
            Some(mean + side * NORMAL_95 * (variance / samples).sqrt())
        };
        let matrix = |side: f64| -> Matrix {
            (0..self.tasks)
                .map(|s| {
                    (0..self.tasks)
                        .map(|t| cell(s * self.tasks + t, side))
                        .collect()
                })
                .collect()
        };
        Links {
            value: matrix(0.0),
            low: matrix(-1.0),
            high: matrix(1.0),
        }
    }
}

/// Takes task t out of every other task's mixture: score_s(full) − score_s(without t), with the paired bootstrap's 95 % interval.
///
/// # Errors
/// Where the device failed.
pub async fn occlusion(
    explained: &Explained<'_>,
    progress: impl AsyncFn(f64),
) -> Result<Tim, TrainingError> {
    let tasks = explained.groups.tasks();
    let Explained {
        members,
        groups,
        fitted,
        prepared,
        cohort,
        rows,
        ..
    } = *explained;
    let seed = explained.study.seed;
    let mixtures: Vec<Mixture> = std::iter::once(Mixture::Full)
        .chain((0..tasks).map(Mixture::Without))
        .collect();
    let predictions = predict_mixtures(members, cohort, fitted, groups, rows, &mixtures).await?;
    let labelled = |mixture: usize, task: usize| {
        Labelled::new(
            &predictions[mixture][task],
            &fitted.targets[task],
            &prepared.targets[task],
            rows,
        )
    };
    let empty: Matrix = vec![vec![None; tasks]; tasks];
    let (mut matrix, mut low, mut high) = (empty.clone(), empty.clone(), empty);
    for receiving in 0..tasks {
        progress(receiving as f64 / tasks as f64).await;
        let full = labelled(0, receiving);
        let resamples = explained.resamples.subset(&full.positions);
        // An undefined score leaves its row empty; Results says why.
        let Ok(full) = PairedScore::new(full.scored(seed), &resamples) else {
            continue;
        };
        for contributing in (0..tasks).filter(|&task| task != receiving) {
            let without = labelled(contributing + 1, receiving);
            let Ok(difference) = full.minus(without.scored(seed)) else {
                continue;
            };
            matrix[receiving][contributing] = Some(difference.value);
            low[receiving][contributing] = difference.interval.map(|[low, _]| low);
            high[receiving][contributing] = difference.interval.map(|[_, high]| high);
        }
    }
    let links = Links {
        value: matrix,
        low,
        high,
    };
    Ok(described(TimMeasure::Occlusion, explained.study, links))
}

/// The measurement with all that is said of it.
pub fn described(measure: TimMeasure, study: &Study, links: Links) -> Tim {
    let score = |task: &Task| match measure {
        TimMeasure::Attention => "attention".to_owned(),
        _ => headline_name(task.kind).to_owned(),
    };
    let mut tim = Tim {
        measure,
        definition: measure.definition().to_owned(),
        score: study.tasks.iter().map(score).collect(),
        tasks: study.tasks.iter().map(|task| task.name.clone()).collect(),
        matrix: links.value,
        low: links.low,
        high: links.high,
        sentences: vec![],
        groups: vec![],
        seeds: vec![study.seed],
        trainings: 0,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        warnings: vec![],
    };
    tim.sentences = sentences(&tim);
    if measure != TimMeasure::Attention {
        let name = |task: usize| tim.tasks[task].clone();
        tim.groups = groups(&tim.matrix, &tim.low, &tim.high)
            .into_iter()
            .map(|group| group.into_iter().map(name).collect())
            .collect();
    }
    tim
}
