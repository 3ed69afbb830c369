//! What one group does between two event days: contract, accrual, exits, outflows, draws.

use super::Steer;
use super::births::Renewals;
use crate::contract::AccrualClass;
use crate::diagnostic::Diagnostic;
use crate::engine::context::share_of;
use crate::engine::events::Anchor;
use crate::engine::group::{ACCRUED_SCALE, ONE};
use crate::engine::series::{Amount, Day};
use crate::engine::state::{Account, Cause, StepPath, mul_div, round_accrued, scale};
use crate::engine::survival::{part_of_year, remaining, times};
use crate::engine::valuation::at;
use crate::formula::{Value, evaluate};
use crate::plan::{Accounting, Expression, InstrumentId};
use crate::quantity::Currency;
use std::sync::Arc;

/// The amounts of a group in a cell, before they are posted.
#[derive(Default)]
struct Moves {
    currency: Option<Currency>,
    instrument: Option<InstrumentId>,
    sign: i128,
    is_derivative: bool,
    /// Scheduled principal by paid day.
    principal: Vec<(Day, Amount)>,
    /// Interest by paid day.
    interest: Vec<(Day, Amount)>,
    /// Change of accrued interest by accrual, thousandths, before exits.
    accrual: i128,
    amortisation: Amount,
    /// Nominal that defaults.
    defaulted: Amount,
    /// Accrued interest of it, thousandths.
    defaulted_accrued: i128,
    loss: i128,
    /// Nominal of the other static exits.
    exit: Amount,
    /// Nominal of outflow shocks and of hazards that read the state.
    outflow: Amount,
    /// Accrued interest that leaves with exits and outflows, thousandths.
    exit_accrued: i128,
    forfeited: bool,
    fee: i128,
    draw: Amount,
    on_ledger: bool,
}

/// Inside the bounds, the upper one first.
fn bound(amount: Amount, low: Amount, high: Amount) -> Amount {
    amount.max(low.min(high)).min(high)
}

impl Steer<'_, '_> {
    /// Moves a group from one event day to the next (or from its birth), posts what happens, and keeps what comes back to be replaced.
    pub(super) fn advance(
        &mut self,
        index: usize,
        from: Day,
        to: Day,
        renewals: &mut Renewals,
    ) -> Result<(), Diagnostic> {
        if self.states.get(index).is_none_or(|state| state.done) {
            return Ok(());
        }
        if self.drift(index, to) {
            return Ok(());
        }
        let Some(moves) = self.moves(index, from, to)? else {
            return Ok(());
        };
        self.post(index, to, &moves);
        if moves.principal.iter().any(|(_, amount)| *amount != 0) || moves.exit != 0 {
            self.renew(index, &moves.principal, (to, moves.exit), renewals);
        }
        self.lose(index, to, moves.defaulted + moves.outflow)?;
        if moves.draw != 0 {
            self.draw(index, to, moves.draw, Cause::Birth)?;
        }
        Ok(())
    }

    /// The move of a group to a day on which nothing but accrual happens; whether it is such a day.
    fn drift(&mut self, index: usize, to: Day) -> bool {
        let quiet = self.states.get(index).filter(|state| to < state.next);
        let Some((running, factor, before)) =
            quiet.and_then(|state| Some((state.running?, state.factor, state.accrued)))
        else {
            return false;
        };
        let Some(number) = self.number(running.class, to) else {
            return false;
        };
        let accrued = scale(factor, running.accrued(number));
        if accrued == before {
            return true;
        }
        let Some(group) = self.run.group(index) else {
            return false;
        };
        let (currency, of, sign) = (group.currency, group.instrument, group.sign());
        if group.accounting != Accounting::Memo && sign != 0 {
            self.ledger.post(
                currency,
                (Account::Accrued, Some(of)),
                (Account::NetInterest, None),
                sign * (accrued - before),
                Cause::Accrual,
            );
        }
        if let Some(state) = self.states.get_mut(index) {
            state.accrued = accrued;
        }
        true
    }

    /// The number of a day in a class of day count.
    fn number(&mut self, class: AccrualClass, to: Day) -> Option<i64> {
        let (day, known) = &mut self.numbers;
        if *day != to {
            *day = to;
            known.clear();
        }
        if let Some((_, number)) = known.iter().find(|(c, _)| *c == class) {
            return Some(*number);
        }
        let number = class.number(self.context.projection.date.add_days(to).ok()?);
        known.push((class, number));
        Some(number)
    }

