//! Exact arithmetic and comparison of values. Units were checked when the text was compiled; what is held here is currencies and `undefined`.

use super::evaluate::{mismatch, pair_mismatch};
use super::table::compare_tenors;
use super::{Refusal, Scope, Undefined, Value, codes};
use crate::calendar::{Date, Period, Tenor};
use crate::plan::{Comparison, Domain, Fold, Operator, Plan, Type};
use crate::quantity::{Currency, Rational};
use std::cmp::Ordering;

pub(super) fn negate(value: Value) -> Result<Value, Refusal> {
    Ok(match value {
        Value::Number(x) => Value::Number(-x),
        Value::Money(x, currency) => Value::Money(-x, currency),
        Value::Tenor(t) => Value::Tenor(t.times(-1).ok_or_else(too_long)?),
        Value::Undefined(reason) => Value::Undefined(reason),
        other => return Err(mismatch("a number", &other)),
    })
}

/// `a + b` and its like. `ty` is the type of the result: it tells `number * tenor` (a tenor) from `rate * tenor` (a ratio).
pub(super) fn apply(
    operator: Operator,
    a: Value,
    b: Value,
    ty: &Type,
    scope: &dyn Scope,
) -> Result<Value, Refusal> {
    use Operator::{Add, Divide, Multiply, Subtract};
    use Value::{Money, Number};
    Ok(match (operator, a, b) {
        (_, Value::Undefined(reason), _) | (_, _, Value::Undefined(reason)) => {
            Value::Undefined(reason)
        }

        (Add, Number(a), Number(b)) => Number(a + b),
        (Subtract, Number(a), Number(b)) => Number(a - b),
        (Multiply, Number(a), Number(b)) => Number(a * b),
        (Divide, Number(a), Number(b)) => divided(a, b, Number),

        (Add | Subtract, Money(a, c), Number(zero)) if zero.is_zero() => Money(a, c),
        (Add, Number(zero), Money(b, c)) if zero.is_zero() => Money(b, c),
        (Subtract, Number(zero), Money(b, c)) if zero.is_zero() => Money(-b, c),
        (Add | Subtract | Divide, Money(a, c), Money(b, d)) => {
            let (a, b, currency) = aligned(a, c, b, d, scope)?;
            match operator {
                Add => Money(a + b, currency),
                Subtract => Money(a - b, currency),
                _ => divided(a, b, Number),
            }
        }
        (Multiply, Money(a, c), Number(b)) | (Multiply, Number(b), Money(a, c)) => Money(a * b, c),
        (Divide, Money(a, c), Number(b)) => divided(a, b, |x| Money(x, c)),
        (Divide, Number(a), Money(b, _)) if a.is_zero() => divided(a, b, Number),

        (Multiply, Number(x), Value::Tenor(t)) | (Multiply, Value::Tenor(t), Number(x)) => match ty
        {
            Type::Tenor => Value::Tenor(times(t, &x)?),
            _ => Number(x * years(t)?),
        },
        (Multiply, Money(x, c), Value::Tenor(t)) | (Multiply, Value::Tenor(t), Money(x, c)) => {
            Money(x * years(t)?, c)
        }
        (Add, Value::Tenor(a), Value::Tenor(b)) => add_tenors(a, b, scope.anchor())?,
        (Subtract, Value::Tenor(a), Value::Tenor(b)) => {
            add_tenors(a, b.times(-1).ok_or_else(too_long)?, scope.anchor())?
        }
        (Add, Value::Date(d), Value::Tenor(t)) | (Add, Value::Tenor(t), Value::Date(d)) => {
            Value::Date(moved(d, t)?)
        }
        (Subtract, Value::Date(d), Value::Tenor(t)) => {
            Value::Date(moved(d, t.times(-1).ok_or_else(too_long)?)?)
        }
        (Subtract, Value::Date(a), Value::Date(b)) => Value::Tenor(Tenor::days(a.days_since(b))),
        (_, a, b) => {
            let what = match operator {
                Add => "add",
                Subtract => "subtract",
                Multiply => "multiply",
                Divide => "divide",
            };
            return Err(pair_mismatch(scope, what, &a, &b));
        }
    })
}

fn divided(a: Rational, b: Rational, kind: impl Fn(Rational) -> Value) -> Value {
    match a.divide(&b) {
        Ok(x) => kind(x),
        Err(_) => Value::Undefined(Undefined::DivisionByZero),
    }
}

