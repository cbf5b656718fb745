//! The measures of task interaction that train models of subsets of the tasks: `gain` and `shapley`.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;

use serde_json::Value;

use super::crew::{Crew, Holding, Jobs};
use super::device::Chosen;
use super::host::{HelperKind, Host};
use super::part::Part;
use super::protocol::{
    Command, Event, Progress, Tim, TimMeasure, TimOptions, TimPlan, TrainedCoalition,
};
use super::subset::{Shared, SubsetResult};
use super::trained::{self, Control, TrainedStudy};
use crate::explain::coalitions::{
    Coalition, Links, MOST_EXACT, Scores, agreement, all, chains, gain, members, only, order,
    pairs, sampled, shapley,
};
use crate::explain::tim::described;
use crate::study::Study;
use crate::training::TrainingError;
use crate::training::evaluation::Labelled;

/// Repeats unless told: the fewest that have an interval worth the name.
const REPEATS: usize = 3;
/// Rounds of sampled orders unless told.
const ROUNDS: usize = 20;
/// Rounds before a ranking can pass for settled.
const LEAST_ROUNDS: usize = 4;
/// Rank correlation of one round's links with those of the round before from which the ranking counts as settled, twice in a row (ours).
const SETTLED: f64 = 0.95;
/// Most repeats, and most rounds.
const MOST: usize = 100;

/// Which coalitions are trained.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    /// Every task alone and every pair.
    Pairs,
    /// All subsets.
    Subsets,
    /// Those that grow along sampled orders.
    Orders,
}

/// What is trained for a measure.
struct Plan {
    way: Way,
    tasks: usize,
    repeats: usize,
    rounds: usize,
    seed: u64,
}

impl Plan {
    fn new(
        measure: TimMeasure,
        options: &TimOptions,
        study: &Study,
    ) -> Result<Self, TrainingError> {
        let (repeats, rounds) = (
            options.repeats.unwrap_or(REPEATS),
            options.rounds.unwrap_or(ROUNDS),
        );
        let tasks = study.tasks.len();
        if tasks < 2 {
            return Err(TrainingError::Input(
                "The model has one task only, so there is nothing that it could interact with. Add tasks in Tasks and train again.".into(),
            ));
        }
        if !(1..=20).contains(&repeats) || !(1..=MOST).contains(&rounds) {
            return Err(TrainingError::Input(format!(
                "A measure takes 1 to 20 repeats and 1 to {MOST} rounds; {repeats} and {rounds} were asked for."
            )));
        }
        let way = match measure {
            TimMeasure::Gain => Way::Pairs,
            TimMeasure::Shapley if tasks > MOST_EXACT => Way::Orders,
            TimMeasure::Shapley => Way::Subsets,
            TimMeasure::Attention | TimMeasure::Occlusion => {
                return Err(TrainingError::Input(format!(
                    "Nothing is trained for \"{}\": it is computed from the model in force.",
                    measure.name()
                )));
            }
        };
        Ok(Self {
            way,
            tasks,
            repeats: match way {
                // Rounds take the place of repeats.
                Way::Orders => 1,
                Way::Pairs | Way::Subsets => repeats,
            },
            rounds,
            seed: study.seed,
        })
    }

    fn is_sampled(&self) -> bool {
        self.way == Way::Orders
    }

    /// What is trained in all, up to some round of sampling.
    fn trainings(&self, rounds: usize) -> Vec<(Coalition, usize)> {
        let every: Vec<Coalition> = match self.way {
            Way::Pairs => pairs(self.tasks),
            Way::Subsets => all(self.tasks),
            Way::Orders => {
                let mut seen = BTreeSet::new();
                let rounds =
                    (0..rounds).flat_map(|round| chains(&order(self.tasks, round, self.seed)));
                rounds.filter(|coalition| seen.insert(*coalition)).collect()
            }
        };
        (0..self.repeats)
            .flat_map(|repeat| every.iter().map(move |&coalition| (coalition, repeat)))
            .collect()
    }

    fn links(&self, rounds: usize, scores: &Scores) -> Links {
        match self.way {
            Way::Pairs => gain(self.tasks, self.repeats, scores),
            Way::Subsets => shapley(self.tasks, self.repeats, scores),
            Way::Orders => sampled(self.tasks, rounds, self.seed, scores),
        }
    }
}

