//! `plimsoll list`: exercises, scenarios and metrics of a project.

use std::path::PathBuf;

use serde_json::{Map, json};

use super::program::Program;
use super::terminal::Terminal;
use super::{Exit, Format};
use crate::plan::{Heading, MetricKind, Plan, Type};

/// Arguments of `plimsoll list`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The project's folder
    #[arg(default_value = ".")]
    project: PathBuf,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Prints exercises with their scenarios, and metrics with unit, kind and line.
pub fn run(arguments: &Arguments) -> Exit {
    let terminal = Terminal::of_process(arguments.format);
    let program = match Program::load(&arguments.project) {
        Ok(program) => program,
        Err(unreadable) => {
            terminal.report(Map::new(), &unreadable.diagnostics, &unreadable.sources);
            return Exit::Error;
        }
    };
    let plan = &program.plan;
    let mut fields = Map::new();
    fields.insert(
        "exercises".into(),
        plan.exercises
            .iter()
            .map(|exercise| {
                let runs: Vec<&str> = exercise.runs.iter().map(|key| key.0.as_str()).collect();
                json!({"name": exercise.heading.name, "title": exercise.heading.title, "base": exercise.base.0, "scenarios": runs,
                    "file": exercise.heading.origin.file, "line": exercise.heading.origin.line})
            })
            .collect(),
    );
    fields.insert(
        "metrics".into(),
        plan.metrics
            .iter()
            .map(|metric| {
                json!({"name": metric.heading.name, "title": metric.heading.title, "unit": unit(&metric.ty), "kind": metric.kind,
                    "file": metric.heading.origin.file, "line": metric.heading.origin.line})
            })
            .collect(),
    );
    terminal.report(fields, &program.diagnostics, &program.sources);
    if arguments.format == Format::Human {
        terminal.print(&listing(plan));
    }
    if program.is_sound() {
        Exit::Success
    } else {
        Exit::Error
    }
}

fn listing(plan: &Plan) -> String {
    let mut text = String::new();
    let place = |heading: &Heading| format!("{}:{}", heading.origin.file, heading.origin.line);
    let titled = |heading: &Heading| {
        heading
            .title
            .as_ref()
            .map(|title| format!("  {title}"))
            .unwrap_or_default()
    };
    for exercise in &plan.exercises {
        text.push_str(&format!(
            "exercise {}{}  {}\n",
            exercise.heading.name,
            titled(&exercise.heading),
            place(&exercise.heading)
        ));
        for key in &exercise.runs {
            let scenario = exercise.scenarios.get(key);
            let base = if *key == exercise.base {
                "  (base)"
            } else {
                ""
            };
            let heading = scenario.map(|scenario| {
                format!(
                    "{}  {}",
                    titled(&scenario.heading),
                    place(&scenario.heading)
                )
            });
            text.push_str(&format!(
                "  {}{base}{}\n",
                key.0,
                heading.unwrap_or_default()
            ));
        }
    }
    let width = plan
        .metrics
        .iter()
        .map(|metric| metric.heading.name.chars().count())
        .max()
        .unwrap_or(0);
    text.push_str("metrics\n");
    for metric in &plan.metrics {
        let kind = match metric.kind {
            MetricKind::State => "state",
            MetricKind::Ladder => "ladder",
            MetricKind::Flow => "flow",
            MetricKind::Path => "path",
        };
        text.push_str(&format!(
            "  {:width$}  {:6}  {kind:6}  {}{}\n",
            metric.heading.name,
            unit(&metric.ty),
            place(&metric.heading),
            titled(&metric.heading),
        ));
    }
    text
}

fn unit(ty: &Type) -> &'static str {
    match ty {
        Type::Money(_) => "money",
        Type::Ratio => "ratio",
        Type::Rate => "rate",
        Type::Tenor => "tenor",
        Type::Number => "number",
        Type::Bool => "bool",
        Type::Date => "date",
        _ => "",
    }
}
