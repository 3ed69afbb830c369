//! What can be wrong with a day, a tenor or a day count.

use std::fmt;

/// Why a date, tenor, day count or schedule could not be made. The text is lower case and names the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CalendarError {
    /// The text is no date; dates are ISO, `2026-09-30`.
    NoDate(String),
    /// The day lies outside the years 1600 to 2400.
    OutOfRange,
    /// The text is no tenor; tenors are `30d`, `2w`, `3M`, `10Y`.
    NoTenor(String),
    /// The text is no day count of the language.
    NoDayCount(String),
    /// `act/act` is two conventions.
    AmbiguousDayCount,
    /// `act/actICMA` asks for the coupon period, which was not given.
    CouponPeriodMissing,
    /// `act/actICMA` asks for a coupon period of months or years.
    CouponPeriodNotMonths(String),
    /// The text is no calendar of the language.
    NoCalendar(String),
    /// The text is no roll of the language.
    NoRoll(String),
    /// A step of zero or less makes no schedule.
    NoStep(String),
}

impl fmt::Display for CalendarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoDate(text) => write!(f, "`{text}` is no date"),
            Self::OutOfRange => write!(f, "a date outside the years 1600 to 2400"),
            Self::NoTenor(text) => write!(f, "`{text}` is no tenor"),
            Self::NoDayCount(text) => write!(f, "`{text}` is no day count"),
            Self::AmbiguousDayCount => write!(
                f,
                "`act/act` is two day counts, `act/actISDA` and `act/actICMA`"
            ),
            Self::CouponPeriodMissing => write!(f, "`act/actICMA` needs the coupon period"),
            Self::CouponPeriodNotMonths(text) => {
                write!(
                    f,
                    "`act/actICMA` needs a coupon period of months or years, not `{text}`"
                )
            }
            Self::NoCalendar(text) => write!(f, "`{text}` is no business calendar"),
            Self::NoRoll(text) => write!(f, "`{text}` is no roll"),
            Self::NoStep(text) => write!(f, "a schedule needs a step longer than `{text}`"),
        }
    }
}

impl std::error::Error for CalendarError {}
