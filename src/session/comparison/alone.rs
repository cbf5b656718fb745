//! The trainings of a comparison: in further workers where there are some, else here.

use std::cell::RefCell;
use std::collections::BTreeMap;

use serde_json::Value;

use crate::session::crew::{Crew, Holding, Jobs};
use crate::session::device::Chosen;
use crate::session::host::{HelperKind, Host};
use crate::session::part::Part;
use crate::session::protocol::{Against, Command};
use crate::session::subset::{Shared, SubsetResult};
use crate::session::trained::{Control, TrainedStudy, say};
use crate::study::TaskKind;
use crate::training::TrainingError;
use crate::training::predict::TaskPrediction;

/// Models of single tasks that were trained beside a multitask one, by the task's place. A stopped comparison goes on from here.
pub type Alone = BTreeMap<usize, SubsetResult>;

/// Trains a model (or trees) of each task that `alone` does not have yet, on helpers where the host has some, else here.
/// A stop keeps the finished ones. Returns what the user should know.
///
/// # Errors
/// Where a training fails.
pub async fn train_alone<H: Host>(
    host: &H,
    id: u32,
    model: &TrainedStudy,
    against: Against,
    chosen: &Chosen,
    control: &Control,
    alone: &RefCell<Alone>,
) -> Result<Vec<String>, TrainingError> {
    let missing: Vec<usize> = (0..model.study.tasks.len())
        .filter(|&task| against.compares(model.study.tasks[task].kind))
        .filter(|task| !alone.borrow().contains_key(task))
        .collect();
    let count = alone.borrow().len() + missing.len();
    let mut warnings = vec![];
    let crew = Crew {
        host,
        id,
        chosen,
        control,
        jobs: &Tasks {
            model,
            against,
            alone,
        },
        count,
    };
    crew.work(missing, &mut warnings).await?;
    Ok(warnings)
}

/// Trees trained in this very worker.
#[cfg(feature = "trees")]
fn trees_here<H: Host>(
    model: &TrainedStudy,
    task: usize,
    host: &H,
) -> Result<SubsetResult, TrainingError> {
    let begun = host.now_ms();
    let (fitted, prepared) = (&model.fitted, &model.prepared);
    let trees = crate::trees::boosted(fitted, prepared, &model.partition, task, model.study.seed)
        .map_err(|error| TrainingError::Input(error.to_string()))?;
    let seconds = (host.now_ms() - begun) / 1000.0;
    Ok(of_trees(model, task, trees.values, trees.trees, seconds))
}

#[cfg(not(feature = "trees"))]
fn trees_here<H: Host>(_: &TrainedStudy, _: usize, _: &H) -> Result<SubsetResult, TrainingError> {
    Err(TrainingError::Input(
        "Boosted trees are trained in a worker of their own, and this browser could not start one."
            .into(),
    ))
}

/// What trees foretold, as a training's result.
fn of_trees(
    model: &TrainedStudy,
    task: usize,
    values: Vec<f64>,
    trees: usize,
    seconds: f64,
) -> SubsetResult {
    let target = &model.fitted.targets[task];
    let prediction = match target.kind {
        TaskKind::Binary => TaskPrediction::Binary(values),
        TaskKind::Multiclass => TaskPrediction::Multiclass {
            classes: target.classes.len(),
            probabilities: values,
        },
        TaskKind::Regression | TaskKind::Clustering => TaskPrediction::Regression(values),
    };
    SubsetResult {
        predictions: vec![prediction],
        on_validation: vec![],
        epochs: trees,
        best_epoch: trees,
        seconds,
        stopped: false,
    }
}

/// What trees answer from another worker.
#[derive(serde::Deserialize)]
struct ToldByTrees {
    values: Vec<f64>,
    trees: usize,
}

/// The tasks of one comparison, for helpers.
struct Tasks<'a> {
    model: &'a TrainedStudy,
    against: Against,
    alone: &'a RefCell<Alone>,
}

impl Jobs for Tasks<'_> {
    fn kind(&self) -> HelperKind {
        match self.against {
            Against::Single => HelperKind::Engine,
            Against::Trees => HelperKind::Trees,
        }
    }

    fn title(&self) -> &'static str {
        "tasks trained alone"
    }

    fn holding_number(&self, _: usize) -> usize {
        0
    }

    async fn holding(&self, _: usize) -> Result<Holding, TrainingError> {
        let arrays = Shared::of(self.model).arrays;
        Ok(Holding {
            number: 0,
            command: Command::HoldPrepared {
                study: Box::new(self.model.study.clone()),
            },
            bytes: arrays.bytes().map_err(TrainingError::Input)?.into(),
        })
    }

    fn command(&self, task: usize) -> Command {
        match self.against {
            Against::Single => Command::TrainTasks { tasks: vec![task] },
            Against::Trees => Command::TrainTrees { task },
        }
    }

    fn keep(&self, task: usize, answer: Value, seconds: f64) -> Result<(), TrainingError> {
        let read = match self.against {
            Against::Single => serde_json::from_value(answer),
            Against::Trees => serde_json::from_value(answer).map(|told: ToldByTrees| {
                of_trees(self.model, task, told.values, told.trees, seconds)
            }),
        };
        let result = read.map_err(|error| TrainingError::Input(error.to_string()))?;
        self.alone.borrow_mut().insert(task, result);
        Ok(())
    }

    fn finished(&self) -> usize {
        self.alone.borrow().len()
    }

    fn label(&self, task: usize) -> String {
        format!("Training {} alone", self.model.study.tasks[task].name)
    }

    async fn here<H: Host>(
        &self,
        task: usize,
        part: &Part<'_, H>,
        chosen: &Chosen,
        control: &Control,
    ) -> Result<(), TrainingError> {
        let trained = match self.against {
            Against::Single => {
                Shared::of(self.model)
                    .train(part, part.id, &self.model.cohort, &[task], chosen, control)
                    .await?
            }
            Against::Trees => {
                say(part.host, part.id, &part.label, part.first).await;
                trees_here(self.model, task, part.host)?
            }
        };
        if !trained.stopped {
            self.alone.borrow_mut().insert(task, trained);
        }
        Ok(())
    }
}
