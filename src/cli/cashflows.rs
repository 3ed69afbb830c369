//! `plimsoll cashflows`: the dated events of contracts, from a file of terms or from a position of a book.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use comfy_table::{Cell, CellAlignment, LineStyle, Table, TableStyle};
use serde_json::{Value, json};

use super::performance::schedule;
use super::program::Program;
use super::terminal::Terminal;
use super::{Exit, Format};
use crate::contract::FlowKind;
use crate::contract::events::{Case, Conventions, Entry, Event, File, TermError, idle};
use crate::diagnostic::{Diagnostic, SourceMap, codes};
use crate::engine::group::Leg;
use crate::engine::project::schedule::{PositionFlow, PositionSchedule};
use crate::quantity::Quanta;

/// Arguments of `plimsoll cashflows`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// A file of contracts in JSON; with --instrument and --position, the folder of a project
    #[arg(required_unless_present = "actus", conflicts_with = "actus")]
    path: Option<PathBuf>,
    /// The instrument of a position of the project's book
    #[arg(long, requires = "position", conflicts_with_all = ["actus", "conventions"])]
    instrument: Option<String>,
    /// The position's id
    #[arg(long, requires = "instrument")]
    position: Option<String>,
    /// The exercise whose book has the position [default: the first that has it]
    #[arg(long, requires = "instrument")]
    exercise: Option<String>,
    /// A file of published test cases: identifier to case
    #[arg(long, value_name = "FILE")]
    actus: Option<PathBuf>,
    /// Which reading is taken where good sense and the published cases differ [default: economic; of --actus actus_tests]
    #[arg(long, value_enum)]
    conventions: Option<Reading>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Shape,
}

/// Which reading is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "snake_case")]
enum Reading {
    /// What a bank's figures need.
    Economic,
    /// What the published cases require.
    ActusTests,
}

/// How events are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum Shape {
    /// Tables for people.
    #[default]
    #[value(alias = "table")]
    Human,
    /// One JSON document.
    Json,
    /// One table for machines.
    Csv,
}

/// The events of each contract by name, and all that is wrong.
#[derive(Default)]
struct Told {
    contracts: Vec<(String, Vec<Event>)>,
    errors: Vec<Diagnostic>,
    warnings: Vec<Diagnostic>,
    /// Contracts that are not told.
    refused: usize,
}

/// Prints the events of contracts. One with wrong terms is named; the others are told all the same.
pub fn run(arguments: &Arguments) -> Exit {
    let terminal = Terminal::of_process(match arguments.format {
        Shape::Human => Format::Human,
        Shape::Json | Shape::Csv => Format::Json,
    });
    if let (Some(instrument), Some(id)) = (&arguments.instrument, &arguments.position) {
        return position(arguments, terminal, instrument, id);
    }
    let of_cases = arguments.actus.is_some();
    let path = arguments.actus.as_ref().or(arguments.path.as_ref());
    let conventions = match (arguments.conventions, of_cases) {
        (Some(Reading::ActusTests), _) | (None, true) => Conventions::ACTUS_TESTS,
        _ => Conventions::ECONOMIC,
    };
    let mut told = Told::default();
    let mut single = !of_cases;
    match path.map(|path| read(path)).transpose() {
        Ok(file) => single &= file.is_some_and(|file| told.take(&file, &conventions)),
        Err(error) => told.errors.push(*error),
    }
    terminal.all_diagnostics(&told.warnings, &SourceMap::new());
    terminal.all_diagnostics(&told.errors, &SourceMap::new());
    // a file that cannot be read, or one contract that is wrong, has no events; of several the others are told
    if told.errors.is_empty() || !single {
        terminal.print(&match arguments.format {
            Shape::Human => told.tables(),
            Shape::Json => told.json(single),
            Shape::Csv => told.csv(),
        });
    }
    if told.errors.is_empty() {
        Exit::Success
    } else {
        let (whole, wrong) = (told.contracts.len(), told.refused);
        if wrong + whole > 1 {
            let errors = told.errors.len();
            let say = format!("{errors} errors: {wrong} contracts are wrong, {whole} are told");
            terminal.say(&say);
        }
        Exit::Error
    }
}

