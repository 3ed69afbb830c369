//! Headroom and the horizon of survival.

use plimsoll::engine::measure::{Measures, Place};
use plimsoll::engine::state::Reading;
use plimsoll::formula::Value;
use plimsoll::quantity::Rational;
use proptest::prelude::*;

use crate::bank::generate::{bank, cases};
use crate::bank::lines::Bank;
use crate::bank::program::{Program, one_text};

const BUFFER: &str = "
instrument buffer {
  side = asset
  lots = each
  repays = bullet
  accrues = none
  haircut = 10%
  accounting = amortised
  segment = corporate
}
metric gap: money = headroom - sum(cash: balance) - 90% * sum(buffer: free)
metric worst: money = min(headroom during 12M)
metric survival: tenor = first(headroom < 0 during 12M, otherwise = 400d)
";

/// The bank with so much of a buffer beside its lines, which are no lots.
fn buffered(bank: &Bank, millions: u32) -> (Program, Bank) {
    let mut bank = bank.clone();
    for line in &mut bank.lines {
        line.lots = false;
    }
    bank.more = BUFFER.into();
    bank.asks = "  run stress\n  report worst, survival".into();
    let included = format!(
        "  include buffer(id = \"B\", currency = EUR, principal = {millions}mn EUR, price = 100%, maturity = 2045-12-31)\n  include cash(id = \"CB\""
    );
    let text = bank
        .text()
        .replacen("  include cash(id = \"CB\"", &included, 1);
    (one_text(&text), bank)
}

fn days_of(program: &Program, measures: &Measures<'_>, run: usize) -> i32 {
    let mut metrics = (0..)
        .map(plimsoll::plan::MetricId)
        .zip(&program.plan.metrics);
    let (id, _) = metrics
        .find(|(_, m)| m.heading.short == "survival")
        .unwrap();
    match measures.metric(id, Place::of(run, Reading::Day(0))) {
        Ok(Value::Tenor(tenor)) => tenor.in_days().unwrap(),
        other => panic!("{other:?}"),
    }
}

proptest! {
    #![proptest_config(cases(3))]

    /// I38: headroom on the book's date is cash and what can be monetised, up to a quantum; with more free assets nothing is worse and life is no shorter.
    #[test]
    fn i38_headroom_and_survival(bank in bank(3), small in 1..5u32, more in 1..20u32) {
        let read = |millions: u32| {
            let (program, bank) = buffered(&bank, millions);
            program.perform("check", &bank.data(), |performed| {
                let measures = performed.measures();
                [0, 1].map(|run| {
                    let at = |name| program.number(&measures, name, run, Reading::Day(0));
                    (at("gap"), at("worst"), days_of(&program, &measures, run))
                })
            })
        };
        // what a haircut leaves is rounded to a quantum
        let quantum = Rational::new(1, 10_000).unwrap();
        for (less, more) in read(small).into_iter().zip(read(small + more)) {
            prop_assert!(less.0.abs() <= quantum && more.0.abs() <= quantum, "{:?} {:?}", less, more);
            prop_assert!(less.1 <= more.1, "{:?} {:?}", less, more);
            prop_assert!(less.2 <= more.2, "{:?} {:?}", less, more);
        }
    }
}
