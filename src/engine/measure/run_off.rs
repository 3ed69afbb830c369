//! Run-off: what the state at a place pays from then on, contracts with behaviour, nothing new.

use super::Measures;
use super::place::Place;
use super::value::Outlook;
use crate::calendar::{DayCount, Tenor};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::codes::run as codes;
use crate::engine::behaviour::{Effective, effective};
use crate::engine::group::{ACCRUED_SCALE, Group, GroupKind, InterestTerms, ONE, Withdrawal};
use crate::engine::rates::floating_interest;
use crate::engine::series::{Day, Series};
use crate::engine::state::{Flow, Reading, Run, ScenarioFlows, StepPath, mul_div, scale};
use crate::formula::Refusal;
use crate::plan::Side;
use crate::quantity::Rate;
use std::sync::Arc;

/// An amount with the sign of its side: assets and received legs +, liabilities and paid legs -.
pub(super) fn signed(group: &Group, amount: i128) -> i128 {
    match group.side {
        Side::OffBalance => amount,
        _ => group.sign() * amount,
    }
}

/// What is left of a group over time, seen from a place: exact shares (1e-15) of its contractual flows.
pub(super) struct Survivors {
    /// At the place.
    now: i128,
    /// The path from there on, and its value at the place.
    path: Option<(Arc<StepPath>, i128)>,
    /// What default alone leaves on the days on which it acts, on the scale of the path.
    defaulting: Option<Arc<StepPath>>,
}

impl Survivors {
    /// The share on a day, after whatever changes on it.
    fn at(&self, day: Day) -> i128 {
        match &self.path {
            None => self.now,
            Some((path, then)) => self.share(path.at(day), *then),
        }
    }

    fn share(&self, value: i128, then: i128) -> i128 {
        match then {
            0 => 0,
            ONE => scale(self.now, value),
            _ => mul_div(self.now, value, then),
        }
    }

    /// The share that has not defaulted on a day, before the other hazards of the day; `None`: default does not act on it.
    fn after_default(&self, day: Day) -> Option<i128> {
        let (_, then) = self.path.as_ref()?;
        let steps = &self.defaulting.as_ref()?.steps;
        let place = steps.binary_search_by_key(&day, |(day, _)| *day).ok()?;
        let (_, value) = steps.get(place)?;
        Some(self.share(i128::from(*value), *then))
    }

    /// The days after `after` on which it changes.
    fn steps(&self, after: Day) -> impl Iterator<Item = Day> + '_ {
        self.path
            .iter()
            .flat_map(|(path, _)| path.steps.iter().map(|(day, _)| *day))
            .filter(move |day| *day > after)
    }
}

