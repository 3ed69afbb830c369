//! `plimsoll show`: a scenario flattened, with the origin of every value.

use std::path::{Path, PathBuf};

use super::program::{Asked, Program, means};
use super::terminal::Terminal;
use super::{Exit, Format};
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::Scenario;
use crate::syntax::tree::{BlockKind, Item};
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
    let wanted = &arguments.scenario;
    if let Some(scenario) = scenarios(&program).find(|s| means(wanted, &s.key.0)) {
        terminal.print(&shown(scenario));
        return Exit::Success;
    }
    // One that no exercise runs is shown as it would be run.
    for exercise in &program.plan.exercises {
        if let Some(scenario) = as_run(&arguments.project, &exercise.heading.short, wanted) {
            terminal.print(&shown(&scenario));
            return Exit::Success;
        }
    }
    let mut known: Vec<&str> = scenarios(&program)
        .map(|scenario| scenario.key.0.as_str())
        .chain(defined(&program))
        .collect();
    known.sort_unstable();
    known.dedup();
    let error = Diagnostic::error(
        codes::run::NOT_IN_PROJECT,
        format!("no exercise can run a scenario `{wanted}`"),
    );
    let error = match nearest(wanted, known.iter().copied()) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help(format!("there are: {}", known.join(", "))),
    };
    terminal.diagnostics(&[error], &program.sources);
    Exit::Error
}

/// All that exercises run, strike or search.
fn scenarios(program: &Program) -> impl Iterator<Item = &Scenario> {
    let exercises = program.plan.exercises.iter();
    exercises.flat_map(|exercise| exercise.scenarios.values())
}

/// The names of the project's own scenarios.
fn defined(program: &Program) -> impl Iterator<Item = &str> {
    let declarations = program.trees.iter().flat_map(|file| &file.declarations);
    declarations.filter_map(|declaration| match &declaration.item {
        Item::Block(block) if block.kind == BlockKind::Scenario => {
            Some(declaration.name.text.as_str())
        }
        _ => None,
    })
}

/// A scenario as an exercise would run it; `None` where the text is no scenario that it can run.
fn as_run(project: &Path, exercise: &str, scenario: &str) -> Option<Scenario> {
    let asked = Asked {
        exercise: Some(exercise.to_owned()),
        argument: "SCENARIO",
        lines: vec![format!("run {scenario}")],
        ..Asked::default()
    };
    let program = Program::load_asking(project, &[], &asked).ok()?;
    if !program.is_sound() {
        return None;
    }
    let exercises = &program.plan.exercises;
    let exercise = exercises.iter().find(|e| e.heading.short == exercise)?;
    exercise.scenarios.get(exercise.runs.last()?).cloned()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_exercise_runs_is_shown_as_it_would_be_run() {
        let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/sample");
        let key = |wanted: &str| as_run(&sample, "monthly_report", wanted).map(|found| found.key.0);
        assert_eq!(
            key("deposit_run(7%)").as_deref(),
            Some("deposit_run(share = 7%)")
        );
        assert_eq!(key("no_such_scenario"), None);
        assert_eq!(key("deposit_run(seven)"), None);
    }
}
