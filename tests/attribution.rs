//! Attribution: the parts add up to the change exactly as printed, whatever the method (I34); the computed example E15.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod small_bank;

use std::collections::BTreeMap;

use proptest::prelude::*;

/// Runs an exercise over the small bank of the pages and gives the rows of its attributions: method, line, value in ten-thousandths.
fn attributed(text: &str) -> BTreeMap<String, BTreeMap<String, i128>> {
    let folder = small_bank::beside(text);
    let metrics = small_bank::metrics(folder.path());
    let mut found: BTreeMap<String, BTreeMap<String, i128>> = BTreeMap::new();
    let mut reader = csv::Reader::from_reader(metrics.as_bytes());
    for row in reader.records() {
        let row = row.unwrap();
        let metric = &row[3];
        if let Some((_, method)) = metric.rsplit_once("method = ") {
            assert_eq!(&row[4], "line");
            let value: f64 = row[6].parse::<f64>().unwrap() * 1e4;
            let lines = found
                .entry(method.trim_end_matches(')').into())
                .or_default();
            lines.insert(row[5].to_owned(), value.round() as i128);
        }
    }
    found
}

fn exercise(values: &str, lines: &str) -> String {
    format!(
        r#"
let rates: number = 0
let prepay: number = 0
let beta: number = 0
metric nii: money = {values}
scenario all_three extends baseline {{
{lines}}}
exercise yearly {{
  book   = small_bank
  market = flat_market
  base   = baseline
  run all_three
  settle monthly until 3M
  report nii
  report attribution(nii, all_three), attribution(nii, all_three, method = sequential)
  report attribution(nii, all_three, method = shapley)
}}
"#
    )
}

const LINES: &str = "  set rates = 1\n  set prepay = 1\n  set beta = 1\n";

#[test]
fn changes_of_e15_are_parted_as_computed() {
    // The eight values of the example as a function of its three lines.
    let text = exercise(
        "18_161_345.937014 EUR - rates * 4_153_084.317615 EUR + prepay * 148_601.458316 EUR - rates * prepay * 227_806.289923 EUR \
         - rates * beta * 3_500_000 EUR",
        LINES,
    );
    let found = attributed(&text);
    let euros = |method: &str, line: &str| found[method][line] as f64 / 1e4;
    let close = |a: f64, b: f64| assert!((a - b).abs() <= 1e-3, "{a} {b}");
    close(euros("one_at_a_time", "set rates = 1"), -4_153_084.317615);
    close(euros("one_at_a_time", "set prepay = 1"), 148_601.458316);
    close(euros("one_at_a_time", "set beta = 1"), 0.0);
    close(euros("one_at_a_time", "interaction"), -3_727_806.289923);
    close(euros("sequential", "set rates = 1"), -4_153_084.317615);
    close(euros("sequential", "set prepay = 1"), -79_204.831607);
    close(euros("sequential", "set beta = 1"), -3_500_000.0);
    close(euros("shapley", "set rates = 1"), -6_016_987.462576);
    close(euros("shapley", "set prepay = 1"), 34_698.313355);
    close(euros("shapley", "set beta = 1"), -1_750_000.0);
    for method in ["one_at_a_time", "sequential", "shapley"] {
        close(euros(method, "total change"), -7_732_289.149221);
    }
}

#[test]
fn lines_of_a_bank_move_its_income_and_its_value() {
    let text = r#"
metric nii_3m: money = sum(net_interest during 3M)
scenario hard extends baseline {
  shock rates all: +200bp
  shock outflow current_account: to 20% over 30d
  set sight_core.reprice.up = 80%
}
exercise yearly {
  book   = small_bank
  market = flat_market
  base   = baseline
  run hard
  settle monthly until 3M
  report nii_3m
  report attribution(nii_3m, hard), attribution(nii_3m, hard, method = shapley)
}
"#;
    let found = attributed(text);
    for (method, lines) in &found {
        let parts: i128 = lines
            .iter()
            .filter(|(l, _)| *l != "total change")
            .map(|(_, v)| v)
            .sum();
        assert_eq!(parts, lines["total change"], "{method}: {lines:?}");
        assert!(
            lines
                .keys()
                .any(|line| line.starts_with("shock rates EUR_OIS, USD_OIS: +200bp")),
            "{lines:?}"
        );
    }
    // The beta alone does nothing: rates do not move.
    assert_eq!(found["one_at_a_time"]["set sight_core.reprice.up = 80%"], 0);
    assert_ne!(found["shapley"]["total change"], 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    #[test]
    fn parts_add_up_and_alike_lines_share_alike_i34(a in -900i32..900, b in 1i32..900, ab in -900i32..900, abc in -90i32..90) {
        // Rates and prepayments are alike, beta has an effect only with both.
        let text = exercise(
            &format!(
                "1_000 EUR + (rates + prepay) * {a} EUR / {b} + rates * prepay * {ab} EUR / 7 + rates * prepay * beta * {abc} EUR / 3"
            ),
            LINES,
        );
        for (method, lines) in attributed(&text) {
            let parts: i128 = lines.iter().filter(|(l, _)| *l != "total change").map(|(_, v)| v).sum();
            prop_assert_eq!(parts, lines["total change"], "{} {:?}", method, lines);
            if method == "shapley" {
                prop_assert_eq!(lines["set rates = 1"], lines["set prepay = 1"]);
            }
            if method != "sequential" && abc == 0 {
                prop_assert!(lines["set beta = 1"].abs() <= 2);
            }
        }
    }
}
