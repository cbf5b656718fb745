//! Light or dark.

use leptos::prelude::*;
use web_sys::Element;

const KEY: &str = "m3h-theme";

/// What the user or the page around the studio chose; without a choice the system's setting is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// As the system.
    System,
    /// Light.
    Light,
    /// Dark.
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

    /// The theme that a page around the studio names: `light`, `dark` or `auto`.
    pub fn of_portal(name: &str) -> Option<Theme> {
        match name {
            "auto" => Some(Theme::System),
            "light" => Some(Theme::Light),
            "dark" => Some(Theme::Dark),
            _ => None,
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

/// Three radio buttons: as the system, light, dark. The choice is kept in the browser. None where the page around the studio has chosen.
#[component]
pub fn ThemeSwitch(
    /// The element whose `data-theme` is set.
    root: Element,
    /// What the page around the studio has chosen; nothing is left to choose then.
    given: Option<Theme>,
) -> impl IntoView {
    let theme = RwSignal::new(given.unwrap_or_else(Theme::kept));
    let root = StoredValue::new_local(root);
    Effect::new(move |_| {
        let word = theme.get().word();
        // An element that is part of the page takes any attribute.
        let _ = root.with_value(|root| root.set_attribute("data-theme", word));
    });
    given.is_none().then(|| {
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
    })
}
