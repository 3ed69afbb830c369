//! What can be wrong with a number.

use std::fmt;

/// Why an amount, rate or exact number could not be made. The text is lower case and names the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuantityError {
    /// The amount is larger than 128 bits of quanta hold.
    Overflow,
    /// Division by zero.
    DivisionByZero,
    /// Not a number, or infinite.
    NotFinite,
    /// The text is no currency of ISO 4217.
    NoCurrency(String),
    /// The text is no number.
    NoNumber(String),
    /// The contractual rate has more than ten decimals.
    TooManyDigits(String),
    /// The rate lies beyond what a rate can hold (about nine million).
    RateOutOfRange(String),
}

impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Overflow => write!(f, "the amount is too large to be counted"),
            Self::DivisionByZero => write!(f, "division by zero"),
            Self::NotFinite => write!(f, "the value is not finite"),
            Self::NoCurrency(text) => write!(f, "`{text}` is no currency of ISO 4217"),
            Self::NoNumber(text) => write!(f, "`{text}` is no number"),
            Self::TooManyDigits(text) => write!(f, "the rate `{text}` has more than ten decimals"),
            Self::RateOutOfRange(text) => write!(f, "the rate `{text}` is out of range"),
        }
    }
}

impl std::error::Error for QuantityError {}
