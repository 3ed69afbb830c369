//! Sales and buy-backs: which lots go first, at which value, and what the books make of the difference.

use super::Steer;
use super::cover::Covered;
use super::offer::part_of;
use super::settle::{Dealing, Outcome};
use crate::diagnostic::Diagnostic;
use crate::engine::group::{ACCRUED_SCALE, ONE, Withdrawal};
use crate::engine::series::{Amount, Day};
use crate::engine::state::{Account, Cause, Reading, mul_div, round_accrued, scale};
use crate::engine::valuation::is_valued;
use crate::plan::{Accounting, LotOrder, Selection, Side, Size};
use crate::quantity::{Currency, RATE_SCALE, Rate, Rational};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// A group that may be dealt in, with what it is worth on the day.
#[derive(Clone, Debug)]
pub(super) struct Lot {
    pub index: usize,
    pub currency: Currency,
    /// Nominal outstanding.
    pub nominal: Amount,
    /// Nominal that is not encumbered.
    pub free: Amount,
    /// Dirty value of all of it.
    pub value: Amount,
    /// Amortised cost with accrued interest.
    pub cost: Amount,
    /// Accrued interest.
    accrued: Amount,
    haircut: Rate,
    is_fvtpl: bool,
    /// The cover pool that holds part of it.
    pub pool: Option<String>,
    name: (String, String),
}

impl Lot {
    /// What is lost on it by unit of proceeds.
    fn loss(&self) -> Rational {
        if self.is_fvtpl {
            return Rational::ZERO;
        }
        Rational::new(self.cost - self.value, self.value.max(1)).unwrap_or_default()
    }

    /// Clean price.
    fn price(&self) -> Rational {
        Rational::new(self.value - self.accrued, self.nominal.max(1)).unwrap_or_default()
    }

    /// The id of the lot; empty where it is none.
    pub(super) fn id(&self) -> &str {
        &self.name.1
    }

    /// In the order of their names, so that no order of rows matters.
    pub(super) fn by_name(&self, other: &Self) -> Ordering {
        self.name
            .cmp(&other.name)
            .then_with(|| self.index.cmp(&other.index))
    }

    fn before(&self, other: &Self, order: LotOrder) -> Ordering {
        let ranked = match order {
            LotOrder::SmallestLoss => self.loss().cmp(&other.loss()),
            LotOrder::HighestPrice => other.price().cmp(&self.price()),
            LotOrder::SmallestHaircut => self.haircut.cmp(&other.haircut),
        };
        ranked.then_with(|| self.by_name(other))
    }
}

/// How much is asked for, in the currency of the line.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target {
    Nominal,
    Proceeds,
}

impl Target {
    pub(super) fn of(size: &Size) -> Self {
        match size {
            Size::Nominal(_) => Self::Nominal,
            Size::Proceeds(_) => Self::Proceeds,
        }
    }
}

impl Steer<'_, '_> {
    /// The groups of a selection on one side that have something outstanding, with what they are dealt in at; and the first for which
    /// nothing tells that.
    pub(super) fn lots(
        &self,
        selection: &Selection,
        side: Side,
        day: Day,
    ) -> Result<(Vec<Lot>, Option<String>), Diagnostic> {
        self.lots_at(selection, side, day, Self::worth)
    }

    /// The assets of a selection with what they are worth behind a deal.
    pub(super) fn pledgeable(
        &self,
        selection: &Selection,
        day: Day,
    ) -> Result<Vec<Lot>, Diagnostic> {
        let (lots, _) = self.lots_at(selection, Side::Asset, day, Self::collateral_worth)?;
        Ok(lots)
    }

