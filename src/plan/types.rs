//! The types of the language: what a value is and which unit it carries.

use super::identifier::DimensionId;
use crate::calendar::Period;
use crate::quantity::Currency;
use serde::{Deserialize, Serialize};

/// The static type of an expression. Units never mix: the compiler refuses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Type {
    /// A pure number.
    Number,
    /// A share: `5%`.
    Ratio,
    /// A rate a year: `4.5%`, `25bp`.
    Rate,
    /// An amount of money.
    Money(MoneyTag),
    /// A quantity per period: `2% per month`, `120mn EUR per month`.
    Per(Box<Type>, Option<Period>),
    /// A length of time.
    Tenor,
    /// A calendar day.
    Date,
    /// True or false.
    Bool,
    /// Text.
    Text,
    /// A value of a dimension.
    Member(DimensionId),
    /// A currency.
    Currency,
    /// A day count convention.
    Daycount,
    /// A shift of a curve, a function of the time in years.
    Shift,
    /// A curve.
    Curve,
    /// A selection of positions.
    Selection,
    /// A scenario.
    Scenario,
    /// A type that could not be found out because of an error already reported; fits everywhere.
    Unknown,
}

/// What the compiler knows about the currency of an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MoneyTag {
    /// A currency that stands in the text.
    Known(Currency),
    /// The currency of the position that a fold is at.
    Position,
    /// The currency of the report: the book's, or that of the slice.
    Report,
    /// Zero, or a literal that takes the currency of its place.
    Any,
}
