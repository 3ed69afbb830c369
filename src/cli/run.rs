//! `plimsoll run`: the exercises of a project, into a bundle.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::performance::{Performance, perform};
use super::program::{Program, in_text_order};
use super::terminal::{Terminal, count};
use super::{Exit, Format};
use crate::diagnostic::{Diagnostic, any_error, codes};
use crate::engine::measure::ControlKind;
use crate::engine::observe::{Recorder, Verdict};
use crate::report::{Card, Style, summary};
use crate::tabular::grouped;
use crate::tools::strict;
use crate::trace::bundle::{self, Bundle, Selection};
use crate::trace::row::{Row, fixed};

/// Arguments of `plimsoll run`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The project's folder
    #[arg(default_value = ".")]
    project: PathBuf,
    /// Run this exercise only
    #[arg(long)]
    exercise: Option<String>,
    /// Run this scenario and the base only; may be given several times
    #[arg(long)]
    scenario: Vec<String>,
    /// Folder of the bundle [default: out/<project>]
    #[arg(long)]
    out: Option<PathBuf>,
    /// Number of threads [default: all cores]; changes no number
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    /// Set a value in every scenario: `--set stressed_beta=70%`
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Check, read and reconcile the data; run nothing
    #[arg(long)]
    dry_run: bool,
    /// Fail on undefined limits and assumptions without a reason
    #[arg(long)]
    strict: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Runs the exercises, writes the bundle and prints the summary.
pub fn run(arguments: &Arguments) -> Exit {
    let terminal = Terminal::of_process(arguments.format);
    // What an interrupted run has begun to write is removed.
    let _ = ctrlc::set_handler(|| bundle::abandon(|| std::process::exit(1)));
    let program = match Program::load_with(&arguments.project, &arguments.set) {
        Ok(program) => program,
        Err(unreadable) => {
            terminal.report(Map::new(), &unreadable.diagnostics, &unreadable.sources);
            nothing_written(terminal, &unreadable.diagnostics);
            return Exit::Error;
        }
    };
    match performed(arguments, &program, terminal) {
        Ok(exit) => exit,
        Err(mut errors) => {
            in_text_order(&mut errors);
            terminal.report(Map::new(), &errors, &program.sources);
            nothing_written(terminal, &errors);
            Exit::Error
        }
    }
}

fn nothing_written(terminal: Terminal, errors: &[Diagnostic]) {
    if let Some(count) = count(errors) {
        terminal.say(&format!("{count}; nothing was written"));
    }
}

fn performed(
    arguments: &Arguments,
    program: &Program,
    terminal: Terminal,
) -> Result<Exit, Vec<Diagnostic>> {
    if !program.is_sound() {
        return Err(program.diagnostics.clone());
    }
    if arguments.strict {
        let found = strict::assumptions(&program.trees, &program.sources, &program.plan);
        if any_error(&found) {
            return Err(found);
        }
    }
    let out = arguments
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from("out").join(&program.project.name));
    if !arguments.dry_run {
        bundle::check_place(&out).map_err(|error| vec![*error])?;
    }
    let selection = Selection {
        exercise: arguments.exercise.clone(),
        scenarios: arguments.scenario.clone(),
        set: arguments.set.clone(),
    };
    let drawn = Progress::of(terminal);
    let outcome = perform(
        program,
        &selection,
        !arguments.dry_run,
        &|what, done, total| drawn.show(what, done, total),
    );
    drawn.finish();
    let outcome = outcome?;
    let mut warnings = program.diagnostics.clone();
    warnings.extend(outcome.warnings.iter().cloned());
    if arguments.dry_run {
        let mut fields = Map::new();
        fields.insert("ok".into(), json!(true));
        fields.insert("positions".into(), json!(outcome.positions));
        fields.insert("controls".into(), json!(outcome.provenance.controls));
        terminal.report(fields, &warnings, &program.sources);
        if arguments.format == Format::Human {
            terminal.print(&dry(&outcome));
        }
        return Ok(Exit::Success);
    }
    if arguments.strict && outcome.verdict == Verdict::Undefined {
        return Err(vec![
            Diagnostic::error(
                codes::run::LIMIT_UNDEFINED,
                "a limit has no verdict: its value is undefined on some day",
            )
            .help("`plimsoll explain` shows the reason; leave `--strict` out to accept it"),
        ]);
    }
    let made = bundle::make(&outcome.provenance, &outcome.records).map_err(|error| vec![*error])?;
    bundle::write(&made, &program.project.root, &out).map_err(|error| vec![*error])?;
    let exit = if outcome.verdict == Verdict::Breach {
        Exit::Breach
    } else {
        Exit::Success
    };
    let mut fields = Map::new();
    fields.insert("ok".into(), json!(true));
    fields.insert("bundle".into(), json!(out.display().to_string()));
    fields.insert("verdict".into(), json!(made.card.verdict));
    fields.insert("trace_head".into(), json!(made.card.trace_head));
    fields.insert("positions".into(), json!(outcome.positions));
    fields.insert("controls".into(), json!(made.card.controls));
    fields.insert("metrics".into(), json!(at_the_date(&made)));
    fields.insert("limits".into(), json!(outcome.records.limits));
    fields.insert("exceptions".into(), json!(exceptions(&outcome.records)));
    terminal.report(fields, &warnings, &program.sources);
    if arguments.format == Format::Human {
        let card = card(&outcome, &made, &out);
        let style = Style {
            width: terminal.width,
            colour: terminal.colour,
        };
        terminal.print(&summary(&made, &outcome.records, &card, style));
    }
    Ok(exit)
}

