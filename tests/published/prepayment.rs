//! A pass-through at 100 % PSA, run by the engine with the library's formula.

use std::collections::BTreeMap;
use std::process::Command;

use crate::shared::Shared;

/// 400bn at 6.0 %, passed through at 5.5 %, 358 months to go of 360, paid at month ends: a thousandfold of the published pool,
/// so that amounts counted in hundredths of a cent show the rounding of the table and not their own.
const PROJECT: &str = r#"use std.behaviour: psa
instrument pool "Pass-through" {
  side       = asset
  repays     = annuity(every = 1M)
  accounting = amortised
}
instrument account "Where payments go" {
  side       = asset
  repays     = on_demand
  accrues    = none
  accounting = amortised
}
book one at 2026-01-31 in USD {
  surplus = account
  include pool(id = "P", currency = USD, principal = 400_000mn USD, maturity = 2055-11-30, original_term = 360M,
    start = 2025-11-30, accrues = fixed(6%, every = 1M, daycount = 30E/360ISDA), margin = 0.5%, accrued = 0 USD)
  include account(id = "A", currency = USD, principal = 0 USD)
}
market no_rates {
}
scenario plain "Contracts and prepayments" {
  balance_sheet = run_off
  rates         = constant
}
behaviour prepayment on pool { prepay = psa(100%, rounded(age, 1M)) per year }
metric outstanding: money = sum(pool: balance)
metric principal_due: money = sum(pool: due(31d))
metric passed_through: money = sum((sum(pool: interest_income) - sum(pool: margin_income)) during 1M)
exercise months {
  book   = one
  market = no_rates
  base   = plain
  settle monthly until 358M
  step monthly until 358M
  report outstanding, principal_due, passed_through
}
"#;

/// Every figure of the 358 months within half a dollar: what is outstanding at its start, the interest passed through, the
/// principal of the schedule, and what prepays, which is the rest of what leaves.
pub fn pass_through(shared: &Shared) -> Result<(), String> {
    let work = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| std::fs::write(work.path().join(name), text).unwrap();
    file("plimsoll.toml", "name = \"psa\"\nedition = \"2026\"\n");
    file("bank.plim", PROJECT);
    let run = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .args(["run", ".", "--out", "out"])
        .current_dir(work.path())
        .output()
        .unwrap();
    if run.status.code() != Some(0) {
        return Err(String::from_utf8_lossy(&run.stderr).into_owned());
    }
    let mut figures: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut reader = csv::Reader::from_path(work.path().join("out/metrics.csv")).unwrap();
    for row in reader.records() {
        let row = row.unwrap();
        // the last month has no next one
        let value: f64 = row[6].parse().unwrap_or(0.0);
        figures
            .entry(row[3].to_owned())
            .or_default()
            .push(value / 1000.0);
    }
    let (balances, scheduled) = (&figures["outstanding"], &figures["principal_due"]);
    let passed = &figures["passed_through"];
    let published = shared.rows("data/psa/fabozzi_100psa_400m.csv");
    for (month, row) in published.iter().enumerate() {
        let left = balances[month + 1];
        for (column, ours) in [
            ("outstanding_balance", balances[month]),
            ("net_interest", passed[month]),
            ("scheduled_principal", scheduled[month]),
            ("prepayment", balances[month] - left - scheduled[month]),
        ] {
            let figure: f64 = row[column].parse().unwrap();
            if (ours - figure).abs() > 0.5 {
                return Err(format!(
                    "month {}, {column}: {ours} for {figure}",
                    month + 1
                ));
            }
        }
    }
    if published.len() == 358 {
        Ok(())
    } else {
        Err(format!("{} months", published.len()))
    }
}
