//! The training loop: epochs, validation, early stopping, pause and stop.

use burn::module::Module;
use burn::tensor::{Device, Tensor};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::checkpoint::{Checkpoint, Progress};
use super::evaluation::headline;
use super::loss::{RareOutcomes, task_losses, total_loss};
use super::optimiser::{Optimiser, weights, with_weights};
use super::predict::{Mixture, predict};
use super::{TrainingError, centroids, read};
use crate::cohort::prepare::{Fitted, PreparedTarget};
use crate::cohort::split::Partition;
use crate::model::augment::Augmenter;
use crate::model::data::{source_shapes, task_groups};
use crate::model::head::TaskGroups;
use crate::model::{DeviceCohort, M3h, M3hConfig};
use crate::session::protocol::{HistoryEntry, TaskScore, TrainingProgress};
use crate::study::{Study, TaskKind};

/// The world outside the loop: a clock, a way to let messages in, and what the user wants.
pub trait Pace {
    /// Milliseconds of any clock that only goes forward.
    fn now_ms(&self) -> f64;
    /// Lets the outside world do something (in a browser: a macrotask, so that messages arrive).
    fn breathe(&self) -> impl Future<Output = ()>;
    /// Whether the user asked to stop.
    fn stopped(&self) -> bool;
    /// Whether the user asked to pause.
    fn paused(&self) -> bool;
    /// Tells how far training is.
    fn report(&self, progress: TrainingProgress);
    /// The training's name in its checkpoints, and the device's kind; none where no checkpoints are wanted.
    fn checkpoints(&self) -> Option<(String, String)> {
        None
    }
    /// Keeps the training as it stands after an epoch.
    fn keep(&self, _checkpoint: Checkpoint) {}
}

/// What training needs.
pub struct Task<'a> {
    /// What to learn.
    pub study: &'a Study,
    /// What was fitted on the training rows.
    pub fitted: &'a Fitted,
    /// The labels on the host, one entry a task, for scores.
    pub targets: &'a [PreparedTarget],
    /// The samples on the device.
    pub cohort: &'a DeviceCohort,
    /// Who is in which set.
    pub partition: &'a Partition,
    /// The device, without gradients.
    pub device: &'a Device,
}

/// A trained model.
#[derive(Debug, Clone)]
pub struct Trained {
    /// The members, ready to predict.
    pub members: Vec<M3h>,
    /// The tasks' kinds.
    pub groups: TaskGroups,
    /// One entry an epoch.
    pub history: Vec<HistoryEntry>,
    /// The epoch whose weights these are, from 1; 0 where training was stopped before the first ended.
    pub best_epoch: usize,
    /// Why training ended.
    pub ended: String,
    /// Seconds of training, pauses left out.
    pub seconds: f64,
    /// Training samples a second.
    pub samples_per_second: f64,
}

/// Messages are let in at least this often.
const BREATH_MS: f64 = 60.0;
/// On a GPU the queue of steps is waited for about this often, so that it never holds more work than that.
const QUEUE_MS: f64 = 300.0;

struct Clock<'a, P: Pace> {
    pace: &'a P,
    /// Seconds of training before this run, where it goes on from a checkpoint.
    before: f64,
    started: f64,
    last_breath: f64,
    paused_ms: f64,
}

impl<P: Pace> Clock<'_, P> {
    /// Lets messages in where it is time to, waits while paused, and says whether to stop.
    async fn breathe(&mut self) -> bool {
        if self.pace.now_ms() - self.last_breath > BREATH_MS {
            self.pace.breathe().await;
            let before = self.pace.now_ms();
            while self.pace.paused() && !self.pace.stopped() {
                self.pace.breathe().await;
            }
            self.paused_ms += self.pace.now_ms() - before;
            self.last_breath = self.pace.now_ms();
        }
        self.pace.stopped()
    }

    fn seconds(&self) -> f64 {
        (self.before + (self.pace.now_ms() - self.started - self.paused_ms) / 1000.0).max(1e-9)
    }
}

