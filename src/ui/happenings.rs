//! What happens in the studio, told to the page around it as events on the studio's element: docs/embedding.md.

use leptos::prelude::*;
use serde::Serialize;
use wasm_bindgen::JsValue;
use web_sys::{CustomEvent, CustomEventInit, HtmlElement};

use super::interface::written;
use super::state::Studio;

/// Dispatches `m3h-cohort`, `m3h-progress` and `m3h-results`; each carries what the JavaScript interface would give. Call it in a component.
pub fn tell(studio: Studio, element: HtmlElement) {
    let element = StoredValue::new_local(element);
    Effect::new(move |_| {
        studio.cohort.with(|cohort| {
            if let Some(cohort) = cohort {
                element.with_value(|element| dispatch(element, "m3h-cohort", cohort));
            }
        });
    });
    Effect::new(move |told: Option<usize>| {
        studio.training.with(|training| {
            let epochs = training
                .as_ref()
                .map_or(&[][..], |training| &training.epochs);
            // Several epochs may have ended since; fewer than were told are another training's.
            let new = told.and_then(|told| epochs.get(told..)).unwrap_or(epochs);
            for epoch in new {
                element.with_value(|element| dispatch(element, "m3h-progress", epoch));
            }
            epochs.len()
        })
    });
    Effect::new(move |_| {
        studio.results.with(|results| {
            if let Some(results) = results {
                element.with_value(|element| dispatch(element, "m3h-results", results));
            }
        });
    });
}

fn dispatch<T: Serialize>(element: &HtmlElement, name: &str, value: &T) {
    let sent = written(value)
        .map_err(JsValue::from)
        .and_then(|detail| event_on(element, name, &detail, true));
    if let Err(error) = sent {
        web_sys::console::warn_1(&error);
    }
}

/// Dispatches an event on an element; `for_all` whether the page around it hears of it as well.
pub fn event_on(
    element: &HtmlElement,
    name: &str,
    detail: &JsValue,
    for_all: bool,
) -> Result<bool, JsValue> {
    let options = CustomEventInit::new();
    options.set_detail(detail);
    options.set_bubbles(for_all);
    options.set_composed(for_all);
    let event = CustomEvent::new_with_event_init_dict(name, &options)?;
    element.dispatch_event(&event)
}
