//! The days on which something happens to one contract, in order.

use crate::calendar::{AccrualContext, CouponGrid, Date, Tenor, schedule_date};

use super::error::Fault;
use super::roller::Roller;
use super::{Accrual, Columns, LegTerms, Repayment, ScheduledAmount, Span, Term};

/// What happens on a day, in the order fixing, interest, principal of the semantics (a fixing is for the time after it).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Happens {
    pub interest: bool,
    pub principal: bool,
    pub reset: bool,
}

/// One day of a contract.
#[derive(Clone, Copy, Debug)]
pub(super) struct Event {
    pub due: Date,
    pub paid: Date,
    pub happens: Happens,
    /// First day of the period that a fixing on this day is for: the day itself but inside a period of interest in arrears,
    pub period_start: Date,
    /// and its last day.
    pub period_end: Date,
    /// Part of a year since the event before.
    pub numerator: i64,
    pub denominator: i64,
}

/// The life of one contract after the valuation day. Buffers are kept from contract to contract.
#[derive(Default)]
pub(super) struct Timeline {
    /// Days after the start of accrual, ascending.
    pub events: Vec<Event>,
    /// First day of accrual that is still unpaid.
    pub accrual_start: Option<Date>,
    /// Start of a forward-starting contract.
    pub drawn: Option<(Date, Date)>,
    /// Coupon dates, for act/actICMA and accrual classes.
    pub coupons: Option<CouponGrid>,
    /// The reset period in which the contract opens without a known fixing: from its start, where it is forward-starting, or
    /// from an overdue reset.
    pub opening_period: Option<(Date, Date)>,
    /// Past maturity: interest of this part of a year was still unpaid, and no more accrues.
    pub overdue: Option<(i64, i64)>,
    /// Payments of principal by the schedule, ascending, one a day.
    pub amounts: Vec<ScheduledAmount>,
    days: Vec<(Date, Happens, Option<Date>)>,
}

const INTEREST: Happens = Happens {
    interest: true,
    principal: false,
    reset: false,
};
const PRINCIPAL: Happens = Happens {
    interest: false,
    principal: true,
    reset: false,
};
const BOTH: Happens = Happens {
    interest: true,
    principal: true,
    reset: false,
};
const RESET: Happens = Happens {
    interest: false,
    principal: false,
    reset: true,
};

fn fault<T>(term: Term, reason: impl Into<String>) -> Result<T, Fault> {
    Err(Fault {
        term,
        reason: reason.into(),
    })
}

/// Where a schedule is counted from.
#[derive(Clone, Copy)]
pub(super) struct Anchor {
    pub day: Date,
    pub month_end: bool,
}