/// Two amounts in one currency. Where they differ (a stated amount in a slice of another currency), both go to the currency of the place.
fn aligned(
    a: Rational,
    c: Currency,
    b: Rational,
    d: Currency,
    scope: &dyn Scope,
) -> Result<(Rational, Rational, Currency), Refusal> {
    if c == d {
        return Ok((a, b, c));
    }
    let Some(to) = scope.currency() else {
        return Err(
            Refusal::new(codes::CURRENCIES_DIFFER, format!("{c} and {d} do not add"))
                .help(format!("convert one: `… in {c}`")),
        );
    };
    let a = if c == to {
        a
    } else {
        a * scope.exchange_rate(c, to)?
    };
    let b = if d == to {
        b
    } else {
        b * scope.exchange_rate(d, to)?
    };
    Ok((a, b, to))
}

/// A length in years, of months and years only: `rate * tenor` in days has no exact meaning without a day count.
fn years(tenor: Tenor) -> Result<Rational, Refusal> {
    match tenor.in_months() {
        Some(months) => Ok(Rational::new(i128::from(months), 12).unwrap_or_default()),
        None => Err(Refusal::new(
            codes::WRONG_KIND,
            format!("`{tenor}` is no part of a year by itself"),
        )
        .help("write months or years, or `rate * year_fraction(from, to, act/365)`")),
    }
}

/// The number, if it is a whole one that counts units of time or factors.
pub(super) fn whole(x: &Rational) -> Option<i32> {
    let n = x.to_scaled(0).ok()?;
    if Rational::integer(n) == *x {
        i32::try_from(n).ok()
    } else {
        None
    }
}

/// A whole power, exact, by repeated squaring.
pub(super) fn power(base: &Rational, exponent: u32) -> Rational {
    let (mut result, mut square, mut rest) = (Rational::ONE, base.clone(), exponent);
    while rest > 0 {
        if rest & 1 == 1 {
            result = &result * &square;
        }
        rest >>= 1;
        if rest > 0 {
            square = &square * &square;
        }
    }
    result
}

fn times(tenor: Tenor, x: &Rational) -> Result<Tenor, Refusal> {
    match whole(x) {
        Some(n) => tenor.times(n).ok_or_else(too_long),
        None => Err(Refusal::new(
            codes::WRONG_KIND,
            format!("a length of time times {x} is no whole number of its units"),
        )
        .help("tenors are multiplied by whole numbers")),
    }
}

fn add_tenors(a: Tenor, b: Tenor, anchor: Option<Date>) -> Result<Value, Refusal> {
    let days = |a: Option<i32>, b: Option<i32>| a.zip(b).and_then(|(a, b)| a.checked_add(b));
    if let Some(d) = days(a.in_days(), b.in_days()) {
        return Ok(Value::Tenor(Tenor::days(d)));
    }
    if let Some(m) = days(a.in_months(), b.in_months()) {
        return Ok(Value::Tenor(Tenor::months(m)));
    }
    let Some(anchor) = anchor else {
        return Err(mixed_units(a, b));
    };
    let end = moved(moved(anchor, a)?, b)?;
    Ok(Value::Tenor(Tenor::days(end.days_since(anchor))))
}

fn mixed_units(a: Tenor, b: Tenor) -> Refusal {
    Refusal::new(
        codes::WRONG_KIND,
        format!("`{a}` and `{b}`: months and days do not compare"),
    )
}

fn moved(date: Date, by: Tenor) -> Result<Date, Refusal> {
    by.after(date)
        .map_err(|e| Refusal::new(codes::OUT_OF_RANGE, e.to_string()))
}

fn too_long() -> Refusal {
    Refusal::new(codes::OUT_OF_RANGE, "a length of time beyond the calendar")
}

/// A quantity per period as one per year: shares by 1-(1-m)^n, amounts and numbers by n periods a year.
pub(super) fn per_year(value: Value, period: Period) -> Result<Value, Refusal> {
    let n: u32 = match period {
        Period::Day => 365,
        Period::Week => 52,
        Period::Month => 12,
        Period::Quarter => 4,
        Period::Year => 1,
    };
    Ok(match value {
        Value::Money(x, currency) => Value::Money(x * Rational::from(i64::from(n)), currency),
        Value::Number(x) if n == 1 => Value::Number(x),
        Value::Number(x) => {
            let stays = power(&(Rational::ONE - x), n);
            Value::Number(Rational::ONE - stays)
        }
        Value::Undefined(reason) => Value::Undefined(reason),
        other => return Err(mismatch("a share or an amount", &other)),
    })
}

