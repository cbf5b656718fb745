//! What the metrics are called, what they mean in plain words, and how they are written.

use crate::session::protocol::{Metric, TaskResult};
use crate::study::TaskKind;
use crate::ui::components::number;

/// A metric in words.
pub struct MetricWords {
    /// Its name.
    pub name: &'static str,
    /// What it means, in a sentence or two.
    pub hint: &'static str,
}

/// The words for a metric of the results; a metric that is not known keeps its own name.
pub fn words(metric: &str) -> Option<MetricWords> {
    let (name, hint) = match metric {
        "auroc" => (
            "AUROC",
            "How well risks rank patients: the chance that a patient with the outcome gets a higher risk than one without. 0.5 is guessing, 1 is perfect.",
        ),
        "auprc" => (
            "AUPRC",
            "How well the outcome is found among the highest risks, as precision averaged over all sensitivities. Guessing reaches the prevalence; 1 is perfect.",
        ),
        "prevalence" => (
            "Prevalence",
            "Share of labelled test samples that have the outcome.",
        ),
        "brier" => (
            "Brier score",
            "Mean squared difference between risk and outcome. 0 is perfect; lower is better.",
        ),
        "ece" => (
            "Calibration error",
            "How far predicted risks lie from observed shares on average (expected calibration error). 0 is perfect; lower is better.",
        ),
        "f1" => (
            "F1",
            "Balance of sensitivity and precision at the threshold. 1 is perfect.",
        ),
        "threshold" => (
            "Threshold",
            "The risk from which a patient counts as positive, chosen on the validation set.",
        ),
        "accuracy" => ("Accuracy", "Share of test samples whose class is right."),
        "macro_f1" => (
            "Macro-F1",
            "F1 averaged over the classes, each counting alike however rare it is. 1 is perfect.",
        ),
        "macro_auroc" => (
            "Macro-AUROC",
            "AUROC of each class against the rest, averaged over the classes. 0.5 is guessing, 1 is perfect.",
        ),
        "r2" => (
            "R²",
            "Share of the label's variation that is explained. 0 is as good as always guessing the mean, 1 is perfect; below 0 is worse than the mean.",
        ),
        "mae" => (
            "Mean absolute error",
            "How far predictions are off on average, in the label's unit. Lower is better.",
        ),
        "rmse" => (
            "Root mean squared error",
            "How far predictions are off, large errors counting more, in the label's unit. Lower is better.",
        ),
        "silhouette" => (
            "Silhouette",
            "How much closer patients are to their own group than to the next one. 1 is clearly apart, 0 is overlapping, below 0 is misplaced.",
        ),
        "adjusted_rand" => (
            "Adjusted Rand index",
            "Agreement of the groups with the reference column. 0 is chance, 1 is identical.",
        ),
        "nmi" => (
            "Mutual information",
            "Information that groups and reference column share (normalised). 0 is none, 1 is identical.",
        ),
        "attention" => ("Attention", "Share of a task's attention."),
        _ => return None,
    };
    Some(MetricWords { name, hint })
}

/// The name of a metric.
pub fn name(metric: &str) -> String {
    words(metric).map_or_else(|| metric.replace('_', " "), |words| words.name.to_string())
}

/// The metrics of a task's kind, in the order in which they are read; the headline first.
pub fn order(kind: TaskKind) -> &'static [&'static str] {
    match kind {
        TaskKind::Binary => &[
            "auroc",
            "auprc",
            "prevalence",
            "brier",
            "ece",
            "f1",
            "threshold",
        ],
        TaskKind::Multiclass => &["macro_auroc", "accuracy", "macro_f1"],
        TaskKind::Regression => &["r2", "mae", "rmse"],
        TaskKind::Clustering => &["silhouette", "adjusted_rand", "nmi"],
    }
}

/// What guessing reaches on a headline score.
pub fn chance(score: &str) -> f64 {
    match score {
        "auroc" | "macro_auroc" => 0.5,
        _ => 0.0,
    }
}

/// A task's kind in words.
pub fn kind_words(kind: TaskKind) -> &'static str {
    match kind {
        TaskKind::Binary => "Yes or no",
        TaskKind::Multiclass => "Classes",
        TaskKind::Regression => "Quantity",
        TaskKind::Clustering => "Groups",
    }
}

/// A metric's value as text.
pub fn value(metric: &str, value: f64) -> String {
    match metric {
        "prevalence" | "accuracy" => number::percent(value),
        "mae" | "rmse" => number::quantity(value),
        _ => number::decimal(value, 3),
    }
}

/// A metric's interval as text, for example `0.81 to 0.88`.
pub fn interval(metric: &str, figure: &Metric) -> Option<String> {
    let (low, high) = (figure.low?, figure.high?);
    Some(format!("{} to {}", value(metric, low), value(metric, high)))
}

/// The headline metric of a task.
pub fn headline(task: &TaskResult) -> Option<&Metric> {
    task.metrics.get(&task.score)
}

/// A difference in points, with sign.
pub fn points(value: f64) -> String {
    let text = number::decimal(value * 100.0, 1);
    match value > 0.0 && text != "0.0" {
        true => format!("+{text}"),
        false => text,
    }
}
