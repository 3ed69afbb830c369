//! Sweeps by the command: each point is what a run of its scenario gives, in the order of the lists, on any number of threads.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod small_bank;

use std::path::Path;

use serde_json::Value;

const ASKED: &str = r#"
let margin_of_safety: ratio = 10%   because "For the sweep"
metric asked_cash: money = min(sum(cash: balance) during 3M) * (100% - margin_of_safety)
scenario leaving(share: ratio) extends baseline { shock outflow current_account: to share over 30d }
scenario moved(size: rate) extends baseline { shock rates all: size }
exercise quarter {
  book   = small_bank
  market = flat_market
  base   = baseline
  run leaving(20%)
  settle monthly until 3M
  report asked_cash, total_assets
}
test swept_points_are_runs {
  exercise = quarter
  expect asked_cash under leaving(20%) at start > 0 EUR
}
"#;

fn bank() -> tempfile::TempDir {
    small_bank::beside(ASKED)
}

fn sweep(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let run = small_bank::plimsoll("sweep", folder, arguments);
    let printed = String::from_utf8(run.stdout).unwrap();
    (
        run.status.code(),
        printed + &String::from_utf8(run.stderr).unwrap(),
    )
}

const LEAVING: &str = "leaving(share) for share in range(0%, 40%, step = 20%)";

#[test]
fn a_point_is_the_run_of_its_scenario() {
    let bank = bank();
    let (_, printed) = sweep(bank.path(), &["--over", LEAVING, "--format", "json"]);
    let swept: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(
        swept["axes"][0]["values"],
        serde_json::json!(["0%", "20%", "40%"])
    );
    assert_eq!(swept["points"][1]["scenario"], "leaving(share = 20%)");
    let metrics = small_bank::metrics(bank.path());
    for (place, metric) in ["asked_cash", "total_assets"].iter().enumerate() {
        let value = swept["points"][1]["metrics"][place]["value"]
            .as_str()
            .unwrap();
        let row = metrics
            .lines()
            .find(|row| {
                row.contains("leaving") && row.contains("2026-09-30") && row.contains(metric)
            })
            .unwrap();
        // a sweep prints the full value, the bundle that of the minor unit's hundredth
        let (swept, run): (f64, f64) = (
            value.parse().unwrap(),
            row.split(',').nth(6).unwrap().parse().unwrap(),
        );
        assert!((swept - run).abs() <= 0.5e-4, "{row} {value}");
    }
}

#[test]
fn two_lists_make_a_grid_and_a_parameter_is_set_on_it() {
    let bank = bank();
    let arguments = [
        "--over",
        "margin_of_safety in 0%, 50%",
        "--over",
        LEAVING,
        "--metric",
        "asked_cash",
        "--format",
        "csv",
    ];
    let (code, printed) = sweep(bank.path(), &arguments);
    assert_eq!(code, Some(0), "{printed}");
    let rows: Vec<&str> = printed.lines().collect();
    assert_eq!(rows[0], "margin_of_safety,share,asked_cash");
    assert_eq!(rows.len(), 7);
    let value = |row: &str| -> f64 { row.split(',').nth(2).unwrap().parse().unwrap() };
    for at in 1..4 {
        assert!(
            (value(rows[at]) / 2.0 - value(rows[at + 3])).abs() < 1e-6,
            "{printed}"
        );
    }
    let mut alone = arguments.to_vec();
    alone.extend(["--threads", "1"]);
    assert_eq!(sweep(bank.path(), &alone).1, printed);
}

#[test]
fn a_plot_is_drawn_only_where_it_is_asked_for() {
    let bank = bank();
    let quiet = sweep(bank.path(), &["--over", LEAVING, "--metric", "asked_cash"]).1;
    assert!(
        !quiet.contains('●') && quiet.contains("asked_cash"),
        "{quiet}"
    );
    let drawn = sweep(
        bank.path(),
        &["--over", LEAVING, "--metric", "asked_cash", "--plot"],
    )
    .1;
    assert_eq!(drawn.matches('●').count(), 3, "{drawn}");
}

#[test]
fn what_cannot_be_swept_says_so() {
    let bank = bank();
    for (over, word) in [
        ("leaving(share) for share in 10, 20", "E0301"),
        ("nobody(x) for x in 1%, 2%", "E0201"),
        ("leaving(share) for share in range(0%, 40%)", "E0210"),
        ("total_assets in 1mn EUR, 2mn EUR", "E0405"),
        ("leaving(share) for share in 10%, 200%", "E0212"),
    ] {
        let (code, printed) = sweep(bank.path(), &["--over", over]);
        assert_eq!(code, Some(1), "{over}: {printed}");
        assert!(printed.contains(word), "{over}: {printed}");
    }
}
