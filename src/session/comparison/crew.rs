//! The trainings of a comparison: in further workers where there are some, else here.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use futures_util::future::{Either, join_all, select};
use serde_json::Value;

use crate::session::device::Chosen;
use crate::session::host::{Helper, HelperError, HelperKind, Host};
use crate::session::part::{Part, share_done};
use crate::session::protocol::{Against, Command, Event, Progress};
use crate::session::subset::{Shared, SubsetResult};
use crate::session::trained::{Control, TrainedStudy, say};
use crate::study::TaskKind;
use crate::training::TrainingError;
use crate::training::predict::TaskPrediction;

/// Models of single tasks that were trained beside a multitask one, by the task's place. A stopped comparison goes on from here.
pub type Alone = BTreeMap<usize, SubsetResult>;

/// Prepared bytes that all helpers together may hold at most, so that many cores do not run out of memory.
const HELPERS_BYTES: usize = 1 << 30;

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
        model,
        against,
        control,
        alone,
        count,
    };
    // Models are compared on one kind of device; trees have none.
    let left = if against == Against::Trees || chosen.info.kind == "cpu" {
        crew.work(missing, &mut warnings).await?
    } else {
        missing
    };
    for &task in &left {
        if control.stop.get() {
            break;
        }
        let done = alone.borrow().len();
        let name = &model.study.tasks[task].name;
        let part = Part {
            host,
            id,
            label: format!("Training {name} alone ({} of {count})", done + 1),
            first: done as f64 / count as f64,
            share: 1.0 / count as f64,
        };
        let trained = match against {
            Against::Single => {
                Shared::of(model)
                    .train(&part, id, &model.cohort, &[task], chosen, control)
                    .await?
            }
            Against::Trees => {
                say(host, id, &part.label, part.first).await;
                trees_here(model, task, host)?
            }
        };
        if !trained.stopped {
            alone.borrow_mut().insert(task, trained);
        }
    }
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

/// Several workers at the tasks of one comparison.
struct Crew<'a, H: Host> {
    host: &'a H,
    id: u32,
    model: &'a TrainedStudy,
    against: Against,
    control: &'a Control,
    alone: &'a RefCell<Alone>,
    /// Tasks to compare in all.
    count: usize,
}

