//! The report: one HTML file that opens without a network and prints well, and the same as JSON. Neither holds a patient's row.

use std::sync::Arc;

use leptos::prelude::GetUntracked;
use serde::Serialize;

use super::components::chart_figure::SharedChart;
use super::panels::results::ablation::ablation_file;
use super::panels::results::comparison::comparison_file;
use super::panels::results::losses::losses_file;
use super::panels::results::overview::scores_table;
use super::panels::results::repetition::repetition_file;
use super::panels::results::task::charts_of;
use super::state::Studio;
use crate::charts::{DecisionCurve, Table, TimMap, push_escaped, svg_file};
use crate::session::client::ClientError;
use crate::session::protocol::{
    Ablation, CohortSummary, Comparison, LossComparison, Over, Repetition, Results, Tim,
};

/// What the report says, as JSON.
#[derive(Serialize)]
struct Report {
    format: &'static str,
    /// Version of the studio.
    version: &'static str,
    /// When it was made, as an ISO date and time.
    made: String,
    model_card: ModelCard,
    /// What the cohort holds, where it is open.
    cohort: Option<CohortSummary>,
    results: Results,
    comparisons: Vec<Comparison>,
    repetitions: Vec<Repetition>,
    losses: Option<LossComparison>,
    ablations: Vec<Ablation>,
    task_interactions: Vec<Tim>,
}

/// What the model is for and what it must not be used for.
#[derive(Serialize)]
struct ModelCard {
    intended_use: String,
    not_for: Vec<&'static str>,
    limits: Vec<String>,
}

const NOT_FOR: [&str; 4] = [
    "Decisions on the care of a patient: it is no medical device and was not tested as one.",
    "Patients of another hospital, ward or time without an external validation there.",
    "Causal conclusions: task interactions and modality contributions describe this model, not physiology.",
    "Ranking or rewarding staff, wards or hospitals.",
];

fn model_card(results: &Results) -> ModelCard {
    let tasks: Vec<&str> = results
        .tasks
        .iter()
        .map(|task| task.name.as_str())
        .collect();
    let sizes = &results.samples;
    let split = match &results.study.split.column {
        Some(column) => format!(
            "Judged on {} samples with {column} {}, which it has not learned from.",
            sizes.test,
            results.study.split.test_values.join(" or ")
        ),
        None if results.study.split.folds.is_some() => format!(
            "Judged on {} samples of the same cohort, the first fold: how it does elsewhere is not known.",
            sizes.test
        ),
        None => format!(
            "Judged on {} samples of the same cohort, drawn by person with the seed {}: how it does elsewhere is not known.",
            sizes.test, results.study.seed
        ),
    };
    let mut limits = vec![
        format!(
            "Learned from {} samples; {} more decided when to stop and where thresholds lie.",
            sizes.training, sizes.validation
        ),
        split,
        "The intervals tell the chance of the test set, not that of the seed, the split or the labels.".into(),
    ];
    limits.extend(results.warnings.iter().cloned());
    ModelCard {
        intended_use: format!(
            "Research on the prediction of {} from {}.",
            tasks.join(", "),
            results.sources.join(", ")
        ),
        not_for: NOT_FOR.to_vec(),
        limits,
    }
}

/// The report of the results in force.
fn gather(studio: Studio) -> Result<Report, ClientError> {
    let results = studio.results.get_untracked().ok_or_else(|| {
        ClientError::Refused("Train a model first: there is nothing to report yet.".into())
    })?;
    let results = results.without_patients();
    // The open cohort is not the one that a model from a file was trained on.
    let cohort = match studio.from_file.get_untracked() {
        true => None,
        false => studio.cohort.get_untracked(),
    };
    Ok(Report {
        format: "m3h-report/1",
        version: env!("CARGO_PKG_VERSION"),
        made: js_sys::Date::new_0().to_iso_string().into(),
        model_card: model_card(&results),
        cohort,
        results,
        comparisons: studio.comparison.get_untracked().into_values().collect(),
        repetitions: studio.repetition.get_untracked().into_values().collect(),
        losses: studio.losses.get_untracked(),
        ablations: studio.ablation.get_untracked().into_values().collect(),
        task_interactions: studio.tim.get_untracked().into_values().collect(),
    })
}

/// The report as JSON text.
///
/// # Errors
/// Where no model has been trained.
pub fn json(studio: Studio) -> Result<String, ClientError> {
    let report = gather(studio)?;
    serde_json::to_string_pretty(&report).map_err(|e| ClientError::Unreadable(e.to_string()))
}

