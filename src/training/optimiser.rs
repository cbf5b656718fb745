//! AdamW with the gradient clipped by its norm over all weights.

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::optim::{
    AdamW, AdamWConfig, AdamWState, AdaptiveMomentumState, GradientsParams, Optimizer,
};
use burn::tensor::{Device, Tensor, TensorData};

use super::{TrainingError, read};

use crate::model::M3h;

/// AdamW (Loshchilov and Hutter 2019), after clipping the norm of the whole gradient at 1.
///
/// burn's own clipping works weight by weight, which changes the gradient's direction. All weights are laid into one
/// vector here, which is clipped and stepped as a whole.
/// A weight that a loss does not reach has a gradient of zeros.
///
/// Beside the weights it keeps their exponential moving average (Polyak and Juditsky 1992): less noisy than the last weights,
/// most of all where training ends before the learning rate has fallen to 0.
pub struct Optimiser {
    adam: AdamW,
    state: Option<AdamWState<1>>,
    /// All weights side by side; none where they were set other than by a step.
    flat: Option<Tensor<1>>,
    averaging: usize,
    average: Option<Tensor<1>>,
    averaged_steps: usize,
}

/// A model's weights and its optimiser on the host, all in the order of the model's weights.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OptimiserState {
    /// The weights.
    pub weights: Vec<f32>,
    /// Steps taken, and the first and second moments; none before the first step.
    pub moments: Option<(usize, Vec<f32>, Vec<f32>)>,
    /// Steps averaged, and the averaged weights; none where nothing is averaged.
    pub average: Option<(usize, Vec<f32>)>,
}

/// Largest norm of the gradient.
const LARGEST_NORM: f64 = 1.0;

impl Optimiser {
    /// An optimiser with this weight decay that averages the weights over about `averaging` steps, or does not with 0.
    pub fn new(weight_decay: f64, averaging: usize) -> Self {
        Self {
            adam: AdamWConfig::new()
                .with_epsilon(1e-8)
                .with_weight_decay(weight_decay as f32)
                .build(),
            state: None,
            flat: None,
            averaging,
            average: None,
            averaged_steps: 0,
        }
    }

    /// Has to be called where a model's weights were set other than by [`Optimiser::step`]; the moments stay, the average begins
    /// anew.
    pub fn weights_were_set(&mut self) {
        self.flat = None;
        self.average = None;
        self.averaged_steps = 0;
    }

    /// `model` with the averaged weights, or as it is where nothing is averaged yet. For a model without gradients.
    pub fn averaged(&self, model: M3h) -> M3h {
        match &self.average {
            Some(average) => model.map(&mut Spread {
                weights: average.clone(),
                next: 0,
                gradients: false,
            }),
            None => model,
        }
    }

    fn average(&mut self, weights: &Tensor<1>) {
        if self.averaging == 0 {
            return;
        }
        // The first steps count less: an average that began with the drawn weights would hold on to them.
        let steps = self.averaged_steps as f64;
        let fresh = (3.0 / (3.0 + steps)).max(1.0 / self.averaging as f64);
        self.average = Some(match self.average.take() {
            Some(average) => average.clone() + (weights.clone() - average) * fresh,
            None => weights.clone(),
        });
        self.averaged_steps += 1;
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
        let flat = self.flat.take();
        let flat = flat.unwrap_or_else(|| Tensor::cat(weights, 0));
        let state = self.state.take();
        let (weights, state) = self.adam.step(learning_rate, flat, gradient, state);
        self.state = state;
        self.average(&weights);
        self.flat = Some(weights.clone());
        model.map(&mut Spread {
            weights,
            next: 0,
            gradients: true,
        })
    }

    /// What a training needs to go on from here.
    ///
    /// # Errors
    /// Where the device fails.
    pub async fn state(&self, model: &M3h) -> Result<OptimiserState, TrainingError> {
        let moments = match &self.state {
            Some(AdamWState { momentum }) => Some((
                momentum.time,
                read(momentum.moment_1.clone()).await?,
                read(momentum.moment_2.clone()).await?,
            )),
            None => None,
        };
        let average = match &self.average {
            Some(average) => Some((self.averaged_steps, read(average.clone()).await?)),
            None => None,
        };
        Ok(OptimiserState {
            weights: weights(model).await?,
            moments,
            average,
        })
    }

    /// Goes on from a state: sets the moments and the average, and gives the model its weights.
    pub fn restore(&mut self, model: M3h, state: &OptimiserState, device: &Device) -> M3h {
        let lay = |values: &[f32]| vector(values, device);
        self.state = state.moments.as_ref().map(|(time, first, second)| {
            AdamWState::new(AdaptiveMomentumState::new(*time, lay(first), lay(second)))
        });
        self.average = state.average.as_ref().map(|(_, average)| lay(average));
        self.averaged_steps = state.average.as_ref().map_or(0, |(steps, _)| *steps);
        let weights = lay(&state.weights);
        self.flat = Some(weights.clone());
        model.map(&mut Spread {
            weights,
            next: 0,
            gradients: true,
        })
    }
}

/// A model's weights on the host, one after the other.
///
/// # Errors
/// Where the device fails.
pub async fn weights(model: &M3h) -> Result<Vec<f32>, TrainingError> {
    let mut collected = Collect {
        gradients: &mut GradientsParams::new(),
        gradient: vec![],
        weights: vec![],
    };
    model.visit(&mut collected);
    read(Tensor::cat(collected.weights, 0)).await
}

/// `model`, which has no gradients, with other weights.
pub fn with_weights(model: M3h, weights: &[f32], device: &Device) -> M3h {
    model.map(&mut Spread {
        weights: vector(weights, device),
        next: 0,
        gradients: false,
    })
}

fn vector(values: &[f32], device: &Device) -> Tensor<1> {
    Tensor::from_data(TensorData::new(values.to_vec(), [values.len()]), device)
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
    gradients: bool,
}

impl ModuleMapper for Spread {
    fn map_float<const D: usize>(&mut self, weight: Param<Tensor<D>>) -> Param<Tensor<D>> {
        weight.map(|old| {
            let shape = old.shape();
            let size = shape.num_elements();
            let part = self.weights.clone().narrow(0, self.next, size);
            self.next += size;
            let weight = part.reshape(shape);
            if self.gradients {
                weight.autodiff().require_grad()
            } else {
                weight
            }
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
