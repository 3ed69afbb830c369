//! Instants of contracts: a day and a second of it.

use std::fmt;

use crate::calendar::{CalendarError, Date};

const DAY: u32 = 86_400;

/// A local instant. Most are midnight; `23:59:59` says the end of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// The day,
    pub day: Date,
    /// and seconds since its midnight.
    pub second: u32,
}

impl Moment {
    /// Midnight at the start of a day.
    pub const fn midnight(day: Date) -> Moment {
        Moment { day, second: 0 }
    }

    /// Reads `2026-09-30`, `2026-09-30T00:00` or `2026-09-30T23:59:59`, with or without `Z`; `24:00` is the next midnight.
    pub fn parse(text: &str) -> Option<Moment> {
        let text = text.trim();
        let text = text.strip_suffix('Z').unwrap_or(text);
        let (day, clock) = match text.split_once('T') {
            Some((day, clock)) => (day, clock),
            None => (text, "00:00"),
        };
        let day: Date = day.parse().ok()?;
        let mut parts = clock.split(':').map(two_digits);
        let (hour, minute) = (parts.next()??, parts.next()??);
        let second = parts.next().unwrap_or(Some(0))?;
        if parts.next().is_some() || minute > 59 || second > 59 {
            return None;
        }
        match hour * 3600 + minute * 60 + second {
            second if second < DAY => Some(Moment { day, second }),
            DAY => day.add_days(1).ok().map(Moment::midnight),
            _ => None,
        }
    }

    /// The same time of another day.
    pub fn on(self, day: Date) -> Moment {
        Moment { day, ..self }
    }

    /// The same time some days later.
    pub fn add_days(self, days: i32) -> Result<Moment, CalendarError> {
        Ok(self.on(self.day.add_days(days)?))
    }

    /// The day that year fractions count: times are rounded to the full hour, so the last half hour is the next day.
    pub fn counted(self) -> Date {
        if self.second >= DAY - 1800 {
            self.day.add_days(1).unwrap_or(self.day)
        } else {
            self.day
        }
    }

    /// Seconds on one line of time, moved by an offset: the order of events.
    pub fn key(self, offset: i64) -> i64 {
        i64::from(self.day.days()) * i64::from(DAY) + i64::from(self.second) + offset
    }
}

fn two_digits(text: &str) -> Option<u32> {
    // fractions of a second are all zero in practice
    let text = text.split_once('.').map_or(text, |(whole, _)| whole);
    (text.len() == 2 && text.bytes().all(|c| c.is_ascii_digit())).then(|| text.parse().ok())?
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (hour, minute) = (self.second / 3600, self.second / 60 % 60);
        let second = self.second % 60;
        write!(f, "{}T{hour:02}:{minute:02}:{second:02}", self.day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_files_say() {
        for (text, want) in [
            ("2013-01-01T00:00:00", "2013-01-01T00:00:00"),
            (" 2013-01-01T00:00", "2013-01-01T00:00:00"),
            ("2013-01-01", "2013-01-01T00:00:00"),
            ("2013-12-31T23:59:59Z", "2013-12-31T23:59:59"),
            ("2013-12-31T24:00:00", "2014-01-01T00:00:00"),
        ] {
            assert_eq!(Moment::parse(text).unwrap().to_string(), want);
        }
        for text in ["2013-02-30", "2013-01-01T25:00", "2013-01-01T0:00", "", "x"] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
        let end = Moment::parse("2013-12-31T23:59:59").unwrap();
        assert_eq!(end.counted().to_string(), "2014-01-01");
        assert_eq!(end.add_days(-1).unwrap().counted(), end.day);
    }
}
