//! Options and futures on a market object.

use super::event::{Event, EventType, Exercised, Planned};
use super::loan::deal;
use super::observed::Observed;
use super::terms::{Basis, Outcome, Terms};
use super::window::Window;
use super::{Conventions, Moment};
use crate::calendar::Tenor;

/// What is exchanged at exercise, of the price of the underlying.
#[derive(Clone, Copy)]
enum Payoff {
    /// `max(S - K, 0)`
    Call(f64),
    /// `max(K - S, 0)`
    Put(f64),
    /// `max(S - K, 0) + max(K2 - S, 0)`
    Collar(f64, f64),
    /// `S - F`
    Future(f64),
}

impl Payoff {
    fn of(self, price: f64) -> f64 {
        match self {
            Payoff::Call(strike) => (price - strike).max(0.0),
            Payoff::Put(strike) => (strike - price).max(0.0),
            Payoff::Collar(call, put) => (price - call).max(0.0) + (put - price).max(0.0),
            Payoff::Future(agreed) => price - agreed,
        }
    }
}

fn payoff(terms: &Terms<'_>, is_future: bool) -> Payoff {
    if is_future {
        return Payoff::Future(terms.required_number("futuresPrice"));
    }
    let kinds = [("C", 'C'), ("P", 'P'), ("CP", 'B')];
    let kind = terms.choice("optionType", &kinds);
    let strike = terms.required_number("optionStrike1");
    match terms.required("optionType", kind, "`C`, `P` or `CP`", 'C') {
        'C' => Payoff::Call(strike),
        'P' => Payoff::Put(strike),
        _ => Payoff::Collar(strike, terms.required_number("optionStrike2")),
    }
}

/// The events of an option or a future: its purchase, exercise at maturity (or when one was observed, if it may be exercised
/// before), and settlement after its period.
pub fn option(
    terms: &Terms<'_>,
    is_future: bool,
    to: Option<Moment>,
    observed: &Observed,
    conventions: &Conventions,
) -> Outcome<Vec<Event>> {
    let basis = Basis::read(terms, None);
    let maturity = terms.required_maturity();
    terms.deals_before(maturity, conventions);
    let payoff = payoff(terms, is_future);
    let period = terms.period("settlementPeriod").unwrap_or(Tenor::days(0));
    let purchase = deal(terms, "purchaseDate", "priceAtPurchaseDate");
    let termination = deal(terms, "terminationDate", "priceAtTerminationDate");
    let early = match terms.choice(
        "optionExerciseType",
        &[("E", false), ("A", true), ("B", true)],
    ) {
        _ if is_future => false,
        given => terms.required("optionExerciseType", given, "`E`, `B` or `A`", false),
    };
    let code = terms.the_one("UDL").and_then(|object| {
        let code = object.get("marketObjectCode")?;
        code.as_str().map(str::trim)
    });
    if code.is_none() {
        terms.refuse("contractStructure", "a `marketObjectCode` as underlying");
    }
    let known = terms.moment("exerciseDate");
    let amount = terms.number("exerciseAmount");
    if known.is_some() && amount.is_none() {
        terms.refuse(
            "exerciseAmount",
            "an amount, because `exerciseDate` is given",
        );
    }
    terms.done()?;
    let observed_exercise = observed
        .of("XD")
        .map(|event| event.time)
        .find(|time| early && *time <= maturity && *time > basis.status);
    let exercise = known.or(observed_exercise).unwrap_or(maturity);
    let mut plan = Vec::new();
    if known.is_none() {
        if observed_exercise.is_none() {
            plan.push(Planned::fixed(maturity, EventType::Maturity));
        }
        plan.push(Planned::fixed(exercise, EventType::Exercise));
    }
    let settlement = basis.after(exercise, period)?;
    plan.push(Planned {
        paid: basis.shift(settlement)?,
        ..Planned::fixed(settlement, EventType::Settlement)
    });
    let bought = purchase.map(|deal| Planned::fixed(deal.at, EventType::Purchase));
    let ended = termination.map(|deal| Planned::fixed(deal.at, EventType::Termination));
    plan.extend(bought.into_iter().chain(ended));
    plan.sort_by_key(Planned::key);

    let window = Window::new(basis.status, to, purchase, termination);
    let mut state = Exercised {
        date: known,
        amount: amount.unwrap_or(0.0),
    };
    let price = |at| observed.value(&basis, "contractStructure", code, at);
    let mut events = Vec::new();
    for planned in plan.iter().filter(|planned| window.happens(planned.key())) {
        let paid = match planned.kind {
            EventType::Purchase => purchase.map_or(0.0, |deal| -basis.sign * deal.price),
            EventType::Termination => termination.map_or(0.0, |deal| basis.sign * deal.price),
            EventType::Maturity => {
                let worth = payoff.of(price(planned.at)?);
                state.date = (worth > 0.0).then_some(planned.at);
                0.0
            }
            EventType::Exercise => {
                state.amount = conventions.round(payoff.of(price(planned.at)?));
                state.date = (state.amount != 0.0).then_some(planned.at);
                0.0
            }
            _ => basis.sign * std::mem::take(&mut state.amount),
        };
        let paid = paid * observed.exchange(&basis, paid, planned.at)?;
        if window.shows(planned.key()) {
            events.push(Event {
                time: planned.paid,
                kind: planned.kind,
                payoff: conventions.round(paid),
                currency: basis.paid_in().to_owned(),
                notional: 0.0,
                rate: 0.0,
                accrued: 0.0,
                exercised: Some(state),
            });
        }
    }
    Ok(events)
}
