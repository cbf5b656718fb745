//! Scores and their bootstrap intervals on plain slices; knows nothing of cohorts and models. Definitions: `docs/metrics.md`.
//!
//! A figure is computed twice over: by a plain function (`auroc`, `r2`, …) with an optional whole-number weight a sample, and for
//! all bootstrap draws at once in `draws`; tests hold the two against each other. What is not defined is an [`Undefined`],
//! never 0 or NaN.

mod classification;
mod clustering;
mod draws;
mod operating;
mod paired;
mod probability;
mod projection;
mod rank_correlation;
mod ranking;
mod recalibration;
mod regression;
pub mod report;
mod resamples;
mod undefined;
mod weight;

#[cfg(test)]
mod agreement_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod report_tests;

pub use classification::{
    accuracy, best_f1_threshold, confusion_counts, f1, macro_f1, most_probable,
};
pub use clustering::{adjusted_rand, normalized_mutual_information, silhouette, silhouettes};
pub use operating::{OperatingPoint, operating_points};
pub use paired::{
    Difference, PairedScore, SILHOUETTE_SAMPLES, TaskPredictions, mean_and_interval,
    mean_difference, paired_brier, paired_difference,
};
pub use probability::{
    CALIBRATION_BINS, brier, expected_calibration_error, prevalence, reliability,
};
pub use projection::Projection;
pub use rank_correlation::rank_correlation;
pub use ranking::{
    auroc, average_precision, macro_auroc, precision_recall_curve, roc_curve, thinned,
};
pub use recalibration::{Recalibration, isotonic, temperature};
pub use regression::{density, mean_absolute_error, r2, root_mean_squared_error};
pub use resamples::{DRAWS, Resamples, draw_rows};
pub use undefined::Undefined;
