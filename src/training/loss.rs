//! The losses of spec section 3.

use burn::tensor::{Device, Tensor, TensorData, activation::log_softmax};

use crate::cohort::prepare::Fitted;
use crate::model::data::Labels;
use crate::model::head::TaskGroups;
use crate::model::m3h::{M3h, Pass};
use crate::study::{Balance, Imbalance};

/// How rare outcomes of the binary tasks are treated.
#[derive(Debug, Clone)]
pub enum RareOutcomes {
    /// Like frequent ones.
    Alike,
    /// The loss of samples with the outcome is multiplied by this, `[1, binary tasks]`.
    Weighted(Box<Tensor<2>>),
    /// Focal loss.
    Focal,
}

/// A positive weight is at most this: a handful of cases must not drown all others.
const MOST_WEIGHT: f32 = 50.0;

impl RareOutcomes {
    /// By the study's choice; the weight of a task's positives is negatives / positives among its training labels.
    pub fn new(
        imbalance: Imbalance,
        fitted: &Fitted,
        groups: &TaskGroups,
        device: &Device,
    ) -> Self {
        match imbalance {
            Imbalance::None => Self::Alike,
            Imbalance::Focal => Self::Focal,
            Imbalance::Weighted if groups.binary.is_empty() => Self::Alike,
            Imbalance::Weighted => {
                let weights = groups.binary.iter().map(|&task| {
                    let prevalence = fitted.targets[task].mean;
                    ((1.0 - prevalence) / prevalence.max(1e-6))
                        .clamp(1.0 / MOST_WEIGHT, MOST_WEIGHT)
                });
                let weights: Vec<f32> = weights.collect();
                let shape = [1, weights.len()];
                let weights = Tensor::from_data(TensorData::new(weights, shape), device);
                Self::Weighted(Box::new(weights))
            }
        }
    }

    /// Cross-entropies of binary tasks and their targets, both `[batch, binary tasks]`, to what is minimised.
    fn treat(&self, each: Tensor<2>, target: Tensor<2>) -> Tensor<2> {
        match self {
            Self::Alike => each,
            Self::Weighted(weight) => each * (target * (weight.as_ref().clone() - 1.0) + 1.0),
            // The cross-entropy is −ln of the probability of what was observed, so that probability is e to its negative.
            Self::Focal => each.clone() * (each.neg().exp().neg() + 1.0).square(),
        }
    }
}

/// Each task's loss, `[tasks]`, in the order binary, regression, multiclass, clustering. A task without a label in the batch gives 0.
///
/// `cluster` says whether the clustering term is on already; the decoder's is always. `rare` says how rare outcomes are treated.
pub fn task_losses(
    model: &M3h,
    pass: &Pass,
    labels: &Labels,
    groups: &TaskGroups,
    cluster: bool,
    rare: &RareOutcomes,
) -> Tensor<1> {
    let mut losses: Vec<Tensor<1>> = vec![];
    if let (Some(output), Some((target, mask))) = (&pass.output.scalars, &labels.scalars) {
        let (binary, regression) = (groups.binary.len(), groups.regression.len());
        if binary > 0 {
            let part = |tensor: &Tensor<2>| tensor.clone().narrow(1, 0, binary);
            let each = binary_cross_entropy(part(output), part(target));
            let each = rare.treat(each, part(target));
            losses.push(masked_mean(each, part(mask)));
        }
        if regression > 0 {
            let part = |tensor: &Tensor<2>| tensor.clone().narrow(1, binary, regression);
            losses.push(masked_mean(
                (part(output) - part(target)).square(),
                part(mask),
            ));
        }
    }
    if let (Some(logits), Some((target, mask))) = (&pass.output.classes, &labels.classes) {
        let [tasks, batch, _] = logits.dims();
        let chosen = log_softmax(logits.clone(), 2) * target.clone().swap_dims(0, 1);
        let each = chosen
            .sum_dim(2)
            .reshape([tasks, batch])
            .swap_dims(0, 1)
            .neg();
        losses.push(masked_mean(each, mask.clone()));
    }
    for (head, representation) in model.heads.clusters.iter().zip(&pass.output.representation) {
        // z and P are constants here: no gradient runs through them.
        let rebuilt = head.decoder.forward(representation.clone());
        let mut each = (rebuilt - pass.fused.clone().detach()).square().mean();
        if cluster {
            each = each + clustering_divergence(head.assign(representation.clone()));
        }
        losses.push(each);
    }
    Tensor::cat(losses, 0)
}

/// The loss that is minimised: the mean over tasks, or with learned homoscedastic weights (Kendall et al. 2018).
pub fn total_loss(losses: Tensor<1>, model: &M3h, balance: Balance) -> Tensor<1> {
    match balance {
        Balance::Equal => losses.mean(),
        Balance::Uncertainty => {
            let variance = model.log_variance.val();
            (losses * variance.clone().neg().exp() + variance.mul_scalar(0.5)).mean()
        }
    }
}

/// Binary cross-entropy with logits, element by element, in the form that cannot overflow.
pub fn binary_cross_entropy<const D: usize>(logit: Tensor<D>, target: Tensor<D>) -> Tensor<D> {
    burn::tensor::activation::relu(logit.clone()) - logit.clone() * target
        + logit.abs().neg().exp().log1p()
}

/// KL(P‖Q) of a soft assignment `[batch, clusters]` to its sharpened target
/// p_ik ∝ q_ik² / Σ_i q_ik (improved deep embedded clustering; ours), mean over samples. P is a constant.
pub fn clustering_divergence(assignment: Tensor<2>) -> Tensor<1> {
    let fixed = assignment.clone().detach();
    let weight = fixed.clone().square() / fixed.sum_dim(0);
    let target = weight.clone() / weight.sum_dim(1);
    (target.clone() * (target.log() - assignment.log()))
        .sum_dim(1)
        .mean()
}

/// Means over the labelled samples of each column: `[batch, tasks]` twice, to `[tasks]`.
fn masked_mean(each: Tensor<2>, mask: Tensor<2>) -> Tensor<1> {
    let [_, tasks] = each.dims();
    let labelled = mask.clone().sum_dim(0).clamp_min(1.0);
    ((each * mask).sum_dim(0) / labelled).reshape([tasks])
}
