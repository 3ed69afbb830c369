//! Reverse stress by the command: the answer breaches and the mild end of its bracket does not (I35), whatever the threshold, the
//! step and the number of threads; what was tried is told, and nothing is claimed of what was not.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod small_bank;

use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;

/// The small bank of the pages with a family that takes deposits out, and one that is not monotone: the bank is better off between.
const ASKED: &str = r#"
scenario leaving(share: ratio) extends baseline { shock outflow current_account: to share over 30d }
let relief: money = 0 EUR
scenario relieved(x: number) extends baseline { set relief = if x > 2 and x < 3 then 100 EUR else -x * 1 EUR }
metric cash_low: money = min(sum(cash: balance) during 3M)
exercise quarter {
  book   = small_bank
  market = flat_market
  base   = baseline
  settle monthly until 3M
  report cash_low
}
"#;

fn bank() -> tempfile::TempDir {
    small_bank::beside(ASKED)
}

fn reverse(folder: &Path, search: &str, threads: &str) -> Value {
    let arguments = ["--format", "json", "--threads", threads, "--search", search];
    let run = small_bank::plimsoll("reverse", folder, &arguments);
    let printed = String::from_utf8(run.stdout).unwrap();
    let mut document: Value =
        serde_json::from_str(&printed).unwrap_or_else(|e| panic!("{e}: {printed}"));
    assert_eq!(document["ok"], Value::Bool(true), "{document:#}");
    document["searches"][0].take()
}

fn share(value: &Value) -> f64 {
    value
        .as_str()
        .unwrap()
        .trim_end_matches('%')
        .parse()
        .unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn answer_breaches_and_its_mild_end_does_not_i35(mn in 0i32..30, step in 3u32..40) {
        let folder = bank();
        let search = format!("leaving(x) for x in range(0%, 90%, step = {step}%): cash_low < {mn}mn EUR");
        let one = reverse(folder.path(), &search, "1");
        prop_assert_eq!(&one, &reverse(folder.path(), &search, "3"));
        let scanned = one["scanned"].as_array().unwrap();
        // Scanned from the mildest, each in its order, and nothing beyond the first that breaches.
        for (at, tried) in scanned.iter().enumerate() {
            prop_assert!((share(&tried["value"]) - at as f64 * f64::from(step)).abs() < 1e-9);
            prop_assert!(at + 1 == scanned.len() || tried["holds"] == false);
        }
        if one["found"].is_null() {
            prop_assert!(scanned.iter().all(|tried| tried["holds"] == false));
            return Ok(());
        }
        prop_assert_eq!(&scanned[scanned.len() - 1]["holds"], true);
        let all: Vec<&Value> = scanned.iter().chain(one["bisected"].as_array().unwrap()).collect();
        let of = |value: &Value| all.iter().find(|tried| tried["value"] == *value).map(|tried| &tried["holds"]);
        prop_assert_eq!(of(&one["found"]), Some(&Value::Bool(true)));
        if !one["bracket"].is_null() {
            let bracket = &one["bracket"];
            prop_assert_eq!(&bracket["breach"], &one["found"]);
            prop_assert_eq!(of(&bracket["mild"]), Some(&Value::Bool(false)));
            let width = share(&bracket["breach"]) - share(&bracket["mild"]);
            prop_assert!(width > 0.0 && width <= share(&bracket["precision"]) * 1.000_001);
        }
        prop_assert_eq!(&one["binding"][0]["watched"], "cash_low");
    }
}

#[test]
fn first_bracket_is_bisected_though_a_later_value_is_mild_again() {
    let folder = bank();
    let search = "relieved(x) for x in range(0, 5, step = 0.5): relief < -1.2 EUR";
    let found = reverse(folder.path(), search, "2");
    let value: f64 = found["found"].as_str().unwrap().parse().unwrap();
    assert!((value - 1.2).abs() < 1e-5, "{found:#}");
    assert_eq!(found["scanned"].as_array().unwrap().len(), 4);
}

#[test]
fn falling_values_are_scanned_downwards() {
    let folder = bank();
    let search = "relieved(x) for x in range(-1, -9, step = 2): relief > 4 EUR";
    let found = reverse(folder.path(), search, "2");
    let value: f64 = found["found"].as_str().unwrap().parse().unwrap();
    assert!((value + 4.0).abs() < 1e-5, "{found:#}");
}

#[test]
fn answer_is_written_whole_with_what_it_was_made_of() {
    let folder = bank();
    let out = folder.path().join("answer.json");
    let search = "leaving(x) for x in range(0%, 90%, step = 10%): cash_low < 1mn EUR";
    let arguments = ["--out", out.to_str().unwrap(), "--search", search];
    let run = small_bank::plimsoll("reverse", folder.path(), &arguments);
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    let document: Value = serde_json::from_str(&std::fs::read_to_string(&out).unwrap()).unwrap();
    assert_eq!(document["kind"], "plimsoll reverse");
    assert_eq!(document["plan_numbers"].as_str().unwrap().len(), 64);
    assert!(document["searches"][0]["found"].is_string());
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 4, "nothing is left beside it");
}

#[test]
fn what_a_value_cannot_run_refuses_the_search() {
    let folder = bank();
    let search = "leaving(x) for x in range(0%, 150%, step = 50%): cash_low < 0 EUR";
    let run = small_bank::plimsoll("reverse", folder.path(), &["--search", search]);
    assert_eq!(run.status.code(), Some(1));
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(said.contains("leaving(share = 150%)"), "{said}");
}
