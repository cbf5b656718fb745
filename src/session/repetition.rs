//! The study trained again: on each fold in turn, so that every sample is predicted by a model that has not seen its person, or from other
//! seeds, which move split, weights and batches. How the trainings are told together is ours.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde_json::Value;

use super::arrays::Arrays;
use super::crew::{Crew, Holding, Jobs};
use super::device::Chosen;
use super::host::{HelperKind, Host};
use super::part::Part;
use super::predictions::{Told, sources_of};
use super::protocol::{
    Command, Metric, Over, PredictionRow, Predictions, RepeatedRun, RepeatedTask, Repetition,
};
use super::subset::{Shared, SubsetResult};
use super::trained::Control;
use crate::cohort::Cohort;
use crate::cohort::prepare::{self, Fitted, FittedTarget, Prepared, PreparedTarget};
use crate::cohort::split::{Partition, partition, partition_of_fold};
use crate::metrics::{DRAWS, Resamples, mean_and_interval};
use crate::study::Study;
use crate::training::TrainingError;
use crate::training::evaluation::{Labelled, Tuned, headline_name, pooled};
use crate::training::predict::TaskPrediction;

/// Fewest and most trainings.
pub const RUNS: std::ops::RangeInclusive<usize> = 2..=20;

/// The trainings of one repetition. A stopped one goes on from here.
pub struct Runs {
    over: Over,
    count: usize,
    study: Study,
    cohort: Rc<Cohort>,
    finished: RefCell<BTreeMap<usize, Run>>,
    /// What is known of trainings under way.
    begun: RefCell<BTreeMap<usize, Sides>>,
}

/// One finished training.
struct Run {
    sides: Sides,
    result: SubsetResult,
}

/// Who was tested in a training, and what their labels are.
struct Sides {
    partition: Partition,
    fitted: Vec<FittedTarget>,
    targets: Vec<PreparedTarget>,
    /// The sources, and whether each sample has them.
    sources: Vec<(String, Vec<bool>)>,
}

impl Runs {
    /// A repetition of a study that has not begun.
    ///
    /// # Errors
    /// Where so many trainings are not possible.
    pub fn new(
        over: Over,
        count: usize,
        study: Study,
        cohort: Rc<Cohort>,
    ) -> Result<Self, TrainingError> {
        if !RUNS.contains(&count) {
            return Err(TrainingError::Input(format!(
                "A study can be trained {} to {} times; {count} were asked for.",
                RUNS.start(),
                RUNS.end()
            )));
        }
        let runs = Self {
            over,
            count,
            study,
            cohort,
            finished: RefCell::default(),
            begun: RefCell::default(),
        };
        runs.partition(0)?;
        Ok(runs)
    }

    /// Whether it is the same repetition as another one would be.
    pub fn is(&self, over: Over, count: usize, study: &Study, cohort: &Rc<Cohort>) -> bool {
        let same = self.over == over && self.count == count && self.study == *study;
        same && Rc::ptr_eq(&self.cohort, cohort)
    }

    /// Trains what is not finished yet, on helpers where the host has some, else here. A stop keeps the finished ones. Returns what
    /// the user should know.
    ///
    /// # Errors
    /// Where a training fails.
    pub async fn train<H: Host>(
        &self,
        host: &H,
        id: u32,
        chosen: &Chosen,
        control: &Control,
    ) -> Result<Vec<String>, TrainingError> {
        let missing: Vec<usize> = (0..self.count)
            .filter(|run| !self.finished.borrow().contains_key(run))
            .collect();
        let mut warnings = vec![];
        let crew = Crew {
            host,
            id,
            chosen,
            control,
            jobs: self,
            count: self.count,
        };
        crew.work(missing, &mut warnings).await?;
        self.begun.borrow_mut().clear();
        Ok(warnings)
    }

    fn every_task(&self) -> Vec<usize> {
        (0..self.study.tasks.len()).collect()
    }

    fn name(&self, run: usize) -> String {
        match self.over {
            Over::Folds => format!("Fold {}", run + 1),
            Over::Seeds => format!("Seed {}", self.study.seed + run as u64),
        }
    }

    /// The study as one training has it.
    fn study_of(&self, run: usize) -> Study {
        let mut study = self.study.clone();
        match self.over {
            Over::Folds => {
                study.split.folds = Some(self.count);
                study.split.column = None;
                study.split.test_values.clear();
            }
            Over::Seeds => study.seed += run as u64,
        }
        study
    }

    fn partition(&self, run: usize) -> Result<Partition, TrainingError> {
        let study = self.study_of(run);
        let sets = match self.over {
            Over::Folds => partition_of_fold(&study, &self.cohort, self.count, run),
            Over::Seeds => partition(&study, &self.cohort),
        };
        sets.map_err(|error| TrainingError::Input(error.to_string()))
    }

