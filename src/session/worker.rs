//! The worker's few lines of wiring: messages in, events out, files read piece by piece.

use std::rc::Rc;

use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{Blob, DedicatedWorkerGlobalScope, MessageEvent, UrlSearchParams};

use super::client::{Address, Client, ClientError};
#[cfg(feature = "engine")]
use super::engine::Session;
use super::host::{FileSource, Helper, HelperAnswer, HelperError, HelperKind, Host};
use super::protocol::{Command, DeviceInfo, Event, Progress, Request};

/// The worker as a session's place.
struct Worker {
    scope: DedicatedWorkerGlobalScope,
}

impl Host for Worker {
    fn now_ms(&self) -> f64 {
        self.scope.performance().map_or(0.0, |clock| clock.now())
    }

    async fn breathe(&self) {
        gloo::timers::future::TimeoutFuture::new(0).await;
    }

    fn send(&self, mut event: Event) {
        let message = Object::new();
        let bytes = match &mut event {
            Event::Done { bytes, .. } => bytes.take(),
            Event::Checkpoint { bytes, .. } => Some(std::mem::take(bytes)),
            _ => None,
        };
        match serde_json::to_string(&event) {
            Ok(json) => {
                let mut set = Reflect::set(&message, &"json".into(), &json.into());
                // Handed over, not copied: a checkpoint of many megabytes would hold up the page.
                let handed_over = Array::new();
                if let Some(bytes) = bytes {
                    let bytes = Uint8Array::from(bytes.as_slice());
                    handed_over.push(&bytes.buffer());
                    set = set.and_then(|_| Reflect::set(&message, &"bytes".into(), &bytes));
                }
                let sent = set.and_then(|_| {
                    self.scope
                        .post_message_with_transfer(&message, &handed_over)
                });
                if let Err(error) = sent {
                    web_sys::console::error_2(&"M3H Studio: an event was not sent.".into(), &error);
                }
            }
            Err(error) => web_sys::console::error_1(&format!("M3H Studio: {error}").into()),
        }
    }

    async fn rest(&self) {
        gloo::timers::future::TimeoutFuture::new(100).await;
    }

    fn cores(&self) -> usize {
        self.scope.navigator().hardware_concurrency() as usize
    }

    fn helpers(&self, kind: HelperKind, most: usize) -> Vec<Rc<dyn Helper>> {
        let place = self.scope.location();
        let href = place.href();
        let file = href.split(['?', '#']).next().unwrap_or_default();
        let base = &file[..file.rfind('/').map_or(0, |slash| slash + 1)];
        let address = Address {
            base: base.to_owned(),
            build: parameter(&place.search(), "v"),
            forced_device: None,
        };
        let worker = match kind {
            HelperKind::Engine => "worker_cpu",
            HelperKind::Trees => "worker_trees",
        };
        (0..self.cores().min(most))
            .map(|_| Rc::new(FurtherEngine(Client::helper(&address, worker))) as Rc<dyn Helper>)
            .collect()
    }
}

/// An engine in a worker that this worker has started.
struct FurtherEngine(Client);

impl Drop for FurtherEngine {
    fn drop(&mut self) {
        self.0.end();
    }
}

impl Helper for FurtherEngine {
    fn ask(
        &self,
        command: Command,
        bytes: Option<Rc<[u8]>>,
        on_progress: Box<dyn Fn(&Progress)>,
    ) -> HelperAnswer<'_> {
        Box::pin(async move {
            let beside: Vec<JsValue> = bytes
                .iter()
                .map(|bytes| Uint8Array::from(bytes.as_ref()).into())
                .collect();
            let answer = self.0.ask(command, &beside, Some(on_progress)).await;
            answer.map_err(|error| match error {
                ClientError::Refused(reason) => HelperError::Refused(reason),
                ClientError::Lost(_) | ClientError::Unreadable(_) => {
                    HelperError::Lost(error.to_string())
                }
            })
        })
    }
}

/// A parameter of the worker's address, empty where it has none.
fn parameter(search: &str, name: &str) -> String {
    UrlSearchParams::new_with_str(search)
        .ok()
        .and_then(|parameters| parameters.get(name))
        .unwrap_or_default()
}

/// A file of the browser's, or bytes from another engine.
enum BrowserFile {
    /// A file.
    File(Blob),
    /// Bytes.
    Bytes(Uint8Array),
}

impl FileSource for BrowserFile {
    fn bytes(&self) -> u64 {
        match self {
            Self::File(file) => file.size() as u64,
            Self::Bytes(bytes) => u64::from(bytes.length()),
        }
    }