/// The totals of each metric on the book's date, under every scenario: the rows of `metrics.csv`, the value as text.
fn at_the_date(made: &Bundle) -> Vec<Value> {
    let dates: BTreeMap<&str, &str> = made
        .card
        .runs
        .iter()
        .map(|run| (run.exercise.as_str(), run.date.as_str()))
        .collect();
    let told = |row: &&Row| {
        row.dimension.is_empty() && dates.get(row.exercise.as_str()) == Some(&row.date.as_str())
    };
    let rows = made.rows.iter().filter(told);
    rows.map(|row| {
        json!({
            "exercise": row.exercise,
            "scenario": row.scenario,
            "date": row.date,
            "metric": row.metric,
            "value": row.value.map(|value| fixed(value, row.digits)),
            "unit": row.unit,
        })
    })
    .collect()
}

/// Rows that were set aside, counted by instrument, column and reason.
fn exceptions(records: &Recorder) -> Vec<Value> {
    let mut counts: BTreeMap<(&str, &str, &str), u64> = BTreeMap::new();
    for e in &records.exceptions {
        *counts
            .entry((&e.instrument, &e.column, &e.reason))
            .or_default() += 1;
    }
    let told = |((instrument, column, reason), rows)| json!({"instrument": instrument, "column": column, "reason": reason, "rows": rows});
    counts.into_iter().map(told).collect()
}

fn card(outcome: &Performance, made: &Bundle, out: &Path) -> Card {
    let short = |digest: &str| digest.chars().take(12).collect::<String>();
    let mut card = Card::default();
    let mut line = |name: &str, value: String| card.lines.push((name.to_owned(), value));
    line("positions", grouped(outcome.positions));
    line("set aside", grouped(made.card.quarantine.len() as u64));
    for (name, value) in controlled(outcome, ControlKind::Reconciled) {
        line(&format!("reconciled {name}"), value);
    }
    for (name, value) in controlled(outcome, ControlKind::OpeningDifference) {
        line(name, value);
    }
    line("data files", grouped(made.card.data.len() as u64));
    line("plan", short(&made.card.plan_numbers));
    line(
        "trace",
        format!(
            "{} records, head {}",
            grouped(made.card.trace_records),
            short(&made.card.trace_head)
        ),
    );
    line("bundle", out.display().to_string());
    card
}

/// An amount as booked: thousands parted, no closing zeros beyond the minor unit.
fn amount(value: &str, unit: &str) -> String {
    let (sign, digits) = value.strip_prefix('-').map_or(("", value), |d| ("-", d));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), grouped);
    let fraction = format!("{:0<2}", fraction.trim_end_matches('0'));
    format!("{sign}{whole}.{fraction} {unit}")
}

/// The totals of a kind, each once: exercises may share a book.
fn controlled(outcome: &Performance, kind: ControlKind) -> indexmap::IndexSet<(&str, String)> {
    let controls = outcome.provenance.controls.iter();
    controls
        .filter(|control| control.kind == kind)
        .map(|control| (control.name.as_str(), amount(&control.value, &control.unit)))
        .collect()
}

fn dry(outcome: &Performance) -> String {
    let mut text = format!(
        "{} positions read, {} set aside\n",
        grouped(outcome.positions),
        outcome.provenance.quarantine.len()
    );
    for (name, value) in controlled(outcome, ControlKind::Reconciled) {
        text.push_str(&format!("{name} {value} reconciles\n"));
    }
    for (name, value) in controlled(outcome, ControlKind::OpeningDifference) {
        text.push_str(&format!("{name} {value}\n"));
    }
    text
}

/// A bar on the terminal while scenarios run; nothing where it is none.
struct Progress(Option<indicatif::ProgressBar>);

impl Progress {
    fn of(terminal: Terminal) -> Self {
        Progress(terminal.progress.then(|| {
            let style = indicatif::ProgressStyle::with_template("{msg} {bar:40} {pos} of {len}");
            indicatif::ProgressBar::new(0)
                .with_style(style.unwrap_or_else(|_| indicatif::ProgressStyle::default_bar()))
        }))
    }

    fn show(&self, what: &str, done: u64, total: u64) {
        if let Some(bar) = &self.0 {
            bar.set_length(total);
            bar.set_message(what.to_owned());
            bar.set_position(done);
        }
    }

    fn finish(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
