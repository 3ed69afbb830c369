//! The days of each run's loop: those of the exercise and its hedging programmes, and those of the actions that its scenario arms.

use super::events::{Anchor, Demand, event_calendar};
use super::project::{Source, anchor};
use super::reads::armed;
use super::state::EventCalendar;
use super::steer::window_days;
use crate::diagnostic::Diagnostic;
use crate::plan::{Action, BalanceSheet, Behaviour, NewBusiness, Scenario, ShockTarget};
use std::sync::Arc;

/// The calendars of an exercise.
pub(super) struct Calendars {
    demand: Demand,
    /// Of runs without actions.
    plain: Arc<EventCalendar>,
    /// Of the others, by what they arm.
    armed: Vec<(Vec<Action>, Arc<EventCalendar>)>,
    /// Every day of every run.
    all: Arc<EventCalendar>,
}

impl Calendars {
    /// The calendars for some scenarios, of which all that are run stop alike but for their actions.
    ///
    /// # Errors
    /// A reported day, or one that a formula names, on which cash is not settled.
    pub(super) fn of<'s>(
        source: Source<'_>,
        scenarios: impl Iterator<Item = &'s Scenario> + Clone,
    ) -> Result<Self, Vec<Diagnostic>> {
        let exercise = source.exercise;
        let last = source.last_payment();
        let mut demand = demand(scenarios.clone(), anchor(source));
        let currency = exercise.book.currency;
        demand.business = source.market.calendars.get(&currency).cloned();
        let hedges = exercise.hedges.iter();
        let hedges = hedges.filter_map(|id| source.plan.hedges.get(id.index()));
        demand.hedges = hedges.map(|hedge| hedge.every).collect();
        let plain = Arc::new(event_calendar(exercise, last, &demand)?);
        let mut calendars = Self {
            demand,
            all: Arc::clone(&plain),
            plain,
            armed: Vec::new(),
        };
        let mut whole = calendars.demand.clone();
        for scenario in scenarios.filter(|scenario| !scenario.allows.is_empty()) {
            let actions: Vec<Action> = armed(source.plan, scenario).cloned().collect();
            if calendars.armed.iter().all(|(known, _)| *known != actions) {
                let own = calendars.made(source, &actions)?;
                whole.actions.extend(actions.iter().cloned());
                calendars.armed.push((actions, own));
            }
        }
        if !calendars.armed.is_empty() {
            calendars.all = Arc::new(event_calendar(exercise, last, &whole)?);
        }
        Ok(calendars)
    }

    /// Every day of every run.
    pub(super) fn all(&self) -> &Arc<EventCalendar> {
        &self.all
    }

    /// The calendar of a run.
    ///
    /// # Errors
    /// As `of`.
    pub(super) fn of_run(
        &self,
        source: Source<'_>,
        scenario: &Scenario,
    ) -> Result<Arc<EventCalendar>, Vec<Diagnostic>> {
        if scenario.allows.is_empty() {
            return Ok(Arc::clone(&self.plain));
        }
        let actions: Vec<Action> = armed(source.plan, scenario).cloned().collect();
        match self.armed.iter().find(|(known, _)| *known == actions) {
            Some((_, calendar)) => Ok(Arc::clone(calendar)),
            None => self.made(source, &actions),
        }
    }

    fn made(
        &self,
        source: Source<'_>,
        actions: &[Action],
    ) -> Result<Arc<EventCalendar>, Vec<Diagnostic>> {
        let demand = Demand {
            actions: actions.to_vec(),
            ..self.demand.clone()
        };
        event_calendar(source.exercise, source.last_payment(), &demand).map(Arc::new)
    }
}

/// What the loop must stop for: behaviours, plans, and the day after a jump on the book's date.
fn demand<'s>(scenarios: impl Iterator<Item = &'s Scenario> + Clone, anchor: Anchor) -> Demand {
    let behaviours = || {
        scenarios
            .clone()
            .flat_map(|scenario| scenario.behaviours.values())
    };
    let acts = |behaviour: &Behaviour| {
        let settings = &behaviour.settings;
        settings.prepay.is_some()
            || settings.withdraw.is_some()
            || settings.default.is_some()
            || settings.draw.is_some()
            || settings.decay.is_some()
            || settings.core.is_some()
    };
    let moves_balances = scenarios
        .clone()
        .flat_map(|scenario| &scenario.shocks)
        .any(|shock| {
            matches!(
                shock.target,
                ShockTarget::Outflow(_) | ShockTarget::Drawdown(_)
            )
        });
    let plans: Vec<&NewBusiness> = scenarios
        .clone()
        .filter_map(|scenario| match &scenario.balance_sheet {
            Some(BalanceSheet::Plan(plan)) => Some(plan.as_ref()),
            _ => None,
        })
        .collect();
    let mut days = if moves_balances { vec![1] } else { Vec::new() };
    days.extend(plans.iter().flat_map(|plan| window_days(plan, anchor)));
    Demand {
        month_ends: !plans.is_empty()
            || behaviours().any(|b| acts(b) && b.settings.observed_daily != Some(true)),
        daily: behaviours().any(|b| acts(b) && b.settings.observed_daily == Some(true)),
        days,
        ..Demand::default()
    }
}
