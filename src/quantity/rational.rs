//! Exact arithmetic of metrics: fractions of 128-bit integers that grow without limit where they must.

use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Mul, Neg, Sub};

use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::QuantityError;
use super::rounding::divide_wide_half_even;

/// An exact fraction. Operations stay in 128 bits while they fit and are reduced only when they would not; beyond that they
/// go on in integers of any length, so no result is ever rounded.
#[derive(Clone)]
pub struct Rational(Form);

#[derive(Clone)]
enum Form {
    /// Denominator positive; not always reduced.
    Small(i128, i128),
    /// Denominator positive, reduced.
    Big(Box<(BigInt, BigInt)>),
}

use Form::{Big, Small};

impl Rational {
    /// Nothing.
    pub const ZERO: Rational = Rational(Small(0, 1));
    /// One.
    pub const ONE: Rational = Rational(Small(1, 1));

    /// `numerator / denominator`; an error if the denominator is zero.
    pub fn new(numerator: i128, denominator: i128) -> Result<Rational, QuantityError> {
        match denominator {
            0 => Err(QuantityError::DivisionByZero),
            d if d > 0 => Ok(Rational(Small(numerator, d))),
            _ => Ok(Rational::from_big(
                -BigInt::from(numerator),
                -BigInt::from(denominator),
            )),
        }
    }

    /// A whole number.
    pub const fn integer(value: i128) -> Rational {
        Rational(Small(value, 1))
    }

    /// `numerator / denominator` of any length; an error if the denominator is zero.
    pub fn from_wide(numerator: BigInt, denominator: BigInt) -> Result<Rational, QuantityError> {
        if denominator.is_zero() {
            Err(QuantityError::DivisionByZero)
        } else {
            Ok(Rational::from_big(numerator, denominator))
        }
    }

    /// Reduced, small if it fits. The denominator is not zero.
    fn from_big(numerator: BigInt, denominator: BigInt) -> Rational {
        let divisor = numerator.gcd(&denominator);
        let divisor = if denominator.is_negative() {
            -divisor
        } else {
            divisor
        };
        let (n, d) = (numerator / &divisor, denominator / divisor);
        match (n.to_i128(), d.to_i128()) {
            (Some(n), Some(d)) => Rational(Small(n, d)),
            _ => Rational(Big(Box::new((n, d)))),
        }
    }

    /// Numerator and denominator (positive), not always reduced.
    pub fn parts(&self) -> (BigInt, BigInt) {
        match &self.0 {
            Small(n, d) => (BigInt::from(*n), BigInt::from(*d)),
            Big(parts) => (parts.0.clone(), parts.1.clone()),
        }
    }

    /// The same number, reduced.
    pub fn reduced(&self) -> Rational {
        match &self.0 {
            Small(n, d) => {
                // the divisor is at most the denominator, so it fits
                let divisor = i128::try_from(num_integer::gcd(n.unsigned_abs(), d.unsigned_abs()))
                    .unwrap_or(1)
                    .max(1);
                Rational(Small(n / divisor, d / divisor))
            }
            Big(_) => self.clone(),
        }
    }

    /// Whether the number is zero.
    pub fn is_zero(&self) -> bool {
        match &self.0 {
            Small(n, _) => *n == 0,
            Big(parts) => parts.0.is_zero(),
        }
    }

    /// -1, 0 or 1.
    pub fn signum(&self) -> i32 {
        match &self.0 {
            Small(n, _) => n.signum() as i32,
            Big(parts) => {
                if parts.0.is_negative() {
                    -1
                } else {
                    i32::from(!parts.0.is_zero())
                }
            }
        }
    }

    /// The number without its sign.
    pub fn abs(&self) -> Rational {
        if self.signum() < 0 {
            -self
        } else {
            self.clone()
        }
    }

