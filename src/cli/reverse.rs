//! `plimsoll reverse`: the mildest scenario of a family that meets a condition.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::performance::{chosen, source_text, started};
use super::program::{Asked, Program, in_text_order};
use super::terminal::Terminal;
use super::{Exit, Format, answer_file};
use crate::diagnostic::{Diagnostic, codes};
use crate::engine::measure::Binding;
use crate::engine::observe;
use crate::engine::prepare::prepare;
use crate::engine::search::{SearchAnswer, Tried};
use crate::plan::{Exercise, Search};
use crate::report::{Searched, Style, reverse, shown_value};
use crate::tabular::Folder;
use crate::trace::bundle::Selection;

/// Arguments of `plimsoll reverse`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The project's folder
    #[arg(default_value = ".")]
    project: PathBuf,
    /// Search in this exercise only
    #[arg(long)]
    exercise: Option<String>,
    /// Search this in place of the lines of the text: `parallel(size) for size in range(0bp, 500bp, step = 25bp): lcr < 100%`
    #[arg(long, value_name = "LINE")]
    search: Option<String>,
    /// Number of threads [default: all cores]; changes no number
    #[arg(long, value_name = "N")]
    pub threads: Option<NonZeroUsize>,
    /// Set a value in every scenario: `--set stressed_beta=70%`
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Write the answers with their certificates to this file, as JSON
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// What marks a file of answers as such.
const ANSWERS: answer_file::Kind = answer_file::Kind {
    name: "file of answers",
    field: "kind",
    begins: "plimsoll reverse",
};

/// Performs the searches and prints what they found.
pub fn run(arguments: &Arguments) -> Exit {
    let terminal = Terminal::of_process(arguments.format);
    let line = |text: &String| format!("search {}", text.trim().trim_start_matches("search "));
    let asked = Asked {
        exercise: arguments.exercise.clone(),
        argument: Search::ASKED,
        lines: arguments.search.iter().map(line).collect(),
        ..Asked::default()
    };
    let program = match Program::load_asking(&arguments.project, &arguments.set, &asked) {
        Ok(program) => program,
        Err(unreadable) => {
            terminal.report(Map::new(), &unreadable.diagnostics, &unreadable.sources);
            return Exit::Error;
        }
    };
    match searched(arguments, &program, terminal) {
        Ok(()) => Exit::Success,
        Err(mut errors) => {
            in_text_order(&mut errors);
            terminal.report(Map::new(), &errors, &program.sources);
            Exit::Error
        }
    }
}

/// An answer with what it is the answer to.
struct Found<'p> {
    exercise: &'p Exercise,
    search: &'p Search,
    actions: Option<bool>,
    answer: SearchAnswer,
}

