//! What other losses would have given: the model's study trained again on what was prepared for it, with other choices for rare outcomes and for
//! the weights of the tasks, each beside the model in force on the same test samples. That the effect is shown like this is ours.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::Value;

use super::crew::{Crew, Holding, Jobs};
use super::device::Chosen;
use super::host::{HelperKind, Host};
use super::part::Part;
use super::protocol::{Command, LossChoice, LossComparison, LossEffect, Metric};
use super::subset::{Shared, SubsetResult};
use super::trained::{Control, TrainedStudy};
use crate::metrics::{PairedScore, Undefined, mean_difference};
use crate::study::{Balance, Imbalance, Study, TaskKind};
use crate::training::TrainingError;
use crate::training::evaluation::{Labelled, brier_difference};
use crate::training::predict::TaskPrediction;

/// Trainings of other choices, by their place among [`choices`].
pub type Others = BTreeMap<usize, SubsetResult>;

/// The choices that a study did not make: other ways with rare outcomes where it has binary tasks, other weights where it has several tasks.
pub fn choices(study: &Study) -> Vec<LossChoice> {
    let own = own(study);
    let mut others = vec![];
    let binary = study.tasks.iter().any(|task| task.kind == TaskKind::Binary);
    let all = [Imbalance::None, Imbalance::Weighted, Imbalance::Focal];
    for imbalance in all.into_iter().filter(|_| binary) {
        others.push(LossChoice { imbalance, ..own });
    }
    if study.tasks.len() > 1 {
        for balance in [Balance::Equal, Balance::Uncertainty] {
            others.push(LossChoice { balance, ..own });
        }
    }
    others.retain(|choice| *choice != own);
    others
}

fn own(study: &Study) -> LossChoice {
    LossChoice {
        imbalance: study.training.imbalance,
        balance: study.training.balance,
    }
}

/// Trains the choices that are not there yet. A stop keeps the finished ones. Returns what the user should know.
///
/// # Errors
/// Where the study has no other choice, or a training fails.
pub async fn train<H: Host>(
    host: &H,
    id: u32,
    model: &TrainedStudy,
    chosen: &Chosen,
    control: &Control,
    others: &RefCell<Others>,
) -> Result<Vec<String>, TrainingError> {
    let choices = choices(&model.study);
    if choices.is_empty() {
        return Err(TrainingError::Input(
            "The study has one task, and not one of yes and no: there is no other loss to compare with.".into(),
        ));
    }
    let missing: Vec<usize> = (0..choices.len())
        .filter(|place| !others.borrow().contains_key(place))
        .collect();
    let jobs = Trainings {
        model,
        choices,
        others,
    };
    let count = jobs.choices.len();
    let mut warnings = vec![];
    let crew = Crew {
        host,
        id,
        chosen,
        control,
        jobs: &jobs,
        count,
    };
    crew.work(missing, &mut warnings).await?;
    Ok(warnings)
}

/// The trainings.
struct Trainings<'a> {
    model: &'a TrainedStudy,
    choices: Vec<LossChoice>,
    others: &'a RefCell<Others>,
}

impl Trainings<'_> {
    fn every_task(&self) -> Vec<usize> {
        (0..self.model.study.tasks.len()).collect()
    }

    /// The study with one of the choices.
    fn study(&self, place: usize) -> Study {
        let mut study = self.model.study.clone();
        study.training.imbalance = self.choices[place].imbalance;
        study.training.balance = self.choices[place].balance;
        study
    }
}

impl Jobs for Trainings<'_> {
    fn kind(&self) -> HelperKind {
        HelperKind::Engine
    }

    fn title(&self) -> &'static str {
        "losses trained"
    }

    fn holding_number(&self, place: usize) -> usize {
        place
    }

    async fn holding(&self, place: usize) -> Result<Holding, TrainingError> {
        let arrays = Shared::of(self.model).arrays;
        Ok(Holding {
            number: place,
            command: Command::HoldPrepared {
                study: Box::new(self.study(place)),
            },
            bytes: arrays.bytes().map_err(TrainingError::Input)?.into(),
        })
    }

    fn command(&self, _: usize) -> Command {
        Command::TrainTasks {
            tasks: self.every_task(),
        }
    }

    fn keep(&self, place: usize, answer: Value, _: f64) -> Result<(), TrainingError> {
        let result = serde_json::from_value(answer)
            .map_err(|error| TrainingError::Input(error.to_string()))?;
        self.others.borrow_mut().insert(place, result);
        Ok(())
    }

    fn finished(&self) -> usize {
        self.others.borrow().len()
    }

    fn label(&self, _: usize) -> String {
        "Training with another loss".into()
    }

    async fn here<H: Host>(
        &self,
        place: usize,
        part: &Part<'_, H>,
        chosen: &Chosen,
        control: &Control,
    ) -> Result<(), TrainingError> {
        let shared = Shared {
            study: Cow::Owned(self.study(place)),
            arrays: Shared::of(self.model).arrays,
        };
        let (laid, tasks) = (&self.model.cohort, self.every_task());
        let trained = shared
            .train(part, part.id, laid, &tasks, chosen, control)
            .await?;
        if !trained.stopped {
            self.others.borrow_mut().insert(place, trained);
        }
        Ok(())
    }
}

