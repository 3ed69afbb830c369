//! `plimsoll explain`: what a value of a bundle is made of.

use std::path::PathBuf;

use serde_json::Map;

use super::terminal::Terminal;
use super::{Exit, Format};
use crate::diagnostic::{Diagnostic, SourceMap, codes};
use crate::trace::explain::{NoAnswer, Node, Question, Values, draw};
use crate::trace::{bundle, chain};

/// Arguments of `plimsoll explain`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The bundle's folder
    bundle: PathBuf,
    /// Name of the metric
    metric: String,
    /// Name of the scenario [default: the base]
    #[arg(long)]
    scenario: Option<String>,
    /// The date of the point [default: the book's date]
    #[arg(long, value_name = "DATE")]
    at: Option<String>,
    /// The exercise, where several report the metric
    #[arg(long)]
    exercise: Option<String>,
    /// A member of a break-down: `EUR`, or `EUR,up to 1M`
    #[arg(long)]
    member: Option<String>,
    /// The project's folder, where it has moved
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Prints the tree below a value.
pub fn run(arguments: &Arguments) -> Exit {
    let terminal = Terminal::of_process(arguments.format);
    match explained(arguments) {
        Ok((heading, node)) => {
            match (arguments.format, serde_json::to_string(&node)) {
                (Format::Json, Ok(text)) => terminal.print(&text),
                _ => terminal.print(&format!("{heading}\n\n{}", draw(&node))),
            }
            Exit::Success
        }
        Err(error) => {
            terminal.report(Map::new(), &[*error], &SourceMap::new());
            Exit::Error
        }
    }
}

/// The heading and the tree.
fn explained(arguments: &Arguments) -> Result<(String, Node), Box<Diagnostic>> {
    let refuse =
        |message: String| Box::new(Diagnostic::error(codes::bundle::NOT_A_BUNDLE, message));
    let shown = arguments.bundle.display();
    let card = bundle::open_card(&arguments.bundle)
        .ok_or_else(|| refuse(format!("`{shown}` is no bundle")))?;
    let text = std::fs::read_to_string(arguments.bundle.join("trace.jsonl"))
        .map_err(|error| refuse(format!("the trace of `{shown}` cannot be read: {error}")))?;
    let (records, head) = chain::read(&text).map_err(|_| {
        refuse(format!(
            "the trace of `{shown}` is broken: a line does not follow the one before it"
        ))
    })?;
    if head != card.trace_head {
        return Err(refuse(format!(
            "the trace of `{shown}` is not the one of its `run.json`"
        )));
    }
    let values = Values::of(&records);
    let first = card
        .runs
        .iter()
        .find(|run| {
            arguments
                .exercise
                .as_ref()
                .is_none_or(|name| *name == run.exercise)
        })
        .ok_or_else(|| refuse(format!("`{shown}` has no such exercise")))?;
    let base = first.scenarios.first().map_or("", String::as_str);
    let scenario = arguments.scenario.as_deref().unwrap_or(base);
    let date = arguments.at.as_deref().unwrap_or(&first.date);
    let question = Question {
        exercise: arguments.exercise.as_deref(),
        scenario,
        date,
        metric: &arguments.metric,
        member: arguments.member.as_deref(),
    };
    let record = values.find(question).map_err(|none| {
        let (message, known) = match none {
            NoAnswer::Metric(known) => (
                format!("the bundle has no value of `{}`", arguments.metric),
                known,
            ),
            NoAnswer::Scenario(known) => (
                format!("`{}` has no value under `{scenario}`", arguments.metric),
                known,
            ),
            NoAnswer::Date(known) => (
                format!("`{}` has no value on {date}", arguments.metric),
                known,
            ),
            NoAnswer::Member(known) => ("there is no value of this member".to_owned(), known),
            NoAnswer::Exercise(known) => (
                "several exercises have it: say which with `--exercise`".to_owned(),
                known,
            ),
        };
        Box::new(
            Diagnostic::error(codes::run::NOT_IN_PROJECT, message)
                .help(format!("there is: {}", known.join(", "))),
        )
    })?;
    let key = &record.key;
    let heading = format!(
        "{} of {} under {} at {}",
        key.metric, key.exercise, key.scenario, key.date
    );
    Ok((heading, values.tree(record)))
}
