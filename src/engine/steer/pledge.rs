//! Encumbrance: which lots stand behind which deals, and the margin calls that keep them covered.

use super::Steer;
use crate::diagnostic::{Diagnostic, codes};
use crate::engine::series::{Amount, Day};
use crate::engine::state::{Account, Cause, Encumbrance, Reading, mul_div};
use crate::plan::Side;
use crate::quantity::{Currency, RATE_SCALE, Rate};

/// A secured deal.
#[derive(Clone, Debug)]
pub(super) struct Deal {
    deal: usize,
    lot: usize,
    haircut: Rate,
    /// Cash that was paid as margin.
    cash: Amount,
    currency: Currency,
    is_over: bool,
}

impl Deal {
    /// A deal against a lot, covered as its haircut asks.
    pub(super) fn new(deal: usize, lot: usize, haircut: Rate, currency: Currency) -> Self {
        Self {
            deal,
            lot,
            haircut,
            cash: 0,
            currency,
            is_over: false,
        }
    }
}

const WHOLE: i128 = RATE_SCALE as i128;

impl Steer<'_, '_> {
    /// The pledges of the book, and what is encumbered otherwise.
    pub(super) fn pledge_opening(&mut self) -> Result<(), Vec<Diagnostic>> {
        let context = self.context;
        let mut errors = Vec::new();
        for (index, group) in context.projection.groups.iter().enumerate() {
            for (amount, release) in &group.opening.encumbered {
                self.run.encumbrances.push(Encumbrance {
                    lot: index,
                    deal: None,
                    nominal: 0,
                    amount: *amount,
                    release: *release,
                    since: Reading::Start,
                });
            }
            let Some(positions) = self.source.positions.instrument(group.instrument) else {
                continue;
            };
            let Some(row) = group.members.first().map(|m| m.row as usize) else {
                continue;
            };
            let Some(pledge) = positions.pledge.get(row) else {
                continue;
            };
            let lot = context.projection.groups.iter().position(|g| {
                g.instrument == pledge.instrument && g.members.iter().any(|m| m.row == pledge.row)
            });
            let Some(lot) = lot else {
                let id = positions.ids.get(row).map_or("", |id| id);
                errors.push(Diagnostic::error(
                    codes::run::PLEDGE_UNKNOWN,
                    format!("`{id}` is secured by a lot that the book does not hold"),
                ));
                continue;
            };
            let haircut = positions.haircut.get(row).unwrap_or(Rate::ZERO);
            let nominal = match positions.pledged.get(row) {
                Some(pledged) => pledged.0,
                None => self.nominal_for(lot, group.opening.nominal, haircut),
            };
            let release = self.run.principal(index).and_then(|p| p.last_day());
            self.run.encumbrances.push(Encumbrance {
                lot,
                deal: Some(index),
                nominal,
                amount: 0,
                release,
                since: Reading::Start,
            });
            self.deals.push(Deal {
                deal: index,
                lot,
                haircut,
                cash: 0,
                currency: group.currency,
                is_over: false,
            });
        }
        if errors.is_empty() {
            Ok(())
        } else {
            Err(errors)
        }
    }

    /// The nominal of a lot whose value as booked, less the haircut, covers an amount.
    fn nominal_for(&self, lot: usize, amount: Amount, haircut: Rate) -> Amount {
        let Some(group) = self.context.projection.groups.get(lot) else {
            return 0;
        };
        let asked = mul_div(amount, WHOLE, (WHOLE - i128::from(haircut.0)).max(1));
        let value = match group.opening.clean_price {
            Some(price) => {
                let leg = self.run.interest_leg(lot);
                let accrued = leg.map_or(0, |leg| {
                    leg.interest.accrued(0, self.context.projection.date)
                });
                mul_div(group.opening.nominal, i128::from(price.0), WHOLE)
                    + crate::engine::state::round_accrued(accrued)
            }
            None => group.opening.nominal + group.opening.premium,
        };
        if value == 0 {
            0
        } else {
            mul_div(group.opening.nominal, asked, value).min(group.opening.nominal)
        }
    }

