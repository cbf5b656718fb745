//! Random draws and the few functions the ward needs, bit-identical on every platform.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// What a stream of random numbers is for; each patient has one of each, so that no part's draws shift another's.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    Factors,
    Table,
    TableGaps,
    Presence,
    Series,
    Notes,
    Films,
    Labels,
    LabelGaps,
    Waves,
    Reports,
}

/// A stream of random numbers.
pub(super) struct Draws {
    generator: ChaCha8Rng,
}

impl Draws {
    /// The stream of one part of one patient.
    pub(super) fn new(seed: u64, patient: usize, part: Part) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(((patient as u64) << 4) | part as u64);
        Self { generator }
    }

    /// Uniform in [0, 1).
    pub(super) fn uniform(&mut self) -> f64 {
        (self.generator.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Uniform between two ends.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    /// Whether an event of this probability happens.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// One of the numbers below `count`, which is positive.
    pub(super) fn below(&mut self, count: usize) -> usize {
        (((self.generator.next_u64() >> 32) * count as u64) >> 32) as usize
    }

    /// One of the texts; empty where there is none.
    pub(super) fn pick<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        if texts.is_empty() {
            return "";
        }
        texts[self.below(texts.len())]
    }

    /// Nearly standard normal: the sum of twelve uniform draws of 16 bits (Irwin–Hall), which needs neither logarithm nor cosine.
    pub(super) fn normal(&mut self) -> f64 {
        let sum: u64 = (0..3).map(|_| sum_of_four(self.generator.next_u64())).sum();
        (sum as f64 + 6.0) / 65_536.0 - 6.0
    }

    /// A quicker, rougher normal for grain in images: the sum of four draws.
    pub(super) fn grain(&mut self) -> f64 {
        let sum = sum_of_four(self.generator.next_u64());
        ((sum as f64 + 2.0) / 65_536.0 - 2.0) * 1.732_050_807_568_877_2
    }
}

/// Sum of a word's four 16-bit parts.
fn sum_of_four(word: u64) -> u64 {
    (word & 0xffff) + ((word >> 16) & 0xffff) + ((word >> 32) & 0xffff) + (word >> 48)
}

/// The exponential function for moderate arguments (|x| < 300), from multiplications and additions alone: the Taylor series of x / 2^8, squared eight times.
pub(super) fn exponential(x: f64) -> f64 {
    let small = x / 256.0;
    let mut term = 1.0;
    let mut sum = 1.0;
    for order in 1..=12 {
        term *= small / f64::from(order);
        sum += term;
    }
    for _ in 0..8 {
        sum *= sum;
    }
    sum
}

/// Rounds to a number of decimals, 0 to 2.
pub(super) fn rounded(value: f64, decimals: u8) -> f64 {
    let factor = match decimals {
        0 => 1.0,
        1 => 10.0,
        _ => 100.0,
    };
    (value * factor).round() / factor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponential_is_the_exponential() {
        for x in [-20.0, -1.0, -0.01, 0.0, 0.3, 2.0, 15.0_f64] {
            assert!((exponential(x) / x.exp() - 1.0).abs() < 1e-12, "{x}");
        }
    }

    #[test]
    fn normal_draws_have_mean_0_and_deviation_1() {
        let mut draws = Draws::new(3, 0, Part::Factors);
        let values: Vec<f64> = (0..40_000).map(|_| draws.normal()).collect();
        let mean = values.iter().sum::<f64>() / 40_000.0;
        let variance = values.iter().map(|v| v * v).sum::<f64>() / 40_000.0;
        let tail = values.iter().filter(|v| **v > 1.644_85).count() as f64 / 40_000.0;
        assert!(mean.abs() < 0.02 && (variance - 1.0).abs() < 0.03 && (tail - 0.05).abs() < 0.005);
    }
}
