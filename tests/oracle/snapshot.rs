//! What is read at the end of a day of the loop.

use std::collections::BTreeMap;

use chrono::Days;

use crate::evaluator::Evaluator;
use crate::number::{RATE, divided, share};

/// Of an instrument in a currency. Accrued interest in thousandths of a quantum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    pub balance: i128,
    pub accrued: i128,
    pub premium: i128,
    pub fair: i128,
    /// Principal and interest due in the thirty days after.
    pub due: i128,
    pub interest: i128,
}

/// Of a currency. Accrued interest and results in thousandths of a quantum; results are those of the stretch that ends here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balances {
    pub cash: i128,
    pub plug: i128,
    pub unmet: i128,
    pub defaulted: i128,
    pub margin: i128,
    /// On cash, on the plug, on unmet need.
    pub accrued: [i128; 3],
    pub interest: i128,
    pub impairment: i128,
    pub fees: i128,
    pub disposals: i128,
    pub fair: i128,
    pub oci: i128,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    pub held: BTreeMap<(String, String), Held>,
    pub balances: BTreeMap<String, Balances>,
    /// Assets less liabilities since the opening, quanta of euro.
    pub equity: i128,
    /// On some days: value, and lowest headroom of sixty days; quanta of euro.
    pub outlook: Option<(i64, i64)>,
    /// Free bonds and cash over what may leave in thirty days.
    pub cover: Option<(i128, i128)>,
    /// How far amounts that were made of discount factors may be from exact ones, quanta.
    pub slack: i128,
}

impl Evaluator<'_> {
    pub fn snapshot(&self, day: i64) -> Snapshot {
        let mut snapshot = Snapshot {
            slack: self.slack,
            equity: divided(self.net_assets() - self.net_at_start, 1_000 * RATE),
            ..Snapshot::default()
        };
        let date = self.date(day);
        if self.looks_ahead && [0, 17, 40].contains(&day) {
            snapshot.outlook = Some((self.value(day) as i64, self.lowest(day, 60) as i64));
        }
        if !self.world.treasury.scenarios.is_empty() && self.is_cash_day(day) {
            snapshot.cover = Some(self.cover(day));
        }
        let until = date + Days::new(30);
        for deal in &self.deals {
            let of = snapshot
                .held
                .entry((deal.name.to_owned(), deal.currency.to_owned()))
                .or_default();
            of.balance += deal.nominal;
            of.accrued += deal.accrued;
            of.premium += deal.premium;
            of.fair += deal.fair;
            let inside = deal
                .course
                .payments
                .iter()
                .filter(|p| p.paid > date && p.paid <= until);
            let (principal, interest) =
                inside.fold((0, 0), |sum, p| (sum.0 + p.principal, sum.1 + p.interest));
            of.due += share(deal.factor, principal);
            of.interest += share(deal.factor, interest);
        }
        for swap in &self.swaps {
            let of = snapshot
                .held
                .entry((swap.name.to_owned(), "EUR".to_owned()))
                .or_default();
            of.accrued += swap.net_accrued();
            of.fair += swap.fair;
            let inside = (1..=30).map(|ahead| swap.flow(date + Days::new(ahead)));
            of.interest += inside.sum::<i128>();
        }
        for (currency, books) in &self.books {
            snapshot.balances.insert(
                (*currency).to_owned(),
                Balances {
                    cash: books.cash,
                    plug: books.plug,
                    unmet: books.unmet,
                    defaulted: books.defaulted,
                    margin: books.margin,
                    accrued: books.accrued,
                    interest: books.interest,
                    impairment: books.impairment,
                    fees: books.fees,
                    disposals: books.disposals,
                    fair: books.fair,
                    oci: books.oci,
                },
            );
        }
        snapshot
    }
}
