//! The number type of contract state: quanta rounded at each event, or binary floating point unrounded.

use std::fmt::Debug;

use num_bigint::BigInt;
use num_traits::ToPrimitive;

use crate::quantity::{
    QuantityError, RATE_SCALE, Rate, divide_half_even, multiply_divide_half_even,
};

/// A reduced rate: exact, small where the rate is a round one (3.6 % = 9/250), so that products stay small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fraction {
    /// Numerator.
    pub numerator: i64,
    /// Denominator, positive.
    pub denominator: i64,
}

impl Fraction {
    /// The reduced form of a rate.
    pub fn of_rate(rate: Rate) -> Fraction {
        let divisor = num_integer::gcd(rate.0, RATE_SCALE).max(1);
        Fraction {
            numerator: rate.0 / divisor,
            denominator: RATE_SCALE / divisor,
        }
    }
}

/// Contract arithmetic. Implemented by `i128` (quanta; every result rounded half to even, once) and by `f64` (the same
/// formulas unrounded, for the benchmark).
pub trait Amount: Copy + Debug + PartialEq + Default {
    /// Whether results are rounded to whole quanta.
    const EXACT: bool;
    /// An amount out of a block: whole quanta below 2^53 where exact.
    fn of_lane(value: f64) -> Self;
    /// The amount as a lane of a block; `None` if it is 2^53 or more.
    fn to_lane(self) -> Option<f64>;
    /// An amount of quanta.
    fn of_quanta(quanta: i128) -> Self;
    /// Sum.
    fn plus(self, other: Self) -> Result<Self, QuantityError>;
    /// Difference.
    fn minus(self, other: Self) -> Result<Self, QuantityError>;
    /// Whether nothing.
    fn is_nothing(self) -> bool;
    /// Whether less than another amount.
    fn less_than(self, other: Self) -> bool;
    /// `self * rate * numerator / denominator`, rounded to a multiple of `unit` quanta.
    fn interest(
        self,
        rate: Fraction,
        numerator: i64,
        denominator: i64,
        unit: i64,
    ) -> Result<Self, QuantityError>;
    /// `self * numerator / denominator`, rounded to whole quanta.
    fn share(self, numerator: i64, denominator: i64) -> Result<Self, QuantityError>;
    /// `self / parts`, rounded to a multiple of `unit` quanta.
    fn part(self, parts: i64, unit: i64) -> Result<Self, QuantityError>;
    /// The level payment of `self` over `payments` at the nominal rate `rate * numerator / denominator` a payment, rounded
    /// to a multiple of `unit` quanta.
    fn level_payment(
        self,
        rate: Fraction,
        numerator: i64,
        denominator: i64,
        payments: i64,
        unit: i64,
    ) -> Result<Self, QuantityError>;
    /// The payment that leaves `balloon` after these periods, each a part of a year, whatever their lengths; what is `pending`
    /// is paid with the first. Rounded to a multiple of `unit` quanta.
    ///
    /// `A = (V * G(2) - K) / (1 + G(2) + ... + G(m))`, `V = self * (1 + r Y(1)) + pending`, `G(k) = (1 + r Y(k)) * ... * (1 + r Y(m))`.
    fn exact_payment(
        self,
        pending: Self,
        balloon: Self,
        rate: Fraction,
        periods: &[(i64, i64)],
        unit: i64,
    ) -> Result<Self, QuantityError>;
    /// `self * factor` as an exact integer of quanta, for accrual sums; 0 where unrounded.
    fn times(self, factor: i128) -> Result<i128, QuantityError>;
}

/// Largest quotient that the fast way finds in binary64 and then corrects by its exact remainder.
const FAST: f64 = 1_125_899_906_842_624.0; // 2^50

/// `product / denominator` half to even, denominator > 0. A binary64 quotient below 2^50 is off by less than one, so one look
/// at the exact remainder settles it; no 128-bit division.
#[inline]
fn divide(product: i128, denominator: i128) -> Result<i128, QuantityError> {
    let estimate = product as f64 / denominator as f64;
    if estimate.abs() >= FAST || denominator >= 1 << 75 {
        return divide_half_even(product, denominator);
    }
    let mut quotient = i128::from(estimate as i64);
    let mut twice = 2 * (product - quotient * denominator);
    while twice > denominator || (twice == denominator && quotient & 1 != 0) {
        quotient += 1;
        twice -= 2 * denominator;
    }
    while twice < -denominator || (twice == -denominator && quotient & 1 != 0) {
        quotient -= 1;
        twice += 2 * denominator;
    }
    Ok(quotient)
}

impl Amount for i128 {
    const EXACT: bool = true;

