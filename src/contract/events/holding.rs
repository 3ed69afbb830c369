//! What is held and not repaid: cash, stock, commodities.

use super::event::{Event, EventType};
use super::loan::deal;
use super::observed::Observed;
use super::terms::{Basis, Outcome, Start, Terms};
use super::window::Window;
use super::{Conventions, Moment};

/// An event of a holding: nothing but what is paid.
fn paid(basis: &Basis, time: Moment, kind: EventType, payoff: f64) -> Event {
    Event {
        time,
        kind,
        payoff,
        currency: basis.paid_in().to_owned(),
        notional: 0.0,
        rate: 0.0,
        accrued: 0.0,
        exercised: None,
    }
}

/// Cash: its balance at the observed instants of analysis.
pub fn cash(terms: &Terms<'_>, to: Option<Moment>, observed: &Observed) -> Outcome<Vec<Event>> {
    let basis = Basis::read(terms, None);
    let notional = basis.sign * terms.required_amount("notionalPrincipal");
    terms.done()?;
    let window = Window::new(basis.status, to, None, None);
    let looks = observed.of("AD").map(|event| Event {
        notional,
        ..paid(&basis, event.time, EventType::Analysis, 0.0)
    });
    Ok(looks.filter(|event| window.happens(event.key())).collect())
}

/// Stock and commodities: bought, sold, and what stock pays on the way.
pub fn stock(
    terms: &Terms<'_>,
    to: Option<Moment>,
    observed: &Observed,
    conventions: &Conventions,
) -> Outcome<Vec<Event>> {
    let basis = Basis::read(terms, None);
    let quantity = terms.amount("quantity").unwrap_or(1.0);
    let purchase = deal(terms, "purchaseDate", "priceAtPurchaseDate");
    let termination = deal(terms, "terminationDate", "priceAtTerminationDate");
    let start = Start {
        at: purchase.map_or(basis.status, |deal| deal.at),
        month_end: basis.month_end,
        one_cycle_after: true,
    };
    let dividends = terms.run(
        "cycleAnchorDateOfDividendPayment",
        "cycleOfDividendPayment",
        start,
    );
    let code = terms.text("marketObjectCodeOfDividends");
    terms.done()?;
    let window = Window::new(basis.status, to, purchase, termination);
    let held = basis.sign * quantity;
    let mut events = Vec::new();
    let bought = purchase.map(|deal| (deal.at, EventType::Purchase, -held * deal.price));
    let sold = termination.map(|deal| (deal.at, EventType::Termination, held * deal.price));
    for (at, kind, payoff) in bought.into_iter().chain(sold) {
        events.push((at, paid(&basis, at, kind, payoff)));
    }
    if let Some(run) = dividends {
        // without an end in sight dividends are told for ten years
        let end = match termination {
            Some(deal) => deal.at,
            None => basis.after(run.anchor, crate::calendar::Tenor::years(10))?,
        };
        for at in run.dates(end, true) {
            let time = basis.shift(at)?;
            let event = paid(&basis, time, EventType::Dividend, 0.0);
            if window.shows(event.key()) {
                let each = observed.value(&basis, "marketObjectCodeOfDividends", code, at)?;
                let payoff = held * each;
                events.push((at, Event { payoff, ..event }));
            }
        }
    }
    events.retain(|(_, event)| window.shows(event.key()));
    events.sort_by_key(|(_, event)| event.key());
    events
        .into_iter()
        .map(|(at, event)| {
            let payoff = event.payoff * observed.exchange(&basis, event.payoff, at)?;
            let payoff = conventions.round(payoff);
            Ok(Event { payoff, ..event })
        })
        .collect()
}
