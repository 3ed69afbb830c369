//! `plimsoll check`: text, types, data files' headers and the market; runs nothing.

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::program::{Program, in_text_order};
use super::terminal::{Terminal, count};
use super::{Exit, Format, answer_file};
use crate::book;
use crate::diagnostic::{Diagnostic, any_error, codes};
use crate::formula::Overlay;
use crate::market;
use crate::tabular::Folder;
use crate::tools::{strict, unused};

/// Arguments of `plimsoll check`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The project's folder
    #[arg(default_value = ".")]
    project: PathBuf,
    /// Refuse assumptions without a reason or past their review
    #[arg(long)]
    strict: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Write the plan (the checked program as data) to this file
    #[arg(long, value_name = "FILE")]
    emit: Option<PathBuf>,
    /// Show how each line of the plan costs
    #[arg(long)]
    plan_cost: bool,
}

/// Checks a project and prints what is wrong with it.
pub fn run(arguments: &Arguments) -> Exit {
    let terminal = Terminal::of_process(arguments.format);
    let mut program = match Program::load(&arguments.project) {
        Ok(program) => program,
        Err(unreadable) => {
            terminal.report(Map::new(), &unreadable.diagnostics, &unreadable.sources);
            return Exit::Error;
        }
    };
    if program.is_sound() {
        let found = data(&program);
        program.diagnostics.extend(found);
        // of a broken text it is not known what it reads
        let found = unused::definitions(&program.trees, &program.sources);
        program.diagnostics.extend(found);
    }
    if arguments.strict {
        let found = strict::assumptions(&program.trees, &program.sources, &program.plan);
        program.diagnostics.extend(found);
    }
    if arguments.plan_cost {
        program.diagnostics.push(Diagnostic::error(
            codes::run::NOT_AVAILABLE,
            "`--plan-cost` is not available in this version yet",
        ));
    }
    in_text_order(&mut program.diagnostics);
    if let Some(path) = arguments.emit.as_ref().filter(|_| program.is_sound())
        && let Err(d) = emit(&program, path)
    {
        program.diagnostics.push(d);
    }
    let failed = any_error(&program.diagnostics);
    let facts = facts(&program, !failed);
    let line = summary(&program);
    terminal.report(facts, &program.diagnostics, &program.sources);
    if arguments.format == Format::Human {
        terminal.print(&line);
    }
    if failed { Exit::Error } else { Exit::Success }
}

/// The headers of data files, and the market of each exercise.
fn data(program: &Program) -> Vec<Diagnostic> {
    let plan = &program.plan;
    let files = Folder::new(&program.project.root);
    let mut found = Vec::new();
    for exercise in &plan.exercises {
        found.extend(book::check_headers(plan, &exercise.book, &files));
        let overlay = Overlay::new(
            plan,
            Some(&exercise.book),
            exercise.scenarios.get(&exercise.base),
        );
        let reading = market::Reading::new(
            plan,
            &overlay,
            &files,
            exercise.book.date,
            exercise.book.currency,
        );
        found.extend(market::load(exercise.market.as_ref(), &exercise.givens, &reading).1);
    }
    found
}

/// What marks the plan as such.
const PLAN: answer_file::Kind = answer_file::Kind {
    name: "plan",
    field: "version",
    begins: "plan/",
};

fn emit(program: &Program, path: &std::path::Path) -> Result<(), Diagnostic> {
    let plan = serde_json::to_string_pretty(&program.plan).map_err(|error| {
        let message = format!("`{}` cannot be written: {error}", path.display());
        Diagnostic::error(codes::bundle::CANNOT_WRITE, message)
    })?;
    answer_file::write(path, &PLAN, &plan)
}

fn facts(program: &Program, sound: bool) -> Map<String, Value> {
    let plan = &program.plan;
    let mut map = Map::new();
    map.insert("ok".into(), json!(sound));
    map.insert("project".into(), json!(program.project.name));
    map.insert("edition".into(), json!(program.project.edition));
    map.insert("files".into(), json!(program.project.own().count()));
    map.insert("exercises".into(), json!(plan.exercises.len()));
    map.insert("tests".into(), json!(plan.tests.len()));
    map
}

fn summary(program: &Program) -> String {
    let plan = &program.plan;
    let counted = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let parts = [
        counted(program.project.own().count(), "file"),
        counted(plan.instruments.len(), "instrument"),
        counted(plan.metrics.len(), "metric"),
        counted(plan.exercises.len(), "exercise"),
        counted(plan.tests.len(), "test"),
    ];
    let verdict = count(&program.diagnostics).unwrap_or_else(|| "no errors".into());
    format!("{}: {}; {verdict}", program.project.name, parts.join(", "))
}
