//! What a panel shows before it can be used.

use leptos::prelude::*;

/// A panel that has to wait, with what to do first.
#[component]
pub fn EmptyState(
    /// What the panel is for.
    #[prop(into)]
    title: String,
    /// What has to be done first.
    #[prop(into)]
    text: String,
    /// The buttons that do it.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="empty">
            <h1 class="panel-title" tabindex="-1">{title}</h1>
            <p class="lead">{text}</p>
            <div class="actions">{children()}</div>
        </div>
    }
}
