//! Actions along the path: what does not fire changes nothing, what is decided does not change the past, the books balance whatever is done.

use plimsoll::calendar::BusinessCalendar;
use plimsoll::engine::state::Reading;
use plimsoll::quantity::Rational;
use proptest::prelude::*;

use crate::bank::generate::{bank, cases};
use crate::bank::lines::Bank;
use crate::bank::program::{one_text, run_of};
use crate::books_hold;

/// A product of each kind, and a pair of swaps.
const PRODUCTS: &str = "
instrument note {
  side = liability
  repays = bullet
  accounting = amortised
  segment = corporate
}
product note_1y of note {
  currency = EUR
  maturity = 1Y
  price = 99.5%
  accrues = fixed(swap_rate(1Y) + 30bp, every = 6M, daycount = act/365)
}
product floating_note of note {
  currency = EUR
  maturity = 6M
  accrues = index(EURIBOR_3M, reset = 3M, spread = 10bp, daycount = act/360)
  cost = 0.2%
}
instrument paper {
  side = asset
  repays = bullet
  accounting = fvoci
  lots = each
  segment = corporate
}
product paper_2y of paper {
  currency = EUR
  maturity = 2Y
  price = 101%
  accrues = fixed(2%, every = 1Y, daycount = 30E/360)
}
instrument swap {
  side = derivative
  currency = EUR
  accounting = fvtpl
}
product payer of swap {
  currency = EUR
  maturity = 3Y
  pays = fixed(swap_rate(3Y), every = 1Y, daycount = act/365)
  receives = index(EURIBOR_3M, reset = 3M, daycount = act/360)
}
product receiver of swap {
  currency = EUR
  maturity = 3Y
  pays = index(EURIBOR_3M, reset = 3M, daycount = act/360)
  receives = fixed(swap_rate(3Y), every = 1Y, daycount = act/365)
}
instrument repo {
  side = liability
  repays = bullet
  accrues = fixed(1%, daycount = act/360)
  accounting = amortised
  segment = corporate
}
instrument reverse_repo {
  side = asset
  repays = bullet
  accrues = fixed(1%, daycount = act/360)
  accounting = amortised
  segment = corporate
}
metric held: money = sum(assets: balance)
metric reserve: money = sum(assets: free)
metric value: money = sum(assets: pv) - sum(liabilities: pv) + sum(derivatives: pv)
";

pub fn with(bank: &Bank, actions: &str, runs: &str) -> Bank {
    let mut bank = bank.clone();
    bank.more = format!("{PRODUCTS}{actions}");
    bank.asks = format!("  run stress, {runs}\n  report held");
    bank
}