    /// The quotient; an error if the divisor is zero.
    pub fn divide(&self, divisor: &Rational) -> Result<Rational, QuantityError> {
        if divisor.is_zero() {
            return Err(QuantityError::DivisionByZero);
        }
        let inverse = match &divisor.0 {
            Small(n, d) if *n > 0 => Rational(Small(*d, *n)),
            Small(n, d) if *n > i128::MIN => Rational(Small(-*d, -*n)),
            _ => {
                let (n, d) = divisor.parts();
                Rational::from_big(d, n)
            }
        };
        Ok(self * &inverse)
    }

    /// An exact decimal.
    pub fn from_decimal(value: Decimal) -> Rational {
        Rational(Small(value.mantissa(), 10i128.pow(value.scale())))
    }

    /// The number times 10^digits, rounded half to even.
    pub fn to_scaled(&self, digits: u32) -> Result<i128, QuantityError> {
        if let Small(n, d) = &self.0
            && let Some(scaled) = 10i128
                .checked_pow(digits)
                .and_then(|scale| n.checked_mul(scale))
        {
            return super::divide_half_even(scaled, *d);
        }
        self.to_scaled_wide(digits)?
            .to_i128()
            .ok_or(QuantityError::Overflow)
    }

    /// The number times 10^digits, rounded half to even, of any length.
    fn to_scaled_wide(&self, digits: u32) -> Result<BigInt, QuantityError> {
        let (n, d) = self.parts();
        divide_wide_half_even(&(n * BigInt::from(10).pow(digits)), &d)
    }

    /// The nearest whole number, half to even.
    pub fn round(&self) -> Rational {
        match self.to_scaled_wide(0) {
            Ok(n) => Rational::from_big(n, BigInt::one()),
            Err(_) => Rational::ZERO,
        }
    }

    /// The number to the nearest multiple of `unit`, half to even; an error if `unit` is zero.
    pub fn round_to_multiple(&self, unit: &Rational) -> Result<Rational, QuantityError> {
        Ok(&self.divide(unit)?.round() * unit)
    }

    /// The number as a decimal of 28 significant digits (28 decimals at most), rounded half to even once; `None` if it is too
    /// large for a decimal.
    pub fn to_decimal(&self) -> Option<Decimal> {
        let mut digits = 28u32;
        let (n, d) = self.parts();
        let whole = n.abs() / d;
        let limit = BigInt::from(10).pow(28);
        if !whole.is_zero() {
            let integer_digits = u32::try_from(whole.to_str_radix(10).len()).ok()?;
            digits = 28u32.saturating_sub(integer_digits);
        }
        loop {
            let scaled = self.to_scaled_wide(digits).ok()?;
            if scaled.abs() <= limit || digits == 0 {
                return Decimal::try_from_i128_with_scale(scaled.to_i128()?, digits).ok();
            }
            digits -= 1;
        }
    }

    /// The number in plain digits with `digits` decimals, rounded half to even: `-1387.0999`.
    pub fn to_fixed(&self, digits: u32) -> String {
        let Ok(scaled) = self.to_scaled_wide(digits) else {
            return String::new();
        };
        let sign = if scaled.is_negative() { "-" } else { "" };
        let text = scaled.abs().to_str_radix(10);
        if digits == 0 {
            return format!("{sign}{text}");
        }
        let padded = format!("{text:0>width$}", width = digits as usize + 1);
        let (whole, part) = padded.split_at(padded.len() - digits as usize);
        format!("{sign}{whole}.{part}")
    }

    /// Binary floating point into exact numbers: rounded half to even to 1e-15. The one boundary from curves and hazards.
    pub fn from_f64_rounded(value: f64) -> Result<Rational, QuantityError> {
        let exact = Rational::from_f64_exact(value)?;
        match exact.to_scaled(15) {
            Ok(scaled) => Ok(Rational(Small(scaled, 1_000_000_000_000_000))),
            Err(_) => Ok(exact.round()), // beyond 1e23 there are no fifteen decimals in binary64
        }
    }

