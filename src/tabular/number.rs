//! Numbers in text, exact.

use rust_decimal::Decimal;

/// Why a text is no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NumberFault {
    /// A comma stands where a decimal point is due.
    DecimalComma,
    /// A comma before three digits, where a decimal point is due: it may group the thousands.
    CommaOfThree,
    /// A dash alone.
    Dash,
    /// A point stands where a decimal comma is due, or groups the thousands.
    DecimalPoint,
    /// Digits are grouped.
    Grouped,
    /// A non-breaking space.
    NoBreakSpace,
    /// A minus that is not the plain `-`.
    UnicodeMinus,
    /// It ends in a percent sign.
    Percent,
    /// More than 28 significant digits, or too large.
    TooLong,
    /// No number at all.
    NoNumber,
}

impl NumberFault {
    /// What is wrong, to stand behind the value.
    pub fn reason(self) -> &'static str {
        match self {
            Self::DecimalComma => "is written with a decimal comma",
            Self::CommaOfThree => "has a comma, of thousands or of decimals",
            Self::Dash => "is a dash, no number",
            Self::DecimalPoint => "is written with a decimal point",
            Self::Grouped => "groups its digits",
            Self::NoBreakSpace => "holds a non-breaking space",
            Self::UnicodeMinus => "has a minus that is not the plain `-`",
            Self::Percent => "has a percent sign",
            Self::TooLong => "has more than 28 digits",
            Self::NoNumber => "is no number",
        }
    }

    /// What would be right.
    pub fn help(self) -> Option<&'static str> {
        match self {
            Self::DecimalComma => Some("say so: `file = csv(separator = \";\", decimal = \",\")`"),
            Self::CommaOfThree => Some(
                "a comma of thousands: write the digits without it; one of decimals: say so with `file = csv(separator = \";\", decimal = \",\")`",
            ),
            Self::Dash => Some(
                "write `0` where there is nothing, or leave the cell empty where nothing is known",
            ),
            Self::DecimalPoint => Some(
                "the file is stated to have decimal commas; correct `decimal` in `file = csv(…)`",
            ),
            Self::Grouped => Some("write the digits without separators: `1234567.89`"),
            Self::NoBreakSpace => Some("take the space out (it is U+00A0 or its like)"),
            Self::UnicodeMinus => Some("write `-` (U+002D)"),
            Self::Percent => Some("write the bare number and map it as `[column] * 1%`"),
            Self::TooLong | Self::NoNumber => None,
        }
    }
}

/// The number that a text says, exactly; blanks around it do not count. `decimal` is the decimal mark. An exponent
/// (`1.5E6`) may follow. Digits are never grouped.
pub fn parse_number(text: &str, decimal: char) -> Result<Decimal, NumberFault> {
    let text = text.trim_matches([' ', '\t']);
    read(text.as_bytes(), decimal).ok_or_else(|| diagnose(text, decimal))
}

fn read(bytes: &[u8], decimal: char) -> Option<Decimal> {
    let (negative, mut rest) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let mark = u8::try_from(decimal).ok()?;
    let mut mantissa: i128 = 0;
    let mut scale: i32 = 0;
    // Zeros at the end of the fraction count only once another digit follows, so that `1.000…0` is short.
    let mut zeros: u32 = 0;
    let mut digits = 0u32;
    let mut in_fraction = false;
    while let [first, tail @ ..] = rest {
        match first {
            b'0' if in_fraction => {
                zeros += 1;
                digits += 1;
            }
            b'0'..=b'9' => {
                digits += 1;
                for _ in 0..=zeros {
                    mantissa = mantissa.checked_mul(10)?;
                }
                mantissa = mantissa.checked_add(i128::from(*first - b'0'))?;
                if in_fraction {
                    scale = scale.checked_add(zeros as i32 + 1)?;
                }
                zeros = 0;
            }
            b'e' | b'E' => break,
            c if *c == mark && !in_fraction => in_fraction = true,
            _ => return None,
        }
        rest = tail;
    }
    if digits == 0 {
        return None;
    }
    if let [_, exponent @ ..] = rest {
        let exponent: i32 = std::str::from_utf8(exponent)
            .ok()?
            .parse()
            .ok()
            .filter(|e| (-400..=400).contains(e))?;
        scale = scale.checked_sub(exponent)?;
    }
    if mantissa == 0 {
        return Some(Decimal::ZERO);
    }
    while scale < 0 {
        mantissa = mantissa.checked_mul(10)?;
        scale += 1;
    }
    while scale > 0 && mantissa % 10 == 0 {
        mantissa /= 10;
        scale -= 1;
    }
    if negative {
        mantissa = -mantissa;
    }
    Decimal::try_from_i128_with_scale(mantissa, u32::try_from(scale).ok()?).ok()
}

