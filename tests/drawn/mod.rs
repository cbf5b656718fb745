//! Weights of a DenseNet-121 and images from formulas, the same as in tests/fixtures/pretrained.py, so that neither need be kept.

use safetensors::{Dtype, tensor::TensorView};

/// The finaliser of MurmurHash3: uniform in -1 to 1, as `scrambled` of tests/fixtures/pretrained.py.
fn scrambled(number: u32, seed: u32) -> f32 {
    let mut x = number.wrapping_mul(0x9E37_79B9).wrapping_add(seed);
    for (shift, factor) in [(16, 0x85EB_CA6B), (13, 0xC2B2_AE35)] {
        x = (x ^ (x >> shift)).wrapping_mul(factor);
    }
    x ^= x >> 16;
    (x >> 8) as f32 / (1 << 23) as f32 - 1.0
}

/// FNV-1a of a layer's name.
fn seed_of(name: &str) -> u32 {
    name.bytes().fold(0x811C_9DC5, |x, byte| {
        (x ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

/// Weights of a layer from its name, as `drawn` of tests/fixtures/pretrained.py.
fn drawn(name: &str, shape: &[usize]) -> Vec<f32> {
    let (scale, centre) = match (shape.len(), name.rsplit('.').next()) {
        (2.., _) => {
            let inputs: usize = shape[1..].iter().product();
            ((6.0 / inputs as f64).sqrt() as f32, 0.0)
        }
        (_, Some("weight")) => (0.3, 1.0),
        (_, Some("running_var")) => (0.5, 1.0),
        _ => (0.2, 0.0),
    };
    let seed = seed_of(name);
    (0..shape.iter().product::<usize>() as u32)
        .map(|place| scrambled(place, seed) * scale + centre)
        .collect()
}

/// A grey image of waves and noise, as `image` of tests/fixtures/pretrained.py.
pub fn image(side: usize, seed: usize) -> Vec<u8> {
    (0..side * side)
        .map(|place| {
            let (row, column) = (place / side, place % side);
            let ramp = (row * 3 * (seed + 1) + column * (7 - seed)) * 256 / side % 256;
            let noise = ((scrambled(place as u32, seed as u32) + 1.0) * 32.0).floor() as usize;
            (ramp * 3 / 4 + noise).min(255) as u8
        })
        .collect()
}

/// The names and shapes of a DenseNet's layers up to the last normalisation; `blocks` of 6, 12, 24 and 16 layers make DenseNet-121.
fn densenet_layers(channels: usize, blocks: [usize; 4]) -> Vec<(String, Vec<usize>)> {
    let mut layers = vec![];
    let norm = |layers: &mut Vec<(String, Vec<usize>)>, name: String, channels: usize| {
        for part in ["weight", "bias", "running_mean", "running_var"] {
            layers.push((format!("features.{name}.{part}"), vec![channels]));
        }
    };
    layers.push(("features.conv0.weight".into(), vec![64, channels, 7, 7]));
    norm(&mut layers, "norm0".into(), 64);
    let mut width = 64;
    for (block, count) in blocks.into_iter().enumerate() {
        for layer in 1..=count {
            let name = format!("denseblock{}.denselayer{layer}", block + 1);
            norm(&mut layers, format!("{name}.norm1"), width);
            layers.push((
                format!("features.{name}.conv1.weight"),
                vec![128, width, 1, 1],
            ));
            norm(&mut layers, format!("{name}.norm2"), 128);
            layers.push((format!("features.{name}.conv2.weight"), vec![32, 128, 3, 3]));
            width += 32;
        }
        if block < 3 {
            let name = format!("transition{}", block + 1);
            norm(&mut layers, format!("{name}.norm"), width);
            layers.push((
                format!("features.{name}.conv.weight"),
                vec![width / 2, width, 1, 1],
            ));
            width /= 2;
        }
    }
    norm(&mut layers, "norm5".into(), width);
    layers
}

/// A file of DenseNet weights from the formula.
pub fn densenet(channels: usize, rename: impl Fn(&str) -> String) -> Vec<u8> {
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> = densenet_layers(channels, [6, 12, 24, 16])
        .into_iter()
        .map(|(name, shape)| {
            let scale = if channels == 1 && name == "features.conv0.weight" {
                1024.0
            } else {
                1.0
            };
            let bytes = drawn(&name, &shape)
                .iter()
                .flat_map(|number| (number / scale).to_le_bytes())
                .collect();
            (rename(&name), shape, bytes)
        })
        .collect();
    let views = tensors.iter().map(|(name, shape, bytes)| {
        (
            name,
            TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap(),
        )
    });
    safetensors::serialize(views, None).unwrap()
}