    /// The exact value of a finite binary64.
    fn from_f64_exact(value: f64) -> Result<Rational, QuantityError> {
        if !value.is_finite() {
            return Err(QuantityError::NotFinite);
        }
        let bits = value.to_bits();
        let exponent = ((bits >> 52) & 0x7ff) as i32;
        let fraction = (bits & ((1 << 52) - 1)) as i128;
        let (mantissa, exponent) = if exponent == 0 {
            (fraction, -1074)
        } else {
            (fraction | (1 << 52), exponent - 1075)
        };
        let mantissa = if value.is_sign_negative() {
            -mantissa
        } else {
            mantissa
        };
        if exponent >= 0 {
            return Ok(Rational::from_big(
                BigInt::from(mantissa) << exponent as usize,
                BigInt::one(),
            ));
        }
        if exponent > -120 {
            return Ok(Rational(Small(mantissa, 1i128 << -exponent)));
        }
        Ok(Rational::from_big(
            BigInt::from(mantissa),
            BigInt::one() << (-exponent) as usize,
        ))
    }

    /// The nearest binary64, half to even: what `exp` and `logistic` are given. Beyond the range: infinite.
    pub fn to_f64(&self) -> f64 {
        const EXACT: i128 = 1 << 53;
        if let Small(n, d) = &self.0
            && n.abs_diff(0) <= EXACT.unsigned_abs()
            && *d <= EXACT
        {
            return *n as f64 / *d as f64; // both exact, so the one division is correctly rounded
        }
        let (n, d) = self.parts();
        if n.is_zero() {
            return 0.0;
        }
        // a quotient of 66 bits or more with the rest kept as a sticky bit, then one rounding
        let shift = 66 - (n.bits() as i64 - d.bits() as i64);
        let (n_abs, negative) = (n.abs(), n.is_negative());
        let (q, rest) = if shift >= 0 {
            (n_abs << shift as usize).div_rem(&d)
        } else {
            n_abs.div_rem(&(d << (-shift) as usize))
        };
        let sticky = u128::from(!rest.is_zero());
        let mantissa = (q.to_u128().unwrap_or(u128::MAX) | sticky) as f64;
        let value = libm::scalbn(
            mantissa,
            i32::try_from(-shift).unwrap_or(if shift > 0 { -5000 } else { 5000 }),
        );
        if negative { -value } else { value }
    }
}

fn add_small(a: (i128, i128), b: (i128, i128)) -> Option<Rational> {
    if a.1 == b.1 {
        return a.0.checked_add(b.0).map(|n| Rational(Small(n, a.1)));
    }
    // where one denominator is a multiple of the other it serves both: sums of decimals stay small
    if b.1 % a.1 == 0 {
        let n = a.0.checked_mul(b.1 / a.1)?.checked_add(b.0)?;
        return Some(Rational(Small(n, b.1)));
    }
    if a.1 % b.1 == 0 {
        let n = b.0.checked_mul(a.1 / b.1)?.checked_add(a.0)?;
        return Some(Rational(Small(n, a.1)));
    }
    let n = a.0.checked_mul(b.1)?.checked_add(b.0.checked_mul(a.1)?)?;
    a.1.checked_mul(b.1).map(|d| Rational(Small(n, d)))
}

fn multiply_small(a: (i128, i128), b: (i128, i128)) -> Option<Rational> {
    Some(Rational(Small(
        a.0.checked_mul(b.0)?,
        a.1.checked_mul(b.1)?,
    )))
}

/// The operation in 128 bits; if it overflows, once more on reduced operands; at last in integers of any length.
fn operate(
    a: &Rational,
    b: &Rational,
    small: fn((i128, i128), (i128, i128)) -> Option<Rational>,
    big: fn((BigInt, BigInt), (BigInt, BigInt)) -> Rational,
) -> Rational {
    if let (Small(an, ad), Small(bn, bd)) = (&a.0, &b.0) {
        if let Some(result) = small((*an, *ad), (*bn, *bd)) {
            return result;
        }
        if let (Small(an, ad), Small(bn, bd)) = (&a.reduced().0, &b.reduced().0)
            && let Some(result) = small((*an, *ad), (*bn, *bd))
        {
            return result;
        }
    }
    big(a.parts(), b.parts())
}

