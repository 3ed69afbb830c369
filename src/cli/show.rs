//! `plimsoll show`: a scenario flattened, with the origin of every value.

use std::path::PathBuf;

use super::program::{Program, means};
use super::terminal::Terminal;
use super::{Exit, Format};
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::Scenario;
use crate::tabular::nearest;

/// Characters of a value beside which its place still stands on the same line.
const LONGEST_WITH_PLACE: usize = 60;

/// Arguments of `plimsoll show`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The project's folder
    project: PathBuf,
    /// Name of the scenario, with its arguments if it is a family: `parallel(size = 200bp)`
    scenario: String,
}

/// Prints the statements of a scenario, each with its place, what it replaced and why.
pub fn run(arguments: &Arguments) -> Exit {
    let terminal = Terminal::of_process(Format::Human);
    let program = match Program::load(&arguments.project) {
        Ok(program) => program,
        Err(unreadable) => {
            terminal.diagnostics(&unreadable.diagnostics, &unreadable.sources);
            return Exit::Error;
        }
    };
    if !program.is_sound() {
        terminal.diagnostics(&program.diagnostics, &program.sources);
        return Exit::Error;
    }
    let scenarios = || {
        program
            .plan
            .exercises
            .iter()
            .flat_map(|exercise| exercise.scenarios.values())
    };
    let Some(scenario) = scenarios().find(|s| means(&arguments.scenario, &s.key.0)) else {
        let mut known: Vec<&str> = scenarios()
            .map(|scenario| scenario.key.0.as_str())
            .collect();
        known.sort_unstable();
        known.dedup();
        let error = Diagnostic::error(
            codes::run::NOT_IN_PROJECT,
            format!(
                "no exercise runs or strikes a scenario `{}`",
                arguments.scenario
            ),
        );
        let error = match nearest(&arguments.scenario, known.iter().copied()) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help(format!("there are: {}", known.join(", "))),
        };
        terminal.diagnostics(&[error], &program.sources);
        return Exit::Error;
    };
    terminal.print(&shown(scenario));
    Exit::Success
}

fn shown(scenario: &Scenario) -> String {
    let title = scenario
        .heading
        .title
        .as_ref()
        .map(|title| format!("  \"{title}\""))
        .unwrap_or_default();
    let mut text = format!("{}{title}\n", scenario.key.0);
    let width = scenario
        .statements
        .iter()
        .map(|s| s.key.chars().count())
        .max()
        .unwrap_or(0);
    for statement in &scenario.statements {
        let origin = &statement.origin;
        let mut said = |key: &str, lead: &str, value: &str, file: &str, line: u32| {
            let place = if value.chars().count() > LONGEST_WITH_PLACE {
                format!("\n  {:width$}      in {file}:{line}", "")
            } else {
                format!("  {file}:{line}")
            };
            text.push_str(&format!("  {key:width$}  {lead}{value}{place}\n"));
        };
        said(
            &statement.key,
            "",
            &statement.value,
            &origin.file,
            origin.line,
        );
        // the oldest stands first in the plan, what was replaced last is told first
        for replaced in origin.replaced.iter().rev() {
            let (file, line) = (&replaced.file, replaced.line);
            said("", "  replaces ", &replaced.value, file, line);
        }
        for (word, reason) in [
            ("because", &origin.reasons.because),
            ("source", &origin.reasons.source),
        ] {
            if let Some(reason) = reason {
                text.push_str(&format!("  {:width$}    {word} \"{reason}\"\n", ""));
            }
        }
    }
    text
}
