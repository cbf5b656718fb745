//! In which order tasks are shown, so that what belongs together stands together.

/// What two tasks have in common with every third one, and how alike it is (ours): the root mean square difference of what they receive from it and of
/// what they give to it, over all that both define. Their own evidence and the links between the two are left out, since no third task sees them.
/// `None` where there is nothing to compare.
fn distance(links: &[Vec<Option<f64>>], one: usize, other: usize) -> Option<f64> {
    let at = |row: usize, column: usize| {
        let value = *links.get(row)?.get(column)?;
        value.filter(|value| value.is_finite())
    };
    let (mut squares, mut count) = (0.0, 0usize);
    for third in (0..links.len()).filter(|&third| third != one && third != other) {
        let received = at(one, third).zip(at(other, third));
        let given = at(third, one).zip(at(third, other));
        for (a, b) in received.into_iter().chain(given) {
            squares += (a - b).powi(2);
            count += 1;
        }
    }
    let mean = (squares / count as f64).sqrt();
    (count > 0 && mean.is_finite()).then_some(mean)
}

/// All distances between tasks; pairs with nothing to compare are as far apart as the farthest others.
fn distances(links: &[Vec<Option<f64>>]) -> Vec<Vec<f64>> {
    let tasks = 0..links.len();
    let row = |one: usize| {
        let others = tasks.clone();
        others.map(|other| distance(links, one, other)).collect()
    };
    let found: Vec<Vec<Option<f64>>> = tasks.clone().map(row).collect();
    let farthest = found
        .iter()
        .flatten()
        .flatten()
        .copied()
        .fold(0.0, f64::max);
    let filled = found.into_iter().map(|row| {
        row.into_iter()
            .map(|apart| apart.unwrap_or(farthest))
            .collect()
    });
    filled.collect()
}

/// The two clusters turned so that the ends that meet are most alike.
fn joined(mut one: Vec<usize>, mut other: Vec<usize>, apart: &[Vec<f64>]) -> Vec<usize> {
    let gap = |a: Option<&usize>, b: Option<&usize>| match (a, b) {
        (Some(&a), Some(&b)) => apart[a][b],
        _ => f64::INFINITY,
    };
    let gaps = [
        gap(one.last(), other.first()),
        gap(one.last(), other.last()),
        gap(one.first(), other.first()),
        gap(one.first(), other.last()),
    ];
    let mut best = 0;
    for (way, gap) in gaps.iter().enumerate() {
        if *gap < gaps[best] {
            best = way;
        }
    }
    if best >= 2 {
        one.reverse();
    }
    if best % 2 == 1 {
        other.reverse();
    }
    one.extend(other);
    one
}

/// The tasks with like ones beside each other: average linkage on the distance of their links, the two clusters of every step turned so that the
/// ends that meet are most alike. `links` has what the row's task receives from the column's. Ties go to the tasks that stand first in the study.
pub fn by_similarity(links: &[Vec<Option<f64>>]) -> Vec<usize> {
    clustered(&distances(links))
}

/// The leaves of average linkage on distances.
fn clustered(apart: &[Vec<f64>]) -> Vec<usize> {
    let mut clusters: Vec<Vec<usize>> = (0..apart.len()).map(|task| vec![task]).collect();
    while clusters.len() > 1 {
        let (mut least, mut nearest) = (f64::INFINITY, (0, 1));
        for one in 0..clusters.len() {
            for other in one + 1..clusters.len() {
                let (a, b) = (&clusters[one], &clusters[other]);
                let sum: f64 = a
                    .iter()
                    .map(|&s| b.iter().map(|&t| apart[s][t]).sum::<f64>())
                    .sum();
                let mean = sum / (a.len() * b.len()) as f64;
                if mean < least {
                    (least, nearest) = (mean, (one, other));
                }
            }
        }
        // `other` stands behind `one`, which therefore keeps its place.
        let other = clusters.remove(nearest.1);
        let one = std::mem::take(&mut clusters[nearest.0]);
        clusters[nearest.0] = joined(one, other, apart);
    }
    let mut order = clusters.pop().unwrap_or_default();
    // Read from the side on which the study begins.
    if order.last() < order.first() {
        order.reverse();
    }
    order
}

