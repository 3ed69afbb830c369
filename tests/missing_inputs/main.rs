//! Refuse, never default (I37): each input that a reported metric reads is taken away in turn, and each time the run is refused,
//! naming what is missing. Inputs are the data files, their mapped columns, the pillars of curves, fixings, every line of the
//! market, the answers of the book, rows of tables without `else`, and values of dimensions in use.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may panic"
)]

mod data;
mod positions;
mod project;

use std::collections::{BTreeMap, BTreeSet};

use data::{Altered, first_cell, rows, without_column, without_row};
use plimsoll::book::check_headers;
use plimsoll::diagnostic::{Diagnostic, SourceMap, Span, any_error};
use plimsoll::engine::observe::Recorder;
use plimsoll::engine::prepare::prepare;
use plimsoll::formula::Overlay;
use plimsoll::market;
use plimsoll::plan::{Domain, Exercise, Pattern, Plan};
use plimsoll::tabular::{DataSource, Folder};
use project::{Compiled, Project, said};
use serde_json::Value;

/// How far a run is followed before it counts as accepted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// Reading and checking: what is refused before anything runs.
    Reading,
    /// To the last reported metric.
    Reports,
}

/// What became of a run: the errors, or the reported metrics.
type Outcome = Result<Vec<String>, Vec<String>>;

fn outcome(plan: &Plan, source: &dyn DataSource, reach: Reach) -> Outcome {
    let map = SourceMap::new();
    let mut reported = Vec::new();
    for exercise in &plan.exercises {
        let failed = |errors: Vec<_>| said(&errors, &map);
        // what the headings tell needs no rows: a large bank is refused as fast as a small one
        let told = headings(plan, exercise, source);
        if any_error(&told) {
            return Err(failed(told));
        }
        let prepared = prepare(plan, exercise, source).map_err(failed)?;
        if reach == Reach::Reading {
            // A row that is set aside is named in the exceptions, and the totals of the book no longer tie.
            if !prepared.exceptions.is_empty() {
                return Err(prepared
                    .exceptions
                    .iter()
                    .map(|e| format!("{} {} {} {} {}", e.file, e.row, e.column, e.value, e.reason))
                    .collect());
            }
            continue;
        }
        let performed = prepared.perform(None, &[], &|_, _| {}).map_err(failed)?;
        let mut records = Recorder::default();
        performed
            .report(&|_| String::new(), &|_, _| {}, &mut records)
            .map_err(failed)?;
        let values = records.metrics.iter().filter(|metric| metric.reported);
        reported.extend(values.map(|m| format!("{:?} {:?} {}", m.key, m.value, m.unit)));
    }
    Ok(reported)
}

/// What `plimsoll check` says of the data: headings and the market.
fn headings(plan: &Plan, exercise: &Exercise, source: &dyn DataSource) -> Vec<Diagnostic> {
    let mut found = check_headers(plan, &exercise.book, source);
    let (date, currency) = (exercise.book.date, exercise.book.currency);
    let base = exercise.scenarios.get(&exercise.base);
    let overlay = Overlay::new(plan, Some(&exercise.book), base);
    let reading = market::Reading::new(plan, &overlay, source, date, currency);
    found.extend(market::load(exercise.market.as_ref(), &exercise.givens, &reading).1);
    found
}

/// The wrongs that were found, told together.
#[derive(Default)]
struct Findings {
    tried: usize,
    wrong: Vec<String>,
}

impl Findings {
    /// The run without `what` has to be refused with a message that says one of `names`.
    fn refused(&mut self, what: &str, names: &[&str], outcome: &Outcome) {
        self.tried += 1;
        match outcome {
            Ok(_) => self.wrong.push(format!("without {what} it runs")),
            Err(errors) => {
                let named = errors
                    .iter()
                    .any(|error| names.iter().any(|name| error.contains(name)));
                if !named {
                    let first = errors.first().map_or("", String::as_str);
                    self.wrong.push(format!(
                        "without {what} the refusal names none of {names:?}: {first}"
                    ));
                }
            }
        }
    }

    fn told(self, at_least: usize) {
        assert!(
            self.wrong.is_empty(),
            "{} of {}:\n{}",
            self.wrong.len(),
            self.tried,
            self.wrong.join("\n")
        );
        assert!(self.tried >= at_least, "only {} were tried", self.tried);
    }
}

/// A project with what its run reads.
struct Bank {
    project: Project,
    compiled: Compiled,
    folder: Folder,
    inputs: BTreeSet<String>,
}

