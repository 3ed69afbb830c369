//! What stands in the files of a bundle, read back as a reader of theirs would.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may panic"
)]

mod small_bank;

use std::collections::BTreeMap;
use std::path::Path;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Date32Type, Decimal128Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use rust_decimal::Decimal;
use serde_json::Value;

/// A bank with dollars and a rate of exchange that moves, beside another that reports in dollars.
const TWO_CURRENCIES: &str = r#"
instrument dollar_loan "Loans in dollars" {
  side       = asset
  repays     = bullet
  accounting = amortised
}
book with_dollars at 2026-09-30 in EUR {
  equity     = 56mn EUR
  surplus    = cash
  shortfall  = overnight
  unmet_rate = 8%
  include cash(id = "CB", principal = 20mn EUR)
  include mortgage(id = "M1", principal = 60mn EUR, maturity = 2036-09-30, accrues = fixed(3.6%, daycount = 30E/360), accrued = 0, segment = retail)
  include dollar_loan(id = "D1", currency = USD, principal = 50mn USD, maturity = 2029-09-30, accrues = fixed(5%, every = 3M, daycount = act/360), accrued = 0)
  include current_account(id = "A1", principal = 70mn EUR, accrues = client(0.5%, every = 1M, daycount = act/360), accrued = 0, segment = retail, insured = true, office = "PB")
}
book dollars at 2026-09-30 in USD {
  include dollar_loan(id = "D2", currency = USD, principal = 7mn USD, maturity = 2027-09-30, accrues = fixed(5%, every = 3M, daycount = act/360), accrued = 0)
}
scenario weak_dollar extends baseline { shock fx USD: to -10% over 3M }
scenario at_once     extends baseline { shock fx USD: -7% }
metric bracketed: money = 2 * (equity + total_assets)
metric both: money = (equity + total_assets) * (1 + 1) - (total_assets)
metric turned: money = -(equity + total_assets) at start + equity
metric sevenths: money = sum(mortgage + dollar_loan: book / 7)
exercise half_year {
  book   = with_dollars
  market = flat_market
  base   = baseline
  run weak_dollar, at_once
  settle monthly until 6M
  step monthly until 6M
  report equity, bracketed, both, turned, sevenths
}
exercise in_dollars {
  book   = dollars
  market = flat_market
  base   = baseline
  settle monthly until 6M
  step monthly until 6M
  report total_assets
}
"#;

struct Posting {
    exercise: String,
    scenario: String,
    day: i32,
    account: String,
    /// In units of its own currency, times 10^9.
    amount: i128,
    /// In units of the exercise's currency, times 10^9.
    reporting: i128,
}

fn ledger(bundle: &Path) -> Vec<Posting> {
    let file = std::fs::File::open(bundle.join("ledger.parquet")).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).unwrap();
    let mut postings = Vec::new();
    for batch in reader.build().unwrap() {
        let batch: RecordBatch = batch.unwrap();
        let text = |name: &str| {
            batch
                .column_by_name(name)
                .unwrap()
                .as_string::<i32>()
                .clone()
        };
        let decimal = |name: &str| {
            let column = batch.column_by_name(name).unwrap();
            assert_eq!(column.null_count(), 0, "{name}");
            let column = column.as_primitive::<Decimal128Type>().clone();
            assert_eq!(column.scale(), 9);
            column
        };
        let (exercise, scenario, account) = (text("exercise"), text("scenario"), text("account"));
        let (amount, reporting) = (decimal("amount"), decimal("reporting_amount"));
        let date = batch.column_by_name("date").unwrap();
        let date = date.as_primitive::<Date32Type>();
        postings.extend((0..batch.num_rows()).map(|row| Posting {
            exercise: exercise.value(row).into(),
            scenario: scenario.value(row).into(),
            day: date.value(row),
            account: account.value(row).into(),
            amount: amount.value(row),
            reporting: reporting.value(row),
        }));
    }
    postings
}

/// The records of metrics in a trace.
fn metrics(bundle: &Path) -> Vec<Value> {
    let trace = std::fs::read_to_string(bundle.join("trace.jsonl")).unwrap();
    let records = trace
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let metric = |record: &Value| record["record"].get("metric").cloned();
    records
        .filter_map(|record: Value| metric(&record))
        .collect()
}

fn bundle_of(text: &str) -> tempfile::TempDir {
    let bank = small_bank::beside(text);
    small_bank::metrics(bank.path());
    bank
}

#[test]
fn the_ledger_is_double_entry_with_amounts() {
    let bank = bundle_of(TWO_CURRENCIES);
    let postings = ledger(&bank.path().join("out"));
    let mut days: BTreeMap<(&str, &str, i32), i128> = BTreeMap::new();
    for p in &postings {
        *days.entry((&p.exercise, &p.scenario, p.day)).or_default() += p.reporting;
    }
    assert!(days.len() > 20, "{}", days.len());
    for (day, sum) in days {
        assert_eq!(sum, 0, "{day:?}");
    }
    // each in its own currency and in that of its exercise
    let opening = |exercise: &str, scenario: &str| {
        let nominal = |p: &&Posting| {
            p.exercise == exercise && p.scenario == scenario && p.account == "dollar_loan/nominal"
        };
        let first = postings.iter().find(nominal).unwrap();
        (first.amount, first.reporting)
    };
    let mn = |x: i128| x * 10i128.pow(15);
    assert_eq!(opening("half_year", "weak_dollar"), (mn(50), mn(46)));
    assert_eq!(opening("in_dollars", "baseline"), (mn(7), mn(7)));
}

