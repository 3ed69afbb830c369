//! Business days: weekends, TARGET, New York, London, lists of holidays; and how a due day rolls to a paid day.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{CalendarError, Date, Weekday};

/// Which days are business days.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BusinessCalendar {
    /// Every day is a business day.
    #[default]
    None,
    /// Closed on Saturday and Sunday.
    Weekends,
    /// T2 of the Eurosystem: closed on weekends, 1 January, Good Friday, Easter Monday, 1 May, 25 and 26 December (the
    /// decision of the ECB of 14 December 2000; before 2000 as TARGET was then).
    Target,
    /// The Federal Reserve Bank of New York: weekends and federal holidays; one on a Sunday moves to Monday, one on a
    /// Saturday is not made up.
    NewYork,
    /// Bank holidays of England and Wales with their substitutes and the single ones proclaimed up to 2023.
    London,
    /// Closed on weekends and on the days of the list.
    Holidays(HolidayList),
}

/// A sorted list of holidays.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Vec<Date>", into = "Vec<Date>")]
pub struct HolidayList(Arc<[Date]>);

impl From<Vec<Date>> for HolidayList {
    fn from(days: Vec<Date>) -> HolidayList {
        HolidayList::new(days)
    }
}

impl From<HolidayList> for Vec<Date> {
    fn from(list: HolidayList) -> Vec<Date> {
        list.0.to_vec()
    }
}

impl HolidayList {
    /// The list of these days, in any order.
    pub fn new(mut days: Vec<Date>) -> HolidayList {
        days.sort_unstable();
        days.dedup();
        HolidayList(days.into())
    }

    /// Whether the day stands in the list.
    pub fn holds(&self, day: Date) -> bool {
        self.0.binary_search(&day).is_ok()
    }
}

/// How a day that is no business day becomes one.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Roll {
    /// Not at all.
    #[default]
    None,
    /// The next business day.
    Following,
    /// The next business day, but the one before if the next lies in another month.
    ModifiedFollowing,
    /// The business day before.
    Preceding,
}

/// Easter Sunday of a Gregorian year (the anonymous computus of Meeus, Jones and Butcher).
pub fn easter_sunday(year: i32) -> Result<Date, CalendarError> {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let (d, e) = (b / 4, b % 4);
    let g = (b - (b + 8) / 25 + 1) / 3;
    let h = (19 * a + b - d - g + 15) % 30;
    let (i, k) = (c / 4, c % 4);
    let l = (32 + 2 * e + 2 * i - h - k) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l - 7 * m + 114;
    Date::from_ymd(year, (n / 31) as u32, (n % 31 + 1) as u32)
}

/// Days after Easter Sunday of the day's year.
fn days_after_easter(day: Date) -> Option<i32> {
    easter_sunday(day.year()).ok().map(|easter| day - easter)
}

/// Whether the day is the n-th Monday of its month (1 to 4).
fn is_nth_monday(day: Date, n: u32) -> bool {
    day.weekday() == Weekday::Monday && (day.day() - 1) / 7 + 1 == n
}

/// Whether the day is the last Monday of its month.
fn is_last_monday(day: Date) -> bool {
    day.weekday() == Weekday::Monday && day.month_end() - day < 7
}

fn is_target_holiday(day: Date) -> bool {
    let (year, month, dom) = day.ymd();
    match (month, dom) {
        (1, 1) | (12, 25) => return true,
        (12, 31) => return matches!(year, 1999 | 2001),
        (5, 1) | (12, 26) => return year >= 2000,
        _ => {}
    }
    year >= 2000 && matches!(month, 3 | 4) && matches!(days_after_easter(day), Some(-2 | 1))
}

fn is_new_york_holiday(day: Date) -> bool {
    let (year, month, dom) = day.ymd();
    let monday = day.weekday() == Weekday::Monday;
    // a fixed holiday, or the Monday after one that fell on Sunday
    let fixed = |m: u32, d: u32| month == m && (dom == d || (monday && dom == d + 1));
    fixed(1, 1)
        || fixed(7, 4)
        || fixed(11, 11)
        || fixed(12, 25)
        || (year >= 2022 && fixed(6, 19))
        || match month {
            1 => year >= 1986 && is_nth_monday(day, 3),
            2 => is_nth_monday(day, 3),
            5 => is_last_monday(day),
            9 => is_nth_monday(day, 1),
            10 => is_nth_monday(day, 2),
            11 => day.weekday() == Weekday::Thursday && (dom - 1) / 7 == 3,
            _ => false,
        }
}