    /// The next day on which more happens to a group than accrual, as the contract, behaviours and shocks say.
    fn next_event(&self, index: usize, to: Day) -> Day {
        let Some(group) = self.run.group(index) else {
            return Day::MIN;
        };
        let effective = self.states.get(index).and_then(|s| s.effective.as_ref());
        let hazards = effective.into_iter().flat_map(|effective| {
            [effective.default, effective.prepay, effective.withdraw]
                .into_iter()
                .flatten()
        });
        for (_, hazard) in hazards {
            if crate::engine::behaviour::reads_state(self.context, hazard) {
                return Day::MIN;
            }
        }
        fn path(paths: &[Option<Arc<StepPath>>], index: usize, to: Day) -> Option<Day> {
            paths.get(index)?.as_ref()?.next_after(to)
        }
        let leg = self.run.interest_leg(index);
        let next = [
            self.run.principal(index).and_then(|p| p.next_after(to)),
            self.run.prepaid(index).and_then(|p| p.next_after(to)),
            group.amortisation.next_after(to),
            leg.and_then(|leg| leg.interest.next_after(to)),
            path(&self.run.survival, index, to),
            path(&self.run.dynamic, index, to),
            path(&self.run.undrawn, index, to),
            group.maturity.filter(|last| *last > to),
        ];
        next.into_iter().flatten().min().unwrap_or(Day::MAX)
    }