/// What a measure would train, and how much of it is there.
///
/// # Errors
/// Where the model has one task only, or the options are beyond their limits.
pub fn plan(
    model: &TrainedStudy,
    measure: TimMeasure,
    options: &TimOptions,
    scores: &RefCell<Scores>,
) -> Result<TimPlan, TrainingError> {
    take(model, options, scores);
    let plan = Plan::new(measure, options, &model.study)?;
    let trainings = plan.trainings(plan.rounds);
    let scores = scores.borrow();
    let finished = trainings.iter().filter(|job| scores.contains_key(job));
    Ok(TimPlan {
        measure,
        finished: finished.count(),
        trainings: trainings.len(),
        at_most: plan.is_sampled(),
        repeats: plan.repeats,
        fingerprint: fingerprint(model)?,
    })
}

/// Takes over what was trained before, by this engine or by one before a reload.
fn take(model: &TrainedStudy, options: &TimOptions, scores: &RefCell<Scores>) {
    let tasks = model.study.tasks.len();
    for kept in &options.kept {
        let fits = kept.tasks.len() == kept.scores.len();
        if !fits || kept.tasks.iter().any(|&task| task >= tasks) {
            continue;
        }
        let mut row = vec![None; tasks];
        let mut coalition = 0;
        for (&task, &score) in kept.tasks.iter().zip(&kept.scores) {
            row[task] = score;
            coalition |= only(task);
        }
        let place = (coalition, kept.repeat);
        scores.borrow_mut().entry(place).or_insert(row);
    }
}

/// Tells whether another engine's scores are of the same study on the same patients: a digest of both.
fn fingerprint(model: &TrainedStudy) -> Result<String, TrainingError> {
    trained::fingerprint(
        &model.study,
        &model.ids,
        &model.partition,
        &model.prepared.targets,
        &model.fitted,
        &model.results.device.kind,
    )
}

/// Trains what is missing, on helpers where the host has some, else here, and computes the measure. A stop keeps what is finished.
///
/// # Errors
/// Where a training fails, or nothing was finished.
#[expect(
    clippy::too_many_arguments,
    reason = "all of them belong to the session"
)]
pub async fn measure<H: Host>(
    host: &H,
    id: u32,
    model: &TrainedStudy,
    measure: TimMeasure,
    options: &TimOptions,
    chosen: &Chosen,
    control: &Control,
    scores: &RefCell<Scores>,
) -> Result<Tim, TrainingError> {
    take(model, options, scores);
    let plan = Plan::new(measure, options, &model.study)?;
    let count = plan.trainings(plan.rounds).len();
    let mut warnings = vec![];
    let mut rounds = 0;
    let mut settled = 0;
    let mut links;
    loop {
        rounds += 1;
        let trainings = Trainings {
            host,
            id,
            model,
            wanted: plan.trainings(rounds),
            scores,
        };
        let missing = (0..trainings.wanted.len())
            .filter(|&job| !scores.borrow().contains_key(&trainings.wanted[job]))
            .collect();
        let crew = Crew {
            host,
            id,
            chosen,
            control,
            jobs: &trainings,
            count,
        };
        crew.work(missing, &mut warnings).await?;
        let before = (rounds > 1).then(|| plan.links(rounds - 1, &scores.borrow()));
        links = plan.links(rounds, &scores.borrow());
        let correlation = before.and_then(|before| agreement(&before, &links));
        settled = match correlation {
            Some(correlation) if correlation >= SETTLED => settled + 1,
            _ => 0,
        };
        let enough = !plan.is_sampled() || (settled >= 2 && rounds >= LEAST_ROUNDS);
        if enough || rounds >= plan.rounds || control.stop.get() {
            break;
        }
    }
    let wanted = plan.trainings(rounds);
    let finished = {
        let scores = scores.borrow();
        wanted.iter().filter(|job| scores.contains_key(job)).count()
    };
    if links.value.iter().flatten().all(Option::is_none) {
        return Err(TrainingError::Input(
            "Stopped before two tasks had been trained both together and alone, so there is nothing to tell. Measure again to go on from there.".into(),
        ));
    }
    if finished < wanted.len() {
        warnings.push(format!(
            "Stopped: {finished} of {} trainings have ended, and links without theirs are left open. Measure again to go on.",
            wanted.len()
        ));
    } else if plan.is_sampled() && settled < 2 {
        warnings.push(format!(
            "The ranking of the links had not settled after {rounds} rounds of sampled orders: read the intervals."
        ));
    }
    let mut tim = described(measure, &model.study, links);
    tim.seeds = (0..plan.repeats)
        .map(|repeat| seed_of(&model.study, repeat))
        .collect();
    tim.trainings = finished;
    tim.warnings = warnings;
    Ok(tim)
}