    fn lots_at(
        &self,
        selection: &Selection,
        side: Side,
        day: Day,
        worth: impl Fn(&Self, usize, Day) -> Result<Option<Amount>, Diagnostic>,
    ) -> Result<(Vec<Lot>, Option<String>), Diagnostic> {
        let (mut lots, mut worthless) = (Vec::new(), None);
        let covering = if side == Side::Asset {
            self.covering_now(day)?
        } else {
            BTreeMap::new()
        };
        for index in 0..self.states.len() {
            let Some(group) = self.run.group(index) else {
                continue;
            };
            if group.is_account() || group.side != side || group.accounting == Accounting::Memo {
                continue;
            }
            let selected = self.context.selects(selection, group, day);
            if !selected.map_err(|refusal| refusal.into_diagnostic())? {
                continue;
            }
            if self.states.get(index).is_none_or(|s| s.nominal <= 0) {
                continue;
            }
            let Some(value) = worth(self, index, day)? else {
                worthless = worthless.or(Some(self.instrument_name(group.instrument)));
                continue;
            };
            lots.extend(self.lot(index, day, value, covering.get(&index)));
        }
        Ok((lots, worthless))
    }

    /// A group that is worth so much.
    pub(super) fn lot(
        &self,
        index: usize,
        day: Day,
        value: Amount,
        covering: Option<&Covered>,
    ) -> Option<Lot> {
        let (group, state) = (self.run.group(index)?, self.states.get(index)?);
        let accrued = round_accrued(state.accrued);
        let id = group
            .lot
            .as_ref()
            .map_or(String::new(), |id| id.to_string());
        Some(Lot {
            index,
            currency: group.currency,
            nominal: state.nominal,
            free: self.free_nominal(index, value, day, covering),
            pool: covering.map(|covered| covered.pool.clone()),
            value,
            cost: state.nominal + state.premium + accrued,
            accrued,
            haircut: group.opening.haircut,
            is_fvtpl: group.accounting == Accounting::Fvtpl,
            name: (self.instrument_name(group.instrument), id),
        })
    }

    /// Dirty value of what is left of a group on a day: its market value, else its flows on the day's curve; money owed on demand is
    /// worth what it is. `None` where nothing gives it.
    fn worth(&self, index: usize, day: Day) -> Result<Option<Amount>, Diagnostic> {
        let (Some(group), Some(state)) = (self.run.group(index), self.states.get(index)) else {
            return Ok(None);
        };
        let owed = group.side == Side::Liability;
        if owed && group.withdrawal != Withdrawal::Dated {
            return Ok(Some(state.nominal + round_accrued(state.accrued)));
        }
        let dated = group.withdrawal == Withdrawal::Dated;
        if is_valued(group) || (dated && self.context.has_curve(group.currency)) {
            return self.value_of(index, group, day).map(Some);
        }
        Ok(None)
    }

    /// What a group is worth behind a deal on a day: its market value, else its amortised cost.
    pub(super) fn collateral_worth(
        &self,
        index: usize,
        day: Day,
    ) -> Result<Option<Amount>, Diagnostic> {
        let (Some(group), Some(state)) = (self.run.group(index), self.states.get(index)) else {
            return Ok(None);
        };
        if is_valued(group) {
            return self.value_of(index, group, day).map(Some);
        }
        Ok(Some(state.nominal + state.premium))
    }

    /// Nominal of a group that nothing encumbers; `covering` is what a cover pool takes of what else is free.
    fn free_nominal(
        &self,
        index: usize,
        value: Amount,
        day: Day,
        covering: Option<&Covered>,
    ) -> Amount {
        let whole = self.states.get(index).map_or(0, |state| state.nominal);
        let mut held: Amount = 0;
        for pledge in self.run.encumbrances_of(index, Reading::Day(day)) {
            held += if pledge.nominal == 0 {
                if value == 0 {
                    0
                } else {
                    mul_div(whole, pledge.amount, value)
                }
            } else {
                self.run.pledged_nominal(index, pledge, day)
            };
        }
        let free = (whole - held).max(0);
        match covering {
            // what the pool asks for is rounded up: no rounding of what leaves opens a gap in it
            Some(covered) => free.saturating_mul(covered.of - covered.part) / covered.of,
            None => free,
        }
    }

