//! What a contract tells whoever projects it.

use crate::calendar::Date;
use crate::quantity::Rate;

use super::{AccrualClass, Block, IndexId};

/// A payment of principal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PrincipalFlow<A> {
    /// When it is due.
    pub due: Date,
    /// When it is paid: between the two days it stands in the account `due`.
    pub paid: Date,
    /// Positive when paid back, negative when paid out (a forward-starting contract).
    pub amount: A,
}

/// A payment of interest, or of the part that is margin.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InterestFlow<A> {
    /// First day of accrual: the due day of the payment before; the valuation day where opening accrued interest was given.
    pub start: Date,
    /// When accrual ends and it is due.
    pub due: Date,
    /// When it is paid.
    pub paid: Date,
    /// The amount; it includes opening accrued interest.
    pub amount: A,
    /// The reset of a floating payment that was priced here.
    pub reset: Option<ResetUsed>,
}

/// The index rate that a payment was made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResetUsed {
    /// The day of its fixing, of a compounded rate of the last one; of the running period unknown, so the valuation day.
    pub fixing: Date,
    /// Index rate before floor and cap.
    pub rate: Rate,
}

/// A floating balance over an accrual period without its index rate: pays `balance * rate * n(start, end)` on `paid`, with
/// rate = max(floor, min(cap, index)) + spread, rounded once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exposure<A> {
    /// Whose rate.
    pub index: IndexId,
    /// The day on which it is fixed.
    pub fixing: Date,
    /// First day of the period that the fixing is for (the reset day).
    pub period_start: Date,
    /// Last day of it: reset day plus the tenor between resets, also where the contract ends before.
    pub period_end: Date,
    /// Accrual begins,
    pub start: Date,
    /// and ends; after it the amount stands as accrued until `due`.
    pub end: Date,
    /// The part of a year between the two: numerator
    pub numerator: i64,
    /// over denominator.
    pub denominator: i64,
    /// When the payment is due,
    pub due: Date,
    /// and paid.
    pub paid: Date,
    /// Balance in the period.
    pub balance: A,
    /// The spread over the index.
    pub spread: Rate,
}

/// Which accrual a change is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccrualKind {
    /// Interest; of exposures the spread's part, while the index's follows from the exposure.
    Interest,
    /// The part of interest that is margin.
    Margin,
}

/// On a day, how accrued interest runs from then on: of one [`AccrualClass`],
/// `accrued(t) = (R(t) * number(t) - K(t)) / (basis * 1e12)` quanta, with R and K the sums of all changes up to t.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccrualChange {
    /// The due day; the valuation day for the opening.
    pub day: Date,
    /// Which accrual.
    pub kind: AccrualKind,
    /// Its day numbers and basis.
    pub class: AccrualClass,
    /// Change of R = sum of balance * rate, quanta x 1e-12.
    pub rate: i128,
    /// Change of K = sum of balance * rate * number(last), quanta x 1e-12.
    pub offset: i128,
}

/// Receives what the contracts of a batch pay, contract by contract and day by day. `position` is the place in the columns.
pub trait Sink: Sized {
    /// Amounts: `i128` for quanta rounded as the semantics say, `f64` for quanta unrounded (benchmarks).
    type Amount: super::Amount;
    /// Whether accrual changes are asked for.
    const ACCRUALS: bool = true;
    /// Whether the margin part is asked for.
    const MARGIN: bool = true;
    /// Whether like contracts may come together, as blocks, in any order of positions: several times as fast.
    const BLOCKS: bool = false;

    /// A payment of principal.
    fn principal(&mut self, position: usize, flow: &PrincipalFlow<Self::Amount>);
    /// Principal that is paid back beside the schedule; as it is, it is principal like any other.
    fn prepayment(&mut self, position: usize, flow: &PrincipalFlow<Self::Amount>) {
        self.principal(position, flow);
    }
    /// A payment of interest.
    fn interest(&mut self, position: usize, flow: &InterestFlow<Self::Amount>);
    /// The part of a payment of interest that is margin; of an exposure's period too.
    fn margin_interest(&mut self, _position: usize, _flow: &InterestFlow<Self::Amount>) {}
    /// A floating period that has no rate yet.
    fn exposure(&mut self, _position: usize, _exposure: &Exposure<Self::Amount>) {}
    /// How accrued interest runs from a day on.
    fn accrual(&mut self, _position: usize, _change: &AccrualChange) {}
    /// What a block of positions pays on a day; as it is, each position's part goes to the methods above.
    fn block(&mut self, block: &Block<'_>) {
        block.unpack(self);
    }
}

/// Index rates of a scenario: fixings of the past, forwards of the future.
pub trait Fixings {
    /// The rate of the index fixed on `fixing` for the period from `start` to `end`, at 1e-12; `None` if there is none.
    fn rate(&self, index: IndexId, fixing: Date, start: Date, end: Date) -> Option<Rate>;

    /// The simple rate from `start` to `end`, inside the period of interest `period`, of an overnight rate that is compounded
    /// in arrears over the period, and the day of its last fixing.
    fn compounded(
        &self,
        index: IndexId,
        _period: (Date, Date),
        (start, end): (Date, Date),
    ) -> Option<ResetUsed> {
        let rate = self.rate(index, start, start, end)?;
        Some(ResetUsed {
            fixing: start,
            rate,
        })
    }
}
