//! Rows a second of the import: `cargo bench --bench import [-- FOLDER_OR_FILE]`; without a path a generated series table. With
//! `-- --images` images a second instead: generated films of 1,024 by 1,024 pixels as PNG, JPEG and DICOM.

use std::path::{Path, PathBuf};
use std::time::Instant;

use m3h_studio::cohort::Cohort;
use m3h_studio::import::{FileEntry, Import, ImportError};

/// Rows of the generated table.
const ROWS: usize = 2_000_000;

/// All files at or below a path, read.
fn read(path: &Path, base: &Path, found: &mut Vec<(String, Vec<u8>)>) -> std::io::Result<()> {
    if path.is_dir() {
        let mut inside: Vec<PathBuf> = std::fs::read_dir(path)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        inside.sort();
        return inside.iter().try_for_each(|path| read(path, base, found));
    }
    let name = path
        .strip_prefix(base)
        .unwrap_or(path)
        .to_string_lossy()
        .into_owned();
    found.push((name, std::fs::read(path)?));
    Ok(())
}

/// A long series of 2,000,000 rows: 5,000 samples, 40 variables.
fn generated() -> Vec<(String, Vec<u8>)> {
    use std::fmt::Write;
    let mut table = String::with_capacity(ROWS * 24);
    table.push_str("id,hours,variable,value\n");
    for row in 0..ROWS {
        let (sample, place) = (row / 400, row % 400);
        let _ = writeln!(
            table,
            "{},{}.{:02},var{},{}.{}",
            100_000 + sample,
            place / 9,
            place % 60,
            row % 40,
            row % 190,
            row % 10
        );
    }
    vec![("series.csv".to_owned(), table.into_bytes())]
}

/// Side of the generated films, and how many there are of a kind.
const SIDE: u32 = 1024;
const FILMS: usize = 40;

/// A film that compresses about as real ones do: soft shapes and a little grain.
fn film(number: usize) -> image::GrayImage {
    image::GrayImage::from_fn(SIDE, SIDE, |x, y| {
        let (u, v) = (f64::from(x) / 160.0, f64::from(y) / 110.0);
        let soft = 100.0 + 60.0 * (u + number as f64).sin() + 40.0 * v.cos();
        let grain = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)) >> 7;
        image::Luma([(soft + f64::from(grain % 7)) as u8])
    })
}

/// A DICOM file of 12 bits with a window: explicit little endian, without a preamble.
fn dicom(film: &image::GrayImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut element = |place: u16, kind: &[u8; 2], value: &[u8]| {
        bytes.extend(0x0028_u16.to_le_bytes());
        bytes.extend(place.to_le_bytes());
        bytes.extend(kind);
        bytes.extend((value.len() as u16).to_le_bytes());
        bytes.extend(value);
    };
    element(0x0002, b"US", &1_u16.to_le_bytes());
    element(0x0004, b"CS", b"MONOCHROME2 ");
    for (place, value) in [
        (0x0010, SIDE as u16),
        (0x0011, SIDE as u16),
        (0x0100, 16),
        (0x0101, 12),
        (0x0102, 11),
        (0x0103, 0),
    ] {
        element(place, b"US", &value.to_le_bytes());
    }
    element(0x1050, b"DS", b"2048");
    element(0x1051, b"DS", b"4096");
    bytes.extend(b"\xe0\x7f\x10\x00OW\0\0");
    bytes.extend((SIDE * SIDE * 2).to_le_bytes());
    bytes.extend(
        film.iter()
            .flat_map(|&grey| (u16::from(grey) << 4).to_le_bytes()),
    );
    // The magic alone begins a file as well.
    [b"DICM".as_slice(), &bytes].concat()
}

/// Prints images a second for each kind of file.
fn images() -> Result<(), Box<dyn std::error::Error>> {
    for kind in ["png", "jpg", "dcm"] {
        let mut files = vec![];
        for number in 0..FILMS {
            let film = film(number);
            let mut bytes = std::io::Cursor::new(Vec::new());
            match kind {
                "png" => film.write_to(&mut bytes, image::ImageFormat::Png)?,
                "jpg" => film.write_to(&mut bytes, image::ImageFormat::Jpeg)?,
                _ => bytes = std::io::Cursor::new(dicom(&film)),
            }
            files.push((format!("p{number}.{kind}"), bytes.into_inner()));
        }
        let bytes: usize = files.iter().map(|file| file.1.len()).sum();
        for run in 1..=3 {
            let start = Instant::now();
            let cohort = import(&files)?.1;
            let seconds = start.elapsed().as_secs_f64();
            println!(
                "run {run}: {} {kind} films, {:.1} MB, in {seconds:.3} s: {:.0} images a second",
                cohort.images.len(),
                bytes as f64 / 1e6,
                cohort.images.len() as f64 / seconds
            );
        }
    }
    Ok(())
}

/// Imports files; the rows, and the cohort.
fn import(files: &[(String, Vec<u8>)]) -> Result<(u64, Cohort), ImportError> {
    let entries = files
        .iter()
        .map(|(path, bytes)| FileEntry {
            path: path.clone(),
            bytes: bytes.len() as u64,
        })
        .collect();
    let mut import = Import::new(Default::default(), entries);
    for index in import.order() {
        import.begin(index)?;
        for chunk in files[index].1.chunks(2 << 20) {
            import.push(chunk)?;
        }
        import.end()?;
    }
    Ok((import.rows(), import.finish()?))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if std::env::args().any(|argument| argument == "--images") {
        return images();
    }
    let path = std::env::args()
        .skip(1)
        .find(|argument| !argument.starts_with("--"));
    let files = match path {
        Some(path) => {
            let path = PathBuf::from(path);
            let mut found = Vec::new();
            read(&path, path.parent().unwrap_or(&path), &mut found)?;
            found
        }
        None => generated(),
    };
    let bytes: usize = files.iter().map(|file| file.1.len()).sum();
    for run in 1..=3 {
        let start = Instant::now();
        let (rows, cohort) = import(&files)?;
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "run {run}: {rows} rows, {:.1} MB, {} samples in {seconds:.3} s: {:.0} rows a second",
            bytes as f64 / 1e6,
            cohort.samples(),
            rows as f64 / seconds
        );
    }
    Ok(())
}
