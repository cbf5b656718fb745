//! The NumPy reference, reproduced natively on the CPU.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![cfg(not(target_arch = "wasm32"))]

mod golden;

#[test]
fn golden_numbers_on_the_cpu() {
    futures_lite(golden::reproduce(&burn::tensor::Device::flex()));
}

/// Runs a future that is always ready on the CPU.
fn futures_lite<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    loop {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}
