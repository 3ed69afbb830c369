//! Day counts: the part of a year between two days, as an exact fraction.
//!
//! Sources: ISDA 2006 definitions, section 4.16; ICMA rule 251; ACTUS technical specification for 28E/336.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{CalendarError, Date, Tenor, is_leap_year, schedule_date};

/// A day count convention of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DayCount {
    /// Actual days over 360.
    Act360,
    /// Actual days over 365 (fixed).
    Act365,
    /// Actual days in leap years over 366 plus those in other years over 365.
    ActActIsda,
    /// Actual days over the days of the coupon period times the coupons a year.
    ActActIcma,
    /// Months of 30 days; a 31st counts as a 30th.
    Thirty360E,
    /// As 30E/360; the last day of February counts as a 30th, but for maturity.
    Thirty360EIsda,
    /// 30/360 US bond basis: a 31st counts as a 30th only after a 30th; ends of February count as a 30th.
    Thirty360U,
    /// Months of 28 days, years of 336.
    TwentyEight336,
}

/// An exact part of a year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct YearFraction {
    /// Numerator; negative if the end lies before the start.
    pub numerator: i64,
    /// Denominator, positive. Not reduced: 30/360 stays 30/360.
    pub denominator: i64,
}

/// Regular coupon dates, counted from an anchor (mostly maturity): what `act/actICMA` divides by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CouponGrid {
    /// A coupon date.
    pub anchor: Date,
    /// The regular coupon period, of months or years.
    pub every: Tenor,
    /// Whether coupon dates fall on month ends.
    pub month_end: bool,
}

/// What some day counts read beside the two days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AccrualContext {
    /// Maturity, for 30E/360ISDA.
    pub maturity: Option<Date>,
    /// The coupon dates, for act/actICMA.
    pub coupons: Option<CouponGrid>,
}

impl CouponGrid {
    /// The regular (quasi-)coupon period that holds the day: start <= day < end; and its length in months.
    pub fn period_of(&self, day: Date) -> Result<(Date, Date, i32), CalendarError> {
        let months = self
            .every
            .in_months()
            .filter(|m| *m > 0)
            .ok_or_else(|| CalendarError::CouponPeriodNotMonths(self.every.to_string()))?;
        let (ay, am, _) = self.anchor.ymd();
        let (dy, dm, _) = day.ymd();
        // the right count is this one or a neighbour, since a date moves by less than a month inside its own
        let mut k = ((dy - ay) * 12 + dm as i32 - am as i32).div_euclid(months);
        let at = |k: i32| schedule_date(self.anchor, self.every, k, self.month_end);
        while at(k)? > day {
            k -= 1;
        }
        while at(k + 1)? <= day {
            k += 1;
        }
        Ok((at(k)?, at(k + 1)?, months))
    }
}

impl YearFraction {
    /// The fraction as a number; for displays and for curves, never for money.
    pub fn to_f64(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }
}

/// Days times 366 in common years and times 365 in leap years, since 1970: additive, over 133,590.
fn isda_days(day: Date) -> i64 {
    let year = day.year();
    let leaps_before = |y: i64| (y - 1) / 4 - (y - 1) / 100 + (y - 1) / 400;
    let leap_days = (leaps_before(i64::from(year)) - leaps_before(1970)) * 366;
    let start_of_year = Date::from_ymd(year, 1, 1).map_or(0, Date::days);
    let common_days = i64::from(start_of_year) - leap_days;
    let inside = i64::from(day.days() - start_of_year);
    let (leap, common) = if is_leap_year(year) {
        (leap_days + inside, common_days)
    } else {
        (leap_days, common_days + inside)
    };
    leap * 365 + common * 366
}

fn months_of(day: Date, length: i64) -> i64 {
    let (year, month, _) = day.ymd();
    (i64::from(year) * 12 + i64::from(month)) * length
}

fn is_end_of_february(day: Date) -> bool {
    day.month() == 2 && day.is_month_end()
}

impl DayCount {
    /// Every day count, in the language's order.
    pub const ALL: [DayCount; 8] = [
        DayCount::Act360,
        DayCount::Act365,
        DayCount::ActActIsda,
        DayCount::ActActIcma,
        DayCount::Thirty360E,
        DayCount::Thirty360EIsda,
        DayCount::Thirty360U,
        DayCount::TwentyEight336,
    ];

