//! A choice among a few ways, each a card with what it means.

use leptos::prelude::*;

/// Cards to choose one of.
#[component]
pub fn ChoiceCards<T>(
    /// The ways: value, title, and what it means.
    choices: Vec<(T, &'static str, &'static str)>,
    /// Name of the group of radio buttons, of its own on the page.
    name: &'static str,
    /// What is chosen, for screen readers.
    legend: &'static str,
    /// The way in view.
    chosen: impl Fn() -> T + Copy + Send + Sync + 'static,
    /// Takes the chosen way.
    on_choose: impl Fn(T) + Copy + Send + Sync + 'static,
) -> impl IntoView
where
    T: Copy + PartialEq + Send + Sync + 'static,
{
    let card = move |(offered, title, text): (T, &'static str, &'static str)| {
        view! {
            <label class="card measure" class:chosen=move || chosen() == offered>
                <input
                    type="radio"
                    name=name
                    prop:checked=move || chosen() == offered
                    on:change=move |_| on_choose(offered)
                />
                <span>
                    <strong>{title}</strong>
                    <span class="subtle">{text}</span>
                </span>
            </label>
        }
    };
    view! {
        <fieldset class="measures">
            <legend class="hidden-text">{legend}</legend>
            {choices.into_iter().map(card).collect_view()}
        </fieldset>
    }
}