/// The tasks of each department, departments in order of first appearance; the tasks without one last.
pub fn by_department<'a>(
    departments: impl IntoIterator<Item = Option<&'a str>>,
) -> Vec<(Option<String>, Vec<usize>)> {
    let mut groups: Vec<(Option<String>, Vec<usize>)> = vec![];
    for (task, department) in departments.into_iter().enumerate() {
        match groups
            .iter_mut()
            .find(|(name, _)| name.as_deref() == department)
        {
            Some((_, tasks)) => tasks.push(task),
            None => groups.push((department.map(str::to_owned), vec![task])),
        }
    }
    groups.sort_by_key(|(name, _)| name.is_none());
    groups
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A matrix whose tasks help each other within blocks only, the blocks' tasks shuffled among each other.
    fn blocks(
        block: &[usize],
        within: impl Fn(usize, usize) -> Option<f64>,
    ) -> Vec<Vec<Option<f64>>> {
        let tasks = 0..block.len();
        let row = |s: usize| {
            let cell = |t: usize| match (s == t, block[s] == block[t]) {
                (true, _) => None,
                (_, true) => within(s, t),
                _ => Some(0.0),
            };
            tasks.clone().map(cell).collect()
        };
        tasks.clone().map(row).collect()
    }

    /// Whether the tasks of every block stand together.
    fn are_together(order: &[usize], block: &[usize]) -> bool {
        let mut seen: Vec<usize> = order.iter().map(|&task| block[task]).collect();
        seen.dedup();
        let runs = seen.len();
        seen.sort_unstable();
        seen.dedup();
        seen.len() == runs
    }

    #[test]
    fn blocks_come_out_together() {
        let block = [0, 1, 2, 0, 1, 2, 1, 0, 2, 1];
        let strength =
            |s: usize, t: usize| Some(0.05 * (1 + block[s]) as f64 + 0.001 * (s + t) as f64);
        let order = by_similarity(&blocks(&block, strength));
        assert!(are_together(&order, &block), "{order:?}");
        // Pairs, told apart by what they share with nobody else.
        let pairs = [0, 1, 0, 1];
        let order = by_similarity(&blocks(&pairs, |_, _| Some(0.1)));
        assert_eq!(order, [0, 2, 1, 3]);
    }

    #[test]
    fn nothing_defined_leaves_the_studys_order() {
        assert_eq!(by_similarity(&[]), Vec::<usize>::new());
        assert_eq!(by_similarity(&[vec![None]]), [0]);
        let unknown = vec![vec![None; 4]; 4];
        assert_eq!(by_similarity(&unknown), [0, 1, 2, 3]);
    }

    #[test]
    fn departments_stand_in_order_of_appearance_and_none_last() {
        let given = [None, Some("Renal"), Some("Cardiology"), Some("Renal"), None];
        let expected = [
            (Some("Renal".to_owned()), vec![1, 3]),
            (Some("Cardiology".to_owned()), vec![2]),
            (None, vec![0, 4]),
        ];
        assert_eq!(by_department(given), expected);
    }

    proptest! {
        #[test]
        fn what_lies_on_a_line_is_laid_out_along_it(
            places in prop::collection::hash_set(0i32..10_000, 1..12)
        ) {
            let places: Vec<f64> = places.into_iter().map(f64::from).collect();
            let row = |one: &f64| places.iter().map(|other| (one - other).abs()).collect();
            let apart: Vec<Vec<f64>> = places.iter().map(row).collect();
            let mut line: Vec<f64> = clustered(&apart).into_iter().map(|task| places[task]).collect();
            if line.first() > line.last() {
                line.reverse();
            }
            prop_assert!(line.is_sorted(), "{:?}", line);
        }

        #[test]
        fn every_task_is_shown_once_and_the_same_way_again(
            values in prop::collection::vec(prop::option::of(prop::num::f64::ANY), 49)
        ) {
            let links: Vec<Vec<Option<f64>>> = values.chunks(7).map(<[_]>::to_vec).collect();
            let order = by_similarity(&links);
            prop_assert_eq!(&order, &by_similarity(&links));
            let mut all = order;
            all.sort_unstable();
            prop_assert_eq!(all, (0..7).collect::<Vec<_>>());
        }

        #[test]
        fn clear_blocks_stay_together_under_noise(
            block in prop::collection::vec(0usize..3, 9),
            noise in prop::collection::vec(-0.002f64..0.002, 81),
        ) {
            // Blocks of one receive nothing and cannot be told apart from each other.
            prop_assume!((0..3).all(|b| block.iter().filter(|&&x| x == b).count() != 1));
            let mut links = blocks(&block, |_, _| Some(0.1));
            for (row, noise) in links.iter_mut().zip(noise.chunks(9)) {
                for (cell, noise) in row.iter_mut().zip(noise) {
                    *cell = cell.map(|value| value + noise);
                }
            }
            let order = by_similarity(&links);
            prop_assert!(are_together(&order, &block), "{:?} {:?}", order, block);
        }
    }
}
