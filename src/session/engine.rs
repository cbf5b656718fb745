//! The session itself: what is open, and what a command does to it.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use serde::Serialize;
use serde_json::Value;

use super::ablation;
use super::arrays::Arrays;
use super::coalitions;
use super::comparison::{self, Alone};
use super::device::Chosen;
use super::encoding::{self, EncodingError, Frozen, open_encoder};
use super::explanation::Predicted;
use super::host::{FileSource, Host};
use super::losses;
use super::model_file;
use super::opening::open_files;
use super::predictions::predict_rows;
use super::protocol::{
    AblationMethod, Against, Benchmark, Command, Event, Over, Pooling, Request, TimMeasure,
    TimOptions, TrainingProgress,
};
use super::repetition::Runs;
use super::subgroups;
use super::subset::Shared;
use super::trained::{Control, Keeping, Model, TrainedStudy, say, train_study};
use crate::cohort::Cohort;
use crate::cohort::prepare;
use crate::cohort::summary::summary;
use crate::demo;
use crate::explain::coalitions::Scores;
use crate::explain::mixing::Fused;
use crate::explain::tim::{Explained, attention, occlusion};
use crate::model::DeviceCohort;
use crate::study::defaults::FOLDS;
use crate::study::{Selection, Study, document, propose, validate};
use crate::training::TrainingError;
use crate::training::benchmark;
use crate::training::checkpoint::Checkpoint;
use crate::training::run::Pace;

/// One user's work. Every method takes `&self`: short commands are answered while a training runs.
pub struct Session<H: Host> {
    host: H,
    chosen: Chosen,
    cohort: RefCell<Option<Rc<Cohort>>>,
    study: RefCell<Option<Study>>,
    model: RefCell<Option<Rc<Model>>>,
    /// The model in force with the patients it was trained on; none where it came from a file.
    judged: RefCell<Option<Rc<TrainedStudy>>>,
    /// Frozen encoders whose vectors the cohort has.
    frozen: RefCell<Vec<Rc<Frozen>>>,
    /// Models of single tasks that were trained to compare the model with.
    alone: RefCell<Alone>,
    /// Groups of tasks, and the models of them that were trained to compare the model with.
    grouped: RefCell<Vec<Vec<usize>>>,
    of_groups: RefCell<Alone>,
    /// Boosted trees that were trained to compare the model with.
    boosted: RefCell<Alone>,
    /// Scores of models of subsets of the tasks.
    coalitions: RefCell<Scores>,
    /// The model's study trained with other losses.
    losses: RefCell<losses::Others>,
    /// The model's study trained again.
    repeated: RefCell<BTreeMap<Over, Rc<Runs>>>,
    /// What was predicted last.
    predicted: RefCell<Option<Predicted>>,
    /// The test samples behind the encoders of the model in force.
    fused: RefCell<Option<Rc<Fused>>>,
    /// What another engine prepared, where this one helps it.
    held: RefCell<Option<Rc<Held>>>,
    control: Control,
    busy: Cell<Option<&'static str>>,
    /// Whether the device failed in the request that is being answered.
    device_failed: Cell<bool>,
}

/// What another engine prepared.
struct Held {
    shared: Shared<'static>,
    laid: DeviceCohort,
}

/// Long work under way; ends when dropped.
struct Busy<'a>(&'a Cell<Option<&'static str>>);

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.set(None);
    }
}

const NO_COHORT: &str = "No cohort is open. Open the demo ward or drop files first.";
const NO_FOLDS: &str =
    "No fold has been trained yet. Train again on other folds first (Results, or m3h.repeat).";
const FROM_FILE: &str = "This model was opened from a file, and the patients it was trained on are not here. It can predict for new files; to measure it, train it here.";
const NO_MODEL: &str = "No model has been trained yet. Train one first.";

