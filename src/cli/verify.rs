//! `plimsoll verify`: every input hashed again, the run performed again, and compared.

use std::path::{Path, PathBuf};

use super::performance::perform;
use super::program::Program;
use super::project::PROJECT_FILE;
use super::terminal::Terminal;
use super::{Exit, Format};
use crate::diagnostic::{Diagnostic, SourceMap, codes};
use crate::tabular::grouped;
use crate::trace::bundle::{self, Input, RunCard};
use crate::trace::digest::sha256;

/// Arguments of `plimsoll verify`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The bundle's folder
    bundle: PathBuf,
    /// The project's folder, where it has moved
    #[arg(long, value_name = "DIR")]
    project: Option<PathBuf>,
}

/// Hashes, performs and compares; prints what differs.
pub fn run(arguments: &Arguments) -> Exit {
    let terminal = Terminal::of_process(Format::Human);
    match verified(arguments) {
        Ok(text) => {
            terminal.print(&text);
            Exit::Success
        }
        Err((errors, sources)) => {
            terminal.diagnostics(&errors, &sources);
            Exit::Error
        }
    }
}

fn verified(arguments: &Arguments) -> Result<String, (Vec<Diagnostic>, SourceMap)> {
    let bare = |errors: Vec<Diagnostic>| (errors, SourceMap::new());
    let differs = |message: String| Diagnostic::error(codes::bundle::DIFFERS, message);
    let shown = arguments.bundle.display();
    let Some(card) = bundle::open_card(&arguments.bundle) else {
        return Err(bare(vec![Diagnostic::error(
            codes::bundle::NOT_A_BUNDLE,
            format!("`{shown}` is no bundle"),
        )]));
    };
    let mut errors = Vec::new();
    for (name, digest) in &card.files {
        match std::fs::read(arguments.bundle.join(name)) {
            Ok(bytes) if sha256(&bytes) == *digest => {}
            Ok(_) => errors.push(differs(format!(
                "`{name}` of the bundle is not as it was written"
            ))),
            Err(_) => errors.push(differs(format!("`{name}` of the bundle is missing"))),
        }
    }
    let root = arguments
        .project
        .clone()
        .unwrap_or_else(|| arguments.bundle.join(&card.folder));
    if !root.join(PROJECT_FILE).is_file() {
        let gone = format!("the project of `{shown}` is not at `{}`", root.display());
        errors.push(differs(gone).help("say where it is now: `--project DIR`"));
        return Err(bare(errors));
    }
    // What has changed is said first where it cannot be run any more.
    let with_changes = |mut errors: Vec<Diagnostic>, found: Vec<Diagnostic>| {
        errors.extend(changes(&card, &root));
        errors.extend(found);
        errors
    };
    let program = match Program::load_with(&root, &card.selection.set) {
        Ok(program) => program,
        Err(unreadable) => {
            let found = with_changes(errors, unreadable.diagnostics);
            return Err((found, unreadable.sources));
        }
    };
    if !program.is_sound() {
        return Err((with_changes(errors, program.diagnostics), program.sources));
    }
    let outcome = match perform(&program, &card.selection, true, &|_, _, _| {}) {
        Ok(outcome) => outcome,
        Err(found) => return Err((with_changes(errors, found), program.sources)),
    };
    let made = match bundle::make(&outcome.provenance, &outcome.records) {
        Ok(made) => made,
        Err(error) => return Err((vec![*error], program.sources)),
    };
    compare("text", &card.sources, &made.card.sources, &mut errors);
    compare("data file", &card.data, &made.card.data, &mut errors);
    if card.version != made.card.version {
        errors.push(differs(format!(
            "the bundle was made by version {}, this is {}",
            card.version, made.card.version
        )));
    }
    if card.library != made.card.library {
        errors.push(differs("the standard library is another one".into()));
    }
    let others: Vec<String> = made
        .card
        .files
        .iter()
        .filter(|(name, digest)| card.files.get(*name) != Some(*digest))
        .map(|(name, _)| format!("`{name}`"))
        .collect();
    if !others.is_empty() {
        let message = format!(
            "performed again, other results come out: {}",
            others.join(", ")
        );
        errors.push(differs(message));
    } else if card.trace_head != made.card.trace_head {
        errors.push(differs(
            "performed again, the trace has another head".into(),
        ));
    }
    if !errors.is_empty() {
        return Err((errors, program.sources));
    }
    Ok(format!(
        "{shown} holds\n  {} texts and {} data files are as they were\n  {} records were performed again and are the same\n  head {}",
        card.sources.len(),
        card.data.len(),
        grouped(card.trace_records),
        card.trace_head,
    ))
}

/// The inputs of a bundle that are gone or have other bytes now.
pub(super) fn changes(card: &RunCard, root: &Path) -> Vec<Diagnostic> {
    let kinds = [("text", &card.sources), ("data file", &card.data)];
    kinds
        .into_iter()
        .flat_map(|(what, inputs)| inputs.iter().map(move |input| (what, input)))
        .filter_map(|(what, input)| {
            let message = match std::fs::read(root.join(&input.name)) {
                Ok(bytes) if sha256(&bytes) == input.sha256 => return None,
                Ok(_) => format!("the {what} `{}` has changed since the run", input.name),
                Err(_) => format!("the {what} `{}` is gone since the run", input.name),
            };
            Some(Diagnostic::error(codes::bundle::DIFFERS, message))
        })
        .collect()
}

fn compare(what: &str, then: &[Input], now: &[Input], errors: &mut Vec<Diagnostic>) {
    for input in then {
        let message = match now.iter().find(|other| other.name == input.name) {
            Some(other) if other.sha256 == input.sha256 => continue,
            Some(_) => format!("the {what} `{}` has changed since the run", input.name),
            None => format!("the {what} `{}` is no longer read", input.name),
        };
        errors.push(Diagnostic::error(codes::bundle::DIFFERS, message));
    }
    for input in now
        .iter()
        .filter(|input| !then.iter().any(|other| other.name == input.name))
    {
        errors.push(Diagnostic::error(
            codes::bundle::DIFFERS,
            format!("the {what} `{}` is new since the run", input.name),
        ));
    }
}
