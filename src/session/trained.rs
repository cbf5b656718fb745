//! From study and cohort to a trained, judged model.

use super::device::Chosen;
use super::host::Host;
use super::protocol::{Event, Progress, Results, SplitSizes, TrainingProgress};
use crate::cohort::Cohort;
use crate::cohort::prepare::{self, Fitted, Prepared, PreparedTarget};
use crate::cohort::split::{self, Partition};
use crate::metrics::{DRAWS, Recalibration, Resamples};
use crate::model::head::TaskGroups;
use crate::model::{DeviceCohort, M3h};
use crate::study::{self, Study};
use crate::training::TrainingError;
use crate::training::checkpoint::{self, Checkpoint};
use crate::training::evaluation::{Labelled, Tuned, headline_name, labelled_positions};
use crate::training::predict::{Mixture, TaskPrediction, predict};
use crate::training::run::{Pace, Task, Trained, train};
use burn::module::Module;
use sha2::{Digest, Sha256};
use std::cell::Cell;
use std::ops::Deref;
use std::rc::Rc;

/// What the user wants of the running training.
#[derive(Debug, Default)]
pub struct Control {
    /// To end it.
    pub stop: Cell<bool>,
    /// To hold it.
    pub pause: Cell<bool>,
}

/// What was learned, and all that predicting for new patients needs. It holds no patient's row.
#[derive(Debug)]
pub struct Model {
    /// What was learned.
    pub study: Study,
    /// What was fitted on the training rows.
    pub fitted: Fitted,
    /// The members, ready to predict.
    pub members: Vec<M3h>,
    /// The tasks' kinds.
    pub groups: TaskGroups,
    /// Thresholds of the binary tasks, from the validation rows; on recalibrated risks where they are.
    pub thresholds: Vec<Option<f64>>,
    /// What is done to each task's risks; nothing for tasks of other kinds.
    pub recalibration: Vec<Option<Recalibration>>,
    /// The figures on the test set.
    pub results: Results,
}

impl Model {
    /// The tasks' names, and the name of each one's headline score.
    pub fn names_and_scores(&self) -> (Vec<String>, Vec<String>) {
        let named = |task: &study::Task| (task.name.clone(), headline_name(task.kind).to_owned());
        self.study.tasks.iter().map(named).unzip()
    }
}

/// A model with the patients that it was trained on and is judged by.
pub struct TrainedStudy {
    /// The model.
    pub model: Rc<Model>,
    /// The samples on the host.
    pub prepared: Prepared,
    /// The samples on the device.
    pub cohort: DeviceCohort,
    /// Identifiers of the samples.
    pub ids: Vec<String>,
    /// Who is in which set.
    pub partition: Partition,
    /// Draws of persons from the test rows.
    pub resamples: Resamples,
}

impl Deref for TrainedStudy {
    type Target = Model;

    fn deref(&self) -> &Model {
        &self.model
    }
}

impl TrainedStudy {
    /// The model's predictions for the test samples.
    ///
    /// # Errors
    /// Where the device fails.
    pub async fn on_test(&self) -> Result<Vec<TaskPrediction>, TrainingError> {
        let (cohort, rows) = (&self.cohort, &self.partition.test);
        let (members, fitted, groups) = (&self.members, &self.fitted, &self.groups);
        predict(members, cohort, fitted, groups, rows, Mixture::Full).await
    }

    /// The draws of persons for each task's labelled test samples.
    pub fn resamples_of_tasks(&self) -> Vec<Resamples> {
        self.prepared
            .targets
            .iter()
            .map(|target| {
                let labelled = labelled_positions(target, &self.partition.test);
                self.resamples.subset(&labelled)
            })
            .collect()
    }
}

/// The world of one training: messages go to the page as progress of request `id`.
pub struct Watch<'a, H: Host> {
    /// Where it runs.
    pub host: &'a H,
    /// What the user wants.
    pub control: &'a Control,
    /// The request that it belongs to.
    pub id: u32,
    /// The training's name in its checkpoints, and the device's kind; none where no checkpoints are sent.
    pub checkpoints: Option<(String, String)>,
}

