//! The JavaScript interface `window.m3h`, for portals, notebooks and tests: docs/javascript.md.
//!
//! It is the page's own state that answers: what a script does is seen in the page, and the reverse.

use std::future::Future;

use js_sys::{Array, Error, Function, JSON, Object, Promise, Reflect};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::{Blob, File, HtmlElement};

use super::components::download;
use super::components::drop_zone::path_of;
use super::report;
use super::state::{PickedFile, Studio, TrainingListener, WorkListener};
use crate::session::client::ClientError;
use crate::session::protocol::{
    AblationMethod, Against, DemoOptions, ImportOptions, Over, Pooling, TimMeasure, TimOptions,
    TrainingProgress,
};

/// Lays the interface on `window.m3h` and the same methods on the studio's element.
///
/// # Errors
/// What the browser throws where it refuses a property.
pub fn install(studio: Studio, element: &HtmlElement) -> Result<(), JsValue> {
    let object = Object::new();
    let put = |name: &str, value: &JsValue| -> Result<(), JsValue> {
        Reflect::set(&object, &name.into(), value)?;
        Reflect::set(element, &name.into(), value)?;
        Ok(())
    };
    let ready = promise(async move { studio.ready().await.map(|_| ()) });
    // Whoever waits for it hears of a failure; nobody waiting is no failure.
    let ignored = Closure::<dyn FnMut(JsValue)>::new(|_| {});
    let _ = ready.catch(&ignored);
    ignored.forget();
    put("ready", &ready)?;
    put("version", &env!("CARGO_PKG_VERSION").into())?;
    let method = |name: &str, call: Box<dyn Fn(JsValue, JsValue) -> Promise>| {
        put(name, &Closure::wrap(call).into_js_value())
    };

    method(
        "device",
        Box::new(move |_, _| promise(async move { studio.device().await })),
    )?;
    method(
        "openDemo",
        Box::new(move |name, options| {
            let name = name.as_string();
            let options = read::<DemoOptions>(options, "openDemo's second argument");
            promise(async move {
                let name = name.ok_or_else(|| {
                    refused("openDemo needs the name of a demo cohort: \"ward\".")
                })?;
                studio.open_demo(&name, options?).await
            })
        }),
    )?;
    method(
        "openFiles",
        Box::new(move |files, options| {
            let files = files_of(&files, "openFiles");
            let options = read::<ImportOptions>(options, "openFiles's second argument");
            promise(async move { studio.open_files(files?, options?).await })
        }),
    )?;
    method(
        "openEncoder",
        Box::new(move |files, options| {
            let files = files_of(&files, "openEncoder");
            let options = read::<EncoderOptions>(options, "openEncoder's second argument");
            promise(async move { studio.open_encoder(files?, options?.pooling).await })
        }),
    )?;
    method(
        "cohort",
        Box::new(move |_, _| promise(async move { studio.fetch_cohort().await })),
    )?;
    method(
        "setStudy",
        Box::new(move |study, _| {
            let study = study_of(&study);
            promise(async move { studio.set_study(study?).await })
        }),
    )?;
    method(
        "study",
        Box::new(move |_, _| promise(async move { studio.fetch_study().await })),
    )?;
    method(
        "train",
        Box::new(move |listener, _| {
            let listener = training_listener(&listener);
            promise(async move { studio.train(listener?).await })
        }),
    )?;
    method(
        "pause",
        Box::new(move |_, _| promise(async move { studio.pause(true).await })),
    )?;
    method(
        "resume",
        Box::new(move |_, _| promise(async move { studio.pause(false).await })),
    )?;
    method(
        "stop",
        Box::new(move |_, _| promise(async move { studio.stop().await })),
    )?;
    method(
        "results",
        Box::new(move |_, _| promise(async move { studio.fetch_results().await })),
    )?;
    method(
        "tim",
        Box::new(move |measure, options| {
            let measure = measure_of(&measure, "tim");
            // No options, no listener.
            let listener = Reflect::get(&options, &"onProgress".into());
            let listener = work_listener(&listener.unwrap_or(JsValue::UNDEFINED), "tim");
            let options = read::<TimOptions>(options, "tim's second argument");
            promise(async move { studio.measure_tim(measure?, options?, listener?).await })
        }),
    )?;
    method(
        "timPlan",
        Box::new(move |measure, options| {
            let measure = measure_of(&measure, "timPlan");
            let options = read::<TimOptions>(options, "timPlan's second argument");
            promise(async move { studio.plan_tim(measure?, options?).await })
        }),
    )?;
    method(
        "mix",
        Box::new(move |options, _| {
            let options = read::<MixingOptions>(options, "mix's argument");
            promise(async move {
                let MixingOptions { alpha, beta } = options?;
                studio.mix(alpha, beta).await
            })
        }),
    )?;
    method(
        "explain",
        Box::new(move |id, _| {
            promise(async move {
                let id = id.as_string().ok_or_else(|| {
                    refused("explain needs the identifier of a patient of the last prediction.")
                })?;
                studio.explain(id).await
            })
        }),
    )?;
    method(
        "ablate",
        Box::new(move |options, _| {
            let options = read::<AblationOptions>(options, "ablate's argument");
            promise(async move { studio.ablate(options?.method).await })
        }),
    )?;
    for (name, against) in [
        ("compareSingleTask", Against::Single),
        ("compareTrees", Against::Trees),
    ] {
        method(
            name,
            Box::new(move |listener, _| {
                let listener = work_listener(&listener, name);
                promise(async move { studio.compare(against, vec![], listener?).await })
            }),
        )?;
    }
    method(
        "compareGroups",
        Box::new(move |groups, listener| {
            let groups = read::<Vec<Vec<String>>>(groups, "compareGroups's first argument");
            let listener = work_listener(&listener, "compareGroups");
            promise(async move { studio.compare(Against::Groups, groups?, listener?).await })
        }),
    )?;
    method(
        "compareLosses",
        Box::new(move |listener, _| {
            let listener = work_listener(&listener, "compareLosses");
            promise(async move { studio.compare_losses(listener?).await })
        }),
    )?;
    method(
        "repeat",
        Box::new(move |options, listener| {
            let options = read::<RepetitionOptions>(options, "repeat's first argument");
            let listener = work_listener(&listener, "repeat");
            promise(async move {
                let RepetitionOptions { over, runs } = options?;
                studio.repeat(over, runs, listener?).await
            })
        }),
    )?;
    method(
        "outOfFold",
        Box::new(move |_, _| promise(async move { studio.out_of_fold().await })),
    )?;
    method(
        "predict",
        Box::new(move |files, _| {
            let files = match files.is_undefined() || files.is_null() {
                true => Ok(Vec::new()),
                false => files_of(&files, "predict"),
            };
            promise(async move { studio.predict(files?).await })
        }),
    )?;
    method(
        "subgroups",
        Box::new(move |column, _| {
            promise(async move {
                let column = column.as_string().ok_or_else(|| {
                    refused("subgroups needs the name of a column of the patients table.")
                })?;
                studio.subgroups(column).await
            })
        }),
    )?;
    method(
        "report",
        Box::new(move |format, _| {
            promise(async move {
                match format.as_string().as_deref() {
                    None | Some("html") => report::html(studio),
                    Some("json") => report::json(studio),
                    Some(_) => Err(refused("report needs \"html\" or \"json\".")),
                }
            })
        }),
    )?;
    method(
        "exportModel",
        Box::new(move |_, _| {
            future_to_promise(async move {
                let exported = studio.export_model().await;
                let bytes = exported.map_err(|error| Error::new(&error.to_string()))?;
                Ok(download::blob(&bytes.into(), download::BINARY)?.into())
            })
        }),
    )?;
    method(
        "importModel",
        Box::new(move |file, _| {
            promise(async move {
                if !file.is_instance_of::<Blob>() {
                    return Err(refused(
                        "importModel needs a Blob or File that exportModel has made.",
                    ));
                }
                studio.import_model(file).await
            })
        }),
    )?;
    method(
        "benchmark",
        Box::new(move |options, _| {
            let options = read::<BenchmarkOptions>(options, "benchmark's argument");
            promise(async move {
                let BenchmarkOptions {
                    batch,
                    widths,
                    tasks,
                    steps,
                } = options?;
                studio.benchmark(batch, widths, tasks, steps).await
            })
        }),
    )?;

    let window = web_sys::window().ok_or(JsValue::NULL)?;
    Reflect::set(&window, &"m3h".into(), &object)?;
    Ok(())
}

