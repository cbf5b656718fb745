//! What other self-exploitation and cross-exploration would do to the trained model: the task attention and the heads again, with the
//! same weights. Nothing is trained, so that it shows what these two numbers do to a model, not what a model that was trained with
//! them would be.

use burn::tensor::Tensor;

use super::tim::{Explained, Shares, described};
use crate::metrics::Undefined;
use crate::session::protocol::{Mixing, TimMeasure};
use crate::training::TrainingError;
use crate::training::evaluation::headline;
use crate::training::predict::{CHUNK, finish, gather, none};

/// The test samples behind the encoders: what does not change with the mixing.
pub struct Fused {
    /// By chunk and member, `[chunk, sources · embedding]`.
    chunks: Vec<Vec<Tensor<2>>>,
}

impl Fused {
    /// Runs the encoders once.
    pub fn new(explained: &Explained<'_>) -> Self {
        let fused = |chunk: &[u32]| {
            let of = |member: &crate::model::M3h| {
                let batch = explained.cohort.batch(chunk);
                let present = batch.present.clone();
                member.fusion.forward(member.embed(batch), present)
            };
            explained.members.iter().map(of).collect()
        };
        Self {
            chunks: explained.rows.chunks(CHUNK).map(fused).collect(),
        }
    }

    /// Attention and scores with other numbers in place of the trained α and β.
    ///
    /// # Errors
    /// Where the device failed, or a prediction is not finite.
    pub async fn mixed(
        &self,
        explained: &Explained<'_>,
        alpha: f64,
        beta: f64,
    ) -> Result<Mixing, TrainingError> {
        let (groups, fitted) = (explained.groups, explained.fitted);
        let attentions: Vec<_> = explained
            .members
            .iter()
            .map(|member| member.attention.with_mixing(alpha, beta))
            .collect();
        let mut shares = Shares::new(groups.tasks());
        let mut predictions = none(fitted);
        for chunk in &self.chunks {
            let (mut weights, mut outputs) = (vec![], vec![]);
            for ((member, attention), fused) in explained.members.iter().zip(&attentions).zip(chunk)
            {
                let attended = attention.forward(fused.clone());
                outputs.push(member.heads.forward(attended.mixed, groups));
                weights.push(attended.weight);
            }
            shares.add(weights).await?;
            gather(
                explained.members,
                &outputs,
                groups,
                fitted,
                &mut predictions,
            )
            .await?;
        }
        finish(&mut predictions, explained.cohort, fitted, explained.rows)?;
        let score = |task: usize| -> Result<f64, Undefined> {
            let (fitted, target) = (&fitted.targets[task], &explained.prepared.targets[task]);
            headline(&predictions[task], fitted, target, explained.rows)
        };
        let attention = described(TimMeasure::Attention, explained.study, shares.links());
        Ok(Mixing {
            alpha,
            beta,
            scores: (0..groups.tasks()).map(|task| score(task).ok()).collect(),
            attention,
        })
    }
}