    fn moves(&mut self, index: usize, from: Day, to: Day) -> Result<Option<Moves>, Diagnostic> {
        let context = self.context;
        let origin = context.projection.date;
        let Some(group) = self.run.group(index) else {
            return Ok(None);
        };
        let (Some(state), false) = (self.states.get(index), group.is_account()) else {
            return Ok(None);
        };
        let empty = Default::default();
        let principal = self.run.principal(index).unwrap_or(&empty);
        let leg = self.run.interest_leg(index);
        let before = state.factor;
        let mut moves = Moves {
            currency: Some(group.currency),
            instrument: Some(group.instrument),
            sign: group.sign(),
            is_derivative: group.is_derivative(),
            on_ledger: group.accounting != Accounting::Memo && group.sign() != 0,
            ..Moves::default()
        };
        // the factors after the day
        let fixed = at(self.run.survival.get(index).and_then(|p| p.as_deref()), to);
        let shocked = at(self.run.dynamic.get(index).and_then(|p| p.as_deref()), to);
        // the path already holds what hazards of the state took until now
        let (state_hazard, acted) = self.state_hazard(index, to)?;
        let dynamic = if acted {
            times(shocked, state_hazard)
        } else {
            shocked
        };
        let Some(state) = self.states.get(index) else {
            return Ok(None);
        };
        let after = scale(dynamic, fixed);
        // scheduled principal, on its days
        let paid: Vec<(Day, Amount)> = principal.window(from, to).collect();
        let opening_stock = self.run.contractual_balance(index, from);
        let stock = opening_stock - paid.iter().map(|(_, amount)| amount).sum::<Amount>();
        // what leaves beside the schedule, where payments are kept: on the last day of the cell
        let prepaid = self.run.prepaid(index).map_or(0, |p| p.between(from, to));
        let end = if moves.is_derivative {
            0
        } else {
            scale(after, stock - prepaid)
        };
        // where survival stands still it is the whole difference of stocks
        let mut left = state.nominal;
        if moves.is_derivative {
            moves.principal = paid;
        } else {
            let mut gone: Amount = 0;
            let last = paid.len().saturating_sub(1);
            for (place, (day, amount)) in paid.into_iter().enumerate() {
                gone += amount;
                let target = if place == last && after == before && prepaid == 0 {
                    end
                } else {
                    scale(before, opening_stock - gone)
                };
                // a stray quantum of exit would appear where rounding crosses the end of the cell
                let target = if amount >= 0 {
                    target.max(end.min(left)).min(left)
                } else {
                    target
                };
                moves.principal.push((day, left - target));
                left = target;
            }
        }
        let after_principal = left;
        let running = leg.map_or(0, |leg| leg.interest.accrued(to, origin));
        let accrued_end = scale(after, running);
        if let Some(leg) = leg {
            for (day, amount) in leg.interest.paid.window(from, to) {
                moves.interest.push((day, scale(before, amount)));
            }
            let unscaled_before = scale(before, running);
            let paid: Amount = moves.interest.iter().map(|(_, amount)| amount).sum();
            moves.accrual = unscaled_before - state.accrued + paid * ACCRUED_SCALE;
            moves.exit_accrued = unscaled_before - accrued_end;
        }
        let premium_contract = group.opening.premium - group.amortisation.through(to);
        let premium_end = scale(after, premium_contract);
        moves.amortisation = premium_end - state.premium;
        // exits: default first, then the other static hazards, then what moves with the state or a shock
        let mut stage = after_principal;
        if !moves.is_derivative && (after != before || prepaid != 0) {
            if let Some(survival) = self.survival_of(index)
                && let Some(path) = &survival.after_default
                && path
                    .steps
                    .binary_search_by_key(&to, |(day, _)| *day)
                    .is_ok()
            {
                let share = scale(state.dynamic, self.with_decay(index, path, to));
                let target = bound(scale(share, stock), end, stage);
                moves.defaulted = stage - target;
                stage = target;
                moves.defaulted_accrued = scale(before, running) - scale(share, running);
                moves.exit_accrued -= moves.defaulted_accrued;
            }
            let stays = scale(scale(state.dynamic, fixed), stock - prepaid);
            let target = bound(stays, end, stage);
            moves.exit = stage - target;
            moves.outflow = target - end;
        } else {
            moves.outflow = after_principal - end;
        }
        if let Some(effective) = state.effective.clone() {
            let ratio = |setting: Option<&Expression>, what: &str| -> Result<i128, Diagnostic> {
                let Some(expression) = setting else {
                    return Ok(0);
                };
                let share = context.share(expression, group, to, what)?;
                Ok(libm::rint(share * ONE as f64) as i128)
            };
            if moves.defaulted != 0 {
                moves.loss = ratio(effective.loss, "loss")?;
            }
            if moves.exit != 0 {
                moves.fee = ratio(effective.fee, "fee")?;
            }
            moves.forfeited = effective.accrued_forfeited;
        }
        let undrawn_end = scale(
            at(self.run.undrawn.get(index).and_then(|p| p.as_deref()), to),
            group.opening.undrawn,
        );
        let lapsed = !self.run.is_constant && group.maturity.is_some_and(|last| last <= to);
        moves.draw = if lapsed {
            0
        } else {
            state.undrawn - undrawn_end
        };
        let quiet = principal.last_day().is_none_or(|last| last <= to)
            && leg.is_none_or(|leg| leg.interest.paid.last_day().is_none_or(|last| last <= to))
            && (group.opening.undrawn == 0 || lapsed);
        let empties = quiet && end == 0 && accrued_end == 0;
        let next = if acted || empties {
            Day::MIN
        } else {
            self.next_event(index, to)
        };
        let running = leg.and_then(|leg| leg.interest.running(to));
        let dynamic_path = acted.then(|| self.extended(index, to, dynamic));
        let Some(state) = self.states.get_mut(index) else {
            return Ok(None);
        };
        state.nominal = end;
        state.accrued = accrued_end;
        state.premium = premium_end;
        state.undrawn = undrawn_end;
        state.factor = after;
        state.dynamic = dynamic;
        if acted {
            state.hazard_from = to;
        }
        state.done = empties && state.fair_value == 0;
        state.next = next;
        state.running = running;
        if let (Some(path), Some(slot)) = (dynamic_path, self.run.dynamic.get_mut(index)) {
            *slot = Some(Arc::new(path));
        }
        Ok(Some(moves))
    }

    /// Default alone, with whatever decay left before the day.
    fn with_decay(&self, index: usize, path: &StepPath, to: Day) -> i128 {
        let Some(survival) = self.survival_of(index) else {
            return path.at(to);
        };
        let whole = at(
            self.run.survival.get(index).and_then(|p| p.as_deref()),
            to - 1,
        );
        let hazards = survival.after.at(to - 1);
        if hazards == 0 || whole == hazards {
            path.at(to)
        } else {
            mul_div(path.at(to), whole, hazards)
        }
    }

