//! Hedging programmes: on each of their days the exposure is measured, and the swaps that they hold are brought to the ratio.

use super::Steer;
use super::derivative::Entered;
use super::offer::{Offer, out_of_range};
use super::one;
use crate::diagnostic::{Diagnostic, codes};
use crate::engine::action_calendar::rebalancing_days;
use crate::engine::context::Context;
use crate::engine::decision::{DecidedLeg, Rebalanced, Rebalancing};
use crate::engine::group::ONE;
use crate::engine::measure::{Measures, Place};
use crate::engine::project::Source;
use crate::engine::series::{Amount, Day};
use crate::engine::state::{Cause, Reading, Run, mul_div};
use crate::formula::{Refusal, Value};
use crate::plan::{Hedge, HedgeId, Selection};
use crate::quantity::{Currency, Quanta, Rational};
use std::collections::BTreeSet;

/// The notional, in quanta, of the swap that tells what a notional does: large, so that the rounding of its flows is nothing.
const TRIED: Amount = 10_000_000_000_000;

/// A swap whose measure is less than this share of its notional moves it by rounding alone.
const LEAST_MOVE: i128 = 100_000_000;

/// A hedging programme in force, and the swaps that it has entered.
#[derive(Clone, Debug)]
pub(super) struct Programme<'a> {
    id: HedgeId,
    hedge: &'a Hedge,
    days: BTreeSet<Day>,
    /// The groups of its swaps, ascending, a leg each.
    swaps: Vec<usize>,
}

/// What a programme sees on a day, in the book's currency.
struct Seen {
    exposure: Value,
    held: Value,
}

impl<'c, 'a> Steer<'c, 'a> {
    /// The programmes of the exercise as the scenario has them.
    pub(super) fn programmes(context: &'c Context<'a>, source: Source<'a>) -> Vec<Programme<'a>> {
        let business = source.market.calendars.get(&context.exercise.book.currency);
        let end = context.calendar.last();
        let of = |id: &HedgeId| -> Option<Programme<'a>> {
            let changed = context.scenario.hedges.get(id);
            let hedge = changed.or_else(|| context.plan.hedges.get(id.index()))?;
            let days =
                rebalancing_days(super::trigger::anchor(context), hedge.every, business, end);
            Some(Programme {
                id: *id,
                hedge,
                days: days.into_iter().collect(),
                swaps: Vec::new(),
            })
        };
        context.exercise.hedges.iter().filter_map(of).collect()
    }

    /// Whether some programme is rebalanced on a day.
    pub(super) fn rebalances_on(&self, day: Day) -> bool {
        self.programmes
            .iter()
            .any(|programme| programme.days.contains(&day))
    }

    /// Rebalances the programmes whose day it is, in text order, each seeing what the ones before entered.
    pub(super) fn rebalance(&mut self, place: usize, day: Day) -> Result<(), Vec<Diagnostic>> {
        for at in 0..self.programmes.len() {
            let due = self
                .programmes
                .get(at)
                .is_some_and(|p| p.days.contains(&day));
            if due {
                // what is measured may be a market value of the day
                self.value(place, day)?;
                self.rebalance_one(at, day)?;
            }
        }
        Ok(())
    }

