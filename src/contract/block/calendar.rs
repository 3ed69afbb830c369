//! Which positions go into lanes together, and the days that they share.

use crate::calendar::{AccrualContext, CouponGrid, Date, DayCount, Tenor, days_in_month};
use crate::quantity::{RATE_SCALE, Rate};

use super::super::roller::Roller;
use super::super::scalar::fixing_day;
use super::super::{Accrual, AccrualClass, Columns, Floating, LegTerms, Repayment, Span};

/// Largest balance of a lane: with rates up to 50 % and periods up to 18 months no interest reaches 2^51.
const LARGEST: i128 = 1 << 50;

/// The payment days of a group: every `step` months, on a day of the month (clamped) or at month ends. The groups of a batch
/// are sorted by this key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// 1 to 31, 32 for month ends.
    pub day: u32,
    /// Month number modulo the step.
    pub phase: i32,
    /// Month of the next reset, if the positions have one of their own; else the phase of resets.
    pub reset: i32,
}

/// A position that can go in a lane.
pub(super) struct Lane {
    pub key: Key,
    /// Month of maturity.
    pub last: i32,
    pub position: u32,
}

/// Months since year 0.
fn month_of(day: Date) -> i32 {
    let (year, month, _) = day.ymd();
    year * 12 + month as i32 - 1
}

/// The payment day of a calendar in a month.
fn day_in(key: Key, month: i32) -> Option<Date> {
    let (year, month) = (month.div_euclid(12), month.rem_euclid(12) as u32 + 1);
    let length = days_in_month(year, month);
    Date::from_ymd(year, month, key.day.min(length)).ok()
}

/// The terms of a batch as far as lanes can follow them.
pub(super) struct Shape<'a> {
    pub terms: &'a LegTerms,
    pub columns: &'a Columns,
    pub span: Span,
    /// Months between payments.
    pub step: i32,
    /// Months between resets.
    pub reset: Option<i32>,
    /// Whether the positions have a maturity; those without pay interest on an unchanging balance to the horizon.
    pub dated: bool,
}

impl<'a> Shape<'a> {
    /// `None` where all positions of the batch take the scalar course.
    pub fn of(
        terms: &'a LegTerms,
        columns: &'a Columns,
        span: Span,
        floating: Floating<'_>,
    ) -> Option<Shape<'a>> {
        if columns.is_irregular() || terms.exact_payment || terms.pays_in_arrears() {
            return None;
        }
        let step = terms
            .interest_every()?
            .in_months()
            .filter(|m| (1..=18).contains(m))?;
        let same = |every: Tenor| every.in_months() == Some(step);
        let fits = match terms.repayment {
            Repayment::Bullet => true,
            Repayment::Linear { every } => same(every) && columns.first.is_absent(),
            Repayment::Annuity { every } => same(every),
            Repayment::OnDemand | Repayment::Notice(_) | Repayment::Never => {
                !matches!(terms.accrual, Accrual::Index { .. })
            }
            Repayment::Schedule => false,
        };
        let annuity = matches!(terms.repayment, Repayment::Annuity { .. });
        let reset = match terms.accrual {
            Accrual::Index { reset, .. } => {
                let reset = reset.in_months().filter(|m| *m > 0 && m % step == 0)?;
                if annuity && matches!(floating, Floating::Exposures) {
                    return None;
                }
                Some(reset)
            }
            Accrual::None => return None,
            _ => None,
        };
        let plain = terms.round.is_none()
            && columns.start.is_absent()
            && u32::try_from(columns.len()).is_ok();
        (fits && plain).then_some(Shape {
            terms,
            columns,
            span,
            step,
            reset,
            dated: terms.repayment.is_dated(),
        })
    }

    /// The lane of a position; `None` where it takes the scalar course, which knows every case and every error.
    pub fn lane(&self, position: usize) -> Option<Lane> {
        let Shape {
            columns,
            span,
            step,
            ..
        } = self;
        let principal = columns.principal.get(position).copied()?;
        let maturity = self.anchor(position)?;
        if !(0..LARGEST).contains(&principal) || (self.dated && maturity <= span.valuation) {
            return None;
        }
        let month_end = self.terms.month_end.unwrap_or(maturity.is_month_end());
        // 30E/360ISDA counts the last day of February otherwise at maturity
        let odd_end = self.terms.day_count == DayCount::Thirty360EIsda
            && maturity.month() == 2
            && maturity.is_month_end();
        if (month_end && !maturity.is_month_end()) || odd_end {
            return None;
        }
        let day = if month_end { 32 } else { maturity.day() };
        let mut key = Key {
            day,
            phase: month_of(maturity).rem_euclid(*step),
            reset: 0,
        };
        let last = if self.dated {
            month_of(maturity)
        } else {
            month_of(self.last_day_before(key, span.horizon)?)
        };
        // opening accrual: one answer only, and no payment missed
        let before = self.last_day_before(key, span.valuation)?;
        match (
            columns.accrued.get(position),
            columns.last_payment.get(position),
        ) {
            (Some(_), None) => {}
            (None, Some(paid)) if paid >= before && paid <= span.valuation => {}
            (None, None) if before == span.valuation => {}
            _ => return None,
        }
        let small = |rate: Option<Rate>| rate.is_none_or(|rate| rate.0.abs() <= RATE_SCALE / 4);
        if let Some(reset) = self.reset {
            columns.last_fixing.get(position)?;
            let bounds = [
                columns.last_fixing.get(position),
                columns.floor.get(position),
                columns.cap.get(position),
            ];
            if !bounds.into_iter().all(small) || !small(columns.spread.get(position)) {
                return None;
            }
            key.reset = match columns.next_reset.get(position) {
                None => last.rem_euclid(reset),
                Some(day) => {
                    let month = month_of(day);
                    let on_grid =
                        month.rem_euclid(*step) == key.phase && day_in(key, month) == Some(day);
                    // the 30th of April is on the grid of the 31st, but counts on to the 30th of May
                    let counts_on = month_end || day.day() == key.day;
                    let ends = self.terms.month_end.unwrap_or(day.is_month_end());
                    let regular = on_grid && counts_on && month_end == ends;
                    // an overdue reset leaves the running period open: with lanes only if it opens with it
                    let opens = self.terms.arrears && day == span.valuation && before == day;
                    let own_start = columns
                        .last_payment
                        .get(position)
                        .is_some_and(|paid| paid != day);
                    if !regular || !(day > span.valuation || (opens && !own_start)) {
                        return None;
                    }
                    month
                }
            };
        } else if !small(Some(columns.rate.get(position)?)) {
            return None;
        }
        small(columns.margin.get(position)).then_some(Lane {
            key,
            last,
            position: u32::try_from(position).ok()?,
        })
    }

    /// The day that the payment days count from: maturity; without one the last payment, or the end of the year.
    fn anchor(&self, position: usize) -> Option<Date> {
        if self.dated {
            return self.columns.maturity.get(position);
        }
        let year_end = || Date::from_ymd(self.span.valuation.year(), 12, 31).ok();
        self.columns.last_payment.get(position).or_else(year_end)
    }

    /// The last payment day of a calendar on or before a day.
    fn last_day_before(&self, key: Key, until: Date) -> Option<Date> {
        let mut month = month_of(until);
        month -= (month - key.phase).rem_euclid(self.step);
        let day = day_in(key, month)?;
        if day <= until {
            Some(day)
        } else {
            day_in(key, month - self.step)
        }
    }
}

