//! Many like contracts at once: lanes across the positions of one payment calendar, day by day.
//!
//! Positions of a batch that share payment days are laid side by side, longest first, so that the living ones are a prefix.
//! State is whole quanta in binary64, exact below 2^53. A product of balance, rate and part of a year is off by less than
//! 2^-50 of itself; unless it lies that near to a half, rounding it to the nearest whole number is the exact answer, and
//! where it does, the one lane is done again in integers. So the integers are those of the scalar course.

mod calendar;
mod lanes;

use crate::calendar::Date;
use crate::quantity::Rate;

use calendar::{Calendar, Shape};
use lanes::Lanes;

use super::Amount;
use super::error::{ContractError, Fault};
use super::roller::Roller;
use super::{
    Columns, Exposure, Floating, IndexId, InterestFlow, LegTerms, PrincipalFlow, ResetUsed, Sink,
    Span,
};

/// What a block of positions pays on one day. Slices have one entry a position, in the same order.
#[derive(Clone, Copy, Debug)]
pub struct Block<'a> {
    /// Places in the columns.
    pub positions: &'a [u32],
    /// The payment day before; of the first period a position's accrual may start later or earlier.
    pub start: Date,
    /// When the payments are due,
    pub due: Date,
    /// and paid.
    pub paid: Date,
    /// Interest, without what an exposure pays. Whole quanta if the sink's amounts are.
    pub interest: &'a [f64],
    /// The part of it that is margin; empty if not asked for.
    pub margin: &'a [f64],
    /// Principal; empty where none is exchanged.
    pub principal: &'a [f64],
    /// Balances before the principal is paid.
    pub balance: &'a [f64],
    /// The reset with which the interest was made.
    pub reset: Option<ResetUsed>,
    /// The period without a rate of the index, of which the balances are still to be paid interest.
    pub exposure: Option<BlockExposure>,
    /// The spreads over the index of an exposure.
    pub spread: &'a [Rate],
}

/// What an [`Exposure`] says, but for balance, spread and days of payment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BlockExposure {
    /// Whose rate.
    pub index: IndexId,
    /// The day on which it is fixed.
    pub fixing: Date,
    /// First
    pub period_start: Date,
    /// and last day of the period that the fixing is for.
    pub period_end: Date,
    /// Part of a year from `start` to `due`: numerator
    pub numerator: i64,
    /// over denominator.
    pub denominator: i64,
}

impl Block<'_> {
    /// Tells the block to a sink position by position.
    pub fn unpack<S: Sink>(&self, sink: &mut S) {
        let amount = |lanes: &[f64], lane: usize| {
            lanes
                .get(lane)
                .copied()
                .filter(|x| *x != 0.0)
                .map(S::Amount::of_lane)
        };
        let (start, due, paid, reset) = (self.start, self.due, self.paid, self.reset);
        for (lane, (position, balance)) in self.positions.iter().zip(self.balance).enumerate() {
            let position = *position as usize;
            if let Some(exposure) = self.exposure {
                let BlockExposure {
                    index,
                    fixing,
                    period_start,
                    period_end,
                    numerator,
                    denominator,
                } = exposure;
                let balance = S::Amount::of_lane(*balance);
                let spread = self.spread.get(lane).copied().unwrap_or_default();
                let end = due;
                sink.exposure(
                    position,
                    &Exposure {
                        index,
                        fixing,
                        period_start,
                        period_end,
                        start,
                        end,
                        numerator,
                        denominator,
                        due,
                        paid,
                        balance,
                        spread,
                    },
                );
            }
            if let Some(amount) = amount(self.interest, lane) {
                sink.interest(
                    position,
                    &InterestFlow {
                        start,
                        due,
                        paid,
                        amount,
                        reset,
                    },
                );
            }
            if let Some(amount) = amount(self.margin, lane) {
                sink.margin_interest(
                    position,
                    &InterestFlow {
                        start,
                        due,
                        paid,
                        amount,
                        reset,
                    },
                );
            }
            if let Some(amount) = amount(self.principal, lane) {
                sink.principal(position, &PrincipalFlow { due, paid, amount });
            }
        }
    }
}

/// Lanes a block has at most: their state and a sink's few vectors stay in the first caches.
const LANES: usize = 512;

/// Runs what fits into lanes. Returns the positions that do not, in order, and the faults of those that broke off.
pub(super) fn run<S: Sink>(
    terms: &LegTerms,
    columns: &Columns,
    span: Span,
    floating: Floating<'_>,
    sink: &mut S,
) -> (Vec<usize>, Vec<ContractError>) {
    let Some(shape) = Shape::of(terms, columns, span, floating) else {
        return ((0..columns.len()).collect(), Vec::new());
    };
    let (mut lanes, mut rest, mut errors) =
        (Vec::with_capacity(columns.len()), Vec::new(), Vec::new());
    for position in 0..columns.len() {
        match shape.lane(position) {
            Some(lane) => lanes.push(lane),
            None => rest.push(position),
        }
    }
    lanes.sort_unstable_by(|a, b| {
        a.key
            .cmp(&b.key)
            .then(b.last.cmp(&a.last))
            .then(a.position.cmp(&b.position))
    });
    let mut roller = Roller::new(&terms.calendar, terms.roll, span.valuation);
    let mut state = Lanes::default();
    for group in lanes.chunk_by(|a, b| a.key == b.key) {
        let Some(longest) = group.first() else {
            continue;
        };
        let calendar = Calendar::of(&shape, longest.key, longest.last, floating, &mut roller);
        for chunk in group.chunks(LANES) {
            let positions = chunk.iter().map(|lane| lane.position as usize);
            match &calendar {
                Some(calendar) if state.fill::<S>(&shape, calendar, chunk).is_some() => {
                    if let Err(Fault { term, reason }) = state.play(&shape, calendar, sink) {
                        errors
                            .extend(positions.map(|position| {
                                ContractError::new(position, term, reason.clone())
                            }));
                    }
                }
                _ => rest.extend(positions),
            }
        }
    }
    rest.sort_unstable();
    (rest, errors)
}
