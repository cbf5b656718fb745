//! Colours of the charts, for light and dark pages, safe for the common kinds of colour blindness.

/// A colour of the sRGB space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colour {
    /// Red, 0 to 255.
    pub red: u8,
    /// Green, 0 to 255.
    pub green: u8,
    /// Blue, 0 to 255.
    pub blue: u8,
}

impl Colour {
    /// A colour from its hexadecimal number, for example `0x0072b2`.
    pub const fn hex(number: u32) -> Self {
        Self {
            red: (number >> 16) as u8,
            green: (number >> 8) as u8,
            blue: number as u8,
        }
    }

    /// The colour `share` of the way (0 to 1) from this one to another.
    pub fn towards(self, other: Colour, share: f64) -> Colour {
        let share = if share.is_finite() {
            share.clamp(0.0, 1.0)
        } else {
            0.0
        };
        let mix = |from: u8, to: u8| {
            let (from, to) = (f64::from(from), f64::from(to));
            (from + (to - from) * share).round() as u8
        };
        Colour {
            red: mix(self.red, other.red),
            green: mix(self.green, other.green),
            blue: mix(self.blue, other.blue),
        }
    }

    /// Relative luminance, 0 (black) to 1 (white), of the Web Content Accessibility Guidelines 2.
    pub fn luminance(self) -> f64 {
        let linear = |channel: u8| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.03928 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(self.red) + 0.7152 * linear(self.green) + 0.0722 * linear(self.blue)
    }

    /// Contrast to another colour, 1 to 21, of the same guidelines.
    pub fn contrast(self, other: Colour) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// `#rrggbb`.
    pub fn css(self) -> String {
        let mut text = String::with_capacity(7);
        self.write(&mut text);
        text
    }

    /// Appends `#rrggbb`.
    pub(super) fn write(self, text: &mut String) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        text.push('#');
        for channel in [self.red, self.green, self.blue] {
            text.push(DIGITS[usize::from(channel >> 4)] as char);
            text.push(DIGITS[usize::from(channel & 15)] as char);
        }
    }
}

/// Colours of a chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    /// Text and strong lines.
    pub ink: Colour,
    /// Tick labels and secondary text.
    pub muted: Colour,
    /// Grid lines.
    pub grid: Colour,
    /// The one colour that draws the eye.
    pub accent: Colour,
    /// What the chart stands on.
    pub surface: Colour,
    /// Colours of series, told apart by people with any common kind of colour vision (after Okabe and Ito 2008).
    pub series: [Colour; 8],
    /// End of the diverging scale for negative values.
    pub negative: Colour,
    /// End of the diverging scale for positive values.
    pub positive: Colour,
}

impl Theme {
    /// Colours on a light page, and of every file that is saved.
    pub const fn light() -> Self {
        Self {
            ink: Colour::hex(0x15201f),
            muted: Colour::hex(0x4c5b59),
            grid: Colour::hex(0xdce2df),
            accent: Colour::hex(0x0b6a72),
            surface: Colour::hex(0xffffff),
            series: [
                Colour::hex(0x0072b2),
                Colour::hex(0xd55e00),
                Colour::hex(0x009e73),
                Colour::hex(0xb2568c),
                Colour::hex(0xb07d00),
                Colour::hex(0x3a9bd0),
                Colour::hex(0x6a3d9a),
                Colour::hex(0x555f66),
            ],
            negative: Colour::hex(0xb2500b),
            positive: Colour::hex(0x0b5fa5),
        }
    }

    /// Colours on a dark page.
    pub const fn dark() -> Self {
        Self {
            ink: Colour::hex(0xe6ecea),
            muted: Colour::hex(0xa4b1af),
            grid: Colour::hex(0x2a3334),
            accent: Colour::hex(0x74c7cb),
            surface: Colour::hex(0x171d1e),
            series: [
                Colour::hex(0x56b4e9),
                Colour::hex(0xff8a3d),
                Colour::hex(0x2cc79a),
                Colour::hex(0xe08fbf),
                Colour::hex(0xe6b422),
                Colour::hex(0x9ad7ff),
                Colour::hex(0xb79cf0),
                Colour::hex(0xb4bec5),
            ],
            negative: Colour::hex(0xff9a4d),
            positive: Colour::hex(0x5bb3ff),
        }
    }

    /// Colour of the series with this number.
    pub fn series_colour(&self, index: usize) -> Colour {
        self.series[index % self.series.len()]
    }

    /// Colour of 0 on the diverging scale: it differs a little from the surface, which means "not defined".
    pub fn neutral(&self) -> Colour {
        self.surface.towards(self.muted, 0.06)
    }

    /// Colour of a value on the diverging scale that is centred on 0 and ends at ±`extent`; small values are lifted a little.
    pub fn diverging(&self, value: f64, extent: f64) -> Colour {
        let share = if extent > 0.0 { value / extent } else { 0.0 };
        let end = if share < 0.0 {
            self.negative
        } else {
            self.positive
        };
        self.neutral().towards(end, share.abs().min(1.0).powf(0.8))
    }

    /// Colour of a share from 0 to 1 on the scale from the surface to the accent.
    pub fn sequential(&self, share: f64) -> Colour {
        self.surface.towards(self.accent, share)
    }

    /// The better readable of near black and white on a fill.
    pub fn text_on(&self, fill: Colour) -> Colour {
        const BLACK: Colour = Colour::hex(0x0b1112);
        const WHITE: Colour = Colour::hex(0xffffff);
        if BLACK.contrast(fill) >= WHITE.contrast(fill) {
            BLACK
        } else {
            WHITE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_lines_can_be_read() {
        for theme in [Theme::light(), Theme::dark()] {
            assert!(theme.ink.contrast(theme.surface) >= 7.0);
            assert!(theme.muted.contrast(theme.surface) >= 4.5);
            for colour in
                theme
                    .series
                    .into_iter()
                    .chain([theme.accent, theme.negative, theme.positive])
            {
                assert!(colour.contrast(theme.surface) >= 3.0, "{colour:?}");
            }
            for step in 0..=20 {
                let fill = theme.diverging(f64::from(step) / 10.0 - 1.0, 1.0);
                assert!(theme.text_on(fill).contrast(fill) >= 4.2, "{fill:?}");
            }
        }
    }

    #[test]
    fn the_diverging_scale_is_centred_on_zero() {
        let theme = Theme::light();
        assert_eq!(theme.diverging(0.0, 2.0), theme.neutral());
        assert_eq!(theme.diverging(5.0, 2.0), theme.positive);
        assert_eq!(theme.diverging(-5.0, 2.0), theme.negative);
        assert_eq!(theme.diverging(1.0, 0.0), theme.neutral());
    }
}
