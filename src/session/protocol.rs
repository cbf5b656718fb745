//! What page and worker say to each other. All of it is JSON: the page hands it to JavaScript as it is.

mod comparison;
mod explanation;
mod losses;
mod repetition;
mod subgroups;
mod tim;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::comparison::{Against, ComparedDepartment, ComparedTask, Comparison};
pub use self::explanation::{Contribution, Contributions, ExplainedTask, Explanation, Mixing};
pub use self::losses::{LossChoice, LossComparison, LossEffect};
pub use self::repetition::{Over, RepeatedRun, RepeatedTask, Repetition};
pub use self::subgroups::{Subgroup, SubgroupTask, Subgroups};
pub use self::tim::{Tim, TimMeasure, TimOptions, TimPlan, TimSentence, TrainedCoalition};
use crate::cohort::{ColumnKind, Role};
pub use crate::metrics::OperatingPoint;
pub use crate::metrics::report::{
    CalibrationBin, ClusterMap, Confusion, Density, Metric, Recalibrated, TaskCharts,
};
use crate::study::{Study, TaskKind};

/// A message to the worker. Files travel beside it, as the browser's `File` objects.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Request {
    /// Number of the request; its replies carry it.
    pub id: u32,
    /// What is asked.
    pub command: Command,
}

/// What can be asked of a session. The comment names the reply's type.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Command {
    /// [`DeviceInfo`].
    Device,
    /// [`CohortSummary`] of a generated cohort.
    OpenDemo {
        /// `ward`.
        name: String,
        /// Its options.
        options: DemoOptions,
    },
    /// [`CohortSummary`] of the files beside the message.
    OpenFiles {
        /// The paths of the files inside the dropped folder, in the order of the files.
        paths: Vec<String>,
        /// What the user decided otherwise than was inferred.
        options: ImportOptions,
    },
    /// [`CohortSummary`] of the open cohort.
    Cohort,
    /// [`CohortSummary`] after the cohort's notes or images were run through the frozen encoder beside the message; its vectors
    /// stay with the cohort. New files of a prediction are encoded likewise.
    OpenEncoder {
        /// The paths of the files, in their order.
        paths: Vec<String>,
        /// What a note's vector is made of.
        pooling: Pooling,
    },
    /// [`CohortSummary`] after a column's role or kind was changed by the user.
    SetColumn {
        /// The column of the patients table.
        name: String,
        /// Its new role.
        role: Role,
        /// Its new kind.
        kind: ColumnKind,
    },
    /// The completed [`Study`]; fails with all problems, one a line.
    SetStudy {
        /// The study document, possibly incomplete.
        study: serde_json::Value,
    },
    /// The [`Study`] in force.
    Study,
    /// [`Results`]; sends [`Progress`] of the stage `training` while it runs.
    Train,
    /// [`Results`] of a training that goes on from the checkpoint beside the message, which was kept of the same study on the same patients.
    TrainOn,
    /// Pauses or resumes the running training: `null`.
    Pause {
        /// Whether to pause.
        paused: bool,
    },
    /// Ends the running training within a second, keeping the best weights: `null`.
    Stop,
    /// [`Results`] of the last training.
    Results,
    /// [`Tim`]. Where models are trained for it, each is told as [`Progress::Coalition`]; asked again after a stop, it goes on.
    Tim {
        /// The measure.
        measure: TimMeasure,
        /// How models are trained for it, where they are.
        #[serde(default)]
        options: TimOptions,
    },
    /// [`TimPlan`]: what a measure would train.
    TimPlan {
        /// `gain` or `shapley`.
        measure: TimMeasure,
        /// How.
        #[serde(default)]
        options: TimOptions,
    },
    /// [`Mixing`]: what the trained weights give on the test set with other numbers in the task attention; as trained unless told.
    Mix {
        /// Cross-exploration α, 0 to 20.
        alpha: Option<f64>,
        /// Self-exploitation β, −20 to 20.
        beta: Option<f64>,
    },
    /// [`Explanation`] of a sample of the last prediction.
    Explain {
        /// Its identifier.
        id: String,
    },
    /// [`Ablation`]: what each modality adds to each task.
    Ablate {
        /// How a modality is taken away.
        method: AblationMethod,
    },
    /// [`Comparison`] of the model in force with models of each task alone. Asked again after a stop, it goes on.
    CompareSingleTask,
    /// [`Comparison`] of the model in force with boosted trees for each task that has labels. Asked again after a stop, it goes on.
    CompareTrees,
    /// [`Comparison`] of the model in force with a model of each of these groups of its tasks. Asked again after a stop, it goes on.
    CompareGroups {
        /// The groups, by the tasks' names; each task in one.
        groups: Vec<Vec<String>>,
    },
    /// [`LossComparison`]: the model's study trained with other losses. Asked again after a stop, it goes on.
    CompareLosses,
    /// [`Repetition`]: the model's study trained again, on each fold in turn or from other seeds. Asked again after a stop, it goes on.
    Repeat {
        /// What differs between the trainings.
        over: Over,
        /// How many trainings; the study's folds, or five, unless told.
        runs: Option<usize>,
    },
    /// [`Predictions`] of the last [`Command::Repeat`] over folds, each by the model that has not seen the person.
    OutOfFold,
    /// Between workers: trains boosted trees for a task of the held study.
    TrainTrees {
        /// The task's place in the study.
        task: usize,
    },
    /// [`Subgroups`]: every task within the groups of a column.
    Subgroups {
        /// A category or number of the patients table, whatever its role.
        column: String,
    },
    /// The model in force as a file, beside the message: `null`.
    ExportModel,
    /// [`Results`] of the model in the file beside the message, which is in force from now on.
    ImportModel,
    /// Between engines: holds what another engine prepared for a study (the bytes beside the message) for [`Command::TrainTasks`]: `null`.
    HoldPrepared {
        /// The study.
        study: Box<Study>,
    },
    /// Between engines: trains a model of some tasks of the held study and predicts its test samples.
    TrainTasks {
        /// Places of the tasks in the study.
        tasks: Vec<usize>,
    },
    /// [`Predictions`] for the files beside the message, or for the open cohort's test set without files.
    Predict {
        /// The paths of the files, in their order.
        paths: Vec<String>,
    },
    /// A [`Benchmark`] of training steps and forward passes on generated numbers (docs/performance.md).
    Benchmark {
        /// Samples a step.
        batch: usize,
        /// Columns of each source.
        widths: Vec<usize>,
        /// Number of binary tasks.
        tasks: usize,
        /// Steps to time.
        steps: usize,
    },
}

