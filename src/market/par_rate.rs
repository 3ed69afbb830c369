//! Par swap rates from discount factors, and the payments of a par swap.

use super::fault::out_of_range;
use crate::calendar::{CalendarError, Date, Tenor};
use crate::diagnostic::{Diagnostic, codes};

/// The par rate of a tenor from `day` under discount factors; see `ScenarioMarket::swap_rate`.
///
/// # Errors
/// Where a discount factor cannot be had or the tenor is not positive.
pub fn par_rate(
    day: Date,
    tenor: Tenor,
    discount: &dyn Fn(Date) -> Result<f64, Diagnostic>,
) -> Result<f64, Diagnostic> {
    let end = tenor
        .after(day)
        .map_err(|error| out_of_range("swap_rate", &error))?;
    // A tenor that is rounded to nothing means the shortest rate there is: overnight.
    if end == day {
        return par_rate(day, Tenor::days(1), discount);
    }
    if end < day {
        return Err(Diagnostic::error(
            codes::market::BAD_TENOR,
            format!("a swap rate needs a positive tenor, not {tenor}"),
        ));
    }
    let payments = par_payments(day, end).map_err(|error| out_of_range("swap_rate", &error))?;
    let last = discount(end)?;
    if let [(_, years)] = payments.as_slice() {
        return Ok((1.0 / last - 1.0) / years);
    }
    let mut annuity = 0.0;
    for (to, years) in payments {
        annuity += years * discount(to)?;
    }
    Ok((1.0 - last) / annuity)
}

/// The fixed payments of a par swap: yearly dates counted back from its end, a short first stub, accruals in act/365.
///
/// # Errors
/// Where a date leaves the calendar.
pub fn par_payments(day: Date, end: Date) -> Result<Vec<(Date, f64)>, CalendarError> {
    let mut dates = Vec::new();
    let mut years = 0;
    let mut date = end;
    while date > day {
        dates.push(date);
        years += 12;
        date = end.add_months(-years)?;
    }
    dates.reverse();
    let mut before = day;
    Ok(dates
        .into_iter()
        .map(|date| {
            let accrual = f64::from(date.days_since(before)) / 365.0;
            before = date;
            (date, accrual)
        })
        .collect())
}
