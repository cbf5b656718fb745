//! Notes and images that the frozen encoders read a second, natively on the CPU: `cargo bench --bench pretrained`. Reads the weights that
//! `./test native` fetches; those of DenseNet-121 come from a formula.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../tests/drawn/mod.rs"]
mod drawn;
#[path = "../tests/native/mod.rs"]
mod native;

use std::path::PathBuf;
use std::time::Instant;

use burn::tensor::Device;
use m3h_studio::pretrained::{Encoder, Pooling, Progress, open};
use native::run;

/// A note of about this many subwords.
fn note(words: usize) -> String {
    let sentence = "no acute cardiopulmonary process , unchanged small left pleural effusion , ";
    let words: Vec<&str> = sentence.split_whitespace().cycle().take(words).collect();
    words.join(" ")
}

fn main() {
    let folder = std::env::var("M3H_PRETRAINED").map_or_else(
        |_| {
            PathBuf::from(std::env::var("HOME").expect("a home"))
                .join(".cache/m3h-studio/pretrained")
        },
        PathBuf::from,
    );
    let read =
        |name: &str| std::fs::read(folder.join(name)).expect("./test native fetches the weights");
    let files: Vec<(&str, Vec<u8>)> = ["config.json", "tokenizer.json", "model.safetensors"]
        .map(|name| (name, read(&format!("minilm/{name}"))))
        .into();
    let files: Vec<(&str, &[u8])> = files
        .iter()
        .map(|(name, bytes)| (*name, bytes.as_slice()))
        .collect();
    let begun = Instant::now();
    let Ok(Encoder::Text(encoder)) = open(&files, &Device::flex()) else {
        panic!("not a BERT");
    };
    println!(
        "{} opened in {:.2} s",
        encoder.name(),
        begun.elapsed().as_secs_f64()
    );
    for (words, count) in [(16, 128), (100, 32), (400, 8)] {
        let notes = vec![note(words); count];
        let notes: Vec<&str> = notes.iter().map(String::as_str).collect();
        let tokens = encoder.tokens(notes[0]).len();
        let begun = Instant::now();
        run(encoder.encode(&notes, Pooling::Mean, async |_: Progress| true))
            .expect("notes are read");
        let seconds = begun.elapsed().as_secs_f64();
        println!(
            "notes of {tokens} subwords: {:.1} a second",
            count as f64 / seconds
        );
    }
    let image = drawn::image(224, 0);
    for bytes in [
        read("efficientnet-lite0/model.safetensors"),
        drawn::densenet(1, str::to_owned),
    ] {
        let begun = Instant::now();
        let files = [("model.safetensors", bytes.as_slice())];
        let Ok(Encoder::Image(encoder)) = open(&files, &Device::flex()) else {
            panic!("not a network for images");
        };
        println!(
            "{} opened in {:.2} s",
            encoder.name(),
            begun.elapsed().as_secs_f64()
        );
        let images = vec![image.as_slice(); 16];
        let begun = Instant::now();
        run(encoder.encode(&images, async |_: Progress| true)).expect("images are read");
        println!(
            "images: {:.1} a second",
            images.len() as f64 / begun.elapsed().as_secs_f64()
        );
    }
}
