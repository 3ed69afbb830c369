//! Schedules by lists: each segment has its own anchor, cycle, amount and direction.

use super::initial::MOST;
use super::schedule::{all, changes, deals, fees, interest, rolled};
use super::terms::Loan;
use crate::contract::events::Moment;
use crate::contract::events::cycle::{Cycle, Run};
use crate::contract::events::event::{EventType, Planned};
use crate::contract::events::terms::{Outcome, Terms};

/// Anchors of segments and their cycles; a segment goes from its anchor up to the next one's, the last to the end.
struct Segments {
    runs: Vec<Run>,
}

impl Segments {
    /// One cycle stands for all anchors; without cycles each anchor is a date of its own.
    fn read(terms: &Terms<'_>, month_end: bool, anchors: &str, cycles: &str) -> Option<Segments> {
        let anchors_given = terms.moments(anchors)?;
        let cycles_given = terms.cycles(cycles);
        if cycles_given.as_ref().is_some_and(Vec::is_empty) {
            terms.refuse(cycles, "a cycle, one for each anchor, or no such term");
        }
        let cycles_given: Vec<Cycle> = cycles_given.unwrap_or_default();
        let count = anchors_given.len();
        if count == 0 || !anchors_given.is_sorted() {
            terms.refuse(anchors, "dates in order");
        }
        if cycles_given.len() > 1 && cycles_given.len() != count {
            let expected = format!("one cycle, or {count}: one for each of `{anchors}`");
            terms.refuse(cycles, expected);
        }
        let cycle = |i: usize| match cycles_given.as_slice() {
            [one] => Some(*one),
            several => several.get(i).copied(),
        };
        let runs = anchors_given.iter().enumerate().map(|(i, anchor)| Run {
            anchor: *anchor,
            cycle: cycle(i),
            month_end,
            after_anchor: false,
            anchored: true,
        });
        Some(Segments {
            runs: runs.collect(),
        })
    }

    /// The dates of each segment before the end.
    fn dates(&self, end: Moment) -> Vec<Vec<Moment>> {
        let nexts = self.runs.iter().skip(1).map(|run| run.anchor);
        let ends = nexts.chain([end]);
        let pairs = self.runs.iter().zip(ends);
        pairs
            .map(|(run, next)| run.dates(next.min(end), false))
            .collect()
    }

    /// A value for each segment; one stands for all.
    fn with<T: Clone>(&self, terms: &Terms<'_>, term: &str, values: Option<Vec<T>>) -> Vec<T> {
        let (values, count) = (values.unwrap_or_default(), self.runs.len());
        match values.as_slice() {
            [one] => vec![one.clone(); count],
            several if several.len() == count => values,
            _ => {
                terms.refuse(term, format!("{count} values, one for each anchor"));
                Vec::new()
            }
        }
    }
}

/// Amounts of principal by segment, up or down.
struct Amounts {
    segments: Segments,
    amounts: Vec<f64>,
    kinds: Vec<EventType>,
}

impl Amounts {
    fn read(terms: &Terms<'_>, month_end: bool) -> Option<Amounts> {
        let anchors = "arrayCycleAnchorDateOfPrincipalRedemption";
        let cycles = "arrayCycleOfPrincipalRedemption";
        let Some(segments) = Segments::read(terms, month_end, anchors, cycles) else {
            terms.refuse(anchors, "dates in order");
            return None;
        };
        let amounts = "arrayNextPrincipalRedemptionPayment";
        let amounts = segments.with(terms, amounts, terms.numbers(amounts));
        let term = "arrayIncreaseDecrease";
        let directions = segments.with(terms, term, words(terms, term));
        let kinds = directions.iter().map(|direction| match direction.as_str() {
            "DEC" => EventType::PrincipalRedemption,
            "INC" => EventType::PrincipalIncrease,
            _ => {
                terms.refuse(term, "`INC` or `DEC` in each place");
                EventType::PrincipalIncrease
            }
        });
        Some(Amounts {
            amounts,
            kinds: kinds.collect(),
            segments,
        })
    }
}