impl<H: Host> Session<H> {
    /// A session without a cohort, on a device.
    pub fn new(host: H, chosen: Chosen) -> Self {
        Self {
            host,
            chosen,
            cohort: RefCell::new(None),
            study: RefCell::new(None),
            model: RefCell::new(None),
            judged: RefCell::new(None),
            frozen: RefCell::new(vec![]),
            alone: RefCell::default(),
            boosted: RefCell::default(),
            grouped: RefCell::default(),
            of_groups: RefCell::default(),
            coalitions: RefCell::default(),
            losses: RefCell::default(),
            repeated: RefCell::default(),
            predicted: RefCell::default(),
            fused: RefCell::default(),
            held: RefCell::default(),
            control: Control::default(),
            busy: Cell::new(None),
            device_failed: Cell::new(false),
        }
    }

    /// Where it runs.
    pub fn host(&self) -> &H {
        &self.host
    }

    /// Answers a request with exactly one [`Event::Done`] or [`Event::Failed`].
    pub async fn handle<F: FileSource>(&self, request: Request, files: Vec<F>) {
        let id = request.id;
        let answer = self.answer(id, request.command, files).await;
        self.host.send(match answer {
            Ok((value, bytes)) => Event::Done { id, value, bytes },
            Err(message) => Event::Failed {
                id,
                message,
                device_failed: self.device_failed.take(),
            },
        });
    }

    async fn answer<F: FileSource>(
        &self,
        id: u32,
        command: Command,
        files: Vec<F>,
    ) -> Result<(Value, Option<Vec<u8>>), String> {
        let value = match command {
            Command::Device => json(&self.chosen.info),
            Command::Cohort => json(&summary(&*self.cohort()?)),
            Command::Study => json(&self.study()?),
            Command::Results => json(&self.model()?.results),
            Command::Pause { paused } => {
                self.control.pause.set(paused);
                Ok(Value::Null)
            }
            Command::Stop => {
                self.control.stop.set(true);
                Ok(Value::Null)
            }
            Command::SetStudy { study } => self.set_study(&study),
            Command::SetColumn { name, role, kind } => {
                self.idle()?;
                let mut cohort = Rc::unwrap_or_clone(self.cohort()?);
                cohort
                    .set_column(&name, role, kind)
                    .map_err(|error| error.to_string())?;
                // The study follows the columns only where the change has made it invalid.
                let study = self.study()?;
                if validate::validate(&study, &cohort).is_err() {
                    *self.study.borrow_mut() = Some(propose::propose(&cohort));
                }
                let told = json(&summary(&cohort))?;
                *self.cohort.borrow_mut() = Some(Rc::new(cohort));
                Ok(told)
            }
            Command::OpenDemo { name, options } => {
                let _busy = self.begin("A cohort is being opened")?;
                say(&self.host, id, "Drawing the patients", 0.0).await;
                let cohort = demo::open(&name, &options).map_err(|error| error.to_string())?;
                self.open(cohort)
            }
            Command::OpenFiles { paths, options } => {
                let _busy = self.begin("A cohort is being opened")?;
                let cohort = open_files(&self.host, id, &paths, &files, options)
                    .await
                    .map_err(|error| error.to_string())?;
                self.open(cohort)
            }
            Command::OpenEncoder { paths, pooling } => {
                self.open_encoder(id, &paths, pooling, &files).await
            }
            Command::Train => self.train(id, None).await,
            Command::TrainOn => {
                let file = files
                    .first()
                    .ok_or("No checkpoint came with the message.")?;
                let bytes = file.read_all().await?;
                let from = Checkpoint::read(&bytes).map_err(|error| error.to_string())?;
                self.train(id, Some(from)).await
            }
            Command::Tim { measure, options } => self.tim(id, measure, &options).await,
            Command::TimPlan { measure, options } => {
                let planned =
                    coalitions::plan(&*self.judged()?, measure, &options, &self.coalitions);
                json(&planned.map_err(|error| error.to_string())?)
            }
            Command::Mix { alpha, beta } => self.mix(alpha, beta).await,
            Command::Explain { id } => self.explain(id).await,
            Command::Ablate { method } => self.ablate(id, method).await,
            Command::CompareSingleTask => self.compare(id, Against::Single, vec![]).await,
            Command::CompareTrees => self.compare(id, Against::Trees, vec![]).await,
            Command::CompareGroups { groups } => self.compare(id, Against::Groups, groups).await,
            Command::CompareLosses => self.compare_losses(id).await,
            Command::Repeat { over, runs } => self.repeat(id, over, runs).await,
            Command::OutOfFold => {
                let runs = self.repeated.borrow().get(&Over::Folds).cloned();
                json(&runs.and_then(|runs| runs.predictions()).ok_or(NO_FOLDS)?)
            }
            Command::TrainTrees { .. } => {
                Err("Boosted trees are trained in a worker of their own.".into())
            }
            Command::HoldPrepared { study } => self.hold_prepared(*study, &files).await,
            Command::TrainTasks { tasks } => self.train_tasks(id, &tasks).await,
            Command::ExportModel => return Ok((Value::Null, Some(self.export_model().await?))),
            Command::Subgroups { column } => {
                let _busy = self.begin("The model is being judged in groups")?;
                let (model, cohort) = (self.judged()?, self.cohort()?);
                let told = subgroups::judge(&model, &cohort, &column).await;
                json(&told.map_err(|error| error.to_string())?)
            }
            Command::ImportModel => self.import_model(&files).await,
            Command::Predict { paths } => self.predict(id, &paths, &files).await,
            Command::Benchmark {
                batch,
                widths,
                tasks,
                steps,
            } => self.benchmark(batch, &widths, tasks, steps).await,
        }?;
        Ok((value, None))
    }

