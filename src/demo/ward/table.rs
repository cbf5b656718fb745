//! The patients table: what is known at the door.

use super::draws::{Draws, Part};
use super::factor::{Factor, Patient};
use crate::cohort::{Column, ColumnKind, Role};

/// A cell's column: its name, its kind and whether a gap is possible.
const COLUMNS: [(&str, ColumnKind, bool); 13] = [
    ("age", ColumnKind::Number, false),
    ("sex", ColumnKind::Category, false),
    ("height_cm", ColumnKind::Number, true),
    ("weight_kg", ColumnKind::Number, true),
    ("admission_source", ColumnKind::Category, false),
    ("smoking", ColumnKind::Category, true),
    ("mobility", ColumnKind::Category, true),
    ("comorbidities", ColumnKind::Number, true),
    ("regular_medicines", ColumnKind::Number, true),
    ("admissions_last_year", ColumnKind::Number, true),
    ("pain_score", ColumnKind::Number, true),
    ("anticoagulant", ColumnKind::YesNo, true),
    ("diabetes_medicine", ColumnKind::YesNo, true),
];

/// The input columns; a cell that may have a gap has one at 0.4 times the rate `missing`.
pub(super) fn columns(patients: &[Patient], seed: u64, missing: f64) -> Vec<Column> {
    let rows: Vec<[String; COLUMNS.len()]> = patients
        .iter()
        .enumerate()
        .map(|(row, patient)| cells(patient, &mut Draws::new(seed, row, Part::Table)))
        .collect();
    let gaps: Vec<[f64; COLUMNS.len()]> = (0..patients.len())
        .map(|row| {
            let mut draws = Draws::new(seed, row, Part::TableGaps);
            std::array::from_fn(|_| draws.uniform())
        })
        .collect();
    COLUMNS
        .iter()
        .enumerate()
        .map(|(index, (name, kind, may_miss))| {
            super::column(
                name,
                Role::Input,
                *kind,
                rows.iter().zip(&gaps).map(|(cells, gap)| {
                    let hidden = *may_miss && gap[index] < 0.4 * missing;
                    (!hidden).then(|| cells[index].clone())
                }),
            )
        })
        .collect()
}

/// One patient's cells, in the order of [`COLUMNS`].
fn cells(patient: &Patient, draws: &mut Draws) -> [String; COLUMNS.len()] {
    let kind = patient.phenotype;
    let height = if patient.woman { 164.0 } else { 177.0 } + 6.5 * draws.normal();
    let mass_index = 25.5 + [-1.0, -1.0, 9.0, 0.0][kind] + 0.8 * patient.factor(Factor::Glycaemia)
        - 1.0 * patient.factor(Factor::Malignancy)
        + 2.8 * draws.normal();
    let weight = mass_index.clamp(15.0, 55.0) * height * height / 10_000.0;

    let frail = patient.view(Factor::Frailty, 0.7, draws);
    let injured = patient.view(Factor::Trauma, 0.6, draws);
    let source = if frail > 1.1 {
        "nursing home"
    } else if injured > 0.4 {
        "emergency department"
    } else {
        let other = [
            "emergency department",
            "emergency department",
            "general practitioner",
            "other hospital",
            "planned",
        ];
        draws.pick(&other)
    };
    let smoke = patient.view(Factor::Airflow, 0.5, draws);
    let smoking = match smoke {
        x if x > 0.8 => "current",
        x if x > -0.1 => "former",
        _ => "never",
    };
    let walk = patient.view(Factor::Frailty, 0.7, draws);
    let mobility = match walk {
        x if x > 1.5 => "bedbound",
        x if x > 0.9 => "wheelchair",
        x if x > 0.1 => "walking aid",
        _ => "independent",
    };
    let comorbidities = 2.4
        + [-1.6, 2.6, 0.6, 0.0][kind]
        + 0.5 * patient.factor(Factor::Frailty)
        + 0.9 * draws.normal();
    let medicines = 5.0
        + [-3.0, 4.5, 1.5, 0.0][kind]
        + 1.6 * patient.factor(Factor::Frailty)
        + 1.6 * draws.normal();
    let admissions = 0.7
        + 0.5 * patient.factor(Factor::Frailty)
        + 0.4 * patient.factor(Factor::Malignancy)
        + 0.9 * draws.normal();
    let pain = 3.2 + 2.0 * patient.view(Factor::Trauma, 0.6, draws);
    let thinned = patient.view(Factor::Rhythm, 0.55, draws) > 0.9;
    let sweet = patient.view(Factor::Glycaemia, 0.6, draws) > 0.8;

    [
        whole(patient.age, 18.0, 97.0),
        if patient.woman { "female" } else { "male" }.to_owned(),
        whole(height, 140.0, 205.0),
        whole(weight, 35.0, 180.0),
        source.to_owned(),
        smoking.to_owned(),
        mobility.to_owned(),
        whole(comorbidities, 0.0, 12.0),
        whole(medicines, 0.0, 22.0),
        whole(admissions, 0.0, 9.0),
        whole(pain, 0.0, 10.0),
        yes_no(thinned),
        yes_no(sweet),
    ]
}

/// A whole number within bounds.
fn whole(value: f64, low: f64, high: f64) -> String {
    (value.clamp(low, high).round() as i64).to_string()
}

fn yes_no(yes: bool) -> String {
    if yes { "yes" } else { "no" }.to_owned()
}
