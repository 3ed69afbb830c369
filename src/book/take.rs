//! From a formula's value to what a column holds, with every check of a single value.

use super::fault::{EMPTY, Fault};
use super::mapping::{Kind, Slot};
use super::row::RowScope;
use crate::calendar::{Date, Tenor};
use crate::diagnostic::codes::run::{UNKNOWN_MEMBER, WRONG_KIND};
use crate::diagnostic::nearest;
use crate::formula::{Refusal, Undefined, Value, coerce, evaluate};
use crate::plan::{DimensionId, Domain, Node, Operator, Plan, Type};
use crate::quantity::{Currency, Quanta, Rate, Rational};
use crate::tabular::{CellError, shortened};
use rust_decimal::Decimal;
use std::sync::Arc;

/// A checked value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Taken {
    Text(Arc<str>),
    Currency(Currency),
    Amount(Quanta),
    Date(Date),
    Tenor(Tenor),
    Flag(bool),
    Rate(Rate),
    Value(Value),
}

/// Why there is none.
#[derive(Debug)]
pub(super) enum Miss {
    /// The row is wrong: rejected or set aside.
    Row(Box<Fault>),
    /// The text does not cover what the file holds: always refused.
    Text(Refusal),
}

impl Miss {
    fn row(fault: Fault) -> Miss {
        Miss::Row(Box::new(fault))
    }
}

/// Reads a slot of a row.
pub(super) fn take(slot: &Slot<'_>, scope: &RowScope<'_>) -> Result<Taken, Miss> {
    if let Some(taken) = take_plain(slot, scope)? {
        return Ok(taken);
    }
    scope.empty.set(None);
    let value = match evaluate(slot.expression, scope) {
        Ok(value) => value,
        Err(refusal) => {
            return Err(match scope.fault.take() {
                Some(error) => Miss::row(Fault::of_cell(&slot.key, error)),
                None => Miss::Text(refusal),
            });
        }
    };
    checked(slot, scope, value)
}

/// A bare column, or one times a constant.
fn plain<'a>(slot: &Slot<'a>) -> Option<(&'a String, Option<Decimal>)> {
    match &slot.expression.node {
        Node::Column(name) => Some((name, None)),
        Node::Arithmetic(Operator::Multiply, a, b) => match (&a.node, &b.node) {
            (Node::Column(name), Node::Number(factor)) => Some((name, Some(*factor))),
            _ => None,
        },
        _ => None,
    }
}

/// The usual mappings, a bare number or date column or one times a constant, without going through exact fractions.
fn take_plain(slot: &Slot<'_>, scope: &RowScope<'_>) -> Result<Option<Taken>, Miss> {
    let cell = |error: CellError| Miss::row(Fault::of_cell(&slot.key, error));
    let Some((name, factor)) = plain(slot) else {
        return Ok(None);
    };
    let Some(column) = scope.columns.get(name.as_str()) else {
        return Ok(None);
    };
    match slot.kind {
        Kind::Amount { signed, currency } => {
            let Some(currency) = currency.or(scope.currency) else {
                return Ok(None);
            };
            let Some(units) = column.number(scope.row).map_err(cell)? else {
                return Err(missing(slot, scope, name));
            };
            let Some(units) = product(units, factor) else {
                return Ok(None);
            };
            if !signed && units.is_sign_negative() && !units.is_zero() {
                return Err(negative(slot, scope));
            }
            let quanta =
                Quanta::from_decimal(units, currency).map_err(|_| wrong(slot, scope, TOO_LARGE))?;
            Ok(Some(Taken::Amount(quanta)))
        }
        Kind::Rate => {
            let Some(rate) = column.number(scope.row).map_err(cell)? else {
                return Err(missing(slot, scope, name));
            };
            let Some(rate) = product(rate, factor) else {
                return Ok(None);
            };
            if rate.abs() > Decimal::ONE {
                return Err(percent(slot, scope));
            }
            Rate::contractual(rate)
                .map(|rate| Some(Taken::Rate(rate)))
                .map_err(|_| wrong(slot, scope, MORE_THAN_TEN))
        }
        Kind::Date if factor.is_none() => match column.date(scope.row).map_err(cell)? {
            Some(day) => Ok(Some(Taken::Date(day))),
            None => Err(missing(slot, scope, name)),
        },
        Kind::Currency if factor.is_none() => match column.text(scope.row).map_err(cell)? {
            Some(text) => match text.parse() {
                Ok(currency) => Ok(Some(Taken::Currency(currency))),
                Err(_) => Err(Miss::row(unknown_currency(slot, scope))),
            },
            None => Err(missing(slot, scope, name)),
        },
        Kind::Dimension(id) if factor.is_none() => {
            match scope.plan.dimensions.get(id.index()).map(|d| &d.domain) {
                Some(Domain::Closed { members, .. }) => {
                    match column.text(scope.row).map_err(cell)? {
                        Some(text) => match (0u32..)
                            .zip(members)
                            .find(|(_, m)| m.spelling.as_deref().unwrap_or(&m.name) == text)
                        {
                            Some((place, _)) => Ok(Some(Taken::Value(Value::Member(id, place)))),
                            None => Err(Miss::Text(unknown_member(scope.plan, slot, id, &text))),
                        },
                        None => Err(missing(slot, scope, name)),
                    }
                }
                _ => Ok(None),
            }
        }
        Kind::Text if factor.is_none() => match column.text(scope.row).map_err(cell)? {
            Some(text) => Ok(Some(Taken::Text(text.as_ref().into()))),
            None => Err(missing(slot, scope, name)),
        },
        _ => Ok(None),
    }
}