impl Timeline {
    /// Lays out the contract; `columns` are those of `position`.
    pub fn lay_out(
        &mut self,
        terms: &LegTerms,
        columns: &Columns,
        position: usize,
        span: Span,
        roller: &mut Roller<'_>,
    ) -> Result<(), Fault> {
        self.events.clear();
        self.days.clear();
        self.amounts.clear();
        (
            self.accrual_start,
            self.drawn,
            self.coupons,
            self.opening_period,
        ) = (None, None, None, None);
        self.overdue = None;

        let valuation = span.valuation;
        let start = columns
            .start
            .get(position)
            .filter(|start| *start > valuation);
        let after = start.unwrap_or(valuation);
        let end = self.end_of(terms, columns, position, span, after)?;
        let Some(end) = end else {
            return self.overdue(terms, columns, position, valuation, roller);
        };
        let dated = terms.repayment.is_dated();
        let last_payment = columns.last_payment.get(position);
        let anchor = if dated {
            Anchor {
                day: end,
                month_end: terms.month_end.unwrap_or(end.is_month_end()),
            }
        } else {
            match last_payment {
                Some(day) => Anchor {
                    day,
                    month_end: terms.month_end.unwrap_or(day.is_month_end()),
                },
                // without a date of its own, interest is paid at the ends of calendar months, quarters, years
                None => Anchor {
                    day: Date::from_ymd(valuation.year(), 12, 31)?,
                    month_end: true,
                },
            }
        };
        let first = match terms.repayment {
            Repayment::Linear { .. } => columns.first.get(position).filter(|day| *day < end),
            _ => None,
        };
        if let Some(first) = first
            && first <= valuation
            && !terms.arrears
        {
            return fault(
                Term::Repays,
                format!("`first` {first} is not after the reporting date {valuation}"),
            );
        }
        let from_first = first.map(|day| Anchor {
            day,
            month_end: terms.month_end.unwrap_or(day.is_month_end()),
        });

        // principal
        let principal_every = terms.repayment.every();
        if let Some(every) = principal_every {
            match from_first {
                Some(anchor) => self.forward(anchor, every, after, end, PRINCIPAL, false)?,
                None => self.around(anchor, every, after, end, PRINCIPAL, false)?,
            }
        }
        if terms.repayment == Repayment::Schedule {
            self.by_schedule(columns, position, after, end)?;
        }
        // interest
        let every = terms.interest_every();
        let interest_anchor = match from_first {
            Some(first) if every == principal_every => first,
            _ => anchor,
        };
        let accrues = terms.accrual != Accrual::None;
        if accrues {
            if let Some(every) = every {
                if every.in_months().is_none() && !dated && last_payment.is_none() {
                    return fault(
                        Term::LastPayment,
                        "`last_payment` is missing: interest every so many days counts from it",
                    );
                }
                if every == principal_every.unwrap_or(Tenor::days(0)) && dated {
                    for (_, happens, _) in &mut self.days {
                        happens.interest = true;
                    }
                } else {
                    self.around(interest_anchor, every, after, end, INTEREST, false)?;
                }
                self.coupons = Some(CouponGrid {
                    anchor: interest_anchor.day,
                    every,
                    month_end: interest_anchor.month_end,
                });
            } else if terms.repayment == Repayment::Schedule {
                for (_, happens, _) in &mut self.days {
                    happens.interest = true;
                }
            }
            // without a maturity and without payment days interest accrues until the balance leaves
        }
        if matches!(terms.repayment, Repayment::Annuity { .. })
            && (!accrues || every != principal_every)
        {
            return fault(
                Term::Accrues,
                "an annuity pays interest with each payment, so `every` may not differ",
            );
        }
        if let Some(until) = columns.interest_only.get(position) {
            for (day, happens, _) in &mut self.days {
                happens.principal &= *day > until;
            }
            self.days
                .retain(|(_, happens, _)| happens.interest || happens.principal);
        }
        let grace = columns.grace.get(position);
        if let Some(until) = grace.filter(|until| *until > after) {
            self.days.retain_mut(|(day, happens, _)| {
                happens.principal &= *day > until;
                *day >= until && (happens.interest || happens.principal)
            });
            if accrues && until < end {
                self.days.push((until, INTEREST, None));
            }
        }
        // resets
        if let Some(steps) = columns.steps.get(position) {
            let days = steps.iter().map(|step| step.day);
            let days = days.filter(|day| *day > after && *day < end);
            self.days.extend(days.map(|day| (day, RESET, None)));
        }
        if let Accrual::Index {
            reset,
            in_arrears: false,
            ..
        } = terms.accrual
        {
            match columns.next_reset.get(position) {
                Some(day) if day <= valuation && !terms.arrears => {
                    return fault(
                        Term::NextReset,
                        format!("`next_reset` {day} is not after the reporting date {valuation}"),
                    );
                }
                Some(day) => {
                    let anchor = Anchor {
                        day,
                        month_end: terms.month_end.unwrap_or(day.is_month_end()),
                    };
                    self.forward(anchor, reset, after, end, RESET, true)?;
                    if day <= valuation {
                        let (mut k, at) =
                            (0, |k| schedule_date(anchor.day, reset, k, anchor.month_end));
                        while at(k + 1)? <= valuation {
                            k += 1;
                        }
                        self.opening_period = Some((at(k)?, at(k + 1)?));
                    }
                }
                None => self.around(anchor, reset, after, end, RESET, true)?,
            }
            if start.is_some() {
                self.opening_period = Some((after, reset.after(after)?));
            }
        }
        if dated {
            self.days
                .push((end, if accrues { BOTH } else { PRINCIPAL }, None));
        }
        self.open(
            terms,
            columns,
            position,
            span,
            start,
            interest_anchor,
            every,
        )?;
        if let Some(start) = start {
            self.drawn = Some((start, roller.paid(start)?));
        }
        self.finish(terms, dated.then_some(end), roller)?;
        if terms.pays_in_arrears() {
            let from = match start {
                Some(start) => start,
                None => self.period_of(columns, position, valuation, interest_anchor, every)?,
            };
            self.in_arrears(from);
        }
        Ok(())
    }

    /// The last day to look at; `None` where the contract is overdue.
    fn end_of(
        &mut self,
        terms: &LegTerms,
        columns: &Columns,
        position: usize,
        span: Span,
        after: Date,
    ) -> Result<Option<Date>, Fault> {
        if !terms.repayment.is_dated() {
            return Ok(Some(span.horizon));
        }
        let last_row = columns
            .schedules
            .get(position)
            .and_then(|rows| rows.iter().map(|row| row.day).max());
        let end = match (columns.maturity.get(position), terms.repayment) {
            (Some(maturity), _) => maturity,
            (None, Repayment::Schedule) => match last_row {
                Some(day) => day,
                None => return fault(Term::Repays, "the schedule has no row of this position"),
            },
            (None, _) => return fault(Term::Maturity, "`maturity` is missing"),
        };
        if end > after {
            return Ok(Some(end));
        }
        if end <= span.valuation && terms.arrears {
            return Ok(None);
        }
        if after > span.valuation {
            return fault(
                Term::Start,
                format!("`start` {after} is not before maturity {end}"),
            );
        }
        fault(
            Term::Maturity,
            format!(
                "`maturity` {end} is not after the reporting date {}",
                span.valuation
            ),
        )
    }

