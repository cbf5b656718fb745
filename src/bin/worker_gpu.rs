//! The worker that computes on WebGPU, where that gives the CPU's answer to a known question.

fn main() {
    #[cfg(target_arch = "wasm32")]
    {
        m3h_studio::session::gpu::run_constructors();
        m3h_studio::session::worker::start(|asked| async move {
            m3h_studio::session::gpu::choose(asked).await
        });
    }
}
