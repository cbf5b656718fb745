//! Time series: observations as they come, 16 bytes each, then sorted by counting into [`Series`].

use super::ImportError;
use super::cell::{Cell, read};
use super::header::Header;
use super::ids::{AMBIGUOUS, Ids, Link, Linker, Moment};
use super::intern::Interner;
use super::records::Record;
use super::text::{Count, MissingValues, decode, grouped, shown, trim};
use crate::cohort::{MISSING, Series};

/// Observations that are kept in one block, so that growing never copies them.
const BLOCK: usize = 1 << 16;
/// Most variables.
const MOST_VARIABLES: usize = u16::MAX as usize;

#[derive(Debug, Clone, Copy)]
struct Observation {
    /// The identifier's number; from the first pass on the sample's row.
    key: u32,
    hours: f32,
    value: f32,
    variable: u16,
    absolute: bool,
}

/// The observations of one file.
#[derive(Debug)]
struct Segment {
    file: String,
    link: Link,
    end: usize,
}

/// All series tables.
#[derive(Debug, Default)]
pub(crate) struct SeriesTables {
    variables: Interner,
    blocks: Vec<Vec<Observation>>,
    length: usize,
    segments: Vec<Segment>,
}

/// Where the values of a file stand.
#[derive(Debug)]
enum Layout {
    Long {
        variable: usize,
        value: usize,
    },
    /// Per variable its field, its name, its number once it has a value, and its broken cells.
    Wide(Vec<Wide>),
}

#[derive(Debug)]
struct Wide {
    field: usize,
    number: Option<u16>,
    broken: Count,
}

/// One series table while it is read.
#[derive(Debug)]
pub(crate) struct SeriesFile {
    pub(crate) linker: Linker,
    layout: Layout,
    decimal_comma: bool,
    foreign: bool,
    no_variable: Count,
    no_value: Count,
    no_time: Count,
    broken: Count,
    too_many: Count,
}

impl SeriesTables {
    /// Whether any observation was read.
    pub(crate) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Begins a table; `named`: the file is called a series.
    pub(crate) fn begin(
        header: &Header,
        linker: Linker,
        delimiter: u8,
        named: bool,
    ) -> Option<SeriesFile> {
        let layout = match header.long_series(named) {
            Some((variable, value)) => Layout::Long { variable, value },
            None => Layout::Wide(
                (0..header.len())
                    .filter(|&field| {
                        !linker.uses(field)
                            && !header.is_time(field)
                            && !header.is_identifier(field)
                    })
                    .map(|field| Wide {
                        field,
                        number: None,
                        broken: Count::default(),
                    })
                    .collect(),
            ),
        };
        if matches!(&layout, Layout::Wide(columns) if columns.is_empty()) {
            return None;
        }
        Some(SeriesFile {
            linker,
            layout,
            decimal_comma: delimiter != b',',
            foreign: false,
            no_variable: Count::default(),
            no_value: Count::default(),
            no_time: Count::default(),
            broken: Count::default(),
            too_many: Count::default(),
        })
    }

    /// One row.
    pub(crate) fn row(
        &mut self,
        file: &mut SeriesFile,
        header: &Header,
        record: Record<'_>,
        row: u64,
        ids: &mut Ids,
        missing: &MissingValues,
    ) {
        let Some(key) = file.linker.key(record, row, ids, missing) else {
            return;
        };
        match &mut file.layout {
            Layout::Long { variable, value } => {
                let name = trim(record.get(*variable));
                if is_nameless(name) {
                    file.no_variable.add(row);
                    return;
                }
                let value = match read(trim(record.get(*value)), file.decimal_comma, missing) {
                    Cell::Value(value) => value,
                    Cell::Missing => return file.no_value.add(row),
                    Cell::Broken => return file.broken.add(row),
                };
                let variable = match self.variables.get(name) {
                    Some(variable) => variable,
                    None => {
                        let name = decode(name, &mut file.foreign);
                        match self.variables.get(name.as_bytes()) {
                            Some(variable) => variable,
                            None if self.variables.len() >= MOST_VARIABLES => {
                                return file.too_many.add(row);
                            }
                            None => self.variables.intern(name.as_bytes()),
                        }
                    }
                };
                let Some(moment) = moment(
                    &mut file.linker,
                    &mut file.no_time,
                    record,
                    row,
                    key,
                    ids,
                    missing,
                ) else {
                    return;
                };
                self.add(key, moment, variable as u16, value);
            }
            Layout::Wide(columns) => {
                let Some(moment) = moment(
                    &mut file.linker,
                    &mut file.no_time,
                    record,
                    row,
                    key,
                    ids,
                    missing,
                ) else {
                    return;
                };
                for column in columns {
                    let value =
                        match read(trim(record.get(column.field)), file.decimal_comma, missing) {
                            Cell::Value(value) => value,
                            Cell::Missing => continue,
                            Cell::Broken => {
                                column.broken.add(row);
                                continue;
                            }
                        };
                    let number = match column.number {
                        Some(number) => number,
                        None => {
                            let name = header.names[column.field].as_bytes();
                            if self.variables.get(name).is_none()
                                && self.variables.len() >= MOST_VARIABLES
                            {
                                file.too_many.add(row);
                                continue;
                            }
                            let number = self.variables.intern(name) as u16;
                            column.number = Some(number);
                            number
                        }
                    };
                    self.add(key, moment, number, value);
                }
            }
        }
    }

