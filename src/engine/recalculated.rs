//! Contracts whose payment is worked out anew at each reset (class P): they are run again under every market that looks at them.

use crate::calendar::{Date, Tenor};
use crate::contract::{Columns, LegTerms, Span};
use crate::plan::FactorName;

/// What it takes to run the contracts of a group from their beginning.
#[derive(Clone, Debug)]
pub struct Recalculated {
    /// The index.
    pub index: FactorName,
    /// Between resets; the tenor of what is fixed where the index has none of its own.
    pub reset: Option<Tenor>,
    /// What the contracts share.
    pub(crate) terms: LegTerms,
    /// Their numbers, the margin beside.
    pub(crate) columns: Columns,
    /// From the day on which they stand in the book, or begin.
    pub(crate) span: Span,
    /// The book's date: day 0.
    pub(crate) origin: Date,
}
