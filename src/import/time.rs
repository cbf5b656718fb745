//! Times from bytes: hours, days, minutes, or ISO date-times.

use super::number;

/// A cell of a time column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Time {
    /// Hours since the sample's own zero.
    Hours(f64),
    /// Seconds since 1970-01-01 of the writer's own clock; only differences within a sample are used.
    Moment(f64),
    /// Neither a number nor an ISO date-time.
    Broken,
}

/// Reads a trimmed time; numbers are in units of `hours_per_unit`. `HH:MM` and `HH:MM:SS` are hours and minutes since zero.
pub(crate) fn parse(bytes: &[u8], hours_per_unit: f64) -> Time {
    if let Some(value) = number::decimal(bytes) {
        let hours = value * hours_per_unit;
        return if (hours as f32).is_finite() {
            Time::Hours(hours)
        } else {
            Time::Broken
        };
    }
    if let Some(seconds) = moment(bytes) {
        return Time::Moment(seconds);
    }
    match clock(bytes) {
        Some((seconds, [])) => Time::Hours(seconds / 3600.0),
        _ => Time::Broken,
    }
}

/// `YYYY-MM-DD`, `YYYY/MM/DD`, then nothing or a `T` or blank, a clock time and perhaps `Z` or an offset.
fn moment(bytes: &[u8]) -> Option<f64> {
    let (year, rest) = digits(bytes, 4)?;
    let (separator, rest) = rest.split_first()?;
    if !matches!(separator, b'-' | b'/') {
        return None;
    }
    let (month, rest) = digits(rest, 2)?;
    let rest = rest.strip_prefix(std::slice::from_ref(separator))?;
    let (day, rest) = digits(rest, 2)?;
    let longest = match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=longest).contains(&day) {
        return None;
    }
    let midnight = days_since_1970(year, month, day) as f64 * 86_400.0;
    let rest = match rest.split_first() {
        None => return Some(midnight),
        Some((b'T' | b't' | b' ', rest)) => rest,
        Some(_) => return None,
    };
    let (seconds, zone) = clock(rest)?;
    Some(midnight + seconds - offset(zone.trim_ascii_start())?)
}

/// `HH:MM`, `HH:MM:SS` or `HH:MM:SS.fff` in seconds, and what follows. Hours may exceed 24.
fn clock(bytes: &[u8]) -> Option<(f64, &[u8])> {
    let width = bytes
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    if !(1..=4).contains(&width) {
        return None;
    }
    let (hours, rest) = digits(bytes, width)?;
    let (minutes, rest) = digits(rest.strip_prefix(b":")?, 2)?;
    let (seconds, mut rest) = match rest.strip_prefix(b":") {
        Some(rest) => digits(rest, 2)?,
        None => (0, rest),
    };
    if minutes > 59 || seconds > 60 {
        return None;
    }
    let mut total = (hours * 3600 + minutes * 60 + seconds) as f64;
    if let Some(fraction) = rest.strip_prefix(b".") {
        let width = fraction
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        total += number::decimal(&rest[..=width])?;
        rest = &fraction[width..];
    }
    Some((total, rest))
}

/// The seconds that a zone lies ahead of universal time: nothing, `Z`, `+02:00`, `+0200` or `+02`.
fn offset(zone: &[u8]) -> Option<f64> {
    let (sign, rest) = match zone.split_first() {
        None => return Some(0.0),
        Some((b'Z' | b'z', [])) => return Some(0.0),
        Some((b'+', rest)) => (1.0, rest),
        Some((b'-', rest)) => (-1.0, rest),
        Some(_) => return None,
    };
    let (hours, rest) = digits(rest, 2)?;
    let rest = rest.strip_prefix(b":").unwrap_or(rest);
    let minutes = match rest {
        [] => 0,
        _ => match digits(rest, 2)? {
            (minutes, []) => minutes,
            _ => return None,
        },
    };
    Some(sign * (hours * 3600 + minutes * 60) as f64)
}

/// The number in exactly this many leading digits, and what follows.
fn digits(bytes: &[u8], width: usize) -> Option<(i64, &[u8])> {
    let (head, rest) = bytes.split_at_checked(width)?;
    let mut value = 0_i64;
    for byte in head {
        if !byte.is_ascii_digit() {
            return None;
        }
        value = value * 10 + i64::from(byte - b'0');
    }
    Some((value, rest))
}

/// Days of the proleptic Gregorian calendar since 1970-01-01 (H. Hinnant, chrono-compatible low-level date algorithms).
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_take_the_columns_unit() {
        assert_eq!(parse(b"1.5", 1.0), Time::Hours(1.5));
        assert_eq!(parse(b"2", 24.0), Time::Hours(48.0));
        assert_eq!(parse(b"-30", 1.0 / 60.0), Time::Hours(-0.5));
        assert_eq!(parse(b"1e300", 1.0), Time::Broken);
    }

    #[test]
    fn clock_times_are_hours_since_zero() {
        assert_eq!(parse(b"00:30", 1.0), Time::Hours(0.5));
        assert_eq!(parse(b"47:45:36", 1.0), Time::Hours(47.76));
        assert_eq!(parse(b"00:61", 1.0), Time::Broken);
    }

    #[test]
    fn iso_date_times() {
        assert_eq!(parse(b"1970-01-01", 1.0), Time::Moment(0.0));
        assert_eq!(
            parse(b"2000-03-01 00:00:01", 1.0),
            Time::Moment(951_868_801.0)
        );
        assert_eq!(
            parse(b"2000-03-01T02:00:01+02:00", 1.0),
            Time::Moment(951_868_801.0)
        );
        assert_eq!(
            parse(b"2000-02-29T19:00:01.5-0500", 1.0),
            Time::Moment(951_868_801.5)
        );
        assert_eq!(
            parse(b"2150/11/23 10:00Z", 1.0),
            parse(b"2150-11-23T10:00:00", 1.0)
        );
        for broken in [
            "2001-02-29",
            "2001-13-01",
            "2001-00-10",
            "01/02/2003",
            "2001-01-01x",
            "2001-01",
            "yesterday",
            "2001-01-01 25",
            "2001-01-01T10:00+2:0",
            "10:00 am",
        ] {
            assert_eq!(parse(broken.as_bytes(), 1.0), Time::Broken, "{broken}");
        }
    }
}