    /// A contract past its maturity: all of it is owed on the first business day after the valuation day.
    fn overdue(
        &mut self,
        terms: &LegTerms,
        columns: &Columns,
        position: usize,
        valuation: Date,
        roller: &mut Roller<'_>,
    ) -> Result<(), Fault> {
        let due = valuation.add_days(1)?;
        let maturity = columns.maturity.get(position).unwrap_or(valuation);
        if let Some(every) = terms.interest_every() {
            let month_end = terms.month_end.unwrap_or(maturity.is_month_end());
            self.coupons = Some(CouponGrid {
                anchor: maturity,
                every,
                month_end,
            });
        }
        if terms.pays_in_arrears() && columns.accrued.get(position).is_none() {
            return fault(
                Term::Accrued,
                "`accrued` is missing: of a contract past its maturity the interest that is owed is stated",
            );
        }
        // interest stops at maturity; what accrued to it is the term `accrued`, or runs from the last payment
        let fraction = match columns.last_payment.get(position) {
            Some(last) if columns.accrued.get(position).is_none() && last < maturity => {
                let context = AccrualContext {
                    maturity: Some(maturity),
                    coupons: self.coupons,
                };
                let fraction = terms.day_count.year_fraction(last, maturity, &context)?;
                (fraction.numerator, fraction.denominator)
            }
            _ => (0, 1),
        };
        self.overdue = Some(fraction);
        self.accrual_start = Some(valuation);
        let paid = roller.paid(due)?;
        self.events.push(Event {
            due,
            paid,
            happens: BOTH,
            period_start: due,
            period_end: due,
            numerator: 0,
            denominator: 1,
        });
        Ok(())
    }

    /// The rows of a schedule after `after`, as events and amounts.
    fn by_schedule(
        &mut self,
        columns: &Columns,
        position: usize,
        after: Date,
        end: Date,
    ) -> Result<(), Fault> {
        let rows = columns
            .schedules
            .get(position)
            .map_or(&[][..], Vec::as_slice);
        self.amounts
            .extend(rows.iter().filter(|row| row.day > after));
        self.amounts.sort_unstable();
        let mut total = 0i128;
        for row in &self.amounts {
            if row.amount < 0 {
                return fault(
                    Term::Repays,
                    format!("the schedule pays out on {}: a row is negative", row.day),
                );
            }
            total = total
                .checked_add(row.amount)
                .ok_or(crate::quantity::QuantityError::Overflow)?;
        }
        if let Some(late) = self.amounts.iter().find(|row| row.day > end) {
            return fault(
                Term::Repays,
                format!(
                    "the schedule has a row of {}, after maturity {end}",
                    late.day
                ),
            );
        }
        let principal = columns.principal.get(position).copied().unwrap_or(0);
        let whole = columns.maturity.get(position).is_some();
        if total > principal || (!whole && total != principal) {
            return fault(
                Term::Repays,
                format!("the schedule adds up to {total} quanta, `principal` is {principal}"),
            );
        }
        self.amounts.dedup_by(|next, kept| {
            let same = next.day == kept.day;
            if same {
                kept.amount += next.amount; // within the total above
            }
            same
        });
        self.days
            .extend(self.amounts.iter().map(|row| (row.day, PRINCIPAL, None)));
        Ok(())
    }

    /// Days every step around an anchor, after `after` and before `end` (to its end, where the contract has no maturity).
    fn around(
        &mut self,
        anchor: Anchor,
        every: Tenor,
        after: Date,
        end: Date,
        happens: Happens,
        periods: bool,
    ) -> Result<(), Fault> {
        let mut k = steps_between(anchor.day, after, every)?;
        let at = |k: i32| schedule_date(anchor.day, every, k, anchor.month_end);
        while at(k)? > after {
            k -= 1;
        }
        loop {
            k += 1;
            let day = at(k)?;
            if day > end {
                return Ok(());
            }
            if day > after {
                self.days
                    .push((day, happens, periods.then(|| at(k + 1)).transpose()?));
            }
        }
    }

