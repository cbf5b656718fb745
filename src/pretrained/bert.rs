//! BERT (Devlin et al. 2019): a transformer over the subwords of a note, frozen.

use burn::tensor::{
    Device, Tensor,
    activation::{gelu, softmax},
    module::{layer_norm, linear},
};
use serde::Deserialize;

use super::error::PretrainedError;
use super::tokenizer::Tokenizer;
use super::weights::{ANY, Weights, lay, transposed};
use super::{Pooling, Progress, Watch};
use crate::training::read;

/// Subwords that one pass reads at most, padding included: enough for products of matrices to be fast, few enough to stop soon.
const MOST_TOKENS: usize = 1024;
/// Windows that one pass reads at most.
const MOST_WINDOWS: usize = 32;
/// Added to the score of padding before the softmax, so that nothing attends to it.
const UNSEEN: f32 = -1e9;

#[derive(Deserialize)]
struct Config {
    #[serde(default)]
    model_type: Option<String>,
    hidden_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    intermediate_size: usize,
    max_position_embeddings: usize,
    #[serde(default = "two")]
    type_vocab_size: usize,
    #[serde(default = "epsilon")]
    layer_norm_eps: f64,
    #[serde(default = "gelu_name")]
    hidden_act: String,
    #[serde(default)]
    position_embedding_type: Option<String>,
}

fn two() -> usize {
    2
}

fn epsilon() -> f64 {
    1e-12
}

fn gelu_name() -> String {
    "gelu".into()
}

impl Config {
    fn read(file: &str, bytes: &[u8]) -> Result<Self, PretrainedError> {
        let wrong = |reason: String| PretrainedError::Description {
            file: file.to_owned(),
            reason,
        };
        let config: Self = serde_json::from_slice(bytes).map_err(|error| {
            wrong(format!(
                "this is not the description of a BERT ({error}). Choose the config.json that came with the weights."
            ))
        })?;
        if let Some(kind) = config.model_type.as_deref().filter(|&kind| kind != "bert") {
            return Err(wrong(format!(
                "this is a model of the kind \u{201c}{kind}\u{201d}. Only BERT can be read; choose a model whose model_type is \u{201c}bert\u{201d}."
            )));
        }
        if config.hidden_act != "gelu" {
            return Err(wrong(format!(
                "hidden_act is \u{201c}{}\u{201d}, where only \u{201c}gelu\u{201d} is computed. Choose another BERT.",
                config.hidden_act
            )));
        }
        let position = config
            .position_embedding_type
            .as_deref()
            .unwrap_or("absolute");
        if position != "absolute" {
            return Err(wrong(format!(
                "position_embedding_type is \u{201c}{position}\u{201d}, where only \u{201c}absolute\u{201d} is computed. Choose another BERT."
            )));
        }
        let heads = config.num_attention_heads;
        let possible = config.hidden_size > 0
            && heads > 0
            && config.hidden_size.is_multiple_of(heads)
            && config.intermediate_size > 0
            && config.type_vocab_size > 0
            && config.max_position_embeddings > AROUND
            && config.layer_norm_eps.is_finite()
            && config.layer_norm_eps >= 0.0;
        if !possible {
            return Err(wrong(
                "its sizes describe no model that can exist (hidden_size must be a multiple of num_attention_heads, and no size may be 0). Download it again.".into(),
            ));
        }
        Ok(config)
    }
}

/// Subwords that stand around a window: `[CLS]` and `[SEP]`.
const AROUND: usize = 2;

struct Dense {
    weight: Tensor<2>,
    bias: Tensor<1>,
}

impl Dense {
    /// Linear layers that read the same input, side by side as one.
    fn read(
        weights: &Weights,
        names: &[&str],
        inputs: usize,
        outputs: usize,
        device: &Device,
    ) -> Result<Self, PretrainedError> {
        let (mut matrix, mut bias) = (vec![], vec![]);
        for name in names {
            matrix.extend(weights.numbers(&format!("{name}.weight"), &[outputs, inputs])?);
            bias.extend(weights.numbers(&format!("{name}.bias"), &[outputs])?);
        }
        let outputs = bias.len();
        Ok(Self {
            weight: lay(
                transposed(&matrix, outputs, inputs),
                [inputs, outputs],
                device,
            ),
            bias: lay(bias, [outputs], device),
        })
    }

    fn forward(&self, rows: Tensor<2>) -> Tensor<2> {
        linear(rows, self.weight.clone(), Some(self.bias.clone()))
    }
}

struct Norm {
    scale: Tensor<1>,
    shift: Tensor<1>,
    epsilon: f64,
}

