//! A calendar day, proleptic Gregorian, as one integer.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::CalendarError;

/// A day: days since 1970-01-01, proleptic Gregorian, from 1600-01-01 to 2400-12-31. Text and serde form: ISO, `2026-09-30`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(i32);

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// Whether the Gregorian year has a 29 February.
pub const fn is_leap_year(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// The number of days of a month, 28 to 31; a month outside 1 to 12 counts as one of 31.
pub const fn days_in_month(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap_year(year) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a Gregorian day (era arithmetic: 400 years are 146,097 days, years begin in March).
const fn days_from_civil(year: i32, month: u32, day: u32) -> i32 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let mp = (month as i32 + 9) % 12;
    let doy = (153 * mp + 2) / 5 + day as i32 - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    era * 146_097 + doe - 719_468
}

impl Date {
    /// 1600-01-01.
    pub const MIN: Date = Date(days_from_civil(1600, 1, 1));
    /// 2400-12-31.
    pub const MAX: Date = Date(days_from_civil(2400, 12, 31));

    /// The day of a year, month (1 to 12) and day of month.
    pub fn from_ymd(year: i32, month: u32, day: u32) -> Result<Date, CalendarError> {
        if !(1600..=2400).contains(&year) {
            return Err(CalendarError::OutOfRange);
        }
        if !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
            return Err(CalendarError::NoDate(format!(
                "{year:04}-{month:02}-{day:02}"
            )));
        }
        Ok(Date(days_from_civil(year, month, day)))
    }

    /// The day that is `days` after 1970-01-01.
    pub fn from_days(days: i32) -> Result<Date, CalendarError> {
        if !(Self::MIN.0..=Self::MAX.0).contains(&days) {
            Err(CalendarError::OutOfRange)
        } else {
            Ok(Date(days))
        }
    }

    /// Days since 1970-01-01.
    pub const fn days(self) -> i32 {
        self.0
    }

    /// Year, month (1 to 12), day of month.
    pub const fn ymd(self) -> (i32, u32, u32) {
        let z = self.0 + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let day = doy - (153 * mp + 2) / 5 + 1;
        let month = if mp < 10 { mp + 3 } else { mp - 9 };
        let year = yoe + era * 400 + if month <= 2 { 1 } else { 0 };
        (year, month as u32, day as u32)
    }

    /// The year.
    pub const fn year(self) -> i32 {
        self.ymd().0
    }

    /// The month, 1 to 12.
    pub const fn month(self) -> u32 {
        self.ymd().1
    }

    /// The day of the month, 1 to 31.
    pub const fn day(self) -> u32 {
        self.ymd().2
    }

    /// The day of the week.
    pub const fn weekday(self) -> Weekday {
        match (self.0 + 3).rem_euclid(7) {
            0 => Weekday::Monday,
            1 => Weekday::Tuesday,
            2 => Weekday::Wednesday,
            3 => Weekday::Thursday,
            4 => Weekday::Friday,
            5 => Weekday::Saturday,
            _ => Weekday::Sunday,
        }
    }

    /// Whether the day is a Saturday or Sunday.
    pub const fn is_weekend(self) -> bool {
        (self.0 + 3).rem_euclid(7) >= 5
    }

    /// Calendar days later (earlier, if negative).
    pub fn add_days(self, days: i32) -> Result<Date, CalendarError> {
        self.0
            .checked_add(days)
            .ok_or(CalendarError::OutOfRange)
            .and_then(Self::from_days)
    }

    /// Months later (earlier, if negative); the day is clamped to the length of the month: 31 January + 1M = 28 February.
    pub fn add_months(self, months: i32) -> Result<Date, CalendarError> {
        let (year, month, day) = self.ymd();
        let total = (year * 12 + month as i32 - 1)
            .checked_add(months)
            .ok_or(CalendarError::OutOfRange)?;
        let (y, m) = (total.div_euclid(12), total.rem_euclid(12) as u32 + 1);
        if !(1600..=2400).contains(&y) {
            return Err(CalendarError::OutOfRange);
        }
        let length = days_in_month(y, m);
        Ok(Date(days_from_civil(
            y,
            m,
            if day < length { day } else { length },
        )))
    }

    /// Whether the day is the last of its month.
    pub const fn is_month_end(self) -> bool {
        let (year, month, day) = self.ymd();
        day == days_in_month(year, month)
    }

    /// The last day of the day's month.
    pub const fn month_end(self) -> Date {
        let (year, month, day) = self.ymd();
        Date(self.0 + (days_in_month(year, month) - day) as i32)
    }

    /// The first day of the day's month.
    pub const fn month_start(self) -> Date {
        Date(self.0 - self.ymd().2 as i32 + 1)
    }

    /// Calendar days from `earlier` to this day.
    pub const fn days_since(self, earlier: Date) -> i32 {
        self.0 - earlier.0
    }
}