fn number(value: &Value) -> Decimal {
    Decimal::from_str_exact(value["number"].as_str().unwrap()).unwrap()
}

/// Holds the sums below a node of the trace to their value, digit for digit. How many there were.
fn hold(node: &Value, value: &Value) -> usize {
    let none = Vec::new();
    let terms = node["terms"].as_array().unwrap_or(&none);
    let is_sum = node["combine"] == "sum" && !terms.is_empty();
    if is_sum {
        let sum: Decimal = terms.iter().map(|term| number(&term["amount"])).sum();
        assert_eq!(sum, number(value), "{node}");
    }
    let below = terms.iter().map(|term| hold(term, &term["amount"]));
    usize::from(is_sum) + below.sum::<usize>()
}

#[test]
fn sums_in_the_trace_are_exact_where_their_parts_do_not_end() {
    let bank = bundle_of(TWO_CURRENCIES);
    let records = metrics(&bank.path().join("out"));
    let held: usize = records.iter().map(|r| hold(r, &r["value"])).sum();
    assert!(held > 50, "{held}");
    let without_end = |r: &&Value| r["value"]["number"].as_str().unwrap().len() > 20;
    assert!(records.iter().filter(without_end).count() > 10);
}

#[test]
fn formulas_stand_in_the_trace_with_all_their_brackets() {
    let bank = bundle_of(TWO_CURRENCIES);
    let records = metrics(&bank.path().join("out"));
    for line in TWO_CURRENCIES.lines().filter(|l| l.starts_with("metric")) {
        let (head, formula) = line.split_once(" = ").unwrap();
        let name = head["metric ".len()..].split(':').next().unwrap();
        let record = records.iter().find(|r| r["metric"] == name).unwrap();
        assert_eq!(record["formula"], formula);
    }
}

/// What the rates of exchange made of dollars is a part of equity of its own, and the same as in the ledger.
#[test]
fn equity_shows_the_exchange_result_of_the_ledger() {
    let bank = bundle_of(TWO_CURRENCIES);
    let out = bank.path().join("out");
    let postings = ledger(&out);
    let small = Decimal::new(1, 2);
    for (scenario, moves) in [
        ("baseline", false),
        ("weak_dollar", true),
        ("at_once", true),
    ] {
        let record = metrics(&out).into_iter().find(|r| {
            r["metric"] == "equity" && r["scenario"] == scenario && r["date"] == "2027-03-31"
        });
        let record = record.unwrap();
        let parts = record["terms"][0]["terms"].as_array().unwrap();
        let part = |label: &str| {
            let found = parts.iter().find(|part| part["label"] == label);
            found.map_or(Decimal::ZERO, |part| number(&part["amount"]))
        };
        let exchange: i128 = postings
            .iter()
            .filter(|p| p.scenario == scenario && p.account == "retained/exchange")
            .map(|p| -p.reporting)
            .sum();
        let exchange = Decimal::from_i128_with_scale(exchange, 9);
        assert_eq!(!exchange.is_zero(), moves, "{scenario}");
        let told = part("exchange result USD");
        assert!(
            (told - exchange).abs() < small,
            "{scenario}: {told} {exchange}"
        );
        let rounding = part("rounding to what the ledger carries");
        assert!(rounding.abs() < small, "{scenario}: {rounding}");
    }
}

/// What the opening leaves open within the tolerance is said by every report; the sides of the balance sheet tie to it.
#[test]
fn the_opening_difference_is_told() {
    let open = TWO_CURRENCIES.replace(
        "equity     = 56mn EUR",
        "equity     = 54.25mn EUR\n  reconcile mortgage to 59mn EUR within 5%",
    );
    let bank = bundle_of(&open);
    for arguments in [&["--dry-run"][..], &["--out", "out"][..]] {
        let mut arguments = arguments.to_vec();
        let out = bank.path().join("out");
        if let Some(last) = arguments.last_mut().filter(|a| **a == "out") {
            *last = out.to_str().unwrap();
        }
        let run = small_bank::plimsoll("run", bank.path(), &arguments);
        let said = String::from_utf8(run.stdout).unwrap();
        let line = said.lines().find(|l| l.contains("opening difference"));
        assert!(
            line.is_some_and(|l| l.contains("1,750,000.00 EUR")),
            "{said}"
        );
    }
    let card = std::fs::read_to_string(bank.path().join("out/run.json")).unwrap();
    let card: Value = serde_json::from_str(&card).unwrap();
    let controls = card["controls"].as_array().unwrap();
    let total = |name: &str| -> Decimal {
        let found = |c: &&Value| c["name"] == name && c["exercise"] == "half_year";
        let control = controls.iter().find(found).unwrap();
        control["value"].as_str().unwrap().parse().unwrap()
    };
    assert_eq!(total("assets"), Decimal::from(126_000_000));
    let net = total("assets") - total("liabilities") + total("derivatives") - total("equity");
    assert_eq!(net, total("opening difference"));
    assert_eq!(net, Decimal::from(1_750_000));
}
