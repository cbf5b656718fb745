//! A trained model as one `.safetensors` file: its weights by name, and as metadata the study, everything fitted (scales,
//! categories, vocabularies), the thresholds and the figures on the test set. No patient's row is in it.
//!
//! The metadata carries a SHA-256 of all the rest, so that a file that was damaged or edited is refused instead of predicting
//! something else than it did.

use std::collections::{BTreeMap, HashMap};

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor, TensorData};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors, serialize};
use sha2::{Digest, Sha256};

use super::protocol::Results;
use super::trained::Model;
use crate::cohort::prepare::Fitted;
use crate::metrics::Recalibration;
use crate::model::data::{source_shapes, task_groups};
use crate::model::{M3h, M3hConfig};
use crate::study::{Study, document};
use crate::training::{TrainingError, read};

/// What the metadata's `format` says.
const FORMAT: &str = "m3h-model/1";
/// The checksum's key.
const CHECKSUM: &str = "sha256";

/// Why a file is no model to predict with. The model in force stays as it is.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ModelFileError {
    /// The bytes are no `.safetensors` file.
    #[error(
        "This file cannot be read as a model ({0}). It may be damaged or cut short: export the model again. Nothing has changed here."
    )]
    Unreadable(String),
    /// It is a `.safetensors` file of something else.
    #[error(
        "This .safetensors file is no model of M3H Studio: it holds no study. Choose a file that was exported in Results. Nothing has changed here."
    )]
    Foreign,
    /// It is a model of another version of the format.
    #[error(
        "This model has the format \u{201c}{0}\u{201d}; this version of the studio reads \u{201c}{FORMAT}\u{201d}. Nothing has changed here."
    )]
    OtherFormat(String),
    /// The checksum disagrees.
    #[error(
        "This model was changed or damaged after it was exported: its checksum does not agree. Export it again. Nothing has changed here."
    )]
    Altered,
    /// The parts do not belong together.
    #[error("This model's parts do not fit together ({0}). Nothing has changed here.")]
    Unfit(String),
    /// The device failed.
    #[error("{0}")]
    Device(#[from] TrainingError),
}

/// The weights of one member.
struct Weights {
    names: Vec<String>,
    shapes: Vec<Vec<usize>>,
    values: Vec<Tensor<1>>,
}

/// Collects every weight with its place in the model as its name.
struct Collect {
    path: Vec<String>,
    weights: Weights,
}

impl ModuleVisitor for Collect {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, weight: &Param<Tensor<D>>) {
        let value = weight.val();
        let shape = value.dims().to_vec();
        self.weights.names.push(self.path.join("."));
        self.weights
            .values
            .push(value.reshape([shape.iter().product::<usize>()]));
        self.weights.shapes.push(shape);
    }
}

/// Writes a model.
///
/// # Errors
/// Where the device does not give the weights, or they cannot be written (a bug).
pub async fn write(model: &Model) -> Result<Vec<u8>, ModelFileError> {
    let mut tensors: BTreeMap<String, (Vec<usize>, Vec<u8>)> = BTreeMap::new();
    for (place, member) in model.members.iter().enumerate() {
        let mut collect = Collect {
            path: vec![],
            weights: Weights {
                names: vec![],
                shapes: vec![],
                values: vec![],
            },
        };
        member.visit(&mut collect);
        let Weights {
            names,
            shapes,
            values,
        } = collect.weights;
        // One read a member: each one waits for the device.
        let values = read(Tensor::cat(values, 0)).await?;
        let mut left = values.as_slice();
        for (name, shape) in names.into_iter().zip(shapes) {
            let (own, rest) = left.split_at(shape.iter().product());
            left = rest;
            let bytes = own.iter().flat_map(|value| value.to_le_bytes()).collect();
            tensors.insert(format!("members.{place}.{name}"), (shape, bytes));
        }
    }
    let json = |value: serde_json::Result<String>| {
        value.map_err(|error| ModelFileError::Unfit(error.to_string()))
    };
    let mut metadata = BTreeMap::from([
        ("format".to_owned(), FORMAT.to_owned()),
        ("version".into(), env!("CARGO_PKG_VERSION").into()),
        ("study".into(), json(serde_json::to_string(&model.study))?),
        ("fitted".into(), json(serde_json::to_string(&model.fitted))?),
        (
            "thresholds".into(),
            json(serde_json::to_string(&model.thresholds))?,
        ),
        (
            "recalibration".into(),
            json(serde_json::to_string(&model.recalibration))?,
        ),
        (
            "results".into(),
            json(serde_json::to_string(
                &model.results.clone().without_patients(),
            ))?,
        ),
    ]);
    let parts = tensors
        .iter()
        .map(|(name, (shape, bytes))| (name.as_str(), shape.as_slice(), bytes.as_slice()));
    metadata.insert(CHECKSUM.into(), checksum(&metadata, parts));
    let views: Result<Vec<(&String, TensorView)>, _> = tensors
        .iter()
        .map(|(name, (shape, bytes))| {
            TensorView::new(Dtype::F32, shape.clone(), bytes).map(|view| (name, view))
        })
        .collect();
    let unfit = |error: safetensors::SafeTensorError| ModelFileError::Unfit(error.to_string());
    let metadata: HashMap<String, String> = metadata.into_iter().collect();
    serialize(views.map_err(unfit)?, Some(metadata)).map_err(unfit)
}

