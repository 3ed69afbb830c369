//! Accrual of groups, cell by cell as the ledger posts it: interest, margin, transfer prices.

use super::Measures;
use super::place::Place;
use crate::diagnostic::codes::run as codes;
use crate::engine::group::{ACCRUED_SCALE, Accruing, Group, GroupKind, InterestLeg, ONE};
use crate::engine::project::mirror::floats;
use crate::engine::series::Day;
use crate::engine::state::{Reading, Run, mul_div, scale};
use crate::engine::transfer::{Deal, Pricing, term_between};
use crate::formula::Refusal;
use crate::plan::{InstrumentId, Side, TransferPrice};
use crate::quantity::{Quanta, RATE_SCALE, Rational};

/// Which part of the accrual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Income {
    Interest,
    Margin,
    FtpBase,
    FtpLiquidity,
    FtpBreakage,
}

impl Measures<'_> {
    /// Accrual of a group since the last day of the cash calendar, in thousandths of a quantum, positive on both sides; legs of
    /// derivatives by sign.
    pub(super) fn income(
        &self,
        income: Income,
        index: usize,
        group: &Group,
        place: Place,
    ) -> Result<i128, Refusal> {
        let run = self.run(place)?;
        let Some((from, to)) = self.cell(place)? else {
            return Ok(0);
        };
        // what is bought has earned its seller until then
        let from = group
            .birth
            .as_ref()
            .map_or(from, |birth| birth.day.max(from));
        if from >= to {
            return Ok(0);
        }
        let cells = Cells {
            run,
            index,
            group,
            from,
            to,
        };
        if group.is_account() {
            return Ok(match income {
                Income::Interest => cells.on_account(),
                _ => 0,
            });
        }
        if group.is_derivative() {
            return Ok(match income {
                Income::Interest => group.sign() * cells.interest(),
                _ => 0,
            });
        }
        // what is not drawn is nobody's money yet: it has no mirror
        if group.sign() == 0 {
            return Ok(match income {
                Income::Interest => cells.interest(),
                _ => 0,
            });
        }
        let leg = run.interest_leg(index);
        let base = leg.and_then(|leg| leg.ftp_base.as_ref());
        let liquidity = leg.and_then(|leg| leg.ftp_liquidity.as_ref());
        match (income, leg, base, liquidity) {
            (Income::Interest, ..) => Ok(cells.interest()),
            (Income::FtpBase, _, Some(base), _) => Ok(cells.accrual(base)),
            (Income::FtpLiquidity, _, Some(_), Some(liquidity)) => Ok(cells.accrual(liquidity)),
            (Income::FtpBreakage, Some(leg), Some(_), _) => self.breakage(&cells, leg, place),
            (Income::Margin, Some(leg), Some(base), Some(liquidity)) => {
                let paid = cells.accrual(base)
                    + cells.accrual(liquidity)
                    + self.breakage(&cells, leg, place)?;
                Ok(group.sign() * (cells.interest() - paid))
            }
            (Income::Margin, Some(leg), ..) if group.opening.margin.is_some() => Ok(leg
                .margin
                .as_ref()
                .map_or(0, |margin| cells.accrual(margin))),
            _ => Err(self.unpriced_deal(group)),
        }
    }

    /// What each group of an instrument earns or owes after a day up to another, in the currency of the place, as
    /// [`Measures::earned_by_instrument`] counts it.
    pub(super) fn earned_by_group(
        &self,
        instrument: InstrumentId,
        place: Place,
        after: Day,
        until: Day,
    ) -> Result<Vec<(usize, Rational)>, Refusal> {
        let run = self.run(place)?;
        let slice = self.slice(place);
        let target = self.fold_currency(place);
        let mut earned = Vec::new();
        for (index, group) in run.groups() {
            let is_meant = group.instrument == instrument
                && !group.is_account()
                && slice.currency.is_none_or(|only| only == group.currency);
            if !is_meant {
                continue;
            }
            let begun = group.birth.as_ref().map_or(after, |b| b.day.max(after));
            let whole = Cells {
                run,
                index,
                group,
                from: begun,
                to: until,
            };
            let unit = Quanta::per_unit(group.currency).saturating_mul(ACCRUED_SCALE);
            let mut sum = Rational::ZERO;
            for (from, to) in whole.stretches() {
                let amount = Cells { from, to, ..whole }.interest();
                if amount == 0 {
                    continue;
                }
                let signed = if group.side == Side::OffBalance {
                    amount
                } else {
                    group.sign() * amount
                };
                let day = Place {
                    reading: Reading::Day(to),
                    ..place
                };
                sum = sum
                    + Rational::new(signed, unit).unwrap_or_default()
                        * self.exchange_rate(day, group.currency, target)?;
            }
            if !sum.is_zero() {
                earned.push((index, sum));
            }
        }
        Ok(earned)
    }

    fn unpriced_deal(&self, group: &Group) -> Refusal {
        let name = self.instrument_name(group);
        let (what, first) = match group.birth {
            Some(_) => ("new business of ", ""),
            None => ("", "map `ftp_base = …`, "),
        };
        Refusal::new(
            codes::TERM_MISSING,
            format!("{what}`{name}` has no transfer price"),
        )
        .help(format!(
            "{first}write `ftp … on {name} {{ base = matched(…) }}`, or leave `{name}` out of the selection: what treasury holds itself has none"
        ))
    }

    /// What the mirrors that ended in the cell are settled at: the interest that they would still have paid at the old price less that at
    /// the price of the day for the rest of their term, discounted on the curve and the spread of the rule.
    fn breakage(
        &self,
        cells: &Cells<'_>,
        leg: &InterestLeg,
        place: Place,
    ) -> Result<i128, Refusal> {
        let Some(unit) = &leg.ftp_unit else {
            return Ok(0);
        };
        let mut sum = 0;
        for (before, day) in cells.stretches() {
            let left = cells.factor(before) - cells.factor(day);
            if left != 0 {
                let whole = self.broken(cells.group, leg, unit, day, place)?;
                sum += scale(left, whole);
            }
        }
        Ok(sum)
    }
}

