//! Groups: positions that are alike in all that a formula, behaviour or shock reads, as amounts by day. They know no scenario.

use super::series::{Amount, Day, Series};
use super::state::mul_div;
use crate::calendar::{Date, DayCount, Tenor};
use crate::formula::Value;
use crate::plan::{Accounting, DimensionId, FactorName, InstrumentId, ProductId, Side, Term};
use crate::quantity::Currency;
use std::sync::Arc;

/// A rate a year in units of 1e-12.
pub type RateUnits = i64;

/// One, in the units of rates (1e-12).
pub const RATE_ONE: i64 = 1_000_000_000_000;

/// One, in the units of discount factors and survival (1e-15).
pub const ONE: i128 = 1_000_000_000_000_000;

/// Accrued interest is kept in thousandths of a quantum.
pub const ACCRUED_SCALE: i128 = 1_000;

/// The projection of a book: every group with its amounts by day, the same in every scenario.
#[derive(Clone, Debug, Default)]
pub struct Projection {
    /// The book's date: day 0.
    pub date: Option<Date>,
    /// The groups, in order of their first position (instrument, id), legs of one contract side by side.
    pub groups: Vec<Group>,
    /// The last contractual payment of the opening book.
    pub last_payment: Day,
}

/// What the ledger and the measures treat apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GroupKind {
    /// Positions of the book, or new business.
    Contract,
    /// The surplus instrument in one currency: spare cash. Its balance is the ledger's cash.
    Cash,
    /// The plug in one currency: what was borrowed to cover a need. Belongs to `liabilities`.
    Plug,
    /// Need that nothing covered, in one currency. Belongs to `liabilities`; on demand.
    Unmet,
}

/// Which leg of a derivative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Leg {
    /// The contract has one.
    Only,
    /// What the bank pays.
    Pays,
    /// What the bank receives.
    Receives,
}

/// Where new business comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Birth {
    /// Its first day.
    pub day: Day,
    /// The product, if a product was its template; else the terms of what it replaces.
    pub product: Option<ProductId>,
    /// The group of the projection that it follows in kind.
    pub template: usize,
}

/// When principal comes back, as liquidity rules ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withdrawal {
    /// On stated days.
    Dated,
    /// On any day.
    OnDemand,
    /// After notice.
    Notice(Tenor),
    /// Never.
    Never,
}

/// A position inside a group: its instrument's row in the checked book, and its opening nominal, for drill-down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Index of the position within the positions of the group's instrument.
    pub row: u32,
    /// Its opening nominal.
    pub nominal: Amount,
}

/// Positions that are alike in all that is read of them.
#[derive(Clone, Debug)]
pub struct Group {
    /// What it stands for.
    pub kind: GroupKind,
    /// Its instrument.
    pub instrument: InstrumentId,
    /// Its currency (of a derivative: of the leg).
    pub currency: Currency,
    /// Asset, liability, off balance or derivative.
    pub side: Side,
    /// Which leg.
    pub leg: Leg,
    /// How it is carried.
    pub accounting: Accounting,
    /// The id of the position where `lots = each`.
    pub lot: Option<Arc<str>>,
    /// Set for new business.
    pub birth: Option<Birth>,
    /// Index of its cohort: groups of one cohort share the dynamic survival D.
    pub cohort: usize,
    /// The values of the dimensions that are read, in order of the dimension.
    pub dimensions: Vec<(DimensionId, Value)>,
    /// The exact values of terms that are read, as of the book's date (rate, maturity, start, margin, …), in order of the term.
    pub terms: Vec<(Term, Value)>,
    /// Its positions, by id. Empty for new business, plug and unmet need.
    pub members: Vec<Member>,
    /// As booked.
    pub opening: Opening,
    /// When principal comes back.
    pub withdrawal: Withdrawal,
    /// The last contractual day of a dated contract (unadjusted), the latest of its members.
    pub maturity: Option<Day>,
    /// Contractual principal by paid day (P). Notionals of swaps have none.
    pub principal: Series,
    /// Amortisation of premium or discount by day, in the sign of `opening.premium` (U).
    pub amortisation: Series,
    /// How interest comes about.
    pub interest: InterestTerms,
    /// Day count of its accrual.
    pub daycount: Option<DayCount>,
}

