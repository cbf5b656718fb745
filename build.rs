//! One linker flag, for the WebGPU worker alone.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // The libraries below burn's WebGPU backend register themselves by constructors. Unless the linker sees them exported, it
    // runs all of them again at every call from JavaScript into the module; `session::gpu::run_constructors` runs them once.
    if std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|architecture| architecture == "wasm32")
        && std::env::var_os("CARGO_FEATURE_WEBGPU").is_some()
    {
        println!("cargo:rustc-link-arg-bin=worker_gpu=--export=__wasm_call_ctors");
    }
}
