//! Heads: from each task's mixture to what it predicts.

use burn::module::{Module, Param};
use burn::nn::Linear;
use burn::tensor::{Device, Int, Tensor, TensorData};

use super::initial::Initial;
use crate::study::TaskKind;

/// All heads of a model. Tasks of one kind are computed together.
#[derive(Module, Debug)]
pub struct Heads {
    /// One weight a binary or regression task, `[1, scalars, width]`; binary tasks stand first.
    pub scalar_weight: Param<Tensor<3>>,
    /// `[1, scalars]`.
    pub scalar_bias: Param<Tensor<2>>,
    /// One matrix a multiclass task, `[multiclass, width, most classes]`.
    pub class_weight: Param<Tensor<3>>,
    /// `[multiclass, 1, most classes]`.
    pub class_bias: Param<Tensor<3>>,
    /// One head a clustering task.
    pub clusters: Vec<ClusterHead>,
}

/// The head of a clustering task.
#[derive(Module, Debug)]
pub struct ClusterHead {
    /// Centroids μ, `[clusters, width]`.
    pub centroids: Param<Tensor<2>>,
    /// The linear decoder back to the fused vector.
    pub decoder: Linear,
}

/// Which tasks are of which kind, as positions in the study's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskGroups {
    /// Binary tasks.
    pub binary: Vec<usize>,
    /// Regression tasks.
    pub regression: Vec<usize>,
    /// Multiclass tasks.
    pub multiclass: Vec<usize>,
    /// Number of classes of each multiclass task.
    pub classes: Vec<usize>,
    /// Clustering tasks.
    pub clustering: Vec<usize>,
    /// Number of clusters of each clustering task.
    pub clusters: Vec<usize>,
}

impl TaskGroups {
    /// Groups tasks given as kind and number of classes or clusters.
    pub fn new(tasks: &[(TaskKind, usize)]) -> Self {
        let mut groups = Self {
            binary: vec![],
            regression: vec![],
            multiclass: vec![],
            classes: vec![],
            clustering: vec![],
            clusters: vec![],
        };
        for (position, &(kind, size)) in tasks.iter().enumerate() {
            match kind {
                TaskKind::Binary => groups.binary.push(position),
                TaskKind::Regression => groups.regression.push(position),
                TaskKind::Multiclass => {
                    groups.multiclass.push(position);
                    groups.classes.push(size);
                }
                TaskKind::Clustering => {
                    groups.clustering.push(position);
                    groups.clusters.push(size);
                }
            }
        }
        groups
    }

    /// Number of tasks.
    pub fn tasks(&self) -> usize {
        self.scalars().len() + self.multiclass.len() + self.clustering.len()
    }

    /// Binary, then regression tasks.
    pub fn scalars(&self) -> Vec<usize> {
        self.binary
            .iter()
            .chain(&self.regression)
            .copied()
            .collect()
    }

    /// The largest number of classes.
    pub fn most_classes(&self) -> usize {
        self.classes.iter().copied().max().unwrap_or(0)
    }
}

/// What the heads say of a batch.
#[derive(Debug, Clone)]
pub struct Output {
    /// Logits of the binary tasks, then standardised values of the regression tasks, `[batch, scalars]`.
    pub scalars: Option<Tensor<2>>,
    /// Logits of the multiclass tasks, `[multiclass, batch, most classes]`; −1e9 past a task's own classes.
    pub classes: Option<Tensor<3>>,
    /// Per clustering task its representation O_t, `[batch, width]`.
    pub representation: Vec<Tensor<2>>,
}

