//! One training among several.

use super::host::Host;
use super::protocol::{Event, Progress, TrainingProgress};

/// The place of one training among several: its progress is told as a share of the whole.
pub struct Part<'a, H: Host> {
    /// Where it runs.
    pub host: &'a H,
    /// The request that it belongs to.
    pub id: u32,
    /// What is said of it.
    pub label: String,
    /// Share of the whole that was done before it.
    pub first: f64,
    /// Its own share of the whole.
    pub share: f64,
}

impl<H: Host> Host for Part<'_, H> {
    fn now_ms(&self) -> f64 {
        self.host.now_ms()
    }

    async fn breathe(&self) {
        self.host.breathe().await;
    }

    async fn rest(&self) {
        self.host.rest().await;
    }

    fn send(&self, event: Event) {
        if let Event::Progress {
            progress: Progress::Training(progress),
            ..
        } = event
        {
            self.host.send(Event::Progress {
                id: self.id,
                progress: Progress::Work {
                    label: self.label.clone(),
                    done: self.first + self.share * share_done(&progress),
                },
            });
        }
    }
}

/// How much of a training is done, 0 to 1, early stopping left out of account.
pub fn share_done(progress: &TrainingProgress) -> f64 {
    let steps = progress.steps.max(1) as f64;
    let epochs = progress.epoch as f64 + progress.step as f64 / steps;
    epochs / progress.epochs.max(1) as f64
}