/// Prints what a position of a book pays, as the groups of a run are made of it.
fn position(arguments: &Arguments, terminal: Terminal, instrument: &str, id: &str) -> Exit {
    let folder = arguments.path.as_deref().unwrap_or(Path::new("."));
    let program = match Program::load(folder) {
        Ok(program) => program,
        Err(unreadable) => {
            terminal.diagnostics(&unreadable.diagnostics, &unreadable.sources);
            return Exit::Error;
        }
    };
    let flows = if program.is_sound() {
        schedule(&program, arguments.exercise.as_deref(), instrument, id)
    } else {
        Err(program.diagnostics.clone())
    };
    match flows {
        Ok(PositionSchedule { flows, flags }) => {
            terminal.print(&match arguments.format {
                Shape::Human => {
                    let flags: String = flags.iter().map(|flag| format!(", {flag}")).collect();
                    flow_table(&format!("{instrument} {id}{flags}"), &flows)
                }
                Shape::Json => {
                    Value::from(flows.iter().map(flow_row).collect::<Vec<_>>()).to_string()
                }
                Shape::Csv => flow_lines(&flows),
            });
            Exit::Success
        }
        Err(errors) => {
            terminal.diagnostics(&errors, &program.sources);
            Exit::Error
        }
    }
}

fn leg_name(leg: Leg) -> &'static str {
    match leg {
        Leg::Only => "",
        Leg::Pays => "pays",
        Leg::Receives => "receives",
    }
}

fn kind_name(kind: FlowKind) -> &'static str {
    match kind {
        FlowKind::Principal => "principal",
        FlowKind::Interest | FlowKind::Margin => "interest",
    }
}

fn amount(told: &PositionFlow) -> String {
    Quanta(told.flow.amount).display(told.currency).to_string()
}

fn index_rate(told: &PositionFlow) -> Option<f64> {
    told.flow
        .reset
        .map(|reset| reset.rate.0 as f64 / crate::quantity::RATE_SCALE as f64)
}

fn flow_row(told: &PositionFlow) -> Value {
    json!({
        "due": told.flow.due.to_string(),
        "paid": told.flow.paid.to_string(),
        "kind": kind_name(told.flow.kind),
        "leg": leg_name(told.leg),
        "amount": amount(told),
        "currency": told.currency.to_string(),
        "fixing": told.flow.reset.map(|reset| reset.fixing.to_string()),
        "indexRate": index_rate(told),
    })
}

fn flow_lines(flows: &[PositionFlow]) -> String {
    let mut text = String::from("due,paid,kind,leg,amount,currency,fixing,index_rate\n");
    for told in flows {
        let fixing = told.flow.reset.map(|reset| reset.fixing.to_string());
        let rate = index_rate(told).map(|rate| rate.to_string());
        let _ = writeln!(
            text,
            "{},{},{},{},{},{},{},{}",
            told.flow.due,
            told.flow.paid,
            kind_name(told.flow.kind),
            leg_name(told.leg),
            amount(told),
            told.currency,
            fixing.unwrap_or_default(),
            rate.unwrap_or_default(),
        );
    }
    text
}

fn flow_table(name: &str, flows: &[PositionFlow]) -> String {
    let mut table = plain_table();
    table.set_header(vec![
        "due",
        "paid",
        "kind",
        "leg",
        "amount",
        "",
        "index fixed",
        "rate",
    ]);
    for told in flows {
        let fixing = told.flow.reset.map(|reset| reset.fixing.to_string());
        let rate = index_rate(told).map(|rate| shortened(rate, 9));
        table.add_row(vec![
            Cell::new(told.flow.due),
            Cell::new(told.flow.paid),
            Cell::new(kind_name(told.flow.kind)),
            Cell::new(leg_name(told.leg)),
            Cell::new(amount(told)).set_alignment(CellAlignment::Right),
            Cell::new(told.currency),
            Cell::new(fixing.unwrap_or_default()),
            Cell::new(rate.unwrap_or_default()).set_alignment(CellAlignment::Right),
        ]);
    }
    format!("{name}\n{}\n", table.trim_fmt())
}

/// A table without frame lines but one under its header.
fn plain_table() -> Table {
    let mut table = Table::new();
    table
        .load_style(TableStyle::new().header_separator(LineStyle::none().fill('─')))
        .force_no_tty();
    table
}

