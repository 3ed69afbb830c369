//! What is known of a group before the loop reaches it: behaviours, interest under the market, survival, shocks.

use super::{GroupState, Steer};
use crate::calendar::{Date, DayCount, Tenor};
use crate::contract::{Fixings, Floating as Rates, IndexId, Span};
use crate::diagnostic::{Diagnostic, codes};
use crate::engine::admission::Admitted;
use crate::engine::behaviour::{Effective, effective};
use crate::engine::context::Context;
use crate::engine::events::Anchor;
use crate::engine::group::{Group, InterestLeg, InterestTerms, ONE, Withdrawal};
use crate::engine::kept::KeptPayments;
use crate::engine::kept::without_kept;
use crate::engine::project::kernel::Beside;
use crate::engine::project::mirror::Deals;
use crate::engine::rates::{floating_interest, moved_client};
use crate::engine::series::Day;
use crate::engine::state::{ScenarioFlows, StepPath};
use crate::engine::survival::{
    Survival, decay, part_of_year, product, remaining, static_survival, times,
};
use crate::plan::BalanceSheet;
use crate::quantity::Rate;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// Index rates of the scenario for contracts that are run one by one.
pub(super) struct ScenarioFixings<'c, 'a> {
    pub context: &'c Context<'a>,
    pub index: String,
    pub reset: Option<Tenor>,
    pub error: RefCell<Option<Diagnostic>>,
}

impl Fixings for ScenarioFixings<'_, '_> {
    fn rate(&self, _index: IndexId, fixing: Date, _start: Date, _end: Date) -> Option<Rate> {
        let day = fixing.days_since(self.context.projection.date);
        self.context
            .index_rate(&self.index, day, day, self.reset)
            .map_err(|error| *self.error.borrow_mut() = Some(error))
            .ok()
    }
}

/// What `prepare` finds out.
pub(super) struct Prepared<'a> {
    pub flows: Option<Arc<ScenarioFlows>>,
    pub kept: Option<Arc<KeptPayments>>,
    pub survival: Option<Arc<StepPath>>,
    pub dynamic: Option<Arc<StepPath>>,
    pub undrawn: Option<Arc<StepPath>>,
    pub state: GroupState<'a>,
}

impl Prepared<'_> {
    /// What a run keeps of it.
    pub(super) fn admitted(&self) -> Admitted {
        let default = self.state.survival.as_ref();
        let default = default.and_then(|survival| survival.after_default.clone());
        Admitted {
            flows: self.flows.clone(),
            kept: self.kept.clone(),
            survival: self.survival.clone(),
            defaulting: default.map(Arc::new),
            dynamic: self.dynamic.clone(),
            undrawn: self.undrawn.clone(),
        }
    }
}

