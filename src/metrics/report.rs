//! All figures and charts of one task, with their intervals.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::classification::{accuracy, confusion_counts, decisions, f1, macro_f1, most_probable};
use super::clustering::{Contingency, check_points};
use super::draws;
use super::operating::{OperatingPoint, operating_points};
use super::paired::{Difference, DrawnSilhouettes, SILHOUETTE_SAMPLES};
use super::probability::{brier, expected_calibration_error, indicator, prevalence, reliability};
use super::projection::Projection;
use super::ranking::{
    Ranking, auroc, average_precision, macro_auroc, precision_recall_curve, roc_curve,
};
use super::recalibration::Recalibration;
use super::regression::{density, mean_absolute_error, r2, root_mean_squared_error};
use super::resamples::{Resamples, draw_rows};
use super::undefined::Undefined;

/// Points of a curve at most.
pub const CURVE_POINTS: usize = 200;

/// Groups of a reliability diagram.
pub const RELIABILITY_GROUPS: usize = 10;

/// Bins of a density's axis.
pub const DENSITY_BINS: usize = 24;

/// A code of the reference column that means "no value".
pub const MISSING_REFERENCE: u32 = u32::MAX;

/// Where figures are from, for sentences on undefined ones.
const PLACE: &str = "the test set";

/// A figure with its 95 % interval, or why it is not defined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// The value on the test set.
    pub value: Option<f64>,
    /// Lower end of the interval.
    pub low: Option<f64>,
    /// Upper end of the interval.
    pub high: Option<f64>,
    /// Why the value is not defined, in a sentence.
    pub undefined: Option<String>,
}

/// What a task's charts show; only those that its kind has.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TaskCharts {
    /// Binary: false positive rate and sensitivity.
    pub roc: Option<Vec<[f64; 2]>>,
    /// Binary: sensitivity (recall) and positive predictive value (precision).
    pub precision_recall: Option<Vec<[f64; 2]>>,
    /// Binary: predicted against observed risk in ten groups.
    pub calibration: Option<Vec<CalibrationBin>>,
    /// Binary (at the threshold) and multiclass.
    pub confusion: Option<Confusion>,
    /// Regression: counts of predicted against observed values.
    pub predicted_observed: Option<Density>,
    /// Clustering: a projection of the test samples.
    pub clusters: Option<ClusterMap>,
    /// Binary: what decisions at many thresholds would be, by rising threshold.
    pub operating: Option<Vec<OperatingPoint>>,
    /// Binary: the risks as the model gives them, and as each recalibration would change them.
    pub recalibration: Vec<Recalibrated>,
}

/// How well risks are calibrated on the test set after a recalibration that was fitted on the validation set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recalibrated {
    /// `none`, `temperature` or `isotonic`.
    pub method: String,
    /// The temperature, where it is one: above 1 the model was too sure of itself.
    pub temperature: Option<f64>,
    /// Brier score.
    pub brier: Metric,
    /// Expected calibration error.
    pub ece: Metric,
    /// Predicted against observed risk in ten groups.
    pub groups: Vec<CalibrationBin>,
}

/// A group of samples with similar predicted risk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CalibrationBin {
    /// Mean predicted risk.
    pub predicted: f64,
    /// Share with the outcome.
    pub observed: f64,
    /// Number of samples.
    pub count: usize,
}

/// A confusion matrix.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Confusion {
    /// Class names.
    pub classes: Vec<String>,
    /// Rows are the observed class, columns the predicted one.
    pub counts: Vec<Vec<usize>>,
}

/// Counts on a grid, so that no single patient is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Density {
    /// Edges of the observed value's bins, in the label's unit.
    pub observed_edges: Vec<f64>,
    /// Edges of the predicted value's bins, in the label's unit.
    pub predicted_edges: Vec<f64>,
    /// `counts[i][j]`: observed bin i, predicted bin j.
    pub counts: Vec<Vec<usize>>,
}

/// A 2-D projection of a clustering task's representation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClusterMap {
    /// First two principal components, 2,000 samples at most, in random order.
    pub points: Vec<[f64; 2]>,
    /// Cluster of each point, from 0.
    pub cluster: Vec<usize>,
    /// Test samples in each cluster.
    pub sizes: Vec<usize>,
    /// Share of variance that the two components hold.
    pub explained: [f64; 2],
}

impl Metric {
    /// A figure that has no interval, such as a threshold.
    fn plain(value: Result<f64, Undefined>) -> Self {
        Self::new(value, || None)
    }