/// The seed of weights and batches in a repeat; the split stays that of the study.
fn seed_of(study: &Study, repeat: usize) -> u64 {
    study.seed + repeat as u64
}

/// Models of coalitions to be trained.
struct Trainings<'a, H: Host> {
    host: &'a H,
    id: u32,
    model: &'a TrainedStudy,
    wanted: Vec<(Coalition, usize)>,
    scores: &'a RefCell<Scores>,
}

impl<H: Host> Trainings<'_, H> {
    fn study(&self, repeat: usize) -> Study {
        Study {
            seed: seed_of(&self.model.study, repeat),
            ..self.model.study.clone()
        }
    }

    /// Keeps the scores of a training and tells them, so that they outlive the page.
    fn insert(&self, job: usize, trained: &SubsetResult) {
        let (coalition, repeat) = self.wanted[job];
        let tasks = members(coalition);
        let (fitted, prepared) = (&self.model.fitted, &self.model.prepared);
        let mut row = vec![None; self.model.study.tasks.len()];
        for (&task, prediction) in tasks.iter().zip(&trained.predictions) {
            let (fitted, target) = (&fitted.targets[task], &prepared.targets[task]);
            let labelled = Labelled::new(prediction, fitted, target, &self.model.partition.test);
            row[task] = labelled.scored(self.model.study.seed).score().ok();
        }
        let told = TrainedCoalition {
            scores: tasks.iter().map(|&task| row[task]).collect(),
            tasks,
            repeat,
        };
        self.scores.borrow_mut().insert((coalition, repeat), row);
        self.host.send(Event::Progress {
            id: self.id,
            progress: Progress::Coalition(told),
        });
    }
}

impl<H: Host> Jobs for Trainings<'_, H> {
    fn kind(&self) -> HelperKind {
        HelperKind::Engine
    }

    fn title(&self) -> &'static str {
        "trainings"
    }

    fn holding_number(&self, job: usize) -> usize {
        self.wanted[job].1
    }

    async fn holding(&self, job: usize) -> Result<Holding, TrainingError> {
        let (_, repeat) = self.wanted[job];
        let arrays = Shared::of(self.model).arrays;
        Ok(Holding {
            number: repeat,
            command: Command::HoldPrepared {
                study: Box::new(self.study(repeat)),
            },
            bytes: arrays.bytes().map_err(TrainingError::Input)?.into(),
        })
    }

    fn command(&self, job: usize) -> Command {
        Command::TrainTasks {
            tasks: members(self.wanted[job].0),
        }
    }

    fn keep(&self, job: usize, answer: Value, _: f64) -> Result<(), TrainingError> {
        let trained = serde_json::from_value(answer)
            .map_err(|error| TrainingError::Input(error.to_string()))?;
        self.insert(job, &trained);
        Ok(())
    }

    fn finished(&self) -> usize {
        let scores = self.scores.borrow();
        self.wanted
            .iter()
            .filter(|job| scores.contains_key(job))
            .count()
    }

    fn label(&self, _: usize) -> String {
        "Training some of the tasks".into()
    }

    async fn here<P: Host>(
        &self,
        job: usize,
        part: &Part<'_, P>,
        chosen: &Chosen,
        control: &Control,
    ) -> Result<(), TrainingError> {
        let (coalition, repeat) = self.wanted[job];
        let shared = Shared {
            study: Cow::Owned(self.study(repeat)),
            arrays: Shared::of(self.model).arrays,
        };
        let (laid, tasks) = (&self.model.cohort, members(coalition));
        let trained = shared
            .train(part, part.id, laid, &tasks, chosen, control)
            .await?;
        if !trained.stopped {
            self.insert(job, &trained);
        }
        Ok(())
    }
}
