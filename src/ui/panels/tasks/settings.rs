//! How the model is built and trained, each setting with what it means.

use leptos::prelude::*;

use super::Editor;
use super::test_set::TestSet;
use crate::study::defaults::{self, Real, Whole};
use crate::study::{Balance, Beta, Calibration, Imbalance, SeriesEncoder, Study, TextEncoder};

/// One numeric setting.
#[derive(Clone, Copy)]
pub struct Setting {
    /// Its key in the study document.
    pub key: &'static str,
    pub label: &'static str,
    pub hint: &'static str,
    pub range: Range,
    pub get: fn(&Study) -> f64,
    pub set: fn(&mut Study, f64),
}

#[derive(Clone, Copy)]
pub enum Range {
    Whole(Whole),
    Real(Real),
}

impl Range {
    fn ends(self) -> (f64, f64) {
        match self {
            Range::Whole(range) => (range.low as f64, range.high as f64),
            Range::Real(range) => (range.low, range.high),
        }
    }

    fn default(self) -> f64 {
        match self {
            Range::Whole(range) => range.default as f64,
            Range::Real(range) => range.default,
        }
    }

    /// The number that a text means, if it lies in the range.
    fn read(self, text: &str) -> Option<f64> {
        let value: f64 = text.trim().parse().ok()?;
        let (low, high) = self.ends();
        let fits = match self {
            Range::Whole(_) => value.fract() == 0.0,
            Range::Real(_) => true,
        };
        (fits && value >= low && value <= high).then_some(value)
    }
}

const BASIC: [Setting; 4] = [
    Setting {
        key: "epochs",
        label: "Epochs",
        hint: "Most passes over the training patients; training stops earlier when nothing improves.",
        range: Range::Whole(defaults::EPOCHS),
        get: |study| study.training.epochs as f64,
        set: |study, value| study.training.epochs = value as usize,
    },
    Setting {
        key: "test",
        label: "Test share",
        hint: "Share of persons the final scores are of; the model never sees them.",
        range: Range::Real(defaults::TEST),
        get: |study| study.split.test,
        set: |study, value| study.split.test = value,
    },
    Setting {
        key: "validation",
        label: "Validation share",
        hint: "Share of persons that decide when to stop and where thresholds lie.",
        range: Range::Real(defaults::VALIDATION),
        get: |study| study.split.validation,
        set: |study, value| study.split.validation = value,
    },
    Setting {
        key: "seed",
        label: "Seed",
        hint: "The same seed on the same device gives the same result.",
        range: Range::Whole(defaults::SEED),
        get: |study| study.seed as f64,
        set: |study, value| study.seed = value as u64,
    },
];

const ATTENTION: [Setting; 1] = [Setting {
    key: "alpha",
    label: "Cross-exploration α",
    hint: "How strongly tasks look at each other; 0 lets all count alike.",
    range: Range::Real(defaults::ALPHA),
    get: |study| study.model.alpha,
    set: |study, value| study.model.alpha = value,
}];

const MODEL: [Setting; 8] = [
    Setting {
        key: "hidden",
        label: "Hidden width",
        hint: "Width of the encoders' layers: more learns more, and more slowly.",
        range: Range::Whole(defaults::HIDDEN),
        get: |study| study.model.hidden as f64,
        set: |study, value| study.model.hidden = value as usize,
    },
    Setting {
        key: "embedding",
        label: "Embedding width",
        hint: "Numbers that each modality is condensed to.",
        range: Range::Whole(defaults::EMBEDDING),
        get: |study| study.model.embedding as f64,
        set: |study, value| study.model.embedding = value as usize,
    },
    Setting {
        key: "task_width",
        label: "Task width",
        hint: "Numbers that each task thinks in.",
        range: Range::Whole(defaults::TASK_WIDTH),
        get: |study| study.model.task_width as f64,
        set: |study, value| study.model.task_width = value as usize,
    },
    Setting {
        key: "bins",
        label: "Bins a number",
        hint: "Quantile steps by which a number is encoded.",
        range: Range::Whole(defaults::BINS),
        get: |study| study.model.bins as f64,
        set: |study, value| study.model.bins = value as usize,
    },
    Setting {
        key: "members",
        label: "Members",
        hint: "Models trained together whose predictions are averaged: steadier, and slower.",
        range: Range::Whole(defaults::MEMBERS),
        get: |study| study.model.members as f64,
        set: |study, value| study.model.members = value as usize,
    },
    Setting {
        key: "dropout",
        label: "Dropout",
        hint: "Share of hidden units left out at random in training, against overfitting.",
        range: Range::Real(defaults::DROPOUT),
        get: |study| study.model.dropout,
        set: |study, value| study.model.dropout = value,
    },
    Setting {
        key: "input_dropout",
        label: "Input dropout",
        hint: "Share of input features left out at random in training.",
        range: Range::Real(defaults::INPUT_DROPOUT),
        get: |study| study.model.input_dropout,
        set: |study, value| study.model.input_dropout = value,
    },
    Setting {
        key: "modality_dropout",
        label: "Modality dropout",
        hint: "How often a modality is hidden in training, so that its absence later does little harm.",
        range: Range::Real(defaults::MODALITY_DROPOUT),
        get: |study| study.model.modality_dropout,
        set: |study, value| study.model.modality_dropout = value,
    },
];