/// The cells of a group between two days of the cash calendar.
#[derive(Clone, Copy)]
pub(super) struct Cells<'r> {
    run: &'r Run,
    index: usize,
    pub(super) group: &'r Group,
    from: Day,
    to: Day,
}

impl Cells<'_> {
    /// From each event day to the next.
    fn stretches(&self) -> impl Iterator<Item = (Day, Day)> + '_ {
        let days = &self.run.calendar.days;
        let inside = days
            .iter()
            .copied()
            .filter(|day| *day > self.from && *day <= self.to);
        let mut before = self.from;
        inside.map(move |day| {
            let stretch = (before, day);
            before = day;
            stretch
        })
    }

    fn factor(&self, day: Day) -> i128 {
        self.run.earning_factor(self.index, Reading::Day(day))
    }

    /// Accrual on what is left after those who leave at the end of each stretch, rounded as the ledger rounds it.
    fn accrual(&self, part: &Accruing) -> i128 {
        let origin = self.run.projection.date;
        let mut sum = 0;
        for (before, day) in self.stretches() {
            let factor = self.factor(before);
            let paid: i128 = part
                .paid
                .window(before, day)
                .map(|(_, amount)| scale(factor, amount))
                .sum();
            sum += paid * ACCRUED_SCALE + scale(factor, part.accrued(day, origin))
                - scale(factor, part.accrued(before, origin));
        }
        sum
    }

    /// All interest: accrual, what is amortised, and what is left of those who leave.
    fn interest(&self) -> i128 {
        let mut sum = match self.run.interest_leg(self.index) {
            Some(leg) => self.accrual(&leg.interest),
            None => 0,
        };
        if !self.group.amortisation.is_empty() && !self.group.is_derivative() {
            let premium = |day: Day| self.run.premium(self.index, Reading::Day(day));
            sum += (premium(self.to) - premium(self.from)) * ACCRUED_SCALE;
        }
        let exits = self.run.incomes.exits.get(&self.index);
        sum + exits
            .into_iter()
            .flatten()
            .filter(|(day, _)| *day > self.from && *day <= self.to)
            .map(|(_, amount)| amount)
            .sum::<i128>()
    }

    /// Interest on an account of the ledger; groups of the surplus instrument share that on cash by their opening, the first takes the rest.
    fn on_account(&self) -> i128 {
        let run = self.run;
        let key = (self.group.currency, self.group.kind);
        let Some(cells) = run.incomes.accounts.get(&key) else {
            return 0;
        };
        let whole: i128 = run
            .calendar
            .days
            .iter()
            .zip(cells)
            .filter(|(day, _)| **day > self.from && **day <= self.to)
            .map(|(_, amount)| amount)
            .sum();
        if self.group.kind != GroupKind::Cash {
            return whole;
        }
        let alike = || {
            run.groups()
                .filter(|(_, g)| g.kind == GroupKind::Cash && g.currency == self.group.currency)
        };
        let total: i128 = alike().map(|(_, g)| g.opening.nominal).sum();
        let share = |g: &Group| match total {
            0 => 0,
            total => mul_div(whole, g.opening.nominal, total),
        };
        if run.holds_cash(self.index) {
            let others = alike().filter(|(other, _)| *other != self.index);
            whole - others.map(|(_, g)| share(g)).sum::<i128>()
        } else {
            share(self.group)
        }
    }
}

