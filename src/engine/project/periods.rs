//! The periods in which accounts whose rate the bank sets earn interest.

use super::kernel::{Beside, LegBatch};
use crate::calendar::Date;
use crate::contract::{Column, Floating, InterestFlow, PrincipalFlow, Sink, Span, project};
use crate::engine::group::ClientPeriod;
use crate::engine::series::{Amount, Day};
use crate::quantity::{RATE_SCALE, Rate};
use std::collections::BTreeMap;

/// What the account that stands for its kind owes, in quanta: enough for every period to pay something.
const STANDING: Amount = 1_000_000_000;

/// Takes the periods of one account: start, due day, paid day.
struct Periods(Vec<[Date; 3]>);

impl Sink for Periods {
    type Amount = i128;
    const MARGIN: bool = false;
    const ACCRUALS: bool = false;

    fn principal(&mut self, _: usize, _: &PrincipalFlow<i128>) {}
    fn interest(&mut self, _: usize, flow: &InterestFlow<i128>) {
        self.0.push([flow.start, flow.due, flow.paid]);
    }
}

impl LegBatch<'_> {
    /// The periods of interest of accounts whose rate the bank sets, with their balances. Accounts that open alike have the same
    /// periods: one of each kind is run, for all of them. `None` where the amounts are more than can be counted.
    pub(super) fn periods(&self, rows: &[usize], span: Span) -> Option<Vec<ClientPeriod>> {
        let mut kinds: BTreeMap<(Option<Date>, bool), (usize, Amount, Amount)> = BTreeMap::new();
        for row in rows {
            let accrued = self.positions.accrued.get(*row).map(|amount| amount.0);
            let key = (self.positions.last_payment.get(*row), accrued.is_some());
            let (_, balance, stated) = kinds.entry(key).or_insert((*row, 0, 0));
            *balance = balance.checked_add(self.nominal(*row))?;
            *stated = stated.checked_add(accrued.unwrap_or(0))?;
        }
        let mut periods: BTreeMap<[Day; 3], (Amount, Amount)> = BTreeMap::new();
        for (row, balance, mut stated) in kinds.into_values() {
            let mut columns = self.columns(&[row], &[STANDING], Beside::Nothing);
            columns.rate = Column::Same(Rate(RATE_SCALE));
            let mut told = Periods(Vec::new());
            // what is wrong with an account is told by the run of its own contract
            project(
                &self.terms(row),
                &columns,
                span,
                Floating::Exposures,
                &mut told,
            );
            for dates in told.0 {
                let days = dates.map(|date| date.days_since(self.origin));
                let period = periods.entry(days).or_default();
                period.0 = period.0.checked_add(balance)?;
                // what had accrued by the book's date is paid with the first period
                period.1 = period.1.checked_add(std::mem::take(&mut stated))?;
            }
        }
        let period = |([start, end, paid], (balance, stated)): ([Day; 3], _)| ClientPeriod {
            start,
            end,
            paid,
            balance,
            stated,
        };
        Some(periods.into_iter().map(period).collect())
    }
}
