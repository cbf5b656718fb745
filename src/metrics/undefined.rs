//! Why a figure is not defined.

/// Why a figure is not defined. Its text names the reason alone; [`Undefined::sentence`] adds where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Undefined {
    /// There is nothing to judge.
    #[error("no labelled sample")]
    NoSample,
    /// One sample alone has no spread.
    #[error("only one labelled sample")]
    OneSample,
    /// No sample has the outcome.
    #[error("no positive case")]
    NoPositive,
    /// All samples have the outcome.
    #[error("no negative case")]
    NoNegative,
    /// All samples are of one class.
    #[error("only one class")]
    OneClass,
    /// All observed values are equal.
    #[error("only one observed value")]
    OneValue,
    /// All samples are in one cluster.
    #[error("only one cluster in use")]
    OneCluster,
    /// Each sample is a cluster of its own.
    #[error("no two samples of one cluster")]
    OnlySingletons,
    /// No sample has a value of the reference column.
    #[error("no sample with a value of the reference column")]
    NoReference,
    /// The reference column does not tell samples apart.
    #[error("only one value of the reference column")]
    OneReference,
    /// A prediction is NaN or infinite.
    #[error("a prediction that is not a finite number")]
    PredictionNotFinite,
    /// An observed value is NaN or infinite.
    #[error("an observed value that is not a finite number")]
    ObservedNotFinite,
    /// A predicted risk is not a probability.
    #[error("a predicted risk outside 0 to 1")]
    NotProbability,
    /// There is no threshold to judge at.
    #[error("no threshold could be set: no positive case in the validation set")]
    NoThreshold,
    /// Slices do not fit each other: different lengths, or a class or cluster beyond the named ones.
    #[error("predictions and labels that do not fit each other")]
    Shape,
}

impl Undefined {
    /// The reason with its place, for example `no positive case in the test set` for the place `the test set`.
    pub fn sentence(self, place: &str) -> String {
        let reason = self.to_string();
        match self {
            Undefined::NoThreshold => reason,
            _ => [reason.as_str(), " in ", place].concat(),
        }
    }
}
