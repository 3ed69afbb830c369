//! What a run keeps of interest beside the ledger, so that it can be told group by group.

use super::group::GroupKind;
use super::series::Day;
use super::transfer::Price;
use crate::quantity::Currency;
use std::collections::BTreeMap;

/// Interest that no contract says: on accounts of the ledger, and what is left of those who leave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Incomes {
    /// Interest on cash, plug and unmet need by cell (it ends on the event day of the same index), thousandths of a quantum, positive as
    /// earned on cash and as owed on the others.
    pub accounts: BTreeMap<(Currency, GroupKind), Vec<i128>>,
    /// Accrued interest that exits forfeit, the rounding of what they take along, the premium that goes with what is sold, and what was
    /// paid for swaps that are not carried at fair value, as it is spread; by group and day, thousandths of a quantum, in the sign of
    /// the group's income. Kept where interest is read group by group.
    pub exits: BTreeMap<usize, Vec<(Day, i128)>>,
    /// The transfer price of equity from each day on. Empty where no rule is for equity or it is not read.
    pub equity: Vec<(Day, Price)>,
}

impl Incomes {
    /// Adds the interest of a cell on an account; `place` is the cell's.
    pub fn on_account(&mut self, currency: Currency, kind: GroupKind, place: usize, amount: i128) {
        let cells = self.accounts.entry((currency, kind)).or_default();
        cells.resize(place, 0);
        cells.push(amount);
    }

    /// The price of equity on a day.
    pub fn equity_price(&self, day: Day) -> Option<Price> {
        let place = super::series::place_after(&self.equity, day);
        self.equity
            .get(place.checked_sub(1)?)
            .map(|(_, price)| *price)
    }
}