/// The opening amounts of a group, as booked (`start`).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Opening {
    /// Nominal N (of a derivative: the notional, which is memo).
    pub nominal: Amount,
    /// Unamortised premium (+) or discount (-), U.
    pub premium: Amount,
    /// Fair-value adjustment F.
    pub fair_value: Amount,
    /// Undrawn commitment.
    pub undrawn: Amount,
    /// Dirty market value at the stated price; `None` where no price is mapped.
    pub market_value: Option<Amount>,
    /// Spread over the discount curve, continuously compounded, that reprices `market_value` (1e-15); 0 without a price or market.
    pub spread: i64,
    /// Amount encumbered otherwise than by deals of the book (`encumbered = …`), at market value, and the day on which it ends.
    pub encumbered: Vec<(Amount, Option<Day>)>,
    /// Haircut when it is monetised, or of a secured deal's collateral (1e-12).
    pub haircut: RateUnits,
    /// What can be monetised a day, for lots with a capacity.
    pub capacity_per_day: Option<Amount>,
    /// Days until the proceeds of a sale arrive.
    pub settles: Option<Tenor>,
}

/// How interest comes about.
#[derive(Clone, Debug)]
pub enum InterestTerms {
    /// None.
    None,
    /// Known amounts: the same in every scenario.
    Fixed(Arc<InterestLeg>),
    /// Linear in the fixings of an index (floored and capped alike in the whole group).
    Floating(Arc<Floating>),
    /// A rate that the bank sets; the balance is on demand or at notice.
    Client(Client),
}

/// A leg of interest: known periods, and what they pay by day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InterestLeg {
    /// The periods, by start.
    pub periods: Vec<AccrualPeriod>,
    /// Interest by paid day (I).
    pub paid: Series,
    /// The part of it that is customer margin, by paid day (Im).
    pub margin: Series,
    /// The longest time from a period's start to its payment, in days.
    pub longest: Day,
}

/// How accrued interest grows inside a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// Days since the start over a denominator (act/360, act/365, regular periods of act/actICMA).
    Days(i64),
    /// The day count's own function.
    Convention(DayCount),
}

/// A period of accrual of all positions of a group that share it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccrualPeriod {
    /// First day (unadjusted).
    pub start: Day,
    /// Last day (unadjusted): from here on the interest is due.
    pub end: Day,
    /// The day on which it is paid: until then it stands in accrued.
    pub paid: Day,
    /// How it grows.
    pub basis: Basis,
    /// Sum of balances that accrue, quanta: the base of transfer prices, and of the index of a floating period.
    pub balance: Amount,
    /// Sum of balance × rate, quanta × 1e-12.
    pub base: i128,
    /// Sum of balance × margin, quanta × 1e-12.
    pub margin_base: i128,
    /// Accrued on the start that does not follow from the rate (opening accrued that was stated), quanta.
    pub stated: Amount,
    /// What is paid at its end, rounded contract by contract.
    pub interest: Amount,
    /// The part of it that is margin.
    pub margin: Amount,
}

/// The floating periods of a group.
#[derive(Clone, Debug)]
pub struct Floating {
    /// The index.
    pub index: FactorName,
    /// Floor of the index (1e-12).
    pub floor: Option<RateUnits>,
    /// Cap of the index (1e-12).
    pub cap: Option<RateUnits>,
    /// The running periods, whose fixing is known.
    pub known: Vec<AccrualPeriod>,
    /// The periods to come: fixing day, and in `period` the base of the spread alone.
    pub exposures: Vec<Exposure>,
}

/// A floating period to come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// The day on which the index is read.
    pub fixing: Day,
    /// The period: `base` is the sum of balance × spread, `interest` is 0.
    pub period: AccrualPeriod,
}

/// A deposit or account whose rate the bank sets.
#[derive(Clone, Debug, PartialEq)]
pub struct Client {
    /// The client rate on the book's date (1e-12), the same in the whole group.
    pub rate: RateUnits,
    /// Customer margin in it (1e-12).
    pub margin: RateUnits,
    /// How often interest is paid.
    pub every: Option<Tenor>,
    /// Opening accrued, in thousandths of a quantum.
    pub accrued: i128,
}

impl Group {
    /// Contractual stock B(t): what the opening nominal has come down to by what was paid until the day (S = D = 1), quanta.
    pub fn contractual_balance(&self, day: Day) -> Amount {
        self.opening.nominal - self.principal.through(day)
    }

    /// The interest leg where it is the same in every scenario.
    pub fn fixed_interest(&self) -> Option<&InterestLeg> {
        match &self.interest {
            InterestTerms::Fixed(leg) => Some(leg),
            _ => None,
        }
    }

    /// A leg of a derivative: its nominal is memo, its value in the balance sheet is its fair value.
    pub fn is_derivative(&self) -> bool {
        self.side == Side::Derivative
    }

    /// Carried at market value.
    pub fn is_at_fair_value(&self) -> bool {
        matches!(self.accounting, Accounting::Fvoci | Accounting::Fvtpl)
    }

