//! Positions and groups: sums, splits, scale and names.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll::engine::series::Day;
use plimsoll::engine::state::{Reading, Run};
use plimsoll::quantity::Rational;
use proptest::prelude::*;

use crate::bank::generate::{bank, cases};
use crate::bank::lines::{Accrues, Bank};
use crate::bank::program::{Program, one_text, run_of};

/// By instrument and day: principal paid until then, interest paid until then, accrued interest.
type Flows = BTreeMap<(String, Day), [i128; 3]>;

fn flows(program: &Program, run: &Run, days: &BTreeSet<Day>) -> Flows {
    let mut flows = Flows::new();
    for (index, group) in run.groups().filter(|(_, g)| !g.is_account()) {
        let name = program.plan.instruments[group.instrument.index()]
            .heading
            .short
            .clone();
        for day in days {
            let of = flows.entry((name.clone(), *day)).or_default();
            of[0] += run.principal(index).map_or(0, |p| p.through(*day));
            if let Some(leg) = run.interest_leg(index) {
                of[1] += leg.interest.paid.through(*day);
                of[2] += leg.interest.accrued(*day, run.projection.date);
            }
        }
    }
    flows
}

fn contractual(bank: &Bank) -> Bank {
    let mut bank = bank.clone();
    bank.behaviours.clear();
    bank.balance_sheet = "run_off";
    bank.calendars = "  settle monthly until 2M\n  step monthly until 2M".into();
    bank.more = "metric value: money = sum(assets - cash: pv) - sum(liabilities: pv)".into();
    bank.asks = "  report value".into();
    bank
}

fn days() -> impl Strategy<Value = BTreeSet<Day>> {
    prop::collection::btree_set(0..900i32, 12)
}

