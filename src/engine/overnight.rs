//! The rate of a stretch of a period over which an overnight rate is compounded in arrears.

use crate::calendar::{Date, Tenor};
use crate::contract::{Compounding, Observation};
use crate::diagnostic::{Diagnostic, codes};
use crate::quantity::Rate;

/// What a stretch earns.
#[derive(Clone, Debug, PartialEq)]
pub struct Stretch {
    /// The simple rate a year over it that one payment of the compounded amount comes to, rounded to 1e-12.
    pub rate: Rate,
    /// The day of its last fixing.
    pub fixed: Date,
    /// The simple rates of its parts, each from its day on, so that interest accrues as it is compounded.
    pub parts: Vec<(Date, Rate)>,
}

/// The rate of a stretch inside a period of interest: what the period has earned at its end less what it had at its start, over
/// its days. `fixing` gives the overnight rate of a day, fixed for so many days.
///
/// # Errors
/// A fixing that is missing; a stretch without days; rates out of range.
pub fn stretch(
    compounding: &Compounding,
    period: (Date, Date),
    (start, end): (Date, Date),
    mut fixing: impl FnMut(Date, Tenor) -> Result<Rate, Diagnostic>,
) -> Result<Stretch, Diagnostic> {
    let out = |reason: String| Diagnostic::error(codes::run::OUT_OF_RANGE, reason);
    let mut observations = compounding
        .observations(period)
        .map_err(|error| out(error.to_string()))?;
    observations.retain(|part| part.from < end);
    let mut rates = Vec::with_capacity(observations.len());
    for part in &observations {
        let rate = fixing(part.observed, Tenor::days(part.fixed_for))?;
        rates.push(rate.to_rational().to_f64());
    }
    let earned = compounding.earned(&observations, &rates);
    let basis = f64::from(compounding.basis);
    let simple = |earned: f64, from: Date, until: Date| {
        let days = until.days_since(from);
        if days <= 0 {
            return Err(out(format!("no interest accrues from {from} to {until}")));
        }
        Rate::from_f64(earned * basis / f64::from(days)).map_err(|e| out(e.to_string()))
    };
    let mut parts = Vec::new();
    let (mut before, mut at_start, mut at_end) = (0.0, 0.0, 0.0);
    for (part, earned) in observations.iter().zip(earned) {
        let until = |day: Date| reached(part, (before, earned), day);
        if start >= part.from {
            at_start = until(start);
        }
        at_end = until(end);
        if part.until > start {
            let rate = simple(earned - before, part.from, part.until)?;
            parts.push((part.from.max(start), rate));
        }
        before = earned;
    }
    let rate = simple(at_end - at_start, start, end)?;
    let fixed = observations.last().map_or(start, |last| last.observed);
    Ok(Stretch { rate, fixed, parts })
}

/// What is earned on a day of a stretch, where it is earned evenly from its first day to its end.
fn reached(part: &Observation, (before, earned): (f64, f64), day: Date) -> f64 {
    let whole = f64::from(part.until.days_since(part.from));
    let gone = f64::from(day.min(part.until).max(part.from).days_since(part.from));
    before + (earned - before) * gone / whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::BusinessCalendar;

    #[test]
    fn stretches_of_a_period_add_up_to_it() {
        let compounding = Compounding {
            calendar: BusinessCalendar::Weekends,
            basis: 360,
            look_back: 2,
            lock_out: 0,
            observation_shift: false,
        };
        let date = |text: &str| text.parse::<Date>().unwrap();
        let period = (date("2026-06-03"), date("2026-09-03"));
        let fixing = |day: Date, _| Ok(Rate(i64::from(day.day()) * 1_000_000_000));
        let earned = |from: Date, until: Date| {
            let made = stretch(&compounding, period, (from, until), fixing).unwrap();
            made.rate.to_rational().to_f64() * f64::from(until.days_since(from)) / 360.0
        };
        // parted on a Saturday
        let middle = date("2026-07-11");
        let parts = earned(period.0, middle) + earned(middle, period.1);
        assert!((parts - earned(period.0, period.1)).abs() < 1e-12);
        // accrued by its parts, a stretch has earned its rate at its end
        let made = stretch(&compounding, period, (middle, period.1), fixing).unwrap();
        let ends = made.parts.iter().skip(1).map(|(day, _)| *day);
        let ends = ends.chain([period.1]);
        let accrued = made
            .parts
            .iter()
            .zip(ends)
            .map(|((from, rate), until)| rate.0 * i64::from(until.days_since(*from)));
        let whole = made.rate.0 * i64::from(period.1.days_since(middle));
        assert!((accrued.sum::<i64>() - whole).abs() < 100);
    }
}
