//! A list to choose one of.

use leptos::prelude::*;

/// A list to choose one of, with its label beside it.
#[component]
pub fn Picker<T>(
    /// Its id on the page.
    id: &'static str,
    /// What is chosen.
    label: &'static str,
    /// The ways and what they are called.
    options: Vec<(T, String)>,
    /// The way in force.
    chosen: RwSignal<T>,
) -> impl IntoView
where
    T: Copy + PartialEq + Send + Sync + 'static,
{
    let ways: Vec<T> = options.iter().map(|(way, _)| *way).collect();
    view! {
        <div class="picker">
            <label for=id>{label}</label>
            <select
                id=id
                class="narrow-select"
                on:change=move |event| {
                    let place = event_target_value(&event).parse::<usize>();
                    if let Some(way) = place.ok().and_then(|place| ways.get(place)) {
                        chosen.set(*way);
                    }
                }
            >
                {options
                    .into_iter()
                    .enumerate()
                    .map(|(place, (way, name))| {
                        view! {
                            <option value=place.to_string() prop:selected=move || chosen.get() == way>
                                {name}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
        </div>
    }
}
