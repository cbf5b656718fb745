//! Files that the page makes and the user keeps.

use js_sys::{Array, Uint8Array};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

/// Saves a text as a file on the user's disk; nothing leaves the device.
///
/// `media_type` is for example `text/csv` or `image/svg+xml`.
///
/// # Errors
/// A sentence, where the browser refuses.
pub fn save_text(name: &str, media_type: &str, text: &str) -> Result<(), String> {
    saved(name, save(name, media_type, &text.into()))
}

/// The type of a file of no type in particular.
pub const BINARY: &str = "application/octet-stream";

/// Saves bytes as a file on the user's disk.
///
/// # Errors
/// A sentence, where the browser refuses.
pub fn save_bytes(name: &str, bytes: &Uint8Array) -> Result<(), String> {
    saved(name, save(name, BINARY, bytes))
}

fn saved(name: &str, outcome: Result<(), JsValue>) -> Result<(), String> {
    outcome
        .map_err(|_| format!("The browser refused to save {name}. Allow downloads for this page."))
}

/// A part as a blob of some type.
///
/// # Errors
/// What the browser throws.
pub fn blob(part: &JsValue, media_type: &str) -> Result<Blob, JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    Blob::new_with_str_sequence_and_options(&Array::of1(part), &options)
}

fn save(name: &str, media_type: &str, part: &JsValue) -> Result<(), JsValue> {
    let document = web_sys::window()
        .and_then(|window| window.document())
        .ok_or(JsValue::NULL)?;
    let blob = blob(part, media_type)?;
    let url = Url::create_object_url_with_blob(&blob)?;
    let anchor: HtmlAnchorElement = document.create_element("a")?.unchecked_into();
    anchor.set_href(&url);
    anchor.set_download(name);
    anchor.click();
    // The browser has taken hold of the blob by the next minute.
    gloo::timers::callback::Timeout::new(60_000, move || {
        let _ = Url::revoke_object_url(&url);
    })
    .forget();
    Ok(())
}
