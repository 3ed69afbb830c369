//! The engine is held to the slow evaluator.

use std::collections::BTreeMap;

use plimsoll::engine::measure::Measures;
use plimsoll::engine::performed::Performed;
use plimsoll::engine::state::{Reading, ResultLine, Run};
use plimsoll::plan::Plan;
use plimsoll::quantity::Currency;
use proptest::prelude::*;

use crate::bank::generate::{cases, cases_from};
use crate::bank::program::{Program, one_text, run_of};
use crate::decide::{Decision, Part};
use crate::evaluator::Evaluator;
use crate::playbook::playbook;
use crate::snapshot::{Balances, Held, Snapshot};
use crate::world::{World, world};

/// What the engine holds on a day.
fn held(plan: &Plan, run: &Run, day: i32) -> BTreeMap<(String, String), Held> {
    let reading = Reading::Day(day);
    let mut held: BTreeMap<_, Held> = BTreeMap::new();
    for (index, group) in run.groups().filter(|(_, g)| !g.is_account()) {
        if group.birth.as_ref().is_some_and(|b| b.day > day) {
            continue;
        }
        let instrument = &plan.instruments[group.instrument.index()];
        let of = held
            .entry((instrument.heading.short.clone(), group.currency.to_string()))
            .or_default();
        if group.is_derivative() {
            // of a swap what is received less what is paid; its notional is no balance
            of.accrued += group.sign() * run.accrued(index, reading);
            of.fair += run.fair_value(index, reading);
            of.interest += group.sign() * run.interest_due(index, reading, day + 30);
            continue;
        }
        of.balance += run.balance(index, reading);
        of.accrued += run.accrued(index, reading);
        of.premium += run.premium(index, reading);
        of.fair += run.fair_value(index, reading);
        of.due += run.due(index, reading, day + 30);
        of.interest += run.interest_due(index, reading, day + 30);
    }
    held
}

/// The accounts of the engine on a day; results of the stops from one to another.
fn balances(
    run: &Run,
    currency: Currency,
    stops: std::ops::RangeInclusive<usize>,
    day: i32,
) -> Balances {
    let a = run.accounts_at(currency, Reading::Day(day));
    let of = |line| -> i128 {
        let cells = run.results.get(&(currency, line));
        cells.map_or(0, |cells| {
            stops.clone().filter_map(|place| cells.get(place)).sum()
        })
    };
    Balances {
        cash: a.cash,
        plug: a.plug,
        unmet: a.unmet,
        defaulted: a.defaulted,
        margin: a.margin,
        accrued: [a.cash_accrued, a.plug_accrued, a.unmet_accrued],
        interest: of(ResultLine::NetInterest),
        impairment: of(ResultLine::Impairment),
        fees: of(ResultLine::Fee),
        disposals: of(ResultLine::Disposal),
        fair: of(ResultLine::FairValue),
        oci: a.oci,
    }
}

fn decisions(plan: &Plan, run: &Run) -> Vec<Decision> {
    let counted = run.decisions.iter().filter(|d| d.counts());
    counted
        .map(|d| Decision {
            action: plan.actions[d.action.index()].heading.name[1..]
                .parse()
                .unwrap(),
            day: i64::from(d.day),
            settles: i64::from(d.settles),
            parts: d
                .legs
                .iter()
                .map(|leg| Part {
                    asked: leg.asked,
                    granted: leg.granted,
                    filled: leg.filled,
                    cash: leg.cash,
                })
                .collect(),
            is_settled: d.is_settled,
        })
        .collect()
}

/// Whether two amounts agree within so many quanta; of thousandths, in thousandths.
fn agree(what: &str, oracle: i128, engine: i128, most: i128) {
    assert!(
        (oracle - engine).abs() <= most,
        "{what}: oracle {oracle} engine {engine} (within {most})"
    );
}

