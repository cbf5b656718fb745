//! Frozen encoders of images, and how grey pixels become what they were trained on.

use burn::tensor::{
    Device, Tensor,
    module::conv2d,
    ops::{ConvOptions, PadMode},
};
use image::imageops::{FilterType, resize};
use image::{ImageBuffer, Luma};

use super::densenet::DenseNet;
use super::efficientnet::EfficientNet;
use super::error::PretrainedError;
use super::weights::{Weights, lay};
use super::{Progress, Watch};
use crate::training::read;

/// Side of the images that both networks were trained on.
const SIDE: usize = 224;
/// Images that one pass reads.
const BATCH: usize = 4;
/// Mean and standard deviation of ImageNet's red, green and blue, from 0 to 1, as torchvision's models were trained with.
const IMAGENET: [(f32, f32); 3] = [(0.485, 0.229), (0.456, 0.224), (0.406, 0.225)];

/// How a grey value from 0 to 1 becomes a channel: `factor · grey + shift`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Channel {
    factor: f32,
    shift: f32,
}

impl Channel {
    /// Red, green and blue standardised by ImageNet's.
    pub fn imagenet() -> Vec<Self> {
        let channel = |(mean, deviation): (f32, f32)| Self {
            factor: 1.0 / deviation,
            shift: -mean / deviation,
        };
        IMAGENET.map(channel).to_vec()
    }

    /// One channel from -1024 to 1024 (`normalize` of torchxrayvision).
    pub fn x_ray() -> Vec<Self> {
        vec![Self {
            factor: 2048.0,
            shift: -1024.0,
        }]
    }

    /// Three channels of (value - 127) / 128, of values from 0 to 255 (`efficientnet_lite_builder.py` of tensorflow/tpu).
    pub fn edge() -> Vec<Self> {
        let channel = Self {
            factor: 255.0 / 128.0,
            shift: -127.0 / 128.0,
        };
        vec![channel; 3]
    }
}

/// Scale and shift that a batch normalisation (Ioffe and Szegedy 2015) is when it no longer learns:
/// `scale = weight / √(running_var + ε)`, `shift = bias - running_mean · scale`.
pub(super) struct Affine {
    scale: Vec<f32>,
    shift: Vec<f32>,
}

impl Affine {
    /// Reads the normalisation that the weights call `name`, or once called `old`.
    pub fn read(
        weights: &Weights,
        [name, old]: [&str; 2],
        channels: usize,
        epsilon: f32,
    ) -> Result<Self, PretrainedError> {
        let vector = |part: &str| {
            weights.either(
                &format!("{name}.{part}"),
                &format!("{old}.{part}"),
                &[channels],
            )
        };
        let (weight, bias) = (vector("weight")?, vector("bias")?);
        let (mean, variance) = (vector("running_mean")?, vector("running_var")?);
        let scale: Vec<f32> = weight
            .iter()
            .zip(&variance)
            .map(|(weight, variance)| weight / (variance.max(0.0) + epsilon).sqrt())
            .collect();
        let shift = bias
            .iter()
            .zip(mean.iter().zip(&scale))
            .map(|(bias, (mean, scale))| bias - mean * scale)
            .collect();
        Ok(Self { scale, shift })
    }

    /// Lays scale and shift on a device, `[1, channels, 1, 1]` each.
    pub fn lay(self, device: &Device) -> [Tensor<4>; 2] {
        let shape = [1, self.scale.len(), 1, 1];
        [self.scale, self.shift].map(|numbers| lay(numbers, shape, device))
    }
}

/// Sides and steps of a convolution's window, from channels to channels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    /// Channels it reads.
    pub inputs: usize,
    /// Channels it makes.
    pub outputs: usize,
    /// Side of the window.
    pub side: usize,
    /// Pixels from one window to the next.
    pub stride: usize,
    /// Whether each channel is read by itself.
    pub depthwise: bool,
}

/// A convolution, with the normalisation after it folded into it.
pub(super) struct Convolution {
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
    window: Window,
}

impl Convolution {
    /// Reads the convolution that the weights call `name`, or once called `old`.
    pub fn read(
        weights: &Weights,
        [name, old]: [&str; 2],
        window: Window,
        after: Option<Affine>,
        device: &Device,
    ) -> Result<Self, PretrainedError> {
        let reads = if window.depthwise { 1 } else { window.inputs };
        let shape = [window.outputs, reads, window.side, window.side];
        let mut numbers =
            weights.either(&format!("{name}.weight"), &format!("{old}.weight"), &shape)?;
        let bias = after.map(|after| {
            let filters = numbers.chunks_exact_mut(reads * window.side * window.side);
            for (filter, scale) in filters.zip(&after.scale) {
                filter.iter_mut().for_each(|number| *number *= scale);
            }
            lay(after.shift, [window.outputs], device)
        });
        Ok(Self {
            weight: lay(numbers, shape, device),
            bias,
            window,
        })
    }

    /// `[images, channels, height, width]` convolved, with this much padding before and after each row and column.
    pub fn forward(&self, image: Tensor<4>, (before, after): (usize, usize)) -> Tensor<4> {
        let window = self.window;
        let groups = if window.depthwise { window.inputs } else { 1 };
        // Uneven padding as a step of its own: kernels of the GPU know only even padding.
        let (image, padding) = if before == after {
            (image, before)
        } else {
            let padded = image.pad((before, after, before, after), PadMode::Constant(0.0));
            (padded, 0)
        };
        let options = ConvOptions::new([window.stride; 2], [padding; 2], [1, 1], groups);
        conv2d(image, self.weight.clone(), self.bias.clone(), options)
    }
}

