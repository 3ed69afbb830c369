//! Sums in records: what does not end as a decimal is cut so that the parts still add up to the last digit.

use super::observe::{Combine, Term, Value};
use crate::quantity::Rational;
use num_bigint::BigInt;

/// Significant digits of a value in a record, and of any sum of such values.
const DIGITS: usize = 28;

/// Decimals at most.
const DECIMALS: u32 = 28;

/// The number that decimal text of any length says; `None` if it says none.
pub fn number(text: &str) -> Option<Rational> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{whole}{fraction}");
    let unsigned = digits.strip_prefix('-').unwrap_or(&digits);
    if unsigned.is_empty() || !unsigned.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let decimals = u32::try_from(fraction.len()).ok()?;
    Rational::from_wide(digits.parse().ok()?, BigInt::from(10).pow(decimals)).ok()
}

/// A number that ends within 28 decimals, in plain digits without closing zeros.
pub fn exactly(x: &Rational) -> String {
    cut(x, DECIMALS)
}

/// Whether the parts add up to a value; `None` if one of them is no number, or there are none.
pub fn adds_up(value: &Value, terms: &[Term]) -> Option<bool> {
    let whole = amount(value)?;
    let parts: Vec<Rational> = amounts(terms)?;
    (!parts.is_empty()).then(|| parts.into_iter().sum::<Rational>() == whole)
}

/// Makes the parts of each sum below a value add up to it. Where the digits of a record do not do for that, all numbers of the
/// sum are rounded to as many decimals as its largest amounts leave room for, and the largest part takes what is then left.
pub fn settle(value: &mut Value, combine: Combine, terms: &mut [Term]) {
    if combine != Combine::Sum {
        for term in terms {
            settle(&mut term.amount, term.combine, &mut term.terms);
        }
        return;
    }
    if all_add_up(value, terms) {
        return;
    }
    if let (Some(whole), Some(size)) = (amount(value), size(value, terms)) {
        let integer = size.to_fixed(0).len();
        let room = DIGITS.saturating_sub(if size < Rational::ONE { 0 } else { integer });
        let decimals = u32::try_from(room).map_or(DECIMALS, |room| room.min(DECIMALS));
        *value = Value::Number(cut(&whole, decimals));
        share(value, terms, decimals);
    }
}

fn amount(value: &Value) -> Option<Rational> {
    match value {
        Value::Number(text) => number(text),
        Value::Undefined(_) => None,
    }
}

fn amounts(terms: &[Term]) -> Option<Vec<Rational>> {
    terms.iter().map(|term| amount(&term.amount)).collect()
}

/// The sums below a sum.
fn is_sum(term: &Term) -> bool {
    term.combine == Combine::Sum && !term.terms.is_empty()
}

fn all_add_up(value: &Value, terms: &[Term]) -> bool {
    adds_up(value, terms) != Some(false)
        && terms
            .iter()
            .all(|term| !is_sum(term) || all_add_up(&term.amount, &term.terms))
}

/// The largest sum of sizes on any level.
fn size(value: &Value, terms: &[Term]) -> Option<Rational> {
    let parts: Rational = amounts(terms)?.iter().map(Rational::abs).sum();
    let own = amount(value)?.abs().max(parts);
    let below = terms.iter().filter(|term| is_sum(term));
    let below = below.filter_map(|term| size(&term.amount, &term.terms));
    Some(below.fold(own, Rational::max))
}

fn share(value: &Value, terms: &mut [Term], decimals: u32) {
    let (Some(whole), Some(parts)) = (amount(value), amounts(terms)) else {
        return;
    };
    let texts: Vec<String> = parts.iter().map(|part| cut(part, decimals)).collect();
    let sum: Rational = texts.iter().filter_map(|text| number(text)).sum();
    let rest = &whole - &sum;
    let largest =
        (0..parts.len()).max_by_key(|at| (parts.get(*at).map(Rational::abs), usize::MAX - at));
    for (at, (term, text)) in terms.iter_mut().zip(texts).enumerate() {
        term.amount = Value::Number(match number(&text) {
            Some(part) if Some(at) == largest => cut(&(&part + &rest), decimals),
            _ => text,
        });
        if is_sum(term) {
            share(&term.amount, &mut term.terms, decimals);
        }
    }
}

/// A number rounded to so many decimals, without closing zeros.
fn cut(x: &Rational, decimals: u32) -> String {
    let text = x.to_fixed(decimals);
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn term(amount: &str, combine: Combine, terms: Vec<Term>) -> Term {
        Term {
            label: String::new(),
            amount: Value::Number(amount.into()),
            unit: String::new(),
            metric: None,
            combine,
            terms,
        }
    }

    fn leaf(amount: &str) -> Term {
        term(amount, Combine::Formula, vec![])
    }

    fn texts(terms: &[Term]) -> Vec<String> {
        let text = |term: &Term| match &term.amount {
            Value::Number(text) => text.clone(),
            Value::Undefined(reason) => reason.clone(),
        };
        terms.iter().map(text).collect()
    }

    #[test]
    fn decimal_text_is_read_whole() {
        for (text, again) in [
            ("-0.50", "-0.5"),
            (
                "1234567890123456789012345678901234567890.25",
                "1234567890123456789012345678901234567890.25",
            ),
            ("-.5", "-0.5"),
            ("700", "700"),
        ] {
            assert_eq!(exactly(&number(text).unwrap()), again);
        }
        for text in ["", "-", ".", "1e5", "1_0", "0.-5", "+-1"] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn what_adds_up_stays_as_it_is() {
        let mut terms = vec![leaf("1.25"), leaf("-0.05")];
        let mut value = Value::Number("1.2".into());
        let before = terms.clone();
        settle(&mut value, Combine::Sum, &mut terms);
        assert_eq!((value, terms), (Value::Number("1.2".into()), before));
    }

    #[test]
    fn the_largest_part_takes_the_last_digit_on_every_level() {
        // thirds of 1000, 100 and 10, and the thirds of 1000 by contract
        let contracts = vec![
            leaf("166.6666666666666666666666667"),
            leaf("166.6666666666666666666666667"),
        ];
        let mut terms = vec![
            leaf("33.33333333333333333333333333"),
            term("333.3333333333333333333333333", Combine::Sum, contracts),
            leaf("3.333333333333333333333333333"),
        ];
        let mut value = Value::Number("370".into());
        settle(&mut value, Combine::Sum, &mut terms);
        assert_eq!(
            texts(&terms),
            [
                "33.3333333333333333333333333",
                "333.3333333333333333333333334",
                "3.3333333333333333333333333"
            ]
        );
        assert_eq!(adds_up(&value, &terms), Some(true));
        assert_eq!(adds_up(&terms[1].amount, &terms[1].terms), Some(true));
    }

    #[test]
    fn parts_that_cancel_leave_a_small_sum_exact() {
        let mut terms = vec![
            leaf("1234567890123.333333333333333"),
            leaf("-1234567890123"),
        ];
        let mut value = Value::Number("0.3333333333333333333333333333".into());
        settle(&mut value, Combine::Sum, &mut terms);
        assert_eq!(value, Value::Number("0.333333333333333".into()));
        assert_eq!(adds_up(&value, &terms), Some(true));
    }
}
