//! Learning: losses, optimiser, the loop with early stopping, and the known answer that a device has to give.

pub mod agreement;
pub mod benchmark;
pub mod centroids;
pub mod checkpoint;
pub mod evaluation;
pub mod loss;
pub mod optimiser;
pub mod predict;
pub mod run;

use std::sync::atomic::{AtomicBool, Ordering};

use burn::tensor::{Tensor, TensorData};

/// Whether a device has logged an error. A GPU skips the work of a shader that fails and only logs it,
/// so that what is read afterwards may be stale; whoever listens to the log sets this, and it is never unset.
pub static DEVICE_HAS_FAILED: AtomicBool = AtomicBool::new(false);

/// Reads a tensor of any device back to the host, without blocking.
///
/// # Errors
/// Where the device failed to compute or to answer.
pub async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, TrainingError> {
    let data: TensorData = tensor
        .into_data_async()
        .await
        .map_err(|error| TrainingError::Device(format!("{error:?}")))?;
    if DEVICE_HAS_FAILED.load(Ordering::Relaxed) {
        return Err(TrainingError::Device("it reported an error".into()));
    }
    data.try_into_vec::<f32>()
        .map_err(|error| TrainingError::Device(format!("{error:?}")))
}

/// Why training could not go on.
#[derive(Debug, Clone, thiserror::Error, PartialEq)]
pub enum TrainingError {
    /// The device failed.
    #[error(
        "The device stopped answering ({0}). Open the page again, or add ?device=cpu to its address to train on the CPU."
    )]
    Device(String),
    /// A loss or prediction is not a finite number.
    #[error(
        "Training went wrong in epoch {epoch}: the loss is no longer a finite number. A smaller learning rate usually helps; the last good model is kept."
    )]
    NotFinite {
        /// The epoch, from 1.
        epoch: usize,
    },
    /// The cohort could not be divided or prepared.
    #[error("{0}")]
    Input(String),
}
