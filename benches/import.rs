//! Rows a second of the import: `cargo bench --bench import [-- FOLDER_OR_FILE]`; without a path a generated series table.

use std::path::{Path, PathBuf};
use std::time::Instant;

use m3h_studio::import::{FileEntry, Import};

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

fn main() -> Result<(), Box<dyn std::error::Error>> {
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
        let rows = import.rows();
        let cohort = import.finish()?;
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
