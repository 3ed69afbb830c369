//! Project: positions become groups with their amounts by day, once for all scenarios.

mod assemble;
mod collect;
pub(crate) mod contracts;
pub(crate) mod kernel;
mod key;
pub(crate) mod mirror;
mod periods;
mod premium;
pub mod schedule;

use super::events::Anchor;
use super::group::{Group, Leg, Projection};
use super::reads::Reads;
use super::series::Day;
use crate::book::{InstrumentPositions, Positions, RepaymentKind};
use crate::calendar::{BusinessCalendar, Date, Roll, Tenor};
use crate::diagnostic::Diagnostic;
use crate::formula::{Overlay, Scope, Value, evaluate};
use crate::plan::{BalanceSheet, Decay, Exercise, Plan};
use crate::quantity::Currency;
use assemble::Assembly;
use kernel::LegBatch;
use rayon::prelude::*;

/// What a projection is made from.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The exercise.
    pub exercise: &'a Exercise,
    /// The checked positions.
    pub positions: &'a Positions,
    /// The market of the book's date, for business calendars.
    pub market: &'a crate::market::MarketData,
    /// The instrument whose positions stay apart, each a group of its own: for a look at contracts.
    pub apart: Option<crate::plan::InstrumentId>,
}

impl Source<'_> {
    /// A leg of positions that are shaped as that of a row is, ready to be run: days count from the book's date. `None`: no such row.
    pub(crate) fn batch<'p>(
        &self,
        positions: &'p InstrumentPositions,
        row: usize,
        leg: Leg,
        currency: Currency,
    ) -> Option<LegBatch<'p>> {
        let shape = positions.shape_of(row)?;
        Some(LegBatch {
            positions,
            shape,
            leg,
            currency,
            calendar: self.calendar(shape.calendar.as_deref(), currency),
            origin: self.exercise.book.date,
        })
    }

    /// The business days of a position: those that it names, else those of its currency.
    pub(crate) fn calendar(&self, name: Option<&str>, currency: Currency) -> BusinessCalendar {
        name.and_then(|name| name.parse().ok())
            .or_else(|| self.market.calendars.get(&currency).cloned())
            .unwrap_or(BusinessCalendar::None)
    }

    /// Whether some run replaces what comes back.
    fn renews(&self) -> bool {
        self.exercise.scenarios.values().any(|s| {
            matches!(
                s.balance_sheet,
                Some(BalanceSheet::Constant { .. } | BalanceSheet::Plan(_))
            )
        })
    }

    /// The last day to which accounts on demand pay interest, where the loop ends on `end`.
    pub(crate) fn horizon(&self, end: Day) -> Date {
        horizon(self.positions.date, end, decay_reach(*self))
    }

    /// The last contractual payment of the opening book, as a day.
    pub fn last_payment(&self) -> Day {
        let mut last = 0;
        for positions in &self.positions.instruments {
            for row in 0..positions.len() {
                let (Some(maturity), Some(shape), Some(currency)) = (
                    positions.maturity.get(row),
                    positions.shape_of(row),
                    positions.currency.get(row),
                ) else {
                    continue;
                };
                if matches!(
                    shape.repays,
                    Some(RepaymentKind::OnDemand | RepaymentKind::Notice(_) | RepaymentKind::Never)
                ) {
                    continue;
                }
                let calendar = self.calendar(shape.calendar.as_deref(), currency);
                let paid = calendar
                    .roll(maturity, shape.roll.unwrap_or(Roll::None))
                    .unwrap_or(maturity);
                last = last.max(paid.days_since(self.positions.date));
            }
        }
        last
    }
}

/// Projects a book. `days` are those of the loop; accounts on demand pay interest for 13 months beyond it, so that every window is filled.
///
/// # Errors
/// Every position whose terms are missing or contradict each other, and amounts too large to be counted.
pub fn project(
    source: Source<'_>,
    reads: &Reads,
    days: &[Day],
) -> Result<Projection, Vec<Diagnostic>> {
    let date = source.positions.date;
    let horizon = source.horizon(days.last().copied().unwrap_or(0));
    let assembly = Assembly {
        source,
        reads,
        date,
        start: date,
        horizon,
        surplus: source.exercise.book.surplus,
        is_new: false,
        days,
    };
    let needs = key::Needs {
        renewals: source.renews(),
    };
    let mut jobs = Vec::new();
    for positions in &source.positions.instruments {
        let mut terms = key::KeyTerms::of(reads, &needs, positions);
        terms.apart = source.apart == Some(positions.instrument);
        let terms = std::sync::Arc::new(terms);
        for rows in key::part(positions, &terms) {
            jobs.push((positions, std::sync::Arc::clone(&terms), rows));
        }
    }
    let made: Vec<_> = jobs
        .into_par_iter()
        .map(|(positions, terms, rows)| assembly.group(positions, &terms, &rows))
        .collect();
    let mut errors = Vec::new();
    let mut groups = Vec::with_capacity(made.len());
    for result in made {
        match result {
            Ok(group) => groups.push(group),
            Err(more) => errors.extend(more),
        }
    }
    if errors.is_empty() {
        Ok(Projection {
            date,
            groups,
            last_payment: source.last_payment(),
            has_transfer_prices: reads.transfer_prices,
            has_equity_price: reads.equity_price && reads.transfer_prices,
            keeps_income: reads.incomes,
        })
    } else {
        Err(errors)
    }
}

