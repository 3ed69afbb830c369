//! Dates of the sample bank.

use chrono::{Datelike, Months, NaiveDate};

/// The book's date.
pub const REPORTING: NaiveDate = match NaiveDate::from_ymd_opt(2026, 9, 30) {
    Some(date) => date,
    None => NaiveDate::MIN,
};

/// A date; 1 January 1970 where there is no such day.
pub fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or_default()
}

/// `months` later, clamped to the month's last day.
pub fn months_after(date: NaiveDate, months: i64) -> NaiveDate {
    date.checked_add_months(Months::new(months.max(0) as u32))
        .unwrap_or(date)
}

/// `months` earlier, clamped to the month's last day.
pub fn months_before(date: NaiveDate, months: i64) -> NaiveDate {
    date.checked_sub_months(Months::new(months.max(0) as u32))
        .unwrap_or(date)
}

/// Years of 365 days.
pub fn years(from: NaiveDate, to: NaiveDate) -> f64 {
    (to - from).num_days() as f64 / 365.0
}

/// Days of 30/360 (US) between two dates that are no end of February.
pub fn days_30_360(from: NaiveDate, to: NaiveDate) -> i64 {
    let d1 = i64::from(from.day().min(30));
    let d2 = if d1 == 30 {
        i64::from(to.day().min(30))
    } else {
        i64::from(to.day())
    };
    i64::from(to.year() - from.year()) * 360
        + (i64::from(to.month()) - i64::from(from.month())) * 30
        + d2
        - d1
}

/// The last day of a date's month.
fn month_end(date: NaiveDate) -> NaiveDate {
    let first = date.with_day(1).unwrap_or(date);
    months_after(first, 1).pred_opt().unwrap_or(date)
}

/// The last date of the schedule counted back from `maturity` in steps of `every` months that is not after the reporting date;
/// a maturity on a month end has a schedule of month ends.
pub fn last_on_schedule(maturity: NaiveDate, every: i64) -> NaiveDate {
    let mut steps = 1;
    loop {
        let mut date = months_before(maturity, steps * every);
        if maturity == month_end(maturity) {
            date = month_end(date);
        }
        if date <= REPORTING || steps > 2_000 {
            return date;
        }
        steps += 1;
    }
}

/// Adds days.
pub fn days_after(date: NaiveDate, days: i64) -> NaiveDate {
    date + chrono::Duration::days(days)
}