    /// Everything that one training needs, fitted on its own training rows.
    fn prepared(&self, run: usize) -> Result<(Study, Arrays<'static>), TrainingError> {
        let input = |error: &dyn std::fmt::Display| TrainingError::Input(error.to_string());
        let study = self.study_of(run);
        let partition = self.partition(run)?;
        let fitted: Fitted =
            prepare::fit(&self.cohort, &study, &partition.training).map_err(|e| input(&e))?;
        let prepared: Prepared =
            prepare::apply(&self.cohort, &fitted, Some(&study)).map_err(|e| input(&e))?;
        let sources = fitted.sources.iter().zip(&prepared.sources);
        let sides = Sides {
            partition: partition.clone(),
            fitted: fitted.targets.clone(),
            targets: prepared.targets.clone(),
            sources: sources
                .map(|(fitted, source)| (fitted.name().to_owned(), source.present.clone()))
                .collect(),
        };
        self.begun.borrow_mut().insert(run, sides);
        let arrays = Arrays {
            fitted: Cow::Owned(fitted),
            prepared: Cow::Owned(prepared),
            partition: Cow::Owned(partition),
        };
        Ok((study, arrays))
    }

    fn insert(&self, run: usize, result: SubsetResult) -> Result<(), TrainingError> {
        let sides = self.begun.borrow_mut().remove(&run).ok_or_else(|| {
            TrainingError::Input(format!("{} was trained without being asked.", run + 1))
        })?;
        self.finished
            .borrow_mut()
            .insert(run, Run { sides, result });
        Ok(())
    }

    /// What the finished trainings say together.
    pub fn told(&self, mut warnings: Vec<String>) -> Repetition {
        let finished = self.finished.borrow();
        if finished.len() < self.count {
            warnings.push(format!(
                "Stopped: {} of {} trainings have ended. Go on to have the others.",
                finished.len(),
                self.count
            ));
        }
        if self.over == Over::Folds && self.study.split.column.is_some() {
            warnings.push(
                "The study tests on patients that a column chooses; folds take turns over all patients instead.".into(),
            );
        }
        let names = finished.keys().map(|&run| self.name(run));
        let mut runs: Vec<RepeatedRun> = names
            .zip(finished.values())
            .map(|(name, run)| RepeatedRun {
                name,
                test: run.sides.partition.test.len(),
                epochs: run.result.epochs,
                best_epoch: run.result.best_epoch,
                seconds: run.result.seconds,
                scores: vec![],
            })
            .collect();
        let mut tasks = vec![];
        for (place, task) in self.study.tasks.iter().enumerate() {
            let judged: Vec<Labelled> = finished
                .values()
                .map(|run| self.judged(run, place))
                .collect();
            let scores: Vec<Option<f64>> = judged
                .iter()
                .map(|labelled| labelled.scored(self.study.seed).score().ok())
                .collect();
            for (run, score) in runs.iter_mut().zip(&scores) {
                run.scores.push(*score);
            }
            let known: Vec<f64> = scores.iter().flatten().copied().collect();
            let (mean, deviation) = match mean_and_interval(&known) {
                Some((mean, deviation)) => (Metric::of_difference(Ok(mean)), deviation),
                None => (
                    Metric::undefined("No training has a score on the samples that it tests."),
                    None,
                ),
            };
            let (pooled, labelled) = match self.over {
                Over::Folds => self.pooled(&finished, place, &judged),
                Over::Seeds => (BTreeMap::new(), 0),
            };
            tasks.push(RepeatedTask {
                name: task.name.clone(),
                department: task.department.clone(),
                kind: task.kind,
                score: headline_name(task.kind).into(),
                mean,
                deviation,
                lowest: known.iter().copied().reduce(f64::min),
                highest: known.iter().copied().reduce(f64::max),
                pooled,
                labelled,
            });
        }
        Repetition {
            over: self.over,
            wanted: self.count,
            seconds: runs.iter().map(|run| run.seconds).sum(),
            runs,
            tasks,
            warnings,
        }
    }

    /// What a training set on its validation rows for a task.
    fn tuned(&self, run: &Run, task: usize) -> Tuned {
        let sides = &run.sides;
        let validation = Labelled::new(
            &run.result.on_validation[task],
            &sides.fitted[task],
            &sides.targets[task],
            &sides.partition.validation,
        );
        validation.tuned(self.study.training.calibration)
    }

    /// A training's predictions of a task for the samples it tests.
    fn judged(&self, run: &Run, task: usize) -> Labelled {
        let sides = &run.sides;
        let labelled = Labelled::new(
            &run.result.predictions[task],
            &sides.fitted[task],
            &sides.targets[task],
            &sides.partition.test,
        );
        labelled.recalibrated(self.tuned(run, task).recalibration.as_ref())
    }

