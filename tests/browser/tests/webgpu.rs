//! In a browser: the reference numbers on the CPU and on WebGPU, and the known answer of the software adapter.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(target_arch = "wasm32")]

#[path = "../../golden/mod.rs"]
mod golden;

use burn::tensor::Device;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

thread_local! {
    static GPU: std::cell::RefCell<Option<Device>> = const { std::cell::RefCell::new(None) };
}

/// The one WebGPU device of this worker.
async fn gpu() -> Device {
    if let Some(device) = GPU.with(|gpu| gpu.borrow().clone()) {
        return device;
    }
    let device = Device::wgpu_options().init_async().await.unwrap();
    GPU.with(|gpu| *gpu.borrow_mut() = Some(device.clone()));
    device
}

#[wasm_bindgen_test]
async fn golden_numbers_on_the_cpu() {
    golden::reproduce(&Device::flex()).await;
}

#[wasm_bindgen_test]
async fn golden_numbers_on_webgpu() {
    golden::reproduce(&gpu().await).await;
}

#[wasm_bindgen_test]
async fn webgpu_gives_the_known_answer() {
    m3h_studio::training::agreement::agrees_with_cpu(&gpu().await)
        .await
        .unwrap();
}
