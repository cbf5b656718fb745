use super::generated::{cohort, column, study, task};
use super::*;
use crate::cohort::{ColumnKind, MISSING, Role};
use crate::study::Selection;

fn training(samples: u32) -> Vec<u32> {
    (0..samples).filter(|row| row % 3 != 0).collect()
}

fn prepare(samples: u32, seed: u64) -> (Cohort, Fitted, Prepared) {
    let cohort = cohort(samples as usize, seed);
    let fitted = fit(&cohort, &study(), &training(samples)).unwrap();
    let prepared = apply(&cohort, &fitted, Some(&study())).unwrap();
    (cohort, fitted, prepared)
}

#[test]
fn sources_come_in_order_and_have_their_shapes() {
    let (cohort, fitted, prepared) = prepare(120, 3);
    let [
        FittedSource::Table(tabular),
        FittedSource::Table(series),
        FittedSource::Text(text),
        FittedSource::Image(_),
        FittedSource::Embedding(vectors),
    ] = fitted.sources.as_slice()
    else {
        panic!("{:?}", fitted.sources)
    };
    assert_eq!(
        (tabular.name.as_str(), series.name.as_str()),
        (TABULAR, SERIES)
    );
    // a constant column, free text and labels are no features
    assert_eq!(
        tabular
            .numbers
            .iter()
            .map(|number| number.name.as_str())
            .collect::<Vec<_>>(),
        ["age"]
    );
    assert_eq!(
        tabular
            .categories
            .iter()
            .map(|category| category.name.as_str())
            .collect::<Vec<_>>(),
        ["sex", "smoker"]
    );
    // a variable that nobody has is none either
    assert!(
        series
            .numbers
            .iter()
            .all(|number| number.name != "never" && !number.statistic.is_empty())
    );
    assert_eq!(series.numbers.len(), 26);
    assert_eq!(prepared.samples, 120);
    let widths = [1, 26, text.terms.len(), 0, vectors.columns.len()];
    for (source, width) in prepared.sources.iter().zip(widths) {
        assert_eq!(source.present.len(), 120);
        assert!(
            source.present.iter().any(|present| *present)
                && !source.present.iter().all(|present| *present)
                || width == 1
        );
        match &source.features {
            Features::Table {
                numbers,
                categories,
            } => {
                assert_eq!(numbers.len(), 120 * width);
                assert_eq!(categories.len(), if width == 1 { 240 } else { 0 });
                assert!(categories.iter().all(|&code| code <= 2));
            }
            Features::Sequence { .. } | Features::Subwords { .. } => {
                panic!("the study reads nothing step by step")
            }
            Features::Dense(values) => {
                assert_eq!(values.len(), 120 * width);
                assert!(values.iter().all(|value| value.is_finite()));
                for (cells, &present) in values.chunks_exact(width).zip(&source.present) {
                    assert_eq!(cells.iter().any(|value| *value != 0.0), present);
                }
            }
            Features::Images { pixels, offsets } => {
                assert_eq!(
                    (offsets.len(), pixels.len()),
                    (121, cohort.images.len() * 64 * 64)
                );
                for (row, pair) in offsets.windows(2).enumerate() {
                    let images = cohort
                        .images
                        .iter()
                        .filter(|image| image.sample as usize == row)
                        .count();
                    assert_eq!((pair[1] - pair[0]) as usize, images);
                    assert_eq!(source.present[row], images > 0);
                }
            }
        }
    }
}

/// Mean and population deviation.
fn moments(values: impl Iterator<Item = f32>) -> (f64, f64) {
    let values: Vec<f64> = values.map(f64::from).collect();
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let variance = values
        .iter()
        .map(|value| (value - mean).powi(2))
        .sum::<f64>()
        / values.len() as f64;
    (mean, variance.sqrt())
}

