//! Rates a year at 1e-12 and factors at 1e-15, as integers.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{QuantityError, Rational, divide_half_even};

/// Steps of a [`Rate`] a unit: 1e12.
pub const RATE_SCALE: i64 = 1_000_000_000_000;
/// Steps of a [`Unit15`] a unit: 1e15.
pub const UNIT15_SCALE: i64 = 1_000_000_000_000_000;

/// A rate a year in steps of 1e-12. Contractual rates have ten decimals at most; rates made from curves are rounded half to
/// even to twelve where they are made.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Rate(pub i64);

impl Rate {
    /// No rate.
    pub const ZERO: Rate = Rate(0);

    /// A contractual rate, a fraction (`0.036`), exact; more than ten decimals are an error.
    pub fn contractual(rate: Decimal) -> Result<Rate, QuantityError> {
        let normal = rate.normalize();
        if normal.scale() > 10 {
            return Err(QuantityError::TooManyDigits(rate.to_string()));
        }
        normal
            .mantissa()
            .checked_mul(10i128.pow(12 - normal.scale()))
            .and_then(|steps| i64::try_from(steps).ok())
            .map(Rate)
            .ok_or_else(|| QuantityError::RateOutOfRange(rate.to_string()))
    }

    /// A rate made from a curve or a formula, rounded half to even to 1e-12.
    pub fn from_rational(rate: &Rational) -> Result<Rate, QuantityError> {
        let steps = rate
            .to_scaled(12)
            .ok()
            .and_then(|steps| i64::try_from(steps).ok());
        steps
            .map(Rate)
            .ok_or_else(|| QuantityError::RateOutOfRange(rate.to_fixed(4)))
    }

    /// A rate made from a curve in binary floating point, rounded half to even to 1e-12.
    pub fn from_f64(rate: f64) -> Result<Rate, QuantityError> {
        Rate::from_rational(&Rational::from_f64_rounded(rate)?)
    }

    /// The rate as an exact fraction.
    pub fn to_rational(self) -> Rational {
        Rational::new(i128::from(self.0), i128::from(RATE_SCALE)).unwrap_or_default()
    }

    /// The nearest multiple of a positive rate, of two equally near the even one. One that is not positive changes nothing.
    #[must_use]
    pub fn rounded_to(self, multiple: Rate) -> Rate {
        if multiple.0 <= 0 {
            return self;
        }
        let times = divide_half_even(i128::from(self.0), i128::from(multiple.0));
        let rounded = times.map(|times| times * i128::from(multiple.0));
        rounded
            .ok()
            .and_then(|steps| i64::try_from(steps).ok())
            .map_or(self, Rate)
    }

    /// The sum, or an error where it does not fit.
    #[expect(
        clippy::should_implement_trait,
        reason = "the sum may leave the range: it is a result, not a value"
    )]
    pub fn add(self, other: Rate) -> Result<Rate, QuantityError> {
        self.0
            .checked_add(other.0)
            .map(Rate)
            .ok_or(QuantityError::Overflow)
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rational().to_decimal().map_or_else(
            || self.to_rational().to_fixed(12),
            |d| d.normalize().to_string(),
        ))
    }
}

/// A factor in steps of 1e-15: a discount factor, a survival share, a path of the market.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Unit15(pub i64);

impl Unit15 {
    /// Nothing.
    pub const ZERO: Unit15 = Unit15(0);
    /// One.
    pub const ONE: Unit15 = Unit15(UNIT15_SCALE);

    /// A factor from binary floating point, rounded half to even to 1e-15. Beyond about ±9,223 it is an error.
    pub fn from_f64(value: f64) -> Result<Unit15, QuantityError> {
        let steps = Rational::from_f64_rounded(value)?.to_scaled(15)?;
        i64::try_from(steps)
            .map(Unit15)
            .map_err(|_| QuantityError::Overflow)
    }

    /// A factor from an exact number, rounded half to even to 1e-15.
    pub fn from_rational(value: &Rational) -> Result<Unit15, QuantityError> {
        i64::try_from(value.to_scaled(15)?)
            .map(Unit15)
            .map_err(|_| QuantityError::Overflow)
    }

    /// The factor as binary floating point, correctly rounded.
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / UNIT15_SCALE as f64
    }

    /// The factor as an exact fraction.
    pub fn to_rational(self) -> Rational {
        Rational::new(i128::from(self.0), i128::from(UNIT15_SCALE)).unwrap_or_default()
    }

    /// The product of two factors, rounded half to even to 1e-15.
    pub fn times(self, other: Unit15) -> Result<Unit15, QuantityError> {
        let product = divide_half_even(
            i128::from(self.0) * i128::from(other.0),
            i128::from(UNIT15_SCALE),
        )?;
        i64::try_from(product)
            .map(Unit15)
            .map_err(|_| QuantityError::Overflow)
    }

    /// This share of an amount in quanta, rounded half to even.
    pub fn share_of(self, quanta: i128) -> Result<i128, QuantityError> {
        super::multiply_divide_half_even(quanta, i128::from(self.0), i128::from(UNIT15_SCALE))
    }

    /// One less the factor.
    pub fn complement(self) -> Result<Unit15, QuantityError> {
        UNIT15_SCALE
            .checked_sub(self.0)
            .map(Unit15)
            .ok_or(QuantityError::Overflow)
    }
}

impl fmt::Display for Unit15 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rational().to_fixed(15))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_exact() {
        assert_eq!(
            Rate::contractual("0.036".parse().unwrap()),
            Ok(Rate(36_000_000_000))
        );
        assert_eq!(
            Rate::contractual("0.01234567890".parse().unwrap()),
            Ok(Rate(12_345_678_900))
        );
        assert!(Rate::contractual("0.01234567891".parse().unwrap()).is_err());
        assert!(Rate::contractual("99999999".parse().unwrap()).is_err());
        assert_eq!(Rate(36_000_000_000).to_string(), "0.036");
        assert_eq!(Unit15::from_f64(0.1), Ok(Unit15(100_000_000_000_000)));
        assert_eq!(Unit15(UNIT15_SCALE / 2).share_of(5), Ok(2));
        assert!(Unit15::from_f64(f64::NAN).is_err());
    }
}
