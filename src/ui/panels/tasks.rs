//! The panel Tasks.

use leptos::prelude::*;

/// The panel Tasks.
#[component]
pub fn Tasks() -> impl IntoView {}