    /// The name in the language.
    pub const fn name(self) -> &'static str {
        match self {
            DayCount::Act360 => "act/360",
            DayCount::Act365 => "act/365",
            DayCount::ActActIsda => "act/actISDA",
            DayCount::ActActIcma => "act/actICMA",
            DayCount::Thirty360E => "30E/360",
            DayCount::Thirty360EIsda => "30E/360ISDA",
            DayCount::Thirty360U => "30U/360",
            DayCount::TwentyEight336 => "28E/336",
        }
    }

    /// The part of a year from `start` to `end`, exact. Only `act/actICMA` can fail, where the coupon dates are missing.
    pub fn year_fraction(
        self,
        start: Date,
        end: Date,
        context: &AccrualContext,
    ) -> Result<YearFraction, CalendarError> {
        if self == DayCount::ActActIcma {
            let grid = context
                .coupons
                .as_ref()
                .ok_or(CalendarError::CouponPeriodMissing)?;
            return icma(start, end, grid);
        }
        Ok(self.plain_fraction(start, end, context.maturity))
    }

    /// The part of a year of a day count that needs no coupon dates: `act/actICMA` counts as act/actISDA here, so ask
    /// [`DayCount::year_fraction`] for contracts. For curves and for the function `year_fraction` of the language.
    pub fn plain_fraction(self, start: Date, end: Date, maturity: Option<Date>) -> YearFraction {
        let days = i64::from(end - start);
        let (d1, d2) = (i64::from(start.day()), i64::from(end.day()));
        let (numerator, denominator) = match self {
            DayCount::Act360 => (days, 360),
            DayCount::Act365 => (days, 365),
            DayCount::ActActIsda | DayCount::ActActIcma => {
                (isda_days(end) - isda_days(start), 365 * 366)
            }
            DayCount::Thirty360E => (
                months_of(end, 30) - months_of(start, 30) + d2.min(30) - d1.min(30),
                360,
            ),
            DayCount::Thirty360EIsda => {
                let first = if start.is_month_end() { 30 } else { d1 };
                let at_maturity = maturity == Some(end) && end.month() == 2;
                let last = if end.is_month_end() && !at_maturity {
                    30
                } else {
                    d2
                };
                (
                    months_of(end, 30) - months_of(start, 30) + last - first,
                    360,
                )
            }
            DayCount::Thirty360U => {
                let february = is_end_of_february(start);
                let first = if february { 30 } else { d1.min(30) };
                let last = if (february && is_end_of_february(end)) || (d2 == 31 && first == 30) {
                    30
                } else {
                    d2
                };
                (
                    months_of(end, 30) - months_of(start, 30) + last - first,
                    360,
                )
            }
            DayCount::TwentyEight336 => (
                months_of(end, 28) - months_of(start, 28) + d2.min(28) - d1.min(28),
                336,
            ),
        };
        YearFraction {
            numerator,
            denominator,
        }
    }
}

/// act/act ICMA over regular and irregular periods: days over the days of each regular coupon period that they lie in.
fn icma(start: Date, end: Date, grid: &CouponGrid) -> Result<YearFraction, CalendarError> {
    if end < start {
        let back = icma(end, start, grid)?;
        return Ok(YearFraction {
            numerator: -back.numerator,
            ..back
        });
    }
    let (mut from, mut sum) = (
        start,
        YearFraction {
            numerator: 0,
            denominator: 1,
        },
    );
    let mut whole_months = 0i64;
    loop {
        let (first, last, months) = grid.period_of(from)?;
        let to = last.min(end);
        if from == first && to == last {
            whole_months += i64::from(months);
        } else {
            let part = YearFraction {
                numerator: i64::from(to - from) * i64::from(months),
                denominator: i64::from(last - first) * 12,
            };
            sum = add(sum, part);
        }
        if last >= end {
            break;
        }
        from = last;
    }
    if whole_months > 0 {
        sum = add(
            sum,
            YearFraction {
                numerator: whole_months,
                denominator: 12,
            },
        );
    }
    Ok(sum)
}

/// The sum of two fractions, over their product or the common denominator. Two stubs at most meet a whole number of months,
/// so the denominator stays below 1e9.
fn add(a: YearFraction, b: YearFraction) -> YearFraction {
    if a.numerator == 0 {
        return b;
    }
    if a.denominator == b.denominator {
        return YearFraction {
            numerator: a.numerator + b.numerator,
            denominator: a.denominator,
        };
    }
    let divisor = num_integer::gcd(a.denominator, b.denominator).max(1);
    YearFraction {
        numerator: a.numerator * (b.denominator / divisor)
            + b.numerator * (a.denominator / divisor),
        denominator: a.denominator / divisor * b.denominator,
    }
}

impl fmt::Display for DayCount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for DayCount {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<DayCount, CalendarError> {
        match text {
            "act/365F" => return Ok(DayCount::Act365),
            "act/act" => return Err(CalendarError::AmbiguousDayCount),
            _ => {}
        }
        DayCount::ALL
            .into_iter()
            .find(|d| d.name() == text)
            .ok_or_else(|| CalendarError::NoDayCount(text.chars().take(40).collect()))
    }
}

impl Serialize for DayCount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for DayCount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<DayCount, D::Error> {
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

    fn fraction(count: &str, start: &str, end: &str) -> (i64, i64) {
        let f = count
            .parse::<DayCount>()
            .unwrap()
            .plain_fraction(date(start), date(end), None);
        (f.numerator, f.denominator)
    }