/// Sets the seed of the augmentation apart from that of the order.
const AUGMENTATION: u64 = 0x00a0_97e2;

struct Member {
    model: M3h,
    optimiser: Optimiser,
    order: Vec<u32>,
    generator: ChaCha8Rng,
}

impl Member {
    /// The model to judge and to keep.
    fn judged(&self) -> M3h {
        self.optimiser.averaged(self.model.valid())
    }
}

/// Trains a study's model, from a checkpoint on where there is one. On one device the weights are then the same, to the last digit, as without
/// the interruption.
///
/// # Errors
/// Where the device fails, the loss is no longer finite, or the checkpoint is of another model.
pub async fn train<P: Pace>(
    task: &Task<'_>,
    pace: &P,
    from: Option<Checkpoint>,
) -> Result<Trained, TrainingError> {
    let study = task.study;
    let settings = &study.training;
    let groups = task_groups(task.fitted);
    let autodiff = task.device.clone().autodiff();
    let config = M3hConfig {
        sources: source_shapes(task.fitted),
        groups: groups.clone(),
        settings: study.model.clone(),
    };
    let mut members: Vec<Member> = (0..study.model.members.max(1) as u64)
        .map(|member| Member {
            model: config.init(
                study.seed.wrapping_mul(1009).wrapping_add(member),
                &autodiff,
            ),
            optimiser: Optimiser::new(settings.weight_decay, settings.averaging),
            order: task.partition.training.clone(),
            generator: ChaCha8Rng::seed_from_u64(study.seed ^ (member << 32)),
        })
        .collect();

    let rare = RareOutcomes::new(settings.imbalance, task.fitted, &groups, task.device);
    let rows = task.partition.training.len();
    let batch = settings.batch.clamp(1, rows.max(1));
    // A last batch of less than a quarter's size would be more noise than step.
    let steps = (rows / batch + usize::from(rows % batch >= batch.div_ceil(4))).max(1);
    let total_steps = (settings.epochs * steps) as f64;
    let cluster_from = if groups.clustering.is_empty() {
        0
    } else {
        settings.epochs.div_ceil(5)
    };

    let started = pace.now_ms();
    let mut clock = Clock {
        pace,
        before: 0.0,
        started,
        last_breath: started,
        paused_ms: 0.0,
    };
    let mut history: Vec<HistoryEntry> = vec![];
    let mut best: Option<(usize, f64, Vec<M3h>)> = None;
    let mut samples_seen = 0usize;
    let mut steps_to_read = 1usize;
    let mut ended = format!("All {} epochs were run.", settings.epochs);

    if let Some(checkpoint) = from {
        let weights = members
            .first()
            .map_or(0, |member| Module::num_params(&member.model));
        if !checkpoint.fits(members.len(), weights) {
            return Err(TrainingError::Input(
                "What was kept of the training belongs to another model. Train again.".into(),
            ));
        }
        for (member, state) in members.iter_mut().zip(&checkpoint.members) {
            member.model = member
                .optimiser
                .restore(member.model.clone(), state, task.device);
            // The order of an epoch is that of the one before, shuffled again.
            for _ in &checkpoint.progress.history {
                member.order.shuffle(&mut member.generator);
            }
        }
        let lay = |(member, weights): (&Member, &Vec<f32>)| {
            with_weights(member.model.valid(), weights, task.device)
        };
        best = checkpoint
            .progress
            .best
            .zip(checkpoint.best)
            .map(|((epoch, score), weights)| {
                let models = members.iter().zip(&weights).map(lay).collect();
                (epoch, score.unwrap_or(f64::NEG_INFINITY), models)
            });
        samples_seen = checkpoint.progress.samples_seen;
        clock.before = checkpoint.progress.seconds;
        history = checkpoint.progress.history;
    }

    'epochs: for epoch in history.len()..settings.epochs {
        let best_epoch = best.as_ref().map_or(0, |(epoch, ..)| *epoch);
        if epoch > cluster_from && epoch - best_epoch >= settings.patience {
            ended = format!(
                "The validation score had not risen for {} epochs; the weights of epoch {best_epoch} are in force.",
                settings.patience
            );
            break;
        }
        // Drawn anew for each epoch, so that one can begin with any.
        let drawn = study.seed.wrapping_add((epoch as u64) << 40);
        autodiff.seed(drawn);
        let mut augmenters: Vec<Augmenter> = (0..members.len() as u64)
            .map(|member| Augmenter::new(drawn ^ (member << 32) ^ AUGMENTATION))
            .collect();
        if !groups.clustering.is_empty() && epoch == cluster_from {
            for (position, member) in members.iter_mut().enumerate() {
                member.model = centroids::set_centroids(
                    member.model.clone(),
                    task.cohort,
                    &groups,
                    &task.partition.training,
                    study.seed.wrapping_add(position as u64),
                    &autodiff,
                )
                .await?;
                member.optimiser.weights_were_set();
            }
            // Scores from here on count the clusters too: earlier ones cannot be compared with them.
            best = None;
        }
        for member in &mut members {
            member.order.shuffle(&mut member.generator);
        }
        let mut epoch_loss: Option<Tensor<1>> = None;
        let mut unread = 0usize;
        let mut since_read = pace.now_ms();
        for step in 0..steps {
            let progress = (epoch * steps + step) as f64 / total_steps;
            let rate = settings.learning_rate * learning_rate_factor(progress, total_steps);
            let range = step * batch..((step + 1) * batch).min(rows);
            samples_seen += range.len();
            for (member, augmenter) in members.iter_mut().zip(&mut augmenters) {
                let chosen = &member.order[range.clone()];
                let Some(labels) = task.cohort.labels(chosen, &groups) else {
                    continue;
                };
                let batch = task.cohort.training_batch(
                    chosen,
                    study.model.input_dropout,
                    study.model.augmentation.then_some(augmenter),
                );
                let pass = member.model.forward(batch, &groups);
                let losses = task_losses(
                    &member.model,
                    &pass,
                    &labels,
                    &groups,
                    epoch >= cluster_from,
                    &rare,
                );
                let loss = total_loss(losses, &member.model, settings.balance);
                let plain = loss.clone().without_autodiff();
                epoch_loss = Some(match epoch_loss {
                    Some(sum) => sum + plain,
                    None => plain,
                });
                member.model = member.optimiser.step(member.model.clone(), loss, rate);
            }
            unread += 1;
            if task.device != &Device::flex() && unread >= steps_to_read && step + 1 < steps {
                // Waits for the queue: a stop has to work within a second on a slow GPU as well.
                if let Some(loss) = &epoch_loss {
                    read(loss.clone()).await?;
                }
                let step_ms = (pace.now_ms() - since_read) / unread as f64;
                steps_to_read = ((QUEUE_MS / step_ms.max(0.1)) as usize).clamp(1, 1000);
                unread = 0;
                since_read = pace.now_ms();
            }
            if clock.breathe().await {
                ended = format!("Stopped by you in epoch {}.", epoch + 1);
                break 'epochs;
            }
        }
        let loss = match epoch_loss {
            Some(sum) => f64::from(read(sum).await?[0]) / (steps * members.len()) as f64,
            None => f64::NAN,
        };
        if !loss.is_finite() {
            return Err(TrainingError::NotFinite { epoch: epoch + 1 });
        }
        let still: Vec<M3h> = members.iter().map(Member::judged).collect();
        let scores = validation_scores(&still, task, &groups, epoch >= cluster_from).await?;
        let mean = mean_score(&scores, task.fitted);
        history.push(HistoryEntry {
            epoch: epoch + 1,
            loss,
            scores,
            mean_score: mean,
        });
        // Without a single defined score the loss decides nothing either: the last weights are kept.
        let score = mean.unwrap_or(f64::NEG_INFINITY);
        if best
            .as_ref()
            .is_none_or(|(_, so_far, _)| score > *so_far || mean.is_none())
        {
            best = Some((epoch + 1, score, still));
        }
        let best_epoch = best.as_ref().map_or(0, |(epoch, ..)| *epoch);
        if let Some((fingerprint, device)) = pace.checkpoints() {
            let (mut states, mut kept) = (vec![], vec![]);
            for member in &members {
                states.push(member.optimiser.state(&member.model).await?);
            }
            for model in best.iter().flat_map(|(.., models)| models) {
                kept.push(weights(model).await?);
            }
            pace.keep(Checkpoint {
                progress: Progress {
                    fingerprint,
                    device,
                    history: history.clone(),
                    best: best
                        .as_ref()
                        .map(|(epoch, score, _)| (*epoch, score.is_finite().then_some(*score))),
                    samples_seen,
                    seconds: clock.seconds(),
                },
                members: states,
                best: best.is_some().then_some(kept),
            });
        }
        let seconds = clock.seconds();
        let left = (settings.epochs - epoch - 1) as f64;
        pace.report(TrainingProgress {
            epoch: epoch + 1,
            epochs: settings.epochs,
            step: 0,
            steps,
            loss: Some(loss),
            mean_score: mean,
            scores: named_scores(task, &history),
            samples_per_second: samples_seen as f64 / seconds,
            seconds_left: left * seconds / (epoch + 1) as f64,
            best_epoch,
        });
        if clock.breathe().await {
            ended = format!("Stopped by you after epoch {}.", epoch + 1);
            break;
        }
    }
    let seconds = clock.seconds();
    let (best_epoch, members) = match best {
        Some((epoch, _, members)) => (epoch, members),
        None => (history.len(), members.iter().map(Member::judged).collect()),
    };
    Ok(Trained {
        members,
        groups,
        history,
        best_epoch,
        ended,
        seconds,
        samples_per_second: samples_seen as f64 / seconds,
    })
}

