//! Where a loan ends, and its state at the start of a projection.

use super::State;
use super::annuity::annuity;
use super::exotic;
use super::terms::{Form, InterestBase, Loan};
use crate::contract::events::Moment;
use crate::contract::events::observed::Observed;
use crate::contract::events::terms::{Outcome, Terms};

/// The most payments that a contract may have.
pub const MOST: f64 = 100_000.0;

/// Finds the end of the contract where no term gives it: the number of payments that repay the notional.
pub fn resolve_maturity(
    loan: &mut Loan,
    terms: &Terms<'_>,
    to: Option<Moment>,
    observed: &Observed,
) -> Outcome<()> {
    let given = terms.moment("maturityDate");
    let missing = || {
        let expected = "a date, or the end of the projection in `to`";
        terms.refuse("maturityDate", expected);
        loan.issue
    };
    loan.maturity = match loan.form {
        Form::Bullet => given.unwrap_or_else(|| terms.required_moment("maturityDate")),
        Form::Exotic if loan.conventions.lists_end_with_projection => {
            given.or(to).unwrap_or_else(missing)
        }
        Form::Exotic => {
            let repaid = || exotic::repaid(terms, loan.notional, loan.basis.month_end);
            given.or_else(repaid).unwrap_or_else(|| {
                let expected = "a date; the amounts of principal never repay the notional";
                terms.refuse("maturityDate", expected);
                loan.issue
            })
        }
        Form::Open => {
            let ended = loan.termination.map(|deal| deal.at);
            to.or(ended).unwrap_or_else(|| {
                terms.refuse("to", "a date at which the projection ends");
                loan.issue
            })
        }
        Form::Call => {
            let call = observed.of("XD").next().map(|event| event.time);
            let repaid = call.map(|call| match terms.period("xDayNotice") {
                Some(notice) => loan.basis.after(call, notice),
                None => Ok(call),
            });
            match (given, repaid.transpose()?) {
                (Some(given), Some(repaid)) if loan.called_after(repaid, given) => given,
                (_, Some(repaid)) => {
                    loan.call = call;
                    repaid
                }
                (Some(given), None) => given,
                (None, None) => to.unwrap_or_else(missing),
            }
        }
        Form::Annuity => match given.or(loan.amortised_by) {
            Some(date) => date,
            None => end_of_payments(loan, terms)?,
        },
        Form::Linear | Form::Negative => match given {
            Some(date) => date,
            None => end_of_payments(loan, terms)?,
        },
    };
    Ok(())
}

/// The date of the payment that leaves nothing.
fn end_of_payments(loan: &Loan, terms: &Terms<'_>) -> Outcome<Moment> {
    terms.done()?;
    let term = "nextPrincipalRedemptionPayment";
    let refuse = |expected: &str| vec![terms.error(term, expected)];
    let Some(payment) = loan.next_redemption else {
        return Err(vec![terms.error(
            "maturityDate",
            "a date, or the amount of the next redemption",
        )]);
    };
    let Some(run) = loan.redemption.filter(|run| run.cycle.is_some()) else {
        let expected = "a cycle like `P1ML0`, because `maturityDate` is missing";
        return Err(vec![terms.error("cycleOfPrincipalRedemption", expected)]);
    };
    let status = loan.basis.status;
    // the place of the first payment to count from: the next one, or the one before the status date
    let mut place = i32::from(run.after_anchor);
    let mut next = 0.0;
    // an annuity without an anchor counts from one cycle after its exchange
    if !run.anchored && matches!(loan.form, Form::Negative | Form::Annuity) {
        place = 1;
    }
    if run.date(place).is_some_and(|date| date < status) {
        while run.date(place + 1).is_some_and(|date| date < status) {
            place += 1;
        }
        next = 1.0;
    }
    let date = |place: i32| run.date(place);
    let beyond = || {
        vec![terms.error(
            "maturityDate",
            "a date; the payments end beyond the calendar",
        )]
    };
    let mut principal = payment;
    if loan.form != Form::Linear {
        let (Some(from), Some(to)) = (date(place), date(place + 1)) else {
            return Err(beyond());
        };
        let rate = loan.rate.unwrap_or(0.0);
        principal -= loan.notional * loan.count().fraction(from, to) * rate;
    }
    if principal <= 0.0 {
        return Err(refuse(
            "an amount that repays some principal, or a `maturityDate`",
        ));
    }
    let count = libm::ceil(loan.notional / principal) - 1.0 + next;
    if !(0.0..MOST).contains(&count) {
        return Err(refuse(
            "an amount that repays the notional, or a `maturityDate`",
        ));
    }
    let end = date(place + count as i32).ok_or_else(beyond)?;
    if loan.form == Form::Linear {
        Ok(end)
    } else {
        loan.basis.shift(end)
    }
}

/// The state on the status date.
pub fn initial(loan: &Loan) -> Outcome<State> {
    let (basis, status) = (&loan.basis, loan.basis.status);
    let exchanged = loan.issue <= status;
    let notional = if exchanged {
        basis.sign * loan.notional
    } else {
        0.0
    };
    let base = match (loan.base, loan.base_amount) {
        (InterestBase::Notional, _) | (_, None) => notional,
        (_, Some(amount)) => basis.sign * amount,
    };
    let mut state = State {
        notional,
        rate: if exchanged {
            loan.rate.unwrap_or(0.0)
        } else {
            0.0
        },
        accrued: 0.0,
        fees: 0.0,
        base: if exchanged { base } else { 0.0 },
        redemption: 0.0,
        notional_scale: loan.scales.0,
        interest_scale: loan.scales.1,
        since: status,
        frozen: false,
    };
    if let Some(accrued) = loan.accrued {
        state.accrued = basis.sign * accrued;
    } else if exchanged && !loan.conventions.no_accrued_estimate && loan.rate.is_some() {
        let last = loan
            .interest
            .map_or(Vec::new(), |run| run.dates(loan.maturity, true));
        let last = last.into_iter().filter(|date| *date <= status).max();
        let from = last.unwrap_or(loan.issue).max(loan.issue);
        state.accrued = loan.fraction(from, status) * state.base * state.rate;
    }
    state.fees = accrued_fees(loan, &state, exchanged);
    state.redemption = match (loan.next_redemption, loan.form) {
        (Some(amount), _) => amount,
        (None, Form::Linear) => {
            let dates = loan
                .redemption
                .map_or(Vec::new(), |run| run.dates(loan.maturity, true));
            let count = dates.iter().filter(|date| **date > status).count();
            loan.notional / (count.max(1) as f64)
        }
        (None, Form::Annuity) if exchanged => basis.sign * annuity(loan, status, &state, false),
        _ => 0.0,
    };
    Ok(state)
}

/// Fees accrued up to the status date, with the contract's sign.
fn accrued_fees(loan: &Loan, state: &State, exchanged: bool) -> f64 {
    let (sign, status) = (loan.basis.sign, loan.basis.status);
    match (loan.accrued_fees, loan.fees) {
        (Some(accrued), _) if loan.conventions.accrued_fees_unsigned => accrued,
        (Some(accrued), _) => sign * accrued,
        (None, Some(fees)) if exchanged && !loan.conventions.no_accrued_estimate => {
            let dates = fees.run.dates(loan.maturity, true);
            let last = dates.into_iter().filter(|date| *date <= status).max();
            let from = last.unwrap_or(loan.issue).max(loan.issue);
            if fees.absolute {
                fees.part(loan, status)
            } else {
                loan.fraction(from, status) * state.notional * fees.rate
            }
        }
        _ => 0.0,
    }
}
