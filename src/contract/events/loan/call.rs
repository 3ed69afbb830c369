//! Schedules of money on call: interest is capitalised on its cycle and paid once, at the end.

use super::schedule::{all, deals, fees, resets};
use super::terms::Loan;
use crate::contract::events::event::{EventType, Planned};
use crate::contract::events::terms::Outcome;

/// The events of the whole life, in no order.
pub fn plan(loan: &Loan) -> Outcome<Vec<Planned>> {
    let end = loan.maturity;
    let mut running = Vec::new();
    let dates = loan
        .interest
        .map_or(Vec::new(), |run| run.dates(end, false));
    running.extend(all(loan, dates, EventType::InterestCapitalisation)?);
    running.extend(resets(loan, end)?);
    running.extend(fees(loan, end)?);
    let mut events = vec![
        Planned::fixed(loan.issue, EventType::InitialExchange),
        Planned::fixed(end, EventType::InterestPayment),
    ];
    if let Some(call) = loan.call {
        // after the call nothing but its settlement is left
        running.retain(|event| event.at < call);
        events.push(Planned::fixed(call, EventType::Call));
        events.push(Planned::fixed(end, EventType::Settlement));
    } else {
        events.push(Planned::fixed(end, EventType::Maturity));
    }
    events.extend(running);
    events.extend(deals(loan));
    Ok(events)
}
