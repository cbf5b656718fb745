//! Vitals and laboratory values over 48 hours, each at its own irregular pace.

use super::draws::{Draws, exponential, rounded};
use super::factor::Factor::{self, *};
use super::factor::Patient;
use super::waves;
use crate::cohort::Series;

/// Hours that are observed.
const HOURS: f64 = 48.0;

/// How a variable follows from its level in standard deviations.
enum Scale {
    /// centre + spread · level.
    Linear,
    /// centre · exp(spread · level).
    Logarithmic,
}

/// One variable.
struct Variable {
    name: &'static str,
    scale: Scale,
    centre: f64,
    spread: f64,
    /// Factors, their effect on the level, and what is added to it from the first to the last hour.
    effects: &'static [(Factor, f64, f64)],
    /// Effect of each phenotype on the level.
    phenotype: [f64; 4],
    /// Deviation of the level between patients that no factor explains.
    own: f64,
    /// Deviation from one observation to the next.
    jitter: f64,
    /// A factor that widens the jitter, and how strongly.
    unsteady: Option<(Factor, f64)>,
    /// Mean hours between observations.
    every: f64,
    /// Share of patients without it, at the usual rate of missing modalities (0.15).
    absent: f64,
    low: f64,
    high: f64,
    decimals: u8,
}

const PLAIN: Variable = Variable {
    name: "",
    scale: Scale::Linear,
    centre: 0.0,
    spread: 1.0,
    effects: &[],
    phenotype: [0.0; 4],
    own: 0.5,
    jitter: 0.35,
    unsteady: None,
    every: 1.6,
    absent: 0.01,
    low: 0.0,
    high: 10_000.0,
    decimals: 0,
};

const LABORATORY: Variable = Variable {
    scale: Scale::Logarithmic,
    jitter: 0.25,
    every: 11.0,
    absent: 0.08,
    decimals: 1,
    ..PLAIN
};

static VARIABLES: [Variable; 16] = [
    Variable {
        name: "heart_rate",
        centre: 86.0,
        spread: 12.0,
        low: 30.0,
        high: 210.0,
        own: 0.6,
        effects: &[
            (Infection, 0.45, 0.1),
            (Rhythm, 0.3, 0.0),
            (Thrombosis, 0.12, 0.0),
            (Bleeding, 0.2, 0.2),
        ],
        phenotype: [0.2, -0.7, 0.2, 1.0],
        unsteady: Some((Rhythm, 0.6)),
        every: 1.3,
        ..PLAIN
    },
    Variable {
        name: "mean_arterial_pressure",
        centre: 81.0,
        spread: 10.0,
        low: 30.0,
        high: 150.0,
        effects: &[(Perfusion, -0.8, -0.3), (Infection, -0.15, 0.0)],
        phenotype: [0.0, -0.4, 1.1, -0.6],
        every: 1.4,
        ..PLAIN
    },
    Variable {
        name: "respiratory_rate",
        centre: 18.0,
        spread: 3.2,
        low: 6.0,
        high: 50.0,
        effects: &[
            (Airflow, 0.55, 0.0),
            (Consolidation, 0.15, 0.0),
            (Congestion, 0.15, 0.0),
            (Infection, 0.15, 0.0),
        ],
        phenotype: [-0.2, 0.0, 0.0, 0.9],
        every: 1.5,
        ..PLAIN
    },
    Variable {
        name: "oxygen_saturation",
        centre: 95.6,
        spread: 1.7,
        low: 60.0,
        high: 100.0,
        effects: &[
            (Airflow, -0.6, 0.0),
            (Consolidation, -0.18, 0.0),
            (Congestion, -0.12, 0.0),
            (Thrombosis, -0.1, 0.0),
        ],
        every: 1.3,
        ..PLAIN
    },
    Variable {
        name: "temperature",
        centre: 37.1,
        spread: 0.55,
        low: 33.0,
        high: 42.0,
        decimals: 1,
        effects: &[(Infection, 0.65, -0.2), (Consolidation, 0.1, 0.0)],
        every: 4.0,
        ..PLAIN
    },
    Variable {
        name: "glasgow_coma_scale",
        centre: 14.2,
        spread: 1.1,
        low: 3.0,
        high: 15.0,
        own: 0.8,
        effects: &[(Cognition, -0.55, -0.2), (Hepatic, -0.1, 0.0)],
        every: 5.0,
        absent: 0.06,
        ..PLAIN
    },
    Variable {
        name: "urine_output",
        scale: Scale::Logarithmic,
        centre: 62.0,
        spread: 0.45,
        low: 0.0,
        high: 600.0,
        effects: &[(Renal, -0.6, -0.2), (Perfusion, -0.15, 0.0)],
        own: 0.6,
        every: 4.0,
        absent: 0.1,
        ..PLAIN
    },
    Variable {
        name: "lactate",
        centre: 1.5,
        spread: 0.4,
        low: 0.3,
        high: 20.0,
        effects: &[(Perfusion, 0.65, 0.2), (Infection, 0.25, 0.0)],
        every: 9.0,
        absent: 0.3,
        ..LABORATORY
    },
    Variable {
        name: "creatinine",
        centre: 92.0,
        spread: 0.42,
        low: 25.0,
        high: 1_500.0,
        decimals: 0,
        effects: &[(Renal, 0.85, 0.4)],
        ..LABORATORY
    },
    Variable {
        name: "sodium",
        scale: Scale::Linear,
        centre: 138.0,
        spread: 4.0,
        low: 105.0,
        high: 170.0,
        decimals: 0,
        effects: &[(Sodium, -0.85, -0.1)],
        ..LABORATORY
    },
    Variable {
        name: "white_cells",
        centre: 9.2,
        spread: 0.36,
        low: 0.2,
        high: 80.0,
        effects: &[
            (Infection, 0.75, 0.1),
            (Marrow, -0.25, 0.0),
            (Consolidation, 0.12, 0.0),
        ],
        ..LABORATORY
    },
    Variable {
        name: "platelets",
        centre: 225.0,
        spread: 0.38,
        low: 3.0,
        high: 1_200.0,
        decimals: 0,
        effects: &[(Marrow, -0.85, -0.1), (Hepatic, -0.2, 0.0)],
        phenotype: [0.0, -0.2, 0.0, 0.7],
        ..LABORATORY
    },
    Variable {
        name: "bilirubin",
        centre: 13.0,
        spread: 0.6,
        low: 2.0,
        high: 700.0,
        decimals: 0,
        effects: &[(Hepatic, 0.85, 0.2)],
        every: 14.0,
        absent: 0.15,
        ..LABORATORY
    },
    Variable {
        name: "glucose",
        centre: 7.2,
        spread: 0.28,
        low: 1.5,
        high: 50.0,
        effects: &[(Glycaemia, 0.85, 0.0)],
        unsteady: Some((Glycaemia, 0.3)),
        every: 6.0,
        ..LABORATORY
    },
    Variable {
        name: "haemoglobin",
        scale: Scale::Linear,
        centre: 121.0,
        spread: 16.0,
        low: 35.0,
        high: 200.0,
        decimals: 0,
        effects: &[(Bleeding, -0.7, -0.5), (Malignancy, -0.2, 0.0)],
        ..LABORATORY
    },
    Variable {
        name: "albumin",
        scale: Scale::Linear,
        centre: 34.0,
        spread: 4.5,
        low: 10.0,
        high: 52.0,
        decimals: 0,
        effects: &[(Hepatic, -0.4, 0.0), (Frailty, -0.2, 0.0)],
        phenotype: [1.1, -0.5, 0.3, -1.2],
        every: 18.0,
        absent: 0.2,
        ..LABORATORY
    },
];

