//! Shifts of curves: shapes over the time in years, made from formulas and read as functions of day, time and zero rate.

use super::path::LevelPath;
use super::term_structure::TermStructure;
use crate::calendar::Date;

/// A shift formula with everything that does not depend on the day, the time or the zero rate already computed.
/// Values are binary floats: a shift ends in a zero rate, which `semantics.md` allows to be one.
#[derive(Clone, Debug)]
pub enum Shift {
    /// The same everywhere.
    Constant(f64),
    /// The time in years.
    Time,
    /// The zero rate at that time before this shock.
    Zero,
    /// `-x`.
    Negate(Box<Shift>),
    /// `a + b`.
    Add(Box<Shift>, Box<Shift>),
    /// `a - b`.
    Subtract(Box<Shift>, Box<Shift>),
    /// `a * b`.
    Multiply(Box<Shift>, Box<Shift>),
    /// `a / b`; by zero: not a number, which is refused where the curve is read.
    Divide(Box<Shift>, Box<Shift>),
    /// `e^x`.
    Exponential(Box<Shift>),
    /// Natural logarithm.
    Logarithm(Box<Shift>),
    /// Square root.
    SquareRoot(Box<Shift>),
    /// 1 / (1 + e^-x).
    Logistic(Box<Shift>),
    /// |x|.
    Absolute(Box<Shift>),
    /// The least.
    Minimum(Vec<Shift>),
    /// The greatest.
    Maximum(Vec<Shift>),
    /// `if c then a else b`.
    If(Box<Condition>, Box<Shift>, Box<Shift>),
    /// The level on the day of an inherited path.
    Path(Box<LevelPath<Shift>>),
    /// Shifts by tenor from a file, flat beyond its ends.
    Pillars(Box<TermStructure>),
}

/// A condition inside a shift.
#[derive(Clone, Debug)]
pub enum Condition {
    /// Known beforehand.
    Known(bool),
    /// `a < b` (`strict`) or `a <= b`.
    Below {
        left: Shift,
        right: Shift,
        strict: bool,
    },
    /// `not c`.
    Not(Box<Condition>),
    /// All of them.
    All(Vec<Condition>),
    /// Any of them.
    Any(Vec<Condition>),
}

/// Where a shift is read.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The day of the curve.
    pub day: Date,
    /// The day on which the shock struck.
    pub strike: Date,
    /// Years from the day of the curve, in the curve's day count.
    pub time: f64,
    /// The zero rate there before this shock.
    pub zero: f64,
}

impl Shift {
    /// The shift at a place, a fraction a year.
    pub fn at(&self, place: Place) -> f64 {
        match self {
            Shift::Constant(value) => *value,
            Shift::Time => place.time,
            Shift::Zero => place.zero,
            Shift::Negate(inner) => -inner.at(place),
            Shift::Add(left, right) => left.at(place) + right.at(place),
            Shift::Subtract(left, right) => left.at(place) - right.at(place),
            Shift::Multiply(left, right) => left.at(place) * right.at(place),
            Shift::Divide(left, right) => left.at(place) / right.at(place),
            Shift::Exponential(inner) => libm::exp(inner.at(place)),
            Shift::Logarithm(inner) => libm::log(inner.at(place)),
            Shift::SquareRoot(inner) => libm::sqrt(inner.at(place)),
            Shift::Logistic(inner) => 1.0 / (1.0 + libm::exp(-inner.at(place))),
            Shift::Absolute(inner) => inner.at(place).abs(),
            Shift::Minimum(parts) => parts
                .iter()
                .map(|part| part.at(place))
                .fold(f64::INFINITY, f64::min),
            Shift::Maximum(parts) => parts
                .iter()
                .map(|part| part.at(place))
                .fold(f64::NEG_INFINITY, f64::max),
            Shift::If(condition, then, otherwise) => {
                if condition.holds(place) {
                    then.at(place)
                } else {
                    otherwise.at(place)
                }
            }
            Shift::Path(path) => path.shift_at(place),
            Shift::Pillars(pillars) => pillars.zero(place.time).unwrap_or(f64::NAN),
        }
    }
}

impl Condition {
    fn holds(&self, place: Place) -> bool {
        match self {
            Condition::Known(known) => *known,
            Condition::Below {
                left,
                right,
                strict: true,
            } => left.at(place) < right.at(place),
            Condition::Below {
                left,
                right,
                strict: false,
            } => left.at(place) <= right.at(place),
            Condition::Not(inner) => !inner.holds(place),
            Condition::All(parts) => parts.iter().all(|part| part.holds(place)),
            Condition::Any(parts) => parts.iter().any(|part| part.holds(place)),
        }
    }
}

impl LevelPath<Shift> {
    /// The level of the path on the day, at the time.
    pub fn shift_at(&self, place: Place) -> f64 {
        self.blend(place.strike, place.day).map_or(0.0, |blend| {
            let before = blend.before.map_or(0.0, |level| level.at(place));
            let after = blend.after.at(place);
            if blend.weight_units >= blend.weight_of {
                after
            } else {
                before + (after - before) * blend.share()
            }
        })
    }
}
