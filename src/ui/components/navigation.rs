//! The way through the panels.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

use crate::ui::state::{Panel, Standing, Studio};

/// The panels as links, with what is done and what has to wait.
#[component]
pub fn Navigation() -> impl IntoView {
    let studio = Studio::of_page();
    let list = NodeRef::<leptos::html::Ol>::new();
    // Where the list is scrolled sideways, the panel in view stays in sight.
    Effect::new(move |_| {
        let address = studio.panel.get().address();
        let Some(list) = list.get() else { return };
        let link = list
            .query_selector(&format!("a[href='#{address}']"))
            .ok()
            .flatten()
            .and_then(|link| link.dyn_into::<HtmlElement>().ok());
        if let Some(link) = link {
            list.set_scroll_left(link.offset_left() - list.client_width() / 3);
        }
    });
    let item = move |(place, panel): (usize, Panel)| {
        let standing = Memo::new(move |_| studio.standing(panel));
        let mark = move || match standing.get() {
            Standing::Done => "done",
            Standing::Available => "available",
            Standing::Waiting => "waiting",
        };
        let words = move || match (panel, standing.get()) {
            (Panel::Train, _) if studio.is_training() => ", running",
            (_, Standing::Done) => ", done",
            (_, Standing::Available) => "",
            (_, Standing::Waiting) => ", not available yet",
        };
        view! {
            <li>
                <a
                    href=format!("#{}", panel.address())
                    data-standing=mark
                    class:running=move || panel == Panel::Train && studio.is_training()
                    aria-current=move || (studio.panel.get() == panel).then_some("page")
                >
                    <span class="step" aria-hidden="true">
                        <span class="step-number">{place + 1}</span>
                        <svg class="step-done" viewBox="0 0 12 12" width="12" height="12">
                            <path d="M2.5 6.5 5 9l4.5-5.5" fill="none" stroke="currentColor" stroke-width="1.6"></path>
                        </svg>
                    </span>
                    {panel.title()}
                    <span class="hidden-text">{words}</span>
                </a>
            </li>
        }
    };
    view! {
        <nav class="rail" aria-label="Panels">
            <ol node_ref=list>{studio.shown().into_iter().enumerate().map(item).collect_view()}</ol>
        </nav>
    }
}
