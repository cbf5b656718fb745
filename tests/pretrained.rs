//! The frozen encoders against the libraries that their weights come from (`tests/fixtures/pretrained.py`).
#![allow(clippy::unwrap_used, clippy::panic)]
#![cfg(not(target_arch = "wasm32"))]

#[path = "drawn/mod.rs"]
mod drawn;
#[path = "native/mod.rs"]
mod native;

use std::collections::HashMap;
use std::path::PathBuf;

use burn::tensor::Device;
use drawn::{densenet, image};
use half::{bf16, f16};
use m3h_studio::pretrained::{
    Encoder, ImageEncoder, Pooling, PretrainedError, Progress, TextEncoder, open,
};
use native::run;
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::Deserialize;

/// What the project asks of every number.
const BAR: f64 = 1e-3;

fn fixture(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/pretrained");
    std::fs::read(folder.join(name)).unwrap()
}

/// A file of the real weights; `None`, said, where nobody fetched them. `./test` fetches them and says where, and then they must be there.
fn fetched(name: &str) -> Option<Vec<u8>> {
    let told = std::env::var("M3H_PRETRAINED").ok();
    let must = told.is_some();
    let folder = told.map_or_else(
        || PathBuf::from(std::env::var("HOME").unwrap()).join(".cache/m3h-studio/pretrained"),
        PathBuf::from,
    );
    match std::fs::read(folder.join(name)) {
        Ok(bytes) => Some(bytes),
        Err(error) if must => panic!("{}: {error}", folder.join(name).display()),
        Err(_) => {
            println!("skipped: {name} is not there; ./test native fetches it");
            None
        }
    }
}

#[derive(Deserialize)]
struct Note {
    text: Option<String>,
    ids: Option<Vec<u32>>,
    mean: Vec<f64>,
    first: Vec<f64>,
    first_norm: Option<f64>,
}

fn text_encoder(files: &[(&str, &[u8])]) -> TextEncoder {
    match open(files, &Device::flex()) {
        Ok(Encoder::Text(encoder)) => encoder,
        Ok(_) => panic!("not a BERT"),
        Err(error) => panic!("{error}"),
    }
}

/// The largest difference of two vectors, of which the second may be longer.
fn difference(expected: &[f64], found: &[f32]) -> f64 {
    assert!(expected.len() <= found.len() && !expected.is_empty());
    expected
        .iter()
        .zip(found)
        .map(|(expected, found)| (expected - f64::from(*found)).abs())
        .fold(0.0, f64::max)
}

fn norm(vector: &[f32]) -> f64 {
    let squares: f64 = vector.iter().map(|number| f64::from(*number).powi(2)).sum();
    squares.sqrt()
}

