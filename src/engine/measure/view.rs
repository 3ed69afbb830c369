//! What behaviour makes of groups from a place on: the value view of deposits, and survival under a scenario that strikes there.

use super::Measures;
use super::place::Place;
use crate::diagnostic::Diagnostic;
use crate::engine::behaviour::effective;
use crate::engine::context::Context;
use crate::engine::events::Anchor;
use crate::engine::group::{Group, GroupKind, InterestLeg, InterestTerms, ONE, Withdrawal};
use crate::engine::kept::{KeptFlows, without_kept};
use crate::engine::rates::{client_interest, client_rates};
use crate::engine::series::Day;
use crate::engine::state::{Reading, Run, StepPath, mul_div};
use crate::engine::survival::{Survival, decay, leaving, product, static_survival};
use crate::formula::Refusal;
use crate::plan::{BalanceSheet, Scenario};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// Survival and interest of groups as they are seen from a place.
#[derive(Debug, Default)]
pub(super) struct View {
    /// By group: a path that is one at the place; absent: the run's own goes on.
    survival: FxHashMap<usize, Option<Arc<StepPath>>>,
    /// What default alone leaves of these groups on the days on which it acts.
    defaulting: FxHashMap<usize, Arc<StepPath>>,
    /// What leaves of groups whose payments stay, by day, where it is seen anew.
    leaving: FxHashMap<usize, Vec<(Day, i64)>>,
    /// By group on demand that runs off in the value view: interest at the client rate of the place, for ever.
    interest: FxHashMap<usize, Option<Arc<InterestLeg>>>,
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
pub(super) type Views = RefCell<FxHashMap<(usize, Option<usize>, Reading), Rc<View>>>;

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
        let run = self.context(place)?.run;
        let mut view = View::default();
        if context.scenario.behaviours.is_empty() {
            return Ok(view);
        }
        let today = place.reading.day();
        let mut dated: Vec<(usize, &Group)> = Vec::new();
        for (index, group) in run.groups() {
            if group.kind != GroupKind::Contract || group.is_derivative() || is_over(group, today) {
                continue;
            }
            let account = matches!(
                group.withdrawal,
                Withdrawal::OnDemand | Withdrawal::Notice(_)
            );
            if account {
                self.see_account(&mut view, place, context, struck, (index, group))?;
            } else if struck {
                dated.push((index, group));
            }
        }
        // Contracts are many, and one does not depend on the other.
        let threads = match dated.len() {
            0..SIDE_BY_SIDE => 1,
            _ => rayon::current_num_threads(),
        };
        let share = dated.len().div_ceil(threads).max(1);
        let parts: Vec<(&[(usize, &Group)], Context<'_>)> = dated
            .chunks(share)
            .map(|part| (part, context.again()))
            .collect();
        let seen: Vec<Result<Vec<Left>, Diagnostic>> = parts
            .into_par_iter()
            .map(|(part, context)| {
                let seen = part
                    .iter()
                    .map(|(index, group)| left_of(&context, run, *index, group, today));
                seen.collect()
            })
            .collect();
        let mut groups = dated.iter();
        for part in seen {
            for (left, (index, _)) in part?.into_iter().zip(groups.by_ref()) {
                view.survive(*index, left, None);
            }
        }
        Ok(view)
    }

    /// How an account is seen: by its decay and hazards, with interest at the client rate of the place.
    fn see_account(
        &self,
        view: &mut View,
        place: Place,
        context: &Context<'_>,
        struck: bool,
        (index, group): (usize, &Group),
    ) -> Result<(), Refusal> {
        let own = self.context(place)?;
        let run = own.run;
        let runs_off = matches!(context.scenario.balance_sheet, Some(BalanceSheet::RunOff));
        let today = place.reading.day();
        let effective = effective(context, group)?;
        if effective.is_empty() {
            if struck {
                view.survival.insert(index, None);
            }
            return Ok(());
        }
        if effective.decay.is_none() || effective.core.is_none() {
            // Without a decay what may be called is called: it stands at face.
            return Ok(());
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
            return Ok(());
        }
        let decayed = if runs_off {
            // Under run-off the decay began with the account and goes on from where it stands.
            let begun = group.birth.as_ref().map_or(0, |birth| birth.day);
            decay(context, group, &effective, begun)?.map(|path| from_day(&path, today))
        } else {
            decay(context, group, &effective, today)?
        };
        let left = left_of(context, run, index, group, today)?;
        view.survive(index, left, decayed);
        Ok(())
    }
}

impl View {
    /// Takes note of what hazards and decay leave of a group.
    fn survive(&mut self, index: usize, left: Left, decayed: Option<StepPath>) {
        let (after, default) = left
            .survival
            .map_or((None, None), |s| (Some(s.after), s.after_default));
        if let Some(leaving) = left.leaving {
            self.leaving.insert(index, leaving);
        }
        if let Some(default) = default {
            self.defaulting.insert(index, Arc::new(default));
        }
        let path = match (after, decayed) {
            (Some(a), Some(b)) => Some(product(&a, &b)),
            (a, b) => a.or(b),
        };
        self.survival.insert(index, path.map(Arc::new));
    }
}

/// Groups below this number are not worth a thread.
const SIDE_BY_SIDE: usize = 256;

/// What hazards leave of a group.
#[derive(Default)]
struct Left {
    /// `None`: no hazard takes a share of all its flows.
    survival: Option<Survival>,
    /// What leaves by day, where the payments of the rest stay.
    leaving: Option<Vec<(Day, i64)>>,
}

/// What hazards leave of a group, seen from a day.
fn left_of(
    context: &Context<'_>,
    run: &Run,
    index: usize,
    group: &Group,
    today: Day,
) -> Result<Left, Diagnostic> {
    let effective = effective(context, group)?;
    if effective.is_empty() {
        return Ok(Left::default());
    }
    let last = last_day(
        run.principal(index).and_then(|p| p.last_day()),
        group,
        today,
    );
    // The hazards of the next month end count from the last one, wherever in the month the place is.
    let since = if effective.daily {
        today
    } else {
        let anchor = Anchor {
            date: run.projection.date,
            last_payment: run.projection.last_payment,
        };
        let begun = group.birth.as_ref().map_or(0, |birth| birth.day);
        let ends = anchor.month_ends(begun, today);
        ends.last().copied().unwrap_or(begun.min(today))
    };
    let is_kept = run.kept.contains_key(&index);
    let homogeneous = without_kept(&effective, is_kept);
    Ok(Left {
        survival: static_survival(context, group, &homogeneous, since, last)?,
        leaving: is_kept
            .then(|| leaving(context, group, &effective, since, last))
            .transpose()?,
    })
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