impl Bank {
    fn load(name: &str) -> Self {
        let project = Project::load(name);
        let compiled = project.compiled();
        assert!(compiled.errors.is_empty(), "{:?}", compiled.errors);
        let folder = Folder::new(project.root.clone());
        let mut inputs = BTreeSet::new();
        for exercise in &compiled.plan.exercises {
            let prepared = prepare(&compiled.plan, exercise, &folder).unwrap();
            inputs.extend(prepared.inputs.iter().map(|file| file.path.clone()));
        }
        Bank {
            project,
            compiled,
            folder,
            inputs,
        }
    }

    fn altered(&self, path: &str, bytes: Option<Vec<u8>>, reach: Reach) -> Outcome {
        let source = Altered::new(self.folder.clone(), path, bytes);
        outcome(&self.compiled.plan, &source, reach)
    }

    /// The run of a changed text.
    fn rewritten(&self, compiled: &Compiled, reach: Reach) -> Outcome {
        if compiled.errors.is_empty() {
            outcome(&compiled.plan, &self.folder, reach)
        } else {
            Err(compiled.errors.clone())
        }
    }

    /// The metrics with nothing taken away.
    fn reported(&self) -> Outcome {
        outcome(&self.compiled.plan, &self.folder, Reach::Reports)
    }

    /// A path of the text as the file of the book's date.
    fn resolved(&self, path: &str) -> String {
        let date = self.compiled.plan.exercises[0].book.date.to_string();
        path.replace("{at}", &date)
    }

    /// Of each file the columns that the plan reads.
    fn columns(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut columns = BTreeMap::new();
        let plan = serde_json::to_value(&self.compiled.plan).unwrap();
        for part in ["instruments", "exercises"] {
            self.columns_of(&plan[part], &mut columns);
        }
        columns
    }

    fn columns_of(&self, value: &Value, found: &mut BTreeMap<String, BTreeSet<String>>) {
        let mut add = |path: &Value, names: BTreeSet<String>| {
            if let Some(path) = path.as_str() {
                found.entry(self.resolved(path)).or_default().extend(names);
            }
        };
        let fixed = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        match value {
            Value::Object(map) => {
                if map.contains_key("mapping") && value["positions"]["path"].is_string() {
                    let mut names = BTreeSet::new();
                    columns_read(value, &mut names);
                    add(&value["positions"]["path"], names);
                }
                if map.contains_key("date_column") {
                    let mut names = BTreeSet::new();
                    columns_read(value, &mut names);
                    names.extend(value["date_column"].as_str().map(str::to_owned));
                    add(&value["path"], names);
                }
                if map.contains_key("quotes") {
                    add(&value["path"], fixed(&["tenor", "value"]));
                }
                if let Some(path) = map.get("fixings") {
                    add(path, fixed(&["date", "value"]));
                }
                if let Some(path) = map.get("File").filter(|path| path.is_string()) {
                    add(path, fixed(&["id", "date", "amount"]));
                }
                map.values().for_each(|inner| self.columns_of(inner, found));
            }
            Value::Array(list) => list.iter().for_each(|inner| self.columns_of(inner, found)),
            _ => {}
        }
    }
}

/// The columns that formulas name.
fn columns_read(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                match (key.as_str(), inner) {
                    ("Column", Value::String(name)) => {
                        names.insert(name.clone());
                    }
                    ("ColumnDate", Value::Array(parts)) => {
                        names.extend(parts[0].as_str().map(str::to_owned));
                    }
                    _ => columns_read(inner, names),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|inner| columns_read(inner, names)),
        _ => {}
    }
}

fn files_and_columns(bank: &Bank, findings: &mut Findings) {
    let columns = bank.columns();
    for path in &bank.inputs {
        let refused = bank.altered(path, None, Reach::Reading);
        findings.refused(path, &[path], &refused);
        let bytes = bank.folder.read(path).unwrap();
        let read = columns.get(path);
        assert!(read.is_some(), "nobody knows the columns of {path}");
        for column in read.unwrap() {
            let without = without_column(path, &bytes, column);
            let refused = bank.altered(path, Some(without), Reach::Reading);
            findings.refused(&format!("[{column}] of {path}"), &[column], &refused);
        }
    }
}

