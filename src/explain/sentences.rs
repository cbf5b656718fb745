//! TIM in words, strongest link first.

use crate::session::protocol::{Tim, TimMeasure, TimSentence};

/// One sentence a link between two different tasks, strongest first.
pub fn sentences(tim: &Tim) -> Vec<TimSentence> {
    let mut links: Vec<(f64, TimSentence)> = vec![];
    for (s, receiving) in tim.tasks.iter().enumerate() {
        for (t, contributing) in tim.tasks.iter().enumerate() {
            let Some(value) = tim.matrix[s][t].filter(|_| s != t) else {
                continue;
            };
            let interval = tim.low[s][t].zip(tim.high[s][t]);
            let attention = tim.measure == TimMeasure::Attention;
            let text = if attention {
                share(receiving, contributing, value, interval)
            } else {
                let learned = tim.measure.trains();
                change(
                    receiving,
                    contributing,
                    &tim.score[s],
                    value,
                    interval,
                    learned,
                )
            };
            let certain = interval.is_some_and(|(low, high)| low > 0.0 || high < 0.0);
            links.push((
                value.abs(),
                TimSentence {
                    receiving: receiving.clone(),
                    contributing: contributing.clone(),
                    text,
                    // A share of attention is never below 0, so its interval says nothing about that.
                    certain: certain && !attention,
                },
            ));
        }
    }
    links.sort_by(|a, b| b.0.total_cmp(&a.0));
    links.into_iter().map(|(_, sentence)| sentence).collect()
}

fn share(receiving: &str, contributing: &str, value: f64, interval: Option<(f64, f64)>) -> String {
    let range = interval.map_or(String::new(), |(low, high)| {
        format!(" ({:.1} to {:.1})", low * 100.0, high * 100.0)
    });
    format!(
        "*{receiving}* gives {:.1} %{range} of its attention to *{contributing}*.",
        value * 100.0
    )
}

fn change(
    receiving: &str,
    contributing: &str,
    score: &str,
    value: f64,
    interval: Option<(f64, f64)>,
    learned: bool,
) -> String {
    let points = |number: f64| {
        let text = format!("{:.1}", number * 100.0);
        match text.strip_prefix('-') {
            Some("0.0") => "0.0".to_owned(),
            Some(size) => format!("−{size}"),
            None => text,
        }
    };
    let verb = if value >= 0.0 { "raises" } else { "lowers" };
    // A lowering is told in positive points, so its interval turns round.
    let range = interval.map_or(String::new(), |(low, high)| {
        let (first, last) = if value >= 0.0 {
            (low, high)
        } else {
            (-high, -low)
        };
        format!(" ({} to {})", points(first), points(last))
    });
    let score = match score {
        "auroc" => "AUROC",
        "macro_auroc" => "macro-AUROC",
        "r2" => "R²",
        other => other,
    };
    let what = match learned {
        true => format!("Learning *{contributing}* as well"),
        false => format!("What *{contributing}* knows"),
    };
    format!(
        "{what} {verb} *{receiving}* by {} points of {score}{range}.",
        points(value.abs())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_links_strongest_first_and_turns_intervals_of_lowerings() {
        let tim = Tim {
            measure: TimMeasure::Occlusion,
            definition: String::new(),
            score: vec!["auroc".into(), "r2".into()],
            tasks: vec!["Sepsis".into(), "Length of stay".into()],
            matrix: vec![vec![None, Some(-0.004)], vec![Some(0.012), None]],
            low: vec![vec![None, Some(-0.01)], vec![Some(0.004), None]],
            high: vec![vec![None, Some(0.002)], vec![Some(0.02), None]],
            sentences: vec![],
            groups: vec![],
            seeds: vec![],
            trainings: 0,
            version: String::new(),
            warnings: vec![],
        };
        let told = sentences(&tim);
        assert_eq!(
            told[0].text,
            "What *Sepsis* knows raises *Length of stay* by 1.2 points of R² (0.4 to 2.0)."
        );
        assert!(told[0].certain);
        assert_eq!(
            told[1].text,
            "What *Length of stay* knows lowers *Sepsis* by 0.4 points of AUROC (−0.2 to 1.0)."
        );
        assert!(!told[1].certain);
    }
}