fn is_london_holiday(day: Date) -> bool {
    let (year, month, dom) = day.ymd();
    let weekday = day.weekday();
    match (year, month, dom) {
        (1995, 5, 1) | (2020, 5, 4) => return false, // moved to 8 May
        (1995, 5, 8) | (2020, 5, 8) => return true,
        (2002, 5, 27) | (2012, 5, 28) | (2022, 5, 30) => return false, // moved into June
        (1999, 12, 31)
        | (2002, 6, 3 | 4)
        | (2011, 4, 29)
        | (2012, 6, 4 | 5)
        | (2022, 6, 2 | 3)
        | (2022, 9, 19)
        | (2023, 5, 8) => return true,
        _ => {}
    }
    match month {
        1 => dom == 1 || (matches!(dom, 2 | 3) && weekday == Weekday::Monday),
        3 | 4 => matches!(days_after_easter(day), Some(-2 | 1)),
        5 => (year >= 1978 && is_nth_monday(day, 1)) || is_last_monday(day),
        8 => is_last_monday(day),
        12 => {
            matches!(dom, 25 | 26)
                || (dom == 27 && matches!(weekday, Weekday::Monday | Weekday::Tuesday))
                || (dom == 28 && matches!(weekday, Weekday::Monday | Weekday::Tuesday))
        }
        _ => false,
    }
}

impl BusinessCalendar {
    /// Whether money is paid on the day.
    pub fn is_business_day(&self, day: Date) -> bool {
        match self {
            BusinessCalendar::None => true,
            _ if day.is_weekend() => false,
            BusinessCalendar::Weekends => true,
            BusinessCalendar::Target => !is_target_holiday(day),
            BusinessCalendar::NewYork => !is_new_york_holiday(day),
            BusinessCalendar::London => !is_london_holiday(day),
            BusinessCalendar::Holidays(list) => !list.holds(day),
        }
    }

    /// The first business day on or after the day.
    pub fn following(&self, mut day: Date) -> Result<Date, CalendarError> {
        while !self.is_business_day(day) {
            day = day.add_days(1)?;
        }
        Ok(day)
    }

    /// The last business day on or before the day.
    pub fn preceding(&self, mut day: Date) -> Result<Date, CalendarError> {
        while !self.is_business_day(day) {
            day = day.add_days(-1)?;
        }
        Ok(day)
    }

    /// The paid day of a due day.
    pub fn roll(&self, day: Date, roll: Roll) -> Result<Date, CalendarError> {
        match roll {
            Roll::None => Ok(day),
            Roll::Following => self.following(day),
            Roll::Preceding => self.preceding(day),
            Roll::ModifiedFollowing => {
                let next = self.following(day)?;
                if next.month() == day.month() {
                    Ok(next)
                } else {
                    self.preceding(day)
                }
            }
        }
    }
}

impl FromStr for BusinessCalendar {
    type Err = CalendarError;

    /// The calendars that a text names: TARGET, NEW_YORK, LONDON, WEEKENDS. Lists of holidays are made from files.
    fn from_str(text: &str) -> Result<BusinessCalendar, CalendarError> {
        Ok(match text {
            "TARGET" => BusinessCalendar::Target,
            "NEW_YORK" => BusinessCalendar::NewYork,
            "LONDON" => BusinessCalendar::London,
            "WEEKENDS" => BusinessCalendar::Weekends,
            _ => return Err(CalendarError::NoCalendar(text.chars().take(40).collect())),
        })
    }
}

impl fmt::Display for Roll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Roll::None => "none",
            Roll::Following => "following",
            Roll::ModifiedFollowing => "modified_following",
            Roll::Preceding => "preceding",
        })
    }
}

impl FromStr for Roll {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<Roll, CalendarError> {
        Ok(match text {
            "none" => Roll::None,
            "following" => Roll::Following,
            "modified_following" => Roll::ModifiedFollowing,
            "preceding" => Roll::Preceding,
            _ => return Err(CalendarError::NoRoll(text.chars().take(40).collect())),
        })
    }
}

