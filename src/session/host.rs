//! What a session needs from where it runs: a worker in a browser, or a test.

use std::pin::Pin;
use std::rc::Rc;

use serde_json::Value;

use crate::session::protocol::{Command, Event, Progress};

/// The place a session runs in.
pub trait Host {
    /// Milliseconds of any clock that only goes forward.
    fn now_ms(&self) -> f64;
    /// Lets other messages in.
    fn breathe(&self) -> impl Future<Output = ()>;
    /// Sends an event to the page.
    fn send(&self, event: Event);
    /// Waits about a tenth of a second while other messages are let in.
    fn rest(&self) -> impl Future<Output = ()>;
    /// Further workers that can be started at a time, one a core; 0 where there is no way to.
    fn cores(&self) -> usize {
        0
    }
    /// Starts further workers on the CPU, at most `most` and one a core.
    fn helpers(&self, _kind: HelperKind, _most: usize) -> Vec<Rc<dyn Helper>> {
        vec![]
    }
}

/// What a further worker does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HelperKind {
    /// It trains models.
    Engine,
    /// It trains boosted trees.
    Trees,
}

/// Why a helper did not answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum HelperError {
    /// It could not do what was asked.
    #[error("{0}")]
    Refused(String),
    /// It could not be started, or is gone.
    #[error("{0}")]
    Lost(String),
}

/// A helper's answer, once it comes.
pub type HelperAnswer<'a> = Pin<Box<dyn Future<Output = Result<Value, HelperError>> + 'a>>;

/// A further engine. It ends when it is dropped.
pub trait Helper {
    /// Asks it, with bytes beside the message.
    fn ask(
        &self,
        command: Command,
        bytes: Option<Rc<[u8]>>,
        on_progress: Box<dyn Fn(&Progress)>,
    ) -> HelperAnswer<'_>;
}

/// A file that can be read piece by piece.
pub trait FileSource {
    /// Bytes in all.
    fn bytes(&self) -> u64;
    /// `length` bytes from `offset`, fewer at the file's end.
    ///
    /// # Errors
    /// Why it cannot be read, in words.
    fn read(&self, offset: u64, length: u64) -> impl Future<Output = Result<Vec<u8>, String>>;
    /// All bytes.
    ///
    /// # Errors
    /// Why they cannot be read, in words.
    fn read_all(&self) -> impl Future<Output = Result<Vec<u8>, String>> {
        self.read(0, self.bytes())
    }
}
