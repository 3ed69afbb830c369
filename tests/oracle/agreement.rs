//! The engine is held to the slow evaluator.

use std::collections::BTreeMap;

use plimsoll::engine::perform::Performed;
use plimsoll::engine::state::{Reading, ResultLine, Run};
use plimsoll::plan::Plan;
use proptest::prelude::*;

use crate::bank::generate::cases;
use crate::bank::program::{Program, one_text, run_of};
use crate::evaluator::{Evaluator, Snapshot};
use crate::world::{World, world};

/// The same readings, taken from the engine.
fn engine(plan: &Plan, run: &Run, place: usize, day: i32) -> Snapshot {
    let reading = Reading::Day(day);
    let mut snapshot = Snapshot::default();
    for (index, group) in run.groups().filter(|(_, g)| !g.is_account()) {
        if group.birth.as_ref().is_some_and(|b| b.day > day) {
            continue;
        }
        let name = plan.instruments[group.instrument.index()]
            .heading
            .short
            .clone();
        let currency = group.currency.to_string();
        let of = snapshot
            .held
            .entry((name.clone(), currency.clone()))
            .or_default();
        of.0 += run.balance(index, reading);
        of.1 += run.accrued(index, reading);
        let ahead = snapshot.ahead.entry((name, currency)).or_default();
        ahead.0 += run.due(index, reading, day + 30);
        ahead.1 += run.interest_due(index, reading, day + 30);
    }
    for currency in run.accounts.keys() {
        let key = currency.to_string();
        let a = run.accounts_at(*currency, reading);
        snapshot
            .accounts
            .insert(key.clone(), [a.cash, a.plug, a.unmet, a.defaulted]);
        snapshot.accrued.insert(
            key.clone(),
            [a.cash_accrued, a.plug_accrued, a.unmet_accrued],
        );
        let of = |line| {
            run.results
                .get(&(*currency, line))
                .and_then(|cells| cells.get(place))
                .copied()
                .unwrap_or(0)
        };
        snapshot.result.insert(
            key,
            [
                of(ResultLine::NetInterest),
                of(ResultLine::Impairment),
                of(ResultLine::Fee),
            ],
        );
    }
    snapshot
}

fn both(world: &World, look: impl Fn(&Performed<'_>, &Program, &str, Vec<(i64, Snapshot)>)) {
    let program = one_text(&world.text());
    program.perform("check", &world.bank.data(), |performed| {
        for (scenario, stressed) in [("normal", false), ("stress", true)] {
            look(
                performed,
                &program,
                scenario,
                Evaluator::new(world, stressed).run(),
            );
        }
    });
}

proptest! {
    #![proptest_config(cases(5))]

    /// I3, I5 and I8 for a bank: balances, accrued interest, cash, plug, unmet need, result and what falls due, to the last integer on every day of the loop.
    #[test]
    fn i03_i05_i08_engine_is_the_slow_evaluator(world in world(2)) {
        both(&world, |performed, program, scenario, slow| {
            let run = run_of(performed, scenario);
            let days: Vec<i64> = run.calendar.days.iter().map(|day| i64::from(*day)).collect();
            assert_eq!(days, slow.iter().map(|(day, _)| *day).collect::<Vec<_>>());
            for (place, (day, oracle)) in slow.into_iter().enumerate() {
                let found = engine(&program.plan, run, place, i32::try_from(day).unwrap());
                let differ: BTreeMap<_, _> = oracle.held.iter().filter(|(k, v)| found.held.get(*k) != Some(*v)).map(|(k, v)| (k, (v, found.held.get(k)))).collect();
                assert!(differ.is_empty(), "{scenario} day {day}: oracle, engine {differ:?}");
                assert_eq!(oracle.result, found.result, "{scenario} day {day}: result");
                assert_eq!(oracle.accounts, found.accounts, "{scenario} day {day}: accounts");
                assert_eq!(oracle.accrued, found.accrued, "{scenario} day {day}: accrued");
                assert_eq!(oracle.ahead, found.ahead, "{scenario} day {day}: ahead");
            }
        });
    }

    /// I24 in a bank: positions in groups stay within some quanta a position and stop of positions by themselves.
    #[test]
    fn i24_groups_stay_near_their_positions(mut world in world(4)) {
        for line in &mut world.bank.lines {
            line.lots = false;
        }
        both(&world, |performed, program, scenario, slow| {
            let run = run_of(performed, scenario);
            let rows: usize = world.bank.lines.iter().map(|line| line.rows.len()).sum();
            for (place, (day, oracle)) in slow.into_iter().enumerate() {
                let found = engine(&program.plan, run, place, i32::try_from(day).unwrap());
                // what is rounded apart each day, and what new business pays on it
                let most = ((rows + 4) * (place + 2) * 8) as i128;
                for (of, (balance, accrued)) in &oracle.held {
                    let (b, a) = found.held.get(of).copied().unwrap_or_default();
                    assert!((b - balance).abs() <= most, "{scenario} day {day} {of:?}: {balance} {b}");
                    assert!((a - accrued).abs() <= most * 1_000, "{scenario} day {day} {of:?}: {accrued} {a}");
                }
                for (currency, [cash, plug, unmet, _]) in &oracle.accounts {
                    let [c, p, u, _] = found.accounts[currency];
                    assert!(((c - p - u) - (cash - plug - unmet)).abs() <= most * 8, "{scenario} day {day} {currency}: {:?} {:?}", oracle.accounts, found.accounts);
                }
            }
        });
    }

    /// Value in run-off from three days on, and the lowest headroom of sixty days, up to a quantum a flow.
    #[test]
    fn value_and_headroom_are_those_of_the_slow_evaluator(world in world(2)) {
        both(&world, |performed, program, scenario, slow| {
            let measures = performed.measures();
            let run = performed.runs().iter().position(|run| run.key.0 == scenario).unwrap();
            for (day, oracle) in slow {
                let Some((value, lowest)) = oracle.outlook else { continue };
                let reading = Reading::Day(i32::try_from(day).unwrap());
                for (name, oracle) in [("value", value), ("low", lowest)] {
                    let found = program.number(&measures, name, run, reading).to_f64();
                    let oracle = oracle as f64 / 10_000.0;
                    assert!((found - oracle).abs() <= 0.05, "{scenario} day {day}: {name} oracle {oracle} engine {found}");
                }
            }
        });
    }
}