#[cfg(test)]
#[expect(clippy::string_slice, reason = "dates of the tables are ASCII")]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    /// E22: the paid days of four due days, and the window that the rolled Easter payment leaves.
    #[test]
    fn target_rolls() {
        let due = ["2026-10-31", "2026-12-25", "2027-03-26", "2027-05-01"];
        let following = ["2026-11-02", "2026-12-28", "2027-03-30", "2027-05-03"];
        let modified = ["2026-10-30", "2026-12-28", "2027-03-30", "2027-05-03"];
        for ((due, following), modified) in due.iter().zip(following).zip(modified) {
            let roll = |how| BusinessCalendar::Target.roll(date(due), how).unwrap();
            assert_eq!(roll(Roll::Following), date(following));
            assert_eq!(roll(Roll::ModifiedFollowing), date(modified));
            assert_eq!(roll(Roll::None), date(due));
        }
        assert_eq!(
            BusinessCalendar::Target
                .roll(date("2027-03-29"), Roll::Preceding)
                .unwrap(),
            date("2027-03-25")
        );
        let end = date("2027-02-27").add_days(30).unwrap();
        assert_eq!(end, date("2027-03-29"));
        assert!(date("2027-03-26") <= end && date("2027-03-30") > end);
    }

    #[test]
    fn easter() {
        for text in [
            "1818-03-22",
            "2000-04-23",
            "2008-03-23",
            "2024-03-31",
            "2026-04-05",
            "2038-04-25",
            "2285-03-22",
        ] {
            assert_eq!(easter_sunday(date(text).year()).unwrap(), date(text));
        }
    }

    /// The weekdays closed in a year, as published by the ECB, the Federal Reserve and gov.uk.
    #[test]
    fn published_holidays() {
        let closed = |calendar: &BusinessCalendar, year: i32| -> Vec<String> {
            let (first, last) = (
                Date::from_ymd(year, 1, 1).unwrap(),
                Date::from_ymd(year, 12, 31).unwrap(),
            );
            (first.days()..=last.days())
                .map(|d| Date::from_days(d).unwrap())
                .filter(|d| !d.is_weekend() && !calendar.is_business_day(*d))
                .map(|d| d.to_string()[5..].to_owned())
                .collect()
        };
        let target = BusinessCalendar::Target;
        assert_eq!(
            closed(&target, 2024),
            ["01-01", "03-29", "04-01", "05-01", "12-25", "12-26"]
        );
        assert_eq!(
            closed(&target, 2026),
            ["01-01", "04-03", "04-06", "05-01", "12-25"]
        );
        let fed = BusinessCalendar::NewYork;
        assert_eq!(
            closed(&fed, 2023),
            [
                "01-02", "01-16", "02-20", "05-29", "06-19", "07-04", "09-04", "10-09", "11-23",
                "12-25"
            ]
        );
        assert_eq!(
            closed(&fed, 2026),
            [
                "01-01", "01-19", "02-16", "05-25", "06-19", "09-07", "10-12", "11-11", "11-26",
                "12-25"
            ]
        );
        let london = BusinessCalendar::London;
        assert_eq!(
            closed(&london, 2022),
            [
                "01-03", "04-15", "04-18", "05-02", "06-02", "06-03", "08-29", "09-19", "12-26",
                "12-27"
            ]
        );
        assert_eq!(
            closed(&london, 2020),
            [
                "01-01", "04-10", "04-13", "05-08", "05-25", "08-31", "12-25", "12-28"
            ]
        );
        assert_eq!(
            closed(&london, 2021),
            [
                "01-01", "04-02", "04-05", "05-03", "05-31", "08-30", "12-27", "12-28"
            ]
        );
    }

    #[test]
    fn a_list_that_never_ends_is_refused() {
        let days = (date("2400-12-01").days()..=Date::MAX.days())
            .map(|d| Date::from_days(d).unwrap())
            .collect();
        let calendar = BusinessCalendar::Holidays(HolidayList::new(days));
        assert!(calendar.following(date("2400-12-02")).is_err());
        assert!(calendar.roll(date("2400-12-02"), Roll::Preceding).is_ok());
    }
}
