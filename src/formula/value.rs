//! What a formula yields.

use crate::calendar::{Date, DayCount, Tenor};
use crate::plan::{DimensionId, ScenarioKey};
use crate::quantity::{Currency, Rational};
use std::sync::Arc;

/// A value of the language. Numbers are exact rationals in base units: `5%` is 1/20, amounts are in units of their currency.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number, ratio or rate (a year).
    Number(Rational),
    /// An amount. Zero without a currency is `Number(0)`, which fits every quantity.
    Money(Rational, Currency),
    /// A length of time.
    Tenor(Tenor),
    /// A day.
    Date(Date),
    /// A truth value.
    Bool(bool),
    /// A text.
    Text(Arc<str>),
    /// A value of a closed dimension, by its place in the dimension's list.
    Member(DimensionId, u32),
    /// A band of time, by its place in the dimension's list.
    Band(DimensionId, u32),
    /// A currency.
    Currency(Currency),
    /// A day count.
    Daycount(DayCount),
    /// A scenario.
    Scenario(ScenarioKey),
    /// No value, and why. Spreads through arithmetic and comparisons.
    Undefined(Undefined),
}

/// Why a value is undefined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Undefined {
    /// The divisor is zero.
    DivisionByZero,
    /// `at previous` on the first day of the cash calendar.
    NoPrevious,
    /// `first` or `last` on no day, and nothing said `otherwise`.
    NoHit,
    /// `min`, `max` or `average` of nothing.
    Nothing,
    /// A cell of a file is empty.
    EmptyCell,
    /// A function has no value there: the logarithm of nothing, the root of a negative number.
    OutsideFunction,
    /// The window of a fold over flows ends between two days of the cash calendar.
    BetweenDays,
    /// The run ends before the window of a fold over time does.
    BeyondHorizon,
    /// A search met no value at which its condition holds.
    NotFound,
    /// A quantile or mean over paths, in the run of a scenario that simulates none.
    NoPaths,
}

impl Undefined {
    /// The reason as the trace prints it.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::DivisionByZero => "division by zero",
            Self::NoPrevious => "no day before the first one",
            Self::NoHit => "the condition holds on no day",
            Self::Nothing => "nothing to choose from",
            Self::EmptyCell => "an empty cell",
            Self::OutsideFunction => "outside of what the function is defined for",
            Self::BetweenDays => "the window ends between two days of the cash calendar",
            Self::BeyondHorizon => "the window ends after the last day of the run",
            Self::NoPaths => "the scenario simulates no paths",
            Self::NotFound => "the search met no value at which its condition holds",
        }
    }
}

impl Value {
    /// Zero, which fits every quantity.
    pub fn zero() -> Self {
        Self::Number(Rational::ZERO)
    }

    /// The number of a number, ratio, rate or amount.
    pub fn number(&self) -> Option<&Rational> {
        match self {
            Self::Number(x) | Self::Money(x, _) => Some(x),
            _ => None,
        }
    }

    /// Whether it has no value.
    pub fn is_undefined(&self) -> bool {
        matches!(self, Self::Undefined(_))
    }

    /// The kind of value, for messages.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Number(_) => "a number",
            Self::Money(..) => "an amount",
            Self::Tenor(_) => "a length of time",
            Self::Date(_) => "a date",
            Self::Bool(_) => "a truth value",
            Self::Text(_) => "a text",
            Self::Member(..) => "a value of a dimension",
            Self::Band(..) => "a band",
            Self::Currency(_) => "a currency",
            Self::Daycount(_) => "a day count",
            Self::Scenario(_) => "a scenario",
            Self::Undefined(_) => "undefined",
        }
    }
}
