//! Amounts in messages, parted as the language writes them, so that they may be pasted.

/// Parts the thousands of a decimal with `_`; closing zeros behind a point are dropped.
pub fn in_thousands(decimal: &str) -> String {
    let (sign, digits) = match decimal.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", decimal),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let mut shown = String::from(sign);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            shown.push('_');
        }
        shown.push(digit);
    }
    let part = part.trim_end_matches('0');
    if !part.is_empty() {
        shown.push('.');
        shown.push_str(part);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::in_thousands;

    #[test]
    fn thousands_are_parted_from_the_point() {
        for (exact, shown) in [
            ("0", "0"),
            ("999.5000", "999.5"),
            ("-1000", "-1_000"),
            ("38312200.0000", "38_312_200"),
            ("-29573973.1161", "-29_573_973.1161"),
        ] {
            assert_eq!(in_thousands(exact), shown);
        }
    }
}
