//! Triggers: which actions are decided on an observation day, how much of them fits, and when they settle.

use super::Steer;
use super::offer::out_of_range;
use crate::calendar::Date;
use crate::diagnostic::Diagnostic;
use crate::engine::action_calendar::{observation_days, settlement_day};
use crate::engine::context::Context;
use crate::engine::decision::{DecidedLeg, Decision};
use crate::engine::events::Anchor;
use crate::engine::measure::Place;
use crate::engine::reads::direct_metrics;
use crate::engine::series::{Amount, Day};
use crate::engine::state::{Reading, mul_div};
use crate::formula::{Refusal, Value};
use crate::plan::{Action, ActionId, Expression, MetricId};
use crate::quantity::{Currency, Quanta, Rational};
use std::collections::BTreeSet;
use std::rc::Rc;

/// An action that the scenario arms, and how far it is.
#[derive(Clone, Debug)]
pub(super) struct Armed<'a> {
    pub id: ActionId,
    pub action: &'a Action,
    /// The days on which its trigger is read.
    observed: Rc<BTreeSet<Day>>,
    decided: u32,
    last: Option<Day>,
    /// It has fired and waits for `again_when`.
    waits: bool,
}

impl Armed<'_> {
    /// Whether something may still be decided on a day.
    fn is_live(&self, day: Day, origin: Date) -> bool {
        if !self.observed.contains(&day)
            || self.action.times.is_some_and(|times| self.decided >= times)
        {
            return false;
        }
        // counted from decision to decision, in months of the calendar
        let (Some(apart), Some(last)) = (self.action.apart, self.last) else {
            return true;
        };
        let next = origin.add_days(last).and_then(|last| apart.after(last));
        self.waits || next.is_ok_and(|next| next.days_since(origin) <= day)
    }

    fn is_far_enough(&self, day: Day, origin: Date) -> bool {
        let (Some(apart), Some(last)) = (self.action.apart, self.last) else {
            return true;
        };
        let next = origin.add_days(last).and_then(|last| apart.after(last));
        next.is_ok_and(|next| next.days_since(origin) <= day)
    }

    /// Decided by date alone, and settled on that very day.
    fn is_immediate(&self) -> bool {
        self.action.on_date.is_some() && self.action.when.is_none() && self.action.lead.is_none()
    }
}

/// What a trigger said on a day.
struct Said {
    place: usize,
    available: bool,
    seen: Vec<(MetricId, Value)>,
    amounts: Vec<Option<Value>>,
    capacity: Option<Value>,
}