    /// The dynamic path of a group with a new step: what shocks will do later is scaled alike.
    pub(super) fn extended(&self, index: usize, to: Day, dynamic: i128) -> StepPath {
        let old = self
            .run
            .dynamic
            .get(index)
            .and_then(|p| p.as_deref())
            .cloned()
            .unwrap_or_default();
        let then = old.at(to);
        let mut steps: Vec<(Day, i64)> = old
            .steps
            .iter()
            .copied()
            .filter(|(day, _)| *day < to)
            .collect();
        steps.push((to, dynamic.clamp(0, ONE) as i64));
        let later = old.steps.iter().filter(|(day, _)| *day > to);
        steps.extend(later.map(|(day, value)| {
            (
                *day,
                if then == 0 {
                    0
                } else {
                    mul_div(i128::from(*value), dynamic, then).clamp(0, ONE) as i64
                },
            )
        }));
        StepPath { steps }
    }

    /// The hazards of the day that read metrics, as a share that stays; and whether any acted.
    fn state_hazard(&self, index: usize, to: Day) -> Result<(i128, bool), Diagnostic> {
        let context = self.context;
        let (Some(state), Some(group)) = (self.states.get(index), self.run.group(index)) else {
            return Ok((ONE, false));
        };
        let Some(effective) = &state.effective else {
            return Ok((ONE, false));
        };
        let month_end = context
            .calendar
            .index_of(to)
            .and_then(|place| context.calendar.is_month_end.get(place))
            .copied()
            .unwrap_or(false);
        if !(effective.daily || month_end) {
            return Ok((ONE, false));
        }
        let reading = [effective.default, effective.prepay, effective.withdraw];
        let reading: Vec<_> = reading
            .into_iter()
            .flatten()
            .map(|(_, e)| e)
            .filter(|e| crate::engine::behaviour::reads_state(context, e))
            .collect();
        if reading.is_empty() {
            return Ok((ONE, false));
        }
        let anchor = Anchor {
            date: context.projection.date,
            last_payment: context.projection.last_payment,
        };
        let part = part_of_year(anchor, effective.daily, state.hazard_from, to);
        let look = |metric: crate::plan::MetricId| -> Result<Value, crate::formula::Refusal> {
            let observed = if effective.daily {
                &self.observed
            } else {
                &self.observed_at_ends
            };
            observed
                .get(&metric)
                .cloned()
                .ok_or_else(|| crate::formula::absent("a metric that was not observed".to_owned()))
        };
        let mut left = ONE;
        for expression in reading {
            let value = evaluate(expression, &context.scope(group, to).observing(&look))
                .map_err(|r| r.at(expression.span).into_diagnostic())?;
            // an undefined metric moves nobody
            if !value.is_undefined() {
                left = times(
                    left,
                    remaining(share_of(&value, "a hazard", expression)?, part),
                );
            }
        }
        Ok((left, true))
    }

