//! The liquidity ratio of the library: caps in both forms, the floor under net outflows, rates that only hurt, the empty repo book.

use plimsoll::engine::prepare::prepare;
use plimsoll::engine::state::Reading;
use plimsoll::quantity::Rational;
use plimsoll::tabular::Memory;
use proptest::prelude::*;

use crate::bank::generate::cases;
use crate::bank::program::{Program, one_text};

const USES: &str = "use std.lcr: lcr, hqla, hqla_l1, hqla_l2a, hqla_l2b, unwound_l1, unwound_l2a, unwound_l2b, net_outflows, outflows, inflows, outflow_rate, outflow_lines, outflow_derivatives, outflow_collateral, hqla_level, outflow_class
";

/// The values of metrics in each test of a program, on its date.
fn read(program: &Program, names: &[&str]) -> Vec<Vec<Rational>> {
    let own = program
        .plan
        .tests
        .iter()
        .filter(|test| !test.heading.name.contains('.'));
    own.map(|test| {
        let files = Memory::new();
        let prepared = prepare(&program.plan, &test.exercise, &files).unwrap();
        let further: Vec<_> = test.expectations.iter().map(|e| &e.condition).collect();
        let performed = prepared.perform(None, &further, &|_, _| {}).unwrap();
        let measures = performed.measures().without_silent_zeros();
        names
            .iter()
            .map(|name| program.number(&measures, name, 0, Reading::Day(0)))
            .collect()
    })
    .collect()
}

fn part(n: i128, d: i128) -> Rational {
    Rational::new(n, d).unwrap()
}

fn least(a: Rational, b: Rational) -> Rational {
    if a < b { a } else { b }
}

fn most(a: Rational, b: Rational) -> Rational {
    if a > b { a } else { b }
}

fn amounts() -> impl Strategy<Value = [i64; 3]> {
    let amount = || prop_oneof![1 => Just(0i64), 4 => 1..1_000_000i64, 1 => 1..1_000i64];
    (amount(), amount(), amount()).prop_map(|(a, b, c)| [a, b, c])
}

fn stock(name: usize, [l1, l2a, l2b]: [i64; 3], [u1, u2a, u2b]: [i64; 3]) -> String {
    format!(
        "test t{name} in EUR {{\n  given hqla_l1 = {l1} EUR\n  given hqla_l2a = {l2a} EUR\n  given hqla_l2b = {l2b} EUR\n  given unwound_l1 = {u1} EUR\n  given unwound_l2a = {u2a} EUR\n  given unwound_l2b = {u2b} EUR\n  expect hqla >= -1_000mn EUR\n}}\n"
    )
}

proptest! {
    #![proptest_config(cases(2))]

    /// I16: the two forms of the caps agree, on the unwound stock; the stock stays within what Level 1 carries and never falls with it.
    #[test]
    fn i16_caps(list in prop::collection::vec((amounts(), amounts(), 0..10_000i64), 12)) {
        let mut text = USES.to_owned();
        for (at, (held, unwound, more)) in list.iter().enumerate() {
            text.push_str(&stock(at * 3, *held, *unwound));
            text.push_str(&stock(at * 3 + 1, *unwound, *unwound));
            text.push_str(&stock(at * 3 + 2, [unwound[0] + more, unwound[1], unwound[2]], [unwound[0] + more, unwound[1], unwound[2]]));
        }
        let values = read(&one_text(&text), &["hqla"]);
        for (found, (held, unwound, _)) in values.chunks(3).zip(&list) {
            let [u1, u2a, u2b] = unwound.map(|x| part(i128::from(x), 1));
            let one_form = most(
                most(&(&u2a + &u2b) - &(&u1 * &part(2, 3)), &u2b - &(&(&u1 + &u2a) * &part(15, 85))),
                Rational::ZERO,
            );
            let whole = |[a, b, c]: [i64; 3]| part(i128::from(a + b + c), 1);
            prop_assert_eq!(&found[0][0], &(&whole(*held) - &one_form));
            prop_assert_eq!(&found[1][0], &(&whole(*unwound) - &one_form));
            prop_assert!(found[1][0] <= &u1 * &part(10, 6));
            prop_assert!(found[2][0] >= found[1][0]);
        }
    }

    /// I17: net outflows are a quarter of outflows at least.
    #[test]
    fn i17_net_outflows(list in prop::collection::vec((0..1_000_000i64, 0..2_000_000i64), 12)) {
        let mut text = USES.to_owned();
        for (at, (out, inward)) in list.iter().enumerate() {
            text.push_str(&format!("test t{at} in EUR {{\n  given outflows = {out} EUR\n  given inflows = {inward} EUR\n  expect net_outflows >= 0 EUR\n}}\n"));
        }
        for (found, (out, inward)) in read(&one_text(&text), &["net_outflows"]).iter().zip(&list) {
            let (out, inward) = (part(i128::from(*out), 1), part(i128::from(*inward), 1));
            prop_assert!(found[0] >= &out * &part(1, 4));
            prop_assert_eq!(&found[0], &(&out - &least(inward, &out * &part(3, 4))));
        }
    }

    /// I17: no outflow rate helps; without secured deals the unwound stock is the stock.
    #[test]
    fn i17_outflow_rates(deposit in 1..1_000_000i64, bond in 1..1_000_000i64, rates in prop::collection::vec(0..1_000i64, 6)) {
        let mut text = USES.to_owned();
        text.push_str("
instrument bond {
  side = asset
  lots = each
  repays = bullet
  accounting = amortised
  accrues = none
}
instrument deposit {
  side = liability
  repays = on_demand
  accounting = amortised
  accrues = none
}
market flat_market {
  curve    EUR_OIS in EUR = flat(2.5%, daycount = act/365)
  discount EUR            = EUR_OIS
}
scenario still {
  balance_sheet = run_off
  rates         = forwards
}
");
        let mut rates = rates.clone();
        rates.sort_unstable();
        for (at, rate) in rates.iter().enumerate() {
            text.push_str(&format!("test t{at} at 2026-09-30 in EUR {{
  market = flat_market
  base = still
  include bond(id = \"A\", principal = {bond} EUR, price = 98%, hqla_level = level_1, maturity = 2031-12-31)
  include bond(id = \"B\", principal = {bond} EUR, price = 90%, hqla_level = level_2a, maturity = 2029-12-31)
  include deposit(principal = {deposit} EUR, outflow_class = stable_retail)
  given outflow_rate(stable_retail) = {}%
  given outflow_lines = 0 EUR
  given outflow_derivatives = 0 EUR
  std.lcr.other_contingent = 0 EUR
  given outflow_collateral = 10 EUR
  given inflows = 0 EUR
  expect lcr >= 0
}}\n", crate::bank::lines::decimal(*rate, 1)));
        }
        let found = read(&one_text(&text), &["lcr", "hqla_l1", "unwound_l1", "hqla_l2a", "unwound_l2a"]);
        for pair in found.windows(2) {
            prop_assert!(pair[1][0] <= pair[0][0]);
        }
        for values in &found {
            prop_assert_eq!(&values[1], &values[2]);
            prop_assert_eq!(&values[3], &values[4]);
            prop_assert!(!values[1].is_zero());
        }
    }
}
