//! Training some of a study's tasks on what was prepared for all of them: same encoders, same patients in each set.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::device::Chosen;
use super::host::Host;
use super::trained::{Control, TrainedStudy, Watch};
use crate::cohort::prepare::{Fitted, Prepared};
use crate::cohort::split::Partition;
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

/// The part of [`Shared`] that travels as bytes. It holds patients' data and never leaves the workers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Arrays<'a> {
    fitted: Cow<'a, Fitted>,
    prepared: Cow<'a, Prepared>,
    partition: Cow<'a, Partition>,
}

/// What the training of some tasks gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SubsetResult {
    /// Predictions for the test samples, in the order of the tasks asked for.
    pub predictions: Vec<TaskPrediction>,
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

    /// The arrays as bytes.
    ///
    /// # Errors
    /// Where they cannot be written, which is a bug.
    pub fn bytes(&self) -> Result<Vec<u8>, String> {
        postcard::to_stdvec(&self.arrays).map_err(|error| error.to_string())
    }

    /// The arrays on a device, for [`Shared::train`].
    pub fn lay(&self, chosen: &Chosen) -> DeviceCohort {
        DeviceCohort::new(&self.arrays.prepared, &self.arrays.fitted, &chosen.device)
    }

    /// A study and arrays from another engine.
    ///
    /// # Errors
    /// Where the bytes are no arrays of this version.
    pub fn read(study: Study, bytes: &[u8]) -> Result<Shared<'static>, String> {
        let arrays = postcard::from_bytes(bytes)
            .map_err(|error| format!("The prepared arrays are not understood ({error})."))?;
        Ok(Shared {
            study: Cow::Owned(study),
            arrays,
        })
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
        let trained = train(&task, &Watch { host, control, id }).await?;
        let predictions = predict(
            &trained.members,
            &cohort,
            &fitted,
            &trained.groups,
            &partition.test,
            Mixture::Full,
        )
        .await?;
        Ok(SubsetResult {
            predictions,
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::cohort::prepare::{apply, fit, generated};

    #[test]
    fn arrays_travel_unchanged() {
        let cohort = generated::cohort(60, 3);
        let mut study = generated::study();
        study.model.series = crate::study::SeriesEncoder::Both;
        study.model.text = crate::study::TextEncoder::Both;
        let training: Vec<u32> = (0..40).collect();
        let fitted = fit(&cohort, &study, &training).unwrap();
        let prepared = apply(&cohort, &fitted, Some(&study)).unwrap();
        let partition = Partition {
            training,
            validation: (40..50).collect(),
            test: (50..60).collect(),
        };
        let shared = Shared {
            study: Cow::Borrowed(&study),
            arrays: Arrays {
                fitted: Cow::Borrowed(&fitted),
                prepared: Cow::Borrowed(&prepared),
                partition: Cow::Borrowed(&partition),
            },
        };
        let bytes = shared.bytes().unwrap();
        let read = Shared::read(study.clone(), &bytes).unwrap();
        assert_eq!(read.arrays.fitted.as_ref(), &fitted);
        assert_eq!(read.arrays.partition.as_ref(), &partition);
        // Missing numbers are NaN, equal to nothing: compared as bytes.
        assert_eq!(read.bytes().unwrap(), bytes);
        assert!(Shared::read(study.clone(), &bytes[..bytes.len() / 2]).is_err());
    }
}
