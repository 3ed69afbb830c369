//! What one contract pays: exact, dated, in whole quanta. No grid, no metric, no behaviour, no scenario but fixings.
//!
//! A batch is one leg of one instrument: the [`LegTerms`] that all its positions share, and [`Columns`] with what differs.
//! [`project`] runs each contract once, event by event, and tells a [`Sink`] what is paid and how it accrues:
//!
//! ```text
//! interest  I = rhe(B * rate * n(last, u))           rhe: half even to the quantum of the currency, or to the term `round`
//! principal P = bullet 0 | linear rhe(B0/m) | annuity pay - I | schedule; the last event pays all of B
//! payment   pay = rhe(B*i / (1 - (1+i)^-m)), i = rate / payments a year; exact: level under the day count
//! balloon   K: payments are those of B - K, and interest on K; interest-only: no principal up to that day
//! ```
//!
//! Amounts are positive on both sides of the balance sheet; who calls gives them their sign. Days are the due day, on which
//! accrual ends, and the paid day, which is the due day rolled to a business day. Flows dated on the valuation day or before
//! are no part: the file is the close of that day.
//!
//! Classes (how a scenario enters): see [`LegTerms::class`]. Of an index leg that is no annuity the running period pays the
//! known fixing as interest, every later one is an [`Exposure`], linear in its index rate.

mod accrual;
mod amount;
mod arrears;
mod block;
mod columns;
mod compounding;
mod error;
pub mod events;
mod instalment;
mod record;
mod roller;
mod running;
mod scalar;
mod sink;
mod terms;
#[cfg(test)]
mod tests;
mod timeline;

pub use accrual::{AccrualClass, AccruedBalance};
pub use amount::{Amount, Fraction};
pub use block::{Block, BlockExposure};
pub use columns::{Column, Columns, Prepayment, RateStep, ScheduledAmount};
pub use compounding::{Compounding, CompoundingError, Observation};
pub use error::{ContractError, Term};
pub use record::{Flow, FlowKind, Recorder};
pub use sink::{
    AccrualChange, AccrualKind, Exposure, Fixings, InterestFlow, PrincipalFlow, ResetUsed, Sink,
};
pub use terms::{Accrual, Class, IndexId, LegTerms, Repayment};

use crate::calendar::Date;

/// Where the index rates of the periods after the running one come from.
#[derive(Clone, Copy)]
pub enum Floating<'a> {
    /// Nowhere: each is an [`Exposure`] for the caller to price (classes L1 and G).
    Exposures,
    /// From a scenario: interest is paid at `floor <= rate <= cap`, plus the spread (any class; the only way for P).
    Rates(&'a dyn Fixings),
}

/// The day at whose close the positions stand, and how far contracts without maturity are followed.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// The valuation day V: flows are those after it.
    pub valuation: Date,
    /// The last day on which a contract on demand, with notice or without end pays interest.
    pub horizon: Date,
}

/// Runs every contract of a batch and tells the sink what it pays after the valuation day. Positions come in the order of
/// their columns (in any order, if the sink takes [`Block`]s), the events of one in the order of their days. A position with an error has told an incomplete story: the
/// errors are all positions whose terms are missing or contradict, in order.
pub fn project<S: Sink>(
    terms: &LegTerms,
    columns: &Columns,
    span: Span,
    floating: Floating<'_>,
    sink: &mut S,
) -> Vec<ContractError> {
    let mut course = scalar::Course::new(terms, columns, span, floating);
    if !S::BLOCKS {
        return (0..columns.len())
            .filter_map(|position| course.run(position, sink).err())
            .collect();
    }
    let (rest, mut errors) = block::run(terms, columns, span, floating, sink);
    errors.extend(
        rest.into_iter()
            .filter_map(|position| course.run(position, sink).err()),
    );
    errors.sort_by_key(|error| error.position);
    errors
}

/// What one position of a batch pays, recorded: the same integers as in [`project`].
pub fn project_one(
    terms: &LegTerms,
    columns: &Columns,
    position: usize,
    span: Span,
    floating: Floating<'_>,
) -> Result<Recorder<i128>, ContractError> {
    let mut recorder = Recorder::default();
    scalar::Course::new(terms, columns, span, floating).run(position, &mut recorder)?;
    Ok(recorder)
}