    /// Days every step from a first one on, after `after` and before `end`.
    fn forward(
        &mut self,
        first: Anchor,
        every: Tenor,
        after: Date,
        end: Date,
        happens: Happens,
        periods: bool,
    ) -> Result<(), Fault> {
        if !every.is_positive() {
            return fault(
                Term::Repays,
                format!("`every` is {every}: a schedule needs a step"),
            );
        }
        let at = |k: i32| schedule_date(first.day, every, k, first.month_end);
        let mut k = 0;
        loop {
            let day = at(k)?;
            if day > end {
                return Ok(());
            }
            if day > after {
                self.days
                    .push((day, happens, periods.then(|| at(k + 1)).transpose()?));
            }
            k += 1;
        }
    }

    /// Where accrual starts: at the start, the last payment, or the valuation day (with the term `accrued`, or because the
    /// valuation day is a payment day).
    #[allow(clippy::too_many_arguments, reason = "one question, put once")]
    fn open(
        &mut self,
        terms: &LegTerms,
        columns: &Columns,
        position: usize,
        span: Span,
        start: Option<Date>,
        anchor: Anchor,
        every: Option<Tenor>,
    ) -> Result<(), Fault> {
        let valuation = span.valuation;
        if start.is_some() || terms.accrual == Accrual::None {
            self.accrual_start = Some(start.unwrap_or(valuation));
            return Ok(());
        }
        // the payment day on or before the valuation day, if payments are regular
        let before = match every {
            Some(every) => Some(day_before(anchor, every, valuation)?),
            None => None,
        };
        let accrued = columns.accrued.get(position);
        match (accrued, columns.last_payment.get(position)) {
            (Some(_), Some(_)) => {
                return fault(
                    Term::Accrued,
                    "`accrued` and `last_payment` are two answers to one question",
                );
            }
            (Some(_), None) => self.accrual_start = Some(valuation),
            (None, Some(last)) if last > valuation => {
                return fault(
                    Term::LastPayment,
                    format!("`last_payment` {last} is after the reporting date {valuation}"),
                );
            }
            (None, Some(last)) => {
                let in_grace = columns
                    .grace
                    .get(position)
                    .is_some_and(|day| day > valuation);
                if let Some(before) = before
                    && before > last
                    && !terms.arrears
                    && !in_grace
                {
                    return fault(
                        Term::LastPayment,
                        format!(
                            "`last_payment` is {last}, but interest was due on {before}, before the close of {valuation}"
                        ),
                    );
                }
                self.accrual_start = Some(last);
            }
            (None, None) if before == Some(valuation) || terms.repayment == Repayment::Never => {
                self.accrual_start = Some(valuation);
            }
            (None, None) => return fault(Term::Accrued, "`accrued` or `last_payment` is missing"),
        }
        Ok(())
    }

    /// Sorts the days, joins what falls on one, and counts the parts of a year between them.
    fn finish(
        &mut self,
        terms: &LegTerms,
        maturity: Option<Date>,
        roller: &mut Roller<'_>,
    ) -> Result<(), Fault> {
        self.days.sort_unstable_by_key(|(day, ..)| *day);
        let context = AccrualContext {
            maturity,
            coupons: self.coupons,
        };
        let mut last = self.accrual_start.unwrap_or(roller.valuation());
        for (day, happens, period_end) in &self.days {
            if let Some(event) = self.events.last_mut()
                && event.due == *day
            {
                event.happens.interest |= happens.interest;
                event.happens.principal |= happens.principal;
                event.happens.reset |= happens.reset;
                event.period_end = period_end.unwrap_or(event.period_end);
                continue;
            }
            let fraction = terms.day_count.year_fraction(last, *day, &context)?;
            self.events.push(Event {
                due: *day,
                paid: roller.paid(*day)?,
                happens: *happens,
                period_start: *day,
                period_end: period_end.unwrap_or(*day),
                numerator: fraction.numerator,
                denominator: fraction.denominator,
            });
            last = *day;
        }
        Ok(())
    }
}

/// The last day of a regular schedule on or before a day.
pub(super) fn day_before(anchor: Anchor, every: Tenor, day: Date) -> Result<Date, Fault> {
    let mut k = steps_between(anchor.day, day, every)? + 1;
    let at = |k: i32| schedule_date(anchor.day, every, k, anchor.month_end);
    while at(k)? > day {
        k -= 1;
    }
    Ok(at(k)?)
}

/// About how many steps lie between two days; at most one too many or too few.
fn steps_between(from: Date, to: Date, step: Tenor) -> Result<i32, Fault> {
    match (step.in_months(), step.in_days()) {
        (Some(months), _) if months > 0 => {
            let ((ay, am, _), (by, bm, _)) = (from.ymd(), to.ymd());
            Ok(((by - ay) * 12 + bm as i32 - am as i32).div_euclid(months))
        }
        (_, Some(days)) if days > 0 => Ok((to - from).div_euclid(days)),
        _ => fault(
            Term::Accrues,
            format!("`every` is {step}: a schedule needs a step"),
        ),
    }
}