    /// A figure that there is none of, and why.
    pub fn undefined(reason: &str) -> Self {
        Self {
            value: None,
            low: None,
            high: None,
            undefined: Some(reason.to_owned()),
        }
    }

    /// A score or difference of scores on the test set, or why there is none.
    pub fn of_difference(difference: Result<Difference, Undefined>) -> Self {
        Self::new(difference.map(|figure| figure.value), || {
            difference.ok().and_then(|figure| figure.interval)
        })
    }

    /// A figure, and its interval where it is defined.
    fn new(value: Result<f64, Undefined>, interval: impl FnOnce() -> Option<[f64; 2]>) -> Self {
        match value {
            Ok(value) => {
                let interval = interval();
                Self {
                    value: Some(value),
                    low: interval.map(|[low, _]| low),
                    high: interval.map(|[_, high]| high),
                    undefined: None,
                }
            }
            Err(reason) => Self {
                value: None,
                low: None,
                high: None,
                undefined: Some(reason.sentence(PLACE)),
            },
        }
    }
}

/// Figures by name as they are gathered.
struct Figures<'a> {
    resamples: &'a Resamples,
    fits: Result<(), Undefined>,
    metrics: BTreeMap<String, Metric>,
}

impl<'a> Figures<'a> {
    /// For `samples` samples, which must be those of `resamples`.
    fn new(samples: usize, resamples: &'a Resamples) -> Self {
        let fits = if samples == resamples.samples() {
            Ok(())
        } else {
            Err(Undefined::Shape)
        };
        Self {
            resamples,
            fits,
            metrics: BTreeMap::new(),
        }
    }

    /// Adds a figure; `draws` is asked for what it is in each draw where the figure is defined.
    fn add(
        &mut self,
        name: &str,
        value: Result<f64, Undefined>,
        draws: impl FnOnce(&Resamples) -> Vec<f64>,
    ) {
        let resamples = self.resamples;
        let value = self.fits.and(value);
        let metric = Metric::new(value, || resamples.interval(draws(resamples)));
        self.metrics.insert(name.to_owned(), metric);
    }
}

/// Figures and charts of a binary task: `auroc`, `auprc`, `prevalence`, `brier`, `ece` and, at the `threshold` set on the
/// validation set, `f1`; ROC and precision-recall curve, reliability groups, confusion at the threshold.
///
/// `probability` and `positive` have one entry a labelled test sample, `resamples` is of the same samples. Without a threshold
/// (the validation set had no positive case) what needs it is not defined.
pub fn binary(
    probability: &[f64],
    positive: &[bool],
    threshold: Option<f64>,
    resamples: &Resamples,
) -> (BTreeMap<String, Metric>, TaskCharts) {
    let mut figures = Figures::new(positive.len(), resamples);
    let ranking = Ranking::new(probability);
    let ranked = |draws: fn(&Ranking, &[bool], &Resamples) -> Vec<f64>| {
        let ranking = ranking.as_ref().ok();
        move |resamples: &Resamples| {
            ranking.map_or(Vec::new(), |ranking| draws(ranking, positive, resamples))
        }
    };
    figures.add(
        "auroc",
        auroc(probability, positive, None),
        ranked(draws::auroc),
    );
    figures.add(
        "auprc",
        average_precision(probability, positive, None),
        ranked(draws::average_precision),
    );
    figures.add("prevalence", prevalence(positive, None), |resamples| {
        let values: Vec<f64> = positive.iter().map(|&is| indicator(is)).collect();
        draws::mean(&values, resamples)
    });
    figures.add("brier", brier(probability, positive, None), |resamples| {
        let errors = probability
            .iter()
            .zip(positive)
            .map(|(risk, &is)| (risk - indicator(is)).powi(2));
        draws::mean(&errors.collect::<Vec<f64>>(), resamples)
    });
    figures.add(
        "ece",
        expected_calibration_error(probability, positive, None),
        |resamples| draws::expected_calibration_error(probability, positive, resamples),
    );
    let cut = threshold.ok_or(Undefined::NoThreshold);
    let f1 = cut.and_then(|cut| f1(probability, positive, cut, None));
    figures.add("f1", f1, |resamples| {
        cut.map_or(Vec::new(), |cut| {
            draws::f1(probability, positive, cut, resamples)
        })
    });
    let mut metrics = figures.metrics;
    metrics.insert("threshold".to_owned(), Metric::plain(cut));
    let confusion = cut
        .and_then(|cut| decisions(probability, positive, cut, None))
        .ok();
    let charts = TaskCharts {
        roc: roc_curve(probability, positive, CURVE_POINTS).ok(),
        precision_recall: precision_recall_curve(probability, positive, CURVE_POINTS).ok(),
        calibration: reliability(probability, positive, RELIABILITY_GROUPS).ok(),
        confusion: confusion.map(|counts| Confusion {
            classes: vec!["negative".to_owned(), "positive".to_owned()],
            counts: counts
                .map(|row| row.map(|count| count as usize).to_vec())
                .to_vec(),
        }),
        operating: operating_points(probability, positive).ok(),
        ..TaskCharts::default()
    };
    (metrics, charts)
}

