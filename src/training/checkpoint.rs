//! A training as it stands after an epoch: enough to go on to the same weights, on this device or another.

use std::collections::HashMap;

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors, serialize};
use serde::{Deserialize, Serialize};

use super::optimiser::OptimiserState;
use crate::session::protocol::HistoryEntry;

/// What the metadata's `format` says.
const FORMAT: &str = "m3h-checkpoint/1";

/// A training after some epoch. It holds weights, moments and scores, and no patient's row.
#[derive(Debug, Clone, PartialEq)]
pub struct Checkpoint {
    /// What belongs to all members.
    pub progress: Progress,
    /// The members.
    pub members: Vec<OptimiserState>,
    /// The best epoch's weights, member by member; none where no epoch counts yet.
    pub best: Option<Vec<Vec<f32>>>,
}

/// What belongs to all members.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Which training it is: study and patients, as the session tells them apart.
    pub fingerprint: String,
    /// `cpu` or `webgpu`.
    pub device: String,
    /// One entry a finished epoch.
    pub history: Vec<HistoryEntry>,
    /// The best epoch, from 1, and its score; without any defined score −∞, which JSON writes as `null`.
    pub best: Option<(usize, Option<f64>)>,
    /// Training samples seen.
    pub samples_seen: usize,
    /// Seconds of training, pauses left out.
    pub seconds: f64,
}

/// Why bytes are no checkpoint to go on from.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("The training cannot go on from what was kept of it ({0}). Train again.")]
pub struct CheckpointError(String);

/// The parts of a member and their names in the file.
const WEIGHTS: &str = "weights";
const FIRST: &str = "first_moment";
const SECOND: &str = "second_moment";
const AVERAGE: &str = "average";
const BEST: &str = "best";

/// Counts of a member's steps.
#[derive(Serialize, Deserialize)]
struct Steps {
    taken: Option<usize>,
    averaged: Option<usize>,
}

impl Checkpoint {
    /// As one safetensors file.
    ///
    /// # Errors
    /// Where it cannot be written (a bug).
    pub fn write(&self) -> Result<Vec<u8>, CheckpointError> {
        let failed = |error: &dyn std::fmt::Display| CheckpointError(error.to_string());
        let json = |value: serde_json::Result<String>| value.map_err(|e| failed(&e));
        let mut parts: Vec<(String, &[f32])> = vec![];
        let mut steps = vec![];
        for (place, member) in self.members.iter().enumerate() {
            let mut part = |name: &str, values| parts.push((format!("{place}.{name}"), values));
            part(WEIGHTS, member.weights.as_slice());
            if let Some((_, first, second)) = &member.moments {
                part(FIRST, first);
                part(SECOND, second);
            }
            if let Some((_, average)) = &member.average {
                part(AVERAGE, average);
            }
            if let Some(best) = self.best.as_ref().and_then(|best| best.get(place)) {
                part(BEST, best);
            }
            steps.push(Steps {
                taken: member.moments.as_ref().map(|(steps, ..)| *steps),
                averaged: member.average.as_ref().map(|(steps, _)| *steps),
            });
        }
        let bytes: Vec<(String, usize, Vec<u8>)> = parts
            .into_iter()
            .map(|(name, values)| {
                let bytes = values.iter().flat_map(|value| value.to_le_bytes());
                (name, values.len(), bytes.collect())
            })
            .collect();
        let views: Result<Vec<(&String, TensorView)>, _> = bytes
            .iter()
            .map(|(name, length, bytes)| {
                TensorView::new(Dtype::F32, vec![*length], bytes).map(|view| (name, view))
            })
            .collect();
        let metadata = HashMap::from([
            ("format".to_owned(), FORMAT.to_owned()),
            (
                "progress".into(),
                json(serde_json::to_string(&self.progress))?,
            ),
            ("steps".into(), json(serde_json::to_string(&steps))?),
        ]);
        serialize(views.map_err(|e| failed(&e))?, Some(metadata)).map_err(|e| failed(&e))
    }