/// SHA-256 over all metadata but itself and over all tensors, in the order of their names, each part after its length.
fn checksum<'a>(
    metadata: &BTreeMap<String, String>,
    tensors: impl Iterator<Item = (&'a str, &'a [usize], &'a [u8])>,
) -> String {
    let mut digest = Sha256::new();
    let mut part = |bytes: &[u8]| {
        digest.update((bytes.len() as u64).to_le_bytes());
        digest.update(bytes);
    };
    for (key, value) in metadata.iter().filter(|(key, _)| *key != CHECKSUM) {
        part(key.as_bytes());
        part(value.as_bytes());
    }
    for (name, shape, bytes) in tensors {
        part(name.as_bytes());
        for &side in shape {
            part(&(side as u64).to_le_bytes());
        }
        part(bytes);
    }
    let sum = digest.finalize();
    sum.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads a model and lays its weights on a device.
///
/// # Errors
/// Where the file is cut short, foreign, of another format or altered, or its parts do not fit together.
pub fn open(bytes: &[u8], device: &Device) -> Result<Model, ModelFileError> {
    let unreadable =
        |error: safetensors::SafeTensorError| ModelFileError::Unreadable(error.to_string());
    let (_, header) = SafeTensors::read_metadata(bytes).map_err(unreadable)?;
    let tensors = SafeTensors::deserialize(bytes).map_err(unreadable)?;
    let metadata: BTreeMap<String, String> = header
        .metadata()
        .iter()
        .flatten()
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let text = |key: &str| metadata.get(key).ok_or(ModelFileError::Foreign);
    let format = text("format")?;
    if format != FORMAT {
        return Err(if format.starts_with("m3h-model/") {
            ModelFileError::OtherFormat(format.clone())
        } else {
            ModelFileError::Foreign
        });
    }
    let mut views: Vec<(String, TensorView)> = tensors.tensors();
    views.sort_by(|(one, _), (other, _)| one.cmp(other));
    let parts = views
        .iter()
        .map(|(name, view)| (name.as_str(), view.shape(), view.data()));
    if *text(CHECKSUM)? != checksum(&metadata, parts) {
        return Err(ModelFileError::Altered);
    }
    let unfit = |error: serde_json::Error| ModelFileError::Unfit(error.to_string());
    let study = serde_json::from_str(text("study")?).map_err(unfit)?;
    let study: Study =
        document::parse(&study).map_err(|problems| ModelFileError::Unfit(problems.to_string()))?;
    let fitted: Fitted = serde_json::from_str(text("fitted")?).map_err(unfit)?;
    let thresholds: Vec<Option<f64>> = serde_json::from_str(text("thresholds")?).map_err(unfit)?;
    let recalibration: Vec<Option<Recalibration>> =
        serde_json::from_str(text("recalibration")?).map_err(unfit)?;
    let results: Results = serde_json::from_str(text("results")?).map_err(unfit)?;
    let tasks = study.tasks.iter().map(|task| (&task.name, task.kind));
    let targets = fitted
        .targets
        .iter()
        .map(|target| (&target.name, target.kind));
    let each = study.tasks.len();
    if !tasks.eq(targets) || thresholds.len() != each || recalibration.len() != each {
        return Err(ModelFileError::Unfit(
            "the tasks of the study and of the weights are not the same".into(),
        ));
    }
    let groups = task_groups(&fitted);
    let config = M3hConfig {
        sources: source_shapes(&fitted),
        groups: groups.clone(),
        settings: study.model.clone(),
    };
    let mut used = 0;
    let mut members = vec![];
    for place in 0..study.model.members.max(1) {
        let mut load = Load {
            path: vec![],
            prefix: format!("members.{place}"),
            tensors: &tensors,
            device,
            problem: None,
            used: 0,
        };
        // Without gradients: the first weights are drawn only to be replaced.
        let member: M3h = config.init(0, device).map(&mut load);
        if let Some(problem) = load.problem {
            return Err(ModelFileError::Unfit(problem));
        }
        used += load.used;
        members.push(member);
    }
    if used != tensors.len() {
        return Err(ModelFileError::Unfit(format!(
            "{} weights belong to no part of the model",
            tensors.len() - used
        )));
    }
    Ok(Model {
        study,
        fitted,
        members,
        groups,
        thresholds,
        recalibration,
        results,
    })
}

/// Gives every weight the numbers that the file has under its name.
struct Load<'a> {
    path: Vec<String>,
    prefix: String,
    tensors: &'a SafeTensors<'a>,
    device: &'a Device,
    problem: Option<String>,
    used: usize,
}

impl Load<'_> {
    fn values(&mut self, shape: &[usize]) -> Option<Vec<f32>> {
        let name = format!("{}.{}", self.prefix, self.path.join("."));
        let view = match self.tensors.tensor(&name) {
            Ok(view) if view.dtype() == Dtype::F32 && view.shape() == shape => view,
            Ok(view) => {
                self.problem = Some(format!(
                    "the weights {name} are {:?}, not {shape:?}",
                    view.shape()
                ));
                return None;
            }
            Err(_) => {
                self.problem = Some(format!("the weights {name} are missing"));
                return None;
            }
        };
        self.used += 1;
        let numbers = view.data().chunks_exact(4);
        Some(
            numbers
                .map(|bytes| f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
                .collect(),
        )
    }
}

impl ModuleMapper for Load<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, weight: Param<Tensor<D>>) -> Param<Tensor<D>> {
        weight.map(|drawn| {
            let shape = drawn.shape();
            match self.values(&drawn.dims()) {
                Some(values) => Tensor::from_data(TensorData::new(values, shape), self.device),
                None => drawn,
            }
        })
    }
}