impl Add for &Rational {
    type Output = Rational;
    fn add(self, other: &Rational) -> Rational {
        operate(self, other, add_small, |(an, ad), (bn, bd)| {
            Rational::from_big(an * &bd + bn * &ad, ad * bd)
        })
    }
}

impl Neg for &Rational {
    type Output = Rational;
    fn neg(self) -> Rational {
        match &self.0 {
            Small(n, d) if *n > i128::MIN => Rational(Small(-n, *d)),
            _ => {
                let (n, d) = self.parts();
                Rational::from_big(-n, d)
            }
        }
    }
}

impl Sub for &Rational {
    type Output = Rational;
    fn sub(self, other: &Rational) -> Rational {
        self + &-other
    }
}

impl Mul for &Rational {
    type Output = Rational;
    fn mul(self, other: &Rational) -> Rational {
        operate(self, other, multiply_small, |(an, ad), (bn, bd)| {
            Rational::from_big(an * bn, ad * bd)
        })
    }
}

macro_rules! by_value {
    ($trait:ident, $method:ident) => {
        impl $trait for Rational {
            type Output = Rational;
            fn $method(self, other: Rational) -> Rational {
                (&self).$method(&other)
            }
        }
        impl $trait<&Rational> for Rational {
            type Output = Rational;
            fn $method(self, other: &Rational) -> Rational {
                (&self).$method(other)
            }
        }
    };
}
by_value!(Add, add);
by_value!(Sub, sub);
by_value!(Mul, mul);

impl Neg for Rational {
    type Output = Rational;
    fn neg(self) -> Rational {
        -&self
    }
}

impl std::iter::Sum for Rational {
    fn sum<I: Iterator<Item = Rational>>(values: I) -> Rational {
        values.fold(Rational::ZERO, |sum, value| &sum + &value)
    }
}

impl Default for Rational {
    fn default() -> Rational {
        Rational::ZERO
    }
}

impl From<i64> for Rational {
    fn from(value: i64) -> Rational {
        Rational::integer(i128::from(value))
    }
}

impl From<Decimal> for Rational {
    fn from(value: Decimal) -> Rational {
        Rational::from_decimal(value)
    }
}

impl Ord for Rational {
    fn cmp(&self, other: &Rational) -> Ordering {
        if let (Small(an, ad), Small(bn, bd)) = (&self.0, &other.0) {
            if ad == bd {
                return an.cmp(bn);
            }
            if let (Some(left), Some(right)) = (an.checked_mul(*bd), bn.checked_mul(*ad)) {
                return left.cmp(&right);
            }
        }
        let ((an, ad), (bn, bd)) = (self.parts(), other.parts());
        (an * bd).cmp(&(bn * ad))
    }
}

impl PartialOrd for Rational {
    fn partial_cmp(&self, other: &Rational) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Rational {
    fn eq(&self, other: &Rational) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Rational {}

impl fmt::Display for Rational {
    /// `n` or `n/d`, reduced; with a precision (`{:.4}`) decimals, rounded half to even.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(digits) = f.precision() {
            return f.write_str(&self.to_fixed(u32::try_from(digits).unwrap_or(u32::MAX)));
        }
        let (n, d) = self.reduced().parts();
        if d.is_one() {
            write!(f, "{n}")
        } else {
            write!(f, "{n}/{d}")
        }
    }
}

impl fmt::Debug for Rational {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (n, d) = self.reduced().parts();
        write!(f, "{n}/{d}")
    }
}

impl std::str::FromStr for Rational {
    type Err = QuantityError;

