//! What the page knows, and everything it can ask for. Panels and the JavaScript interface share one [`Studio`].

use std::collections::BTreeMap;
use std::future::Future;
use std::rc::Rc;

use js_sys::Uint8Array;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsValue;
use web_sys::File;

use crate::cohort::{ColumnKind, Role};
use crate::session::client::{Address, Client, ClientError, Engine, ProgressListener};
use crate::session::protocol::{
    Ablation, AblationMethod, Against, Benchmark, CohortSummary, Comparison, DemoOptions,
    DeviceInfo, Explanation, ImportOptions, LossComparison, Mixing, Over, Pooling, Predictions,
    Progress, Repetition, Results, Subgroups, Tim, TimMeasure, TimOptions, TimPlan,
    TrainingProgress,
};
use crate::study::Study;
use crate::ui::kept::Kept;
use crate::ui::recovery::{Origin, SharedProgress};

/// One of the six panels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Panel {
    /// What was opened and understood.
    Data,
    /// What to learn.
    Tasks,
    /// Learning.
    Train,
    /// Scores on the test set.
    Results,
    /// Which task helps which.
    Tim,
    /// New patients.
    Predict,
}

impl Panel {
    /// All panels, in the order of work.
    pub const ALL: [Panel; 6] = [
        Panel::Data,
        Panel::Tasks,
        Panel::Train,
        Panel::Results,
        Panel::Tim,
        Panel::Predict,
    ];

    /// The panel's address, without `#`.
    pub fn address(self) -> &'static str {
        match self {
            Panel::Data => "data",
            Panel::Tasks => "tasks",
            Panel::Train => "train",
            Panel::Results => "results",
            Panel::Tim => "tim",
            Panel::Predict => "predict",
        }
    }

    /// The panel's name.
    pub fn title(self) -> &'static str {
        match self {
            Panel::Data => "Data",
            Panel::Tasks => "Tasks",
            Panel::Train => "Train",
            Panel::Results => "Results",
            Panel::Tim => "TIM",
            Panel::Predict => "Predict",
        }
    }

    /// The panel of an address, with or without `#`.
    pub fn of_address(address: &str) -> Option<Panel> {
        let address = address.trim_start_matches('#');
        Panel::ALL
            .into_iter()
            .find(|panel| panel.address() == address)
    }
}

/// The panels that a page wants seen, and a sentence for each that there is not. Read-only, there are only those that show what was computed.
pub fn panels_shown(wanted: &[String], readonly: bool) -> (Vec<Panel>, Vec<String>) {
    let looking = [Panel::Results, Panel::Tim, Panel::Predict];
    let possible: &[Panel] = if readonly { &looking } else { &Panel::ALL };
    let mut problems = Vec::new();
    let mut shown = Vec::new();
    for name in wanted {
        match Panel::of_address(name) {
            Some(panel) if possible.contains(&panel) => shown.push(panel),
            Some(panel) => problems.push(format!(
                "The panel {} is not shown, since this studio is for looking at results only.",
                panel.title()
            )),
            None => problems.push(unknown_panel(name)),
        }
    }
    if shown.is_empty() {
        shown = possible.to_vec();
    }
    (shown, problems)
}

/// The sentence for a panel that there is not.
pub fn unknown_panel(name: &str) -> String {
    format!(
        "There is no panel {name}: the panels are data, tasks, train, results, tim and predict."
    )
}

/// How far a panel is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Something else has to be done first.
    Waiting,
    /// It can be used.
    Available,
    /// What it is for has been done.
    Done,
}

/// Work that goes on in the engine, other than training.
#[derive(Debug, Clone, PartialEq)]
pub struct Work {
    /// What is being done, for example `Opening files`.
    pub label: String,
    /// How far it is, once the engine has said so.
    pub progress: Option<WorkProgress>,
    /// When it began, in milliseconds of the page's clock.
    pub began_ms: f64,
}

