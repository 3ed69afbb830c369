//! Steer: the time loop of one scenario, in the fixed order of its sub-steps.

mod account;
mod acquire;
mod births;
mod capital;
mod cell;
mod conditions;
mod cover;
mod derivative;
mod dispose;
mod funding;
mod kept;
mod mirror;
mod offer;
mod opening;
mod plan_day;
mod pledge;
mod prepare;
mod rebalance;
mod received;
mod secured;
mod settle;
mod templates;
mod trigger;
mod volume;

pub use templates::Templates;
pub(crate) use volume::window_days;

use super::behaviour::Effective;
use super::context::Context;
use super::group::{Group, ONE, Running};
use super::ledger::Ledger;
use super::measure::Measures;
use super::project::Source;
use super::reads::Reads;
use super::series::{Amount, Day};
use super::shocks::PositionShocks;
use super::state::{Reading, ResultLine, Run};
use super::survival::Survival;
use super::valuation::{Valued, is_valued, market_value};
use crate::contract::AccrualClass;
use crate::diagnostic::{Diagnostic, codes};
use crate::formula::Value;
use crate::plan::{BalanceSheet, MetricId};
use crate::quantity::Currency;
use births::Renewals;
use pledge::Deal;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::{Arc, OnceLock};
use volume::Volumes;