/// Sets the other choices beside the model in force.
///
/// # Errors
/// Where the device fails.
pub async fn compare(
    model: &TrainedStudy,
    others: &Others,
    mut warnings: Vec<String>,
) -> Result<LossComparison, TrainingError> {
    let rows = &model.partition.test;
    let own_predictions = model.on_test().await?;
    let resamples = model.resamples_of_tasks();
    // Recalibrated on the validation samples where the study says so, as the model itself is.
    let judged = |task: usize, test: &TaskPrediction, validation: Option<&TaskPrediction>| {
        let (fitted, target) = (&model.fitted.targets[task], &model.prepared.targets[task]);
        let labelled = Labelled::new(test, fitted, target, rows);
        let recalibration = match validation {
            None => model.recalibration[task].clone(),
            Some(validation) => {
                let rows = &model.partition.validation;
                let labelled = Labelled::new(validation, fitted, target, rows);
                let calibration = model.study.training.calibration;
                labelled.tuned(calibration).recalibration
            }
        };
        labelled.recalibrated(recalibration.as_ref())
    };
    type Scored<'a> = Result<PairedScore<'a>, Undefined>;
    let score = |labelled: &Labelled, resamples| -> Scored<'_> {
        PairedScore::new(labelled.scored(model.study.seed), resamples)
    };
    let of_own: Vec<Labelled> = own_predictions
        .iter()
        .enumerate()
        .map(|(task, prediction)| judged(task, prediction, None))
        .collect();
    let own_scores: Vec<Scored> = of_own
        .iter()
        .zip(&resamples)
        .map(|(labelled, resamples)| score(labelled, resamples))
        .collect();
    let all = choices(&model.study);
    let mut effects = vec![];
    for (place, trained) in others {
        let of_other: Vec<Labelled> = trained
            .predictions
            .iter()
            .zip(&trained.on_validation)
            .enumerate()
            .map(|(task, (test, validation))| judged(task, test, Some(validation)))
            .collect();
        let other_scores: Vec<Scored> = of_other
            .iter()
            .zip(&resamples)
            .map(|(labelled, resamples)| score(labelled, resamples))
            .collect();
        let pairs: Vec<_> = other_scores
            .iter()
            .zip(&own_scores)
            .zip(&model.study.tasks)
            // A silhouette is no measure of how well something is foretold.
            .filter(|(_, task)| task.kind != TaskKind::Clustering)
            .filter_map(|((other, own), _)| other.as_ref().ok().zip(own.as_ref().ok()))
            .collect();
        effects.push(LossEffect {
            choice: all[*place],
            difference: other_scores
                .iter()
                .zip(&own_scores)
                .map(|(other, own)| {
                    let both = other
                        .as_ref()
                        .and_then(|other| own.as_ref().map(|own| other.less(own)));
                    Metric::of_difference(both.map_err(|reason| *reason))
                })
                .collect(),
            brier: of_other
                .iter()
                .zip(&of_own)
                .zip(&resamples)
                .map(
                    |((other, own), resamples)| match brier_difference(other, own, resamples) {
                        Some(difference) => Metric::of_difference(difference),
                        None => Metric::undefined("A Brier score is of tasks of yes and no."),
                    },
                )
                .collect(),
            mean: mean_difference(&pairs).map_or_else(
                || Metric::undefined("No task with labels has a score."),
                |mean| Metric::of_difference(Ok(mean)),
            ),
            epochs: trained.epochs,
            best_epoch: trained.best_epoch,
            seconds: trained.seconds,
        });
    }
    if effects.len() < all.len() {
        warnings.push(format!(
            "Stopped: {} of {} other losses were trained. Go on to have the others.",
            effects.len(),
            all.len()
        ));
    }
    let (tasks, names) = model.names_and_scores();
    Ok(LossComparison {
        own: own(&model.study),
        tasks,
        score: names,
        full: own_scores
            .iter()
            .map(|score| score.as_ref().ok().map(PairedScore::value))
            .collect(),
        brier: of_own.iter().map(Labelled::brier).collect(),
        others: effects,
        wanted: all.len(),
        warnings,
    })
}