impl<H: Host> Crew<'_, H> {
    /// Trains tasks, as many at a time as there are helpers; returns those that are left because no helper could be had or all
    /// were lost.
    async fn work(
        &self,
        tasks: Vec<usize>,
        warnings: &mut Vec<String>,
    ) -> Result<Vec<usize>, TrainingError> {
        // A single helper does no more than this engine can, but trees are not in it.
        let (kind, least) = match self.against {
            Against::Single => (HelperKind::Engine, 2),
            Against::Trees => (HelperKind::Trees, 1),
        };
        if tasks.len() < least {
            return Ok(tasks);
        }
        let arrays = Shared::of(self.model).arrays;
        let bytes: Rc<[u8]> = arrays.bytes().map_err(TrainingError::Input)?.into();
        let most = (HELPERS_BYTES / bytes.len().max(1)).clamp(1, tasks.len());
        let helpers = self.host.helpers(kind, most);
        if helpers.len() < least {
            return Ok(tasks);
        }
        let begun = self.host.now_ms();
        let already = self.alone.borrow().len();
        let queue = RefCell::new(VecDeque::from(tasks));
        let lost = RefCell::new(None);
        let shares: Vec<Rc<Cell<f64>>> = helpers.iter().map(|_| Rc::default()).collect();
        let working = helpers
            .iter()
            .zip(&shares)
            .map(|(helper, share)| self.one(helper.as_ref(), &bytes, &queue, share, &lost));
        let mut working = std::pin::pin!(join_all(working));
        let outcomes = loop {
            let resting = std::pin::pin!(self.host.rest());
            match select(working.as_mut(), resting).await {
                Either::Left((outcomes, _)) => break outcomes,
                // Helpers end with this function, in the middle of their trainings.
                Either::Right(_) if self.control.stop.get() => return Ok(vec![]),
                Either::Right(_) => {
                    let under_way: f64 = shares.iter().map(|share| share.get()).sum();
                    self.tell(under_way, already, begun, helpers.len());
                }
            }
        };
        for outcome in outcomes {
            outcome?;
        }
        if let Some(reason) = lost.take() {
            warnings.push(format!(
                "Fewer cores were used than there are: a further worker was lost ({reason})."
            ));
        }
        Ok(queue.take().into())
    }

    /// Says how far all trainings together are.
    fn tell(&self, under_way: f64, already: usize, begun: f64, helpers: usize) {
        let count = self.count as f64;
        let finished = self.alone.borrow().len();
        let done = (finished as f64 + under_way) / count;
        let new = done - already as f64 / count;
        let left = if new > 0.02 {
            let seconds = (self.host.now_ms() - begun) / 1000.0;
            format!(
                ", about {} left",
                rough_duration(seconds / new * (1.0 - done))
            )
        } else {
            String::new()
        };
        self.host.send(Event::Progress {
            id: self.id,
            progress: Progress::Work {
                label: format!(
                    "{finished} of {} tasks trained alone, {helpers} at a time{left}",
                    self.count
                ),
                done,
            },
        });
    }

    /// One helper takes task after task. Where it is lost, its task goes back.
    async fn one(
        &self,
        helper: &dyn Helper,
        bytes: &Rc<[u8]>,
        queue: &RefCell<VecDeque<usize>>,
        share: &Rc<Cell<f64>>,
        lost: &RefCell<Option<String>>,
    ) -> Result<(), TrainingError> {
        let hold = Command::HoldPrepared {
            study: Box::new(self.model.study.clone()),
        };
        let mut answer = helper
            .ask(hold, Some(bytes.clone()), Box::new(|_| {}))
            .await
            .map(|_| ());
        loop {
            match answer {
                Ok(()) => {}
                Err(HelperError::Refused(reason)) => return Err(TrainingError::Input(reason)),
                Err(HelperError::Lost(reason)) => {
                    *lost.borrow_mut() = Some(reason);
                    return Ok(());
                }
            }
            let Some(task) = queue.borrow_mut().pop_front() else {
                return Ok(());
            };
            let told = share.clone();
            let listener = Box::new(move |progress: &Progress| {
                if let Progress::Training(progress) = progress {
                    told.set(share_done(progress));
                }
            });
            let train = match self.against {
                Against::Single => Command::TrainTasks { tasks: vec![task] },
                Against::Trees => Command::TrainTrees { task },
            };
            let begun = self.host.now_ms();
            let trained = helper.ask(train, None, listener).await;
            share.set(0.0);
            let seconds = (self.host.now_ms() - begun) / 1000.0;
            answer = trained.and_then(|value: Value| {
                let result = self
                    .result(task, value, seconds)
                    .map_err(|error| HelperError::Refused(error.to_string()))?;
                self.alone.borrow_mut().insert(task, result);
                Ok(())
            });
            if matches!(answer, Err(HelperError::Lost(_))) {
                queue.borrow_mut().push_front(task);
            }
        }
    }

    fn result(
        &self,
        task: usize,
        value: Value,
        seconds: f64,
    ) -> Result<SubsetResult, serde_json::Error> {
        match self.against {
            Against::Single => serde_json::from_value(value),
            Against::Trees => {
                let told: ToldByTrees = serde_json::from_value(value)?;
                Ok(of_trees(self.model, task, told.values, told.trees, seconds))
            }
        }
    }
}

fn rough_duration(seconds: f64) -> String {
    match seconds {
        s if s < 90.0 => format!("{:.0} s", (s / 5.0).ceil() * 5.0),
        s if s < 5400.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}