fn diagnose(text: &str, decimal: char) -> NumberFault {
    if matches!(text, "-" | "\u{2212}" | "\u{2013}" | "\u{2014}") {
        return NumberFault::Dash;
    }
    if text.contains(['\u{a0}', '\u{202f}', '\u{2007}', '\u{2009}']) {
        return NumberFault::NoBreakSpace;
    }
    if text.contains([
        '\u{2212}', '\u{2013}', '\u{2012}', '\u{2014}', '\u{fe63}', '\u{ff0d}',
    ]) {
        return NumberFault::UnicodeMinus;
    }
    let bare = text.trim_end_matches('%').trim_matches([' ', '\t']);
    if text.ends_with('%') && read(bare.as_bytes(), decimal).is_some() {
        return NumberFault::Percent;
    }
    let signless = text.strip_prefix(['+', '-']).unwrap_or(text);
    let marks: Vec<char> = signless.chars().filter(|c| !c.is_ascii_digit()).collect();
    if signless.is_empty() || !signless.starts_with(|c: char| c.is_ascii_digit()) {
        return NumberFault::NoNumber;
    }
    match marks.as_slice() {
        [','] if decimal != ',' && groups_thousands(signless) => NumberFault::CommaOfThree,
        [','] if decimal != ',' => NumberFault::DecimalComma,
        ['.'] if decimal != '.' => NumberFault::DecimalPoint,
        [] => NumberFault::TooLong,
        [m] if *m == decimal => NumberFault::TooLong,
        [.., ','] if decimal != ',' && marks.iter().rev().skip(1).all(|c| *c == '.') => {
            NumberFault::DecimalComma
        }
        all if all
            .iter()
            .all(|c| matches!(c, ',' | '.' | '\'' | '_' | ' ' | '’')) =>
        {
            NumberFault::Grouped
        }
        _ => NumberFault::NoNumber,
    }
}

/// Whether the one comma stands as between thousands: one to three digits, not a zero alone, before it, three behind.
fn groups_thousands(text: &str) -> bool {
    let parted = text.split_once(',');
    parted.is_some_and(|(before, behind)| {
        (1..=3).contains(&before.len()) && before != "0" && behind.len() == 3
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact() {
        for (text, mark, expected) in [
            ("0", '.', "0"),
            ("-0.0", '.', "0"),
            ("+1234567.8900", '.', "1234567.89"),
            (" 3.5 ", '.', "3.5"),
            ("1,5", ',', "1.5"),
            (".5", '.', "0.5"),
            ("5.", '.', "5"),
            ("1.5E6", '.', "1500000"),
            ("1e-3", '.', "0.001"),
            ("100", '.', "100"),
            ("1.00000000000000000000000000000000000000", '.', "1"),
            (
                "79228162514264337593543950335",
                '.',
                "79228162514264337593543950335",
            ),
        ] {
            assert_eq!(
                parse_number(text, mark).unwrap().to_string(),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn faults_are_named() {
        use NumberFault::*;
        for (text, mark, fault) in [
            ("1,5", '.', DecimalComma),
            ("0,125", '.', DecimalComma),
            ("207,680", '.', CommaOfThree),
            ("-", '.', Dash),
            ("1.234,56", '.', DecimalComma),
            ("1.5", ',', DecimalPoint),
            ("1,234.56", '.', Grouped),
            ("1'234.56", '.', Grouped),
            ("1 234", '.', Grouped),
            ("1\u{a0}234", '.', NoBreakSpace),
            ("5\u{a0}", '.', NoBreakSpace),
            ("\u{2212}5", '.', UnicodeMinus),
            ("5%", '.', Percent),
            ("%", '.', NoNumber),
            ("\u{c}", '.', NoNumber),
            ("0.12345678901234567890123456789", '.', TooLong),
            (
                "99999999999999999999999999999999999999999999999",
                '.',
                TooLong,
            ),
            ("n/a", '.', NoNumber),
            ("", '.', NoNumber),
            ("1e999999999", '.', NoNumber),
            ("--5", '.', NoNumber),
            ("NaN", '.', NoNumber),
        ] {
            assert_eq!(parse_number(text, mark), Err(fault), "{text}");
        }
    }
}