/// The exact product; `None` where it has too many digits for it.
fn product(number: Decimal, factor: Option<Decimal>) -> Option<Decimal> {
    let Some(factor) = factor else {
        return Some(number);
    };
    let scale = number.scale() + factor.scale();
    let mantissa = number.mantissa().checked_mul(factor.mantissa())?;
    Decimal::try_from_i128_with_scale(mantissa, scale).ok()
}

const TOO_LARGE: &str = "is too large to be counted";
const MORE_THAN_TEN: &str = "has more than ten decimals as a fraction";

fn checked(slot: &Slot<'_>, scope: &RowScope<'_>, value: Value) -> Result<Taken, Miss> {
    if let Value::Undefined(reason) = &value {
        let open = match slot.kind {
            Kind::Dimension(id) => matches!(
                scope.plan.dimensions.get(id.index()).map(|d| &d.domain),
                Some(Domain::Open(_))
            ),
            _ => false,
        };
        return match (reason, open) {
            // Not every loan has a cover pool: an attribute without a list of values may be empty.
            (Undefined::EmptyCell, true) => Ok(Taken::Value(value)),
            (Undefined::EmptyCell, false) => {
                let column = scope.empty.get().unwrap_or_default().to_owned();
                Err(missing(slot, scope, &column))
            }
            (reason, _) => Err(wrong(
                slot,
                scope,
                &format!("gives no `{}`: {}", slot.key, reason.reason()),
            )),
        };
    }
    match slot.kind {
        Kind::Text => match value {
            Value::Text(text) => Ok(Taken::Text(text)),
            Value::Number(number) => Ok(Taken::Text(
                number
                    .to_decimal()
                    .unwrap_or_default()
                    .normalize()
                    .to_string()
                    .into(),
            )),
            other => Err(kind(slot, scope, &other, "a text")),
        },
        Kind::Currency => match value {
            Value::Currency(currency) => Ok(Taken::Currency(currency)),
            Value::Text(text) => text
                .parse()
                .map(Taken::Currency)
                .map_err(|_| Miss::row(unknown_currency(slot, scope))),
            other => Err(kind(slot, scope, &other, "a currency")),
        },
        Kind::Amount { signed, currency } => {
            let Some(due) = currency.or(scope.currency) else {
                return Err(kind(slot, scope, &value, "an amount in a known currency"));
            };
            let units = match value {
                Value::Number(units) => units,
                Value::Money(units, is) if is == due || units.is_zero() || currency.is_some() => {
                    units
                }
                Value::Money(..) => {
                    return Err(wrong(
                        slot,
                        scope,
                        "is in another currency than its position",
                    ));
                }
                other => return Err(kind(slot, scope, &other, "an amount")),
            };
            if !signed && units.signum() < 0 {
                return Err(negative(slot, scope));
            }
            Quanta::from_rational(&units, due)
                .map(Taken::Amount)
                .map_err(|_| wrong(slot, scope, TOO_LARGE))
        }
        Kind::Date => match value {
            Value::Date(day) => Ok(Taken::Date(day)),
            other => Err(kind(slot, scope, &other, "a date")),
        },
        Kind::Flag => match value {
            Value::Bool(flag) => Ok(Taken::Flag(flag)),
            other => Err(kind(slot, scope, &other, "true or false")),
        },
        Kind::Tenor { zero } => match value {
            Value::Tenor(tenor) if tenor.is_positive() || zero && tenor.count == 0 => {
                Ok(Taken::Tenor(tenor))
            }
            Value::Tenor(_) => Err(wrong(
                slot,
                scope,
                "is no length of time: it must be longer than nothing",
            )),
            other => Err(kind(slot, scope, &other, "a tenor")),
        },
        Kind::Rate => match value {
            Value::Number(rate) => {
                if rate.abs() > Rational::ONE {
                    return Err(percent(slot, scope));
                }
                let exact = rate
                    .to_scaled(10)
                    .ok()
                    .and_then(|steps| Rational::new(steps, 10_000_000_000).ok());
                match (exact == Some(rate.clone()), Rate::from_rational(&rate)) {
                    (true, Ok(rate)) => Ok(Taken::Rate(rate)),
                    _ => Err(wrong(slot, scope, MORE_THAN_TEN)),
                }
            }
            other => Err(kind(slot, scope, &other, "a rate")),
        },
        Kind::Ratio { below } => match value {
            Value::Number(ratio) => {
                if ratio.signum() < 0 {
                    return Err(negative(slot, scope));
                }
                if ratio >= Rational::integer(i128::from(below)) {
                    let reason = if below == 1 {
                        "takes everything: a haircut lies below 100%"
                    } else {
                        "is 1000% of nominal or more"
                    };
                    return Err(Miss::row(
                        fault(slot, scope, reason).help(percent_help(slot)),
                    ));
                }
                Rate::from_rational(&ratio)
                    .map(Taken::Rate)
                    .map_err(|_| wrong(slot, scope, TOO_LARGE))
            }
            other => Err(kind(slot, scope, &other, "a ratio")),
        },
        Kind::Dimension(id) => attribute(slot, scope, id, value),
    }
}

