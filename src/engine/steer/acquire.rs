//! Purchases: a new lot of a product, or more of what is held.

use super::Steer;
use super::dispose::{Lot, Target, WHOLE};
use super::offer::part_of;
use super::settle::{Dealing, Outcome};
use crate::diagnostic::Diagnostic;
use crate::engine::group::{ACCRUED_SCALE, Birth, ONE};
use crate::engine::project::released;
use crate::engine::series::Amount;
use crate::engine::state::{Account, StepPath, mul_div, round_accrued, scale};
use crate::plan::{Accounting, Bought, ProductId, Selection, Side, Size};
use crate::quantity::Rate;
use std::sync::Arc;

impl Steer<'_, '_> {
    /// Buys.
    pub(super) fn buy(
        &mut self,
        what: &Bought,
        size: &Size,
        dealing: &Dealing<'_>,
    ) -> Result<Outcome, Vec<Diagnostic>> {
        match what {
            Bought::Product(product) => self.buy_new(*product, Target::of(size), dealing),
            Bought::Selection(selection) => self
                .buy_more(selection, Target::of(size), dealing)
                .map_err(|error| vec![error]),
        }
    }

    /// A new lot on a product's terms: at its price, else at par.
    fn buy_new(
        &mut self,
        product: ProductId,
        target: Target,
        dealing: &Dealing<'_>,
    ) -> Result<Outcome, Vec<Diagnostic>> {
        let one = |e: Diagnostic| vec![e];
        let (day, own) = (dealing.day, dealing.leg.currency);
        let offer = self.offer(product, day).map_err(one)?;
        let asked = dealing.leg.granted;
        let amount = self
            .exchanged(asked, own, offer.currency, day)
            .map_err(one)?;
        let price = offer.price.unwrap_or(WHOLE);
        let cost = self.cost_of(dealing.action, offer.cost, day).map_err(one)?;
        let nominal = match target {
            Target::Nominal => amount,
            Target::Proceeds => mul_div(
                amount,
                i128::from(WHOLE.0),
                (i128::from(price.0) + i128::from(cost.0)).max(1),
            ),
        };
        if nominal <= 0 {
            return Ok(Outcome::default());
        }
        let paid = part_of(nominal, price) + part_of(nominal, cost);
        let begun = self.begin(&offer, &dealing.id, nominal, paid - nominal, day)?;
        let begun = self.priced(begun, offer.price, day).map_err(one)?;
        self.take_up(begun, day, dealing.cause).map_err(one)?;
        let cash = self
            .exchanged(-paid, offer.currency, own, day)
            .map_err(one)?;
        Ok(Outcome {
            filled: asked,
            cash,
            reason: None,
        })
    }

    /// More of what is held, pro rata to its value: the same contracts again, at the value of the day with the interest that has accrued.
    fn buy_more(
        &mut self,
        selection: &Selection,
        target: Target,
        dealing: &Dealing<'_>,
    ) -> Result<Outcome, Diagnostic> {
        let (day, own) = (dealing.day, dealing.leg.currency);
        let cost = self.cost_of(dealing.action, Rate::ZERO, day)?;
        let (lots, worthless) = self.lots(selection, Side::Asset, day)?;
        let mut sizes = Vec::new();
        for lot in &lots {
            let size = match target {
                Target::Nominal => lot.nominal,
                Target::Proceeds => lot.value + part_of(lot.value, cost),
            };
            sizes.push(self.exchanged(size, lot.currency, own, day)?.max(0));
        }
        let mut open: Amount = sizes.iter().sum();
        let (mut left, mut cash) = (dealing.leg.granted, 0);
        for (lot, size) in lots.iter().zip(sizes) {
            if open == 0 || size == 0 || left <= 0 {
                continue;
            }
            let part = mul_div(left, size, open);
            open -= size;
            left -= part;
            let paid = self.add(lot, mul_div(lot.nominal, part, size), cost, dealing)?;
            cash -= self.exchanged(paid, lot.currency, own, day)?;
        }
        let filled = dealing.leg.granted - left;
        let reason = (left > 0).then(|| match worthless {
            Some(name) => format!("`{name}` has no market value: no price and no curve"),
            None => "nothing of the selection is held".to_owned(),
        });
        Ok(Outcome {
            filled,
            cash,
            reason,
        })
    }

    /// Takes some nominal of the same contract in again: what was paid for it.
    fn add(
        &mut self,
        lot: &Lot,
        nominal: Amount,
        cost: Rate,
        dealing: &Dealing<'_>,
    ) -> Result<Amount, Diagnostic> {
        let (day, mut left, mut paid) = (dealing.day, nominal, 0);
        let whole = self.run.contractual_balance(lot.index, day);
        let origin = self.context.projection.date;
        while left > 0 && whole > 0 {
            // a share of the contract as it stands, at most all of it at a time
            let share = mul_div(ONE, left.min(whole), whole);
            let Some(mut group) = self.run.group(lot.index).cloned() else {
                break;
            };
            let running = self
                .run
                .interest_leg(lot.index)
                .map_or(0, |leg| leg.interest.accrued(day, origin));
            let value = mul_div(lot.value, whole, lot.nominal);
            let dear = value + part_of(value, cost) - whole - round_accrued(running);
            // what is unamortised on the day, told as the opening premium of the contract
            group.opening.premium = dear;
            group.opening.encumbered = Vec::new();
            group.birth = Some(Birth {
                day,
                product: None,
                template: None,
            });
            group.members = Vec::new();
            group.amortisation = released(
                &group,
                self.run.interest_leg(lot.index),
                origin,
                day,
                &self.context.calendar.days,
            );
            let (currency, of, accounting) =
                (group.currency, Some(group.instrument), group.accounting);
            let mut prepared = self.prepare(&group, day)?;
            prepared.dynamic = Some(Arc::new(StepPath {
                steps: vec![(day, i64::try_from(share).unwrap_or(i64::MAX))],
            }));
            prepared.flows = self.run.flows.get(lot.index).cloned().flatten();
            prepared.kept = self.run.kept.get(&lot.index).cloned();
            let state = &mut prepared.state;
            (state.dynamic, state.factor) = (share, share);
            state.nominal = scale(share, whole);
            state.accrued = scale(share, running);
            state.premium = scale(share, dear);
            let parts = (state.nominal, state.accrued, state.premium);
            self.take_in(Some(group), prepared);
            let cash = parts.0 + round_accrued(parts.1) + parts.2;
            if accounting != Accounting::Memo {
                let account = |account| (account, of);
                self.ledger.cash(
                    currency,
                    day,
                    account(Account::Nominal),
                    -cash,
                    dealing.cause,
                );
                let rest = [
                    (Account::Accrued, parts.1),
                    (Account::Premium, parts.2 * ACCRUED_SCALE),
                ];
                for (to, amount) in rest {
                    self.ledger.post(
                        currency,
                        account(to),
                        account(Account::Nominal),
                        amount,
                        dealing.cause,
                    );
                }
                // bought interest is paid in whole quanta; its rounding is income
                let stray = round_accrued(parts.1) * ACCRUED_SCALE - parts.1;
                self.ledger.post(
                    currency,
                    (Account::NetInterest, None),
                    account(Account::Nominal),
                    stray,
                    dealing.cause,
                );
            }
            paid += cash;
            left -= whole.min(left);
        }
        Ok(paid)
    }
}