    fn cohort(&self) -> Result<Rc<Cohort>, String> {
        self.cohort.borrow().clone().ok_or_else(|| NO_COHORT.into())
    }

    fn study(&self) -> Result<Study, String> {
        self.study.borrow().clone().ok_or_else(|| NO_COHORT.into())
    }

    fn model(&self) -> Result<Rc<Model>, String> {
        self.model.borrow().clone().ok_or_else(|| NO_MODEL.into())
    }

    /// The model in force with the patients it was trained on.
    fn judged(&self) -> Result<Rc<TrainedStudy>, String> {
        let judged = self.judged.borrow().clone();
        judged.ok_or_else(|| match self.model.borrow().is_some() {
            true => FROM_FILE.into(),
            false => NO_MODEL.into(),
        })
    }

    /// Puts a model in force; what was measured of the last one goes.
    fn put(&self, model: Option<Rc<Model>>, judged: Option<Rc<TrainedStudy>>) {
        *self.model.borrow_mut() = model;
        *self.judged.borrow_mut() = judged;
        self.alone.borrow_mut().clear();
        self.boosted.borrow_mut().clear();
        self.of_groups.borrow_mut().clear();
        self.coalitions.borrow_mut().clear();
        self.losses.borrow_mut().clear();
        self.repeated.borrow_mut().clear();
        *self.predicted.borrow_mut() = None;
        *self.fused.borrow_mut() = None;
    }

    fn idle(&self) -> Result<(), String> {
        match self.busy.get() {
            Some(work) => Err(format!("{work}. Wait for it, or stop it first.")),
            None => Ok(()),
        }
    }

