//! What moved one patient's predictions: Shapley values over the modalities that the patient has, and over the tasks in each other's mixture,
//! by occlusion. Both are ours; they add up to what is shown.

use super::contributions::Game;
use crate::cohort::prepare::Fitted;
use crate::metrics::Recalibration;
use crate::model::head::TaskGroups;
use crate::model::{DeviceCohort, M3h};
use crate::session::protocol::{Contribution, Contributions, ExplainedTask};
use crate::study::{Study, TaskKind};
use crate::training::TrainingError;
use crate::training::predict::{Kept, TaskPrediction, predict_kept};

/// A model, and a sample that it predicts.
pub struct Patient<'a> {
    /// The members.
    pub members: &'a [M3h],
    /// The tasks' kinds.
    pub groups: &'a TaskGroups,
    /// The study.
    pub study: &'a Study,
    /// What was fitted.
    pub fitted: &'a Fitted,
    /// What is done to each task's risks.
    pub recalibration: &'a [Option<Recalibration>],
    /// The samples on the device.
    pub cohort: &'a DeviceCohort,
    /// The sample.
    pub row: u32,
}

/// A modality and the places of the sources that read it.
pub struct Player {
    /// Its name.
    pub name: String,
    /// Places among the model's sources.
    pub sources: Vec<usize>,
}

/// Most sources and tasks that a set of bits holds.
const MOST: usize = 64;

impl Patient<'_> {
    /// What moved the prediction of every task that has labels: of a binary task the risk that is shown, of a multiclass one the
    /// probability of the class that is foretold, of a regression the value.
    ///
    /// Modalities: the worth of a set is the prediction with these alone, and with none of them what is known of everybody.
    /// Tasks: the worth of a set is the prediction where the mixture is made of the task itself and these alone.
    ///
    /// # Errors
    /// Where the device failed.
    pub async fn explain(
        &self,
        modalities: &[Player],
    ) -> Result<Vec<ExplainedTask>, TrainingError> {
        let tasks = self.groups.tasks();
        let has = self.cohort.has(self.row);
        if has.len() > MOST || tasks > MOST {
            return Err(TrainingError::Input(format!(
                "A patient is explained for up to {MOST} inputs and {MOST} tasks."
            )));
        }
        let present: Vec<&Player> = modalities
            .iter()
            .filter(|modality| modality.sources.iter().any(|&source| has[source]))
            .collect();
        let by_modality = Game::new(present.len(), self.study.seed);
        let sources_of = |set: u64| {
            let within = present.iter().enumerate();
            within
                .filter(|(place, _)| set >> place & 1 == 1)
                .flat_map(|(_, modality)| &modality.sources)
                .fold(0u64, |sources, &source| sources | 1 << source)
        };
        let sets: Vec<u64> = by_modality
            .sets()
            .iter()
            .map(|&set| sources_of(set))
            .collect();
        let from_modalities = self.predict(Kept::Sources(&sets)).await?;
        let by_task = Game::new(tasks, self.study.seed);
        let from_tasks = self.predict(Kept::Tasks(by_task.sets())).await?;
        let mut explained = vec![];
        for (task, named) in self.study.tasks.iter().enumerate() {
            let full = from_tasks[task].positions().saturating_sub(1);
            let class = match named.kind {
                TaskKind::Clustering => continue,
                TaskKind::Multiclass => from_tasks[task].most_probable().get(full).copied(),
                TaskKind::Binary | TaskKind::Regression => None,
            };
            let worth =
                |predictions: &[TaskPrediction]| self.worth(&predictions[task], task, class);
            let (modalities, others) = (worth(&from_modalities), worth(&from_tasks));
            let Some(&shown) = others.last() else {
                continue;
            };
            let names = present.iter().map(|modality| modality.name.clone());
            let of_tasks = contributions(
                &by_task,
                &others,
                self.study.tasks.iter().map(|task| task.name.clone()),
            );
            explained.push(ExplainedTask {
                name: named.name.clone(),
                kind: named.kind,
                class: class
                    .and_then(|class| self.fitted.targets[task].classes.get(class).cloned()),
                shown,
                modalities: contributions(&by_modality, &modalities, names),
                tasks: Contributions {
                    // The task's own evidence is where it starts, so that it is nobody's part.
                    parts: of_tasks
                        .parts
                        .into_iter()
                        .filter(|part| part.name != named.name)
                        .collect(),
                    ..of_tasks
                },
            });
        }
        Ok(explained)
    }

    async fn predict(&self, kept: Kept<'_>) -> Result<Vec<TaskPrediction>, TrainingError> {
        let (members, cohort, fitted) = (self.members, self.cohort, self.fitted);
        predict_kept(members, cohort, fitted, self.groups, self.row, kept).await
    }

    /// The figure that is shown, for each set.
    fn worth(&self, prediction: &TaskPrediction, task: usize, class: Option<usize>) -> Vec<f64> {
        match (prediction, class) {
            (TaskPrediction::Binary(risks), _) => risks
                .iter()
                .map(|&risk| match &self.recalibration[task] {
                    Some(recalibration) => recalibration.apply(risk),
                    None => risk,
                })
                .collect(),
            (TaskPrediction::Regression(values), _) => values.clone(),
            (
                TaskPrediction::Multiclass {
                    classes,
                    probabilities,
                },
                Some(class),
            ) => probabilities
                .chunks((*classes).max(1))
                .map(|row| row[class])
                .collect(),
            _ => vec![],
        }
    }
}

fn contributions(game: &Game, worth: &[f64], names: impl Iterator<Item = String>) -> Contributions {
    let parts = names
        .zip(game.shares(worth))
        .map(|(name, value)| Contribution { name, value })
        .collect();
    Contributions {
        start: worth.first().copied().unwrap_or(f64::NAN),
        parts,
        exact: game.is_exact(),
    }
}