/// Options of a generated cohort.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DemoOptions {
    /// Number of patients; 1,000 unless told.
    pub patients: Option<usize>,
    /// Seed; 7 unless told.
    pub seed: Option<u64>,
    /// Share of modalities and labels that are missing, 0 to 0.9; 0.15 unless told.
    pub missing: Option<f64>,
    /// Number of tasks, 1 to 44; 12 unless told.
    pub tasks: Option<usize>,
    /// Whether to add the task Pressure waves, which lies in the shape of a series alone; not unless told.
    pub waves: Option<bool>,
    /// Whether to add film reports and the task Reported pneumothorax, which lies in what a negation reaches; not unless told.
    pub reports: Option<bool>,
}

/// What a note's vector is made of, where a frozen encoder reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    /// The mean over all subwords, those that stand around the note included (as Reimers and Gurevych 2019).
    #[default]
    Mean,
    /// The first subword, which stands for the whole note (`[CLS]`).
    First,
}

/// What the user decided about an import.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ImportOptions {
    /// Roles by column name of the patients table.
    pub roles: BTreeMap<String, Role>,
    /// Kinds by column name of the patients table.
    pub kinds: BTreeMap<String, ColumnKind>,
    /// Further texts that mean "missing", for example `-1`.
    pub missing_values: Vec<String>,
}

/// A message from the worker.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Event {
    /// The worker answers from now on.
    Ready {
        /// The device in use.
        device: DeviceInfo,
        /// The project's version.
        version: String,
    },
    /// Work goes on.
    Progress {
        /// The request it belongs to.
        id: u32,
        /// How far it is.
        progress: Progress,
    },
    /// The request is answered.
    Done {
        /// The request.
        id: u32,
        /// Its answer, see [`Command`].
        value: serde_json::Value,
        /// A file that is part of the answer. It travels beside the message.
        #[serde(skip)]
        bytes: Option<Vec<u8>>,
    },
    /// A training as it stands after an epoch; [`Command::TrainOn`] goes on from it.
    Checkpoint {
        /// The request that trains.
        id: u32,
        /// The checkpoint. It travels beside the message.
        #[serde(skip)]
        bytes: Vec<u8>,
    },
    /// The request failed; nothing that was open is lost.
    Failed {
        /// The request.
        id: u32,
        /// A sentence a person can act on; several problems stand one a line.
        message: String,
        /// Whether the device failed: nothing more can be computed in this worker.
        device_failed: bool,
    },
}

/// How far some work is.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum Progress {
    /// Files are being read.
    Import {
        /// The file being read.
        file: String,
        /// Bytes read of all files together.
        bytes: f64,
        /// Bytes of all files together.
        bytes_total: f64,
        /// Rows read of all files together.
        rows: f64,
    },
    /// The model is being trained.
    Training(TrainingProgress),
    /// A model of some tasks has been trained for a measure of task interaction.
    Coalition(TrainedCoalition),
    /// Something else is being done.
    Work {
        /// What, for example `Preparing the series`.
        label: String,
        /// Share done, 0 to 1.
        done: f64,
    },
}

