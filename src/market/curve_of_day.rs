//! A curve as it stands on one day: discount factors and zero rates, moved a little where a sensitivity asks.

use super::root::Composition;
use super::scenario::ScenarioMarket;
use crate::calendar::Date;
use crate::diagnostic::{Diagnostic, codes};

/// Curves as they stand on one day.
#[derive(Clone, Copy, Debug)]
pub struct CurveOfDay<'m, 'a> {
    pub(super) market: &'m ScenarioMarket<'a>,
    pub(super) curve: &'m Composition,
    pub(super) day: Date,
    /// A bump of all zero rates, and one of a triangle around a pillar, for PV01 and key rates.
    pub(super) bump: Bump,
}

/// A small move of a curve for sensitivities, a fraction a year.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Bump {
    /// None.
    None,
    /// Parallel.
    Parallel(f64),
    /// Triangular: full at `at` years, zero at `from` and `to`; flat beyond an end that is infinite.
    Triangle {
        /// The time up to which it is nothing.
        from: f64,
        /// The time of the full size, in years.
        at: f64,
        /// The time from which it is nothing.
        to: f64,
        /// The size, a fraction a year.
        size: f64,
    },
}

impl Bump {
    pub(super) fn shift(self, time: f64) -> f64 {
        match self {
            Bump::None => 0.0,
            Bump::Parallel(size) => size,
            Bump::Triangle { from, at, to, size } => {
                if time <= at {
                    if from == f64::NEG_INFINITY {
                        size
                    } else {
                        size * ((time - from) / (at - from)).max(0.0)
                    }
                } else if to == f64::INFINITY {
                    size
                } else {
                    size * ((to - time) / (to - at)).max(0.0)
                }
            }
        }
    }
}

impl CurveOfDay<'_, '_> {
    /// The same curve moved a little.
    pub fn bumped(mut self, bump: Bump) -> Self {
        self.bump = bump;
        self
    }

    /// Zero rate times years up to `to`: minus the logarithm of the discount factor.
    pub(super) fn integrated(&self, to: Date) -> Result<f64, Diagnostic> {
        let mut sum = 0.0;
        for &root in &self.curve.roots {
            sum += self.market.root_yield(root, self.day, to, self.bump)?;
        }
        Ok(sum)
    }

    /// The discount factor up to `to`; 1 on the curve's day and before.
    ///
    /// # Errors
    /// Beyond the pillars.
    pub fn discount(&self, to: Date) -> Result<f64, Diagnostic> {
        Ok(libm::exp(-self.integrated(to)?))
    }

    /// The discount factor as an integer at 1e-15, half to even.
    ///
    /// # Errors
    /// Beyond the pillars, or where it leaves the range.
    pub fn discount_units(&self, to: Date) -> Result<i64, Diagnostic> {
        let units = libm::rint(self.discount(to)? * 1e15);
        if units.is_finite() && units.abs() < 9.0e18 {
            Ok(units as i64)
        } else {
            Err(Diagnostic::error(
                codes::market::NOT_FINITE,
                format!("the discount factor to {to} is out of range"),
            ))
        }
    }

    /// Discount factors of many days.
    ///
    /// # Errors
    /// As `discount_units`.
    pub fn discounts(&self, days: &[Date]) -> Result<Vec<i64>, Diagnostic> {
        days.iter().map(|&day| self.discount_units(day)).collect()
    }

    /// The continuously compounded zero rate up to `to`, a fraction a year, in the day count of the curve's first root.
    ///
    /// # Errors
    /// Beyond the pillars.
    pub fn zero(&self, to: Date) -> Result<f64, Diagnostic> {
        let Some(root) = self
            .curve
            .roots
            .first()
            .and_then(|&index| self.market.data().roots.get(index))
        else {
            return Ok(0.0);
        };
        let years = root.years(self.day, to);
        if years <= 0.0 {
            return Ok(0.0);
        }
        Ok(self.integrated(to)? / years)
    }
}
