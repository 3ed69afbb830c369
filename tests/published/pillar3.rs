//! Every published quarter through the project text of `std.pillar3`: ratios from the rows against the ratios in print.

use super::shared::{Row, Shared};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::process::Command;

/// Instruments of `std.pillar3` by file.
const LIQ1: &[&str] = &["liquid_assets", "cash_outflows", "cash_inflows"];
const LIQ2: &[&str] = &[
    "funding",
    "holdings",
    "derivatives_owed",
    "other_funding",
    "other_holdings",
];
const KM1: &[&str] = &["own_funds", "exposures"];

/// A bank at the end of a quarter, as a report shows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Quarter {
    bank: String,
    date: String,
}

fn cell<'r>(rows: &[&'r Row], row: &str, column: &str) -> Option<&'r str> {
    rows.iter()
        .find(|r| r["row"] == row)
        .map(|r| r[column].as_str())
        .filter(|cell| !cell.is_empty())
}

/// LCR within 0.65 points, NSFR within 0.55, capital and leverage ratios within 0.05 of what is printed, for every bank and quarter; KM1 in every
/// report that shows the quarter.
pub fn every_quarter(published: &Shared) -> Result<(), String> {
    let work = tempfile::tempdir().unwrap();
    let data = work.path().join("data");
    std::fs::create_dir_all(&data).unwrap();
    for name in ["lcr.csv", "nsfr.csv", "km1.csv"] {
        std::fs::write(
            data.join(name),
            published.bytes(&format!("data/pillar3/{name}")),
        )
        .unwrap();
    }
    let [lcr, nsfr, km1] =
        ["lcr", "nsfr", "km1"].map(|name| published.rows(&format!("data/pillar3/{name}.csv")));
    let quarter = |row: &Row, column: &str| Quarter {
        bank: row["bank"].clone(),
        date: row[column].clone(),
    };
    let quarters: BTreeSet<Quarter> = lcr
        .iter()
        .map(|row| quarter(row, "quarter_ended"))
        .chain(nsfr.iter().chain(&km1).map(|row| quarter(row, "as_of")))
        .collect();
    let mut text = String::from(
        "use std.pillar3 as pillar3: lcr, nsfr, cet1_ratio, tier1_ratio, total_ratio, leverage_ratio
scenario as_published {
  balance_sheet = run_off
  rates         = constant
}
",
    );
    let mut checks = 0;
    for (number, q) in quarters.iter().enumerate() {
        let of = |rows: &'_ [Row], column: &str| -> Vec<Row> {
            rows.iter()
                .filter(|row| quarter(row, column) == *q)
                .cloned()
                .collect()
        };
        let (liq1, liq2, key) = (
            of(&lcr, "quarter_ended"),
            of(&nsfr, "as_of"),
            of(&km1, "as_of"),
        );
        let liq1: Vec<&Row> = liq1.iter().filter(|row| row["scope"] == "ALL").collect();
        let liq2: Vec<&Row> = liq2.iter().collect();
        let reports: BTreeSet<&str> = key.iter().map(|row| row["source_pdf"].as_str()).collect();
        let reports: Vec<&str> = if reports.is_empty() {
            vec!["none"]
        } else {
            reports.into_iter().collect()
        };
        for (place, report) in reports.iter().enumerate() {
            let key: Vec<&Row> = key
                .iter()
                .filter(|row| row["source_pdf"] == *report)
                .collect();
            let first = place == 0;
            let mut included: Vec<&str> = Vec::new();
            let mut expected = String::new();
            let mut expect = |metric: &str, printed: Option<&str>, within: &str| {
                if let Some(printed) = printed {
                    writeln!(
                        expected,
                        "  expect {metric} at start == {printed}% within {within}"
                    )
                    .unwrap();
                    checks += 1;
                }
            };
            if first && !liq1.is_empty() {
                included.extend(LIQ1);
                expect("lcr", cell(&liq1, "23", "weighted_sgd_m"), "65bp");
            }
            if first && !liq2.is_empty() {
                included.extend(LIQ2);
                expect("nsfr", cell(&liq2, "34", "weighted"), "55bp");
            }
            if !key.is_empty() {
                included.extend(KM1);
                expect("cet1_ratio", cell(&key, "5", "value"), "5bp");
                expect("tier1_ratio", cell(&key, "6", "value"), "5bp");
                expect("total_ratio", cell(&key, "7", "value"), "5bp");
                expect("leverage_ratio", cell(&key, "14", "value"), "5bp");
            }
            let included: Vec<String> = included
                .iter()
                .map(|name| format!("pillar3.{name}"))
                .collect();
            writeln!(
                text,
                "book q{number}_{place} at {date} in SGD {{
  bad_rows             = reject
  pillar3.bank         = \"{bank}\"
  pillar3.quarter      = \"{date}\"
  pillar3.scope        = \"ALL\"
  pillar3.published_in = \"{report}\"
  pillar3.tables_in    = SGD
  pillar3.unit         = 1mn SGD
  include {included}
}}
test t{number}_{place} \"{bank} at {date} in {report}\" {{
  book = q{number}_{place}
  base = as_published
{expected}}}",
                date = q.date,
                bank = q.bank,
                included = included.join(", ")
            )
            .unwrap();
        }
    }
    std::fs::write(work.path().join("banks.plim"), text).unwrap();
    std::fs::write(
        work.path().join("plimsoll.toml"),
        "name = \"published\"\nedition = \"2026\"\n",
    )
    .unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .arg("test")
        .arg(work.path())
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&run.stdout);
    if run.status.code() == Some(0) && checks > 100 {
        return Ok(());
    }
    let failed: Vec<&str> = printed
        .lines()
        .filter(|line| !line.starts_with("ok"))
        .collect();
    Err(format!(
        "{checks} checks\n{}\n{}",
        failed.join("\n"),
        String::from_utf8_lossy(&run.stderr)
    ))
}
