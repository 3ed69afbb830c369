//! Capital raised, distributions paid, and committed lines of the bank drawn.

use super::Steer;
use super::settle::{Dealing, Outcome};
use crate::diagnostic::Diagnostic;
use crate::engine::series::{Amount, Day};
use crate::engine::state::{Account, StepPath, mul_div, scale};
use crate::plan::Selection;
use std::sync::Arc;

impl Steer<'_, '_> {
    /// Cash against an account of equity: raised if positive.
    pub(super) fn equity_cash(
        &mut self,
        account: Account,
        amount: Amount,
        dealing: &Dealing<'_>,
    ) -> Outcome {
        self.ledger.cash(
            dealing.leg.currency,
            dealing.day,
            (account, None),
            amount,
            dealing.cause,
        );
        Outcome {
            filled: amount.abs(),
            cash: amount,
            reason: None,
        }
    }

    /// Draws committed lines of the bank, pro rata to what is undrawn: money on the line's terms.
    pub(super) fn draw_lines(
        &mut self,
        selection: &Selection,
        dealing: &Dealing<'_>,
    ) -> Result<Outcome, Diagnostic> {
        let (day, own, asked) = (dealing.day, dealing.leg.currency, dealing.leg.granted);
        let mut lines = Vec::new();
        for index in 0..self.states.len() {
            let Some(group) = self.run.group(index) else {
                continue;
            };
            let undrawn = self.states.get(index).map_or(0, |state| state.undrawn);
            let selected = self.context.selects(selection, group, day);
            let ended = group.maturity.is_some_and(|last| last <= day);
            if selected.map_err(|refusal| refusal.into_diagnostic())? && undrawn > 0 && !ended {
                lines.push((index, group.currency, undrawn));
            }
        }
        let mut sizes = Vec::new();
        for (_, currency, undrawn) in &lines {
            sizes.push(self.exchanged(*undrawn, *currency, own, day)?);
        }
        let mut open: Amount = sizes.iter().sum();
        let (mut left, mut cash) = (asked.min(open), 0);
        for ((index, _, undrawn), size) in lines.into_iter().zip(sizes) {
            if open == 0 || left <= 0 {
                break;
            }
            let part = mul_div(left, size, open);
            open -= size;
            left -= part;
            let drawn = if part == size {
                undrawn
            } else {
                mul_div(undrawn, part, size)
            };
            let before = self.states.len();
            self.take_of_line(index, day, undrawn - drawn);
            self.draw(index, day, drawn, dealing.cause)?;
            let is_owed = self.run.group(before).is_some_and(|group| group.sign() < 0);
            cash += if is_owed { part } else { -part };
        }
        let filled = asked.min(asked - left);
        let filled = filled.min(cash.abs().max(0));
        Ok(Outcome {
            filled,
            cash,
            reason: (filled < asked).then(|| "no more of it is undrawn".to_owned()),
        })
    }

    /// Leaves so much of a line undrawn from a day on; what shocks and customers draw later is scaled alike.
    fn take_of_line(&mut self, index: usize, day: Day, undrawn: Amount) {
        let Some(state) = self.states.get_mut(index) else {
            return;
        };
        let before = state.undrawn;
        if before == 0 {
            return;
        }
        state.next = Day::MIN;
        let slot = self.run.undrawn.get_mut(index);
        let Some(slot) = slot else { return };
        let old = slot.as_deref().cloned().unwrap_or_default();
        let scaled =
            |share: i64| i64::try_from(mul_div(i128::from(share), undrawn, before)).unwrap_or(0);
        let now = i64::try_from(old.at(day)).unwrap_or(0);
        let mut steps: Vec<(Day, i64)> = old
            .steps
            .iter()
            .copied()
            .filter(|(d, _)| *d < day)
            .collect();
        steps.push((day, scaled(now)));
        let later = old.steps.iter().filter(|(d, _)| *d > day);
        steps.extend(later.map(|(d, share)| (*d, scaled(*share))));
        let path = StepPath { steps };
        let opening = self
            .run
            .projection
            .groups
            .get(index)
            .map(|g| g.opening.undrawn);
        if let Some(state) = self.states.get_mut(index) {
            state.undrawn = opening.map_or(undrawn, |opening| scale(path.at(day), opening));
        }
        *slot = Some(Arc::new(path));
    }
}
