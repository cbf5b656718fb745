//! A training step and a forward pass natively on the CPU, for the two shapes of the peers: `cargo bench --bench training`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../tests/native/mod.rs"]
mod native;

use m3h_studio::session::protocol::Command;
use native::NativeSession;

fn main() {
    let haim = [6, 99, 242, 110, 768, 768, 768, 1024, 18, 1024, 18];
    let session = NativeSession::new();
    for (batch, widths, tasks, steps) in [
        (128, [20, 504].as_slice(), 5, 200),
        (256, haim.as_slice(), 44, 30),
    ] {
        let told = session
            .ask(Command::Benchmark {
                batch,
                widths: widths.to_vec(),
                tasks,
                steps,
            })
            .expect("the benchmark runs");
        let number = |name: &str| told[name].as_f64().unwrap();
        println!(
            "native flex B={batch} in={} T={tasks}: step {:.1} ms ({:.0} samples/s), forward {:.1} ms ({:.0} samples/s)",
            widths.iter().sum::<usize>(),
            number("step_ms"),
            number("training_samples_per_second"),
            number("forward_ms"),
            number("forward_samples_per_second")
        );
    }
}
