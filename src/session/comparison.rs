//! The paper's headline comparison: one model for all tasks against a model of each task alone, with the same encoders, split,
//! seed and budget (Bertsimas and Ma 2024). Paired intervals, the mean over tasks and the verdict are ours.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use futures_util::future::{Either, join_all, select};
use serde_json::Value;

use super::device::Chosen;
use super::host::{Helper, HelperError, Host};
use super::part::{Part, share_done};
use super::protocol::{
    Command, ComparedDepartment, ComparedTask, Comparison, Event, Metric, Progress,
};
use super::subset::{Shared, SubsetResult};
use super::trained::{Control, TrainedStudy};
use crate::metrics::{PairedScore, Undefined, mean_difference};
use crate::study::TaskKind;
use crate::training::TrainingError;
use crate::training::evaluation::{Labelled, headline_name};
use crate::training::predict::{Mixture, predict};

/// Models of single tasks that were trained beside a multitask one, by the task's place. A stopped comparison goes on from here.
pub type Alone = BTreeMap<usize, SubsetResult>;

/// Prepared bytes that all helpers together may hold at most, so that many cores do not run out of memory.
const HELPERS_BYTES: usize = 1 << 30;

/// Trains a model of each task that `alone` does not have yet, on helpers where the host has some, else here.
/// A stop keeps the finished ones. Returns what the user should know.
///
/// # Errors
/// Where a training fails.
pub async fn train_alone<H: Host>(
    host: &H,
    id: u32,
    model: &TrainedStudy,
    chosen: &Chosen,
    control: &Control,
    alone: &RefCell<Alone>,
) -> Result<Vec<String>, TrainingError> {
    let tasks = model.study.tasks.len();
    let missing: Vec<usize> = (0..tasks)
        .filter(|task| !alone.borrow().contains_key(task))
        .collect();
    let mut warnings = vec![];
    let left = if chosen.info.kind == "cpu" {
        let shared = Shared::of(model);
        on_helpers(host, id, &shared, missing, control, alone, &mut warnings).await?
    } else {
        missing
    };
    for (done, &task) in left.iter().enumerate() {
        if control.stop.get() {
            break;
        }
        let part = Part {
            host,
            id,
            label: format!(
                "Training {} alone ({} of {tasks})",
                model.study.tasks[task].name,
                tasks - left.len() + done + 1
            ),
            first: (tasks - left.len() + done) as f64 / tasks as f64,
            share: 1.0 / tasks as f64,
        };
        let trained = Shared::of(model)
            .train(&part, id, &model.cohort, &[task], chosen, control)
            .await?;
        if !trained.stopped {
            alone.borrow_mut().insert(task, trained);
        }
    }
    Ok(warnings)
}

/// Trains tasks on helpers, as many at a time as there are; returns those that are left because no helper could be had or all
/// were lost.
async fn on_helpers<H: Host>(
    host: &H,
    id: u32,
    shared: &Shared<'_>,
    tasks: Vec<usize>,
    control: &Control,
    alone: &RefCell<Alone>,
    warnings: &mut Vec<String>,
) -> Result<Vec<usize>, TrainingError> {
    if tasks.len() < 2 {
        return Ok(tasks);
    }
    let bytes: Rc<[u8]> = shared.bytes().map_err(TrainingError::Input)?.into();
    let most = (HELPERS_BYTES / bytes.len().max(1)).clamp(1, tasks.len());
    let helpers = host.helpers(most);
    if helpers.len() < 2 {
        // One helper would do no more than this engine can.
        return Ok(tasks);
    }
    let count = shared.study.tasks.len();
    let begun = host.now_ms();
    let already = count - tasks.len();
    let queue = RefCell::new(VecDeque::from(tasks));
    let lost = RefCell::new(None);
    let shares: Vec<Rc<Cell<f64>>> = helpers.iter().map(|_| Rc::default()).collect();
    let working = helpers
        .iter()
        .zip(&shares)
        .map(|(helper, share)| work(helper.as_ref(), shared, &bytes, &queue, share, alone, &lost));
    let mut working = std::pin::pin!(join_all(working));
    let outcomes = loop {
        let resting = std::pin::pin!(host.rest());
        match select(working.as_mut(), resting).await {
            Either::Left((outcomes, _)) => break outcomes,
            Either::Right(_) if control.stop.get() => {
                // Helpers end with this function, in the middle of their trainings.
                queue.borrow_mut().clear();
                return Ok(vec![]);
            }
            Either::Right(_) => {
                let under_way: f64 = shares.iter().map(|share| share.get()).sum();
                let finished = alone.borrow().len();
                let done = (finished as f64 + under_way) / count as f64;
                let new = done - already as f64 / count as f64;
                let seconds = (host.now_ms() - begun) / 1000.0;
                let left = if new > 0.02 {
                    let left = seconds / new * (1.0 - done);
                    format!(", about {} left", rough_duration(left))
                } else {
                    String::new()
                };
                host.send(Event::Progress {
                    id,
                    progress: Progress::Work {
                        label: format!(
                            "{finished} of {count} tasks trained alone, {} at a time{left}",
                            helpers.len()
                        ),
                        done,
                    },
                });
            }
        }
    };
    for outcome in outcomes {
        outcome?;
    }
    if let Some(reason) = lost.take() {
        warnings.push(format!(
            "Fewer cores were used than there are: a further engine was lost ({reason})."
        ));
    }
    Ok(queue.take().into())
}

