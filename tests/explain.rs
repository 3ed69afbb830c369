//! `plimsoll explain` by the command: a value is followed down to contracts, and the parts add up on every level.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod small_bank;

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

/// Whether the parts of a tree add up on every level that has some, as the tree says.
fn adds_up(node: &Value) -> bool {
    let parts = node["parts"].as_array().cloned().unwrap_or_default();
    node["adds_up"] != Value::Bool(false) && parts.iter().all(adds_up)
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
                assert!(adds_up(&tree), "{text}");
            }
        }
    }
}
