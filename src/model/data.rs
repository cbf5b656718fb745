//! A cohort's tensors: laid on the device once, so that a step uploads row numbers only.

use burn::tensor::{Device, Distribution, Int, Tensor, TensorData};

use super::augment::Augmenter;
use super::head::TaskGroups;
use super::m3h::SourceShape;
use crate::cohort::prepare::{
    Features, Fitted, FittedSource, FittedTable, LARGEST_DEVIATION, Prepared, PreparedTarget,
    WINDOW,
};
use crate::study::TaskKind;

/// The samples of a prepared cohort on a device (without gradients).
#[derive(Debug, Clone)]
pub struct DeviceCohort {
    device: Device,
    sources: Vec<DeviceSource>,
    /// `[samples, sources]`, ones and zeros.
    present: Tensor<2>,
    /// The same on the host, row-major.
    has: Vec<bool>,
    labels: Option<DeviceLabels>,
    samples: usize,
}

#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "a handful of them exist")]
enum DeviceSource {
    Table {
        /// Numbers, 0 where missing, `[samples, numbers]`.
        numbers: Option<TableNumbers>,
        /// Categories as ones and zeros, `[samples, levels of all columns]`.
        categories: Option<Tensor<2>>,
    },
    Dense(Tensor<2>),
    Sequence {
        /// `[samples, steps · variables]` both.
        values: Tensor<2>,
        since: Tensor<2>,
        steps: usize,
    },
    Subwords {
        windows: Option<SubwordWindows>,
        offsets: Vec<u32>,
    },
    Images {
        /// `[images, side · side]`.
        pixels: Option<Tensor<2>>,
        side: usize,
        offsets: Vec<u32>,
        /// What their greys were standardised by.
        mean: f32,
        deviation: f32,
    },
}

#[derive(Debug, Clone)]
struct TableNumbers {
    values: Tensor<2>,
    known: Tensor<2>,
    /// Lower edge of each bin, `[1, numbers, bins]`.
    lower: Tensor<3>,
    /// 1 / width of each bin, 0 for bins that a feature lacks, `[1, numbers, bins]`.
    inverse_width: Tensor<3>,
    /// `[1, numbers]`.
    mean: Tensor<2>,
    /// `[1, numbers]`.
    inverse_deviation: Tensor<2>,
}

#[derive(Debug, Clone)]
struct DeviceLabels {
    /// Binary then regression targets, `[samples, scalars]`.
    scalars: Option<(Tensor<2>, Tensor<2>)>,
    /// Ones and zeros, all zeros where unlabelled, `[samples, multiclass · most classes]`.
    classes: Option<(Tensor<2>, Tensor<2>)>,
}

/// One batch: the inputs of every source, and which are there.
#[derive(Debug, Clone)]
pub struct Batch {
    /// One entry a source.
    pub inputs: Vec<Input>,
    /// `[batch, sources]`, ones and zeros.
    pub present: Tensor<2>,
}

/// A batch's input of one source.
#[derive(Debug, Clone)]
pub enum Input {
    /// `[batch, features]`.
    Dense(Tensor<2>),
    /// The grids of the batch's samples, `[batch, steps, variables]` both.
    Sequence {
        /// The last values so far.
        values: Tensor<3>,
        /// How long ago they were observed.
        since: Tensor<3>,
    },
    /// The notes of the batch's samples.
    Subwords {
        /// Their windows, boxed for being several tensors wide.
        subwords: Box<SubwordWindows>,
        /// Whose each window is, as ones and zeros, `[batch, windows]`.
        owned: Tensor<2>,
    },
    /// The images of the batch's samples.
    Images {
        /// `[images, 1, side, side]`.
        pixels: Tensor<4>,
        /// Whose each image is, ones and zeros, `[batch, images]`.
        owned: Tensor<2>,
    },
    /// No sample of the batch has this source.
    Nothing,
}

/// Windows of notes, `[windows, window]` each.
#[derive(Debug, Clone)]
pub struct SubwordWindows {
    /// Numbers of pieces.
    pub pieces: Tensor<2, Int>,
    /// Number of the sentence within the window.
    pub sentences: Tensor<2, Int>,
    /// Place within the sentence.
    pub places: Tensor<2, Int>,
}

impl SubwordWindows {
    fn map(self, change: impl Fn(Tensor<2, Int>) -> Tensor<2, Int>) -> Self {
        Self {
            pieces: change(self.pieces),
            sentences: change(self.sentences),
            places: change(self.places),
        }
    }

    /// `count` windows from `first` on.
    pub fn part(self, first: usize, count: usize) -> Self {
        self.map(|numbers| numbers.narrow(0, first, count))
    }

