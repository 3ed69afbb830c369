//! Schedules of money on call: interest is capitalised on its cycle and paid once, at the end.

use super::schedule::{all, deals, fees, resets, rolled};
use super::terms::Loan;
use crate::contract::events::event::{EventType, Planned};
use crate::contract::events::terms::Outcome;

/// The events of the whole life, in no order.
pub fn plan(loan: &Loan) -> Outcome<Vec<Planned>> {
    let end = loan.maturity;
    let mut running = Vec::new();
    let dates = loan
        .interest
        .filter(|run| run.cycle.is_some())
        .map_or(Vec::new(), |run| run.dates(end, false));
    running.extend(all(loan, dates, EventType::InterestCapitalisation)?);
    running.extend(resets(loan, end)?);
    running.extend(fees(loan, end)?);
    let last = |kind| {
        if loan.conventions.maturity_not_rolled {
            Ok(Planned::fixed(end, kind))
        } else {
            rolled(loan, end, kind)
        }
    };
    let mut events = vec![
        Planned::fixed(loan.issue, EventType::InitialExchange),
        last(EventType::InterestPayment)?,
    ];
    if let Some(call) = loan.call {
        // the call stops capitalisation and resets; what is owed up to its settlement stays
        running.retain(|event| event.paid < call || event.kind == EventType::FeePayment);
        events.push(Planned::fixed(call, EventType::Call));
        events.push(last(EventType::Settlement)?);
    } else {
        events.push(last(EventType::Maturity)?);
    }
    events.extend(running);
    events.extend(deals(loan));
    Ok(events)
}
