//! Every published test case of ACTUS that is at hand, held to its results: same events, same order, every figure to 1e-9.
//!
//! The cases (actusfrf/actus-tests, CC BY-SA 4.0) are no part of the project: `PLIMSOLL_SHARED` names the folder that holds them
//! in `actus/` (`../shared` by default). Where they are absent the tests count as ignored, and say so.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice
)]

mod page;

use std::path::{Path, PathBuf};

use libtest_mimic::{Arguments, Failed, Trial};
use plimsoll::contract::events::{Case, Conventions, Event, Moment};
use serde_json::{Map, Value};

/// Cases whose published result no rule gives, with the reason: also in `docs/conformance.md`.
const EXEMPT: [(&str, &str); 2] = [
    (
        "guarantee14",
        "its settlement is published as 3508695; the amount and the accrued fee make 3508695.652174, so its decimals are cut off",
    ),
    (
        "clm08",
        "with a notice longer than nothing the row of the call shows no accrued interest, which the payment after it has; here it shows it",
    ),
];

fn main() {
    let arguments = Arguments::from_args();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let shared =
        std::env::var_os("PLIMSOLL_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    let mut files: Vec<PathBuf> = std::fs::read_dir(shared.join("actus"))
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"))
        .collect();
    files.sort();
    let mut trials = Vec::new();
    if files.is_empty() {
        eprintln!("the published cases are absent: set PLIMSOLL_SHARED to their folder");
        let absent = Trial::test("published cases of ACTUS", || Ok(()));
        trials.push(absent.with_ignored_flag(true));
    }
    if !files.is_empty() {
        let files = files.clone();
        trials.push(Trial::test("docs/conformance.md", move || {
            page::is_true(&files)
        }));
    }
    for path in files {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        trials.push(Trial::test(name, move || hold(&path)));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// The cases of a file, and why those that differ do.
fn run(path: &Path) -> Vec<(String, Result<(), String>)> {
    let text = std::fs::read_to_string(path).unwrap();
    let cases: Map<String, Value> = serde_json::from_str(&text).unwrap();
    let held = |(name, case): (&String, &Value)| {
        let why = events(name, case).and_then(|events| same(&case["results"], &events));
        (name.clone(), why)
    };
    cases.iter().map(held).collect()
}

/// Runs all cases of a file and tells which of them differ.
fn hold(path: &Path) -> Result<(), Failed> {
    let cases = run(path);
    let mut wrong = Vec::new();
    for (name, why) in &cases {
        let exempt = EXEMPT.iter().any(|(exempt, _)| exempt == name);
        match why {
            Err(why) if !exempt => wrong.push(format!("{name}: {why}")),
            Ok(()) if exempt => wrong.push(format!("{name}: passes, and stands among the exempt")),
            _ => {}
        }
    }
    let spared: Vec<&str> = EXEMPT
        .map(|(name, _)| name)
        .into_iter()
        .filter(|name| cases.iter().any(|(case, _)| case == name))
        .collect();
    let (n, m) = (cases.len() - wrong.len() - spared.len(), cases.len());
    let note = if spared.is_empty() {
        String::new()
    } else {
        format!(" (exempt: {})", spared.join(", "))
    };
    eprintln!("{}: {n} of {m}{note}", path.file_stem().unwrap().display());
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(Failed::from(format!("{n} of {m}\n{}", wrong.join("\n"))))
    }
}

fn events(name: &str, case: &Value) -> Result<Vec<Event>, String> {
    let events = Case::read(name, case).and_then(|case| case.events(&Conventions::ACTUS_TESTS));
    events.map_err(|errors| {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        errors.join("; ")
    })
}

fn same(want: &Value, got: &[Event]) -> Result<(), String> {
    let want = want.as_array().unwrap();
    for (place, row) in want.iter().enumerate() {
        let text = |name: &str| row[name].as_str().unwrap().to_owned();
        let (date, kind) = (text("eventDate"), text("eventType"));
        let Some(event) = got.get(place) else {
            return Err(format!("{date} {kind} is missing"));
        };
        if Moment::parse(&date) != Some(event.time) || kind != event.kind.code() {
            return Err(format!("{} {} for {date} {kind}", event.time, event.kind));
        }
        if text("currency") != event.currency {
            return Err(format!(
                "{date} {kind}: {} for {}",
                event.currency,
                text("currency")
            ));
        }
        let exercised = event.exercised.unwrap_or_default();
        for (field, value) in [
            ("payoff", event.payoff),
            ("notionalPrincipal", event.notional),
            ("nominalInterestRate", event.rate),
            ("accruedInterest", event.accrued),
            ("exerciseAmount", exercised.amount),
        ] {
            let Some(cell) = row.get(field) else {
                continue;
            };
            let want = cell
                .as_f64()
                .or_else(|| cell.as_str()?.trim().parse().ok())
                .unwrap();
            if (want - value).abs() > 1e-9 * want.abs().max(value.abs()).max(1.0) {
                return Err(format!("{date} {kind} {field}: {value} for {want}"));
            }
        }
        if let Some(date) = row.get("exerciseDate").and_then(Value::as_str)
            && Moment::parse(date) != exercised.date
        {
            return Err(format!("{date} {kind}: exercised {:?}", exercised.date));
        }
    }
    match got.get(want.len()) {
        Some(event) => Err(format!("{} {} is one too many", event.time, event.kind)),
        None => Ok(()),
    }
}
