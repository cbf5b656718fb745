//! What a task's score gains from learning with others: `gain` (pairs) and `shapley` (subsets), from the scores of models of subsets of the tasks.
//! The paper's formula is not public; both definitions are ours (docs/tim.md).

use std::collections::BTreeMap;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::agreement::rank_agreement;
use crate::metrics::mean_and_interval;

/// Tasks of a study, one bit each.
pub type Coalition = u64;

/// Most tasks whose Shapley values are computed over all subsets.
pub const MOST_EXACT: usize = 5;

/// Scores of the tasks of trained coalitions, by coalition and repeat; the scores stand in the order of the study's tasks, `None` where a
/// task is not in the coalition or its score is not defined.
pub type Scores = BTreeMap<(Coalition, usize), Vec<Option<f64>>>;

/// A matrix of values with their intervals: rows receive, columns contribute.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Links {
    /// The values; `None` where a training is missing or a score is not defined.
    pub value: Vec<Vec<Option<f64>>>,
    /// Lower ends of the 95 % intervals.
    pub low: Vec<Vec<Option<f64>>>,
    /// Upper ends of the 95 % intervals.
    pub high: Vec<Vec<Option<f64>>>,
}

impl Links {
    fn empty(tasks: usize) -> Self {
        let empty = vec![vec![None; tasks]; tasks];
        Self {
            value: empty.clone(),
            low: empty.clone(),
            high: empty,
        }
    }

    /// Sets a cell to the mean of some estimates, with Student's interval where there are at least two.
    fn set(&mut self, receiving: usize, contributing: usize, estimates: &[f64]) {
        let Some((mean, _)) = mean_and_interval(estimates) else {
            return;
        };
        self.value[receiving][contributing] = Some(mean.value);
        self.low[receiving][contributing] = mean.interval.map(|[low, _]| low);
        self.high[receiving][contributing] = mean.interval.map(|[_, high]| high);
    }
}

/// The coalition of one task.
pub fn only(task: usize) -> Coalition {
    1 << task
}

/// The tasks of a coalition, rising.
pub fn members(coalition: Coalition) -> Vec<usize> {
    (0..64).filter(|task| coalition >> task & 1 == 1).collect()
}

/// The coalitions of `gain`: every task alone, then every pair.
pub fn pairs(tasks: usize) -> Vec<Coalition> {
    let alone = (0..tasks).map(only);
    let pairs =
        (0..tasks).flat_map(|one| (one + 1..tasks).map(move |other| only(one) | only(other)));
    alone.chain(pairs).collect()
}

/// All coalitions, small ones first.
pub fn all(tasks: usize) -> Vec<Coalition> {
    let mut all: Vec<Coalition> = (1..1 << tasks).collect();
    all.sort_by_key(|coalition: &Coalition| (coalition.count_ones(), *coalition));
    all
}

/// The coalitions that grow along an order of the tasks, and along the same order backwards.
pub fn chains(order: &[usize]) -> Vec<Coalition> {
    let mut chains = vec![];
    for order in [order.to_vec(), order.iter().rev().copied().collect()] {
        let mut coalition = 0;
        for task in order {
            coalition |= only(task);
            chains.push(coalition);
        }
    }
    chains.sort_by_key(|coalition| (coalition.count_ones(), *coalition));
    chains.dedup();
    chains
}

/// The order of the tasks in a round of sampling.
pub fn order(tasks: usize, round: usize, seed: u64) -> Vec<usize> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(round as u64);
    let mut order: Vec<usize> = (0..tasks).collect();
    for last in (1..tasks).rev() {
        let other = random.random_range(0..=last as u32) as usize;
        order.swap(last, other);
    }
    order
}

/// `gain`: score_s({s, t}) − score_s({s}), the mean over repeats that have both, with Student's 95 % interval.
pub fn gain(tasks: usize, repeats: usize, scores: &Scores) -> Links {
    let mut links = Links::empty(tasks);
    for s in 0..tasks {
        for t in (0..tasks).filter(|&t| t != s) {
            let differences: Vec<f64> = (0..repeats)
                .filter_map(|repeat| {
                    let score = |coalition| scores.get(&(coalition, repeat))?[s];
                    Some(score(only(s) | only(t))? - score(only(s))?)
                })
                .collect();
            links.set(s, t, &differences);
        }
    }
    links
}

