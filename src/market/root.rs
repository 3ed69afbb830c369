//! Curves of the book's date: roots from files or formulas, and the curves that are sums of them.

use super::parametric::{SmithWilson, Svensson};
use super::shift::{Place, Shift};
use super::term_structure::{CurveError, TermStructure};
use crate::calendar::{Date, DayCount};
use crate::plan::{FactorName, Origin};
use crate::quantity::Currency;

/// A curve or spread that shocks may name: what moves.
#[derive(Clone, Debug)]
pub struct Root {
    /// Its name in the market.
    pub name: FactorName,
    /// Its currency.
    pub currency: Currency,
    /// A spread is moved by `shock spread` only.
    pub is_spread: bool,
    /// The day count of its time.
    pub daycount: DayCount,
    /// What its zero rate is the sum of.
    pub parts: Vec<Part>,
    /// Its line.
    pub origin: Origin,
}

/// A summand of a root's zero rate.
#[derive(Clone, Debug)]
pub enum Part {
    /// Pillars.
    Pillars(TermStructure),
    /// The same everywhere.
    Flat(f64),
    /// Svensson's formula.
    Svensson(Svensson),
    /// Smith and Wilson's formula.
    SmithWilson(SmithWilson),
    /// A shape over the time.
    Shift(Shift),
}

impl Root {
    /// Years between two days in the root's own day count.
    pub fn years(&self, from: Date, to: Date) -> f64 {
        self.daycount.plain_fraction(from, to, None).to_f64()
    }

    /// The zero rate at `time` years from the book's date, unshocked.
    ///
    /// # Errors
    /// Beyond the pillars.
    pub fn zero(&self, time: f64, day: Date) -> Result<f64, CurveError> {
        let mut zero = 0.0;
        for part in &self.parts {
            zero += match part {
                Part::Pillars(pillars) => pillars.zero(time)?,
                Part::Flat(rate) => *rate,
                Part::Svensson(curve) => curve.zero(time),
                Part::SmithWilson(curve) => curve.zero(time)?,
                Part::Shift(shift) => shift.at(Place {
                    day,
                    strike: day,
                    time,
                    zero,
                }),
            };
        }
        Ok(zero)
    }
}

/// A curve as the roots that it is the sum of, by index.
#[derive(Clone, Debug, Default)]
pub struct Composition {
    /// Indices of roots; one that occurs twice counts twice.
    pub roots: Vec<usize>,
}
