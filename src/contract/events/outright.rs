//! Forward exchange of two currencies.

use super::event::{Event, EventType};
use super::loan::deal;
use super::observed::Observed;
use super::terms::{Basis, Outcome, Terms};
use super::window::Window;
use super::{Conventions, Moment};
use crate::calendar::Tenor;

/// The events of a foreign-exchange outright: both amounts at maturity, or their difference at settlement.
pub fn outright(
    terms: &Terms<'_>,
    to: Option<Moment>,
    observed: &Observed,
    conventions: &Conventions,
) -> Outcome<Vec<Event>> {
    let basis = Basis::read(terms, None);
    let maturity = terms.required_maturity();
    terms.deals_before(maturity, conventions);
    let first = terms.required_amount("notionalPrincipal");
    let second = terms.required_amount("notionalPrincipal2");
    let currency2 = terms.required(
        "currency2",
        terms.text("currency2"),
        "a currency like `USD`",
        "",
    );
    if currency2 == basis.currency && !currency2.is_empty() {
        terms.refuse("currency2", "another currency than `currency`");
    }
    let settles = terms.choice("deliverySettlement", &[("S", true), ("D", false)]);
    let period = terms.period("settlementPeriod").unwrap_or(Tenor::days(0));
    let purchase = deal(terms, "purchaseDate", "priceAtPurchaseDate");
    let termination = deal(terms, "terminationDate", "priceAtTerminationDate");
    terms.done()?;
    let window = Window::new(basis.status, to, purchase, termination);
    let event = |time, kind, payoff: f64, currency: &str| Event {
        time,
        kind,
        payoff: conventions.round(payoff),
        currency: currency.to_owned(),
        notional: 0.0,
        rate: 0.0,
        accrued: 0.0,
        exercised: None,
    };
    let (sign, own) = (basis.sign, basis.currency.as_str());
    let mut events = Vec::new();
    if let Some(deal) = purchase {
        let payoff = -sign * deal.price;
        events.push(event(deal.at, EventType::Purchase, payoff, own));
    }
    if let Some(deal) = termination {
        let payoff = if conventions.unsigned_derivative_deals {
            deal.price
        } else {
            sign * deal.price
        };
        events.push(event(deal.at, EventType::Termination, payoff, own));
    }
    if settles.unwrap_or(false) {
        let time = basis.shift(basis.after(maturity, period)?)?;
        let mut settled = event(time, EventType::Settlement, 0.0, own);
        // ended before, no rate is needed
        if window.shows(settled.key()) {
            let pair = format!("{currency2}/{own}");
            let rate = observed.value(&basis, "currency2", Some(&pair), maturity)?;
            settled.payoff = conventions.round(sign * (first - rate * second));
        }
        events.push(settled);
    } else {
        let time = basis.shift(maturity)?;
        events.push(event(time, EventType::Maturity, sign * first, own));
        events.push(event(time, EventType::Maturity, -sign * second, currency2));
    }
    events.retain(|event| window.shows(event.key()));
    events.sort_by_key(Event::key);
    Ok(events)
}
