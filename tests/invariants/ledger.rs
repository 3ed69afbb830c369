//! Double entry, flows and balances.

use std::collections::BTreeMap;

use plimsoll::engine::state::{Account, Cause, Reading, Run};
use proptest::prelude::*;

use crate::bank::generate::{bank, cases};
use crate::bank::program::one_text;

fn readings(run: &Run) -> Vec<Reading> {
    let days = run.calendar.days.iter().map(|day| Reading::Day(*day));
    std::iter::once(Reading::Start).chain(days).collect()
}

proptest! {
    #![proptest_config(cases(6))]

    /// I9: on every day, in every currency and for every cause debits are credits, and assets are what is owed.
    #[test]
    fn i09_double_entry(bank in bank(3)) {
        let program = one_text(&bank.text());
        program.perform("check", &bank.data(), |performed| {
            for run in performed.runs() {
                let mut sums: BTreeMap<_, i128> = BTreeMap::new();
                for posting in &run.postings {
                    *sums.entry((posting.currency, posting.day, posting.cause)).or_default() += posting.amount;
                }
                for (of, sum) in sums {
                    assert_eq!(sum, 0, "{of:?}");
                }
                for reading in readings(run) {
                    for currency in run.accounts.keys().copied() {
                        let accounts = run.accounts_at(currency, reading);
                        let mut assets = 0;
                        for (index, group) in run.groups().filter(|(_, g)| g.currency == currency && !g.is_account()) {
                            let born = group.birth.as_ref().is_none_or(|b| reading != Reading::Start && reading.day() >= b.day);
                            if born {
                                let carried = run.balance(index, reading) + run.premium(index, reading) + run.fair_value(index, reading);
                                assets += group.sign() * (carried * 1_000 + run.accrued(index, reading));
                            }
                        }
                        assets += (accounts.cash + accounts.defaulted + accounts.margin) * 1_000 + accounts.cash_accrued;
                        let owed = (accounts.plug + accounts.unmet) * 1_000 + accounts.plug_accrued + accounts.unmet_accrued;
                        let own = accounts.capital * 1_000 + accounts.retained + accounts.oci + accounts.opening_difference + accounts.fx_position;
                        assert_eq!(assets, owed + own, "{currency} {reading:?}");
                    }
                }
            }
        });
    }

    /// I9 in the reporting currency: every day, currency and cause sums to nothing, rounding stays below half a thousandth of a quantum a
    /// line, and what is carried is what the amounts are worth: equity.
    #[test]
    fn i09_reporting_currency(bank in bank(3)) {
        let program = one_text(&bank.text());
        let records = program.records("check", &bank.data());
        program.perform("check", &bank.data(), |performed| {
            for run in performed.runs() {
                let own: Vec<_> = records.postings.iter().filter(|p| p.scenario == run.key.0).collect();
                let mut sums: BTreeMap<_, (i128, i128, i128)> = BTreeMap::new();
                for p in &own {
                    let of = sums.entry((&p.date, &p.currency, &p.cause)).or_default();
                    of.0 += p.reporting_amount;
                    of.1 += 1;
                    if p.account == "fx rounding" {
                        of.2 += p.reporting_amount.abs();
                    }
                }
                for (of, (sum, lines, rounding)) in sums {
                    assert_eq!(sum, 0, "{of:?}");
                    assert!(rounding * 2 <= lines, "{of:?}: {rounding} of {lines} lines");
                }
                // carried amounts of assets and liabilities, day by day
                let mut net = 0;
                let mut open = 0;
                let mut at = 0;
                let mut lines = 0;
                for (place, day) in run.calendar.days.iter().enumerate() {
                    let date = run.date(*day).unwrap().to_string();
                    while let Some(p) = own.get(at).filter(|p| p.date <= date) {
                        let other = p.account.starts_with("retained") || ["capital", "oci", "opening difference", "fx position", "fx rounding"].contains(&p.account.as_str());
                        if !other {
                            net += p.reporting_amount;
                            lines += 1;
                        } else if p.account == "opening difference" {
                            open -= p.reporting_amount;
                        }
                        at += 1;
                    }
                    let equity = run.equity[place + 1] * 1_000;
                    // each account is rounded to a thousandth, equity to a quantum
                    assert!((net - open - equity).abs() <= 500 + lines, "day {day}: {net} {open} {equity}");
                }
            }
        });
    }

    /// I4 and I10: opening plus postings is the balance of every instrument on every day; cash and result likewise.
    #[test]
    fn i04_i10_flows_sum_to_balances(bank in bank(3)) {
        let program = one_text(&bank.text());
        program.perform("check", &bank.data(), |performed| {
            for run in performed.runs() {
                let mut sums: BTreeMap<_, i128> = BTreeMap::new();
                let mut at = 0;
                for (place, day) in run.calendar.days.iter().copied().enumerate() {
                    let mut results = BTreeMap::new();
                    while let Some(posting) = run.postings.get(at).filter(|p| p.day <= day) {
                        *sums.entry((posting.currency, posting.account, posting.instrument)).or_insert(0) += posting.amount;
                        if posting.cause != Cause::Opening {
                            *results.entry((posting.currency, posting.account)).or_insert(0) -= posting.amount;
                        }
                        at += 1;
                    }
                    let reading = Reading::Day(day);
                    for currency in run.accounts.keys().copied() {
                        let accounts = run.accounts_at(currency, reading);
                        let sum = |account| sums.iter().filter(|((c, a, _), _)| *c == currency && *a == account).map(|(_, s)| s).sum::<i128>();
                        assert_eq!(sum(Account::Cash), accounts.cash * 1_000);
                        let result: i128 = [Account::NetInterest, Account::Impairment, Account::FairValueResult, Account::Fee].into_iter().map(sum).sum();
                        assert_eq!(-result, accounts.retained);
                        let line = run.results[&(currency, plimsoll::engine::state::ResultLine::NetInterest)][place];
                        assert_eq!(results.get(&(currency, Account::NetInterest)).copied().unwrap_or(0), line, "{currency} day {day}");
                    }
                    let mut held: BTreeMap<_, [i128; 3]> = BTreeMap::new();
                    for (index, group) in run.groups().filter(|(_, g)| !g.is_account()) {
                        if group.birth.as_ref().is_some_and(|b| b.day > day) {
                            continue;
                        }
                        let of = held.entry((group.currency, group.instrument)).or_default();
                        of[0] += group.sign() * run.balance(index, reading) * 1_000;
                        of[1] += group.sign() * run.accrued(index, reading);
                        of[2] += group.sign() * run.premium(index, reading) * 1_000;
                    }
                    for ((currency, instrument), amounts) in held {
                        for (account, amount) in [Account::Nominal, Account::Accrued, Account::Premium].into_iter().zip(amounts) {
                            let posted = sums.get(&(currency, account, Some(instrument))).copied().unwrap_or(0);
                            assert_eq!(posted, amount, "{currency} {account:?} {instrument:?} day {day}");
                        }
                    }
                }
            }
        });
    }

    /// I31: need is unmet only where cash is empty and the plug is at its capacity.
    #[test]
    fn i31_unmet_only_when_nothing_is_left(mut bank in bank(2)) {
        // little cash, so that needs occur
        bank.cash[0] /= 20;
        bank.capacity /= 10;
        let program = one_text(&bank.text());
        program.perform("check", &bank.data(), |performed| {
            for run in performed.runs() {
                for (day, cash) in run.calendar.days.iter().zip(&run.calendar.is_cash) {
                    for currency in run.accounts.keys().copied() {
                        let accounts = run.accounts_at(currency, Reading::Day(*day));
                        let capacity = if currency == plimsoll::quantity::Currency::EUR { i128::from(bank.capacity) * 100 } else { 0 };
                        assert!(accounts.plug >= 0 && accounts.unmet >= 0 && accounts.plug <= capacity);
                        if *cash {
                            assert!(accounts.cash >= 0, "{currency} day {day}: {accounts:?}");
                            assert!(accounts.unmet == 0 || (accounts.cash == 0 && accounts.plug == capacity), "{currency} day {day}: {accounts:?}");
                        }
                    }
                }
            }
        });
    }
}
