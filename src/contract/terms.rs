//! The terms that all positions of a batch share.

use serde::{Deserialize, Serialize};

use crate::calendar::{BusinessCalendar, DayCount, Roll, Tenor};
use crate::quantity::{CurrencyCode, Rate};

/// An index, numbered by the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct IndexId(pub u32);

/// How the principal is paid back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Repayment {
    /// All at maturity.
    Bullet,
    /// In equal instalments, counted back from maturity, or on from the column `first` where a position has it.
    Linear {
        /// Between instalments.
        every: Tenor,
    },
    /// In level payments of principal and interest, counted back from maturity; the nominal rate a payment is the rate over
    /// the payments a year, whatever the day count.
    Annuity {
        /// Between payments.
        every: Tenor,
    },
    /// By the dated amounts of the column `schedules`; what they leave is paid at maturity.
    Schedule,
    /// On demand: no principal is due.
    OnDemand,
    /// At notice: no principal is due before notice is given.
    Notice(Tenor),
    /// Never.
    Never,
}

impl Repayment {
    /// Whether the contract has a maturity.
    pub const fn is_dated(self) -> bool {
        matches!(
            self,
            Repayment::Bullet
                | Repayment::Linear { .. }
                | Repayment::Annuity { .. }
                | Repayment::Schedule
        )
    }

    /// Between payments of principal.
    pub const fn every(self) -> Option<Tenor> {
        match self {
            Repayment::Linear { every } | Repayment::Annuity { every } => Some(every),
            _ => None,
        }
    }
}

/// How interest accrues and when it is paid. Where `every` is absent it is paid with the principal (linear, annuity,
/// schedule; of an index the shorter of that and the reset), at the resets (index), else at maturity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Accrual {
    /// At the column `rate`.
    Fixed {
        /// Between payments of interest.
        every: Option<Tenor>,
    },
    /// At the index rate of each reset period, within the columns `floor` and `cap`, plus the column `spread`. The running
    /// period has the column `last_fixing`. Resets count on from the column `next_reset`, else back from maturity.
    Index {
        /// Whose rate.
        index: IndexId,
        /// Between resets; also the length of the period that a fixing is for.
        reset: Tenor,
        /// Business days from fixing to reset.
        lag: u32,
        /// Between payments of interest.
        every: Option<Tenor>,
        /// The multiple to which a rate of the index is rounded before floor and cap.
        rounding: Option<Rate>,
        /// An overnight rate compounded in arrears over each period of interest: known at its end, and no `last_fixing`.
        in_arrears: bool,
    },
    /// At the column `rate`, which the bank may change: today's client rate for ever.
    Client {
        /// Between payments of interest.
        every: Tenor,
    },
    /// Not at all (also a single cash flow: bullet without interest).
    None,
}

/// How a scenario enters what the contract pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Class {
    /// Not at all.
    L0,
    /// Linearly in index rates: uncapped floaters that are no annuities.
    L1,
    /// By exact attribute: floaters with a floor or cap, client rates.
    G,
    /// Position by position: floating annuities.
    P,
}

/// What all positions of one leg of one instrument have in common. Where a text lets one of these differ from row to row,
/// the caller makes a batch of each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LegTerms {
    /// In which all amounts are.
    pub currency: CurrencyCode,
    /// How principal is paid.
    pub repayment: Repayment,
    /// How interest accrues.
    pub accrual: Accrual,
    /// The part of a year that a period is.
    pub day_count: DayCount,
    /// The business days on which money is paid.
    pub calendar: BusinessCalendar,
    /// How a due day becomes a paid day; accrual does not roll.
    pub roll: Roll,
    /// Whether payment days fall on month ends; absent: where the anchor of the schedule is one.
    pub month_end: Option<bool>,
    /// Whether a maturity or payment on or before the valuation day is overdue, and so paid on the first business day after,
    /// rather than a bad row.
    pub arrears: bool,
    /// The unit, in quanta, to which payments are rounded in place of one quantum.
    pub round: Option<i64>,
    /// Whether the payment of an annuity is level under the day count, not by payments a year.
    #[serde(default)]
    pub exact_payment: bool,
    /// Whether principal is paid; false for the legs of a swap, whose notional is memo only.
    pub exchanges_principal: bool,
}

impl LegTerms {
    /// Terms of a leg that pays principal on calendar days, unrolled, at the quantum.
    pub fn new(
        currency: CurrencyCode,
        repayment: Repayment,
        accrual: Accrual,
        day_count: DayCount,
    ) -> LegTerms {
        LegTerms {
            currency,
            repayment,
            accrual,
            day_count,
            calendar: BusinessCalendar::None,
            roll: Roll::None,
            month_end: None,
            arrears: false,
            round: None,
            exact_payment: false,
            exchanges_principal: true,
        }
    }

    /// How a scenario enters; `bounded` where any position has a floor or cap.
    pub fn class(&self, bounded: bool) -> Class {
        match (self.accrual, self.repayment) {
            (Accrual::Index { .. }, Repayment::Annuity { .. }) => Class::P,
            (Accrual::Index { .. }, _) if bounded => Class::G,
            (Accrual::Index { .. }, _) => Class::L1,
            (Accrual::Client { .. }, _) => Class::G,
            _ => Class::L0,
        }
    }

    /// Whether the rate of a period is known at its end only: an overnight rate that is compounded over it.
    pub const fn pays_in_arrears(&self) -> bool {
        matches!(
            self.accrual,
            Accrual::Index {
                in_arrears: true,
                ..
            }
        )
    }

    /// Between payments of interest; `None`: with the scheduled principal, or at maturity.
    pub fn interest_every(&self) -> Option<Tenor> {
        let principal = self.repayment.every();
        match self.accrual {
            Accrual::Fixed { every } => every.or(principal),
            Accrual::Client { every } => Some(every),
            Accrual::None => None,
            Accrual::Index {
                every: Some(every), ..
            }
            | Accrual::Index {
                reset: every,
                in_arrears: true,
                ..
            } => Some(every),
            Accrual::Index {
                reset, every: None, ..
            } => match principal {
                Some(principal)
                    if reset.compare(principal) == Some(std::cmp::Ordering::Greater) =>
                {
                    Some(principal)
                }
                _ => Some(reset),
            },
        }
    }
}
