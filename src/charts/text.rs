//! Text in charts: widths without a browser, shortening, escaping and numbers as people read them.

/// Appends text with the characters escaped that mean something in SVG and HTML.
pub fn push_escaped(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // XML 1.0 has no way to write these.
            '\u{0}'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
}

/// Width in pixels of a text in a common sans-serif typeface, rather too wide than too narrow.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    let em: f64 = text
        .chars()
        .map(|character| match character {
            'i' | 'l' | 'j' | '.' | ',' | ':' | ';' | '|' | '!' | '\'' => 0.31,
            ' ' | 'f' | 't' | 'r' | 'I' | '(' | ')' | '[' | ']' | '/' | '-' => 0.39,
            'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.96,
            'A'..='Z' => 0.71,
            character if (character as u32) < 0x2e80 => 0.62,
            _ => 1.02,
        })
        .sum();
    em * size
}

/// The text, cut and ended with `…` where it is wider than the pixels.
pub(super) fn shorten(text: &str, size: f64, pixels: f64) -> String {
    if text_width(text, size) <= pixels {
        return text.to_string();
    }
    let mut kept = String::new();
    let mut width = text_width("…", size);
    for character in text.chars() {
        width += text_width(character.encode_utf8(&mut [0; 4]), size);
        if width > pixels {
            break;
        }
        kept.push(character);
    }
    kept.truncate(kept.trim_end().len());
    kept.push('…');
    kept
}

/// A number with a given number of decimals, groups of three digits parted by commas, and a real minus sign.
pub fn number(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "not defined".to_string();
    }
    let digits = format!("{:.*}", decimals, value.abs());
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    let mut text = String::new();
    if value < 0.0 && digits.bytes().any(|digit| (b'1'..=b'9').contains(&digit)) {
        text.push('−');
    }
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if !fraction.is_empty() {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

/// A count with groups of three digits.
pub fn count(value: usize) -> String {
    number(value as f64, 0)
}

/// A number with three significant digits or so, for values of unknown size.
pub fn short_number(value: f64) -> String {
    let size = value.abs();
    if size >= 1e15 || (size > 0.0 && size < 1e-4) {
        return format!("{value:.2e}").replace('-', "−");
    }
    let decimals = match size {
        size if size >= 100.0 || size == 0.0 => 0,
        size if size >= 10.0 => 1,
        size if size >= 1.0 => 2,
        size if size >= 0.01 => 3,
        _ => 5,
    };
    number(value, decimals)
}

/// A share from 0 to 1 in percent.
pub fn percent(share: f64) -> String {
    if !share.is_finite() {
        return "not defined".to_string();
    }
    let mut text = number(share * 100.0, usize::from(share > 0.0 && share < 0.0995));
    text.push_str(" %");
    text
}

/// A number for files: as short as it can be without loss, with a point and without groups; empty where it is not finite.
pub fn plain(value: f64) -> String {
    if value.is_finite() {
        value.to_string()
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(number(1234567.891, 1), "1,234,567.9");
        assert_eq!(number(-0.04, 1), "0.0");
        assert_eq!(number(-12.5, 1), "−12.5");
        assert_eq!(number(999.0, 0), "999");
        assert_eq!(number(f64::NAN, 1), "not defined");
        assert_eq!(percent(0.137), "14 %");
        assert_eq!(percent(0.0137), "1.4 %");
        assert_eq!(short_number(0.0213), "0.021");
        assert_eq!(short_number(-4321.0), "−4,321");
        assert_eq!(plain(0.5), "0.5");
        assert_eq!(plain(f64::NAN), "");
    }

    #[test]
    fn long_texts_are_cut_to_fit() {
        let cut = shorten("Chronic obstructive pulmonary disease", 12.0, 90.0);
        assert!(
            cut.ends_with('…') && text_width(&cut, 12.0) <= 90.0,
            "{cut}"
        );
        assert_eq!(shorten("Sepsis", 12.0, 90.0), "Sepsis");
    }

    #[test]
    fn markup_is_escaped() {
        let mut out = String::new();
        push_escaped(&mut out, "a<b>&\"'\u{1}");
        assert_eq!(out, "a&lt;b&gt;&amp;&quot;&#39;\u{fffd}");
    }
}