/// Cosine decay to 0 after a short linear rise, as a share of the learning rate.
fn learning_rate_factor(progress: f64, total_steps: f64) -> f64 {
    let rise = (50.0 / total_steps).min(0.1);
    if progress < rise {
        return (progress + 1.0 / total_steps) / (rise + 1.0 / total_steps);
    }
    0.5 * (1.0 + (std::f64::consts::PI * (progress - rise) / (1.0 - rise)).cos())
}

/// Headline score of every task on the validation rows, in the study's order.
async fn validation_scores(
    members: &[M3h],
    task: &Task<'_>,
    groups: &TaskGroups,
    clusters: bool,
) -> Result<Vec<Option<f64>>, TrainingError> {
    let rows = &task.partition.validation;
    let predictions = predict(
        members,
        task.cohort,
        task.fitted,
        groups,
        rows,
        Mixture::Full,
    )
    .await?;
    Ok(predictions
        .iter()
        .zip(&task.fitted.targets)
        .zip(task.targets)
        .map(|((prediction, fitted), target)| {
            if fitted.kind == TaskKind::Clustering && !clusters {
                return None;
            }
            headline(prediction, fitted, target, rows).ok()
        })
        .collect())
}

/// The mean of the defined scores of the tasks that have labels; of the clusterings where no other is defined.
///
/// Silhouettes are left out beside others because they rise for as long as clusters are drawn together: with them the last epochs
/// always looked best, long after the tasks with labels had begun to overfit (docs/multitask.md; ours).
fn mean_score(scores: &[Option<f64>], fitted: &Fitted) -> Option<f64> {
    let of = |clustering: bool| {
        let known: Vec<f64> = scores
            .iter()
            .zip(&fitted.targets)
            .filter(|(_, target)| (target.kind == TaskKind::Clustering) == clustering)
            .filter_map(|(score, _)| *score)
            .collect();
        (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
    };
    of(false).or_else(|| of(true))
}

fn named_scores(task: &Task<'_>, history: &[HistoryEntry]) -> Vec<TaskScore> {
    let Some(last) = history.last() else {
        return vec![];
    };
    task.study
        .tasks
        .iter()
        .zip(&last.scores)
        .map(|(named, value)| TaskScore {
            name: named.name.clone(),
            score: super::evaluation::headline_name(named.kind).into(),
            value: *value,
        })
        .collect()
}
