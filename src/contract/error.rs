//! What is wrong with the terms of a position.

use std::fmt;

use crate::calendar::CalendarError;
use crate::quantity::QuantityError;

/// A term of a contract, by its name in the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names are the language's")]
pub enum Term {
    Principal,
    Maturity,
    Start,
    Accrued,
    LastPayment,
    Rate,
    Margin,
    LastFixing,
    NextReset,
    Repays,
    Accrues,
    DayCount,
    Calendar,
    Book,
    Round,
}

impl Term {
    /// The name in the language.
    pub const fn name(self) -> &'static str {
        match self {
            Term::Principal => "principal",
            Term::Maturity => "maturity",
            Term::Start => "start",
            Term::Accrued => "accrued",
            Term::LastPayment => "last_payment",
            Term::Rate => "rate",
            Term::Margin => "margin",
            Term::LastFixing => "last_fixing",
            Term::NextReset => "next_reset",
            Term::Repays => "repays",
            Term::Accrues => "accrues",
            Term::DayCount => "daycount",
            Term::Calendar => "calendar",
            Term::Book => "book",
            Term::Round => "round",
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A position whose terms are missing or contradict each other. Its flows are incomplete: a run that holds one is refused,
/// or the position is quarantined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContractError {
    /// The position's place in its columns.
    pub position: usize,
    /// The term at fault.
    pub term: Term,
    /// What is wrong, lower case, without full stop.
    pub reason: String,
}

impl ContractError {
    pub(super) fn new(position: usize, term: Term, reason: impl Into<String>) -> ContractError {
        ContractError {
            position,
            term,
            reason: reason.into(),
        }
    }
}

impl fmt::Display for ContractError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for ContractError {}

/// A fault of one contract before its position is known.
pub(super) struct Fault {
    pub term: Term,
    pub reason: String,
}

impl From<CalendarError> for Fault {
    fn from(error: CalendarError) -> Fault {
        let term = match error {
            CalendarError::CouponPeriodMissing | CalendarError::CouponPeriodNotMonths(_) => {
                Term::DayCount
            }
            CalendarError::NoStep(_) => Term::Accrues,
            _ => Term::Maturity,
        };
        Fault {
            term,
            reason: error.to_string(),
        }
    }
}

impl From<QuantityError> for Fault {
    fn from(error: QuantityError) -> Fault {
        Fault {
            term: Term::Principal,
            reason: error.to_string(),
        }
    }
}
