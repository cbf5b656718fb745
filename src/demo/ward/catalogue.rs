//! The ward's tasks, what each reads, and the planted graph that follows.

use super::factor::Factor::{self, *};
use crate::cohort::Planted;

/// One task of the ward.
#[derive(Debug)]
pub(super) struct Entry {
    /// Its name.
    pub(super) name: &'static str,
    /// Its column of the patients table.
    pub(super) column: &'static str,
    /// Its department.
    pub(super) department: &'static str,
    /// What its label is.
    pub(super) label: Label,
    /// The factors it reads, in equal parts.
    pub(super) factors: &'static [Factor],
    /// Whether high factors raise the label (1) or lower it (−1).
    pub(super) direction: f64,
    /// Share of its liability's variance that comes from the factors; the rest is chance.
    pub(super) reliability: f64,
}

/// What a label is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Label {
    /// Yes for this share of the patients.
    Binary(f64),
    /// Days.
    Days,
    /// The unit of admission.
    Unit,
    /// None: the true phenotype is kept as a reference.
    Phenotype,
}

/// Reliability of a task that reads its one factor cleanly and therefore contributes.
pub(super) const CLEAN: f64 = 0.95;
/// Reliability of a task that reads several factors through much chance and therefore receives.
pub(super) const NOISY: f64 = 0.6;
/// Least [`interaction`] of a planted pair.
pub(super) const LEAST_INTERACTION: f64 = 0.07;

/// The units of admission, in the order of the factors that [`UNIT`] reads.
pub(super) const UNITS: [&str; 5] = [
    "Cardiac care",
    "Intensive care",
    "Neurology",
    "General medicine",
    "Surgery",
];

const fn clean(
    department: &'static str,
    name: &'static str,
    column: &'static str,
    prevalence: f64,
    factors: &'static [Factor],
) -> Entry {
    Entry {
        name,
        column,
        department,
        label: Label::Binary(prevalence),
        factors,
        direction: 1.0,
        reliability: CLEAN,
    }
}

const fn noisy(
    department: &'static str,
    name: &'static str,
    column: &'static str,
    prevalence: f64,
    factors: &'static [Factor],
) -> Entry {
    Entry {
        reliability: NOISY,
        ..clean(department, name, column, prevalence, factors)
    }
}

/// Number of diagnoses at the head of [`CATALOGUE`].
pub(super) const DIAGNOSES: usize = 40;
const OPERATIONS: &str = "Hospital operations";