/// How far some work is.
#[derive(Debug, Clone, PartialEq)]
pub enum WorkProgress {
    /// Files are being read.
    Import {
        /// The file being read.
        file: String,
        /// Bytes read.
        bytes: f64,
        /// Bytes in all.
        bytes_total: f64,
        /// Rows read.
        rows: f64,
    },
    /// Something else.
    Step {
        /// What, in words.
        label: String,
        /// Share done, 0 to 1.
        done: f64,
    },
}

/// The training under way, or the last one.
#[derive(Debug, Clone, Default)]
pub struct Training {
    /// Whether it runs (paused included).
    pub running: bool,
    /// Whether it is paused.
    pub paused: bool,
    /// Whether it was told to stop and has not ended yet.
    pub stopping: bool,
    /// What is being prepared before the first step, and the share done.
    pub preparing: Option<(String, f64)>,
    /// The newest progress, parts of an epoch included.
    pub latest: Option<TrainingProgress>,
    /// The finished epochs, in order.
    pub epochs: Vec<TrainingProgress>,
    /// Why it failed.
    pub failure: Option<String>,
    /// What happened on the way, where the engine was lost.
    pub interrupted: Option<String>,
}

/// Something that went wrong and that the user should read.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// What could not be done, for example `The files could not be opened`.
    pub title: String,
    /// Why, and what to do; several problems stand one a line.
    pub message: String,
}

/// A study that came with the page's address.
#[derive(Debug, Clone, PartialEq)]
pub struct WaitingStudy {
    /// The document, not validated yet.
    pub document: serde_json::Value,
    /// What the open cohort lacks of it, one a line; none where it was not tried.
    pub problems: Option<String>,
}

impl WaitingStudy {
    /// The study's name, for people.
    pub fn name(&self) -> String {
        let name = self.document.get("name").and_then(|name| name.as_str());
        name.filter(|name| !name.trim().is_empty())
            .unwrap_or("without a name")
            .to_string()
    }
}

/// The page's state. It is copied freely; all copies are the same.
#[derive(Clone, Copy)]
pub struct Studio {
    /// The panels that can be seen, in their order.
    shown: StoredValue<Vec<Panel>>,
    /// Whether what was computed can be looked at and nothing else.
    pub readonly: bool,
    /// The panel being shown.
    pub panel: RwSignal<Panel>,
    /// How the engine is.
    pub engine: RwSignal<Engine>,
    /// What the open cohort holds.
    pub cohort: RwSignal<Option<CohortSummary>>,
    /// The study in force.
    pub study: RwSignal<Option<Study>>,
    /// A study that came with the page's address and is not in force yet.
    pub waiting_study: RwSignal<Option<WaitingStudy>>,
    /// The training under way or the last one.
    pub training: RwSignal<Option<Training>>,
    /// The results of the last training of this cohort.
    pub results: RwSignal<Option<Results>>,
    /// Whether the model in force, and these results, came from a file: the patients behind them are not here.
    pub from_file: RwSignal<bool>,
    /// The task interactions of these results, by measure.
    pub tim: RwSignal<BTreeMap<TimMeasure, Tim>>,
    /// What each modality adds to these results, by the way it was taken away.
    pub ablation: RwSignal<BTreeMap<AblationMethod, Ablation>>,
    /// These results beside models of each task alone, and beside trees.
    pub comparison: RwSignal<BTreeMap<Against, Comparison>>,
    /// These results beside those of other losses.
    pub losses: RwSignal<Option<LossComparison>>,
    /// The study of these results trained again, by what differs.
    pub repetition: RwSignal<BTreeMap<Over, Repetition>>,
    /// The last predictions of this model.
    pub predictions: RwSignal<Option<Predictions>>,
    /// Work that goes on, other than training.
    pub work: RwSignal<Option<Work>>,
    /// What went wrong last, until it is dismissed.
    pub problem: RwSignal<Option<Problem>>,
    /// What a screen reader is told.
    pub announcement: RwSignal<String>,
    /// The files of the open cohort, to open them again with other options.
    opened: StoredValue<Origin, LocalStorage>,
    /// What the user decided about the open cohort's import.
    decided: StoredValue<ImportOptions>,
    client: StoredValue<Client, LocalStorage>,
}

