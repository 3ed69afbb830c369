//! Compounding in arrears, held to the index that the Federal Reserve Bank of New York publishes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::process::Command;

use plimsoll::calendar::{BusinessCalendar, Date, HolidayList};
use plimsoll::contract::Compounding;

use crate::shared::Shared;

/// Dated values of a file, and the days that it marks as holidays.
fn series(shared: &Shared, name: &str) -> (BTreeMap<Date, f64>, Vec<Date>) {
    let (mut values, mut holidays) = (BTreeMap::new(), Vec::new());
    for row in shared.rows(&format!("data/sofr/{name}.csv")) {
        let day: Date = row["DATE"].parse().unwrap();
        match row[name].parse() {
            Ok(value) => {
                values.insert(day, value);
            }
            Err(_) => holidays.push(day),
        }
    }
    (values, holidays)
}

/// Each step of the index within 1e-8, and the whole series chained to its eight decimals.
pub fn sofr_index(shared: &Shared) -> Result<(), String> {
    let (fixings, holidays) = series(shared, "SOFR");
    let (index, _) = series(shared, "SOFRINDEX");
    let compounding = Compounding {
        calendar: BusinessCalendar::Holidays(HolidayList::new(holidays)),
        basis: 360,
        look_back: 0,
        lock_out: 0,
        observation_shift: false,
    };
    let fixing = |day: Date| fixings.get(&day).map(|percent| percent / 100.0);
    let grown = |from: Date, to: Date| {
        let factor = compounding.factor(from, to, fixing);
        factor.map_err(|error| error.to_string())
    };
    let levels: Vec<(Date, f64)> = index.into_iter().collect();
    for pair in levels.windows(2) {
        let ((from, level), (to, published)) = (pair[0], pair[1]);
        let step = level * grown(from, to)?;
        if (step - published).abs() > 1e-8 {
            return Err(format!("{to}: {step} for {published}"));
        }
    }
    let (first, last) = (levels[0], levels[levels.len() - 1]);
    let whole = first.1 * grown(first.0, last.0)?;
    // eight decimals of both ends
    if (whole - last.1).abs() > 1e-8 {
        return Err(format!(
            "{} steps: {whole} for {}",
            levels.len() - 1,
            last.1
        ));
    }
    Ok(())
}

/// A loan on compounded SOFR over five years of past fixings pays what the published index grew by over each of its years.
pub fn sofr_loan(shared: &Shared) -> Result<(), String> {
    let (fixings, holidays) = series(shared, "SOFR");
    let (index, _) = series(shared, "SOFRINDEX");
    let project = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| std::fs::write(project.path().join(name), text).unwrap();
    let mut lines = String::from("date,value\n");
    for (day, percent) in &fixings {
        writeln!(lines, "{day},{:.4}", percent / 100.0).unwrap();
    }
    file("sofr.csv", &lines);
    let listed: Vec<String> = holidays.iter().map(Date::to_string).collect();
    file("holidays.csv", &format!("date\n{}\n", listed.join("\n")));
    file("plimsoll.toml", "name = \"sofr\"\nedition = \"2026\"\n");
    // a period that ends on the day after the book's date is all of past fixings; 1bn USD tells 1e-8 as ten dollars
    for (from, book, until) in [
        ("2020-01-02", "2021-01-03", "2021-01-04"),
        ("2022-03-15", "2023-03-14", "2023-03-15"),
        ("2023-06-01", "2024-05-31", "2024-06-03"),
        ("2019-09-03", "2024-08-29", "2024-08-30"),
    ] {
        file(
            "bank.plim",
            &format!(
                "instrument loan \"Loan on SOFR\" {{
  side = asset
  repays = bullet
  accounting = amortised
}}
market usd {{
  curve    SOFR_OIS in USD = flat(5%)
  index    SOFR in USD = forward(SOFR_OIS, fixings = \"sofr.csv\")
  discount USD = SOFR_OIS
  calendar USD = holidays(\"holidays.csv\")
}}
book lent \"Lent\" at {book} in USD {{
  include loan(id = \"L\", principal = 1bn USD, last_payment = {from}, maturity = {until},
    accrues = compounded(SOFR, every = 10Y, daycount = act/360))
}}
metric lent_out: money = sum(loan: balance)
scenario still {{
  balance_sheet = run_off
  rates = forwards
}}
exercise read {{
  book = lent
  market = usd
  base = still
  settle monthly until 1M
  step monthly until 1M
  report lent_out
}}
"
            ),
        );
        let run = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
            .arg("cashflows")
            .arg(project.path())
            .args([
                "--instrument",
                "loan",
                "--position",
                "L",
                "--format",
                "json",
            ])
            .output()
            .unwrap();
        let told: serde_json::Value = serde_json::from_slice(&run.stdout)
            .map_err(|_| String::from_utf8_lossy(&run.stderr).into_owned())?;
        let flows = told.as_array().unwrap();
        let interest = flows
            .iter()
            .find(|flow| flow["kind"] == "interest")
            .unwrap();
        let paid: f64 = interest["amount"].as_str().unwrap().parse().unwrap();
        let level = |day: &str| index[&day.parse::<Date>().unwrap()];
        let grown = level(until) / level(from) - 1.0;
        if (paid / 1e9 - grown).abs() > 1e-8 {
            return Err(format!("{from} to {until}: {} for {grown}", paid / 1e9));
        }
    }
    Ok(())
}
