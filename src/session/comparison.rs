//! The paper's headline comparison: one model for all tasks against a model of each task alone, with the same encoders, split,
//! seed and budget (Bertsimas and Ma 2024). Paired intervals, the mean over tasks, the verdict and the comparison with trees are ours.

mod alone;

pub use self::alone::{Alone, train_alone};

use super::protocol::{Against, ComparedDepartment, ComparedTask, Comparison, Metric};
use super::trained::TrainedStudy;
use crate::cohort::prepare::FittedSource;
use crate::metrics::{PairedScore, Undefined, mean_difference};
use crate::study::TaskKind;
use crate::training::TrainingError;
use crate::training::evaluation::{Labelled, headline_name};

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
                    None => Metric::undefined("It was not trained alone yet."),
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
        None => Metric::undefined("No task with labels was compared."),
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
