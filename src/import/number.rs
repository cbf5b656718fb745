//! Numbers from bytes, quickly for plain decimals.

/// Powers of ten that a double holds exactly.
const POWERS_OF_TEN: [f64; 16] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
];

/// The number that the trimmed bytes write, or `None` where they write none or it is not finite.
/// Up to 15 digits are exact (both factors are, and one division rounds once); the rest goes to
/// the standard library.
pub(crate) fn decimal(bytes: &[u8]) -> Option<f64> {
    let (negative, digits) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, bytes),
    };
    if digits.is_empty() || digits.len() > 16 {
        return any(bytes);
    }
    let mut mantissa = 0_u64;
    let mut count = 0_usize;
    let mut fraction = 0_usize;
    let mut point = false;
    for &byte in digits {
        match byte {
            b'0'..=b'9' => {
                mantissa = mantissa * 10 + u64::from(byte - b'0');
                count += 1;
                fraction += usize::from(point);
            }
            b'.' if !point => point = true,
            _ => return any(bytes),
        }
    }
    if count == 0 || count > 15 {
        return any(bytes);
    }
    let value = mantissa as f64 / POWERS_OF_TEN[fraction];
    Some(if negative { -value } else { value })
}

/// Any number that the standard library reads: exponents, many digits.
#[cold]
fn any(bytes: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(bytes).ok()?;
    text.parse::<f64>().ok().filter(|value| value.is_finite())
}

/// A number with a decimal comma (`36,6`), as tables with another delimiter than the comma write it.
#[cold]
pub(crate) fn with_decimal_comma(bytes: &[u8]) -> Option<f64> {
    if bytes.len() > 32 || bytes.contains(&b'.') {
        return None;
    }
    let mut plain = bytes.to_vec();
    *plain.iter_mut().find(|byte| **byte == b',')? = b'.';
    decimal(&plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_what_people_write() {
        assert_eq!(decimal(b"0.12"), Some(0.12));
        assert_eq!(decimal(b"-37.25"), Some(-37.25));
        assert_eq!(decimal(b"+5"), Some(5.0));
        assert_eq!(decimal(b".5"), Some(0.5));
        assert_eq!(decimal(b"5."), Some(5.0));
        assert_eq!(decimal(b"1e3"), Some(1000.0));
        assert_eq!(
            decimal(b"123456789012345678901"),
            Some(123456789012345678901.0)
        );
        for none in [
            &b""[..],
            b"-",
            b".",
            b"1.2.3",
            b"inf",
            b"NaN",
            b"1,5",
            b"1e999",
            b"12 3",
            b"--1",
        ] {
            assert_eq!(decimal(none), None, "{none:?}");
        }
        assert_eq!(with_decimal_comma(b"36,6"), Some(36.6));
        assert_eq!(with_decimal_comma(b"1.234,5"), None);
        assert_eq!(with_decimal_comma(b"1,2,3"), None);
    }

    proptest! {
        #[test]
        fn agrees_with_the_standard_library(text in "[-+]?[0-9]{0,12}(\\.[0-9]{0,8})?(e[0-9]{1,2})?") {
            let expected = text.parse::<f64>().ok().filter(|value| value.is_finite());
            prop_assert_eq!(decimal(text.as_bytes()), expected);
        }
    }
}