    fn select(self, chosen: Tensor<1, Int>) -> Self {
        self.map(|numbers| numbers.select(0, chosen.clone()))
    }
}

/// A batch's labels.
#[derive(Debug, Clone)]
pub struct Labels {
    /// Targets and masks of binary, then regression tasks, `[batch, scalars]` each.
    pub scalars: Option<(Tensor<2>, Tensor<2>)>,
    /// Classes as ones and zeros `[batch, multiclass, most classes]`, and masks `[batch, multiclass]`.
    pub classes: Option<(Tensor<3>, Tensor<2>)>,
}

/// What each source's encoder has to read.
pub fn source_shapes(fitted: &Fitted) -> Vec<SourceShape> {
    fitted
        .sources
        .iter()
        .map(|source| match source {
            FittedSource::Table(table) => {
                let numbers = table.numbers.len();
                let levels: usize = table.categories.iter().map(|c| c.levels.len() + 1).sum();
                SourceShape::Dense(numbers * (bins(table) + 2) + levels)
            }
            FittedSource::Text(text) => SourceShape::Dense(text.terms.len()),
            FittedSource::Embedding(embedding) => SourceShape::Dense(embedding.columns.len()),
            FittedSource::Sequence(sequence) => SourceShape::Sequence {
                steps: sequence.steps,
                variables: sequence.variables.len(),
            },
            FittedSource::Subwords(subwords) => SourceShape::Subwords(subwords.pieces.len()),
            FittedSource::Image(image) => SourceShape::Images { side: image.side },
        })
        .collect()
}

/// The tasks' kinds and sizes.
pub fn task_groups(fitted: &Fitted) -> TaskGroups {
    let tasks: Vec<(TaskKind, usize)> = fitted
        .targets
        .iter()
        .map(|target| {
            let size = match target.kind {
                TaskKind::Clustering => target.clusters,
                _ => target.classes.len(),
            };
            (target.kind, size)
        })
        .collect();
    TaskGroups::new(&tasks)
}

/// Most bins of a table's numbers.
fn bins(table: &FittedTable) -> usize {
    table
        .numbers
        .iter()
        .map(|number| number.edges.len().saturating_sub(1))
        .max()
        .unwrap_or(0)
}

fn matrix(values: Vec<f32>, rows: usize, columns: usize, device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values, [rows, columns]), device)
}

impl DeviceCohort {
    /// Lays a prepared cohort on `device` (one without gradients).
    pub fn new(prepared: &Prepared, fitted: &Fitted, device: &Device) -> Self {
        let samples = prepared.samples;
        let columns = prepared.sources.len();
        let mut has = vec![false; samples * columns];
        for (column, source) in prepared.sources.iter().enumerate() {
            for (row, &there) in source.present.iter().enumerate() {
                has[row * columns + column] = there;
            }
        }
        let present = has
            .iter()
            .map(|&there| f32::from(u8::from(there)))
            .collect();
        let sources = prepared
            .sources
            .iter()
            .zip(&fitted.sources)
            .map(|(source, fitted)| lay_source(&source.features, fitted, samples, device))
            .collect();
        let labels = (!prepared.targets.is_empty())
            .then(|| lay_labels(&prepared.targets, samples, &task_groups(fitted), device));
        Self {
            device: device.clone(),
            sources,
            present: matrix(present, samples, columns, device),
            has,
            labels,
            samples,
        }
    }

    /// The same samples, none of which has the sources at these places: their missing tokens stand in for them.
    pub fn without(&self, sources: &[usize]) -> Self {
        let columns = self.sources.len();
        let kept = |column: usize| !sources.contains(&column);
        let ones = (0..columns).map(|column| f32::from(u8::from(kept(column))));
        let ones = matrix(ones.collect(), 1, columns, &self.device);
        let has = self.has.iter().enumerate();
        Self {
            present: self.present.clone() * ones,
            has: has
                .map(|(cell, &there)| there && kept(cell % columns))
                .collect(),
            ..self.clone()
        }
    }

    /// The same samples with the labels of other tasks, which `groups` describes.
    pub fn for_tasks(&self, targets: &[PreparedTarget], groups: &TaskGroups) -> Self {
        Self {
            labels: Some(lay_labels(targets, self.samples, groups, &self.device)),
            ..self.clone()
        }
    }

    /// Whether a sample has each of the sources; empty where there is no such sample.
    pub fn has(&self, row: u32) -> &[bool] {
        let columns = self.sources.len();
        let cells = row as usize * columns..(row as usize + 1) * columns;
        self.has.get(cells).unwrap_or_default()
    }