/// The value of a dimension, held to its list.
fn attribute(
    slot: &Slot<'_>,
    scope: &RowScope<'_>,
    id: DimensionId,
    value: Value,
) -> Result<Taken, Miss> {
    let Some(dimension) = scope.plan.dimensions.get(id.index()) else {
        return Ok(Taken::Value(value));
    };
    let coerced = match coerce(value, &Type::Member(id), scope) {
        Ok(coerced) => coerced,
        Err(refusal) => return Err(Miss::Text(refusal)),
    };
    let fits = match (&dimension.domain, &coerced) {
        (Domain::Closed { .. }, Value::Member(is, _)) | (Domain::Bands(_), Value::Band(is, _)) => {
            *is == id
        }
        (Domain::Open(Type::Text), Value::Text(_))
        | (Domain::Open(Type::Bool), Value::Bool(_))
        | (Domain::Open(Type::Date), Value::Date(_)) => true,
        (Domain::Open(Type::Text), Value::Number(number)) => {
            let text = number
                .to_decimal()
                .unwrap_or_default()
                .normalize()
                .to_string();
            return Ok(Taken::Value(Value::Text(text.into())));
        }
        (Domain::Open(Type::Text | Type::Bool | Type::Date), _) => false,
        (Domain::Open(_), _) => true,
        _ => false,
    };
    if fits {
        Ok(Taken::Value(coerced))
    } else {
        Err(kind(
            slot,
            scope,
            &coerced,
            &format!("a value of `{}`", slot.key),
        ))
    }
}