/// Every task: 40 diagnoses of 16 departments, three operation forecasts, the unit, the phenotype.
pub(super) static CATALOGUE: [Entry; 45] = [
    clean(
        "Pulmonology",
        "Pneumonia",
        "pneumonia",
        0.26,
        &[Consolidation],
    ),
    noisy(
        "Pulmonology",
        "Respiratory failure",
        "respiratory_failure",
        0.25,
        &[Consolidation, Congestion, Thrombosis, Airflow],
    ),
    clean(
        "Pulmonology",
        "Chronic obstructive pulmonary disease",
        "copd",
        0.22,
        &[Airflow],
    ),
    noisy(
        "Pulmonology",
        "Pleural effusion",
        "pleural_effusion",
        0.2,
        &[Congestion, Malignancy],
    ),
    clean(
        "Cardiology",
        "Heart failure",
        "heart_failure",
        0.28,
        &[Congestion],
    ),
    clean(
        "Cardiology",
        "Atrial fibrillation",
        "atrial_fibrillation",
        0.2,
        &[Rhythm],
    ),
    clean(
        "Cardiology",
        "Circulatory shock",
        "circulatory_shock",
        0.14,
        &[Perfusion],
    ),
    noisy(
        "Cardiology",
        "Myocardial infarction",
        "myocardial_infarction",
        0.15,
        &[Perfusion, Rhythm],
    ),
    clean(
        "Vascular medicine",
        "Deep vein thrombosis",
        "deep_vein_thrombosis",
        0.22,
        &[Thrombosis],
    ),
    noisy(
        "Vascular medicine",
        "Pulmonary embolism",
        "pulmonary_embolism",
        0.14,
        &[Thrombosis, Malignancy],
    ),
    clean(
        "Nephrology",
        "Acute kidney injury",
        "acute_kidney_injury",
        0.3,
        &[Renal],
    ),
    noisy(
        "Nephrology",
        "Hyperkalaemia",
        "hyperkalaemia",
        0.16,
        &[Renal, Glycaemia],
    ),
    noisy(
        "Nephrology",
        "Acute tubular necrosis",
        "acute_tubular_necrosis",
        0.12,
        &[Renal, Perfusion],
    ),
    clean(
        "Infectious diseases",
        "Sepsis",
        "sepsis",
        0.24,
        &[Infection],
    ),
    noisy(
        "Infectious diseases",
        "Septic shock",
        "septic_shock",
        0.12,
        &[Infection, Perfusion],
    ),
    noisy(
        "Infectious diseases",
        "Bacteraemia",
        "bacteraemia",
        0.13,
        &[Infection, Skin],
    ),
    clean("Hepatology", "Cirrhosis", "cirrhosis", 0.14, &[Hepatic]),
    noisy(
        "Hepatology",
        "Hepatic encephalopathy",
        "hepatic_encephalopathy",
        0.12,
        &[Hepatic, Cognition],
    ),
    clean(
        "Gastroenterology",
        "Gastrointestinal bleeding",
        "gastrointestinal_bleeding",
        0.16,
        &[Bleeding],
    ),
    noisy(
        "Gastroenterology",
        "Pancreatitis",
        "pancreatitis",
        0.12,
        &[Alcohol, Glycaemia],
    ),
    clean("Neurology", "Delirium", "delirium", 0.26, &[Cognition]),
    noisy("Neurology", "Stroke", "stroke", 0.13, &[Rhythm, Cognition]),
    noisy("Neurology", "Seizure", "seizure", 0.12, &[Sodium, Alcohol]),
    clean("Endocrinology", "Diabetes", "diabetes", 0.3, &[Glycaemia]),
    noisy(
        "Endocrinology",
        "Ketoacidosis",
        "ketoacidosis",
        0.12,
        &[Glycaemia, Infection],
    ),
    clean(
        "Endocrinology",
        "Hyponatraemia",
        "hyponatraemia",
        0.2,
        &[Sodium],
    ),
    clean(
        "Psychiatry",
        "Alcohol use disorder",
        "alcohol_use_disorder",
        0.2,
        &[Alcohol],
    ),
    noisy(
        "Psychiatry",
        "Alcohol withdrawal",
        "alcohol_withdrawal",
        0.12,
        &[Alcohol, Cognition],
    ),
    clean("Oncology", "Cancer", "cancer", 0.22, &[Malignancy]),
    noisy(
        "Oncology",
        "Cachexia",
        "cachexia",
        0.15,
        &[Malignancy, Frailty],
    ),
    clean(
        "Haematology",
        "Thrombocytopenia",
        "thrombocytopenia",
        0.2,
        &[Marrow],
    ),
    noisy(
        "Haematology",
        "Severe anaemia",
        "severe_anaemia",
        0.18,
        &[Bleeding, Marrow],
    ),
    noisy(
        "Haematology",
        "Disseminated coagulation",
        "disseminated_coagulation",
        0.12,
        &[Marrow, Infection],
    ),
    clean("Geriatrics", "Frailty", "frailty", 0.35, &[Frailty]),
    noisy(
        "Geriatrics",
        "Recurrent falls",
        "recurrent_falls",
        0.22,
        &[Frailty, Sodium],
    ),
    clean(
        "Orthopaedics",
        "Hip fracture",
        "hip_fracture",
        0.16,
        &[Trauma],
    ),
    noisy(
        "Orthopaedics",
        "Wound infection",
        "wound_infection",
        0.12,
        &[Trauma, Skin],
    ),
    clean(
        "Urology",
        "Urinary retention",
        "urinary_retention",
        0.18,
        &[Urinary],
    ),
    noisy(
        "Urology",
        "Urinary tract infection",
        "urinary_tract_infection",
        0.22,
        &[Urinary, Infection],
    ),
    clean(
        "Dermatology",
        "Pressure ulcer",
        "pressure_ulcer",
        0.18,
        &[Skin],
    ),
    noisy(
        OPERATIONS,
        "Death in hospital",
        "death_in_hospital",
        0.18,
        &[Infection, Renal, Congestion, Consolidation, Frailty],
    ),
    Entry {
        label: Label::Days,
        ..noisy(
            OPERATIONS,
            "Length of stay",
            "length_of_stay",
            0.0,
            &[Cognition, Thrombosis, Renal, Consolidation, Trauma],
        )
    },
    Entry {
        direction: -1.0,
        ..noisy(
            OPERATIONS,
            "Discharge or transfer within 48 h",
            "discharge_or_transfer_within_48h",
            0.35,
            &[Cognition, Thrombosis, Infection, Congestion, Bleeding],
        )
    },
    Entry {
        label: Label::Unit,
        ..noisy(
            OPERATIONS,
            "Unit",
            "unit",
            0.0,
            &[Congestion, Infection, Cognition, Renal, Thrombosis],
        )
    },
    Entry {
        label: Label::Phenotype,
        ..noisy("Phenotyping", "Phenotype", "phenotype", 0.0, &[])
    },
];

