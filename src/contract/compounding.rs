//! Overnight rates compounded in arrears: SOFR, €STR, SONIA.
//!
//! `factor = product over business days d of [start, end) of (1 + r(d) n(d) / basis)`, n(d) the calendar days from d to the next
//! business day or the end. The ARRC's and the ECB's conventions; with the fixings of SOFR it gives the published SOFR Index.

use crate::calendar::{BusinessCalendar, CalendarError, Date};

/// How overnight rates become the rate of a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compounding {
    /// Days on which the rate is fixed.
    pub calendar: BusinessCalendar,
    /// Days of a year: 360 or 365.
    pub basis: u32,
    /// Business days between a fixing and the day it counts for. Weights stay those of the interest period.
    pub look_back: u32,
    /// Business days before the end that take the rate of the last one before them.
    pub lock_out: u32,
}

/// Why there is no compounded rate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompoundingError {
    /// No fixing on the day.
    FixingMissing(Date),
    /// A date beyond the calendar's range.
    OutOfRange(CalendarError),
    /// The period does not end after its start.
    NoPeriod(Date, Date),
}

impl std::fmt::Display for CompoundingError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            CompoundingError::FixingMissing(day) => write!(f, "there is no fixing on {day}"),
            CompoundingError::OutOfRange(error) => write!(f, "{error}"),
            CompoundingError::NoPeriod(start, end) => {
                write!(f, "a period from {start} has to end after it, not on {end}")
            }
        }
    }
}

impl std::error::Error for CompoundingError {}

impl From<CalendarError> for CompoundingError {
    fn from(error: CalendarError) -> CompoundingError {
        CompoundingError::OutOfRange(error)
    }
}

impl Compounding {
    /// What one unit grows to from `start` to `end`. A start that is no business day takes the rate of the one before it.
    pub fn factor(
        &self,
        start: Date,
        end: Date,
        fixing: impl Fn(Date) -> Option<f64>,
    ) -> Result<f64, CompoundingError> {
        if end <= start {
            return Err(CompoundingError::NoPeriod(start, end));
        }
        let locked = self.back(self.calendar.following(end)?, self.lock_out)?;
        // of locked days the first rate before them counts; without a lock-out none are
        let latest = if self.lock_out == 0 {
            end
        } else {
            self.back(locked, 1)?
        };
        let (mut factor, mut day) = (1.0, start);
        while day < end {
            let next = self.calendar.following(day.add_days(1)?)?.min(end);
            let counted = self.calendar.preceding(day)?.min(latest);
            let observed = self.back(counted, self.look_back)?;
            let rate = fixing(observed).ok_or(CompoundingError::FixingMissing(observed))?;
            factor *= 1.0 + rate * f64::from(next.days_since(day)) / f64::from(self.basis);
            day = next;
        }
        Ok(factor)
    }

    /// The rate of a year, simple, that the factor amounts to.
    pub fn rate(
        &self,
        start: Date,
        end: Date,
        fixing: impl Fn(Date) -> Option<f64>,
    ) -> Result<f64, CompoundingError> {
        let factor = self.factor(start, end, fixing)?;
        Ok((factor - 1.0) * f64::from(self.basis) / f64::from(end.days_since(start)))
    }

    /// Some business days earlier.
    fn back(&self, mut day: Date, days: u32) -> Result<Date, CalendarError> {
        for _ in 0..days {
            day = self.calendar.preceding(day.add_days(-1)?)?;
        }
        Ok(day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rate is the day of the month in percent, so that each factor tells which days it took.
    fn factor(start: &str, end: &str, look_back: u32, lock_out: u32) -> f64 {
        let compounding = Compounding {
            calendar: BusinessCalendar::Weekends,
            basis: 360,
            look_back,
            lock_out,
        };
        let date = |text: &str| text.parse::<Date>().unwrap();
        let fixing = |day: Date| (!day.is_weekend()).then(|| f64::from(day.day()) / 100.0);
        compounding.factor(date(start), date(end), fixing).unwrap()
    }

    fn product(rates: &[(f64, f64)]) -> f64 {
        let factors = rates
            .iter()
            .map(|(percent, days)| 1.0 + percent / 100.0 * days / 360.0);
        factors.product()
    }

    #[test]
    fn weights_look_back_and_lock_out() {
        // 2026-06-04 is a Thursday
        let plain = [(4.0, 1.0), (5.0, 3.0), (8.0, 1.0), (9.0, 1.0)];
        let back = [(2.0, 1.0), (3.0, 3.0), (4.0, 1.0), (5.0, 1.0)];
        let locked = [(4.0, 1.0), (5.0, 3.0), (5.0, 1.0), (5.0, 1.0)];
        for (look_back, lock_out, rates) in [(0, 0, plain), (2, 0, back), (0, 2, locked)] {
            // an end on a weekend locks the days before it
            if lock_out == 2 {
                let weekend = factor("2026-06-03", "2026-06-06", 0, 1);
                assert!((weekend - product(&[(3.0, 1.0), (4.0, 1.0), (4.0, 1.0)])).abs() < 1e-15);
            }
            let got = factor("2026-06-04", "2026-06-10", look_back, lock_out);
            assert!(
                (got - product(&rates)).abs() < 1e-15,
                "{look_back} {lock_out} {got}"
            );
        }
    }
}
