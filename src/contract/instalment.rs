//! The level payment of an annuity: by payments a year, or exact under the day count.

use super::error::Fault;
use super::timeline::Event;
use super::{Amount, Fraction, LegTerms, Repayment, Term};
use crate::calendar::Tenor;
use crate::quantity::{QuantityError, Rate};

/// What an annuity has to pay.
#[derive(Clone, Copy)]
pub(super) struct Owed<A> {
    /// Outstanding.
    pub balance: A,
    /// Accrued and not yet paid.
    pub pending: A,
    /// What the payments leave for maturity.
    pub balloon: A,
    /// A year.
    pub rate: Rate,
}

/// The level payment of an annuity with so many payments to come, by payments a year.
pub(super) fn level_payment<A: Amount>(
    terms: &LegTerms,
    balance: A,
    rate: Fraction,
    payments: i64,
) -> Result<A, Fault> {
    let Repayment::Annuity { every } = terms.repayment else {
        return Ok(A::default());
    };
    let (numerator, denominator) = part_of_year(every)?;
    Ok(balance.level_payment(
        rate,
        numerator,
        denominator,
        payments,
        terms.round.unwrap_or(1),
    )?)
}

/// The nominal part of a year between two payments.
fn part_of_year(every: Tenor) -> Result<(i64, i64), Fault> {
    match (every.in_months(), every.in_days()) {
        (Some(months), _) => Ok((i64::from(months), 12)),
        (_, Some(days)) => Ok((i64::from(days), 365)),
        _ => Err(Fault {
            term: Term::Repays,
            reason: format!("`every` is {every}: a schedule needs a step"),
        }),
    }
}

/// The level payment over the events to come; a balloon bears interest and is paid beside the last.
pub(super) fn level<A: Amount>(
    terms: &LegTerms,
    owed: Owed<A>,
    events: &[Event],
) -> Result<A, Fault> {
    if terms.exact_payment {
        return Ok(exact(owed, events, terms.round.unwrap_or(1))?);
    }
    let payments = events.iter().filter(|event| event.happens.principal);
    let payments = i64::try_from(payments.count()).unwrap_or(i64::MAX).max(1);
    let rate = Fraction::of_rate(owed.rate);
    let repaid = if owed.balance.less_than(owed.balloon) {
        A::default()
    } else {
        owed.balance.minus(owed.balloon)?
    };
    let payment = level_payment(terms, repaid, rate, payments)?;
    let Repayment::Annuity { every } = terms.repayment else {
        return Ok(payment);
    };
    if owed.balloon.is_nothing() {
        return Ok(payment);
    }
    let (numerator, denominator) = part_of_year(every)?;
    let unit = terms.round.unwrap_or(1);
    let kept = owed.balloon.interest(rate, numerator, denominator, unit)?;
    Ok(payment.plus(kept)?)
}

/// The payment that is level under the day count and stubs of the events themselves.
fn exact<A: Amount>(owed: Owed<A>, events: &[Event], unit: i64) -> Result<A, QuantityError> {
    let mut pending = owed.pending;
    let (mut periods, mut year) = (Vec::with_capacity(events.len()), (0i64, 1i64));
    for event in events {
        year = sum(year, (event.numerator, event.denominator))?;
        if event.happens.principal {
            periods.push(year);
        } else if event.happens.interest {
            // what accrued before payments of principal start is paid before them
            pending = A::default();
        } else {
            continue;
        }
        year = (0, 1);
    }
    let rate = Fraction::of_rate(owed.rate);
    owed.balance
        .exact_payment(pending, owed.balloon, rate, &periods, unit)
}

/// The sum of two parts of a year.
fn sum(one: (i64, i64), other: (i64, i64)) -> Result<(i64, i64), QuantityError> {
    if one.0 == 0 {
        return Ok(other);
    }
    let denominator = num_integer::lcm(i128::from(one.1), i128::from(other.1));
    let scaled = |(n, d): (i64, i64)| i128::from(n) * (denominator / i128::from(d));
    let narrow = |x: i128| i64::try_from(x).map_err(|_| QuantityError::Overflow);
    Ok((narrow(scaled(one) + scaled(other))?, narrow(denominator)?))
}