proptest! {
    #![proptest_config(cases(4))]

    /// I2 and I3: flows and value of a group are those of its positions, accrued interest up to the rounding to thousandths of a quantum.
    #[test]
    fn i02_i03_groups_are_sums_of_positions(bank in bank(6), days in days()) {
        let mut bank = contractual(&bank);
        bank.lines.retain(|line| !matches!(line.accrues, Accrues::Index(_)));
        let (grouped, apart) = (one_text(&bank.text()), one_text(&bank.in_lots().text()));
        let read = |program: &Program| program.perform("check", &bank.data(), |performed| {
            let run = run_of(performed, "normal");
            let value = program.number(&performed.measures(), "value", 0, Reading::Start);
            (flows(program, run, &days), value, run.group_count())
        });
        let (a, b) = (read(&grouped), read(&apart));
        prop_assert!(a.2 <= b.2);
        prop_assert_eq!(a.1, b.1);
        for (of, [principal, interest, accrued]) in &a.0 {
            let each = b.0[of];
            prop_assert_eq!([*principal, *interest], [each[0], each[1]], "{:?}", of);
            let most = bank.line_of(&of.0) as i128;
            prop_assert!((accrued - each[2]).abs() <= most, "{of:?}: {accrued} {}", each[2]);
        }
    }

    /// I24: three equal positions pay what one of three times the amount pays, up to a quantum a position and event.
    #[test]
    fn i24_splitting_positions(bank in bank(2), days in days()) {
        let whole = contractual(&bank);
        let mut split = whole.clone();
        let mut whole = whole;
        for line in &mut whole.lines {
            for row in &mut line.rows {
                (row.principal, row.accrued) = (row.principal * 3, row.accrued * 3);
            }
        }
        for line in &mut split.lines {
            let mut rows = Vec::new();
            for row in &line.rows {
                for part in 0..3 {
                    let mut row = row.clone();
                    row.id = format!("{}/{part}", row.id);
                    rows.push(row);
                }
            }
            line.rows = rows;
        }
        let (one, three) = (one_text(&whole.text()), one_text(&split.text()));
        let read = |program: &Program, bank: &Bank| program.perform("check", &bank.data(), |performed| {
            flows(program, run_of(performed, "normal"), &days)
        });
        let (a, b) = (read(&one, &whole), read(&three, &split));
        for (of, [principal, interest, _]) in &a {
            let each = b[of];
            // events are months at most, and rows of the line
            let most = (i128::from(of.1) / 28 + 2) * whole.line_of(&of.0) as i128 * 4;
            prop_assert!((principal - each[0]).abs() <= most, "{of:?}: {principal} {}", each[0]);
            prop_assert!((interest - each[1]).abs() <= most, "{of:?}: {interest} {}", each[1]);
        }
    }

    /// I26: with every amount seven times as large, ratios stay and money is seven times as much.
    #[test]
    fn i26_scale(bank in bank(2)) {
        let mut bank = bank;
        bank.date = "2026-09-30".parse().unwrap();
        for line in &mut bank.lines {
            for row in &mut line.rows {
                row.maturity = row.maturity.max(bank.date + chrono::Days::new(1));
            }
        }
        bank.more = "metric volume: money = sum(assets: balance)
metric income: money = sum(net_interest during 3M)
metric value: money = sum(assets: pv) - sum(liabilities: pv)
metric cover: ratio = sum(assets: balance) / sum(liabilities: balance)".into();
        bank.asks = "  run stress\n  report volume, income, value, cover".into();
        let mut large = bank.clone();
        for line in &mut large.lines {
            for row in &mut line.rows {
                (row.principal, row.accrued) = (row.principal * 7, row.accrued * 7);
            }
        }
        large.cash = large.cash.map(|cash| cash * 7);
        (large.capacity, large.minimum) = (large.capacity * 7, large.minimum * 7);
        let read = |bank: &Bank| {
            let program = one_text(&bank.text());
            program.perform("check", &bank.data(), |performed| {
                let measures = performed.measures();
                let mut read = Vec::new();
                for (run, of) in performed.runs().iter().enumerate() {
                    let groups = of.group_count() as i128;
                    for reading in [Reading::Start, Reading::Day(0), Reading::Day(31)] {
                        for name in ["volume", "income", "value", "cover"] {
                            read.push((name, run, reading, groups, program.number(&measures, name, run, reading)));
                        }
                    }
                }
                read
            })
        };
        let units = |x: i128, y: i128| Rational::new(x, y).unwrap();
        for ((name, run, reading, groups, small), (.., large)) in read(&bank).into_iter().zip(read(&large)) {
            let (distance, most) = if name == "cover" {
                ((&large - &small).abs(), &units(1, 1_000_000) + &(&small.abs() * &units(1, 1_000_000)))
            } else {
                // each group, new business too, pays some thirty times, each time rounded to a quantum and taken seven times
                ((&large - &(&small * &units(7, 1))).abs(), units(groups * 30 * 7 + 4_000, 10_000))
            };
            prop_assert!(distance <= most, "{name} of run {run} at {reading:?}: {} and {}", small.to_fixed(9), large.to_fixed(9));
        }
    }

    /// I27: the same bank in a currency by another name, worth the same, has the same ledger.
    #[test]
    fn i27_currency_by_another_name(bank in bank(3)) {
        let mut euros = bank;
        euros.without(&["floater", "floored_loan"]);
        euros.cash[1] = 0;
        euros.stress.retain(|clause| !clause.contains("fx") && !clause.contains("rates"));
        for line in &mut euros.lines {
            for row in &mut line.rows {
                row.currency = "EUR";
            }
        }
        euros.asks = "  run stress\n  report volume".into();
        let mut dollars = euros.clone();
        dollars.relabelled = true;
        dollars.dollar = 10_000;
        dollars.cash = [0, euros.cash[0]];
        for line in &mut dollars.lines {
            for row in &mut line.rows {
                row.currency = "USD";
            }
        }
        let read = |bank: &Bank, currency: &str| {
            let program = one_text(&bank.text());
            let records = program.records("check", &bank.data());
            let metrics: Vec<_> = records.metrics.iter().map(|m| (m.key.scenario.clone(), m.key.date.clone(), m.value.clone())).collect();
            let postings: Vec<_> = records.postings.iter()
                .filter(|p| p.currency == currency && p.account != "capital" && p.account != "opening difference" && p.account != "fx position")
                .map(|p| (p.scenario.clone(), p.date.clone(), p.account.clone(), p.cause.clone(), p.amount, p.reporting_amount))
                .collect();
            (metrics, postings)
        };
        let (a, b) = (read(&euros, "EUR"), read(&dollars, "USD"));
        prop_assert_eq!(a.0, b.0);
        prop_assert_eq!(a.1, b.1);
    }
}
