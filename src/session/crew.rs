//! Several trainings at a time, each in a further worker of its own; or one after the other in the session's own engine.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use futures_util::future::{Either, join_all, select};
use serde_json::Value;

use super::device::Chosen;
use super::host::{Helper, HelperError, HelperKind, Host};
use super::part::{Part, share_done};
use super::protocol::{Command, Event, Progress};
use super::trained::Control;
use crate::training::TrainingError;

/// Prepared bytes that all helpers together may hold at most, so that many cores do not run out of memory.
const HELPERS_BYTES: usize = 1 << 30;

/// What a helper must hold before it does a job.
#[derive(Clone)]
pub struct Holding {
    /// Jobs with the same number need the same.
    pub number: usize,
    /// How it is told.
    pub command: Command,
    /// What goes beside the message.
    pub bytes: Rc<[u8]>,
}

/// Trainings that helpers share.
pub trait Jobs {
    /// Who does them.
    fn kind(&self) -> HelperKind;
    /// The fewest helpers that are worth it: a single further engine does no more than the session's own.
    fn least(&self) -> usize {
        match self.kind() {
            HelperKind::Engine => 2,
            HelperKind::Trees => 1,
        }
    }
    /// What is done, for example `tasks trained alone`.
    fn title(&self) -> &'static str;
    /// The number of what a helper must hold for a job.
    fn holding_number(&self, job: usize) -> usize;
    /// What a helper must hold for a job.
    ///
    /// # Errors
    /// Where it cannot be prepared.
    fn holding(&self, job: usize) -> impl Future<Output = Result<Holding, TrainingError>>;
    /// The job itself.
    fn command(&self, job: usize) -> Command;
    /// Keeps what a helper answered after some seconds.
    ///
    /// # Errors
    /// Where it is not understood.
    fn keep(&self, job: usize, answer: Value, seconds: f64) -> Result<(), TrainingError>;
    /// Jobs that are done.
    fn finished(&self) -> usize;
    /// What is said of a job while it is done here, for example `Training Sepsis alone`.
    fn label(&self, job: usize) -> String;
    /// Does a job here, and keeps what it gives unless it was stopped.
    ///
    /// # Errors
    /// Where the training fails.
    fn here<H: Host>(
        &self,
        job: usize,
        part: &Part<'_, H>,
        chosen: &Chosen,
        control: &Control,
    ) -> impl Future<Output = Result<(), TrainingError>>;
}

/// Several workers at the same jobs.
pub struct Crew<'a, H: Host, J: Jobs> {
    /// Where the session runs.
    pub host: &'a H,
    /// The request that it is for.
    pub id: u32,
    /// The session's own device.
    pub chosen: &'a Chosen,
    /// What the user wants.
    pub control: &'a Control,
    /// The jobs.
    pub jobs: &'a J,
    /// Jobs in all, finished ones included.
    pub count: usize,
}

