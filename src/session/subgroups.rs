//! A model judged within groups of the test patients: by a category, or by quarters of a number.

use super::protocol::{Metric, Subgroup, SubgroupTask, Subgroups};
use super::trained::TrainedStudy;
use crate::cohort::{Cohort, Column, ColumnKind, MISSING, Role};
use crate::study::TaskKind;
use crate::training::TrainingError;
use crate::training::evaluation::{Labelled, headline_name};
use crate::training::predict::{Mixture, predict};

/// Groups of a column at most; the rarest are taken together.
const MOST_GROUPS: usize = 12;
/// Fewer labelled samples than this say nothing about a group (ours).
const FEW_SAMPLES: usize = 30;
/// Fewer samples of the rarer outcome than this say nothing about a risk (ours).
const FEW_OUTCOMES: usize = 10;

/// Judges every task within the groups of `column`.
///
/// # Errors
/// Where there is no such column, it holds no groups, or the device failed.
pub async fn judge(
    model: &TrainedStudy,
    cohort: &Cohort,
    column: &str,
) -> Result<Subgroups, TrainingError> {
    let found = cohort.column(column).ok_or_else(|| {
        TrainingError::Input(format!(
            "There is no column \u{201c}{column}\u{201d} in the patients table."
        ))
    })?;
    let test = &model.partition.test;
    let groups = groups(found, test, &model.partition.training)?;
    let predictions = predict(
        &model.members,
        &model.cohort,
        &model.fitted,
        &model.groups,
        test,
        Mixture::Full,
    )
    .await?;
    let judged = groups
        .into_iter()
        .map(|(name, positions)| {
            let rows: Vec<u32> = positions.iter().map(|&place| test[place]).collect();
            let resamples = model.resamples.subset(&positions);
            let tasks = predictions
                .iter()
                .enumerate()
                .map(|(task, prediction)| {
                    let labelled = Labelled::new(
                        &prediction.picked(&positions),
                        &model.fitted.targets[task],
                        &model.prepared.targets[task],
                        &rows,
                    )
                    .recalibrated(model.recalibration[task].as_ref());
                    let report = labelled.report(
                        &model.study.tasks[task],
                        &model.fitted.targets[task],
                        model.thresholds[task],
                        &resamples,
                        model.study.seed,
                    );
                    let (predicted, observed, positive) = labelled.means();
                    SubgroupTask {
                        labelled: report.labelled,
                        positive,
                        score: figure(&report.metrics, headline_name(report.kind)),
                        predicted,
                        observed,
                        ece: report.metrics.get("ece").cloned(),
                        few: few(report.kind, report.labelled, positive),
                    }
                })
                .collect();
            Subgroup {
                name,
                samples: rows.len(),
                tasks,
            }
        })
        .collect();
    let (tasks, score) = model.names_and_scores();
    Ok(Subgroups {
        column: column.to_owned(),
        tasks,
        score,
        groups: judged,
    })
}

fn figure(metrics: &std::collections::BTreeMap<String, Metric>, name: &str) -> Metric {
    metrics
        .get(name)
        .cloned()
        .unwrap_or_else(|| Metric::undefined("It has no score."))
}

fn few(kind: TaskKind, labelled: usize, positive: Option<usize>) -> Option<String> {
    if labelled < FEW_SAMPLES {
        return Some(format!("{labelled} labelled samples: too few to say."));
    }
    let rarer = positive.map(|positive| positive.min(labelled - positive))?;
    (kind == TaskKind::Binary && rarer < FEW_OUTCOMES)
        .then(|| format!("{rarer} samples of the rarer outcome: too few to say."))
}

/// Names and positions among the test rows. Ranges of numbers are the quarters of the training rows.
fn groups(
    column: &Column,
    test: &[u32],
    training: &[u32],
) -> Result<Vec<(String, Vec<usize>)>, TrainingError> {
    let refuse = |reason: &str| {
        Err(TrainingError::Input(format!(
            "The column \u{201c}{}\u{201d} {reason}, so it makes no groups. Choose a category or a number.",
            column.name
        )))
    };
    if matches!(column.role, Role::Id | Role::Group) {
        return refuse("names samples or persons");
    }
    let code = |row: u32| column.codes[row as usize];
    let mut found: Vec<(String, Vec<usize>)> = vec![];
    match column.kind {
        ColumnKind::Text => return refuse("holds free text"),
        ColumnKind::Number => {
            let numbers = column.numbers();
            let mut sorted: Vec<f64> = training
                .iter()
                .map(|&row| numbers[row as usize])
                .filter(|value| value.is_finite())
                .collect();
            sorted.sort_by(f64::total_cmp);
            if sorted.is_empty() {
                return refuse("has no number among the training patients");
            }
            let at = |quarter: usize| sorted[(sorted.len() - 1) * quarter / 4];
            let mut edges: Vec<f64> = (1..4).map(at).collect();
            edges.dedup();
            let name =
                |place: usize| match (place.checked_sub(1).map(|i| edges[i]), edges.get(place)) {
                    (None, Some(high)) => format!("up to {high}"),
                    (Some(low), Some(high)) => format!("above {low} up to {high}"),
                    (Some(low), None) => format!("above {low}"),
                    (None, None) => "all".into(),
                };
            found = (0..=edges.len())
                .map(|place| (name(place), vec![]))
                .collect();
            for (position, &row) in test.iter().enumerate() {
                let value = numbers[row as usize];
                if value.is_finite() {
                    let place = edges.iter().filter(|&&edge| value > edge).count();
                    found[place].1.push(position);
                }
            }
        }
        ColumnKind::Category | ColumnKind::YesNo => {
            let mut levels: Vec<(String, Vec<usize>)> = column
                .levels
                .iter()
                .map(|level| (level.clone(), vec![]))
                .collect();
            for (position, &row) in test.iter().enumerate() {
                if let Some((_, positions)) = levels.get_mut(code(row) as usize) {
                    positions.push(position);
                }
            }
            levels.sort_by_key(|(_, positions)| std::cmp::Reverse(positions.len()));
            let rest: Vec<usize> = levels
                .iter()
                .skip(MOST_GROUPS)
                .flat_map(|(_, positions)| positions.iter().copied())
                .collect();
            levels.truncate(MOST_GROUPS);
            found.extend(levels);
            if !rest.is_empty() {
                found.push(("all others".into(), rest));
            }
        }
    }
    let mut without: Vec<usize> = (0..test.len()).collect();
    let known: std::collections::BTreeSet<usize> = found
        .iter()
        .flat_map(|(_, positions)| positions)
        .copied()
        .collect();
    without.retain(|position| !known.contains(position));
    debug_assert!(
        column.kind == ColumnKind::Number || without.iter().all(|&p| code(test[p]) == MISSING)
    );
    found.push(("no value".into(), without));
    found.retain(|(_, positions)| !positions.is_empty());
    for (_, positions) in &mut found {
        positions.sort_unstable();
    }
    Ok(found)
}
