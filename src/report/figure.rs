//! Numbers as people read them: few digits, thousands parted, the unit behind.

use crate::trace::row::{DECIMALS, UNDEFINED};

const ONE: i128 = 10i128.pow(DECIMALS);

/// What is printed for an undefined value.
pub const NONE: &str = "n/a";

/// A value times 10^12 in its unit: `154.5 %`, `1,234.56mn EUR`, `183 d`; `n/a` without one.
pub fn figure(value: Option<i128>, unit: &str) -> String {
    let Some(value) = value else {
        return NONE.into();
    };
    match unit {
        UNDEFINED => NONE.into(),
        "ratio" => format!("{} %", rounded(value.saturating_mul(100), 1)),
        "rate" => format!("{} %", rounded(value.saturating_mul(100), 3)),
        "d" => format!("{} d", rounded(value, 0)),
        "bool" => if value == 0 { "no" } else { "yes" }.into(),
        "number" => rounded(value, 4),
        currency => format!("{} {currency}", amount(value)),
    }
}

/// An amount to the minor unit: `5,000,000.00 EUR`.
pub fn in_full(value: Option<i128>, currency: &str) -> String {
    match value {
        Some(value) => format!("{} {currency}", rounded(value, 2)),
        None => NONE.into(),
    }
}

/// One unit for all figures of a metric, so that they compare at a glance.
pub struct Scale {
    /// What stands beside the metric's name: `%`, `mn EUR`, `d`.
    pub unit: String,
    raw: String,
    divisor: i128,
}

impl Scale {
    /// The scale at which the largest of the values (times 10^12, in `unit`) reads well.
    pub fn of(unit: &str, values: impl Iterator<Item = i128>) -> Self {
        let (divisor, unit_shown) = match unit {
            "ratio" | "rate" => (1, "%".to_owned()),
            "d" => (1, unit.to_owned()),
            "bool" | "number" | UNDEFINED | "" => (1, String::new()),
            currency => {
                let largest = values.map(i128::unsigned_abs).max().unwrap_or(0);
                let (divisor, word) = magnitude(largest);
                (
                    divisor,
                    format!("{word} {currency}").trim_start().to_owned(),
                )
            }
        };
        Scale {
            unit: unit_shown,
            raw: unit.to_owned(),
            divisor,
        }
    }

    /// A value without its unit; `n/a` without one.
    pub fn figure(&self, value: Option<i128>) -> String {
        let Some(value) = value else {
            return NONE.into();
        };
        match self.raw.as_str() {
            "ratio" => rounded(value.saturating_mul(100), 1),
            "rate" => rounded(value.saturating_mul(100), 3),
            "d" => rounded(value, 0),
            "bool" | "number" | UNDEFINED | "" => figure(Some(value), &self.raw),
            _ => rounded(value / self.divisor, 2),
        }
    }

    /// A difference with its sign: ratios in percentage points, rates in basis points; `–` for none.
    pub fn change(&self, from: Option<i128>, to: Option<i128>) -> String {
        let (Some(from), Some(to)) = (from, to) else {
            return NONE.into();
        };
        let difference = to.saturating_sub(from);
        if difference == 0 {
            return "–".into();
        }
        let text = match self.raw.as_str() {
            "ratio" => format!("{} pp", rounded(difference.saturating_mul(100), 1)),
            "rate" => format!("{} bp", rounded(difference.saturating_mul(10_000), 1)),
            _ => self.figure(Some(difference)),
        };
        if text.starts_with('-') {
            text
        } else {
            format!("+{text}")
        }
    }
}

/// The divisor and its word that leave three to six digits before the point of an amount times 10^12.
fn magnitude(size: u128) -> (i128, &'static str) {
    match size / ONE.unsigned_abs() {
        0..100_000 => (1, ""),
        100_000..1_000_000_000_000 => (1_000_000, "mn"),
        _ => (1_000_000_000, "bn"),
    }
}

/// An amount of money at its own scale.
fn amount(value: i128) -> String {
    let (divisor, word) = magnitude(value.unsigned_abs());
    format!("{}{word}", rounded(value / divisor, 2))
}

/// A value times 10^12 with so many decimals, half away from zero, thousands parted by commas. Never `-0`.
fn rounded(value: i128, digits: u32) -> String {
    let step = 10u128.pow(DECIMALS.saturating_sub(digits));
    let units = value.unsigned_abs().saturating_add(step / 2) / step;
    let scale = 10u128.pow(digits);
    let whole = grouped(&(units / scale).to_string());
    let sign = if value < 0 && units > 0 { "-" } else { "" };
    if digits == 0 {
        format!("{sign}{whole}")
    } else {
        format!(
            "{sign}{whole}.{:0width$}",
            units % scale,
            width = digits as usize
        )
    }
}

fn grouped(digits: &str) -> String {
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_as_in_a_report() {
        let at = |text: &str| crate::trace::row::scaled(text, 12);
        for (value, unit, text) in [
            ("1.5446", "ratio", "154.5 %"),
            ("0.02125", "rate", "2.125 %"),
            ("1234567890.12", "EUR", "1,234.57mn EUR"),
            ("-2500000000000", "IDR", "-2,500.00bn IDR"),
            ("99999.994", "EUR", "99,999.99 EUR"),
            ("-0.001", "EUR", "0.00 EUR"),
            ("183", "d", "183 d"),
            ("1", "bool", "yes"),
        ] {
            assert_eq!(figure(at(value), unit), text);
        }
        assert_eq!(figure(None, "undefined"), "n/a");
        let money = Scale::of("EUR", [at("-0.5"), at("104250000")].into_iter().flatten());
        assert_eq!(money.unit, "mn EUR");
        assert_eq!(money.figure(at("1250000")), "1.25");
        assert_eq!(money.change(at("100000000"), at("104250000")), "+4.25");
        assert_eq!(money.change(at("1"), at("1")), "–");
        let ratio = Scale::of("ratio", std::iter::empty());
        assert_eq!(ratio.change(at("1.2"), at("1.05")), "-15.0 pp");
    }
}