impl<H: Host> Pace for Watch<'_, H> {
    fn now_ms(&self) -> f64 {
        self.host.now_ms()
    }

    async fn breathe(&self) {
        self.host.breathe().await;
    }

    fn stopped(&self) -> bool {
        self.control.stop.get()
    }

    fn paused(&self) -> bool {
        self.control.pause.get()
    }

    fn report(&self, progress: TrainingProgress) {
        self.host.send(Event::Progress {
            id: self.id,
            progress: Progress::Training(progress),
        });
    }

    fn checkpoints(&self) -> Option<(String, String)> {
        self.checkpoints.clone()
    }

    fn keep(&self, checkpoint: Checkpoint) {
        // Without this one the page goes on from the one before.
        if let Ok(bytes) = checkpoint.write() {
            self.host.send(Event::Checkpoint { id: self.id, bytes });
        }
    }
}

/// Whether a training tells the page how it stands after every epoch.
pub enum Keeping {
    /// It does not.
    Nothing,
    /// It does, and goes on from a checkpoint where there is one.
    Epochs(Option<Checkpoint>),
}

/// A digest of all that decides a training on a device: version, study, patients and what was fitted. `more` tells trainings apart that differ in
/// something else.
///
/// # Errors
/// Where a part cannot be written (a bug).
pub fn fingerprint(
    study: &Study,
    ids: &[String],
    partition: &Partition,
    targets: &[PreparedTarget],
    fitted: &Fitted,
    more: &str,
) -> Result<String, TrainingError> {
    let input = |error: String| TrainingError::Input(error);
    let study = serde_json::to_vec(study).map_err(|error| input(error.to_string()))?;
    // What was fitted tells which inputs were read, and how.
    let patients = postcard::to_stdvec(&(ids, partition, targets, fitted))
        .map_err(|error| input(error.to_string()))?;
    let mut digest = Sha256::new();
    digest.update(env!("CARGO_PKG_VERSION"));
    digest.update(study);
    digest.update(patients);
    digest.update(more);
    let digest = digest.finalize();
    let digits = digest.iter().take(16).map(|byte| format!("{byte:02x}"));
    Ok(digits.collect())
}

/// Says what is being done.
pub async fn say<H: Host>(host: &H, id: u32, label: &str, done: f64) {
    host.send(Event::Progress {
        id,
        progress: Progress::Work {
            label: label.into(),
            done,
        },
    });
    host.breathe().await;
}

