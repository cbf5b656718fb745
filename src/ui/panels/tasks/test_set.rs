//! Who the test patients are: drawn, or those with some value of a column.

use leptos::prelude::*;

use super::Editor;
use super::settings::{NumberField, Range, Setting};
use crate::cohort::{ColumnKind, Role};
use crate::session::protocol::ColumnSummary;
use crate::study::defaults;
use crate::ui::components::checkbox::Checkbox;
use crate::ui::components::number;
use crate::ui::state::Studio;

/// What the choice of folds is called among the choices.
const FOLDS: &str = "folds";
/// What stands before a column's name among the choices.
const COLUMN: &str = "column:";

/// Columns whose values may fix the test set: categories with few values.
fn columns(studio: Studio) -> Vec<ColumnSummary> {
    studio.cohort.with(|cohort| {
        cohort.as_ref().map_or_else(Vec::new, |cohort| {
            cohort
                .columns
                .iter()
                .filter(|column| matches!(column.kind, ColumnKind::Category | ColumnKind::YesNo))
                .filter(|column| !matches!(column.role, Role::Id | Role::Group))
                .filter(|column| column.levels.len() > 1)
                .cloned()
                .collect()
        })
    })
}

/// The choice of the test patients.
#[component]
pub fn TestSet() -> impl IntoView {
    let studio = Studio::of_page();
    let editor = expect_context::<Editor>();
    let column = Memo::new(move |_| editor.read(|study| study.split.column.clone()).flatten());
    let folds = Memo::new(move |_| editor.read(|study| study.split.folds).flatten());
    let choose = move |event| {
        let chosen = event_target_value(&event);
        let name = chosen.strip_prefix(COLUMN).unwrap_or_default().to_owned();
        // The rarest value to begin with: a split without any value would be refused.
        let first = columns(studio)
            .into_iter()
            .find(|column| column.name == name)
            .and_then(|column| column.levels.last().map(|level| level.value.clone()));
        editor.change(move |study| {
            study.split.folds = (chosen == FOLDS).then_some(defaults::FOLDS.default as usize);
            study.split.test_values = first.clone().into_iter().collect();
            study.split.column = first.as_ref().map(|_| name.clone());
        });
    };
    let values = move || {
        let name = column.get()?;
        let column = columns(studio).into_iter().find(|c| c.name == name)?;
        let boxes = column
            .levels
            .into_iter()
            .map(|level| {
                let (value, other) = (level.value.clone(), level.value.clone());
                let label = format!(
                    "{} ({})",
                    level.value,
                    number::counted(level.count, "sample", "samples")
                );
                view! {
                    <Checkbox
                        label=label
                        checked=move || {
                            editor
                                .read(|study| study.split.test_values.contains(&value))
                                .unwrap_or(false)
                        }
                        on_change=move |on| {
                            let value = other.clone();
                            editor
                                .change(move |study| {
                                    study.split.test_values.retain(|kept| *kept != value);
                                    if on {
                                        study.split.test_values.push(value);
                                    }
                                });
                        }
                    />
                }
            })
            .collect_view();
        Some(view! {
            <fieldset class="test-values">
                <legend class="hint">"Test patients are those with"</legend>
                {boxes}
            </fieldset>
        })
    };
    let offered = move || {
        columns(studio)
            .into_iter()
            .map(|offered| {
                let name = offered.name.clone();
                view! {
                    <option
                        value=format!("{COLUMN}{}", offered.name)
                        prop:selected=move || column.get().as_ref() == Some(&name)
                    >
                        {format!("By {}", offered.name)}
                    </option>
                }
            })
            .collect_view()
    };
    view! {
        <div class="field">
            <label for="m3h-setting-test-column">"Test patients"</label>
            <select
                id="m3h-setting-test-column"
                aria-describedby="m3h-setting-test-column-hint"
                on:change=choose
            >
                <option
                    value=""
                    prop:selected=move || column.get().is_none() && folds.get().is_none()
                >
                    "Drawn by chance"
                </option>
                <option value=FOLDS prop:selected=move || folds.get().is_some()>
                    "Each part in turn (folds)"
                </option>
                {offered}
            </select>
            <p class="hint" id="m3h-setting-test-column-hint">
                "Folds test everybody once (the model in force on the first part). A column lets you learn in one hospital or year and judge in another."
            </p>
            {values}
        </div>
        <Show when=move || folds.get().is_some()>
            <NumberField setting=Setting {
                key: "folds",
                label: "Folds",
                hint: "Parts that the patients are divided into.",
                range: Range::Whole(defaults::FOLDS),
                get: |study| study.split.folds.unwrap_or_default() as f64,
                set: |study, value| study.split.folds = Some(value as usize),
            }/>
        </Show>
    }
}
