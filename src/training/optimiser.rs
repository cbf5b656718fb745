//! AdamW with the gradient clipped by its norm over all weights.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::Tensor;

use crate::model::M3h;

/// AdamW (Loshchilov and Hutter 2019), after clipping the norm of the whole gradient at 1.
///
/// burn's own clipping works weight by weight, which changes the gradient's direction. All weights are laid into one
/// vector here, which is clipped and stepped as a whole.
/// A weight that a loss does not reach has a gradient of zeros.
pub struct Optimiser {
    adam: ModuleOptimizer,
    flat: Option<Flat>,
    stale: bool,
}

/// All weights of a model, side by side.
#[derive(Module, Debug)]
struct Flat {
    weights: Param<Tensor<1>>,
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
            flat: None,
            stale: false,
        }
    }

    /// Has to be called where a model's weights were set other than by [`Optimiser::step`]; the moments stay.
    pub fn weights_were_set(&mut self) {
        self.stale = true;
    }

    /// One step down the gradient of `loss`.
    pub fn step(&mut self, model: M3h, loss: Tensor<1>, learning_rate: f64) -> M3h {
        let mut gradients = GradientsParams::from_grads(loss.backward(), &model);
        let mut collected = Collect {
            gradients: &mut gradients,
            gradient: vec![],
            weights: vec![],
        };
        model.visit(&mut collected);
        let (gradient, weights) = (collected.gradient, collected.weights);
        let gradient = clip(Tensor::cat(gradient, 0));
        let lay = |weights| Tensor::cat(weights, 0).autodiff().require_grad();
        let flat = match self.flat.take() {
            Some(flat) if !self.stale => flat,
            Some(flat) => Flat {
                weights: Param::initialized(flat.weights.id, lay(weights)),
            },
            None => Flat {
                weights: Param::from_tensor(lay(weights)),
            },
        };
        self.stale = false;
        let mut gradients = GradientsParams::new();
        gradients.register(flat.weights.id, gradient);
        let flat = self.adam.step(learning_rate, flat, gradients);
        let model = model.map(&mut Spread {
            weights: flat.weights.val().without_autodiff(),
            next: 0,
        });
        self.flat = Some(flat);
        model
    }
}

/// Takes every weight and its gradient, as vectors.
struct Collect<'a> {
    gradients: &'a mut GradientsParams,
    gradient: Vec<Tensor<1>>,
    weights: Vec<Tensor<1>>,
}

impl ModuleVisitor for Collect<'_> {
    fn visit_float<const D: usize>(&mut self, weight: &Param<Tensor<D>>) {
        let value = weight.val().without_autodiff();
        let size = value.shape().num_elements();
        let gradient = match self.gradients.remove::<D>(weight.id) {
            Some(gradient) => gradient.reshape([size]),
            None => Tensor::zeros([size], &value.device()),
        };
        self.gradient.push(gradient);
        self.weights.push(value.reshape([size]));
    }
}

/// Gives every weight its part of the vector, in the order of [`Collect`].
struct Spread {
    weights: Tensor<1>,
    next: usize,
}

impl ModuleMapper for Spread {
    fn map_float<const D: usize>(&mut self, weight: Param<Tensor<D>>) -> Param<Tensor<D>> {
        weight.map(|old| {
            let shape = old.shape();
            let size = shape.num_elements();
            let part = self.weights.clone().narrow(0, self.next, size);
            self.next += size;
            part.reshape(shape).autodiff().require_grad()
        })
    }
}

/// The gradient, no longer than [`LARGEST_NORM`].
fn clip(gradient: Tensor<1>) -> Tensor<1> {
    let norm = gradient.clone().square().sum().sqrt();
    let factor = (norm + 1e-6)
        .recip()
        .mul_scalar(LARGEST_NORM)
        .clamp_max(1.0);
    gradient * factor
}