/// A file that the user gave, with its path inside the folder it came in.
#[derive(Debug, Clone)]
pub struct PickedFile {
    /// Its path inside the dropped folder; its name where it came alone.
    pub path: String,
    /// The file.
    pub file: File,
}

/// Hears of a training's progress.
pub type TrainingListener = Box<dyn Fn(&TrainingProgress)>;

/// Hears of other work: what is being done, and the share done, 0 to 1.
pub type WorkListener = Box<dyn Fn(&str, f64)>;

impl Studio {
    /// Starts the engine and an empty state. Call it inside a reactive owner that lives as long as the page.
    pub fn start(address: Address, shown: Vec<Panel>, readonly: bool) -> Studio {
        let engine = RwSignal::new(Engine::Starting);
        let client = Client::start(address, move |state| engine.set(state.clone()));
        let first = shown.first().copied().unwrap_or(Panel::Data);
        Studio {
            shown: StoredValue::new(shown),
            readonly,
            panel: RwSignal::new(first),
            engine,
            cohort: RwSignal::new(None),
            study: RwSignal::new(None),
            waiting_study: RwSignal::new(None),
            training: RwSignal::new(None),
            results: RwSignal::new(None),
            from_file: RwSignal::new(false),
            tim: RwSignal::new(BTreeMap::new()),
            ablation: RwSignal::new(BTreeMap::new()),
            comparison: RwSignal::new(BTreeMap::new()),
            losses: RwSignal::new(None),
            repetition: RwSignal::new(BTreeMap::new()),
            predictions: RwSignal::new(None),
            work: RwSignal::new(None),
            problem: RwSignal::new(None),
            announcement: RwSignal::new(String::new()),
            opened: StoredValue::new_local(Origin::default()),
            decided: StoredValue::new(ImportOptions::default()),
            client: StoredValue::new_local(client),
        }
    }

    /// The state of the page that the calling component is in.
    pub fn of_page() -> Studio {
        expect_context::<Studio>()
    }

    pub(super) fn client(&self) -> Client {
        self.client.get_value()
    }

    // ---- what the state means ------------------------------------------------------------------

    /// How far a panel is; reactive.
    pub fn standing(&self, panel: Panel) -> Standing {
        let has = |condition: bool, done: bool| match (condition, done) {
            (false, _) => Standing::Waiting,
            (true, false) => Standing::Available,
            (true, true) => Standing::Done,
        };
        let cohort = self.cohort.with(Option::is_some);
        let study = self.study.with(Option::is_some);
        let results = self.results.with(Option::is_some);
        match panel {
            Panel::Data => has(true, cohort),
            Panel::Tasks => has(cohort, study),
            Panel::Train => has(cohort && study, results),
            Panel::Results => has(results, results),
            Panel::Tim => has(
                results && !self.from_file.get(),
                self.tim.with(|tim| !tim.is_empty()),
            ),
            Panel::Predict => has(results, self.predictions.with(Option::is_some)),
        }
    }

    /// Whether training runs, paused or not; reactive.
    pub fn is_training(&self) -> bool {
        self.training
            .with(|training| training.as_ref().is_some_and(|training| training.running))
    }

    /// Whether the engine is at work, training or other, that a reload would lose; reactive.
    pub fn is_busy(&self) -> bool {
        self.is_training() || self.work.with(Option::is_some)
    }

    /// Whether the study was changed since the results were computed; reactive.
    pub fn results_are_stale(&self) -> bool {
        self.results.with(|results| {
            self.study.with(|study| match (results, study) {
                (Some(results), Some(study)) => results.study != *study && !self.from_file.get(),
                _ => false,
            })
        })
    }

    /// The device in use, once the engine answers; reactive.
    pub fn device_in_use(&self) -> Option<DeviceInfo> {
        self.engine.with(|engine| match engine {
            Engine::Ready { device, .. } => Some(device.clone()),
            _ => None,
        })
    }