impl Norm {
    fn read(
        weights: &Weights,
        name: &str,
        config: &Config,
        device: &Device,
    ) -> Result<Self, PretrainedError> {
        let width = config.hidden_size;
        // Files converted from TensorFlow name the two as the paper does.
        let vector = |new: &str, old: &str| {
            weights.either(&format!("{name}.{new}"), &format!("{name}.{old}"), &[width])
        };
        Ok(Self {
            scale: lay(vector("weight", "gamma")?, [width], device),
            shift: lay(vector("bias", "beta")?, [width], device),
            epsilon: config.layer_norm_eps,
        })
    }

    fn forward(&self, rows: Tensor<2>) -> Tensor<2> {
        let shift = Some(self.shift.clone());
        layer_norm(rows, self.scale.clone(), shift, self.epsilon)
    }
}

struct Layer {
    read: Dense,
    mix: Dense,
    mix_norm: Norm,
    widen: Dense,
    narrow: Dense,
    narrow_norm: Norm,
}

impl Layer {
    fn read(
        weights: &Weights,
        place: usize,
        config: &Config,
        device: &Device,
    ) -> Result<Self, PretrainedError> {
        let name = |part: &str| format!("encoder.layer.{place}.{part}");
        let (width, wide) = (config.hidden_size, config.intermediate_size);
        let dense = |part: &str, inputs: usize, outputs: usize| {
            Dense::read(weights, &[&name(part)], inputs, outputs, device)
        };
        let reads = ["query", "key", "value"].map(|part| name(&format!("attention.self.{part}")));
        Ok(Self {
            read: Dense::read(
                weights,
                &reads.each_ref().map(String::as_str),
                width,
                width,
                device,
            )?,
            mix: dense("attention.output.dense", width, width)?,
            mix_norm: Norm::read(weights, &name("attention.output.LayerNorm"), config, device)?,
            widen: dense("intermediate.dense", width, wide)?,
            narrow: dense("output.dense", wide, width)?,
            narrow_norm: Norm::read(weights, &name("output.LayerNorm"), config, device)?,
        })
    }

    /// `[batch · length, width]` to the same: attention (Vaswani et al. 2017, equation 1), then two linear layers, each
    /// added and normalised. `unseen` is added to the scores, `[batch, 1, 1, length]`.
    fn forward(
        &self,
        rows: Tensor<2>,
        unseen: Option<Tensor<4>>,
        heads: usize,
        length: usize,
    ) -> Tensor<2> {
        let [all, width] = rows.dims();
        let (batch, head) = (all / length, width / heads);
        let read = self.read.forward(rows.clone());
        let part = |place: usize| {
            read.clone()
                .slice([0..all, place * width..(place + 1) * width])
                .reshape([batch, length, heads, head])
                .swap_dims(1, 2)
        };
        let query = part(0).mul_scalar((head as f64).powf(-0.5));
        let scores = query.matmul(part(1).swap_dims(2, 3));
        let scores = match unseen {
            Some(unseen) => scores + unseen,
            None => scores,
        };
        let mixed = softmax(scores, 3)
            .matmul(part(2))
            .swap_dims(1, 2)
            .reshape([all, width]);
        let rows = self.mix_norm.forward(rows + self.mix.forward(mixed));
        let change = self.narrow.forward(gelu(self.widen.forward(rows.clone())));
        self.narrow_norm.forward(rows + change)
    }
}

/// A frozen BERT.
pub struct TextEncoder {
    tokenizer: Tokenizer,
    /// What each subword starts as, on the host: only a note's own rows go to the device.
    words: Vec<f32>,
    /// What is added to a subword by its place (and for belonging to the first text).
    places: Vec<f32>,
    norm: Norm,
    layers: Vec<Layer>,
    heads: usize,
    width: usize,
    longest: usize,
    device: Device,
}

/// A part of a note that is read at once.
struct Window {
    note: usize,
    tokens: Vec<u32>,
}

/// Numbers cut into the fewest windows of at most `most`, as equal as can be; one empty window of none.
fn windows(numbers: &[u32], most: usize) -> Vec<&[u32]> {
    if numbers.is_empty() {
        return vec![&[]];
    }
    let parts = numbers.len().div_ceil(most);
    let place = |part: usize| part * numbers.len() / parts;
    (0..parts)
        .map(|part| &numbers[place(part)..place(part + 1)])
        .collect()
}

