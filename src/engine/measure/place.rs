//! Where a formula is read: run, reading, slice, branch; and which day a point of the text means.

use super::Measures;
use crate::diagnostic::codes::run as codes;
use crate::engine::series::Day;
use crate::engine::state::Reading;
use crate::formula::{Refusal, Undefined, Value};
use crate::plan::{DimensionId, Point};
use crate::quantity::Currency;

/// The place of a formula. Cheap to copy: slices are kept once and named by their number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The run, by its order.
    pub run: usize,
    /// The reading of the run.
    pub reading: Reading,
    /// The scenario that strikes at the reading, by its order in the exercise: `branch(x, S)`.
    pub branch: Option<usize>,
    /// The slice, by its number; 0 restricts nothing.
    pub slice: usize,
    /// The day up to which a ladder struck at the reading is read, inside a fold over time.
    pub ladder: Option<Day>,
}

impl Place {
    /// A reading of a run, nothing restricted.
    pub const fn of(run: usize, reading: Reading) -> Self {
        Self {
            run,
            reading,
            branch: None,
            slice: 0,
            ladder: None,
        }
    }
}

/// A restriction of every fold below to one currency and to values of dimensions. Bands restrict nothing: measures take them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Slice {
    /// The currency: amounts stay in it.
    pub currency: Option<Currency>,
    /// Values of dimensions, in order of the dimension.
    pub members: Vec<(DimensionId, Value)>,
    /// Bands, in order of the dimension.
    pub bands: Vec<(DimensionId, Value)>,
}

impl Slice {
    /// The same slice with one more value of a dimension.
    #[must_use]
    pub fn with(&self, dimension: DimensionId, value: Value) -> Self {
        let mut slice = self.clone();
        let list = if matches!(value, Value::Band(..)) {
            &mut slice.bands
        } else {
            &mut slice.members
        };
        list.retain(|(d, _)| *d != dimension);
        list.push((dimension, value));
        list.sort_by_key(|(d, _)| *d);
        slice
    }

    /// The same slice in one currency.
    #[must_use]
    pub fn in_currency(&self, currency: Currency) -> Self {
        Self {
            currency: Some(currency),
            ..self.clone()
        }
    }

    /// The value of a dimension, if the slice has one.
    pub fn value(&self, dimension: DimensionId) -> Option<&Value> {
        self.members
            .iter()
            .chain(&self.bands)
            .find(|(d, _)| *d == dimension)
            .map(|(_, value)| value)
    }
}

/// The day that a point means, seen from a place.
pub(super) enum Resolved {
    /// A reading of the run.
    Reading(Reading),
    /// There is none: `previous` on the first day.
    Undefined(Undefined),
}

impl Measures<'_> {
    /// The reading that `x at P` means: on the cash calendar, or an error that names the neighbours.
    pub(super) fn resolve(&self, place: Place, point: &Point) -> Result<Resolved, Refusal> {
        let run = self.run(place)?;
        let day = match point {
            Point::Start => return Ok(Resolved::Reading(Reading::Start)),
            Point::Shocked => return Ok(Resolved::Reading(Reading::Day(0))),
            Point::Previous => {
                let Reading::Day(today) = place.reading else {
                    return Ok(Resolved::Undefined(Undefined::NoPrevious));
                };
                let before = run.calendar.days.iter().zip(&run.calendar.is_cash).rev();
                let found = before
                    .filter(|(_, cash)| **cash)
                    .map(|(day, _)| *day)
                    .find(|day| *day < today);
                return Ok(match found {
                    Some(day) => Resolved::Reading(Reading::Day(day)),
                    None if today > 0 => Resolved::Reading(Reading::Day(0)),
                    None => Resolved::Undefined(Undefined::NoPrevious),
                });
            }
            other => self.day_of(place, other, 0)?,
        };
        if run.calendar.index_of(day).is_some() {
            return Ok(Resolved::Reading(Reading::Day(day)));
        }
        let date = |day: Day| run.date(day).map_or_else(String::new, |d| d.to_string());
        let before = run
            .calendar
            .at_or_before(day)
            .and_then(|at| run.calendar.days.get(at))
            .copied();
        let after = run.calendar.days.iter().copied().find(|d| *d > day);
        let (what, help) = match (before, after) {
            (Some(before), Some(after)) => (
                "is no day of the cash calendar",
                format!(
                    "its neighbours are {} and {}; `settle daily` puts every day on it",
                    date(before),
                    date(after)
                ),
            ),
            (None, first) => (
                "lies before the run begins",
                format!(
                    "the book's date is {}",
                    first.map_or_else(String::new, date)
                ),
            ),
            (Some(last), None) => (
                "lies after the run ends",
                format!(
                    "the last day is {}; `settle … until` a later one",
                    date(last)
                ),
            ),
        };
        Err(Refusal::new(
            codes::OFF_CASH_CALENDAR,
            format!(
                "{} {what}",
                self.exercise
                    .book
                    .date
                    .add_days(day)
                    .map_or_else(|_| format!("day {day}"), |d| d.to_string())
            ),
        )
        .help(help))
    }

    /// The day of a point; tenors count from `from`, a day of the run.
    pub(super) fn day_of(&self, place: Place, point: &Point, from: Day) -> Result<Day, Refusal> {
        let run = self.run(place)?;
        let origin = run.projection.date;
        let out =
            |e: crate::calendar::CalendarError| Refusal::new(codes::OUT_OF_RANGE, e.to_string());
        Ok(match point {
            Point::Date(date) => date.days_since(origin),
            Point::Tenor(tenor) => {
                let anchor = origin.add_days(from).map_err(out)?;
                tenor.point_after(anchor).map_err(out)?.days_since(origin)
            }
            Point::Start | Point::Shocked => 0,
            Point::Previous => from,
            Point::End => run.calendar.last(),
            Point::Maturity => run.projection.last_payment,
        })
    }
}
