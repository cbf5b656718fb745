//! Opening files and demo cohorts, with their options.

use leptos::prelude::*;

use crate::session::protocol::{DemoOptions, ImportOptions};
use crate::ui::components::checkbox::Checkbox;
use crate::ui::components::drop_zone::DropZone;
use crate::ui::state::{PickedFile, Studio};

/// A drop zone with the import's options.
#[component]
pub fn FileOpener(
    /// What to drop here, in a sentence.
    #[prop(into)]
    prompt: String,
    /// Whether it takes little room.
    #[prop(optional)]
    small: bool,
) -> impl IntoView {
    let studio = Studio::of_page();
    let missing = RwSignal::new(studio.import_options().missing_values.join(", "));
    let open = move |files: Vec<PickedFile>| {
        let options = ImportOptions {
            missing_values: listed(&missing.get_untracked()),
            ..ImportOptions::default()
        };
        studio.perform("The files could not be opened", async move {
            studio.open_files(files, options).await
        });
    };
    let open_again = move |_| {
        // What the user decided about columns goes with the same files.
        let options = ImportOptions {
            missing_values: listed(&missing.get_untracked()),
            ..studio.import_options()
        };
        studio.perform("The files could not be opened again", async move {
            studio.open_files(studio.opened_files(), options).await
        });
    };
    let again = !studio.opened_files().is_empty();
    view! {
        <div class="opener">
            <DropZone prompt=prompt small=small on_files=Callback::new(move |(files,)| open(files))/>
            <details class="more">
                <summary>"Import options"</summary>
                <div class="fields">
                    <div class="field">
                        <label for="m3h-missing">"Also read as missing"</label>
                        <input
                            id="m3h-missing"
                            type="text"
                            placeholder="-1, 999, unknown"
                            autocomplete="off"
                            aria-describedby="m3h-missing-hint"
                            prop:value=move || missing.get()
                            on:input=move |event| missing.set(event_target_value(&event))
                        />
                        <p id="m3h-missing-hint" class="hint">
                            "Separated by commas. Empty cells, NA, NaN, null and ? are missing already."
                        </p>
                    </div>
                </div>
                {again
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="button"
                                disabled=move || studio.work.with(Option::is_some)
                                on:click=open_again
                            >
                                "Open the same files again with these options"
                            </button>
                        }
                    })}
            </details>
        </div>
    }
}

/// The parts of a text between commas.
fn listed(text: &str) -> Vec<String> {
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty())
        .map(str::to_string)
        .collect()
}

/// The demo ward with chosen options.
#[component]
pub fn WardForm() -> impl IntoView {
    let studio = Studio::of_page();
    let patients = RwSignal::new("1000".to_string());
    let tasks = RwSignal::new("12".to_string());
    let missing = RwSignal::new("15".to_string());
    let seed = RwSignal::new("7".to_string());
    let waves = RwSignal::new(false);
    let reports = RwSignal::new(false);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let options = DemoOptions {
            patients: patients.get_untracked().parse().ok(),
            seed: seed.get_untracked().parse().ok(),
            missing: missing
                .get_untracked()
                .parse::<f64>()
                .ok()
                .map(|percent| percent / 100.0),
            tasks: tasks.get_untracked().parse().ok(),
            waves: Some(waves.get_untracked()),
            reports: Some(reports.get_untracked()),
        };
        studio.perform("The demo ward could not be opened", async move {
            studio.open_demo("ward", options).await
        });
    };
    view! {
        <form class="ward" on:submit=submit>
            <div class="fields narrow-fields">
                <NumberField id="m3h-ward-patients" label="Patients" low="50" high="20000" value=patients/>
                <NumberField id="m3h-ward-tasks" label="Tasks" low="1" high="44" value=tasks/>
                <NumberField id="m3h-ward-missing" label="Missing, per cent" low="0" high="90" value=missing/>
                <NumberField id="m3h-ward-seed" label="Seed" low="0" high="4294967295" value=seed/>
            </div>
            <fieldset class="ward-extras">
                <legend>"Further tasks"</legend>
                <Checkbox
                    label="Pressure waves, which only the shape of a series tells: try time series step by step"
                    checked=move || waves.get()
                    on_change=move |on| waves.set(on)
                />
                <Checkbox
                    label="Reported pneumothorax, which hinges on negation: try notes in their order"
                    checked=move || reports.get()
                    on_change=move |on| reports.set(on)
                />
            </fieldset>
            <button type="submit" class="button" disabled=move || studio.work.with(Option::is_some)>
                "Open this ward"
            </button>
        </form>
    }
}

#[component]
fn NumberField(
    id: &'static str,
    label: &'static str,
    low: &'static str,
    high: &'static str,
    value: RwSignal<String>,
) -> impl IntoView {
    view! {
        <div class="field">
            <label for=id>{label}</label>
            <input
                id=id
                type="number"
                required
                min=low
                max=high
                step="1"
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
            />
        </div>
    }
}

/// Other data in place of the open cohort.
#[component]
pub fn OpenOther() -> impl IntoView {
    view! {
        <section class="section" aria-labelledby="m3h-open-other">
            <div class="section-head">
                <h2 id="m3h-open-other">"Open other data"</h2>
                <p class="subtle">
                    "The open cohort, its study and its model are replaced once the new data has been read; if that fails, they stay."
                </p>
            </div>
            <FileOpener prompt="Drop a folder or files here." small=true/>
            <details class="more">
                <summary>"A demo ward of another size"</summary>
                <WardForm/>
            </details>
        </section>
    }
}
