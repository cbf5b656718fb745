//! Attention over the things that one patient has several of: images, pieces of notes.

use burn::module::Module;
use burn::nn::Linear;
use burn::tensor::{Tensor, activation::softmax};

use crate::model::initial::Initial;

/// Pools each sample's items by attention (Ilse et al. 2018, without their hidden layer): a score an item, softmax over the sample's
/// own. The scores begin at 0, so that an untrained pooling is the mean.
#[derive(Module, Debug)]
pub struct AttentionPooling {
    score: Linear,
}

/// Taken from the scores of what is not a sample's own: far beyond any score, and far from what 32 bits cannot hold.
const FOREIGN: f64 = 1e9;

impl AttentionPooling {
    /// A pooling of items of `width` numbers.
    pub fn new(width: usize, initial: &Initial) -> Self {
        Self {
            score: Linear {
                weight: initial.zeros([width, 1]),
                // What is added to every score alike changes no softmax.
                bias: None,
            },
        }
    }

    /// Items `[items, width]` of all samples of a batch, and whose they are (ones and zeros, `[batch, items]`), to
    /// `[batch, width]`; zeros for samples without an item.
    pub fn forward(&self, items: Tensor<2>, owned: Tensor<2>) -> Tensor<2> {
        let [_, count] = owned.dims();
        let score = self.score.forward(items.clone()).reshape([1, count]);
        let foreign = (owned.clone() - 1.0).mul_scalar(FOREIGN);
        // Where a sample has no item, all scores are equally far down: the product with `owned` makes them zeros.
        let weight = softmax(score + foreign, 1) * owned;
        weight.matmul(items)
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods, reason = "tests run on the CPU")]
mod tests {
    use super::*;
    use burn::module::Param;
    use burn::tensor::{Device, TensorData};

    fn matrix(values: &[f32], shape: [usize; 2], device: &Device) -> Tensor<2> {
        Tensor::from_data(TensorData::new(values.to_vec(), shape), device)
    }

    fn numbers(tensor: Tensor<2>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    #[test]
    fn it_begins_as_the_mean_of_each_samples_own_items() {
        let device = Device::flex();
        let pooling = AttentionPooling::new(2, &Initial::new(1, &device));
        let items = matrix(&[1.0, 2.0, 3.0, 6.0, 7.0, 8.0], [3, 2], &device);
        let owned = matrix(
            &[1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0],
            [3, 3],
            &device,
        );
        let pooled = numbers(pooling.forward(items, owned));
        assert_eq!(pooled, [2.0, 4.0, 0.0, 0.0, 7.0, 8.0]);
    }

    #[test]
    fn scores_weigh_a_samples_items_and_no_others() {
        let device = Device::flex();
        let mut pooling = AttentionPooling::new(1, &Initial::new(1, &device));
        pooling.score.weight = Param::from_tensor(matrix(&[1.0], [1, 1], &device));
        let items = matrix(&[0.0, 3.0_f32.ln(), 80.0], [3, 1], &device);
        let owned = matrix(&[1.0, 1.0, 0.0, 0.0, 0.0, 1.0], [2, 3], &device);
        let pooled = numbers(pooling.forward(items, owned));
        assert!((pooled[0] - 0.75 * 3.0_f32.ln()).abs() < 1e-5, "{pooled:?}");
        assert_eq!(pooled[1], 80.0);
    }

    #[test]
    fn gradients_are_finite_and_reach_the_scores() {
        let device = Device::flex().autodiff();
        let mut pooling = AttentionPooling::new(2, &Initial::new(1, &device));
        pooling.score.weight =
            Param::from_tensor(matrix(&[0.3, -0.2], [2, 1], &device).require_grad());
        let items = matrix(&[1.0, 2.0, -3.0, 6.0], [2, 2], &device);
        let owned = matrix(&[1.0, 1.0, 0.0, 0.0], [2, 2], &device);
        let loss = pooling.forward(items, owned).powi_scalar(2).sum();
        let gradients = loss.backward();
        let gradient = numbers(pooling.score.weight.grad(&gradients).unwrap());
        assert!(
            gradient
                .iter()
                .all(|slope| slope.is_finite() && *slope != 0.0)
        );
    }
}