fn read(path: &Path) -> Result<File, Box<Diagnostic>> {
    let shown = path.display();
    let unreadable = |why: String| {
        let message = format!("`{shown}` cannot be read: {why}");
        Box::new(Diagnostic::error(codes::book::UNREADABLE_FILE, message))
    };
    if path.is_dir() {
        let message = format!("`{shown}` is a folder, and not a file of contracts");
        let help = format!(
            "of a position of the project's book: `plimsoll cashflows {shown} --instrument NAME --position ID`"
        );
        return Err(Box::new(
            Diagnostic::error(codes::book::UNREADABLE_FILE, message).help(help),
        ));
    }
    let bytes = std::fs::read(path).map_err(|e| unreadable(e.to_string().to_lowercase()))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| unreadable("it is not utf-8".into()))?;
    let text = text.trim_start_matches('\u{feff}');
    File::read(text).map_err(|e| {
        let place = format!("line {}, column {}", e.line(), e.column());
        let message = format!("`{shown}` is no json: {place}");
        Box::new(
            Diagnostic::error(codes::contract::TERMS, message)
                .help("a contract is an object of terms: `{\"contractType\": \"PAM\", …}`"),
        )
    })
}

impl Told {
    /// Tells all contracts of a file; whether it is one alone.
    fn take(&mut self, file: &File, conventions: &Conventions) -> bool {
        match file {
            File::One(entry) => self.tell(entry, conventions),
            File::Several(entries) => {
                for entry in entries {
                    self.tell(entry, conventions);
                }
                if entries.is_empty() {
                    let says =
                        "the file holds no contracts, expected an object of terms or of cases";
                    self.errors
                        .push(Diagnostic::error(codes::contract::TERMS, says));
                }
            }
        }
        matches!(file, File::One(_))
    }

    fn tell(&mut self, entry: &Entry, conventions: &Conventions) {
        let case = Case::read(&entry.name, &entry.value);
        let told = case.and_then(|case| {
            if !entry.twice.is_empty() {
                return Err(entry.twice.clone());
            }
            let events = case.events(conventions)?;
            Ok((case, events))
        });
        match told {
            Ok((case, events)) => {
                // published cases hold terms of all kinds; one without an effect is worth a word, not a refusal
                if conventions.idle_terms_pass {
                    let slips = idle(case.name, case.terms);
                    let slips = slips.iter().map(ToString::to_string);
                    let code = codes::warning::IDLE_TERM;
                    self.warnings
                        .extend(slips.map(|says| Diagnostic::warning(code, says)));
                }
                self.contracts.push((case.name.to_owned(), events));
            }
            Err(errors) => self.refuse(&errors),
        }
    }

    fn refuse(&mut self, errors: &[TermError]) {
        self.refused += 1;
        let diagnostics = errors
            .iter()
            .map(|error| Diagnostic::error(codes::contract::TERMS, error.to_string()));
        self.errors.extend(diagnostics);
    }

    fn tables(&self) -> String {
        let mut text = String::new();
        for (name, events) in &self.contracts {
            let mut table = plain_table();
            table.set_header(vec![
                "date", "event", "payoff", "", "notional", "rate", "accrued",
            ]);
            for event in events {
                let number =
                    |value: f64| Cell::new(shortened(value, 6)).set_alignment(CellAlignment::Right);
                let time = event.time.to_string();
                table.add_row(vec![
                    Cell::new(time.strip_suffix("T00:00:00").unwrap_or(&time)),
                    Cell::new(event.kind),
                    number(event.payoff),
                    Cell::new(&event.currency),
                    number(event.notional),
                    Cell::new(shortened(event.rate, 9)).set_alignment(CellAlignment::Right),
                    number(event.accrued),
                ]);
            }
            let _ = writeln!(text, "{name}\n{}\n", table.trim_fmt());
        }
        text
    }

    fn json(&self, single: bool) -> String {
        let list = |events: &[Event]| -> Vec<Value> { events.iter().map(row).collect() };
        if single {
            let events = self
                .contracts
                .first()
                .map_or(Vec::new(), |(_, events)| list(events));
            return Value::from(events).to_string();
        }
        // in the order of the file
        let members: Vec<String> = self
            .contracts
            .iter()
            .map(|(name, events)| {
                let events = Value::from(list(events));
                format!("{}:{events}", Value::from(name.as_str()))
            })
            .collect();
        format!("{{{}}}", members.join(","))
    }

