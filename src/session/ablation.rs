//! What each modality adds: every task's score on the test set with the modality taken away, by telling the trained model
//! that nobody has it, or by training without it. HAIM (Soenksen et al. 2022) compares models of subsets of modalities in the
//! same way; the paired interval and the quick way by occlusion are ours.

use std::rc::Rc;

use super::device::Chosen;
use super::host::Host;
use super::part::Part;
use super::protocol::{AblatedModality, Ablation, AblationMethod, Metric};
use super::trained::{Control, Keeping, TrainedStudy, say, train_study};
use crate::cohort::Cohort;
use crate::cohort::prepare::{SEQUENCE, SERIES, SUBWORDS, TEXT};
use crate::explain::patient::Player;
use crate::metrics::{PairedScore, Resamples, Undefined, mean_difference};
use crate::model::DeviceCohort;
use crate::study::{Selection, Study, TaskKind};
use crate::training::TrainingError;
use crate::training::evaluation::Labelled;
use crate::training::predict::{Mixture, predict};

/// Each task's score, or why it has none.
type Scores<'a> = Vec<Result<PairedScore<'a>, Undefined>>;

/// Hides each of the model's modalities from it in turn.
///
/// # Errors
/// Where the device failed.
pub async fn occlude<H: Host>(
    host: &H,
    id: u32,
    model: &TrainedStudy,
) -> Result<Ablation, TrainingError> {
    let resamples = model.resamples_of_tasks();
    let full = scores(model, &model.cohort, model, &resamples).await?;
    let mut ablation = begun(AblationMethod::Occlude, model, &full);
    let modalities = modalities(&model.results.sources);
    for (place, modality) in modalities.iter().enumerate() {
        let label = format!("Hiding {}", words(&modality.name));
        say(host, id, &label, place as f64 / modalities.len() as f64).await;
        let hidden = model.cohort.without(&modality.sources);
        let without = scores(model, &hidden, model, &resamples).await?;
        ablation
            .modalities
            .push(compared(model, modality, &full, &without));
    }
    Ok(ablation)
}

/// Trains the model's study again without each of its modalities in turn. A stop keeps the finished ones.
///
/// # Errors
/// Where the study has one modality only, was stopped before the first training ended, or could not be trained.
pub async fn retrain<H: Host>(
    host: &H,
    id: u32,
    model: &TrainedStudy,
    cohort: Rc<Cohort>,
    chosen: &Chosen,
    control: &Control,
) -> Result<Ablation, TrainingError> {
    let modalities = modalities(&model.results.sources);
    if modalities.len() < 2 {
        return Err(TrainingError::Input(format!(
            "The model reads nothing but {}, so there is no training without it. Choose further inputs in Tasks.",
            modalities
                .first()
                .map_or("its input", |only| words(&only.name))
        )));
    }
    let resamples = model.resamples_of_tasks();
    let full = scores(model, &model.cohort, model, &resamples).await?;
    let mut ablation = begun(AblationMethod::Retrain, model, &full);
    for (place, modality) in modalities.iter().enumerate() {
        let part = Part {
            host,
            id,
            label: format!(
                "Training without {} ({} of {})",
                words(&modality.name),
                place + 1,
                modalities.len()
            ),
            first: place as f64 / modalities.len() as f64,
            share: 1.0 / modalities.len() as f64,
        };
        let study = study_without(&model.study, &model.results.sources, modality);
        let other = train_study(
            &part,
            id,
            cohort.clone(),
            study,
            chosen,
            control,
            Keeping::Nothing,
        )
        .await?;
        if control.stop.get() {
            break;
        }
        let sources = &model.results.sources;
        let gained = other
            .results
            .sources
            .iter()
            .any(|name| !sources.contains(name));
        if gained || other.partition.test != model.partition.test {
            return Err(TrainingError::Input(
                "The cohort's columns or vectors have changed since this model was trained. Train again, then compare.".into(),
            ));
        }
        let without = scores(&other, &other.cohort, model, &resamples).await?;
        ablation
            .modalities
            .push(compared(model, modality, &full, &without));
    }
    let done = ablation.modalities.len();
    if done == 0 {
        return Err(TrainingError::Input(
            "Stopped before the first training without a modality had ended, so there is nothing to compare.".into(),
        ));
    }
    if done < modalities.len() {
        ablation.warnings.push(format!(
            "Stopped: {done} of {} modalities were compared.",
            modalities.len()
        ));
    }
    Ok(ablation)
}

