//! Amounts, rates, fixed-point factors and exact rationals: the one place where number types meet.
//!
//! Contract state is integer ([`Quanta`]), metrics are exact ([`Rational`]), factors of the market are integers at 1e-15
//! ([`Unit15`]). Binary floating point enters through [`Rational::from_f64_rounded`] and [`Unit15::from_f64`] only, both of
//! which round to 1e-15.

mod currency;
mod error;
mod quanta;
mod rate;
mod rational;
mod rounding;
mod thousands;

pub use currency::CurrencyCode;
pub use error::QuantityError;
pub use quanta::Quanta;
pub use rate::{RATE_SCALE, Rate, UNIT15_SCALE, Unit15};
pub use rational::Rational;
pub use rounding::{divide_half_even, multiply_divide_half_even, wide_product};
pub use thousands::in_thousands;

/// The short name of the type, as the plan uses it.
pub type Currency = CurrencyCode;