/// The refusal of a text that a closed dimension does not list.
fn unknown_member(plan: &Plan, slot: &Slot<'_>, id: DimensionId, text: &str) -> Refusal {
    let refusal = Refusal::new(
        UNKNOWN_MEMBER,
        format!("`{}` is no value of `{}`", shortened(text), slot.key),
    );
    let Some(Domain::Closed { members, .. }) = plan.dimensions.get(id.index()).map(|d| &d.domain)
    else {
        return refusal;
    };
    let spellings = members
        .iter()
        .map(|m| m.spelling.as_deref().unwrap_or(&m.name));
    let refusal = match crate::tabular::nearest(text, spellings.clone()) {
        Some(near) => refusal.help(format!("did you mean `{near}`?")),
        None => refusal.help(format!(
            "its values are {}",
            spellings
                .map(|s| format!("`{s}`"))
                .collect::<Vec<_>>()
                .join(", ")
        )),
    };
    refusal.at(slot.expression.span)
}

/// The column that a slot's faults are told of, and its cell.
fn place<'a>(slot: &Slot<'a>, scope: &RowScope<'_>) -> (&'a str, String) {
    let name = slot.columns.first().copied().unwrap_or_default();
    let value = scope
        .columns
        .get(name)
        .and_then(|column| column.text(scope.row).ok().flatten());
    (name, value.map(|v| shortened(&v)).unwrap_or_default())
}

fn fault(slot: &Slot<'_>, scope: &RowScope<'_>, reason: &str) -> Fault {
    let (column, value) = place(slot, scope);
    Fault::new(&slot.key, column, value, reason)
}

/// A fault of the slot's first column.
pub(super) fn wrong(slot: &Slot<'_>, scope: &RowScope<'_>, reason: &str) -> Miss {
    Miss::row(fault(slot, scope, reason))
}

/// A value below nothing: that of the cell, or what a formula makes of it.
fn negative(slot: &Slot<'_>, scope: &RowScope<'_>) -> Miss {
    if plain(slot).is_some() || slot.columns.is_empty() {
        wrong(slot, scope, "is negative")
    } else {
        wrong(slot, scope, &format!("makes `{}` negative", slot.key))
    }
}

fn missing(slot: &Slot<'_>, scope: &RowScope<'_>, column: &str) -> Miss {
    let column = if column.is_empty() {
        slot.columns.first().copied().unwrap_or_default()
    } else {
        column
    };
    let fault = Fault::new(&slot.key, column, String::new(), EMPTY);
    Miss::row(match slot.kind {
        Kind::Text => fault.help(format!("every position needs its `{}`", slot.key)),
        _ if column.is_empty() => fault,
        _ => fault.help(format!("an empty cell is missing, never 0; `value([{column}], otherwise = …)` says what it means")),
    })
    .of(scope)
}

impl Miss {
    /// A position of the text has settings, not cells.
    fn of(mut self, scope: &RowScope<'_>) -> Miss {
        if let (Miss::Row(fault), Some(_)) = (&mut self, scope.id) {
            fault.help = None;
        }
        self
    }
}

fn percent(slot: &Slot<'_>, scope: &RowScope<'_>) -> Miss {
    let mut fault = fault(slot, scope, "is a rate beyond ±100%").help(percent_help(slot));
    fault.percent = true;
    Miss::row(fault)
}

/// How a file in percent is mapped.
pub(super) fn percent_help(slot: &Slot<'_>) -> String {
    match slot.columns.first() {
        Some(column) => format!("a file in percent is written `[{column}] * 1%`"),
        None => "rates are fractions: `4.5%` or `0.045`".to_owned(),
    }
}

fn unknown_currency(slot: &Slot<'_>, scope: &RowScope<'_>) -> Fault {
    let fault = fault(slot, scope, "is no currency");
    let known = [
        "EUR", "USD", "GBP", "JPY", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "CAD", "AUD",
    ];
    match nearest(&fault.value.to_uppercase(), known).or_else(|| {
        known
            .iter()
            .find(|k| fault.value.eq_ignore_ascii_case(k))
            .copied()
    }) {
        Some(near) => fault.help(format!("did you mean `{near}`?")),
        None => fault.help("currencies are written as three capital letters, `EUR`"),
    }
}

/// A formula that yields another kind of value than its place asks for.
fn kind(slot: &Slot<'_>, scope: &RowScope<'_>, value: &Value, due: &str) -> Miss {
    let refusal = Refusal::new(
        WRONG_KIND,
        format!("`{}` is {}, {due} is due", slot.key, value.kind()),
    );
    Miss::Text(refusal.at(slot.expression.span.or_else(|| scope.slots.span(&slot.key))))
}