const TRAINING: [Setting; 5] = [
    Setting {
        key: "batch",
        label: "Batch",
        hint: "Patients a step.",
        range: Range::Whole(defaults::BATCH),
        get: |study| study.training.batch as f64,
        set: |study, value| study.training.batch = value as usize,
    },
    Setting {
        key: "learning_rate",
        label: "Learning rate",
        hint: "Size of the first steps; it falls along a cosine.",
        range: Range::Real(defaults::LEARNING_RATE),
        get: |study| study.training.learning_rate,
        set: |study, value| study.training.learning_rate = value,
    },
    Setting {
        key: "weight_decay",
        label: "Weight decay",
        hint: "Pulls weights towards 0, against overfitting.",
        range: Range::Real(defaults::WEIGHT_DECAY),
        get: |study| study.training.weight_decay,
        set: |study, value| study.training.weight_decay = value,
    },
    Setting {
        key: "patience",
        label: "Patience",
        hint: "Epochs without a better validation score before training stops.",
        range: Range::Whole(defaults::PATIENCE),
        get: |study| study.training.patience as f64,
        set: |study, value| study.training.patience = value as usize,
    },
    Setting {
        key: "averaging",
        label: "Averaging",
        hint: "Steps over which weights are averaged for scores and predictions; 0 takes the last ones.",
        range: Range::Whole(defaults::AVERAGING),
        get: |study| study.training.averaging as f64,
        set: |study, value| study.training.averaging = value as usize,
    },
];

/// Hours a step that can be chosen here; a study may have any.
const GRID_HOURS: [(&str, &str); 10] = [
    ("", "Chosen from the data"),
    ("0.25", "A quarter"),
    ("0.5", "Half an hour"),
    ("1", "1"),
    ("2", "2"),
    ("4", "4"),
    ("6", "6"),
    ("12", "12"),
    ("24", "24"),
    ("other", "As in the study"),
];

/// Sides that can be chosen here; a study may have any from 64 to 224.
const IMAGE_SIDES: [(&str, &str); 6] = [
    ("", "As usual: 64"),
    ("64", "64"),
    ("96", "96"),
    ("128", "128"),
    ("224", "224"),
    ("other", "As in the study"),
];