    /// Sells, or buys back, as much of a selection as is asked for: lot after lot in their order, else pro rata.
    pub(super) fn dispose(
        &mut self,
        selection: &Selection,
        target: Target,
        order: Option<LotOrder>,
        side: Side,
        dealing: &Dealing<'_>,
    ) -> Result<Outcome, Diagnostic> {
        let (day, own) = (dealing.day, dealing.leg.currency);
        let asked = dealing.leg.granted;
        let cost = self.cost_of(dealing.action, Rate::ZERO, day)?;
        let (mut lots, worthless) = self.lots(selection, side, day)?;
        let is_sale = side == Side::Asset;
        if let Some(order) = order {
            lots.sort_by(|a, b| a.before(b, order));
        }
        // cash by unit of dirty value, after the cost
        let net = |value: Amount| {
            let cost = part_of(value, cost);
            if is_sale { value - cost } else { value + cost }
        };
        let mut sizes = Vec::new();
        for lot in &lots {
            let value = mul_div(lot.value, lot.free, lot.nominal);
            let size = match target {
                Target::Nominal => lot.free,
                Target::Proceeds => net(value),
            };
            sizes.push(self.exchanged(size, lot.currency, own, day)?);
        }
        let whole: Amount = sizes.iter().filter(|size| **size > 0).sum();
        let (mut left, mut cash) = (asked.min(whole), 0);
        let (mut filled, mut open) = (0, whole);
        for (lot, size) in lots.iter().zip(sizes) {
            if left <= 0 || size <= 0 {
                continue;
            }
            let part = match order {
                Some(_) => left.min(size),
                // pro rata to what is free, the last takes the rest
                None => mul_div(left, size, open),
            };
            open -= size;
            let nominal = if part == size {
                lot.free
            } else {
                mul_div(lot.free, part, size)
            };
            let moved = self.remove(lot, nominal, dealing.cause, day, cost)?;
            let moved_own = self.exchanged(moved.1, lot.currency, own, day)?;
            cash += moved_own;
            // what is left of the last quantum by rounding counts as done
            filled += part;
            left -= part;
        }
        let rest = asked - filled;
        let reason = (rest > 0).then(|| {
            if is_sale {
                return not_all_free(&lots, worthless.as_deref());
            }
            match (&worthless, lots.is_empty()) {
                (Some(name), _) => no_value(name),
                (None, true) => "the selection holds nothing".to_owned(),
                (None, false) => "no more of it is outstanding".to_owned(),
            }
        });
        Ok(Outcome {
            filled,
            cash,
            reason,
        })
    }