/// Hands over an evaluator of formulas on a run that is under way; only readings that are done may be read.
pub type Observe<'o> = &'o dyn Fn(&Run, &mut dyn FnMut(&Measures<'_>));

/// What the loop carries of a group from one event day to the next.
#[derive(Clone, Debug)]
struct GroupState<'a> {
    nominal: Amount,
    /// Thousandths of a quantum.
    accrued: i128,
    premium: Amount,
    fair_value: Amount,
    undrawn: Amount,
    /// S × D.
    factor: i128,
    dynamic: i128,
    effective: Option<Rc<Effective<'a>>>,
    survival: Option<Rc<Survival>>,
    /// The last day on which a hazard that reads the state acted.
    hazard_from: Day,
    /// Nothing will happen any more.
    done: bool,
    /// The next day on which more happens than accrual; the least day where that is not known.
    next: Day,
    /// How interest accrues until then.
    running: Option<Running>,
}

/// The loop of one scenario.
pub struct Steer<'c, 'a> {
    context: &'c Context<'a>,
    /// The same market on the book's date before any shock: prices are calibrated to it.
    start: &'c Context<'a>,
    source: Source<'a>,
    shocks: &'c PositionShocks<'a>,
    templates: &'c Templates,
    reads: &'c Reads,
    observe: Observe<'c>,
    /// The actions that the scenario arms, in the order of `allow`.
    armed: Vec<trigger::Armed<'a>>,
    /// The hedging programmes, in text order.
    programmes: Vec<rebalance::Programme<'a>>,
    repricings: Vec<conditions::Repricing<'a>>,
    scalings: Vec<conditions::Scaling>,
    rolling: Vec<secured::Rolling<'a>>,
    deferred: Vec<derivative::Deferred>,
    run: Run,
    states: Vec<GroupState<'a>>,
    ledger: Ledger,
    deals: Vec<Deal>,
    pools: Vec<cover::Pool<'a>>,
    /// Amounts that come back of what defaulted, by day.
    recoveries: BTreeMap<Day, Vec<(Currency, Amount)>>,
    /// Metrics that behaviours read, as observed last: each day,
    observed: BTreeMap<MetricId, Value>,
    /// and on the last month end (at first on the book's date).
    observed_at_ends: BTreeMap<MetricId, Value>,
    watched: BTreeSet<MetricId>,
    sheet: Option<&'a BalanceSheet>,
    volumes: Volumes<'a>,
    /// The last day on which interest on cash was struck.
    struck: Day,
    funding: funding::Funding,
    /// Errors of new business, told at the end of the day.
    failures: Vec<Diagnostic>,
    /// The numbers of the day that is under way, by class of day count.
    numbers: (Day, Vec<(AccrualClass, i64)>),
    /// Net assets of each currency when the cell began (thousandths of a quantum), and what a quantum was worth then.
    equity_before: BTreeMap<Currency, (i128, crate::quantity::Rational)>,
}

/// The shocks, templates and observer of a run.
pub struct Setting<'c, 'a> {
    /// The scenario's surroundings.
    pub context: &'c Context<'a>,
    /// The same before any shock.
    pub start: &'c Context<'a>,
    /// What the projection was made from.
    pub source: Source<'a>,
    /// Shocks of positions.
    pub shocks: &'c PositionShocks<'a>,
    /// Kinds of new business.
    pub templates: &'c Templates,
    /// What is read of positions.
    pub reads: &'c Reads,
    /// Evaluates metrics for behaviours and triggers that read the state.
    pub observe: Observe<'c>,
}

impl<'c, 'a> Steer<'c, 'a> {
    /// Runs a scenario from the book's date to the last day of its calendar.
    ///
    /// # Errors
    /// What the run lacks, or a balance sheet that does not balance.
    pub fn run(setting: Setting<'c, 'a>) -> Result<Run, Vec<Diagnostic>> {
        let mut steer = Self::open(setting)?;
        let calendar = Arc::clone(&steer.run.calendar);
        let mut from = 0;
        for (place, day) in calendar.days.iter().copied().enumerate() {
            let cash = calendar.is_cash.get(place).copied().unwrap_or(false);
            let for_actions = calendar.is_for_actions.get(place) == Some(&true);
            if place == 0 {
                steer.strike()?
            } else if for_actions && !steer.acts_on(day) {
                steer.pass(place);
                continue;
            } else {
                steer.step(place, from, day, Stop { cash, for_actions })?
            }
            from = day;
        }
        Ok(steer.finish())
    }

    /// The book's date after instantaneous shocks: markets, margin calls, fair values, plug; no flow.
    fn strike(&mut self) -> Result<(), Vec<Diagnostic>> {
        self.value(0, 0)?;
        self.margin_calls(0, Reading::Day(0)).map_err(one)?;
        self.fair_values();
        self.strike_plug(0, 0).map_err(one)?;
        self.strike_pools(Reading::Day(0))?;
        self.close(0, false)?;
        self.decide(0)
    }

    /// A day on which the loop would stop for actions, and none of them has anything to do: nothing is read of it.
    fn pass(&mut self, place: usize) {
        for days in self.run.accounts.values_mut() {
            days.extend(days.last().copied());
        }
        let last = self.run.equity.last().copied();
        if self.funding.has_equity {
            self.run.equity.extend(last);
        }
        self.run.done = place + 1;
    }

    /// One event day: the sub-steps in their order.
    fn step(
        &mut self,
        place: usize,
        from: Day,
        to: Day,
        stop: Stop,
    ) -> Result<(), Vec<Diagnostic>> {
        let mut renewals = Renewals::default();
        let mut errors = Vec::new();
        // 3, 5, 6, 7: contracts, accrual, exits, outflows, group by group; what comes back is kept for step 9
        for index in 0..self.states.len() {
            if let Err(error) = self.advance(index, from, to, &mut renewals) {
                let about = self.run.group(index);
                errors.push(about.map_or(error.clone(), |group| self.context.about(error, group)));
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        self.recover(from, to);
        self.release_deferred(to);
        self.return_margins(to);
        // 9 of the days before: what was born by then may be sold, bought back or pledged, wherever the loop stopped last
        self.give_birth(to, &mut renewals, true)?;
        // 7: margin calls, before anything is sold or pledged anew
        if !stop.for_actions && self.has_secured() {
            self.value(place, to)?;
            self.margin_calls(to, Reading::Day(to)).map_err(one)?;
        }
        // 8: what was decided and is due
        self.decide_by_date(to, from)?;
        self.settle(to)?;
        self.roll(to)?;
        // 9: births on their paid days
        self.give_birth(to, &mut renewals, false)?;
        if !self.failures.is_empty() {
            return Err(std::mem::take(&mut self.failures));
        }
        // 9: hedging programmes
        self.rebalance(place, to)?;
        // 4: interest on cash, plug and unmet need, exact inside the cell
        if !stop.for_actions {
            self.funding_interest(self.struck, to, stop.cash)
                .map_err(one)?;
            self.struck = to;
        }
        // 11: fair values
        self.value(place, to)?;
        self.fair_values();
        // 12: the plug
        if stop.cash {
            self.strike_plug(to, place).map_err(one)?;
        }
        self.strike_pools(Reading::Day(to))?;
        self.close(place, stop.for_actions)?;
        // 16: triggers
        self.decide(to)
    }

    /// Market values of the day, of groups that are valued.
    fn value(&mut self, place: usize, day: Day) -> Result<(), Vec<Diagnostic>> {
        let mut errors = Vec::new();
        for index in 0..self.run.group_count() {
            let Some(group) = self.run.group(index) else {
                continue;
            };
            if !is_valued(group) {
                continue;
            }
            let value = match self.value_of(index, group, day) {
                Ok(value) => value,
                Err(error) => {
                    errors.push(self.context.about(error, group));
                    0
                }
            };
            if let Some(slot) = self.run.market_values.get_mut(index) {
                let values = Arc::make_mut(slot.get_or_insert_with(Arc::default));
                values.resize(place, 0);
                values.push(value);
            }
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }

    fn value_of(&self, index: usize, group: &Group, day: Day) -> Result<Amount, Diagnostic> {
        let none = Default::default();
        let empty = Default::default();
        let principal = self.run.principal_on(index, day).unwrap_or(&empty);
        let leg = self.run.interest_on(index, day).unwrap_or(&none);
        if principal.last_day().is_none_or(|last| last <= day)
            && leg.interest.paid.last_day().is_none_or(|last| last <= day)
        {
            return Ok(0);
        }
        let shock = if self.shocks.moves_prices() {
            self.shocks.price(self.context, group, day)?
        } else {
            None
        };
        let factor = self.states.get(index).map_or(ONE, |state| state.factor);
        market_value(
            self.context,
            &Valued {
                group,
                principal,
                interest: &leg.interest,
                factor,
                spread: group.opening.spread,
                shock,
            },
            day,
        )
    }

    /// Ends an event day: everything balances, accounts and results are kept, behaviours look at the metrics that they read.
    fn close(&mut self, place: usize, for_actions: bool) -> Result<(), Vec<Diagnostic>> {
        let day = self.run.calendar.days.get(place).copied().unwrap_or(0);
        for currency in self.ledger.currencies() {
            if self.ledger.imbalance(currency) != 0 {
                return Err(one(Diagnostic::error(
                    codes::run::DOES_NOT_BALANCE,
                    format!(
                        "the books in {currency} are out of balance by {} thousandths of a quantum on day {day}",
                        self.ledger.imbalance(currency)
                    ),
                )));
            }
            let accounts = self.ledger.accounts(currency);
            self.run
                .accounts
                .entry(currency)
                .or_default()
                .push(accounts);
        }
        if self.funding.has_equity {
            let equity = self.equity(day).map_err(one)?;
            self.run.equity.push(equity);
            // of a cell that goes on, exchange is told at its end
            let exchange = if for_actions {
                0
            } else {
                self.exchange_result(day).map_err(one)?
            };
            let currency = self.context.exercise.book.currency;
            let list = self
                .run
                .results
                .entry((currency, ResultLine::Exchange))
                .or_default();
            list.resize(place, 0);
            list.push(exchange);
        }
        let results = &mut self.run.results;
        self.ledger
            .close(day, !for_actions, |currency, line, amount| {
                if line != ResultLine::Exchange {
                    let list = results.entry((currency, line)).or_default();
                    list.resize(place, 0);
                    list.push(amount);
                }
            });
        self.run.done = place + 1;
        if !self.watched.is_empty() && !for_actions {
            let mut seen = Vec::new();
            (self.observe)(&self.run, &mut |measures| {
                let now = super::measure::Place::of(0, Reading::Day(day));
                for metric in &self.watched {
                    seen.push((*metric, measures.metric(*metric, now)));
                }
            });
            let ends = place == 0 || self.run.calendar.is_month_end.get(place) == Some(&true);
            for (metric, value) in seen {
                let value = value.map_err(|r| one(r.into_diagnostic()))?;
                if ends {
                    self.observed_at_ends.insert(metric, value.clone());
                }
                self.observed.insert(metric, value);
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Run {
        self.run.postings = self.ledger.into_postings();
        self.run.columns = vec![OnceLock::new(); self.run.calendar.days.len()];
        self.run
    }
}

/// What the loop stops for on an event day.
#[derive(Clone, Copy)]
struct Stop {
    /// The plug is struck.
    cash: bool,
    /// Only actions act.
    for_actions: bool,
}

fn one(diagnostic: Diagnostic) -> Vec<Diagnostic> {
    vec![diagnostic]
}
