//! The schedule of one position, as the groups of a run are made of it.

use std::cell::RefCell;

use super::assemble::no_business_days;
use super::{Source, horizon, place};
use crate::book::{AccrualKind, InstrumentPositions};
use crate::calendar::{BusinessCalendar, Date, Tenor};
use crate::contract::{Compounding, Fixings, Floating, Flow, FlowKind, IndexId, ResetUsed, Span};
use crate::diagnostic::{Diagnostic, codes, nearest};
use crate::engine::group::Leg;
use crate::engine::overnight::{Stretch, stretch};
use crate::market::{Bump, ScenarioMarket};
use crate::plan::{InstrumentId, Side};
use crate::quantity::{Currency, Rate};

/// A payment of a position.
#[derive(Clone, Debug)]
pub struct PositionFlow {
    /// The leg of a derivative.
    pub leg: Leg,
    /// Principal or interest, with its days. Positive when the bank receives it; in quanta.
    pub flow: Flow<i128>,
    /// What it is paid in.
    pub currency: Currency,
}

/// What a position pays, and what may end it early.
#[derive(Clone, Debug, Default)]
pub struct PositionSchedule {
    /// Its payments, by day.
    pub flows: Vec<PositionFlow>,
    /// `callable` and `putable`, as its terms say; they move no flow.
    pub flags: Vec<&'static str>,
}

/// Index rates at the forwards of the book's market.
struct Forwards<'m> {
    market: &'m ScenarioMarket<'m>,
    index: String,
    reset: Option<Tenor>,
    compounding: Option<Compounding>,
    date: Date,
    error: RefCell<Option<Diagnostic>>,
}

impl Forwards<'_> {
    fn read(&self, fixing: Date, period: Option<Tenor>) -> Result<Rate, Diagnostic> {
        let seen = fixing.min(self.date);
        let rate = self
            .market
            .index_rate(&self.index, fixing, period, seen, Bump::None)?;
        Rate::from_f64(rate)
            .map_err(|error| Diagnostic::error(codes::run::OUT_OF_RANGE, error.to_string()))
    }

    /// The rate; what is wrong with it is kept.
    fn told<T>(&self, rate: Result<T, Diagnostic>) -> Option<T> {
        rate.map_err(|error| *self.error.borrow_mut() = Some(error))
            .ok()
    }
}

impl Fixings for Forwards<'_> {
    fn rate(&self, _index: IndexId, fixing: Date, _start: Date, _end: Date) -> Option<Rate> {
        self.told(self.read(fixing, self.reset))
    }

    fn compounded(
        &self,
        _index: IndexId,
        period: (Date, Date),
        part: (Date, Date),
    ) -> Option<ResetUsed> {
        let made = stretch(self.compounding.as_ref()?, period, part, |day, days| {
            self.read(day, Some(days))
        });
        let Stretch { rate, fixed, .. } = self.told(made)?;
        Some(ResetUsed {
            fixing: fixed,
            rate,
        })
    }
}

/// A position that is parted over a dimension stands in the book by its parts, each with a name of its own.
fn no_position(source: Source<'_>, instrument: InstrumentId, id: &str) -> Diagnostic {
    let of_instrument = source.positions.instruments.iter();
    let ids = || {
        (of_instrument.clone())
            .filter(|positions| positions.instrument == instrument)
            .flat_map(|positions| positions.ids.iter().map(|own| &**own))
    };
    let message = format!("there is no position `{id}`");
    let error = Diagnostic::error(codes::run::NOT_IN_PROJECT, message);
    let is_part = |own: &&str| {
        own.strip_prefix(id)
            .is_some_and(|rest| rest.starts_with('/'))
    };
    let parts: Vec<String> = (ids().filter(is_part))
        .map(|own| format!("`{own}`"))
        .collect();
    if !parts.is_empty() {
        return error.help(format!("it is parted: ask for {}", parts.join(" or ")));
    }
    match nearest(id, ids()) {
        Some(near) => error.help(format!(
            "did you mean `{near}`? A row that was set aside is no position"
        )),
        None => error
            .help("a row that was set aside is no position: `plimsoll run --dry-run` tells them"),
    }
}

