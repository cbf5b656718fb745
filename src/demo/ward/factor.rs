//! The latent factors behind every patient of the ward.

use super::draws::{Draws, Part};

/// Number of [`Factor`]s.
pub(super) const FACTORS: usize = 20;

/// A latent cause: standard normal, independent of the others, high where the patient is worse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Factor {
    /// Consolidated lung; seen in the film.
    Consolidation,
    /// Congested, enlarged heart; seen in the film.
    Congestion,
    /// Clotting veins; told in the notes.
    Thrombosis,
    /// Failing kidneys; creatinine and urine.
    Renal,
    /// Systemic infection; temperature, white cells, heart rate.
    Infection,
    /// Failing attention; told in the notes, and the coma scale.
    Cognition,
    /// Obstructed airways; saturation, respiratory rate, smoking.
    Airflow,
    /// Failing circulation; arterial pressure and lactate.
    Perfusion,
    /// Failing liver; bilirubin and albumin.
    Hepatic,
    /// Blood loss; haemoglobin, notes.
    Bleeding,
    /// Irregular pulse; spread of the heart rate, anticoagulant.
    Rhythm,
    /// High blood sugar; glucose, medicines.
    Glycaemia,
    /// Low sodium.
    Sodium,
    /// Alcohol; told in the notes.
    Alcohol,
    /// Malignancy; told in the notes, weight, effusion.
    Malignancy,
    /// Failing bone marrow; platelets.
    Marrow,
    /// Frailty; age, mobility, medicines.
    Frailty,
    /// Injury; pain, operation, notes.
    Trauma,
    /// Obstructed bladder; told in the notes.
    Urinary,
    /// Broken skin; told in the notes.
    Skin,
}

/// The true phenotypes, independent of the factors.
pub(super) const PHENOTYPES: [&str; 4] =
    ["robust", "multimorbid", "metabolic", "hyperinflammatory"];

/// What is true of a patient and never shown.
#[derive(Debug, Clone)]
pub(super) struct Patient {
    factors: [f64; FACTORS],
    /// Index into [`PHENOTYPES`].
    pub(super) phenotype: usize,
    /// Whether the patient is a woman.
    pub(super) woman: bool,
    /// Age in years.
    pub(super) age: f64,
}

impl Patient {
    /// Draws the patient of a row.
    pub(super) fn draw(seed: u64, row: usize) -> Self {
        let mut draws = Draws::new(seed, row, Part::Factors);
        let mut factors = [0.0; FACTORS];
        for factor in &mut factors {
            *factor = draws.normal();
        }
        let phenotype = draws.below(PHENOTYPES.len());
        let age = 63.0
            + [-20.0, 11.0, -4.0, 1.0][phenotype]
            + 7.0 * factors[Factor::Frailty as usize]
            + 9.0 * draws.normal();
        Self {
            factors,
            phenotype,
            woman: draws.chance(0.48),
            age: age.clamp(18.0, 97.0).round(),
        }
    }

    /// The value of a factor, in standard deviations.
    pub(super) fn factor(&self, factor: Factor) -> f64 {
        self.factors[factor as usize]
    }

    /// A noisy view of a factor with unit variance, of which a share `clarity` (0 to 1) comes from the factor.
    pub(super) fn view(&self, factor: Factor, clarity: f64, draws: &mut Draws) -> f64 {
        clarity.sqrt() * self.factor(factor) + (1.0 - clarity).sqrt() * draws.normal()
    }
}
