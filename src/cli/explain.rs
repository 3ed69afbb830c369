//! `plimsoll explain`: what a value of a bundle is made of.

use std::path::PathBuf;

use serde_json::Map;

use super::performance::contracts;
use super::program::{Program, means};
use super::terminal::Terminal;
use super::verify::changes;
use super::{Exit, Format};
use crate::diagnostic::{Diagnostic, SourceMap, codes, nearest};
use crate::engine::observe::{DecisionRecord, Recorder};
use crate::report::decisions_told;
use crate::trace::explain::{NoAnswer, Node, Question, Values, draw};
use crate::trace::{bundle, chain};

/// Arguments of `plimsoll explain`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The bundle's folder
    bundle: PathBuf,
    /// Name of the metric, or of an action: what it decided and why
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
    /// Go on from the groups of this instrument to its contracts: the scenario is performed again
    #[arg(long, value_name = "INSTRUMENT")]
    contracts: Option<String>,
    /// How many contracts of a group of lines to show, the largest first; the others are summed
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    top: usize,
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
        Ok(Explained::Value(heading, node)) => {
            match (arguments.format, serde_json::to_string(&node)) {
                (Format::Json, Ok(text)) => terminal.print(&text),
                _ => terminal.print(&format!("{heading}\n\n{}", draw(&node))),
            }
            Exit::Success
        }
        Ok(Explained::Action(heading, decisions)) => {
            match (arguments.format, serde_json::to_string(&decisions)) {
                (Format::Json, Ok(text)) => terminal.print(&text),
                _ => {
                    let decisions: Vec<&DecisionRecord> = decisions.iter().collect();
                    terminal.print(&format!("{heading}\n\n{}", decisions_told(&decisions)));
                }
            }
            Exit::Success
        }
        Err(error) => {
            let (errors, sources) = *error;
            terminal.report(Map::new(), &errors, &sources);
            Exit::Error
        }
    }
}

/// What was wrong, and the texts that it is about.
type Failure = Box<(Vec<Diagnostic>, SourceMap)>;

fn failed(error: Diagnostic) -> Failure {
    Box::new((vec![error], SourceMap::new()))
}

/// What is explained, under its heading.
enum Explained {
    /// A value, as a tree.
    Value(String, Node),
    /// What an action decided.
    Action(String, Vec<DecisionRecord>),
}

/// The decisions of an action that bears the name in the scenario.
fn decided(
    records: &[chain::Record],
    name: &str,
    exercise: &str,
    scenario: &str,
) -> Vec<DecisionRecord> {
    let decisions = records.iter().filter_map(|record| match record {
        chain::Record::Decision(decision) => Some(decision),
        _ => None,
    });
    decisions
        .filter(|d| d.action == name && d.exercise == exercise && d.scenario == scenario)
        .cloned()
        .collect()
}

/// The heading and the tree, or the decisions of an action.
fn explained(arguments: &Arguments) -> Result<Explained, Failure> {
    let refuse = |message: String| failed(Diagnostic::error(codes::bundle::NOT_A_BUNDLE, message));
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
    let wanted = arguments.scenario.as_deref().unwrap_or(base);
    let scenario = first
        .scenarios
        .iter()
        .find(|key| means(wanted, key))
        .map_or(wanted, String::as_str);
    let date = arguments.at.as_deref().unwrap_or(&first.date);
    let question = Question {
        exercise: arguments.exercise.as_deref(),
        scenario,
        date,
        metric: &arguments.metric,
        member: arguments.member.as_deref(),
    };
    // what is reported `at start` stands there, whatever the day
    let at_start = Question {
        date: "start",
        ..question
    };
    let question = match values.find(question) {
        Err(NoAnswer::Date(_)) if arguments.at.is_none() && values.find(at_start).is_ok() => {
            at_start
        }
        _ => question,
    };
    let decisions = decided(&records, &arguments.metric, &first.exercise, scenario);
    if let (Err(NoAnswer::Metric(_)), false) = (values.find(question), decisions.is_empty()) {
        let heading = format!(
            "{} of {} under {scenario}",
            arguments.metric, first.exercise
        );
        return Ok(Explained::Action(heading, decisions));
    }
    let record = values
        .find(question)
        .map_err(|none| failed(unanswered(arguments, question, none)))?;
    let key = &record.key;
    let heading = format!(
        "{} of {} under {} at {}",
        key.metric, key.exercise, key.scenario, key.date
    );
    let mut tree = values.tree(record);
    if let Some(instrument) = &arguments.contracts {
        let question = Question {
            exercise: Some(&key.exercise),
            ..question
        };
        let apart = apart(arguments, &card, key, instrument)?;
        let told: Vec<chain::Record> = apart
            .metrics
            .into_iter()
            .map(chain::Record::Metric)
            .collect();
        let again = Values::of(&told);
        let hung = again
            .find(question)
            .is_ok_and(|record| tree.graft(&again.tree(record), arguments.top));
        if !hung {
            let none = format!("no sum below `{}` goes over `{instrument}`", key.metric);
            return Err(failed(
                Diagnostic::error(codes::run::NOT_IN_PROJECT, none).help(
                    "explain it without `--contracts`: the tree names the instruments that it sums",
                ),
            ));
        }
    }
    Ok(Explained::Value(heading, tree))
}

