//! What holds for every chart: labels are there, coordinates are finite, nothing needs an inline style, tables fit their charts.

use super::*;
use crate::metrics::operating_points;
use crate::session::protocol::{CalibrationBin, ClusterMap, Confusion, Density, HistogramBin, Tim};

fn tim(tasks: usize) -> Tim {
    let value = |row: usize, column: usize| {
        if (row + column).is_multiple_of(7) && row != column {
            None
        } else {
            Some(((row * 31 + column * 17) % 23) as f64 / 100.0 - 0.08)
        }
    };
    let grid = |shift: f64| {
        (0..tasks)
            .map(|row| {
                (0..tasks)
                    .map(|column| value(row, column).map(|v| v + shift))
                    .collect()
            })
            .collect()
    };
    Tim {
        measure: crate::session::protocol::TimMeasure::Occlusion,
        definition: String::new(),
        groups: vec![],
        seeds: vec![7],
        trainings: 0,
        version: String::new(),
        warnings: vec![],
        score: vec!["auroc".into(); tasks],
        tasks: (0..tasks)
            .map(|task| format!("Chronic <obstructive> disease no. {task}"))
            .collect(),
        matrix: grid(0.0),
        low: grid(-0.05),
        high: grid(0.05),
        sentences: Vec::new(),
    }
}

fn charts() -> Vec<Box<dyn Chart>> {
    let curve: Vec<[f64; 2]> = (0..=300)
        .map(|i| {
            let x = f64::from(i) / 300.0;
            [x, x.powf(0.3)]
        })
        .collect();
    let mut holes: Vec<Vec<Option<f64>>> = (0..20)
        .map(|epoch| {
            (0..64)
                .map(|task| Some(0.5 + f64::from(epoch * task % 40) / 100.0))
                .collect()
        })
        .collect();
    holes[3][5] = None;
    holes[4][6] = Some(f64::NAN);
    vec![
        Box::new(TrainingLoss {
            losses: vec![0.7, f64::NAN, 0.5, 0.45],
            epochs: 40,
            best_epoch: Some(3),
        }),
        Box::new(TrainingLoss {
            losses: Vec::new(),
            epochs: 0,
            best_epoch: None,
        }),
        Box::new(TrainingScores {
            tasks: (0..64).map(|task| format!("Task {task}")).collect(),
            scores: holes,
            means: vec![Some(0.7); 20],
            epochs: 40,
            best_epoch: Some(20),
            highlight: Some(63),
        }),
        Box::new(Roc {
            task: "Death & <dying>".into(),
            points: curve.clone(),
            auroc: Some(0.77),
        }),
        Box::new(Roc {
            task: "Without points".into(),
            points: Vec::new(),
            auroc: None,
        }),
        Box::new(PrecisionRecall {
            task: "Death".into(),
            points: curve,
            prevalence: Some(0.14),
            auprc: Some(0.44),
        }),
        Box::new(DecisionCurve {
            task: "Sepsis".into(),
            points: operating_points(
                &(0..200).map(|i| f64::from(i) / 220.0).collect::<Vec<_>>(),
                &(0..200).map(|i| i % 7 == 0 || i > 160).collect::<Vec<_>>(),
            )
            .unwrap(),
        }),
        Box::new(CalibrationCurve {
            task: "Death".into(),
            bins: (0..10)
                .map(|i| CalibrationBin {
                    predicted: f64::from(i) / 10.0 + 0.05,
                    observed: f64::from(i) / 12.0,
                    count: 10 * i as usize,
                })
                .collect(),
        }),
        Box::new(ConfusionMatrix {
            task: "Unit".into(),
            confusion: Confusion {
                classes: (0..14).map(|c| format!("Surgical unit \"{c}\"")).collect(),
                counts: (0..14)
                    .map(|r| (0..14).map(|c| if r == c { 1200 } else { r * c }).collect())
                    .collect(),
            },
        }),
        Box::new(PredictedObserved {
            task: "Length of stay".into(),
            unit: Some("days".into()),
            density: Density {
                observed_edges: (0..=20).map(f64::from).collect(),
                predicted_edges: (0..=20).map(|v| f64::from(v) * 1.3).collect(),
                counts: (0..20)
                    .map(|i: usize| {
                        (0..20)
                            .map(|j| 40usize.saturating_sub(i.abs_diff(j) * 9))
                            .collect()
                    })
                    .collect(),
            },
        }),
        Box::new(Clusters {
            task: "Phenotype".into(),
            map: ClusterMap {
                points: (0..500)
                    .map(|i| [f64::from(i % 7) - 3.0, f64::from(i % 11) * 0.3])
                    .collect(),
                cluster: (0..500).map(|i| i % 4).collect(),
                sizes: vec![125; 4],
                explained: [0.41, 0.22],
            },
        }),
        Box::new(Histogram {
            name: "Age".into(),
            unit: Some("years".into()),
            bins: (0..20)
                .map(|i| HistogramBin {
                    low: f64::from(i) * 5.0,
                    high: f64::from(i) * 5.0 + 5.0,
                    count: (i * 7 % 13) as usize,
                })
                .collect(),
        }),
        Box::new(Links {
            title: "What helps Length of stay".into(),
            label: "Points of R²".into(),
            decimals: 1,
            links: vec![
                Link {
                    name: "Sepsis".into(),
                    value: 1.2,
                    interval: Some((0.4, 2.0)),
                    certain: true,
                },
                Link {
                    name: "Heart failure".into(),
                    value: -0.2,
                    interval: None,
                    certain: false,
                },
            ],
        }),
        Box::new(TimMap {
            tim: tim(5),
            outlined: vec![(0, 1), (4, 2)],
        }),
        Box::new(TimMap {
            tim: tim(44),
            outlined: Vec::new(),
        }),
    ]
}