fn compare(
    place: &str,
    oracle: &Snapshot,
    plan: &Plan,
    run: &Run,
    stops: std::ops::RangeInclusive<usize>,
    day: i32,
) {
    let found = held(plan, run, day);
    let slack = oracle.slack;
    let place_of_day = *stops.end() + 1;
    // premiums and market values are made of powers: a quantum each
    let made = slack + 3 * run.group_count() as i128;
    for (key, oracle) in &oracle.held {
        let engine = found.get(key).copied().unwrap_or_default();
        let at = |what: &str| format!("{place}: {key:?} {what}");
        agree(&at("balance"), oracle.balance, engine.balance, slack);
        agree(
            &at("accrued"),
            oracle.accrued,
            engine.accrued,
            slack * 1_000,
        );
        agree(&at("due"), oracle.due, engine.due, slack);
        agree(&at("interest"), oracle.interest, engine.interest, slack);
        agree(&at("premium"), oracle.premium, engine.premium, made);
        agree(&at("fair"), oracle.fair, engine.fair, made);
    }
    for key in found.keys() {
        assert!(
            oracle.held.contains_key(key) || found[key] == Held::default(),
            "{place}: {key:?} is the engine's alone"
        );
    }
    // for whoever looks for the day on which the two part
    if std::env::var_os("ORACLE_TRACE").is_some() {
        for currency in run.accounts.keys() {
            eprintln!(
                "TRACE {place} {currency}\n  oracle {:?}\n  engine {:?}",
                oracle.balances[&currency.to_string()],
                balances(run, *currency, stops.clone(), day)
            );
        }
    }
    agree(
        &format!("{place}: equity"),
        oracle.equity,
        run.equity[place_of_day],
        made + 2,
    );
    assert_eq!(
        oracle.balances.len(),
        run.accounts.len(),
        "{place}: currencies"
    );
    for currency in run.accounts.keys() {
        let name = currency.to_string();
        let oracle = &oracle.balances[&name];
        let engine = balances(run, *currency, stops.clone(), day);
        let at = |what: &str| format!("{place}: {name} {what}");
        agree(
            &at("disposals"),
            oracle.disposals,
            engine.disposals,
            made * 1_000,
        );
        agree(
            &at("impairment"),
            oracle.impairment,
            engine.impairment,
            slack * 1_000,
        );
        agree(&at("fees"), oracle.fees, engine.fees, slack * 1_000);
        agree(&at("fair"), oracle.fair, engine.fair, made * 1_000);
        agree(&at("oci"), oracle.oci, engine.oci, made * 1_000);
        agree(&at("defaulted"), oracle.defaulted, engine.defaulted, slack);
        let premiums = if oracle_has_premium(run) { made } else { slack };
        agree(
            &at("interest"),
            oracle.interest,
            engine.interest,
            premiums * 1_000,
        );
        agree(&at("cash"), oracle.cash, engine.cash, slack);
        agree(&at("margin"), oracle.margin, engine.margin, slack);
        agree(&at("plug"), oracle.plug, engine.plug, slack);
        agree(&at("unmet"), oracle.unmet, engine.unmet, slack);
        for (what, a, b) in [("cash", 0, 0), ("plug", 1, 1), ("unmet", 2, 2)] {
            agree(
                &at(&format!("accrued on {what}")),
                oracle.accrued[a],
                engine.accrued[b],
                slack * 1_000,
            );
        }
    }
}

fn oracle_has_premium(run: &Run) -> bool {
    run.groups().any(|(_, group)| group.opening.premium != 0)
}

fn both(world: &World, look: impl Fn(&Performed<'_>, &Program, &str, Evaluator<'_>)) {
    let program = one_text(&world.text());
    let scenarios = world.scenarios();
    program.perform("check", &world.bank.data(), |performed| {
        for (name, scenario) in &scenarios {
            look(performed, &program, name, Evaluator::new(world, scenario));
        }
    });
}

/// Every stop of every scenario.
fn agrees(world: &World) {
    both(world, |performed, program, scenario, mut slow| {
        let run = run_of(performed, scenario);
        let read = slow.run();
        let plan = &run.calendar;
        let stops: Vec<usize> = (0..plan.days.len())
            .filter(|at| !plan.is_for_actions[*at])
            .collect();
        let days: Vec<i64> = stops.iter().map(|at| i64::from(plan.days[*at])).collect();
        assert_eq!(days, read.iter().map(|(day, _)| *day).collect::<Vec<_>>());
        let measures = performed.measures();
        let of = performed
            .runs()
            .iter()
            .position(|run| run.key.0 == scenario)
            .unwrap();
        let mut from = 0;
        for (stop, (day, oracle)) in stops.into_iter().zip(&read) {
            let of_day = i32::try_from(*day).unwrap();
            compare(
                &format!("{scenario} day {day}"),
                oracle,
                &program.plan,
                run,
                from..=stop,
                of_day,
            );
            if let Some((above, below)) = oracle.cover {
                let engine = number(program, &measures, "cover", of, *day);
                let slow = above as f64 / below as f64;
                let most = (1e-12 + (oracle.slack + 10) as f64 * 1e13 / below as f64)
                    * slow.abs().max(1.0);
                assert!(
                    (engine - slow).abs() <= most,
                    "{scenario} day {day}: cover oracle {slow} engine {engine}"
                );
            }
            from = stop + 1;
        }
        if !world.treasury.scenarios.is_empty() {
            let found = decisions(&program.plan, run);
            let short = |d: &[Decision]| -> Vec<_> {
                d.iter()
                    .map(|d| (d.action, d.day, d.settles, d.is_settled))
                    .collect()
            };
            assert_eq!(
                short(&slow.decisions),
                short(&found),
                "{scenario}: decisions {:?} {:?}",
                slow.decisions,
                run.decisions
            );
            for (oracle, engine) in slow.decisions.iter().zip(&found) {
                for (a, b) in oracle.parts.iter().zip(&engine.parts) {
                    for (what, a, b) in [
                        ("asked", a.asked, b.asked),
                        ("granted", a.granted, b.granted),
                        ("filled", a.filled, b.filled),
                        ("cash", a.cash, b.cash),
                    ] {
                        agree(
                            &format!("{scenario}: {what} of {oracle:?} {engine:?}"),
                            a,
                            b,
                            slow.slack,
                        );
                    }
                }
            }
        }
    });
}

