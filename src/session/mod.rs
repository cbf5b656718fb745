//! One user's work: cohort, study and model; commands in, events out. The only door between page and engine.

pub mod protocol;
