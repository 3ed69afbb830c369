//! Caps and floors: what a bound on a contract's rate is worth, payment by payment.

use serde_json::Value;

use super::event::{Event, EventType};
use super::loan::deal;
use super::observed::Observed;
use super::structure::child;
use super::terms::{Basis, Outcome, Terms};
use super::window::Window;
use super::{Conventions, Moment};

/// The events of a cap, a floor, or both: the difference that the bounds make to each payment of interest of the underlying.
pub fn cap_floor(
    terms: &Terms<'_>,
    to: Option<Moment>,
    observed: &Observed,
    conventions: &Conventions,
) -> Outcome<Vec<Event>> {
    let basis = Basis::read(terms, None);
    let bounds = ["lifeCap", "lifeFloor"].map(|term| (term, terms.number(term)));
    if bounds.iter().all(|(_, bound)| bound.is_none()) {
        terms.refuse("lifeCap", "a rate here or in `lifeFloor`");
    }
    let purchase = deal(terms, "purchaseDate", "priceAtPurchaseDate");
    let termination = deal(terms, "terminationDate", "priceAtTerminationDate");
    let underlying = terms.the_one("UDL");
    terms.done()?;
    let Some(underlying) = underlying else {
        return Ok(Vec::new());
    };
    let mut bounded = underlying.clone();
    for (term, bound) in bounds {
        if let Some(bound) = bound {
            bounded.insert(term.to_owned(), Value::from(bound));
        }
    }
    let run = |object| child(terms, object, Some(1.0), observed, conventions)?.run(observed);
    let interest = |event: &Event| event.kind == EventType::InterestPayment;
    let plain = run(underlying)?.into_iter().filter(interest);
    let bounded = run(&bounded)?.into_iter().filter(interest);
    let event = |time, kind, payoff| Event {
        time,
        kind,
        payoff: conventions.round(payoff),
        currency: basis.paid_in().to_owned(),
        notional: 0.0,
        rate: 0.0,
        accrued: 0.0,
        exercised: None,
    };
    let mut events: Vec<Event> = plain
        .zip(bounded)
        .map(|(plain, bounded)| {
            let worth = basis.sign * (plain.payoff - bounded.payoff).abs();
            event(plain.time, EventType::InterestPayment, worth)
        })
        .collect();
    if let Some(deal) = purchase {
        events.push(event(
            deal.at,
            EventType::Purchase,
            -basis.sign * deal.price,
        ));
    }
    if let Some(deal) = termination {
        let price = basis.sign * deal.price;
        events.push(event(deal.at, EventType::Termination, price));
    }
    events.sort_by_key(Event::key);
    let window = Window::new(basis.status, to, purchase, termination);
    events.retain(|event| window.shows(event.key()));
    Ok(events)
}
