//! What the page does with its address at the start ([`crate::addresses`]), and links to it.

use js_sys::{Function, Promise, Reflect};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Url;

use super::state::{Panel, Problem, Studio, WaitingStudy, unknown_panel};
use crate::addresses::{Asked, fragment_of, study_of_fragment};
use crate::study::Study;

const LINK_FAILED: &str = "The address was not understood in full";

/// The query of the page's address.
pub fn query() -> String {
    web_sys::window()
        .and_then(|window| window.location().search().ok())
        .unwrap_or_default()
}

/// Does what the query asks for: the study first, so that the demo finds it waiting.
pub fn serve(studio: Studio, asked: Asked) {
    let mut problems = asked.problems;
    if let Some(panel) = &asked.panel
        && Panel::of_address(panel).is_none()
    {
        problems.push(unknown_panel(panel));
    }
    if asked.demo.is_none() && asked.study.is_none() {
        complain(studio, problems);
        return;
    }
    leptos::task::spawn_local(async move {
        if let Some(place) = &asked.study {
            match fetch_study(place).await {
                Ok(document) => wait(studio, document),
                Err(problem) => problems.push(problem),
            }
        }
        if let Some((name, options)) = asked.demo
            && let Err(error) = studio.open_demo(&name, options).await
        {
            problems.push(format!("The demo could not be opened. {error}"));
        }
        complain(studio, problems);
    });
}

/// Takes studies out of the address's fragment, now and whenever it changes. A link changes nothing where results can only be looked at.
pub fn follow_fragment(studio: Studio) {
    if studio.readonly {
        return;
    }
    let look = move || {
        let hash = web_sys::window().and_then(|window| window.location().hash().ok());
        match hash.as_deref().and_then(study_of_fragment) {
            Some(Ok(document)) => wait(studio, document),
            Some(Err(problem)) => complain(studio, vec![problem.to_string()]),
            None => {}
        }
    };
    look();
    let on_change = Closure::<dyn Fn()>::new(look);
    if let Some(window) = web_sys::window() {
        // A window always takes listeners.
        let _ = window
            .add_event_listener_with_callback("hashchange", on_change.as_ref().unchecked_ref());
    }
    on_change.forget();
}

fn wait(studio: Studio, document: serde_json::Value) {
    studio.waiting_study.set(Some(WaitingStudy {
        document,
        problems: None,
    }));
}

fn complain(studio: Studio, problems: Vec<String>) {
    if !problems.is_empty() {
        studio.problem.set(Some(Problem {
            title: LINK_FAILED.into(),
            message: problems.join("\n"),
        }));
    }
}

/// A study document of this page's own origin.
async fn fetch_study(place: &str) -> Result<serde_json::Value, String> {
    let window = web_sys::window().ok_or("This page has no window.")?;
    let location = window.location();
    let href = location.href().unwrap_or_default();
    let url = Url::new_with_base(place, &href)
        .map_err(|_| format!("The study's address {place} is no address."))?;
    if Some(url.origin()) != location.origin().ok() {
        return Err(format!(
            "The study at {place} was not fetched: it lies on another server, and this page speaks to its own only. Save it as a file and open it in Tasks."
        ));
    }
    let missing = || {
        format!(
            "The study at {place} could not be fetched. Check the address, or ask for the study as a file."
        )
    };
    let response = JsFuture::from(window.fetch_with_str(&url.href()))
        .await
        .map_err(|_| missing())?;
    let is_ok = Reflect::get(&response, &"ok".into()).is_ok_and(|ok| ok.is_truthy());
    let text = match is_ok {
        true => awaited(&response, "text", &[]).await,
        false => Err(JsValue::UNDEFINED),
    };
    let text = text.ok().and_then(|text| text.as_string());
    let document: serde_json::Value = serde_json::from_str(&text.ok_or_else(missing)?)
        .map_err(|error| format!("{place} is not a JSON document: {error}."))?;
    match document.is_object() {
        true => Ok(document),
        false => Err(format!("{place} is no study: it holds no JSON object.")),
    }
}

/// Calls a method that promises something.
async fn awaited(
    object: &JsValue,
    method: &str,
    arguments: &[JsValue],
) -> Result<JsValue, JsValue> {
    let function: Function = Reflect::get(object, &method.into())?.dyn_into()?;
    let promise: Promise = function
        .apply(object, &arguments.iter().collect())?
        .dyn_into()?;
    JsFuture::from(promise).await
}

/// What came of copying a link.
#[derive(Clone)]
pub enum Copied {
    /// It is on the clipboard.
    Yes,
    /// The browser refused; the link.
    ByHand(String),
}

/// Puts a link that carries the study, and nothing else, on the clipboard.
pub async fn copy_link(study: &Study) -> Option<Copied> {
    let window = web_sys::window()?;
    let location = window.location();
    let document = serde_json::to_value(study).ok()?;
    let (origin, path) = (location.origin().ok()?, location.pathname().ok()?);
    let link = format!("{origin}{path}#{}", fragment_of(&document));
    // Only secure pages have a clipboard.
    let clipboard = Reflect::get(&window.navigator(), &"clipboard".into()).ok()?;
    let copied = match clipboard.is_object() {
        true => awaited(&clipboard, "writeText", &[link.as_str().into()]).await,
        false => Err(clipboard),
    };
    Some(match copied {
        Ok(_) => Copied::Yes,
        Err(_) => Copied::ByHand(link),
    })
}
