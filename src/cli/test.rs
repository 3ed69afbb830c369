//! `plimsoll test`: the tests that a project's text holds.

use std::collections::BTreeSet;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::program::Program;
use super::terminal::Terminal;
use super::{Exit, Format};
use crate::diagnostic::{Diagnostic, any_error, codes};
use crate::engine::observe::Recorder;
use crate::engine::prepare::prepare_watched;
use crate::formula::Witness;
use crate::plan::{Expression, Plan, Test};
use crate::tabular::Folder;
use crate::tools::coverage::{Coverage, Kind, coverage};
use crate::tools::test::{Check, TestOutcome, check};

/// Arguments of `plimsoll test`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The project's folder
    #[arg(default_value = ".")]
    project: PathBuf,
    /// Run only tests whose name contains this
    #[arg(long)]
    only: Option<String>,
    /// Say which table rows, branches and definitions of the project no test reaches
    #[arg(long)]
    coverage: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the tests and prints what became of them.
pub fn run(arguments: &Arguments) -> Exit {
    let terminal = Terminal::of_process(arguments.format);
    let program = match Program::load(&arguments.project) {
        Ok(program) => program,
        Err(unreadable) => {
            terminal.report(Map::new(), &unreadable.diagnostics, &unreadable.sources);
            return Exit::Error;
        }
    };
    if !program.is_sound() {
        terminal.report(Map::new(), &program.diagnostics, &program.sources);
        return Exit::Error;
    }
    let files = Folder::new(&program.project.root);
    let wanted: Vec<&Test> = program
        .plan
        .tests
        .iter()
        .filter(|test| {
            arguments
                .only
                .as_ref()
                .is_none_or(|only| test.heading.name.contains(only))
        })
        .collect();
    if let (Some(only), true) = (&arguments.only, wanted.is_empty()) {
        terminal.report(
            Map::new(),
            &[no_such_test(&program.plan, only)],
            &program.sources,
        );
        return Exit::Error;
    }
    let witness = if arguments.coverage {
        Witness::watching()
    } else {
        Witness::default()
    };
    let outcomes = perform(&program.plan, &files, &wanted, &witness);
    let covered = arguments.coverage.then(|| {
        let own: BTreeSet<&str> = program
            .project
            .own()
            .map(|text| text.name.as_str())
            .collect();
        coverage(
            &program.plan,
            &witness.seen(),
            &|file| own.contains(file),
            &|span| program.sources.start(span).line,
        )
    });
    let failed = outcomes.iter().filter(|outcome| !outcome.passed()).count();
    let passed = outcomes.len() - failed;
    match arguments.format {
        Format::Json => {
            let mut fields = Map::new();
            fields.insert("ok".into(), json!(failed == 0));
            fields.insert("passed".into(), json!(passed));
            fields.insert("failed".into(), json!(failed));
            fields.insert("tests".into(), outcomes.iter().map(as_json).collect());
            if let Some(covered) = &covered {
                fields.insert("coverage".into(), coverage_as_json(covered));
            }
            let errors: Vec<Diagnostic> = outcomes.iter().flat_map(errors_of).cloned().collect();
            terminal.report(fields, &errors, &program.sources);
        }
        Format::Human => {
            for outcome in &outcomes {
                terminal.print(&said(outcome));
                let errors: Vec<Diagnostic> = errors_of(outcome).cloned().collect();
                terminal.diagnostics(&errors, &program.sources);
            }
            terminal.print(&format!("{passed} passed, {failed} failed"));
            if let Some(covered) = &covered {
                terminal.print(&coverage_said(covered));
            }
        }
    }
    if failed == 0 {
        Exit::Success
    } else {
        Exit::Error
    }
}

/// No test has a name that contains what was asked for; the closest has this one.
fn no_such_test(plan: &Plan, only: &str) -> Diagnostic {
    let names = plan.tests.iter().map(|test| test.heading.name.as_str());
    let closest = names.min_by_key(|name| {
        let short = name.rsplit('.').next().unwrap_or(name);
        strsim::damerau_levenshtein(only, name).min(strsim::damerau_levenshtein(only, short))
    });
    let error = Diagnostic::error(
        codes::run::NOT_IN_PROJECT,
        format!("no test has a name that contains `{only}`"),
    );
    error.help(match closest {
        Some(name) => format!(
            "the closest is `{name}`; without `--only` all {} are run",
            plan.tests.len()
        ),
        None => "the project has no tests".to_owned(),
    })
}