/// The argument of `ablate`.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct AblationOptions {
    method: AblationMethod,
}

/// The argument of `mix`; as trained unless told.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct MixingOptions {
    alpha: Option<f64>,
    beta: Option<f64>,
}

/// The first argument of `repeat`.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct RepetitionOptions {
    over: Over,
    runs: Option<usize>,
}

/// The second argument of `openEncoder`.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct EncoderOptions {
    pooling: Pooling,
}

/// The argument of `benchmark`.
#[derive(serde::Deserialize)]
#[serde(default)]
struct BenchmarkOptions {
    batch: usize,
    widths: Vec<usize>,
    tasks: usize,
    steps: usize,
}

impl Default for BenchmarkOptions {
    fn default() -> Self {
        BenchmarkOptions {
            batch: 128,
            widths: vec![64, 256],
            tasks: 8,
            steps: 20,
        }
    }
}

fn refused(message: &str) -> ClientError {
    ClientError::Refused(message.to_string())
}

/// A promise of plain JSON; it rejects with an `Error`.
fn promise<T: Serialize + 'static>(
    work: impl Future<Output = Result<T, ClientError>> + 'static,
) -> Promise {
    future_to_promise(async move {
        let value = work.await.map_err(|error| Error::new(&error.to_string()))?;
        Ok(written(&value)?)
    })
}

