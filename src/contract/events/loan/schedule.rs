//! Schedules of what ends on a known day: bullets, linear and negative amortisers, annuities.

use super::terms::{Form, InterestBase, Loan};
use crate::contract::events::Moment;
use crate::contract::events::cycle::Run;
use crate::contract::events::event::{EventType, Planned};
use crate::contract::events::terms::Outcome;

/// An event that is rolled to a business day.
pub fn rolled(loan: &Loan, at: Moment, kind: EventType) -> Outcome<Planned> {
    Ok(Planned {
        paid: loan.basis.shift(at)?,
        ..Planned::fixed(at, kind)
    })
}

/// Rolled events of a kind.
pub fn all(loan: &Loan, dates: Vec<Moment>, kind: EventType) -> Outcome<Vec<Planned>> {
    dates.into_iter().map(|at| rolled(loan, at, kind)).collect()
}

/// Resets of the rate before the end; the first after the status date is known where a term gives it.
pub fn resets(loan: &Loan, end: Moment) -> Outcome<Vec<Planned>> {
    let dates = loan
        .resets
        .run
        .map_or(Vec::new(), |run| run.dates(end, false));
    let mut events = all(loan, dates, EventType::RateReset)?;
    if let Some(rate) = loan.resets.next {
        let next = events.iter_mut().find(|event| event.at > loan.basis.status);
        if let Some(event) = next {
            (event.kind, event.amount) = (EventType::RateResetKnown, Some(rate));
        }
    }
    Ok(events)
}

/// Payments of fees up to the end.
pub fn fees(loan: &Loan, end: Moment) -> Outcome<Vec<Planned>> {
    let dates = loan
        .fees
        .map_or(Vec::new(), |fees| fees.run.dates(end, true));
    all(loan, dates, EventType::FeePayment)
}

/// Purchase and termination.
pub fn deals(loan: &Loan) -> impl Iterator<Item = Planned> {
    let purchase = loan
        .purchase
        .map(|deal| Planned::fixed(deal.at, EventType::Purchase));
    let end = loan
        .termination
        .map(|deal| Planned::fixed(deal.at, EventType::Termination));
    purchase.into_iter().chain(end)
}

/// Payments of interest, and what of them is capitalised.
pub fn interest(loan: &Loan, dates: Vec<Moment>) -> Outcome<Vec<Planned>> {
    let mut events = all(loan, dates, EventType::InterestPayment)?;
    if let Some(end) = loan.capitalised_to {
        let last = rolled(loan, end, EventType::InterestCapitalisation)?;
        events.retain(|event| event.paid != last.paid);
        for event in events.iter_mut().filter(|event| event.key() <= last.key()) {
            event.kind = EventType::InterestCapitalisation;
        }
        events.push(last);
    }
    Ok(events)
}

/// The events of a loan's whole life, in no order.
pub fn plan(loan: &mut Loan) -> Outcome<Vec<Planned>> {
    let loan = &*loan;
    let end = loan.maturity;
    let mut events = vec![Planned::fixed(loan.issue, EventType::InitialExchange)];
    events.push(match loan.form {
        Form::Bullet | Form::Annuity if loan.conventions.maturity_not_rolled => {
            Planned::fixed(end, EventType::Maturity)
        }
        _ => rolled(loan, end, EventType::Maturity)?,
    });
    if loan.form != Form::Bullet {
        let dates = loan
            .redemption
            .map_or(Vec::new(), |run| run.dates(end, false));
        events.extend(all(loan, dates, EventType::PrincipalRedemption)?);
    }
    if loan.rate.is_some() {
        let dates = loan.interest.map_or(Vec::new(), |run| run.dates(end, true));
        events.extend(interest(loan, dates)?);
    }
    let resets = resets(loan, end)?;
    if loan.form == Form::Annuity {
        let fixings = resets.iter().map(|reset| reset.paid);
        events.extend(fixings.map(|at| Planned::fixed(at, EventType::PaymentFixing)));
        events.extend(first_fixing(loan));
    }
    events.extend(resets);
    events.extend(fees(loan, end)?);
    events.extend(changes(loan, end)?);
    events.extend(deals(loan));
    Ok(events)
}

/// What changes the factor on payments, or what interest is calculated on.
pub fn changes(loan: &Loan, end: Moment) -> Outcome<Vec<Planned>> {
    let dates = |run: Option<Run>| run.map_or(Vec::new(), |run| run.dates(end, false));
    let scaling = loan.scaling.as_ref().and_then(|scaling| scaling.run);
    let mut events = all(loan, dates(scaling), EventType::Scaling)?;
    if loan.base == InterestBase::Lagged {
        let fixings = dates(loan.base_run);
        events.extend(all(loan, fixings, EventType::InterestBaseFixing)?);
    }
    Ok(events)
}

/// The day before the first redemption, on which a payment that no term gives is fixed; where that is before the initial
/// exchange, the exchange fixes it.
fn first_fixing(loan: &Loan) -> Option<Planned> {
    let run = loan.redemption?;
    if loan.next_redemption.is_some() {
        return None;
    }
    let day = run.anchor.add_days(-1).ok()?;
    (day >= loan.issue).then(|| Planned::fixed(day, EventType::PaymentFixing))
}
