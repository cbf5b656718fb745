//! What a study's patients were made into, as bytes for another worker.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::cohort::prepare::{Fitted, Prepared};
use crate::cohort::split::Partition;

/// What was fitted, what was prepared, and who is in which set. It holds patients' data and never leaves the workers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Arrays<'a> {
    /// What was fitted on the training rows.
    pub fitted: Cow<'a, Fitted>,
    /// The samples.
    pub prepared: Cow<'a, Prepared>,
    /// Who is in which set.
    pub partition: Cow<'a, Partition>,
}

impl Arrays<'_> {
    /// As bytes.
    ///
    /// # Errors
    /// Where they cannot be written, which is a bug.
    #[cfg(any(feature = "engine", test))]
    pub fn bytes(&self) -> Result<Vec<u8>, String> {
        postcard::to_stdvec(self).map_err(|error| error.to_string())
    }

    /// From the bytes of another worker.
    ///
    /// # Errors
    /// Where the bytes are no arrays of this version.
    pub fn read(bytes: &[u8]) -> Result<Arrays<'static>, String> {
        postcard::from_bytes(bytes)
            .map_err(|error| format!("The prepared arrays are not understood ({error})."))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::cohort::prepare::{apply, fit, generated};

    #[test]
    fn arrays_travel_unchanged() {
        let cohort = generated::cohort(60, 3);
        let mut study = generated::study();
        study.model.series = crate::study::SeriesEncoder::Both;
        study.model.text = crate::study::TextEncoder::Both;
        let training: Vec<u32> = (0..40).collect();
        let fitted = fit(&cohort, &study, &training).unwrap();
        let prepared = apply(&cohort, &fitted, Some(&study)).unwrap();
        let partition = Partition {
            training,
            validation: (40..50).collect(),
            test: (50..60).collect(),
        };
        let arrays = Arrays {
            fitted: Cow::Borrowed(&fitted),
            prepared: Cow::Borrowed(&prepared),
            partition: Cow::Borrowed(&partition),
        };
        let bytes = arrays.bytes().unwrap();
        let read = Arrays::read(&bytes).unwrap();
        assert_eq!(read.fitted.as_ref(), &fitted);
        assert_eq!(read.partition.as_ref(), &partition);
        // Missing numbers are NaN, equal to nothing: compared as bytes.
        assert_eq!(read.bytes().unwrap(), bytes);
        assert!(Arrays::read(&bytes[..bytes.len() / 2]).is_err());
    }
}
