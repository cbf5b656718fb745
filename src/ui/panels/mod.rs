//! The six panels, one address each.

pub mod data;
pub mod predict;
pub mod results;
pub mod tasks;
pub mod tim;
pub mod train;
