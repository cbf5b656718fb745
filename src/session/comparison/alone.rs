//! The trainings of a comparison, of single tasks or groups of them: in further workers where there are some, else here.

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

/// Models of single tasks, or of groups, that were trained beside a model of all tasks: what they foretell of each task, by its place. A stopped
/// comparison goes on from here.
pub type Alone = BTreeMap<usize, SubsetResult>;

/// The models to compare with.
#[derive(Clone, Copy)]
pub struct Others<'a> {
    /// What they are.
    pub against: Against,
    /// The tasks of each, by their places.
    pub groups: &'a [Vec<usize>],
    /// Those that are trained.
    pub kept: &'a RefCell<Alone>,
}

/// Trains the models (or trees) that are not there yet, on helpers where the host has some, else here.
/// A stop keeps the finished ones. Returns what the user should know.
///
/// # Errors
/// Where a training fails.
pub async fn train_alone<H: Host>(
    host: &H,
    id: u32,
    model: &TrainedStudy,
    others: Others<'_>,
    chosen: &Chosen,
    control: &Control,
) -> Result<Vec<String>, TrainingError> {
    let jobs = Tasks { model, others };
    let count = others.groups.len();
    let missing: Vec<usize> = (0..count).filter(|&group| !jobs.has(group)).collect();
    let mut warnings = vec![];
    let crew = Crew {
        host,
        id,
        chosen,
        control,
        jobs: &jobs,
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
    others: Others<'a>,
}

impl Tasks<'_> {
    fn has(&self, group: usize) -> bool {
        let alone = self.others.kept.borrow();
        self.others.groups[group]
            .iter()
            .all(|task| alone.contains_key(task))
    }

    /// Keeps what was foretold of a group, task by task.
    fn add(&self, group: usize, result: SubsetResult) {
        let tasks = &self.others.groups[group];
        let seconds = result.seconds / tasks.len() as f64;
        for (&task, prediction) in tasks.iter().zip(result.predictions) {
            let of_task = SubsetResult {
                predictions: vec![prediction],
                on_validation: vec![],
                seconds,
                ..result
            };
            self.others.kept.borrow_mut().insert(task, of_task);
        }
    }
}

impl Jobs for Tasks<'_> {
    fn kind(&self) -> HelperKind {
        match self.others.against {
            Against::Single | Against::Groups => HelperKind::Engine,
            Against::Trees => HelperKind::Trees,
        }
    }

    fn title(&self) -> &'static str {
        match self.others.against {
            Against::Single | Against::Trees => "tasks trained alone",
            Against::Groups => "groups trained",
        }
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

    fn command(&self, group: usize) -> Command {
        let tasks = self.others.groups[group].clone();
        match self.others.against {
            Against::Single | Against::Groups => Command::TrainTasks { tasks },
            // Trees have one task each.
            Against::Trees => Command::TrainTrees { task: tasks[0] },
        }
    }

    fn keep(&self, group: usize, answer: Value, seconds: f64) -> Result<(), TrainingError> {
        let read = match self.others.against {
            Against::Single | Against::Groups => serde_json::from_value(answer),
            Against::Trees => serde_json::from_value(answer).map(|told: ToldByTrees| {
                let task = self.others.groups[group][0];
                of_trees(self.model, task, told.values, told.trees, seconds)
            }),
        };
        self.add(
            group,
            read.map_err(|error| TrainingError::Input(error.to_string()))?,
        );
        Ok(())
    }

    fn finished(&self) -> usize {
        (0..self.others.groups.len())
            .filter(|&group| self.has(group))
            .count()
    }

    fn label(&self, group: usize) -> String {
        match self.others.groups[group].as_slice() {
            [task] => format!("Training {} alone", self.model.study.tasks[*task].name),
            tasks => format!("Training a group of {} tasks", tasks.len()),
        }
    }

    async fn here<H: Host>(
        &self,
        group: usize,
        part: &Part<'_, H>,
        chosen: &Chosen,
        control: &Control,
    ) -> Result<(), TrainingError> {
        let trained = match self.others.against {
            Against::Single | Against::Groups => {
                let tasks = &self.others.groups[group];
                Shared::of(self.model)
                    .train(part, part.id, &self.model.cohort, tasks, chosen, control)
                    .await?
            }
            Against::Trees => {
                say(part.host, part.id, &part.label, part.first).await;
                trees_here(self.model, self.others.groups[group][0], part.host)?
            }
        };
        if !trained.stopped {
            self.add(group, trained);
        }
        Ok(())
    }
}