#[test]
fn training_rows_are_standardised() {
    let (_, _, prepared) = prepare(200, 4);
    let rows: Vec<usize> = training(200).into_iter().map(|row| row as usize).collect();
    let standard =
        |(mean, deviation): (f64, f64)| mean.abs() < 1e-4 && (deviation - 1.0).abs() < 1e-4;
    let Features::Images { pixels, offsets } = &prepared.sources[3].features else {
        panic!()
    };
    let images = rows.iter().flat_map(|&row| offsets[row]..offsets[row + 1]);
    assert!(standard(moments(
        images
            .flat_map(|image| &pixels[image as usize * 4096..][..4096])
            .copied()
    )));
    let Features::Dense(values) = &prepared.sources[4].features else {
        panic!()
    };
    let held = rows.iter().filter(|&&row| prepared.sources[4].present[row]);
    assert!(standard(moments(held.map(|&row| values[row * 3 + 1]))));
    let stay = &prepared.targets[2];
    assert!(standard(moments(
        rows.iter()
            .filter(|&&row| stay.labelled[row])
            .map(|&row| stay.values[row])
    )));
}

#[test]
fn labels_of_each_kind() {
    let (cohort, fitted, prepared) = prepare(90, 5);
    let [death, unit, stay, group] = prepared.targets.as_slice() else {
        panic!()
    };
    assert_eq!(fitted.targets[0].classes, ["0", "1"]);
    assert_eq!(fitted.targets[1].classes, ["2", "9", "10"]);
    assert_eq!(fitted.targets[3].clusters, 3);
    for row in 0..90 {
        let cell = |name: &str| cohort.column(name).unwrap().text(row);
        assert_eq!(death.labelled[row], cell("died").is_some());
        assert_eq!(
            death.values[row] == 1.0,
            matches!(cell("died"), Some("1" | "1.0"))
        );
        assert_eq!(unit.labelled[row], cell("unit").is_some());
        if let Some(text) = cell("unit") {
            assert_eq!(fitted.targets[1].classes[unit.values[row] as usize], text);
        }
        if let Some(text) = cell("stay") {
            assert!(
                (label_number(&fitted.targets[2], stay.values[row]) - text.parse::<f64>().unwrap())
                    .abs()
                    < 1e-4
            );
        }
        let reference = match cell("phenotype") {
            Some("a") => 0,
            Some(_) => 1,
            None => MISSING,
        };
        assert_eq!(group.reference[row], reference);
    }
    assert_eq!(
        (group.labelled.as_slice(), group.values.as_slice()),
        (&[true; 90][..], &[0.0; 90][..])
    );
    assert_eq!(label_number(&fitted.targets[0], 0.25), 0.25);
    let cases = training(90)
        .iter()
        .filter(|&&row| death.values[row as usize] == 1.0)
        .count();
    let labelled = training(90)
        .iter()
        .filter(|&&row| death.labelled[row as usize])
        .count();
    assert!((f64::from(fitted.targets[0].mean) - cases as f64 / labelled as f64).abs() < 1e-6);
}

/// Overwrites everything that a row has.
fn go_wild(cohort: &mut Cohort, row: u32) {
    for column in &mut cohort.columns {
        let wild = if column.kind == ColumnKind::Number {
            "1e9"
        } else {
            "wild"
        };
        let code = column
            .levels
            .iter()
            .position(|level| level == wild)
            .unwrap_or_else(|| {
                column.levels.push(wild.into());
                column.levels.len() - 1
            });
        column.codes[row as usize] = code as u32;
    }
    let series = cohort.series.as_mut().unwrap();
    for observation in
        series.offsets[row as usize] as usize..series.offsets[row as usize + 1] as usize
    {
        series.values[observation] = -1e9;
        series.variable[observation] = 1;
    }
    for note in cohort.notes.iter_mut().filter(|note| note.sample == row) {
        note.text = "wild wild words, no sense".into();
    }
    for image in cohort.images.iter_mut().filter(|image| image.sample == row) {
        image.pixels = vec![255; image.pixels.len()].into();
    }
    for embedding in &mut cohort.embeddings {
        embedding.values[row as usize * 3..][..3].fill(1e9);
    }
}