    /// A deal that replaces another is secured by the same lot, in proportion.
    pub(super) fn pledge_again(
        &mut self,
        template: usize,
        index: usize,
        release: Option<Day>,
        since: Reading,
    ) {
        let Some(deal) = self.deals.iter().find(|d| d.deal == template).cloned() else {
            return;
        };
        let before = self
            .context
            .projection
            .groups
            .get(template)
            .map_or(0, |g| g.opening.nominal);
        let amount = self.run.group(index).map_or(0, |g| g.opening.nominal);
        let pledged: Amount = self
            .run
            .encumbrances
            .iter()
            .filter(|e| e.deal == Some(template) && e.since == Reading::Start)
            .map(|e| e.nominal)
            .sum();
        let nominal = if before == 0 {
            0
        } else {
            mul_div(pledged, amount, before)
        };
        self.run.encumbrances.push(Encumbrance {
            lot: deal.lot,
            deal: Some(index),
            nominal,
            amount: 0,
            release,
            since,
        });
        self.deals.push(Deal {
            deal: index,
            cash: 0,
            is_over: false,
            ..deal
        });
    }

    /// Brings back the margin of deals that were repaid by a day, on their own last day.
    pub(super) fn return_margins(&mut self, to: Day) {
        for at in 0..self.deals.len() {
            let Some(deal) = self.deals.get(at).cloned() else {
                continue;
            };
            let outstanding = self.states.get(deal.deal).map_or(0, |s| s.nominal);
            if deal.is_over || outstanding != 0 {
                continue;
            }
            let last = self.run.principal(deal.deal).and_then(|p| p.last_day());
            self.ledger.cash(
                deal.currency,
                last.map_or(to, |last| last.min(to)),
                (Account::Margin, None),
                deal.cash,
                Cause::MarginCall,
            );
            if let Some(deal) = self.deals.get_mut(at) {
                (deal.is_over, deal.cash) = (true, 0);
            }
        }
    }

    /// Whether any deal is to be kept covered.
    pub(super) fn has_secured(&self) -> bool {
        self.deals.iter().any(|deal| !deal.is_over)
    }

    /// Covers every secured deal at the prices and haircuts of the day: with more of the lot, then with cash (E17).
    pub(super) fn margin_calls(&mut self, day: Day, reading: Reading) -> Result<(), Diagnostic> {
        self.enrol(day)?;
        let covering = self.covering_now(day)?;
        for at in 0..self.deals.len() {
            let Some(deal) = self.deals.get(at).cloned() else {
                continue;
            };
            if deal.is_over {
                continue;
            }
            let Some(group) = self.run.group(deal.deal) else {
                continue;
            };
            let outstanding = self.states.get(deal.deal).map_or(0, |s| s.nominal);
            let (is_owed, keeps_cash) = (
                group.side == Side::Liability,
                self.context.exercise.book.surplus.is_some(),
            );
            if outstanding == 0 || !is_owed {
                continue;
            }
            let points = self.shocks.haircut(self.context, group, day)?;
            let haircut = (i128::from(deal.haircut.0) + i128::from(points.0)).clamp(0, WHOLE - 1);
            let held: Vec<&Encumbrance> = self
                .run
                .encumbrances_of(deal.lot, reading)
                .filter(|e| e.deal == Some(deal.deal))
                .collect();
            let value: Amount = held
                .iter()
                .map(|e| self.run.pledged_value(deal.lot, e, reading))
                .sum();
            let release = held.iter().filter_map(|e| e.release).max();
            // to the last quantum, so that a deal covered exactly is not called for its own rounding
            let tolerance: Amount = 1;
            let short = outstanding - deal.cash - mul_div(value, WHOLE - haircut, WHOLE);
            if short <= tolerance {
                continue;
            }
            let asked = mul_div(short, WHOLE, WHOLE - haircut);
            let covered = covering.get(&deal.lot).map_or(0, |covered| covered.part);
            let free = self.run.unpledged(deal.lot, reading) - covered;
            let more = asked.min(free.max(0));
            if more > 0 {
                let whole = self.run.collateral_value(deal.lot, reading);
                let stock = self.run.balance(deal.lot, reading);
                let nominal = if whole == 0 {
                    0
                } else {
                    mul_div(stock, more, whole)
                };
                self.run.encumbrances.push(Encumbrance {
                    lot: deal.lot,
                    deal: Some(deal.deal),
                    nominal,
                    amount: 0,
                    release,
                    since: reading,
                });
            }
            let left = short - mul_div(more, WHOLE - haircut, WHOLE);
            if left > tolerance && keeps_cash {
                self.ledger.cash(
                    deal.currency,
                    day,
                    (Account::Margin, None),
                    -left,
                    Cause::MarginCall,
                );
                if let Some(deal) = self.deals.get_mut(at) {
                    deal.cash += left;
                }
            }
        }
        Ok(())
    }
}
