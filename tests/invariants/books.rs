//! The ledger against the groups: what was posted is what is held.

use std::collections::BTreeMap;

use plimsoll::engine::group::GroupKind;
use plimsoll::engine::state::{Account, Reading, Run};

/// Postings since the opening are the balances of every instrument on every day of cash.
pub fn books_hold(run: &Run) {
    let mut sums: BTreeMap<_, i128> = BTreeMap::new();
    let mut at = 0;
    let days = run.calendar.days.iter().zip(&run.calendar.is_cash);
    for day in days.filter(|(_, cash)| **cash).map(|(day, _)| *day) {
        while let Some(posting) = run.postings.get(at).filter(|p| p.day <= day) {
            *sums
                .entry((posting.currency, posting.account, posting.instrument))
                .or_insert(0) += posting.amount;
            at += 1;
        }
        let reading = Reading::Day(day);
        let mut held: BTreeMap<_, [i128; 4]> = BTreeMap::new();
        // collateral received is no position of the books
        let positions = run
            .groups()
            .filter(|(_, g)| !g.is_account() && g.kind != GroupKind::Received);
        for (index, group) in positions {
            if group.birth.as_ref().is_some_and(|b| b.day > day) {
                continue;
            }
            let of = held.entry((group.currency, group.instrument)).or_default();
            if !group.is_derivative() {
                of[0] += group.sign() * run.balance(index, reading) * 1_000;
                of[2] += group.sign() * run.premium(index, reading) * 1_000;
            }
            of[1] += group.sign() * run.accrued(index, reading);
            let sign = if group.is_derivative() {
                1
            } else {
                group.sign()
            };
            of[3] += sign * run.fair_value(index, reading) * 1_000;
        }
        for ((currency, instrument), amounts) in held {
            let accounts = [
                Account::Nominal,
                Account::Accrued,
                Account::Premium,
                Account::FairValue,
            ];
            for (account, amount) in accounts.into_iter().zip(amounts) {
                let key = (currency, account, Some(instrument));
                let posted = sums.get(&key).copied().unwrap_or(0);
                assert_eq!(
                    posted, amount,
                    "{currency} {account:?} {instrument:?} day {day}"
                );
            }
        }
    }
}