    /// The panels that can be seen, in their order.
    pub fn shown(&self) -> Vec<Panel> {
        self.shown.get_value()
    }

    /// Whether a panel can be seen.
    pub fn shows(&self, panel: Panel) -> bool {
        self.shown.with_value(|shown| shown.contains(&panel))
    }

    /// The panel that the studio begins with.
    pub fn first_panel(&self) -> Panel {
        self.shown
            .with_value(|shown| shown.first().copied())
            .unwrap_or(Panel::Data)
    }

    // ---- what the page does --------------------------------------------------------------------

    /// Goes to a panel, by its address, so that the browser's back button returns.
    pub fn go(&self, panel: Panel) {
        if !self.shows(panel) {
            return;
        }
        if let Some(window) = web_sys::window() {
            // The hash change sets `panel`; a browser that refuses it still gets the panel.
            if window.location().set_hash(panel.address()).is_err() {
                self.panel.set(panel);
            }
        }
    }

    /// Tells a screen reader something, politely.
    pub fn announce(&self, text: impl Into<String>) {
        self.announcement.set(text.into());
    }

    /// Shows what went wrong.
    pub fn report(&self, title: &str, error: &ClientError) {
        self.problem.set(Some(Problem {
            title: title.to_string(),
            message: error.to_string(),
        }));
    }

