//! The other side of a worker, in the page or in an engine that wants help: starts it, numbers the requests, hands every reply to
//! whom it belongs.
//!
//! To the worker goes `{ json: Request, files: (Blob | Uint8Array)[] }`, from it comes `{ json: Event, bytes?: Uint8Array }`.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use futures_channel::oneshot;
use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ErrorEvent, MessageEvent, Worker, WorkerOptions, WorkerType};

use super::protocol::{
    Ablation, AblationMethod, Against, Benchmark, CohortSummary, Command, Comparison, DemoOptions,
    DeviceInfo, Explanation, ImportOptions, LossComparison, Mixing, Over, Pooling, Predictions,
    Progress, Repetition, Request, Results, Subgroups, Tim, TimMeasure, TimOptions, TimPlan,
};
use crate::cohort::{ColumnKind, Role};
use crate::study::Study;

/// Why a request was not answered. Its text is a sentence a person can act on.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ClientError {
    /// The engine refused; several problems stand one a line.
    #[error("{0}")]
    Refused(String),
    /// The engine is gone.
    #[error("{0}")]
    Lost(String),
    /// The engine's answer was not understood.
    #[error(
        "The page and its engine are of different versions. Reload the page without its cache. ({0})"
    )]
    Unreadable(String),
}

/// How the engine is.
#[derive(Debug, Clone, PartialEq)]
pub enum Engine {
    /// It is being loaded.
    Starting,
    /// It answers.
    Ready {
        /// What it computes on.
        device: DeviceInfo,
        /// Its version.
        version: String,
    },
    /// It has failed, and why; only a reload helps.
    Lost(String),
}

/// Hears of the progress of one request.
pub type ProgressListener = Box<dyn Fn(&Progress)>;

/// A listener that can be called outside the borrow it was found in.
type SharedListener = Rc<dyn Fn(&Progress)>;

/// The engine's address: where the page's files lie and of which build they are.
#[derive(Debug, Clone)]
pub struct Address {
    /// URL of the folder of the page's files, with a slash at its end.
    pub base: String,
    /// Identifier of the build, so that no cache mixes two of them.
    pub build: String,
    /// The device the user asks for: `cpu`, `webgpu`, or none.
    pub forced_device: Option<String>,
}

/// The engine, as the page sees it. Clones share one worker.
#[derive(Clone)]
pub struct Client {
    shared: Rc<Shared>,
}

struct Shared {
    address: Address,
    /// The worker that was started: its file's name without `_loader.js`.
    started: Cell<Option<&'static str>>,
    worker: RefCell<Option<Worker>>,
    /// Counts the workers: what one of them still says once it is given up is not heard.
    generation: Cell<u32>,
    engine: RefCell<Engine>,
    pending: RefCell<BTreeMap<u32, Pending>>,
    waiting: RefCell<Vec<oneshot::Sender<()>>>,
    next: Cell<u32>,
    /// The newest checkpoint of the running training.
    checkpoint: RefCell<Option<Uint8Array>>,
    on_engine: Box<dyn Fn(&Engine)>,
}

/// An answer: JSON, and bytes beside it where it has any.
struct Reply {
    json: String,
    bytes: Option<Uint8Array>,
}

struct Pending {
    reply: oneshot::Sender<Result<Reply, ClientError>>,
    on_progress: Option<SharedListener>,
}

/// A message from the worker with its value left as text, so that it is parsed once and into its own type
/// ([`super::protocol::Event`] describes the fields).
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(rename = "type")]
    kind: String,
    id: Option<u32>,
    #[serde(borrow)]
    value: Option<&'a RawValue>,
    progress: Option<Progress>,
    device: Option<DeviceInfo>,
    version: Option<String>,
    message: Option<String>,
    #[serde(default)]
    device_failed: bool,
}

impl Client {
    /// Starts the engine that suits this browser; `on_engine` hears whenever its state changes.
    pub fn start(address: Address, on_engine: impl Fn(&Engine) + 'static) -> Client {
        let client = Client {
            shared: Rc::new(Shared::new(address, on_engine)),
        };
        let shared = client.shared.clone();
        wasm_bindgen_futures::spawn_local(async move {
            let choice = choose_worker(&shared.address).await;
            shared.spawn(&choice);
        });
        client
    }