impl Measures<'_> {
    /// The survivors of a group at a place.
    pub(super) fn survivors(&self, index: usize, place: Place) -> Result<Survivors, Refusal> {
        let run = self.run(place)?;
        let now = run.factor(index, place.reading);
        let view = self.view(place)?;
        let (path, defaulting) = match view.survival(index) {
            Some(path) => (path.map(|path| (path, ONE)), view.defaulting(index)),
            None => {
                let path = run.survival.get(index).cloned().flatten().map(|path| {
                    let then = path.at(place.reading.day());
                    (path, then)
                });
                (path, run.defaulting.get(index).cloned().flatten())
            }
        };
        Ok(Survivors {
            now,
            path,
            defaulting,
        })
    }

    /// Contractual flows of a group as the market of the place sees them, with forwards for fixings to come.
    pub(super) fn contractual(
        &self,
        index: usize,
        group: &Group,
        place: Place,
        outlook: Outlook,
    ) -> Result<Option<Arc<ScenarioFlows>>, Refusal> {
        let by_period = outlook.volatility.is_some() || outlook.unbounded;
        let bounded = by_period && group.opening.is_bounded;
        let index_name = match &group.interest {
            InterestTerms::Floating(floating) => &floating.index,
            InterestTerms::Contracts(_) if bounded => {
                return Err(self.not_by_period(group, "its payment is recalculated at each reset"));
            }
            InterestTerms::Contracts(contracts) => &contracts.index,
            _ => return self.at_own_rate(index, group, place, outlook),
        };
        let key = (index, place.run, place.branch, place.reading, outlook.key());
        if let Some(found) = self.valuations.floating.borrow().get(&key) {
            return Ok(Some(found.clone()));
        }
        let market = self.market(place)?;
        let own = self.context(place)?;
        let today = place.reading.day();
        let read = |fixing: Day, period: Option<Tenor>| {
            if fixing <= today {
                return own.engine.index_rate(index_name, fixing, fixing, period);
            }
            let rate = market.index_rate(
                index_name,
                own.engine.date(fixing)?,
                period,
                own.engine.date(today)?,
                outlook.bump,
            )?;
            Rate::from_f64(rate).map_err(|e| Diagnostic::error(codes::OUT_OF_RANGE, e.to_string()))
        };
        let flows = match &group.interest {
            InterestTerms::Floating(floating) => {
                let daycount = group.daycount.unwrap_or(DayCount::Act360);
                let interest = match outlook.volatility {
                    Some(scale) if floating.floor.is_some() || floating.cap.is_some() => {
                        self.with_options(group, floating, place, scale, read)?
                    }
                    _ if outlook.unbounded => self.without_options(group, floating, place, read)?,
                    _ => floating_interest(&own.engine, floating, daycount, read)?,
                };
                ScenarioFlows {
                    principal: None,
                    interest,
                }
            }
            InterestTerms::Contracts(contracts) => {
                let reset = contracts.reset;
                self.run_again(group, contracts, |fixing| read(fixing, reset))?
            }
            _ => return Ok(None),
        };
        let flows = Arc::new(flows);
        self.valuations
            .floating
            .borrow_mut()
            .insert(key, flows.clone());
        Ok(Some(flows))
    }

    /// Flows of a group that follows no index.
    fn at_own_rate(
        &self,
        index: usize,
        group: &Group,
        place: Place,
        outlook: Outlook,
    ) -> Result<Option<Arc<ScenarioFlows>>, Refusal> {
        if outlook.pass_through
            && let Some(leg) = self.passed_through(group, place)?
        {
            return Ok(Some(leg));
        }
        if let Some(leg) = self.view(place)?.interest(index) {
            return Ok(Some(Arc::new(ScenarioFlows {
                principal: None,
                interest: (**leg).clone(),
            })));
        }
        let today = place.reading.day();
        Ok(self.run(place)?.standing(index, today).cloned())
    }

    /// What a group pays from the place on, by day: behaviour included, interest in full and its margin part.
    pub(super) fn run_off(
        &self,
        index: usize,
        place: Place,
        outlook: Outlook,
    ) -> Result<Vec<Flow>, Refusal> {
        let run = self.run(place)?;
        let Some(group) = run.group(index) else {
            return Ok(Vec::new());
        };
        let today = place.reading.day();
        if group
            .birth
            .as_ref()
            .is_some_and(|b| place.reading == Reading::Start || today < b.day)
        {
            return Ok(Vec::new());
        }
        let at_once = |day: Day| Flow {
            day,
            principal: run.balance(index, place.reading),
            interest: crate::engine::state::round_accrued(run.accrued(index, place.reading)),
            margin: 0,
        };
        if group.kind != GroupKind::Contract {
            return Ok(vec![at_once(today)]);
        }
        match group.withdrawal {
            Withdrawal::Never => return Ok(Vec::new()),
            // Without a behaviour what may be called is called: it stands at face.
            Withdrawal::OnDemand if !self.view(place)?.decays(index) => {
                return Ok(vec![at_once(today)]);
            }
            Withdrawal::OnDemand | Withdrawal::Notice(_) | Withdrawal::Dated => {}
        }
        let kept = self.kept_onwards(index, place)?;
        let standing = match &kept {
            Some(_) => None,
            None => self.contractual(index, group, place, outlook)?,
        };
        let known = kept.as_ref().map(|kept| &kept.flows);
        let known = known.or(standing.as_deref());
        let principal = known
            .and_then(|f| f.principal.as_ref())
            .unwrap_or(&group.principal);
        let leg = known
            .map(|f| &f.interest)
            .or_else(|| group.fixed_interest());
        let none = Series::default();
        let prepaid = kept.as_ref().map_or(&none, |kept| &kept.prepaid);
        let survivors = self.survivors(index, place)?;
        let mut flows: Vec<Flow> = Vec::new();
        let mut flow = |day: Day, principal: i128, interest: i128, margin: i128| {
            flows.push(Flow {
                day,
                principal,
                interest,
                margin,
            });
        };
        if let (Withdrawal::Notice(tenor), false) =
            (group.withdrawal, self.view(place)?.decays(index))
        {
            let last = self.window_end(place, tenor)?;
            if let Some(leg) = leg {
                let factor = run.earning_factor(index, place.reading);
                for (day, amount) in leg.interest.paid.window(today, last) {
                    flow(day, 0, scale(factor, amount), 0);
                }
                let accrued = crate::engine::state::round_accrued(
                    leg.interest.accrued(last, run.projection.date),
                );
                flow(last, 0, scale(factor, accrued), 0);
            }
            flow(last, run.balance(index, place.reading), 0, 0);
            return Ok(by_day(flows));
        }
        // What no behaviour ever takes out of an account may be called at once: it stands at face.
        let forever = match group.withdrawal {
            Withdrawal::Dated => 0,
            _ => survivors.at(Day::MAX),
        };
        if forever != 0 {
            let stock = run.contractual_balance(index, today);
            let accrued = leg.map_or(0, |leg| leg.interest.accrued(today, run.projection.date));
            let accrued = mul_div(accrued, forever, ONE.saturating_mul(ACCRUED_SCALE));
            flow(today, scale(forever, stock), accrued, 0);
        }
        // An account under a decay has no schedule: what leaves is all that comes.
        for (day, amount) in principal.after(today) {
            flow(day, scale(survivors.at(day - 1) - forever, amount), 0, 0);
        }
        if let Some(leg) = leg {
            for (day, amount) in leg.interest.paid.after(today) {
                flow(day, 0, scale(survivors.at(day - 1) - forever, amount), 0);
            }
            for (day, amount) in leg.margin.iter().flat_map(|m| m.paid.after(today)) {
                flow(day, 0, 0, scale(survivors.at(day - 1) - forever, amount));
            }
        }
        // where payments are kept, what is prepaid leaves after what defaults on the day
        for (day, amount) in prepaid.after(today) {
            let stays = survivors.after_default(day);
            let stays = stays.unwrap_or_else(|| survivors.at(day - 1));
            flow(day, scale(stays, amount), 0, 0);
        }
        let losses = match survivors.defaulting {
            Some(_) => Some(effective(&self.context(place)?.engine, group)?),
            None => None,
        };
        for day in survivors.steps(today) {
            let (mut before, after) = (survivors.at(day - 1), survivors.at(day));
            let gone = principal.through(day) + prepaid.through(day - 1);
            let stock = group.opening.nominal - gone;
            if let (Some(losses), Some(stays)) = (&losses, survivors.after_default(day)) {
                // What defaults pays no cash but what is recovered, and its accrued interest is lost.
                let defaulted = scale(before, stock) - scale(stays, stock);
                if let Some((on, recovered)) =
                    self.recovered(place, group, losses, day, defaulted)?
                {
                    flow(on, recovered, 0, 0);
                }
                before = stays;
            }
            let leaves = scale(before, stock) - scale(after, stock);
            // What leaves takes its accrued interest with it.
            let accrued = leg.map_or(0, |leg| leg.interest.accrued(day, run.projection.date));
            let accrued = mul_div(accrued, before - after, ONE.saturating_mul(ACCRUED_SCALE));
            flow(day, leaves, accrued, 0);
        }
        Ok(by_day(flows))
    }

    /// What comes back of an amount that defaults on a day, and when; `None`: nothing.
    fn recovered(
        &self,
        place: Place,
        group: &Group,
        losses: &Effective<'_>,
        day: Day,
        defaulted: i128,
    ) -> Result<Option<(Day, i128)>, Refusal> {
        let Some(tenor) = losses.recovered_after else {
            return Ok(None);
        };
        let engine = &self.context(place)?.engine;
        let loss = match losses.loss {
            None => 0,
            Some(loss) => libm::rint(engine.share(loss, group, day, "loss")? * ONE as f64) as i128,
        };
        let on = tenor
            .after(engine.date(day)?)
            .map_err(|e| Refusal::new(codes::OUT_OF_RANGE, e.to_string()))?;
        let day = on.days_since(engine.projection.date);
        Ok(Some((day, defaulted - scale(loss, defaulted))))
    }

    /// Flows of the ladder: the run's own survivors, shocks of the scenario to come included; accounts on demand only as far as they leave.
    pub(super) fn ladder_flows(&self, index: usize, place: Place) -> Result<Vec<Flow>, Refusal> {
        let run = self.run(place)?;
        let Some(group) = run.group(index) else {
            return Ok(Vec::new());
        };
        let today = place.reading.day();
        let (survivors, mut flows) = match group.withdrawal {
            Withdrawal::Dated => (
                self.survivors(index, place)?,
                self.run_off(index, place, Outlook::plain())?,
            ),
            Withdrawal::Never => return Ok(Vec::new()),
            // The balance of the run, not the value view: core deposits stay where the balance sheet is constant.
            Withdrawal::OnDemand | Withdrawal::Notice(_) => {
                let now = run.factor(index, place.reading);
                let path = run.survival.get(index).cloned().flatten();
                let survivors = Survivors {
                    now,
                    path: path.map(|path| {
                        let then = path.at(today);
                        (path, then)
                    }),
                    defaulting: None,
                };
                let flows = account_flows(run, index, &survivors, today);
                (survivors, flows)
            }
        };
        // Outflow shocks of days to come: known functions of the day.
        let Some(path) = run.expected(index, today) else {
            return Ok(flows);
        };
        let now = path.at(today);
        if now == 0 {
            return Ok(flows);
        }
        for flow in &mut flows {
            let left = path.at(flow.day - 1);
            flow.principal = mul_div(flow.principal, left, now);
            flow.interest = mul_div(flow.interest, left, now);
        }
        let mut before = now;
        for (day, value) in path.steps.iter().filter(|(day, _)| *day > today) {
            let value = i128::from(*value);
            let stays = survivors.at(*day);
            let stock = run.contractual_balance(index, *day);
            let (old, new) = (mul_div(stays, before, now), mul_div(stays, value, now));
            flows.push(Flow {
                day: *day,
                principal: scale(old, stock) - scale(new, stock),
                interest: leaving_accrued(run, index, *day, old - new),
                margin: 0,
            });
            before = value;
        }
        flows.sort_by_key(|f| f.day);
        Ok(flows)
    }
}