    /// Reads one.
    ///
    /// # Errors
    /// Where the bytes are no checkpoint, or one of another format.
    pub fn read(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let failed = |error: &dyn std::fmt::Display| CheckpointError(error.to_string());
        let (_, header) = SafeTensors::read_metadata(bytes).map_err(|e| failed(&e))?;
        let tensors = SafeTensors::deserialize(bytes).map_err(|e| failed(&e))?;
        let entry = |key: &str| {
            let metadata = header.metadata().as_ref();
            let found = metadata.and_then(|metadata| metadata.get(key));
            found.ok_or_else(|| CheckpointError(format!("it has no {key}")))
        };
        if entry("format")? != FORMAT {
            return Err(CheckpointError("it is of another version".into()));
        }
        let progress: Progress =
            serde_json::from_str(entry("progress")?).map_err(|e| failed(&e))?;
        let steps: Vec<Steps> = serde_json::from_str(entry("steps")?).map_err(|e| failed(&e))?;
        let part = |place: usize, name: &str| -> Result<Vec<f32>, CheckpointError> {
            let view = tensors.tensor(&format!("{place}.{name}"));
            let view = view.map_err(|e| failed(&e))?;
            let (values, rest) = view.data().as_chunks::<4>();
            if view.dtype() != Dtype::F32 || !rest.is_empty() {
                return Err(CheckpointError("its numbers are of another kind".into()));
            }
            Ok(values
                .iter()
                .map(|&value| f32::from_le_bytes(value))
                .collect())
        };
        let member = |(place, steps): (usize, &Steps)| {
            Ok(OptimiserState {
                weights: part(place, WEIGHTS)?,
                moments: match steps.taken {
                    Some(taken) => Some((taken, part(place, FIRST)?, part(place, SECOND)?)),
                    None => None,
                },
                average: match steps.averaged {
                    Some(averaged) => Some((averaged, part(place, AVERAGE)?)),
                    None => None,
                },
            })
        };
        let members: Result<Vec<OptimiserState>, CheckpointError> =
            steps.iter().enumerate().map(member).collect();
        let best = match progress.best {
            Some(_) => Some(
                (0..steps.len())
                    .map(|place| part(place, BEST))
                    .collect::<Result<_, _>>()?,
            ),
            None => None,
        };
        Ok(Self {
            progress,
            members: members?,
            best,
        })
    }

    /// Whether each member has as many numbers of each kind as a model of `weights` weights, and there are as many members.
    pub fn fits(&self, members: usize, weights: usize) -> bool {
        let fits = |member: &OptimiserState| {
            let rest = member.moments.iter().flat_map(|(_, a, b)| [a, b]);
            let rest = rest.chain(member.average.iter().map(|(_, average)| average));
            rest.chain([&member.weights])
                .all(|values| values.len() == weights)
        };
        self.members.len() == members
            && self.members.iter().all(fits)
            && self.best.iter().flatten().all(|best| best.len() == weights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checkpoint() -> Checkpoint {
        Checkpoint {
            progress: Progress {
                fingerprint: "abc".into(),
                device: "cpu".into(),
                history: vec![HistoryEntry {
                    epoch: 1,
                    loss: 0.1 + 0.2,
                    scores: vec![Some(0.7), None],
                    mean_score: Some(0.7),
                }],
                best: Some((1, Some(0.7))),
                samples_seen: 12,
                seconds: 1.5,
            },
            members: vec![
                OptimiserState {
                    weights: vec![1.0, -2.5e-30],
                    moments: Some((3, vec![0.1, 0.2], vec![0.3, f32::MIN_POSITIVE])),
                    average: Some((3, vec![0.5, 0.25])),
                },
                OptimiserState {
                    weights: vec![1.0, 2.0],
                    moments: None,
                    average: None,
                },
            ],
            best: Some(vec![vec![4.0, 5.0], vec![6.0, 7.0]]),
        }
    }

    #[test]
    fn it_is_read_as_it_was_written() {
        let written = checkpoint().write().unwrap();
        assert_eq!(Checkpoint::read(&written), Ok(checkpoint()));
        assert!(checkpoint().fits(2, 2));
        assert!(!checkpoint().fits(2, 3));
        assert!(!checkpoint().fits(1, 2));
    }

    #[test]
    fn what_is_cut_short_or_foreign_is_refused() {
        let written = checkpoint().write().unwrap();
        for length in [0, 7, 40, written.len() - 1] {
            assert!(Checkpoint::read(&written[..length]).is_err(), "{length}");
        }
        let foreign = serialize(Vec::<(String, TensorView)>::new(), None).unwrap();
        assert!(Checkpoint::read(&foreign).is_err());
    }
}
