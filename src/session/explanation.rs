//! One patient of the last prediction explained.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::ablation;
use super::protocol::{Explanation, Predictions};
use super::trained::Model;
use crate::explain::patient::Patient;
use crate::model::DeviceCohort;
use crate::training::TrainingError;

/// What a patient's contributions are.
const DEFINITION: &str = "Shapley values by occlusion (ours). Modalities: from the prediction for a patient of whom nothing is known to the one with all that is there. Tasks: from the prediction with the task's own evidence alone (W_i[s, t] = 0 for all others, row renormalised) to the one with the whole mixture. Risks are recalibrated as they are shown. They describe the model, not causes.";

/// Samples that were predicted, so that one of them can be explained. It stays in the worker.
#[derive(Clone)]
pub struct Predicted {
    laid: DeviceCohort,
    /// Rows of the samples that were predicted, by identifier.
    rows: Rc<BTreeMap<String, u32>>,
}

impl Predicted {
    /// The samples of some predictions: all of `ids` lie on the device in their order.
    pub fn new(predictions: &Predictions, laid: DeviceCohort, ids: &[String]) -> Self {
        let all: BTreeMap<&str, u32> = ids.iter().map(String::as_str).zip(0..).collect();
        let rows = predictions.rows.iter();
        let rows = rows.filter_map(|row| Some((row.id.clone(), *all.get(row.id.as_str())?)));
        Self {
            laid,
            rows: Rc::new(rows.collect()),
        }
    }

    /// What moved the predictions of the sample `id`.
    ///
    /// # Errors
    /// Where it was not predicted, or the device failed.
    pub async fn explain(&self, model: &Model, id: String) -> Result<Explanation, TrainingError> {
        let row = *self.rows.get(&id).ok_or_else(|| {
            TrainingError::Input(format!(
                "There is no \u{201c}{id}\u{201d} among those who were predicted last."
            ))
        })?;
        let patient = Patient {
            members: &model.members,
            groups: &model.groups,
            study: &model.study,
            fitted: &model.fitted,
            recalibration: &model.recalibration,
            cohort: &self.laid,
            row,
        };
        let modalities = ablation::modalities(&model.results.sources);
        Ok(Explanation {
            id,
            tasks: patient.explain(&modalities).await?,
            definition: DEFINITION.into(),
            seed: model.study.seed,
            version: env!("CARGO_PKG_VERSION").into(),
        })
    }
}