/// Interest that an account pays, and what leaves it by the run's own survival.
fn account_flows(run: &Run, index: usize, survivors: &Survivors, today: Day) -> Vec<Flow> {
    let mut flows = Vec::new();
    let mut push = |day: Day, principal: i128, interest: i128| {
        flows.push(Flow {
            day,
            principal,
            interest,
            margin: 0,
        });
    };
    for (day, amount) in run
        .interest_on(index, today)
        .into_iter()
        .flat_map(|leg| leg.interest.paid.after(today))
    {
        push(day, 0, scale(survivors.at(day - 1), amount));
    }
    for day in survivors.steps(today) {
        let (before, after) = (survivors.at(day - 1), survivors.at(day));
        let stock = run.contractual_balance(index, day);
        push(
            day,
            scale(before, stock) - scale(after, stock),
            leaving_accrued(run, index, day, before - after),
        );
    }
    flows
}

/// The accrued interest that a share of a group takes with it, in quanta.
fn leaving_accrued(run: &Run, index: usize, day: Day, share: i128) -> i128 {
    let accrued = run
        .interest_leg(index)
        .map_or(0, |leg| leg.interest.accrued(day, run.projection.date));
    mul_div(accrued, share, ONE.saturating_mul(ACCRUED_SCALE))
}

/// The flows of one day as one, in order of the days.
fn by_day(mut flows: Vec<Flow>) -> Vec<Flow> {
    // a few ascending runs one after the other: a stable sort merges them
    flows.sort_by_key(|flow| flow.day);
    flows.dedup_by(|next, kept| {
        let same = next.day == kept.day;
        if same {
            kept.principal += next.principal;
            kept.interest += next.interest;
            kept.margin += next.margin;
        }
        same
    });
    flows
}