    /// Whether a sample has none of the sources.
    pub fn has_nothing(&self, row: u32) -> bool {
        !self.has(row).contains(&true)
    }

    /// Number of samples.
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// The inputs of some rows.
    pub fn batch(&self, rows: &[u32]) -> Batch {
        self.training_batch(rows, 0.0, None)
    }

    /// The inputs of some rows, each number, category, term and vector entry hidden with probability `input_dropout`
    /// (ours). A hidden number of a table is a missing one: its bins and its flag are hidden with it. Images are changed by the augmenter,
    /// where there is one.
    pub fn training_batch(
        &self,
        rows: &[u32],
        input_dropout: f64,
        mut augmenter: Option<&mut Augmenter>,
    ) -> Batch {
        let index = self.index(rows);
        let inputs = self
            .sources
            .iter()
            .map(|source| {
                let input = self.input(source, rows, &index, input_dropout);
                match (input, source, augmenter.as_deref_mut()) {
                    (
                        Input::Images { pixels, owned },
                        DeviceSource::Images {
                            mean, deviation, ..
                        },
                        Some(augmenter),
                    ) => Input::Images {
                        pixels: augmenter.change(pixels, *mean, *deviation),
                        owned,
                    },
                    (input, ..) => input,
                }
            })
            .collect();
        Batch {
            inputs,
            present: self.present.clone().select(0, index),
        }
    }

    /// The labels of some rows; `None` where the cohort was prepared for prediction.
    pub fn labels(&self, rows: &[u32], groups: &TaskGroups) -> Option<Labels> {
        let labels = self.labels.as_ref()?;
        let index = self.index(rows);
        let pick = |tensor: &Tensor<2>| tensor.clone().select(0, index.clone());
        Some(Labels {
            scalars: labels
                .scalars
                .as_ref()
                .map(|(target, mask)| (pick(target), pick(mask))),
            classes: labels.classes.as_ref().map(|(target, mask)| {
                let target = pick(target).reshape([
                    rows.len(),
                    groups.multiclass.len(),
                    groups.most_classes(),
                ]);
                (target, pick(mask))
            }),
        })
    }

    fn index(&self, rows: &[u32]) -> Tensor<1, Int> {
        let rows: Vec<i32> = rows.iter().map(|&row| row as i32).collect();
        let length = rows.len();
        Tensor::from_data(TensorData::new(rows, [length]), &self.device)
    }

    fn input(
        &self,
        source: &DeviceSource,
        rows: &[u32],
        index: &Tensor<1, Int>,
        input_dropout: f64,
    ) -> Input {
        match source {
            DeviceSource::Dense(values) => {
                let values = values.clone().select(0, index.clone());
                // Only training scales up for what it hides: a prediction pays nothing for it.
                Input::Dense(if input_dropout > 0.0 {
                    hide(values, input_dropout).mul_scalar(1.0 / (1.0 - input_dropout))
                } else {
                    values
                })
            }
            DeviceSource::Table {
                numbers,
                categories,
            } => {
                let mut parts = vec![];
                if let Some(numbers) = numbers {
                    parts.extend(numbers.features(index, input_dropout));
                }
                if let Some(categories) = categories {
                    parts.push(hide(
                        categories.clone().select(0, index.clone()),
                        input_dropout,
                    ));
                }
                Input::Dense(Tensor::cat(parts, 1))
            }
            DeviceSource::Sequence {
                values,
                since,
                steps,
            } => {
                let [_, cells] = values.dims();
                let shape = [rows.len(), *steps, cells / steps.max(&1)];
                let values = values.clone().select(0, index.clone()).reshape(shape);
                let since = since.clone().select(0, index.clone()).reshape(shape);
                if input_dropout <= 0.0 {
                    return Input::Sequence { values, since };
                }
                // A hidden variable is one that was never observed: its values are 0 and its times 1.
                let shown = Tensor::<2>::zeros([rows.len(), shape[2]], &self.device)
                    .random_like(Distribution::Bernoulli(1.0 - input_dropout))
                    .reshape([rows.len(), 1, shape[2]]);
                Input::Sequence {
                    values: values * shown.clone(),
                    since: (since - 1.0) * shown + 1.0,
                }
            }
            DeviceSource::Subwords { windows, offsets } => {
                let owned = self.owned(offsets, rows);
                match windows.as_ref().zip(owned) {
                    Some((windows, (chosen, owned))) => Input::Subwords {
                        subwords: Box::new(windows.clone().select(chosen)),
                        owned,
                    },
                    None => Input::Nothing,
                }
            }
            DeviceSource::Images {
                pixels,
                side,
                offsets,
                ..
            } => self.images(pixels.as_ref(), *side, offsets, rows),
        }
    }