    fn rebalance_one(&mut self, at: usize, day: Day) -> Result<(), Vec<Diagnostic>> {
        let Some(Programme {
            id, hedge, swaps, ..
        }) = self.programmes.get(at).cloned()
        else {
            return Ok(());
        };
        let ratio = self.share(&hedge.ratio.formula, day).map_err(one)?;
        let seen = self.seen(hedge, &swaps, day).map_err(one)?;
        let mut record = Rebalancing {
            hedge: id,
            day,
            until: day,
            exposure: seen.exposure,
            held: seen.held,
            target: Value::Bool(false),
            done: None,
            refused: None,
        };
        let (Value::Money(exposure, currency), Value::Money(held, _)) =
            (&record.exposure, &record.held)
        else {
            record.target = record.exposure.clone();
            record.refused = Some("its measure is undefined".to_owned());
            self.keep_rebalancing(record);
            return Ok(());
        };
        let target = -(exposure * &ratio.to_rational());
        let missing = &target - held;
        record.target = Value::Money(target.clone(), *currency);
        let outcome = if ratio.0 < 0 {
            Err("its ratio is negative".to_owned())
        } else if missing.is_zero() {
            Err(if ratio.0 == 0 {
                "its ratio is 0%"
            } else {
                "there is nothing to hedge"
            }
            .to_owned())
        } else {
            let cause =
                Cause::Hedge(u32::try_from(self.run.rebalancings.len()).unwrap_or(u32::MAX));
            self.offset(hedge, &swaps, (held.clone(), missing), day, cause)?
        };
        match outcome {
            Ok((done, entered)) => {
                record.done = Some(done);
                if let Some(programme) = self.programmes.get_mut(at) {
                    programme.swaps.extend(entered);
                }
            }
            Err(reason) => record.refused = Some(reason),
        }
        self.keep_rebalancing(record);
        Ok(())
    }

    /// Enters a new swap, or unwinds a part of those that are held, so that what is missing is made up; else why that cannot be.
    fn offset(
        &mut self,
        hedge: &Hedge,
        swaps: &[usize],
        (held, missing): (Rational, Rational),
        day: Day,
        cause: Cause,
    ) -> Result<Result<(Rebalanced, Vec<usize>), String>, Vec<Diagnostic>> {
        let offer = self.offer(hedge.product, day).map_err(one)?;
        let name = self
            .product(hedge.product)
            .map_or("", |product| product.heading.short.as_str());
        let tried = self.tried(hedge, &offer, day)?;
        let least = Rational::new(TRIED, LEAST_MOVE).unwrap_or_default();
        if tried.abs() < self.in_units(&least, offer.currency, day).map_err(one)? {
            return Ok(Err(format!(
                "`{name}` does not move `{}`",
                hedge.measure.text
            )));
        }
        if tried.signum() == missing.signum() {
            let notional = &missing * &Rational::integer(TRIED);
            let notional = notional
                .divide(&tried)
                .and_then(|notional| notional.to_scaled(0));
            let notional = notional.map_err(|e| one(out_of_range(e)))?;
            if notional == 0 {
                return Ok(Err("there is nothing to hedge".to_owned()));
            }
            let date = self.context.date(day).map_err(one)?;
            let id = format!("{} {date}", hedge.heading.short);
            let Entered { legs, cash } =
                self.enter_derivative(&offer, &id, notional, offer.cost, (day, cause))?;
            let leg = settled(offer.currency, notional, notional, cash);
            return Ok(Ok((Rebalanced::Entered(leg), legs)));
        }
        if held.signum() != tried.signum() {
            return Ok(Err(format!(
                "`{name}` moves `{}` the same way as the positions: no notional of it offsets",
                hedge.measure.text
            )));
        }
        let gone = (-missing)
            .divide(&held)
            .and_then(|share| share.to_scaled(15));
        let gone = gone.map_err(|e| one(out_of_range(e)))?;
        let unwound = self.unwind_share(swaps, gone, offer.currency, (day, cause));
        let mut leg = unwound.map_err(one)?;
        if gone > ONE {
            leg.reason = Some(format!(
                "the exposure has turned: `{name}` does not offset the rest"
            ));
        }
        Ok(Ok((Rebalanced::Unwound(leg), Vec::new())))
    }

    /// Closes the same share (1e-15) of every swap that is held; of more than one all of it.
    fn unwind_share(
        &mut self,
        swaps: &[usize],
        gone: i128,
        currency: Currency,
        (day, cause): (Day, Cause),
    ) -> Result<DecidedLeg, Diagnostic> {
        let (mut before, mut after, mut cash) = (0, 0, 0);
        for index in swaps.iter().copied() {
            if !self.is_open(index, day) {
                continue;
            }
            // the notional of a swap is that of the leg that it receives
            let is_counted = self.run.group(index).is_some_and(|g| g.sign() > 0);
            let notional = |steer: &Self| match is_counted {
                true => steer.run.balance(index, Reading::Day(day)),
                false => 0,
            };
            before += notional(self);
            let (own, value) = self.close_leg(index, gone.min(ONE), false, (day, cause))?;
            after += notional(self);
            cash += self.exchanged(value, own, currency, day)?;
        }
        Ok(settled(
            currency,
            mul_div(before, gone, ONE),
            before - after,
            cash,
        ))
    }