/// A score of risks against outcomes.
type RiskScore = fn(&[f64], &[bool], Option<&[u32]>) -> Result<f64, Undefined>;

/// The calibration of `probability` after a recalibration. `probability` and `positive` have one entry a labelled test sample, of
/// which `resamples` is as well.
pub fn recalibrated(
    method: &str,
    fitted: Result<Option<&Recalibration>, Undefined>,
    probability: &[f64],
    positive: &[bool],
    resamples: &Resamples,
) -> Recalibrated {
    let risks = fitted.map(|fitted| -> Vec<f64> {
        match fitted {
            Some(fitted) => probability.iter().map(|&risk| fitted.apply(risk)).collect(),
            None => probability.to_vec(),
        }
    });
    let mut figures = Figures::new(positive.len(), resamples);
    let risks_or = |of: RiskScore| {
        let risks = risks.as_ref().map_err(|reason| *reason);
        risks.and_then(|risks| of(risks, positive, None))
    };
    let known = risks.as_deref().unwrap_or_default();
    figures.add("brier", risks_or(brier), |resamples| {
        let errors = known
            .iter()
            .zip(positive)
            .map(|(risk, &is)| (risk - indicator(is)).powi(2));
        draws::mean(&errors.collect::<Vec<f64>>(), resamples)
    });
    figures.add("ece", risks_or(expected_calibration_error), |resamples| {
        draws::expected_calibration_error(known, positive, resamples)
    });
    let mut figure = |name: &str| {
        let found = figures.metrics.remove(name);
        found.unwrap_or_else(|| Metric::plain(Err(Undefined::Shape)))
    };
    Recalibrated {
        method: method.to_owned(),
        temperature: match fitted {
            Ok(Some(Recalibration::Temperature(temperature))) => Some(*temperature),
            _ => None,
        },
        brier: figure("brier"),
        ece: figure("ece"),
        groups: reliability(known, positive, RELIABILITY_GROUPS).unwrap_or_default(),
    }
}

/// Figures and chart of a multiclass task: `accuracy`, `macro_f1`, `macro_auroc`; confusion.
///
/// `probabilities` is row-major, n × number of `classes`; `observed` has a class from 0 for each of the n labelled test samples,
/// of which `resamples` is as well.
pub fn multiclass(
    probabilities: &[f64],
    classes: &[String],
    observed: &[usize],
    resamples: &Resamples,
) -> (BTreeMap<String, Metric>, TaskCharts) {
    let mut figures = Figures::new(observed.len(), resamples);
    let count = classes.len();
    let predicted = most_probable(probabilities, count);
    let given = predicted.as_deref().unwrap_or_default();
    let decided = |score: &dyn Fn(&[usize]) -> Result<f64, Undefined>| {
        predicted
            .as_deref()
            .map_err(|reason| *reason)
            .and_then(score)
    };
    figures.add(
        "accuracy",
        decided(&|given| accuracy(given, observed, None)),
        |resamples| {
            let hits = given
                .iter()
                .zip(observed)
                .map(|(given, truth)| indicator(given == truth));
            draws::mean(&hits.collect::<Vec<f64>>(), resamples)
        },
    );
    figures.add(
        "macro_f1",
        decided(&|given| macro_f1(given, observed, count, None)),
        |resamples| draws::macro_f1(given, observed, count, resamples),
    );
    figures.add(
        "macro_auroc",
        macro_auroc(probabilities, count, observed, None),
        |resamples| {
            draws::macro_auroc(probabilities, count, observed, resamples).unwrap_or_default()
        },
    );
    let counts = predicted
        .as_deref()
        .ok()
        .and_then(|given| confusion_counts(given, observed, count).ok());
    let charts = TaskCharts {
        confusion: counts.map(|counts| Confusion {
            classes: classes.to_vec(),
            counts,
        }),
        ..TaskCharts::default()
    };
    (figures.metrics, charts)
}

