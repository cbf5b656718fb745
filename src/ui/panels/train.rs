//! The panel Train.

use leptos::prelude::*;

/// The panel Train.
#[component]
pub fn Train() -> impl IntoView {}
