//! The calendar of a plan: what its lines ask for on a month end or the last day of a window.

use super::Steer;
use super::births::{Following, Renewals};
use super::volume::{Line, about, average_window};
use crate::diagnostic::{Diagnostic, codes};
use crate::engine::context::share_of;
use crate::engine::group::ONE;
use crate::engine::series::{Amount, Day};
use crate::engine::state::{mul_div, scale};
use crate::formula::Value;
use crate::plan::{BusinessLine, Expression, Leg, Volume};
use crate::quantity::{Currency, Quanta};

impl Steer<'_, '_> {
    /// The `new` lines of a day of the loop.
    pub(super) fn begin_new(
        &mut self,
        day: Day,
        renewals: &mut Renewals,
    ) -> Result<(), Diagnostic> {
        for line in 0..self.volumes.lines.len() {
            let Some(Line { of, after, until }) = self.volumes.lines.get(line).copied() else {
                continue;
            };
            let Volume::New { amount } = &of.volume else {
                continue;
            };
            let Some((days, length)) = self.part_of_month(after, until, day) else {
                continue;
            };
            let book = self.context.exercise.book.currency;
            let (currency, yearly) = self.planned_amount(amount, book, day)?;
            self.in_currency(of, currency)?;
            let born = mul_div(yearly, i128::from(days), i128::from(length) * 12);
            self.in_products(of, day, born, renewals)?;
        }
        Ok(())
    }

    /// Moves the levels of kept volumes on a day of the loop, and fills what is missing then in proportion to what is there.
    pub(super) fn raise(&mut self, day: Day, renewals: &mut Renewals) -> Result<(), Diagnostic> {
        let keys: Vec<(usize, Currency)> = self.volumes.kept.keys().copied().collect();
        for (line, currency) in keys {
            let Some(Line { of, after, until }) = self.volumes.lines.get(line).copied() else {
                continue;
            };
            let Some(kept) = self.volumes.kept.get(&(line, currency)).copied() else {
                continue;
            };
            let level = match &of.volume {
                Volume::Grow { rate, .. } => match self.part_of_month(after, until, day) {
                    None => kept.level,
                    Some((days, length)) => {
                        let share = self.yearly_share(rate, currency, day)?;
                        let part = f64::from(days) / f64::from(length) / 12.0;
                        let factor = libm::rint(libm::pow(1.0 + share, part) * ONE as f64) as i128;
                        scale(factor, kept.level)
                    }
                },
                Volume::Target { legs, .. } if self.is_plan_day(day) => {
                    self.level_on(legs, kept.start, currency, day)? - kept.lost
                }
                Volume::Average {
                    level, over, from, ..
                } if self.is_plan_day(day) => {
                    let mean = self.planned_amount(level, currency, day)?.1;
                    self.averaged(mean, kept.start, (*over, *from), day) - kept.lost
                }
                _ => kept.level,
            };
            if let Some(kept) = self.volumes.kept.get_mut(&(line, currency)) {
                kept.gap += level - kept.level;
                kept.level = level;
            }
        }
        for (line, currency) in self.gaps() {
            let Some(Line { of, .. }) = self.volumes.lines.get(line).copied() else {
                continue;
            };
            let gap = self.gap(line, currency);
            if gap <= 0 {
                continue;
            }
            if of.products.is_empty() {
                self.in_proportion(line, currency, day, gap, renewals)?;
            } else {
                self.in_currency(of, currency)?;
                self.in_products(of, day, gap, renewals)?;
            }
        }
        Ok(())
    }

    /// Whether levels are read on the day: a month end, or the end of a window.
    fn is_plan_day(&self, day: Day) -> bool {
        let is_end = self
            .anchor()
            .date_of(day)
            .is_some_and(|date| date.is_month_end());
        is_end
            || self.volumes.lines.iter().any(|line| match &line.of.volume {
                Volume::Average { over, from, .. } => {
                    average_window(*over, *from, self.anchor()).is_some_and(|(_, end)| end == day)
                }
                _ => false,
            })
    }