/// Collects the observations, sample after sample.
pub(super) struct Builder {
    series: Series,
    observations: Vec<(f64, u16, f64)>,
}

impl Builder {
    /// No sample yet.
    pub(super) fn new(with_waves: bool) -> Self {
        Self {
            series: Series {
                variables: VARIABLES
                    .iter()
                    .map(|variable| variable.name)
                    .chain(with_waves.then_some(waves::VARIABLE))
                    .map(str::to_owned)
                    .collect(),
                offsets: vec![0],
                ..Series::default()
            },
            observations: Vec::new(),
        }
    }

    /// Observes a patient.
    pub(super) fn observe(&mut self, patient: &Patient, missing: f64, draws: &mut Draws) {
        let gaps = (missing / 0.15).min(2.5);
        let attention = draws.between(0.75, 1.5);
        for (index, variable) in VARIABLES.iter().enumerate() {
            let mut level = variable.phenotype[patient.phenotype] + variable.own * draws.normal();
            let mut drift = 0.25 * draws.normal();
            for (factor, effect, change) in variable.effects {
                level += effect * patient.factor(*factor);
                drift += change * patient.factor(*factor);
            }
            let jitter = variable.jitter
                * variable.unsteady.map_or(1.0, |(factor, strength)| {
                    exponential(strength * patient.factor(factor))
                });
            if draws.chance(variable.absent * gaps) {
                continue;
            }
            let mut hours = variable.every * draws.uniform();
            while hours < HOURS {
                let now = level + drift * (hours / HOURS - 0.5) + jitter * draws.normal();
                let value = match variable.scale {
                    Scale::Linear => variable.centre + variable.spread * now,
                    Scale::Logarithmic => variable.centre * exponential(variable.spread * now),
                };
                let value = rounded(value.clamp(variable.low, variable.high), variable.decimals);
                self.observations
                    .push((rounded(hours, 2), index as u16, value));
                hours += variable.every * attention * draws.between(0.4, 1.6);
            }
        }
    }

    /// Observes a patient's pressure waves, the variable after all others.
    pub(super) fn observe_waves(&mut self, seed: u64, row: usize) {
        let variable = VARIABLES.len() as u16;
        let observed = waves::observations(seed, row, HOURS);
        self.observations.extend(
            observed
                .into_iter()
                .map(|(hours, value)| (hours, variable, value)),
        );
    }

    /// Closes the sample under way, with or without observations.
    pub(super) fn end_sample(&mut self) {
        self.observations
            .sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for (hours, variable, value) in self.observations.drain(..) {
            self.series.hours.push(hours as f32);
            self.series.variable.push(variable);
            self.series.values.push(value as f32);
        }
        self.series.offsets.push(self.series.hours.len() as u32);
    }

    /// All samples.
    pub(super) fn finish(self) -> Series {
        self.series
    }
}