/// The mean of each channel, `[images, channels, height, width]` to `[images, channels]`.
pub(super) fn means(image: Tensor<4>) -> Tensor<2> {
    let [images, channels, height, width] = image.dims();
    image
        .reshape([images, channels, height * width])
        .mean_dim(2)
        .reshape([images, channels])
}

/// One of the networks that are known.
#[allow(clippy::large_enum_variant, reason = "one of them exists")]
enum Network {
    DenseNet(DenseNet),
    EfficientNet(EfficientNet),
}

/// A frozen network for images.
pub struct ImageEncoder {
    network: Network,
    channels: Vec<Channel>,
    device: Device,
}

impl ImageEncoder {
    /// Recognises a network by its layers' names and lays it on a device.
    ///
    /// # Errors
    /// Where the file is damaged or holds another network.
    pub(super) fn read(
        (file, bytes): (&str, &[u8]),
        device: &Device,
    ) -> Result<Self, PretrainedError> {
        let mut weights = Weights::open(file, bytes)?;
        let (network, channels) = if weights.recognise("features.conv0.weight", DenseNet::NAME) {
            let network = DenseNet::read(&weights, file, device)?;
            let channels = match network.channels() {
                1 => Channel::x_ray(),
                _ => Channel::imagenet(),
            };
            (Network::DenseNet(network), channels)
        } else if weights.recognise("_conv_stem.weight", EfficientNet::NAME) {
            let network = EfficientNet::read(&weights, device)?;
            (Network::EfficientNet(network), Channel::edge())
        } else {
            return Err(PretrainedError::Files(format!(
                "\u{201c}{file}\u{201d} holds no model that is known here. Of images these are DenseNet-121 (with the layer names of torchvision or torchxrayvision) and EfficientNet-Lite0 (with those of efficientnet-lite-pytorch); a language model needs config.json and tokenizer.json beside its weights."
            )));
        };
        Ok(Self {
            network,
            channels,
            device: device.clone(),
        })
    }

    /// What the model is, for people.
    pub fn name(&self) -> String {
        match (&self.network, self.channels.len()) {
            (Network::DenseNet(_), 1) => format!("{} of X-ray images", DenseNet::NAME),
            (Network::DenseNet(_), _) => DenseNet::NAME.into(),
            (Network::EfficientNet(_), _) => EfficientNet::NAME.into(),
        }
    }

    /// Numbers in an image's vector.
    pub fn width(&self) -> usize {
        match self.network {
            Network::DenseNet(_) => DenseNet::WIDTH,
            Network::EfficientNet(_) => EfficientNet::WIDTH,
        }
    }

    /// One vector of [`Self::width`] numbers an image, in order: the means of the last layer's channels. Images are grey
    /// squares, each of its own side, of values from 0 to 255, row after row; they are made 224 × 224 (bilinear, and averaged where made
    /// smaller).
    /// `watch` hears of progress several times a batch, and ends the work by answering `false`.
    ///
    /// # Errors
    /// Where an image is no square, the device fails, the answer is not finite, or `watch` ended the work.
    pub async fn encode(
        &self,
        images: &[&[u8]],
        mut watch: impl Watch,
    ) -> Result<Vec<Vec<f32>>, PretrainedError> {
        for (place, image) in images.iter().enumerate() {
            if image.is_empty() || image.len().isqrt().pow(2) != image.len() {
                return Err(PretrainedError::Image {
                    place: place + 1,
                    found: image.len(),
                });
            }
        }
        let total = images.len();
        let mut vectors: Vec<Vec<f32>> = Vec::with_capacity(total);
        for batch in images.chunks(BATCH) {
            let done = vectors.len();
            let mut hear = async |share: f64| {
                let share = (done as f64 + share * batch.len() as f64) / total as f64;
                match watch.hear(Progress { done, total, share }).await {
                    true => Ok(()),
                    false => Err(PretrainedError::Stopped),
                }
            };
            let pixels = self.pixels(batch);
            let means = match &self.network {
                Network::DenseNet(network) => network.forward(pixels, &mut hear).await?,
                Network::EfficientNet(network) => network.forward(pixels, &mut hear).await?,
            };
            for vector in read(means).await?.chunks_exact(self.width()) {
                if !vector.iter().all(|number| number.is_finite()) {
                    return Err(PretrainedError::Answer { model: self.name() });
                }
                vectors.push(vector.to_vec());
            }
            let progress = Progress {
                done: vectors.len(),
                total,
                share: vectors.len() as f64 / total as f64,
            };
            if !watch.hear(progress).await {
                return Err(PretrainedError::Stopped);
            }
        }
        Ok(vectors)
    }

    /// What the network reads, `[images, channels, 224, 224]`.
    fn pixels(&self, images: &[&[u8]]) -> Tensor<4> {
        let channels = &self.channels;
        let mut numbers = Vec::with_capacity(images.len() * channels.len() * SIDE * SIDE);
        for image in images {
            let grey = resized(image);
            for channel in channels {
                let value = |grey: &f32| channel.factor * grey + channel.shift;
                numbers.extend(grey.iter().map(value));
            }
        }
        let shape = [images.len(), channels.len(), SIDE, SIDE];
        lay(numbers, shape, &self.device)
    }
}

/// Grey values from 0 to 1 of a square image made 224 × 224.
fn resized(image: &[u8]) -> Vec<f32> {
    let side = image.len().isqrt();
    let square = ImageBuffer::from_fn(side as u32, side as u32, |x, y| {
        Luma([f32::from(image[y as usize * side + x as usize]) / 255.0])
    });
    if side == SIDE {
        return square.into_raw();
    }
    resize(&square, SIDE as u32, SIDE as u32, FilterType::Triangle).into_raw()
}
