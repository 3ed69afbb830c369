//! The premium or discount of the book value over the nominal, and how it is released to interest income.

use crate::calendar::Date;
use crate::quantity::multiply_divide_half_even;

use super::{
    Accrual, AccrualKind, AccruedBalance, Columns, ContractError, Fixings, Floating, FlowKind,
    IndexId, LegTerms, Recorder, Span, Term, project_one,
};
use crate::quantity::Rate;

/// The part of a premium that is released on a day, in quanta; of a discount negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Release {
    /// The day.
    pub day: Date,
    /// Unamortised the day before less unamortised on the day.
    pub amount: i128,
}

/// How the opening premium `premium` (book value less nominal, quanta; negative for a discount) of one position is released
/// over the contractual schedule, told at the days of `days` (ascending) and at its last due day, where the rest goes: the
/// releases sum to `premium`, and the unamortised premium at a day does not depend on which other days are asked for.
///
/// Fixed and client rates: by the effective rate, `N + premium + accrued = sum of flows * (1+y)^-(days/365)` on due days;
/// what is unamortised at t is the present value of the flows after t at y, less nominal and accrued interest at t. Index
/// rates: in proportion to outstanding nominal times days. A contract without maturity releases nothing.
pub fn release_premium(
    terms: &LegTerms,
    columns: &Columns,
    position: usize,
    span: Span,
    premium: i128,
    days: &[Date],
) -> Result<Vec<Release>, ContractError> {
    if premium == 0 || !terms.repayment.is_dated() {
        return Ok(Vec::new());
    }
    // only the principal of a floating contract is looked at, so any rate will do
    let any = AnyRate;
    let indexed = matches!(terms.accrual, Accrual::Index { .. });
    let floating = if indexed {
        Floating::Rates(&any)
    } else {
        Floating::Exposures
    };
    let record = project_one(terms, columns, position, span, floating)?;
    let refuse = |reason: &str| ContractError::new(position, Term::Book, reason);
    let nominal = columns.principal.get(position).copied().unwrap_or(0);
    let Some(last) = record.flows.iter().map(|flow| flow.due).max() else {
        return Err(refuse("a premium of a position that pays nothing"));
    };
    let unamortised: Box<dyn Fn(Date) -> Option<i128>> = if indexed {
        by_outstanding(&record, premium, span.valuation)
    } else {
        let valuation = span.valuation;
        Box::new(
            by_effective_rate(&record, position, nominal, premium, valuation).ok_or_else(|| {
                refuse("the book value has no effective rate: what it pays never comes to it")
            })?,
        )
    };
    let mut left = premium;
    let mut releases = Vec::new();
    let inside = days
        .iter()
        .copied()
        .filter(|day| *day > span.valuation && *day < last);
    for day in inside.chain([last]) {
        let next = if day < last {
            unamortised(day).ok_or_else(|| refuse("the premium is too large to be counted"))?
        } else {
            0
        };
        if next != left {
            releases.push(Release {
                day,
                amount: left - next,
            });
            left = next;
        }
    }
    Ok(releases)
}

struct AnyRate;

impl Fixings for AnyRate {
    fn rate(&self, _: IndexId, _: Date, _: Date, _: Date) -> Option<Rate> {
        Some(Rate::ZERO)
    }
}

/// Unamortised in proportion to the sum of outstanding nominal over the days to come.
fn by_outstanding(
    record: &Recorder<i128>,
    premium: i128,
    valuation: Date,
) -> Box<dyn Fn(Date) -> Option<i128>> {
    let repaid: Vec<(Date, i128)> = record
        .flows
        .iter()
        .filter(|f| f.kind == FlowKind::Principal)
        .map(|f| (f.due, f.amount))
        .collect();
    // a balance of N stands for each day until it is repaid: the sum over repayments of amount * days left
    let weight = move |day: Date| {
        repaid
            .iter()
            .filter(|(due, _)| *due > day)
            .try_fold(0i128, |sum, (due, amount)| {
                sum.checked_add(amount.checked_mul(i128::from(*due - day))?)
            })
    };
    let whole = weight(valuation).unwrap_or(0).max(1);
    Box::new(move |day| multiply_divide_half_even(premium, weight(day)?, whole).ok())
}

/// The value of the flows after each due day at the effective rate, and what is unamortised at any day.
fn by_effective_rate(
    record: &Recorder<i128>,
    position: usize,
    nominal: i128,
    premium: i128,
    valuation: Date,
) -> Option<impl Fn(Date) -> Option<i128> + use<>> {
    // one amount a due day: days from the valuation day, all of it, and its principal
    let mut flows: Vec<(i32, f64, i128)> = Vec::new();
    for flow in record
        .flows
        .iter()
        .filter(|flow| flow.kind != FlowKind::Margin)
    {
        let days = flow.due - valuation;
        let principal = if flow.kind == FlowKind::Principal {
            flow.amount
        } else {
            0
        };
        match flows.last_mut() {
            Some(last) if last.0 == days => {
                last.1 += flow.amount as f64;
                last.2 += principal;
            }
            _ => flows.push((days, flow.amount as f64, principal)),
        }
    }
    let opening = record
        .accrued(position, AccrualKind::Interest, valuation)
        .to_f64();
    let dirty = (nominal + premium) as f64 + opening;
    let rate = effective_rate(&flows, dirty)?;
    let accruals: Vec<_> = record
        .accruals
        .iter()
        .filter(|(_, c)| c.kind == AccrualKind::Interest)
        .map(|(_, c)| *c)
        .collect();
    Some(move |day: Date| {
        let t = day - valuation;
        let (mut value, mut outstanding) = (0.0, 0i128);
        for (days, amount, principal) in flows.iter().rev().take_while(|(days, ..)| *days > t) {
            value += amount * libm::exp(-rate * f64::from(days - t) / 365.0);
            outstanding = outstanding.checked_add(*principal)?;
        }
        let mut balance = AccruedBalance::default();
        accruals
            .iter()
            .filter(|change| change.day <= day)
            .for_each(|change| balance.add(change));
        let unamortised = value - outstanding as f64 - balance.at(day).to_f64();
        (unamortised.abs() < 9e18).then(|| i128::from(libm::rint(unamortised) as i64))
    })
}

/// The continuous rate at which the flows are worth `dirty`. Newton's steps on a falling convex function: from the second on
/// they come from one side.
fn effective_rate(flows: &[(i32, f64, i128)], dirty: f64) -> Option<f64> {
    if dirty <= 0.0 || flows.iter().any(|(_, amount, _)| *amount < 0.0) {
        return None;
    }
    let mut rate = 0.0;
    for _ in 0..200 {
        let (mut value, mut slope) = (0.0, 0.0);
        for (days, amount, _) in flows {
            let years = f64::from(*days) / 365.0;
            let now = amount * libm::exp(-rate * years);
            value += now;
            slope -= now * years;
        }
        let step = (value - dirty) / slope;
        if !step.is_finite() {
            return None;
        }
        rate -= step;
        if step.abs() <= 1e-15 * rate.abs().max(0.01) {
            return Some(rate);
        }
    }
    // the last digit may go to and fro: good to 1e-14 all the same
    Some(rate)
}