fn searched(
    arguments: &Arguments,
    program: &Program,
    terminal: Terminal,
) -> Result<(), Vec<Diagnostic>> {
    if !program.is_sound() {
        return Err(program.diagnostics.clone());
    }
    let selection = Selection {
        exercise: arguments.exercise.clone(),
        set: arguments.set.clone(),
        ..Selection::default()
    };
    let exercises = chosen(program, &selection)?;
    let files = Folder::new(&program.project.root);
    let mut found: Vec<Found<'_>> = Vec::new();
    let mut warnings = program.diagnostics.clone();
    let mut data = Vec::new();
    for exercise in &exercises {
        let wanted: Vec<&Search> = exercise
            .searches
            .iter()
            .filter(|search| search.is_of_text() == arguments.search.is_none())
            .collect();
        if wanted.is_empty() {
            continue;
        }
        let prepared = prepare(&program.plan, exercise, &files)?;
        for search in wanted {
            let modes: &[Option<bool>] = if search.scenario.allows.is_empty() {
                &[None]
            } else {
                &[Some(true), Some(false)]
            };
            for actions in modes {
                let quiet = |_| {};
                let answer = prepared.reverse(search, *actions != Some(false), &quiet)?;
                found.push(Found {
                    exercise,
                    search,
                    actions: *actions,
                    answer,
                });
            }
        }
        for warning in &prepared.warnings {
            if !warnings.contains(warning) {
                warnings.push(warning.clone());
            }
        }
        data.extend(
            prepared
                .inputs
                .iter()
                .map(|input| json!({"name": input.path, "sha256": input.sha256})),
        );
    }
    if found.is_empty() {
        return Err(vec![
            Diagnostic::error(
                codes::run::NOT_IN_PROJECT,
                "no exercise has a line `search`, there is nothing to look for",
            )
            .help("write one, or give it: `--search \"parallel(size) for size in range(0bp, 500bp, step = 25bp): lcr < 100%\"`"),
        ]);
    }
    data.sort_by_key(Value::to_string);
    data.dedup();
    let answers: Vec<Value> = found.iter().map(|found| as_json(program, found)).collect();
    if let Some(out) = &arguments.out {
        let provenance = started(program, &selection)?;
        let document = json!({
            ANSWERS.field: ANSWERS.begins,
            "version": env!("CARGO_PKG_VERSION"),
            "project": provenance.project,
            "plan_numbers": provenance.plan_numbers,
            "set": arguments.set,
            "data": data,
            "searches": answers,
        });
        answer_file::write(out, &ANSWERS, &format!("{document:#}")).map_err(|error| vec![error])?;
    }
    let mut fields = Map::new();
    fields.insert("ok".into(), json!(true));
    fields.insert("searches".into(), json!(answers));
    terminal.report(fields, &warnings, &program.sources);
    if arguments.format == Format::Human {
        let style = Style {
            width: terminal.width,
            colour: terminal.colour,
        };
        let pages: Vec<String> = found
            .iter()
            .map(|found| {
                let searched = Searched {
                    exercise: &found.exercise.heading.short,
                    search: found.search,
                    actions: found.actions,
                    answer: &found.answer,
                };
                reverse(&searched, &|binding| name(program, binding), style)
            })
            .collect();
        terminal.print(&pages.join("\n"));
        if let Some(out) = &arguments.out {
            terminal.say(&format!("written to {}", out.display()));
        }
    }
    Ok(())
}

/// What is watched: the metric, or the formula as written.
fn name(program: &Program, binding: &Binding) -> String {
    match &binding.metric {
        Some(metric) => metric.clone(),
        None => source_text(program, binding.span),
    }
}

fn value(value: &observe::Value) -> Value {
    match value {
        observe::Value::Number(text) => json!(text),
        observe::Value::Undefined(_) => Value::Null,
    }
}

fn as_json(program: &Program, found: &Found<'_>) -> Value {
    let search = found.search;
    let literal = |tried: &Tried| shown_value(search, tried.value);
    let watched = |tried: &Tried, days: bool| -> Vec<Value> {
        let each = tried.watched.iter().map(|binding| {
            let mut fields = json!({
                "watched": name(program, binding),
                "value": value(&binding.value),
                "limit": value(&binding.limit),
                "unit": binding.unit,
                "holds": binding.holds,
            });
            if days && let Value::Object(fields) = &mut fields {
                let day = |date: Option<crate::calendar::Date>| json!(date.map(|d| d.to_string()));
                fields.insert("first".into(), day(binding.first));
                fields.insert("worst".into(), day(binding.worst));
            }
            fields
        });
        each.collect()
    };
    let tried = |tried: &Tried| {
        json!({
            "value": literal(tried),
            "scenario": tried.scenario.0,
            "holds": tried.holds,
            "watched": watched(tried, false),
        })
    };
    let answer = &found.answer;
    let list = |points: &[Tried]| -> Vec<Value> { points.iter().map(tried).collect() };
    json!({
        "exercise": found.exercise.heading.name,
        "search": search.text,
        "family": search.family,
        "variable": search.variable,
        "file": search.origin.file,
        "line": search.origin.line,
        "actions": match found.actions {
            None => "none",
            Some(true) => "allowed",
            Some(false) => "forbidden",
        },
        "found": answer.hit.as_ref().map(literal),
        "scenario": answer.hit.as_ref().map(|hit| &hit.scenario.0),
        "binding": answer.hit.as_ref().map(|hit| {
            let all = watched(hit, true);
            all.into_iter().filter(|b| b.get("holds") == Some(&json!(true))).collect::<Vec<_>>()
        }),
        "bracket": answer.hit.as_ref().zip(answer.mild.as_ref()).map(|(hit, mild)| {
            json!({
                "mild": literal(mild),
                "breach": literal(hit),
                "precision": shown_value(search, answer.precision),
            })
        }),
        "scanned": list(&answer.scanned),
        "bisected": list(&answer.bisected),
        "claim": "none between values that were not tried",
    })
}