    /// Starts a worker on the CPU that helps an engine; `worker` is its file's name without `_loader.js`.
    pub fn helper(address: &Address, worker: &'static str) -> Client {
        let client = Client {
            shared: Rc::new(Shared::new(address.clone(), |_| {})),
        };
        let choice = Choice {
            worker,
            ..Choice::cpu("It helps another engine.")
        };
        client.shared.spawn(&choice);
        client
    }

    /// Ends the engine at once, whatever it is doing.
    pub fn end(&self) {
        self.shared.lose("The engine was ended.");
    }

    /// Starts an engine on the CPU in place of a lost one; `reason` says why, in a sentence.
    pub fn restart(&self, reason: &str) {
        if matches!(self.engine(), Engine::Lost(_)) {
            self.shared.become_engine(Engine::Starting);
            self.shared.spawn(&Choice::cpu(reason));
        }
    }

    /// The newest checkpoint of a training, once.
    pub fn take_checkpoint(&self) -> Option<Uint8Array> {
        self.shared.checkpoint.borrow_mut().take()
    }

    /// The worker that was started: its file's name without `_loader.js`.
    pub fn started(&self) -> Option<&'static str> {
        self.shared.started.get()
    }

    /// Whether a worker that is not always loaded can be had: from the server, or from what the browser keeps for use offline. Only a page asks.
    pub async fn can_load(&self, worker: &str) -> bool {
        can_load(&self.shared.address, worker).await
    }

    /// How the engine is now.
    pub fn engine(&self) -> Engine {
        self.shared.engine.borrow().clone()
    }

    /// Waits until the engine answers.
    ///
    /// # Errors
    /// [`ClientError::Lost`] when it cannot be started.
    pub async fn ready(&self) -> Result<(DeviceInfo, String), ClientError> {
        loop {
            match self.engine() {
                Engine::Ready { device, version } => return Ok((device, version)),
                Engine::Lost(message) => return Err(ClientError::Lost(message)),
                Engine::Starting => {
                    let (sender, receiver) = oneshot::channel();
                    self.shared.waiting.borrow_mut().push(sender);
                    // A dropped sender means the same as a sent one: look again.
                    let _ = receiver.await;
                }
            }
        }
    }

    /// Sends a command, with files or bytes beside it, and waits for the answer.
    ///
    /// # Errors
    /// What the engine refused, or that it is gone.
    pub async fn ask<T: DeserializeOwned>(
        &self,
        command: Command,
        files: &[JsValue],
        on_progress: Option<ProgressListener>,
    ) -> Result<T, ClientError> {
        let reply = self.reply(command, files, on_progress).await?;
        serde_json::from_str(&reply.json)
            .map_err(|error| ClientError::Unreadable(error.to_string()))
    }

    async fn reply(
        &self,
        command: Command,
        files: &[JsValue],
        on_progress: Option<ProgressListener>,
    ) -> Result<Reply, ClientError> {
        self.ready().await?;
        let receiver = self.shared.post(command, files, on_progress)?;
        match receiver.await {
            Ok(reply) => reply,
            Err(_) => Err(ClientError::Lost(LOST.to_string())),
        }
    }

    /// The device in use.
    pub async fn device(&self) -> Result<DeviceInfo, ClientError> {
        self.ask(Command::Device, &[], None).await
    }

    /// Opens a generated cohort.
    pub async fn open_demo(
        &self,
        name: String,
        options: DemoOptions,
        on_progress: Option<ProgressListener>,
    ) -> Result<CohortSummary, ClientError> {
        self.ask(Command::OpenDemo { name, options }, &[], on_progress)
            .await
    }

    /// Opens files; `paths` are theirs inside the dropped folder, in the same order.
    pub async fn open_files(
        &self,
        files: &[JsValue],
        paths: Vec<String>,
        options: ImportOptions,
        on_progress: Option<ProgressListener>,
    ) -> Result<CohortSummary, ClientError> {
        self.ask(Command::OpenFiles { paths, options }, files, on_progress)
            .await
    }

    /// Runs the cohort's notes or images through the frozen encoder of these files.
    pub async fn open_encoder(
        &self,
        files: &[JsValue],
        paths: Vec<String>,
        pooling: Pooling,
        on_progress: Option<ProgressListener>,
    ) -> Result<CohortSummary, ClientError> {
        self.ask(Command::OpenEncoder { paths, pooling }, files, on_progress)
            .await
    }

    /// What the open cohort holds.
    pub async fn cohort(&self) -> Result<CohortSummary, ClientError> {
        self.ask(Command::Cohort, &[], None).await
    }

    /// Changes the role and kind of a column.
    pub async fn set_column(
        &self,
        name: String,
        role: Role,
        kind: ColumnKind,
    ) -> Result<CohortSummary, ClientError> {
        self.ask(Command::SetColumn { name, role, kind }, &[], None)
            .await
    }

    /// Puts a study in force and returns it completed; fails with all its problems, one a line.
    pub async fn set_study(&self, study: serde_json::Value) -> Result<Study, ClientError> {
        self.ask(Command::SetStudy { study }, &[], None).await
    }

    /// The study in force.
    pub async fn study(&self) -> Result<Study, ClientError> {
        self.ask(Command::Study, &[], None).await
    }

    /// Trains the study in force.
    pub async fn train(
        &self,
        on_progress: Option<ProgressListener>,
    ) -> Result<Results, ClientError> {
        self.ask(Command::Train, &[], on_progress).await
    }

    /// Goes on with a training from a checkpoint.
    pub async fn train_on(
        &self,
        checkpoint: &Uint8Array,
        on_progress: Option<ProgressListener>,
    ) -> Result<Results, ClientError> {
        let beside = [checkpoint.clone().into()];
        self.ask(Command::TrainOn, &beside, on_progress).await
    }

    /// Pauses the running training, or resumes it.
    pub async fn pause(&self, paused: bool) -> Result<(), ClientError> {
        self.ask(Command::Pause { paused }, &[], None).await
    }

    /// Ends the running training, keeping the best weights.
    pub async fn stop(&self) -> Result<(), ClientError> {
        self.ask(Command::Stop, &[], None).await
    }

    /// The results of the last training.
    pub async fn results(&self) -> Result<Results, ClientError> {
        self.ask(Command::Results, &[], None).await
    }

    /// Task interaction measurement.
    pub async fn tim(
        &self,
        measure: TimMeasure,
        options: TimOptions,
        on_progress: Option<ProgressListener>,
    ) -> Result<Tim, ClientError> {
        let command = Command::Tim { measure, options };
        self.ask(command, &[], on_progress).await
    }

    /// What a measure of task interaction would train.
    pub async fn tim_plan(
        &self,
        measure: TimMeasure,
        options: TimOptions,
    ) -> Result<TimPlan, ClientError> {
        self.ask(Command::TimPlan { measure, options }, &[], None)
            .await
    }

    /// What the trained weights give with other numbers in the task attention; as trained where none is given.
    pub async fn mix(&self, alpha: Option<f64>, beta: Option<f64>) -> Result<Mixing, ClientError> {
        self.ask(Command::Mix { alpha, beta }, &[], None).await
    }

    /// What moved the predictions of a sample of the last prediction.
    pub async fn explain(&self, id: String) -> Result<Explanation, ClientError> {
        self.ask(Command::Explain { id }, &[], None).await
    }

    /// The model in force against models, or trees, of each task alone, or models of these groups.
    pub async fn compare(
        &self,
        against: Against,
        groups: Vec<Vec<String>>,
        on_progress: Option<ProgressListener>,
    ) -> Result<Comparison, ClientError> {
        let command = match against {
            Against::Single => Command::CompareSingleTask,
            Against::Trees => Command::CompareTrees,
            Against::Groups => Command::CompareGroups { groups },
        };
        self.ask(command, &[], on_progress).await
    }

    /// The model's study trained with other losses.
    pub async fn compare_losses(
        &self,
        on_progress: Option<ProgressListener>,
    ) -> Result<LossComparison, ClientError> {
        self.ask(Command::CompareLosses, &[], on_progress).await
    }

    /// The model's study trained again, on each fold or from other seeds.
    pub async fn repeat(
        &self,
        over: Over,
        runs: Option<usize>,
        on_progress: Option<ProgressListener>,
    ) -> Result<Repetition, ClientError> {
        self.ask(Command::Repeat { over, runs }, &[], on_progress)
            .await
    }

    /// The predictions of the last [`Client::repeat`] over folds.
    pub async fn out_of_fold(&self) -> Result<Predictions, ClientError> {
        self.ask(Command::OutOfFold, &[], None).await
    }

    /// What each modality adds.
    pub async fn ablate(
        &self,
        method: AblationMethod,
        on_progress: Option<ProgressListener>,
    ) -> Result<Ablation, ClientError> {
        self.ask(Command::Ablate { method }, &[], on_progress).await
    }

    /// Every task within the groups of a column.
    pub async fn subgroups(&self, column: String) -> Result<Subgroups, ClientError> {
        self.ask(Command::Subgroups { column }, &[], None).await
    }

    /// The model in force as a file.
    pub async fn export_model(&self) -> Result<Uint8Array, ClientError> {
        let reply = self.reply(Command::ExportModel, &[], None).await?;
        reply
            .bytes
            .ok_or_else(|| ClientError::Unreadable("a model without bytes".into()))
    }

    /// Puts the model of a file in force.
    pub async fn import_model(&self, file: JsValue) -> Result<Results, ClientError> {
        self.ask(Command::ImportModel, &[file], None).await
    }

    /// Predictions for files, or for the open cohort's test set without files.
    pub async fn predict(
        &self,
        files: &[JsValue],
        paths: Vec<String>,
        on_progress: Option<ProgressListener>,
    ) -> Result<Predictions, ClientError> {
        self.ask(Command::Predict { paths }, files, on_progress)
            .await
    }

    /// Times training steps and forward passes on generated numbers.
    pub async fn benchmark(
        &self,
        batch: usize,
        widths: Vec<usize>,
        tasks: usize,
        steps: usize,
    ) -> Result<Benchmark, ClientError> {
        let command = Command::Benchmark {
            batch,
            widths,
            tasks,
            steps,
        };
        self.ask(command, &[], None).await
    }
}

