//! Repos and reverse repos: cash against lots, what they encumber, and deals that are rolled.

use super::Steer;
use super::dispose::{Lot, not_all_free};
use super::offer::{Offer, out_of_range, part_of};
use super::pledge::Deal;
use super::settle::{Dealing, Outcome};
use crate::calendar::{Date, DayCount, Tenor};
use crate::diagnostic::Diagnostic;
use crate::engine::series::{Amount, Day};
use crate::engine::state::{Cause, Encumbrance, Reading, mul_div};
use crate::plan::{
    Accrual, Expression, InstrumentId, Node, Repayment, Schedule, Selection, Side, Type,
};
use crate::quantity::{Currency, RATE_SCALE, Rate, Rational};
use rust_decimal::Decimal;

/// The terms of a secured deal as an action asks for them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Secured<'a> {
    pub selection: &'a Selection,
    pub term: Tenor,
    pub haircut: &'a Expression,
    pub rate: Option<&'a Expression>,
    pub roll: bool,
    /// Collateral received may be used.
    pub reused: bool,
    pub of: InstrumentId,
    pub side: Side,
}

/// A deal that is made anew when it is due.
#[derive(Clone, Debug)]
pub(super) struct Rolling<'a> {
    terms: Secured<'a>,
    cash: Amount,
    currency: Currency,
    /// The day on which the deal is due.
    due: Day,
    decision: usize,
    id: String,
}

pub(super) const WHOLE: i128 = RATE_SCALE as i128;