/// One day of a group's calendar.
pub(super) struct Day {
    pub month: i32,
    pub due: Date,
    pub paid: Date,
    pub numerator: i64,
    pub denominator: i64,
    pub class: AccrualClass,
    pub reset: Option<Reset>,
}

/// The days of a group, up to its longest maturity.
pub(super) struct Calendar {
    /// The payment day on or before the valuation day.
    pub before: Date,
    pub context: AccrualContext,
    pub days: Vec<Day>,
    /// The reset period that is open from the valuation day.
    pub opening: Option<Reset>,
}

/// A reset: the last day of its period, the day of its fixing, and its rate where the floating rates are given.
#[derive(Clone, Copy)]
pub(super) struct Reset {
    pub from: Date,
    pub end: Date,
    pub fixing: Date,
    pub rate: Option<Rate>,
}

impl Calendar {
    /// `None` where the scalar course has to say what is wrong.
    pub fn of(
        shape: &Shape<'_>,
        key: Key,
        last: i32,
        floating: Floating<'_>,
        roller: &mut Roller<'_>,
    ) -> Option<Calendar> {
        let Shape { terms, step, .. } = shape;
        let before = shape.last_day_before(key, shape.span.valuation)?;
        // coupon periods count from a day that no short month has clamped
        let anchor = if key.day == 32 {
            day_in(key, last)?
        } else {
            unclamped(key, last, *step)?
        };
        let coupons = CouponGrid {
            anchor,
            every: Tenor::months(*step),
            month_end: key.day == 32,
        };
        let context = AccrualContext {
            maturity: None,
            coupons: Some(coupons),
        };
        let own_resets = !shape.columns.next_reset.is_absent();
        let reset_on = |from: Date, every: i32| -> Option<Reset> {
            let end = day_in(key, month_of(from) + every)?;
            let fixing = fixing_day(terms, from).ok()?;
            let rate = match (floating, terms.accrual) {
                (
                    Floating::Rates(fixings),
                    Accrual::Index {
                        index, rounding, ..
                    },
                ) => Some(
                    fixings
                        .rate(index, fixing, from, end)
                        .map(|rate| rounding.map_or(rate, |multiple| rate.rounded_to(multiple)))
                        .filter(|rate| rate.0.abs() <= RATE_SCALE / 4)?,
                ),
                _ => None,
            };
            Some(Reset {
                from,
                end,
                fixing,
                rate,
            })
        };
        let resets_in = |month: i32| match shape.reset {
            Some(every) if own_resets => {
                (month >= key.reset && (month - key.reset) % every == 0).then_some(every)
            }
            Some(every) => (month.rem_euclid(every) == key.reset).then_some(every),
            None => None,
        };
        let mut days = Vec::new();
        let (mut previous, mut month) = (before, month_of(before) + step);
        while month <= last {
            let due = day_in(key, month)?;
            let fraction = terms
                .day_count
                .year_fraction(previous, due, &context)
                .ok()?;
            let reset = match resets_in(month) {
                // a reset on the last day is none
                Some(every) if month < last => Some(reset_on(due, every)?),
                _ => None,
            };
            days.push(Day {
                month,
                due,
                paid: roller.paid(due).ok()?,
                numerator: fraction.numerator,
                denominator: fraction.denominator,
                class: AccrualClass::starting(terms.day_count, due, Some(&coupons))
                    .ok()?
                    .0,
                reset,
            });
            (previous, month) = (due, month + step);
        }
        let opening = match shape.reset {
            Some(every) if own_resets && key.reset == month_of(before) => {
                Some(reset_on(before, every)?)
            }
            _ => None,
        };
        Some(Calendar {
            before,
            context,
            days,
            opening,
        })
    }
}

/// A payment day of a month in which the day of the month is not clamped; any day if there is none.
fn unclamped(key: Key, last: i32, step: i32) -> Option<Date> {
    let days = || (0..12).filter_map(|k| day_in(key, last - k * step));
    days()
        .find(|day| day.day() == key.day)
        .or_else(|| days().next())
}