fn number(program: &Program, measures: &Measures<'_>, name: &str, run: usize, day: i64) -> f64 {
    let reading = Reading::Day(i32::try_from(day).unwrap());
    program.number(measures, name, run, reading).to_f64()
}

proptest! {
    #![proptest_config(cases(5))]

    /// I3, I5 and I8 for a bank: balances, accrued interest, cash, plug, unmet need, result and what falls due, to the last integer on every day of the loop.
    #[test]
    fn i03_i05_i08_engine_is_the_slow_evaluator(world in world(2)) {
        agrees(&world);
    }

    /// I24 in a bank: positions in groups stay within some quanta a position and stop of positions by themselves.
    #[test]
    fn i24_groups_stay_near_their_positions(mut world in world(4)) {
        for line in &mut world.bank.lines {
            line.lots = false;
            // what a group is replaced with has the margin of all that came back of it
            let margin = line.rows[0].margin;
            line.rows.iter_mut().for_each(|row| row.margin = margin);
        }
        both(&world, |performed, program, scenario, mut slow| {
            let run = run_of(performed, scenario);
            let rows: usize = world.bank.lines.iter().map(|line| line.rows.len()).sum();
            for (place, (day, oracle)) in slow.run().into_iter().enumerate() {
                let day = i32::try_from(day).unwrap();
                let found = held(&program.plan, run, day);
                // what is rounded apart each day, and what new business pays on it
                let most = ((rows + 4) * (place + 2) * 8) as i128;
                for (of, oracle) in &oracle.held {
                    let engine = found.get(of).copied().unwrap_or_default();
                    agree(&format!("{scenario} day {day} {of:?}"), oracle.balance, engine.balance, most);
                    agree(&format!("{scenario} day {day} {of:?}"), oracle.accrued, engine.accrued, most * 1_000);
                }
                for currency in run.accounts.keys() {
                    let oracle = &oracle.balances[&currency.to_string()];
                    let engine = run.accounts_at(*currency, Reading::Day(day));
                    agree(&format!("{scenario} day {day} {currency}"), oracle.cash - oracle.plug - oracle.unmet, engine.cash - engine.plug - engine.unmet, most * 8);
                }
            }
        });
    }

    /// Value in run-off from three days on, and the lowest headroom of sixty days, up to a quantum a flow.
    #[test]
    fn value_and_headroom_are_those_of_the_slow_evaluator(world in world(2)) {
        both(&world, |performed, program, scenario, mut slow| {
            let measures = performed.measures();
            let run = performed.runs().iter().position(|run| run.key.0 == scenario).unwrap();
            slow.looks_ahead = true;
            for (day, oracle) in slow.run() {
                let Some((value, lowest)) = oracle.outlook else { continue };
                for (name, oracle) in [("value", value), ("low", lowest)] {
                    let found = number(program, &measures, name, run, day);
                    let oracle = oracle as f64 / 10_000.0;
                    assert!((found - oracle).abs() <= 0.05, "{scenario} day {day}: {name} oracle {oracle} engine {found}");
                }
            }
        });
    }
}

proptest! {
    #![proptest_config(cases(70))]

    /// Actions: what is decided, when, how much of it is done, and all that follows; fourteen scenarios a bank.
    #[test]
    fn actions_are_those_of_the_slow_evaluator(world in playbook(12)) {
        agrees(&world);
    }
}

proptest! {
    #![proptest_config(cases_from(2027, 70))]

    /// The same on other banks: two tests, so that two cores have work.
    #[test]
    fn more_actions_are_those_of_the_slow_evaluator(world in playbook(12)) {
        agrees(&world);
    }
}
