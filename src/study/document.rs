//! The study document: from JSON, however incomplete, to a [`Study`], with every problem at once.
//!
//! The way back is `serde_json::to_value`; `parse(&to_value(&study)?)` gives a valid study back unchanged.

mod section;
#[cfg(test)]
mod tests;

use serde_json::Value;

use self::section::{Section, described, is_blank};
use super::defaults;
use super::problem::{Problem, Problems};
use super::{FORMAT, Inputs, ModelSettings, Split, Study, Task, TaskKind, TrainingSettings};

const STUDY_KEYS: [&str; 8] = [
    "format", "name", "seed", "inputs", "tasks", "split", "model", "training",
];
const INPUT_KEYS: [&str; 5] = ["tabular", "series", "text", "image", "embeddings"];
const TASK_KEYS: [&str; 8] = [
    "name",
    "kind",
    "column",
    "positive",
    "department",
    "unit",
    "clusters",
    "reference",
];
const SPLIT_KEYS: [&str; 5] = ["test", "validation", "folds", "column", "test_values"];
const MODEL_KEYS: [&str; 16] = [
    "hidden",
    "embedding",
    "task_width",
    "alpha",
    "beta",
    "residual",
    "members",
    "dropout",
    "input_dropout",
    "modality_dropout",
    "bins",
    "series",
    "grid_hours",
    "text",
    "image_side",
    "augmentation",
];
const TRAINING_KEYS: [&str; 9] = [
    "epochs",
    "batch",
    "learning_rate",
    "weight_decay",
    "patience",
    "balance",
    "imbalance",
    "calibration",
    "averaging",
];

/// Reads a study document. Everything but `tasks` may be missing (or `null`) and then has its default of
/// [`super::defaults`]; a clustering task without `clusters` gets its default as well. A binary task may come without
/// `positive`: see [`super::propose::complete`].
///
/// # Errors
/// Every problem that the document has on its own, without regard to a cohort: unknown settings, wrong types, numbers
/// out of range, no task, more than [`defaults::MOST_TASKS`], names used twice, another format, …
pub fn parse(value: &Value) -> Result<Study, Problems> {
    let mut problems = Problems::default();
    let study = read_study(value, &mut problems.0);
    problems.or(study)
}

fn read_study(value: &Value, problems: &mut Vec<Problem>) -> Study {
    let mut section = Section::open(Some(value), "study", &STUDY_KEYS, problems);
    if let Some(found) = section.text("format").filter(|format| format != FORMAT) {
        section.problems.push(Problem::Format { found });
    }
    let name = section.text("name");
    let seed = section.whole("seed", defaults::SEED);
    let (inputs, tasks) = (section.get("inputs"), section.get("tasks"));
    let (split, model, training) = (
        section.get("split"),
        section.get("model"),
        section.get("training"),
    );
    // What is no object at all has been said; that it then has no task need not be.
    let is_document = section.fields.is_some();
    Study {
        format: FORMAT.to_owned(),
        name: name.unwrap_or_else(|| defaults::NAME.to_owned()),
        seed,
        inputs: read_inputs(inputs, problems),
        tasks: if is_document {
            read_tasks(tasks, problems)
        } else {
            Vec::new()
        },
        split: read_split(split, problems),
        model: read_model(model, problems),
        training: read_training(training, problems),
    }
}

fn read_inputs(value: Option<&Value>, problems: &mut Vec<Problem>) -> Inputs {
    let default = Inputs::default();
    let mut section = Section::open(value, "inputs", &INPUT_KEYS, problems);
    Inputs {
        tabular: section.selection("tabular", default.tabular),
        series: section.selection("series", default.series),
        text: section.flag("text", default.text),
        image: section.flag("image", default.image),
        embeddings: section.selection("embeddings", default.embeddings),
    }
}

fn read_tasks(value: Option<&Value>, problems: &mut Vec<Problem>) -> Vec<Task> {
    let listed = match value {
        None => &[],
        Some(Value::Array(listed)) => listed.as_slice(),
        Some(other) => {
            problems.push(Problem::Shape {
                place: "tasks".to_owned(),
                expected: "a list of tasks",
                found: described(other),
            });
            return Vec::new();
        }
    };
    if listed.is_empty() {
        problems.push(Problem::NoTask);
    }
    if listed.len() > defaults::MOST_TASKS {
        problems.push(Problem::ManyTasks {
            count: listed.len(),
            most: defaults::MOST_TASKS,
        });
    }
    let tasks: Vec<Task> = listed
        .iter()
        .take(defaults::MOST_TASKS)
        .enumerate()
        .map(|(index, value)| read_task(value, index + 1, problems))
        .collect();
    for (index, task) in tasks.iter().enumerate() {
        let same = |other: &&Task| !task.name.is_empty() && other.name == task.name;
        if tasks[..index].iter().any(|other| same(&other)) {
            continue;
        }
        let count = tasks.iter().filter(same).count();
        if count > 1 {
            problems.push(Problem::SameName {
                task: task.name.clone(),
                count,
            });
        }
    }
    tasks
}

