//! The session of the worker that trains boosted trees.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::Value;

use super::arrays::Arrays;
use super::host::{FileSource, Host};
use super::protocol::{Command, Event, Request};
use crate::trees::boosted;

/// Holds what another engine prepared, and trains trees on it.
pub struct TreesSession<H: Host> {
    host: H,
    held: RefCell<Option<Rc<(Arrays<'static>, u64)>>>,
}

impl<H: Host> TreesSession<H> {
    /// A session that holds nothing yet.
    pub fn new(host: H) -> Self {
        Self {
            host,
            held: RefCell::new(None),
        }
    }

    /// Answers [`Command::HoldPrepared`] and [`Command::TrainTrees`], and refuses all others.
    pub async fn handle<F: FileSource>(&self, request: Request, files: Vec<F>) {
        let id = request.id;
        self.host
            .send(match self.answer(request.command, files).await {
                Ok(value) => Event::Done {
                    id,
                    value,
                    bytes: None,
                },
                Err(message) => Event::Failed {
                    id,
                    message,
                    device_failed: false,
                },
            });
    }

    async fn answer<F: FileSource>(
        &self,
        command: Command,
        files: Vec<F>,
    ) -> Result<Value, String> {
        match command {
            Command::HoldPrepared { study } => {
                let file = files.first().ok_or("No arrays came with the study.")?;
                let bytes = file.read_all().await?;
                *self.held.borrow_mut() = Some(Rc::new((Arrays::read(&bytes)?, study.seed)));
                Ok(Value::Null)
            }
            Command::TrainTrees { task } => {
                let held = self.held.borrow().clone();
                let held = held.ok_or("No study was handed over to train trees for.")?;
                let (arrays, seed) = held.as_ref();
                let (fitted, prepared) = (&arrays.fitted, &arrays.prepared);
                let trees = boosted(fitted, prepared, &arrays.partition, task, *seed);
                let trees = trees.map_err(|error| error.to_string())?;
                serde_json::to_value(trees).map_err(|error| error.to_string())
            }
            _ => Err("This worker trains boosted trees and nothing else.".into()),
        }
    }
}