/// Exact Shapley values of t in score_s over the subsets that contain s: Σ_A |A|! (n − |A| − 1)! / n! · (score_s(A ∪ {s, t}) − score_s(A ∪ {s})),
/// A over the subsets of the n = tasks − 1 other tasks without t (Shapley 1953). One value a repeat that has all coalitions, then the mean with
/// Student's 95 % interval.
pub fn shapley(tasks: usize, repeats: usize, scores: &Scores) -> Links {
    let mut links = Links::empty(tasks);
    for s in 0..tasks {
        for t in (0..tasks).filter(|&t| t != s) {
            let values: Vec<f64> = (0..repeats)
                .filter_map(|repeat| {
                    exact(s, t, tasks, |coalition| {
                        scores.get(&(coalition, repeat))?[s]
                    })
                })
                .collect();
            links.set(s, t, &values);
        }
    }
    links
}

fn exact(
    s: usize,
    t: usize,
    tasks: usize,
    score: impl Fn(Coalition) -> Option<f64>,
) -> Option<f64> {
    let others: Vec<usize> = (0..tasks).filter(|&task| task != s && task != t).collect();
    let players = tasks - 1;
    let mut value = 0.0;
    for chosen in 0u64..1 << others.len() {
        let subset = others
            .iter()
            .enumerate()
            .filter(|(place, _)| chosen >> place & 1 == 1)
            .fold(only(s), |coalition, (_, &task)| coalition | only(task));
        let size = chosen.count_ones() as usize;
        let marginal = score(subset | only(t))? - score(subset)?;
        value += marginal / (players as f64 * choose(players - 1, size));
    }
    Some(value)
}

fn choose(from: usize, size: usize) -> f64 {
    (0..size).fold(1.0, |product, k| {
        product * (from - k) as f64 / (k + 1) as f64
    })
}

/// Shapley values from sampled orders: in each round the models of the growing coalitions of an order and of its reverse are trained. Task t,
/// which comes after s in one of the two, adds score_s(before t, with t) − score_s(before t). How many tasks A stand before t beside s is not
/// uniform there but in proportion to |A| + 1, so that rounds are weighted by 1 / (|A| + 1) (ours). The interval is 1.96 standard errors of that
/// weighted mean, which are only as good as the number of rounds.
pub fn sampled(tasks: usize, rounds: usize, seed: u64, scores: &Scores) -> Links {
    // Sums of weights, of weighted marginals, and the marginals with their weights.
    let mut found: Vec<Vec<(f64, f64)>> = vec![vec![]; tasks * tasks];
    for round in 0..rounds {
        let forward = order(tasks, round, seed);
        let backward: Vec<usize> = forward.iter().rev().copied().collect();
        for order in [forward, backward] {
            let mut before = 0;
            for (place, &t) in order.iter().enumerate() {
                let with = before | only(t);
                for &s in &order[..place] {
                    let score = |coalition| scores.get(&(coalition, 0))?[s];
                    if let (Some(with), Some(without)) = (score(with), score(before)) {
                        // Beside s, place − 1 tasks stand before t.
                        found[s * tasks + t].push((1.0 / place as f64, with - without));
                    }
                }
                before = with;
            }
        }
    }
    let mut links = Links::empty(tasks);
    for s in 0..tasks {
        for t in 0..tasks {
            let marginals = &found[s * tasks + t];
            let weight: f64 = marginals.iter().map(|(weight, _)| weight).sum();
            if weight == 0.0 {
                continue;
            }
            let mean = marginals.iter().map(|(w, m)| w * m).sum::<f64>() / weight;
            links.value[s][t] = Some(mean);
            if marginals.len() > 1 {
                let squares: f64 = marginals
                    .iter()
                    .map(|(w, m)| (w * (m - mean)).powi(2))
                    .sum();
                let count = marginals.len() as f64;
                let error = (squares * count / (count - 1.0)).sqrt() / weight;
                links.low[s][t] = Some(mean - 1.96 * error);
                links.high[s][t] = Some(mean + 1.96 * error);
            }
        }
    }
    links
}

