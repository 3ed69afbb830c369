//! Loans whose payments stay when part of them is prepaid.

use plimsoll::engine::state::{Reading, Run};
use proptest::prelude::*;

use crate::bank::generate::{bank, cases};
use crate::bank::lines::Bank;
use crate::bank::program::{one_text, run_of};
use crate::books_hold;

/// A bank whose loans are prepaid, with the payments kept or not.
fn prepaying(bank: &Bank, share: u8, keeps: &str, rest: &str) -> Bank {
    let mut bank = bank.clone();
    bank.behaviours = vec![format!(
        "behaviour prepayment on annuity_loan + linear_loan {{\n  prepay = {share}% per year\n  keeps = {keeps}\n{rest}}}"
    )];
    bank.asks = "  run stress\n  report held".into();
    bank.more = "metric held: money = sum(assets: balance)".into();
    bank
}

fn stock(run: &Run, day: i32) -> i128 {
    run.groups()
        .filter(|(_, g)| !g.is_account() && !g.is_derivative())
        .map(|(index, _)| run.balance(index, Reading::Day(day)))
        .sum()
}

proptest! {
    #![proptest_config(cases(3))]

    /// I4 and I9: what is scheduled, prepaid and left is the opening, whatever else happens; every posting has its other side.
    #[test]
    fn i04_i09_books_hold_where_payments_are_kept(bank in bank(3), share in 1..60u8, daily in any::<bool>()) {
        let rest = if daily { "  observed = daily\n" } else { "" };
        let bank = prepaying(&bank, share, "payment", rest);
        one_text(&bank.text()).perform("check", &bank.data(), |performed| {
            for run in ["normal", "stress"] {
                books_hold(run_of(performed, run));
            }
        });
    }

    /// I23: nothing prepaid leaves the contract as it is; all of it is gone at the first date.
    #[test]
    fn i23_none_and_all_where_payments_are_kept(bank in bank(3)) {
        let mut bank = bank;
        bank.balance_sheet = "run_off";
        bank.stress.clear();
        let read = |share, keeps| {
            let bank = prepaying(&bank, share, keeps, "");
            one_text(&bank.text()).perform("check", &bank.data(), |performed| {
                let run = run_of(performed, "normal");
                [1, 40, 200].map(|day| stock(run, day))
            })
        };
        for share in [0, 100] {
            prop_assert_eq!(read(share, "payment"), read(share, "term"));
        }
    }
}
