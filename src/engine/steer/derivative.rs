//! Swaps entered and closed.

use super::Steer;
use super::offer::part_of;
use super::settle::{Dealing, Outcome};
use crate::diagnostic::Diagnostic;
use crate::engine::group::ACCRUED_SCALE;
use crate::engine::series::{Amount, Day};
use crate::engine::state::{Account, Cause, mul_div};
use crate::plan::{InstrumentId, ProductId, Selection};
use crate::quantity::Currency;
use std::collections::BTreeMap;

/// A result that is spread over the life that was left of what was closed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deferred {
    currency: Currency,
    of: InstrumentId,
    /// Received (+) or paid (-), thousandths of a quantum.
    amount: i128,
    told: i128,
    from: Day,
    until: Day,
    cause: Cause,
}

impl Steer<'_, '_> {
    /// Enters a derivative on a product's terms; at par nothing is posted but its cost.
    pub(super) fn hedge(
        &mut self,
        product: ProductId,
        dealing: &Dealing<'_>,
    ) -> Result<Outcome, Vec<Diagnostic>> {
        let one = |e: Diagnostic| vec![e];
        let (day, own, asked) = (dealing.day, dealing.leg.currency, dealing.leg.granted);
        let offer = self.offer(product, day).map_err(one)?;
        let notional = self
            .exchanged(asked, own, offer.currency, day)
            .map_err(one)?;
        if notional <= 0 {
            return Ok(Outcome::default());
        }
        let cost = self.cost_of(dealing.action, offer.cost, day).map_err(one)?;
        let charge = part_of(notional, cost);
        let begun = self.begin(&offer, &dealing.id, notional, 0, day)?;
        self.take_up(begun, day, dealing.cause).map_err(one)?;
        self.ledger.cash(
            offer.currency,
            day,
            (Account::DisposalResult, None),
            -charge,
            dealing.cause,
        );
        let cash = self.exchanged(-charge, offer.currency, own, day);
        Ok(Outcome {
            filled: asked,
            cash: cash.map_err(one)?,
            reason: None,
        })
    }

    /// Closes derivatives at their value of the day.
    pub(super) fn unwind(
        &mut self,
        selection: &Selection,
        amortise: bool,
        dealing: &Dealing<'_>,
    ) -> Result<Outcome, Diagnostic> {
        let (day, own) = (dealing.day, dealing.leg.currency);
        let mut legs = Vec::new();
        for index in 0..self.states.len() {
            let Some(group) = self.run.group(index).filter(|group| group.is_derivative()) else {
                continue;
            };
            let selected = self.context.selects(selection, group, day);
            if selected.map_err(|refusal| refusal.into_diagnostic())?
                && group.maturity.is_none_or(|last| last > day)
                && self
                    .states
                    .get(index)
                    .is_some_and(|state| state.factor != 0)
            {
                legs.push(index);
            }
        }
        let mut values: BTreeMap<Currency, Amount> = BTreeMap::new();
        for index in &legs {
            let (currency, value) = self.close_leg(*index, amortise, dealing)?;
            *values.entry(currency).or_default() += value;
        }
        let mut cash = 0;
        for (currency, value) in values {
            cash += self.exchanged(value, currency, own, day)?;
        }
        Ok(Outcome {
            filled: 0,
            cash,
            reason: legs
                .is_empty()
                .then(|| "the selection holds no derivative".to_owned()),
        })
    }

    /// Closes a leg: its currency, and what was received (+) or paid (-).
    fn close_leg(
        &mut self,
        index: usize,
        amortise: bool,
        dealing: &Dealing<'_>,
    ) -> Result<(Currency, Amount), Diagnostic> {
        let day = dealing.day;
        let Some(group) = self.run.group(index) else {
            return Ok((dealing.leg.currency, 0));
        };
        let value = self.value_of(index, group, day)?;
        let (currency, of, sign) = (group.currency, group.instrument, group.sign());
        let until = group.maturity.unwrap_or(day);
        self.mark(index, value, dealing.cause);
        let path = self.extended(index, day, 0);
        let Some(state) = self.states.get_mut(index) else {
            return Ok((currency, 0));
        };
        let (accrued, fair_value) = (sign * state.accrued, state.fair_value * ACCRUED_SCALE);
        (state.accrued, state.fair_value) = (0, 0);
        (state.dynamic, state.factor, state.next) = (0, 0, Day::MIN);
        self.run.supersede(index, day, path);
        let result = (Account::DisposalResult, None);
        self.ledger
            .cash(currency, day, result, value, dealing.cause);
        for (account, amount) in [
            (Account::Accrued, accrued),
            (Account::FairValue, fair_value),
        ] {
            self.ledger
                .post(currency, result, (account, Some(of)), amount, dealing.cause);
        }
        // what was not carried: the result of what is hedge-accounted
        let gain = value * ACCRUED_SCALE - accrued - fair_value;
        if amortise && until > day && gain.abs() >= ACCRUED_SCALE {
            self.ledger.post(
                currency,
                result,
                (Account::Premium, Some(of)),
                gain,
                dealing.cause,
            );
            self.deferred.push(Deferred {
                currency,
                of,
                amount: gain,
                told: 0,
                from: day,
                until,
                cause: dealing.cause,
            });
        }
        Ok((currency, value))
    }

    /// Releases deferred results to interest income, in equal parts by day.
    pub(super) fn release_deferred(&mut self, day: Day) {
        for at in 0..self.deferred.len() {
            let Some(deferred) = self.deferred.get(at).copied() else {
                continue;
            };
            let passed = i128::from(day.clamp(deferred.from, deferred.until) - deferred.from);
            let life = i128::from(deferred.until - deferred.from).max(1);
            let due = mul_div(deferred.amount, passed, life);
            self.ledger.post(
                deferred.currency,
                (Account::Premium, Some(deferred.of)),
                (Account::NetInterest, None),
                due - deferred.told,
                deferred.cause,
            );
            if let Some(deferred) = self.deferred.get_mut(at) {
                deferred.told = due;
            }
        }
    }
}
