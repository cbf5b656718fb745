//! First weights, drawn on the host: the same seed gives the same numbers on every device.

use burn::module::Param;
use burn::nn::{
    GroupNorm, GroupNormConfig, LayerNorm, LayerNormConfig, Linear, conv::Conv2d,
    conv::Conv2dConfig,
};
use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Draws first weights in a fixed order.
pub struct Initial {
    generator: ChaCha8Rng,
    device: Device,
}

impl Initial {
    /// A source of weights for `device`, from `seed`.
    pub fn new(seed: u64, device: &Device) -> Self {
        Self {
            generator: ChaCha8Rng::seed_from_u64(seed),
            device: device.clone(),
        }
    }

    /// The device the weights are laid on.
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// A weight of the given shape, uniform in ±`bound`.
    pub fn uniform<const D: usize>(&mut self, shape: [usize; D], bound: f64) -> Param<Tensor<D>> {
        let size = shape.iter().product();
        let values: Vec<f32> = (0..size)
            .map(|_| ((self.generator.random::<f64>() * 2.0 - 1.0) * bound) as f32)
            .collect();
        Param::from_data(TensorData::new(values, shape), &self.device)
    }

    /// A weight of zeros.
    pub fn zeros<const D: usize>(&self, shape: [usize; D]) -> Param<Tensor<D>> {
        let size: usize = shape.iter().product();
        Param::from_data(TensorData::new(vec![0.0f32; size], shape), &self.device)
    }

    /// A fully connected layer, uniform in ±√(3 / inputs) · `gain` (unit variance forward at gain 1), with a bias of zeros.
    pub fn linear(&mut self, inputs: usize, outputs: usize, gain: f64) -> Linear {
        Linear {
            weight: self.uniform(
                [inputs, outputs],
                gain * (3.0 / inputs.max(1) as f64).sqrt(),
            ),
            bias: Some(self.zeros([outputs])),
        }
    }

    /// A layer normalisation of the given width, starting as the identity.
    pub fn norm(&self, width: usize) -> LayerNorm {
        LayerNormConfig::new(width).init(&self.device)
    }

    /// A group normalisation of the given channels, starting as the identity.
    pub fn group_norm(&self, groups: usize, channels: usize) -> GroupNorm {
        GroupNormConfig::new(groups, channels).init(&self.device)
    }

    /// A 3 × 3 convolution with padding 1 (He et al. 2015), with a bias of zeros.
    pub fn convolution(&mut self, channels: [usize; 2], stride: usize) -> Conv2d {
        let mut layer = Conv2dConfig::new(channels, [3, 3])
            .with_stride([stride, stride])
            .with_padding(burn::nn::PaddingConfig2d::Explicit(1, 1, 1, 1))
            .with_bias(true)
            .init(&self.device);
        let bound = (6.0 / (channels[0] * 9) as f64).sqrt();
        layer.weight = self.uniform([channels[1], channels[0], 3, 3], bound);
        layer.bias = Some(self.zeros([channels[1]]));
        layer
    }
}