/// The modalities that a model reads, in its order. Statistics and sequences of the series are one modality, and so is
/// all that is read of the notes, or of the images.
pub fn modalities(sources: &[String]) -> Vec<Player> {
    let mut all: Vec<Player> = vec![];
    for (place, source) in sources.iter().enumerate() {
        let name = match source.as_str() {
            SEQUENCE => SERIES,
            SUBWORDS => TEXT,
            // Vectors that a frozen encoder made of notes or images.
            other => match other.split_once(": ") {
                Some((modality @ (TEXT | "image"), _)) => modality,
                _ => other,
            },
        };
        match all.iter_mut().find(|modality| modality.name == name) {
            Some(modality) => modality.sources.push(place),
            None => all.push(Player {
                name: name.to_owned(),
                sources: vec![place],
            }),
        }
    }
    all
}

/// A modality in a sentence.
fn words(modality: &str) -> &str {
    match modality {
        "tabular" => "the patients table",
        "series" => "the time series",
        "text" => "the notes",
        "image" => "the images",
        other => other,
    }
}

/// The study without one of the modalities that its model reads.
fn study_without(study: &Study, sources: &[String], modality: &Player) -> Study {
    let mut study = study.clone();
    match modality.name.as_str() {
        "tabular" => study.inputs.tabular = Selection::Only(vec![]),
        SERIES => study.inputs.series = Selection::Only(vec![]),
        TEXT => study.inputs.text = false,
        "image" => study.inputs.image = false,
        _ => {}
    }
    let kept = sources.iter().enumerate().filter(|(place, name)| {
        let embedding =
            !["tabular", SERIES, SEQUENCE, TEXT, SUBWORDS, "image"].contains(&name.as_str());
        embedding && !modality.sources.contains(place)
    });
    study.inputs.embeddings = Selection::Only(kept.map(|(_, name)| name.clone()).collect());
    study
}

/// The scores of `model` on the test samples of `judged`, as `cohort` shows them to it.
async fn scores<'a>(
    model: &TrainedStudy,
    cohort: &DeviceCohort,
    judged: &TrainedStudy,
    resamples: &'a [Resamples],
) -> Result<Scores<'a>, TrainingError> {
    let rows = &judged.partition.test;
    let predictions = predict(
        &model.members,
        cohort,
        &model.fitted,
        &model.groups,
        rows,
        Mixture::Full,
    )
    .await?;
    Ok(predictions
        .iter()
        .zip(model.fitted.targets.iter().zip(&model.prepared.targets))
        .zip(resamples)
        .map(|((prediction, (fitted, target)), resamples)| {
            let labelled = Labelled::new(prediction, fitted, target, rows);
            PairedScore::new(labelled.scored(judged.study.seed), resamples)
        })
        .collect())
}

fn begun(method: AblationMethod, model: &TrainedStudy, full: &Scores) -> Ablation {
    let (tasks, scores) = model.names_and_scores();
    Ablation {
        method,
        tasks,
        score: scores,
        full: full.iter().map(score).collect(),
        modalities: vec![],
        warnings: vec![],
    }
}

fn compared(
    model: &TrainedStudy,
    modality: &Player,
    full: &Scores,
    without: &Scores,
) -> AblatedModality {
    let has = |row: u32| {
        let mut sources = modality.sources.iter();
        sources.any(|&source| model.prepared.sources[source].present[row as usize])
    };
    let test = &model.partition.test;
    let pairs: Vec<_> = full
        .iter()
        .zip(without)
        .zip(&model.study.tasks)
        // A silhouette may rise when there is less to tell patients apart by, so it is left out of the mean.
        .filter(|(_, task)| task.kind != TaskKind::Clustering)
        .filter_map(|((full, without), _)| full.as_ref().ok().zip(without.as_ref().ok()))
        .collect();
    AblatedModality {
        name: modality.name.clone(),
        samples: test.iter().filter(|&&row| has(row)).count(),
        without: without.iter().map(score).collect(),
        adds: full
            .iter()
            .zip(without)
            .map(|(full, without)| {
                let both = full
                    .as_ref()
                    .and_then(|full| without.as_ref().map(|w| full.less(w)));
                Metric::of_difference(both.map_err(|reason| *reason))
            })
            .collect(),
        mean: mean_difference(&pairs).map_or_else(
            || Metric::undefined("No task with labels has a score."),
            |mean| Metric::of_difference(Ok(mean)),
        ),
    }
}

fn score(score: &Result<PairedScore, Undefined>) -> Metric {
    let figure = score.as_ref().map(PairedScore::with_interval);
    Metric::of_difference(figure.map_err(|reason| *reason))
}