/// Figures and chart of a regression task: `r2`, and `mae` and `rmse` in the label's unit; counts of predicted against observed.
///
/// `predicted` and `observed` have one entry a labelled test sample in the label's unit, `resamples` is of the same samples.
pub fn regression(
    predicted: &[f64],
    observed: &[f64],
    resamples: &Resamples,
) -> (BTreeMap<String, Metric>, TaskCharts) {
    let mut figures = Figures::new(observed.len(), resamples);
    let errors = |of: fn(f64) -> f64| -> Vec<f64> {
        predicted
            .iter()
            .zip(observed)
            .map(|(p, y)| of(y - p))
            .collect()
    };
    figures.add("r2", r2(predicted, observed, None), |resamples| {
        draws::r2(predicted, observed, resamples)
    });
    figures.add(
        "mae",
        mean_absolute_error(predicted, observed, None),
        |resamples| draws::mean(&errors(f64::abs), resamples),
    );
    figures.add(
        "rmse",
        root_mean_squared_error(predicted, observed, None),
        |resamples| {
            let squares = draws::mean(&errors(|error| error * error), resamples);
            squares.into_iter().map(f64::sqrt).collect()
        },
    );
    let charts = TaskCharts {
        predicted_observed: density(predicted, observed, DENSITY_BINS).ok(),
        ..TaskCharts::default()
    };
    (figures.metrics, charts)
}

/// Figures and chart of a clustering task: `silhouette` among at most [`SILHOUETTE_SAMPLES`] samples drawn by `seed`, and with a
/// `reference` column `adjusted_rand` and `nmi` over the samples that have it; a map of the clusters.
///
/// `points` is row-major, n × `width`; `cluster` has a number below `clusters` for each of the n test samples, of which
/// `resamples` is as well; `reference` has a code for each, [`MISSING_REFERENCE`] without a value.
pub fn clustering(
    points: &[f64],
    width: usize,
    cluster: &[usize],
    clusters: usize,
    reference: Option<&[u32]>,
    seed: u64,
    resamples: &Resamples,
) -> (BTreeMap<String, Metric>, TaskCharts) {
    let mut figures = Figures::new(cluster.len(), resamples);
    let drawn = DrawnSilhouettes::new(points, width, cluster, seed);
    let silhouette = drawn
        .as_ref()
        .map(DrawnSilhouettes::mean)
        .map_err(|reason| *reason);
    figures.add("silhouette", silhouette, |resamples| {
        drawn
            .as_ref()
            .map_or(Vec::new(), |drawn| drawn.draws(resamples))
    });
    if let Some(reference) = reference {
        let rows: Vec<usize> = (0..cluster.len().min(reference.len()))
            .filter(|&row| reference[row] != MISSING_REFERENCE)
            .collect();
        let own: Vec<usize> = rows.iter().map(|&row| cluster[row]).collect();
        let codes: Vec<u32> = rows.iter().map(|&row| reference[row]).collect();
        let table = if reference.len() == cluster.len() {
            Contingency::new(&own, &codes)
        } else {
            Err(Undefined::Shape)
        };
        let agreement = table
            .as_ref()
            .map_err(|reason| *reason)
            .and_then(Contingency::figures);
        let [rand, shared] = match (&table, figures.fits) {
            (Ok(table), Ok(())) => draws::agreement(table, &resamples.subset(&rows)),
            _ => [Vec::new(), Vec::new()],
        };
        figures.add("adjusted_rand", agreement.map(|both| both[0]), |_| rand);
        figures.add("nmi", agreement.map(|both| both[1]), |_| shared);
    }
    let charts = TaskCharts {
        clusters: cluster_map(points, width, cluster, clusters, seed).ok(),
        ..TaskCharts::default()
    };
    (figures.metrics, charts)
}

/// The map of at most [`SILHOUETTE_SAMPLES`] samples drawn by `seed`, on the principal plane of all.
fn cluster_map(
    points: &[f64],
    width: usize,
    cluster: &[usize],
    clusters: usize,
    seed: u64,
) -> Result<ClusterMap, Undefined> {
    check_points(points, width, cluster.len())?;
    let mut sizes = vec![0; clusters];
    for &own in cluster {
        *sizes.get_mut(own).ok_or(Undefined::Shape)? += 1;
    }
    let plane = Projection::fit(points, width)?;
    let rows = draw_rows(cluster.len(), SILHOUETTE_SAMPLES, seed);
    Ok(ClusterMap {
        points: rows
            .iter()
            .map(|&row| plane.place(&points[row * width..][..width]))
            .collect(),
        cluster: rows.iter().map(|&row| cluster[row]).collect(),
        sizes,
        explained: plane.explained,
    })
}