/// Whether the ranking of the links has settled: [`rank_agreement`] of the links at two stages.
pub fn agreement(one: &Links, other: &Links) -> Option<f64> {
    rank_agreement(&one.value, &other.value).map(|(correlation, _)| correlation)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use proptest::prelude::*;

    use super::*;

    /// Scores of all coalitions in one repeat, by a rule.
    fn table(tasks: usize, score: impl Fn(usize, Coalition) -> f64) -> Scores {
        all(tasks)
            .into_iter()
            .map(|coalition| {
                let row = (0..tasks)
                    .map(|s| (coalition >> s & 1 == 1).then(|| score(s, coalition)))
                    .collect();
                ((coalition, 0), row)
            })
            .collect()
    }

    /// The example of docs/tim.md.
    #[test]
    fn three_tasks_by_hand() {
        // Sepsis alone 0.70, with death 0.74, with kidney 0.71, with both 0.77.
        let (sepsis, death, kidney) = (0, 1, 2);
        let scores = table(3, |s, coalition| match (s, coalition) {
            (0, 0b001) => 0.70,
            (0, 0b011) => 0.74,
            (0, 0b101) => 0.71,
            (0, 0b111) => 0.77,
            _ => 0.5,
        });
        let close = |value: Option<f64>, expected: f64| (value.unwrap() - expected).abs() < 1e-12;
        let gain = gain(3, 1, &scores);
        assert!(close(gain.value[sepsis][death], 0.04));
        assert!(close(gain.value[sepsis][kidney], 0.01));
        assert_eq!(gain.value[sepsis][sepsis], None);
        assert_eq!(gain.low[sepsis][death], None);
        // (0.04 + 0.06) / 2 and (0.01 + 0.03) / 2.
        let shapley = shapley(3, 1, &scores);
        assert!(close(shapley.value[sepsis][death], 0.05));
        assert!(close(shapley.value[sepsis][kidney], 0.02));
        assert!(close(shapley.value[death][kidney], 0.0));
    }

    #[test]
    fn gains_of_repeats_have_students_interval_and_missing_trainings_no_value() {
        let mut scores = Scores::new();
        for (repeat, gained) in [0.01, 0.02, 0.03].into_iter().enumerate() {
            scores.insert((0b01, repeat), vec![Some(0.6), None]);
            scores.insert((0b11, repeat), vec![Some(0.6 + gained), Some(0.5)]);
        }
        let links = gain(2, 3, &scores);
        assert!((links.value[0][1].unwrap() - 0.02).abs() < 1e-12);
        // 4.3027 · 0.01 / √3
        assert!((links.high[0][1].unwrap() - 0.02 - 0.024841).abs() < 1e-5);
        assert_eq!(links.value[1][0], None);
    }

    #[test]
    fn coalitions_are_counted() {
        assert_eq!(pairs(12).len(), 12 + 66);
        assert_eq!(all(5).len(), 31);
        assert_eq!(members(0b1011), [0, 1, 3]);
        let chains = chains(&[2, 0, 1]);
        // {2}, {1}, {0, 1}, {0, 2}, all.
        assert_eq!(chains, [0b010, 0b100, 0b011, 0b101, 0b111]);
        let mut sorted = order(9, 3, 1);
        assert_ne!(sorted, order(9, 4, 1));
        sorted.sort_unstable();
        assert_eq!(sorted, (0..9).collect::<Vec<_>>());
    }

    #[test]
    fn sampling_comes_near_the_exact_values() {
        let tasks = 5;
        // Contributions that depend on who is there already.
        let rule = |s: usize, coalition: Coalition| {
            members(coalition)
                .iter()
                .map(|&t| (1 + s + 2 * t) as f64 / 100.0)
                .sum::<f64>()
                .sqrt()
        };
        let scores = table(tasks, rule);
        let (exact, sampled) = (shapley(tasks, 1, &scores), sampled(tasks, 400, 5, &scores));
        for s in 0..tasks {
            for t in (0..tasks).filter(|&t| t != s) {
                let (exact, near) = (exact.value[s][t].unwrap(), sampled.value[s][t].unwrap());
                assert!(
                    (exact - near).abs() < 0.06 * exact,
                    "{s} {t}: {exact} {near}"
                );
                assert!(sampled.low[s][t].unwrap() < near && near < sampled.high[s][t].unwrap());
            }
        }
        assert!(agreement(&exact, &sampled).unwrap() > 0.98);
        assert_eq!(agreement(&Links::empty(3), &exact), None);
    }

    proptest! {
        #[test]
        fn shapley_values_are_fair(values in prop::collection::vec(0.0f64..1.0, 5 * 32)) {
            let tasks = 5;
            let (full, dummy, twin) = ((1u64 << tasks) - 1, 4, (2, 3));
            // Task 4 never matters to the others, and 2 and 3 are equal to them.
            let rule = |s: usize, coalition: Coalition| {
                let mut seen = coalition;
                if s != dummy {
                    seen &= !only(dummy);
                }
                if s != twin.0 && s != twin.1 && seen & (only(twin.0) | only(twin.1)) == only(twin.1) {
                    seen = seen & !only(twin.1) | only(twin.0);
                }
                values[s * 32 + seen as usize]
            };
            let links = shapley(tasks, 1, &table(tasks, rule));
            for s in 0..tasks {
                let sum: f64 = links.value[s].iter().flatten().sum();
                // The full score less that of s alone.
                prop_assert!((sum - (rule(s, full) - rule(s, only(s)))).abs() < 1e-12);
                if s != dummy {
                    prop_assert!(links.value[s][dummy].unwrap().abs() < 1e-12);
                }
                if s != twin.0 && s != twin.1 {
                    let (one, other) = (links.value[s][twin.0].unwrap(), links.value[s][twin.1].unwrap());
                    prop_assert!((one - other).abs() < 1e-12);
                }
            }
        }
    }
}
