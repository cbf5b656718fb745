//! The worker that trains boosted trees to compare with. It holds no model and is loaded only when asked for.

fn main() {
    #[cfg(target_arch = "wasm32")]
    m3h_studio::session::worker::start_trees();
}
