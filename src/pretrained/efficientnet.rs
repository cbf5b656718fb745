//! EfficientNet-Lite0 (Tan and Le 2019, without squeeze-and-excitation and with rectifiers that end at 6), without its last
//! linear layer. Its convolutions pad as TensorFlow's `SAME` does.

use burn::tensor::{Device, Tensor};

use super::error::PretrainedError;
use super::image::{Affine, Convolution, Window, means};
use super::weights::Weights;

/// A stage: how often its block comes, the window's side, the first block's stride, how much wider a block is inside, and the
/// channels that come out.
const STAGES: [(usize, usize, usize, usize, usize); 7] = [
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
];
/// Channels of the first convolution.
const FIRST: usize = 32;
/// TensorFlow's ε of batch normalisation in this network.
const EPSILON: f32 = 1e-3;

/// A convolution with its normalisation, which pads so that a side of n becomes ⌈n / stride⌉.
struct Same {
    convolution: Convolution,
    window: Window,
}

impl Same {
    fn read(
        weights: &Weights,
        name: &str,
        norm: &str,
        window: Window,
        device: &Device,
    ) -> Result<Self, PretrainedError> {
        let after = Affine::read(weights, [norm; 2], window.outputs, EPSILON)?;
        Ok(Self {
            convolution: Convolution::read(weights, [name; 2], window, Some(after), device)?,
            window,
        })
    }

    fn forward(&self, image: Tensor<4>) -> Tensor<4> {
        let [_, _, side, _] = image.dims();
        let Window {
            side: window,
            stride,
            ..
        } = self.window;
        let whole = (side.div_ceil(stride) - 1) * stride + window;
        let missing = whole.saturating_sub(side);
        let padding = (missing / 2, missing - missing / 2);
        self.convolution.forward(image, padding)
    }
}

fn relu6(image: Tensor<4>) -> Tensor<4> {
    image.clamp(0.0, 6.0)
}

struct Block {
    expand: Option<Same>,
    depthwise: Same,
    project: Same,
    /// Whether what comes in is added to what comes out.
    adds: bool,
}

/// An EfficientNet-Lite0.
pub(super) struct EfficientNet {
    stem: Same,
    blocks: Vec<Block>,
    head: Same,
}

impl EfficientNet {
    /// What it is called.
    pub const NAME: &'static str = "EfficientNet-Lite0";
    /// Channels of its last layer.
    pub const WIDTH: usize = 1280;

    /// Reads the layers `_conv_stem`, `_blocks.*` and `_conv_head`.
    pub fn read(weights: &Weights, device: &Device) -> Result<Self, PretrainedError> {
        let window = |inputs: usize, outputs: usize, side: usize, stride: usize| Window {
            inputs,
            outputs,
            side,
            stride,
            depthwise: false,
        };
        let read = |name: &str, norm: &str, window: Window| {
            Same::read(weights, name, norm, window, device)
        };
        let stem = read("_conv_stem", "_bn0", window(3, FIRST, 3, 2))?;
        let mut channels = FIRST;
        let mut blocks = vec![];
        for (times, side, stride, wider, outputs) in STAGES {
            for time in 0..times {
                let stride = if time == 0 { stride } else { 1 };
                let part = |part: &str| format!("_blocks.{}.{part}", blocks.len());
                let wide = channels * wider;
                let expand = if wider == 1 {
                    None
                } else {
                    let expanded = window(channels, wide, 1, 1);
                    Some(read(&part("_expand_conv"), &part("_bn0"), expanded)?)
                };
                let depthwise = Window {
                    depthwise: true,
                    ..window(wide, wide, side, stride)
                };
                let projected = window(wide, outputs, 1, 1);
                let block = Block {
                    expand,
                    depthwise: read(&part("_depthwise_conv"), &part("_bn1"), depthwise)?,
                    project: read(&part("_project_conv"), &part("_bn2"), projected)?,
                    adds: stride == 1 && channels == outputs,
                };
                blocks.push(block);
                channels = outputs;
            }
        }
        Ok(Self {
            stem,
            blocks,
            head: read("_conv_head", "_bn1", window(channels, Self::WIDTH, 1, 1))?,
        })
    }

    /// `[images, 3, 224, 224]` to `[images, 1280]`. `hear` is told of the share that is done.
    pub async fn forward(
        &self,
        pixels: Tensor<4>,
        hear: &mut impl AsyncFnMut(f64) -> Result<(), PretrainedError>,
    ) -> Result<Tensor<2>, PretrainedError> {
        let mut image = relu6(self.stem.forward(pixels));
        for (place, block) in self.blocks.iter().enumerate() {
            let wide = match &block.expand {
                Some(expand) => relu6(expand.forward(image.clone())),
                None => image.clone(),
            };
            let read = relu6(block.depthwise.forward(wide));
            let change = block.project.forward(read);
            image = if block.adds { image + change } else { change };
            hear((place + 1) as f64 / (self.blocks.len() + 1) as f64).await?;
        }
        Ok(means(relu6(self.head.forward(image))))
    }
}