/// The settings: a few in sight, the others folded.
#[component]
pub fn Settings() -> impl IntoView {
    view! {
        <section class="section" aria-labelledby="m3h-settings">
            <div class="section-head">
                <h2 id="m3h-settings">"Settings"</h2>
                <p class="subtle">"The defaults suit most cohorts."</p>
            </div>
            <div class="fields">{fields(&BASIC)} <TestSet/></div>
            <details class="more">
                <summary>"Advanced: task attention"</summary>
                <p class="subtle explain">
                    "Each task weighs what all tasks have made of a patient. Self-exploitation β is what a task adds to its own weight, cross-exploration α how much the learned weights count."
                </p>
                <div class="fields">
                    {fields(&ATTENTION)} <BetaField/>
                    <ChoiceField
                        key="residual"
                        label="Own evidence"
                        hint="Whether a task's own evidence is added to the mixture; off is the paper's form."
                        choices=&[("true", "Added"), ("false", "Only the mixture")]
                        get=|study| if study.model.residual { "true" } else { "false" }
                        set=|study, word| study.model.residual = word == "true"
                    />
                </div>
            </details>
            <details class="more">
                <summary>"Advanced: model"</summary>
                <div class="fields">
                    {fields(&MODEL)}
                    <ChoiceField
                        key="series"
                        label="Time series"
                        hint="By 13 statistics of each variable, quickly; or step by step, which sees when things happen, and takes longer."
                        choices=&[
                            ("summary", "Statistics"),
                            ("sequence", "Step by step"),
                            ("both", "Both"),
                        ]
                        get=|study| match study.model.series {
                            SeriesEncoder::Summary => "summary",
                            SeriesEncoder::Sequence => "sequence",
                            SeriesEncoder::Both => "both",
                        }
                        set=|study, word| {
                            study
                                .model
                                .series = match word {
                                "sequence" => SeriesEncoder::Sequence,
                                "both" => SeriesEncoder::Both,
                                _ => SeriesEncoder::Summary,
                            };
                        }
                    />
                    <ChoiceField
                        key="grid_hours"
                        label="Hours a step"
                        hint="For series that are read step by step: at most 512 steps."
                        choices=&GRID_HOURS
                        get=|study| {
                            GRID_HOURS
                                .iter()
                                .map(|(word, _)| *word)
                                .find(|word| word.parse().ok() == study.model.grid_hours)
                                .unwrap_or("other")
                        }
                        set=|study, word| {
                            if word != "other" {
                                study.model.grid_hours = word.parse().ok();
                            }
                        }
                    />
                    <ChoiceField
                        key="text"
                        label="Notes"
                        hint="By their words, quickly; or subword by subword in their order, which sees what a negation reaches, and takes longer."
                        choices=&[
                            ("words", "Words"),
                            ("sequence", "In their order"),
                            ("both", "Both"),
                        ]
                        get=|study| match study.model.text {
                            TextEncoder::Words => "words",
                            TextEncoder::Sequence => "sequence",
                            TextEncoder::Both => "both",
                        }
                        set=|study, word| {
                            study
                                .model
                                .text = match word {
                                "sequence" => TextEncoder::Sequence,
                                "both" => TextEncoder::Both,
                                _ => TextEncoder::Words,
                            };
                        }
                    />
                    <ChoiceField
                        key="image_side"
                        label="Side of the images"
                        hint="Pixels along a side that images are read at: more shows finer signs, and takes longer."
                        choices=&IMAGE_SIDES
                        get=|study| match study.model.image_side {
                            None => "",
                            Some(side) => {
                                IMAGE_SIDES
                                    .iter()
                                    .map(|(word, _)| *word)
                                    .find(|word| word.parse() == Ok(side))
                                    .unwrap_or("other")
                            }
                        }
                        set=|study, word| {
                            if word != "other" {
                                study.model.image_side = word.parse().ok();
                            }
                        }
                    />
                    <ChoiceField
                        key="augmentation"
                        label="Augmentation of the images"
                        hint="Small shifts, turns and other exposures at each step of the training, so that a model learns the sign and not the film. Images are never mirrored."
                        choices=&[("true", "At each step"), ("false", "None")]
                        get=|study| if study.model.augmentation { "true" } else { "false" }
                        set=|study, word| study.model.augmentation = word == "true"
                    />
                </div>
            </details>
            <details class="more">
                <summary>"Advanced: training"</summary>
                <div class="fields">
                    {fields(&TRAINING)}
                    <ChoiceField
                        key="balance"
                        label="Balance of the tasks"
                        hint="How much each task's loss counts."
                        choices=&[("equal", "All alike"), ("uncertainty", "Learned from their noise")]
                        get=|study| match study.training.balance {
                            Balance::Equal => "equal",
                            Balance::Uncertainty => "uncertainty",
                        }
                        set=|study, word| {
                            study
                                .training
                                .balance = match word {
                                "uncertainty" => Balance::Uncertainty,
                                _ => Balance::Equal,
                            };
                        }
                    />
                    <ChoiceField
                        key="imbalance"
                        label="Rare outcomes"
                        hint="What counts more where an outcome is rare. Both choices change the level of the risks: recalibrate them then."
                        choices=&[
                            ("none", "Count like others"),
                            ("weighted", "Count as much as the frequent"),
                            ("focal", "Hard cases count more"),
                        ]
                        get=|study| match study.training.imbalance {
                            Imbalance::None => "none",
                            Imbalance::Weighted => "weighted",
                            Imbalance::Focal => "focal",
                        }
                        set=|study, word| {
                            study
                                .training
                                .imbalance = match word {
                                "weighted" => Imbalance::Weighted,
                                "focal" => Imbalance::Focal,
                                _ => Imbalance::None,
                            };
                        }
                    />
                    <ChoiceField
                        key="calibration"
                        label="Recalibration of risks"
                        hint="Fitted on the validation patients after training. Results show what each would change."
                        choices=&[
                            ("none", "None"),
                            ("temperature", "Temperature"),
                            ("isotonic", "Isotonic regression"),
                        ]
                        get=|study| match study.training.calibration {
                            Calibration::None => "none",
                            Calibration::Temperature => "temperature",
                            Calibration::Isotonic => "isotonic",
                        }
                        set=|study, word| {
                            study
                                .training
                                .calibration = match word {
                                "temperature" => Calibration::Temperature,
                                "isotonic" => Calibration::Isotonic,
                                _ => Calibration::None,
                            };
                        }
                    />
                </div>
            </details>
        </section>
    }
}