impl TextEncoder {
    /// Lays a BERT on a device.
    ///
    /// # Errors
    /// Where a file is damaged or describes another model, or where the three do not belong together.
    pub(super) fn read(
        config: (&str, &[u8]),
        tokenizer: (&str, &[u8]),
        weights: (&str, &[u8]),
        device: &Device,
    ) -> Result<Self, PretrainedError> {
        let (config_file, (tokenizer_file, tokenizer)) = (config.0, tokenizer);
        let config = Config::read(config_file, config.1)?;
        let tokenizer = Tokenizer::read(tokenizer_file, tokenizer)?;
        let mut file = Weights::open(weights.0, weights.1)?;
        if !file.recognise("embeddings.word_embeddings.weight", "BERT") {
            return Err(PretrainedError::Files(format!(
                "\u{201c}{}\u{201d} holds no BERT: it has no layer \u{201c}embeddings.word_embeddings\u{201d}. Choose the model.safetensors that came with {config_file}.",
                weights.0
            )));
        }
        let width = config.hidden_size;
        let words = file.numbers("embeddings.word_embeddings.weight", &[ANY, width])?;
        let rows = words.len() / width;
        if tokenizer.largest as usize >= rows {
            return Err(PretrainedError::Files(format!(
                "The vocabulary of \u{201c}{tokenizer_file}\u{201d} numbers its pieces up to {}, but \u{201c}{}\u{201d} has weights for {rows}. Choose all three files from one folder.",
                tokenizer.largest, weights.0
            )));
        }
        let longest = config.max_position_embeddings;
        let mut places =
            file.numbers("embeddings.position_embeddings.weight", &[longest, width])?;
        let types = file.numbers(
            "embeddings.token_type_embeddings.weight",
            &[config.type_vocab_size, width],
        )?;
        for place in places.chunks_exact_mut(width) {
            for (number, first) in place.iter_mut().zip(&types) {
                *number += first;
            }
        }
        let layers: Result<Vec<Layer>, PretrainedError> = (0..config.num_hidden_layers)
            .map(|place| Layer::read(&file, place, &config, device))
            .collect();
        Ok(Self {
            tokenizer,
            words,
            places,
            norm: Norm::read(&file, "embeddings.LayerNorm", &config, device)?,
            layers: layers?,
            heads: config.num_attention_heads,
            width,
            longest,
            device: device.clone(),
        })
    }

    /// What the model is, for people: `BERT of 6 layers`.
    pub fn name(&self) -> String {
        format!("BERT of {} layers", self.layers.len())
    }

    /// Numbers in a note's vector.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Subwords that the model reads at once at most, two of which stand around the note.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// The numbers of a note's subwords, with those that stand around it.
    pub fn tokens(&self, note: &str) -> Vec<u32> {
        self.around(&self.tokenizer.cut(note))
    }

    fn around(&self, numbers: &[u32]) -> Vec<u32> {
        let mut tokens = Vec::with_capacity(numbers.len() + AROUND);
        tokens.push(self.tokenizer.begin);
        tokens.extend(numbers);
        tokens.push(self.tokenizer.end);
        tokens
    }

