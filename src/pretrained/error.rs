//! Why a pretrained model cannot be read or used, in sentences that say what to do.

use crate::training::TrainingError;

/// Why a pretrained model cannot be read or used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum PretrainedError {
    /// The files are not those of a model that can be read.
    #[error("{0}")]
    Files(String),
    /// A weights file that is damaged, cut short, or of another format.
    #[error(
        "\u{201c}{file}\u{201d} cannot be read as a .safetensors file ({reason}). It may be damaged or cut short: download it again."
    )]
    Unreadable {
        /// The file.
        file: String,
        /// What the library says.
        reason: String,
    },
    /// Weights that the model needs and the file lacks.
    #[error(
        "\u{201c}{file}\u{201d} lacks the weights \u{201c}{tensor}\u{201d}, so it is not a complete {model}. Choose the file of the whole model, not of a part of it."
    )]
    Missing {
        /// The file.
        file: String,
        /// The model's name.
        model: String,
        /// The layer's name.
        tensor: String,
    },
    /// Weights of another shape than the model's.
    #[error(
        "In \u{201c}{file}\u{201d} the weights \u{201c}{tensor}\u{201d} have the shape {found}, where a {model} has {expected}. The files may belong to two different models: choose all files from one folder."
    )]
    Shape {
        /// The file.
        file: String,
        /// The model's name.
        model: String,
        /// The layer's name.
        tensor: String,
        /// The shape in the file, as in `3 × 4`.
        found: String,
        /// The shape that the model has.
        expected: String,
    },
    /// Weights stored as a type of number that is not read.
    #[error(
        "In \u{201c}{file}\u{201d} the weights \u{201c}{tensor}\u{201d} are stored as {found}. Only 32-bit and 16-bit floating point numbers (F32, F16, BF16) can be read: choose the model's unquantised file."
    )]
    Type {
        /// The file.
        file: String,
        /// The layer's name.
        tensor: String,
        /// The type in the file.
        found: String,
    },
    /// Weights that are infinite or not numbers.
    #[error(
        "In \u{201c}{file}\u{201d} the weights \u{201c}{tensor}\u{201d} hold a value that is not a finite number, so nothing can be computed with them. Download the file again."
    )]
    NotFinite {
        /// The file.
        file: String,
        /// The layer's name.
        tensor: String,
    },
    /// A description of a model that is not understood.
    #[error("\u{201c}{file}\u{201d}: {reason}")]
    Description {
        /// The file.
        file: String,
        /// What is wrong with it, a sentence.
        reason: String,
    },
    /// An image that is no square.
    #[error("Image {place} holds {found} pixels, which make no square. Import the images again.")]
    Image {
        /// Which image, from 1.
        place: usize,
        /// Its number of pixels.
        found: usize,
    },
    /// The model's answer is not a finite number.
    #[error(
        "The {model} gave numbers that are not finite. Its weights may be damaged: download them again."
    )]
    Answer {
        /// The model's name.
        model: String,
    },
    /// The device failed.
    #[error(transparent)]
    Device(#[from] TrainingError),
    /// The caller asked to stop.
    #[error("Encoding was stopped.")]
    Stopped,
}
