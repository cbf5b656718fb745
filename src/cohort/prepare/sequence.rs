//! The series on a regular grid of hours, for the encoder that reads them as sequences.

use super::table::Scale;
use super::{
    Features, FittedSequence, FittedVariable, LARGEST_DEVIATION, PrepareError, PreparedSource,
    SEQUENCE, array,
};
use crate::cohort::Cohort;

/// Most steps of a grid.
pub const MOST_STEPS: usize = 512;
/// Most variables of a grid; of more, those are kept that most training patients have.
pub const MOST_VARIABLES: usize = 128;
/// Steps that a grid chosen from the data has at most.
const CHOSEN_STEPS: f64 = 64.0;
/// Hours a step that people think in.
const CHOSEN_HOURS: [f64; 14] = [
    0.25, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 24.0, 48.0, 72.0, 168.0, 720.0,
];
/// Shares of the observations' times that begin and end the grid, so that one late observation does not stretch it.
const FIRST_AND_LAST: [f64; 2] = [0.005, 0.995];

/// Fits grid and scales on the training rows; `hours` a step, or chosen from the data.
/// `None` where no variable varies among the training rows.
pub(super) fn fit(
    cohort: &Cohort,
    used: &[usize],
    hours: Option<f64>,
    training: &[u32],
) -> Result<Option<FittedSequence>, PrepareError> {
    let Some(series) = &cohort.series else {
        return Ok(None);
    };
    let mut values: Vec<Vec<f32>> = vec![vec![]; series.variables.len()];
    let mut owners = vec![0usize; series.variables.len()];
    let mut last_owner = vec![usize::MAX; series.variables.len()];
    let mut times: Vec<f32> = vec![];
    let mut wanted = vec![false; series.variables.len()];
    for &variable in used {
        if let Some(wanted) = wanted.get_mut(variable) {
            *wanted = true;
        }
    }
    for (place, &row) in training.iter().enumerate() {
        for (variable, hour, value) in series.of_sample(row as usize) {
            if !wanted[variable] || !hour.is_finite() || !value.is_finite() {
                continue;
            }
            values[variable].push(value);
            times.push(hour);
            if last_owner[variable] != place {
                last_owner[variable] = place;
                owners[variable] += 1;
            }
        }
    }
    let mut variables: Vec<(usize, usize, FittedVariable)> = vec![];
    for (variable, values) in values.into_iter().enumerate() {
        if let Some(scale) = Scale::fit(values, 2) {
            let fitted = FittedVariable {
                name: series.variables[variable].clone(),
                mean: scale.mean,
                deviation: scale.deviation,
            };
            variables.push((owners[variable], variable, fitted));
        }
    }
    if variables.is_empty() {
        return Ok(None);
    }
    variables.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    variables.truncate(MOST_VARIABLES);
    variables.sort_by_key(|(_, variable, _)| *variable);

    times.sort_by(f32::total_cmp);
    let [first, last] = FIRST_AND_LAST.map(|share| {
        let place = (share * (times.len() - 1) as f64).round() as usize;
        f64::from(times[place])
    });
    let length = last - first;
    let hours = hours.unwrap_or_else(|| {
        CHOSEN_HOURS
            .into_iter()
            .find(|hours| length / hours <= CHOSEN_STEPS)
            .unwrap_or(length / CHOSEN_STEPS)
    });
    let start = (first / hours).floor() * hours;
    let steps = ((last - start) / hours).floor() + 1.0;
    if steps > MOST_STEPS as f64 {
        return Err(PrepareError::FineGrid {
            hours,
            steps,
            length,
        });
    }
    Ok(Some(FittedSequence {
        variables: variables.into_iter().map(|(_, _, fitted)| fitted).collect(),
        start: start as f32,
        hours: hours as f32,
        steps: steps as usize,
    }))
}

