//! One user's work: cohort, study and model; commands in, events out. The only door between page and engine.

#[cfg(feature = "engine")]
mod ablation;
#[cfg(any(feature = "engine", feature = "trees"))]
mod arrays;
#[cfg(target_arch = "wasm32")]
pub mod client;
#[cfg(feature = "engine")]
mod coalitions;
#[cfg(feature = "engine")]
mod comparison;
#[cfg(feature = "engine")]
mod crew;
#[cfg(feature = "engine")]
pub mod device;
#[cfg(feature = "engine")]
mod encoding;
#[cfg(feature = "engine")]
pub mod engine;
#[cfg(feature = "engine")]
mod explanation;
#[cfg(all(feature = "webgpu", target_arch = "wasm32"))]
pub mod gpu;
#[cfg(any(feature = "engine", feature = "trees"))]
pub mod host;
#[cfg(feature = "engine")]
mod losses;
#[cfg(feature = "engine")]
mod model_file;
#[cfg(feature = "engine")]
pub mod opening;
#[cfg(feature = "engine")]
mod part;
#[cfg(feature = "engine")]
mod predictions;
pub mod protocol;
#[cfg(feature = "engine")]
mod repetition;
#[cfg(feature = "engine")]
mod subgroups;
#[cfg(feature = "engine")]
mod subset;
#[cfg(feature = "engine")]
mod trained;
#[cfg(feature = "trees")]
pub mod trees;
#[cfg(all(any(feature = "engine", feature = "trees"), target_arch = "wasm32"))]
pub mod worker;
