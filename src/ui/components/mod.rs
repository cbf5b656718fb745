//! What several panels are made of.

pub mod chart_figure;
pub mod checkbox;
pub mod choice;
pub mod device;
pub mod download;
pub mod drop_zone;
pub mod empty;
pub mod file_input;
pub mod long_work;
pub mod model_file;
pub mod navigation;
pub mod newer;
pub mod notice;
pub mod number;
pub mod picker;
pub mod theme;
pub mod waiting_study;
pub mod work;