    /// The metrics of a task's out-of-fold predictions together, and their number.
    fn pooled(
        &self,
        finished: &BTreeMap<usize, Run>,
        task: usize,
        judged: &[Labelled],
    ) -> (BTreeMap<String, Metric>, usize) {
        let fitted: Vec<&FittedTarget> = finished
            .values()
            .map(|run| &run.sides.fitted[task])
            .collect();
        let Some((all, fitted)) = pooled(judged, &fitted) else {
            return (BTreeMap::new(), 0);
        };
        let persons: Vec<u32> = finished
            .values()
            .zip(judged)
            .flat_map(|(run, labelled)| {
                let rows = labelled.positions.iter();
                rows.map(|&position| run.sides.partition.test[position])
            })
            .map(|row| self.cohort.persons[row as usize])
            .collect();
        let resamples = Resamples::by_person(&persons, DRAWS, self.study.seed);
        let report = all.report(
            &self.study.tasks[task],
            &fitted,
            None,
            &resamples,
            self.study.seed,
        );
        let mut metrics = report.metrics;
        // Each fold has a threshold of its own.
        metrics.remove("threshold");
        metrics.remove("f1");
        (metrics, persons.len())
    }

    /// The predictions of all samples that a finished fold has tested, in the cohort's order; `None` where none has.
    pub fn predictions(&self) -> Option<Predictions> {
        let finished = self.finished.borrow();
        if self.over != Over::Folds || finished.is_empty() {
            return None;
        }
        let mut rows: Vec<(u32, PredictionRow)> = vec![];
        for run in finished.values() {
            let tuned: Vec<Tuned> = self
                .every_task()
                .into_iter()
                .map(|task| self.tuned(run, task))
                .collect();
            let thresholds: Vec<Option<f64>> = tuned.iter().map(|tuned| tuned.threshold).collect();
            let recalibration: Vec<_> =
                tuned.into_iter().map(|tuned| tuned.recalibration).collect();
            let told = Told {
                study: &self.study,
                targets: &run.sides.fitted,
                thresholds: &thresholds,
                recalibration: &recalibration,
                most: run
                    .result
                    .predictions
                    .iter()
                    .map(TaskPrediction::most_probable)
                    .collect(),
            };
            for (position, &row) in run.sides.partition.test.iter().enumerate() {
                let sources = run.sides.sources.iter();
                rows.push((
                    row,
                    PredictionRow {
                        id: self.cohort.ids[row as usize].clone(),
                        sources: sources_of(
                            sources.map(|(name, present)| (name.as_str(), present.as_slice())),
                            row,
                        ),
                        tasks: told.row(&run.result.predictions, position),
                    },
                ));
            }
        }
        rows.sort_by_key(|(row, _)| *row);
        let known: BTreeSet<u32> = rows.iter().map(|(row, _)| *row).collect();
        let mut warnings = vec![];
        if known.len() < self.cohort.samples() {
            warnings.push(format!(
                "{} of {} samples have been predicted out of fold so far.",
                known.len(),
                self.cohort.samples()
            ));
        }
        Some(Predictions {
            rows: rows.into_iter().map(|(_, row)| row).collect(),
            warnings,
        })
    }
}

impl Jobs for Runs {
    fn kind(&self) -> HelperKind {
        HelperKind::Engine
    }

    fn title(&self) -> &'static str {
        match self.over {
            Over::Folds => "folds trained",
            Over::Seeds => "seeds trained",
        }
    }

    fn holding_number(&self, run: usize) -> usize {
        run
    }

    async fn holding(&self, run: usize) -> Result<Holding, TrainingError> {
        let (study, arrays) = self.prepared(run)?;
        Ok(Holding {
            number: run,
            command: Command::HoldPrepared {
                study: Box::new(study),
            },
            bytes: arrays.bytes().map_err(TrainingError::Input)?.into(),
        })
    }

    fn command(&self, _: usize) -> Command {
        Command::TrainTasks {
            tasks: self.every_task(),
        }
    }

    fn keep(&self, run: usize, answer: Value, _: f64) -> Result<(), TrainingError> {
        let result = serde_json::from_value(answer)
            .map_err(|error| TrainingError::Input(error.to_string()))?;
        self.insert(run, result)
    }

    fn finished(&self) -> usize {
        self.finished.borrow().len()
    }

    fn label(&self, run: usize) -> String {
        format!("Training {}", self.name(run))
    }

    async fn here<H: Host>(
        &self,
        run: usize,
        part: &Part<'_, H>,
        chosen: &Chosen,
        control: &Control,
    ) -> Result<(), TrainingError> {
        let (study, arrays) = self.prepared(run)?;
        let shared = Shared {
            study: Cow::Owned(study),
            arrays,
        };
        let (laid, tasks) = (shared.lay(chosen), self.every_task());
        let trained = shared
            .train(part, part.id, &laid, &tasks, chosen, control)
            .await?;
        match trained.stopped {
            true => Ok(()),
            false => self.insert(run, trained),
        }
    }
}
