//! From predictions and labels to the figures and charts of a task.

use super::predict::TaskPrediction;
use crate::cohort::MISSING;
use crate::cohort::prepare::{FittedTarget, PreparedTarget, label_number};
use crate::metrics::report::{self, Recalibrated};
use crate::metrics::{
    Difference, Recalibration, Resamples, TaskPredictions, Undefined, best_f1_threshold, brier,
    isotonic, paired_brier, temperature,
};
use crate::session::protocol::{Metric, TaskCharts, TaskResult};
use crate::study::{Calibration, Task, TaskKind};

/// A task's predictions and labels on the labelled rows of some set.
#[derive(Debug, Clone)]
pub struct Labelled {
    /// Positions of these rows in the set.
    pub positions: Vec<usize>,
    prediction: TaskPrediction,
    positive: Vec<bool>,
    class: Vec<usize>,
    value: Vec<f64>,
    cluster: Vec<usize>,
    reference: Vec<u32>,
}

/// Both recalibrations of a task's risks.
#[derive(Debug, Clone)]
pub struct Recalibrations {
    temperature: Result<Recalibration, Undefined>,
    isotonic: Result<Recalibration, Undefined>,
}

impl Recalibrations {
    /// The one that a study chose, where the validation set could tell it.
    pub fn chosen(&self, calibration: Calibration) -> Option<Recalibration> {
        match calibration {
            Calibration::None => None,
            Calibration::Temperature => self.temperature.clone().ok(),
            Calibration::Isotonic => self.isotonic.clone().ok(),
        }
    }
}

/// What a task's validation samples set.
#[derive(Debug, Clone)]
pub struct Tuned {
    /// Both recalibrations of a binary task's risks.
    pub fits: Option<Recalibrations>,
    /// The one that the study chose, where the samples could tell it.
    pub recalibration: Option<Recalibration>,
    /// The threshold with the best F1, on recalibrated risks where they are.
    pub threshold: Option<f64>,
}

/// Positions in `rows` of the samples that have a label.
pub fn labelled_positions(target: &PreparedTarget, rows: &[u32]) -> Vec<usize> {
    (0..rows.len())
        .filter(|&position| target.labelled[rows[position] as usize])
        .collect()
}

impl Labelled {
    /// Picks the labelled ones among `rows`; `prediction` has one entry a row of `rows`.
    pub fn new(
        prediction: &TaskPrediction,
        fitted: &FittedTarget,
        target: &PreparedTarget,
        rows: &[u32],
    ) -> Self {
        let positions = labelled_positions(target, rows);
        let label = |position: &usize| target.values[rows[*position] as usize];
        let prediction = prediction.picked(&positions);
        let of = |kind: TaskKind| fitted.kind == kind;
        let labels = |wanted: bool| if wanted { positions.as_slice() } else { &[] };
        Self {
            positive: labels(of(TaskKind::Binary))
                .iter()
                .map(|p| label(p) > 0.5)
                .collect(),
            class: labels(of(TaskKind::Multiclass))
                .iter()
                .map(|p| label(p) as usize)
                .collect(),
            value: labels(of(TaskKind::Regression))
                .iter()
                .map(|p| label_number(fitted, label(p)))
                .collect(),
            cluster: if of(TaskKind::Clustering) {
                prediction.most_probable()
            } else {
                vec![]
            },
            reference: positions
                .iter()
                .filter_map(|&p| target.reference.get(rows[p] as usize).copied())
                .collect(),
            prediction,
            positions,
        }
    }

