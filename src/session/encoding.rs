//! Frozen encoders that the user brings: their files to an encoder, and a cohort's notes or images to vectors that stay with it.

use super::host::{FileSource, Host};
use super::opening::{OpeningError, read_whole};
use super::protocol::Pooling;
use super::trained::{Control, say};
use crate::cohort::{Cohort, Embedding};
use crate::pretrained::{self, Encoder, PretrainedError};
use burn::tensor::Device;

/// Why nothing was encoded.
#[derive(Debug, thiserror::Error)]
pub enum EncodingError {
    /// A file could not be read.
    #[error(transparent)]
    Opening(#[from] OpeningError),
    /// The model, or its answer.
    #[error(transparent)]
    Pretrained(#[from] PretrainedError),
    /// A file that is too large.
    #[error(
        "\u{201c}{file}\u{201d} has {megabytes:.0} MB, and at most {most} MB can be read. Choose a smaller model."
    )]
    Large {
        /// The file.
        file: String,
        /// Its size.
        megabytes: f64,
        /// The most that is read.
        most: u64,
    },
    /// A cohort without what the encoder reads.
    #[error("The open cohort has no {what}, which is what {model} reads. Nothing was changed.")]
    Nothing {
        /// `notes` or `images`.
        what: &'static str,
        /// The model.
        model: String,
    },
    /// Stopped by the user.
    #[error("Encoding was stopped. The cohort is as it was.")]
    Stopped,
}

/// Largest file of a model, in MB: its weights stand in memory twice while they are laid on the device.
const MOST_MEGABYTES: u64 = 900;
/// Progress is told at most this often.
const REPORT_MS: f64 = 100.0;

/// An encoder with what the user chose about it.
pub struct Frozen {
    encoder: Encoder,
    pooling: Pooling,
    /// The embedding's name in the cohort.
    pub name: String,
}

/// Reads an encoder from its files. Files that belong to no encoder are left unread.
///
/// # Errors
/// Where a file cannot be read, or they are not those of a model that is known.
pub async fn open_encoder<H: Host, F: FileSource>(
    host: &H,
    id: u32,
    paths: &[String],
    files: &[F],
    pooling: Pooling,
    device: &Device,
) -> Result<Frozen, EncodingError> {
    let mut contents: Vec<(&str, Vec<u8>)> = vec![];
    for (path, file) in paths.iter().zip(files) {
        let name = path.to_ascii_lowercase();
        let wanted = [".json", ".safetensors"]
            .iter()
            .any(|ending| name.ends_with(ending));
        let mut bytes = vec![];
        if wanted {
            let megabytes = file.bytes() as f64 / 1e6;
            if megabytes > MOST_MEGABYTES as f64 {
                return Err(EncodingError::Large {
                    file: path.clone(),
                    megabytes,
                    most: MOST_MEGABYTES,
                });
            }
            say(host, id, &format!("Reading {path}"), 0.0).await;
            bytes = read_whole(path, file).await?;
        }
        contents.push((path, bytes));
    }
    let slices: Vec<(&str, &[u8])> = contents
        .iter()
        .map(|(path, bytes)| (*path, bytes.as_slice()))
        .collect();
    say(host, id, "Laying the encoder's weights on the device", 0.0).await;
    let encoder = pretrained::open(&slices, device)?;
    let (modality, suffix) = match (&encoder, pooling) {
        (Encoder::Image(_), _) => ("image", ""),
        (Encoder::Text(_), Pooling::Mean) => ("text", ""),
        (Encoder::Text(_), Pooling::First) => ("text", ", first subword"),
    };
    let name = format!("{modality}: {}{suffix}", encoder.name());
    Ok(Frozen {
        encoder,
        pooling,
        name,
    })
}

impl Frozen {
    /// Runs each note or image of a cohort once. A sample's vector is the mean of those of its notes or images (ours).
    ///
    /// # Errors
    /// Where the cohort has none, the device failed, or the user stopped it.
    pub async fn encode<H: Host>(
        &self,
        host: &H,
        id: u32,
        control: &Control,
        cohort: &Cohort,
    ) -> Result<Embedding, EncodingError> {
        let (what, owners): (&str, Vec<u32>) = match &self.encoder {
            Encoder::Text(_) => ("notes", cohort.notes.iter().map(|n| n.sample).collect()),
            Encoder::Image(_) => ("images", cohort.images.iter().map(|i| i.sample).collect()),
        };
        if owners.is_empty() {
            return Err(EncodingError::Nothing {
                what,
                model: self.encoder.name(),
            });
        }
        let begun = host.now_ms();
        let mut told = f64::MIN;
        let watch = async |progress: pretrained::Progress| {
            let now = host.now_ms();
            if now - told > REPORT_MS || progress.done == progress.total {
                told = now;
                let seconds = (now - begun) / 1000.0;
                let speed = match progress.done {
                    0 => String::new(),
                    done => format!(", {:.1} a second", done as f64 / seconds.max(1e-3)),
                };
                let label = format!(
                    "Encoding {what} by {}: {} of {}{speed}",
                    self.encoder.name(),
                    progress.done,
                    progress.total
                );
                say(host, id, &label, progress.share).await;
            } else {
                host.breathe().await;
            }
            !control.stop.get()
        };
        let vectors = match &self.encoder {
            Encoder::Text(encoder) => {
                let notes: Vec<&str> = cohort.notes.iter().map(|n| n.text.as_str()).collect();
                encoder.encode(&notes, self.pooling, watch).await
            }
            Encoder::Image(encoder) => {
                let images: Vec<&[u8]> = cohort.images.iter().map(|i| &*i.pixels).collect();
                encoder.encode(&images, watch).await
            }
        };
        let vectors = match vectors {
            Err(PretrainedError::Stopped) => return Err(EncodingError::Stopped),
            other => other?,
        };
        Ok(self.means(&owners, &vectors, cohort.samples()))
    }

    /// One vector a sample; of samples without any, all NaN.
    fn means(&self, owners: &[u32], vectors: &[Vec<f32>], samples: usize) -> Embedding {
        let width = self.encoder.width();
        let mut counts = vec![0f32; samples];
        for &owner in owners {
            counts[owner as usize] += 1.0;
        }
        let mut values = vec![0f32; samples * width];
        for (&owner, vector) in owners.iter().zip(vectors) {
            let owner = owner as usize;
            let row = &mut values[owner * width..][..width];
            for (sum, number) in row.iter_mut().zip(vector) {
                *sum += number / counts[owner];
            }
        }
        for (row, count) in values.chunks_exact_mut(width).zip(&counts) {
            if *count == 0.0 {
                row.fill(f32::NAN);
            }
        }
        Embedding {
            name: self.name.clone(),
            columns: (1..=width).map(|column| column.to_string()).collect(),
            values,
        }
    }
}

/// Adds vectors to a cohort, in place of those of the same name.
pub fn add(cohort: &mut Cohort, embedding: Embedding) {
    match cohort
        .embeddings
        .iter_mut()
        .find(|other| other.name == embedding.name)
    {
        Some(other) => *other = embedding,
        None => cohort.embeddings.push(embedding),
    }
}
