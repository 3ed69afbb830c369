//! The tests in the language, run by the command itself: the library, the computed examples, the shipped scenarios, the template.
//! Halyard's own tests need an optimised build: `plimsoll test scenarios/halyard`.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;
use std::process::Command;

fn passes(project: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(project);
    let run = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .arg("test")
        .arg(&folder)
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&run.stdout);
    assert!(
        run.status.code() == Some(0),
        "{project}\n{printed}\n{}",
        String::from_utf8_lossy(&run.stderr)
    );
    assert!(
        printed.contains(" passed, 0 failed"),
        "{project}\n{printed}"
    );
}

#[test]
fn library_passes() {
    passes("stdlib");
    passes("tests/language/library");
    passes("tests/peers/quantlib");
}

/// Every cell and every branch of the library enters a value that a test expects.
#[test]
fn library_is_covered() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("stdlib");
    let run = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .args(["test", "--coverage", "--format", "json"])
        .arg(&folder)
        .output()
        .unwrap();
    let told: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    let coverage = &told["coverage"];
    for kind in [
        "table_rows",
        "branches",
        "functions",
        "shapes",
        "values",
        "metrics",
    ] {
        let counted = &coverage["kinds"][kind];
        assert!(counted["all"].as_u64() > Some(10), "{kind} {counted}");
        assert_eq!(
            counted["all"], counted["reached"],
            "{kind} {}",
            coverage["not_reached"]
        );
    }
}

/// What no test reaches is told by name and line; what a test replaces is not reached by it.
#[test]
fn clauses_that_no_test_reaches_are_told() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("plimsoll.toml"),
        "name = \"b\"\nedition = \"2026\"\n",
    )
    .unwrap();
    std::fs::write(
        folder.path().join("b.plim"),
        "dimension side_of = left | right
table weight: ratio by side_of {
  left  = 10%
  right = 20%
}
let base_amount: money = 100 EUR
fn taken(m: money): money = if m > 50 EUR then m else 0
metric of_left: money = taken(base_amount) * weight(left)
metric of_right: money = base_amount * weight(right)
test left_side in EUR {
  expect of_left == 10 EUR
}
test given_side in EUR {
  given weight(right) = 30%
  given of_right = 7 EUR
  expect of_right == 7 EUR
}
",
    )
    .unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .args(["test", "--coverage"])
        .arg(folder.path())
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&run.stdout);
    let expected = "
reached by the tests
  table rows      1 of 2       50 %
  branches        1 of 2       50 %
  functions       1 of 1      100 %
  values          1 of 1      100 %
  metrics         1 of 2       50 %
  not reached: b.plim:4  weight(right)
  not reached: b.plim:7  taken, else
  not reached: b.plim:9  of_right
";
    assert!(printed.ends_with(expected), "{printed}");
}

#[test]
fn plans_and_behaviours_pass() {
    passes("tests/language/plans");
}

#[test]
fn cover_pools_pass() {
    passes("tests/language/cover_pools");
}

#[test]
fn terms_of_contracts_pass() {
    passes("tests/language/contract_terms");
}

#[test]
fn computed_examples_pass() {
    passes("tests/language/engine_examples");
}

#[test]
fn hedging_programmes_hold() {
    passes("tests/language/hedges");
}

#[test]
fn published_banks_pass() {
    passes("scenarios/dbs_2025q4");
    passes("scenarios/dfast_2025");
    passes("scenarios/rate_paths");
    passes("scenarios/svb_2023");
    passes("scenarios/transfer_prices");
}

#[test]
fn template_passes() {
    passes("templates/sample");
    passes("templates/pillar3");
}
