//! The rows of `metrics.csv` and `metrics.parquet`: reported values, rounded as their unit is printed.

use std::cmp::Ordering;

use indexmap::IndexSet;

use crate::engine::observe::{MetricRecord, Value};
use crate::quantity::CurrencyCode;

/// Decimals of ratios, rates and numbers, and of the column `value` in Parquet.
pub const DECIMALS: u32 = 12;

/// The unit of a row whose value is undefined.
pub const UNDEFINED: &str = "undefined";

/// One row: a reported value at a point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Name of the exercise.
    pub exercise: String,
    /// Name of the scenario.
    pub scenario: String,
    /// ISO date.
    pub date: String,
    /// Short name of the metric if unique, else its path.
    pub metric: String,
    /// Dimensions of the break-down; empty for the total.
    pub dimension: String,
    /// Their values; empty for the total.
    pub member: String,
    /// The value times 10^12, already rounded to `digits`; `None` if undefined.
    pub value: Option<i128>,
    /// Decimals that are printed.
    pub digits: u32,
    /// `EUR`, `ratio`, `rate`, `d`, `number`, `bool` or `undefined`.
    pub unit: String,
}

/// A value is no decimal number or too large for the columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnprintableValue {
    /// The metric.
    pub metric: String,
    /// Its value as it came.
    pub value: String,
}

/// The reported records as rows, in text order (exercise, scenario, metric), then date, then member as it came.
pub fn rows(records: &[MetricRecord]) -> Result<Vec<Row>, UnprintableValue> {
    let mut order: IndexSet<(&str, &str, &str)> = IndexSet::new();
    let mut exercises: IndexSet<&str> = IndexSet::new();
    let mut scenarios: IndexSet<(&str, &str)> = IndexSet::new();
    let mut keyed: Vec<((usize, usize, usize), Row)> = Vec::new();
    for r in records.iter().filter(|r| r.reported) {
        let e = exercises.insert_full(&r.key.exercise).0;
        let s = scenarios.insert_full((&r.key.exercise, &r.key.scenario)).0;
        let m = order.insert_full((&r.key.exercise, "", &r.key.metric)).0;
        keyed.push(((e, s, m), row(r)?));
    }
    keyed.sort_by(|(a, x), (b, y)| {
        a.cmp(b)
            .then_with(|| x.date.cmp(&y.date))
            .then_with(|| total_first(x, y))
    });
    Ok(keyed.into_iter().map(|(_, row)| row).collect())
}

/// Totals stand before their parts; the parts stay as they came.
fn total_first(a: &Row, b: &Row) -> Ordering {
    b.dimension.is_empty().cmp(&a.dimension.is_empty())
}

fn row(r: &MetricRecord) -> Result<Row, UnprintableValue> {
    let digits = digits(&r.unit);
    let (value, unit) = match &r.value {
        Value::Undefined(_) => (None, UNDEFINED.to_string()),
        Value::Number(text) => {
            let fail = || UnprintableValue {
                metric: r.key.metric.clone(),
                value: text.clone(),
            };
            let rounded = scaled(text, digits).ok_or_else(fail)?;
            let value = rounded
                .checked_mul(10i128.pow(DECIMALS.saturating_sub(digits)))
                .ok_or_else(fail)?;
            (Some(value), r.unit.clone())
        }
    };
    Ok(Row {
        exercise: r.key.exercise.clone(),
        scenario: r.key.scenario.clone(),
        date: r.key.date.clone(),
        metric: r.key.metric.clone(),
        dimension: r.key.dimension.clone(),
        member: r.key.member.clone(),
        value,
        digits,
        unit,
    })
}

/// Decimals of a unit: a currency's quantum (minor unit / 100), whole days and truth values, else twelve.
pub fn digits(unit: &str) -> u32 {
    match unit {
        "d" | "bool" => 0,
        _ => match unit.parse::<CurrencyCode>() {
            Ok(currency) if unit.len() == 3 => currency.quantum_digits(),
            _ => DECIMALS,
        },
    }
}

/// Decimal text times 10^`digits`, rounded half to even. `None` if it is no decimal number or too large.
pub fn scaled(text: &str, digits: u32) -> Option<i128> {
    let (negative, body) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = body.split_once('.').unwrap_or((body, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value: i128 = 0;
    let mut push = |c: char| -> Option<()> {
        value = value
            .checked_mul(10)?
            .checked_add(i128::from(c.to_digit(10)?))?;
        Some(())
    };
    for c in whole.chars() {
        push(c)?;
    }
    let mut rest = fraction.chars();
    for _ in 0..digits {
        push(rest.next().unwrap_or('0'))?;
    }
    let dropped: Vec<u32> = rest.map(|c| c.to_digit(10)).collect::<Option<_>>()?;
    let up = match dropped.split_first() {
        None => false,
        Some((first, others)) => match first.cmp(&5) {
            Ordering::Greater => true,
            Ordering::Less => false,
            Ordering::Equal => others.iter().any(|d| *d != 0) || value % 2 == 1,
        },
    };
    let value = if up { value.checked_add(1)? } else { value };
    Some(if negative { -value } else { value })
}

/// A number times 10^12 as text with `digits` decimals, which it has been rounded to before.
pub fn fixed(value: i128, digits: u32) -> String {
    let unit = 10u128.pow(DECIMALS);
    let (whole, fraction) = (value.unsigned_abs() / unit, value.unsigned_abs() % unit);
    let sign = if value < 0 { "-" } else { "" };
    let all = format!("{fraction:0width$}", width = DECIMALS as usize);
    match all.get(..digits as usize) {
        Some(shown) if digits > 0 => format!("{sign}{whole}.{shown}"),
        _ => format!("{sign}{whole}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_text_is_rounded_once_half_to_even() {
        let cases = [
            ("1.00005", 4, Some(10000)),
            ("1.00015", 4, Some(10002)),
            ("-1.00015", 4, Some(-10002)),
            ("1.000050001", 4, Some(10001)),
            ("-0.00001", 4, Some(0)),
            ("12", 0, Some(12)),
            (".5", 0, Some(0)),
            ("1.5", 0, Some(2)),
            ("", 0, None),
            ("1e5", 0, None),
            ("99999999999999999999999999999999999999999", 0, None),
        ];
        for (text, digits, value) in cases {
            assert_eq!(scaled(text, digits), value, "{text}");
        }
    }

    #[test]
    fn printed_with_the_decimals_of_the_unit() {
        for (unit, text, printed) in [
            ("EUR", "-1234.56785", "-1234.5678"),
            ("JPY", "7.005", "7.00"),
            ("KWD", "1", "1.00000"),
            ("d", "183", "183"),
            ("ratio", "1.5449", "1.544900000000"),
        ] {
            let d = digits(unit);
            let value = scaled(text, d).unwrap() * 10i128.pow(DECIMALS - d);
            assert_eq!(fixed(value, d), printed, "{unit}");
        }
    }
}
