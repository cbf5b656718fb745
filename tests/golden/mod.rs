//! The reference numbers of `tests/fixtures/golden.json` (NumPy, float64) against the model on a device.

use burn::module::Param;
use burn::tensor::{Device, Tensor, TensorData};
use m3h_studio::model::data::Labels;
use m3h_studio::model::head::TaskGroups;
use m3h_studio::model::m3h::{M3h, M3hConfig, SourceShape};
use m3h_studio::study::{ModelSettings, TaskKind};
use m3h_studio::training::loss::{RareOutcomes, task_losses, total_loss};
use m3h_studio::training::read;
use serde_json::Value;

const GOLDEN: &str = include_str!("../fixtures/golden.json");
/// Relative to the largest number of the array, as f32 carries it.
const TOLERANCE: f64 = 1e-4;

fn flat(value: &Value) -> Vec<f32> {
    match value {
        Value::Array(items) => items.iter().flat_map(flat).collect(),
        other => vec![other.as_f64().unwrap() as f32],
    }
}

fn shape(value: &Value) -> Vec<usize> {
    match value {
        Value::Array(items) => {
            let mut all = vec![items.len()];
            all.extend(items.first().map(shape).unwrap_or_default());
            all
        }
        _ => vec![],
    }
}

fn tensor<const D: usize>(value: &Value, device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(flat(value), shape(value)), device)
}

fn parameter<const D: usize>(tensor: Tensor<D>) -> Param<Tensor<D>> {
    Param::from_tensor(tensor)
}

async fn compare<const D: usize>(name: &str, got: Tensor<D>, expected: &[f32]) {
    let got = read(got).await.unwrap();
    assert_eq!(got.len(), expected.len(), "{name}: size");
    let scale = expected
        .iter()
        .fold(1e-3f64, |m, v| m.max(f64::from(v.abs())));
    for (index, (g, e)) in got.iter().zip(expected).enumerate() {
        let apart = (f64::from(*g) - f64::from(*e)).abs() / scale;
        assert!(apart < TOLERANCE, "{name}[{index}]: {g} instead of {e}");
    }
}

/// `[tasks, fused, width]` as the reference has it, to `[fused, tasks · width]` as the model has it.
fn side_by_side(values: &[f32], tasks: usize, fused: usize, width: usize) -> Vec<f32> {
    let mut all = vec![0.0; values.len()];
    for task in 0..tasks {
        for row in 0..fused {
            for column in 0..width {
                all[row * tasks * width + task * width + column] =
                    values[(task * fused + row) * width + column];
            }
        }
    }
    all
}