fn fields(settings: &'static [Setting]) -> impl IntoView {
    settings
        .iter()
        .map(|setting| view! { <NumberField setting=*setting/> })
        .collect_view()
}

/// A number's field. What does not fit is said beside it and not sent.
#[component]
pub fn NumberField(
    /// The number.
    setting: Setting,
) -> impl IntoView {
    let editor = expect_context::<Editor>();
    let wrong = RwSignal::new(None::<String>);
    let held = move || editor.read(setting.get).map(|value| value.to_string());
    let (low, high) = setting.range.ends();
    let change = move |event: web_sys::Event| match setting.range.read(&event_target_value(&event))
    {
        Some(value) => {
            wrong.set(None);
            editor.change(move |study| (setting.set)(study, value));
        }
        None => {
            let whole = match setting.range {
                Range::Whole(_) => "a whole number",
                Range::Real(_) => "a number",
            };
            wrong.set(Some(format!("Needs {whole} from {low} to {high}.")));
        }
    };
    let id = format!("m3h-setting-{}", setting.key);
    let hint_id = format!("{id}-hint");
    let default = setting.range.default();
    let step = match setting.range {
        Range::Whole(_) => "1",
        Range::Real(_) => "any",
    };
    view! {
        <div class="field">
            <label for=id.clone()>{setting.label}</label>
            <input
                id=id
                type="number"
                class="numbers"
                min=low.to_string()
                max=high.to_string()
                step=step
                aria-describedby=hint_id.clone()
                aria-invalid=move || wrong.with(Option::is_some).to_string()
                prop:value=held
                on:change=change
            />
            <p class="hint" id=hint_id>
                {setting.hint} " Default " {default.to_string()} "."
            </p>
            <p class="bad" role="alert">{move || wrong.get()}</p>
        </div>
    }
}

/// A setting among a few words.
#[component]
fn ChoiceField(
    key: &'static str,
    label: &'static str,
    hint: &'static str,
    /// Words of the study and what they mean.
    choices: &'static [(&'static str, &'static str)],
    get: fn(&Study) -> &'static str,
    set: fn(&mut Study, &str),
) -> impl IntoView {
    let editor = expect_context::<Editor>();
    let id = format!("m3h-setting-{key}");
    let hint_id = format!("{id}-hint");
    let options = choices.iter().map(|(word, meaning)| {
        view! {
            <option value=*word prop:selected=move || editor.read(get) == Some(*word)>{*meaning}</option>
        }
    });
    view! {
        <div class="field">
            <label for=id.clone()>{label}</label>
            <select
                id=id
                aria-describedby=hint_id.clone()
                on:change=move |event| {
                    let word = event_target_value(&event);
                    editor.change(move |study| set(study, &word));
                }
            >
                {options.collect_view()}
            </select>
            <p class="hint" id=hint_id>{hint}</p>
        </div>
    }
}

/// Self-exploitation: one of two rules, or a number.
#[component]
fn BetaField() -> impl IntoView {
    let editor = expect_context::<Editor>();
    let is_number = move || matches!(editor.read(|study| study.model.beta), Some(Beta::Value(_)));
    view! {
        <ChoiceField
            key="beta"
            label="Self-exploitation β"
            hint="How much a task trusts its own evidence before it looks at the others'."
            choices=&[("identity", "1, as in the paper"), ("auto", "By the number of tasks"), ("value", "A number")]
            get=|study| match study.model.beta {
                Beta::Identity => "identity",
                Beta::Auto => "auto",
                Beta::Value(_) => "value",
            }
            set=|study, word| {
                study
                    .model
                    .beta = match word {
                    "auto" => Beta::Auto,
                    "value" => Beta::Value(defaults::BETA_VALUE.default),
                    _ => Beta::Identity,
                };
            }
        />
        {move || {
            is_number()
                .then(|| {
                    view! {
                        <NumberField setting=Setting {
                            key: "beta-value",
                            label: "β as a number",
                            hint: "0 gives a task no preference for itself.",
                            range: Range::Real(defaults::BETA_VALUE),
                            get: |study| match study.model.beta {
                                Beta::Value(value) => value,
                                _ => defaults::BETA_VALUE.default,
                            },
                            set: |study, value| study.model.beta = Beta::Value(value),
                        }/>
                    }
                })
        }}
    }
}