    /// One vector of [`Self::width`] numbers a note, in order, not scaled to length 1. A note longer than the model reads is cut
    /// into windows of equal length, whose vectors are averaged: for [`Pooling::Mean`] weighted by their subwords, which is the
    /// mean over all of them. `watch` hears of progress after every layer of every batch, and ends the work by answering `false`.
    ///
    /// # Errors
    /// Where the device fails, the answer is not finite, or `watch` ended the work.
    pub async fn encode(
        &self,
        notes: &[&str],
        pooling: Pooling,
        mut watch: impl Watch,
    ) -> Result<Vec<Vec<f32>>, PretrainedError> {
        let mut parts: Vec<Window> = vec![];
        let mut open: Vec<usize> = vec![0; notes.len()];
        for (note, text) in notes.iter().enumerate() {
            for window in windows(&self.tokenizer.cut(text), self.longest - AROUND) {
                open[note] += 1;
                parts.push(Window {
                    note,
                    tokens: self.around(window),
                });
            }
        }
        // Neighbours are of like length, so that little is padding; the longest first, so that progress only gets faster.
        parts.sort_by_key(|window| std::cmp::Reverse(window.tokens.len()));
        let all: usize = parts.iter().map(|window| window.tokens.len()).sum();
        let (mut seen, mut done) = (0, 0);
        let mut sums: Vec<Vec<f32>> = vec![vec![]; notes.len()];
        let mut shares: Vec<f32> = vec![0.0; notes.len()];
        let mut rest = parts.as_slice();
        while let Some(first) = rest.first() {
            let length = first.tokens.len();
            let size = (MOST_TOKENS / length).clamp(1, MOST_WINDOWS);
            let (batch, after) = rest.split_at(size.min(rest.len()));
            rest = after;
            let tokens: usize = batch.iter().map(|window| window.tokens.len()).sum();
            let told = |layers: usize| Progress {
                done,
                total: notes.len(),
                share: (seen as f64 + (tokens * layers) as f64 / (self.layers.len() + 1) as f64)
                    / all as f64,
            };
            let mut rows = self.norm.forward(self.start(batch, length));
            let unseen = self.unseen(batch, length);
            for (place, layer) in self.layers.iter().enumerate() {
                rows = layer.forward(rows, unseen.clone(), self.heads, length);
                if !watch.hear(told(place + 1)).await {
                    return Err(PretrainedError::Stopped);
                }
            }
            let vectors = read(self.pool(rows, batch, length, pooling)).await?;
            for (window, vector) in batch.iter().zip(vectors.chunks_exact(self.width)) {
                if !vector.iter().all(|number| number.is_finite()) {
                    return Err(PretrainedError::Answer { model: self.name() });
                }
                let share = match pooling {
                    Pooling::Mean => window.tokens.len() as f32,
                    Pooling::First => 1.0,
                };
                let sum = &mut sums[window.note];
                sum.resize(self.width, 0.0);
                for (sum, number) in sum.iter_mut().zip(vector) {
                    *sum += share * number;
                }
                shares[window.note] += share;
                open[window.note] -= 1;
                if open[window.note] == 0 {
                    done += 1;
                    let share = shares[window.note];
                    sums[window.note]
                        .iter_mut()
                        .for_each(|number| *number /= share);
                }
            }
            seen += tokens;
            let progress = Progress {
                done,
                total: notes.len(),
                share: seen as f64 / all as f64,
            };
            if !watch.hear(progress).await {
                return Err(PretrainedError::Stopped);
            }
        }
        Ok(sums)
    }

    /// What the subwords of a batch start as, `[batch · length, width]`: word, place and type added.
    fn start(&self, batch: &[Window], length: usize) -> Tensor<2> {
        let width = self.width;
        let mut rows = Vec::with_capacity(batch.len() * length * width);
        for window in batch {
            let padded = window
                .tokens
                .iter()
                .copied()
                .chain(std::iter::repeat(self.tokenizer.fill))
                .take(length);
            for (token, place) in padded.zip(self.places.chunks_exact(width)) {
                let from = token as usize * width;
                let word = &self.words[from..from + width];
                rows.extend(word.iter().zip(place).map(|(word, place)| word + place));
            }
        }
        lay(rows, [batch.len() * length, width], &self.device)
    }

    /// What hides padding from attention, `[batch, 1, 1, length]`; nothing where there is none.
    fn unseen(&self, batch: &[Window], length: usize) -> Option<Tensor<4>> {
        if batch.iter().all(|window| window.tokens.len() == length) {
            return None;
        }
        let hidden = batch.iter().flat_map(|window| {
            let seen = window.tokens.len();
            (0..length).map(move |place| if place < seen { 0.0 } else { UNSEEN })
        });
        let shape = [batch.len(), 1, 1, length];
        Some(lay(hidden.collect(), shape, &self.device))
    }

    /// The windows' vectors, `[batch, width]`, as a product with each subword's share.
    fn pool(
        &self,
        rows: Tensor<2>,
        batch: &[Window],
        length: usize,
        pooling: Pooling,
    ) -> Tensor<2> {
        let share = batch.iter().flat_map(|window| {
            let seen = match pooling {
                Pooling::Mean => window.tokens.len(),
                Pooling::First => 1,
            };
            (0..length).map(move |place| if place < seen { 1.0 / seen as f32 } else { 0.0 })
        });
        let share = lay(share.collect(), [batch.len(), 1, length], &self.device);
        share
            .matmul(rows.reshape([batch.len(), length, self.width]))
            .reshape([batch.len(), self.width])
    }
}

#[cfg(test)]
mod tests {
    use super::windows;

    #[test]
    fn long_notes_are_cut_evenly() {
        let numbers: Vec<u32> = (0..1021).collect();
        let parts = windows(&numbers, 510);
        let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
        assert_eq!(lengths, [340, 340, 341]);
        assert_eq!(parts.concat(), numbers);
        assert_eq!(windows(&numbers[..510], 510).len(), 1);
        assert_eq!(windows(&[], 510), [&[0u32; 0]]);
    }
}