    #[inline]
    fn add(&mut self, key: u32, moment: Moment, variable: u16, value: f32) {
        let observation = Observation {
            key,
            hours: moment.hours,
            value,
            variable,
            absolute: moment.absolute,
        };
        match self.blocks.last_mut() {
            Some(block) if block.len() < BLOCK => block.push(observation),
            _ => {
                // The first block grows as it needs to: a small file takes little memory.
                let mut block =
                    Vec::with_capacity(if self.blocks.is_empty() { 256 } else { BLOCK });
                block.push(observation);
                self.blocks.push(block);
            }
        }
        self.length += 1;
    }

    /// Ends a table and says what was counted. Returns whether some text was not UTF-8.
    pub(crate) fn end(
        &mut self,
        file: &SeriesFile,
        header: &Header,
        name: &str,
        warnings: &mut Vec<String>,
    ) -> bool {
        file.linker.report(name, header, warnings);
        if !file.linker.has_time() {
            warnings.push(format!(
                "{name} has no time column: all its values are taken to be of hour 0"
            ));
        }
        file.no_time
            .report(name, "without a time, skipped", warnings);
        file.no_variable
            .report(name, "without a variable, skipped", warnings);
        match &file.layout {
            Layout::Long { value, .. } => {
                let value = shown(&header.names[*value]);
                file.no_value.report(
                    name,
                    &format!("without a value in {value}, skipped"),
                    warnings,
                );
                file.broken.report(
                    name,
                    &format!("whose {value} is not a number, skipped"),
                    warnings,
                );
            }
            Layout::Wide(columns) => {
                let mut unsaid = 0;
                for (said, column) in columns
                    .iter()
                    .filter(|column| column.broken.count > 0)
                    .enumerate()
                {
                    if said < 8 {
                        let field = shown(&header.names[column.field]);
                        column.broken.report(
                            name,
                            &format!("whose {field} is not a number, left out"),
                            warnings,
                        );
                    } else {
                        unsaid += 1;
                    }
                }
                if unsaid > 0 {
                    warnings.push(format!(
                        "{name}: {} further columns hold text, left out",
                        grouped(unsaid)
                    ));
                }
            }
        }
        file.too_many
            .report(name, "beyond the first 65,535 variables, skipped", warnings);
        self.segments.push(Segment {
            file: name.to_owned(),
            link: file.linker.link,
            end: self.length,
        });
        file.foreign || file.linker.is_foreign()
    }

