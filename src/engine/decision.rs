//! The action book of a run: what was decided, what was seen then, and what became of it.

use super::series::{Amount, Day};
use super::state::Reading;
use crate::formula::Value;
use crate::plan::{ActionId, HedgeId, MetricId};
use crate::quantity::Currency;

/// A decision of an action, or an attempt that was refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// The action.
    pub action: ActionId,
    /// The day on which it was decided: of a trigger an observation day.
    pub day: Day,
    /// The day on which it settles. Of a refusal: the last day of the stretch over which it was refused for the same reason.
    pub settles: Day,
    /// The metrics that the trigger names, as it saw them.
    pub seen: Vec<(MetricId, Value)>,
    /// One entry a line of `do`.
    pub legs: Vec<DecidedLeg>,
    /// Why nothing was decided; `None`: it was.
    pub refused: Option<String>,
    /// Whether it has been settled.
    pub is_settled: bool,
}

/// One line of `do` of a decision.
#[derive(Clone, Debug, PartialEq)]
pub struct DecidedLeg {
    /// The currency of the amounts.
    pub currency: Currency,
    /// What was asked for, quanta.
    pub asked: Amount,
    /// What capacity left of it, quanta.
    pub granted: Amount,
    /// What was settled, quanta; 0 before.
    pub filled: Amount,
    /// Cash received (+) or paid (-) at settlement, quanta.
    pub cash: Amount,
    /// Whether the line has an amount at all.
    pub is_sized: bool,
    /// Why less was settled than asked for.
    pub reason: Option<String>,
}

/// What a hedging programme saw on one of its days, and did; amounts of money are in the book's currency.
#[derive(Clone, Debug, PartialEq)]
pub struct Rebalancing {
    /// The programme.
    pub hedge: HedgeId,
    /// The day.
    pub day: Day,
    /// Of a refusal: the last day of the stretch over which it was refused for the same reason.
    pub until: Day,
    /// The exposure of its positions.
    pub exposure: Value,
    /// That of the swaps that it held.
    pub held: Value,
    /// What they are to come to.
    pub target: Value,
    /// What was done.
    pub done: Option<Rebalanced>,
    /// Why nothing was done.
    pub refused: Option<String>,
}

/// How a programme was brought to its ratio.
#[derive(Clone, Debug, PartialEq)]
pub enum Rebalanced {
    /// A new swap, with its notional.
    Entered(DecidedLeg),
    /// The same share of each of its swaps, with their notional.
    Unwound(DecidedLeg),
}

impl Decision {
    /// Whether it counts: it was decided, and not refused.
    pub fn counts(&self) -> bool {
        self.refused.is_none()
    }

    /// Whether it has been decided and not yet settled at a reading.
    pub fn is_pending(&self, reading: Reading) -> bool {
        match reading {
            Reading::Start => false,
            Reading::Day(day) => self.counts() && self.day <= day && self.settles > day,
        }
    }

    /// Whether it has been settled by a reading.
    pub fn is_done(&self, reading: Reading) -> bool {
        match reading {
            Reading::Start => false,
            Reading::Day(day) => self.is_settled && self.settles <= day,
        }
    }
}
