//! `plimsoll sweep`: metrics over one or two lists of values.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::ValueEnum;
use serde_json::{Map, Value, json};

use super::performance::chosen;
use super::program::{Asked, Program, in_text_order};
use super::terminal::Terminal;
use super::{Exit, Format};
use crate::diagnostic::{Diagnostic, codes};
use crate::engine::observe;
use crate::engine::perform::Reported;
use crate::engine::prepare::prepare;
use crate::plan::{Exercise, Expression, Sweep};
use crate::report::{Style, Swept, sweep};
use crate::tabular::Folder;
use crate::trace::bundle::Selection;

/// Arguments of `plimsoll sweep`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The project's folder
    #[arg(default_value = ".")]
    project: PathBuf,
    /// What varies, once or twice: `parallel(size) for size in range(-200bp, 200bp, step = 50bp)`, or a parameter: `stressed_beta in 40%, 60%, 80%`
    #[arg(long, value_name = "LIST", required = true)]
    over: Vec<String>,
    /// What is read on the book's date; may be given several times [default: what the exercise reports]
    #[arg(long, value_name = "FORMULA")]
    metric: Vec<String>,
    /// The exercise whose book, market and calendars are used; needed where the project has several
    #[arg(long)]
    exercise: Option<String>,
    /// The scenario on which parameters are set [default: the base]
    #[arg(long)]
    scenario: Option<String>,
    /// Number of threads [default: all cores]; changes no number
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    /// Set a value in every scenario: `--set stressed_beta=70%`
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Draw the plot where the output is no terminal, too
    #[arg(long)]
    plot: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Shape,
}

/// How the values are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
enum Shape {
    /// A table, with a plot on a terminal.
    #[default]
    Human,
    /// One JSON document on standard output.
    Json,
    /// A row for each point: the values that vary, then the metrics.
    Csv,
}

impl Arguments {
    /// How diagnostics are printed.
    pub fn format(&self) -> Format {
        match self.format {
            Shape::Json => Format::Json,
            Shape::Human | Shape::Csv => Format::Human,
        }
    }
}

/// Runs the scenarios of the grid and prints what they give.
pub fn run(arguments: &Arguments) -> Exit {
    let terminal = Terminal::of_process(arguments.format());
    let refuse = |diagnostics: &[Diagnostic], sources| {
        terminal.report(Map::new(), diagnostics, sources);
        Exit::Error
    };
    let first = match Program::load_with(&arguments.project, &arguments.set) {
        Ok(program) => program,
        Err(unreadable) => return refuse(&unreadable.diagnostics, &unreadable.sources),
    };
    if !first.is_sound() {
        return refuse(&first.diagnostics, &first.sources);
    }
    let exercise = match exercise(arguments, &first) {
        Ok(exercise) => exercise,
        Err(errors) => return refuse(&errors, &first.sources),
    };
    let asked = Asked {
        exercise: Some(exercise),
        argument: "--metric",
        lines: arguments
            .metric
            .iter()
            .map(|metric| format!("report {metric}"))
            .collect(),
        over: arguments.over.clone(),
        scenario: arguments.scenario.clone(),
    };
    let program = match Program::load_asking(&arguments.project, &arguments.set, &asked) {
        Ok(program) => program,
        Err(unreadable) => return refuse(&unreadable.diagnostics, &unreadable.sources),
    };
    match swept(arguments, &asked, &program, terminal) {
        Ok(()) => Exit::Success,
        Err(mut errors) => {
            in_text_order(&mut errors);
            refuse(&errors, &program.sources)
        }
    }
}

/// The exercise that is meant: the one of that name, or the only one.
fn exercise(arguments: &Arguments, program: &Program) -> Result<String, Vec<Diagnostic>> {
    if arguments.over.len() > 2 {
        return Err(vec![
            Diagnostic::error(
                codes::run::NOT_IN_PROJECT,
                "a sweep runs over one list of values or two",
            )
            .help("give `--over` once or twice; run the command for each value of a third"),
        ]);
    }
    let selection = Selection {
        exercise: arguments.exercise.clone(),
        ..Selection::default()
    };
    match chosen(program, &selection)?.as_slice() {
        [only] => Ok(only.heading.name.clone()),
        several => {
            let known: Vec<&str> = several.iter().map(|e| e.heading.name.as_str()).collect();
            Err(vec![
                Diagnostic::error(
                    codes::run::NOT_IN_PROJECT,
                    "the project has several exercises, and a sweep is of one",
                )
                .help(format!(
                    "name it: `--exercise`, one of {}",
                    known.join(", ")
                )),
            ])
        }
    }
}