    /// Groups the observations by sample, ordered by time, in two passes that free what they have placed.
    pub(crate) fn finish(
        mut self,
        samples: usize,
        ids: &Ids,
        warnings: &mut Vec<String>,
    ) -> Result<Option<Series>, ImportError> {
        let mut offsets = vec![0_u32; samples + 1];
        let mut segments = self.segments.iter().peekable();
        let (mut unknown, mut ambiguous) = (Count::default(), Count::default());
        let mut kept = 0_u64;
        let mut file = "";
        for (position, observation) in self.blocks.iter_mut().flatten().enumerate() {
            while let Some(segment) = segments.next_if(|segment| segment.end <= position) {
                skipped(&mut unknown, &mut ambiguous, &segment.file, warnings);
            }
            let Some(segment) = segments.peek() else {
                break;
            };
            file = &segment.file;
            let sample = ids.sample(observation.key, segment.link);
            let moment = Moment {
                hours: observation.hours,
                absolute: observation.absolute,
            };
            observation.hours = ids.since_first(observation.key, moment);
            observation.key = sample;
            match sample {
                MISSING => unknown.count += 1,
                AMBIGUOUS => ambiguous.count += 1,
                _ => {
                    kept += 1;
                    if let Some(count) = offsets.get_mut(sample as usize + 1) {
                        *count = count.saturating_add(1);
                    }
                }
            }
        }
        skipped(&mut unknown, &mut ambiguous, file, warnings);
        if kept > u64::from(u32::MAX) {
            return Err(ImportError::TooManyRows {
                file: file.to_owned(),
            });
        }
        if kept == 0 {
            return Ok(None);
        }
        for sample in 0..samples {
            offsets[sample + 1] += offsets[sample];
        }
        let kept = kept as usize;
        let mut series = Series {
            variables: self.variables.texts(),
            offsets,
            variable: vec![0; kept],
            hours: vec![0.0; kept],
            values: vec![0.0; kept],
        };
        // From the last observation to the first, filling each sample's range from its end: equal times keep their order.
        let mut ends: Vec<u32> = series.offsets[1..].to_vec();
        while let Some(block) = self.blocks.pop() {
            for observation in block.iter().rev() {
                if let Some(end) = ends.get_mut(observation.key as usize) {
                    *end -= 1;
                    let place = *end as usize;
                    series.variable[place] = observation.variable;
                    series.hours[place] = observation.hours;
                    series.values[place] = observation.value;
                }
            }
        }
        drop_unused_variables(&mut series);
        order_by_time(&mut series);
        Ok(Some(series))
    }
}

/// Whether a cell names no variable. `NA` does: sodium.
fn is_nameless(name: &[u8]) -> bool {
    matches!(name, b"" | b"?")
        || name.eq_ignore_ascii_case(b"null")
        || name.eq_ignore_ascii_case(b"nan")
}

/// Says how many observations of a file belong to nobody, where that was found out only at the end.
fn skipped(unknown: &mut Count, ambiguous: &mut Count, file: &str, warnings: &mut Vec<String>) {
    let (nobody, several) = (
        std::mem::take(unknown).count,
        std::mem::take(ambiguous).count,
    );
    if nobody > 0 {
        warnings.push(format!(
            "{file}: {} values whose identifier is not in the patients table, skipped",
            grouped(nobody)
        ));
    }
    if several > 0 {
        warnings.push(format!(
            "{file}: {} values that name a person with several samples and no sample, skipped",
            grouped(several)
        ));
    }
}

/// Drops the variables without an observation, which belonged to skipped rows alone.
fn drop_unused_variables(series: &mut Series) {
    let mut used = vec![false; series.variables.len()];
    for &variable in &series.variable {
        used[variable as usize] = true;
    }
    if used.iter().all(|used| *used) {
        return;
    }
    let mut number = 0;
    let renumbered: Vec<u16> = used
        .iter()
        .map(|&used| {
            let own = number;
            number += u16::from(used);
            own
        })
        .collect();
    for variable in &mut series.variable {
        *variable = renumbered[*variable as usize];
    }
    let mut used = used.iter();
    series.variables.retain(|_| used.next() == Some(&true));
}

/// Sorts each sample's observations by time; equal times keep their order.
fn order_by_time(series: &mut Series) {
    let mut sorted = Vec::new();
    for range in series.offsets.windows(2) {
        let range = range[0] as usize..range[1] as usize;
        if series.hours[range.clone()].is_sorted() {
            continue;
        }
        sorted.clear();
        sorted.extend(range.clone().map(|place| {
            (
                series.hours[place],
                series.variable[place],
                series.values[place],
            )
        }));
        sorted.sort_by(|left: &(f32, u16, f32), right| left.0.total_cmp(&right.0));
        for (place, &(hours, variable, value)) in range.zip(&sorted) {
            series.hours[place] = hours;
            series.variable[place] = variable;
            series.values[place] = value;
        }
    }
}

/// The row's time; rows without one are counted where the file has a time column, and are of hour 0 else.
#[inline]
fn moment(
    linker: &mut Linker,
    no_time: &mut Count,
    record: Record<'_>,
    row: u64,
    key: u32,
    ids: &mut Ids,
    missing: &MissingValues,
) -> Option<Moment> {
    if !linker.has_time() {
        return Some(Moment {
            hours: 0.0,
            absolute: false,
        });
    }
    let moment = linker.time(record, row, key, ids, missing)?;
    if moment.hours.is_nan() {
        no_time.add(row);
        return None;
    }
    Some(moment)
}