impl Heads {
    /// Draws the first weights.
    pub fn new(groups: &TaskGroups, width: usize, fused: usize, initial: &mut Initial) -> Self {
        let scalars = groups.scalars().len();
        let (multiclass, classes) = (groups.multiclass.len(), groups.most_classes());
        let bound = (1.0 / width as f64).sqrt();
        Self {
            // A group without a task keeps one unused weight, since an empty tensor has no place on a GPU.
            scalar_weight: initial.uniform([1, scalars.max(1), width], bound),
            scalar_bias: initial.zeros([1, scalars.max(1)]),
            class_weight: initial.uniform([multiclass.max(1), width, classes.max(1)], bound),
            class_bias: initial.zeros([multiclass.max(1), 1, classes.max(1)]),
            clusters: groups
                .clusters
                .iter()
                .map(|&clusters| ClusterHead {
                    centroids: initial.uniform([clusters, width], 1.0),
                    decoder: initial.linear(width, fused, 1.0),
                })
                .collect(),
        }
    }

    /// Mixtures `[batch, tasks, width]` to predictions.
    pub fn forward(&self, mixed: Tensor<3>, groups: &TaskGroups) -> Output {
        let [batch, tasks, width] = mixed.dims();
        let scalars = groups.scalars();
        let scalar = (!scalars.is_empty()).then(|| {
            let chosen = choose(mixed.clone(), &scalars, tasks);
            (chosen * self.scalar_weight.val())
                .sum_dim(2)
                .reshape([batch, scalars.len()])
                + self.scalar_bias.val()
        });
        let classes = (!groups.multiclass.is_empty()).then(|| {
            let chosen = choose(mixed.clone(), &groups.multiclass, tasks).swap_dims(0, 1);
            let logits = chosen.matmul(self.class_weight.val()) + self.class_bias.val();
            match padding(groups, &logits.device().without_autodiff()) {
                Some(padding) => logits + padding,
                None => logits,
            }
        });
        let representation = groups
            .clustering
            .iter()
            .map(|&task| mixed.clone().narrow(1, task, 1).reshape([batch, width]))
            .collect();
        Output {
            scalars: scalar,
            classes,
            representation,
        }
    }
}

impl ClusterHead {
    /// Soft assignment q_ik ∝ 1 / (1 + ‖O_i − μ_k‖²): `[batch, width]` to `[batch, clusters]`, rows sum to 1.
    pub fn assign(&self, representation: Tensor<2>) -> Tensor<2> {
        let [batch, width] = representation.dims();
        let centroids = self.centroids.val();
        let [clusters, _] = centroids.dims();
        let apart =
            representation.reshape([batch, 1, width]) - centroids.reshape([1, clusters, width]);
        let closeness = (apart.square().sum_dim(2).reshape([batch, clusters]) + 1.0).recip();
        closeness.clone() / closeness.sum_dim(1)
    }
}

/// The mixtures of some tasks, `[batch, chosen, width]`.
fn choose(mixed: Tensor<3>, chosen: &[usize], tasks: usize) -> Tensor<3> {
    let consecutive = chosen.windows(2).all(|pair| pair[1] == pair[0] + 1);
    match (consecutive, chosen.first()) {
        (true, Some(0)) if chosen.len() == tasks => mixed,
        (true, Some(&first)) => mixed.narrow(1, first, chosen.len()),
        _ => {
            let device = mixed.device().without_autodiff();
            let rows: Vec<i32> = chosen.iter().map(|&task| task as i32).collect();
            let rows = Tensor::<1, Int>::from_data(TensorData::new(rows, [chosen.len()]), &device);
            mixed.select(1, rows)
        }
    }
}

/// −1e9 for the classes that a task lacks, `[multiclass, 1, most classes]`; none where all have as many.
fn padding(groups: &TaskGroups, device: &Device) -> Option<Tensor<3>> {
    let most = groups.most_classes();
    if groups.classes.iter().all(|&classes| classes == most) {
        return None;
    }
    let values: Vec<f32> = groups
        .classes
        .iter()
        .flat_map(|&classes| (0..most).map(move |class| if class < classes { 0.0 } else { -1e9 }))
        .collect();
    Some(Tensor::from_data(
        TensorData::new(values, [groups.classes.len(), 1, most]),
        device,
    ))
}
