//! Swaps of two contracts, paid side by side or netted.

use super::event::{Event, EventType};
use super::loan::deal;
use super::observed::Observed;
use super::structure::child;
use super::terms::{Basis, Outcome, Terms};
use super::window::Window;
use super::{Conventions, Moment};

/// The events of a swap of two legs.
pub fn legs(
    terms: &Terms<'_>,
    to: Option<Moment>,
    observed: &Observed,
    conventions: &Conventions,
) -> Outcome<Vec<Event>> {
    let basis = Basis::read(terms, None);
    let netted = terms.choice("deliverySettlement", &[("S", true), ("D", false)]);
    let purchase = deal(terms, "purchaseDate", "priceAtPurchaseDate");
    let termination = deal(terms, "terminationDate", "priceAtTerminationDate");
    let objects = (terms.the_one("FIL"), terms.the_one("SEL"));
    terms.done()?;
    let (Some(first), Some(second)) = objects else {
        return Ok(Vec::new());
    };
    let first = child(terms, first, Some(basis.sign), observed, conventions);
    let second = child(terms, second, Some(-basis.sign), observed, conventions);
    let (first, second) = both(first, second)?;
    let (one, other) = both(first.run(observed), second.run(observed))?;
    let mut events = if netted.unwrap_or(false) {
        net(one, other)
    } else {
        one.into_iter().chain(other).collect()
    };
    let whole = |time, kind, payoff| Event {
        time,
        kind,
        payoff: conventions.round(payoff),
        currency: basis.paid_in().to_owned(),
        notional: 0.0,
        rate: 0.0,
        accrued: 0.0,
        exercised: None,
    };
    let unsigned = conventions.unsigned_derivative_deals;
    if let Some(deal) = purchase {
        let price = if unsigned {
            deal.price
        } else {
            -basis.sign * deal.price
        };
        events.push(whole(deal.at, EventType::Purchase, price));
    }
    if let Some(deal) = termination {
        let price = if unsigned {
            deal.price
        } else {
            basis.sign * deal.price
        };
        let accrued = first.state_at(deal.at, observed)?.1 + second.state_at(deal.at, observed)?.1;
        events.push(whole(deal.at, EventType::Termination, price + accrued));
    }
    events.sort_by_key(Event::key);
    // the published cases run the legs to their own end
    let to = to.filter(|_| !conventions.legs_run_to_their_end);
    let window = Window::new(basis.status, to, purchase, termination);
    events.retain(|event| window.shows(event.key()));
    Ok(events)
}

/// Two values, or the errors of both.
fn both<T, U>(one: Outcome<T>, other: Outcome<U>) -> Outcome<(T, U)> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (Err(mut errors), Err(more)) => {
            errors.extend(more);
            Err(errors)
        }
        (Err(errors), _) | (_, Err(errors)) => Err(errors),
    }
}

/// Payments of both legs at one instant become one; what changes only a rate is no event of the swap.
fn net(one: Vec<Event>, mut other: Vec<Event>) -> Vec<Event> {
    let pays = |event: &Event| {
        matches!(
            event.kind,
            EventType::InitialExchange
                | EventType::Maturity
                | EventType::PrincipalRedemption
                | EventType::InterestPayment
        )
    };
    let mut events = Vec::new();
    for event in one.into_iter().filter(pays) {
        let pair = other
            .iter()
            .position(|pair| pair.time == event.time && pair.kind == event.kind);
        events.push(match pair.map(|place| other.remove(place)) {
            Some(pair) => Event {
                payoff: event.payoff + pair.payoff,
                notional: event.notional + pair.notional,
                accrued: event.accrued + pair.accrued,
                rate: 0.0,
                ..event
            },
            None => event,
        });
    }
    events.extend(other.into_iter().filter(pays));
    events
}
