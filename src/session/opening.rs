//! Files to a cohort, piece by piece.

use super::host::{FileSource, Host};
use super::protocol::{Event, ImportOptions, Progress};
use crate::cohort::Cohort;
use crate::import::{FileEntry, Import, ImportError};

/// Bytes read at once.
const PIECE: u64 = 2 * 1024 * 1024;
/// Progress is told at most this often.
const REPORT_MS: f64 = 100.0;

/// Why files were not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpeningError {
    /// Their content.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The browser could not read one.
    #[error(
        "{path} could not be read ({cause}). Choose it again: it may have been moved or changed."
    )]
    Unreadable {
        /// The file.
        path: String,
        /// The browser's words.
        cause: String,
    },
}

/// Reads files into a cohort; tells progress for request `id`. Nothing that is open is touched.
///
/// # Errors
/// What is wrong with the files.
pub async fn open_files<H: Host, F: FileSource>(
    host: &H,
    id: u32,
    paths: &[String],
    files: &[F],
    options: ImportOptions,
) -> Result<Cohort, OpeningError> {
    let entries = paths
        .iter()
        .zip(files)
        .map(|(path, file)| FileEntry {
            path: path.clone(),
            bytes: file.bytes(),
        })
        .collect();
    let bytes_total = files.iter().map(FileSource::bytes).sum::<u64>() as f64;
    let mut import = Import::new(options, entries);
    let mut bytes = 0.0;
    let mut told = f64::MIN;
    for index in import.order() {
        let (Some(path), Some(file)) = (paths.get(index), files.get(index)) else {
            continue;
        };
        import.begin(index)?;
        let mut offset = 0;
        while offset < file.bytes() {
            let piece = read_piece(path, file, offset).await?;
            offset += piece.len() as u64;
            bytes += piece.len() as f64;
            import.push(&piece)?;
            if host.now_ms() - told > REPORT_MS {
                told = host.now_ms();
                host.send(Event::Progress {
                    id,
                    progress: Progress::Import {
                        file: path.clone(),
                        bytes,
                        bytes_total,
                        rows: import.rows() as f64,
                    },
                });
            }
        }
        import.end()?;
    }
    Ok(import.finish()?)
}

/// The next bytes of a file; never none.
async fn read_piece<F: FileSource>(
    path: &str,
    file: &F,
    offset: u64,
) -> Result<Vec<u8>, OpeningError> {
    let unreadable = |cause| OpeningError::Unreadable {
        path: path.to_owned(),
        cause,
    };
    let piece = file.read(offset, PIECE).await.map_err(unreadable)?;
    if piece.is_empty() {
        return Err(unreadable("it ended early".into()));
    }
    Ok(piece)
}

/// A whole file.
///
/// # Errors
/// Where it cannot be read.
pub async fn read_whole<F: FileSource>(path: &str, file: &F) -> Result<Vec<u8>, OpeningError> {
    let mut bytes = Vec::with_capacity(file.bytes() as usize);
    while (bytes.len() as u64) < file.bytes() {
        bytes.extend(read_piece(path, file, bytes.len() as u64).await?);
    }
    Ok(bytes)
}
