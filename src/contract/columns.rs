//! What differs from position to position, as columns.

use crate::calendar::Date;
use crate::quantity::Rate;

/// A column of a batch.
#[derive(Clone, Debug, Default)]
pub enum Column<T> {
    /// No position has the term.
    #[default]
    Absent,
    /// Every position has the same.
    Same(T),
    /// Each position its own, or none.
    Each(Vec<Option<T>>),
}

impl<T: Copy> Column<T> {
    /// The term of one position.
    #[inline]
    pub fn get(&self, position: usize) -> Option<T> {
        match self {
            Column::Absent => None,
            Column::Same(value) => Some(*value),
            Column::Each(values) => values.get(position).copied().flatten(),
        }
    }

    /// A column in which each position has a value.
    pub fn of(values: impl IntoIterator<Item = T>) -> Column<T> {
        Column::Each(values.into_iter().map(Some).collect())
    }

    /// Whether no position has the term.
    pub fn is_absent(&self) -> bool {
        match self {
            Column::Absent => true,
            Column::Same(_) => false,
            Column::Each(values) => values.iter().all(Option::is_none),
        }
    }
}

/// A dated payment of principal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScheduledAmount {
    /// The due day.
    pub day: Date,
    /// Quanta.
    pub amount: i128,
}

/// A fixed rate from a day on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RateStep {
    /// From its close on.
    pub day: Date,
    /// A year.
    pub rate: Rate,
}

/// A share of the balance that is paid back on a day beside the schedule, while the payments stay as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Prepayment {
    /// At its close, after what is due on it.
    pub day: Date,
    /// What stays, at 1e-15.
    pub left: i64,
}

/// The positions of a batch, resolved: one entry a position in each column that is not absent. Amounts are quanta of the
/// leg's currency, not negative.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    /// Outstanding principal, or the notional of a swap leg; of a forward-starting contract what is paid out at its start.
    pub principal: Vec<i128>,
    /// Fixed or client rate.
    pub rate: Column<Rate>,
    /// Of dated contracts.
    pub maturity: Column<Date>,
    /// After the valuation day: forward-starting.
    pub start: Column<Date>,
    /// First instalment of a linear repayment.
    pub first: Column<Date>,
    /// Interest accrued at the valuation day; or
    pub accrued: Column<i128>,
    /// the due day of the last payment of interest, from which it accrues.
    pub last_payment: Column<Date>,
    /// The part of the rate that is margin.
    pub margin: Column<Rate>,
    /// Over the index.
    pub spread: Column<Rate>,
    /// The least index rate.
    pub floor: Column<Rate>,
    /// The greatest index rate.
    pub cap: Column<Rate>,
    /// The index rate of the running period.
    pub last_fixing: Column<Rate>,
    /// The day of the next reset.
    pub next_reset: Column<Date>,
    /// Up to and on this day linear and annuity payments are of interest only.
    pub interest_only: Column<Date>,
    /// Nothing is paid before this day; interest accrues up to it, is paid on it, and principal after it (linear and annuity).
    pub grace: Column<Date>,
    /// What linear and annuity payments leave for maturity.
    pub balloon: Column<i128>,
    /// Fixed rates from later days on, ascending; empty unless rates step.
    pub steps: Vec<Vec<RateStep>>,
    /// Dated payments of principal, in any order; empty unless the repayment is a schedule.
    pub schedules: Vec<Vec<ScheduledAmount>>,
    /// What every position pays back beside its schedule, ascending. Its payments stay, so that it ends earlier.
    pub prepayments: Vec<Prepayment>,
}

impl Columns {
    /// The number of positions.
    pub fn len(&self) -> usize {
        self.principal.len()
    }

    /// Whether there is no position.
    pub fn is_empty(&self) -> bool {
        self.principal.is_empty()
    }

    /// Whether any position leaves something out of its payments, pays back beside them, or has a rate that steps.
    pub fn is_irregular(&self) -> bool {
        !self.interest_only.is_absent()
            || !self.grace.is_absent()
            || !self.prepayments.is_empty()
            || !self.balloon.is_absent()
            || self.steps.iter().any(|steps| !steps.is_empty())
    }

    /// Whether any position has a floor or cap.
    pub fn is_bounded(&self) -> bool {
        !self.floor.is_absent() || !self.cap.is_absent()
    }
}
