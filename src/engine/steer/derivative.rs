//! Swaps entered and closed.

use super::Steer;
use super::offer::{Offer, part_of};
use super::settle::{Dealing, Outcome};
use crate::diagnostic::Diagnostic;
use crate::engine::group::{ACCRUED_SCALE, ONE};
use crate::engine::series::{Amount, Day};
use crate::engine::state::{Account, Cause, mul_div, scale};
use crate::plan::{Accounting, InstrumentId, ProductId, Selection};
use crate::quantity::{Currency, Rate};
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
    /// The leg whose income it is.
    leg: usize,
    /// It was paid for entering, and ends with the leg.
    ends: bool,
}

/// A derivative that was entered.
pub(super) struct Entered {
    /// Its groups, a leg each.
    pub legs: Vec<usize>,
    /// What was received (+) or paid (-) for it, in the currency of the offer.
    pub cash: Amount,
}

impl Steer<'_, '_> {
    /// Enters a derivative on a product's terms.
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
        let entered =
            self.enter_derivative(&offer, &dealing.id, notional, cost, (day, dealing.cause))?;
        let cash = self.exchanged(entered.cash, offer.currency, own, day);
        Ok(Outcome {
            filled: asked,
            cash: cash.map_err(one)?,
            reason: None,
        })
    }

    /// Enters a derivative of a notional on an offer's terms. Beside its cost its value of the day is paid, or what the product's price
    /// says: at par it is worth nothing.
    pub(super) fn enter_derivative(
        &mut self,
        offer: &Offer,
        id: &str,
        notional: Amount,
        cost: Rate,
        (day, cause): (Day, Cause),
    ) -> Result<Entered, Vec<Diagnostic>> {
        let one = |e: Diagnostic| vec![e];
        let charge = part_of(notional, cost);
        let begun = self.begin(offer, id, notional, 0, day)?;
        let legs = self.take_up(begun, day, cause).map_err(one)?;
        let against = (Account::DisposalResult, None);
        self.ledger
            .cash(offer.currency, day, against, -charge, cause);
        let mut cash = -charge;
        let paid = match (offer.price, legs.first()) {
            (Some(price), Some(first)) => {
                vec![(*first, offer.currency, part_of(notional, price))]
            }
            _ => self.off_par(&legs, notional, day).map_err(one)?,
        };
        for (index, currency, paid) in paid {
            self.pay_for_leg(index, currency, paid, (day, cause));
            let paid = self.exchanged(paid, currency, offer.currency, day);
            cash -= paid.map_err(one)?;
        }
        Ok(Entered { legs, cash })
    }

    /// What legs are worth on their first day, each in its currency; nothing at par, which their rates meet as near as they are rounded:
    /// a quantum a payment, and the last digit of a rate made from curves. Nothing outside the ledger.
    fn off_par(
        &self,
        legs: &[usize],
        notional: Amount,
        day: Day,
    ) -> Result<Vec<(usize, Currency, Amount)>, Diagnostic> {
        let mut worth = Vec::new();
        let (mut sum, mut payments, mut days): (Amount, Amount, Day) = (0, 0, 0);
        for index in legs {
            let Some(group) = self.run.group(*index) else {
                continue;
            };
            if group.accounting == Accounting::Memo {
                return Ok(Vec::new());
            }
            let value = self.value_of(*index, group, day)?;
            worth.push((*index, group.currency, value));
            sum += value;
            if let Some(leg) = self.run.interest_leg(*index) {
                payments += leg.interest.paid.after(day).count() as Amount;
            }
            days = days.max(group.maturity.unwrap_or(day) - day);
        }
        let one_currency = worth.windows(2).all(|pair| match pair {
            [(_, a, _), (_, b, _)] => a == b,
            _ => true,
        });
        let last_digit = mul_div(notional, Amount::from(days), 365 * 1_000_000_000_000);
        if one_currency && sum.abs() <= payments + last_digit {
            worth.clear();
        }
        Ok(worth)
    }

    /// What is paid for a leg is its first fair value; where it is not carried at that, it is spread over its life.
    fn pay_for_leg(
        &mut self,
        index: usize,
        currency: Currency,
        paid: Amount,
        (day, cause): (Day, Cause),
    ) {
        let Some(group) = self.run.group(index).filter(|_| paid != 0) else {
            return;
        };
        let (of, until) = (group.instrument, group.maturity.unwrap_or(day));
        if group.is_at_fair_value() {
            self.ledger
                .cash(currency, day, (Account::FairValue, Some(of)), -paid, cause);
            if let Some(state) = self.states.get_mut(index) {
                state.fair_value += paid;
            }
            return;
        }
        self.ledger
            .cash(currency, day, (Account::Premium, Some(of)), -paid, cause);
        self.deferred.push(Deferred {
            currency,
            of,
            amount: -paid * ACCRUED_SCALE,
            told: 0,
            from: day,
            until,
            cause,
            leg: index,
            ends: true,
        });
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
            if selected.map_err(|refusal| refusal.into_diagnostic())? && self.is_open(index, day) {
                legs.push(index);
            }
        }
        let mut values: BTreeMap<Currency, Amount> = BTreeMap::new();
        for index in &legs {
            let (currency, value) = self.close_leg(*index, ONE, amortise, (day, dealing.cause))?;
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

    /// Whether a leg of a derivative still has something to pay or to receive.
    pub(super) fn is_open(&self, index: usize, day: Day) -> bool {
        let maturity = self.run.group(index).and_then(|group| group.maturity);
        let factor = self.states.get(index).map_or(0, |state| state.factor);
        maturity.is_none_or(|last| last > day) && factor != 0
    }

    /// Closes a share (1e-15) of a leg: its currency, and what was received (+) or paid (-).
    pub(super) fn close_leg(
        &mut self,
        index: usize,
        gone: i128,
        amortise: bool,
        (day, cause): (Day, Cause),
    ) -> Result<(Currency, Amount), Diagnostic> {
        let Some(group) = self.run.group(index) else {
            return Ok((self.context.exercise.book.currency, 0));
        };
        let whole = self.value_of(index, group, day)?;
        let (currency, of, sign) = (group.currency, group.instrument, group.sign());
        let until = group.maturity.unwrap_or(day);
        self.mark(index, whole, cause);
        let left = ONE - gone;
        let dynamic = self
            .states
            .get(index)
            .map_or(0, |state| scale(left, state.dynamic));
        let path = self.extended(index, day, dynamic);
        let origin = self.context.projection.date;
        let running = self
            .run
            .interest_leg(index)
            .map_or(0, |leg| leg.interest.accrued(day, origin));
        let Some(state) = self.states.get_mut(index) else {
            return Ok((currency, 0));
        };
        let value = whole - scale(left, whole);
        let factor = scale(left, state.factor);
        // what stays is what accrues from here on, to the last unit
        let accrued = state.accrued - scale(factor, running);
        let fair_value = state.fair_value - scale(left, state.fair_value);
        state.accrued -= accrued;
        state.fair_value -= fair_value;
        (state.dynamic, state.factor) = (dynamic, factor);
        state.next = Day::MIN;
        self.run.supersede(index, day, path);
        let (accrued, fair_value) = (sign * accrued, fair_value * ACCRUED_SCALE);
        let result = (Account::DisposalResult, None);
        self.ledger.cash(currency, day, result, value, cause);
        for (account, amount) in [
            (Account::Accrued, accrued),
            (Account::FairValue, fair_value),
        ] {
            self.ledger
                .post(currency, result, (account, Some(of)), amount, cause);
        }
        // what was not carried: the result of what is hedge-accounted
        let gain = value * ACCRUED_SCALE - accrued - fair_value;
        if amortise && until > day && gain.abs() >= ACCRUED_SCALE {
            self.ledger
                .post(currency, result, (Account::Premium, Some(of)), gain, cause);
            self.deferred.push(Deferred {
                currency,
                of,
                amount: gain,
                told: 0,
                from: day,
                until,
                cause,
                leg: index,
                ends: false,
            });
        }
        if !amortise {
            self.end_deferred(index, left, (day, cause));
        }
        Ok((currency, value))
    }

    /// What was paid for entering a leg and is not yet spread goes with the share that is closed; `left` (1e-15) of it stays.
    fn end_deferred(&mut self, index: usize, left: i128, (day, cause): (Day, Cause)) {
        self.release_deferred(day);
        for deferred in &mut self.deferred {
            if deferred.leg != index || !deferred.ends {
                continue;
            }
            let open = deferred.amount - deferred.told;
            let stays = scale(left, open);
            let carried = (Account::Premium, Some(deferred.of));
            let result = (Account::DisposalResult, None);
            self.ledger
                .post(deferred.currency, carried, result, open - stays, cause);
            (deferred.amount, deferred.told, deferred.from) = (stays, 0, day);
        }
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
            let sign = self.run.group(deferred.leg).map_or(0, |g| g.sign());
            let told = sign * (due - deferred.told);
            if told != 0 && self.context.projection.keeps_income {
                let beside = self.run.incomes.exits.entry(deferred.leg).or_default();
                beside.push((day, told));
            }
            if let Some(deferred) = self.deferred.get_mut(at) {
                deferred.told = due;
            }
        }
    }
}
