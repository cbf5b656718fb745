//! What the page knows of being kept for use offline. The work is done by `www/offline.js` and the service worker; they speak by events on the
//! studio's element, so that a portal's page, where nobody answers them, is the same page.

use js_sys::Reflect;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use web_sys::HtmlElement;

use super::happenings::event_on;
use super::state::Studio;
use crate::session::client::Engine;

/// Whether the browser keeps the studio.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Keeping {
    /// Not known yet, or not asked for.
    #[default]
    Unknown,
    /// Everything of a visit is kept.
    Kept,
    /// The files could not be had as a whole.
    Failed,
    /// The browser does not do that here.
    Unavailable,
}

impl Keeping {
    fn of(state: &str) -> Self {
        match state {
            "kept" => Keeping::Kept,
            "failed" => Keeping::Failed,
            "unavailable" => Keeping::Unavailable,
            _ => Keeping::Unknown,
        }
    }
}

/// What is kept, and whether a new version waits. It is copied freely; all copies are the same.
#[derive(Clone, Copy)]
pub struct Offline {
    /// Whether the browser keeps the studio.
    pub keeping: RwSignal<Keeping>,
    /// Whether a new version is ready to take over.
    pub newer: RwSignal<bool>,
    /// Why it did not take over when asked; empty where nothing is wrong.
    pub refused: RwSignal<String>,
    element: StoredValue<HtmlElement, LocalStorage>,
}

impl Offline {
    /// Follows what `www/offline.js` says on the studio's element. Call it inside a reactive owner that lives as long as the page.
    pub fn follow(element: &HtmlElement) -> Offline {
        let offline = Offline {
            keeping: RwSignal::new(Keeping::default()),
            newer: RwSignal::new(false),
            refused: RwSignal::new(String::new()),
            element: StoredValue::new_local(element.clone()),
        };
        let on_change = Closure::<dyn Fn()>::new(move || offline.take());
        // An element always takes listeners.
        let _ = element
            .add_event_listener_with_callback("m3h-offline", on_change.as_ref().unchecked_ref());
        on_change.forget();
        offline
    }

    /// Tells which worker the engine runs in, since it may have been loaded before the service worker was there to see it. Call it in a component.
    pub fn tell_worker(self, studio: Studio) {
        Effect::new(move |_| {
            let kept = self.keeping.get() == Keeping::Kept;
            let ready = (studio.engine).with(|engine| matches!(engine, Engine::Ready { .. }));
            if let (true, true, Some(worker)) = (kept, ready, studio.worker_in_use()) {
                self.say("m3h-part-used", &worker.into());
            }
        });
    }

    /// That of the page that the calling component is in.
    pub fn of_page() -> Offline {
        expect_context::<Offline>()
    }

    /// Lets the new version take over, which reloads the page.
    pub fn use_newer(&self) {
        self.say("m3h-use-newer", &JsValue::UNDEFINED);
    }

    fn say(&self, event: &str, detail: &JsValue) {
        let sent = (self.element).with_value(|element| event_on(element, event, detail, false));
        if let Err(error) = sent {
            web_sys::console::warn_1(&error);
        }
    }

    fn take(&self) {
        let said = self
            .element
            .with_value(|element| Reflect::get(element, &"m3hOffline".into()));
        let Ok(said) = said else { return };
        let text = |name: &str| {
            let value = Reflect::get(&said, &name.into()).ok();
            value
                .and_then(|value| value.as_string())
                .unwrap_or_default()
        };
        let newer = Reflect::get(&said, &"newer".into()).is_ok_and(|newer| newer.is_truthy());
        self.keeping.set(Keeping::of(&text("state")));
        self.newer.set(newer);
        self.refused.set(text("refused"));
    }
}