    /// In the form that scores are computed from; `seed` draws the samples of a silhouette.
    pub fn scored(&self, seed: u64) -> TaskPredictions<'_> {
        match &self.prediction {
            TaskPrediction::Binary(probability) => TaskPredictions::Binary {
                probability,
                positive: &self.positive,
            },
            TaskPrediction::Multiclass {
                classes,
                probabilities,
            } => TaskPredictions::Multiclass {
                probabilities,
                classes: *classes,
                observed: &self.class,
            },
            TaskPrediction::Regression(predicted) => TaskPredictions::Regression {
                predicted,
                observed: &self.value,
            },
            TaskPrediction::Clustering {
                width,
                representation,
                ..
            } => TaskPredictions::Clustering {
                points: representation,
                width: *width,
                cluster: &self.cluster,
                seed,
            },
        }
    }

    /// Means of predictions and labels, and the number of samples with the outcome: of binary tasks risk, prevalence and number, of
    /// regressions values in the label's unit.
    pub fn means(&self) -> (Option<f64>, Option<f64>, Option<usize>) {
        let mean = |values: &[f64]| {
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
        };
        match &self.prediction {
            TaskPrediction::Binary(risks) => {
                let positive = self.positive.iter().filter(|&&is| is).count();
                let share = positive as f64 / self.positive.len().max(1) as f64;
                let observed = (!self.positive.is_empty()).then_some(share);
                (mean(risks), observed, Some(positive))
            }
            TaskPrediction::Regression(values) => (mean(values), mean(&self.value), None),
            _ => (None, None, None),
        }
    }

    /// The Brier score of a binary task, where it is defined.
    pub fn brier(&self) -> Option<f64> {
        match &self.prediction {
            TaskPrediction::Binary(risks) => brier(risks, &self.positive, None).ok(),
            _ => None,
        }
    }

    /// The threshold with the best F1 of a binary task, where it is defined.
    pub fn threshold(&self) -> Option<f64> {
        match &self.prediction {
            TaskPrediction::Binary(probability) => {
                best_f1_threshold(probability, &self.positive).ok()
            }
            _ => None,
        }
    }

    /// Recalibrations of a binary task's risks, fitted on these samples (the validation set), or why there is none.
    pub fn recalibrations(&self) -> Option<Recalibrations> {
        match &self.prediction {
            TaskPrediction::Binary(probability) => Some(Recalibrations {
                temperature: temperature(probability, &self.positive),
                isotonic: isotonic(probability, &self.positive),
            }),
            _ => None,
        }
    }

    /// What these samples (the validation set) set for the task.
    pub fn tuned(&self, calibration: Calibration) -> Tuned {
        let fits = self.recalibrations();
        let recalibration = fits.as_ref().and_then(|fits| fits.chosen(calibration));
        let threshold = self.recalibrated(recalibration.as_ref()).threshold();
        Tuned {
            fits,
            recalibration,
            threshold,
        }
    }

    /// The same samples with their risks recalibrated.
    pub fn recalibrated(&self, recalibration: Option<&Recalibration>) -> Self {
        let mut changed = self.clone();
        if let (TaskPrediction::Binary(risks), Some(recalibration)) =
            (&mut changed.prediction, recalibration)
        {
            for risk in risks {
                *risk = recalibration.apply(*risk);
            }
        }
        changed
    }

    /// How well these samples' risks are calibrated without and with each recalibration. `resamples` draws from the whole set.
    pub fn before_and_after(
        &self,
        fitted: &Recalibrations,
        resamples: &Resamples,
    ) -> Vec<Recalibrated> {
        let TaskPrediction::Binary(risks) = &self.prediction else {
            return vec![];
        };
        let resamples = resamples.subset(&self.positions);
        [
            ("none", None),
            ("temperature", Some(&fitted.temperature)),
            ("isotonic", Some(&fitted.isotonic)),
        ]
        .into_iter()
        .map(|(method, fit)| {
            let fit = fit.map(|fit| fit.as_ref().map_err(|reason| *reason));
            report::recalibrated(method, fit.transpose(), risks, &self.positive, &resamples)
        })
        .collect()
    }

    /// All figures and charts. `resamples` draws from the whole set.
    pub fn report(
        &self,
        task: &Task,
        fitted: &FittedTarget,
        threshold: Option<f64>,
        resamples: &Resamples,
        seed: u64,
    ) -> TaskResult {
        let resamples = resamples.subset(&self.positions);
        let (metrics, charts): (std::collections::BTreeMap<String, Metric>, TaskCharts) =
            match &self.prediction {
                TaskPrediction::Binary(probability) => {
                    report::binary(probability, &self.positive, threshold, &resamples)
                }
                TaskPrediction::Multiclass { probabilities, .. } => {
                    report::multiclass(probabilities, &fitted.classes, &self.class, &resamples)
                }
                TaskPrediction::Regression(predicted) => {
                    report::regression(predicted, &self.value, &resamples)
                }
                TaskPrediction::Clustering {
                    clusters,
                    width,
                    representation,
                    ..
                } => report::clustering(
                    representation,
                    *width,
                    &self.cluster,
                    *clusters,
                    self.reference
                        .iter()
                        .any(|&code| code != MISSING)
                        .then_some(self.reference.as_slice()),
                    seed,
                    &resamples,
                ),
            };
        TaskResult {
            name: task.name.clone(),
            kind: task.kind,
            department: task.department.clone(),
            unit: task.unit.clone(),
            labelled: self.positions.len(),
            score: headline_name(task.kind).into(),
            metrics,
            charts,
        }
    }
}

