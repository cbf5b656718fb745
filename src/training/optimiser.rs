//! AdamW with the gradient clipped by its norm over all weights.

use burn::module::{Module, ModuleVisitor, Param, ParamId};
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::Tensor;

use crate::model::M3h;

/// AdamW (Loshchilov and Hutter 2019), after clipping the norm of the whole gradient at 1.
/// burn's own clipping works weight by weight, which changes the gradient's direction.
pub struct Optimiser {
    adam: ModuleOptimizer,
}

/// Largest norm of the gradient.
const LARGEST_NORM: f64 = 1.0;

impl Optimiser {
    /// An optimiser with this weight decay.
    pub fn new(weight_decay: f64) -> Self {
        Self {
            adam: AdamWConfig::new()
                .with_epsilon(1e-8)
                .with_weight_decay(weight_decay as f32)
                .init(),
        }
    }

    /// One step down the gradient of `loss`.
    pub fn step(&mut self, model: M3h, loss: Tensor<1>, learning_rate: f64) -> M3h {
        let gradients = GradientsParams::from_grads(loss.backward(), &model);
        let gradients = clip(&model, gradients);
        self.adam.step(learning_rate, model, gradients)
    }
}

/// Sums the squares of all gradients, without reading any back.
struct SumOfSquares<'a> {
    gradients: &'a GradientsParams,
    squares: Vec<Tensor<1>>,
}

impl ModuleVisitor for SumOfSquares<'_> {
    fn visit_float<const D: usize>(&mut self, weight: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.get::<D>(weight.id) {
            self.squares.push(gradient.square().sum());
        }
    }
}

/// Multiplies all gradients by one number on the device.
struct Scale {
    gradients: GradientsParams,
    factor: Tensor<1>,
}

impl ModuleVisitor for Scale {
    fn visit_float<const D: usize>(&mut self, weight: &Param<Tensor<D>>) {
        let id: ParamId = weight.id;
        if let Some(gradient) = self.gradients.remove::<D>(id) {
            let factor = self.factor.clone().reshape([1; D]);
            self.gradients.register::<D>(id, gradient * factor);
        }
    }
}

fn clip(model: &M3h, gradients: GradientsParams) -> GradientsParams {
    let mut sum = SumOfSquares {
        gradients: &gradients,
        squares: vec![],
    };
    model.visit(&mut sum);
    if sum.squares.is_empty() {
        return gradients;
    }
    let norm = Tensor::cat(sum.squares, 0).sum().sqrt();
    let factor = (norm + 1e-6)
        .recip()
        .mul_scalar(LARGEST_NORM)
        .clamp_max(1.0);
    let mut scale = Scale { gradients, factor };
    model.visit(&mut scale);
    scale.gradients
}
