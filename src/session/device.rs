//! Which device computes, and why: WebGPU only where it gives the CPU's answer to a known question.

use burn::tensor::Device;

use super::protocol::DeviceInfo;

/// A device and what to say of it.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// The device, without gradients.
    pub device: Device,
    /// What the user is told.
    pub info: DeviceInfo,
}

/// The CPU, for this reason.
pub fn cpu(reason: &str) -> Chosen {
    Chosen {
        device: Device::flex(),
        info: DeviceInfo {
            kind: "cpu".into(),
            name: "CPU (WebAssembly SIMD)".into(),
            reason: reason.into(),
        },
    }
}

/// WebGPU where there is a device that agrees with the CPU, else the CPU with the reason why.
#[cfg(feature = "webgpu")]
pub async fn webgpu(adapter: &str, reason: &str) -> Chosen {
    use crate::training::agreement::agrees_with_cpu;

    let device = match Device::wgpu_options().init_async().await {
        Ok(device) => device,
        Err(error) => return cpu(&format!("WebGPU could not be started ({error}).")),
    };
    match agrees_with_cpu(&device).await {
        Ok(()) => Chosen {
            device,
            info: DeviceInfo {
                kind: "webgpu".into(),
                name: adapter.into(),
                reason: reason.into(),
            },
        },
        Err(error) => cpu(&format!("WebGPU was tried and refused: {error}")),
    }
}