impl<'c, 'a> Steer<'c, 'a> {
    /// Everything of a group that does not depend on the state. `from` is the book's date, or the day of birth.
    pub(super) fn prepare(&self, group: &Group, from: Day) -> Result<Prepared<'a>, Diagnostic> {
        self.found(group, from)
            .map_err(|error| self.context.about(error, group))
    }

    fn found(&self, group: &Group, from: Day) -> Result<Prepared<'a>, Diagnostic> {
        let context = self.context;
        let found = effective(context, group)?;
        let kept = self.kept(group, &found, from)?;
        let flows = match &kept {
            Some(kept) => Some(Arc::new(kept.realised.flows.clone())),
            None => self.flows(group, &found, from)?,
        };
        let last = flows
            .as_ref()
            .and_then(|f| f.principal.as_ref())
            .unwrap_or(&group.principal)
            .last_day()
            .into_iter()
            .chain(match group.withdrawal {
                Withdrawal::Dated => None,
                _ => Some(context.calendar.last()),
            })
            .max()
            .unwrap_or(0);
        let survival = if group.is_derivative() || group.is_account() {
            None
        } else {
            let homogeneous = without_kept(&found, kept.is_some());
            static_survival(context, group, &homogeneous, from, last)?
        };
        let run_off = if matches!(
            self.sheet,
            Some(BalanceSheet::Constant { .. } | BalanceSheet::Plan(_))
        ) || group.is_account()
        {
            None
        } else {
            decay(context, group, &found, from)?
        };
        let path = match (&survival, run_off) {
            (Some(survival), Some(run_off)) => Some(product(&survival.after, &run_off)),
            (Some(survival), None) => Some(survival.after.clone()),
            (None, run_off) => run_off,
        };
        let legacy = group.birth.is_none();
        let dynamic = if legacy
            && self.shocks.move_balances()
            && !group.is_account()
            && !group.is_derivative()
        {
            self.shocks.outflow(context, group)?
        } else {
            None
        };
        let undrawn = if group.opening.undrawn != 0 {
            self.undrawn(group, &found)?
        } else {
            None
        };
        let leg = flows
            .as_ref()
            .map(|f| &f.interest)
            .or_else(|| group.fixed_interest());
        let accrued = leg.map_or(0, |leg| leg.interest.accrued(from, context.projection.date));
        let state = GroupState {
            nominal: if group.is_derivative() {
                0
            } else {
                group.opening.nominal
            },
            accrued: if legacy { accrued } else { 0 },
            premium: group.opening.premium,
            fair_value: 0,
            undrawn: group.opening.undrawn,
            factor: ONE,
            dynamic: ONE,
            effective: if found.is_empty() {
                None
            } else {
                Some(Rc::new(found))
            },
            survival: survival.map(Rc::new),
            hazard_from: from,
            done: false,
            next: Day::MIN,
            running: None,
        };
        Ok(Prepared {
            flows,
            kept,
            survival: path.map(Arc::new),
            dynamic,
            undrawn,
            state,
        })
    }

    fn flows(
        &self,
        group: &Group,
        found: &Effective<'_>,
        from: Day,
    ) -> Result<Option<Arc<ScenarioFlows>>, Diagnostic> {
        let context = self.context;
        Ok(match &group.interest {
            InterestTerms::Floating(floating) => {
                let daycount = group.daycount.unwrap_or(DayCount::Act360);
                let interest = floating_interest(context, floating, daycount, |fixing, period| {
                    context.index_rate(&floating.index, fixing, fixing.max(from), period)
                })?;
                Some(Arc::new(ScenarioFlows {
                    principal: None,
                    interest: self.mirrored(group, interest)?,
                }))
            }
            InterestTerms::Client(client) => {
                let moved = moved_client(context, group, client, found)?;
                self.client_mirror(group, client, moved)?.map(|interest| {
                    Arc::new(ScenarioFlows {
                        principal: None,
                        interest,
                    })
                })
            }
            InterestTerms::Contracts(_) if group.birth.is_none() => {
                Some(Arc::new(self.contracts(group)?))
            }
            _ => None,
        })
    }

    /// Class P: every contract of the group, run under the scenario's rates.
    fn contracts(&self, group: &Group) -> Result<ScenarioFlows, Diagnostic> {
        let missing = || {
            Diagnostic::error(
                codes::run::TERM_MISSING,
                "a floating annuity without its positions",
            )
        };
        let positions = self
            .source
            .positions
            .instrument(group.instrument)
            .ok_or_else(missing)?;
        let rows: Vec<usize> = group.members.iter().map(|m| m.row as usize).collect();
        let first = rows.first().copied().unwrap_or(0);
        let date = self.context.projection.date;
        let batch = self
            .source
            .batch(positions, first, group.leg, group.currency);
        let batch = batch.ok_or_else(missing)?;
        let (index, reset) = batch.index().ok_or_else(missing)?;
        let fixings = ScenarioFixings {
            context: self.context,
            index: index.to_owned(),
            reset,
            error: RefCell::new(None),
        };
        let span = Span {
            valuation: date,
            horizon: date,
        };
        let deals = Deals {
            positions,
            rows: &rows,
            day: 0,
        };
        let too_large = || {
            Diagnostic::error(
                codes::run::AMOUNT_TOO_LARGE,
                "amounts add up to more than can be counted",
            )
        };
        let projected = batch
            .project(&rows, span, Beside::Margin, Rates::Rates(&fixings))
            .ok_or_else(too_large)?;
        if let Some(error) = fixings.error.borrow_mut().take() {
            return Err(error);
        }
        if let Some(error) = projected.errors.first() {
            let id = rows
                .get(error.position)
                .and_then(|row| positions.ids.get(*row))
                .map_or("", |id| id);
            return Err(Diagnostic::error(
                codes::run::TERM_MISSING,
                format!("position `{id}`: {}", error.reason),
            ));
        }
        let leg = InterestLeg {
            interest: projected.interest,
            margin: projected.margin,
            ..InterestLeg::default()
        };
        Ok(ScenarioFlows {
            principal: Some(projected.principal),
            interest: self.contract_mirrors(group, &batch, &deals, span, &fixings, leg)?,
        })
    }

    /// What stays undrawn: drawdown shocks and the customers' draws, on the days of the loop.
    fn undrawn(
        &self,
        group: &Group,
        found: &Effective<'_>,
    ) -> Result<Option<Arc<StepPath>>, Diagnostic> {
        let context = self.context;
        let shocked = self.shocks.drawdown(context, group)?;
        let Some((_, draw)) = found.draw else {
            return Ok(shocked);
        };
        let anchor = Anchor {
            date: context.projection.date,
            last_payment: context.projection.last_payment,
        };
        let mut steps = Vec::new();
        let mut left = ONE;
        let mut before = 0;
        for (day, month_end) in context
            .calendar
            .days
            .iter()
            .copied()
            .zip(&context.calendar.is_month_end)
        {
            if day == 0 || !(found.daily || *month_end) {
                continue;
            }
            let share = context.share(draw, group, day, "draw")?;
            left = times(
                left,
                remaining(share, part_of_year(anchor, found.daily, before, day)),
            );
            steps.push((day, i64::try_from(left).unwrap_or(0)));
            before = day;
        }
        let drawn = StepPath { steps };
        Ok(Some(match shocked {
            Some(path) => Arc::new(product(&path, &drawn)),
            None => Arc::new(drawn),
        }))
    }

    /// The same of a contract that begins, with its flows where the scenario's market makes them.
    pub(super) fn prepare_begun(
        &self,
        group: &Group,
        flows: Option<ScenarioFlows>,
        day: Day,
    ) -> Result<Prepared<'a>, Diagnostic> {
        let mut prepared = self.prepare(group, day)?;
        if let Some(flows) = flows {
            prepared.flows = Some(Arc::new(flows));
        }
        Ok(prepared)
    }

    /// Takes a new group in: its index.
    pub(super) fn take_in(&mut self, group: Option<Group>, prepared: Prepared<'a>) -> usize {
        let index = self.states.len();
        self.run.admit(group, prepared.admitted());
        self.states.push(prepared.state);
        index
    }

    /// The survival of a group's static hazards, by day.
    pub(super) fn survival_of(&self, index: usize) -> Option<Rc<Survival>> {
        self.states
            .get(index)
            .and_then(|state| state.survival.clone())
    }
}
