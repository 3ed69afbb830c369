//! Schedules by lists: each segment has its own anchor, cycle, amount and direction.

use super::schedule::{all, deals, fees, interest, rolled};
use super::terms::Loan;
use crate::contract::events::Moment;
use crate::contract::events::cycle::{Cycle, Run};
use crate::contract::events::event::{EventType, Planned};
use crate::contract::events::terms::{Outcome, Terms};

/// The dates of a segment, from its anchor up to the next segment's or the end.
struct Segments {
    dates: Vec<Vec<Moment>>,
}

impl Segments {
    fn read(terms: &Terms<'_>, loan: &Loan, anchors: &str, cycles: &str) -> Option<Segments> {
        let anchors_given = terms.moments(anchors)?;
        let cycles_given: Option<Vec<Cycle>> = terms.cycles(cycles);
        let count = anchors_given.len();
        if cycles_given
            .as_ref()
            .is_some_and(|cycles| cycles.len() != count)
        {
            terms.refuse(
                cycles,
                format!("{count} cycles, one for each of `{anchors}`"),
            );
        }
        if anchors_given.is_empty() || !anchors_given.is_sorted() {
            terms.refuse(anchors, "dates in order");
        }
        let ends = anchors_given.iter().skip(1).chain([&loan.maturity]);
        let dates = anchors_given
            .iter()
            .zip(ends)
            .enumerate()
            .map(|(i, (anchor, end))| {
                let run = Run {
                    anchor: *anchor,
                    cycle: cycles_given
                        .as_ref()
                        .and_then(|cycles| cycles.get(i).copied()),
                    month_end: loan.basis.month_end,
                    after_anchor: false,
                };
                run.dates((*end).min(loan.maturity), false)
            });
        Some(Segments {
            dates: dates.collect(),
        })
    }

    /// A value for each segment.
    fn with<T: Clone>(&self, terms: &Terms<'_>, term: &str, values: Option<Vec<T>>) -> Vec<T> {
        let values = values.unwrap_or_default();
        if values.len() != self.dates.len() {
            terms.refuse(
                term,
                format!("{} values, one for each anchor", self.dates.len()),
            );
        }
        values
    }
}

fn words(terms: &Terms<'_>, term: &str) -> Option<Vec<String>> {
    terms.array_of(term, "a word", |value| {
        value.as_str().map(|text| text.trim().to_owned())
    })
}

/// The events of the whole life, in no order.
pub fn plan(terms: &Terms<'_>, loan: &Loan) -> Outcome<Vec<Planned>> {
    let mut events = vec![
        Planned::fixed(loan.issue, EventType::InitialExchange),
        rolled(loan, loan.maturity, EventType::Maturity)?,
    ];
    redemptions(terms, loan, &mut events)?;
    resets(terms, loan, &mut events)?;
    let (anchors, cycles) = (
        "arrayCycleAnchorDateOfInterestPayment",
        "arrayCycleOfInterestPayment",
    );
    if let Some(segments) = Segments::read(terms, loan, anchors, cycles)
        && loan.rate.is_some()
    {
        let mut dates: Vec<Moment> = segments.dates.into_iter().flatten().collect();
        dates.push(loan.maturity);
        dates.sort();
        dates.dedup();
        events.extend(interest(loan, dates)?);
    }
    events.extend(fees(loan, loan.maturity)?);
    events.extend(deals(loan));
    terms.done()?;
    Ok(events)
}

fn redemptions(terms: &Terms<'_>, loan: &Loan, events: &mut Vec<Planned>) -> Outcome<()> {
    let (anchors, cycles) = (
        "arrayCycleAnchorDateOfPrincipalRedemption",
        "arrayCycleOfPrincipalRedemption",
    );
    let Some(segments) = Segments::read(terms, loan, anchors, cycles) else {
        return Ok(());
    };
    let amounts = "arrayNextPrincipalRedemptionPayment";
    let amounts = segments.with(terms, amounts, terms.numbers(amounts));
    let term = "arrayIncreaseDecrease";
    let directions = segments.with(terms, term, words(terms, term));
    for ((dates, amount), direction) in segments.dates.into_iter().zip(amounts).zip(directions) {
        let kind = match direction.as_str() {
            "DEC" => EventType::PrincipalRedemption,
            "INC" => EventType::PrincipalIncrease,
            _ => {
                terms.refuse(term, "`INC` or `DEC` in each place");
                continue;
            }
        };
        let segment = all(loan, dates, kind)?.into_iter();
        events.extend(segment.map(|event| Planned {
            amount: Some(amount),
            ..event
        }));
    }
    Ok(())
}

fn resets(terms: &Terms<'_>, loan: &Loan, events: &mut Vec<Planned>) -> Outcome<()> {
    let (anchors, cycles) = ("arrayCycleAnchorDateOfRateReset", "arrayCycleOfRateReset");
    let Some(segments) = Segments::read(terms, loan, anchors, cycles) else {
        return Ok(());
    };
    let rates = segments.with(terms, "arrayRate", terms.numbers("arrayRate"));
    let term = "arrayFixedVariable";
    let kinds = segments.with(terms, term, words(terms, term));
    for ((dates, rate), kind) in segments.dates.into_iter().zip(rates).zip(kinds) {
        let fixed = rate * loan.resets.multiplier + loan.resets.spread;
        let (kind, amount) = match kind.chars().next() {
            Some('F') => (EventType::RateResetKnown, fixed),
            Some('V') => (EventType::RateReset, rate),
            _ => {
                terms.refuse(term, "`F` or `V` in each place");
                continue;
            }
        };
        let segment = all(loan, dates, kind)?.into_iter();
        events.extend(segment.map(|event| Planned {
            amount: Some(amount),
            ..event
        }));
    }
    Ok(())
}
