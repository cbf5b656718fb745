//! The losses of spec section 3.

use burn::tensor::{Tensor, activation::log_softmax};

use crate::model::data::Labels;
use crate::model::head::TaskGroups;
use crate::model::m3h::{M3h, Pass};
use crate::study::Balance;

/// Each task's loss, `[tasks]`, in the order binary, regression, multiclass, clustering. A task without a label in the batch gives 0.
///
/// `cluster` says whether the clustering term is on already; the decoder's is always.
pub fn task_losses(
    model: &M3h,
    pass: &Pass,
    labels: &Labels,
    groups: &TaskGroups,
    cluster: bool,
) -> Tensor<1> {
    let mut losses: Vec<Tensor<1>> = vec![];
    if let (Some(output), Some((target, mask))) = (&pass.output.scalars, &labels.scalars) {
        let (binary, regression) = (groups.binary.len(), groups.regression.len());
        if binary > 0 {
            let part = |tensor: &Tensor<2>| tensor.clone().narrow(1, 0, binary);
            let each = binary_cross_entropy(part(output), part(target));
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