impl std::ops::Sub for Date {
    /// Calendar days.
    type Output = i32;
    fn sub(self, earlier: Date) -> i32 {
        self.days_since(earlier)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.ymd();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl FromStr for Date {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<Date, CalendarError> {
        let no_date = || CalendarError::NoDate(text.chars().take(40).collect());
        let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = text.as_bytes() else {
            return Err(no_date());
        };
        let digits = |digits: &[u8]| {
            digits.iter().try_fold(0u32, |n, c| {
                c.is_ascii_digit().then(|| n * 10 + u32::from(*c - b'0'))
            })
        };
        let (Some(year), Some(month), Some(day)) = (
            digits(&[y1, y2, y3, y4]),
            digits(&[m1, m2]),
            digits(&[d1, d2]),
        ) else {
            return Err(no_date());
        };
        Date::from_ymd(year as i32, month, day)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn every_day_of_the_range_goes_there_and_back() {
        let (mut y, mut m, mut d) = (1600, 1, 1);
        for days in Date::MIN.days()..=Date::MAX.days() {
            assert_eq!(Date(days).ymd(), (y, m, d));
            assert_eq!(Date::from_ymd(y, m, d).unwrap().days(), days);
            d += 1;
            if d > days_in_month(y, m) {
                (d, m) = (1, m + 1);
            }
            if m > 12 {
                (m, y) = (1, y + 1);
            }
        }
        assert_eq!(date("1970-01-01").days(), 0);
        assert_eq!(date("2026-09-30").weekday(), Weekday::Wednesday);
    }

    #[test]
    fn months_clamp() {
        for (from, months, to) in [
            ("2026-01-31", 1, "2026-02-28"),
            ("2024-01-31", 1, "2024-02-29"),
            ("2026-01-31", 2, "2026-03-31"),
            ("2026-03-30", -1, "2026-02-28"),
            ("2026-09-30", 3, "2026-12-30"),
            ("2026-12-15", -24, "2024-12-15"),
        ] {
            assert_eq!(
                date(from).add_months(months).unwrap(),
                date(to),
                "{from} {months}"
            );
        }
        assert!(date("2400-12-01").add_months(1).is_err());
        assert!(date("2400-12-31").add_days(1).is_err());
        assert!(date("2400-12-31").add_days(i32::MAX).is_err());
    }

    #[test]
    fn bad_text_is_refused() {
        for text in [
            "",
            "2026-9-30",
            "2026-02-29",
            "2026-13-01",
            "20260930",
            "1599-12-31",
            "2026-09-30 ",
            "２026-09-30",
        ] {
            assert!(text.parse::<Date>().is_err(), "{text}");
        }
        let json = serde_json::to_string(&date("2026-09-30")).unwrap();
        assert_eq!(json, "\"2026-09-30\"");
        assert_eq!(
            serde_json::from_str::<Date>(&json).unwrap(),
            date("2026-09-30")
        );
    }
}