const LOST: &str =
    "The engine has stopped. Your files are untouched; reload the page and open them again.";

impl Shared {
    fn new(address: Address, on_engine: impl Fn(&Engine) + 'static) -> Self {
        Self {
            address,
            started: Cell::new(None),
            worker: RefCell::new(None),
            generation: Cell::new(0),
            engine: RefCell::new(Engine::Starting),
            pending: RefCell::new(BTreeMap::new()),
            waiting: RefCell::new(Vec::new()),
            next: Cell::new(1),
            checkpoint: RefCell::new(None),
            on_engine: Box::new(on_engine),
        }
    }

    /// Starts the chosen worker and listens to it.
    fn spawn(self: &Rc<Self>, choice: &Choice) {
        self.started.set(Some(choice.worker));
        let url = format!(
            "{}&device={}&reason={}",
            loader_of(&self.address, choice.worker),
            choice.device,
            encode(&choice.reason)
        );
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = match Worker::new_with_options(&url, &options) {
            Ok(worker) => worker,
            Err(error) => {
                let cause = describe(&error);
                self.lose(&format!(
                    "The engine could not be started: this browser refused the worker ({cause})."
                ));
                return;
            }
        };

        let generation = self.generation.get();
        let shared = self.clone();
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if shared.generation.get() != generation {
                return;
            }
            match Reflect::get(&event.data(), &"json".into()).map(|json| json.as_string()) {
                Ok(Some(json)) => {
                    let bytes = member(&event.data(), "bytes").dyn_into().ok();
                    shared.hear(&json, bytes);
                }
                _ => shared.lose("The engine sent something that the page does not understand. Reload the page without its cache."),
            }
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        on_message.forget();

        let shared = self.clone();
        let on_error = Closure::<dyn Fn(web_sys::Event)>::new(move |event: web_sys::Event| {
            if shared.generation.get() != generation {
                return;
            }
            let cause = event
                .dyn_ref::<ErrorEvent>()
                .map(ErrorEvent::message)
                .filter(|message| !message.is_empty() && message != "undefined");
            let started = !matches!(*shared.engine.borrow(), Engine::Starting);
            let message = match (started, cause) {
                (false, None) => "The engine could not be loaded. Check the connection to the server of this page, then reload it.".to_string(),
                (false, Some(cause)) => format!("The engine could not be started ({cause}). Reload the page, or use the CPU with ?device=cpu."),
                (true, None) => LOST.to_string(),
                (true, Some(cause)) => format!("{LOST} ({cause})"),
            };
            shared.lose(&message);
        });
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        worker.set_onmessageerror(Some(on_error.as_ref().unchecked_ref()));
        on_error.forget();
        *self.worker.borrow_mut() = Some(worker);
    }