    fn begin(&self, work: &'static str) -> Result<Busy<'_>, String> {
        self.idle()?;
        self.busy.set(Some(work));
        Ok(Busy(&self.busy))
    }

    /// Puts a cohort in force, with the study proposed for it; the last model and encoders belonged to another cohort.
    fn open(&self, cohort: Cohort) -> Result<Value, String> {
        let told = json(&summary(&cohort))?;
        *self.study.borrow_mut() = Some(propose::propose(&cohort));
        self.put(None, None);
        self.frozen.borrow_mut().clear();
        *self.cohort.borrow_mut() = Some(Rc::new(cohort));
        Ok(told)
    }

    fn set_study(&self, study: &Value) -> Result<Value, String> {
        let cohort = self.cohort()?;
        let mut study = document::parse(study).map_err(|problems| problems.to_string())?;
        propose::complete(&mut study, &cohort);
        validate::validate(&study, &cohort).map_err(|problems| problems.to_string())?;
        *self.study.borrow_mut() = Some(study.clone());
        json(&study)
    }

    async fn open_encoder<F: FileSource>(
        &self,
        id: u32,
        paths: &[String],
        pooling: Pooling,
        files: &[F],
    ) -> Result<Value, String> {
        let _busy = self.begin("Notes or images are being encoded")?;
        let cohort = self.cohort()?;
        self.control.stop.set(false);
        let device = &self.chosen.device;
        let frozen = open_encoder(&self.host, id, paths, files, pooling, device)
            .await
            .map_err(|error| error.to_string())?;
        let embedding = frozen
            .encode(&self.host, id, &self.control, &cohort)
            .await
            .map_err(|error| error.to_string())?;
        // The cohort is changed in place, not copied, where nothing else holds it.
        drop(cohort);
        let held = self.cohort.borrow_mut().take().ok_or(NO_COHORT)?;
        let mut cohort = Rc::unwrap_or_clone(held);
        encoding::add(&mut cohort, embedding);
        let told = json(&summary(&cohort));
        *self.cohort.borrow_mut() = Some(Rc::new(cohort));
        if let Some(study) = &mut *self.study.borrow_mut()
            && let Selection::Only(names) = &mut study.inputs.embeddings
            && !names.contains(&frozen.name)
        {
            names.push(frozen.name.clone());
        }
        let mut all = self.frozen.borrow_mut();
        all.retain(|other| other.name != frozen.name);
        all.push(Rc::new(frozen));
        told
    }

    async fn train(&self, id: u32, from: Option<Checkpoint>) -> Result<Value, String> {
        let _busy = self.begin("A training is running")?;
        let (cohort, study) = (self.cohort()?, self.study()?);
        validate::validate(&study, &cohort).map_err(|problems| problems.to_string())?;
        self.control.stop.set(false);
        self.control.pause.set(false);
        let keeping = Keeping::Epochs(from);
        let (host, chosen, control) = (&self.host, &self.chosen, &self.control);
        let trained = train_study(host, id, cohort, study, chosen, control, keeping).await;
        let model = trained.map_err(|error| {
            let failed = matches!(error, TrainingError::Device(_));
            self.device_failed.set(failed);
            error.to_string()
        })?;
        let told = json(&model.results)?;
        self.put(Some(model.model.clone()), Some(Rc::new(model)));
        Ok(told)
    }

    async fn tim(
        &self,
        id: u32,
        measure: TimMeasure,
        options: &TimOptions,
    ) -> Result<Value, String> {
        let _busy = self.begin("The task interactions are being measured")?;
        let model = self.judged()?;
        let explained = explained(&model);
        say(&self.host, id, "Measuring the task interactions", 0.0).await;
        let tim = match measure {
            TimMeasure::Attention => attention(&explained).await,
            TimMeasure::Occlusion => {
                let label = "Measuring the task interactions";
                occlusion(&explained, async |done| {
                    say(&self.host, id, label, done).await
                })
                .await
            }
            TimMeasure::Gain | TimMeasure::Shapley => {
                self.control.stop.set(false);
                self.control.pause.set(false);
                let (host, chosen, control) = (&self.host, &self.chosen, &self.control);
                let scores = &self.coalitions;
                coalitions::measure(host, id, &model, measure, options, chosen, control, scores)
                    .await
            }
        };
        json(&tim.map_err(|error| error.to_string())?)
    }

    async fn mix(&self, alpha: Option<f64>, beta: Option<f64>) -> Result<Value, String> {
        let _busy = self.begin("The task attention is being tried with other numbers")?;
        let model = self.judged()?;
        let trained = model
            .members
            .first()
            .map(|member| member.attention.mixing());
        let (own_alpha, own_beta) = trained.unwrap_or_default();
        let (alpha, beta) = (alpha.unwrap_or(own_alpha), beta.unwrap_or(own_beta));
        if !(0.0..=20.0).contains(&alpha) || !(-20.0..=20.0).contains(&beta) {
            return Err("Cross-exploration (alpha) is a number from 0 to 20 and self-exploitation (beta) one from −20 to 20.".into());
        }
        let explained = explained(&model);
        let known = self.fused.borrow().clone();
        let fused = known.unwrap_or_else(|| {
            let fused = Rc::new(Fused::new(&explained));
            *self.fused.borrow_mut() = Some(fused.clone());
            fused
        });
        let mixed = fused.mixed(&explained, alpha, beta).await;
        json(&mixed.map_err(|error| error.to_string())?)
    }

    async fn explain(&self, id: String) -> Result<Value, String> {
        let _busy = self.begin("A patient is being explained")?;
        let model = self.model()?;
        let predicted = self.predicted.borrow().clone();
        let predicted = predicted.ok_or("Nobody has been predicted yet. Predict first.")?;
        let told = predicted.explain(&model, id).await;
        json(&told.map_err(|error| error.to_string())?)
    }

    async fn ablate(&self, id: u32, method: AblationMethod) -> Result<Value, String> {
        let _busy = self.begin("The modalities are being taken away one by one")?;
        let model = self.judged()?;
        let told = match method {
            AblationMethod::Occlude => ablation::occlude(&self.host, id, &model).await,
            AblationMethod::Retrain => {
                self.control.stop.set(false);
                self.control.pause.set(false);
                let cohort = self.cohort()?;
                ablation::retrain(&self.host, id, &model, cohort, &self.chosen, &self.control).await
            }
        };
        json(&told.map_err(|error| error.to_string())?)
    }

    async fn compare(
        &self,
        id: u32,
        against: Against,
        groups: Vec<Vec<String>>,
    ) -> Result<Value, String> {
        let _busy = self.begin("The tasks are being trained alone")?;
        let model = self.judged()?;
        if model.study.tasks.len() < 2 && against == Against::Single {
            return Err("The model has one task only, so it is the single-task model already. Add tasks in Tasks and train again.".into());
        }
        let named = groups;
        let groups = match against {
            Against::Groups => comparison::groups_of(&model.study, &named)?,
            Against::Single | Against::Trees => comparison::each_alone(&model.study, against),
        };
        if against == Against::Groups && *self.grouped.borrow() != groups {
            self.grouped.replace(groups.clone());
            self.of_groups.borrow_mut().clear();
        }
        self.control.stop.set(false);
        self.control.pause.set(false);
        let kept = match against {
            Against::Single => &self.alone,
            Against::Trees => &self.boosted,
            Against::Groups => &self.of_groups,
        };
        let (host, chosen, control) = (&self.host, &self.chosen, &self.control);
        let others = comparison::Others {
            against,
            groups: &groups,
            kept,
        };
        let trained = comparison::train_alone(host, id, &model, others, chosen, control).await;
        let warnings = trained.map_err(|error| error.to_string())?;
        let alone = kept.borrow().clone();
        if alone.is_empty() {
            return Err(match control.stop.get() {
                true => {
                    "Stopped before the first training had ended, so there is nothing to compare."
                        .into()
                }
                false => {
                    "No task of the study can be compared: trees learn tasks with labels only."
                        .into()
                }
            });
        }
        say(&self.host, id, "Comparing on the test set", 1.0).await;
        let compared = comparison::compare(&model, against, named, &alone, warnings).await;
        json(&compared.map_err(|error| error.to_string())?)
    }

    async fn compare_losses(&self, id: u32) -> Result<Value, String> {
        let _busy = self.begin("The study is being trained with other losses")?;
        let model = self.judged()?;
        self.control.stop.set(false);
        self.control.pause.set(false);
        let (host, chosen, control) = (&self.host, &self.chosen, &self.control);
        let trained = losses::train(host, id, &model, chosen, control, &self.losses).await;
        let warnings = trained.map_err(|error| error.to_string())?;
        let others = self.losses.borrow().clone();
        if others.is_empty() {
            return Err(
                "Stopped before the first training had ended, so there is nothing to compare."
                    .into(),
            );
        }
        say(host, id, "Comparing on the test set", 1.0).await;
        let compared = losses::compare(&model, &others, warnings).await;
        json(&compared.map_err(|error| error.to_string())?)
    }

    async fn repeat(&self, id: u32, over: Over, runs: Option<usize>) -> Result<Value, String> {
        let _busy = self.begin("The study is being trained again")?;
        let (model, cohort) = (self.judged()?, self.cohort()?);
        let study = &model.study;
        validate::validate(study, &cohort).map_err(|problems| problems.to_string())?;
        let count = runs
            .or(study.split.folds.filter(|_| over == Over::Folds))
            .unwrap_or(FOLDS.default as usize);
        self.control.stop.set(false);
        self.control.pause.set(false);
        let kept = self.repeated.borrow().get(&over).cloned();
        let repeated = match kept.filter(|kept| kept.is(over, count, study, &cohort)) {
            Some(kept) => kept,
            None => {
                let new = Runs::new(over, count, study.clone(), cohort);
                let new = Rc::new(new.map_err(|error| error.to_string())?);
                self.repeated.borrow_mut().insert(over, new.clone());
                new
            }
        };
        say(&self.host, id, "Preparing the inputs", 0.0).await;
        let trained = repeated
            .train(&self.host, id, &self.chosen, &self.control)
            .await;
        let warnings = trained.map_err(|error| error.to_string())?;
        let told = repeated.told(warnings);
        if told.runs.is_empty() {
            return Err(
                "Stopped before the first training had ended, so there is nothing to tell.".into(),
            );
        }
        json(&told)
    }

    async fn export_model(&self) -> Result<Vec<u8>, String> {
        let model = self.model()?;
        model_file::write(&model)
            .await
            .map_err(|error| error.to_string())
    }

    async fn import_model<F: FileSource>(&self, files: &[F]) -> Result<Value, String> {
        let _busy = self.begin("A model is being opened")?;
        let file = files
            .first()
            .ok_or("Choose the model's file, which Results has exported.")?;
        let bytes = file.read_all().await?;
        let model = model_file::open(&bytes, &self.chosen.device).map_err(|e| e.to_string())?;
        let told = json(&model.results)?;
        self.put(Some(Rc::new(model)), None);
        Ok(told)
    }

    async fn hold_prepared<F: FileSource>(
        &self,
        study: Study,
        files: &[F],
    ) -> Result<Value, String> {
        let arrays = files.first().ok_or("No arrays came with the study.")?;
        let bytes = arrays.read_all().await?;
        let shared = Shared {
            study: Cow::Owned(study),
            arrays: Arrays::read(&bytes)?,
        };
        let laid = shared.lay(&self.chosen);
        *self.held.borrow_mut() = Some(Rc::new(Held { shared, laid }));
        Ok(Value::Null)
    }

    async fn train_tasks(&self, id: u32, tasks: &[usize]) -> Result<Value, String> {
        let _busy = self.begin("A training is running")?;
        let held = self.held.borrow().clone();
        let held = held.ok_or("No study was handed over to train tasks of.")?;
        self.control.stop.set(false);
        self.control.pause.set(false);
        let (chosen, control) = (&self.chosen, &self.control);
        let trained = held
            .shared
            .train(&self.host, id, &held.laid, tasks, chosen, control)
            .await;
        json(&trained.map_err(|error| error.to_string())?)
    }

    async fn predict<F: FileSource>(
        &self,
        id: u32,
        paths: &[String],
        files: &[F],
    ) -> Result<Value, String> {
        let _busy = self.begin("A prediction is running")?;
        let model = self.model()?;
        let (told, laid, ids) = if files.is_empty() {
            let judged = self.judged()?;
            let (cohort, prepared) = (&judged.cohort, &judged.prepared);
            let rows = &judged.partition.test;
            let told = predict_rows(&model, cohort, prepared, &judged.ids, rows, vec![]).await;
            (told, cohort.clone(), judged.ids.clone())
        } else {
            let mut cohort = open_files(&self.host, id, paths, files, Default::default())
                .await
                .map_err(|error| error.to_string())?;
            self.encode_new(id, &model, &mut cohort).await?;
            say(&self.host, id, "Predicting", 0.5).await;
            let prepared =
                prepare::apply(&cohort, &model.fitted, None).map_err(|e| e.to_string())?;
            let on_device = DeviceCohort::new(&prepared, &model.fitted, &self.chosen.device);
            let rows: Vec<u32> = (0..cohort.samples() as u32).collect();
            let warnings = cohort.warnings.clone();
            let told =
                predict_rows(&model, &on_device, &prepared, &cohort.ids, &rows, warnings).await;
            (told, on_device, cohort.ids)
        };
        let told = told.map_err(|error| error.to_string())?;
        *self.predicted.borrow_mut() = Some(Predicted::new(&told, laid, &ids));
        json(&told)
    }

    /// New files to predict for get the vectors that the model was trained with.
    async fn encode_new(&self, id: u32, model: &Model, cohort: &mut Cohort) -> Result<(), String> {
        self.control.stop.set(false);
        let encoders: Vec<Rc<Frozen>> = self.frozen.borrow().clone();
        let reads = |name: &str| model.fitted.sources.iter().any(|s| s.name() == name);
        for frozen in encoders.iter().filter(|frozen| reads(&frozen.name)) {
            match frozen.encode(&self.host, id, &self.control, cohort).await {
                Ok(embedding) => encoding::add(cohort, embedding),
                // Patients without notes or images have no vectors, as in training.
                Err(EncodingError::Nothing { .. }) => {}
                Err(error) => return Err(error.to_string()),
            }
        }
        Ok(())
    }

    async fn benchmark(
        &self,
        batch: usize,
        widths: &[usize],
        tasks: usize,
        steps: usize,
    ) -> Result<Value, String> {
        let _busy = self.begin("A benchmark is running")?;
        let limits = (1..=4096).contains(&batch)
            && (1..=64).contains(&tasks)
            && (1..=32).contains(&widths.len())
            && widths.iter().all(|width| (1..=8192).contains(width))
            && (1..=1000).contains(&steps);
        if !limits {
            return Err("A benchmark takes a batch of 1 to 4096, 1 to 32 sources of 1 to 8192 columns, 1 to 64 tasks and 1 to 1000 steps.".into());
        }
        let timings = benchmark::measure(
            &self.chosen.device,
            batch,
            widths,
            tasks,
            steps,
            &Quiet(&self.host),
        )
        .await
        .map_err(|error| error.to_string())?;
        json(&Benchmark {
            device: self.chosen.info.clone(),
            first_step_ms: timings.first_step_ms,
            step_ms: timings.step_ms,
            forward_ms: timings.forward_ms,
            training_samples_per_second: batch as f64 / timings.step_ms * 1000.0,
            forward_samples_per_second: batch as f64 / timings.forward_ms * 1000.0,
        })
    }
}

/// The model in force with its test samples.
fn explained(model: &TrainedStudy) -> Explained<'_> {
    Explained {
        members: &model.members,
        groups: &model.groups,
        study: &model.study,
        fitted: &model.fitted,
        prepared: &model.prepared,
        cohort: &model.cohort,
        rows: &model.partition.test,
        resamples: &model.resamples,
    }
}

/// A clock for work that cannot be stopped.
struct Quiet<'a, H: Host>(&'a H);

impl<H: Host> Pace for Quiet<'_, H> {
    fn now_ms(&self) -> f64 {
        self.0.now_ms()
    }

    async fn breathe(&self) {
        self.0.breathe().await;
    }

    fn stopped(&self) -> bool {
        false
    }

    fn paused(&self) -> bool {
        false
    }

    fn report(&self, _: TrainingProgress) {}
}

fn json<T: Serialize>(value: &T) -> Result<Value, String> {
    serde_json::to_value(value)
        .map_err(|error| format!("The answer could not be written ({error})."))
}
