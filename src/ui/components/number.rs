//! Numbers as people read them.

/// A count with thousands separated: `1,740,352`.
pub fn count(value: usize) -> String {
    let digits = value.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with the decimals given; an en dash where it is not finite.
pub fn decimal(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "–".to_string();
    }
    let text = format!("{value:.decimals$}");
    // "-0.00" says nothing that "0.00" does not.
    if text.starts_with('-') && text.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.')) {
        text.trim_start_matches('-').to_string()
    } else {
        text.replacen('-', "−", 1)
    }
}

/// A measured quantity with about three significant digits: `1,230`, `12.3`, `0.0123`.
pub fn quantity(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        "–".to_string()
    } else if (1000.0..1e9).contains(&size) {
        let sign = if value < 0.0 { "−" } else { "" };
        format!("{sign}{}", count(size.round() as usize))
    } else if size == 0.0 || value.fract() == 0.0 && size < 1e9 {
        decimal(value, 0)
    } else if !(1e-4..1e9).contains(&size) {
        format!("{value:.2e}")
    } else {
        let decimals = if size >= 100.0 {
            0
        } else if size >= 10.0 {
            1
        } else if size >= 1.0 {
            2
        } else {
            3 + (-size.log10()).floor() as usize
        };
        let text = decimal(value, decimals);
        match text.contains('.') {
            true => text.trim_end_matches('0').trim_end_matches('.').to_string(),
            false => text,
        }
    }
}

/// A share as per cent: `12.5 %`; no decimals from 10 % on unless they are asked for.
pub fn percent(share: f64) -> String {
    if !share.is_finite() {
        return "–".to_string();
    }
    let value = share * 100.0;
    let decimals = usize::from(value > 0.0 && value < 9.95 || value > 99.0 && value < 100.0);
    format!("{} %", decimal(value, decimals))
}

/// Bytes: `812 kB`, `1.4 MB`.
pub fn bytes(size: f64) -> String {
    if size < 1e3 {
        format!("{} B", decimal(size, 0))
    } else if size < 1e6 {
        format!("{} kB", decimal(size / 1e3, 0))
    } else if size < 1e9 {
        format!("{} MB", decimal(size / 1e6, 1))
    } else {
        format!("{} GB", decimal(size / 1e9, 2))
    }
}

/// A span of time: `8 s`, `2 min 5 s`, `1 h 12 min`.
pub fn duration(seconds: f64) -> String {
    if !seconds.is_finite() || seconds < 0.0 {
        return "–".to_string();
    }
    let whole = seconds.round() as u64;
    match whole {
        0 => "less than 1 s".to_string(),
        1..60 => format!("{whole} s"),
        60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        _ => format!("{} h {} min", whole / 3600, whole % 3600 / 60),
    }
}

/// A noun with its number: `1 sample`, `2,000 samples`.
pub fn counted(value: usize, singular: &str, plural: &str) -> String {
    let noun = if value == 1 { singular } else { plural };
    format!("{} {noun}", count(value))
}