    async fn read(&self, offset: u64, length: u64) -> Result<Vec<u8>, String> {
        let words = |error: JsValue| {
            Reflect::get(&error, &"message".into())
                .ok()
                .and_then(|message| message.as_string())
                .unwrap_or_else(|| "the browser refused".into())
        };
        let file = match self {
            Self::File(file) => file,
            Self::Bytes(bytes) => {
                let end = (offset + length).min(u64::from(bytes.length()));
                return Ok(bytes.subarray(offset as u32, end as u32).to_vec());
            }
        };
        let end = (offset + length) as f64;
        let piece = file
            .slice_with_f64_and_f64(offset as f64, end)
            .map_err(words)?;
        let buffer = JsFuture::from(piece.array_buffer()).await.map_err(words)?;
        Ok(Uint8Array::new(&buffer).to_vec())
    }
}

/// What the page put into the worker's address.
#[cfg(feature = "engine")]
pub struct Asked {
    /// Whether the user asked for this device.
    pub forced: bool,
    /// Why the page chose it, in a sentence.
    pub reason: String,
}

/// Answers messages.
trait Answering {
    /// Answers a request with exactly one [`Event::Done`] or [`Event::Failed`].
    async fn answer(&self, request: Request, files: Vec<BrowserFile>);
}

#[cfg(feature = "engine")]
impl Answering for Session<Worker> {
    async fn answer(&self, request: Request, files: Vec<BrowserFile>) {
        self.handle(request, files).await;
    }
}

#[cfg(feature = "trees")]
impl Answering for super::trees::TreesSession<Worker> {
    async fn answer(&self, request: Request, files: Vec<BrowserFile>) {
        self.handle(request, files).await;
    }
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// A panic is a bug. It ends the worker, and the page says so; its place goes to the console.
fn tell_panics() {
    std::panic::set_hook(Box::new(|panic| {
        web_sys::console::error_1(&format!("M3H Studio's engine: {panic}").into());
    }));
}

/// Starts the worker: answers messages with a session on the device that `choose` gives.
#[cfg(feature = "engine")]
pub fn start<C, D>(choose: C)
where
    C: FnOnce(Asked) -> D + 'static,
    D: Future<Output = super::device::Chosen> + 'static,
{
    tell_panics();
    let search = scope().location().search();
    let asked = |name: &str| parameter(&search, name);
    let asked = Asked {
        forced: asked("device") != "auto",
        reason: asked("reason"),
    };
    spawn_local(async move {
        let chosen = choose(asked).await;
        let device = chosen.info.clone();
        serve(Session::new(Worker { scope: scope() }, chosen), device);
    });
}

/// Starts the worker that trains boosted trees.
#[cfg(feature = "trees")]
pub fn start_trees() {
    tell_panics();
    let device = DeviceInfo {
        kind: "cpu".into(),
        name: "CPU".into(),
        reason: "Boosted trees need no other.".into(),
    };
    let session = super::trees::TreesSession::new(Worker { scope: scope() });
    serve(session, device);
}

/// Answers messages for as long as the worker lives.
fn serve<A: Answering + 'static>(session: A, device: DeviceInfo) {
    let session = Rc::new(session);
    let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let session = session.clone();
        match read_message(&event.data()) {
            Ok((request, files)) => {
                spawn_local(async move { session.answer(request, files).await });
            }
            Err(error) => web_sys::console::error_1(&format!("M3H Studio: {error}").into()),
        }
    });
    let scope = scope();
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    on_message.forget();
    Worker { scope }.send(Event::Ready {
        device,
        version: env!("CARGO_PKG_VERSION").into(),
    });
}

fn read_message(data: &JsValue) -> Result<(Request, Vec<BrowserFile>), String> {
    let json = Reflect::get(data, &"json".into())
        .ok()
        .and_then(|json| json.as_string())
        .ok_or("a message without a request")?;
    let request: Request = serde_json::from_str(&json).map_err(|error| error.to_string())?;
    let files = Reflect::get(data, &"files".into()).unwrap_or(JsValue::UNDEFINED);
    let files = if Array::is_array(&files) {
        Array::from(&files)
            .iter()
            .filter_map(|file| match file.dyn_into::<Blob>() {
                Ok(file) => Some(BrowserFile::File(file)),
                Err(other) => other.dyn_into().ok().map(BrowserFile::Bytes),
            })
            .collect()
    } else {
        vec![]
    };
    Ok((request, files))
}
