//! The NumPy reference, reproduced natively on the CPU.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(not(target_arch = "wasm32"))]

mod golden;
mod native;

#[test]
fn golden_numbers_on_the_cpu() {
    native::run(golden::reproduce(&burn::tensor::Device::flex()));
}

#[test]
fn the_cpu_gives_its_own_known_answer() {
    native::run(m3h_studio::training::agreement::agrees_with_cpu(
        &burn::tensor::Device::flex(),
    ))
    .unwrap();
}