fn tiny() -> [(&'static str, Vec<u8>); 3] {
    ["config.json", "tokenizer.json", "model.safetensors"]
        .map(|name| (name, fixture(&format!("tiny/{name}"))))
}

fn borrowed<'a>(files: &'a [(&'static str, Vec<u8>)]) -> Vec<(&'a str, &'a [u8])> {
    files
        .iter()
        .map(|(name, bytes)| (*name, bytes.as_slice()))
        .collect()
}

/// Encodes both ways, checks every note, and returns the largest difference.
fn compare(encoder: &TextEncoder, notes: &[Note]) -> f64 {
    let texts: Vec<&str> = notes
        .iter()
        .map(|note| note.text.as_deref().unwrap())
        .collect();
    let mean = run(encoder.encode(&texts, Pooling::Mean, async |_: Progress| true)).unwrap();
    let first = run(encoder.encode(&texts, Pooling::First, async |_: Progress| true)).unwrap();
    let mut largest: f64 = 0.0;
    for (place, note) in notes.iter().enumerate() {
        if let Some(ids) = &note.ids {
            assert_eq!(&encoder.tokens(texts[place]), ids, "{}", texts[place]);
        }
        assert_eq!(mean[place].len(), encoder.width());
        assert_eq!(note.mean.len(), encoder.width());
        largest = largest
            .max(difference(&note.mean, &mean[place]))
            .max(difference(&note.first, &first[place]));
        if let Some(length) = note.first_norm {
            largest = largest.max((norm(&first[place]) - length).abs());
        }
    }
    largest
}

#[test]
fn a_small_bert_agrees_with_transformers() {
    let files = tiny();
    let encoder = text_encoder(&borrowed(&files));
    assert_eq!(
        (encoder.name().as_str(), encoder.width()),
        ("BERT of 2 layers", 16)
    );
    let notes: Vec<Note> = serde_json::from_slice(&fixture("tiny/expected.json")).unwrap();
    // Notes of many lengths, of which the last fills several windows, the third is empty.
    assert!(
        notes
            .iter()
            .any(|note| note.ids.as_ref().unwrap().len() > 2 * encoder.longest())
    );
    let largest = compare(&encoder, &notes);
    println!("BERT of 2 layers and 16-bit weights: largest difference {largest:.1e}");
    assert!(largest < 1e-5, "{largest}");
}

#[test]
fn minilm_agrees_with_transformers() {
    let names = ["config.json", "tokenizer.json", "model.safetensors"];
    let Some(bytes) = names
        .iter()
        .map(|name| fetched(&format!("minilm/{name}")))
        .collect::<Option<Vec<_>>>()
    else {
        return;
    };
    let files: Vec<(&str, Vec<u8>)> = names.into_iter().zip(bytes).collect();
    let encoder = text_encoder(&borrowed(&files));
    let mut notes: Vec<Note> = serde_json::from_slice(&fixture("minilm.json")).unwrap();
    assert_eq!(notes.len(), 11);
    // The last note is the ten sentences five times over, and fills more than one window.
    let sentences: Vec<String> = notes.iter().filter_map(|note| note.text.clone()).collect();
    let long = [sentences.join(" ").as_str(); 5].join(" ");
    assert!(encoder.tokens(&long).len() > encoder.longest());
    notes[10].text = Some(long);
    let largest = compare(&encoder, &notes);
    println!("MiniLM, ten clinical sentences and a long note: largest difference {largest:.1e}");
    assert!(largest < BAR, "{largest}");
}

#[test]
fn progress_is_heard_and_work_is_stopped() {
    let files = tiny();
    let encoder = text_encoder(&borrowed(&files));
    let notes: Vec<String> = (0..100).map(|place| "cough ".repeat(place % 20)).collect();
    let notes: Vec<&str> = notes.iter().map(String::as_str).collect();
    let mut heard: Vec<Progress> = vec![];
    run(
        encoder.encode(&notes, Pooling::Mean, async |progress: Progress| {
            heard.push(progress);
            true
        }),
    )
    .unwrap();
    assert!(heard.len() > 10);
    assert!(heard.is_sorted_by(|a, b| a.share <= b.share && a.done <= b.done));
    let last = heard.last().unwrap();
    assert_eq!((last.done, last.total, last.share), (100, 100, 1.0));
    let mut calls = 0;
    let stopped = run(encoder.encode(&notes, Pooling::Mean, async |_: Progress| {
        calls += 1;
        calls < 3
    }));
    assert_eq!((stopped, calls), (Err(PretrainedError::Stopped), 3));
    let none = run(encoder.encode(&[], Pooling::Mean, async |_: Progress| true));
    assert_eq!(none, Ok(vec![]));
}

/// The tensors of a file, which `change` may change.
type Tensors = HashMap<String, (Dtype, Vec<usize>, Vec<u8>)>;

fn rewritten(bytes: &[u8], change: impl FnOnce(&mut Tensors)) -> Vec<u8> {
    let file = SafeTensors::deserialize(bytes).unwrap();
    let mut tensors: Tensors = file
        .iter()
        .map(|(name, view)| {
            (
                name.to_owned(),
                (view.dtype(), view.shape().to_vec(), view.data().to_vec()),
            )
        })
        .collect();
    change(&mut tensors);
    let views = tensors.iter().map(|(name, (dtype, shape, data))| {
        (name, TensorView::new(*dtype, shape.clone(), data).unwrap())
    });
    safetensors::serialize(views, None).unwrap()
}

/// All numbers of 16 bits as another type, without the prefix of their names.
fn converted(bytes: &[u8], dtype: Dtype, number: impl Fn(f32) -> Vec<u8>) -> Vec<u8> {
    rewritten(bytes, |tensors| {
        *tensors = tensors
            .drain()
            .map(|(name, (_, shape, data))| {
                let data = data.as_chunks::<2>().0.iter();
                let data = data
                    .flat_map(|&half| number(f16::from_le_bytes(half).to_f32()))
                    .collect();
                (name.replace("bert.", ""), (dtype, shape, data))
            })
            .collect();
    })
}

#[test]
fn weights_of_16_and_32_bits_are_read_alike() {
    let mut files = tiny();
    let notes = ["denies chest pain", "fever"];
    let encode = |files: &[(&'static str, Vec<u8>)]| {
        run(text_encoder(&borrowed(files)).encode(&notes, Pooling::Mean, async |_: Progress| true))
            .unwrap()
    };
    let half = encode(&files);
    let original = files[2].1.clone();
    files[2].1 = converted(&original, Dtype::F32, |number| {
        number.to_le_bytes().to_vec()
    });
    assert_eq!(encode(&files), half);
    files[2].1 = converted(&original, Dtype::BF16, |number| {
        bf16::from_f32(number).to_le_bytes().to_vec()
    });
    let brain = encode(&files);
    assert_ne!(brain, half);
    files[2].1 = converted(&original, Dtype::F32, |number| {
        bf16::from_f32(number).to_f32().to_le_bytes().to_vec()
    });
    assert_eq!(encode(&files), brain);
    // As files converted from TensorFlow name the normalisations.
    files[2].1 = rewritten(&original, |tensors| {
        *tensors = tensors
            .drain()
            .map(|(name, tensor)| {
                let old = name
                    .replace("LayerNorm.weight", "LayerNorm.gamma")
                    .replace("LayerNorm.bias", "LayerNorm.beta");
                (old, tensor)
            })
            .collect();
    });
    assert_eq!(encode(&files), half);
}

/// Why files are refused.
fn refusal(files: &[(&str, &[u8])]) -> String {
    match open(files, &Device::flex()) {
        Ok(encoder) => panic!("{} was read", encoder.name()),
        Err(error) => error.to_string(),
    }
}

#[test]
fn other_files_are_refused_in_a_sentence() {
    let files = tiny();
    let [config, tokenizer, weights] = files.each_ref().map(|(_, bytes)| bytes.as_slice());
    let with = |config: &[u8], tokenizer: &[u8], weights: &[u8]| {
        refusal(&[
            ("model/config.json", config),
            ("model/tokenizer.json", tokenizer),
            ("model/model.safetensors", weights),
        ])
    };
    let changed = |bytes: &[u8], from: &str, to: &str| {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1).into_bytes()
    };
    let layer = "bert.encoder.layer.1.output.dense.weight";
    let config_with = |from: &str, to: &str| with(&changed(config, from, to), tokenizer, weights);
    let tokenizer_with =
        |from: &str, to: &str| with(config, &changed(tokenizer, from, to), weights);
    let weights_with =
        |change: &dyn Fn(&mut Tensors)| with(config, tokenizer, &rewritten(weights, change));
    for (told, expected) in [
        (refusal(&[]), "no weights among these files"),
        (
            refusal(&[("a/pytorch_model.bin", b"")]),
            "pytorch_model.bin\u{201d} is in a format that is not read",
        ),
        (
            refusal(&[("a.safetensors", weights), ("b.safetensors", weights)]),
            "There are 2 weights files",
        ),
        (
            refusal(&[("config.json", config), ("model.safetensors", weights)]),
            "tokenizer.json\u{201d} is missing",
        ),
        (
            refusal(&[
                ("tokenizer.json", tokenizer),
                ("model.safetensors", weights),
            ]),
            "config.json\u{201d} is missing",
        ),
        (
            with(b"{", tokenizer, weights),
            "not the description of a BERT",
        ),
        (
            with(b"{\"hidden_size\": -1}", tokenizer, weights),
            "not the description of a BERT",
        ),
        (
            config_with("\"bert\"", "\"roberta\""),
            "of the kind \u{201c}roberta\u{201d}",
        ),
        (
            config_with("\"gelu\"", "\"silu\""),
            "hidden_act is \u{201c}silu\u{201d}",
        ),
        (
            config_with("\"num_attention_heads\": 4", "\"num_attention_heads\": 5"),
            "no model that can exist",
        ),
        (
            config_with("\"num_attention_heads\": 4", "\"num_attention_heads\": 0"),
            "no model that can exist",
        ),
        (
            config_with(
                "\"max_position_embeddings\": 24",
                "\"max_position_embeddings\": 2",
            ),
            "no model that can exist",
        ),
        (
            config_with("\"hidden_size\": 16", "\"hidden_size\": 1600000000000"),
            "word_embeddings.weight\u{201d} have the shape 49 × 16, where a BERT has any number × 1600000000000",
        ),
        (
            config_with(
                "\"num_hidden_layers\": 2",
                "\"num_hidden_layers\": 4000000000000",
            ),
            "lacks the weights \u{201c}bert.encoder.layer.2.attention.self.query.weight\u{201d}",
        ),
        (with(config, b"[]", weights), "not a vocabulary"),
        (
            tokenizer_with("\"WordPiece\"", "\"BPE\""),
            "its vocabulary is \u{201c}BPE\u{201d}",
        ),
        (
            tokenizer_with("\"BertPreTokenizer\"", "\"ByteLevel\""),
            "way to find words is \u{201c}ByteLevel\u{201d}",
        ),
        (
            tokenizer_with("\"BertNormalizer\"", "\"NFC\""),
            "spelling is \u{201c}NFC\u{201d}",
        ),
        (
            tokenizer_with("\"unk_token\":\"[UNK]\"", "\"unk_token\":\"<unk>\""),
            "no entry \u{201c}<unk>\u{201d}",
        ),
        (
            tokenizer_with("\"##9\":48", "\"##9\":4800"),
            "numbers its pieces up to 4800",
        ),
        (
            with(config, tokenizer, b""),
            "cannot be read as a .safetensors file",
        ),
        (
            weights_with(&|tensors| {
                tensors.remove(layer);
            }),
            "lacks the weights \u{201c}bert.encoder.layer.1.output.dense.weight\u{201d}",
        ),
        (
            weights_with(&|tensors| tensors.get_mut(layer).unwrap().1 = vec![40, 16]),
            "have the shape 40 × 16, where a BERT has 16 × 40",
        ),
        (
            weights_with(&|tensors| tensors.get_mut(layer).unwrap().0 = Dtype::I16),
            "are stored as I16",
        ),
        (
            weights_with(&|tensors| {
                tensors.get_mut(layer).unwrap().2[..2].copy_from_slice(&f16::NAN.to_le_bytes())
            }),
            "not a finite number",
        ),
        (weights_with(&|tensors| tensors.clear()), "holds no BERT"),
    ] {
        assert!(told.contains(expected), "{told}");
        assert!(told.ends_with('.'), "{told}");
    }
}

#[test]
fn broken_weights_never_panic() {
    let files = tiny();
    let [config, tokenizer, weights] = files.each_ref().map(|(_, bytes)| bytes.as_slice());
    let read = |weights: &[u8]| {
        let files = [
            ("config.json", config),
            ("tokenizer.json", tokenizer),
            ("model.safetensors", weights),
        ];
        open(&files, &Device::flex()).is_ok()
    };
    assert!(read(weights));
    for length in (0..weights.len()).step_by(97) {
        assert!(!read(&weights[..length]), "{length}");
    }
    let header = 8 + u64::from_le_bytes(weights[..8].try_into().unwrap()) as usize;
    for place in 0..header {
        let mut changed = weights.to_vec();
        changed[place] ^= 1 << (place % 7);
        read(&changed);
    }
}

fn image_encoder(bytes: &[u8]) -> ImageEncoder {
    match open(&[("weights.safetensors", bytes)], &Device::flex()) {
        Ok(Encoder::Image(encoder)) => encoder,
        Ok(_) => panic!("not a network for images"),
        Err(error) => panic!("{error}"),
    }
}

fn encode_images(encoder: &ImageEncoder, images: &[Vec<u8>]) -> Vec<Vec<f32>> {
    let images: Vec<&[u8]> = images.iter().map(Vec::as_slice).collect();
    let mut shares = vec![];
    let vectors = run(encoder.encode(&images, async |progress: Progress| {
        shares.push(progress.share);
        true
    }))
    .unwrap();
    assert!(shares.len() > 10 && shares.is_sorted() && shares.last() == Some(&1.0));
    vectors
}

/// The largest difference of images' vectors from those of a fixture.
fn differences(expected: &[Vec<f64>], found: &[Vec<f32>], width: usize) -> f64 {
    assert_eq!(expected.len(), found.len());
    expected
        .iter()
        .zip(found)
        .map(|(expected, found)| {
            assert_eq!((expected.len(), found.len()), (width, width));
            difference(expected, found)
        })
        .fold(0.0, f64::max)
}

#[test]
fn densenet_121_agrees_with_torchvision() {
    let expected: HashMap<String, Vec<Vec<f64>>> =
        serde_json::from_slice(&fixture("densenet121.json")).unwrap();
    let images = [image(224, 0), image(224, 1)];
    // Colour weights under the names of torchvision's first files, grey ones as torchxrayvision names them, some files with a prefix.
    let old = |name: &str| {
        let name = name
            .replace(".norm1.", ".norm.1.")
            .replace(".conv1.", ".conv.1.");
        format!(
            "module.{}",
            name.replace(".norm2.", ".norm.2.")
                .replace(".conv2.", ".conv.2.")
        )
    };
    for (bytes, channels, name) in [
        (densenet(3, old), "3", "DenseNet-121"),
        (
            densenet(1, str::to_owned),
            "1",
            "DenseNet-121 of X-ray images",
        ),
    ] {
        let encoder = image_encoder(&bytes);
        assert_eq!((encoder.name().as_str(), encoder.width()), (name, 1024));
        let found = encode_images(&encoder, &images);
        let largest = differences(&expected[channels], &found, 1024);
        println!(
            "{name}, {channels} channels: largest difference {largest:.1e} of features up to {:.1}",
            expected[channels]
                .iter()
                .flatten()
                .fold(0.0, |a: f64, b| a.max(*b))
        );
        assert!(largest < BAR, "{largest}");
    }
}

#[test]
fn efficientnet_lite0_agrees_with_pytorch() {
    let Some(bytes) = fetched("efficientnet-lite0/model.safetensors") else {
        return;
    };
    let encoder = image_encoder(&bytes);
    assert_eq!(
        (encoder.name().as_str(), encoder.width()),
        ("EfficientNet-Lite0", 1280)
    );
    let expected: Vec<Vec<f64>> =
        serde_json::from_slice(&fixture("efficientnet_lite0.json")).unwrap();
    let mut found = encode_images(&encoder, &[image(224, 0), image(224, 1)]);
    // The third image is made larger first.
    found.extend(encode_images(&encoder, &[image(64, 2)]));
    let largest = differences(&expected, &found, 1280);
    println!("EfficientNet-Lite0: largest difference {largest:.1e}");
    assert!(largest < BAR, "{largest}");
}

#[test]
fn other_image_models_are_refused_in_a_sentence() {
    let weights = densenet(3, str::to_owned);
    let with =
        |change: &dyn Fn(&mut Tensors)| refusal(&[("w.safetensors", &rewritten(&weights, change))]);
    let layer = "features.denseblock2.denselayer3.norm2.running_var";
    for (told, expected) in [
        (
            with(&|tensors| tensors.clear()),
            "holds no model that is known here",
        ),
        (
            with(&|tensors| {
                tensors.remove(layer);
            }),
            "lacks the weights \u{201c}features.denseblock2.denselayer3.norm2.running_var\u{201d}, so it is not a complete DenseNet-121",
        ),
        (
            with(&|tensors| tensors.get_mut(layer).unwrap().1 = vec![64, 2]),
            "have the shape 64 × 2, where a DenseNet-121 has 128",
        ),
        (
            with(&|tensors| {
                let norm = tensors["features.norm0.weight"].clone();
                tensors.insert(
                    "features.denseblock3.denselayer25.norm1.weight".into(),
                    norm,
                );
            }),
            "a DenseNet of more than 121 layers",
        ),
        (
            with(&|tensors| {
                tensors.get_mut("features.conv0.weight").unwrap().1 = vec![64, 21, 7, 1]
            }),
            "images of 21 channels",
        ),
    ] {
        assert!(told.contains(expected), "{told}");
        assert!(told.ends_with('.'), "{told}");
    }
    let encoder = image_encoder(&weights);
    let short = run(encoder.encode(&[&[0; 16], &[0; 15]], async |_: Progress| true));
    assert_eq!(
        short,
        Err(PretrainedError::Image {
            place: 2,
            found: 15
        })
    );
    let stopped = run(encoder.encode(&[&[0; 16]], async |_: Progress| false));
    assert_eq!(stopped, Err(PretrainedError::Stopped));
}