/// Reproduces the reference: attention, outputs, losses, gradients and occluded mixtures.
pub async fn reproduce(device: &Device) {
    let golden: Value = serde_json::from_str(GOLDEN).unwrap();
    let (w, inputs) = (&golden["weights"], &golden["inputs"]);
    let device = device.clone().autodiff();
    let plain = device.clone().without_autodiff();
    let size = |name: &str| golden["shape"][name].as_u64().unwrap() as usize;
    let (batch, sources, embedding, width, tasks) = (
        size("patients"),
        size("modalities"),
        size("embedding"),
        size("task_width"),
        size("tasks"),
    );
    let fused = sources * embedding;
    let groups = TaskGroups::new(&[
        (TaskKind::Binary, 2),
        (TaskKind::Multiclass, size("classes")),
        (TaskKind::Regression, 0),
        (TaskKind::Clustering, size("clusters")),
    ]);
    let config = M3hConfig {
        sources: vec![SourceShape::Dense(embedding); sources],
        groups: groups.clone(),
        settings: ModelSettings {
            hidden: 4,
            embedding,
            task_width: width,
            residual: false,
            modality_dropout: 0.0,
            ..ModelSettings::default()
        },
    };
    let mut model: M3h = config.init(1, &device);
    model.fusion.missing = parameter(tensor(&w["missing"], &device));
    let project = side_by_side(&flat(&w["project_w"]), tasks, fused, width);
    model.attention.project_weight = parameter(Tensor::from_data(
        TensorData::new(project, [fused, tasks * width]),
        &device,
    ));
    model.attention.project_bias =
        parameter(tensor::<2>(&w["project_b"], &device).reshape([tasks * width]));
    model.attention.task_token = parameter(tensor(&w["task_token"], &device));
    model.attention.query_weight = parameter(tensor(&w["query_w"], &device));
    model.attention.key_weight = parameter(tensor(&w["key_w"], &device));
    model.attention.value_weight = parameter(tensor(&w["value_w"], &device));
    // Scalars: binary, then regression.
    let column = |name: &str| tensor::<2>(&w[name], &device).reshape([1, 1, width]);
    model.heads.scalar_weight = parameter(Tensor::cat(
        vec![column("binary_w"), column("regression_w")],
        1,
    ));
    let bias = |name: &str| tensor::<1>(&w[name], &device).reshape([1, 1]);
    model.heads.scalar_bias =
        parameter(Tensor::cat(vec![bias("binary_b"), bias("regression_b")], 1));
    model.heads.class_weight = parameter(tensor::<2>(&w["multiclass_w"], &device).unsqueeze());
    model.heads.class_bias =
        parameter(tensor::<1>(&w["multiclass_b"], &device).reshape([1, 1, size("classes")]));
    model.heads.clusters[0].centroids = parameter(tensor(&w["centroids"], &device));
    model.heads.clusters[0].decoder.weight = parameter(tensor(&w["decoder_w"], &device));
    model.heads.clusters[0].decoder.bias = Some(parameter(tensor(&w["decoder_b"], &device)));
    // Tensors joined above are results of operations; the weights themselves have to be leaves.
    model.heads.scalar_weight = leaf(&model.heads.scalar_weight);
    model.heads.scalar_bias = leaf(&model.heads.scalar_bias);
    model.heads.class_weight = leaf(&model.heads.class_weight);
    model.heads.class_bias = leaf(&model.heads.class_bias);
    model.attention.project_bias = leaf(&model.attention.project_bias);

    let present = tensor::<2>(&inputs["present"], &plain);
    let pass = model.decide(tensor(&inputs["embedding"], &plain), present, &groups);

    let a = &golden["attention"];
    let still = |t: Tensor<3>| t.without_autodiff();
    compare("z", pass.fused.clone().without_autodiff(), &flat(&a["z"])).await;
    compare("x", still(pass.attended.projected.clone()), &flat(&a["x"])).await;
    compare(
        "value",
        still(pass.attended.value.clone()),
        &flat(&a["value"]),
    )
    .await;
    compare(
        "weight",
        still(pass.attended.weight.clone()),
        &flat(&a["weight"]),
    )
    .await;
    compare(
        "mixed",
        still(pass.attended.mixed.clone()),
        &flat(&a["mixed"]),
    )
    .await;

    let out = &golden["outputs"];
    let scalars = pass.output.scalars.clone().unwrap().without_autodiff();
    let logit = scalars.clone().narrow(1, 0, 1);
    compare("binary logit", logit, &flat(&out["binary_logit"])).await;
    compare(
        "regression value",
        scalars.narrow(1, 1, 1),
        &flat(&out["regression_value"]),
    )
    .await;
    let logits = pass.output.classes.clone().unwrap().without_autodiff();
    compare(
        "multiclass logits",
        logits,
        &flat(&out["multiclass_logits"]),
    )
    .await;
    let assignment = model.heads.clusters[0].assign(pass.output.representation[0].clone());
    compare(
        "cluster q",
        assignment.without_autodiff(),
        &flat(&out["cluster_q"]),
    )
    .await;

    // Occlusion: one column taken out changes the other rows alone.
    for contributing in 0..tasks {
        let mixed = still(model.attention.occlude(&pass.attended, contributing));
        for receiving in (0..tasks).filter(|&task| task != contributing) {
            let expected =
                flat(&golden["occluded_mixture"][format!("{receiving}<-{contributing}")]);
            let row = mixed.clone().narrow(1, receiving, 1);
            compare(
                &format!("occluded {receiving}<-{contributing}"),
                row,
                &expected,
            )
            .await;
        }
        let own = mixed.narrow(1, contributing, 1);
        let kept = still(pass.attended.mixed.clone()).narrow(1, contributing, 1);
        compare("own row", own, &read(kept).await.unwrap()).await;
    }

    let stack = |left: &str, right: &str| {
        let column = |name: &str| tensor::<1>(&inputs[name], &plain).reshape([batch, 1]);
        Tensor::cat(vec![column(left), column(right)], 1)
    };
    let mut classes = vec![0.0f32; batch * size("classes")];
    for (row, class) in flat(&inputs["multiclass"]).iter().enumerate() {
        if flat(&inputs["multiclass_mask"])[row] > 0.0 {
            classes[row * size("classes") + *class as usize] = 1.0;
        }
    }
    let labels = Labels {
        scalars: Some((
            stack("binary", "regression"),
            stack("binary_mask", "regression_mask"),
        )),
        classes: Some((
            Tensor::from_data(
                TensorData::new(classes, [batch, 1, size("classes")]),
                &plain,
            ),
            tensor::<1>(&inputs["multiclass_mask"], &plain).reshape([batch, 1]),
        )),
    };
    let losses = task_losses(&model, &pass, &labels, &groups, true, &RareOutcomes::Alike);
    let each = |name: &str| golden["losses"][name].as_f64().unwrap() as f32;
    let expected = [
        each("binary"),
        each("regression"),
        each("multiclass"),
        each("clustering_kl") + each("clustering_rebuild"),
    ];
    compare("losses", losses.clone().without_autodiff(), &expected).await;
    let total = total_loss(losses, &model, m3h_studio::study::Balance::Equal);
    let expected = golden["total"].as_f64().unwrap() as f32;
    compare("total", total.clone().without_autodiff(), &[expected]).await;

    let gradients = total.backward();
    let g = &golden["gradients"];
    macro_rules! gradient {
        ($name:literal, $weight:expr, $expected:expr) => {
            let got = $weight.val().grad(&gradients).unwrap();
            compare(concat!("gradient of ", $name), got, $expected).await;
        };
    }
    gradient!("missing", model.fusion.missing, &flat(&g["missing"]));
    let project = side_by_side(&flat(&g["project_w"]), tasks, fused, width);
    gradient!("project_w", model.attention.project_weight, &project);
    gradient!(
        "project_b",
        model.attention.project_bias,
        &flat(&g["project_b"])
    );
    gradient!(
        "task_token",
        model.attention.task_token,
        &flat(&g["task_token"])
    );
    gradient!(
        "query_w",
        model.attention.query_weight,
        &flat(&g["query_w"])
    );
    gradient!("key_w", model.attention.key_weight, &flat(&g["key_w"]));
    gradient!(
        "value_w",
        model.attention.value_weight,
        &flat(&g["value_w"])
    );
    let both = |left: &str, right: &str| [flat(&g[left]), flat(&g[right])].concat();
    gradient!(
        "scalar weights",
        model.heads.scalar_weight,
        &both("binary_w", "regression_w")
    );
    gradient!(
        "scalar biases",
        model.heads.scalar_bias,
        &both("binary_b", "regression_b")
    );
    gradient!(
        "multiclass_w",
        model.heads.class_weight,
        &flat(&g["multiclass_w"])
    );
    gradient!(
        "multiclass_b",
        model.heads.class_bias,
        &flat(&g["multiclass_b"])
    );
    let head = &model.heads.clusters[0];
    gradient!("centroids", head.centroids, &flat(&g["centroids"]));
    gradient!("decoder_w", head.decoder.weight, &flat(&g["decoder_w"]));
    gradient!(
        "decoder_b",
        head.decoder.bias.as_ref().unwrap(),
        &flat(&g["decoder_b"])
    );
}

fn leaf<const D: usize>(weight: &Param<Tensor<D>>) -> Param<Tensor<D>> {
    Param::from_tensor(weight.val().detach())
}
