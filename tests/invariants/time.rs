//! Time: the grid, horizons that add up, run-off, constant volumes, survival, branches.

use std::collections::BTreeMap;

use plimsoll::engine::state::{Reading, ResultLine};
use plimsoll::quantity::{Currency, Rational};
use proptest::prelude::*;

use crate::bank::generate::{bank, cases};
use crate::bank::lines::Bank;
use crate::bank::program::{one_text, run_of};

fn number(text: &str, digits: i128) -> Rational {
    Rational::new(text.parse().unwrap(), digits).unwrap()
}

proptest! {
    #![proptest_config(cases(4))]

    /// I6: days that are printed change no number: the ledger is the same, and every metric at common dates.
    #[test]
    fn i06_grid(bank in bank(3)) {
        let mut coarse = bank;
        coarse.more = "metric volume: money = sum(assets: balance + accrued)
metric income: money = sum(net_interest during 2M)
metric value: money = sum(assets: pv) - sum(liabilities: pv)".into();
        coarse.asks = "  run stress\n  report volume, income, value".into();
        coarse.calendars = "  settle daily until 35d\n  settle monthly until 5M\n  step monthly until 2M".into();
        let mut fine = coarse.clone();
        fine.calendars = "  settle daily until 35d\n  settle monthly until 5M\n  step daily until 10d\n  step monthly until 2M".into();
        let records = |bank: &Bank| one_text(&bank.text()).records("check", &bank.data());
        let (a, b) = (records(&coarse), records(&fine));
        prop_assert_eq!(&a.postings, &b.postings);
        let of_fine: BTreeMap<_, _> = b.metrics.iter().map(|m| (&m.key, &m.value)).collect();
        prop_assert!(a.metrics.len() < b.metrics.len());
        for metric in &a.metrics {
            prop_assert_eq!(Some(&&metric.value), of_fine.get(&metric.key));
        }
    }

    /// I12: in run-off every dated stock is nothing after the last day, and with cash enough nothing is borrowed.
    #[test]
    fn i12_run_off_ends(bank in bank(2)) {
        let mut bank = bank;
        bank.lines.retain(|line| line.name != "sight");
        bank.behaviours.retain(|b| !b.contains("sight"));
        bank.stress.retain(|clause| !clause.contains("sight"));
        bank.balance_sheet = "run_off";
        bank.cash = [100_000_000_000, 100_000_000_000];
        bank.calendars = "  settle monthly until maturity\n  step monthly until 1M".into();
        one_text(&bank.text()).perform("check", &bank.data(), |performed| {
            for run in performed.runs() {
                let last = Reading::Day(run.calendar.last());
                for (index, group) in run.groups().filter(|(_, g)| !g.is_account()) {
                    assert_eq!((run.balance(index, last), run.premium(index, last)), (0, 0), "{group:?}");
                    // paid on the business day before it is due: the interest of the days between is paid ahead
                    let ahead = group.maturity.is_some_and(|due| due > run.calendar.last());
                    assert!(run.accrued(index, last) == 0 || ahead, "{group:?}");
                }
                for days in run.accounts.values() {
                    assert!(days.iter().all(|accounts| accounts.plug == 0 && accounts.unmet == 0));
                }
            }
        });
    }

    /// I13 and I36: interest of a year is that of its parts; a branch that says nothing changes nothing; x less x under base is nothing in the base.
    #[test]
    fn i13_i36_horizons_add_up(bank in bank(2)) {
        let mut bank = bank;
        bank.more = "scenario silent extends normal {
}
metric value: money = sum(assets: pv) - sum(liabilities: pv)
metric whole: money = sum(net_interest during 6M)
metric first_half: money = sum(net_interest during 3M)
metric second_half: money = sum(net_interest during 3M) at 3M
metric untouched: money = value - branch(value, silent)
scenario ripple extends normal {
  shock rates all: 0bp
}
metric rippled: money = value - branch(value, ripple)
metric nothing: money = value - value under base".into();
        bank.date = "2026-09-30".parse().unwrap();
        for line in &mut bank.lines {
            for row in &mut line.rows {
                row.maturity = row.maturity.max(bank.date + chrono::Days::new(1));
            }
        }
        bank.asks = "  run stress\n  report whole, first_half, second_half, untouched, rippled, nothing".into();
        let program = one_text(&bank.text());
        program.perform("check", &bank.data(), |performed| {
            let measures = performed.measures();
            for (at, _) in performed.runs().iter().enumerate() {
                let read = |name: &str| program.number(&measures, name, at, Reading::Day(0));
                assert_eq!(read("whole"), &read("first_half") + &read("second_half"));
                for day in [0, 10, 31, 38, 92] {
                    let untouched = program.number(&measures, "untouched", at, Reading::Day(day));
                    assert!(untouched.is_zero(), "run {at} day {day}: {}", untouched.to_fixed(9));
                    // derived anew, survival is the same up to its last digit
                    let rippled = program.number(&measures, "rippled", at, Reading::Day(day));
                    assert!(rippled.abs() <= number("1", 10_000), "run {at} day {day}: {}", rippled.to_fixed(9));
                }
            }
            assert!(program.number(&measures, "nothing", 0, Reading::Day(31)).is_zero());
        });
    }

    /// I11: under a constant balance sheet the volume of every instrument and currency is the same on every day of the loop.
    #[test]
    fn i11_constant_volumes(bank in bank(3)) {
        let mut bank = bank;
        bank.balance_sheet = "constant";
        for behaviour in &mut bank.behaviours {
            *behaviour = behaviour.replace("  default = ", "  default = 0% * ");
        }
        one_text(&bank.text()).perform("check", &bank.data(), |performed| {
            let run = run_of(performed, "normal");
            let volumes = |reading: Reading| {
                let mut volumes: BTreeMap<_, i128> = BTreeMap::new();
                for (index, group) in run.groups().filter(|(_, g)| !g.is_account()) {
                    *volumes.entry((group.instrument, group.currency)).or_default() += run.balance(index, reading);
                }
                volumes
            };
            let opening = volumes(Reading::Start);
            for day in &run.calendar.days {
                assert_eq!(opening, volumes(Reading::Day(*day)), "day {day}");
            }
        });
    }

    /// I11: where what is new pays what the old paid, interest of every quarter is the same, up to a quantum a birth.
    #[test]
    fn i11_constant_income(bank in bank(4), rate in 1..9_000i64) {
        let mut bank = bank;
        bank.date = "2026-09-30".parse().unwrap();
        bank.lines.retain(|line| line.name == "bullet_loan" || line.name == "term_deposit");
        bank.behaviours.clear();
        bank.stress.clear();
        let coupon = crate::bank::lines::decimal(rate, 3);
        bank.more = format!("scenario same extends normal {{\n  balance_sheet = constant(rate = {coupon}%)\n}}\n{}", bank.more);
        bank.asks = "  run same\n  report volume".into();
        bank.calendars = "  settle monthly until 12M\n  step monthly until 1M".into();
        (bank.cash, bank.cash_rate, bank.capacity) = ([0, 0], 0, 0);
        for line in &mut bank.lines {
            // a day between due and paid is without interest, or has it twice
            (line.daycount, line.roll) = ("30E/360", "none");
            for row in &mut line.rows {
                row.rate = rate;
                row.currency = "EUR";
                row.maturity = row.maturity.max(bank.date + chrono::Days::new(1));
            }
        }
        one_text(&bank.text()).perform("check", &bank.data(), |performed| {
            let run = run_of(performed, "same");
            let cells = &run.results[&(Currency::EUR, ResultLine::NetInterest)];
            let own: Vec<i128> = run.accounts[&Currency::EUR].iter().map(|a| a.unmet).collect();
            // interest on what is unmet is no interest of contracts
            if own.iter().any(|unmet| *unmet != 0) {
                return;
            }
            let quarters: Vec<i128> = cells[1..].chunks(3).map(|c| c.iter().sum()).collect();
            for quarter in &quarters {
                assert!((quarter - quarters[0]).abs() <= (run.births.len() as i128 + 20) * 1_000, "{quarters:?}");
            }
        });
    }

    /// I39: what is owed within thirty days, later and on demand is the balance; a position is inside exactly while it has thirty days or less.
    #[test]
    fn i39_inside_and_outside(bank in bank(3)) {
        let mut bank = bank;
        bank.more = "dimension band: tenor = up to 30d | beyond
let all_lines: selection = assets + liabilities - own_bond
metric inside: money = sum(all_lines: due(30d))
metric by_band: money = sum(all_lines: maturing(band))
metric on_demand: money = sum(all_lines: callable(30d))
metric whole: money = sum(all_lines: balance)".into();
        bank.asks = "  run stress\n  report inside, on_demand, whole\n  report by_band by band".into();
        let program = one_text(&bank.text());
        let records = program.records("check", &bank.data());
        let mut values: BTreeMap<(String, String), BTreeMap<(String, String), Rational>> = BTreeMap::new();
        for metric in records.metrics.iter().filter(|m| m.reported) {
            let plimsoll::engine::observe::Value::Number(value) = &metric.value else { panic!("{metric:?}") };
            let value: rust_decimal::Decimal = value.parse().unwrap();
            values.entry((metric.key.scenario.clone(), metric.key.date.clone())).or_default()
                .insert((metric.key.metric.clone(), metric.key.member.clone()), Rational::from_decimal(value));
        }
        for (at, of) in values {
            let get = |name: &str, member: &str| of.get(&(name.to_owned(), member.to_owned())).cloned().unwrap_or_else(|| panic!("{name} {member}: {of:?}"));
            let (short, long) = (get("by_band", "up to 30d"), get("by_band", "beyond"));
            let (inside, on_demand, whole) = (get("inside", ""), get("on_demand", ""), get("whole", ""));
            // a quantum a group: what a group owes within the window is rounded apart from the rest
            let most = number("100", 10_000);
            let distance = |a: &Rational, b: &Rational| (a - b).abs();
            prop_assert!(distance(&(&short + &long), &whole) <= most, "{at:?}: {of:?}");
            prop_assert!(distance(&short, &(&inside + &on_demand)) <= most, "{at:?}: {of:?}");
        }
        program.perform("check", &bank.data(), |performed| {
            for run in performed.runs() {
                for (index, group) in run.groups().filter(|(_, g)| !g.is_account() && g.principal.len() == 1) {
                    let Some(last) = group.principal.last_day() else { continue };
                    let born = group.birth.as_ref().map_or(0, |b| b.day);
                    for day in run.calendar.days.iter().filter(|day| **day >= born && **day < last) {
                        let reading = Reading::Day(*day);
                        let due = run.due(index, reading, day + 30);
                        let whole = run.balance(index, reading);
                        assert_eq!(due, if last - day <= 30 { whole } else { 0 });
                    }
                }
            }
        });
    }

    /// I23: nobody prepays: the contract; everybody does: nothing is left at the first month end; the order of hazards does not move the stock.
    #[test]
    fn i23_survival(bank in bank(2), x in 0..100u32, y in 0..100u32) {
        let mut bank = bank;
        bank.balance_sheet = "run_off";
        bank.asks = "  report volume".into();
        let with = |behaviour: &str| {
            let mut bank = bank.clone();
            bank.behaviours = if behaviour.is_empty() { Vec::new() } else { vec![format!("behaviour b on annuity_loan + bullet_loan {{\n{behaviour}\n}}")] };
            bank
        };
        let ledger = |bank: &Bank| one_text(&bank.text()).records("check", &bank.data()).postings
            .into_iter().map(|p| (p.date, p.account, p.cause, p.amount)).collect::<Vec<_>>();
        // the loop stops at month ends in both
        prop_assert_eq!(ledger(&with("")), ledger(&with("  prepay = 0% per year")));
        let stocks = |bank: &Bank| one_text(&bank.text()).perform("check", &bank.data(), |performed| {
            let run = run_of(performed, "normal");
            let name = |g: &plimsoll::engine::group::Group| g.instrument;
            let mut stocks = Vec::new();
            for (day, month_end) in run.calendar.days.iter().zip(&run.calendar.is_month_end) {
                for (index, group) in run.groups().filter(|(_, g)| !g.is_account()) {
                    stocks.push((*day, *month_end, name(group), run.balance(index, Reading::Day(*day))));
                }
            }
            stocks
        });
        let all = stocks(&with("  prepay = 100% per year"));
        let first = all.iter().filter(|s| s.1).map(|s| s.0).min().unwrap();
        for (day, _, instrument, stock) in &all {
            // the first two instruments are the loans that prepay
            if *day >= first && instrument.index() < 2 {
                prop_assert_eq!(*stock, 0);
            }
        }
        let one = stocks(&with(&format!("  prepay = {x}% per year\n  withdraw = {y}% per year")));
        let other = stocks(&with(&format!("  prepay = {y}% per year\n  withdraw = {x}% per year")));
        for (a, b) in one.iter().zip(&other) {
            // products of shares are rounded at 1e-15: a quantum at most on these amounts
            prop_assert!((a.3 - b.3).abs() <= 1, "{a:?} {b:?}");
        }
    }
}