/// One epoch of training (or, with `step > 0`, a part of one).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TrainingProgress {
    /// Epochs finished.
    pub epoch: usize,
    /// Epochs planned.
    pub epochs: usize,
    /// Steps finished in the epoch under way; 0 at an epoch's end.
    pub step: usize,
    /// Steps an epoch.
    pub steps: usize,
    /// Mean training loss of the last finished epoch; `null` before it.
    pub loss: Option<f64>,
    /// Mean validation score of the last finished epoch.
    pub mean_score: Option<f64>,
    /// Validation score per task of the last finished epoch.
    pub scores: Vec<TaskScore>,
    /// Training samples a second.
    pub samples_per_second: f64,
    /// Seconds left at most, at this speed.
    pub seconds_left: f64,
    /// The epoch with the best validation score so far.
    pub best_epoch: usize,
}

/// A task's headline score.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TaskScore {
    /// The task.
    pub name: String,
    /// `auroc`, `macro_auroc`, `r2` or `silhouette`.
    pub score: String,
    /// Its value, `null` where it is not defined.
    pub value: Option<f64>,
}

/// The device in use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DeviceInfo {
    /// `webgpu` or `cpu`.
    pub kind: String,
    /// The adapter's name, or `CPU (WebAssembly SIMD)`.
    pub name: String,
    /// Why this device, in a sentence.
    pub reason: String,
}

/// What a cohort holds, without a patient row.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CohortSummary {
    /// The cohort's name.
    pub name: String,
    /// Number of samples.
    pub samples: usize,
    /// Number of persons.
    pub patients: usize,
    /// The modalities there are: tabular, series, text, image, embeddings.
    pub modalities: Vec<ModalitySummary>,
    /// How many samples have exactly which modalities, most frequent first.
    pub overlap: Vec<Overlap>,
    /// Columns of the patients table.
    pub columns: Vec<ColumnSummary>,
    /// Variables of the series.
    pub variables: Vec<VariableSummary>,
    /// What the user should know, one sentence each.
    pub warnings: Vec<String>,
    /// Planted interactions of a generated cohort: `[receiving, contributing]`.
    pub planted: Vec<[String; 2]>,
}

/// One modality.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModalitySummary {
    /// `tabular`, `series`, `text`, `image`, or `embeddings: NAME`.
    pub name: String,
    /// Samples that have it.
    pub samples: usize,
    /// What it holds in all: input columns, observations, notes, images, vector columns.
    pub items: usize,
    /// Name of an item, plural: `columns`, `observations`, `notes`, `images`.
    pub unit: String,
}

/// Samples with one combination of modalities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Overlap {
    /// The modalities they have; empty: none.
    pub modalities: Vec<String>,
    /// Number of samples.
    pub samples: usize,
}

/// A column of the patients table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnSummary {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// What it holds.
    pub kind: ColumnKind,
    /// Samples without a value.
    pub missing: usize,
    /// Number of distinct values.
    pub distinct: usize,
    /// Values and their counts, most frequent first, twelve at most (categories and yes/no; empty for id, group and text).
    pub levels: Vec<LevelCount>,
    /// Numbers: minimum, lower quartile, median, upper quartile, maximum.
    pub quartiles: Option<[f64; 5]>,
    /// Numbers: twenty bins of equal width at most.
    pub histogram: Vec<HistogramBin>,
}

/// A value and how often it occurs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LevelCount {
    /// The value.
    pub value: String,
    /// Its count.
    pub count: usize,
}

/// A histogram's bin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistogramBin {
    /// Lower edge.
    pub low: f64,
    /// Upper edge.
    pub high: f64,
    /// Count.
    pub count: usize,
}

/// A variable of the series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VariableSummary {
    /// Its name.
    pub name: String,
    /// Samples that have it.
    pub samples: usize,
    /// Observations in all.
    pub observations: usize,
    /// Minimum, lower quartile, median, upper quartile, maximum.
    pub quartiles: [f64; 5],
}

/// What a training gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// The study it belongs to.
    pub study: Study,
    /// The device it ran on.
    pub device: DeviceInfo,
    /// Samples in the training, validation and test set.
    pub samples: SplitSizes,
    /// Epochs run.
    pub epochs: usize,
    /// The epoch whose weights are in force.
    pub best_epoch: usize,
    /// Why training ended, in a sentence.
    pub ended: String,
    /// Seconds of training.
    pub seconds: f64,
    /// Training samples a second.
    pub samples_per_second: f64,
    /// Number of the model's weights.
    pub weights: usize,
    /// Sources the model reads, in the order of the fusion.
    pub sources: Vec<String>,
    /// One entry an epoch.
    pub history: Vec<HistoryEntry>,
    /// One entry a task, in the study's order.
    pub tasks: Vec<TaskResult>,
    /// What the reader should know, one sentence each.
    pub warnings: Vec<String>,
}

