//! Overnight rates compounded in arrears: SOFR, €STR, SONIA.
//!
//! `factor = product over business days d of [start, end) of (1 + r(d) n(d) / basis)`, n(d) the calendar days from d to the next
//! business day or the end. The ARRC's and the ECB's conventions; with the fixings of SOFR it gives the published SOFR Index.
//! With an observation shift the days that are counted are those of the fixings: the factor is that of the period moved back,
//! and what it earns is spread over the days of the period of interest (ISDA 2021, 7.3).

use crate::calendar::{BusinessCalendar, CalendarError, Date};

/// How overnight rates become the rate of a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compounding {
    /// Days on which the rate is fixed.
    pub calendar: BusinessCalendar,
    /// Days of a year: 360 or 365.
    pub basis: u32,
    /// Business days between a fixing and the day it counts for.
    pub look_back: u32,
    /// Business days before the end that take the rate of the last one before them.
    pub lock_out: u32,
    /// Whether a rate counts for the days that it was fixed for; else for those of the period of interest.
    pub observation_shift: bool,
}

/// A stretch of days that earns one overnight rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation {
    /// First day of the stretch,
    pub from: Date,
    /// and its end: a business day, or the end of the period.
    pub until: Date,
    /// The day of the fixing.
    pub observed: Date,
    /// Calendar days from the fixing to the next business day: what it is fixed for.
    pub fixed_for: i32,
    /// The days that the rate is counted for.
    pub weight: i32,
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
    /// The stretches of a period, in order. A start that is no business day takes the rate of the one before it.
    ///
    /// # Errors
    /// A period that is none, or days beyond the calendar.
    pub fn observations(
        &self,
        (start, end): (Date, Date),
    ) -> Result<Vec<Observation>, CompoundingError> {
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
        let mut observations = Vec::new();
        let (mut from, mut business) = (start, self.calendar.preceding(start)?);
        while from < end {
            let next = self.next(business)?;
            let until = next.min(end);
            let observed = self.back(business.min(latest), self.look_back)?;
            let after = self.next(observed)?;
            let weight = if self.observation_shift {
                // of days that are no business days the last one before counts, at the end as at the start
                let ends = if until == next { after } else { observed };
                ends.days_since(observed)
            } else {
                until.days_since(from)
            };
            observations.push(Observation {
                from,
                until,
                observed,
                fixed_for: after.days_since(observed),
                weight,
            });
            (from, business) = (until, next);
        }
        // a period that lies between two business days
        if let [only] = observations.as_mut_slice()
            && only.weight == 0
        {
            only.weight = only.until.days_since(only.from);
        }
        Ok(observations)
    }

    /// What one unit has earned since the start of the period at the end of each of its stretches, at a rate for each.
    pub fn earned(&self, observations: &[Observation], rates: &[f64]) -> Vec<f64> {
        let start = observations.first().map(|first| first.from);
        let (mut factor, mut weights) = (1.0, 0);
        let earn = |(stretch, rate): (&Observation, &f64)| {
            factor *= 1.0 + rate * f64::from(stretch.weight) / f64::from(self.basis);
            weights += stretch.weight;
            let days = start.map_or(0, |start| stretch.until.days_since(start));
            if self.observation_shift && weights > 0 {
                (factor - 1.0) * f64::from(days) / f64::from(weights)
            } else {
                factor - 1.0
            }
        };
        observations.iter().zip(rates).map(earn).collect()
    }

    /// What one unit grows to from `start` to `end`.
    ///
    /// # Errors
    /// A fixing that is missing, a period that is none, or days beyond the calendar.
    pub fn factor(
        &self,
        start: Date,
        end: Date,
        fixing: impl Fn(Date) -> Option<f64>,
    ) -> Result<f64, CompoundingError> {
        let observations = self.observations((start, end))?;
        let rate = |stretch: &Observation| {
            let missing = CompoundingError::FixingMissing(stretch.observed);
            fixing(stretch.observed).ok_or(missing)
        };
        let rates: Vec<f64> = observations.iter().map(rate).collect::<Result<_, _>>()?;
        let earned = self.earned(&observations, &rates);
        Ok(1.0 + earned.last().copied().unwrap_or_default())
    }

    /// Some business days earlier.
    fn back(&self, mut day: Date, days: u32) -> Result<Date, CalendarError> {
        for _ in 0..days {
            day = self.calendar.preceding(day.add_days(-1)?)?;
        }
        Ok(day)
    }

    /// The business day after a day.
    fn next(&self, day: Date) -> Result<Date, CalendarError> {
        self.calendar.following(day.add_days(1)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn compounding(look_back: u32, lock_out: u32, observation_shift: bool) -> Compounding {
        Compounding {
            calendar: BusinessCalendar::Weekends,
            basis: 360,
            look_back,
            lock_out,
            observation_shift,
        }
    }

    /// The rate is the day of the month in percent, so that each factor tells which days it took.
    fn factor(compounding: &Compounding, start: &str, end: &str) -> f64 {
        let fixing = |day: Date| (!day.is_weekend()).then(|| f64::from(day.day()) / 100.0);
        compounding.factor(date(start), date(end), fixing).unwrap()
    }

    fn product(rates: &[(f64, f64)]) -> f64 {
        let factors = rates
            .iter()
            .map(|(percent, days)| 1.0 + percent / 100.0 * days / 360.0);
        factors.product()
    }

    fn same(got: f64, expected: f64) {
        assert!((got - expected).abs() < 1e-15, "{got} for {expected}");
    }

    #[test]
    fn weights_look_back_and_lock_out() {
        // 2026-06-04 is a Thursday
        let plain = [(4.0, 1.0), (5.0, 3.0), (8.0, 1.0), (9.0, 1.0)];
        let back = [(2.0, 1.0), (3.0, 3.0), (4.0, 1.0), (5.0, 1.0)];
        let locked = [(4.0, 1.0), (5.0, 3.0), (5.0, 1.0), (5.0, 1.0)];
        for (look_back, lock_out, rates) in [(0, 0, plain), (2, 0, back), (0, 2, locked)] {
            let terms = compounding(look_back, lock_out, false);
            same(factor(&terms, "2026-06-04", "2026-06-10"), product(&rates));
        }
        // an end on a weekend locks the days before it
        let weekend = factor(&compounding(0, 1, false), "2026-06-03", "2026-06-06");
        same(weekend, product(&[(3.0, 1.0), (4.0, 1.0), (4.0, 1.0)]));
    }

    #[test]
    fn a_shift_counts_the_days_of_the_fixings() {
        // from Thursday to Wednesday, two business days back: Tuesday to Monday, 6 days for 6
        let shifted = [(2.0, 1.0), (3.0, 1.0), (4.0, 1.0), (5.0, 3.0)];
        let terms = compounding(2, 0, true);
        same(
            factor(&terms, "2026-06-04", "2026-06-10"),
            product(&shifted),
        );
        // from Thursday to Tuesday, 5 days: Tuesday to Friday, 3 days
        let earned = product(&[(2.0, 1.0), (3.0, 1.0), (4.0, 1.0)]) - 1.0;
        same(
            factor(&terms, "2026-06-04", "2026-06-09"),
            1.0 + earned * 5.0 / 3.0,
        );
        // between two business days: Saturday to Sunday
        same(
            factor(&terms, "2026-06-06", "2026-06-07"),
            product(&[(3.0, 1.0)]),
        );
    }

    #[test]
    fn periods_follow_each_other() {
        // whatever day they part on, also a Saturday
        for shift in [false, true] {
            let terms = compounding(2, 0, shift);
            let whole = terms
                .observations((date("2026-06-03"), date("2026-06-17")))
                .unwrap();
            let days: i32 = whole.iter().map(|stretch| stretch.weight).sum();
            for middle in ["2026-06-05", "2026-06-06", "2026-06-08"] {
                let parts = [("2026-06-03", middle), (middle, "2026-06-17")];
                let weights = parts.map(|(from, until)| {
                    let part = terms.observations((date(from), date(until))).unwrap();
                    part.iter().map(|stretch| stretch.weight).sum::<i32>()
                });
                assert_eq!(weights.iter().sum::<i32>(), days, "{middle} {shift}");
            }
        }
    }
}
