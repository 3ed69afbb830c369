//! The action card by the command: its figures are those of runs with the action and without it, line by line and together.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

mod small_bank;

use std::path::Path;

use serde_json::Value;

/// A bond is sold when money leaves, a swap and an issue beside it; the coverage ratio stands for the library's.
const PLAYBOOK: &str = r#"
metric lcr: ratio = (sum(cash: balance) + sum(bond: free)) / sum(current_account: balance * 40%)
metric eve: money = sum(assets: pv) - sum(liabilities: pv) + sum(derivatives: pv)
metric nii_12m: money = sum(net_interest during 12M)
metric nii_36m: money = sum(net_interest during 36M)
metric encumbered_bonds: money = sum(bond: encumbered)
metric capital: money = equity
product note_3y of interbank {
  maturity = 3Y
  accrues  = fixed(swap_rate(3Y) + 50bp, every = 1Y, daycount = act/365)
}
instrument swap "Swaps" {
  side       = derivative
  currency   = EUR
  accounting = fvtpl
}
product payer_3y of swap {
  maturity = 3Y
  pays     = fixed(swap_rate(3Y), every = 1Y, daycount = act/365)
  receives = index(EURIBOR_3M, reset = 3M, daycount = act/360)
}
instrument repo "Bonds sold under repo" {
  side       = liability
  repays     = bullet
  accrues    = fixed(2%, daycount = act/360)
  accounting = amortised
}
action funded_and_hedged "A note, a swap and a repo" {
  on_date = 2026-10-31
  do issue(note_3y, nominal = 5mn EUR)
  do hedge(payer_3y, notional = 20mn EUR)
  do repo(bond, cash = 8mn EUR, term = 6M, haircut = 10%)
}
action sell_some "Sell bonds when the ratio falls" {
  observed = daily
  times    = 1
  lead     = 2d
  when lcr < 155%
  do sell(bond, proceeds = 10mn EUR)
}
action never { on_date = 2026-10-20   available = false   do issue(note_3y, nominal = 1mn EUR) }
scenario leaving "A quarter of the deposits leaves" extends baseline { shock outflow current_account: to 25% over 60d }
scenario leaving_met extends leaving { allow funded_and_hedged }
scenario leaving_sold extends leaving { allow sell_some }
exercise half "Half a year" {
  book   = small_bank
  market = flat_market
  base   = baseline
  run leaving, leaving_met, leaving_sold
  settle daily until 30d
  settle monthly until 3Y
  step monthly until 1Y
  report lcr, eve, encumbered_bonds, capital
  report nii_12m at start
  report nii_36m at start
}
"#;

fn bank() -> tempfile::TempDir {
    small_bank::beside(
        &PLAYBOOK
            .replace("   available", "\n  available")
            .replace("   do issue", "\n  do issue"),
    )
}

fn impact(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let run = small_bank::plimsoll("impact", folder, arguments);
    let printed = String::from_utf8(run.stdout).unwrap();
    (
        run.status.code(),
        printed + &String::from_utf8(run.stderr).unwrap(),
    )
}

fn card(folder: &Path, scenario: &str, action: &str) -> Value {
    let (code, printed) = impact(
        folder,
        &[
            "--scenario",
            scenario,
            "--action",
            action,
            "--format",
            "json",
        ],
    );
    assert_eq!(code, Some(0), "{printed}");
    serde_json::from_str::<Value>(&printed).unwrap()["card"].clone()
}

/// The value of a metric in a run's table, on a day or a name of a point.
fn value_of(metrics: &str, scenario: &str, metric: &str, at: &str) -> f64 {
    let rows: Vec<Vec<&str>> = metrics
        .lines()
        .map(|row| row.split(',').collect())
        .collect();
    let column = |name: &str| rows[0].iter().position(|c| *c == name).unwrap();
    let row = rows.iter().find(|row| {
        let named = row[column("metric")].trim_end_matches(" at start");
        row[column("scenario")] == scenario && named == metric && row.contains(&at)
    });
    row.unwrap_or_else(|| panic!("{scenario} {metric} {at}\n{metrics}"))[column("value")]
        .parse()
        .unwrap()
}

fn line<'c>(card: &'c Value, measure: &str, at: &str) -> &'c Value {
    let lines = card["lines"].as_array().unwrap();
    let found = lines
        .iter()
        .find(|l| l["measure"] == measure && l["at"] == at);
    found.unwrap_or_else(|| panic!("no {measure} on {at} in {card:#}"))
}

fn number(value: &Value) -> f64 {
    let text = value.as_str().map(str::to_owned);
    text.unwrap_or_else(|| value["number"].as_str().unwrap().to_owned())
        .parse()
        .unwrap()
}

