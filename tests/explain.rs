//! `plimsoll explain` by the command: a value is followed down to contracts, and the parts add up on every level.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod small_bank;

use rust_decimal::Decimal;
use serde_json::Value;

const ASKED: &str = r#"
metric quarterly: money = sum(net_interest during 3M)
scenario leaving extends baseline { shock outflow current_account: to 20% over 30d }
exercise quarter {
  book   = small_bank
  market = flat_market
  base   = baseline
  run leaving
  settle monthly until 3M
  report quarterly at start, total_assets
}
"#;

fn amount(node: &Value) -> Decimal {
    node["value"]["number"].as_str().unwrap().parse().unwrap()
}

/// Holds the parts of a tree to their sum, on every level that claims to be one; and contracts to their groups, but for rounding.
/// How many sums were held.
fn hold(node: &Value) -> usize {
    let none = Vec::new();
    let parts = node["parts"].as_array().unwrap_or(&none);
    let is_sum = node["adds_up"] == Value::Bool(true);
    if is_sum {
        let sum: Decimal = parts.iter().map(amount).sum();
        assert_eq!(sum, amount(node), "{node}");
    }
    if node["label"] == "groups less single contracts" {
        assert!(amount(node).abs() < Decimal::new(1, 2), "{node}");
    }
    usize::from(is_sum) + parts.iter().map(hold).sum::<usize>()
}

fn find<'t>(node: &'t Value, label: &str) -> Option<&'t Value> {
    if node["label"] == label {
        return Some(node);
    }
    let parts = node["parts"].as_array()?;
    parts.iter().find_map(|part| find(part, label))
}

#[test]
fn net_interest_goes_down_to_contracts() {
    let bank = small_bank::beside(ASKED);
    small_bank::metrics(bank.path());
    let out = bank.path().join("out");
    for (instrument, contract) in [("mortgage", "\"M1\""), ("current_account", "\"A1\"")] {
        for metric in ["quarterly at start", "total_assets"] {
            let arguments = [metric, "--contracts", instrument, "--scenario", "leaving"];
            let json = [&arguments[..], &["--format", "json"]].concat();
            let told = small_bank::plimsoll("explain", &out, &json);
            let text = String::from_utf8(told.stdout).unwrap();
            let is_liability = instrument == "current_account" && metric == "total_assets";
            assert_eq!(told.status.success(), !is_liability, "{text}");
            if !is_liability {
                let tree: Value = serde_json::from_str(&text).unwrap();
                assert!(find(&tree, contract).is_some(), "{text}");
                // the instruments of the metric, and the contracts of the instrument
                assert!(hold(&tree) >= 2, "{text}");
            }
        }
    }
}

const TWO_OF_A_NAME: &str = r#"
use std.irrbb.bcbs2016 as old
use std.irrbb.bcbs2024 as new
exercise first {
  book   = small_bank
  market = flat_market
  base   = baseline
  settle monthly until 3M
  report old.eve, total_assets
}
exercise second {
  book   = small_bank
  market = flat_market
  base   = baseline
  settle monthly until 3M
  report new.eve, total_assets
}
"#;

#[test]
fn what_may_mean_two_things_is_refused_with_the_commands_that_part_them() {
    let bank = small_bank::beside(TWO_OF_A_NAME);
    let table = small_bank::metrics(bank.path());
    for path in ["std.irrbb.bcbs2016.eve", "std.irrbb.bcbs2024.eve"] {
        assert!(table.contains(path), "{table}");
    }
    let out = bank.path().join("out");
    let told = |metric: &str| {
        let told = small_bank::plimsoll("explain", &out, &[metric]);
        let text = [told.stdout, told.stderr].concat();
        (told.status.success(), String::from_utf8(text).unwrap())
    };
    let shown = out.display();
    for (metric, commands) in [
        (
            "eve",
            [
                format!("plimsoll explain {shown} std.irrbb.bcbs2016.eve"),
                format!("plimsoll explain {shown} std.irrbb.bcbs2024.eve"),
            ],
        ),
        (
            "total_assets",
            ["first", "second"].map(|exercise| {
                format!("plimsoll explain {shown} total_assets --exercise {exercise}")
            }),
        ),
    ] {
        let (found, text) = told(metric);
        assert!(!found && text.contains("say which"), "{text}");
        let flat: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        for command in commands {
            assert!(flat.contains(&command), "{text}");
        }
    }
    let (found, text) = told("bcbs2024.eve");
    assert!(found, "{text}");
    let (_, text) = told("total_asset");
    assert!(text.contains("did you mean `total_assets`?"), "{text}");
}