#[test]
fn nothing_is_fitted_on_other_rows() {
    let mut cohort = cohort(120, 6);
    let rows = training(120);
    let before = fit(&cohort, &study(), &rows).unwrap();
    for row in (0..120).filter(|row| !rows.contains(row)) {
        go_wild(&mut cohort, row);
    }
    assert_eq!(fit(&cohort, &study(), &rows).unwrap(), before);
    // and the test would notice: one wild training row changes every source and target but the clustering
    go_wild(&mut cohort, 1);
    let after = fit(&cohort, &study(), &rows).unwrap();
    assert!(
        before
            .sources
            .iter()
            .zip(&after.sources)
            .all(|(before, after)| before != after)
    );
    assert!(before.targets[1] != after.targets[1] && before.targets[2] != after.targets[2]);
    // a class that only test rows have is unlabelled
    let prepared = apply(&cohort, &before, Some(&study())).unwrap();
    assert!(!prepared.targets[1].labelled[0]);
}

#[test]
fn new_files_are_matched_by_name() {
    let (mut cohort, fitted, prepared) = prepare(60, 7);
    // another order, columns nobody knows, numbers that the import took for categories, other level codes
    cohort.columns.reverse();
    cohort.columns.insert(
        0,
        column(
            "unknown",
            Role::Input,
            ColumnKind::Number,
            &vec!["3".to_owned(); 60],
        ),
    );
    for column in &mut cohort.columns {
        column.kind = ColumnKind::Category;
        column.role = Role::Ignore;
        column.levels.reverse();
        let last = column.levels.len() as u32 - 1;
        column
            .codes
            .iter_mut()
            .filter(|code| **code != MISSING)
            .for_each(|code| *code = last - *code);
    }
    let series = cohort.series.as_mut().unwrap();
    series.variables.reverse();
    series
        .variable
        .iter_mut()
        .for_each(|variable| *variable = 2 - *variable);
    let embedding = &mut cohort.embeddings[0];
    embedding.columns.reverse();
    embedding
        .values
        .chunks_exact_mut(3)
        .for_each(<[f32]>::reverse);
    let again = apply(&cohort, &fitted, Some(&study())).unwrap();
    // NaN is not equal to itself, hence the texts
    assert_eq!(format!("{again:?}"), format!("{prepared:?}"));
    assert!(apply(&cohort, &fitted, None).unwrap().targets.is_empty());
}

#[test]
fn what_new_files_lack_is_missing() {
    let (_, fitted, _) = prepare(60, 8);
    let bare = Cohort {
        ids: vec!["a".into(), "b".into()],
        persons: vec![0, 1],
        ..Cohort::default()
    };
    let prepared = apply(&bare, &fitted, Some(&study())).unwrap();
    assert_eq!(prepared.sources.len(), fitted.sources.len());
    for (source, fitted) in prepared.sources.iter().zip(&fitted.sources) {
        assert_eq!(source.present, [false, false]);
        match (&source.features, fitted) {
            (
                Features::Table {
                    numbers,
                    categories,
                },
                FittedSource::Table(table),
            ) => {
                assert_eq!(numbers.len(), 2 * table.numbers.len());
                for (value, number) in numbers.iter().zip(table.numbers.iter().cycle()) {
                    assert!(if number.statistic == "count" {
                        *value == 0.0
                    } else {
                        value.is_nan()
                    });
                }
                assert!(
                    categories.iter().all(|code| *code == 0)
                        && categories.len() == 2 * table.categories.len()
                );
            }
            (Features::Dense(values), _) => assert!(values.iter().all(|value| *value == 0.0)),
            (Features::Images { pixels, offsets }, _) => {
                assert!(pixels.is_empty() && offsets == &[0, 0, 0])
            }
            other => panic!("{other:?}"),
        }
    }
    for (target, fitted) in prepared.targets.iter().zip(&fitted.targets) {
        assert_eq!(target.labelled, [fitted.kind == TaskKind::Clustering; 2]);
        assert!(target.reference.is_empty());
    }
    let empty = apply(&Cohort::default(), &fitted, Some(&study())).unwrap();
    assert!(empty.samples == 0 && empty.sources.iter().all(|source| source.present.is_empty()));
}