    /// Does something in the background; a failure is shown under `failure`, the sentence of what could not be done.
    pub fn perform<T: 'static>(
        self,
        failure: &'static str,
        work: impl Future<Output = Result<T, ClientError>> + 'static,
    ) {
        self.problem.set(None);
        spawn_local(async move {
            if let Err(error) = work.await {
                self.report(failure, &error);
            }
        });
    }

    /// Marks work as going on while a request runs, and passes its progress to the page.
    async fn during<T>(
        &self,
        label: &str,
        request: impl Future<Output = Result<T, ClientError>>,
    ) -> Result<T, ClientError> {
        self.work.set(Some(Work {
            label: label.to_string(),
            progress: None,
            began_ms: now_ms(),
        }));
        self.announce(format!("{label} …"));
        let outcome = request.await;
        self.work.set(None);
        outcome
    }

    /// Puts the engine's progress into [`Studio::work`].
    fn work_listener(&self) -> Option<ProgressListener> {
        let work = self.work;
        Some(Box::new(move |progress| {
            let progress = match progress {
                Progress::Import {
                    file,
                    bytes,
                    bytes_total,
                    rows,
                } => WorkProgress::Import {
                    file: file.clone(),
                    bytes: *bytes,
                    bytes_total: *bytes_total,
                    rows: *rows,
                },
                Progress::Work { label, done } => WorkProgress::Step {
                    label: label.clone(),
                    done: *done,
                },
                Progress::Training(_) | Progress::Coalition(_) => return,
            };
            work.update(|work| {
                if let Some(work) = work {
                    work.progress = Some(progress);
                }
            });
        }))
    }

    /// The same, and `listener` hears of it as well.
    fn work_listener_and(&self, listener: Option<WorkListener>) -> ProgressListener {
        let shown = self.work_listener();
        Box::new(move |progress| {
            if let Some(shown) = &shown {
                shown(progress);
            }
            if let (Some(listener), Progress::Work { label, done }) = (&listener, progress) {
                listener(label, *done);
            }
        })
    }

    // ---- what can be asked of the engine -------------------------------------------------------

    /// Waits until the engine answers.
    pub async fn ready(&self) -> Result<(DeviceInfo, String), ClientError> {
        self.client().ready().await
    }

    /// The worker that the engine runs in, once it was started.
    pub fn worker_in_use(&self) -> Option<&'static str> {
        self.client().started()
    }

    /// The device in use, asked of the engine.
    pub async fn device(&self) -> Result<DeviceInfo, ClientError> {
        self.client().device().await
    }

    /// Opens a generated cohort and its study.
    pub async fn open_demo(
        &self,
        name: &str,
        options: DemoOptions,
    ) -> Result<CohortSummary, ClientError> {
        let client = self.client();
        let demo = Some((name.to_string(), options.clone()));
        let request = client.open_demo(name.to_string(), options, self.work_listener());
        let summary = self.during("Making the demo ward", request).await?;
        self.opened.set_value(Origin {
            demo,
            ..Origin::default()
        });
        self.decided.set_value(ImportOptions::default());
        self.take_cohort(summary).await
    }

    /// Opens files as a cohort and lets the engine propose a study.
    pub async fn open_files(
        &self,
        files: Vec<PickedFile>,
        options: ImportOptions,
    ) -> Result<CohortSummary, ClientError> {
        let client = self.client();
        let (paths, contents) = PickedFile::divided(&files);
        let kept = options.clone();
        let request = client.open_files(&contents, paths, options, self.work_listener());
        let summary = self.during("Opening files", request).await?;
        self.opened.set_value(Origin {
            files,
            ..Origin::default()
        });
        self.decided.set_value(kept);
        self.take_cohort(summary).await
    }

    /// The files of the open cohort; none for a generated one.
    pub fn opened_files(&self) -> Vec<PickedFile> {
        self.opened.with_value(|origin| origin.files.clone())
    }

    /// What the open cohort was made of.
    pub(super) fn origin(&self) -> Origin {
        self.opened.get_value()
    }

    /// What the user has decided about the open cohort's import, columns changed since included.
    pub fn import_options(&self) -> ImportOptions {
        self.decided.get_value()
    }

    /// A new cohort is open: what belonged to the old one goes, and the engine's study comes.
    async fn take_cohort(&self, summary: CohortSummary) -> Result<CohortSummary, ClientError> {
        self.training.set(None);
        self.forget_results();
        self.study.set(None);
        self.cohort.set(Some(summary.clone()));
        self.announce(format!(
            "{} is open: {} samples.",
            summary.name, summary.samples
        ));
        self.take_study().await?;
        // A cohort that the waiting study does not fit is open all the same.
        let _ = self.use_waiting_study().await;
        Ok(summary)
    }

    /// Puts the study of the page's address in force, where one waits. One that does not fit the cohort goes on waiting, with what does not fit.
    pub async fn use_waiting_study(&self) -> Result<(), ClientError> {
        let Some(waiting) = self.waiting_study.get_untracked() else {
            return Ok(());
        };
        match self.set_study(waiting.document.clone()).await {
            Ok(study) => {
                self.waiting_study.set(None);
                self.announce(format!("The study {} of the link is in force.", study.name));
                Ok(())
            }
            Err(error) => {
                self.waiting_study.set(Some(WaitingStudy {
                    problems: Some(error.to_string()),
                    ..waiting
                }));
                self.announce("The study of the link does not fit this cohort.");
                Err(error)
            }
        }
    }

    pub(super) fn forget_results(&self) {
        self.results.set(None);
        self.from_file.set(false);
        self.tim.set(BTreeMap::new());
        self.ablation.set(BTreeMap::new());
        self.comparison.set(BTreeMap::new());
        self.losses.set(None);
        self.repetition.set(BTreeMap::new());
        self.predictions.set(None);
    }

    /// Fetches the study in force; a cohort that has none is no failure, the panel says so.
    async fn take_study(&self) -> Result<(), ClientError> {
        match self.client().study().await {
            Ok(study) => self.study.set(Some(study)),
            Err(ClientError::Refused(_)) => self.study.set(None),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// What the open cohort holds.
    pub async fn fetch_cohort(&self) -> Result<CohortSummary, ClientError> {
        self.client().cohort().await
    }

    /// Changes the role and kind of a column; the study may change with it.
    pub async fn set_column(
        &self,
        name: String,
        role: Role,
        kind: ColumnKind,
    ) -> Result<CohortSummary, ClientError> {
        let summary = self.client().set_column(name.clone(), role, kind).await?;
        self.decided.update_value(|options| {
            options.roles.insert(name.clone(), role);
            options.kinds.insert(name, kind);
        });
        self.cohort.set(Some(summary.clone()));
        self.take_study().await?;
        Ok(summary)
    }

    /// Runs the open cohort's notes or images through a frozen encoder; its vectors become an input of the study.
    pub async fn open_encoder(
        &self,
        files: Vec<PickedFile>,
        pooling: Pooling,
    ) -> Result<CohortSummary, ClientError> {
        let client = self.client();
        let (paths, contents) = PickedFile::divided(&files);
        let request = client.open_encoder(&contents, paths, pooling, self.work_listener());
        let summary = self.during(ENCODING, request).await?;
        self.opened
            .update_value(|origin| origin.encoders.push((files, pooling)));
        self.cohort.set(Some(summary.clone()));
        self.take_study().await?;
        self.announce("The encoder's vectors are with the cohort, and the study reads them.");
        Ok(summary)
    }

    /// Puts a study in force; fails with all its problems, one a line, and leaves the old one then.
    pub async fn set_study(&self, study: serde_json::Value) -> Result<Study, ClientError> {
        let study = self.client().set_study(study).await?;
        self.study.set(Some(study.clone()));
        Ok(study)
    }

    /// The study in force, asked of the engine.
    pub async fn fetch_study(&self) -> Result<Study, ClientError> {
        self.client().study().await
    }

    /// Trains the study in force; `on_epoch` hears of every finished epoch.
    pub async fn train(&self, on_epoch: Option<TrainingListener>) -> Result<Results, ClientError> {
        if self
            .training
            .with_untracked(|training| training.as_ref().is_some_and(|training| training.running))
        {
            return Err(ClientError::Refused(
                "Training is already running: stop it first.".into(),
            ));
        }
        let training = self.training;
        training.set(Some(Training {
            running: true,
            ..Training::default()
        }));
        self.announce("Training has started.");
        let listener: SharedProgress = Rc::new(move |progress: &Progress| {
            take_training_progress(training, progress);
            if let (Progress::Training(epoch), Some(on_epoch)) = (progress, &on_epoch)
                && epoch.step == 0
                && epoch.epoch > 0
            {
                on_epoch(epoch);
            }
        });
        let outcome = self.train_to_the_end(listener).await;
        training.update(|training| {
            if let Some(training) = training {
                training.running = false;
                training.paused = false;
                training.stopping = false;
                training.preparing = None;
                training.failure = outcome.as_ref().err().map(ToString::to_string);
            }
        });
        if let Ok(results) = &outcome {
            self.forget_results();
            self.results.set(Some(results.clone()));
        }
        self.announce(match &outcome {
            Ok(results) => format!("Training has ended. {}", results.ended),
            Err(_) => "Training has failed.".into(),
        });
        outcome
    }

    /// Pauses the running training, or resumes it.
    pub async fn pause(&self, paused: bool) -> Result<(), ClientError> {
        self.client().pause(paused).await?;
        self.training.update(|training| {
            if let Some(training) = training.as_mut().filter(|training| training.running) {
                training.paused = paused;
            }
        });
        self.announce(if paused {
            "Training is paused."
        } else {
            "Training goes on."
        });
        Ok(())
    }

    /// Ends the running training, keeping the best weights.
    pub async fn stop(&self) -> Result<(), ClientError> {
        self.training.update(|training| {
            if let Some(training) = training.as_mut().filter(|training| training.running) {
                training.stopping = true;
            }
        });
        self.client().stop().await
    }

    /// The results of the last training, asked of the engine.
    pub async fn fetch_results(&self) -> Result<Results, ClientError> {
        self.client().results().await
    }

    /// Computes a task interaction measure and keeps it in [`Studio::tim`]. Trainings that an earlier visit finished on the same patients count, and
    /// those of this one are kept for the next.
    pub async fn measure_tim(
        &self,
        measure: TimMeasure,
        mut options: TimOptions,
        listener: Option<WorkListener>,
    ) -> Result<Tim, ClientError> {
        let client = self.client();
        let mut listener = self.work_listener_and(listener);
        if measure.trains() {
            let plan = client.tim_plan(measure, options.clone()).await?;
            let kept = Kept::of(&plan.fingerprint);
            options.kept.extend(kept.trainings());
            let shown = listener;
            listener = Box::new(move |progress| {
                if let Progress::Coalition(trained) = progress {
                    kept.add(trained);
                }
                shown(progress);
            });
        }
        let request = client.tim(measure, options, Some(listener));
        let tim = self.during("Measuring task interactions", request).await?;
        let kept = tim.clone();
        self.tim.update(|all| {
            all.insert(kept.measure, kept);
        });
        Ok(tim)
    }

    /// What a measure of task interaction would train; trainings that an earlier visit finished on the same patients count.
    pub async fn plan_tim(
        &self,
        measure: TimMeasure,
        mut options: TimOptions,
    ) -> Result<TimPlan, ClientError> {
        let plan = self.client().tim_plan(measure, options.clone()).await?;
        options.kept.extend(Kept::of(&plan.fingerprint).trainings());
        self.client().tim_plan(measure, options).await
    }

    /// What the trained weights give with other numbers in the task attention; as trained where none is given. Quick, so that it is not shown as
    /// work.
    pub async fn mix(&self, alpha: Option<f64>, beta: Option<f64>) -> Result<Mixing, ClientError> {
        self.client().mix(alpha, beta).await
    }

    /// What moved the predictions of a patient of the last prediction. Quick, so that it is not shown as work.
    pub async fn explain(&self, id: String) -> Result<Explanation, ClientError> {
        self.client().explain(id).await
    }

    /// Takes each modality away in turn and keeps what it adds in [`Studio::ablation`].
    pub async fn ablate(&self, method: AblationMethod) -> Result<Ablation, ClientError> {
        let client = self.client();
        let request = client.ablate(method, self.work_listener());
        let ablation = self.during("Comparing the modalities", request).await?;
        let kept = ablation.clone();
        self.ablation.update(|all| {
            all.insert(method, kept);
        });
        self.announce("What each modality adds has been measured.");
        Ok(ablation)
    }

    /// Trains each task alone, or trees for it, or each of `groups`, and keeps the comparison in [`Studio::comparison`]; `listener` hears the share done, 0 to 1.
    pub async fn compare(
        &self,
        against: Against,
        groups: Vec<Vec<String>>,
        listener: Option<WorkListener>,
    ) -> Result<Comparison, ClientError> {
        let client = self.client();
        if against == Against::Trees && !client.can_load("worker_trees").await {
            return Err(ClientError::Refused(
                "The part of the studio that trains boosted trees could not be loaded. It is kept for use offline once it has been used with a connection: try again when the server of this page can be reached.".into(),
            ));
        }
        let both = self.work_listener_and(listener);
        let request = client.compare(against, groups, Some(both));
        let label = match against {
            Against::Groups => "Training the groups",
            Against::Single | Against::Trees => "Training the tasks alone",
        };
        let comparison = self.during(label, request).await?;
        let kept = comparison.clone();
        self.comparison.update(|all| {
            all.insert(against, kept);
        });
        self.announce(comparison.verdict.clone());
        Ok(comparison)
    }

    /// Trains the model's study with other losses and keeps what they change in [`Studio::losses`].
    pub async fn compare_losses(
        &self,
        listener: Option<WorkListener>,
    ) -> Result<LossComparison, ClientError> {
        let client = self.client();
        let request = client.compare_losses(Some(self.work_listener_and(listener)));
        let compared = self.during("Training with other losses", request).await?;
        self.losses.set(Some(compared.clone()));
        self.announce("What other losses change has been measured.");
        Ok(compared)
    }

    /// Trains the model's study again, on each fold or from other seeds, and keeps what it says in [`Studio::repetition`].
    pub async fn repeat(
        &self,
        over: Over,
        runs: Option<usize>,
        listener: Option<WorkListener>,
    ) -> Result<Repetition, ClientError> {
        let client = self.client();
        let request = client.repeat(over, runs, Some(self.work_listener_and(listener)));
        let repetition = self.during("Training again", request).await?;
        let kept = repetition.clone();
        self.repetition.update(|all| {
            all.insert(over, kept);
        });
        self.announce(format!(
            "{} of {} trainings have ended.",
            repetition.runs.len(),
            repetition.wanted
        ));
        Ok(repetition)
    }

    /// The out-of-fold predictions of the last [`Studio::repeat`] over folds.
    pub async fn out_of_fold(&self) -> Result<Predictions, ClientError> {
        self.client().out_of_fold().await
    }

    /// Every task within the groups of a column.
    pub async fn subgroups(&self, column: String) -> Result<Subgroups, ClientError> {
        let client = self.client();
        self.during("Judging in groups", client.subgroups(column))
            .await
    }

    /// The model in force as a file.
    pub async fn export_model(&self) -> Result<Uint8Array, ClientError> {
        let client = self.client();
        self.during("Exporting the model", client.export_model())
            .await
    }

    /// Puts the model of a file in force, with the figures it was exported with.
    pub async fn import_model(&self, file: JsValue) -> Result<Results, ClientError> {
        let client = self.client();
        let results = self
            .during("Opening the model", client.import_model(file))
            .await?;
        self.forget_results();
        self.training.set(None);
        self.from_file.set(true);
        self.results.set(Some(results.clone()));
        self.announce(format!(
            "The model {} is open: {} tasks.",
            results.study.name,
            results.tasks.len()
        ));
        Ok(results)
    }

    /// Predicts for files, or for the open cohort's test set without files, and keeps it in [`Studio::predictions`].
    pub async fn predict(&self, files: Vec<PickedFile>) -> Result<Predictions, ClientError> {
        let client = self.client();
        let (paths, contents) = PickedFile::divided(&files);
        let request = client.predict(&contents, paths, self.work_listener());
        let predictions = self.during("Predicting", request).await?;
        self.predictions.set(Some(predictions.clone()));
        self.announce(format!(
            "Predictions for {} samples are ready.",
            predictions.rows.len()
        ));
        Ok(predictions)
    }

    /// Times training steps and forward passes on generated numbers.
    pub async fn benchmark(
        &self,
        batch: usize,
        widths: Vec<usize>,
        tasks: usize,
        steps: usize,
    ) -> Result<Benchmark, ClientError> {
        let client = self.client();
        let request = client.benchmark(batch, widths, tasks, steps);
        self.during("Timing the engine", request).await
    }
}

fn take_training_progress(training: RwSignal<Option<Training>>, progress: &Progress) {
    training.update(|training| {
        let Some(training) = training else { return };
        match progress {
            Progress::Training(now) => {
                training.preparing = None;
                let last = training.epochs.last().map_or(0, |epoch| epoch.epoch);
                if now.step == 0 && now.epoch > last {
                    training.epochs.push(now.clone());
                }
                training.latest = Some(now.clone());
            }
            Progress::Work { label, done } => training.preparing = Some((label.clone(), *done)),
            Progress::Import { .. } | Progress::Coalition(_) => {}
        }
    });
}

impl PickedFile {
    /// Paths and contents, as the engine takes them.
    pub fn divided(files: &[PickedFile]) -> (Vec<String>, Vec<JsValue>) {
        files
            .iter()
            .map(|picked| (picked.path.clone(), picked.file.clone().into()))
            .unzip()
    }
}

/// What [`Studio::work`] is called while a frozen encoder runs.
pub const ENCODING: &str = "Encoding notes or images";

/// Milliseconds of the page's clock, from its start.
pub fn now_ms() -> f64 {
    web_sys::window()
        .and_then(|window| window.performance())
        .map_or(0.0, |clock| clock.now())
}
