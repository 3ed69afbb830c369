//! Schedules of what has no maturity: interest is only ever capitalised; what flows in and out is observed.

use super::schedule::{all, deals, fees, resets};
use super::terms::Loan;
use crate::contract::events::event::{EventType, Planned};
use crate::contract::events::observed::Observed;
use crate::contract::events::terms::Outcome;

/// The events up to the end of the projection, in no order.
pub fn plan(loan: &Loan, observed: &Observed) -> Outcome<Vec<Planned>> {
    let end = loan.maturity;
    let mut events = vec![Planned::fixed(loan.issue, EventType::InitialExchange)];
    let dates = loan
        .interest
        .map_or(Vec::new(), |run| run.dates(end, false));
    events.extend(all(loan, dates, EventType::InterestCapitalisation)?);
    events.extend(resets(loan, end)?);
    events.extend(fees(loan, end)?);
    let flows = observed.events.iter().filter_map(|event| {
        let kind = match event.code.as_str() {
            "PR" => EventType::PrincipalRedemption,
            "PI" => EventType::PrincipalIncrease,
            _ => return None,
        };
        Some(Planned {
            amount: Some(event.value),
            ..Planned::fixed(event.time, kind)
        })
    });
    events.extend(flows);
    events.extend(deals(loan));
    Ok(events)
}