fn swept(
    arguments: &Arguments,
    asked: &Asked,
    program: &Program,
    terminal: Terminal,
) -> Result<(), Vec<Diagnostic>> {
    if !program.is_sound() {
        return Err(program.diagnostics.clone());
    }
    let found = program
        .plan
        .exercises
        .iter()
        .find(|exercise| asked.exercise.as_ref() == Some(&exercise.heading.name));
    let Some((exercise, grid)) =
        found.and_then(|exercise| Some((exercise, exercise.sweep.as_ref()?)))
    else {
        return Err(vec![
            Diagnostic::error(
                codes::run::NOT_IN_PROJECT,
                "there is nothing to sweep over",
            )
            .help("write `--over \"parallel(size) for size in range(-200bp, 200bp, step = 50bp)\"`, or `--over \"stressed_beta in 40%, 60%\"`"),
        ]);
    };
    // What is broken down has rows, not one value.
    let whole: Vec<_> = exercise
        .reports
        .iter()
        .filter(|r| r.by.is_empty())
        .collect();
    let formulas: Vec<&Expression> = whole.iter().map(|r| &r.formula).collect();
    let metrics: Vec<String> = whole.iter().map(|r| r.name.clone()).collect();
    let files = Folder::new(&program.project.root);
    let prepared = prepare(&program.plan, exercise, &files)?;
    let points = prepared.sweep(&grid.scenarios, &formulas, &|_| {})?;
    let mut warnings = program.diagnostics.clone();
    warnings.extend(prepared.warnings.iter().cloned());
    match arguments.format {
        Shape::Json => {
            terminal.report(
                as_json(exercise, grid, &metrics, &points),
                &warnings,
                &program.sources,
            );
        }
        Shape::Csv => {
            terminal.diagnostics(&warnings, &program.sources);
            terminal.print(&as_csv(grid, &metrics, &points));
        }
        Shape::Human => {
            terminal.diagnostics(&warnings, &program.sources);
            let swept = Swept {
                axes: &grid.axes,
                metrics: &metrics,
                points: &points,
            };
            let style = Style {
                width: terminal.width,
                colour: terminal.colour,
            };
            terminal.print(&sweep(&swept, arguments.plot || terminal.drawn, style));
        }
    }
    Ok(())
}

/// The values that vary at each point, the last axis fastest.
fn places(grid: &Sweep) -> Vec<Vec<&str>> {
    let mut places: Vec<Vec<&str>> = vec![Vec::new()];
    for (_, values) in &grid.axes {
        places = places
            .iter()
            .flat_map(|place| {
                values.iter().map(|value| {
                    let mut longer = place.clone();
                    longer.push(value.as_str());
                    longer
                })
            })
            .collect();
    }
    places
}

fn as_json(
    exercise: &Exercise,
    grid: &Sweep,
    metrics: &[String],
    points: &[Vec<Reported>],
) -> Map<String, Value> {
    let axes: Vec<Value> = grid
        .axes
        .iter()
        .map(|(name, values)| json!({"variable": name, "values": values}))
        .collect();
    let points: Vec<Value> = places(grid)
        .into_iter()
        .zip(&grid.scenarios)
        .zip(points)
        .map(|((place, scenario), row)| {
            let told: Vec<Value> = metrics
                .iter()
                .zip(row)
                .map(|(metric, (value, unit))| match value {
                    observe::Value::Number(text) => {
                        json!({"metric": metric, "value": text, "unit": unit})
                    }
                    observe::Value::Undefined(reason) => {
                        json!({"metric": metric, "value": null, "reason": reason})
                    }
                })
                .collect();
            json!({"at": place, "scenario": scenario.key.0, "metrics": told})
        })
        .collect();
    let mut fields = Map::new();
    fields.insert("ok".into(), json!(true));
    fields.insert("exercise".into(), json!(exercise.heading.name));
    fields.insert("date".into(), json!(exercise.book.date.to_string()));
    fields.insert("axes".into(), json!(axes));
    fields.insert("metrics".into(), json!(metrics));
    fields.insert("points".into(), json!(points));
    fields
}

/// A field of CSV, in quotes where it needs them.
fn quoted(field: &str) -> String {
    if field.contains([',', '"', '\n']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

fn as_csv(grid: &Sweep, metrics: &[String], points: &[Vec<Reported>]) -> String {
    let names = grid.axes.iter().map(|(name, _)| name).chain(metrics);
    let header: Vec<String> = names.map(|name| quoted(name)).collect();
    let mut text = format!("{}\n", header.join(","));
    for (place, row) in places(grid).into_iter().zip(points) {
        let told = row.iter().map(|(value, _)| match value {
            observe::Value::Number(text) => text.clone(),
            observe::Value::Undefined(_) => String::new(),
        });
        let line: Vec<String> = place.into_iter().map(quoted).chain(told).collect();
        text.push_str(&format!("{}\n", line.join(",")));
    }
    text
}
