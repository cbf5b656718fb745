//! Light or dark.

use leptos::prelude::*;
use web_sys::Element;

const KEY: &str = "m3h-theme";

/// What the user chose; without a choice the system's setting is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Theme {
    System,
    Light,
    Dark,
}

impl Theme {
    const ALL: [Theme; 3] = [Theme::System, Theme::Light, Theme::Dark];

    fn word(self) -> &'static str {
        match self {
            Theme::System => "system",
            Theme::Light => "light",
            Theme::Dark => "dark",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Theme::System => "Auto",
            Theme::Light => "Light",
            Theme::Dark => "Dark",
        }
    }

    fn kept() -> Theme {
        let kept = web_sys::window()
            .and_then(|window| window.local_storage().ok().flatten())
            .and_then(|storage| storage.get_item(KEY).ok().flatten());
        Theme::ALL
            .into_iter()
            .find(|theme| kept.as_deref() == Some(theme.word()))
            .unwrap_or(Theme::System)
    }

    fn keep(self) {
        let storage = web_sys::window().and_then(|window| window.local_storage().ok().flatten());
        if let Some(storage) = storage {
            // A browser that keeps nothing (private mode) still shows the choice until the page is closed.
            let _ = storage.set_item(KEY, self.word());
        }
    }
}

/// Three radio buttons: as the system, light, dark. The choice is kept in the browser.
#[component]
pub fn ThemeSwitch(
    /// The element whose `data-theme` is set.
    root: Element,
) -> impl IntoView {
    let theme = RwSignal::new(Theme::kept());
    let root = StoredValue::new_local(root);
    Effect::new(move |_| {
        let word = theme.get().word();
        // An element that is part of the page takes any attribute.
        let _ = root.with_value(|root| root.set_attribute("data-theme", word));
    });
    view! {
        <fieldset class="switch">
            <legend class="hidden-text">"Colours"</legend>
            {Theme::ALL
                .map(|choice| {
                    view! {
                        <label>
                            <input
                                type="radio"
                                name="m3h-theme"
                                value=choice.word()
                                prop:checked=move || theme.get() == choice
                                on:change=move |_| {
                                    theme.set(choice);
                                    choice.keep();
                                }
                            />
                            <span>{choice.title()}</span>
                        </label>
                    }
                })
                .collect_view()}
        </fieldset>
    }
}