    /// Numbers and sends a command.
    fn post(
        &self,
        command: Command,
        files: &[JsValue],
        on_progress: Option<ProgressListener>,
    ) -> Result<oneshot::Receiver<Result<Reply, ClientError>>, ClientError> {
        let id = self.next.get();
        self.next.set(id.wrapping_add(1));
        let json = serde_json::to_string(&Request { id, command })
            .map_err(|error| ClientError::Unreadable(error.to_string()))?;
        let list = Array::new();
        for file in files {
            list.push(file);
        }
        let message = Object::new();
        let set = |key: &str, value: &JsValue| Reflect::set(&message, &key.into(), value);
        let worker = self.worker.borrow();
        let sent = set("json", &json.into())
            .and_then(|_| set("files", &list))
            .and_then(|_| match worker.as_ref() {
                Some(worker) => worker.post_message(&message),
                None => Err(JsValue::from_str("no worker")),
            });
        if let Err(error) = sent {
            return Err(ClientError::Lost(format!(
                "The engine cannot be reached ({}). Reload the page.",
                describe(&error)
            )));
        }
        let (reply, receiver) = oneshot::channel();
        let pending = Pending {
            reply,
            on_progress: on_progress.map(Rc::from),
        };
        self.pending.borrow_mut().insert(id, pending);
        Ok(receiver)
    }