/// The Brier score of `other` minus that of `own`, which are of the same samples as `resamples`; `None` for other tasks than binary ones.
pub fn brier_difference(
    other: &Labelled,
    own: &Labelled,
    resamples: &Resamples,
) -> Option<Result<Difference, Undefined>> {
    match (&other.prediction, &own.prediction) {
        (TaskPrediction::Binary(other), TaskPrediction::Binary(risks)) => {
            Some(paired_brier(other, risks, &own.positive, resamples))
        }
        _ => None,
    }
}

/// The predictions that several models made for different samples, put together, and the target with all of their classes. `None` for
/// clusterings, whose groups are not the same from one model to the next.
pub fn pooled(parts: &[Labelled], fitted: &[&FittedTarget]) -> Option<(Labelled, FittedTarget)> {
    let mut target = (*fitted.first()?).clone();
    for class in fitted.iter().flat_map(|fitted| &fitted.classes) {
        if !target.classes.contains(class) {
            target.classes.push(class.clone());
        }
    }
    let count = target.classes.len();
    let prediction = match target.kind {
        TaskKind::Binary => TaskPrediction::Binary(vec![]),
        TaskKind::Multiclass => TaskPrediction::Multiclass {
            classes: count,
            probabilities: vec![],
        },
        TaskKind::Regression => TaskPrediction::Regression(vec![]),
        TaskKind::Clustering => return None,
    };
    let mut all = Labelled {
        positions: vec![],
        prediction,
        positive: vec![],
        class: vec![],
        value: vec![],
        cluster: vec![],
        reference: vec![],
    };
    for (part, own) in parts.iter().zip(fitted) {
        match (&mut all.prediction, &part.prediction) {
            (TaskPrediction::Binary(all), TaskPrediction::Binary(part))
            | (TaskPrediction::Regression(all), TaskPrediction::Regression(part)) => {
                all.extend(part);
            }
            (
                TaskPrediction::Multiclass {
                    probabilities: all, ..
                },
                TaskPrediction::Multiclass { probabilities, .. },
            ) => {
                for row in probabilities.chunks(own.classes.len().max(1)) {
                    // A class that a model's training rows lack has the probability 0.
                    all.extend(target.classes.iter().map(|class| {
                        let place = own.classes.iter().position(|own| own == class);
                        place.map_or(0.0, |place| row[place])
                    }));
                }
            }
            _ => return None,
        }
        let class_of = |class: &usize| {
            let name = own.classes.get(*class);
            let mut classes = target.classes.iter();
            classes.position(|class| Some(class) == name).unwrap_or(0)
        };
        all.positive.extend(&part.positive);
        all.value.extend(&part.value);
        all.class.extend(part.class.iter().map(class_of));
    }
    all.positions = (0..parts.iter().map(|part| part.positions.len()).sum()).collect();
    Some((all, target))
}

/// The headline score of a kind.
pub fn headline_name(kind: TaskKind) -> &'static str {
    match kind {
        TaskKind::Binary => "auroc",
        TaskKind::Multiclass => "macro_auroc",
        TaskKind::Regression => "r2",
        TaskKind::Clustering => "silhouette",
    }
}

/// The headline score of a task on `rows`, without an interval.
///
/// # Errors
/// Why it is not defined.
pub fn headline(
    prediction: &TaskPrediction,
    fitted: &FittedTarget,
    target: &PreparedTarget,
    rows: &[u32],
) -> Result<f64, Undefined> {
    Labelled::new(prediction, fitted, target, rows)
        .scored(0)
        .score()
}
