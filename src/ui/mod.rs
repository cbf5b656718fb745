//! The page: six panels on one state, and the JavaScript interface on the same.

pub mod app;
mod arrival;
pub mod components;
mod happenings;
pub mod interface;
mod kept;
pub mod offline;
pub mod panels;
mod recovery;
pub mod report;
pub mod state;