/// A value as plain JSON: maps as objects, `undefined` nowhere.
pub(super) fn written<T: Serialize>(value: &T) -> Result<JsValue, Error> {
    value
        .serialize(&serde_wasm_bindgen::Serializer::json_compatible())
        .map_err(|error| Error::new(&error.to_string()))
}

/// An argument; what is left out has its default.
fn read<T: DeserializeOwned + Default>(value: JsValue, what: &str) -> Result<T, ClientError> {
    if value.is_undefined() || value.is_null() {
        return Ok(T::default());
    }
    serde_wasm_bindgen::from_value(value)
        .map_err(|error| ClientError::Refused(format!("{what} is not understood: {error}.")))
}

/// A study as an object, or as the text of its file.
fn study_of(study: &JsValue) -> Result<serde_json::Value, ClientError> {
    let text = match study.as_string() {
        Some(text) => text,
        None => JSON::stringify(study)
            .ok()
            .and_then(|text| text.as_string())
            .ok_or_else(|| refused("setStudy needs a study: an object, or its JSON as text."))?,
    };
    serde_json::from_str(&text)
        .map_err(|error| ClientError::Refused(format!("The study is not valid JSON: {error}.")))
}

/// An array or a `FileList` of files.
fn files_of(files: &JsValue, method: &str) -> Result<Vec<PickedFile>, ClientError> {
    let problem =
        || ClientError::Refused(format!("{method} needs an array of files (File objects)."));
    if !files.is_object() {
        return Err(problem());
    }
    let list = Array::from(files);
    if list.length() == 0 {
        return Err(problem());
    }
    list.iter()
        .map(|file| {
            let file: File = file.dyn_into().map_err(|_| problem())?;
            Ok(PickedFile {
                path: path_of(&file),
                file,
            })
        })
        .collect()
}

/// A measure of task interaction by its name.
fn measure_of(name: &JsValue, method: &str) -> Result<TimMeasure, ClientError> {
    let name = name.as_string().unwrap_or_default();
    let mut all = TimMeasure::ALL.into_iter();
    all.find(|measure| measure.name() == name).ok_or_else(|| {
        ClientError::Refused(format!(
            "{method} needs the name of a measure: \"attention\", \"occlusion\", \"gain\" or \"shapley\"."
        ))
    })
}

/// A function of a script, or none.
fn listener_of(listener: &JsValue, method: &str) -> Result<Option<Function>, ClientError> {
    if listener.is_undefined() || listener.is_null() {
        return Ok(None);
    }
    let listener = listener
        .clone()
        .dyn_into()
        .map_err(|_| ClientError::Refused(format!("{method}'s argument must be a function.")))?;
    Ok(Some(listener))
}

/// Calls a script's listener. Its failure is its own: the work goes on.
fn tell<T: Serialize>(listener: &Function, method: &str, progress: &T) {
    let called = written(progress)
        .map_err(JsValue::from)
        .and_then(|progress| listener.call1(&JsValue::UNDEFINED, &progress));
    if let Err(error) = called {
        let place = format!("m3h.{method}: onProgress failed:");
        web_sys::console::error_2(&place.into(), &error);
    }
}

fn training_listener(listener: &JsValue) -> Result<Option<TrainingListener>, ClientError> {
    let listener = listener_of(listener, "train")?;
    Ok(listener.map(|listener| {
        Box::new(move |progress: &TrainingProgress| tell(&listener, "train", progress))
            as TrainingListener
    }))
}

/// How far work is that is no training of the model in force.
#[derive(Serialize)]
struct WorkProgress<'a> {
    label: &'a str,
    done: f64,
}

fn work_listener(
    listener: &JsValue,
    method: &'static str,
) -> Result<Option<WorkListener>, ClientError> {
    let listener = listener_of(listener, method)?;
    Ok(listener.map(|listener| {
        Box::new(move |label: &str, done: f64| {
            tell(&listener, method, &WorkProgress { label, done });
        }) as WorkListener
    }))
}