/// Values of an attribute, wherever it stands.
fn attribute<'a>(svg: &'a str, name: &str) -> Vec<&'a str> {
    let key = format!(" {name}=\"");
    svg.split(&key)
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect()
}

#[test]
fn every_chart_is_sound_at_every_width() {
    for chart in charts() {
        for theme in [Theme::light(), Theme::dark()] {
            for width in [240.0, 320.0, 900.0] {
                let svg = svg(chart.as_ref(), &theme, width).unwrap();
                let name = chart.title();
                assert!(
                    svg.starts_with("<svg ") && svg.ends_with("</svg>"),
                    "{name}"
                );
                assert!(!svg.contains("style="), "{name} has an inline style");
                assert!(svg.contains("role=\"img\""), "{name}");
                assert!(!svg.contains("NaN") && !svg.contains("inf"), "{name}");
                assert_eq!(svg.matches("<g").count(), svg.matches("</g>").count());
                assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
                let label = attribute(&svg, "aria-label");
                assert!(label[0].len() > 20, "{name}: {label:?}");
                let (wide, tall) = chart.size(width);
                for x in attribute(&svg, "x") {
                    let x: f64 = x.parse().unwrap();
                    assert!((-1.0..=wide + 1.0).contains(&x), "{name}: x {x} of {wide}");
                }
                for y in attribute(&svg, "y") {
                    let y: f64 = y.parse().unwrap();
                    assert!((-1.0..=tall + 1.0).contains(&y), "{name}: y {y} of {tall}");
                }
                for length in attribute(&svg, "width").into_iter().skip(1) {
                    let length: f64 = length.parse().unwrap();
                    assert!(length >= 0.0, "{name}");
                }
                for path in attribute(&svg, "d") {
                    for number in path.split(['M', 'L', 'Z', ' ']).filter(|n| !n.is_empty()) {
                        let number: f64 = number.parse().unwrap();
                        assert!(number >= -1.0 && number <= wide.max(tall) + 1.0, "{name}");
                    }
                }
            }
        }
    }
}

#[test]
fn every_table_is_rectangular_and_its_file_complete() {
    for chart in charts() {
        let table = chart.table();
        assert!(table.columns.len() >= 2, "{}", chart.title());
        for row in &table.rows {
            assert_eq!(row.len(), table.columns.len(), "{}", chart.title());
        }
        let html = table.to_html(&chart.title());
        assert!(html.contains("<caption>") && !html.contains("<dying>"));
        assert_eq!(table.to_csv().lines().count(), table.rows.len() + 1);
    }
}

