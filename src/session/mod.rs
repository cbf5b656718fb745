//! One user's work: cohort, study and model; commands in, events out. The only door between page and engine.

#[cfg(all(feature = "ui", target_arch = "wasm32"))]
pub mod client;
pub mod protocol;
