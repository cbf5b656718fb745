//! Headline scores, and differences of two models' scores on the same samples.

use super::clustering::{check_points, silhouettes};
use super::draws;
use super::probability::{brier, indicator};
use super::ranking::{Ranking, auroc, macro_auroc};
use super::regression::r2;
use super::resamples::{Resamples, draw_rows};
use super::undefined::Undefined;

/// Samples whose silhouettes are computed at most; of more, as many are drawn.
pub const SILHOUETTE_SAMPLES: usize = 2_000;

/// What a model said about one task beside what was observed.
#[derive(Debug, Clone, Copy)]
pub enum TaskPredictions<'a> {
    /// Scored by [`auroc`].
    Binary {
        /// A risk a sample.
        probability: &'a [f64],
        /// Whether each sample has the outcome.
        positive: &'a [bool],
    },
    /// Scored by [`macro_auroc`].
    Multiclass {
        /// Row-major, n × `classes`.
        probabilities: &'a [f64],
        /// Number of classes.
        classes: usize,
        /// A class a sample, from 0.
        observed: &'a [usize],
    },
    /// Scored by [`r2`].
    Regression {
        /// A value a sample.
        predicted: &'a [f64],
        /// What it was.
        observed: &'a [f64],
    },
    /// Scored by the mean of [`silhouettes`] among at most [`SILHOUETTE_SAMPLES`] samples.
    Clustering {
        /// Row-major, n × `width`.
        points: &'a [f64],
        /// Columns of `points`.
        width: usize,
        /// A cluster a sample.
        cluster: &'a [usize],
        /// Seed of the samples drawn from more.
        seed: u64,
    },
}

impl TaskPredictions<'_> {
    /// The headline score's name: `auroc`, `macro_auroc`, `r2` or `silhouette`.
    pub fn score_name(&self) -> &'static str {
        match self {
            TaskPredictions::Binary { .. } => "auroc",
            TaskPredictions::Multiclass { .. } => "macro_auroc",
            TaskPredictions::Regression { .. } => "r2",
            TaskPredictions::Clustering { .. } => "silhouette",
        }
    }

    /// The headline score, without an interval: what is cheap enough for every epoch.
    ///
    /// # Errors
    /// Why it is not defined.
    pub fn score(&self) -> Result<f64, Undefined> {
        match *self {
            TaskPredictions::Binary {
                probability,
                positive,
            } => auroc(probability, positive, None),
            TaskPredictions::Multiclass {
                probabilities,
                classes,
                observed,
            } => macro_auroc(probabilities, classes, observed, None),
            TaskPredictions::Regression {
                predicted,
                observed,
            } => r2(predicted, observed, None),
            TaskPredictions::Clustering {
                points,
                width,
                cluster,
                seed,
            } => Ok(DrawnSilhouettes::new(points, width, cluster, seed)?.mean()),
        }
    }

    /// The headline score, and what it is in each draw (NaN where it is not defined).
    fn score_and_draws(&self, resamples: &Resamples) -> Result<(f64, Vec<f64>), Undefined> {
        if self.samples() != resamples.samples() {
            return Err(Undefined::Shape);
        }
        if let TaskPredictions::Clustering {
            points,
            width,
            cluster,
            seed,
        } = *self
        {
            let drawn = DrawnSilhouettes::new(points, width, cluster, seed)?;
            return Ok((drawn.mean(), drawn.draws(resamples)));
        }
        let value = self.score()?;
        let draws = match *self {
            TaskPredictions::Binary {
                probability,
                positive,
            } => draws::auroc(&Ranking::new(probability)?, positive, resamples),
            TaskPredictions::Multiclass {
                probabilities,
                classes,
                observed,
            } => draws::macro_auroc(probabilities, classes, observed, resamples)?,
            TaskPredictions::Regression {
                predicted,
                observed,
            } => draws::r2(predicted, observed, resamples),
            TaskPredictions::Clustering { .. } => Vec::new(),
        };
        Ok((value, draws))
    }

    fn samples(&self) -> usize {
        match self {
            TaskPredictions::Binary { positive, .. } => positive.len(),
            TaskPredictions::Multiclass { observed, .. } => observed.len(),
            TaskPredictions::Regression { observed, .. } => observed.len(),
            TaskPredictions::Clustering { cluster, .. } => cluster.len(),
        }
    }
}

/// Silhouettes among samples drawn from a set.
pub(super) struct DrawnSilhouettes {
    pub(super) rows: Vec<usize>,
    values: Vec<f64>,
}

impl DrawnSilhouettes {
    pub(super) fn new(
        points: &[f64],
        width: usize,
        cluster: &[usize],
        seed: u64,
    ) -> Result<Self, Undefined> {
        check_points(points, width, cluster.len())?;
        let rows = draw_rows(cluster.len(), SILHOUETTE_SAMPLES, seed);
        let own: Vec<usize> = rows.iter().map(|&row| cluster[row]).collect();
        let mut drawn = Vec::with_capacity(rows.len() * width);
        for &row in &rows {
            drawn.extend_from_slice(&points[row * width..][..width]);
        }
        let values = silhouettes(&drawn, width, &own)?;
        Ok(Self { rows, values })
    }

    pub(super) fn mean(&self) -> f64 {
        self.values.iter().sum::<f64>() / self.values.len() as f64
    }

    /// Weighted means of the silhouettes that the samples have among all drawn ones.
    pub(super) fn draws(&self, resamples: &Resamples) -> Vec<f64> {
        draws::mean(&self.values, &resamples.subset(&self.rows))
    }
}