fn read_task(value: &Value, position: usize, problems: &mut Vec<Problem>) -> Task {
    let name = value
        .get("name")
        .and_then(Value::as_str)
        .filter(|name| !name.trim().is_empty());
    let place = match name {
        Some(name) => name.to_owned(),
        None => format!("task {position}"),
    };
    let mut section = Section::open(Some(value), &place, &TASK_KEYS, problems);
    if section.text("name").is_none() && section.fields.is_some() {
        let named_otherwise = section.get("name").is_some_and(|name| !name.is_string());
        if !named_otherwise {
            let place = place.clone();
            section.problems.push(Problem::NoName { place });
        }
    }
    let kind = section.kind();
    let mut task = Task {
        name: name.unwrap_or_default().to_owned(),
        kind: kind.unwrap_or(TaskKind::Clustering),
        column: section.text("column"),
        positive: section.cell("positive"),
        department: section.text("department"),
        unit: section.text("unit"),
        clusters: section.get("clusters").is_some().then(|| {
            // The range is small: this fits everywhere.
            section.whole("clusters", defaults::CLUSTERS) as usize
        }),
        reference: section.text("reference"),
    };
    let Some(kind) = kind else { return task };
    let clustering = kind == TaskKind::Clustering;
    let column_missing = !clustering && section.get("column").is_none_or(is_blank);
    if column_missing {
        section.problems.push(Problem::Needed {
            task: place.clone(),
            kind: with_article(kind),
            key: "column",
            meaning: "the column of the patients table that holds the outcome",
        });
    }
    for (key, belongs) in [
        ("column", !clustering),
        ("positive", kind == TaskKind::Binary),
        ("unit", kind == TaskKind::Regression),
        ("clusters", clustering),
        ("reference", clustering),
    ] {
        if !belongs && section.get(key).is_some_and(|value| !is_blank(value)) {
            section.problems.push(Problem::OtherKind {
                task: place.clone(),
                kind: with_article(kind),
                key,
            });
        }
    }
    if clustering && task.clusters.is_none() {
        task.clusters = Some(defaults::CLUSTERS.default as usize);
    }
    task
}

fn read_split(value: Option<&Value>, problems: &mut Vec<Problem>) -> Split {
    let mut section = Section::open(value, "split", &SPLIT_KEYS, problems);
    let split = Split {
        test: section.real("test", defaults::TEST),
        validation: section.real("validation", defaults::VALIDATION),
        folds: section
            .get("folds")
            .is_some()
            .then(|| section.whole("folds", defaults::FOLDS) as usize),
        column: section.text("column"),
        test_values: section.values("test_values"),
    };
    match (&split.column, split.test_values.is_empty()) {
        (Some(_), true) => section.problems.push(Problem::NoTestValues),
        (None, false) => section.problems.push(Problem::NoSplitColumn),
        _ => {}
    }
    if split.folds.is_some() && split.column.is_some() {
        section.problems.push(Problem::FoldsAndColumn);
    }
    let held_out = split.test + split.validation;
    // A hair of room: 0.5 + 0.3 is not exactly 0.8.
    if held_out > defaults::MOST_HELD_OUT + 1e-9 {
        section.problems.push(Problem::HeldOut { held_out });
    }
    split
}

fn read_model(value: Option<&Value>, problems: &mut Vec<Problem>) -> ModelSettings {
    let mut section = Section::open(value, "model", &MODEL_KEYS, problems);
    ModelSettings {
        hidden: section.whole("hidden", defaults::HIDDEN) as usize,
        embedding: section.whole("embedding", defaults::EMBEDDING) as usize,
        task_width: section.whole("task_width", defaults::TASK_WIDTH) as usize,
        alpha: section.real("alpha", defaults::ALPHA),
        beta: section.beta(),
        residual: section.flag("residual", defaults::RESIDUAL),
        members: section.whole("members", defaults::MEMBERS) as usize,
        dropout: section.real("dropout", defaults::DROPOUT),
        input_dropout: section.real("input_dropout", defaults::INPUT_DROPOUT),
        modality_dropout: section.real("modality_dropout", defaults::MODALITY_DROPOUT),
        bins: section.whole("bins", defaults::BINS) as usize,
        series: section.series_encoder(),
        grid_hours: section
            .get("grid_hours")
            .is_some()
            .then(|| section.real("grid_hours", defaults::GRID_HOURS)),
        text: section.text_encoder(),
        image_side: section
            .get("image_side")
            .is_some()
            .then(|| section.whole("image_side", defaults::IMAGE_SIDE) as usize),
        augmentation: section.flag("augmentation", defaults::AUGMENTATION),
    }
}

fn read_training(value: Option<&Value>, problems: &mut Vec<Problem>) -> TrainingSettings {
    let mut section = Section::open(value, "training", &TRAINING_KEYS, problems);
    TrainingSettings {
        epochs: section.whole("epochs", defaults::EPOCHS) as usize,
        batch: section.whole("batch", defaults::BATCH) as usize,
        learning_rate: section.real("learning_rate", defaults::LEARNING_RATE),
        weight_decay: section.real("weight_decay", defaults::WEIGHT_DECAY),
        patience: section.whole("patience", defaults::PATIENCE) as usize,
        balance: section.balance(),
        imbalance: section.imbalance(),
        calibration: section.calibration(),
        averaging: section.whole("averaging", defaults::AVERAGING) as usize,
    }
}

/// A kind of task with its article, as sentences need it.
pub(super) fn with_article(kind: TaskKind) -> &'static str {
    match kind {
        TaskKind::Binary => "a binary",
        TaskKind::Multiclass => "a multiclass",
        TaskKind::Regression => "a regression",
        TaskKind::Clustering => "a clustering",
    }
}