    #[inline]
    fn of_lane(value: f64) -> i128 {
        i128::from(value as i64)
    }

    #[inline]
    fn to_lane(self) -> Option<f64> {
        (self.unsigned_abs() < 1 << 53).then_some(self as f64)
    }

    #[inline]
    fn of_quanta(quanta: i128) -> i128 {
        quanta
    }

    #[inline]
    fn plus(self, other: i128) -> Result<i128, QuantityError> {
        self.checked_add(other).ok_or(QuantityError::Overflow)
    }

    #[inline]
    fn minus(self, other: i128) -> Result<i128, QuantityError> {
        self.checked_sub(other).ok_or(QuantityError::Overflow)
    }

    #[inline]
    fn is_nothing(self) -> bool {
        self == 0
    }

    #[inline]
    fn less_than(self, other: i128) -> bool {
        self < other
    }

    #[inline]
    fn interest(
        self,
        rate: Fraction,
        numerator: i64,
        denominator: i64,
        unit: i64,
    ) -> Result<i128, QuantityError> {
        let factor = i128::from(rate.numerator) * i128::from(numerator);
        let base = i128::from(rate.denominator) * i128::from(denominator);
        let base = base
            .checked_mul(i128::from(unit))
            .ok_or(QuantityError::Overflow)?;
        let units = match self.checked_mul(factor) {
            Some(product) => divide(product, base)?,
            None => multiply_divide_half_even(self, factor, base)?,
        };
        units
            .checked_mul(i128::from(unit))
            .ok_or(QuantityError::Overflow)
    }

    fn share(self, numerator: i64, denominator: i64) -> Result<i128, QuantityError> {
        multiply_divide_half_even(self, i128::from(numerator), i128::from(denominator))
    }

    #[inline]
    fn part(self, parts: i64, unit: i64) -> Result<i128, QuantityError> {
        let units = divide_half_even(self, i128::from(parts) * i128::from(unit))?;
        units
            .checked_mul(i128::from(unit))
            .ok_or(QuantityError::Overflow)
    }

    fn level_payment(
        self,
        rate: Fraction,
        numerator: i64,
        denominator: i64,
        payments: i64,
        unit: i64,
    ) -> Result<i128, QuantityError> {
        if rate.numerator == 0 {
            return self.part(payments, unit);
        }
        let (estimate, error) = level_factor(rate, numerator, denominator, payments);
        let units = self as f64 * estimate / unit as f64;
        let distance = (units - libm::floor(units) - 0.5).abs();
        // the estimate decides unless it lies within its own error of a tie
        let units = if units.abs() < FAST && distance > units.abs() * error {
            i128::from(libm::floor(units + 0.5) as i64)
        } else {
            exact_level_payment(self, rate, numerator, denominator, payments, unit)?
        };
        units
            .checked_mul(i128::from(unit))
            .ok_or(QuantityError::Overflow)
    }

    fn exact_payment(
        self,
        pending: i128,
        balloon: i128,
        rate: Fraction,
        periods: &[(i64, i64)],
        unit: i64,
    ) -> Result<i128, QuantityError> {
        // 1 + r Y as p over q
        let growth = |(numerator, denominator): &(i64, i64)| {
            let q = i128::from(rate.denominator) * i128::from(*denominator);
            let p = q + i128::from(rate.numerator) * i128::from(*numerator);
            let divisor = num_integer::gcd(p, q).max(1);
            (BigInt::from(p / divisor), BigInt::from(q / divisor))
        };
        let Some((first, later)) = periods.split_first() else {
            return Ok(0);
        };
        // over one denominator: the product of all growths, and one and the sum of their products from the last on
        let one = || BigInt::from(1);
        let (mut grown, mut base, mut sum) = (one(), one(), one());
        for period in later.iter().rev() {
            let (p, q) = growth(period);
            grown *= p;
            sum = sum * &q + &grown;
            base *= q;
        }
        let (p, q) = growth(first);
        let owed = BigInt::from(self) * p + BigInt::from(pending) * &q;
        let top = owed * grown - BigInt::from(balloon) * &q * base;
        let bottom = q * sum * unit;
        let payments = crate::quantity::Rational::from_wide(top, bottom)?;
        let whole = payments.round().parts().0;
        let whole = whole.to_i128().ok_or(QuantityError::Overflow)?;
        whole
            .checked_mul(i128::from(unit))
            .ok_or(QuantityError::Overflow)
    }

    #[inline]
    fn times(self, factor: i128) -> Result<i128, QuantityError> {
        self.checked_mul(factor).ok_or(QuantityError::Overflow)
    }
}