#[test]
fn sources_that_no_training_row_has_are_left_out() {
    let mut cohort = cohort(60, 9);
    cohort.images.retain(|image| image.sample == 0);
    cohort.notes.retain(|note| note.sample == 0);
    cohort.embeddings[0].values[3..].fill(f32::NAN);
    let fitted = fit(&cohort, &study(), &training(60)).unwrap();
    assert!(
        fitted
            .sources
            .iter()
            .all(|source| matches!(source, FittedSource::Table(_)))
    );
    let mut study = study();
    study.inputs.tabular = Selection::Only(Vec::new());
    study.inputs.series = Selection::Only(Vec::new());
    assert_eq!(
        fit(&cohort, &study, &training(60)),
        Err(PrepareError::NoInputs)
    );
}

#[test]
fn categories_are_frequent_levels_of_the_training_rows() {
    let mut cells: Vec<String> = ["b", "a", "b", "c", "a", "b", "once", ""]
        .map(String::from)
        .to_vec();
    cells.extend(["c", "test", "test"].map(String::from));
    let mut cohort = Cohort {
        ids: (0..11).map(|row| row.to_string()).collect(),
        ..cohort(11, 10)
    };
    cohort.columns[2] = column("sex", Role::Input, ColumnKind::Category, &cells);
    let fitted = fit(&cohort, &study(), &(0..9).collect::<Vec<_>>()).unwrap();
    let FittedSource::Table(table) = &fitted.sources[0] else {
        panic!()
    };
    assert_eq!(table.categories[0].levels, ["b", "a", "c"]);
    let prepared = apply(&cohort, &fitted, None).unwrap();
    let Features::Table { categories, .. } = &prepared.sources[0].features else {
        panic!()
    };
    let codes: Vec<u32> = categories
        .iter()
        .copied()
        .step_by(table.categories.len())
        .collect();
    assert_eq!(codes, [1, 2, 1, 3, 2, 1, 0, 0, 3, 0, 0]);
}

#[test]
fn errors_name_the_task() {
    let cohort = cohort(30, 11);
    let rows = training(30);
    let with = |task| Study {
        tasks: vec![task],
        ..study()
    };
    assert_eq!(
        fit(&cohort, &study(), &[]),
        Err(PrepareError::NoTrainingRows)
    );
    assert_eq!(
        fit(&cohort, &study(), &[30]),
        Err(PrepareError::RowOutOfRange {
            row: 30,
            samples: 30
        })
    );
    let error = fit(
        &cohort,
        &with(task("Sepsis", TaskKind::Regression, "sofa")),
        &rows,
    )
    .unwrap_err()
    .to_string();
    assert!(
        error.starts_with("Sepsis: ") && error.contains("sofa"),
        "{error}"
    );
    let error = fit(
        &cohort,
        &with(task("Death", TaskKind::Binary, "died")),
        &rows,
    );
    assert_eq!(
        error,
        Err(PrepareError::NoPositive {
            task: "Death".into()
        })
    );
    let error = fit(
        &cohort,
        &with(task("Sex", TaskKind::Regression, "sex")),
        &rows,
    );
    assert_eq!(error, Err(PrepareError::NoLabels { task: "Sex".into() }));
}

#[test]
fn what_was_fitted_survives_the_model_file() {
    let (cohort, fitted, prepared) = prepare(60, 12);
    let text = serde_json::to_string(&fitted).unwrap();
    let back: Fitted = serde_json::from_str(&text).unwrap();
    assert_eq!(back, fitted);
    let again = apply(&cohort, &back, Some(&study())).unwrap();
    assert_eq!(format!("{again:?}"), format!("{prepared:?}"));
}
