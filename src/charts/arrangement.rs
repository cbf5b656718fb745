//! The order in which tasks stand in a chart.

/// Tasks that stand together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskGroup {
    /// What they have in common, for example their department.
    pub name: Option<String>,
    /// Their places in the study.
    pub tasks: Vec<usize>,
}

/// The order in which tasks stand in a chart. Without groups it is the study's; groups with names are parted by lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Arrangement {
    /// The groups, one after the other.
    pub groups: Vec<TaskGroup>,
}

impl Arrangement {
    /// Tasks in an order, without groups.
    pub fn in_order(tasks: Vec<usize>) -> Self {
        Self {
            groups: vec![TaskGroup { name: None, tasks }],
        }
    }

    /// The groups of a study with so many tasks: every task once. What is not among them follows at the end in the study's order.
    pub(super) fn groups_of(&self, tasks: usize) -> Vec<TaskGroup> {
        let mut placed = vec![false; tasks];
        let mut groups: Vec<TaskGroup> = Vec::new();
        let rest = TaskGroup {
            name: None,
            tasks: (0..tasks).collect(),
        };
        for group in self.groups.iter().chain([&rest]) {
            let mut kept = Vec::new();
            for &task in &group.tasks {
                if placed.get(task) == Some(&false) {
                    placed[task] = true;
                    kept.push(task);
                }
            }
            if !kept.is_empty() {
                groups.push(TaskGroup {
                    name: group.name.clone(),
                    tasks: kept,
                });
            }
        }
        groups
    }

    /// The places in the study of so many tasks, as they stand in the chart.
    pub(super) fn tasks(&self, tasks: usize) -> Vec<usize> {
        let groups = self.groups_of(tasks).into_iter();
        groups.flat_map(|group| group.tasks).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_task_stands_once_whatever_is_asked() {
        assert_eq!(Arrangement::default().tasks(3), [0, 1, 2]);
        assert_eq!(
            Arrangement::in_order(vec![2, 0, 2, 9]).tasks(4),
            [2, 0, 1, 3]
        );
        assert_eq!(Arrangement::in_order(vec![1]).groups_of(1)[0].tasks, [0]);
    }
}
