//! The paper's headline comparison: one model for all tasks against a model of each task alone, with the same encoders, split,
//! seed and budget (Bertsimas and Ma 2024). Paired intervals, the mean over tasks, the verdict and the comparisons with trees and with groups of tasks are ours.

mod alone;

pub use self::alone::{Alone, Others, train_alone};

use super::protocol::{Against, ComparedDepartment, ComparedTask, Comparison, Metric};
use super::trained::TrainedStudy;
use crate::cohort::prepare::FittedSource;
use crate::metrics::{PairedScore, Undefined, mean_difference};
use crate::study::{Study, TaskKind};
use crate::training::TrainingError;
use crate::training::evaluation::{Labelled, headline_name};

/// Each task as a group of its own, of those that are compared.
pub fn each_alone(study: &Study, against: Against) -> Vec<Vec<usize>> {
    let tasks = study.tasks.iter().enumerate();
    tasks
        .filter(|(_, task)| against.compares(task.kind))
        .map(|(place, _)| vec![place])
        .collect()
}

/// Groups of tasks by their places.
///
/// # Errors
/// Where a name is no task of the study, a task is in none or in several groups, or there is one group of all.
pub fn groups_of(study: &Study, named: &[Vec<String>]) -> Result<Vec<Vec<usize>>, String> {
    let place = |name: &String| {
        let found = study.tasks.iter().position(|task| task.name == *name);
        found.ok_or_else(|| format!("The model has no task \u{201c}{name}\u{201d}."))
    };
    let groups: Vec<Vec<usize>> = named
        .iter()
        .filter(|group| !group.is_empty())
        .map(|group| {
            let mut places: Vec<usize> = group.iter().map(place).collect::<Result<_, _>>()?;
            places.sort_unstable();
            Ok(places)
        })
        .collect::<Result<_, String>>()?;
    for (task, named) in study.tasks.iter().enumerate() {
        let times = groups
            .iter()
            .flatten()
            .filter(|&&place| place == task)
            .count();
        if times != 1 {
            return Err(format!(
                "\u{201c}{}\u{201d} is in {times} of the groups; each task has to be in exactly one.",
                named.name
            ));
        }
    }
    match groups.len() {
        1 => Err("All tasks are in one group: that is the model in force already.".into()),
        _ => Ok(groups),
    }
}

/// Sets the models of single tasks, or of groups of them, beside the multitask model.
///
/// # Errors
/// Where the device fails.
pub async fn compare(
    model: &TrainedStudy,
    against: Against,
    groups: Vec<Vec<String>>,
    alone: &Alone,
    mut warnings: Vec<String>,
) -> Result<Comparison, TrainingError> {
    let rows = &model.partition.test;
    let together = model.on_test().await?;
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
                    None if !against.compares(task.kind) => {
                        Metric::undefined("Boosted trees learn tasks with labels only.")
                    }
                    None => Metric::undefined(match against {
                        Against::Groups => "Its group was not trained yet.",
                        Against::Single | Against::Trees => "It was not trained alone yet.",
                    }),
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
    let wanted = tasks.iter().filter(|task| against.compares(task.kind));
    let wanted = wanted.count();
    if alone.len() < wanted {
        warnings.push(format!(
            "Stopped: {} of {wanted} tasks were trained {}. Compare again to go on from there.",
            alone.len(),
            match against {
                Against::Groups => "in their groups",
                Against::Single | Against::Trees => "alone",
            },
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
        None => Metric::undefined("No task with labels was compared."),
    };
    Ok(Comparison {
        against,
        groups,
        verdict: verdict(against, &mean, count, &tasks),
        departments,
        mean,
        finished: alone.len(),
        seconds: alone.values().map(|trained| trained.seconds).sum(),
        tasks,
        warnings,
    })
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
        Against::Groups => (
            "Learned all together",
            "each learned in its group",
            "in their groups",
        ),
    };
    let first = if low > 0.0 {
        format!(
            "{subject}, the {count} {noun} score {size} points higher on average than {other} ({interval})."
        )
    } else if high < 0.0 {
        let plainly = match against {
            Against::Single => "learning them together does not pay",
            Against::Trees => "trees are the better choice",
            Against::Groups => "the groups are the better choice",
        };
        format!(
            "{subject}, the {count} {noun} score {size} points lower on average than {other} ({interval}): on this cohort, {plainly}."
        )
    } else {
        let what = match against {
            Against::Single => "learning together from learning alone",
            Against::Trees => "this model from boosted trees",
            Against::Groups => "learning all tasks together from learning them in groups",
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
        (better, worse) => {
            let number = |count: usize| match count {
                0 => "none does".to_owned(),
                1 => "1 does".into(),
                count => format!("{count} do"),
            };
            format!(
                "By their own intervals {} better in the model of all tasks and {} better {own}; about one in twenty would seem to by chance.",
                number(better),
                number(worse)
            )
        }
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
        let task = |low: f64, high: f64| ComparedTask {
            name: String::new(),
            department: None,
            kind: TaskKind::Binary,
            score: String::new(),
            multitask: None,
            single: None,
            difference: metric((low + high) / 2.0, low, high),
            epochs: 0,
            best_epoch: 0,
            seconds: 0.0,
        };
        let tasks = [task(-0.03, -0.01), task(-0.01, 0.02)];
        let counted = verdict(Against::Single, &metric(0.02, -0.01, 0.05), 2, &tasks);
        assert!(
            counted.contains("none does better in the model of all tasks and 1 does better alone"),
            "{counted}"
        );
        let nothing = verdict(Against::Single, &Metric::undefined("nothing"), 0, &[]);
        assert!(nothing.contains("Nothing can be said"), "{nothing}");
    }
}