/// The day on which the amounts have repaid a notional; `None` where they never do.
pub fn repaid(terms: &Terms<'_>, notional: f64, month_end: bool) -> Option<Moment> {
    let Amounts {
        segments,
        amounts,
        kinds,
    } = Amounts::read(terms, month_end)?;
    let dust = notional * 1e-12;
    let mut left = notional;
    let nexts = segments.runs.iter().skip(1).map(|run| Some(run.anchor));
    let parts = segments.runs.iter().zip(nexts.chain([None]));
    for ((run, next), (amount, kind)) in parts.zip(amounts.iter().zip(&kinds)) {
        let sign = if *kind == EventType::PrincipalIncrease {
            1.0
        } else {
            -1.0
        };
        let dates = match next {
            Some(next) => run.dates(next, false),
            // no more than it takes to repay what is left
            None if sign < 0.0 && *amount > 0.0 && left / amount < MOST => {
                let count = libm::ceil(left / amount) as i32;
                (0..count).map_while(|k| run.date(k)).collect()
            }
            None => Vec::new(),
        };
        for date in dates {
            left += sign * amount;
            if left <= dust {
                return Some(date);
            }
        }
    }
    None
}

fn words(terms: &Terms<'_>, term: &str) -> Option<Vec<String>> {
    terms.array_of(term, "a word", |value| {
        value.as_str().map(|text| text.trim().to_owned())
    })
}

/// The events of the whole life, in no order.
pub fn plan(terms: &Terms<'_>, loan: &Loan) -> Outcome<Vec<Planned>> {
    let (end, month_end) = (loan.maturity, loan.basis.month_end);
    let mut events = vec![
        Planned::fixed(loan.issue, EventType::InitialExchange),
        rolled(loan, end, EventType::Maturity)?,
    ];
    if let Some(principal) = Amounts::read(terms, month_end) {
        let dates = principal.segments.dates(end).into_iter();
        let each = dates.zip(principal.amounts.iter().zip(&principal.kinds));
        for (dates, (amount, kind)) in each {
            let segment = all(loan, dates, *kind)?.into_iter();
            events.extend(segment.map(|event| Planned {
                amount: Some(*amount),
                ..event
            }));
        }
    }
    resets(terms, loan, &mut events)?;
    let (anchors, cycles) = (
        "arrayCycleAnchorDateOfInterestPayment",
        "arrayCycleOfInterestPayment",
    );
    let segments = Segments::read(terms, month_end, anchors, cycles);
    let paid = segments.is_some() || !loan.conventions.no_interest_without_cycle;
    if paid && loan.rate.is_some() {
        let dates = segments.map_or(Vec::new(), |segments| segments.dates(end));
        let mut dates: Vec<Moment> = dates.into_iter().flatten().collect();
        dates.push(end);
        dates.sort();
        dates.dedup();
        events.extend(interest(loan, dates)?);
    }
    events.extend(fees(loan, end)?);
    events.extend(changes(loan, end)?);
    events.extend(deals(loan));
    terms.done()?;
    Ok(events)
}

fn resets(terms: &Terms<'_>, loan: &Loan, events: &mut Vec<Planned>) -> Outcome<()> {
    let (anchors, cycles) = ("arrayCycleAnchorDateOfRateReset", "arrayCycleOfRateReset");
    let Some(segments) = Segments::read(terms, loan.basis.month_end, anchors, cycles) else {
        return Ok(());
    };
    let rates = segments.with(terms, "arrayRate", terms.numbers("arrayRate"));
    let term = "arrayFixedVariable";
    let kinds = segments.with(terms, term, words(terms, term));
    let dates = segments.dates(loan.maturity).into_iter();
    for ((dates, rate), kind) in dates.zip(rates).zip(kinds) {
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
