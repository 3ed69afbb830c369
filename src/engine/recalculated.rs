//! Contracts whose payment is worked out anew at each reset (class P): they are run again under every market that looks at them.

use super::project::contracts::Contracts;
use super::project::kernel::Projected;
use crate::calendar::Tenor;
use crate::contract::{Fixings, Floating};
use crate::plan::FactorName;

/// What it takes to run the contracts of a group from their beginning.
#[derive(Clone, Debug)]
pub struct Recalculated {
    /// The index.
    pub index: FactorName,
    /// Between resets; the tenor of what is fixed where the index has none of its own.
    pub reset: Option<Tenor>,
    /// The contracts, the margin beside.
    pub(crate) contracts: Contracts,
}

impl Recalculated {
    /// The contracts at the rates of a market; `None` where amounts cannot be counted.
    pub(crate) fn project(&self, fixings: &dyn Fixings) -> Option<Projected> {
        self.contracts.run(&[], Floating::Rates(fixings))
    }
}
