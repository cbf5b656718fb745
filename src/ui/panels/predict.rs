//! The panel Predict.

use leptos::prelude::*;

/// The panel Predict.
#[component]
pub fn Predict() -> impl IntoView {}
