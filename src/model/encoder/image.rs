//! The small residual network that encodes grey images.

use burn::module::Module;
use burn::nn::{Dropout, DropoutConfig, GroupNorm, Linear, conv::Conv2d};
use burn::tensor::{Tensor, activation::relu, module::avg_pool2d, ops::AvgPoolOptions};

use crate::model::initial::Initial;

/// A residual convolutional network for images of 64 × 64 pixels: three stages of stride 2, the last
/// two with a residual block, then the means of a 2 × 2 grid of regions, so that it still knows where something lies.
/// A patient's images are encoded one by one and averaged.
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
}

/// Channels of the three stages.
const CHANNELS: [usize; 3] = [8, 16, 32];
/// Groups of channels that are normalised together (Wu and He 2018).
const GROUPS: usize = 4;
/// Regions along a side whose means are kept.
const REGIONS: usize = 2;

impl ImageEncoder {
    /// An encoder to `embedding` numbers.
    pub fn new(embedding: usize, dropout: f64, initial: &mut Initial) -> Self {
        Self {
            stem: initial.convolution([1, CHANNELS[0]], 2),
            norm: initial.group_norm(GROUPS, CHANNELS[0]),
            down_norm: CHANNELS[1..]
                .iter()
                .map(|&channels| initial.group_norm(GROUPS, channels))
                .collect(),
            block_norm: CHANNELS[1..]
                .iter()
                .map(|&channels| initial.group_norm(GROUPS, channels))
                .collect(),
            down: CHANNELS
                .windows(2)
                .map(|pair| initial.convolution([pair[0], pair[1]], 2))
                .collect(),
            block: CHANNELS[1..]
                .iter()
                .map(|&channels| initial.convolution([channels, channels], 1))
                .collect(),
            dropout: DropoutConfig::new(dropout).init(),
            last: initial.linear(CHANNELS[2] * REGIONS * REGIONS, embedding, 1.0),
        }
    }

    /// Images `[images, 1, side, side]` and each sample's share of them `[batch, images]` (rows sum to 1,
    /// or to 0 for samples without an image) to `[batch, embedding]`.
    pub fn forward(&self, pixels: Tensor<4>, share: Tensor<2>) -> Tensor<2> {
        let mut image = relu(self.norm.forward(self.stem.forward(pixels)));
        for (place, (down, block)) in self.down.iter().zip(&self.block).enumerate() {
            image = relu(self.down_norm[place].forward(down.forward(image)));
            let change = self.block_norm[place].forward(block.forward(image.clone()));
            image = relu(image + change);
        }
        let [images, channels, side, _] = image.dims();
        let region = side / REGIONS;
        let pooled = avg_pool2d(
            image,
            AvgPoolOptions::new([region, region]).with_stride([region, region]),
        )
        .reshape([images, channels * REGIONS * REGIONS]);
        let embedded = self.last.forward(self.dropout.forward(pooled));
        share.matmul(embedded)
    }
}