/// The groups (a leg each) of one new contract that begins on a day. `positions` holds it as its only row; `premium` is what it
/// cost or brought beyond its nominal.
///
/// # Errors
/// Terms that are missing or contradict each other.
pub(crate) fn begin(
    source: Source<'_>,
    reads: &Reads,
    positions: &InstrumentPositions,
    start: Date,
    premium: crate::engine::series::Amount,
    days: &[Day],
) -> Result<Vec<Group>, Vec<Diagnostic>> {
    let date = source.positions.date;
    let assembly = Assembly {
        source,
        reads,
        date,
        start,
        horizon: horizon(date, days.last().copied().unwrap_or(0), decay_reach(source)),
        surplus: None,
        is_new: true,
        days,
    };
    let needs = key::Needs {
        renewals: source.renews(),
    };
    let terms = key::KeyTerms::of(reads, &needs, positions);
    let mut groups = Vec::new();
    for rows in key::part(positions, &terms) {
        let mut group = assembly.group(positions, &terms, &rows)?;
        if premium != 0 {
            group.opening.premium = premium;
            group.amortisation = assembly.amortised(&group).unwrap_or_default();
        }
        group.members = Vec::new();
        groups.push(group);
    }
    Ok(groups)
}

/// How the premium of a contract that is taken in on a day is released from then on. `leg`: its interest under the run's market.
pub(crate) fn released(
    group: &Group,
    leg: Option<&super::group::InterestLeg>,
    origin: Date,
    from: Day,
    days: &[Day],
) -> crate::engine::series::Series {
    premium::amortisation(group, leg, origin, from, days).unwrap_or_default()
}

/// Accounts on demand pay interest for 13 months beyond the loop, and for as long as a core deposit of its last day decays.
fn horizon(date: Date, end: Day, reach: Day) -> Date {
    date.add_days(end)
        .and_then(|last| last.add_months(13).map(|window| window.max(last)))
        .and_then(|last| last.add_days(reach))
        .unwrap_or(date)
}

/// How long the slowest core deposit takes to run off, in days; of one that halves, until a thousandth of it is left.
fn decay_reach(source: Source<'_>) -> Day {
    let mut reach = 0;
    for scenario in source.exercise.scenarios.values() {
        let overlay = Overlay::new(source.plan, Some(&source.exercise.book), Some(scenario));
        let scope = Definitions {
            plan: source.plan,
            overlay: &overlay,
        };
        let date = source.exercise.book.date;
        let mut widen = |tenor: Tenor, times: i32| {
            if let Some(end) = tenor.times(times).and_then(|tenor| tenor.after(date).ok()) {
                reach = reach.max(end.days_since(date));
            }
        };
        for behaviour in scenario.behaviours.values() {
            match &behaviour.settings.decay {
                Some(Decay::Linear { term }) => {
                    if let Ok(Value::Tenor(term)) = evaluate(term, &scope) {
                        widen(term, 1);
                    }
                }
                Some(Decay::Exponential { half_life }) => {
                    if let Ok(Value::Tenor(half_life)) = evaluate(half_life, &scope) {
                        widen(half_life, 10);
                    }
                }
                Some(Decay::Schedule(shares)) => {
                    for (tenor, _) in shares {
                        widen(*tenor, 1);
                    }
                }
                None => {}
            }
        }
    }
    reach
}

/// A place that has nothing but literals, parameters and tables.
struct Definitions<'a> {
    plan: &'a Plan,
    overlay: &'a Overlay,
}

impl Scope for Definitions<'_> {
    fn plan(&self) -> &Plan {
        self.plan
    }
    fn overlay(&self) -> &Overlay {
        self.overlay
    }
}

/// The anchor of an exercise's points.
pub fn anchor(source: Source<'_>) -> Anchor {
    Anchor {
        date: source.exercise.book.date,
        last_payment: source.last_payment(),
    }
}

/// Where a position was read, for messages.
fn place(positions: &InstrumentPositions, row: usize) -> String {
    let origin = positions.origin.get(row);
    let source = origin
        .and_then(|o| positions.sources.get(o.source as usize))
        .map_or("", String::as_str);
    origin.map_or_else(String::new, |o| format!("{source}, row {}", o.row))
}
