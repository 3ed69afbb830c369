//! Lengths of time as text says them, `30d 2w 3M 10Y`, and calendar periods.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{CalendarError, Date};

/// The unit of a tenor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names say it")]
pub enum TenorUnit {
    Day,
    Week,
    Month,
    Year,
}

/// A length of time. Weeks are seven days, years twelve months: `1Y` = `12M`, `2w` = `14d`; months and days do not compare.
/// Shown as it was written; serialised in its normal form (months or days).
#[derive(Clone, Copy, Debug)]
pub struct Tenor {
    /// How many units; may be negative (the difference of two dates).
    pub count: i32,
    /// The unit.
    pub unit: TenorUnit,
}

impl Tenor {
    /// A tenor of `count` units.
    pub const fn new(count: i32, unit: TenorUnit) -> Tenor {
        Tenor { count, unit }
    }

    /// Days.
    pub const fn days(count: i32) -> Tenor {
        Tenor {
            count,
            unit: TenorUnit::Day,
        }
    }

    /// Months.
    pub const fn months(count: i32) -> Tenor {
        Tenor {
            count,
            unit: TenorUnit::Month,
        }
    }

    /// Years.
    pub const fn years(count: i32) -> Tenor {
        Tenor {
            count,
            unit: TenorUnit::Year,
        }
    }

    /// The length in months, if it is one of months or years.
    pub fn in_months(self) -> Option<i32> {
        match self.unit {
            TenorUnit::Month => Some(self.count),
            TenorUnit::Year => self.count.checked_mul(12),
            _ => None,
        }
    }

    /// The length in days, if it is one of days or weeks.
    pub fn in_days(self) -> Option<i32> {
        match self.unit {
            TenorUnit::Day => Some(self.count),
            TenorUnit::Week => self.count.checked_mul(7),
            _ => None,
        }
    }

    /// The normal form: months or days, never years or weeks. A length beyond the calendar's range stays as it is.
    pub fn normal(self) -> Tenor {
        match (self.in_months(), self.in_days()) {
            (Some(count), _) => Tenor::months(count),
            (_, Some(count)) => Tenor::days(count),
            _ => self,
        }
    }

    /// The length times a whole number.
    pub fn times(self, factor: i32) -> Option<Tenor> {
        self.count.checked_mul(factor).map(|count| Tenor {
            count,
            unit: self.unit,
        })
    }

    /// Whether the length is longer than nothing.
    pub const fn is_positive(self) -> bool {
        self.count > 0
    }

    /// Order within days and weeks, or within months and years; `None` across: months and days do not compare.
    pub fn compare(self, other: Tenor) -> Option<Ordering> {
        let (a, b) = (self.normal(), other.normal());
        (a.unit == b.unit).then(|| a.count.cmp(&b.count))
    }

    /// The day this long after `anchor`; months clamp.
    pub fn after(self, anchor: Date) -> Result<Date, CalendarError> {
        match (self.in_months(), self.in_days()) {
            (Some(months), _) => anchor.add_months(months),
            (_, Some(days)) => anchor.add_days(days),
            _ => Err(CalendarError::OutOfRange),
        }
    }

    /// The day this long after the anchor of a run's points: on a month end, months count month ends
    /// (2026-09-30 + 3M = 2026-12-31); else months clamp.
    pub fn point_after(self, anchor: Date) -> Result<Date, CalendarError> {
        let day = self.after(anchor)?;
        Ok(if self.in_months().is_some() && anchor.is_month_end() {
            day.month_end()
        } else {
            day
        })
    }
}

impl PartialEq for Tenor {
    fn eq(&self, other: &Tenor) -> bool {
        let (a, b) = (self.normal(), other.normal());
        a.unit == b.unit && a.count == b.count
    }
}

impl Eq for Tenor {}

impl Hash for Tenor {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let normal = self.normal();
        (normal.unit, normal.count).hash(state);
    }
}

impl fmt::Display for Tenor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            TenorUnit::Day => 'd',
            TenorUnit::Week => 'w',
            TenorUnit::Month => 'M',
            TenorUnit::Year => 'Y',
        };
        write!(f, "{}{unit}", self.count)
    }
}