/// Why there is no answer, with what could be asked instead; where one of several is meant, as commands to paste.
fn unanswered(arguments: &Arguments, question: Question, none: NoAnswer) -> Diagnostic {
    let metric = question.metric;
    let bundle = arguments.bundle.display();
    let there_is = |known: Vec<String>| format!("there is: {}", known.join(", "));
    let commands = |known: Vec<String>, command: &dyn Fn(&str) -> String| {
        let lines: Vec<String> = known.iter().map(|one| command(one)).collect();
        lines.join("\n")
    };
    let (message, help) = match none {
        NoAnswer::Metric(known) => {
            let near = nearest(metric, known.iter().map(String::as_str));
            let meant = near.map_or_else(String::new, |near| format!("did you mean `{near}`? "));
            (
                format!("the bundle has no value of `{metric}`"),
                meant + &there_is(known.clone()),
            )
        }
        NoAnswer::Ambiguous(known) => (
            format!("several metrics are called `{metric}`: say which"),
            commands(known, &|path| format!("plimsoll explain {bundle} {path}")),
        ),
        NoAnswer::Scenario(known) => (
            format!("`{metric}` has no value under `{}`", question.scenario),
            there_is(known),
        ),
        NoAnswer::Date(known) => (
            format!("`{metric}` has no value on {}", question.date),
            there_is(known),
        ),
        NoAnswer::Member(known) => {
            let named = known.into_iter().map(|member| match member.as_str() {
                "" => "the total, without `--member`".to_owned(),
                _ => member,
            });
            (
                "there is no value of this member".to_owned(),
                there_is(named.collect()),
            )
        }
        NoAnswer::Exercise(known) => (
            format!("several exercises have `{metric}`: say which"),
            commands(known, &|exercise| {
                format!("plimsoll explain {bundle} {metric} --exercise {exercise}")
            }),
        ),
    };
    Diagnostic::error(codes::run::NOT_IN_PROJECT, message).help(help)
}

/// The records of the point with the contracts of an instrument apart, from a project that is still the bundle's.
fn apart(
    arguments: &Arguments,
    card: &bundle::RunCard,
    key: &crate::engine::observe::MetricKey,
    instrument: &str,
) -> Result<Recorder, Failure> {
    let root = arguments
        .project
        .clone()
        .unwrap_or_else(|| arguments.bundle.join(&card.folder));
    let program = Program::load_with(&root, &card.selection.set)
        .map_err(|unreadable| Box::new((unreadable.diagnostics, unreadable.sources)))?;
    if !program.is_sound() {
        return Err(Box::new((program.diagnostics, program.sources)));
    }
    let changed = changes(card, &root);
    if !changed.is_empty() {
        return Err(Box::new((changed, program.sources)));
    }
    contracts(
        &program,
        &key.exercise,
        &key.scenario,
        &key.date,
        instrument,
    )
    .map_err(|errors| Box::new((errors, program.sources)))
}
