//! The worker that computes on the CPU.

fn main() {
    #[cfg(target_arch = "wasm32")]
    m3h_studio::session::worker::start(|asked| async move {
        m3h_studio::session::device::cpu(&asked.reason)
    });
}