    /// Days of the month that ends on the day, or of its part that the window ends on, and the days of that month; `None` on other
    /// days and outside the window.
    fn part_of_month(&self, after: Day, until: Day, day: Day) -> Option<(i32, i32)> {
        let date = self.anchor().date_of(day)?;
        if day <= after || day > until || !(date.is_month_end() || day == until) {
            return None;
        }
        let of_month = date.ymd().2 as i32;
        let length = date.month_end().ymd().2 as i32;
        Some((of_month.min(day - after), length))
    }

    /// The level of legs on a day, from the volume at the opening.
    fn level_on(
        &self,
        legs: &[Leg],
        start: Amount,
        currency: Currency,
        day: Day,
    ) -> Result<Amount, Diagnostic> {
        let anchor = self.anchor();
        let (mut level, mut at) = (start, 0);
        let later = |from: Day, term: crate::calendar::Tenor| {
            anchor
                .date_of(from)
                .and_then(|date| term.point_after(date).ok())
                .map_or(from, |date| date.days_since(anchor.date))
        };
        for leg in legs {
            match leg {
                Leg::Hold(term) => at = later(at, *term),
                Leg::To {
                    level: size,
                    over,
                    from,
                } => {
                    let begin = from.map_or(at, |date| date.days_since(anchor.date)).max(at);
                    if day < begin || (day == begin && over.is_some()) {
                        return Ok(level);
                    }
                    let (_, reached) = self.planned_amount(size, currency, day)?;
                    let end = over.map_or(begin, |over| later(begin, over));
                    if day < end {
                        return Ok(level
                            + mul_div(
                                reached - level,
                                i128::from(day - begin),
                                i128::from(end - begin),
                            ));
                    }
                    (level, at) = (reached, end);
                }
            }
        }
        Ok(level)
    }

    /// The level on a day of the straight way on which the mean of the days is given, when it is read on month ends.
    fn averaged(
        &self,
        mean: Amount,
        start: Amount,
        (over, from): (crate::calendar::Tenor, Option<crate::calendar::Date>),
        day: Day,
    ) -> Amount {
        let anchor = self.anchor();
        let Some((first, last)) = average_window(over, from, anchor) else {
            return start;
        };
        if day <= first || last <= first {
            return start;
        }
        let mut read = anchor.month_ends(first, last);
        if read.last() != Some(&last) {
            read.push(last);
        }
        let length = i128::from(last - first);
        // days × distance gone, over the days for which each level stands
        let weight: i128 = read
            .iter()
            .enumerate()
            .map(|(at, on)| {
                let next = read.get(at + 1).copied().unwrap_or(last + 1);
                i128::from(next - on) * i128::from(on - first)
            })
            .sum();
        let gone = i128::from(day.min(last) - first);
        if weight == 0 {
            return start;
        }
        start + mul_div((mean - start).saturating_mul(length), gone, weight)
    }

    /// What a line asks for is in the currency of its products.
    pub(super) fn in_currency(
        &self,
        line: &BusinessLine,
        currency: Currency,
    ) -> Result<(), Diagnostic> {
        for (product, _) in &line.products {
            let own = self.offer(*product, 0)?.currency;
            if own != currency {
                let error = Diagnostic::error(
                    codes::run::CURRENCIES_DIFFER,
                    format!("`{}` is in {currency}, and its product in {own}", about(line)),
                )
                .help("a line and its products are in one currency; narrow it: `where currency == EUR`");
                return Err(match line.origin.span {
                    Some(span) => error.at(span, ""),
                    None => error,
                });
            }
        }
        Ok(())
    }