    fn post(&mut self, index: usize, to: Day, moves: &Moves) {
        let (Some(currency), true) = (moves.currency, moves.on_ledger) else {
            return;
        };
        let (of, sign) = (moves.instrument, moves.sign);
        let nominal = if moves.is_derivative {
            (Account::FairValueResult, None)
        } else {
            (Account::Nominal, of)
        };
        for (day, amount) in &moves.principal {
            self.ledger
                .cash(currency, *day, nominal, sign * amount, Cause::Principal);
        }
        for (day, amount) in &moves.interest {
            self.ledger.cash(
                currency,
                *day,
                (Account::Accrued, of),
                sign * amount,
                Cause::Interest,
            );
        }
        let income = (Account::NetInterest, None);
        self.ledger.post(
            currency,
            (Account::Accrued, of),
            income,
            sign * moves.accrual,
            Cause::Accrual,
        );
        self.ledger.post(
            currency,
            (Account::Premium, of),
            income,
            sign * moves.amortisation * ACCRUED_SCALE,
            Cause::Amortisation,
        );
        if moves.defaulted != 0 || moves.defaulted_accrued != 0 {
            let loss = scale(moves.loss, moves.defaulted);
            let (kept, impaired) = ((Account::Defaulted, None), (Account::Impairment, None));
            self.ledger.post(
                currency,
                impaired,
                (Account::Nominal, of),
                sign * loss * ACCRUED_SCALE,
                Cause::Default,
            );
            self.ledger.post(
                currency,
                kept,
                (Account::Nominal, of),
                sign * (moves.defaulted - loss) * ACCRUED_SCALE,
                Cause::Default,
            );
            self.ledger.post(
                currency,
                impaired,
                (Account::Accrued, of),
                sign * moves.defaulted_accrued,
                Cause::Default,
            );
            self.await_recovery(index, to, currency, sign * (moves.defaulted - loss));
        }
        self.ledger.cash(
            currency,
            to,
            (Account::Nominal, of),
            sign * moves.exit,
            Cause::Exit,
        );
        self.ledger.cash(
            currency,
            to,
            (Account::Nominal, of),
            sign * moves.outflow,
            Cause::Outflow,
        );
        if moves.fee != 0 {
            self.ledger.cash(
                currency,
                to,
                (Account::Fee, None),
                scale(moves.fee, moves.exit),
                Cause::Exit,
            );
        }
        if moves.exit_accrued != 0 {
            let keeps = self.context.projection.keeps_income;
            let paid = if moves.forfeited {
                0
            } else {
                round_accrued(moves.exit_accrued)
            };
            self.ledger.cash(
                currency,
                to,
                (Account::Accrued, of),
                sign * paid,
                Cause::Exit,
            );
            // what is not paid, and the rounding of what is, is income
            if keeps {
                let exits = self.run.incomes.exits.entry(index).or_default();
                exits.push((to, paid * ACCRUED_SCALE - moves.exit_accrued));
            }
            self.ledger.post(
                currency,
                income,
                (Account::Accrued, of),
                sign * (moves.exit_accrued - paid * ACCRUED_SCALE),
                Cause::Exit,
            );
        }
    }

    fn await_recovery(&mut self, index: usize, to: Day, currency: Currency, amount: Amount) {
        let after = self
            .states
            .get(index)
            .and_then(|s| s.effective.as_ref())
            .and_then(|e| e.recovered_after);
        let Some(tenor) = after else { return };
        let origin = self.context.projection.date;
        if let Some(day) = self
            .context
            .date(to)
            .ok()
            .and_then(|date| tenor.after(date).ok())
        {
            self.recoveries
                .entry(day.days_since(origin))
                .or_default()
                .push((currency, amount));
        }
    }

    /// What comes back of defaulted assets in the cell.
    pub(super) fn recover(&mut self, from: Day, to: Day) {
        let due: Vec<(Day, Currency, Amount)> = self
            .recoveries
            .range(from + 1..=to)
            .flat_map(|(day, list)| list.iter().map(|(c, a)| (*day, *c, *a)))
            .collect();
        for (day, currency, amount) in due {
            self.ledger.cash(
                currency,
                day,
                (Account::Defaulted, None),
                amount,
                Cause::Default,
            );
        }
    }

    /// Fair-value adjustments to the market values of the day.
    pub(super) fn fair_values(&mut self) {
        for index in 0..self.states.len() {
            let Some(group) = self.run.group(index) else {
                continue;
            };
            if !group.is_at_fair_value() || group.is_account() {
                continue;
            }
            let Some(Some(values)) = self.run.market_values.get(index) else {
                continue;
            };
            let value = values.last().copied().unwrap_or(0);
            let (currency, of, accounting, sign) = (
                group.currency,
                Some(group.instrument),
                group.accounting,
                group.sign(),
            );
            let is_derivative = group.is_derivative();
            let Some(state) = self.states.get_mut(index) else {
                continue;
            };
            let carried = if is_derivative {
                sign * round_accrued(state.accrued)
            } else {
                state.nominal + round_accrued(state.accrued) + state.premium
            };
            let adjustment = value - carried;
            let change = adjustment - state.fair_value;
            state.fair_value = adjustment;
            let sign = if is_derivative { 1 } else { sign };
            let against = if accounting == Accounting::Fvoci {
                Account::Oci
            } else {
                Account::FairValueResult
            };
            self.ledger.post(
                currency,
                (Account::FairValue, of),
                (against, None),
                sign * change * ACCRUED_SCALE,
                Cause::FairValue,
            );
        }
    }
}
