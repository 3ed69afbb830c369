//! The fixed library of functions. Transcendental functions are computed in binary by `libm` and rounded to 15 decimals where
//! they become exact numbers.

use super::arithmetic::{power, whole};
use super::evaluate::mismatch;
use super::{Refusal, Scope, Undefined, Value, codes};
use crate::calendar::{AccrualContext, Roll};
use crate::plan::{Builtin, Type};
use crate::quantity::Rational;

pub(super) fn call(
    function: Builtin,
    arguments: Vec<Value>,
    ty: &Type,
    scope: &dyn Scope,
) -> Result<Value, Refusal> {
    if let Some(undefined) = arguments.iter().find(|a| a.is_undefined()) {
        return Ok(undefined.clone());
    }
    let mut arguments = arguments.into_iter();
    let mut next = || {
        arguments
            .next()
            .ok_or_else(|| Refusal::new(codes::WRONG_KIND, "an argument is missing"))
    };
    match function {
        Builtin::Exp => binary(next()?, libm::exp),
        Builtin::Log => binary(next()?, libm::log),
        Builtin::Sqrt => binary(next()?, libm::sqrt),
        Builtin::Logistic => binary(next()?, |x| 1.0 / (1.0 + libm::exp(-x))),
        Builtin::Power => {
            let (base, exponent) = (number(next()?)?, number(next()?)?);
            match whole(&exponent) {
                // Whole exponents are exact: a share kept for a year is (1 - m)^12.
                Some(n) if (0..=64).contains(&n) => {
                    Ok(Value::Number(power(&base, n.unsigned_abs())))
                }
                Some(n) if (-64..0).contains(&n) => {
                    let inverse = Rational::ONE.divide(&power(&base, n.unsigned_abs()));
                    Ok(inverse.map_or(Value::Undefined(Undefined::DivisionByZero), Value::Number))
                }
                _ => Ok(rounded_binary(libm::pow(base.to_f64(), exponent.to_f64()))),
            }
        }
        Builtin::Abs => Ok(match next()? {
            Value::Number(x) => Value::Number(x.abs()),
            Value::Money(x, currency) => Value::Money(x.abs(), currency),
            Value::Tenor(t) if t.count < 0 => super::arithmetic::negate(Value::Tenor(t))?,
            Value::Tenor(t) => Value::Tenor(t),
            other => return Err(mismatch("a number", &other)),
        }),
        Builtin::Rounded => rounded(next()?, next()?),
        Builtin::YearFraction => match (next()?, next()?, next()?) {
            (Value::Date(from), Value::Date(to), Value::Daycount(count)) => {
                let fraction = count
                    .year_fraction(from, to, &AccrualContext::default())
                    .map_err(|e| Refusal::new(codes::OUT_OF_RANGE, e.to_string()))?;
                let years = Rational::new(
                    i128::from(fraction.numerator),
                    i128::from(fraction.denominator),
                );
                Ok(years.map_or(Value::Undefined(Undefined::DivisionByZero), Value::Number))
            }
            (other, _, _) => Err(mismatch("a date", &other)),
        },
        Builtin::Following => business_day(next()?, next()?, Roll::Following, scope),
        Builtin::ModifiedFollowing => {
            business_day(next()?, next()?, Roll::ModifiedFollowing, scope)
        }
        Builtin::Preceding => business_day(next()?, next()?, Roll::Preceding, scope),
        Builtin::ZeroRate => match (next()?, number(next()?)?) {
            (Value::Currency(currency), years) => {
                scope.zero_rate(currency, &years).map(Value::Number)
            }
            (other, _) => Err(mismatch("a currency", &other)),
        },
    }
    .map(|value| match (ty, value) {
        (Type::Money(_), Value::Number(x)) if !x.is_zero() => scope
            .currency()
            .map_or(Value::Number(x.clone()), |c| Value::Money(x, c)),
        (_, value) => value,
    })
}

fn number(value: Value) -> Result<Rational, Refusal> {
    match value {
        Value::Number(x) => Ok(x),
        other => Err(mismatch("a number", &other)),
    }
}

fn binary(value: Value, function: impl Fn(f64) -> f64) -> Result<Value, Refusal> {
    Ok(rounded_binary(function(number(value)?.to_f64())))
}

fn rounded_binary(x: f64) -> Value {
    Rational::from_f64_rounded(x)
        .map_or(Value::Undefined(Undefined::OutsideFunction), Value::Number)
}

/// The nearest multiple, half to even.
fn rounded(value: Value, multiple: Value) -> Result<Value, Refusal> {
    let nearest = |x: &Rational, step: &Rational| x.round_to_multiple(step).ok();
    let zero = Value::Undefined(Undefined::DivisionByZero);
    Ok(match (value, multiple) {
        (Value::Number(x), Value::Number(step)) => nearest(&x, &step).map_or(zero, Value::Number),
        (Value::Money(x, c), Value::Money(step, d)) if c == d => {
            nearest(&x, &step).map_or(zero, |r| Value::Money(r, c))
        }
        (Value::Tenor(x), Value::Tenor(step)) => {
            let counts = x
                .in_months()
                .zip(step.in_months())
                .or_else(|| x.in_days().zip(step.in_days()));
            let Some((count, by)) = counts else {
                return Err(Refusal::new(
                    codes::WRONG_KIND,
                    format!("`{x}` has no multiples of `{step}`"),
                ));
            };
            let times =
                Rational::new(i128::from(count), i128::from(by)).and_then(|t| t.to_scaled(0));
            let times = times.ok().and_then(|t| i32::try_from(t).ok());
            match times.and_then(|t| step.times(t)) {
                Some(tenor) => Value::Tenor(tenor),
                None => zero,
            }
        }
        (value, _) => return Err(mismatch("a number, an amount or a length of time", &value)),
    })
}

fn business_day(
    day: Value,
    calendar: Value,
    roll: Roll,
    scope: &dyn Scope,
) -> Result<Value, Refusal> {
    match (day, calendar) {
        (Value::Date(day), Value::Text(name)) => {
            scope.business_day(day, &name, roll).map(Value::Date)
        }
        (Value::Date(_), other) => Err(mismatch("a business calendar", &other)),
        (other, _) => Err(mismatch("a date", &other)),
    }
}
