//! Where files are dropped or chosen.

use js_sys::{Array, Promise, Reflect};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    DataTransfer, DragEvent, Event, File, FileSystemDirectoryEntry, FileSystemEntry,
    FileSystemFileEntry,
};

use super::file_input::{files_of, take_files};
use crate::ui::state::PickedFile;

/// A place to drop files or a folder on, with two buttons that do the same.
#[component]
pub fn DropZone(
    /// What to drop here, in a sentence.
    #[prop(into)]
    prompt: String,
    /// Takes the files; never an empty list.
    #[prop(into)]
    on_files: Callback<(Vec<PickedFile>,)>,
    /// Whether it takes little room.
    #[prop(optional)]
    small: bool,
    /// What the folder and the files are called by a screen reader.
    #[prop(default = ["Folder to open", "Files to open"])]
    labels: [&'static str; 2],
) -> impl IntoView {
    let over = RwSignal::new(false);
    let failure = RwSignal::new(None::<String>);
    let folder_input = NodeRef::<leptos::html::Input>::new();
    let files_input = NodeRef::<leptos::html::Input>::new();

    let give = move |found: Result<Vec<PickedFile>, String>| match found {
        Ok(files) if files.is_empty() => {
            failure.set(Some("There was no file in what you chose.".into()));
        }
        Ok(files) => {
            failure.set(None);
            on_files.run((files,));
        }
        Err(message) => failure.set(Some(message)),
    };
    let dropped = move |event: DragEvent| {
        event.prevent_default();
        over.set(false);
        let Some(transfer) = event.data_transfer() else {
            return;
        };
        // The entries must be taken while the event lasts; they are read afterwards.
        let entries = entries_of(&transfer);
        let plain = transfer
            .files()
            .map_or_else(Vec::new, |list| files_of(&list));
        spawn_local(async move {
            give(if entries.is_empty() {
                Ok(picked(plain))
            } else {
                files_below(entries).await
            });
        });
    };
    let chosen = move |event: Event| {
        let files = picked(take_files(&event));
        if !files.is_empty() {
            give(Ok(files));
        }
    };
    let press = |input: NodeRef<leptos::html::Input>| {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    };
    view! {
        <div
            class="drop-zone"
            class:small=small
            class:over=move || over.get()
            on:dragenter=move |event: DragEvent| {
                event.prevent_default();
                over.set(true);
            }
            on:dragover=move |event: DragEvent| {
                event.prevent_default();
                over.set(true);
            }
            on:dragleave=move |_| over.set(false)
            on:drop=dropped
        >
            <p class="drop-prompt">{prompt}</p>
            <div class="actions">
                <button type="button" class="button" on:click=move |_| press(folder_input)>
                    "Choose a folder"
                </button>
                <button type="button" class="button" on:click=move |_| press(files_input)>
                    "Choose files"
                </button>
            </div>
            <input
                class="hidden-input"
                type="file"
                prop:webkitdirectory=true
                tabindex="-1"
                aria-label=labels[0]
                node_ref=folder_input
                on:change=chosen
            />
            <input
                class="hidden-input"
                type="file"
                multiple=true
                tabindex="-1"
                aria-label=labels[1]
                node_ref=files_input
                on:change=chosen
            />
            <p role="alert" class="bad">{move || failure.get()}</p>
        </div>
    }
}

/// Files with their paths.
fn picked(files: Vec<File>) -> Vec<PickedFile> {
    files
        .into_iter()
        .map(|file| PickedFile {
            path: path_of(&file),
            file,
        })
        // What the system hides in a folder (`.DS_Store`) is no part of a cohort.
        .filter(|picked| !picked.path.contains("/."))
        .collect()
}

/// A file's path inside the folder that it was chosen with; its name where it was chosen alone.
pub fn path_of(file: &File) -> String {
    Reflect::get(file, &"webkitRelativePath".into())
        .ok()
        .and_then(|path| path.as_string())
        .filter(|path| !path.is_empty())
        .unwrap_or_else(|| file.name())
}

fn entries_of(transfer: &DataTransfer) -> Vec<FileSystemEntry> {
    let items = transfer.items();
    (0..items.length())
        .filter_map(|place| items.get(place))
        .filter_map(|item| item.webkit_get_as_entry().ok().flatten())
        .collect()
}

/// All files of the entries and of the folders below them. Hidden files (`.DS_Store`) are left out.
async fn files_below(mut entries: Vec<FileSystemEntry>) -> Result<Vec<PickedFile>, String> {
    let mut files = Vec::new();
    while let Some(entry) = entries.pop() {
        let path = entry.full_path().trim_start_matches('/').to_string();
        if entry.name().starts_with('.') {
            continue;
        }
        if entry.is_directory() {
            let folder: FileSystemDirectoryEntry = entry.unchecked_into();
            entries.extend(
                entries_of_folder(&folder)
                    .await
                    .map_err(|_| unreadable(&path))?,
            );
        } else {
            let entry: FileSystemFileEntry = entry.unchecked_into();
            let file = file_of(&entry).await.map_err(|_| unreadable(&path))?;
            files.push(PickedFile { path, file });
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

fn unreadable(path: &str) -> String {
    format!("{path} cannot be read. Check that it still exists and that you may read it.")
}

async fn file_of(entry: &FileSystemFileEntry) -> Result<File, JsValue> {
    let promise = Promise::new(&mut |resolve, reject| {
        entry.file_with_callback_and_callback(&resolve, &reject);
    });
    JsFuture::from(promise).await?.dyn_into()
}

/// A folder's entries; browsers hand them out by the hundred.
async fn entries_of_folder(
    folder: &FileSystemDirectoryEntry,
) -> Result<Vec<FileSystemEntry>, JsValue> {
    let reader = folder.create_reader();
    let mut entries = Vec::new();
    loop {
        let promise = Promise::new(&mut |resolve, reject| {
            if let Err(error) = reader.read_entries_with_callback_and_callback(&resolve, &reject) {
                // The promise is settled by its own functions only.
                let _ = reject.call1(&JsValue::NULL, &error);
            }
        });
        let some: Array = JsFuture::from(promise).await?.dyn_into()?;
        if some.length() == 0 {
            return Ok(entries);
        }
        entries.extend(
            some.iter()
                .map(|entry| entry.unchecked_into::<FileSystemEntry>()),
        );
    }
}