proptest! {
    #![proptest_config(cases(3))]

    /// Whatever actions do, the books hold: every verb at once, in both balance sheets.
    #[test]
    fn books_hold_whatever_is_done(bank in bank(3)) {
        let bank = with(&bank, "
action everything {
  observed = weekly
  lead = 3d
  times = 3
  apart = 2w
  when held > 0 EUR
  do issue(note_1y, nominal = 300_000 EUR)
  do issue(floating_note, nominal = 200_000 EUR)
  do sell(bullet_loan + linear_loan, proceeds = 100_000 EUR)
  do sell(floater, nominal = 50_000 EUR, order = highest_price)
  do buy(paper_2y, nominal = 250_000 EUR)
  do buy(bullet_loan, nominal = 30_000 EUR)
  do buy_back(own_bond, nominal = 40_000 EUR)
  do repo(annuity_loan + floored_loan, cash = 90_000 EUR, term = 3w, haircut = 10%, roll = true)
  do hedge(payer, notional = 1mn EUR)
  do reprice(sight, +20bp)
  do issue_equity(10_000 EUR)
  do pay_dividend(5_000 EUR)
}
action close_all {
  on_date = 2027-04-15
  do unwind(swap)
  do sell(paper, nominal = 400_000 EUR)
}
scenario busy extends stress { allow everything, close_all }
", "busy");
        one_text(&bank.text()).perform("check", &bank.data(), |performed| {
            let run = run_of(performed, "busy");
            assert!(run.decisions.iter().any(|d| d.is_settled));
            books_hold(run);
        });
    }

    /// I19: what is sold and bought back on one day at model price leaves cash and value as they were.
    #[test]
    fn i19_sold_and_bought_back(bank in bank(3)) {
        let mut bank = bank;
        bank.behaviours.clear();
        // what comes back would be lent again at the rates of its day
        bank.balance_sheet = "run_off";
        bank.stress.retain(|clause| !clause.contains("outflow") && !clause.contains("price"));
        let day = bank.date + chrono::Days::new(20);
        let bank = with(&bank, &format!("
action round_trip {{
  on_date = {day}
  do sell(annuity_loan, nominal = 1_000 EUR)
  do buy(annuity_loan, nominal = 1_000 EUR)
}}
scenario turned extends stress {{ allow round_trip }}
"), "turned");
        let program = one_text(&bank.text());
        program.perform("check", &bank.data(), |performed| {
            let measures = performed.measures();
            let read = |run| program.number(&measures, "value", run, Reading::Day(40));
            let few = Rational::new(1, 10).unwrap();
            let difference = &read(2) - &read(1);
            assert!(difference.abs() <= few, "{}", difference.to_fixed(9));
            books_hold(run_of(performed, "turned"));
        });
    }

    /// I20 and I21: a par swap is worth nothing when it is entered; with its opposite it is nothing at all.
    #[test]
    fn i20_i21_swaps(bank in bank(2)) {
        let day = bank.date + chrono::Days::new(16);
        let bank = with(&bank, &format!("
action both {{
  on_date = {day}
  lead = 1d
  do hedge(payer, notional = 10mn EUR)
  do hedge(receiver, notional = 10mn EUR)
}}
scenario hedged extends stress {{ allow both }}
"), "hedged");
        let program = one_text(&bank.text());
        program.perform("check", &bank.data(), |performed| {
            let measures = performed.measures();
            let (plain, hedged) = (run_of(performed, "stress"), run_of(performed, "hedged"));
            for day in [16, 24, 30, 40] {
                let read = |run| program.number(&measures, "value", run, Reading::Day(day));
                assert_eq!(read(1), read(2));
            }
            for (currency, accounts) in &plain.accounts {
                let last = Reading::Day(plain.calendar.last());
                assert_eq!(hedged.accounts_at(*currency, last).cash, plain.accounts_at(*currency, last).cash);
                assert!(!accounts.is_empty());
            }
            books_hold(hedged);
        });
    }

    /// I28: actions that never fire, and actions that ask for nothing, change nothing.
    #[test]
    fn i28_what_does_not_fire(bank in bank(3)) {
        let bank = with(&bank, "
action never {
  observed = daily
  lead = 9d
  when held < 0 EUR
  do issue(note_1y, nominal = 300_000 EUR)
}
action of_nothing {
  observed = weekly
  when held >= 0 EUR
  do issue(note_1y, nominal = max(0 * held, 0 EUR))
}
scenario armed extends stress { allow never, of_nothing }
", "armed");
        let program = one_text(&bank.text());
        program.perform("check", &bank.data(), |performed| {
            let (plain, armed) = (run_of(performed, "stress"), run_of(performed, "armed"));
            assert!(armed.decisions.iter().all(|d| !d.counts()));
            let days = plain.calendar.days.iter().zip(&plain.calendar.is_cash);
            for day in days.filter(|(_, cash)| **cash).map(|(day, _)| *day) {
                for currency in plain.accounts.keys() {
                    let reading = Reading::Day(day);
                    assert_eq!(plain.accounts_at(*currency, reading), armed.accounts_at(*currency, reading), "{currency} day {day}");
                }
            }
            let measures = performed.measures();
            for day in [1, 9, 31, 40] {
                let read = |run| program.number(&measures, "value", run, Reading::Day(day));
                assert_eq!(read(1), read(2), "day {day}");
            }
        });
    }

    /// I29: before it settles a decision changes nothing; it settles on a business day, no earlier than its lead.
    #[test]
    fn i29_decisions_do_not_change_the_past(bank in bank(3)) {
        let bank = with(&bank, "
action later {
  observed = weekly
  lead = 10d
  times = 1
  when held > 0 EUR
  do issue(note_1y, nominal = 300_000 EUR)
}
scenario armed extends stress { allow later }
", "armed");
        let program = one_text(&bank.text());
        program.perform("check", &bank.data(), |performed| {
            let (plain, armed) = (run_of(performed, "stress"), run_of(performed, "armed"));
            let decision = armed.decisions.iter().find(|d| d.counts()).unwrap();
            assert!(decision.settles >= decision.day + 10);
            let settles = armed.date(decision.settles).unwrap();
            assert!(BusinessCalendar::Target.is_business_day(settles), "{settles}");
            for day in plain.calendar.days.iter().copied().filter(|day| *day < decision.settles) {
                for currency in plain.accounts.keys() {
                    let reading = Reading::Day(day);
                    assert_eq!(plain.accounts_at(*currency, reading), armed.accounts_at(*currency, reading), "{currency} day {day}");
                }
            }
            books_hold(armed);
        });
    }

    /// I30: no more is encumbered than is held; what is encumbered is released when its deal is due.
    #[test]
    fn i30_encumbrance(bank in bank(3)) {
        let mut bank = bank;
        // a lot that is repaid, prepaid or written off takes its pledge with it
        bank.behaviours.clear();
        bank.stress.retain(|clause| !clause.contains("outflow"));
        let bank = with(&bank.in_lots(), "
action pledge {
  observed = weekly
  lead = 2d
  times = 3
  when held > 0 EUR
  do reverse_repo(bullet_loan, cash = 200_000 EUR, term = 2w, haircut = 8%, rehypothecate = true)
  do repo(annuity_loan + bullet_loan + linear_loan, cash = 400_000 EUR, term = 1w, haircut = 8%)
}
scenario pledging extends stress { allow pledge }
", "pledging");
        let program = one_text(&bank.text());
        program.perform("check", &bank.data(), |performed| {
            let run = run_of(performed, "pledging");
            books_hold(run);
            for (place, day) in run.calendar.days.iter().copied().enumerate() {
                if run.calendar.is_cash.get(place) != Some(&true) {
                    continue;
                }
                for (index, _) in run.groups().filter(|(_, g)| !g.is_account()) {
                    let held = run.balance(index, Reading::Day(day));
                    let pledged: i128 = run.encumbered(index, Reading::Day(day)).iter().map(|(_, a)| a).sum();
                    assert!(pledged <= held.max(run.market_value(index, Reading::Day(day)).unwrap_or(0)), "{index} day {day}");
                }
            }
            let last = run.encumbrances.iter().filter_map(|e| e.release).max().unwrap_or(0);
            let after = run.calendar.days.iter().copied().find(|day| *day > last);
            if let Some(after) = after {
                for (index, _) in run.groups() {
                    assert!(run.encumbered(index, Reading::Day(after)).is_empty());
                }
            }
        });
    }

    /// Collateral that may be used is a reserve and nothing else: no account and no value knows of it, and it goes back.
    #[test]
    fn collateral_received_moves_no_money(bank in bank(3)) {
        let mut bank = bank;
        bank.behaviours.clear();
        let lending = |name: &str, reused: bool| format!("
action {name} {{
  observed = weekly
  lead = 2d
  times = 2
  when held > 0 EUR
  do reverse_repo(bullet_loan + linear_loan, cash = 100_000 EUR, term = 1w, haircut = 8%, rehypothecate = {reused})
}}
scenario {name}_run extends stress {{ allow {name} }}
");
        let actions = format!("{}{}", lending("locked", false), lending("usable", true));
        let bank = with(&bank, &actions, "locked_run, usable_run");
        let program = one_text(&bank.text());
        program.perform("check", &bank.data(), |performed| {
            let (locked, usable) = (run_of(performed, "locked_run"), run_of(performed, "usable_run"));
            books_hold(usable);
            // where nothing of the kind is held nothing is lent
            if usable.received.is_empty() {
                return;
            }
            assert_eq!(locked.accounts, usable.accounts);
            assert_eq!(locked.equity, usable.equity);
            let measures = performed.measures();
            for day in [9, 20, 31, 40] {
                let of = |metric: &str, run| program.number(&measures, metric, run, Reading::Day(day));
                for metric in ["held", "value"] {
                    assert_eq!(of(metric, 2), of(metric, 3), "{metric} day {day}");
                }
                let is_there = usable.received.iter().any(|r| r.since <= day && r.release > day);
                let more = &of("reserve", 3) - &of("reserve", 2);
                assert_eq!(is_there, more > Rational::ZERO, "day {day}");
            }
        });
    }
}