/// Performs tests; those that share an exercise of the project share its runs.
fn perform(plan: &Plan, files: &Folder, tests: &[&Test], witness: &Witness) -> Vec<TestOutcome> {
    let mut outcomes: Vec<Option<TestOutcome>> = tests.iter().map(|_| None).collect();
    for (at, test) in tests.iter().enumerate() {
        if outcomes.get(at).is_none_or(Option::is_some) {
            continue;
        }
        let together: Vec<(usize, &&Test)> = tests
            .iter()
            .enumerate()
            .filter(|(other, candidate)| {
                *other == at
                    || (*other > at && test.shares.is_some() && candidate.exercise == test.exercise)
            })
            .collect();
        let further: Vec<&Expression> = together
            .iter()
            .flat_map(|(_, test)| &test.expectations)
            .flat_map(|expectation| {
                std::iter::once(&expectation.condition).chain(&expectation.within)
            })
            .collect();
        let result = prepare_watched(plan, &test.exercise, files, witness).and_then(|prepared| {
            let performed = prepared.perform(None, &further, &|_, _| {})?;
            if witness.watches() && test.shares.is_some() {
                // What the exercise reports counts as used; what keeps it from being read is no matter of its tests.
                let _ = performed.report(&|_| String::new(), &|_, _| {}, &mut Recorder::default());
            }
            let measures = performed.measures();
            let measures = if test.shares.is_some() {
                measures
            } else {
                measures.without_silent_zeros()
            };
            Ok(together
                .iter()
                .map(|(_, test)| check(test, &measures))
                .collect::<Vec<_>>())
        });
        match result {
            Ok(checked) => {
                for ((place, _), outcome) in together.iter().zip(checked) {
                    if let Some(slot) = outcomes.get_mut(*place) {
                        *slot = Some(outcome);
                    }
                }
            }
            Err(errors) => {
                for (place, test) in together {
                    if let Some(slot) = outcomes.get_mut(place) {
                        *slot = Some(TestOutcome::failed(test, errors.clone()));
                    }
                }
            }
        }
    }
    outcomes.into_iter().flatten().collect()
}

/// A line a kind of clause, then what no test reached.
fn coverage_said(covered: &Coverage) -> String {
    let mut text = String::from("\nreached by the tests\n");
    for kind in Kind::ALL {
        let (all, reached) = covered.of(kind);
        let Some(share) = (reached * 100).checked_div(all) else {
            continue;
        };
        text.push_str(&format!(
            "  {:<11} {reached:>5} of {all:<5} {share:>4} %\n",
            kind.plural()
        ));
    }
    for missed in covered.missed() {
        text.push_str(&format!(
            "  not reached: {}:{}  {}\n",
            missed.file, missed.line, missed.name
        ));
    }
    text.trim_end().to_owned()
}

fn coverage_as_json(covered: &Coverage) -> Value {
    let mut kinds = Map::new();
    for kind in Kind::ALL {
        let (all, reached) = covered.of(kind);
        kinds.insert(
            kind.plural().replace(' ', "_"),
            json!({ "all": all, "reached": reached }),
        );
    }
    let missed: Vec<Value> = covered
        .missed()
        .map(|clause| {
            json!({
                "kind": clause.kind.plural().replace(' ', "_"),
                "name": clause.name,
                "file": clause.file,
                "line": clause.line,
            })
        })
        .collect();
    json!({ "kinds": kinds, "not_reached": missed })
}

fn errors_of(outcome: &TestOutcome) -> impl Iterator<Item = &Diagnostic> {
    let errors = if any_error(&outcome.errors) {
        outcome.errors.as_slice()
    } else {
        &[]
    };
    errors.iter().chain(
        outcome
            .checks
            .iter()
            .filter_map(|check| check.error.as_ref()),
    )
}

fn said(outcome: &TestOutcome) -> String {
    let mark = if outcome.passed() { "ok    " } else { "FAILED" };
    let title = outcome
        .title
        .as_ref()
        .map(|title| format!("  {title}"))
        .unwrap_or_default();
    let mut text = format!("{mark} {}{title}\n", outcome.name);
    for check in outcome.checks.iter().filter(|check| !check.holds) {
        text.push_str(&format!(
            "       {}:{}  {}\n",
            check.place.file, check.place.line, check.text
        ));
        text.push_str(&format!("         {}\n", compared(check)));
    }
    text
}

/// What came out, what is expected, and by how much they differ; or which side has no value.
fn compared(check: &Check) -> String {
    let shown = |value: &String| {
        check
            .share
            .map_or_else(|| value.clone(), |unit| unit.show(value))
    };
    if let Some(error) = &check.error {
        return if check.left.is_empty() {
            format!("has no value: {}", error.message)
        } else {
            let left = shown(&check.left);
            format!(
                "is {left}, what is expected has no value: {}",
                error.message
            )
        };
    }
    let mut text = format!("is {}", shown(&check.left));
    if let Some(right) = &check.right {
        text.push_str(&format!(", expected {}", shown(right)));
    }
    if let Some(difference) = &check.difference {
        text.push_str(&format!(", difference {}", shown(difference)));
    }
    text
}

fn as_json(outcome: &TestOutcome) -> Value {
    json!({
        "name": outcome.name,
        "title": outcome.title,
        "file": outcome.place.file,
        "line": outcome.place.line,
        "passed": outcome.passed(),
        "checks": outcome.checks.iter().map(check_as_json).collect::<Vec<_>>(),
    })
}

fn check_as_json(check: &Check) -> Value {
    json!({
        "expect": check.text,
        "file": check.place.file,
        "line": check.place.line,
        "holds": check.holds,
        "left": check.left,
        "right": check.right,
        "difference": check.difference,
    })
}