/// A difference of scores with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// The difference.
    pub value: f64,
    /// The interval's ends; none where more than half of the draws have no difference.
    pub interval: Option<[f64; 2]>,
}

/// One model's score and what it is in every draw, kept to take other models' scores from it.
#[derive(Debug, Clone)]
pub struct PairedScore<'a> {
    resamples: &'a Resamples,
    value: f64,
    draws: Vec<f64>,
}

impl<'a> PairedScore<'a> {
    /// Scores `full` on the samples that `resamples` draws from.
    ///
    /// # Errors
    /// Why the score is not defined.
    pub fn new(full: TaskPredictions, resamples: &'a Resamples) -> Result<Self, Undefined> {
        let (value, draws) = full.score_and_draws(resamples)?;
        Ok(Self {
            resamples,
            value,
            draws,
        })
    }

    /// The score itself.
    pub fn value(&self) -> f64 {
        self.value
    }

    /// The score with the interval of its own draws.
    pub fn with_interval(&self) -> Difference {
        Difference {
            value: self.value,
            interval: self.resamples.interval(self.draws.clone()),
        }
    }

    /// This score minus `other`, which was computed in the same draws.
    pub fn less(&self, other: &Self) -> Difference {
        let differences = self.draws.iter().zip(&other.draws);
        Difference {
            value: self.value - other.value,
            interval: self
                .resamples
                .interval(differences.map(|(own, other)| own - other).collect()),
        }
    }

    /// This score minus that of `other` on the same samples in the same order, with the interval of the difference in equal
    /// draws (paired bootstrap, percentiles).
    ///
    /// # Errors
    /// Why the other score is not defined.
    pub fn minus(&self, other: TaskPredictions) -> Result<Difference, Undefined> {
        Ok(self.less(&Self::new(other, self.resamples)?))
    }
}

/// The mean over tasks of the differences in `pairs`, in draws of persons that all of them share; `None` without a pair.
pub fn mean_difference(pairs: &[(&PairedScore, &PairedScore)]) -> Option<Difference> {
    let (first, _) = pairs.first()?;
    let share = 1.0 / pairs.len() as f64;
    let mut draws = vec![0.0; first.draws.len()];
    for (full, without) in pairs {
        for (sum, (full, without)) in draws.iter_mut().zip(full.draws.iter().zip(&without.draws)) {
            *sum += (full - without) * share;
        }
    }
    Some(Difference {
        value: pairs
            .iter()
            .map(|(full, without)| (full.value - without.value) * share)
            .sum(),
        interval: first.resamples.interval(draws),
    })
}

/// The Brier score of `other` minus that of `own`, risks of the same samples, with the interval of the difference in equal draws.
///
/// # Errors
/// Why one of the scores is not defined.
pub fn paired_brier(
    other: &[f64],
    own: &[f64],
    positive: &[bool],
    resamples: &Resamples,
) -> Result<Difference, Undefined> {
    if positive.len() != resamples.samples() {
        return Err(Undefined::Shape);
    }
    let value = brier(other, positive, None)? - brier(own, positive, None)?;
    let errors = other.iter().zip(own).zip(positive);
    let differences: Vec<f64> = errors
        .map(|((other, own), &is)| (other - indicator(is)).powi(2) - (own - indicator(is)).powi(2))
        .collect();
    Ok(Difference {
        value,
        interval: resamples.interval(draws::mean(&differences, resamples)),
    })
}

/// Quantiles at 0.975 of Student's t with 1 to 19 degrees of freedom.
const STUDENT: [f64; 19] = [
    12.706_204_736,
    4.302_652_730,
    3.182_446_305,
    2.776_445_105,
    2.570_581_836,
    2.446_911_851,
    2.364_624_252,
    2.306_004_135,
    2.262_157_163,
    2.228_138_852,
    2.200_985_160,
    2.178_812_830,
    2.160_368_656,
    2.144_786_688,
    2.131_449_546,
    2.119_905_299,
    2.109_815_578,
    2.100_922_040,
    2.093_024_054,
];

/// The mean of scores from 1 to 20 trainings with the 95 % interval of Student's t (none for one score), and their standard deviation.
/// `None` without a score.
pub fn mean_and_interval(scores: &[f64]) -> Option<(Difference, Option<f64>)> {
    let count = scores.len() as f64;
    let mean = scores.iter().sum::<f64>() / count;
    let squares: f64 = scores.iter().map(|score| (score - mean).powi(2)).sum();
    let freedom = scores.len().checked_sub(1)?;
    let deviation = (freedom > 0).then(|| (squares / freedom as f64).sqrt());
    let quantile = freedom.checked_sub(1).and_then(|place| STUDENT.get(place));
    let half = quantile
        .zip(deviation)
        .map(|(quantile, deviation)| quantile * deviation / count.sqrt());
    let mean = Difference {
        value: mean,
        interval: half.map(|half| [mean - half, mean + half]),
    };
    Some((mean, deviation))
}

/// The score of `full` minus that of `without`, see [`PairedScore`], which is quicker for more than one `without`.
///
/// # Errors
/// Why one of the scores is not defined.
pub fn paired_difference(
    full: TaskPredictions,
    without: TaskPredictions,
    resamples: &Resamples,
) -> Result<Difference, Undefined> {
    PairedScore::new(full, resamples)?.minus(without)
}
