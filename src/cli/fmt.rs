//! `plimsoll fmt`: the one canonical style.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::project::{self, Project};
use super::terminal::Terminal;
use super::whole_file;
use super::{Exit, Format};
use crate::compile::{ProjectHeader, Source, compile};
use crate::diagnostic::{Diagnostic, FileId, SourceMap, codes};
use crate::plan::{Digests, digests};
use crate::syntax;

/// Arguments of `plimsoll fmt`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The project's folder, or one `.plim` file
    #[arg(default_value = ".")]
    path: PathBuf,
    /// Write nothing; exit 1 if a file is not in the canonical style
    #[arg(long)]
    check: bool,
}

/// What is to be written, and what could not be formatted.
#[derive(Default)]
struct Outcome {
    /// Paths with their new texts, and the names to show.
    changed: Vec<(PathBuf, String, String)>,
    /// Texts that do not parse stay as they are.
    errors: Vec<Diagnostic>,
    /// The number of texts that were read.
    read: usize,
}

/// Formats a project or a file, after it has made sure that nothing but blanks and line ends changes.
pub fn run(arguments: &Arguments) -> Exit {
    let terminal = Terminal::of_process(Format::Human);
    let mut sources = SourceMap::new();
    let single = arguments.path.extension().is_some_and(|e| e == "plim");
    let outcome = if single {
        one_file(&arguments.path, &mut sources)
    } else {
        whole_project(&arguments.path, &mut sources)
    };
    let mut outcome = match outcome {
        Ok(outcome) => outcome,
        Err(errors) => {
            terminal.diagnostics(&errors, &sources);
            return Exit::Error;
        }
    };
    if !arguments.check {
        for (path, text, shown) in &outcome.changed {
            if let Err(e) = whole_file::write(path, text) {
                let message = format!(
                    "`{shown}` cannot be written: {}",
                    e.to_string().to_lowercase()
                );
                outcome
                    .errors
                    .push(Diagnostic::error(codes::bundle::CANNOT_WRITE, message));
            }
        }
    }
    terminal.diagnostics(&outcome.errors, &sources);
    terminal.print(&said(&outcome, arguments.check));
    let unformatted = arguments.check && !outcome.changed.is_empty();
    if unformatted || !outcome.errors.is_empty() {
        Exit::Error
    } else {
        Exit::Success
    }
}

fn said(outcome: &Outcome, check: bool) -> String {
    let mut text: String = outcome
        .changed
        .iter()
        .map(|(_, _, shown)| format!("{shown}\n"))
        .collect();
    let changed = outcome.changed.len();
    text.push_str(&match (changed, check) {
        (0, _) if outcome.errors.is_empty() => {
            format!("all {} files are in the canonical style\n", outcome.read)
        }
        (_, true) => format!(
            "{changed} of {} files are not in the canonical style\n",
            outcome.read
        ),
        (_, false) => format!("{changed} of {} files were written\n", outcome.read),
    });
    text
}

/// One text on its own: its tokens are compared, its plan has no meaning without the rest.
fn one_file(path: &Path, sources: &mut SourceMap) -> Result<Outcome, Vec<Diagnostic>> {
    let shown = path.display().to_string();
    let unreadable = |e: std::io::Error| {
        vec![Diagnostic::error(
            codes::book::UNREADABLE_FILE,
            format!("`{shown}` cannot be read: {}", e.to_string().to_lowercase()),
        )]
    };
    let text = syntax::decode(&std::fs::read(path).map_err(unreadable)?).map_err(|d| vec![*d])?;
    let file = sources.add(shown.clone(), text.clone());
    let mut outcome = Outcome {
        read: 1,
        ..Outcome::default()
    };
    if let Some(new) = formatted(file, &text, &mut outcome.errors) {
        outcome.changed.push((path.to_path_buf(), new, shown));
    }
    Ok(outcome)
}

/// All texts of a project. The plan before and after has to be the same; else nothing is written.
fn whole_project(folder: &Path, sources: &mut SourceMap) -> Result<Outcome, Vec<Diagnostic>> {
    let project = project::load(folder, sources)?;
    let mut outcome = Outcome::default();
    let mut new_texts: BTreeMap<FileId, String> = BTreeMap::new();
    for text in project.own() {
        outcome.read += 1;
        if let Some(new) = formatted(text.file, sources.text(text.file), &mut outcome.errors) {
            outcome
                .changed
                .push((project.path_of(text), new.clone(), text.name.clone()));
            new_texts.insert(text.file, new);
        }
    }
    if !new_texts.is_empty()
        && numbers(&project, sources, &BTreeMap::new()) != numbers(&project, sources, &new_texts)
    {
        let message = "formatted, the project would have another plan";
        let d = Diagnostic::error(codes::internal::INTERNAL, message)
            .help("nothing was written; please report the project");
        return Err(vec![d]);
    }
    Ok(outcome)
}

/// The new text where it differs; errors go with their places in the file.
fn formatted(file: FileId, text: &str, errors: &mut Vec<Diagnostic>) -> Option<String> {
    match syntax::format(text) {
        Ok(new) => (new != text).then_some(new),
        Err(found) => {
            errors.extend(found.into_iter().map(|d| d.in_file(file)));
            None
        }
    }
}

/// The digest of what bears numbers in the project, with some texts replaced; `None` where there is none.
fn numbers(
    project: &Project,
    sources: &SourceMap,
    new_texts: &BTreeMap<FileId, String>,
) -> Option<String> {
    let mut map = SourceMap::new();
    let parsed = project.texts.iter().map(|text| {
        let content = new_texts
            .get(&text.file)
            .map_or_else(|| sources.text(text.file), String::as_str);
        let file = map.add(text.name.clone(), content);
        Source {
            file,
            path: text.name.clone(),
            module: text.module.clone(),
            tree: syntax::parse(file, content).file,
        }
    });
    let parsed: Vec<Source> = parsed.collect();
    let header = ProjectHeader {
        name: project.name.clone(),
        edition: project.edition.clone(),
    };
    let (plan, _) = compile(&parsed, &map, &header);
    digests(&plan).ok().map(|Digests { numbers, .. }| numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_what_parses_and_keeps_the_rest() {
        let dir = tempfile::tempdir().unwrap();
        let file = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        file("plimsoll.toml", "name = \"b\"\nedition = \"2026\"\n");
        file("a.plim", "// kept\nlet   size :ratio=5%\r\n");
        file("b.plim", "let broken: ratio = = 5%\n");
        let arguments = |check| Arguments {
            path: dir.path().to_path_buf(),
            check,
        };
        assert_eq!(run(&arguments(true)), Exit::Error);
        assert_eq!(run(&arguments(false)), Exit::Error);
        assert_eq!(
            std::fs::read_to_string(dir.path().join("a.plim")).unwrap(),
            "// kept\nlet size: ratio = 5%\n"
        );
        assert_eq!(
            std::fs::read_to_string(dir.path().join("b.plim")).unwrap(),
            "let broken: ratio = = 5%\n"
        );
        std::fs::remove_file(dir.path().join("b.plim")).unwrap();
        assert_eq!(run(&arguments(true)), Exit::Success);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2);
    }
}
