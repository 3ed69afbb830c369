//! What behaviour makes of groups from a place on: the value view of deposits, and survival under a scenario that strikes there.

use super::Measures;
use super::place::Place;
use crate::engine::behaviour::effective;
use crate::engine::context::Context;
use crate::engine::events::Anchor;
use crate::engine::group::{Group, GroupKind, InterestLeg, InterestTerms, ONE, Withdrawal};
use crate::engine::kept::{KeptFlows, without_kept};
use crate::engine::rates::{client_interest, client_rates};
use crate::engine::series::Day;
use crate::engine::state::{Reading, StepPath, mul_div};
use crate::engine::survival::{decay, leaving, product, static_survival};
use crate::formula::Refusal;
use crate::plan::{BalanceSheet, Scenario};
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

/// Survival and interest of groups as they are seen from a place.
#[derive(Debug, Default)]
pub(super) struct View {
    /// By group: a path that is one at the place; absent: the run's own goes on.
    survival: HashMap<usize, Option<Arc<StepPath>>>,
    /// What default alone leaves of these groups on the days on which it acts.
    defaulting: HashMap<usize, Arc<StepPath>>,
    /// What leaves of groups whose payments stay, by day, where it is seen anew.
    leaving: HashMap<usize, Vec<(Day, i64)>>,
    /// By group on demand that runs off in the value view: interest at the client rate of the place, for ever.
    interest: HashMap<usize, Option<Arc<InterestLeg>>>,
}

impl View {
    /// The survival of a group from the place on. `None`: the run's own goes on.
    pub(super) fn survival(&self, index: usize) -> Option<Option<Arc<StepPath>>> {
        self.survival.get(&index).cloned()
    }

    /// What default alone leaves of a group whose survival is seen anew.
    pub(super) fn defaulting(&self, index: usize) -> Option<Arc<StepPath>> {
        self.defaulting.get(&index).cloned()
    }

    /// The interest of a group at the rate of the place.
    pub(super) fn interest(&self, index: usize) -> Option<&Arc<InterestLeg>> {
        self.interest.get(&index).and_then(Option::as_ref)
    }

    /// Whether a group on demand is valued by its decay, not at face.
    pub(super) fn decays(&self, index: usize) -> bool {
        self.interest.contains_key(&index)
    }
}

/// Views that were made, by run, scenario that strikes, and reading.
pub(super) type Views = RefCell<HashMap<(usize, Option<usize>, Reading), Rc<View>>>;