    /// The places of the rows' items (windows of notes, images) among all, and whose each is, `[rows, items]`, as ones and zeros;
    /// `None` where no row has one. `offsets[row]..offsets[row + 1]` are a row's items.
    fn owned(&self, offsets: &[u32], rows: &[u32]) -> Option<(Tensor<1, Int>, Tensor<2>)> {
        let mut items = vec![];
        let mut owners = vec![];
        for (position, &row) in rows.iter().enumerate() {
            let range = offsets[row as usize]..offsets[row as usize + 1];
            owners.extend(std::iter::repeat_n(position as i32, range.len()));
            items.extend(range);
        }
        if items.is_empty() {
            return None;
        }
        let length = items.len();
        // Which item is whose is worked out on the device from the owners' positions.
        let owners =
            Tensor::<2, Int>::from_data(TensorData::new(owners, [1, length]), &self.device);
        let samples =
            Tensor::<1, Int>::arange(0..rows.len() as i64, &self.device).reshape([rows.len(), 1]);
        let owned = samples
            .repeat_dim(1, length)
            .equal(owners.repeat_dim(0, rows.len()))
            .float();
        Some((self.index(&items), owned))
    }

    fn images(
        &self,
        pixels: Option<&Tensor<2>>,
        side: usize,
        offsets: &[u32],
        rows: &[u32],
    ) -> Input {
        let Some((pixels, (chosen, owned))) = pixels.zip(self.owned(offsets, rows)) else {
            return Input::Nothing;
        };
        let [_, images] = owned.dims();
        Input::Images {
            pixels: pixels
                .clone()
                .select(0, chosen)
                .reshape([images, 1, side, side]),
            owned,
        }
    }
}

/// Each entry set to 0 with this probability.
fn hide(values: Tensor<2>, probability: f64) -> Tensor<2> {
    if probability <= 0.0 {
        return values;
    }
    let kept = values.random_like(Distribution::Bernoulli(1.0 - probability));
    values * kept
}

impl TableNumbers {
    /// Piecewise-linear encoding (Gorishniy et al. 2022), then the standardised number, then whether it is known:
    /// three tensors of `batch` rows. A missing number is all zeros.
    fn features(&self, index: &Tensor<1, Int>, input_dropout: f64) -> Vec<Tensor<2>> {
        let values = self.values.clone().select(0, index.clone());
        let known = hide(self.known.clone().select(0, index.clone()), input_dropout);
        let [batch, numbers] = values.dims();
        let [_, _, bins] = self.lower.dims();
        let encoded = (values.clone().reshape([batch, numbers, 1]) - self.lower.clone())
            .mul(self.inverse_width.clone())
            .clamp(0.0, 1.0)
            .mul(known.clone().reshape([batch, numbers, 1]))
            .reshape([batch, numbers * bins]);
        let standard = (values - self.mean.clone())
            .mul(self.inverse_deviation.clone())
            .clamp(-LARGEST_DEVIATION, LARGEST_DEVIATION)
            .mul(known.clone());
        vec![encoded, standard, known]
    }
}

fn lay_source(
    features: &Features,
    fitted: &FittedSource,
    samples: usize,
    device: &Device,
) -> DeviceSource {
    match (features, fitted) {
        (
            Features::Table {
                numbers,
                categories,
            },
            FittedSource::Table(table),
        ) => DeviceSource::Table {
            numbers: (!table.numbers.is_empty())
                .then(|| lay_numbers(numbers, table, samples, device)),
            categories: (!table.categories.is_empty())
                .then(|| lay_categories(categories, table, samples, device)),
        },
        (Features::Sequence { values, since }, FittedSource::Sequence(sequence)) => {
            let cells = sequence.steps * sequence.variables.len();
            DeviceSource::Sequence {
                values: matrix(values.clone(), samples, cells, device),
                since: matrix(since.clone(), samples, cells, device),
                steps: sequence.steps,
            }
        }
        (
            Features::Subwords {
                pieces,
                sentences,
                places,
                offsets,
            },
            _,
        ) => {
            let count = pieces.len() / WINDOW;
            let lay = |numbers: &[u32]| {
                let numbers: Vec<i32> = numbers.iter().map(|&number| number as i32).collect();
                Tensor::from_data(TensorData::new(numbers, [count, WINDOW]), device)
            };
            DeviceSource::Subwords {
                windows: (count > 0).then(|| SubwordWindows {
                    pieces: lay(pieces),
                    sentences: lay(sentences),
                    places: lay(places),
                }),
                offsets: offsets.clone(),
            }
        }
        (Features::Images { pixels, offsets }, FittedSource::Image(image)) => {
            let size = image.side * image.side;
            let images = pixels.len() / size.max(1);
            DeviceSource::Images {
                pixels: (images > 0).then(|| matrix(pixels.clone(), images, size, device)),
                side: image.side,
                offsets: offsets.clone(),
                mean: image.mean,
                deviation: image.deviation,
            }
        }
        (Features::Dense(values), _) => {
            let columns = values.len() / samples.max(1);
            DeviceSource::Dense(matrix(values.clone(), samples, columns, device))
        }
        // `prepare::apply` makes features of their fitted source's kind; anything else counts as missing.
        _ => DeviceSource::Images {
            pixels: None,
            side: 1,
            offsets: vec![0; samples + 1],
            mean: 0.0,
            deviation: 1.0,
        },
    }
}

