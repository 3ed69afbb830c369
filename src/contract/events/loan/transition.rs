//! What an event pays, and what it leaves.

use super::State;
use super::annuity::annuity;
use super::terms::{Form, InterestBase, Loan};
use crate::contract::events::Moment;
use crate::contract::events::event::{EventType, Planned};
use crate::contract::events::observed::Observed;
use crate::contract::events::terms::Outcome;

/// Lets an event happen: accrues up to it, changes the state, and says what it pays (positive when received).
pub fn step(loan: &Loan, state: &mut State, event: &Planned, observed: &Observed) -> Outcome<f64> {
    let sign = loan.basis.sign;
    accrue(loan, state, event.at);
    let payoff = match event.kind {
        EventType::InitialExchange => exchange(loan, state, event.at),
        EventType::PrincipalRedemption | EventType::PrincipalIncrease => redeem(loan, state, event),
        EventType::InterestPayment => {
            let paid = state.interest_scale * state.accrued;
            state.accrued = 0.0;
            paid
        }
        EventType::InterestCapitalisation => {
            state.notional += state.accrued;
            state.accrued = 0.0;
            if loan.base != InterestBase::Lagged {
                state.base = state.notional;
            }
            0.0
        }
        EventType::InterestBaseFixing => {
            state.base = state.notional;
            0.0
        }
        EventType::RateReset => {
            state.rate = reset(loan, state.rate, event, observed)?;
            0.0
        }
        EventType::RateResetKnown => {
            state.rate = event.amount.unwrap_or(state.rate);
            0.0
        }
        EventType::PaymentFixing => {
            state.redemption = sign * annuity(loan, event.at, state, false);
            0.0
        }
        EventType::FeePayment => {
            let paid = match loan.fees {
                Some(fees) if fees.absolute => sign * fees.rate,
                _ => state.fees,
            };
            state.fees = 0.0;
            paid
        }
        EventType::Scaling => {
            scale(loan, state, event.at, observed)?;
            0.0
        }
        EventType::Purchase => {
            let price = loan.purchase.map_or(0.0, |deal| deal.price);
            -handed_over(loan, price, state.accrued)
        }
        EventType::Termination => {
            let price = loan.termination.map_or(0.0, |deal| deal.price);
            let paid = handed_over(loan, price, state.accrued);
            end(state);
            paid
        }
        EventType::Maturity | EventType::Settlement => {
            let paid = state.notional_scale * state.notional;
            end(state);
            paid
        }
        EventType::Call => {
            state.frozen = loan.conventions.no_interest_after_call;
            0.0
        }
        _ => 0.0,
    };
    Ok(payoff)
}

/// Interest and fees up to an instant.
fn accrue(loan: &Loan, state: &mut State, at: Moment) {
    if !state.frozen {
        let base = match loan.form {
            Form::Bullet | Form::Call | Form::Open => state.notional,
            _ => state.base,
        };
        let year = loan.fraction(state.since, at);
        state.accrued = loan
            .conventions
            .round(state.accrued + year * state.rate * base);
    }
    if let Some(fees) = loan.fees {
        state.fees = if fees.absolute {
            fees.part(loan, at)
        } else {
            state.fees + loan.fraction(state.since, at) * state.notional * fees.rate
        };
    }
    state.since = at;
}

fn exchange(loan: &Loan, state: &mut State, at: Moment) -> f64 {
    let sign = loan.basis.sign;
    state.notional = sign * loan.notional;
    state.rate = loan.rate.unwrap_or(0.0);
    state.base = match (loan.base, loan.base_amount) {
        (InterestBase::Notional, _) | (_, None) => state.notional,
        (_, Some(amount)) => sign * amount,
    };
    state.accrued = match (loan.accrued, loan.interest_anchor) {
        (Some(accrued), _) => sign * accrued,
        (None, Some(anchor)) if anchor < at => {
            loan.fraction(anchor, at) * state.notional * state.rate
        }
        _ => 0.0,
    };
    if loan.form == Form::Annuity && loan.next_redemption.is_none() {
        state.redemption = sign * annuity(loan, at, state, true);
    }
    -sign * (loan.notional + loan.premium)
}

fn redeem(loan: &Loan, state: &mut State, event: &Planned) -> f64 {
    let sign = loan.basis.sign;
    let due = match loan.form {
        Form::Negative | Form::Annuity => state.redemption - sign * state.accrued,
        _ => event.amount.unwrap_or(state.redemption),
    };
    let part = match (loan.form, event.kind) {
        // an observed flow is what it is, in or out
        (Form::Open, _) => due,
        // what is left is the most that can be repaid; the published cases hold an increase to it as well
        (_, EventType::PrincipalIncrease) => -due.min(state.notional.abs()),
        _ => due.min(state.notional.abs()),
    };
    let part = loan.conventions.round(part);
    state.notional -= sign * part;
    let follows = match loan.base {
        InterestBase::Notional => true,
        InterestBase::AtIssue => loan.form == Form::Linear && loan.conventions.fixed_base_follows,
        InterestBase::Lagged => false,
    };
    if follows {
        state.base = state.notional;
    }
    sign * state.notional_scale * part
}

fn reset(loan: &Loan, rate: f64, event: &Planned, observed: &Observed) -> Outcome<f64> {
    let terms = &loan.resets;
    let term = "marketObjectCodeOfRateReset";
    let index = observed.value(&loan.basis, term, terms.code.as_deref(), event.at)?;
    let target = index * terms.multiplier + terms.spread + event.amount.unwrap_or(0.0);
    let change = (target - rate).max(terms.period.0).min(terms.period.1);
    Ok((rate + change).max(terms.life.0).min(terms.life.1))
}

fn scale(loan: &Loan, state: &mut State, at: Moment, observed: &Observed) -> Outcome<()> {
    let Some(scaling) = &loan.scaling else {
        return Ok(());
    };
    let term = "marketObjectCodeOfScalingIndex";
    let index = observed.value(&loan.basis, term, scaling.code.as_deref(), at)?;
    let factor = index / scaling.start;
    if scaling.interest {
        state.interest_scale = factor;
    }
    if scaling.notional {
        state.notional_scale = factor;
    }
    Ok(())
}

/// What a holder gets for the contract: its price with the accrued interest, each with the contract's sign.
fn handed_over(loan: &Loan, price: f64, accrued: f64) -> f64 {
    let sign = loan.basis.sign;
    if loan.conventions.accrued_signed_twice {
        sign * (price + accrued)
    } else {
        sign * price + accrued
    }
}

/// Nothing is left; the last rate stays to be seen.
fn end(state: &mut State) {
    state.notional = 0.0;
    state.accrued = 0.0;
    state.fees = 0.0;
    state.base = 0.0;
}