#[test]
fn axes_carry_units_and_marks_their_names() {
    let all = charts();
    let find = |start: &str| {
        let chart = all
            .iter()
            .find(|chart| chart.title().starts_with(start))
            .unwrap();
        svg(chart.as_ref(), &Theme::light(), 600.0).unwrap()
    };
    let density = find("Predicted against observed");
    assert!(density.contains("Observed (days)") && density.contains("Predicted (days)"));
    assert!(find("ROC").contains("1 − specificity"));
    assert!(find("ROC").contains("AUROC 0.770"));
    assert!(find("Precision").contains("prevalence 14 %"));
    assert!(find("Distribution").contains("Age (years)"));
    assert!(find("Cluster map").contains("41 % of the variance"));
    assert!(find("Training loss").contains("best: 3"));
    assert!(find("Validation").contains("<title>Task 12</title>"));
}

#[test]
fn the_heat_map_names_every_link_and_fades_uncertain_ones() {
    let map = TimMap {
        tim: tim(44),
        outlined: vec![(1, 2)],
    };
    let svg = svg(&map, &Theme::light(), 320.0).unwrap();
    assert_eq!(svg.matches("data-link=").count(), 44 * 44);
    assert_eq!(svg.matches("<title>").count(), 44 * 44);
    assert!(svg.len() < 520_000, "{}", svg.len());
    // Wide enough to read: it scrolls in a narrow page.
    assert!(map.size(320.0).0 >= 44.0 * 13.0);
    assert_eq!(svg.matches("pointer-events=\"none\"").count(), 1);
    let small = tim(5);
    let words = link_words(&small, 1, 2);
    assert!(words.ends_with("+11.0 points (6.0 to 16.0)"), "{words}");
    assert!(is_certain(&small, 1, 2));
    let words = link_words(&small, 2, 1);
    assert!(words.ends_with("the interval covers 0"), "{words}");
    assert!(!is_certain(&small, 2, 1));
    assert!(link_words(&small, 3, 4).ends_with("not defined"));
}

#[test]
fn the_cluster_map_shows_squares_not_samples() {
    let mut all = charts().into_iter();
    let chart = all
        .find(|chart| chart.title() == "Cluster map: Phenotype")
        .unwrap();
    let svg = svg_file(chart.as_ref()).unwrap();
    // 500 points lie on 7 × 11 places, four clusters each: one dot a place and cluster.
    assert_eq!(svg.matches("<circle").count(), 7 * 11 * 4);
    assert_eq!(chart.table().rows.len(), 4);
    assert!(svg.contains("<title>Cluster map: Phenotype</title>"));
}

#[test]
fn rows_of_figures_share_a_scale() {
    let scale = IntervalScale {
        range: (0.0, 1.0),
        width: 160.0,
    };
    let mark = scale.mark(0.8, Some((0.7, 0.9)), Some(0.5), &Theme::light());
    assert!(mark.contains("aria-hidden=\"true\"") && !mark.contains("style="));
    // A whisker that leaves the scale ends in an arrow: two more strokes than a plain end has.
    let cut = scale.mark(0.1, Some((-0.4, 0.3)), None, &Theme::light());
    let whole = scale.mark(0.1, Some((0.05, 0.3)), None, &Theme::light());
    assert_eq!(
        cut.matches("<path").count(),
        whole.matches("<path").count() + 1
    );
    assert!(scale.ticks(&Theme::dark()).contains(">0.5<"));
}

#[test]
fn values_grow_to_the_right_and_upwards() {
    let chart = Roc {
        task: "Death".into(),
        points: vec![[0.0, 0.0], [1.0, 1.0]],
        auroc: None,
    };
    let svg = svg(&chart, &Theme::light(), 400.0).unwrap();
    // The curve and the dashed line of chance are the same here: from lower left to upper right.
    let ends = |path: &str| -> Vec<f64> {
        path.split(['M', 'L', ' '])
            .filter(|number| !number.is_empty())
            .map(|number| number.parse().unwrap())
            .collect()
    };
    let paths = attribute(&svg, "d");
    let curve = ends(paths.last().unwrap());
    assert!(curve[0] < curve[2] && curve[1] > curve[3], "{curve:?}");
    let chance = paths
        .iter()
        .map(|path| ends(path.trim_end_matches('Z')))
        .find(|line| line.len() == 4 && line[0] != line[2] && line[1] != line[3])
        .unwrap();
    for (one, other) in curve.iter().zip(&chance) {
        assert!((one - other).abs() <= 0.2, "{curve:?} {chance:?}");
    }
}

#[test]
fn files_have_plain_names() {
    assert_eq!(
        file_stem("ROC curve: Death (30 d)", "chart"),
        "roc-curve-death-30-d"
    );
    assert_eq!(file_stem("…", "chart"), "chart");
}
