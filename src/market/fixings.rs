//! Past fixings of an index.

use crate::calendar::{BusinessCalendar, Date};
use crate::quantity::Rational;

/// Fixings by day, ascending.
#[derive(Clone, Debug, Default)]
pub struct Fixings {
    points: Vec<(Date, Rational)>,
    calendar: BusinessCalendar,
    stated: bool,
}

impl Fixings {
    /// Fixings of a file, published on the business days of a calendar.
    pub fn new(points: Vec<(Date, Rational)>, calendar: BusinessCalendar) -> Self {
        Self {
            points,
            calendar,
            stated: true,
        }
    }

    /// Whether the index names a file of fixings.
    pub fn is_stated(&self) -> bool {
        self.stated
    }

    /// The last day that has a fixing.
    pub fn last(&self) -> Option<Date> {
        self.points.last().map(|(date, _)| *date)
    }

    /// The fixing that holds on a day: its own, or on a day without publication that of the business day before.
    pub fn on(&self, day: Date) -> Option<f64> {
        let exact = |day: Date| {
            self.points
                .binary_search_by_key(&day, |(date, _)| *date)
                .ok()
                .and_then(|index| self.points.get(index))
        };
        let published = match exact(day) {
            Some(fixing) => Some(fixing),
            None => {
                let closed = day.is_weekend() || !self.calendar.is_business_day(day);
                let calendar = if self.calendar == BusinessCalendar::None {
                    &BusinessCalendar::Weekends
                } else {
                    &self.calendar
                };
                if closed {
                    calendar.preceding(day).ok().and_then(exact)
                } else {
                    None
                }
            }
        };
        published.map(|(_, value)| value.to_f64())
    }
}
