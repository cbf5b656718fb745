//! The label columns: each a noisy reading of a few factors.

use super::catalogue::{CATALOGUE, CLEAN, Entry, Label, UNITS};
use super::draws::{Draws, Part, exponential};
use super::factor::{PHENOTYPES, Patient};
use crate::cohort::{Column, ColumnKind, Role};

/// Draws of chance per patient: one a task, and one a unit.
struct Chance {
    tasks: Vec<f64>,
    units: [f64; UNITS.len()],
}

/// The label columns of the chosen tasks. Tasks that read cleanly lose half as many labels as `missing` says, noisy ones half as many more.
pub(super) fn columns(
    patients: &[Patient],
    seed: u64,
    missing: f64,
    chosen: &[&Entry],
) -> Vec<Column> {
    let chances: Vec<Chance> = (0..patients.len())
        .map(|row| {
            let mut draws = Draws::new(seed, row, Part::Labels);
            Chance {
                tasks: CATALOGUE.iter().map(|_| draws.normal()).collect(),
                units: std::array::from_fn(|_| draws.normal()),
            }
        })
        .collect();
    let gaps: Vec<Vec<f64>> = (0..patients.len())
        .map(|row| {
            let mut draws = Draws::new(seed, row, Part::LabelGaps);
            CATALOGUE.iter().map(|_| draws.uniform()).collect()
        })
        .collect();
    let leaving = leaving_within_48h(patients, &chances);

    chosen
        .iter()
        .map(|entry| {
            let position = position(entry);
            let cells: Vec<String> = match entry.label {
                Label::Binary(prevalence) => {
                    let liabilities = liabilities(entry, patients, &chances);
                    highest(&liabilities, prevalence)
                        .into_iter()
                        .map(|yes| if yes { "yes" } else { "no" }.to_owned())
                        .collect()
                }
                Label::Days => liabilities(entry, patients, &chances)
                    .iter()
                    .zip(&leaving)
                    .map(|(liability, leaving)| format!("{:.1}", days(*liability, *leaving)))
                    .collect(),
                Label::Unit => patients
                    .iter()
                    .zip(&chances)
                    .map(|(patient, chance)| unit(entry, patient, chance).to_owned())
                    .collect(),
                Label::Phenotype => patients
                    .iter()
                    .map(|patient| PHENOTYPES[patient.phenotype].to_owned())
                    .collect(),
            };
            let rate = match entry.label {
                Label::Phenotype => 0.0,
                _ if entry.reliability >= CLEAN => 0.5 * missing,
                _ => (1.5 * missing).min(0.95),
            };
            let mut hidden: Vec<bool> = gaps.iter().map(|gap| gap[position] < rate).collect();
            keep_some(&cells, &mut hidden);
            let kind = match entry.label {
                Label::Binary(_) => ColumnKind::YesNo,
                Label::Days => ColumnKind::Number,
                Label::Unit | Label::Phenotype => ColumnKind::Category,
            };
            super::column(
                entry.column,
                Role::Label,
                kind,
                cells
                    .into_iter()
                    .zip(hidden)
                    .map(|(cell, hidden)| (!hidden).then_some(cell)),
            )
        })
        .collect()
}

/// Place of an entry in the catalogue.
fn position(entry: &Entry) -> usize {
    CATALOGUE
        .iter()
        .position(|other| other.name == entry.name)
        .unwrap_or(0)
}

/// What decides a label: √reliability · (mean of the factors, scaled to unit variance) + √(1 − reliability) · chance.
fn liabilities(entry: &Entry, patients: &[Patient], chances: &[Chance]) -> Vec<f64> {
    let position = position(entry);
    let width = (entry.factors.len() as f64).sqrt();
    patients
        .iter()
        .zip(chances)
        .map(|(patient, chance)| {
            let sum: f64 = entry
                .factors
                .iter()
                .map(|factor| patient.factor(*factor))
                .sum();
            entry.direction * entry.reliability.sqrt() * sum / width
                + (1.0 - entry.reliability).sqrt() * chance.tasks[position]
        })
        .collect()
}

/// Marks the share of highest values, at least two and all but two of them.
fn highest(values: &[f64], share: f64) -> Vec<bool> {
    let count = ((values.len() as f64 * share).round() as usize)
        .clamp(2, values.len().saturating_sub(2).max(2));
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
    let mut marked = vec![false; values.len()];
    for &row in order.iter().take(count) {
        marked[row] = true;
    }
    marked
}

/// Who leaves the unit between hours 48 and 96, whether or not the ward has that task: the length of stay must agree with it.
fn leaving_within_48h(patients: &[Patient], chances: &[Chance]) -> Vec<bool> {
    CATALOGUE
        .iter()
        .find(|entry| entry.column == "discharge_or_transfer_within_48h")
        .map(|entry| match entry.label {
            Label::Binary(share) => highest(&liabilities(entry, patients, chances), share),
            _ => vec![false; patients.len()],
        })
        .unwrap_or_default()
}

/// Days in hospital. Everyone stays the 48 observed hours; who does not leave the unit in the next 48 stays more than four days,
/// while a transfer may come before a long stay.
fn days(liability: f64, leaving: bool) -> f64 {
    let days = 2.0 + 5.0 * exponential(0.45 * liability);
    if leaving { days } else { days.max(4.1) }
}

/// The unit whose factor, blurred by chance, is highest.
fn unit(entry: &Entry, patient: &Patient, chance: &Chance) -> &'static str {
    let mut best = (f64::NEG_INFINITY, 0);
    for (index, factor) in entry.factors.iter().enumerate() {
        let pull = entry.reliability.sqrt() * patient.factor(*factor)
            + (1.0 - entry.reliability).sqrt() * chance.units[index]
            + [0.0, -0.05, -0.2, 0.35, 0.05][index];
        if pull > best.0 {
            best = (pull, index);
        }
    }
    UNITS[best.1]
}

/// Uncovers labels, in row order, until every value that occurs (at most five are asked for, of a quantity five rows) is seen twice, so
/// that even a small ward with many gaps can be learned from.
fn keep_some(cells: &[String], hidden: &mut [bool]) {
    let mut values: Vec<&String> = Vec::new();
    for cell in cells {
        if values.len() < 5 && !values.contains(&cell) {
            values.push(cell);
        }
    }
    for value in values {
        let mut seen = (0..cells.len())
            .filter(|&row| cells[row] == *value && !hidden[row])
            .count();
        for row in 0..cells.len() {
            if seen < 2 && hidden[row] && cells[row] == *value {
                hidden[row] = false;
                seen += 1;
            }
        }
    }
}