impl<'c, 'a> Steer<'c, 'a> {
    /// The actions that the scenario arms, in the order of `allow`.
    pub(super) fn armed(context: &'c Context<'a>) -> Vec<Armed<'a>> {
        let anchor = anchor(context);
        let end = context.calendar.last();
        let scenario = context.scenario;
        let of = |id: &ActionId| -> Option<Armed<'a>> {
            let changed = scenario.actions.get(id);
            let action = changed.or_else(|| context.plan.actions.get(id.index()))?;
            Some(Armed {
                id: *id,
                action,
                observed: Rc::new(observation_days(anchor, action, end).into_iter().collect()),
                decided: 0,
                last: None,
                waits: false,
            })
        };
        scenario.allows.iter().filter_map(of).collect()
    }

    /// Whether something is to be read or settled on a day on which the loop stops for actions alone.
    pub(super) fn acts_on(&self, day: Day) -> bool {
        let origin = self.context.projection.date;
        self.armed.iter().any(|armed| armed.is_live(day, origin))
            || self
                .run
                .decisions
                .iter()
                .any(|d| d.counts() && !d.is_settled && d.settles == day)
            || self.is_rolled_on(day)
            || self.rebalances_on(day)
    }

    /// Decides on a day: every trigger is read before any of them acts.
    pub(super) fn decide(&mut self, day: Day) -> Result<(), Vec<Diagnostic>> {
        self.read_triggers(day, Reading::Day(day), false)
    }

    /// Decides what is settled on the day itself; the amounts are read as they stood on the event day before.
    pub(super) fn decide_by_date(&mut self, day: Day, before: Day) -> Result<(), Vec<Diagnostic>> {
        self.read_triggers(day, Reading::Day(before), true)
    }

    fn read_triggers(
        &mut self,
        day: Day,
        reading: Reading,
        immediate: bool,
    ) -> Result<(), Vec<Diagnostic>> {
        let origin = self.context.projection.date;
        let anchor = anchor(self.context);
        let business = self.business();
        let settles_today = |armed: &Armed<'_>| {
            armed.is_immediate()
                && settlement_day(anchor, armed.action, business.as_ref(), day) == Some(day)
        };
        let live: Vec<usize> = (0..self.armed.len())
            .filter(|at| {
                self.armed.get(*at).is_some_and(|armed| {
                    armed.is_live(day, origin) && settles_today(armed) == immediate
                })
            })
            .collect();
        if live.is_empty() {
            return Ok(());
        }
        let mut said = Vec::new();
        let mut freed = Vec::new();
        let mut failure: Option<Refusal> = None;
        let armed = &self.armed;
        (self.observe)(&self.run, &mut |measures| {
            let place = Place::of(0, reading);
            let is_true = |formula: &Expression| -> Result<bool, Refusal> {
                // what is undefined does not fire
                Ok(measures.evaluate(formula, place)? == Value::Bool(true))
            };
            let mut read = |at: usize| -> Result<(), Refusal> {
                let Some(armed) = armed.get(at) else {
                    return Ok(());
                };
                let action = armed.action;
                if armed.waits {
                    match &action.again_when {
                        Some(again) if !is_true(again)? => return Ok(()),
                        _ => freed.push(at),
                    }
                }
                if !armed.is_far_enough(day, origin) {
                    return Ok(());
                }
                if let Some(when) = &action.when
                    && !is_true(when)?
                {
                    return Ok(());
                }
                let available = match &action.available {
                    Some(available) => is_true(available)?,
                    None => true,
                };
                let mut seen = Vec::new();
                for metric in action.when.iter().flat_map(direct_metrics) {
                    seen.push((metric, measures.metric(metric, place)?));
                }
                let mut amounts = Vec::new();
                for deed in &action.deeds {
                    amounts.push(match deed.verb.amount() {
                        Some(amount) => Some(measures.evaluate(amount, place)?),
                        None => None,
                    });
                }
                let capacity = action.capacity.as_ref();
                said.push(Said {
                    place: at,
                    available,
                    seen,
                    amounts,
                    capacity: capacity
                        .map(|c| measures.evaluate(&c.amount, place))
                        .transpose()?,
                });
                Ok(())
            };
            for at in &live {
                if failure.is_none()
                    && let Err(refusal) = read(*at)
                {
                    failure = Some(refusal);
                }
            }
        });
        if let Some(refusal) = failure {
            return Err(vec![refusal.into_diagnostic()]);
        }
        for at in freed {
            if let Some(armed) = self.armed.get_mut(at) {
                armed.waits = false;
            }
        }
        for said in said {
            self.enter(said, day).map_err(|e| vec![e])?;
        }
        Ok(())
    }

    pub(super) fn business(&self) -> Option<crate::calendar::BusinessCalendar> {
        let currency = self.context.exercise.book.currency;
        self.source.market.calendars.get(&currency).cloned()
    }

    /// Enters a decision into the book, cut to what capacity leaves; or the reason why there is none.
    fn enter(&mut self, said: Said, day: Day) -> Result<(), Diagnostic> {
        let Some(armed) = self.armed.get(said.place).cloned() else {
            return Ok(());
        };
        let mut legs = Vec::new();
        let mut refused = (!said.available).then(|| "the market is closed".to_owned());
        for amount in &said.amounts {
            let (currency, asked, is_sized) = match amount {
                Some(value) => match self.money(value)? {
                    Some((currency, asked)) => (currency, asked, true),
                    None => {
                        refused = refused.or(Some("its amount is undefined".to_owned()));
                        (self.context.exercise.book.currency, 0, true)
                    }
                },
                None => (self.context.exercise.book.currency, 0, false),
            };
            legs.push(DecidedLeg {
                currency,
                asked,
                granted: asked,
                filled: 0,
                cash: 0,
                is_sized,
                reason: None,
            });
        }
        let sized = || legs.iter().filter(|leg| leg.is_sized);
        if refused.is_none() && sized().next().is_some() && sized().all(|leg| leg.asked <= 0) {
            refused = Some("it asks for nothing".to_owned());
        }
        let settles = settlement_day(
            anchor(self.context),
            armed.action,
            self.business().as_ref(),
            day,
        )
        .unwrap_or(day);
        if refused.is_none()
            && let Some(limit) = &said.capacity
        {
            refused = self.cut(&armed, &mut legs, limit, settles, day)?;
        }
        let decision = Decision {
            action: armed.id,
            day,
            settles: if refused.is_some() { day } else { settles },
            seen: said.seen,
            legs,
            refused,
            is_settled: false,
        };
        if decision.counts() {
            if let Some(armed) = self.armed.get_mut(said.place) {
                armed.decided += 1;
                armed.last = Some(day);
                armed.waits = armed.action.again_when.is_some();
            }
            self.run.decisions.push(decision);
            return Ok(());
        }
        // the same refusal day after day is one entry
        let mut before = self.run.decisions.iter_mut().rev();
        match before.find(|d| d.action == armed.id) {
            Some(before)
                if before.refused == decision.refused
                    && armed
                        .observed
                        .range(before.settles + 1..day)
                        .next()
                        .is_none() =>
            {
                before.settles = day;
            }
            _ => self.run.decisions.push(decision),
        }
        Ok(())
    }

    /// Cuts what is asked for to what the capacity of the settlement's calendar period leaves; the lines of `do` stay in
    /// proportion, capacity is that of the first one with an amount.
    fn cut(
        &self,
        armed: &Armed<'_>,
        legs: &mut [DecidedLeg],
        limit: &Value,
        settles: Day,
        day: Day,
    ) -> Result<Option<String>, Diagnostic> {
        let Some(capacity) = &armed.action.capacity else {
            return Ok(None);
        };
        let Some(first) = legs.iter().find(|leg| leg.is_sized).cloned() else {
            return Ok(None);
        };
        let Some((currency, limit)) = self.money(limit)? else {
            return Ok(Some("its capacity is undefined".to_owned()));
        };
        let date = self.context.date(settles)?;
        let from = capacity.period.start_of(date).map_err(out_of_range)?;
        let to = capacity.period.end_of(date).map_err(out_of_range)?;
        let mut used: Amount = 0;
        for earlier in &self.run.decisions {
            let on = self.context.date(earlier.settles)?;
            if earlier.action != armed.id || !earlier.counts() || on < from || on > to {
                continue;
            }
            if let Some(leg) = earlier.legs.iter().find(|leg| leg.is_sized) {
                let taken = if earlier.is_settled {
                    leg.filled
                } else {
                    leg.granted
                };
                used += self.exchanged(taken, leg.currency, currency, day)?;
            }
        }
        let left = (limit - used).max(0);
        let room = self.exchanged(left, currency, first.currency, day)?;
        if room >= first.asked {
            return Ok(None);
        }
        let period = match capacity.period {
            crate::calendar::Period::Day => "day",
            crate::calendar::Period::Week => "week",
            crate::calendar::Period::Month => "month",
            crate::calendar::Period::Quarter => "quarter",
            crate::calendar::Period::Year => "year",
        };
        if room == 0 {
            return Ok(Some(format!("the capacity of the {period} is used up")));
        }
        for leg in legs.iter_mut().filter(|leg| leg.is_sized) {
            leg.granted = mul_div(leg.asked, room, first.asked);
            leg.reason = Some(format!("cut to the capacity of the {period}"));
        }
        Ok(None)
    }

    /// An amount in another currency at the rate of a day.
    pub(super) fn exchanged(
        &self,
        amount: Amount,
        from: Currency,
        to: Currency,
        day: Day,
    ) -> Result<Amount, Diagnostic> {
        if from == to || amount == 0 {
            return Ok(amount);
        }
        let (from, to) = (
            self.to_book(self.context, from, day)?,
            self.to_book(self.context, to, day)?,
        );
        let worth = &Rational::integer(amount) * &from;
        let worth = worth.divide(&to).map_err(out_of_range)?;
        worth.to_scaled(0).map_err(out_of_range)
    }

    /// A value as an amount; `None` where it is undefined.
    fn money(&self, value: &Value) -> Result<Option<(Currency, Amount)>, Diagnostic> {
        let book = self.context.exercise.book.currency;
        match value {
            Value::Undefined(_) => Ok(None),
            Value::Money(units, currency) => Quanta::from_rational(units, *currency)
                .map(|quanta| Some((*currency, quanta.0)))
                .map_err(out_of_range),
            Value::Number(number) if number.is_zero() => Ok(Some((book, 0))),
            other => Err(Diagnostic::error(
                crate::diagnostic::codes::run::WRONG_KIND,
                format!("{} stands where an amount is due", other.kind()),
            )),
        }
    }
}

pub(super) fn anchor(context: &Context<'_>) -> Anchor {
    Anchor {
        date: context.projection.date,
        last_payment: context.projection.last_payment,
    }
}