/// One comparison, exact. An empty cell is different from every text.
pub fn compare(
    comparison: Comparison,
    a: &Value,
    b: &Value,
    scope: &dyn Scope,
) -> Result<Value, Refusal> {
    let text = |v: &Value| matches!(v, Value::Text(_));
    let empty = |v: &Value| *v == Value::Undefined(Undefined::EmptyCell);
    if (empty(a) && text(b)) || (text(a) && empty(b)) {
        match comparison {
            Comparison::Equal => return Ok(Value::Bool(false)),
            Comparison::NotEqual => return Ok(Value::Bool(true)),
            _ => {}
        }
    }
    if let Value::Undefined(reason) = a {
        return Ok(Value::Undefined(*reason));
    }
    if let Value::Undefined(reason) = b {
        return Ok(Value::Undefined(*reason));
    }
    let order = order(a, b, scope)?;
    Ok(Value::Bool(match comparison {
        Comparison::Equal => order == Ordering::Equal,
        Comparison::NotEqual => order != Ordering::Equal,
        Comparison::Less => order == Ordering::Less,
        Comparison::LessOrEqual => order != Ordering::Greater,
        Comparison::Greater => order == Ordering::Greater,
        Comparison::GreaterOrEqual => order != Ordering::Less,
    }))
}

/// The order of two defined values. Values that have none (members of an unordered dimension) are equal or ordered by place.
pub(super) fn order(a: &Value, b: &Value, scope: &dyn Scope) -> Result<Ordering, Refusal> {
    Ok(match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.cmp(b),
        (Value::Money(a, c), Value::Money(b, d)) if c == d => a.cmp(b),
        (Value::Money(a, c), Value::Money(b, d)) => {
            let (a, b, _) = aligned(a.clone(), *c, b.clone(), *d, scope)?;
            a.cmp(&b)
        }
        (Value::Money(a, _), Value::Number(zero)) if zero.is_zero() => a.cmp(zero),
        (Value::Number(zero), Value::Money(b, _)) if zero.is_zero() => zero.cmp(b),
        (Value::Tenor(a), Value::Tenor(b)) => {
            compare_tenors(*a, *b, scope.anchor()).ok_or_else(|| mixed_units(*a, *b))?
        }
        (Value::Tenor(t), Value::Number(zero)) if zero.is_zero() => t.count.cmp(&0),
        (Value::Number(zero), Value::Tenor(t)) if zero.is_zero() => 0.cmp(&t.count),
        (Value::Date(a), Value::Date(b)) => a.cmp(b),
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Currency(a), Value::Currency(b)) => a.cmp(b),
        (Value::Band(d, a), Value::Band(e, b)) if d == e => a.cmp(b),
        (Value::Member(d, a), Value::Member(e, b)) if d == e => {
            if better_first(scope.plan(), *d) {
                b.cmp(a)
            } else {
                a.cmp(b)
            }
        }
        (Value::Daycount(a), Value::Daycount(b)) => {
            if a == b {
                Ordering::Equal
            } else {
                Ordering::Less
            }
        }
        (Value::Scenario(a), Value::Scenario(b)) => a.cmp(b),
        (a, b) => return Err(pair_mismatch(scope, "compare", a, b)),
    })
}

/// An ordered dimension lists the better first: `AAA > AA`.
fn better_first(plan: &Plan, dimension: crate::plan::DimensionId) -> bool {
    matches!(
        plan.dimensions.get(dimension.index()).map(|d| &d.domain),
        Some(Domain::Closed { ordered: true, .. })
    )
}

/// Many values to one. `sum` spreads what is undefined; the other folds skip it.
pub fn fold(
    fold: Fold,
    values: impl Iterator<Item = Value>,
    scope: &dyn Scope,
) -> Result<Value, Refusal> {
    let any = Type::Unknown;
    let mut count: i64 = 0;
    let mut result: Option<Value> = None;
    for value in values {
        if value.is_undefined() {
            if fold == Fold::Sum {
                return Ok(value);
            }
            continue;
        }
        let counts = !matches!((fold, &value), (Fold::Count, Value::Bool(false)));
        count += i64::from(counts);
        result = Some(match (fold, result) {
            (_, None) => value,
            (Fold::Sum | Fold::Average, Some(so_far)) => {
                apply(Operator::Add, so_far, value, &any, scope)?
            }
            (Fold::Min, Some(so_far)) => {
                if order(&value, &so_far, scope)? == Ordering::Less {
                    value
                } else {
                    so_far
                }
            }
            (Fold::Max, Some(so_far)) => {
                if order(&value, &so_far, scope)? == Ordering::Greater {
                    value
                } else {
                    so_far
                }
            }
            (Fold::First | Fold::Count, Some(so_far)) => so_far,
            (Fold::Last, Some(_)) => value,
        });
    }
    match (fold, result) {
        (Fold::Count, _) => Ok(Value::Number(Rational::from(count))),
        (Fold::Sum, None) => Ok(Value::zero()),
        (_, None) => Ok(Value::Undefined(Undefined::Nothing)),
        (Fold::Average, Some(sum)) => apply(
            Operator::Divide,
            sum,
            Value::Number(Rational::from(count)),
            &any,
            scope,
        ),
        (_, Some(value)) => Ok(value),
    }
}
