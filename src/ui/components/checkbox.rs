//! A checkbox with its label.

use leptos::prelude::*;

/// A box to tick; `label` may be clicked as well.
#[component]
pub fn Checkbox(
    /// What it is about.
    #[prop(into)]
    label: String,
    /// Whether it is ticked.
    checked: impl Fn() -> bool + Send + 'static,
    /// Hears the new state.
    on_change: impl Fn(bool) + 'static,
) -> impl IntoView {
    view! {
        <label class="check">
            <input
                type="checkbox"
                prop:checked=checked
                on:change=move |event| on_change(event_target_checked(&event))
            />
            <span>{label}</span>
        </label>
    }
}
