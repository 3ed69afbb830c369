//! Rounding half to even on integers: the one rounding that a contract event, a stock or a metric gets.

use num_bigint::BigInt;
use num_traits::ToPrimitive;

use super::QuantityError;

/// `numerator / denominator`, rounded half to even. The sign may stand on either.
#[inline]
pub fn divide_half_even(numerator: i128, denominator: i128) -> Result<i128, QuantityError> {
    let quotient = numerator
        .checked_div(denominator)
        .ok_or(if denominator == 0 {
            QuantityError::DivisionByZero
        } else {
            QuantityError::Overflow
        })?;
    let remainder = numerator.wrapping_rem(denominator);
    if remainder == 0 {
        return Ok(quotient);
    }
    let twice = remainder.unsigned_abs().checked_mul(2);
    let size = denominator.unsigned_abs();
    let up = match twice {
        None => true, // more than half of any 128-bit denominator
        Some(twice) => twice > size || (twice == size && quotient & 1 != 0),
    };
    if !up {
        return Ok(quotient);
    }
    let away = if (numerator < 0) == (denominator < 0) {
        1
    } else {
        -1
    };
    quotient.checked_add(away).ok_or(QuantityError::Overflow)
}

/// `a * b / denominator`, rounded half to even, exact whatever the size of the product; an error only if the result itself
/// does not fit.
#[inline]
pub fn multiply_divide_half_even(
    a: i128,
    b: i128,
    denominator: i128,
) -> Result<i128, QuantityError> {
    match a.checked_mul(b) {
        Some(product) => divide_half_even(product, denominator),
        None => wide(&wide_product(&[a, b]), denominator),
    }
}

/// The exact product of any number of integers.
pub fn wide_product(factors: &[i128]) -> BigInt {
    factors
        .iter()
        .fold(BigInt::from(1), |product, factor| product * factor)
}

/// A wide numerator over a denominator, rounded half to even.
#[cold]
fn wide(numerator: &BigInt, denominator: i128) -> Result<i128, QuantityError> {
    divide_wide_half_even(numerator, &BigInt::from(denominator))?
        .to_i128()
        .ok_or(QuantityError::Overflow)
}

/// A wide numerator over a wide denominator, rounded half to even.
pub(crate) fn divide_wide_half_even(
    numerator: &BigInt,
    denominator: &BigInt,
) -> Result<BigInt, QuantityError> {
    use num_integer::Integer;
    use num_traits::{Signed, Zero};
    if denominator.is_zero() {
        return Err(QuantityError::DivisionByZero);
    }
    let (numerator, denominator) = if denominator.is_negative() {
        (-numerator, -denominator)
    } else {
        (numerator.clone(), denominator.clone())
    };
    let (floor, rest) = numerator.div_mod_floor(&denominator);
    let twice: BigInt = rest * 2;
    let up = twice > denominator || (twice == denominator && floor.is_odd());
    Ok(if up { floor + 1 } else { floor })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_go_to_even() {
        for (n, d, want) in [
            (5, 2, 2),
            (7, 2, 4),
            (-5, 2, -2),
            (-7, 2, -4),
            (5, -2, -2),
            (-3, -2, 2),
            (1, 3, 0),
            (2, 3, 1),
            (-2, 3, -1),
            (6, 3, 2),
            (0, 7, 0),
        ] {
            assert_eq!(divide_half_even(n, d), Ok(want), "{n}/{d}");
            assert_eq!(wide(&BigInt::from(n), d), Ok(want), "wide {n}/{d}");
        }
        assert_eq!(divide_half_even(1, 0), Err(QuantityError::DivisionByZero));
        assert_eq!(
            divide_half_even(i128::MIN, -1),
            Err(QuantityError::Overflow)
        );
        assert_eq!(divide_half_even(i128::MAX, i128::MAX), Ok(1));
        assert_eq!(divide_half_even(i128::MAX - 1, i128::MAX), Ok(1));
        assert_eq!(
            multiply_divide_half_even(i128::MAX, 10, 20),
            Ok(i128::MAX / 2 + 1)
        );
        assert_eq!(
            multiply_divide_half_even(i128::MAX, 4, 2),
            Err(QuantityError::Overflow)
        );
    }
}