    /// What a swap of the tried notional, entered on the day, comes to.
    fn tried(&self, hedge: &Hedge, offer: &Offer, day: Day) -> Result<Rational, Vec<Diagnostic>> {
        let mut alone = self.run.emptied();
        for (group, flows) in self.begin(offer, "tried", TRIED, 0, day)? {
            let prepared = self.prepare_begun(&group, flows, day).map_err(one)?;
            alone.admit(Some(group), prepared.admitted());
        }
        let formula = &hedge.measure.formula;
        let found = self.looked_at(&alone, |measures| {
            measures.exposure(&Selection::All, formula, today(day), &|_| true)
        });
        match found.map_err(one)? {
            Value::Money(amount, _) => Ok(amount),
            _ => Ok(Rational::ZERO),
        }
    }

    /// The exposure of the positions, and of the swaps that are held.
    fn seen(&mut self, hedge: &Hedge, swaps: &[usize], day: Day) -> Result<Seen, Diagnostic> {
        // cash as it stands, which is kept at the end of the day only
        let currencies = self.ledger.currencies();
        for currency in &currencies {
            let accounts = self.ledger.accounts(*currency);
            self.run
                .accounts
                .entry(*currency)
                .or_default()
                .push(accounts);
        }
        let formula = &hedge.measure.formula;
        let own = |index: usize| swaps.binary_search(&index).is_ok();
        let seen = self.looked_at(&self.run, |measures| {
            Ok(Seen {
                exposure: measures
                    .exposure(&hedge.on, formula, today(day), &|index| !own(index))?,
                held: measures.exposure(&Selection::Derivatives, formula, today(day), &own)?,
            })
        });
        for currency in &currencies {
            if let Some(accounts) = self.run.accounts.get_mut(currency) {
                accounts.pop();
            }
        }
        seen
    }

    /// What an evaluator of formulas on a run under way says.
    fn looked_at<T>(
        &self,
        run: &Run,
        look: impl Fn(&Measures<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Diagnostic> {
        let mut found = None;
        (self.observe)(run, &mut |measures| found = Some(look(measures)));
        let unseen = || Refusal::new(codes::run::NOT_HERE, "nobody looks at the run");
        found
            .unwrap_or_else(|| Err(unseen()))
            .map_err(Refusal::into_diagnostic)
    }

    /// Quanta of a currency as units of the book's currency.
    fn in_units(
        &self,
        quanta: &Rational,
        currency: Currency,
        day: Day,
    ) -> Result<Rational, Diagnostic> {
        let book = self.context.exercise.book.currency;
        let rate = self.to_book(self.context, currency, day)?;
        let per_unit = Rational::integer(Quanta::per_unit(book));
        (quanta * &rate).divide(&per_unit).map_err(out_of_range)
    }

    /// Keeps a record; the same refusal day after day is one entry.
    fn keep_rebalancing(&mut self, record: Rebalancing) {
        let before = self.run.rebalancings.iter_mut().rev();
        match before
            .into_iter()
            .find(|before| before.hedge == record.hedge)
        {
            Some(before) if before.refused.is_some() && before.refused == record.refused => {
                before.until = record.day;
            }
            _ => self.run.rebalancings.push(record),
        }
    }
}

fn today(day: Day) -> Place {
    Place::of(0, Reading::Day(day))
}

/// A leg that is settled on the day itself.
fn settled(currency: Currency, asked: Amount, filled: Amount, cash: Amount) -> DecidedLeg {
    DecidedLeg {
        currency,
        asked,
        granted: asked,
        filled,
        cash,
        is_sized: true,
        reason: None,
    }
}
