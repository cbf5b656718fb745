//! The links in words, strongest first.

use std::sync::Arc;

use leptos::prelude::*;

use crate::session::protocol::{Tim, TimSentence};
use crate::ui::components::checkbox::Checkbox;
use crate::ui::components::number;

/// Sentences shown before the rest is asked for.
const FIRST: usize = 8;

/// Sentences shown at most: more would only slow the page; the numbers of the map have all.
const MOST: usize = 300;

/// A sentence with what stands between asterisks emphasised.
#[component]
pub fn Emphasised(
    /// The text, for example `What *Sepsis* knows raises …`.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    // An asterisk without its partner is a plain one.
    let whole = text.matches('*').count().is_multiple_of(2);
    if !whole {
        return view! { <span>{text}</span> }.into_any();
    }
    let parts = text
        .split('*')
        .enumerate()
        .map(|(place, part)| {
            let part = part.to_string();
            if place % 2 == 1 {
                view! { <em>{part}</em> }.into_any()
            } else {
                part.into_any()
            }
        })
        .collect_view();
    view! { <span>{parts}</span> }.into_any()
}

/// The ranked list.
#[component]
pub fn Ranked(
    /// The measurement.
    tim: Arc<Tim>,
) -> impl IntoView {
    let certain = tim.sentences.iter().filter(|link| link.certain).count();
    let all = tim.sentences.len();
    let only_certain = RwSignal::new(certain > 0);
    let open = RwSignal::new(false);
    let counted = format!(
        "{} of {} have an interval that leaves 0 out.",
        number::count(certain),
        number::counted(all, "link", "links")
    );
    let shown = Memo::new(move |_| {
        let only = only_certain.get();
        let most = if open.get() { MOST } else { FIRST };
        let sentences: Vec<TimSentence> = tim
            .sentences
            .iter()
            .filter(|link| link.certain || !only)
            .take(most)
            .cloned()
            .collect();
        sentences
    });
    let available = move || if only_certain.get() { certain } else { all };
    view! {
        <section class="section">
            <div class="section-head">
                <h2>"Strongest links in words"</h2>
                {(certain < all)
                    .then(|| {
                        view! {
                            <Checkbox
                                label="Only links whose interval leaves 0 out"
                                checked=move || only_certain.get()
                                on_change=move |on| only_certain.set(on)
                            />
                        }
                    })}
            </div>
            <p class="subtle">{counted}</p>
            <Show
                when=move || shown.with(|shown| !shown.is_empty())
                fallback=|| view! { <p class="subtle">"There is no such link."</p> }
            >
                <ol class="ranked">
                    {move || {
                        shown
                            .get()
                            .into_iter()
                            .map(|link| {
                                view! {
                                    <li class:uncertain=!link.certain>
                                        <Emphasised text=link.text/>
                                    </li>
                                }
                            })
                            .collect_view()
                    }}
                </ol>
            </Show>
            <Show when=move || { available() > FIRST }>
                <div class="actions">
                    <button
                        type="button"
                        class="button small"
                        aria-expanded=move || open.get().to_string()
                        on:click=move |_| open.update(|open| *open = !*open)
                    >
                        {move || {
                            if open.get() {
                                "Show fewer".to_string()
                            } else {
                                format!("Show {}", number::count(available().min(MOST)))
                            }
                        }}
                    </button>
                </div>
            </Show>
        </section>
    }
}
