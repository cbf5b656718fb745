//! Training some of a study's tasks on what was prepared for all of them: same encoders, same patients in each set.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::arrays::Arrays;
use super::device::Chosen;
use super::host::Host;
use super::trained::{Control, TrainedStudy, Watch};
use crate::cohort::prepare::Fitted;
use crate::model::DeviceCohort;
use crate::model::data::task_groups;
use crate::study::Study;
use crate::training::TrainingError;
use crate::training::predict::{Mixture, TaskPrediction, predict};
use crate::training::run::{Task, train};

/// What a training needs, borrowed from a trained study or come from another engine.
#[derive(Debug, Clone)]
pub struct Shared<'a> {
    /// The study with all its tasks.
    pub study: Cow<'a, Study>,
    /// What was fitted, what was prepared, and who is in which set.
    pub arrays: Arrays<'a>,
}

/// What the training of some tasks gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubsetResult {
    /// Predictions for the test samples, in the order of the tasks asked for.
    pub predictions: Vec<TaskPrediction>,
    /// The same for the validation samples, which set thresholds; none of trees.
    pub on_validation: Vec<TaskPrediction>,
    /// Epochs trained.
    pub epochs: usize,
    /// The epoch whose weights predicted.
    pub best_epoch: usize,
    /// Seconds of training.
    pub seconds: f64,
    /// Whether the user stopped it: it is then no equal of the others.
    pub stopped: bool,
}

impl<'a> Shared<'a> {
    /// What a trained study was trained on.
    pub fn of(model: &'a TrainedStudy) -> Self {
        Self {
            study: Cow::Borrowed(&model.study),
            arrays: Arrays {
                fitted: Cow::Borrowed(&model.fitted),
                prepared: Cow::Borrowed(&model.prepared),
                partition: Cow::Borrowed(&model.partition),
            },
        }
    }

    /// The arrays on a device, for [`Shared::train`].
    pub fn lay(&self, chosen: &Chosen) -> DeviceCohort {
        DeviceCohort::new(&self.arrays.prepared, &self.arrays.fitted, &chosen.device)
    }

    /// Trains a model of the tasks at these places of the study, with the study's own seed, and predicts the test samples. `laid`
    /// holds the arrays on the device.
    ///
    /// # Errors
    /// Where a task is not there, the device fails or the loss is no longer finite.
    pub async fn train<H: Host>(
        &self,
        host: &H,
        id: u32,
        laid: &DeviceCohort,
        tasks: &[usize],
        chosen: &Chosen,
        control: &Control,
    ) -> Result<SubsetResult, TrainingError> {
        let all = self.study.tasks.len();
        if tasks.is_empty() || tasks.iter().any(|&task| task >= all) {
            return Err(TrainingError::Input(format!(
                "The study has {all} tasks; the tasks to train have to be among them."
            )));
        }
        let arrays = &self.arrays;
        let study = Study {
            tasks: picked(&self.study.tasks, tasks),
            ..self.study.as_ref().clone()
        };
        let fitted = Fitted {
            sources: arrays.fitted.sources.clone(),
            targets: picked(&arrays.fitted.targets, tasks),
        };
        let targets = picked(&arrays.prepared.targets, tasks);
        let cohort = laid.for_tasks(&targets, &task_groups(&fitted));
        let partition = arrays.partition.as_ref();
        let task = Task {
            study: &study,
            fitted: &fitted,
            targets: &targets,
            cohort: &cohort,
            partition,
            device: &chosen.device,
        };
        let watch = Watch {
            host,
            control,
            id,
            checkpoints: None,
        };
        let trained = train(&task, &watch, None).await?;
        let (members, groups) = (&trained.members, &trained.groups);
        let of = async |rows: &[u32]| {
            predict(members, &cohort, &fitted, groups, rows, Mixture::Full).await
        };
        Ok(SubsetResult {
            predictions: of(&partition.test).await?,
            on_validation: of(&partition.validation).await?,
            epochs: trained.history.len(),
            best_epoch: trained.best_epoch,
            seconds: trained.seconds,
            stopped: control.stop.get(),
        })
    }
}

fn picked<T: Clone>(all: &[T], places: &[usize]) -> Vec<T> {
    places
        .iter()
        .filter_map(|&place| all.get(place).cloned())
        .collect()
}