impl Results {
    /// The same for files that leave the session: without the map of clusters, each of whose points is a patient.
    pub fn without_patients(mut self) -> Self {
        for task in &mut self.tasks {
            task.charts.clusters = None;
        }
        self
    }
}

/// Sizes of the three sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitSizes {
    /// Samples that weights are learned from.
    pub training: usize,
    /// Samples that decide when to stop, and thresholds.
    pub validation: usize,
    /// Samples that the scores are of.
    pub test: usize,
}

/// One epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HistoryEntry {
    /// The epoch, from 1.
    pub epoch: usize,
    /// Mean training loss.
    pub loss: f64,
    /// Validation score per task, `null` where it is not defined.
    pub scores: Vec<Option<f64>>,
    /// Mean of the defined scores.
    pub mean_score: Option<f64>,
}

/// One task's results on the test set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskResult {
    /// The task.
    pub name: String,
    /// Its kind.
    pub kind: TaskKind,
    /// Its department.
    pub department: Option<String>,
    /// Unit of the label.
    pub unit: Option<String>,
    /// Labelled test samples.
    pub labelled: usize,
    /// Name of the headline metric: `auroc`, `macro_auroc`, `r2` or `silhouette`.
    pub score: String,
    /// Metrics by name. Binary: `auroc`, `auprc`, `prevalence`, `brier`, `ece`, `f1`, `threshold`; multiclass: `accuracy`, `macro_f1`,
    /// `macro_auroc`; regression: `r2`, `mae`, `rmse`; clustering: `silhouette`, and `adjusted_rand`, `nmi` with a reference column.
    pub metrics: BTreeMap<String, Metric>,
    /// What the charts show.
    pub charts: TaskCharts,
}

/// How a modality is taken away.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AblationMethod {
    /// The trained model is told that no test sample has it.
    #[default]
    Occlude,
    /// Another model is trained without it, from the same seed on the same patients.
    Retrain,
}

/// What each modality adds to each task's score on the test set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ablation {
    /// How the modalities were taken away.
    pub method: AblationMethod,
    /// The tasks, in the study's order.
    pub tasks: Vec<String>,
    /// Name of each task's headline score: `auroc`, `macro_auroc`, `r2` or `silhouette`.
    pub score: Vec<String>,
    /// Each task's score with every modality.
    pub full: Vec<Metric>,
    /// One entry a modality.
    pub modalities: Vec<AblatedModality>,
    /// What the reader should know, one sentence each.
    pub warnings: Vec<String>,
}

/// What one modality adds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AblatedModality {
    /// The modality: `tabular`, `series`, `text`, `image`, or an embedding's name.
    pub name: String,
    /// Test samples that have it.
    pub samples: usize,
    /// Each task's score without it.
    pub without: Vec<Metric>,
    /// Each task's score with everything minus its score without it, with the paired bootstrap's interval.
    pub adds: Vec<Metric>,
    /// The mean of `adds` over the tasks that have labels.
    pub mean: Metric,
}

/// Predictions for samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Predictions {
    /// One entry a sample.
    pub rows: Vec<PredictionRow>,
    /// What the user should know about the files.
    pub warnings: Vec<String>,
}

/// Predictions for one sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PredictionRow {
    /// The sample's identifier.
    pub id: String,
    /// The sources it had.
    pub sources: Vec<String>,
    /// By task name.
    pub tasks: BTreeMap<String, Prediction>,
}

/// A prediction of one task for one sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Prediction {
    /// A risk.
    Binary {
        /// Probability of the positive value.
        probability: f64,
        /// Whether it lies at or above the validation threshold.
        positive: bool,
    },
    /// A class.
    Multiclass {
        /// The most probable class.
        class: String,
        /// Probability by class.
        probabilities: BTreeMap<String, f64>,
    },
    /// A value in the label's unit.
    Regression {
        /// The value.
        value: f64,
    },
    /// A cluster.
    Clustering {
        /// The cluster, from 1.
        cluster: usize,
        /// Its share of the soft assignment.
        probability: f64,
    },
}

/// What a benchmark measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Benchmark {
    /// The device.
    pub device: DeviceInfo,
    /// Milliseconds of the first training step (kernels are compiled then).
    pub first_step_ms: f64,
    /// Milliseconds a training step.
    pub step_ms: f64,
    /// Milliseconds a forward pass.
    pub forward_ms: f64,
    /// Training samples a second.
    pub training_samples_per_second: f64,
    /// Forward samples a second.
    pub forward_samples_per_second: f64,
}
