//! A session outside a browser: its host, its files, and an executor for futures that never wait.
#![allow(dead_code, reason = "not every test needs all of it")]

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};
use std::time::Instant;

use m3h_studio::session::device::cpu;
use m3h_studio::session::engine::Session;
use m3h_studio::session::host::{FileSource, Host};
use m3h_studio::session::protocol::{Command, Event, Progress, Request};
use serde_json::Value;

/// Hears of progress.
type Listener = Box<dyn Fn(&Progress)>;

/// Where the session of a test or benchmark runs.
pub struct Native {
    begun: Instant,
    answer: RefCell<Option<Result<Value, String>>>,
    bytes: RefCell<Option<Vec<u8>>>,
    /// Those of the last training, where a test wants them.
    checkpoints: RefCell<Option<Vec<Vec<u8>>>>,
    listener: Listener,
}

impl Host for Native {
    fn now_ms(&self) -> f64 {
        self.begun.elapsed().as_secs_f64() * 1000.0
    }

    async fn breathe(&self) {}

    async fn rest(&self) {}

    fn send(&self, event: Event) {
        match event {
            Event::Done { value, bytes, .. } => {
                *self.answer.borrow_mut() = Some(Ok(value));
                *self.bytes.borrow_mut() = bytes;
            }
            Event::Failed { message, .. } => *self.answer.borrow_mut() = Some(Err(message)),
            Event::Progress { progress, .. } => (self.listener)(&progress),
            Event::Checkpoint { bytes, .. } => {
                if let Some(kept) = &mut *self.checkpoints.borrow_mut() {
                    kept.push(bytes);
                }
            }
            Event::Ready { .. } => {}
        }
    }
}

/// A file on disk, or in memory.
pub enum NativeFile {
    /// On disk.
    Disk(PathBuf),
    /// In memory.
    Memory(Vec<u8>),
}

impl FileSource for NativeFile {
    fn bytes(&self) -> u64 {
        match self {
            Self::Disk(path) => path.metadata().map_or(0, |data| data.len()),
            Self::Memory(bytes) => bytes.len() as u64,
        }
    }

    async fn read(&self, offset: u64, length: u64) -> Result<Vec<u8>, String> {
        use std::io::{Read, Seek, SeekFrom};
        match self {
            Self::Disk(path) => {
                let mut bytes = vec![];
                let mut file = std::fs::File::open(path).map_err(|e| e.to_string())?;
                file.seek(SeekFrom::Start(offset))
                    .map_err(|e| e.to_string())?;
                file.take(length)
                    .read_to_end(&mut bytes)
                    .map_err(|e| e.to_string())?;
                Ok(bytes)
            }
            Self::Memory(bytes) => {
                let start = (offset as usize).min(bytes.len());
                let end = (start + length as usize).min(bytes.len());
                Ok(bytes[start..end].to_vec())
            }
        }
    }
}

/// All files below a folder, with their paths relative to its parent.
pub fn files_of(folder: &Path) -> Vec<(String, NativeFile)> {
    fn walk(folder: &Path, base: &Path, found: &mut Vec<(String, NativeFile)>) {
        let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                walk(&path, base, found);
            } else {
                let name = path.strip_prefix(base).unwrap_or(&path);
                found.push((name.to_string_lossy().into_owned(), NativeFile::Disk(path)));
            }
        }
    }
    let mut found = vec![];
    walk(folder, folder.parent().unwrap_or(folder), &mut found);
    found
}

/// A session on the CPU.
pub struct NativeSession {
    session: Session<Native>,
    next: Cell<u32>,
}

impl NativeSession {
    /// A session whose progress nobody hears.
    pub fn new() -> Self {
        Self::listening(|_| {})
    }

    /// A session whose progress `listener` hears.
    pub fn listening(listener: impl Fn(&Progress) + 'static) -> Self {
        let host = Native {
            begun: Instant::now(),
            answer: RefCell::new(None),
            bytes: RefCell::new(None),
            checkpoints: RefCell::new(None),
            listener: Box::new(listener),
        };
        Self {
            session: Session::new(host, cpu("a test")),
            next: Cell::new(1),
        }
    }

    /// Asks and waits.
    pub fn ask(&self, command: Command) -> Result<Value, String> {
        self.ask_with(command, vec![])
    }

    /// Keeps every checkpoint from now on; those so far are returned.
    pub fn checkpoints(&self) -> Vec<Vec<u8>> {
        let so_far = self.session.host().checkpoints.replace(Some(vec![]));
        so_far.unwrap_or_default()
    }

    /// The bytes that came beside the last answer.
    pub fn bytes(&self) -> Vec<u8> {
        self.session.host().bytes.take().unwrap_or_default()
    }

    /// Opens files.
    pub fn open(&self, files: Vec<(String, NativeFile)>) -> Result<Value, String> {
        let (paths, files) = files.into_iter().unzip();
        let options = Default::default();
        self.ask_with(Command::OpenFiles { paths, options }, files)
    }

    /// Asks with files beside and waits.
    pub fn ask_with(&self, command: Command, files: Vec<NativeFile>) -> Result<Value, String> {
        let id = self.next.replace(self.next.get() + 1);
        run(self.session.handle(Request { id, command }, files));
        let answer = self.session.host().answer.borrow_mut().take();
        answer.unwrap_or_else(|| Err("no answer came".into()))
    }
}

/// Runs a future that never waits for anything outside of it, as all are on the CPU.
pub fn run<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}