fn lay_numbers(
    numbers: &[f32],
    table: &FittedTable,
    samples: usize,
    device: &Device,
) -> TableNumbers {
    let columns = table.numbers.len();
    let bins = bins(table);
    let known: Vec<f32> = numbers
        .iter()
        .map(|value| f32::from(u8::from(value.is_finite())))
        .collect();
    let values: Vec<f32> = numbers
        .iter()
        .map(|&value| if value.is_finite() { value } else { 0.0 })
        .collect();
    let mut lower = vec![0.0f32; columns * bins];
    let mut inverse_width = vec![0.0f32; columns * bins];
    for (column, number) in table.numbers.iter().enumerate() {
        for (bin, pair) in number.edges.windows(2).enumerate() {
            lower[column * bins + bin] = pair[0];
            inverse_width[column * bins + bin] = 1.0 / (pair[1] - pair[0]);
        }
    }
    let cube = |values: Vec<f32>| {
        Tensor::<3>::from_data(TensorData::new(values, [1, columns, bins]), device)
    };
    TableNumbers {
        values: matrix(values, samples, columns, device),
        known: matrix(known, samples, columns, device),
        lower: cube(lower),
        inverse_width: cube(inverse_width),
        mean: matrix(
            table.numbers.iter().map(|n| n.mean).collect(),
            1,
            columns,
            device,
        ),
        inverse_deviation: matrix(
            table.numbers.iter().map(|n| 1.0 / n.deviation).collect(),
            1,
            columns,
            device,
        ),
    }
}

fn lay_categories(
    codes: &[u32],
    table: &FittedTable,
    samples: usize,
    device: &Device,
) -> Tensor<2> {
    let widths: Vec<usize> = table
        .categories
        .iter()
        .map(|c| c.levels.len() + 1)
        .collect();
    let columns: usize = widths.iter().sum();
    let mut values = vec![0.0f32; samples * columns];
    for row in 0..samples {
        let mut start = row * columns;
        for (feature, width) in widths.iter().enumerate() {
            let code = codes[row * widths.len() + feature] as usize;
            values[start + code.min(width - 1)] = 1.0;
            start += width;
        }
    }
    matrix(values, samples, columns, device)
}

fn lay_labels(
    targets: &[PreparedTarget],
    samples: usize,
    groups: &TaskGroups,
    device: &Device,
) -> DeviceLabels {
    let scalars = groups.scalars();
    let columns = |tasks: &[usize], of: &dyn Fn(usize, usize) -> f32| {
        let mut values = vec![0.0f32; samples * tasks.len()];
        for row in 0..samples {
            for (column, &task) in tasks.iter().enumerate() {
                values[row * tasks.len() + column] = of(task, row);
            }
        }
        matrix(values, samples, tasks.len(), device)
    };
    let mask = |task: usize, row: usize| f32::from(u8::from(targets[task].labelled[row]));
    let most = groups.most_classes();
    DeviceLabels {
        scalars: (!scalars.is_empty()).then(|| {
            let target = columns(&scalars, &|task, row| targets[task].values[row]);
            (target, columns(&scalars, &mask))
        }),
        classes: (!groups.multiclass.is_empty()).then(|| {
            let width = groups.multiclass.len() * most;
            let mut values = vec![0.0f32; samples * width];
            for (position, &task) in groups.multiclass.iter().enumerate() {
                let target = &targets[task];
                for row in (0..samples).filter(|&row| target.labelled[row]) {
                    let class = (target.values[row] as usize).min(most - 1);
                    values[row * width + position * most + class] = 1.0;
                }
            }
            let target = matrix(values, samples, width, device);
            (target, columns(&groups.multiclass, &mask))
        }),
    }
}