impl<'a> Steer<'_, 'a> {
    /// Takes cash against what is free of a selection, lot after lot by name; or lends it against collateral.
    pub(super) fn secure(
        &mut self,
        terms: Secured<'a>,
        dealing: &Dealing<'_>,
    ) -> Result<Outcome, Vec<Diagnostic>> {
        let one = |e: Diagnostic| vec![e];
        let (day, own, asked) = (dealing.day, dealing.leg.currency, dealing.leg.granted);
        if asked <= 0 {
            return Ok(Outcome::default());
        }
        let cost = self.cost_of(dealing.action, Rate::ZERO, day).map_err(one)?;
        let is_lent = terms.side == Side::Asset;
        let deal = if is_lent {
            Self::lend
        } else {
            Self::take_against
        };
        let (filled, reason) = deal(
            self,
            &terms,
            asked,
            own,
            cost,
            day,
            dealing.cause,
            &dealing.id,
        )?;
        if filled > 0 {
            self.keep_rolling(terms, filled, own, dealing)
                .map_err(one)?;
        }
        let received = if is_lent { -filled } else { filled };
        Ok(Outcome {
            filled,
            cash: received - part_of(filled, cost),
            reason,
        })
    }

    fn keep_rolling(
        &mut self,
        terms: Secured<'a>,
        cash: Amount,
        currency: Currency,
        dealing: &Dealing<'_>,
    ) -> Result<(), Diagnostic> {
        if terms.roll
            && let Cause::Action(decision) = dealing.cause
        {
            let due = self.due_day(terms.term, dealing.day)?;
            self.rolling.push(Rolling {
                terms,
                cash,
                currency,
                due,
                decision: decision as usize,
                id: dealing.id.clone(),
            });
        }
        Ok(())
    }

    /// Whether a deal is made anew on a day.
    pub(super) fn is_rolled_on(&self, day: Day) -> bool {
        self.rolling.iter().any(|rolling| rolling.due == day)
    }

    /// Makes deals anew that were due on a day: for the same cash, against what is free then.
    pub(super) fn roll(&mut self, day: Day) -> Result<(), Vec<Diagnostic>> {
        let one = |e: Diagnostic| vec![e];
        for at in 0..self.rolling.len() {
            let Some(rolling) = self.rolling.get(at).filter(|r| r.due == day).cloned() else {
                continue;
            };
            self.enrol(day).map_err(one)?;
            let cause = Cause::Action(u32::try_from(rolling.decision).unwrap_or(u32::MAX));
            let due = self.due_day(rolling.terms.term, day).map_err(one)?;
            let date = self.context.date(day).map_err(one)?;
            let id = format!("{} rolled {date}", rolling.id);
            let deal = match rolling.terms.side {
                Side::Asset => Self::lend,
                _ => Self::take_against,
            };
            let (filled, reason) = deal(
                self,
                &rolling.terms,
                rolling.cash,
                rolling.currency,
                Rate::ZERO,
                day,
                cause,
                &id,
            )?;
            if let Some(rolling) = self.rolling.get_mut(at) {
                rolling.cash = filled;
                rolling.due = if filled > 0 { due } else { Day::MIN };
            }
            // what could not be rolled stands with the decision
            let leg = self.run.decisions.get_mut(rolling.decision);
            let leg = leg.and_then(|d| d.legs.iter_mut().find(|leg| leg.is_sized));
            if let (Some(reason), Some(leg)) = (reason, leg) {
                let told = format!("not all rolled on {date}: {reason}");
                leg.reason = Some(match leg.reason.take() {
                    Some(before) => format!("{before}; {told}"),
                    None => told,
                });
            }
        }
        Ok(())
    }

    /// The day on which a deal of a term that begins on a day is due: a business day.
    pub(super) fn due_day(&self, term: Tenor, day: Day) -> Result<Day, Diagnostic> {
        let date = term.after(self.context.date(day)?).map_err(out_of_range)?;
        let date: Date = match self.business() {
            Some(calendar) => calendar.following(date).map_err(out_of_range)?,
            None => date,
        };
        Ok(date.days_since(self.context.projection.date))
    }

    /// Cash taken against lots: what was taken, and why it is less than asked for.
    #[allow(clippy::too_many_arguments, reason = "the terms of one deal")]
    fn take_against(
        &mut self,
        terms: &Secured<'a>,
        asked: Amount,
        own: Currency,
        cost: Rate,
        day: Day,
        cause: Cause,
        id: &str,
    ) -> Result<(Amount, Option<String>), Vec<Diagnostic>> {
        let one = |e: Diagnostic| vec![e];
        let stated = self.share(terms.haircut, day).map_err(one)?;
        let haircut = self.haircut_of(terms, own, day).map_err(one)?;
        let release = self.due_day(terms.term, day).map_err(one)?;
        let mut lots = self.pledgeable(terms.selection, day).map_err(one)?;
        let reusable = self.reusable(terms.selection, day, release).map_err(one)?;
        lots.extend(reusable.lots);
        lots.sort_by(Lot::by_name);
        let mut left = asked;
        for lot in &lots {
            let free = mul_div(lot.value, lot.free, lot.nominal);
            let room = mul_div(free, WHOLE - haircut, WHOLE);
            let room_own = self.exchanged(room, lot.currency, own, day).map_err(one)?;
            if left <= 0 || room_own <= 0 {
                continue;
            }
            let part = left.min(room_own);
            let cash = if part == room_own {
                room
            } else {
                self.exchanged(part, own, lot.currency, day).map_err(one)?
            };
            // market value = cash / (1 - haircut), as nominal of the lot
            let worth = mul_div(cash, WHOLE, WHOLE - haircut).min(free);
            let nominal = if part == room_own {
                lot.free
            } else {
                mul_div(lot.nominal, worth, lot.value.max(1)).min(lot.free)
            };
            let name = match lot.id() {
                "" => id.to_owned(),
                lot => format!("{id} {lot}"),
            };
            let deal = self.lend_or_take(terms, cash, lot.currency, cost, day, cause, &name)?;
            self.run.encumbrances.push(Encumbrance {
                lot: lot.index,
                deal: Some(deal),
                nominal,
                amount: 0,
                release: Some(release),
                since: Reading::Day(day),
            });
            self.deals
                .push(Deal::new(deal, lot.index, stated, lot.currency));
            left -= part;
        }
        let reason = (left > 0).then(|| match reusable.too_short {
            Some(back) => {
                format!("what was received of it goes back on {back}, before the deal ends")
            }
            None => not_all_free(&lots, None),
        });
        Ok((asked - left, reason))
    }

    /// The haircut of a new deal, with the points that shocks add, in units of [`WHOLE`].
    pub(super) fn haircut_of(
        &self,
        terms: &Secured<'_>,
        currency: Currency,
        day: Day,
    ) -> Result<i128, Diagnostic> {
        let stated = self.share(terms.haircut, day)?;
        let about = self.pseudo(terms.of, currency);
        let points = self.shocks.haircut(self.context, &about, day)?;
        Ok((i128::from(stated.0) + i128::from(points.0)).clamp(0, WHOLE - 1))
    }

    /// The deal itself, as a contract of its instrument: its group.
    #[allow(clippy::too_many_arguments, reason = "the terms of one deal")]
    pub(super) fn lend_or_take(
        &mut self,
        terms: &Secured<'a>,
        cash: Amount,
        currency: Currency,
        cost: Rate,
        day: Day,
        cause: Cause,
        id: &str,
    ) -> Result<usize, Vec<Diagnostic>> {
        let one = |e: Diagnostic| vec![e];
        let due = self.due_day(terms.term, day).map_err(one)?;
        let offer = self.secured_offer(terms, currency, due, day).map_err(one)?;
        // a cost is paid at once and belongs to the interest of the deal
        let charge = part_of(cash, cost);
        let premium = if terms.side == Side::Asset {
            charge
        } else {
            -charge
        };
        let begun = self.begin(&offer, id, cash, premium, day)?;
        let begun = self.priced(begun, None, day).map_err(one)?;
        let taken = self.take_up(begun, day, cause).map_err(one)?;
        Ok(taken.first().copied().unwrap_or(usize::MAX))
    }

    fn secured_offer(
        &self,
        terms: &Secured<'a>,
        currency: Currency,
        due: Day,
        day: Day,
    ) -> Result<Offer, Diagnostic> {
        let context = self.context;
        let instrument = context.plan.instruments.get(terms.of.index());
        let mut mapping = instrument.map(|i| i.mapping.clone()).unwrap_or_default();
        mapping.repays = mapping.repays.or(Some(Repayment::Bullet));
        let rate = match terms.rate {
            Some(rate) => Some(self.share_in(rate, currency, day)?),
            None if context.has_curve(currency) => {
                let market = context.swap_rate(currency, None, terms.term, day)?;
                Some(Rate::from_rational(&market).map_err(out_of_range)?)
            }
            None => None,
        };
        mapping.accrues = match (mapping.accrues, rate) {
            // without a curve and a rate it bears no interest
            (_, None) | (Some(Accrual::None), _) => Some(Accrual::None),
            (Some(Accrual::Index { .. } | Accrual::CashFlow { .. }) | None, Some(_)) => {
                Some(Accrual::Fixed {
                    rate: zero(),
                    every: None,
                    daycount: DayCount::Act360,
                    steps: Schedule::default(),
                })
            }
            (stated, Some(_)) => stated,
        };
        Ok(Offer {
            instrument: terms.of,
            product: None,
            mapping,
            currency,
            maturity: Some(context.date(due)?),
            rate: Some(rate.unwrap_or(Rate::ZERO)),
            price: None,
            cost: Rate::ZERO,
        })
    }

    /// A rate that is about no position, in a currency.
    fn share_in(
        &self,
        formula: &Expression,
        currency: Currency,
        day: Day,
    ) -> Result<Rate, Diagnostic> {
        let value = self.context.plain(formula, currency, day);
        match value.map_err(|r| r.at(formula.span).into_diagnostic())? {
            crate::formula::Value::Number(number) => {
                Rate::from_rational(&number).map_err(out_of_range)
            }
            _ => Ok(Rate::from_rational(&Rational::ZERO).unwrap_or(Rate::ZERO)),
        }
    }
}

fn zero() -> Expression {
    Expression {
        node: Node::Number(Decimal::ZERO),
        ty: Type::Rate,
        span: None,
    }
}