    /// Hands a message of the worker to whom it belongs.
    fn hear(&self, json: &str, bytes: Option<Uint8Array>) {
        let envelope: Envelope = match serde_json::from_str(json) {
            Ok(envelope) => envelope,
            Err(error) => {
                self.lose(&ClientError::Unreadable(error.to_string()).to_string());
                return;
            }
        };
        match (envelope.kind.as_str(), envelope.id) {
            ("ready", _) => {
                let device = envelope.device.unwrap_or(DeviceInfo {
                    kind: "cpu".into(),
                    name: String::new(),
                    reason: String::new(),
                });
                let version = envelope.version.unwrap_or_default();
                self.become_engine(Engine::Ready { device, version });
            }
            ("progress", Some(id)) => {
                // The listener is called outside the borrow: it may well send a request.
                let listener = self
                    .pending
                    .borrow()
                    .get(&id)
                    .and_then(|pending| pending.on_progress.clone());
                if let (Some(listener), Some(progress)) = (listener, envelope.progress) {
                    listener(&progress);
                }
            }
            ("done", Some(id)) => {
                let json = envelope.value.map_or("null", RawValue::get).to_string();
                self.settle(id, Ok(Reply { json, bytes }));
            }
            ("checkpoint", Some(_)) => *self.checkpoint.borrow_mut() = bytes,
            ("failed", Some(id)) => {
                let message = envelope
                    .message
                    .unwrap_or_else(|| "The engine refused without a reason.".into());
                if envelope.device_failed {
                    // Nothing more comes from this device: the engine is as good as gone.
                    self.lose(&message);
                    return;
                }
                self.settle(id, Err(ClientError::Refused(message)));
            }
            (kind, _) => {
                let error = ClientError::Unreadable(format!("message {kind}"));
                self.lose(&error.to_string());
            }
        }
    }

    fn settle(&self, id: u32, reply: Result<Reply, ClientError>) {
        let pending = self.pending.borrow_mut().remove(&id);
        if let Some(pending) = pending {
            // Nobody waits any more: nothing to tell.
            let _ = pending.reply.send(reply);
        }
    }

