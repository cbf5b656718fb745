//! DenseNet-121 (Huang et al. 2017), without its last linear layer.

use burn::tensor::{
    Device, Tensor,
    activation::relu,
    module::{avg_pool2d, max_pool2d},
    ops::{AvgPoolOptions, MaxPoolOptions},
};

use super::error::PretrainedError;
use super::image::{Affine, Convolution, Window, means};
use super::weights::Weights;

/// Layers of the four blocks.
const BLOCKS: [usize; 4] = [6, 12, 24, 16];
/// Channels of the first convolution.
const FIRST: usize = 64;
/// Channels that a layer adds.
const GROWTH: usize = 32;
/// Channels between a layer's two convolutions.
const BETWEEN: usize = 4 * GROWTH;
/// PyTorch's ε of batch normalisation.
const EPSILON: f32 = 1e-5;

/// A normalisation that no convolution comes right before, and the rectifier after it.
struct Active([Tensor<4>; 2]);

impl Active {
    fn read(
        weights: &Weights,
        names: [&str; 2],
        channels: usize,
        device: &Device,
    ) -> Result<Self, PretrainedError> {
        Ok(Self(
            Affine::read(weights, names, channels, EPSILON)?.lay(device),
        ))
    }

    fn forward(&self, image: Tensor<4>) -> Tensor<4> {
        let [scale, shift] = self.0.clone();
        relu(image * scale + shift)
    }
}

struct Layer {
    first: Active,
    narrow: Convolution,
    wide: Convolution,
}

struct Block {
    layers: Vec<Layer>,
    /// Halves channels and sides; not after the last block.
    transition: Option<(Active, Convolution)>,
}

/// A DenseNet-121 of one or three channels.
pub(super) struct DenseNet {
    stem: Convolution,
    blocks: Vec<Block>,
    last: Active,
    channels: usize,
}

/// A window of this side over channels, with stride 1.
fn window(inputs: usize, outputs: usize, side: usize) -> Window {
    Window {
        inputs,
        outputs,
        side,
        stride: 1,
        depthwise: false,
    }
}

/// A layer's two names.
fn either([new, old]: &[String; 2]) -> [&str; 2] {
    [new, old]
}

impl Layer {
    fn read(
        weights: &Weights,
        name: &str,
        inputs: usize,
        device: &Device,
    ) -> Result<Self, PretrainedError> {
        // torchvision's first files say norm.1 where its models say norm1, and so on.
        let both = |part: &str| {
            let (kind, number) = part.split_at(4);
            [format!("{name}.{part}"), format!("{name}.{kind}.{number}")]
        };
        let [norm1, conv1, norm2, conv2] = ["norm1", "conv1", "norm2", "conv2"].map(both);
        let (narrow, wide) = (window(inputs, BETWEEN, 1), window(BETWEEN, GROWTH, 3));
        let after = Affine::read(weights, either(&norm2), BETWEEN, EPSILON)?;
        Ok(Self {
            first: Active::read(weights, either(&norm1), inputs, device)?,
            narrow: Convolution::read(weights, either(&conv1), narrow, Some(after), device)?,
            wide: Convolution::read(weights, either(&conv2), wide, None, device)?,
        })
    }

    fn forward(&self, image: Tensor<4>) -> Tensor<4> {
        let narrow = relu(self.narrow.forward(self.first.forward(image), (0, 0)));
        self.wide.forward(narrow, (1, 1))
    }
}

impl DenseNet {
    /// What it is called.
    pub const NAME: &'static str = "DenseNet-121";
    /// Channels of its last layer.
    pub const WIDTH: usize = 1024;

    /// Reads the layers `features.*`.
    pub fn read(weights: &Weights, file: &str, device: &Device) -> Result<Self, PretrainedError> {
        let other = |reason: String| PretrainedError::Description {
            file: file.to_owned(),
            reason,
        };
        // A larger DenseNet holds all that this one does in its third block, and more.
        let more = format!(
            "features.denseblock3.denselayer{}.norm1.weight",
            BLOCKS[2] + 1
        );
        let more_old = more.replace("norm1", "norm.1");
        if weights.shape(&more).is_some() || weights.shape(&more_old).is_some() {
            return Err(other(
                "this is a DenseNet of more than 121 layers, which is not computed here. Choose the weights of DenseNet-121.".into(),
            ));
        }
        let stem = "features.conv0.weight";
        let inputs = match weights.shape(stem).as_deref() {
            Some(&[_, inputs, _, _]) => inputs,
            _ => 3,
        };
        if inputs != 1 && inputs != 3 {
            return Err(other(format!(
                "it reads images of {inputs} channels, where a model of 1 (grey) or 3 (colour) is needed. Choose another DenseNet-121."
            )));
        }
        let name = ["features.norm0"; 2];
        let after = Affine::read(weights, name, FIRST, EPSILON)?;
        let name = ["features.conv0"; 2];
        let first = Window {
            stride: 2,
            ..window(inputs, FIRST, 7)
        };
        let stem = Convolution::read(weights, name, first, Some(after), device)?;
        let mut channels = FIRST;
        let mut blocks = vec![];
        for (block, &layers) in BLOCKS.iter().enumerate() {
            let mut read = vec![];
            for layer in 1..=layers {
                let name = format!("features.denseblock{}.denselayer{layer}", block + 1);
                read.push(Layer::read(weights, &name, channels, device)?);
                channels += GROWTH;
            }
            let transition = if block + 1 < BLOCKS.len() {
                let name = format!("features.transition{}", block + 1);
                let norm = format!("{name}.norm");
                let norm = Active::read(weights, [norm.as_str(); 2], channels, device)?;
                let convolution = format!("{name}.conv");
                let halved = window(channels, channels / 2, 1);
                let name = [convolution.as_str(); 2];
                let convolution = Convolution::read(weights, name, halved, None, device)?;
                channels /= 2;
                Some((norm, convolution))
            } else {
                None
            };
            blocks.push(Block {
                layers: read,
                transition,
            });
        }
        Ok(Self {
            stem,
            blocks,
            last: Active::read(weights, ["features.norm5"; 2], channels, device)?,
            channels: inputs,
        })
    }

    /// Channels that an image has.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// `[images, channels, 224, 224]` to `[images, 1024]`. `hear` is told of the share that is done.
    pub async fn forward(
        &self,
        pixels: Tensor<4>,
        hear: &mut impl AsyncFnMut(f64) -> Result<(), PretrainedError>,
    ) -> Result<Tensor<2>, PretrainedError> {
        let all: usize = BLOCKS.iter().sum::<usize>() + 1;
        let mut done = 0;
        let pooled = MaxPoolOptions::new([3, 3])
            .with_stride([2, 2])
            .with_padding([1, 1]);
        let mut image = max_pool2d(relu(self.stem.forward(pixels, (3, 3))), pooled);
        for block in &self.blocks {
            for layer in &block.layers {
                let added = layer.forward(image.clone());
                image = Tensor::cat(vec![image, added], 1);
                done += 1;
                hear(done as f64 / all as f64).await?;
            }
            if let Some((norm, convolution)) = &block.transition {
                // A convolution of single pixels and a mean can change places, and the mean leaves a quarter of the work.
                let halved = avg_pool2d(norm.forward(image), AvgPoolOptions::new([2, 2]));
                image = convolution.forward(halved, (0, 0));
            }
        }
        Ok(means(self.last.forward(image)))
    }
}
