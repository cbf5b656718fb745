//! The device in use and why.

use leptos::prelude::*;

use crate::session::client::Engine;
use crate::ui::state::Studio;

/// A button with the device's kind, which opens its name and the reason for it.
#[component]
pub fn DeviceBadge() -> impl IntoView {
    let studio = Studio::of_page();
    let kind = move || {
        studio.engine.with(|engine| match engine {
            Engine::Starting => "Starting …",
            Engine::Lost(_) => "Stopped",
            Engine::Ready { device, .. } if device.kind == "webgpu" => "WebGPU",
            Engine::Ready { .. } => "CPU",
        })
    };
    let state = move || {
        studio.engine.with(|engine| match engine {
            Engine::Starting => "starting",
            Engine::Lost(_) => "lost",
            Engine::Ready { .. } => "ready",
        })
    };
    let details = move || {
        studio.engine.with(|engine| match engine {
            Engine::Starting => (
                "The engine is loading".to_string(),
                "It checks that it computes correctly before it answers.".to_string(),
            ),
            Engine::Lost(message) => ("The engine is not running".to_string(), message.clone()),
            Engine::Ready { device, .. } => (device.name.clone(), device.reason.clone()),
        })
    };
    view! {
        <button type="button" class="device" data-state=state popovertarget="m3h-device">
            <span class="hidden-text">"Device in use: "</span>
            <span class="dot" aria-hidden="true"></span>
            {kind}
        </button>
        <div id="m3h-device" class="popover" popover="auto">
            <p class="eyebrow">"Computes on"</p>
            <p class="popover-title">{move || details().0}</p>
            <p>{move || details().1}</p>
            <p class="subtle">
                "Add ?device=cpu or ?device=webgpu to the page's address to choose the device yourself."
            </p>
        </div>
    }
}
