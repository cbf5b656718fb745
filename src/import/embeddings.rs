//! Tables of vectors that were encoded elsewhere, grouped into sources by the prefix of their columns.

use super::cell::{Cell, count_nobody, read, report_nobody};
use super::header::{Header, numbered_prefix};
use super::ids::{AMBIGUOUS, Ids, Linker};
use super::records::Record;
use super::text::{Count, MissingValues, grouped, shown, trim};
use crate::cohort::Embedding;

/// The rows of one file.
#[derive(Debug)]
struct Table {
    linker: Linker,
    file: String,
    /// Fields of the file that are used.
    fields: Vec<usize>,
    names: Vec<String>,
    /// Row-major, one row a key.
    values: Vec<f32>,
    keys: Vec<u32>,
    rows: Vec<u64>,
    decimal_comma: bool,
    broken: Vec<Count>,
}

/// All embeddings tables.
#[derive(Debug, Default)]
pub(crate) struct EmbeddingsTables {
    tables: Vec<Table>,
}

/// One embeddings table while it is read.
#[derive(Debug)]
pub(crate) struct EmbeddingsFile(Table);

impl EmbeddingsTables {
    /// Whether any vector was read.
    pub(crate) fn is_empty(&self) -> bool {
        self.tables.iter().all(|table| table.keys.is_empty())
    }

    /// Begins a table; `None` where it has no column of numbers.
    pub(crate) fn begin(
        header: &Header,
        linker: Linker,
        delimiter: u8,
        file: &str,
    ) -> Option<EmbeddingsFile> {
        let fields: Vec<usize> = (0..header.len())
            .filter(|&field| {
                !linker.uses(field) && !header.is_time(field) && !header.is_identifier(field)
            })
            .collect();
        if fields.is_empty() {
            return None;
        }
        Some(EmbeddingsFile(Table {
            linker,
            file: file.to_owned(),
            names: fields
                .iter()
                .map(|&field| header.names[field].clone())
                .collect(),
            broken: vec![Count::default(); fields.len()],
            fields,
            values: Vec::new(),
            keys: Vec::new(),
            rows: Vec::new(),
            decimal_comma: delimiter != b',',
        }))
    }

    /// One row.
    pub(crate) fn row(
        &mut self,
        file: &mut EmbeddingsFile,
        record: Record<'_>,
        row: u64,
        ids: &mut Ids,
        missing: &MissingValues,
    ) {
        let table = &mut file.0;
        let Some(key) = table.linker.key(record, row, ids, missing) else {
            return;
        };
        table.keys.push(key);
        table.rows.push(row);
        for (&field, broken) in table.fields.iter().zip(&mut table.broken) {
            table.values.push(
                match read(trim(record.get(field)), table.decimal_comma, missing) {
                    Cell::Value(value) => value,
                    Cell::Missing => f32::NAN,
                    Cell::Broken => {
                        broken.add(row);
                        f32::NAN
                    }
                },
            );
        }
    }

    /// Ends a table and says what was counted. Returns whether some text was not UTF-8.
    pub(crate) fn end(
        &mut self,
        file: EmbeddingsFile,
        header: &Header,
        warnings: &mut Vec<String>,
    ) -> bool {
        let table = file.0;
        table.linker.report(&table.file, header, warnings);
        let mut unsaid = 0;
        for (said, (name, broken)) in table
            .names
            .iter()
            .zip(&table.broken)
            .filter(|(_, broken)| broken.count > 0)
            .enumerate()
        {
            if said < 8 {
                broken.report(
                    &table.file,
                    &format!("whose {} is not a number, taken as missing", shown(name)),
                    warnings,
                );
            } else {
                unsaid += 1;
            }
        }
        if unsaid > 0 {
            warnings.push(format!(
                "{}: {} further columns hold text, taken as missing",
                table.file,
                grouped(unsaid)
            ));
        }
        let foreign = table.linker.is_foreign();
        self.tables.push(table);
        foreign
    }

    /// The sources. A sample's first row counts; columns without any number are left out.
    pub(crate) fn finish(
        self,
        samples: usize,
        ids: &Ids,
        warnings: &mut Vec<String>,
    ) -> Vec<Embedding> {
        let mut sources: Vec<Embedding> = Vec::new();
        for table in self.tables {
            let (mut unknown, mut ambiguous, mut repeated) =
                (Count::default(), Count::default(), Count::default());
            let mut row_of_sample = vec![usize::MAX; samples];
            for (place, (&key, &row)) in table.keys.iter().zip(&table.rows).enumerate() {
                let sample = ids.sample(key, table.linker.link);
                if sample >= AMBIGUOUS {
                    count_nobody(sample, row, &mut unknown, &mut ambiguous);
                } else if row_of_sample[sample as usize] == usize::MAX {
                    row_of_sample[sample as usize] = place;
                } else {
                    repeated.add(row);
                }
            }
            report_nobody(unknown, ambiguous, &table.file, warnings);
            repeated.report(
                &table.file,
                "that repeat the sample of an earlier row, skipped; the first is kept",
                warnings,
            );
            let width = table.names.len();
            let used: Vec<usize> = (0..width)
                .filter(|&column| {
                    table
                        .values
                        .iter()
                        .skip(column)
                        .step_by(width)
                        .any(|value| !value.is_nan())
                })
                .collect();
            let mut groups: Vec<(String, Vec<usize>)> = Vec::new();
            for column in used {
                let name = match numbered_prefix(&table.names[column]) {
                    Some(prefix) => prefix.to_owned(),
                    None => stem(&table.file).to_owned(),
                };
                match groups.iter_mut().find(|group| group.0 == name) {
                    Some(group) => group.1.push(column),
                    None => groups.push((name, vec![column])),
                }
            }
            for (name, columns) in groups {
                let names: Vec<String> = columns
                    .iter()
                    .map(|&column| table.names[column].clone())
                    .collect();
                let position = match sources
                    .iter()
                    .position(|source| source.name == name && source.columns == names)
                {
                    Some(position) => position,
                    None => {
                        let mut distinct = name.clone();
                        let mut number = 2;
                        while sources.iter().any(|source| source.name == distinct) {
                            distinct = format!("{name} ({number})");
                            number += 1;
                        }
                        sources.push(Embedding {
                            name: distinct,
                            values: vec![f32::NAN; samples * names.len()],
                            columns: names,
                        });
                        sources.len() - 1
                    }
                };
                let target = &mut sources[position].values;
                for (sample, &place) in row_of_sample
                    .iter()
                    .enumerate()
                    .filter(|(_, place)| **place != usize::MAX)
                {
                    let row = &mut target[sample * columns.len()..(sample + 1) * columns.len()];
                    if row.iter().all(|value| value.is_nan()) {
                        for (value, &column) in row.iter_mut().zip(&columns) {
                            *value = table.values[place * width + column];
                        }
                    }
                }
            }
        }
        sources
    }
}

/// A file's name without folders and endings.
fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.split('.').next().unwrap_or(name)
}
