//! Long work: how far it is, how fast, and how long it will take.

use leptos::prelude::*;

use super::number;
use crate::ui::state::{Studio, Work, WorkProgress, now_ms};

/// A progress bar; without a share it only says that something is going on.
#[component]
pub fn ProgressBar(
    /// Share done, 0 to 1; `None` where it is not known.
    #[prop(into)]
    done: Signal<Option<f64>>,
    /// What is being done, for screen readers.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let percent = move || {
        done.get()
            .map(|done| (done.clamp(0.0, 1.0) * 100.0).round())
    };
    view! {
        <div
            class="progress"
            class:unknown=move || done.get().is_none()
            role="progressbar"
            aria-label=label
            aria-valuemin="0"
            aria-valuemax="100"
            aria-valuenow=move || percent().map(|percent| percent.to_string())
        >
            <span style:width=move || format!("{}%", percent().unwrap_or(30.0))></span>
        </div>
    }
}

/// The work going on in the engine, other than training.
#[component]
pub fn WorkStatus() -> impl IntoView {
    let studio = Studio::of_page();
    let going_on = Memo::new(move |_| {
        studio
            .work
            .with(|work| work.as_ref().map(|work| work.label.clone()))
    });
    move || {
        going_on.get().map(|label| {
            let done = Signal::derive(move || studio.work.with(|work| share(work.as_ref())));
            let details = move || studio.work.with(|work| work.as_ref().map(describe));
            view! {
                <section class="card work" aria-label="Work in progress">
                    <p class="work-title">{label.clone()}</p>
                    <ProgressBar done=done label=label/>
                    <p class="subtle numbers">{details}</p>
                </section>
            }
        })
    }
}

fn share(work: Option<&Work>) -> Option<f64> {
    match work?.progress.as_ref()? {
        WorkProgress::Import {
            bytes, bytes_total, ..
        } => (*bytes_total > 0.0).then(|| bytes / bytes_total),
        WorkProgress::Step { done, .. } => Some(*done),
    }
}

fn describe(work: &Work) -> String {
    let seconds = (now_ms() - work.began_ms) / 1000.0;
    let left = |done: f64| match done {
        done if done > 0.02 && seconds > 0.5 && done < 1.0 => {
            format!(
                " · about {} left",
                number::duration(seconds * (1.0 - done) / done)
            )
        }
        _ => String::new(),
    };
    match &work.progress {
        None => "Starting …".to_string(),
        Some(WorkProgress::Import {
            file,
            bytes,
            bytes_total,
            rows,
        }) => {
            let speed = if seconds > 0.5 {
                format!(" · {} rows/s", number::count((rows / seconds) as usize))
            } else {
                String::new()
            };
            format!(
                "{file} · {} of {} · {} rows{speed}{}",
                number::bytes(*bytes),
                number::bytes(*bytes_total),
                number::count(*rows as usize),
                left(bytes / bytes_total.max(1.0)),
            )
        }
        Some(WorkProgress::Step { label, done }) => {
            format!("{label} · {}{}", number::percent(*done), left(*done))
        }
    }
}