#[test]
fn figures_with_and_without_are_those_of_runs() {
    let bank = bank();
    let metrics = small_bank::metrics(bank.path());
    let card = card(bank.path(), "leaving", "funded_and_hedged");
    let (settled, start) = ("2026-10-31", "2026-09-30");
    let measures = [
        ("lcr", "lcr", settled),
        ("eve", "eve", settled),
        ("encumbered assets", "encumbered_bonds", settled),
        ("equity", "capital", settled),
        ("lcr", "lcr", start),
        ("net interest income, 12 months", "nii_12m", start),
        ("net interest income, 36 months", "nii_36m", start),
    ];
    for (measure, metric, at) in measures {
        let line = line(&card, measure, at);
        for (side, scenario) in [("without", "leaving"), ("with", "leaving_met")] {
            let (told, ran) = (
                number(&line[side]),
                value_of(&metrics, scenario, metric, at),
            );
            assert!(
                (told - ran).abs() < 1e-3,
                "{measure} {at} {side}: {told} {ran}"
            );
        }
        let difference = number(&line["with"]) - number(&line["without"]);
        assert!(
            (number(&line["difference"]) - difference).abs() < 1e-3,
            "{line}"
        );
    }
}

#[test]
fn lines_alone_and_together_are_the_difference() {
    let bank = bank();
    let card = card(bank.path(), "leaving", "funded_and_hedged");
    assert_eq!(card["deeds"].as_array().unwrap().len(), 3);
    for line in card["lines"].as_array().unwrap() {
        let (Some(legs), Some(_)) = (line["legs"].as_array(), line["difference"].as_str()) else {
            continue;
        };
        let parts: f64 = legs.iter().map(number).sum::<f64>() + number(&line["together"]);
        assert!((parts - number(&line["difference"])).abs() < 1e-3, "{line}");
    }
    // each line moves what it is for, and nothing before its day
    let start = line(&card, "lcr", "2026-09-30");
    assert_eq!(number(&start["difference"]), 0.0);
    let lcr = line(&card, "lcr", "2026-10-31");
    assert_eq!(
        number(&lcr["legs"][1]),
        0.0,
        "a swap at par brings no cash: {lcr}"
    );
    let hedged = line(&card, "eve, key rate 3Y down 1bp", "2026-10-31");
    assert!(
        number(&hedged["legs"][1]) < 0.0 && number(&hedged["legs"][0]) < 0.0,
        "{hedged}"
    );
    let pledged = line(&card, "encumbered assets", "2026-10-31");
    assert_eq!([0, 1].map(|leg| number(&pledged["legs"][leg])), [0.0, 0.0]);
    assert!(number(&pledged["legs"][2]) > 8e6);
}

#[test]
fn an_action_that_is_armed_is_taken_away_and_its_trigger_decides() {
    let bank = bank();
    let card = card(bank.path(), "leaving_sold", "sell_some");
    let decided = card["decisions"].as_array().unwrap();
    assert_eq!(decided.len(), 1, "{decided:?}");
    let day = decided[0]["settles"].as_str().unwrap();
    assert!(day > "2026-09-30");
    // before it settles nothing is other than without it
    for line in card["lcr_by_day"].as_array().unwrap() {
        if line["at"].as_str().unwrap() < day {
            assert_eq!(number(&line["difference"]), 0.0, "{line}");
        }
    }
    // without the action nothing is decided: the figures are those of the scenario that does not allow it
    let metrics = small_bank::metrics(bank.path());
    let nii = line(&card, "net interest income, 12 months", "2026-09-30");
    let plain = value_of(&metrics, "leaving", "nii_12m", "2026-09-30");
    assert!((number(&nii["without"]) - plain).abs() < 1e-3);
}

#[test]
fn the_printed_card_says_what_was_decided_and_what_is_not_measured() {
    let bank = bank();
    let ask = |scenario, action| impact(bank.path(), &["--scenario", scenario, "--action", action]);
    let (code, text) = ask("leaving", "funded_and_hedged");
    assert_eq!(code, Some(0), "{text}");
    for part in [
        "A note, a swap and a repo",
        "together",
        "survival",
        "lcr on each day of cash",
        "std.nsfr",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let (code, text) = ask("leaving", "never");
    assert!(
        code == Some(0) && text.contains("the market is closed"),
        "{text}"
    );
    for (scenario, action, known) in [
        ("leaving", "no_such", "funded_and_hedged"),
        ("no_such", "sell_some", "leaving_met"),
    ] {
        let (code, text) = ask(scenario, action);
        assert!(code == Some(1) && text.contains(known), "{code:?} {text}");
    }
}