impl Measures<'_> {
    /// What the whole mirror of a group is settled at on a day, thousandths of a quantum.
    fn broken(
        &self,
        group: &Group,
        leg: &InterestLeg,
        unit: &Accruing,
        day: Day,
        place: Place,
    ) -> Result<i128, Refusal> {
        let engine = &self.context(place)?.engine;
        let pricing = Pricing {
            context: engine,
            start: engine,
        };
        let left = group.maturity.map_or(0, |last| last - day);
        let (Some(rule), true) = (pricing.rule(group.opening.transfer_rule), left > 0) else {
            return Ok(0);
        };
        let term = Some(term_between(engine.date(day)?, engine.date(day + left)?));
        let deal = Deal {
            currency: group.currency,
            fixed_for: term,
            until: term,
        };
        let price = pricing.price(rule, deal, day)?;
        // what floats is struck anew at the next reset anyway
        let parts = [
            leg.ftp_base
                .as_ref()
                .filter(|_| !floats(group, Some(rule)))
                .map(|old| (old, price.base)),
            leg.ftp_liquidity.as_ref().map(|old| (old, price.liquidity)),
        ];
        let origin = engine.projection.date;
        let today = engine.date(day)?;
        let curves = [Some(&rule.base), rule.liquidity.as_ref()];
        let mut factors = Vec::new();
        for part in curves.into_iter().flatten() {
            if let TransferPrice::Matched(name) = part {
                factors.push(engine.market.curve(name, today)?);
            }
        }
        let mut sum: i128 = 0;
        for (place, (on, unit_paid)) in unit.paid.after(day).enumerate() {
            let mut amount: i128 = 0;
            for (old, new) in parts.iter().flatten() {
                let mut paid = old.paid.between(on - 1, on) * ACCRUED_SCALE;
                let mut count = unit_paid * ACCRUED_SCALE;
                // what has accrued by the day is no part of the rest
                if place == 0 {
                    paid -= old.accrued(day, origin);
                    count -= unit.accrued(day, origin);
                }
                amount += paid - mul_div(count, i128::from(new.0), i128::from(RATE_SCALE));
            }
            let date = engine.date(on)?;
            let mut factor = 1.0;
            for curve in &factors {
                factor *= curve.discount(date)?;
            }
            sum += amount.saturating_mul(libm::rint(factor * ONE as f64) as i128);
        }
        Ok(mul_div(sum, 1, ONE))
    }
}