/// Of each curve the first, the last and an inner pillar; they state how many there are.
fn pillars(bank: &Bank, findings: &mut Findings) {
    for exercise in &bank.compiled.plan.exercises {
        let market = serde_json::to_value(&exercise.market).unwrap();
        for curve in market["curves"].as_object().into_iter().flatten() {
            let Some(path) = curve.1["definition"]["File"]["path"].as_str() else {
                continue;
            };
            let path = bank.resolved(path);
            let bytes = bank.folder.read(&path).unwrap();
            let last = rows(&bytes);
            for row in [1, last / 2 + 1, last] {
                let pillar = first_cell(&bytes, row);
                let without = without_row(&bytes, row);
                let refused = bank.altered(&path, Some(without), Reach::Reading);
                let file = path.rsplit('/').next().unwrap();
                findings.refused(&format!("{pillar} of {path}"), &[file], &refused);
            }
        }
    }
}

/// A row without which nothing is refused is one that no metric reads: every metric is the same without it.
fn fixings(bank: &Bank, findings: &mut Findings) {
    let all = bank.reported().unwrap();
    for exercise in &bank.compiled.plan.exercises {
        let market = serde_json::to_value(&exercise.market).unwrap();
        for (name, index) in market["indices"].as_object().into_iter().flatten() {
            let Some(path) = index["definition"]["Forward"]["fixings"].as_str() else {
                continue;
            };
            let path = bank.resolved(path);
            let bytes = bank.folder.read(&path).unwrap();
            let mut read = 0;
            for row in 1..=rows(&bytes) {
                let day = first_cell(&bytes, row);
                let outcome = bank.altered(&path, Some(without_row(&bytes, row)), Reach::Reports);
                if outcome.as_ref() != Ok(&all) {
                    read += 1;
                    findings.refused(&format!("{name} of {day}"), &[&day], &outcome);
                }
            }
            assert!(read > 0, "no fixing of {name} is read");
        }
    }
}

/// The parameters that reports and limits read, through all that they name.
fn parameters_read(plan: &Plan) -> BTreeSet<usize> {
    let json = serde_json::to_value(plan).unwrap();
    let lists = [
        ("Metric", "metrics"),
        ("Parameter", "parameters"),
        ("Call", "functions"),
        ("Table", "tables"),
        ("Shape", "shapes"),
    ];
    let mut read = BTreeSet::new();
    let mut seen: BTreeSet<(&str, usize)> = BTreeSet::new();
    let exercises = json["exercises"].as_array().unwrap();
    let mut open: Vec<&Value> = exercises.iter().map(|e| &e["reports"]).collect();
    open.extend(json["limits"].as_array().unwrap());
    while let Some(next) = open.pop() {
        match next {
            Value::Array(list) => open.extend(list),
            Value::Object(map) => {
                for (key, inner) in map {
                    let id = inner.as_u64().or_else(|| inner[0].as_u64());
                    let named = lists.iter().find(|(word, _)| word == key);
                    if let (Some(id), Some((word, list))) = (id, named)
                        && seen.insert((word, id as usize))
                    {
                        open.push(&json[*list][id as usize]);
                        if *word == "Parameter" {
                            read.insert(id as usize);
                        }
                    }
                    open.push(inner);
                }
            }
            _ => {}
        }
    }
    read
}

/// Every line of the market that something names, and every answer to a demand that a report reads.
fn lines(bank: &Bank, reach: Reach, findings: &mut Findings) {
    let exercise = &bank.compiled.plan.exercises[0];
    let market = exercise.market.as_ref().unwrap();
    let mut lines: Vec<(String, Option<Span>)> = Vec::new();
    for (name, curve) in &market.curves {
        lines.push((name.to_string(), curve.origin.span));
    }
    for (name, index) in &market.indices {
        lines.push((name.to_string(), index.origin.span));
    }
    for (currency, (_, origin)) in &market.discounts {
        lines.push((currency.to_string(), origin.span));
    }
    for (currency, (_, origin)) in &market.fx {
        lines.push((currency.to_string(), origin.span));
    }
    let read = parameters_read(&bank.compiled.plan);
    for (demand, (_, origin)) in &exercise.book.answers {
        if !read.contains(&demand.index()) {
            continue;
        }
        let heading = &bank.compiled.plan.parameters[demand.index()].heading;
        lines.push((heading.short.clone(), origin.span));
    }
    let mut all = None;
    for (name, span) in lines {
        let span = span.unwrap();
        let line = bank.project.said(span).to_owned();
        let compiled = bank.project.without(span);
        // most is told before anything runs, the rest by the first day that needs it
        let outcome = match bank.rewritten(&compiled, Reach::Reading) {
            Ok(_) if reach == Reach::Reports => bank.rewritten(&compiled, reach),
            Ok(_) => continue,
            refused => refused,
        };
        // what no metric reads may go
        if outcome.is_ok() && all.get_or_insert_with(|| bank.reported()) == &outcome {
            continue;
        }
        findings.refused(&format!("the line `{line}`"), &[&name], &outcome);
    }
}

