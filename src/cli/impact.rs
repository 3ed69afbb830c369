//! `plimsoll impact`: the action card, what a management action changes before it is taken.

use std::path::PathBuf;

use serde_json::{Map, json};

use super::program::Program;
use super::terminal::Terminal;
use super::{Exit, Format};
use crate::diagnostic::Diagnostic;
use crate::report::Style;
use crate::report::impact::{Question, draw, impact};
use crate::tabular::Folder;

/// Arguments of `plimsoll impact`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The project's folder
    #[arg(default_value = ".")]
    project: PathBuf,
    /// The scenario in which the action is tried
    #[arg(long)]
    scenario: String,
    /// The action; it need not be armed
    #[arg(long)]
    action: String,
    /// The exercise [default: the first that runs the scenario]
    #[arg(long)]
    exercise: Option<String>,
    /// Set a value in every scenario: `--set stressed_beta=70%`
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Prints the card.
pub fn run(arguments: &Arguments) -> Exit {
    let terminal = Terminal::of_process(arguments.format);
    let program = match Program::load_with(&arguments.project, &arguments.set) {
        Ok(program) => program,
        Err(unreadable) => {
            terminal.report(Map::new(), &unreadable.diagnostics, &unreadable.sources);
            return Exit::Error;
        }
    };
    let failed = |errors: &[Diagnostic]| {
        terminal.report(Map::new(), errors, &program.sources);
        Exit::Error
    };
    if !program.is_sound() {
        return failed(&program.diagnostics);
    }
    let question = Question {
        exercise: arguments.exercise.as_deref(),
        scenario: &arguments.scenario,
        action: &arguments.action,
    };
    let data = Folder::new(&program.project.root);
    match impact(&program.plan, question, &data) {
        Ok(card) => {
            let mut fields = Map::new();
            fields.insert("ok".into(), json!(true));
            fields.insert("card".into(), json!(card));
            terminal.report(fields, &[], &program.sources);
            if arguments.format == Format::Human {
                let style = Style {
                    width: terminal.width,
                    colour: terminal.colour,
                };
                terminal.print(&draw(&card, style));
            }
            Exit::Success
        }
        Err(errors) => failed(&errors),
    }
}