    /// `n` or `n/d`, as shown.
    fn from_str(text: &str) -> Result<Rational, QuantityError> {
        let no_number = || QuantityError::NoNumber(text.chars().take(40).collect());
        let (n, d) = text.split_once('/').unwrap_or((text, "1"));
        let (n, d): (BigInt, BigInt) = (
            n.parse().map_err(|_| no_number())?,
            d.parse().map_err(|_| no_number())?,
        );
        Rational::from_wide(n, d)
    }
}

impl Serialize for Rational {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Rational {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Rational, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(n: i128, d: i128) -> Rational {
        Rational::new(n, d).unwrap()
    }

    #[test]
    fn exact_whatever_the_size() {
        assert_eq!(ratio(2, 3) + ratio(1, 3), Rational::ONE);
        assert_eq!(ratio(1, -2), ratio(-1, 2));
        let mut product = Rational::ONE;
        for k in 1..=60 {
            product = &product * &ratio(k, 7);
        }
        for k in 1..=60 {
            product = product.divide(&ratio(k, 7)).unwrap();
        }
        assert_eq!(product, Rational::ONE);
        assert_eq!(ratio(i128::MIN, 3) - ratio(i128::MIN, 3), Rational::ZERO);
        assert!(ratio(i128::MAX, 3) > ratio(i128::MAX - 1, 3));
        assert_eq!(-ratio(i128::MIN, 1) + ratio(i128::MIN, 1), Rational::ZERO);
        assert!(Rational::ONE.divide(&Rational::ZERO).is_err());
        let text = product.to_string();
        assert_eq!(text.parse::<Rational>().unwrap(), product);
    }

    #[test]
    fn rounds_half_to_even() {
        assert_eq!(ratio(207_680, 134_459).to_fixed(12), "1.544560051763");
        assert_eq!(ratio(1, 8).to_fixed(2), "0.12");
        assert_eq!(ratio(-3, 8).to_fixed(2), "-0.38");
        assert_eq!(ratio(-1, 1000).to_fixed(2), "0.00");
        assert_eq!(ratio(5, 2).round(), Rational::integer(2));
        assert_eq!(
            ratio(37, 10).round_to_multiple(&ratio(1, 2)).unwrap(),
            ratio(7, 2)
        );
        assert_eq!(
            ratio(2, 3).to_decimal().unwrap().to_string(),
            "0.6666666666666666666666666667"
        );
        assert_eq!(
            ratio(200_000, 3).to_decimal().unwrap().to_string(),
            "66666.66666666666666666666667"
        );
        assert_eq!(
            ratio(2, 3_000_000).to_decimal().unwrap().to_string(),
            "0.0000006666666666666666666667"
        );
        assert_eq!(format!("{:.3}", ratio(1, 3)), "0.333");
    }

    #[test]
    fn binary_boundary() {
        for value in [
            0.1,
            -2.5,
            1e-300,
            123_456.789,
            1e22,
            0.0,
            f64::MIN_POSITIVE,
            5e-324,
            1.0 / 3.0,
        ] {
            assert_eq!(
                Rational::from_f64_exact(value).unwrap().to_f64().to_bits(),
                value.to_bits(),
                "{value}"
            );
        }
        assert_eq!(Rational::from_f64_rounded(0.1).unwrap(), ratio(1, 10));
        assert_eq!(Rational::from_f64_rounded(1e-16).unwrap(), Rational::ZERO);
        assert!(Rational::from_f64_rounded(f64::INFINITY).is_err());
        assert_eq!(Rational::from_f64_rounded(1e30).unwrap().to_f64(), 1e30);
        let thirds = &ratio(i128::MAX, 3) * &ratio(i128::MAX, 7);
        assert!(
            (thirds.to_f64() / (1.701_411_834_604_692_3e38 * 1.701_411_834_604_692_3e38 / 21.0)
                - 1.0)
                .abs()
                < 1e-15
        );
    }
}
