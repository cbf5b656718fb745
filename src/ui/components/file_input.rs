//! Files that a user has chosen.

use wasm_bindgen::JsCast;
use web_sys::{Event, File, FileList, HtmlInputElement};

/// The files of the input that an event comes from; the input is emptied, so that choosing the same files again is noticed.
pub fn take_files(event: &Event) -> Vec<File> {
    let input = event
        .target()
        .and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    let Some(input) = input else { return vec![] };
    let files = input.files().map_or_else(Vec::new, |list| files_of(&list));
    input.set_value("");
    files
}

/// The files of a list.
pub fn files_of(list: &FileList) -> Vec<File> {
    (0..list.length())
        .filter_map(|place| list.get(place))
        .collect()
}
