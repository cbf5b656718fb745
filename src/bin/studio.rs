//! The page. It only mounts; see `m3h_studio::ui`.

#[cfg(target_arch = "wasm32")]
fn main() {
    m3h_studio::ui::app::mount();
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!(
        "The studio runs in a browser: see README.md for the command that builds and serves it."
    );
}
