//! The rows of reports: a step, a point or a run of its own, and each total once.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod small_bank;

const ASKED: &str = r#"
metric deposits_left: money = sum(current_account: balance)
scenario leaving extends baseline { shock outflow current_account: to 20% over 30d }
exercise quarter {
  book   = small_bank
  market = flat_market
  base   = baseline
  run leaving
  settle monthly until 3M
  step monthly until 3M
  report deposits_left by currency
  report deposits_left by segment
  report deposits_left at start, total_assets at 2M
  report equity under base, (deposits_left / total_assets) under leaving
}
"#;

/// Scenario, date and value of each row of a metric's total.
fn rows(metrics: &str, metric: &str) -> Vec<(String, String, String)> {
    let mut reader = csv::Reader::from_reader(metrics.as_bytes());
    let rows = reader.records().map(Result::unwrap);
    rows.filter(|row| &row[3] == metric && row[4].is_empty())
        .map(|row| (row[1].into(), row[2].into(), row[6].into()))
        .collect()
}

#[test]
fn rows_stand_where_the_report_asks_for_them() {
    let bank = small_bank::beside(ASKED);
    let metrics = small_bank::metrics(bank.path());
    let places = |metric: &str| -> Vec<String> {
        let rows = rows(&metrics, metric);
        rows.into_iter()
            .map(|(scenario, date, _)| format!("{scenario} {date}"))
            .collect()
    };
    let steps = ["2026-09-30", "2026-10-31", "2026-11-30", "2026-12-31"];
    let of = |scenario: &str| steps.map(|date| format!("{scenario} {date}"));
    // broken down twice, its total stands once
    assert_eq!(
        places("deposits_left"),
        [of("baseline"), of("leaving")].concat()
    );
    // one point, one row of each run
    let start = ["baseline 2026-09-30", "leaving 2026-09-30"];
    assert_eq!(places("deposits_left at start"), start);
    let later = ["baseline 2026-11-30", "leaving 2026-11-30"];
    assert_eq!(places("total_assets at 2M"), later);
    // one run, under the name of what is read there
    assert_eq!(places("equity"), of("baseline"));
    assert_eq!(places("deposits_left / total_assets"), of("leaving"));
}

#[test]
fn a_report_under_a_scenario_that_is_not_run_is_refused() {
    let text = ASKED.replace("  run leaving\n", "  run other\n")
        + "scenario other extends baseline { shock outflow current_account: to 5% over 30d }\n";
    let bank = small_bank::beside(&text);
    let run = small_bank::plimsoll("run", bank.path(), &[]);
    assert_eq!(run.status.code(), Some(1));
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(said.contains("add `run leaving`"), "{said}");
}