/// Rows of tables of the project without `else`, and values of its closed dimensions in use.
fn rows_and_values(bank: &Bank, findings: &mut Findings) {
    let plan = &bank.compiled.plan;
    let own: BTreeSet<&str> = bank.project.own().map(|(name, _)| name).collect();
    for table in &plan.tables {
        let otherwise = table
            .rows
            .iter()
            .any(|row| row.patterns.iter().all(|p| matches!(p, Pattern::Else)));
        if otherwise || !own.contains(table.heading.origin.file.as_str()) {
            continue;
        }
        for row in &table.rows {
            let span = row.origin.span.unwrap();
            let line = bank.project.said(span).to_owned();
            let outcome = bank.rewritten(&bank.project.without(span), Reach::Reading);
            let name = &table.heading.short;
            findings.refused(&format!("`{line}` of {name}"), &[name], &outcome);
        }
    }
    for dimension in &plan.dimensions {
        let Domain::Closed { members, .. } = &dimension.domain else {
            continue;
        };
        let origin = &dimension.heading.origin;
        if !own.contains(origin.file.as_str()) {
            continue;
        }
        for member in members {
            let name = &dimension.heading.short;
            let outcome = bank.rewritten(
                &bank.project.with(|file, text| {
                    (file == origin.file).then(|| renamed(text, name, &member.name))
                }),
                Reach::Reading,
            );
            let file_spelling = member.spelling.as_ref().unwrap_or(&member.name);
            if outcome.is_ok() && !in_use(bank, file_spelling) {
                continue;
            }
            findings.refused(
                &format!("`{}` of {name}", member.name),
                &[&member.name, file_spelling],
                &outcome,
            );
        }
    }
}

/// The declaration of a dimension with one value under another name.
fn renamed(text: &str, dimension: &str, member: &str) -> String {
    text.lines()
        .map(|line| {
            if !line.starts_with(&format!("dimension {dimension} ")) {
                return format!("{line}\n");
            }
            let (head, values) = line.split_once('=').unwrap();
            // the name and, if it has another in files, its spelling
            let mut before = "";
            let values: Vec<String> = values
                .split(' ')
                .map(|word| {
                    let gone = word == member || (before == member && word.starts_with('"'));
                    before = word;
                    match (gone, word.starts_with('"')) {
                        (false, _) => word.to_owned(),
                        (true, false) => format!("{word}_gone"),
                        (true, true) => "\"gone\"".to_owned(),
                    }
                })
                .collect();
            format!("{head}={}\n", values.join(" "))
        })
        .collect()
}

/// Whether a value stands in a cell of a CSV file. What only Parquet files hold is not looked for.
fn in_use(bank: &Bank, value: &str) -> bool {
    bank.inputs
        .iter()
        .filter(|path| path.ends_with(".csv"))
        .any(|path| {
            let bytes = bank.folder.read(path).unwrap();
            let text = String::from_utf8(bytes).unwrap();
            text.lines()
                .any(|line| line.split(',').any(|cell| cell == value))
        })
}

#[test]
fn mini_bank() {
    let bank = Bank::load("tests/mini_bank");
    let mut findings = Findings::default();
    files_and_columns(&bank, &mut findings);
    pillars(&bank, &mut findings);
    fixings(&bank, &mut findings);
    lines(&bank, Reach::Reports, &mut findings);
    rows_and_values(&bank, &mut findings);
    findings.told(50);
}

#[test]
fn template_bank() {
    let bank = Bank::load("templates/sample");
    let mut findings = Findings::default();
    files_and_columns(&bank, &mut findings);
    pillars(&bank, &mut findings);
    lines(&bank, Reach::Reports, &mut findings);
    rows_and_values(&bank, &mut findings);
    findings.told(80);
}

/// Without optimisation what only the run itself tells (discounting, exchange) is left to the smaller banks.
#[test]
fn halyard() {
    let reach = if cfg!(debug_assertions) {
        Reach::Reading
    } else {
        Reach::Reports
    };
    let bank = Bank::load("scenarios/halyard");
    let mut findings = Findings::default();
    files_and_columns(&bank, &mut findings);
    pillars(&bank, &mut findings);
    lines(&bank, reach, &mut findings);
    rows_and_values(&bank, &mut findings);
    findings.told(250);
}
