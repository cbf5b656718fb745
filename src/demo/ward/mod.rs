//! The demo ward: generated patients with all four modalities and a known graph of task interactions.
//!
//! Twenty independent latent factors (`factor::Factor`) describe a patient. Every modality shows some of them through noise of its own, and every
//! task reads one (cleanly) or several (noisily) of them: that is the planted graph. `docs/ward.md` tells the whole recipe;
//! all of it is this project's invention (ours). No text, number or image comes from a real person.
//!
//! Everything is drawn from ChaCha8 streams with additions, multiplications, divisions and square roots only, so that a seed gives the same
//! ward, to the last bit, on every platform.

mod catalogue;
mod draws;
mod factor;
mod film;
mod labels;
mod notes;
mod phrases;
mod reports;
mod series;
#[cfg(test)]
mod signal_tests;
mod study;
mod table;
#[cfg(test)]
mod tests;
mod waves;

use self::draws::{Draws, Part};
use self::factor::Patient;
use super::DemoError;
use crate::cohort::{Cohort, Column, ColumnKind, MISSING, Role};
use crate::session::protocol::DemoOptions;
use std::collections::BTreeMap;

/// Fewest patients of a ward.
pub const FEWEST_PATIENTS: usize = 10;
/// Most patients of a ward.
pub const MOST_PATIENTS: usize = 20_000;
/// Most tasks of a ward: 40 diagnoses, 3 operation forecasts, 1 phenotype.
pub const MOST_TASKS: usize = 44;

/// Generates a ward: `patients` samples (1,000 unless told) with a table, 16 irregular series over 48 hours, notes and chest films, of which
/// a share `missing` (0.15) is left out, labels for `tasks` (12) tasks, the planted graph and a study that goes with it.
///
/// The same options give the same ward on every platform.
///
/// # Errors
/// A sentence for an option outside its range.
pub fn generate(options: &DemoOptions) -> Result<Cohort, DemoError> {
    let count = options.patients.unwrap_or(1_000);
    let seed = options.seed.unwrap_or(7);
    let missing = options.missing.unwrap_or(0.15);
    let tasks = options.tasks.unwrap_or(12);
    let has_waves = options.waves.unwrap_or(false);
    let has_reports = options.reports.unwrap_or(false);
    if !(FEWEST_PATIENTS..=MOST_PATIENTS).contains(&count) {
        return Err(DemoError::Patients {
            given: count,
            lowest: FEWEST_PATIENTS,
            highest: MOST_PATIENTS,
        });
    }
    if !(0.0..=0.9).contains(&missing) {
        return Err(DemoError::Missing { given: missing });
    }
    if !(1..=MOST_TASKS).contains(&tasks) {
        return Err(DemoError::Tasks {
            given: tasks,
            highest: MOST_TASKS,
        });
    }

    let patients: Vec<Patient> = (0..count).map(|row| Patient::draw(seed, row)).collect();
    let chosen = catalogue::choose(tasks);

    let ids: Vec<String> = (1..=count).map(|number| format!("W{number:05}")).collect();
    let mut columns = vec![column(
        "id",
        Role::Id,
        ColumnKind::Text,
        ids.iter().cloned().map(Some),
    )];
    columns.extend(table::columns(&patients, seed, missing));
    columns.extend(labels::columns(&patients, seed, missing, &chosen));

    if has_waves {
        columns.push(waves::column(count, seed));
    }
    if has_reports {
        columns.push(reports::column(count, seed));
    }

    let mut notes = Vec::new();
    let mut images = Vec::new();
    let mut series = series::Builder::new(has_waves);
    for (row, patient) in patients.iter().enumerate() {
        let mut present = Draws::new(seed, row, Part::Presence);
        let (has_series, has_notes, has_images) = (
            !present.chance(missing),
            !present.chance(missing),
            !present.chance(missing),
        );
        if has_series {
            series.observe(patient, missing, &mut Draws::new(seed, row, Part::Series));
            if has_waves {
                series.observe_waves(seed, row);
            }
        }
        series.end_sample();
        if has_notes {
            notes::write(
                patient,
                row as u32,
                &mut Draws::new(seed, row, Part::Notes),
                &mut notes,
            );
            if has_reports {
                notes.push(reports::write(seed, row));
            }
        }
        if has_images {
            film::take(
                patient,
                row as u32,
                &mut Draws::new(seed, row, Part::Films),
                &mut images,
            );
        }
    }

    Ok(Cohort {
        name: "Demo ward".to_owned(),
        persons: (0..count as u32).collect(),
        ids,
        columns,
        series: Some(series.finish()),
        notes,
        images,
        planted: catalogue::planted(&chosen),
        suggested_study: Some(study::suggest(
            &chosen,
            &[
                has_waves.then(study::waves_task),
                has_reports.then(study::reports_task),
            ],
            count,
            seed,
        )),
        ..Cohort::default()
    })
}

/// A label that every patient has.
fn yes_no_label(name: &str, patients: usize, has: impl Fn(usize) -> bool) -> Column {
    let cells = (0..patients).map(|row| Some(if has(row) { "yes" } else { "no" }.to_owned()));
    column(name, Role::Label, ColumnKind::YesNo, cells)
}

/// A column from its cells, each distinct text kept once in order of appearance.
fn column(
    name: &str,
    role: Role,
    kind: ColumnKind,
    cells: impl IntoIterator<Item = Option<String>>,
) -> Column {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let mut levels = Vec::new();
    let codes = cells
        .into_iter()
        .map(|cell| match cell {
            None => MISSING,
            Some(text) => *seen.entry(text).or_insert_with_key(|text| {
                levels.push(text.clone());
                levels.len() as u32 - 1
            }),
        })
        .collect();
    Column {
        name: name.to_owned(),
        role,
        kind,
        levels,
        codes,
    }
}