    /// Takes a share of a group out of the books at its value of the day: what was removed of the nominal, and the cash received (+) or
    /// paid (-).
    pub(super) fn remove(
        &mut self,
        lot: &Lot,
        nominal: Amount,
        cause: Cause,
        day: Day,
        cost: Rate,
    ) -> Result<(Amount, Amount), Diagnostic> {
        let index = lot.index;
        self.mark(index, lot.value, cause);
        let (Some(group), Some(state)) = (self.run.group(index), self.states.get(index)) else {
            return Ok((0, 0));
        };
        let (currency, of, sign) = (group.currency, Some(group.instrument), group.sign());
        let is_fvoci = group.accounting == Accounting::Fvoci;
        let stays = if state.nominal == 0 {
            0
        } else {
            mul_div(ONE, state.nominal - nominal, state.nominal)
        };
        let dynamic = mul_div(state.dynamic, stays, ONE);
        let fixed = crate::engine::valuation::at(
            self.run.survival.get(index).and_then(|p| p.as_deref()),
            day,
        );
        let after = scale(dynamic, fixed);
        let origin = self.context.projection.date;
        let running = self
            .run
            .interest_leg(index)
            .map_or(0, |leg| leg.interest.accrued(day, origin));
        let left = (
            scale(after, self.run.contractual_balance(index, day)),
            scale(after, running),
            scale(
                after,
                group.opening.premium - group.amortisation.through(day),
            ),
        );
        let gone = (
            state.nominal - left.0,
            state.accrued - left.1,
            state.premium - left.2,
        );
        // a premium that goes with what is dealt in is no interest
        if gone.2 != 0 && self.context.projection.keeps_income {
            let beside = self.run.incomes.exits.entry(index).or_default();
            beside.push((day, gone.2 * ACCRUED_SCALE));
        }
        let share = |amount: Amount| {
            if state.nominal == 0 {
                0
            } else {
                mul_div(amount, gone.0, state.nominal)
            }
        };
        let fair_value = share(state.fair_value);
        let value = share(lot.value);
        let charge = part_of(value, cost);
        let cash = sign * value - charge;
        let path = self.extended(index, day, dynamic);
        if let Some(state) = self.states.get_mut(index) {
            (state.nominal, state.accrued, state.premium) = left;
            state.fair_value -= fair_value;
            state.dynamic = dynamic;
            state.factor = after;
            state.next = Day::MIN;
        }
        self.run.supersede(index, day, path);
        let result = (Account::DisposalResult, None);
        let carried = [
            (Account::Nominal, gone.0 * ACCRUED_SCALE),
            (Account::Accrued, gone.1),
            (Account::Premium, gone.2 * ACCRUED_SCALE),
            (Account::FairValue, fair_value * ACCRUED_SCALE),
        ];
        self.ledger.cash(currency, day, result, cash, cause);
        for (account, amount) in carried {
            self.ledger
                .post(currency, result, (account, of), sign * amount, cause);
        }
        if is_fvoci {
            let oci = (Account::Oci, None);
            let amount = sign * fair_value * ACCRUED_SCALE;
            self.ledger.post(currency, oci, result, amount, cause);
        }
        Ok((gone.0, cash))
    }

    /// Brings what is carried at fair value to a value, against where its changes go.
    pub(super) fn mark(&mut self, index: usize, value: Amount, cause: Cause) {
        let Some(group) = self
            .run
            .group(index)
            .filter(|group| group.is_at_fair_value())
        else {
            return;
        };
        let (currency, of, sign) = (group.currency, Some(group.instrument), group.sign());
        let (is_derivative, accounting) = (group.is_derivative(), group.accounting);
        let Some(state) = self.states.get_mut(index) else {
            return;
        };
        let carried = if is_derivative {
            sign * round_accrued(state.accrued)
        } else {
            state.nominal + round_accrued(state.accrued) + state.premium
        };
        let change = value - carried - state.fair_value;
        state.fair_value += change;
        let sign = if is_derivative { 1 } else { sign };
        let against = match accounting {
            Accounting::Fvoci => Account::Oci,
            _ => Account::FairValueResult,
        };
        self.ledger.post(
            currency,
            (Account::FairValue, of),
            (against, None),
            sign * change * ACCRUED_SCALE,
            cause,
        );
    }
}

/// Why no more of a selection of assets can be dealt in.
pub(super) fn not_all_free(lots: &[Lot], worthless: Option<&str>) -> String {
    if let Some(name) = worthless {
        return no_value(name);
    }
    if lots.is_empty() {
        return "the selection holds nothing".to_owned();
    }
    if lots.iter().all(|lot| lot.free >= lot.nominal) {
        return "there is no more of it".to_owned();
    }
    match lots.iter().find_map(|lot| lot.pool.as_deref()) {
        Some(pool) => format!("no more of it is free: the cover pool `{pool}` holds the rest"),
        None => "no more of it is free: the rest is encumbered".to_owned(),
    }
}

fn no_value(name: &str) -> String {
    format!("`{name}` has no market value: no price and no curve")
}

/// A share of one in the units of rates.
pub(super) const WHOLE: Rate = Rate(RATE_SCALE);
