//! Frozen encoders that were trained elsewhere: a BERT for notes, DenseNet-121 or EfficientNet-Lite0 for images, read from files
//! that the user chooses. Each note or image is encoded once; what comes out is a vector like one from `import::embeddings`.

mod bert;
mod densenet;
mod efficientnet;
mod error;
mod image;
mod tokenizer;
mod weights;

pub use crate::session::protocol::Pooling;
pub use bert::TextEncoder;
pub use error::PretrainedError;
pub use image::ImageEncoder;

use burn::tensor::Device;

/// How far encoding is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Notes or images that are done.
    pub done: usize,
    /// Notes or images in all.
    pub total: usize,
    /// Share of the whole computation that is done, from 0 to 1: long notes take more of it.
    pub share: f64,
}

/// Who hears of progress, often enough to let messages in; any `async |progress| …` that answers whether to go on.
pub trait Watch {
    /// Hears how far it is, and answers whether to go on.
    fn hear(&mut self, progress: Progress) -> impl Future<Output = bool>;
}

impl<F: AsyncFnMut(Progress) -> bool> Watch for F {
    fn hear(&mut self, progress: Progress) -> impl Future<Output = bool> {
        self(progress)
    }
}

/// A frozen encoder.
#[allow(clippy::large_enum_variant, reason = "one or two of them exist")]
pub enum Encoder {
    /// Of notes.
    Text(TextEncoder),
    /// Of images.
    Image(ImageEncoder),
}

impl Encoder {
    /// What the model is, for people.
    pub fn name(&self) -> String {
        match self {
            Self::Text(encoder) => encoder.name(),
            Self::Image(encoder) => encoder.name(),
        }
    }

    /// Numbers in a vector.
    pub fn width(&self) -> usize {
        match self {
            Self::Text(encoder) => encoder.width(),
            Self::Image(encoder) => encoder.width(),
        }
    }
}

/// A path's last part.
fn base(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// The file of this name that lies highest, since a model's folder holds other files of the name further down.
fn named<'a, B>(files: &[(&'a str, B)], fits: impl Fn(&str) -> bool) -> Option<(&'a str, B)>
where
    B: Copy,
{
    files
        .iter()
        .filter(|(path, _)| fits(&base(path).to_ascii_lowercase()))
        .min_by_key(|(path, _)| path.matches(['/', '\\']).count())
        .copied()
}

/// Recognises a model by its files and lays it on a device: `config.json`, `tokenizer.json` and a `.safetensors` file are a BERT,
/// a `.safetensors` file alone is a network for images. Other files beside them are not read. The bytes can be dropped afterwards.
///
/// # Errors
/// Where files are missing, damaged, or those of a model that is not known; in words that say what to do.
pub fn open(files: &[(&str, &[u8])], device: &Device) -> Result<Encoder, PretrainedError> {
    let weights: Vec<&(&str, &[u8])> = files
        .iter()
        .filter(|(path, _)| base(path).to_ascii_lowercase().ends_with(".safetensors"))
        .collect();
    let weights = match weights.as_slice() {
        [one] => **one,
        [] => return Err(PretrainedError::Files(no_weights(files))),
        [first, second, ..] => {
            return Err(PretrainedError::Files(format!(
                "There are {} weights files (\u{201c}{}\u{201d}, \u{201c}{}\u{201d}, …), and a model is read from one. Choose one of them, or the model's single-file version.",
                weights.len(),
                base(first.0),
                base(second.0)
            )));
        }
    };
    let config = named(files, |name| name == "config.json");
    let tokenizer = named(files, |name| name == "tokenizer.json");
    match (config, tokenizer) {
        (Some(config), Some(tokenizer)) => {
            TextEncoder::read(config, tokenizer, weights, device).map(Encoder::Text)
        }
        (None, None) => ImageEncoder::read(weights, device).map(Encoder::Image),
        (config, _) => {
            let missing = match config {
                Some(_) => "tokenizer.json",
                None => "config.json",
            };
            Err(PretrainedError::Files(format!(
                "A language model is three files: config.json, tokenizer.json and model.safetensors. \u{201c}{missing}\u{201d} is missing: choose it as well."
            )))
        }
    }
}

/// Why no weights were found, in a sentence.
fn no_weights(files: &[(&str, &[u8])]) -> String {
    const OTHERS: [&str; 7] = [".bin", ".pth", ".pt", ".ckpt", ".onnx", ".h5", ".msgpack"];
    let other = named(files, |name| {
        OTHERS.iter().any(|ending| name.ends_with(ending))
    });
    match other {
        Some((path, _)) => format!(
            "\u{201c}{}\u{201d} is in a format that is not read here. Choose the model's .safetensors file, or convert it as docs/pretrained.md says.",
            base(path)
        ),
        None => "There are no weights among these files. A language model is config.json, tokenizer.json and model.safetensors; an image model is one .safetensors file.".into(),
    }
}