    fn csv(&self) -> String {
        let mut text = String::from("contract,date,event,payoff,currency,notional,rate,accrued\n");
        for (name, events) in &self.contracts {
            let name = if name.contains([',', '"', '\n']) {
                format!("\"{}\"", name.replace('"', "\"\""))
            } else {
                name.clone()
            };
            for e in events {
                let _ = writeln!(
                    text,
                    "{name},{},{},{},{},{},{},{}",
                    e.time, e.kind, e.payoff, e.currency, e.notional, e.rate, e.accrued
                );
            }
        }
        text
    }
}

fn row(event: &Event) -> Value {
    let mut row = json!({
        "eventDate": event.time.to_string(),
        "eventType": event.kind.code(),
        "payoff": event.payoff,
        "currency": event.currency,
        "notionalPrincipal": event.notional,
        "nominalInterestRate": event.rate,
        "accruedInterest": event.accrued,
    });
    if let (Some(exercised), Some(fields)) = (event.exercised, row.as_object_mut()) {
        fields.insert("exerciseAmount".into(), exercised.amount.into());
        if let Some(date) = exercised.date {
            fields.insert("exerciseDate".into(), date.to_string().into());
        }
    }
    row
}

/// A number with at most so many decimals, none of them a closing zero.
fn shortened(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" {
        "0".into()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> Told {
        let mut told = Told::default();
        told.take(&File::read(text).unwrap(), &Conventions::ECONOMIC);
        told
    }

    const BOND: &str = r#"{"contractType":"PAM","contractID":"bond","contractRole":"RPA","currency":"EUR",
        "statusDate":"2026-01-01","initialExchangeDate":"2026-01-15","maturityDate":"2027-01-15","notionalPrincipal":"1000",
        "nominalInterestRate":0.04,"dayCountConvention":"30E360","cycleOfInterestPayment":"P6ML1"}"#;

    #[test]
    fn a_bond_pays() {
        let told = told(BOND);
        let csv = told.csv();
        let rows: Vec<&str> = csv.lines().skip(1).collect();
        assert_eq!(
            rows,
            [
                "bond,2026-01-15T00:00:00,IED,-1000,EUR,1000,0.04,0",
                "bond,2026-07-15T00:00:00,IP,20,EUR,1000,0.04,0",
                "bond,2027-01-15T00:00:00,IP,20,EUR,1000,0.04,0",
                "bond,2027-01-15T00:00:00,MD,1000,EUR,0,0.04,0",
            ]
        );
    }

    #[test]
    fn a_wrong_contract_is_named_and_the_others_are_told() {
        for (from, to, wanted) in [
            ("2027-01-15", "2025-01-15", "`maturityDate`"),
            (
                "2027-01-15",
                "2027-02-30",
                "is `2027-02-30`, expected a date",
            ),
            ("PAM", "PAN", "`contractType` is `PAN`"),
            ("P6ML1", "P0ML1", "`cycleOfInterestPayment` is `P0ML1`"),
            (
                "\"notionalPrincipal\":\"1000\",",
                "",
                "`notionalPrincipal` is missing",
            ),
            ("30E360", "31E360", "`dayCountConvention`"),
            (
                "\"1000\"",
                "\"1,000\"",
                "`notionalPrincipal` is `1,000`, expected a number",
            ),
            (
                "\"cycleOfInterestPayment\"",
                "\"cycleOfRateReset\":\"P1YL1\",\"cycleAnchorDateOfRateReset\":\"2026-06-01\",\"cycleOfInterestPayment\"",
                "`marketObjectCodeOfRateReset` is missing",
            ),
            (
                "nominalInterestRate",
                "nominalIntrestRate",
                "expected `nominalInterestRate`; no term has this name",
            ),
            (
                "\"nominalInterestRate\"",
                "\"nominalInterestRate\":0.05,\"nominalInterestRate\"",
                "`nominalInterestRate` is `given twice`",
            ),
            (
                "\"cycleOfInterestPayment\"",
                "\"cycleAnchorDateOfInterestPayment\":\"2028-01-15\",\"cycleOfInterestPayment\"",
                "`cycleAnchorDateOfInterestPayment` is `2028-01-15`, expected a date not after the maturity",
            ),
        ] {
            let wrong = BOND.replace(from, to);
            let fine = BOND.replace("\"bond\"", "\"fine\"");
            let told = told(&format!("[{fine},{wrong}]"));
            assert_eq!(told.contracts.len(), 1, "{wanted}");
            let message = &told.errors.first().unwrap().message;
            assert!(message.starts_with("contract `bond`: "), "{message}");
            assert!(message.contains(wanted), "{message}");
        }
    }
}
