//! The panel Tim.

use leptos::prelude::*;

/// The panel Tim.
#[component]
pub fn Tim() -> impl IntoView {}