/// The report as one HTML file.
///
/// # Errors
/// Where no model has been trained, or a chart cannot be drawn.
pub fn html(studio: Studio) -> Result<String, ClientError> {
    let report = gather(studio)?;
    let results = &report.results;
    let mut page = Page::new(&results.study.name);
    page.element("h1", &format!("Report: {}", results.study.name));
    page.element(
        "p",
        &format!(
            "Made by M3H Studio {} on {}. For research use only. It holds no patient's row.",
            report.version, report.made
        ),
    );
    page.element("h2", "Model card");
    page.element("h3", "Intended use");
    page.element("p", &report.model_card.intended_use);
    page.element("h3", "It must not be used for");
    page.list(report.model_card.not_for.iter().copied());
    page.element("h3", "What it rests on");
    page.list(report.model_card.limits.iter().map(String::as_str));
    page.element(
        "p",
        &format!(
            "{} weights, trained in {} epochs (best: {}) in {:.0} s on {}. {} {}",
            results.weights,
            results.epochs,
            results.best_epoch,
            results.seconds,
            results.device.name,
            results.device.reason,
            results.ended
        ),
    );
    if let Some(cohort) = &report.cohort {
        page.cohort(cohort);
    }
    page.element("h2", "Scores on the test set");
    page.table(&scores_table(results), "All figures, with 95 % intervals");
    for comparison in &report.comparisons {
        page.element("h2", "This model beside the alternatives");
        page.element("p", &comparison.verdict);
        page.list(comparison.warnings.iter().map(String::as_str));
        page.table(
            &comparison_file(comparison),
            "Differences with paired 95 % intervals",
        );
    }
    for repetition in &report.repetitions {
        page.element("h2", "Trained again");
        page.list(repetition.warnings.iter().map(String::as_str));
        let caption = match repetition.over {
            Over::Folds => "Scores of each fold, their mean, and of all patients together",
            Over::Seeds => "Scores from each seed, and their mean",
        };
        page.table(&repetition_file(repetition), caption);
    }
    if let Some(losses) = &report.losses {
        page.element("h2", "Rare outcomes and task weights");
        page.list(losses.warnings.iter().map(String::as_str));
        page.table(
            &losses_file(losses),
            "Other losses minus this model, with paired 95 % intervals",
        );
    }
    for ablation in &report.ablations {
        page.element("h2", "What each modality adds");
        page.table(
            &ablation_file(ablation),
            "Differences with paired 95 % intervals",
        );
    }
    for tim in &report.task_interactions {
        page.element(
            "h2",
            &format!("Task interactions by {}", tim.measure.name()),
        );
        page.element("p", &tim.definition);
        page.list(tim.warnings.iter().map(String::as_str));
        let map: SharedChart = Arc::new(TimMap::new(tim.clone(), vec![]));
        page.chart(&map)?;
        let strongest = tim.sentences.iter().take(20);
        page.list(strongest.map(|sentence| sentence.text.as_str()));
    }
    for task in &results.tasks {
        page.element("h2", &task.name);
        for (chart, _, hint) in charts_of(task) {
            page.chart(&chart)?;
            page.element("p", hint);
        }
        if let Some(points) = task.charts.operating.clone() {
            let curve: SharedChart = Arc::new(DecisionCurve {
                task: task.name.clone(),
                points,
            });
            page.chart(&curve)?;
        }
    }
    page.element("h2", "The study");
    let study = serde_json::to_string_pretty(&results.study)
        .map_err(|error| ClientError::Unreadable(error.to_string()))?;
    page.element("pre", &study);
    Ok(page.finish())
}

/// A page in the making; every text is escaped.
struct Page(String);

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;color:#16232a;max-width:60rem;margin:2rem auto;padding:0 1rem}\
h1,h2{line-height:1.2}h2{margin-top:2.5rem;border-top:1px solid #cdd8d8;padding-top:1.5rem}\
table{border-collapse:collapse;font-size:13px;display:block;overflow-x:auto}caption{text-align:left;color:#4c5f66}\
th,td{border-bottom:1px solid #dfe7e7;padding:.25rem .6rem;text-align:left;vertical-align:top}\
svg{max-width:100%;height:auto}pre{white-space:pre-wrap;font-size:12px;background:#f3f6f6;padding:1rem}\
@page{margin:14mm}\
@media print{body{margin:0;padding:0;max-width:none;font-size:11pt}h2,h3{break-after:avoid}svg,tr{break-inside:avoid}thead{display:table-header-group}\
table{display:table;width:100%;font-size:7pt}th,td{padding:.1rem .2rem}svg{max-height:9cm}}";

impl Page {
    fn new(title: &str) -> Self {
        let mut html =
            String::from("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">");
        html.push_str("<meta name=\"viewport\" content=\"width=device-width\">");
        // It asks for nothing from anywhere, and a viewer can hold it to that.
        html.push_str("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"><title>Report: ");
        push_escaped(&mut html, title);
        html.push_str("</title><style>");
        html.push_str(STYLE);
        html.push_str("</style></head><body>");
        Self(html)
    }

    fn element(&mut self, name: &str, text: &str) {
        self.0.push_str(&format!("<{name}>"));
        push_escaped(&mut self.0, text);
        self.0.push_str(&format!("</{name}>"));
    }

    fn list<'a>(&mut self, items: impl Iterator<Item = &'a str>) {
        self.0.push_str("<ul>");
        for item in items {
            self.element("li", item);
        }
        self.0.push_str("</ul>");
    }

    fn table(&mut self, table: &Table, caption: &str) {
        self.0.push_str(&table.to_html(caption));
    }

    fn chart(&mut self, chart: &SharedChart) -> Result<(), ClientError> {
        let drawn = svg_file(chart.as_ref());
        let drawn = drawn.map_err(|error| ClientError::Unreadable(error.to_string()))?;
        self.0.push_str("<figure>");
        self.0.push_str(&drawn);
        self.0.push_str("</figure>");
        Ok(())
    }

    fn cohort(&mut self, cohort: &CohortSummary) {
        self.element("h2", "The cohort");
        self.element(
            "p",
            &format!(
                "{}: {} samples of {} persons.",
                cohort.name, cohort.samples, cohort.patients
            ),
        );
        let parts = cohort.modalities.iter().map(|modality| {
            format!(
                "{}: {} samples, {} {}",
                modality.name, modality.samples, modality.items, modality.unit
            )
        });
        let parts: Vec<String> = parts.collect();
        self.list(parts.iter().map(String::as_str));
        self.list(cohort.warnings.iter().map(String::as_str));
    }

    fn finish(mut self) -> String {
        self.0.push_str("</body></html>");
        self.0
    }
}
