//! The browser's WebGPU adapter: its name, and what it logs.

use std::sync::atomic::Ordering;

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::device::{Chosen, cpu, webgpu};
use super::worker::Asked;
use crate::training::DEVICE_HAS_FAILED;

/// Listens to the log: an error of the graphics stack is told, and ends all trust in the device.
struct GraphicsLog;

impl log::Log for GraphicsLog {
    fn enabled(&self, metadata: &log::Metadata) -> bool {
        metadata.level() <= log::Level::Error
    }

    fn log(&self, record: &log::Record) {
        if self.enabled(record.metadata()) {
            DEVICE_HAS_FAILED.store(true, Ordering::Relaxed);
            web_sys::console::error_1(&format!("{}: {}", record.target(), record.args()).into());
        }
    }

    fn flush(&self) {}
}

static LOG: GraphicsLog = GraphicsLog;

/// Runs the module's constructors, which `build.rs` has exported; to be called once, before anything else.
///
/// Where the linker did not export them it runs them itself, at every call from JavaScript, so there is nothing left to do.
pub fn run_constructors() {
    let constructors = Reflect::get(&wasm_bindgen::exports(), &"__wasm_call_ctors".into());
    if let Ok(constructors) = constructors.and_then(|found| found.dyn_into::<Function>())
        && let Err(error) = constructors.call0(&JsValue::UNDEFINED)
    {
        web_sys::console::error_2(&"M3H Studio: a constructor failed.".into(), &error);
    }
}

/// WebGPU where the browser has an adapter, a real one unless the user forced it, that computes as the CPU does; else the CPU.
pub async fn choose(asked: Asked) -> Chosen {
    if log::set_logger(&LOG).is_ok() {
        log::set_max_level(log::LevelFilter::Error);
    }
    match adapter().await {
        None => cpu("WebGPU has no adapter here, so the CPU computes."),
        Some(adapter) if adapter.emulated && !asked.forced => {
            cpu("The only WebGPU adapter is a software emulation, slower than the CPU.")
        }
        Some(adapter) => {
            let reason = if asked.forced {
                "WebGPU was asked for in the page's address, and it gives the CPU's answer to a known question."
            } else {
                "A graphics adapter was found, and it gives the CPU's answer to a known question."
            };
            let chosen = webgpu(&adapter.name, reason).await;
            // A refused GPU no longer matters to the CPU that takes its place.
            if chosen.info.kind == "cpu" {
                DEVICE_HAS_FAILED.store(false, Ordering::Relaxed);
                log::set_max_level(log::LevelFilter::Off);
            }
            chosen
        }
    }
}

struct Adapter {
    name: String,
    emulated: bool,
}

async fn adapter() -> Option<Adapter> {
    let member = |object: &JsValue, name: &str| Reflect::get(object, &name.into()).ok();
    let gpu =
        member(&js_sys::global(), "navigator").and_then(|navigator| member(&navigator, "gpu"))?;
    let request: Function = member(&gpu, "requestAdapter")?.dyn_into().ok()?;
    let promise: Promise = request.call0(&gpu).ok()?.dyn_into().ok()?;
    let adapter = JsFuture::from(promise).await.ok()?;
    if adapter.is_null() || adapter.is_undefined() {
        return None;
    }
    let info = member(&adapter, "info")?;
    let text = |name: &str| {
        member(&info, name)
            .and_then(|v| v.as_string())
            .unwrap_or_default()
    };
    let name = ["description", "device", "architecture", "vendor"]
        .into_iter()
        .map(text)
        .find(|text| !text.is_empty())
        .unwrap_or_else(|| "WebGPU adapter".into());
    let emulated = [&info, &adapter]
        .into_iter()
        .any(|object| member(object, "isFallbackAdapter").is_some_and(|v| v.is_truthy()));
    Some(Adapter { name, emulated })
}
