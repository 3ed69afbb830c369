//! Payment dates counted from an anchor.
//!
//! The k-th date is always anchor + k steps, never the date before + one step, so a schedule from 31 January does not drift
//! to the 28th.

use super::{CalendarError, Date, Tenor};

/// The date `k` steps after the anchor (before, if negative). With `month_end`, dates of a step of months fall on month ends;
/// the anchor itself (k = 0) stays as it is. The anchor's own day is clamped to the length of the month.
pub fn schedule_date(
    anchor: Date,
    step: Tenor,
    k: i32,
    month_end: bool,
) -> Result<Date, CalendarError> {
    if k == 0 {
        return Ok(anchor);
    }
    let day = step
        .times(k)
        .ok_or(CalendarError::OutOfRange)?
        .after(anchor)?;
    Ok(if month_end && step.in_months().is_some() {
        day.month_end()
    } else {
        day
    })
}

/// The dates after `after` up to and including `maturity`, counted back from maturity, in ascending order. The first period
/// may be a short stub. A maturity that is not after `after` gives no date.
pub fn backward(
    maturity: Date,
    step: Tenor,
    after: Date,
    month_end: bool,
) -> Result<Vec<Date>, CalendarError> {
    if !step.is_positive() {
        return Err(CalendarError::NoStep(step.to_string()));
    }
    let mut dates = Vec::new();
    let mut k = 0;
    // the range of dates ends the count: before it there is no date after `after`
    while let Ok(day) = schedule_date(maturity, step, -k, month_end) {
        if day <= after {
            break;
        }
        dates.push(day);
        k += 1;
    }
    dates.reverse();
    Ok(dates)
}

/// The dates from `first` on, every step, strictly before `end`, then `end` itself: the last period may be a short stub.
pub fn forward(
    first: Date,
    step: Tenor,
    end: Date,
    month_end: bool,
) -> Result<Vec<Date>, CalendarError> {
    if !step.is_positive() {
        return Err(CalendarError::NoStep(step.to_string()));
    }
    let mut dates = Vec::new();
    let mut k = 0;
    while let Ok(day) = schedule_date(first, step, k, month_end)
        && day < end
    {
        dates.push(day);
        k += 1;
    }
    dates.push(end);
    Ok(dates)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(dates: &[Date]) -> Vec<String> {
        dates.iter().map(Date::to_string).collect()
    }

    #[test]
    fn no_drift() {
        let date = |text: &str| text.parse::<Date>().unwrap();
        let month = Tenor::months(1);
        let got = backward(date("2027-05-31"), month, date("2027-01-31"), false).unwrap();
        assert_eq!(
            days(&got),
            ["2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]
        );
        let got = backward(date("2027-04-30"), month, date("2027-01-01"), true).unwrap();
        assert_eq!(
            days(&got),
            ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]
        );
        let got = backward(date("2027-04-30"), month, date("2027-01-01"), false).unwrap();
        assert_eq!(
            days(&got),
            ["2027-01-30", "2027-02-28", "2027-03-30", "2027-04-30"]
        );
        let got = forward(date("2026-01-31"), month, date("2026-04-10"), false).unwrap();
        assert_eq!(
            days(&got),
            ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-10"]
        );
        assert!(
            backward(date("2026-01-31"), month, date("2026-01-31"), false)
                .unwrap()
                .is_empty()
        );
        assert!(
            backward(
                date("2026-01-31"),
                Tenor::days(0),
                date("2026-01-01"),
                false
            )
            .is_err()
        );
    }
}
