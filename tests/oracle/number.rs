//! Exact numbers and days.

use chrono::{Datelike, NaiveDate};

/// One, in units of 1e-15.
pub const ONE: i128 = 1_000_000_000_000_000;
/// One, in units of 1e-12: rates.
pub const RATE: i128 = 1_000_000_000_000;

/// `a / b`, half to even; `b` > 0.
pub fn divided(a: i128, b: i128) -> i128 {
    let (whole, rest) = (a.div_euclid(b), a.rem_euclid(b));
    let up = rest * 2 > b || (rest * 2 == b && whole % 2 != 0);
    whole + i128::from(up)
}

/// A share (1e-15) of an amount.
pub fn share(share: i128, amount: i128) -> i128 {
    divided(share.checked_mul(amount).unwrap(), ONE)
}

pub fn is_month_end(day: NaiveDate) -> bool {
    day.succ_opt().unwrap().month() != day.month()
}

pub fn month_end(mut day: NaiveDate) -> NaiveDate {
    while !is_month_end(day) {
        day = day.succ_opt().unwrap();
    }
    day
}

/// The part of a year between two days, as a fraction.
pub fn part(
    count: &str,
    from: NaiveDate,
    to: NaiveDate,
    maturity: Option<NaiveDate>,
) -> (i128, i128) {
    let days = i128::from((to - from).num_days());
    let months =
        i128::from((to.year() - from.year()) * 12 + to.month() as i32 - from.month() as i32);
    let (d1, d2) = (i128::from(from.day()), i128::from(to.day()));
    let february = |day: NaiveDate| day.month() == 2 && is_month_end(day);
    match count {
        "act/360" => (days, 360),
        "act/365" => (days, 365),
        "act/actISDA" => {
            let leap = from
                .iter_days()
                .take_while(|day| *day < to)
                .filter(NaiveDate::leap_year)
                .count() as i128;
            (leap * 365 + (days - leap) * 366, 365 * 366)
        }
        "30E/360" => (months * 30 + d2.min(30) - d1.min(30), 360),
        "30E/360ISDA" => {
            let a = if is_month_end(from) { 30 } else { d1 };
            let last = Some(to) == maturity && to.month() == 2;
            let b = if is_month_end(to) && !last { 30 } else { d2 };
            (months * 30 + b - a, 360)
        }
        "30U/360" => {
            let (mut a, mut b) = (d1, d2);
            if february(from) && february(to) {
                b = 30;
            }
            if february(from) {
                a = 30;
            }
            if b == 31 && a >= 30 {
                b = 30;
            }
            (months * 30 + b - a.min(30), 360)
        }
        other => panic!("{other}"),
    }
}
