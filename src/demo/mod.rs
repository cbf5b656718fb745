//! Demo cohorts, generated in the browser without a file: [`ward`].

pub mod ward;

use crate::cohort::Cohort;
use crate::session::protocol::DemoOptions;

/// Why a demo cannot be opened.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DemoError {
    /// No demo has this name.
    #[error("There is no demo called \"{name}\"; this version has one: \"ward\".")]
    Unknown {
        /// The name asked for.
        name: String,
    },
    /// Too few or too many patients.
    #[error(
        "The demo ward can have {lowest} to {highest} patients, not {given}: choose a number in between."
    )]
    Patients {
        /// The number asked for.
        given: usize,
        /// Fewest patients.
        lowest: usize,
        /// Most patients.
        highest: usize,
    },
    /// A share of missing values that makes no sense.
    #[error(
        "The share of missing modalities and labels must lie between 0 and 0.9, not at {given}."
    )]
    Missing {
        /// The share asked for.
        given: f64,
    },
    /// Too few or too many tasks.
    #[error(
        "The demo ward can have 1 to {highest} tasks, not {given}: choose a number in between."
    )]
    Tasks {
        /// The number asked for.
        given: usize,
        /// Most tasks.
        highest: usize,
    },
}

/// Generates the demo cohort of this name; this version has `ward`.
///
/// # Errors
/// A sentence for an unknown name or an option outside its range.
pub fn open(name: &str, options: &DemoOptions) -> Result<Cohort, DemoError> {
    match name {
        "ward" => ward::generate(options),
        _ => Err(DemoError::Unknown {
            name: name.to_owned(),
        }),
    }
}