/// Divides, prepares, trains and judges.
///
/// # Errors
/// A sentence that says what to do.
pub async fn train_study<H: Host>(
    host: &H,
    id: u32,
    cohort: Rc<Cohort>,
    study: Study,
    chosen: &Chosen,
    control: &Control,
    keeping: Keeping,
) -> Result<TrainedStudy, TrainingError> {
    let input = |error: &dyn std::fmt::Display| TrainingError::Input(error.to_string());
    say(host, id, "Dividing the patients", 0.0).await;
    let partition = split::partition(&study, &cohort).map_err(|e| input(&e))?;
    say(host, id, "Preparing the inputs", 0.05).await;
    let fitted = prepare::fit(&cohort, &study, &partition.training).map_err(|e| input(&e))?;
    say(host, id, "Preparing the inputs", 0.5).await;
    let prepared = prepare::apply(&cohort, &fitted, Some(&study)).map_err(|e| input(&e))?;
    let on_device = DeviceCohort::new(&prepared, &fitted, &chosen.device);
    say(host, id, "Starting", 1.0).await;

    let (checkpoints, from) = match keeping {
        Keeping::Nothing => (None, None),
        Keeping::Epochs(from) => {
            let (ids, targets) = (&cohort.ids, &prepared.targets);
            let name = fingerprint(&study, ids, &partition, targets, &fitted, "")?;
            if from
                .as_ref()
                .is_some_and(|from| from.progress.fingerprint != name)
            {
                return Err(TrainingError::Input(
                    "What was kept of the training belongs to another study or to other patients. Train again.".into(),
                ));
            }
            (Some((name, chosen.info.kind.clone())), from)
        }
    };
    let went_on = from.as_ref().map(|from| from.progress.clone());
    let watch = Watch {
        host,
        control,
        id,
        checkpoints,
    };
    let task = Task {
        study: &study,
        fitted: &fitted,
        targets: &prepared.targets,
        cohort: &on_device,
        partition: &partition,
        device: &chosen.device,
    };
    let trained = train(&task, &watch, from).await?;

    say(host, id, "Judging on the test set", 0.0).await;
    let rows = |rows: &[u32], mixture| {
        let (trained, on_device, fitted) = (&trained, &on_device, &fitted);
        let rows = rows.to_vec();
        async move {
            predict(
                &trained.members,
                on_device,
                fitted,
                &trained.groups,
                &rows,
                mixture,
            )
            .await
        }
    };
    let on_validation = rows(&partition.validation, Mixture::Full).await?;
    let on_test = rows(&partition.test, Mixture::Full).await?;
    let persons: Vec<u32> = partition
        .test
        .iter()
        .map(|&row| cohort.persons[row as usize])
        .collect();
    let resamples = Resamples::by_person(&persons, DRAWS, study.seed);
    let mut thresholds = vec![];
    let mut recalibration = vec![];
    let mut tasks = vec![];
    for (position, task) in study.tasks.iter().enumerate() {
        let (fitted, target) = (&fitted.targets[position], &prepared.targets[position]);
        let labelled = |predictions: &[TaskPrediction], rows| {
            Labelled::new(&predictions[position], fitted, target, rows)
        };
        let validation = labelled(&on_validation, &partition.validation);
        let raw = labelled(&on_test, &partition.test);
        let Tuned {
            fits,
            recalibration: chosen,
            threshold,
        } = validation.tuned(study.training.calibration);
        let test = raw.recalibrated(chosen.as_ref());
        let mut report = test.report(task, fitted, threshold, &resamples, study.seed);
        if let Some(fits) = &fits {
            report.charts.recalibration = raw.before_and_after(fits, &resamples);
        }
        tasks.push(report);
        recalibration.push(chosen);
        thresholds.push(threshold);
        say(
            host,
            id,
            "Judging on the test set",
            (position + 1) as f64 / study.tasks.len() as f64,
        )
        .await;
    }
    let results = Results {
        study: study.clone(),
        device: chosen.info.clone(),
        samples: SplitSizes {
            training: partition.training.len(),
            validation: partition.validation.len(),
            test: partition.test.len(),
        },
        epochs: trained.history.len(),
        best_epoch: trained.best_epoch,
        ended: trained.ended.clone(),
        seconds: trained.seconds,
        samples_per_second: trained.samples_per_second,
        weights: trained.members.iter().map(Module::num_params).sum(),
        sources: fitted
            .sources
            .iter()
            .map(|source| source.name().to_owned())
            .collect(),
        history: trained.history.clone(),
        tasks,
        warnings: warnings(&study, &partition, &trained, went_on.as_ref(), chosen),
    };
    Ok(TrainedStudy {
        model: Rc::new(Model {
            study,
            fitted,
            members: trained.members,
            groups: trained.groups,
            thresholds,
            recalibration,
            results,
        }),
        ids: cohort.ids.clone(),
        prepared,
        cohort: on_device,
        partition,
        resamples,
    })
}

/// Fewer test samples than this make wide intervals.
const FEW_TEST_SAMPLES: usize = 100;

fn warnings(
    study: &Study,
    partition: &Partition,
    trained: &Trained,
    went_on: Option<&checkpoint::Progress>,
    chosen: &Chosen,
) -> Vec<String> {
    let mut warnings = vec![];
    if let Some(from) = went_on {
        let device = |kind: &str| match kind {
            "webgpu" => "WebGPU",
            _ => "the CPU",
        };
        let (before, now) = (device(&from.device), device(&chosen.info.kind));
        let epochs = from.history.len();
        warnings.push(match before == now {
            true => format!(
                "Training was interrupted after epoch {epochs} and went on from there, to the same weights as without."
            ),
            false => format!(
                "Training began on {before}, was interrupted after epoch {epochs} and went on from there on {now}. The last digits differ between the two."
            ),
        });
    }
    if let Some(folds) = study.split.folds {
        warnings.push(format!(
            "The study asks for {folds} folds: this model is judged on the first one. Train again on the others to see all of them."
        ));
    }
    if partition.test.len() < FEW_TEST_SAMPLES {
        warnings.push(format!(
            "The test set has {} samples only: read the intervals, not the values.",
            partition.test.len()
        ));
    }
    if trained.history.is_empty() {
        warnings.push(
            "Training was stopped before its first epoch ended: these are the scores of a model that has hardly learned.".into(),
        );
    }
    warnings
}