/// The grids of any cohort; variables are matched by name. What came before the grid counts into its first step, what
/// came after it is left out, and a step with several observations takes their mean.
pub(super) fn apply(
    cohort: &Cohort,
    fitted: &FittedSequence,
) -> Result<PreparedSource, PrepareError> {
    let samples = cohort.samples();
    let (steps, width) = (fitted.steps, fitted.variables.len());
    let mut values = array(SEQUENCE, samples, steps * width, 0.0f32)?;
    let mut since = array(SEQUENCE, samples, steps * width, 1.0f32)?;
    let mut present = vec![false; samples];
    let Some(series) = &cohort.series else {
        return Ok(source(values, since, present));
    };
    let slots: Vec<Option<usize>> = series
        .variables
        .iter()
        .map(|name| fitted.variables.iter().position(|v| v.name == *name))
        .collect();
    let mut counts = vec![0u32; steps * width];
    for row in 0..samples {
        let grid = &mut values[row * steps * width..][..steps * width];
        let gaps = &mut since[row * steps * width..][..steps * width];
        counts.fill(0);
        for (variable, hour, value) in series.of_sample(row) {
            let (Some(slot), true) = (slots[variable], hour.is_finite() && value.is_finite())
            else {
                continue;
            };
            let step = ((hour - fitted.start) / fitted.hours).floor().max(0.0) as usize;
            if step >= steps {
                continue;
            }
            let variable = &fitted.variables[slot];
            let standard = ((value - variable.mean) / variable.deviation)
                .clamp(-LARGEST_DEVIATION, LARGEST_DEVIATION);
            let cell = step * width + slot;
            counts[cell] += 1;
            grid[cell] += (standard - grid[cell]) / counts[cell] as f32;
            present[row] = true;
        }
        for slot in 0..width {
            let mut last: Option<(usize, f32)> = None;
            for step in 0..steps {
                let cell = step * width + slot;
                if counts[cell] > 0 {
                    last = Some((step, grid[cell]));
                }
                if let Some((observed, value)) = last {
                    grid[cell] = value;
                    gaps[cell] = (step - observed) as f32 / steps as f32;
                }
            }
        }
    }
    Ok(source(values, since, present))
}

fn source(values: Vec<f32>, since: Vec<f32>, present: Vec<bool>) -> PreparedSource {
    PreparedSource {
        present,
        features: Features::Sequence { values, since },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cohort::Series;

    /// Samples of (hour, variable, value), over two variables.
    fn cohort(samples: &[&[(f32, u16, f32)]]) -> Cohort {
        let mut series = Series {
            variables: vec!["pulse".into(), "lactate".into()],
            offsets: vec![0],
            ..Series::default()
        };
        for sample in samples {
            for &(hour, variable, value) in *sample {
                series.hours.push(hour);
                series.variable.push(variable);
                series.values.push(value);
            }
            series.offsets.push(series.hours.len() as u32);
        }
        Cohort {
            ids: (0..samples.len()).map(|row| row.to_string()).collect(),
            series: Some(series),
            ..Cohort::default()
        }
    }

    #[test]
    fn a_grid_carries_values_forward_and_counts_the_time_since() {
        let cohort = cohort(&[
            &[(0.2, 0, 60.0), (0.7, 0, 80.0), (2.5, 0, 90.0)],
            &[(-3.0, 0, 50.0), (1.5, 1, 2.0), (3.9, 1, 4.0)],
            &[],
        ]);
        let fitted = fit(&cohort, &[0, 1], Some(1.0), &[0, 1, 2])
            .unwrap()
            .unwrap();
        assert_eq!((fitted.hours, fitted.start), (1.0, -3.0));
        let fitted = FittedSequence {
            start: 0.0,
            steps: 4,
            ..fitted
        };
        let prepared = apply(&cohort, &fitted).unwrap();
        assert_eq!(prepared.present, [true, true, false]);
        let Features::Sequence { values, since } = prepared.features else {
            panic!("a sequence was expected");
        };
        let pulse = &fitted.variables[0];
        let raw = |cell: usize| values[cell] * pulse.deviation + pulse.mean;
        let of = |row: usize, slot: usize| (0..4).map(move |step| (row * 4 + step) * 2 + slot);
        let close = |a: f32, b: f32| assert!((a - b).abs() < 1e-3, "{a} is not {b}");
        of(0, 0)
            .zip([70.0, 70.0, 90.0, 90.0])
            .for_each(|(cell, value)| close(raw(cell), value));
        assert_eq!(
            of(0, 0).map(|c| since[c]).collect::<Vec<_>>(),
            [0.0, 0.25, 0.0, 0.25]
        );
        assert_eq!(of(0, 1).map(|c| since[c]).collect::<Vec<_>>(), [1.0; 4]);
        close(raw(of(1, 0).next().unwrap()), 50.0);
        assert_eq!(
            of(1, 1).map(|c| since[c]).collect::<Vec<_>>(),
            [1.0, 0.0, 0.25, 0.0]
        );
        assert!(
            of(2, 0)
                .chain(of(2, 1))
                .all(|c| values[c] == 0.0 && since[c] == 1.0)
        );
    }

    #[test]
    fn the_grid_comes_from_the_training_rows_alone_and_a_fine_one_is_refused() {
        let stay: Vec<(f32, u16, f32)> = (0..480)
            .map(|i| (i as f32 / 10.0, 0, (i % 7) as f32))
            .collect();
        let far = [(9000.0, 0, 1e6), (9001.0, 1, 3.0)];
        let cohort = cohort(&[&stay, &far]);
        let fitted = fit(&cohort, &[0, 1], None, &[0]).unwrap().unwrap();
        assert_eq!((fitted.hours, fitted.steps), (1.0, 48));
        assert_eq!(fitted.variables.len(), 1);
        let refused = fit(&cohort, &[0], Some(0.05), &[0]).unwrap_err();
        assert!(refused.to_string().contains("512"), "{refused}");
    }
}