/// What a position pays after the book's date, by day; floating interest at the forwards of the book's market. Contracts
/// without an end are followed for a year.
///
/// # Errors
/// An unknown position; terms that are missing or contradict; a rate that the market does not have.
pub fn position(
    source: Source<'_>,
    market: &ScenarioMarket<'_>,
    instrument: InstrumentId,
    id: &str,
) -> Result<PositionSchedule, Vec<Diagnostic>> {
    let date = source.positions.date;
    let mut of_instrument = source.positions.instruments.iter();
    let found = of_instrument.find_map(|positions| {
        let same = positions.instrument == instrument;
        let row = positions.ids.iter().position(|own| same && **own == *id)?;
        Some((positions, row))
    });
    let Some((positions, row)) = found else {
        return Err(vec![no_position(source, instrument, id)]);
    };
    let Some(shape) = positions.shape_of(row) else {
        return Ok(PositionSchedule::default());
    };
    let two_legs = shape.pays.is_some() || shape.receives.is_some();
    let legs: &[Leg] = if two_legs {
        &[Leg::Receives, Leg::Pays]
    } else {
        &[Leg::Only]
    };
    let span = Span {
        valuation: date,
        horizon: horizon(date, 0, 0),
    };
    let mut flows = Vec::new();
    for leg in legs {
        let own = positions.currency.get(row);
        let kind = match leg {
            Leg::Only => shape.accrues.as_ref(),
            Leg::Pays => shape.pays.as_ref(),
            Leg::Receives => shape.receives.as_ref(),
        };
        if two_legs && kind.is_none() {
            continue;
        }
        let currency = match kind {
            Some(AccrualKind::CashFlow { currency }) => Some(*currency),
            _ => own,
        };
        let Some(currency) = currency else { continue };
        let Some(batch) = source.batch(positions, row, *leg, currency) else {
            continue;
        };
        let sign = match (leg, positions.side) {
            (Leg::Pays, _) | (Leg::Only, Side::Liability) => -1,
            _ => 1,
        };
        let forwards = kind.and_then(|kind| match kind {
            AccrualKind::Index { index, reset, .. } => Some(Forwards {
                market,
                index: index.clone(),
                reset: *reset,
                compounding: batch.compounding(),
                date,
                error: RefCell::new(None),
            }),
            _ => None,
        });
        let unfixed = |terms: &Compounding| terms.calendar == BusinessCalendar::None;
        if batch.compounding().as_ref().is_some_and(unfixed) {
            let name = crate::book::instrument_name(source.plan, instrument);
            return Err(vec![no_business_days(name, currency)]);
        }
        let floating = match &forwards {
            Some(forwards) => Floating::Rates(forwards),
            None => Floating::Exposures,
        };
        let record = batch.one(row, span, floating).map_err(|error| {
            let unpriced = forwards.as_ref().and_then(|f| f.error.borrow_mut().take());
            vec![unpriced.unwrap_or_else(|| wrong(positions, row, &error.reason.to_string()))]
        })?;
        let told = record.flows.into_iter();
        let told = told.filter(|flow| flow.kind != FlowKind::Margin);
        flows.extend(told.map(|flow| PositionFlow {
            leg: *leg,
            flow: Flow {
                amount: sign * flow.amount,
                ..flow
            },
            currency,
        }));
    }
    flows.sort_by_key(|told| (told.flow.due, told.flow.kind));
    let carried = [
        ("callable", &positions.is_callable),
        ("putable", &positions.is_putable),
    ];
    let flags = carried
        .into_iter()
        .filter(|(_, column)| column.get(row) == Some(true));
    let flags = flags.map(|(flag, _)| flag).collect();
    Ok(PositionSchedule { flows, flags })
}

fn wrong(positions: &InstrumentPositions, row: usize, reason: &str) -> Diagnostic {
    let id = positions.ids.get(row).map_or("", |id| id);
    Diagnostic::error(
        codes::run::TERM_MISSING,
        format!("position `{id}`: {reason}"),
    )
    .note(format!("read from {}", place(positions, row)))
}
