//! Amounts of one currency in whole quanta.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::{CurrencyCode, QuantityError, Rational, divide_half_even};

/// An amount in quanta of a currency (minor unit / 100: EUR 1e-4, JPY and IDR 1e-2, KWD 1e-5), which the number itself does
/// not carry. All arithmetic is checked.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Quanta(pub i128);

impl Quanta {
    /// Nothing.
    pub const ZERO: Quanta = Quanta(0);

    /// Quanta a unit of the currency: 10,000 for EUR.
    pub fn per_unit(currency: CurrencyCode) -> i128 {
        10i128.pow(currency.quantum_digits())
    }

    /// The sum, or an error where it does not fit.
    #[expect(
        clippy::should_implement_trait,
        reason = "the sum may leave the range: it is a result, not a value"
    )]
    pub fn add(self, other: Quanta) -> Result<Quanta, QuantityError> {
        self.0
            .checked_add(other.0)
            .map(Quanta)
            .ok_or(QuantityError::Overflow)
    }

    /// The difference, or an error where it does not fit.
    #[expect(
        clippy::should_implement_trait,
        reason = "the sum may leave the range: it is a result, not a value"
    )]
    pub fn sub(self, other: Quanta) -> Result<Quanta, QuantityError> {
        self.0
            .checked_sub(other.0)
            .map(Quanta)
            .ok_or(QuantityError::Overflow)
    }

    /// The amount with the other sign, or an error where it does not fit.
    pub fn negated(self) -> Result<Quanta, QuantityError> {
        self.0
            .checked_neg()
            .map(Quanta)
            .ok_or(QuantityError::Overflow)
    }

    /// An amount in units of the currency, rounded half to even to its quantum.
    pub fn from_decimal(units: Decimal, currency: CurrencyCode) -> Result<Quanta, QuantityError> {
        let scaled = units
            .mantissa()
            .checked_mul(Quanta::per_unit(currency))
            .ok_or(QuantityError::Overflow)?;
        divide_half_even(scaled, 10i128.pow(units.scale())).map(Quanta)
    }

    /// An exact amount in units of the currency, rounded half to even to its quantum.
    pub fn from_rational(
        units: &Rational,
        currency: CurrencyCode,
    ) -> Result<Quanta, QuantityError> {
        units.to_scaled(currency.quantum_digits()).map(Quanta)
    }

    /// The amount in units of the currency, exact.
    pub fn to_rational(self, currency: CurrencyCode) -> Rational {
        Rational::new(self.0, Quanta::per_unit(currency)).unwrap_or_default()
    }

    /// The amount in units of the currency, with all decimals of the quantum: `1387.0999`.
    pub fn display(self, currency: CurrencyCode) -> impl fmt::Display {
        self.to_rational(currency)
            .to_fixed(currency.quantum_digits())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_round_to_the_quantum() {
        for (units, code, quanta) in [
            ("200000", "EUR", 2_000_000_000),
            ("0.00005", "EUR", 0),
            ("0.00015", "EUR", 2),
            ("-0.00015", "EUR", -2),
            ("1234.565", "JPY", 123_456),
            ("1.23456", "KWD", 123_456),
        ] {
            let currency = code.parse().unwrap();
            assert_eq!(
                Quanta::from_decimal(units.parse().unwrap(), currency),
                Ok(Quanta(quanta)),
                "{units} {code}"
            );
        }
        assert_eq!(
            Quanta(-13_870_999).display(CurrencyCode::EUR).to_string(),
            "-1387.0999"
        );
        assert!(Quanta(i128::MAX).add(Quanta(1)).is_err());
    }
}
