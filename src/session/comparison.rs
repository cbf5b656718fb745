//! The paper's headline comparison: one model for all tasks against a model of each task alone, with the same encoders, split,
//! seed and budget (Bertsimas and Ma 2024). Paired intervals, the mean over tasks and the verdict are ours.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use futures_util::future::{Either, join_all, select};
use serde_json::Value;

use super::device::Chosen;
use super::host::{Helper, HelperError, HelperKind, Host};
use super::part::{Part, share_done};
use super::protocol::{
    Against, Command, ComparedDepartment, ComparedTask, Comparison, Event, Metric, Progress,
};
use super::subset::{Shared, SubsetResult};
use super::trained::{Control, TrainedStudy, say};
use crate::cohort::prepare::FittedSource;
use crate::metrics::{PairedScore, Undefined, mean_difference};
use crate::study::TaskKind;
use crate::training::TrainingError;
use crate::training::evaluation::{Labelled, headline_name};
use crate::training::predict::{Mixture, TaskPrediction, predict};

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
        .filter(|&task| is_compared(model, against, task))
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

/// Whether a task is compared: trees learn tasks with labels only.
fn is_compared(model: &TrainedStudy, against: Against, task: usize) -> bool {
    against == Against::Single || model.study.tasks[task].kind != TaskKind::Clustering
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

/// Sets the models of single tasks beside the multitask model.
///
/// # Errors
/// Where the device fails.
pub async fn compare(
    model: &TrainedStudy,
    against: Against,
    alone: &Alone,
    mut warnings: Vec<String>,
) -> Result<Comparison, TrainingError> {
    let rows = &model.partition.test;
    let together = predict(
        &model.members,
        &model.cohort,
        &model.fitted,
        &model.groups,
        rows,
        Mixture::Full,
    )
    .await?;
    let resamples = model.resamples_of_tasks();
    let score = |task: usize, prediction| {
        let (fitted, target) = (&model.fitted.targets[task], &model.prepared.targets[task]);
        let labelled = Labelled::new(prediction, fitted, target, rows);
        PairedScore::new(labelled.scored(model.study.seed), &resamples[task])
    };
    type Scored<'a> = Result<PairedScore<'a>, Undefined>;
    let scores: Vec<(Scored, Option<Scored>)> = together
        .iter()
        .enumerate()
        .map(|(task, prediction)| {
            let single = alone
                .get(&task)
                .and_then(|result| result.predictions.first())
                .map(|prediction| score(task, prediction));
            (score(task, prediction), single)
        })
        .collect();
    let tasks: Vec<ComparedTask> = model
        .study
        .tasks
        .iter()
        .zip(&scores)
        .enumerate()
        .map(|(place, (task, (together, single)))| {
            let trained = alone.get(&place);
            let value = |score: &Scored| score.as_ref().ok().map(PairedScore::value);
            ComparedTask {
                name: task.name.clone(),
                department: task.department.clone(),
                kind: task.kind,
                score: headline_name(task.kind).into(),
                multitask: value(together),
                single: single.as_ref().and_then(value),
                difference: match single {
                    None if !is_compared(model, against, place) => {
                        undefined("Boosted trees learn tasks with labels only.")
                    }
                    None => undefined("It was not trained alone yet."),
                    Some(single) => Metric::of_difference(match (together, single) {
                        (Ok(together), Ok(single)) => Ok(together.less(single)),
                        (Err(reason), _) | (_, Err(reason)) => Err(*reason),
                    }),
                },
                epochs: trained.map_or(0, |t| t.epochs),
                best_epoch: trained.map_or(0, |t| t.best_epoch),
                seconds: trained.map_or(0.0, |t| t.seconds),
            }
        })
        .collect();
    // A silhouette is no measure of how well something is foretold, so clusters are left out of the means.
    let mean_of = |chosen: &dyn Fn(usize) -> bool| {
        let pairs: Vec<_> = scores
            .iter()
            .enumerate()
            .filter(|(task, _)| {
                chosen(*task) && model.study.tasks[*task].kind != TaskKind::Clustering
            })
            .filter_map(|(_, (together, single))| {
                together.as_ref().ok().zip(single.as_ref()?.as_ref().ok())
            })
            .collect();
        (pairs.len(), mean_difference(&pairs))
    };
    let (count, mean) = mean_of(&|_| true);
    let mut names: Vec<&String> = model
        .study
        .tasks
        .iter()
        .filter_map(|task| task.department.as_ref())
        .collect();
    names.sort();
    names.dedup();
    let departments = names
        .into_iter()
        .filter_map(|name| {
            let (tasks, difference) =
                mean_of(&|task| model.study.tasks[task].department.as_ref() == Some(name));
            Some(ComparedDepartment {
                name: name.clone(),
                tasks,
                difference: Metric::of_difference(Ok(difference?)),
            })
        })
        .collect();
    let wanted = (0..tasks.len())
        .filter(|&task| is_compared(model, against, task))
        .count();
    if alone.len() < wanted {
        warnings.push(format!(
            "Stopped: {} of {wanted} tasks were trained alone. Compare again to go on from there.",
            alone.len(),
        ));
    }
    if against == Against::Trees {
        let unread: Vec<&str> = model
            .fitted
            .sources
            .iter()
            .filter(|source| !matches!(source, FittedSource::Table(_)))
            .map(FittedSource::name)
            .collect();
        if !unread.is_empty() {
            warnings.push(format!(
                "The trees read the table and the statistics of the series; the model also reads {}.",
                unread.join(", ")
            ));
        }
    }
    let mean = match mean {
        Some(mean) => Metric::of_difference(Ok(mean)),
        None => undefined("No task with labels was compared."),
    };
    Ok(Comparison {
        against,
        verdict: verdict(against, &mean, count, &tasks),
        departments,
        mean,
        finished: alone.len(),
        seconds: alone.values().map(|trained| trained.seconds).sum(),
        tasks,
        warnings,
    })
}

fn undefined(reason: &str) -> Metric {
    Metric {
        value: None,
        low: None,
        high: None,
        undefined: Some(reason.into()),
    }
}

/// What the figures say, without more than they can say.
fn verdict(against: Against, mean: &Metric, count: usize, tasks: &[ComparedTask]) -> String {
    let (Some(value), Some(low), Some(high)) = (mean.value, mean.low, mean.high) else {
        return "Nothing can be said yet: no task with labels has been learned both ways with a score on the test set."
            .into();
    };
    let points = |value: f64| format!("{:.1}", value * 100.0).replacen('-', "−", 1);
    let interval = format!("{} to {}", points(low), points(high));
    let size = points(value.abs());
    let noun = if count == 1 { "task" } else { "tasks" };
    let (subject, other, own) = match against {
        Against::Single => ("Learned together", "each learned alone", "alone"),
        Against::Trees => ("In this model", "with boosted trees", "with trees"),
    };
    let first = if low > 0.0 {
        format!(
            "{subject}, the {count} {noun} score {size} points higher on average than {other} ({interval})."
        )
    } else if high < 0.0 {
        let plainly = match against {
            Against::Single => "learning them together does not pay",
            Against::Trees => "trees are the better choice",
        };
        format!(
            "{subject}, the {count} {noun} score {size} points lower on average than {other} ({interval}): on this cohort, {plainly}."
        )
    } else {
        let what = match against {
            Against::Single => "learning together from learning alone",
            Against::Trees => "this model from boosted trees",
        };
        format!(
            "This test set does not tell {what}: the mean difference over {count} {noun} is {} points ({interval}).",
            points(value)
        )
    };
    let clear = |better: bool| {
        tasks
            .iter()
            .filter(|task| task.kind != TaskKind::Clustering)
            .filter(|task| match (task.difference.low, task.difference.high) {
                (Some(low), _) if better => low > 0.0,
                (_, Some(high)) if !better => high < 0.0,
                _ => false,
            })
            .count()
    };
    let second = match (clear(true), clear(false)) {
        (0, 0) => "No single task's interval leaves 0 out.".to_owned(),
        (better, worse) => format!(
            "By its own interval {better} of them do better in the model of all tasks and {worse} better {own}; about one in twenty would seem to by chance."
        ),
    };
    format!(
        "{first} {second} The intervals tell the chance of this test set, not that of the seed or the split."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metric(value: f64, low: f64, high: f64) -> Metric {
        Metric {
            value: Some(value),
            low: Some(low),
            high: Some(high),
            undefined: None,
        }
    }

    #[test]
    fn the_verdict_claims_no_more_than_the_interval() {
        let better = verdict(Against::Single, &metric(0.02, 0.01, 0.03), 5, &[]);
        assert!(better.contains("2.0 points higher on average"), "{better}");
        let worse = verdict(Against::Single, &metric(-0.02, -0.03, -0.01), 5, &[]);
        assert!(worse.contains("2.0 points lower on average"), "{worse}");
        let neither = verdict(Against::Single, &metric(0.02, -0.01, 0.05), 5, &[]);
        assert!(neither.contains("does not tell"), "{neither}");
        assert!(!neither.contains("higher"), "{neither}");
        let nothing = verdict(Against::Single, &undefined("nothing"), 0, &[]);
        assert!(nothing.contains("Nothing can be said"), "{nothing}");
    }
}
