//! The panel Results.

use leptos::prelude::*;

/// The panel Results.
#[component]
pub fn Results() -> impl IntoView {}
