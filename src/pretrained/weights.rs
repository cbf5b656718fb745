//! Named weights of a `.safetensors` file, as 32-bit numbers.

use burn::tensor::{Device, Tensor, TensorData};
use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors};

use super::error::PretrainedError;

/// The weights of one `.safetensors` file, whose layers may all be named with a prefix (`bert.`, `module.`, …).
pub(super) struct Weights<'bytes> {
    tensors: SafeTensors<'bytes>,
    file: &'bytes str,
    model: String,
    prefix: String,
}

/// A side of any length.
pub(super) const ANY: usize = 0;

/// A shape in words: `3 × 4`.
fn words(shape: &[usize]) -> String {
    if shape.is_empty() {
        return "of a single number".into();
    }
    let side = |&side: &usize| match side {
        ANY => "any number".to_owned(),
        side => side.to_string(),
    };
    let sides: Vec<String> = shape.iter().map(side).collect();
    sides.join(" × ")
}

impl<'bytes> Weights<'bytes> {
    /// Reads a file's table of contents; the numbers stay where they are.
    ///
    /// # Errors
    /// Where the bytes are not a whole `.safetensors` file.
    pub fn open(file: &'bytes str, bytes: &'bytes [u8]) -> Result<Self, PretrainedError> {
        let tensors =
            SafeTensors::deserialize(bytes).map_err(|error| PretrainedError::Unreadable {
                file: file.to_owned(),
                reason: error.to_string(),
            })?;
        Ok(Self {
            tensors,
            file,
            model: "model".into(),
            prefix: String::new(),
        })
    }

    /// Whether some layer's name is `name` with or without a prefix; from then on that prefix stands before every name, and
    /// `model` is what errors call the model.
    pub fn recognise(&mut self, name: &str, model: &str) -> bool {
        // The shortest prefix, should a file hold two models, and not whichever a hash table gives first.
        let prefix = self
            .tensors
            .iter()
            .filter_map(|(full, _)| full.strip_suffix(name))
            .filter(|prefix| prefix.is_empty() || prefix.ends_with('.'))
            .min_by_key(|prefix| (prefix.len(), prefix.to_owned()))
            .map(str::to_owned);
        match prefix {
            Some(prefix) => {
                self.prefix = prefix;
                self.model = model.to_owned();
                true
            }
            None => false,
        }
    }

    /// The shape of a layer's weights, where there are any.
    pub fn shape(&self, name: &str) -> Option<Vec<usize>> {
        let view = self.tensors.tensor(&self.full(name)).ok()?;
        Some(view.shape().to_vec())
    }

    fn full(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// The numbers of the weights `name`, in row-major order. [`ANY`] in `shape` fits any length.
    ///
    /// # Errors
    /// Where they are missing, of another shape or type, or not finite.
    pub fn numbers(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, PretrainedError> {
        let tensor = self.full(name);
        let Ok(view) = self.tensors.tensor(&tensor) else {
            return Err(PretrainedError::Missing {
                file: self.file.to_owned(),
                model: self.model.clone(),
                tensor,
            });
        };
        let fits = view.shape().len() == shape.len()
            && view
                .shape()
                .iter()
                .zip(shape)
                .all(|(&found, &expected)| expected == ANY || found == expected);
        if !fits {
            return Err(PretrainedError::Shape {
                file: self.file.to_owned(),
                model: self.model.clone(),
                tensor,
                found: words(view.shape()),
                expected: words(shape),
            });
        }
        let bytes = view.data();
        let halves = || bytes.as_chunks::<2>().0.iter();
        let numbers: Vec<f32> = match view.dtype() {
            Dtype::F32 => {
                let words = bytes.as_chunks::<4>().0;
                words.iter().map(|&word| f32::from_le_bytes(word)).collect()
            }
            Dtype::F16 => halves().map(|&h| f16::from_le_bytes(h).to_f32()).collect(),
            Dtype::BF16 => halves().map(|&h| bf16::from_le_bytes(h).to_f32()).collect(),
            other => {
                return Err(PretrainedError::Type {
                    file: self.file.to_owned(),
                    tensor,
                    found: format!("{other:?}"),
                });
            }
        };
        if !numbers.iter().all(|number| number.is_finite()) {
            return Err(PretrainedError::NotFinite {
                file: self.file.to_owned(),
                tensor,
            });
        }
        Ok(numbers)
    }

    /// The numbers of the first of two names that is there; errors speak of the first.
    ///
    /// # Errors
    /// As [`Self::numbers`].
    pub fn either(
        &self,
        name: &str,
        old: &str,
        shape: &[usize],
    ) -> Result<Vec<f32>, PretrainedError> {
        let known = self.shape(name).is_some() || self.shape(old).is_none();
        self.numbers(if known { name } else { old }, shape)
    }
}

/// Lays numbers on a device.
pub(super) fn lay<const D: usize>(
    numbers: Vec<f32>,
    shape: [usize; D],
    device: &Device,
) -> Tensor<D> {
    Tensor::from_data(TensorData::new(numbers, shape), device)
}

/// A matrix's rows as columns: PyTorch keeps a linear layer as `[outputs, inputs]`, burn as `[inputs, outputs]`.
pub(super) fn transposed(matrix: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let mut turned = vec![0.0; matrix.len()];
    for (row, values) in matrix.chunks_exact(columns.max(1)).enumerate() {
        for (column, value) in values.iter().enumerate() {
            turned[column * rows + row] = *value;
        }
    }
    turned
}
