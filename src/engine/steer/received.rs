//! Reverse repos: cash lent, and collateral received that may be used until it goes back.

use super::Steer;
use super::dispose::Lot;
use super::secured::{Secured, WHOLE};
use crate::calendar::Date;
use crate::diagnostic::Diagnostic;
use crate::engine::group::{Birth, GroupKind, ONE};
use crate::engine::series::{Amount, Day, Series};
use crate::engine::state::{Cause, Received, StepPath, mul_div, scale};
use crate::plan::{Accounting, Selection};
use crate::quantity::{Currency, Rate};
use std::sync::Arc;

/// What of the collateral received stands behind a new deal.
#[derive(Debug, Default)]
pub(super) struct Reusable {
    pub lots: Vec<Lot>,
    /// The first day on which some of the selection goes back that would have to stay for the deal.
    pub too_short: Option<Date>,
}

/// More of the same contract as a lot, in shares of the contract as it stands (1e-15).
struct Part {
    lot: usize,
    share: i64,
}

impl<'a> Steer<'_, 'a> {
    /// Lends cash: what was lent, and why it was not. Collateral that may be used comes like the lots of the selection, pro rata to
    /// their value; where the bank holds none of it, nobody knows what would come and nothing is lent.
    #[allow(clippy::too_many_arguments, reason = "the terms of one deal")]
    pub(super) fn lend(
        &mut self,
        terms: &Secured<'a>,
        cash: Amount,
        own: Currency,
        cost: Rate,
        day: Day,
        cause: Cause,
        id: &str,
    ) -> Result<(Amount, Option<String>), Vec<Diagnostic>> {
        let one = |e: Diagnostic| vec![e];
        let parts = if terms.reused {
            match self.collateral(terms, cash, own, day).map_err(one)? {
                Ok(parts) => parts,
                Err(reason) => return Ok((0, Some(reason))),
            }
        } else {
            Vec::new()
        };
        let deal = self.lend_or_take(terms, cash, own, cost, day, cause, id)?;
        let release = self.due_day(terms.term, day).map_err(one)?;
        for part in parts {
            self.receive(&part, deal, day, release).map_err(one)?;
        }
        Ok((cash, None))
    }

    /// What stands behind cash that is lent: market value = cash / (1 - haircut).
    fn collateral(
        &self,
        terms: &Secured<'_>,
        cash: Amount,
        own: Currency,
        day: Day,
    ) -> Result<Result<Vec<Part>, String>, Diagnostic> {
        let haircut = self.haircut_of(terms, own, day)?;
        let lots = self.pledgeable(terms.selection, day)?;
        let mut values = Vec::new();
        for lot in &lots {
            values.push(self.exchanged(lot.value, lot.currency, own, day)?.max(0));
        }
        let mut open: Amount = values.iter().sum();
        if open == 0 {
            let reason = "nothing of the selection is held that would tell what is received";
            return Ok(Err(reason.to_owned()));
        }
        let mut left = mul_div(cash, WHOLE, WHOLE - haircut);
        let mut parts = Vec::new();
        for (lot, value) in lots.iter().zip(values) {
            if value == 0 {
                continue;
            }
            let worth = mul_div(left, value, open);
            open -= value;
            left -= worth;
            let worth = self.exchanged(worth, own, lot.currency, day)?;
            // of the lot as it stands, which may be more than once all of it
            let nominal = mul_div(lot.nominal, worth, lot.value);
            let whole = self.run.contractual_balance(lot.index, day);
            let Ok(share) = i64::try_from(mul_div(ONE, nominal, whole.max(1))) else {
                let reason = "what would be received is thousands of times what is held";
                return Ok(Err(reason.to_owned()));
            };
            let lot = lot.index;
            parts.push(Part { lot, share });
        }
        Ok(Ok(parts))
    }

    /// Takes a part of the collateral in, until it is given back. It is in no account of the ledger.
    fn receive(
        &mut self,
        part: &Part,
        deal: usize,
        day: Day,
        release: Day,
    ) -> Result<(), Diagnostic> {
        let Some(mut group) = self.run.group(part.lot).cloned() else {
            return Ok(());
        };
        group.kind = GroupKind::Received;
        group.accounting = Accounting::Memo;
        group.opening.premium = 0;
        group.opening.encumbered = Vec::new();
        group.amortisation = Series::default();
        group.maturity = Some(group.maturity.map_or(release, |last| last.min(release)));
        group.members = Vec::new();
        group.birth = Some(Birth {
            day,
            product: None,
            template: None,
        });
        let mut prepared = self.prepare(&group, day)?;
        prepared.dynamic = Some(Arc::new(StepPath {
            steps: vec![(day, part.share), (release, 0)],
        }));
        prepared.flows = self.run.flows.get(part.lot).cloned().flatten();
        prepared.kept = self.run.kept.get(&part.lot).cloned();
        let share = i128::from(part.share);
        let state = &mut prepared.state;
        (state.dynamic, state.factor) = (share, share);
        state.nominal = scale(share, self.run.contractual_balance(part.lot, day));
        (state.accrued, state.premium) = (0, 0);
        let lot = self.take_in(Some(group), prepared);
        self.run.received.push(Received {
            lot,
            deal,
            since: day,
            release,
        });
        Ok(())
    }

    /// Collateral received of a selection that may stand behind a deal of a day until another.
    pub(super) fn reusable(
        &self,
        selection: &Selection,
        day: Day,
        until: Day,
    ) -> Result<Reusable, Diagnostic> {
        let mut found = Reusable::default();
        for received in &self.run.received {
            let held = self.states.get(received.lot).is_some_and(|s| s.nominal > 0);
            let Some(group) = self.run.group(received.lot).filter(|_| held) else {
                continue;
            };
            let selected = self.context.selects(selection, group, day);
            if !selected.map_err(|refusal| refusal.into_diagnostic())? {
                continue;
            }
            if received.release >= until {
                if let Some(value) = self.collateral_worth(received.lot, day)? {
                    found.lots.extend(self.lot(received.lot, day, value, None));
                }
            } else {
                let back = self.context.date(received.release)?;
                found.too_short = Some(found.too_short.map_or(back, |first| first.min(back)));
            }
        }
        Ok(found)
    }
}