/// `i / (1 - (1+i)^-m)` for i = rate * numerator / denominator, and a bound on its relative error. Multiplications and
/// divisions only, so the same bits everywhere.
fn level_factor(rate: Fraction, numerator: i64, denominator: i64, payments: i64) -> (f64, f64) {
    let i =
        rate.numerator as f64 * numerator as f64 / (rate.denominator as f64 * denominator as f64);
    let (mut power, mut base, mut left) = (1.0, 1.0 + i, payments);
    while left > 0 {
        if left & 1 == 1 {
            power *= base;
        }
        base *= base;
        left >>= 1;
    }
    let discount = 1.0 / power;
    let annuity = 1.0 - discount;
    // each of the m factors is off by an ulp at most from 1 + i, each product by half of one; both carried twice over
    let roundings = 4.0 * payments as f64 + 16.0;
    let error = roundings * f64::EPSILON * (1.0 + discount / annuity.abs());
    (i / annuity, error)
}

/// The level payment in units, exact: `B * p * (q+p)^m / (q * ((q+p)^m - q^m)) / unit` for i = p/q, half to even.
#[cold]
fn exact_level_payment(
    balance: i128,
    rate: Fraction,
    numerator: i64,
    denominator: i64,
    payments: i64,
    unit: i64,
) -> Result<i128, QuantityError> {
    let p = i128::from(rate.numerator) * i128::from(numerator);
    let q = i128::from(rate.denominator) * i128::from(denominator);
    let divisor = num_integer::gcd(p, q).max(1);
    let (p, q) = (BigInt::from(p / divisor), BigInt::from(q / divisor));
    let payments = u32::try_from(payments).map_err(|_| QuantityError::Overflow)?;
    let grown = (&q + &p).pow(payments);
    let base = q.pow(payments);
    let top = BigInt::from(balance) * p * &grown;
    let bottom = q * (grown - base) * unit;
    crate::quantity::Rational::from_wide(top, bottom)?
        .round()
        .parts()
        .0
        .to_i128()
        .ok_or(QuantityError::Overflow)
}

impl Amount for f64 {
    const EXACT: bool = false;

    #[inline]
    fn of_lane(value: f64) -> f64 {
        value
    }

    #[inline]
    fn to_lane(self) -> Option<f64> {
        Some(self)
    }

    #[inline]
    fn of_quanta(quanta: i128) -> f64 {
        quanta as f64
    }

    #[inline]
    fn plus(self, other: f64) -> Result<f64, QuantityError> {
        Ok(self + other)
    }

    #[inline]
    fn minus(self, other: f64) -> Result<f64, QuantityError> {
        Ok(self - other)
    }

    #[inline]
    fn is_nothing(self) -> bool {
        self == 0.0
    }

    #[inline]
    fn less_than(self, other: f64) -> bool {
        self < other
    }

    #[inline]
    fn interest(
        self,
        rate: Fraction,
        numerator: i64,
        denominator: i64,
        _unit: i64,
    ) -> Result<f64, QuantityError> {
        Ok(self
            * (rate.numerator as f64 / rate.denominator as f64)
            * (numerator as f64 / denominator as f64))
    }

    fn share(self, numerator: i64, denominator: i64) -> Result<f64, QuantityError> {
        Ok(self * numerator as f64 / denominator as f64)
    }

    #[inline]
    fn part(self, parts: i64, _unit: i64) -> Result<f64, QuantityError> {
        Ok(self / parts as f64)
    }

    #[inline]
    fn level_payment(
        self,
        rate: Fraction,
        numerator: i64,
        denominator: i64,
        payments: i64,
        unit: i64,
    ) -> Result<f64, QuantityError> {
        if rate.numerator == 0 {
            return self.part(payments, unit);
        }
        Ok(self * level_factor(rate, numerator, denominator, payments).0)
    }

    fn exact_payment(
        self,
        pending: f64,
        balloon: f64,
        rate: Fraction,
        periods: &[(i64, i64)],
        _unit: i64,
    ) -> Result<f64, QuantityError> {
        let yearly = rate.numerator as f64 / rate.denominator as f64;
        let growth = |(numerator, denominator): &(i64, i64)| {
            1.0 + yearly * (*numerator as f64 / *denominator as f64)
        };
        let Some((first, later)) = periods.split_first() else {
            return Ok(0.0);
        };
        let (mut grown, mut sum) = (1.0, 1.0);
        for period in later.iter().rev() {
            grown *= growth(period);
            sum += grown;
        }
        Ok(((self * growth(first) + pending) * grown - balloon) / sum)
    }

    #[inline]
    fn times(self, _factor: i128) -> Result<i128, QuantityError> {
        Ok(0)
    }
}