/// One helper takes task after task. Where it is lost, its task goes back.
async fn work(
    helper: &dyn Helper,
    shared: &Shared<'_>,
    bytes: &Rc<[u8]>,
    queue: &RefCell<VecDeque<usize>>,
    share: &Rc<Cell<f64>>,
    alone: &RefCell<Alone>,
    lost: &RefCell<Option<String>>,
) -> Result<(), TrainingError> {
    let hold = Command::HoldPrepared {
        study: Box::new(shared.study.as_ref().clone()),
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
        let train = Command::TrainTasks { tasks: vec![task] };
        let trained = helper.ask(train, None, listener).await;
        share.set(0.0);
        answer = trained.and_then(|value: Value| {
            let result = serde_json::from_value(value)
                .map_err(|error| HelperError::Refused(error.to_string()))?;
            alone.borrow_mut().insert(task, result);
            Ok(())
        });
        if matches!(answer, Err(HelperError::Lost(_))) {
            queue.borrow_mut().push_front(task);
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
    if alone.len() < tasks.len() {
        warnings.push(format!(
            "Stopped: {} of {} tasks were trained alone. Compare again to go on from there.",
            alone.len(),
            tasks.len()
        ));
    }
    let mean = match mean {
        Some(mean) => Metric::of_difference(Ok(mean)),
        None => undefined("No task with labels was compared."),
    };
    Ok(Comparison {
        verdict: verdict(&mean, count, &tasks),
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
fn verdict(mean: &Metric, count: usize, tasks: &[ComparedTask]) -> String {
    let (Some(value), Some(low), Some(high)) = (mean.value, mean.low, mean.high) else {
        return "Nothing can be said yet: no task with labels has been learned both ways with a score on the test set."
            .into();
    };
    let points = |value: f64| format!("{:.1}", value * 100.0).replacen('-', "−", 1);
    let interval = format!("{} to {}", points(low), points(high));
    let size = points(value.abs());
    let noun = if count == 1 { "task" } else { "tasks" };
    let first = if low > 0.0 {
        format!(
            "Learned together, the {count} {noun} score {size} points higher on average than each learned alone ({interval})."
        )
    } else if high < 0.0 {
        format!(
            "Learned together, the {count} {noun} score {size} points lower on average than each learned alone ({interval}): on this cohort, learning them together does not pay."
        )
    } else {
        format!(
            "This test set does not tell learning together from learning alone: the mean difference over {count} {noun} is {} points ({interval}).",
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
            "By its own interval {better} of them do better together and {worse} better alone; about one in twenty would seem to by chance."
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
        let better = verdict(&metric(0.02, 0.01, 0.03), 5, &[]);
        assert!(better.contains("2.0 points higher on average"), "{better}");
        let worse = verdict(&metric(-0.02, -0.03, -0.01), 5, &[]);
        assert!(worse.contains("2.0 points lower on average"), "{worse}");
        let neither = verdict(&metric(0.02, -0.01, 0.05), 5, &[]);
        assert!(neither.contains("does not tell"), "{neither}");
        assert!(!neither.contains("higher"), "{neither}");
        let nothing = verdict(&undefined("nothing"), 0, &[]);
        assert!(nothing.contains("Nothing can be said"), "{nothing}");
    }
}