impl FromStr for Tenor {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<Tenor, CalendarError> {
        let no_tenor = || CalendarError::NoTenor(text.chars().take(40).collect());
        let mut chars = text.chars();
        let unit = match chars.next_back() {
            Some('d') => TenorUnit::Day,
            Some('w') => TenorUnit::Week,
            Some('M') => TenorUnit::Month,
            Some('Y') => TenorUnit::Year,
            _ => return Err(no_tenor()),
        };
        let digits = chars.as_str();
        let unsigned = digits.strip_prefix('-').unwrap_or(digits);
        if unsigned.is_empty() || !unsigned.bytes().all(|c| c.is_ascii_digit()) {
            return Err(no_tenor());
        }
        digits
            .parse()
            .map(|count| Tenor { count, unit })
            .map_err(|_| no_tenor())
    }
}

impl Serialize for Tenor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.normal())
    }
}

impl<'de> Deserialize<'de> for Tenor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Tenor, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A calendar period: of a `per month`, a `quarter_end`, a capacity per day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum Period {
    Year,
    Quarter,
    Month,
    Week,
    Day,
}

impl Period {
    /// The length as a tenor: `1Y 3M 1M 1w 1d`.
    pub const fn tenor(self) -> Tenor {
        match self {
            Period::Year => Tenor::years(1),
            Period::Quarter => Tenor::months(3),
            Period::Month => Tenor::months(1),
            Period::Week => Tenor::new(1, TenorUnit::Week),
            Period::Day => Tenor::days(1),
        }
    }

    /// The last day of the calendar period that holds the day; a week ends on Sunday.
    pub fn end_of(self, day: Date) -> Result<Date, CalendarError> {
        let (year, month, _) = day.ymd();
        match self {
            Period::Year => Date::from_ymd(year, 12, 31),
            Period::Quarter => {
                Date::from_ymd(year, (month - 1) / 3 * 3 + 3, 1).map(Date::month_end)
            }
            Period::Month => Ok(day.month_end()),
            Period::Week => day.add_days(6 - (day.days() + 3).rem_euclid(7)),
            Period::Day => Ok(day),
        }
    }

    /// The first day of the calendar period that holds the day; a week begins on Monday.
    pub fn start_of(self, day: Date) -> Result<Date, CalendarError> {
        let (year, month, _) = day.ymd();
        match self {
            Period::Year => Date::from_ymd(year, 1, 1),
            Period::Quarter => Date::from_ymd(year, (month - 1) / 3 * 3 + 1, 1),
            Period::Month => Ok(day.month_start()),
            Period::Week => day.add_days(-(day.days() + 3).rem_euclid(7)),
            Period::Day => Ok(day),
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Period::Year => "year",
            Period::Quarter => "quarter",
            Period::Month => "month",
            Period::Week => "week",
            Period::Day => "day",
        })
    }
}

impl FromStr for Period {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<Period, CalendarError> {
        Ok(match text {
            "year" => Period::Year,
            "quarter" => Period::Quarter,
            "month" => Period::Month,
            "week" => Period::Week,
            "day" => Period::Day,
            _ => return Err(CalendarError::NoTenor(text.chars().take(40).collect())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_forms_and_order() {
        let tenor = |text: &str| text.parse::<Tenor>().unwrap();
        assert_eq!(tenor("12M"), tenor("1Y"));
        assert_eq!(tenor("14d"), tenor("2w"));
        assert_ne!(tenor("1M"), tenor("30d"));
        assert_eq!(tenor("1M").compare(tenor("30d")), None);
        assert_eq!(tenor("2Y").compare(tenor("13M")), Some(Ordering::Greater));
        assert_eq!(tenor("2w").to_string(), "2w");
        assert_eq!(serde_json::to_string(&tenor("2w")).unwrap(), "\"14d\"");
        for text in ["", "M", "3m", "3", "+3M", "3.5M", "99999999999d", "--3d"] {
            assert!(text.parse::<Tenor>().is_err(), "{text}");
        }
    }

    #[test]
    fn points_count_month_ends() {
        let date = |text: &str| text.parse::<Date>().unwrap();
        assert_eq!(
            Tenor::months(3).point_after(date("2026-09-30")).unwrap(),
            date("2026-12-31")
        );
        assert_eq!(
            Tenor::months(3).after(date("2026-09-30")).unwrap(),
            date("2026-12-30")
        );
        assert_eq!(
            Tenor::months(1).point_after(date("2026-09-29")).unwrap(),
            date("2026-10-29")
        );
        assert_eq!(
            Tenor::days(30).point_after(date("2026-09-30")).unwrap(),
            date("2026-10-30")
        );
        assert_eq!(
            Period::Quarter.end_of(date("2026-08-05")).unwrap(),
            date("2026-09-30")
        );
        assert_eq!(
            Period::Week.end_of(date("2026-09-30")).unwrap(),
            date("2026-10-04")
        );
    }
}
