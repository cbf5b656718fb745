//! The small residual network that encodes grey images.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, GroupNorm, Linear, conv::Conv2d};
use burn::tensor::{Tensor, activation::relu, module::avg_pool2d, ops::AvgPoolOptions};

use super::pooling::AttentionPooling;
use crate::model::initial::Initial;

/// A residual convolutional network for square images: stages of stride 2 until the map is at most 8 × 8 (three at 64 pixels, four at
/// 128, five at 224), the last two with a residual block, then the means of a 2 × 2 grid of regions, so that it still knows where something
/// lies. A patient's images are encoded one by one and pooled by attention.
#[derive(Module, Debug)]
pub struct ImageEncoder {
    stem: Conv2d,
    norm: GroupNorm,
    down: Vec<Conv2d>,
    down_norm: Vec<GroupNorm>,
    block: Vec<Conv2d>,
    block_norm: Vec<GroupNorm>,
    dropout: Dropout,
    last: Linear,
    pooling: AttentionPooling,
}

/// Channels of the last three stages; those before, which only large images have, are as wide as the first of them.
const CHANNELS: [usize; 3] = [8, 16, 32];
/// Groups of channels that are normalised together (Wu and He 2018).
const GROUPS: usize = 4;
/// Regions along a side whose means are kept.
const REGIONS: usize = 2;
/// Largest side of the last map.
const LARGEST_MAP: usize = 8;

/// Stages that bring images of this side to the last map.
fn stages(side: usize) -> usize {
    let mut stages = CHANNELS.len();
    let mut map = side.div_ceil(1 << stages);
    while map > LARGEST_MAP {
        map = map.div_ceil(2);
        stages += 1;
    }
    stages
}

impl ImageEncoder {
    /// An encoder of images of `side` × `side` pixels to `embedding` numbers.
    pub fn new(side: usize, embedding: usize, dropout: f64, initial: &mut Initial) -> Self {
        let mut channels = vec![CHANNELS[0]; stages(side) - CHANNELS.len()];
        channels.extend(CHANNELS);
        // On large maps a block would cost more than all the rest.
        let blocks = &CHANNELS[1..];
        let norms = |channels: &[usize], initial: &Initial| -> Vec<GroupNorm> {
            channels
                .iter()
                .map(|&channels| initial.group_norm(GROUPS, channels))
                .collect()
        };
        Self {
            stem: initial.convolution([1, channels[0]], 2),
            norm: initial.group_norm(GROUPS, channels[0]),
            down_norm: norms(&channels[1..], initial),
            block_norm: norms(blocks, initial),
            down: channels
                .windows(2)
                .map(|pair| initial.convolution([pair[0], pair[1]], 2))
                .collect(),
            block: blocks
                .iter()
                .map(|&channels| initial.convolution([channels, channels], 1))
                .collect(),
            dropout: DropoutConfig::new(dropout).init(),
            last: initial.linear(CHANNELS[2] * REGIONS * REGIONS, embedding, 1.0),
            pooling: AttentionPooling::new(embedding, initial),
        }
    }

    /// Images `[images, 1, side, side]` and whose they are (ones and zeros, `[batch, images]`) to `[batch, embedding]`; zeros for
    /// samples without an image.
    pub fn forward(&self, pixels: Tensor<4>, owned: Tensor<2>) -> Tensor<2> {
        let mut image = relu(self.norm.forward(self.stem.forward(pixels)));
        let plain = self.down.len() - self.block.len();
        for (place, (down, norm)) in self.down.iter().zip(&self.down_norm).enumerate() {
            image = relu(norm.forward(down.forward(image)));
            let Some(block) = place.checked_sub(plain) else {
                continue;
            };
            let change = self.block[block].forward(image.clone());
            image = relu(image + self.block_norm[block].forward(change));
        }
        let [images, channels, side, _] = image.dims();
        // Regions of an odd map share its middle line.
        let (region, step) = (side.div_ceil(REGIONS), (side / REGIONS).max(1));
        let pooled = avg_pool2d(
            image,
            AvgPoolOptions::new([region, region]).with_stride([step, step]),
        )
        .reshape([images, channels * REGIONS * REGIONS]);
        let embedded = self.last.forward(self.dropout.forward(pooled));
        self.pooling.forward(embedded, owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};

    #[test]
    #[allow(clippy::disallowed_methods, reason = "tests run on the CPU")]
    fn images_of_every_side_are_encoded() {
        let device = Device::flex();
        for (side, expected) in [
            (16, 3),
            (64, 3),
            (65, 4),
            (100, 4),
            (128, 4),
            (192, 5),
            (224, 5),
        ] {
            assert_eq!(stages(side), expected, "{side}");
            let encoder = ImageEncoder::new(side, 5, 0.0, &mut Initial::new(1, &device));
            let values = (0..3 * side * side)
                .map(|i| (i as f32 * 0.7).sin())
                .collect();
            let pixels = Tensor::from_data(
                TensorData::new::<f32, _>(values, [3, 1, side, side]),
                &device,
            );
            let owned = Tensor::from_data(
                TensorData::new(vec![1.0f32, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0], [3, 3]),
                &device,
            );
            let read: Vec<f32> = encoder
                .forward(pixels, owned)
                .into_data()
                .try_to_vec()
                .unwrap();
            assert_eq!(read.len(), 15);
            assert!(read.iter().all(|value| value.is_finite()));
            assert!(read[5..10].iter().all(|value| *value == 0.0));
            assert!(read[10..].iter().any(|value| *value != 0.0));
        }
    }
}
