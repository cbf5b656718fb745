//! The M3H model in burn: encoders, fusion, task attention and heads (spec section 3).
//!
//! One batch goes [`data::DeviceCohort::batch`] → [`encoder`] → [`fusion`] → [`attention`] → [`head`];
//! [`m3h::M3h`] strings them together. Weights are drawn on the host, so that a seed gives the same
//! first weights on every device.

pub mod attention;
pub mod augment;
pub mod data;
pub mod encoder;
pub mod fusion;
pub mod head;
pub mod initial;
pub mod m3h;

pub use data::{Batch, DeviceCohort};
pub use m3h::{M3h, M3hConfig, Output};
