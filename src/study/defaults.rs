//! Every default and range of the study document, in one place: they are what the comparisons show to be best (ours).

use super::{
    Balance, Beta, Calibration, Imbalance, Inputs, ModelSettings, Selection, SeriesEncoder, Split,
    TextEncoder, TrainingSettings,
};

/// A whole number: its default and the range it may lie in, ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whole {
    /// Without a value of the user's.
    pub default: u64,
    /// Least.
    pub low: u64,
    /// Most.
    pub high: u64,
}

/// A number: its default and the range it may lie in, ends included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Real {
    /// Without a value of the user's.
    pub default: f64,
    /// Least.
    pub low: f64,
    /// Most.
    pub high: f64,
}

const fn whole(default: u64, low: u64, high: u64) -> Whole {
    Whole { default, low, high }
}

const fn real(default: f64, low: f64, high: f64) -> Real {
    Real { default, low, high }
}

/// [`super::Study::name`].
pub const NAME: &str = "Study";
/// [`super::Study::seed`]: up to the largest whole number that JavaScript holds exactly.
pub const SEED: Whole = whole(7, 0, (1 << 53) - 1);
/// Most tasks of a study.
pub const MOST_TASKS: usize = 64;
/// [`super::Task::clusters`].
pub const CLUSTERS: Whole = whole(4, 2, 20);

/// [`Split::test`].
pub const TEST: Real = real(0.2, 0.05, 0.5);
/// [`Split::validation`].
pub const VALIDATION: Real = real(0.1, 0.05, 0.5);
/// [`Split::folds`], where there are some.
pub const FOLDS: Whole = whole(5, 2, 20);
/// Most that test and validation may take together.
pub const MOST_HELD_OUT: f64 = 0.8;

/// [`ModelSettings::hidden`].
pub const HIDDEN: Whole = whole(128, 4, 1024);
/// [`ModelSettings::embedding`].
pub const EMBEDDING: Whole = whole(64, 2, 512);
/// [`ModelSettings::task_width`].
pub const TASK_WIDTH: Whole = whole(64, 2, 512);
/// [`ModelSettings::alpha`].
pub const ALPHA: Real = real(1.0, 0.0, 20.0);
/// [`ModelSettings::beta`], written as a word.
pub const BETA: Beta = Beta::Identity;
/// [`ModelSettings::beta`], written as a number; its default is what `"identity"` stands for.
pub const BETA_VALUE: Real = real(1.0, 0.0, 20.0);
/// [`ModelSettings::residual`].
pub const RESIDUAL: bool = true;
/// [`ModelSettings::members`].
pub const MEMBERS: Whole = whole(1, 1, 32);
/// [`ModelSettings::dropout`].
pub const DROPOUT: Real = real(0.3, 0.0, 0.9);
/// [`ModelSettings::input_dropout`].
pub const INPUT_DROPOUT: Real = real(0.2, 0.0, 0.9);
/// [`ModelSettings::modality_dropout`].
pub const MODALITY_DROPOUT: Real = real(0.1, 0.0, 0.9);
/// [`ModelSettings::bins`].
pub const BINS: Whole = whole(8, 2, 64);
/// [`ModelSettings::series`].
pub const SERIES_ENCODER: SeriesEncoder = SeriesEncoder::Summary;
/// [`ModelSettings::grid_hours`], where it is a number.
pub const GRID_HOURS: Real = real(1.0, 0.01, 8760.0);
/// [`ModelSettings::image_side`], where it is a number.
pub const IMAGE_SIDE: Whole = whole(64, 64, 224);
/// [`ModelSettings::augmentation`].
pub const AUGMENTATION: bool = false;

/// [`ModelSettings::text`].
pub const TEXT_ENCODER: TextEncoder = TextEncoder::Words;

/// [`TrainingSettings::epochs`].
pub const EPOCHS: Whole = whole(80, 1, 1000);
/// [`TrainingSettings::batch`].
pub const BATCH: Whole = whole(128, 1, 4096);
/// [`TrainingSettings::learning_rate`].
pub const LEARNING_RATE: Real = real(0.001, 1e-6, 1.0);
/// [`TrainingSettings::weight_decay`].
pub const WEIGHT_DECAY: Real = real(0.02, 0.0, 1.0);
/// [`TrainingSettings::patience`].
pub const PATIENCE: Whole = whole(20, 1, 1000);
/// [`TrainingSettings::balance`].
pub const BALANCE: Balance = Balance::Equal;
/// [`TrainingSettings::imbalance`].
pub const IMBALANCE: Imbalance = Imbalance::None;
/// [`TrainingSettings::calibration`].
pub const CALIBRATION: Calibration = Calibration::None;
/// [`TrainingSettings::averaging`].
pub const AVERAGING: Whole = whole(100, 0, 10_000);

impl Default for Inputs {
    fn default() -> Self {
        Self {
            tabular: Selection::All,
            series: Selection::All,
            text: true,
            image: true,
            embeddings: Selection::All,
        }
    }
}

impl Default for Split {
    fn default() -> Self {
        Self {
            test: TEST.default,
            validation: VALIDATION.default,
            folds: None,
            column: None,
            test_values: vec![],
        }
    }
}

impl Default for ModelSettings {
    fn default() -> Self {
        Self {
            hidden: HIDDEN.default as usize,
            embedding: EMBEDDING.default as usize,
            task_width: TASK_WIDTH.default as usize,
            alpha: ALPHA.default,
            beta: BETA,
            residual: RESIDUAL,
            members: MEMBERS.default as usize,
            dropout: DROPOUT.default,
            input_dropout: INPUT_DROPOUT.default,
            modality_dropout: MODALITY_DROPOUT.default,
            bins: BINS.default as usize,
            series: SERIES_ENCODER,
            grid_hours: None,
            text: TEXT_ENCODER,
            image_side: None,
            augmentation: AUGMENTATION,
        }
    }
}

impl Default for TrainingSettings {
    fn default() -> Self {
        Self {
            epochs: EPOCHS.default as usize,
            batch: BATCH.default as usize,
            learning_rate: LEARNING_RATE.default,
            weight_decay: WEIGHT_DECAY.default,
            patience: PATIENCE.default as usize,
            balance: BALANCE,
            imbalance: IMBALANCE,
            calibration: CALIBRATION,
            averaging: AVERAGING.default as usize,
        }
    }
}
