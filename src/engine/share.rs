//! Shares of amounts: survival as steps, and the one rounding of a product.

use super::group::{ACCRUED_SCALE, ONE};
use super::series::{Amount, Day, place_after};

/// A share that only changes on listed days: survival, in units of 1e-15.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepPath {
    /// From each day on (inclusive), the value. Before the first day it is one.
    pub steps: Vec<(Day, i64)>,
}

impl StepPath {
    /// The value on a day, after whatever changes on it.
    pub fn at(&self, day: Day) -> i128 {
        place_after(&self.steps, day)
            .checked_sub(1)
            .and_then(|at| self.steps.get(at))
            .map_or(ONE, |(_, value)| i128::from(*value))
    }

    /// The first day after `day` on which it changes.
    pub fn next_after(&self, day: Day) -> Option<Day> {
        self.steps
            .get(place_after(&self.steps, day))
            .map(|(next, _)| *next)
    }
}

/// Share (1e-15) times amount, rounded half to even. The amount may be up to 1e22: the product stays inside 128 bits.
pub fn scale(share: i128, amount: i128) -> i128 {
    if share == ONE {
        return amount;
    }
    mul_div(amount, share, ONE)
}

/// Accrued interest in quanta, rounded half to even.
pub fn round_accrued(thousandths: i128) -> Amount {
    mul_div(thousandths, 1, ACCRUED_SCALE)
}

/// `a × b / c`, rounded half to even; `c` > 0. Saturates where the product leaves 128 bits: amounts are checked where they enter.
pub fn mul_div(a: i128, b: i128, c: i128) -> i128 {
    let product = a.saturating_mul(b);
    // one division; `rem_euclid` would be another
    let mut quotient = product / c;
    let mut rest = product - quotient * c;
    if rest < 0 {
        quotient -= 1;
        rest += c;
    }
    match (rest * 2).cmp(&c) {
        std::cmp::Ordering::Less => quotient,
        std::cmp::Ordering::Greater => quotient + 1,
        std::cmp::Ordering::Equal => quotient + (quotient & 1),
    }
}