    /// ISDA's 30/360 examples (OpenGamma, "Interest Rate Instruments and Market Conventions Guide"; ISDA 30/360 workbook).
    #[test]
    fn thirty_days_a_month() {
        // start, end: 30U/360, 30E/360, 30E/360ISDA
        for (start, end, us, european, isda) in [
            ("2007-01-15", "2007-01-30", 15, 15, 15),
            ("2007-01-15", "2007-02-15", 30, 30, 30),
            ("2007-09-30", "2008-03-31", 180, 180, 180),
            ("2007-09-30", "2007-10-31", 30, 30, 30),
            ("2007-01-15", "2007-01-31", 16, 15, 15),
            ("2007-02-28", "2007-03-31", 30, 32, 30),
            ("2006-08-31", "2007-02-28", 178, 178, 180),
            ("2007-02-28", "2007-08-31", 180, 182, 180),
            ("2007-02-26", "2008-02-29", 363, 363, 364),
            ("2008-02-29", "2009-02-28", 360, 359, 360),
            ("2008-02-29", "2008-03-30", 30, 31, 30),
            ("2008-02-29", "2008-03-31", 30, 31, 30),
        ] {
            assert_eq!(
                fraction("30U/360", start, end).0,
                us,
                "30U/360 {start} {end}"
            );
            assert_eq!(
                fraction("30E/360", start, end).0,
                european,
                "30E/360 {start} {end}"
            );
            assert_eq!(
                fraction("30E/360ISDA", start, end).0,
                isda,
                "30E/360ISDA {start} {end}"
            );
        }
        let at_maturity = |maturity| {
            DayCount::Thirty360EIsda
                .plain_fraction(date("2006-08-31"), date("2007-02-28"), maturity)
                .numerator
        };
        assert_eq!(at_maturity(Some(date("2007-02-28"))), 178);
        assert_eq!(fraction("28E/336", "2024-01-31", "2024-03-15"), (43, 336));
    }

    /// The example of ISDA's paper "EMU and market conventions: recent developments" (1998).
    #[test]
    fn actual_days() {
        let (n, d) = fraction("act/actISDA", "2003-11-01", "2004-05-01");
        assert_eq!(n * 365 * 366, (61 * 366 + 121 * 365) * d);
        let (n, d) = fraction("act/actISDA", "1999-02-01", "1999-07-01");
        assert_eq!(n * 365, 150 * d);
        assert_eq!(fraction("act/360", "2026-08-17", "2026-11-17"), (92, 360));
        assert_eq!(fraction("act/365F", "2026-01-01", "2027-01-01"), (365, 365));
        assert_eq!(
            "act/act".parse::<DayCount>(),
            Err(CalendarError::AmbiguousDayCount)
        );
    }

    #[test]
    fn icma_uses_the_coupon_period() {
        let context = |anchor: &str, every, month_end| AccrualContext {
            maturity: None,
            coupons: Some(CouponGrid {
                anchor: date(anchor),
                every,
                month_end,
            }),
        };
        let check = |start: &str, end: &str, context: &AccrualContext, n: i64, d: i64| {
            let f = DayCount::ActActIcma
                .year_fraction(date(start), date(end), context)
                .unwrap();
            assert_eq!(f.numerator * d, n * f.denominator, "{start} {end}: {f:?}");
        };
        // E16: 183 days of a coupon year of 365
        check(
            "2026-03-31",
            "2026-09-30",
            &context("2030-03-31", Tenor::years(1), true),
            183,
            365,
        );
        check(
            "2026-03-31",
            "2027-03-31",
            &context("2030-03-31", Tenor::years(1), true),
            1,
            1,
        );
        // ISDA's paper: semi-annual; short first; long first (quarter of 92 days and half of 184)
        check(
            "2003-11-01",
            "2004-05-01",
            &context("2004-05-01", Tenor::months(6), false),
            1,
            2,
        );
        check(
            "1999-02-01",
            "1999-07-01",
            &context("1999-07-01", Tenor::years(1), false),
            150,
            365,
        );
        check(
            "2002-08-15",
            "2003-07-15",
            &context("2003-07-15", Tenor::months(6), false),
            337,
            368,
        );
    }

    #[test]
    fn icma_refuses_what_it_cannot_count() {
        let (a, b) = (date("2026-01-01"), date("2026-02-01"));
        let plain = AccrualContext::default();
        assert_eq!(
            DayCount::ActActIcma.year_fraction(a, b, &plain),
            Err(CalendarError::CouponPeriodMissing)
        );
        let weekly = AccrualContext {
            maturity: None,
            coupons: Some(CouponGrid {
                anchor: b,
                every: Tenor::days(7),
                month_end: false,
            }),
        };
        assert!(DayCount::ActActIcma.year_fraction(a, b, &weekly).is_err());
    }
}
