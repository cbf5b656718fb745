//! The first-run screen.

use leptos::prelude::*;

use super::OpenDemoButton;
use super::import::{FileOpener, WardForm};

/// What this is, that nothing leaves the device, and the two ways to begin.
#[component]
pub fn Welcome() -> impl IntoView {
    view! {
        <div class="welcome">
            <div class="welcome-text">
                <p class="eyebrow">"Multimodal multitask learning for healthcare"</p>
                <h1 class="panel-title" tabindex="-1">
                    "One model of your patients, for all your questions."
                </h1>
                <p class="lead">
                    "M3H Studio trains, judges and explains a model that learns many medical tasks at once from tables, time series, notes and images. "
                    <strong>"It runs inside this page: nothing leaves your device."</strong>
                </p>
            </div>
            <div class="welcome-start">
            <FileOpener prompt="Drop a cohort here: a folder, or its files."/>
            <div class="welcome-demo card">
                <div>
                    <h2>"No data at hand?"</h2>
                    <p>
                        "The demo ward is a made-up hospital: four modalities, gaps as in real life, and diagnoses whose hidden links are known."
                    </p>
                </div>
                <div class="actions">
                    <OpenDemoButton/>
                </div>
                <details class="more">
                    <summary>"Choose its size"</summary>
                    <WardForm/>
                </details>
            </div>
            </div>
            <details class="more welcome-files">
                <summary>"What a cohort looks like"</summary>
                <p>
                    "Every sample is one patient, stay or visit. Only the first table is needed; each other one adds a modality. Tables are CSV or TSV, gzipped or not. Names are matched loosely, and you can change what was understood."
                </p>
                <div class="table-wrap" tabindex="0" role="region" aria-label="Files of a cohort">
                    <table>
                        <thead>
                            <tr>
                                <th scope="col">"File"</th>
                                <th scope="col">"Columns"</th>
                                <th scope="col">"Holds"</th>
                            </tr>
                        </thead>
                        <tbody>
                            <FileRow name="patients" columns="id, optional patient, any further columns" holds="inputs and labels"/>
                            <FileRow name="series" columns="id, time (hours, days, minutes or a date), variable, value; or one column per variable" holds="time series"/>
                            <FileRow name="notes" columns="id, optional time and source, text" holds="clinical notes"/>
                            <FileRow name="images" columns="id, optional time and source, file; with the PNG, JPEG or DICOM files" holds="images"/>
                            <FileRow name="embeddings" columns="id, numeric columns named by source: vd_0, vd_1 …" holds="vectors encoded elsewhere"/>
                        </tbody>
                    </table>
                </div>
            </details>
            <p class="subtle">
                "For research use only. M3H Studio is not a medical device and must not guide the care of a patient."
            </p>
        </div>
    }
}

#[component]
fn FileRow(name: &'static str, columns: &'static str, holds: &'static str) -> impl IntoView {
    view! {
        <tr>
            <th scope="row">
                <code>{name}</code>
            </th>
            <td>{columns}</td>
            <td>{holds}</td>
        </tr>
    }
}
