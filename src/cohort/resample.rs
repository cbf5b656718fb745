//! Grey pixels at another size.

/// Resamples row-major grey values of `from` pixels (across, down) to `to` pixels, none of which may be 0: each new pixel is the mean of the area
/// that it covers, so that shrinking loses no line between two samples; enlarging repeats pixels. Gives each new line, 0 to 255, with its number.
pub(crate) fn resample(
    pixels: &[u8],
    from: [usize; 2],
    to: [usize; 2],
    mut line_done: impl FnMut(usize, &[f32]),
) {
    let (columns, rows) = (coverage(from[0], to[0]), coverage(from[1], to[1]));
    let mut line = vec![0.0_f32; to[0]];
    for (y, row) in rows.iter().enumerate() {
        line.fill(0.0);
        for (source, share) in row.each() {
            let source = &pixels[source * from[0]..(source + 1) * from[0]];
            for (sum, column) in line.iter_mut().zip(&columns) {
                let mean: f32 = column
                    .each()
                    .map(|(x, share)| share * f32::from(source[x]))
                    .sum();
                *sum += share * mean;
            }
        }
        line_done(y, &line);
    }
}

/// The source pixels that one new pixel covers: the first, and the share of each.
struct Covered {
    first: usize,
    shares: Vec<f32>,
}

impl Covered {
    fn each(&self) -> impl Iterator<Item = (usize, f32)> {
        (self.first..).zip(self.shares.iter().copied())
    }
}

/// For each of `to` pixels what it covers of `from` pixels.
fn coverage(from: usize, to: usize) -> Vec<Covered> {
    let step = from as f64 / to as f64;
    (0..to)
        .map(|pixel| {
            let (start, end) = (pixel as f64 * step, (pixel + 1) as f64 * step);
            let first = start as usize;
            let last = (end.ceil() as usize).min(from);
            let share = |source: usize| {
                let overlap = end.min((source + 1) as f64) - start.max(source as f64);
                (overlap.max(0.0) / step) as f32
            };
            Covered {
                first,
                shares: (first..last).map(share).collect(),
            }
        })
        .collect()
}

/// A square of grey values at another side.
pub(crate) fn resample_square(pixels: &[u8], from: usize, to: usize) -> Vec<u8> {
    let mut result = Vec::with_capacity(to * to);
    resample(pixels, [from, from], [to, to], |_, line| {
        result.extend(line.iter().map(|mean| (mean + 0.5).clamp(0.0, 255.0) as u8));
    });
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shrinking_keeps_the_mean_and_enlarging_repeats() {
        let pixels: Vec<u8> = (0..49).map(|place| (place * 5) as u8).collect();
        let mean = |pixels: &[u8]| {
            pixels.iter().map(|&grey| f64::from(grey)).sum::<f64>() / pixels.len() as f64
        };
        for side in [1, 2, 3, 5, 7, 14, 20] {
            let other = resample_square(&pixels, 7, side);
            assert_eq!(other.len(), side * side);
            assert!((mean(&other) - mean(&pixels)).abs() < 0.6, "{side}");
        }
        assert_eq!(resample_square(&pixels, 7, 7), pixels);
        assert_eq!(
            resample_square(&[0, 9, 8, 7], 2, 4),
            [0, 0, 9, 9, 0, 0, 9, 9, 8, 8, 7, 7, 8, 8, 7, 7]
        );
    }
}
