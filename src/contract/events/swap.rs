//! Plain interest-rate swaps: a fixed rate against a floating one on one notional that is never exchanged.

use super::event::{Event, EventType, Planned};
use super::loan::{Deal, Resets, deal, resets};
use super::observed::Observed;
use super::terms::{Basis, Count, Outcome, Start, Terms};
use super::window::Window;
use super::{Conventions, Moment};

/// The terms of a swap.
struct Swap<'a> {
    basis: Basis,
    count: Count,
    notional: f64,
    fixed: f64,
    floating: f64,
    /// The two legs are netted in one payment.
    netted: bool,
    resets: Resets,
    purchase: Option<Deal>,
    termination: Option<Deal>,
    conventions: &'a Conventions,
}

/// The state between two events, with the contract's sign.
struct State {
    notional: f64,
    rate: f64,
    /// Accrued of the fixed leg, or of both where they are netted.
    accrued: f64,
    /// Accrued of the floating leg.
    floating: f64,
    since: Moment,
}

/// The events of a plain swap.
pub fn plain(
    terms: &Terms<'_>,
    to: Option<Moment>,
    observed: &Observed,
    conventions: &Conventions,
) -> Outcome<Vec<Event>> {
    let basis = Basis::read(terms, None);
    let issue = terms.required_moment("initialExchangeDate");
    let maturity = terms.required_moment("maturityDate");
    if maturity < issue {
        terms.refuse("maturityDate", format!("a date after the start on {issue}"));
    }
    let start = Start {
        at: issue,
        month_end: basis.month_end,
        one_cycle_after: !conventions.anchor_on_exchange,
    };
    let interest = terms.run(
        "cycleAnchorDateOfInterestPayment",
        "cycleOfInterestPayment",
        start,
    );
    terms.deals_before(maturity, conventions);
    for anchor in [
        "cycleAnchorDateOfInterestPayment",
        "cycleAnchorDateOfRateReset",
    ] {
        let early = terms.moment(anchor).is_some_and(|date| date < issue);
        if early && !conventions.idle_terms_pass {
            terms.refuse(anchor, format!("a date not before the start on {issue}"));
        }
    }
    if interest.is_none() {
        terms.refuse("cycleOfInterestPayment", "a cycle like `P3ML0`");
    }
    let netted = terms.choice("deliverySettlement", &[("S", true), ("D", false)]);
    let accrued = terms.number("accruedInterest").unwrap_or(0.0);
    let swap = Swap {
        count: Count {
            day_count: Basis::day_count(terms),
            maturity: Some(maturity),
        },
        notional: terms.required_amount("notionalPrincipal"),
        fixed: terms.required_number("nominalInterestRate"),
        floating: terms.required_number("nominalInterestRate2"),
        netted: netted.unwrap_or(false),
        resets: resets(terms, start),
        purchase: deal(terms, "purchaseDate", "priceAtPurchaseDate"),
        termination: deal(terms, "terminationDate", "priceAtTerminationDate"),
        conventions,
        basis,
    };
    terms.done()?;
    let mut plan = vec![
        Planned::fixed(issue, EventType::InitialExchange),
        Planned::fixed(maturity, EventType::Maturity),
    ];
    let mut rolled = |dates: Vec<Moment>, kinds: &[EventType]| -> Outcome<()> {
        for at in dates {
            let paid = swap.basis.shift(at)?;
            plan.extend(kinds.iter().map(|kind| Planned {
                paid,
                ..Planned::fixed(at, *kind)
            }));
        }
        Ok(())
    };
    let kinds: &[EventType] = if swap.netted {
        &[EventType::InterestPayment]
    } else {
        &[
            EventType::FixedInterestPayment,
            EventType::FloatingInterestPayment,
        ]
    };
    rolled(
        interest.map_or(Vec::new(), |run| run.dates(maturity, true)),
        kinds,
    )?;
    let dates = swap.resets.run;
    rolled(
        dates.map_or(Vec::new(), |run| run.dates(maturity, false)),
        &[EventType::RateReset],
    )?;
    let bought = swap.purchase.map(|deal| (deal.at, EventType::Purchase));
    let ended = swap
        .termination
        .map(|deal| (deal.at, EventType::Termination));
    plan.extend(
        bought
            .into_iter()
            .chain(ended)
            .map(|(at, kind)| Planned::fixed(at, kind)),
    );
    plan.sort_by_key(Planned::key);

    let running = issue <= swap.basis.status;
    let mut state = State {
        notional: if running {
            swap.basis.sign * swap.notional
        } else {
            0.0
        },
        rate: if running { swap.floating } else { 0.0 },
        accrued: swap.basis.sign * accrued,
        floating: 0.0,
        since: swap.basis.status,
    };
    let window = Window::new(swap.basis.status, to, swap.purchase, swap.termination);
    let mut events = Vec::new();
    for planned in plan.iter().filter(|planned| window.happens(planned.key())) {
        let payoff = swap.step(&mut state, planned, observed)?;
        let payoff = payoff * observed.exchange(&swap.basis, payoff, planned.at)?;
        if window.shows(planned.key()) {
            events.push(Event {
                time: planned.paid,
                kind: planned.kind,
                payoff: conventions.round(payoff),
                currency: swap.basis.paid_in().to_owned(),
                notional: state.notional,
                rate: state.rate,
                accrued: state.accrued,
                exercised: None,
            });
        }
    }
    Ok(events)
}

impl Swap<'_> {
    fn step(&self, state: &mut State, event: &Planned, observed: &Observed) -> Outcome<f64> {
        let sign = self.basis.sign;
        let year = self.basis.fraction(self.count, state.since, event.at);
        let owed = year * state.rate * state.notional;
        let kept = year * self.fixed * state.notional;
        let round = |amount| self.conventions.round(amount);
        state.accrued = round(state.accrued + if self.netted { kept - owed } else { kept });
        state.floating = round(state.floating - owed);
        state.since = event.at;
        Ok(match event.kind {
            EventType::InitialExchange => {
                state.notional = sign * self.notional;
                state.rate = self.floating;
                (state.accrued, state.floating) = (0.0, 0.0);
                0.0
            }
            EventType::InterestPayment | EventType::FixedInterestPayment => {
                std::mem::take(&mut state.accrued)
            }
            EventType::FloatingInterestPayment => std::mem::take(&mut state.floating),
            EventType::RateReset => {
                let term = "marketObjectCodeOfRateReset";
                let code = self.resets.code.as_deref();
                let index = observed.value(&self.basis, term, code, event.at)?;
                state.rate = index * self.resets.multiplier + self.resets.spread;
                0.0
            }
            EventType::Purchase => self.purchase.map_or(0.0, |deal| -sign * deal.price),
            EventType::Termination | EventType::Maturity => {
                state.notional = 0.0;
                (state.accrued, state.floating) = (0.0, 0.0);
                match self.termination {
                    Some(deal) if event.kind == EventType::Termination => {
                        if self.conventions.unsigned_derivative_deals {
                            deal.price
                        } else {
                            sign * deal.price
                        }
                    }
                    _ => 0.0,
                }
            }
            _ => 0.0,
        })
    }
}