/// The first twelve tasks, in the order in which a growing number of tasks takes them.
const FIRST: [&str; 12] = [
    "Pneumonia",
    "Respiratory failure",
    "Death in hospital",
    "Length of stay",
    "Deep vein thrombosis",
    "Sepsis",
    "Acute kidney injury",
    "Heart failure",
    "Delirium",
    "Discharge or transfer within 48 h",
    "Unit",
    "Phenotype",
];

/// The entries of a ward with this many tasks (1 to 44), in the catalogue's order: the first twelve one by one, then the other
/// diagnoses, department by department; at 44 the unit makes room, so that all 40 diagnoses, 3 operations and the phenotype are there.
pub(super) fn choose(tasks: usize) -> Vec<&'static Entry> {
    let everything = tasks >= super::MOST_TASKS;
    let further = tasks.saturating_sub(FIRST.len());
    let chosen: Vec<&str> = FIRST
        .iter()
        .take(tasks)
        .copied()
        .filter(|name| !(everything && *name == "Unit"))
        .chain(
            CATALOGUE[..DIAGNOSES]
                .iter()
                .map(|entry| entry.name)
                .filter(|name| !FIRST.contains(name))
                .take(further + usize::from(everything)),
        )
        .collect();
    CATALOGUE
        .iter()
        .filter(|entry| chosen.contains(&entry.name))
        .collect()
}

/// How much a contributing task can tell a receiving one (ours): r² · reliability of the contributing · (1 − reliability of the receiving),
/// where r² is the squared correlation of what the two read. The unit's five classes read a factor each, so their shares do not add up
/// before they are squared.
pub(super) fn interaction(receiving: &Entry, contributing: &Entry) -> f64 {
    let shared = receiving
        .factors
        .iter()
        .filter(|factor| contributing.factors.contains(factor))
        .count() as f64;
    let widths = (receiving.factors.len() * contributing.factors.len()).max(1) as f64;
    let correlation_squared = if receiving.label == Label::Unit || contributing.label == Label::Unit
    {
        shared / widths
    } else {
        shared * shared / widths
    };
    correlation_squared * contributing.reliability * (1.0 - receiving.reliability)
}

/// The planted pairs among these tasks: those whose [`interaction`] is at least [`LEAST_INTERACTION`].
pub(super) fn planted(chosen: &[&Entry]) -> Vec<Planted> {
    let mut pairs = Vec::new();
    for receiving in chosen {
        for contributing in chosen {
            if receiving.name != contributing.name
                && interaction(receiving, contributing) >= LEAST_INTERACTION
            {
                pairs.push(Planted {
                    receiving: receiving.name.to_owned(),
                    contributing: contributing.name.to_owned(),
                });
            }
        }
    }
    pairs
}