impl Measures<'_> {
    pub(super) fn view(&self, place: Place) -> Result<Rc<View>, Refusal> {
        let key = (place.run, place.branch, place.reading);
        if let Some(view) = self.views.borrow().get(&key) {
            return Ok(view.clone());
        }
        let view = Rc::new(self.make_view(place)?);
        self.views.borrow_mut().insert(key, view.clone());
        Ok(view)
    }

    /// What contracts whose payments stay pay from a place on, with what leaves of them as it is seen there.
    pub(super) fn kept_onwards(
        &self,
        index: usize,
        place: Place,
    ) -> Result<Option<Arc<KeptFlows>>, Refusal> {
        let run = self.run(place)?;
        let Some(kept) = run.kept.get(&index) else {
            return Ok(None);
        };
        Ok(Some(match self.view(place)?.leaving.get(&index) {
            Some(path) => Arc::new(kept.onwards(place.reading.day(), path)?),
            None => Arc::clone(&kept.realised),
        }))
    }

    fn make_view(&self, place: Place) -> Result<View, Refusal> {
        self.in_force(place, |context, struck| {
            self.fill_view(place, context, struck)
        })
    }

    /// Looks at the surroundings of a place: the run's own, or those under the scenario that strikes there.
    pub(super) fn in_force<R>(
        &self,
        place: Place,
        look: impl FnOnce(&Context<'_>, bool) -> Result<R, Refusal>,
    ) -> Result<R, Refusal> {
        let own = self.context(place)?;
        let Some(branch) = place.branch else {
            return look(&own.engine, false);
        };
        let difference = self.difference(branch)?;
        let silent = difference.shocks.is_empty()
            && difference.behaviours.is_empty()
            && difference.parameters.is_empty()
            && difference.cells.is_empty();
        if silent {
            // What says nothing changes nothing, to the last digit.
            return look(&own.engine, false);
        }
        let mut scenario: Scenario = own.engine.scenario.clone();
        for (id, behaviour) in &difference.behaviours {
            scenario.behaviours.insert(*id, behaviour.clone());
        }
        let run = own.run;
        let market = (*self.market(place)?).clone();
        let mut context = Context::new(
            self.plan,
            self.exercise,
            &scenario,
            market,
            run.projection.clone(),
            run.calendar.clone(),
        );
        context.overlay = self.overlay_at(place).clone();
        look(&context, true)
    }

    fn fill_view(
        &self,
        place: Place,
        context: &Context<'_>,
        struck: bool,
    ) -> Result<View, Refusal> {
        let own = self.context(place)?;
        let run = own.run;
        let mut view = View::default();
        if context.scenario.behaviours.is_empty() {
            return Ok(view);
        }
        let runs_off = matches!(context.scenario.balance_sheet, Some(BalanceSheet::RunOff));
        let today = place.reading.day();
        for (index, group) in run.groups() {
            if group.kind != GroupKind::Contract || group.is_derivative() || is_over(group, today) {
                continue;
            }
            let account = matches!(
                group.withdrawal,
                Withdrawal::OnDemand | Withdrawal::Notice(_)
            );
            if !account && !struck {
                continue;
            }
            let effective = effective(context, group)?;
            if effective.is_empty() {
                if struck {
                    view.survival.insert(index, None);
                }
                continue;
            }
            if account {
                if effective.decay.is_none() || effective.core.is_none() {
                    // Without a decay what may be called is called: it stands at face.
                    continue;
                }
                let leg = match &group.interest {
                    InterestTerms::Client(client) => {
                        let rates = match effective.reprice {
                            Some(beta) if today > 0 => {
                                client_rates(&own.engine, group, client, beta, today)?
                            }
                            _ => vec![(Day::MIN, client.rate)],
                        };
                        Some(Arc::new(client_interest(context, client, &rates)?))
                    }
                    _ => None,
                };
                view.interest.insert(index, leg);
                if runs_off && !struck && run.survival.get(index).is_some_and(Option::is_some) {
                    // Under run-off the balance itself follows the decay: the run's own path goes on.
                    continue;
                }
            }
            let last = last_day(
                run.principal(index).and_then(|p| p.last_day()),
                group,
                today,
            );
            let begun = group.birth.as_ref().map_or(0, |birth| birth.day);
            // The hazards of the next month end count from the last one, wherever in the month the place is.
            let since = if effective.daily {
                today
            } else {
                let anchor = Anchor {
                    date: run.projection.date,
                    last_payment: run.projection.last_payment,
                };
                let ends = anchor.month_ends(begun, today);
                ends.last().copied().unwrap_or(begun.min(today))
            };
            let is_kept = run.kept.contains_key(&index);
            if is_kept {
                let path = leaving(context, group, &effective, since, last)?;
                view.leaving.insert(index, path);
            }
            let homogeneous = without_kept(&effective, is_kept);
            let survival = static_survival(context, group, &homogeneous, since, last)?;
            let default = survival.as_ref().and_then(|s| s.after_default.clone());
            if let Some(default) = default {
                view.defaulting.insert(index, Arc::new(default));
            }
            let hazards = survival.map(|s| s.after);
            let decayed = match (account, runs_off) {
                (false, _) => None,
                (true, false) => decay(context, group, &effective, today)?,
                // Under run-off the decay began with the account and goes on from where it stands.
                (true, true) => {
                    decay(context, group, &effective, begun)?.map(|path| from_day(&path, today))
                }
            };
            let path = match (hazards, decayed) {
                (Some(a), Some(b)) => Some(product(&a, &b)),
                (a, b) => a.or(b),
            };
            view.survival.insert(index, path.map(Arc::new));
        }
        Ok(view)
    }
}

/// What a path leaves from a day on, of what is left on that day.
fn from_day(path: &StepPath, today: Day) -> StepPath {
    let now = path.at(today);
    let steps = path.steps.iter().filter(|(day, _)| *day > today);
    StepPath {
        steps: steps
            .map(|(day, value)| {
                let left = if now == 0 {
                    0
                } else {
                    mul_div(i128::from(*value), ONE, now)
                };
                (*day, left.clamp(0, ONE) as i64)
            })
            .collect(),
    }
}

/// Whether nothing is left of a dated contract.
fn is_over(group: &Group, today: Day) -> bool {
    matches!(group.withdrawal, Withdrawal::Dated)
        && group.principal.last_day().is_some_and(|last| last <= today)
}

/// The day until which hazards matter: the last payment; of an account fifty years on.
fn last_day(last: Option<Day>, group: &Group, today: Day) -> Day {
    match group.withdrawal {
        Withdrawal::Dated => last.unwrap_or(today),
        _ => today.saturating_add(365 * 30),
    }
}