    /// What counts as an asset: +1, as a liability: -1; of a derivative's leg: received +1, paid -1; else 0.
    pub fn sign(&self) -> i128 {
        match (self.side, self.leg) {
            (Side::Asset, _) | (Side::Derivative, Leg::Receives) => 1,
            (Side::Liability, _) | (Side::Derivative, Leg::Pays) => -1,
            _ => 0,
        }
    }

    /// The value of a dimension, if the group has it.
    pub fn dimension(&self, dimension: DimensionId) -> Option<&Value> {
        self.dimensions
            .iter()
            .find(|(id, _)| *id == dimension)
            .map(|(_, value)| value)
    }

    /// The value of a term as of the book's date, if the group has it exactly.
    pub fn term(&self, term: Term) -> Option<&Value> {
        self.terms
            .iter()
            .find(|(id, _)| *id == term)
            .map(|(_, value)| value)
    }
}

impl AccrualPeriod {
    /// The year fraction from the start to the day, as numerator and denominator.
    pub fn fraction(&self, day: Day, origin: Option<Date>) -> (i128, i128) {
        match self.basis {
            Basis::Days(denominator) => {
                (i128::from(day - self.start), i128::from(denominator.max(1)))
            }
            Basis::Convention(daycount) => {
                let at = |d: Day| origin.and_then(|o| o.add_days(d).ok());
                at(self.start).zip(at(day)).map_or((0, 1), |(from, to)| {
                    let n = daycount.plain_fraction(from, to, None);
                    (i128::from(n.numerator), i128::from(n.denominator.max(1)))
                })
            }
        }
    }

    /// `amount` (a base in quanta × 1e-12) accrued to the day, in thousandths of a quantum, rounded half to even.
    pub fn grown(&self, base: i128, day: Day, origin: Option<Date>) -> i128 {
        let (numerator, denominator) = self.fraction(day.min(self.end), origin);
        // 1e-12 × 1000 = 1e-9: bases up to 1e26 and day numbers up to 1e6 stay inside 128 bits
        mul_div(
            base,
            numerator,
            denominator.saturating_mul(i128::from(RATE_ONE) / ACCRUED_SCALE),
        )
    }
}

impl InterestLeg {
    /// A leg from its periods: periods alike in their days are one, payments are summed by day. `None` where a sum overflows.
    pub fn from_periods(mut periods: Vec<AccrualPeriod>) -> Option<Self> {
        periods.sort_unstable_by_key(|p| (p.start, p.end, p.paid, p.basis));
        let mut merged: Vec<AccrualPeriod> = Vec::with_capacity(periods.len());
        for period in periods {
            match merged.last_mut() {
                Some(last)
                    if (last.start, last.end, last.paid, last.basis)
                        == (period.start, period.end, period.paid, period.basis) =>
                {
                    last.balance = last.balance.checked_add(period.balance)?;
                    last.base = last.base.checked_add(period.base)?;
                    last.margin_base = last.margin_base.checked_add(period.margin_base)?;
                    last.stated = last.stated.checked_add(period.stated)?;
                    last.interest = last.interest.checked_add(period.interest)?;
                    last.margin = last.margin.checked_add(period.margin)?;
                }
                _ => merged.push(period),
            }
        }
        let paid = Series::from_amounts(
            merged
                .iter()
                .map(|p| (p.paid, p.interest))
                .filter(|(_, i)| *i != 0)
                .collect(),
        )?;
        let margin = Series::from_amounts(
            merged
                .iter()
                .map(|p| (p.paid, p.margin))
                .filter(|(_, i)| *i != 0)
                .collect(),
        )?;
        let longest = merged
            .iter()
            .map(|p| p.paid.max(p.end) - p.start)
            .max()
            .unwrap_or(0);
        Some(Self {
            periods: merged,
            paid,
            margin,
            longest,
        })
    }

    /// The periods that have begun by the day and are not paid by it.
    pub fn running(&self, day: Day) -> impl Iterator<Item = &AccrualPeriod> {
        let from = self
            .periods
            .partition_point(|p| p.start < day - self.longest);
        self.periods
            .iter()
            .skip(from)
            .take_while(move |p| p.start <= day)
            .filter(move |p| p.paid > day)
    }

    /// Contractual accrued interest on the day (S = D = 1), interest that is due and not yet paid included, in thousandths of a quantum.
    pub fn accrued(&self, day: Day, origin: Option<Date>) -> i128 {
        self.running(day)
            .map(|p| {
                if day >= p.end {
                    p.interest * ACCRUED_SCALE
                } else {
                    p.stated * ACCRUED_SCALE + p.grown(p.base, day, origin)
                }
            })
            .sum()
    }
}
