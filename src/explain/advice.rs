//! Which tasks to train together, by what they were measured to do to each other (ours).

/// Groups of tasks, largest first, the tasks of each in their order.
///
/// Every task begins alone. Of all pairs of groups the one whose tasks help each other most is put together, as long as that is more than nothing: the
/// mean over all ordered pairs between them, an undefined link counting as 0. A link whose interval covers 0 counts for half, so that chance builds fewer
/// groups. `links` has what the row's task receives from the column's; `low` and `high` are the ends of its intervals.
pub fn groups(
    links: &[Vec<Option<f64>>],
    low: &[Vec<Option<f64>>],
    high: &[Vec<Option<f64>>],
) -> Vec<Vec<usize>> {
    let tasks = links.len();
    let weight = |s: usize, t: usize| {
        let value = links[s][t].unwrap_or(0.0);
        let certain =
            matches!((low[s][t], high[s][t]), (Some(low), Some(high)) if low > 0.0 || high < 0.0);
        if certain { value } else { value / 2.0 }
    };
    let mut groups: Vec<Vec<usize>> = (0..tasks).map(|task| vec![task]).collect();
    loop {
        let mut best: Option<(f64, usize, usize)> = None;
        for one in 0..groups.len() {
            for other in one + 1..groups.len() {
                let (a, b) = (&groups[one], &groups[other]);
                let pairs = a.iter().flat_map(|&s| b.iter().map(move |&t| (s, t)));
                let sum: f64 = pairs.map(|(s, t)| weight(s, t) + weight(t, s)).sum();
                let mean = sum / (2 * a.len() * b.len()) as f64;
                if mean > 0.0 && best.is_none_or(|(most, _, _)| mean > most) {
                    best = Some((mean, one, other));
                }
            }
        }
        let Some((_, one, other)) = best else { break };
        let joined = groups.swap_remove(other);
        groups[one].extend(joined);
    }
    for group in &mut groups {
        group.sort_unstable();
    }
    groups.sort_by_key(|group| (std::cmp::Reverse(group.len()), group.first().copied()));
    groups
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn tasks_that_help_each_other_come_together_and_those_that_hurt_do_not() {
        let helps = Some(0.02);
        let hurts = Some(-0.03);
        // 0 and 2 help each other, 1 hurts both, 3 helps 1 a little.
        let links = [
            vec![None, hurts, helps, None],
            vec![hurts, None, hurts, Some(0.004)],
            vec![helps, hurts, None, None],
            vec![None, None, None, None],
        ];
        let sure = |shift: f64| -> Vec<Vec<Option<f64>>> {
            let move_by = |value: &Option<f64>| value.map(|value| value + shift);
            let rows = links.iter();
            rows.map(|row| row.iter().map(move_by).collect()).collect()
        };
        assert_eq!(
            groups(&links, &sure(-0.001), &sure(0.001)),
            [vec![0, 2], vec![1, 3]]
        );
        let nothing = vec![vec![None; 3]; 3];
        assert_eq!(groups(&nothing, &nothing, &nothing), [[0], [1], [2]]);
    }

    proptest! {
        #[test]
        fn every_task_is_in_one_group(values in prop::collection::vec(prop::option::of(-1.0f64..1.0), 36)) {
            let links: Vec<Vec<Option<f64>>> = values.chunks(6).map(<[_]>::to_vec).collect();
            let mut all: Vec<usize> = groups(&links, &links, &links).concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..6).collect::<Vec<_>>());
        }
    }
}