impl<H: Host, J: Jobs> Crew<'_, H, J> {
    /// Does jobs, on helpers where the host has some, else here. A stop keeps what is finished. Adds what the user should know to `warnings`.
    ///
    /// # Errors
    /// Where a job fails.
    pub async fn work(
        &self,
        jobs: Vec<usize>,
        warnings: &mut Vec<String>,
    ) -> Result<(), TrainingError> {
        // Models are compared on one kind of device; trees have none.
        let helped = self.jobs.kind() == HelperKind::Trees || self.chosen.info.kind == "cpu";
        let left = match helped {
            true => self.on_helpers(jobs, warnings).await?,
            false => jobs,
        };
        for job in left {
            if self.control.stop.get() {
                break;
            }
            let (done, count) = (self.jobs.finished(), self.count);
            let part = Part {
                host: self.host,
                id: self.id,
                label: format!("{} ({} of {count})", self.jobs.label(job), done + 1),
                first: done as f64 / count as f64,
                share: 1.0 / count as f64,
            };
            let (chosen, control) = (self.chosen, self.control);
            self.jobs.here(job, &part, chosen, control).await?;
        }
        Ok(())
    }

    /// Does jobs, as many at a time as there are helpers; returns those that are left because no helper could be had or all
    /// were lost. A stop leaves none: helpers end in the middle of their trainings.
    async fn on_helpers(
        &self,
        jobs: Vec<usize>,
        warnings: &mut Vec<String>,
    ) -> Result<Vec<usize>, TrainingError> {
        let (kind, least) = (self.jobs.kind(), self.jobs.least());
        let Some(&first) = jobs.first() else {
            return Ok(jobs);
        };
        // Nothing is prepared for helpers that are not to be had.
        if jobs.len().min(self.host.cores()) < least {
            return Ok(jobs);
        }
        let first = self.jobs.holding(first).await?;
        let most = (HELPERS_BYTES / first.bytes.len().max(1)).clamp(1, jobs.len());
        if most < least {
            return Ok(jobs);
        }
        let helpers = self.host.helpers(kind, most);
        let begun = self.host.now_ms();
        let already = self.jobs.finished();
        let queue = RefCell::new(VecDeque::from(jobs));
        let lost = RefCell::new(None);
        let shares: Vec<Rc<Cell<f64>>> = helpers.iter().map(|_| Rc::default()).collect();
        let working = helpers
            .iter()
            .zip(&shares)
            .map(|(helper, share)| self.one(helper.as_ref(), &first, &queue, share, &lost));
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

    /// Says how far all jobs together are.
    fn tell(&self, under_way: f64, already: usize, begun: f64, helpers: usize) {
        let count = self.count as f64;
        let finished = self.jobs.finished();
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
                    "{finished} of {} {}, {helpers} at a time{left}",
                    self.count,
                    self.jobs.title()
                ),
                done,
            },
        });
    }

    /// One helper does job after job. Where it is lost, its job goes back.
    async fn one(
        &self,
        helper: &dyn Helper,
        first: &Holding,
        queue: &RefCell<VecDeque<usize>>,
        share: &Rc<Cell<f64>>,
        lost: &RefCell<Option<String>>,
    ) -> Result<(), TrainingError> {
        let mut holds = None;
        loop {
            let Some(job) = queue.borrow_mut().pop_front() else {
                return Ok(());
            };
            match self.job(helper, job, first, &mut holds, share).await {
                Ok(()) => {}
                Err(Failure::Error(error)) => return Err(error),
                Err(Failure::Lost(reason)) => {
                    queue.borrow_mut().push_front(job);
                    *lost.borrow_mut() = Some(reason);
                    return Ok(());
                }
            }
        }
    }

    async fn job(
        &self,
        helper: &dyn Helper,
        job: usize,
        first: &Holding,
        holds: &mut Option<usize>,
        share: &Rc<Cell<f64>>,
    ) -> Result<(), Failure> {
        let number = self.jobs.holding_number(job);
        if *holds != Some(number) {
            let holding = match first.number == number {
                true => first.clone(),
                false => self.jobs.holding(job).await.map_err(Failure::Error)?,
            };
            helper
                .ask(holding.command, Some(holding.bytes), Box::new(|_| {}))
                .await?;
            *holds = Some(number);
        }
        let told = share.clone();
        let listener = Box::new(move |progress: &Progress| {
            if let Progress::Training(progress) = progress {
                told.set(share_done(progress));
            }
        });
        let begun = self.host.now_ms();
        let answer = helper.ask(self.jobs.command(job), None, listener).await;
        share.set(0.0);
        let seconds = (self.host.now_ms() - begun) / 1000.0;
        let kept = self.jobs.keep(job, answer?, seconds);
        kept.map_err(Failure::Error)
    }
}

/// Why a job was not done.
enum Failure {
    /// Nobody could do it.
    Error(TrainingError),
    /// The helper is gone; another one can.
    Lost(String),
}

impl From<HelperError> for Failure {
    fn from(error: HelperError) -> Self {
        match error {
            HelperError::Refused(reason) => Failure::Error(TrainingError::Input(reason)),
            HelperError::Lost(reason) => Failure::Lost(reason),
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
