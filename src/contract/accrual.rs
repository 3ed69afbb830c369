//! Accrued interest at any day as an exact function of two sums.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::calendar::{CalendarError, CouponGrid, Date, DayCount};
use crate::quantity::{RATE_SCALE, Rational, wide_product};

use super::AccrualChange;

/// A day count made additive: within one class the part of a year since a day is a difference of day numbers over a basis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AccrualClass {
    /// act/360.
    Act360,
    /// act/365.
    Act365,
    /// act/actISDA.
    ActActIsda,
    /// 30E/360.
    Thirty360E,
    /// 30E/360ISDA.
    Thirty360EIsda,
    /// 30U/360 from a day before the 30th.
    Thirty360U,
    /// 30U/360 from a 30th or 31st.
    Thirty360UFrom30,
    /// 30U/360 from the end of February.
    Thirty360UFromFebruaryEnd,
    /// 28E/336.
    TwentyEight336,
    /// act/actICMA in a coupon period of these days and months.
    Icma {
        /// Days of the regular coupon period.
        days: u16,
        /// Its months.
        months: u16,
    },
}

impl AccrualClass {
    /// The class of accrual that starts on a day, and for act/actICMA the first day on which it no longer holds.
    pub fn starting(
        day_count: DayCount,
        start: Date,
        coupons: Option<&CouponGrid>,
    ) -> Result<(AccrualClass, Option<Date>), CalendarError> {
        let class = match day_count {
            DayCount::Act360 => AccrualClass::Act360,
            DayCount::Act365 => AccrualClass::Act365,
            DayCount::ActActIsda => AccrualClass::ActActIsda,
            DayCount::Thirty360E => AccrualClass::Thirty360E,
            DayCount::Thirty360EIsda => AccrualClass::Thirty360EIsda,
            DayCount::TwentyEight336 => AccrualClass::TwentyEight336,
            DayCount::Thirty360U if start.month() == 2 && start.is_month_end() => {
                AccrualClass::Thirty360UFromFebruaryEnd
            }
            DayCount::Thirty360U if start.day() >= 30 => AccrualClass::Thirty360UFrom30,
            DayCount::Thirty360U => AccrualClass::Thirty360U,
            DayCount::ActActIcma => {
                let (first, last, months) = coupons
                    .ok_or(CalendarError::CouponPeriodMissing)?
                    .period_of(start)?;
                let (Ok(days), Ok(months)) = (u16::try_from(last - first), u16::try_from(months))
                else {
                    return Err(CalendarError::OutOfRange);
                };
                return Ok((AccrualClass::Icma { days, months }, Some(last)));
            }
        };
        Ok((class, None))
    }

    /// The number of a day; differences over [`AccrualClass::basis`] are parts of a year.
    #[inline]
    pub fn number(self, day: Date) -> i64 {
        let thirty = |last: u32| {
            let (year, month, dom) = day.ymd();
            ((i64::from(year) - 1970) * 12 + i64::from(month) - 1) * 30 + i64::from(dom.min(last))
        };
        match self {
            AccrualClass::Act360 | AccrualClass::Act365 => i64::from(day.days()),
            AccrualClass::ActActIsda => {
                // days since 1970 on the common denominator 365 * 366
                let epoch = Date::default();
                DayCount::ActActIsda
                    .plain_fraction(epoch, day, None)
                    .numerator
            }
            AccrualClass::Thirty360E | AccrualClass::Thirty360UFrom30 => thirty(30),
            AccrualClass::Thirty360EIsda => {
                if day.is_month_end() {
                    months(day) * 30 + 30
                } else {
                    thirty(31)
                }
            }
            AccrualClass::Thirty360U => thirty(31),
            AccrualClass::Thirty360UFromFebruaryEnd => {
                let end = day.month() == 2 && day.is_month_end();
                if end {
                    months(day) * 30 + 30
                } else {
                    thirty(30)
                }
            }
            AccrualClass::TwentyEight336 => months(day) * 28 + i64::from(day.day().min(28)),
            AccrualClass::Icma { months, .. } => i64::from(day.days()) * i64::from(months),
        }
    }

    /// What differences of day numbers are over.
    #[inline]
    pub const fn basis(self) -> i64 {
        match self {
            AccrualClass::Act365 => 365,
            AccrualClass::ActActIsda => 365 * 366,
            AccrualClass::TwentyEight336 => 336,
            AccrualClass::Icma { days, .. } => days as i64 * 12,
            _ => 360,
        }
    }
}

/// Months since January 1970.
fn months(day: Date) -> i64 {
    let (year, month, _) = day.ymd();
    (i64::from(year) - 1970) * 12 + i64::from(month) - 1
}

/// The running sums R and K by class: accrued interest at any day.
#[derive(Clone, Debug, Default)]
pub struct AccruedBalance {
    sums: BTreeMap<AccrualClass, (i128, i128)>,
}

impl AccruedBalance {
    /// Takes in a change. Sums wrap beyond 128 bits, far outside what checked contracts emit.
    pub fn add(&mut self, change: &AccrualChange) {
        let sum = self.sums.entry(change.class).or_default();
        *sum = (
            sum.0.wrapping_add(change.rate),
            sum.1.wrapping_add(change.offset),
        );
    }

    /// Accrued interest in quanta at a day on or after the last change, exact.
    pub fn at(&self, day: Date) -> Rational {
        self.sums
            .iter()
            .map(|(class, (rate, offset))| {
                let numerator = wide_product(&[*rate, i128::from(class.number(day))]) - offset;
                let denominator =
                    wide_product(&[i128::from(class.basis()), i128::from(RATE_SCALE)]);
                Rational::from_wide(numerator, denominator).unwrap_or_default()
            })
            .sum()
    }
}
