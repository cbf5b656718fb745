//! The attention over tasks: the heart of M3H (Bertsimas & Ma, arXiv 2404.18975; scale and residual: ours).

use burn::module::{Module, Param};
use burn::tensor::{
    Tensor,
    activation::{relu, softmax},
};

use super::initial::Initial;

/// One projection a task, then attention of every task to every task's projection.
#[derive(Module, Debug)]
pub struct TaskAttention {
    /// `[fused, tasks · width]`: the projections P_t side by side.
    pub project_weight: Param<Tensor<2>>,
    /// `[tasks · width]`.
    pub project_bias: Param<Tensor<1>>,
    /// The learned task tokens τ, `[tasks, width]`; they carry no patient data.
    pub task_token: Param<Tensor<2>>,
    /// W_Q, `[width, width]`.
    pub query_weight: Param<Tensor<2>>,
    /// W_K, `[width, width]`.
    pub key_weight: Param<Tensor<2>>,
    /// W_V, `[width, width]`.
    pub value_weight: Param<Tensor<2>>,
    alpha: f64,
    beta: f64,
    residual: bool,
    tasks: usize,
    width: usize,
}

/// What the attention makes of a batch.
#[derive(Debug, Clone)]
pub struct Attended {
    /// X, `[batch, tasks, width]`.
    pub projected: Tensor<3>,
    /// V, `[batch, tasks, width]`.
    pub value: Tensor<3>,
    /// W, `[batch, tasks (receiving), tasks (contributing)]`; rows sum to 1.
    pub weight: Tensor<3>,
    /// O, `[batch, tasks, width]`, the residual included where it is on.
    pub mixed: Tensor<3>,
}

/// Sizes and switches of [`TaskAttention`].
#[derive(Debug, Clone, Copy)]
pub struct TaskAttentionConfig {
    /// Width of the fused vector.
    pub fused: usize,
    /// Number of tasks.
    pub tasks: usize,
    /// Width of a task's representation.
    pub width: usize,
    /// Cross-exploration.
    pub alpha: f64,
    /// Self-exploitation, already resolved to a number.
    pub beta: f64,
    /// Whether X is added to O (ours).
    pub residual: bool,
}

impl TaskAttentionConfig {
    /// Draws the first weights.
    pub fn init(&self, initial: &mut Initial) -> TaskAttention {
        let spread = (3.0 / self.width as f64).sqrt();
        TaskAttention {
            project_weight: initial.uniform(
                [self.fused, self.tasks * self.width],
                (6.0 / self.fused.max(1) as f64).sqrt(),
            ),
            project_bias: initial.zeros([self.tasks * self.width]),
            task_token: initial.uniform([self.tasks, self.width], 3f64.sqrt()),
            query_weight: initial.uniform([self.width, self.width], spread),
            key_weight: initial.uniform([self.width, self.width], spread),
            value_weight: initial.uniform([self.width, self.width], spread),
            alpha: self.alpha,
            beta: self.beta,
            residual: self.residual,
            tasks: self.tasks,
            width: self.width,
        }
    }
}

/// Up to so many tasks the mixtures are sums of products, term by term: a GPU's kernel for products of matrices works on tiles
/// of 64 by 32, of which a patient's few tasks would fill a corner (docs/performance.md).
const FEW_TASKS: usize = 8;

impl TaskAttention {
    /// Fused vectors `[batch, fused]` to the tasks' mixtures.
    pub fn forward(&self, fused: Tensor<2>) -> Attended {
        let [batch, _] = fused.dims();
        let (tasks, width) = (self.tasks, self.width);
        let flat =
            relu(fused.matmul(self.project_weight.val()) + self.project_bias.val().unsqueeze())
                .reshape([batch * tasks, width]);
        // S = q K^T with K = X W_K: the small product W_K q^T first spares the keys themselves.
        let query = self.task_token.val().matmul(self.query_weight.val());
        let key_query = self.key_weight.val().matmul(query.transpose());
        let score = flat
            .clone()
            .matmul(key_query)
            .reshape([batch, tasks, tasks])
            .swap_dims(1, 2);
        let largest = score
            .clone()
            .abs()
            .reshape([batch, tasks * tasks])
            .max_dim(1)
            .reshape([batch, 1, 1]);
        let scaled = score / (largest + 1e-8);
        let own = Tensor::<2>::eye(tasks, &fused_device(&scaled)).mul_scalar(self.beta);
        let weight = softmax(scaled.mul_scalar(self.alpha) + own.unsqueeze(), 2);
        let value = flat
            .clone()
            .matmul(self.value_weight.val())
            .reshape([batch, tasks, width]);
        let projected = flat.reshape([batch, tasks, width]);
        let mixed = self.mix(weight.clone(), value.clone(), projected.clone());
        Attended {
            projected,
            value,
            weight,
            mixed,
        }
    }

    /// O = W V (+ X).
    fn mix(&self, weight: Tensor<3>, value: Tensor<3>, projected: Tensor<3>) -> Tensor<3> {
        let mixed = if self.tasks <= FEW_TASKS {
            (weight.unsqueeze_dim::<4>(3) * value.unsqueeze_dim::<4>(1))
                .sum_dim(2)
                .squeeze_dim::<3>(2)
        } else {
            weight.matmul(value)
        };
        if self.residual {
            mixed + projected
        } else {
            mixed
        }
    }

    /// The mixtures without task `contributing`: its column of W is 0 and every other task's row sums to 1 again.
    /// Its own row is left as it is.
    pub fn occlude(&self, attended: &Attended, contributing: usize) -> Tensor<3> {
        let tasks = self.tasks;
        let mut keep = vec![1.0f32; tasks * tasks];
        for receiving in 0..tasks {
            if receiving != contributing {
                keep[receiving * tasks + contributing] = 0.0;
            }
        }
        let keep = burn::tensor::TensorData::new(keep, [1, tasks, tasks]);
        self.keep(attended, Tensor::from_data(keep, &attended.weight.device()))
    }

    /// The mixtures with parts of W alone: `keep` is `[batch or 1, tasks, tasks]`, ones and zeros with ones on the diagonal, and rows sum
    /// to 1 again. Where `attended` is of one sample, it serves all of `keep`.
    pub fn keep(&self, attended: &Attended, keep: Tensor<3>) -> Tensor<3> {
        let weight = attended.weight.clone() * keep;
        let weight = weight.clone() / weight.sum_dim(2);
        let [batch, tasks, _] = weight.dims();
        let spread = |tensor: &Tensor<3>| tensor.clone().expand([batch, tasks, self.width]);
        self.mix(weight, spread(&attended.value), spread(&attended.projected))
    }

    /// The same attention with other weights on other tasks and on the task itself.
    pub fn with_mixing(&self, alpha: f64, beta: f64) -> Self {
        Self {
            alpha,
            beta,
            ..self.clone()
        }
    }

    /// Cross-exploration α and self-exploitation β.
    pub fn mixing(&self) -> (f64, f64) {
        (self.alpha, self.beta)
    }
}

/// The device of a tensor without its gradients.
fn fused_device(tensor: &Tensor<3>) -> burn::tensor::Device {
    tensor.device().without_autodiff()
}