    /// New business in the products of a line, by their shares; the last takes the rest.
    pub(super) fn in_products(
        &mut self,
        line: &BusinessLine,
        day: Day,
        amount: Amount,
        renewals: &mut Renewals,
    ) -> Result<(), Diagnostic> {
        let mut rest = amount;
        let last = line.products.len().saturating_sub(1);
        for (at, (product, share)) in line.products.iter().enumerate() {
            let part = if at == last {
                rest
            } else {
                let currency = self.offer(*product, 0)?.currency;
                let value = self
                    .context
                    .plain(share, currency, day)
                    .map_err(|r| r.at(share.span).into_diagnostic())?;
                let share = libm::rint(share_of(&value, "the share of a mix", share)? * ONE as f64);
                scale(share as i128, amount).min(rest)
            };
            rest -= part;
            renewals.add(day, Following::Product(*product), part, 0, true);
        }
        Ok(())
    }

    /// New business like what is there, in proportion to it.
    pub(super) fn in_proportion(
        &mut self,
        line: usize,
        currency: Currency,
        day: Day,
        amount: Amount,
        renewals: &mut Renewals,
    ) -> Result<(), Diagnostic> {
        let mut members: Vec<(usize, Amount)> = Vec::new();
        for index in 0..self.run.group_count() {
            let stock = self.states.get(index).map_or(0, |state| state.nominal);
            let own = self.run.group(index).map(|g| g.currency) == Some(currency);
            if stock > 0 && own && self.keepers(index, day)?.contains(&line) {
                members.push((index, stock));
            }
        }
        let whole: Amount = members.iter().map(|(_, stock)| stock).sum();
        let mut rest = amount;
        let last = members.len().saturating_sub(1);
        for (at, (index, stock)) in members.iter().enumerate() {
            let part = if at == last {
                rest
            } else {
                mul_div(*stock, amount, whole).min(rest)
            };
            rest -= part;
            self.follow(*index, day, part, renewals)?;
        }
        if members.is_empty() {
            let of = self.volumes.lines.get(line).map(|line| line.of);
            return Err(Diagnostic::error(
                codes::run::NO_POSITIONS,
                format!(
                    "`{}` holds no position to follow on {}",
                    of.map_or_else(String::new, about),
                    self.context.date(day)?
                ),
            )
            .help("say with which product the volume is built up: `… with mortgage_10y`"));
        }
        Ok(())
    }

    /// A share a year that may be negative, above -100%.
    fn yearly_share(
        &self,
        rate: &Expression,
        currency: Currency,
        day: Day,
    ) -> Result<f64, Diagnostic> {
        let value = self
            .context
            .plain(rate, currency, day)
            .map_err(|r| r.at(rate.span).into_diagnostic())?;
        match value {
            Value::Number(number) if number.to_f64() > -1.0 => Ok(number.to_f64()),
            other => {
                let error = Diagnostic::error(
                    codes::run::OUT_OF_RANGE,
                    format!("a volume does not grow by {}", other.kind()),
                )
                .help("growth a year is above -100%");
                Err(match rate.span {
                    Some(span) => error.at(span, ""),
                    None => error,
                })
            }
        }
    }

    /// An amount of the plan; of one per period that of a year.
    pub(super) fn planned_amount(
        &self,
        amount: &Expression,
        currency: Currency,
        day: Day,
    ) -> Result<(Currency, Amount), Diagnostic> {
        let value = self
            .context
            .plain(amount, currency, day)
            .map_err(|r| r.at(amount.span).into_diagnostic())?;
        let out = |message: String| {
            let error = Diagnostic::error(codes::run::OUT_OF_RANGE, message);
            match amount.span {
                Some(span) => error.at(span, ""),
                None => error,
            }
        };
        match value {
            Value::Money(units, currency) if units.signum() >= 0 => {
                Quanta::from_rational(&units, currency)
                    .map(|quanta| (currency, quanta.0))
                    .map_err(|e| out(e.to_string()))
            }
            Value::Money(..) => Err(out("an amount of a plan is not negative".to_owned())),
            Value::Number(number) if number.is_zero() => Ok((currency, 0)),
            other => Err(out(format!(
                "{} stands where an amount is due",
                other.kind()
            ))),
        }
    }
}
