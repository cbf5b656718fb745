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
        definition: "score_s(full) - score_s(without t), \"ours\"".into(),
        groups: vec![],
        seeds: vec![7, 8],
        trainings: 0,
        version: "0.1.0".into(),
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

/// Every third task in one of three departments, the last task in none.
fn departments(tasks: usize) -> Arrangement {
    let group = |name: Option<&str>, tasks: Vec<usize>| TaskGroup {
        name: name.map(str::to_string),
        tasks,
    };
    let of = |rest: usize| (0..tasks - 1).filter(|task| task % 3 == rest).collect();
    Arrangement {
        groups: vec![
            group(Some("Cardiology <& vessels>"), of(0)),
            group(Some("Renal"), of(1)),
            group(Some("Respiratory"), of(2)),
            group(None, vec![tasks - 1]),
        ],
    }
}

fn graph(tasks: usize, shown: usize) -> InteractionGraph {
    InteractionGraph {
        tim: tim(tasks),
        arrangement: departments(tasks),
        shown,
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
            provenance: provenance(&tim(2)),
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
        Box::new(TimMap::new(tim(5), vec![(0, 1), (4, 2)])),
        Box::new(TimMap::new(tim(44), Vec::new())),
        Box::new(TimMap {
            arrangement: departments(44),
            side: Some(44.0),
            ..TimMap::new(tim(44), Vec::new())
        }),
        Box::new(TimMap {
            compact: true,
            arrangement: Arrangement::in_order((0..12).rev().collect()),
            ..TimMap::new(tim(12), Vec::new())
        }),
        Box::new(TimMap {
            compact: true,
            ..TimMap::new(tim(64), Vec::new())
        }),
        Box::new(graph(5, 8)),
        Box::new(graph(44, 24)),
        Box::new(graph(64, 24)),
        Box::new(graph(1, 8)),
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
                    for number in path
                        .split(['M', 'L', 'Q', 'Z', ' '])
                        .filter(|n| !n.is_empty())
                    {
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
    let map = TimMap::new(tim(44), vec![(1, 2)]);
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
fn the_heat_map_follows_its_order_and_its_size() {
    let map = |arrangement: Arrangement, side: Option<f64>| TimMap {
        arrangement,
        side,
        ..TimMap::new(tim(6), Vec::new())
    };
    let first = |svg: &str| attribute(svg, "data-link")[1].to_string();
    let turned = map(Arrangement::in_order(vec![5, 3, 1, 0, 2, 4]), Some(34.0));
    let drawn = svg(&turned, &Theme::light(), 900.0).unwrap();
    // Second cell of the first row: what task 5 receives from task 3, and its number in it.
    assert_eq!(first(&drawn), "5,3");
    assert_eq!(drawn.matches("pointer-events=\"none\"").count(), 36);
    assert_eq!(turned.table(), map(Arrangement::default(), None).table());
    let small = svg(&map(departments(6), Some(18.0)), &Theme::light(), 900.0).unwrap();
    assert_eq!(small.matches("pointer-events=\"none\"").count(), 0);
    assert_eq!(first(&small), "0,3");
    // Three lines across and three down part the four groups; those with a name have it.
    assert_eq!(small.matches("<path").count(), 6);
    assert!(small.contains(">Renal</text>"));
    let narrow = svg(&map(departments(6), None), &Theme::light(), 360.0).unwrap();
    assert!(!narrow.contains(">Renal</text>") && narrow.matches("<path").count() == 6);
    assert_eq!(map(Arrangement::default(), Some(72.0)).side_in(300.0), 72.0);
}

#[test]
fn the_names_of_a_large_heat_map_stand_still() {
    let map = TimMap {
        side: Some(34.0),
        ..TimMap::new(tim(44), Vec::new())
    };
    let margins = svg_margins(&map, &Theme::dark(), 360.0).unwrap();
    for strip in [&margins.left, &margins.top, &margins.corner] {
        assert!(strip.contains("aria-hidden=\"true\"") && !strip.contains("data-link"));
        assert_eq!(strip.matches("<text").count(), 2 + 2 * 44);
    }
    let height = |svg: &str| attribute(svg, "height")[0].parse::<f64>().unwrap();
    let width = |svg: &str| attribute(svg, "width")[0].parse::<f64>().unwrap();
    assert_eq!(height(&margins.top), height(&margins.corner));
    assert_eq!(width(&margins.left), width(&margins.corner));
    assert!((width(&margins.top) - map.size(360.0).0).abs() < 0.1);
    assert!(width(&margins.left) < 180.0);
    // Nothing has to stand still where all is in view.
    assert_eq!(
        svg_margins(&TimMap::new(tim(5), Vec::new()), &Theme::dark(), 900.0),
        None
    );
    assert_eq!(svg_margins(&graph(44, 24), &Theme::dark(), 360.0), None);
}

/// Left and right end and baseline of every text, by its anchor.
fn texts(svg: &str) -> Vec<(f64, f64, f64)> {
    let elements = svg.split("<text").skip(1);
    let boxes = elements.map(|element| {
        let of = |name: &str| {
            attribute(element, name)
                .first()
                .map(|v| v.parse::<f64>().unwrap())
        };
        let (x, y) = (of("x").unwrap(), of("y").unwrap());
        let words = element
            .split('>')
            .nth(1)
            .unwrap()
            .split('<')
            .next()
            .unwrap();
        let words = words.replace("&lt;", "<").replace("&gt;", ">");
        let wide = text::text_width(&words, of("font-size").unwrap_or(12.0));
        match attribute(element, "text-anchor").first() {
            Some(&"end") => (x - wide, x, y),
            Some(&"middle") => (x - wide / 2.0, x + wide / 2.0, y),
            _ => (x, x + wide, y),
        }
    });
    boxes.collect()
}

#[test]
fn the_graphs_names_never_overlap_and_stay_inside() {
    for tasks in [2, 3, 12, 43, 44, 64] {
        for width in [240.0, 360.0, 640.0, 1400.0] {
            let graph = graph(tasks, 24);
            let (wide, _) = graph.size(width);
            let svg = svg(&graph, &Theme::light(), width).unwrap();
            let names = texts(&svg);
            for (place, one) in names.iter().enumerate() {
                assert!(one.0 >= 0.0 && one.1 <= wide, "{tasks} {width}: {one:?}");
                for other in &names[..place] {
                    let beside = one.1 <= other.0 || other.1 <= one.0;
                    let apart = (one.2 - other.2).abs() >= 12.0;
                    assert!(beside || apart, "{tasks} {width}: {one:?} {other:?}");
                }
            }
        }
    }
}

#[test]
fn the_graph_draws_the_certain_links_first_and_24_at_most() {
    let certain = |graph: &InteractionGraph| -> Vec<bool> {
        let rows = graph.table().rows;
        rows.iter().map(|row| row[6] == Cell::from("yes")).collect()
    };
    let small = graph(5, 8);
    let rows = certain(&small);
    assert_eq!(rows.len(), 8);
    assert!(rows.is_sorted_by_key(|certain| !certain), "{rows:?}");
    let drawn = svg(&small, &Theme::light(), 360.0).unwrap();
    assert_eq!(drawn.matches("data-link=").count(), 8);
    let dashed = rows.iter().filter(|certain| !**certain).count();
    assert_eq!(drawn.matches("stroke-dasharray").count(), dashed);
    assert!(small.description().contains(" receives from "));
    assert_eq!(graph(44, 500).table().rows.len(), InteractionGraph::MOST);
    // The largest of all links that leave 0 out.
    let rows = graph(44, 24).table().rows;
    assert!(certain(&graph(44, 24)).iter().all(|certain| *certain));
    assert!(matches!(rows[0][3], Cell::Number(value, _) if (value - 0.14).abs() < 1e-9));
}

#[test]
fn files_say_how_their_numbers_came_about_and_pages_do_not() {
    let all = charts();
    let told: Vec<_> = all
        .iter()
        .filter(|chart| !chart.provenance().is_empty())
        .collect();
    assert!(told.len() >= 9);
    for chart in told {
        let table = chart.table();
        let csv = csv_file(chart.as_ref());
        let mut lines = csv.lines();
        let head = lines.next().unwrap();
        assert!(
            head.ends_with(",Measure,Definition,Seeds,M3H Studio version"),
            "{head}"
        );
        assert_eq!(lines.clone().count(), table.rows.len());
        for line in lines {
            let end = ",occlusion,\"score_s(full) - score_s(without t), \"\"ours\"\"\",7 8,0.1.0";
            assert!(line.ends_with(end), "{line}");
        }
        assert!(!table.to_html("").contains("Definition"));
        let file = svg_file(chart.as_ref()).unwrap();
        assert!(file.contains("<desc>Measure: occlusion\nDefinition: score_s(full)"));
        assert!(file.contains("\nSeeds: 7 8\nM3H Studio version: 0.1.0</desc>"));
        assert!(
            !svg(chart.as_ref(), &Theme::light(), 360.0)
                .unwrap()
                .contains("<desc>")
        );
    }
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