    /// The worker is gone: every open request fails with the reason, and the page shows it.
    fn lose(&self, message: &str) {
        if matches!(*self.engine.borrow(), Engine::Lost(_)) {
            return;
        }
        self.generation.set(self.generation.get().wrapping_add(1));
        if let Some(worker) = self.worker.borrow_mut().take() {
            worker.terminate();
        }
        let pending = std::mem::take(&mut *self.pending.borrow_mut());
        self.become_engine(Engine::Lost(message.to_string()));
        for (_, request) in pending {
            let _ = request
                .reply
                .send(Err(ClientError::Lost(message.to_string())));
        }
    }

    fn become_engine(&self, engine: Engine) {
        *self.engine.borrow_mut() = engine.clone();
        (self.on_engine)(&engine);
        for waiting in std::mem::take(&mut *self.waiting.borrow_mut()) {
            let _ = waiting.send(());
        }
    }
}

/// The worker that computes on WebGPU.
const GPU_WORKER: &str = "worker_gpu";

/// Where a worker starts.
fn loader_of(address: &Address, worker: &str) -> String {
    let (base, build) = (&address.base, encode(&address.build));
    format!("{base}{worker}_loader.js?v={build}")
}

async fn can_load(address: &Address, worker: &str) -> bool {
    let Some(window) = web_sys::window() else {
        return false;
    };
    let request = window.fetch_with_str(&loader_of(address, worker));
    let response = JsFuture::from(request).await;
    response.is_ok_and(|response| member(&response, "ok").is_truthy())
}

/// Which worker to start, and why.
struct Choice {
    /// Its file's name without `_loader.js`.
    worker: &'static str,
    /// What it is to use: `cpu`, `webgpu` (whatever the adapter is) or `auto` (a real adapter only).
    device: &'static str,
    /// Why, in a sentence.
    reason: String,
}

impl Choice {
    fn cpu(reason: &str) -> Choice {
        Choice {
            worker: "worker_cpu",
            device: "cpu",
            reason: reason.to_string(),
        }
    }
}

/// Looks for a graphics adapter that is not an emulation; the worker then checks that it computes correctly.
async fn choose_worker(address: &Address) -> Choice {
    match address.forced_device.as_deref() {
        Some("cpu") => return Choice::cpu("The address asks for the CPU (?device=cpu)."),
        Some("webgpu") => {
            return Choice {
                worker: GPU_WORKER,
                device: "webgpu",
                reason: "The address asks for WebGPU (?device=webgpu).".to_string(),
            };
        }
        _ => {}
    }
    let Some(window) = web_sys::window() else {
        return Choice::cpu("This page has no window.");
    };
    let gpu = member(&window.navigator(), "gpu");
    if gpu.is_undefined() || gpu.is_null() {
        return Choice::cpu(if window.is_secure_context() {
            "This browser does not offer WebGPU."
        } else {
            "Browsers offer WebGPU only to pages served over https or from localhost."
        });
    }
    let adapter = match request_adapter(&gpu).await {
        Some(adapter) => adapter,
        None => return Choice::cpu("This browser knows WebGPU but found no graphics adapter."),
    };
    let info = member(&adapter, "info");
    if member(&info, "isFallbackAdapter").is_truthy()
        || member(&adapter, "isFallbackAdapter").is_truthy()
    {
        return Choice::cpu(
            "The only WebGPU adapter is a software emulation, slower than the CPU.",
        );
    }
    if !can_load(address, GPU_WORKER).await {
        return Choice::cpu(
            "A graphics adapter was found, but the part of the studio that uses it could not be loaded. Reload the page when its server can be reached.",
        );
    }
    Choice {
        worker: GPU_WORKER,
        device: "auto",
        reason: "A graphics adapter was found.".to_string(),
    }
}

async fn request_adapter(gpu: &JsValue) -> Option<JsValue> {
    let request: js_sys::Function = member(gpu, "requestAdapter").dyn_into().ok()?;
    let promise: Promise = request.call0(gpu).ok()?.dyn_into().ok()?;
    let adapter = JsFuture::from(promise).await.ok()?;
    (!adapter.is_null() && !adapter.is_undefined()).then_some(adapter)
}

/// A property, undefined where there is none.
fn member(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// The message of a thrown value.
fn describe(error: &JsValue) -> String {
    member(error, "message")
        .as_string()
        .or_else(|| error.as_string())
        .unwrap_or_else(|| "unknown".into())
}

fn encode(text: &str) -> String {
    js_sys::encode_uri_component(text).into()
}
