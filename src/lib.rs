//! M3H Studio: train, judge and explain a multimodal, multitask model of a hospital's own
//! patients inside a browser tab.
//!
//! The arrows of the house point one way: `ui → session → {training, explain} → model → cohort`,
//! `import` and `demo` build cohorts, `metrics` and `charts` know nobody. See `ARCHITECTURE.md`.

// The page's alone, and of native tests.
#[cfg(any(feature = "ui", test))]
pub mod addresses;
// Native tests draw them too.
#[cfg(any(feature = "ui", test))]
pub mod charts;
pub mod cohort;
pub mod demo;
pub mod explain;
pub mod import;
pub mod metrics;
#[cfg(feature = "engine")]
pub mod model;
#[cfg(feature = "engine")]
pub mod pretrained;
pub mod session;
pub mod study;
pub mod subword;
#[cfg(feature = "engine")]
pub mod training;
#[cfg(feature = "trees")]
pub mod trees;
#[cfg(all(feature = "ui", target_arch = "wasm32"))]
pub mod ui;
