//! The language as a whole: projects that compile, texts that compile, and texts that do not, with what is said about them.
//!
//! A text of `tests/language/bad` is one idea. Beside it stand the small bank of `docs/bank.plim` (unless its first line says
//! `//! alone`) and the library. Each line that is wrong ends in its codes, `//~ E0201`; nothing else may be reported. What
//! people read is in the snapshot of the same name, below the text itself. `//==== std/one.plim` begins another file, `//! strict`
//! asks for the check of reasons and of what nothing reads as well. The texts of `tests/language/good` are read the same way and have no errors.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a test may panic"
)]

mod text;

use std::path::{Path, PathBuf};

use plimsoll::compile::{ProjectHeader, Source, compile};
use plimsoll::diagnostic::{Diagnostic, SourceMap, render_human};
use plimsoll::plan::Plan;
use plimsoll::syntax;
use plimsoll::tools::{strict, unused};
use text::{relative, texts};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

struct Compiled {
    plan: Plan,
    diagnostics: Vec<Diagnostic>,
    map: SourceMap,
}

/// The library, read once.
struct Library {
    map: SourceMap,
    sources: Vec<Source>,
}

impl Library {
    fn read() -> Self {
        let folder = root().join("stdlib");
        let mut library = Library {
            map: SourceMap::new(),
            sources: Vec::new(),
        };
        for path in texts(&folder) {
            let name = relative(&path, &folder);
            // As for any project: what proves the library is no part of it.
            if name.starts_with("proof/") {
                continue;
            }
            let module = format!("std.{}", name.trim_end_matches(".plim").replace('/', "."));
            let text = std::fs::read_to_string(&path).unwrap();
            let shown = format!("std/{name}");
            let file = library.map.add(shown.clone(), text.clone());
            library.sources.push(Source {
                file,
                path: shown,
                module: Some(module),
                tree: syntax::parse(file, &text).file,
            });
        }
        library
    }

    /// Compiles some texts as one project beside the library; a text under `std/` is a module of it.
    fn compile(&self, name: &str, texts: &[(String, String)], strictly: bool) -> Compiled {
        let mut map = self.map.clone();
        let mut sources = Vec::new();
        let mut diagnostics = Vec::new();
        for (path, text) in texts {
            let file = map.add(path.clone(), text.clone());
            let parse = syntax::parse(file, text);
            diagnostics.extend(parse.diagnostics);
            let module = path
                .starts_with("std/")
                .then(|| path.trim_end_matches(".plim").replace('/', "."));
            sources.push(Source {
                file,
                path: path.clone(),
                module,
                tree: parse.file,
            });
        }
        let trees: Vec<_> = sources.iter().map(|source| source.tree.clone()).collect();
        sources.extend(self.sources.iter().cloned());
        let header = ProjectHeader {
            name: name.to_owned(),
            edition: "2026".to_owned(),
        };
        let (plan, found) = compile(&sources, &map, &header);
        diagnostics.extend(found);
        if strictly {
            diagnostics.extend(unused::definitions(&trees, &map));
            diagnostics.extend(strict::assumptions(&trees, &map, &plan));
        }
        diagnostics.sort_by_key(|d| (d.primary.as_ref().map(|l| l.span), d.code));
        diagnostics.dedup();
        Compiled {
            plan,
            diagnostics,
            map,
        }
    }
}

/// A text with the files that it stands for.
struct Program {
    path: PathBuf,
    text: String,
    files: Vec<(String, String)>,
    strict: bool,
}

impl Program {
    fn read(path: PathBuf) -> Self {
        let text = std::fs::read_to_string(&path).unwrap();
        let mut files: Vec<(String, String)> = Vec::new();
        let mut name = path.file_name().unwrap().to_string_lossy().into_owned();
        let mut lines = String::new();
        for line in text.lines() {
            if let Some(next) = line.strip_prefix("//==== ") {
                if !lines.trim().is_empty() {
                    files.push((name, std::mem::take(&mut lines)));
                }
                lines.clear();
                name = next.trim().to_owned();
            } else {
                lines.push_str(line);
                lines.push('\n');
            }
        }
        files.push((name, lines));
        let told = |word: &str| {
            text.lines()
                .take(3)
                .any(|line| line == format!("//! {word}"))
        };
        if !told("alone") {
            let bank = std::fs::read_to_string(root().join("docs/bank.plim")).unwrap();
            files.push(("bank.plim".to_owned(), bank));
        }
        let strict = told("strict");
        Program {
            path,
            text,
            files,
            strict,
        }
    }

    /// The codes that its lines announce: `file:line code`.
    fn announced(&self) -> Vec<String> {
        let mut announced = Vec::new();
        for (name, text) in &self.files {
            for (number, line) in text.lines().enumerate() {
                if let Some((_, codes)) = line.split_once("//~ ") {
                    let codes = codes.split_whitespace().filter(|word| word.len() == 5);
                    announced.extend(codes.map(|code| format!("{name}:{} {code}", number + 1)));
                }
            }
        }
        announced.sort();
        announced
    }

    /// What is said of it, and what differs from what it announces.
    fn judge(&self, library: &Library) -> (String, Option<String>) {
        let compiled = library.compile("example", &self.files, self.strict);
        // What a run would refuse stands in the plan.
        let refused = compiled.plan.exercises.iter().flat_map(|e| &e.not_yet);
        let refused: Vec<(String, &str)> = refused
            .map(|(what, at)| (format!("{}:{} E0801", at.file, at.line), what.as_str()))
            .collect();
        let mut reported: Vec<String> = compiled
            .diagnostics
            .iter()
            .map(|d| match &d.primary {
                Some(label) => format!(
                    "{}:{} {}",
                    compiled.map.name(label.span.file),
                    compiled.map.start(label.span).line,
                    d.code
                ),
                None => format!("nowhere {}", d.code),
            })
            .collect();
        reported.extend(refused.iter().map(|(place, _)| place.clone()));
        reported.sort();
        let announced = self.announced();
        let mut said: Vec<String> = compiled
            .diagnostics
            .iter()
            .map(|d| render_human(d, &compiled.map, 100, false))
            .collect();
        said.extend(
            refused
                .iter()
                .map(|(place, what)| format!("{place} when it is run: {what}\n")),
        );
        let differs = (announced != reported).then(|| {
            format!(
                "announced {announced:?}, reported {reported:?}\n{}",
                said.join("\n")
            )
        });
        (said.join("\n"), differs)
    }
}

/// Holds the snapshot beside the text; the text stands above what is said of it.
fn snapshot(program: &Program, said: &str) -> Result<(), String> {
    let name = program
        .path
        .file_stem()
        .unwrap()
        .to_string_lossy()
        .into_owned();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(program.path.parent().unwrap());
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let shown = format!("{}\n{}\n{said}", program.text.trim_end(), "-".repeat(100));
    let hold = || settings.bind(|| insta::assert_snapshot!(name, shown));
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(hold))
        .map_err(|_| format!("{}: the snapshot differs", program.path.display()))
}

#[test]
fn bad_texts_say_what_is_wrong_and_nothing_else() {
    let library = Library::read();
    let folder = root().join("tests/language/bad");
    let only = std::env::var("PLIMSOLL_ONLY").unwrap_or_default();
    let mut wrong = Vec::new();
    for path in texts(&folder) {
        if !path.to_string_lossy().contains(&only) {
            continue;
        }
        let program = Program::read(path);
        let (said, differs) = program.judge(&library);
        let name = relative(&program.path, &folder);
        wrong.extend(differs.map(|differs| format!("{name}: {differs}")));
        wrong.extend(snapshot(&program, &said).err());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn good_texts_have_no_errors_and_only_the_warnings_that_they_announce() {
    let library = Library::read();
    let folder = root().join("tests/language/good");
    let mut wrong = Vec::new();
    for path in texts(&folder) {
        let program = Program::read(path);
        let (_, differs) = program.judge(&library);
        let name = relative(&program.path, &folder);
        wrong.extend(differs.map(|differs| format!("{name}: {differs}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn whole_projects_compile() {
    let library = Library::read();
    for path in [
        "stdlib",
        "scenarios/dbs_2025q4",
        "tests/language/engine_examples",
        "scenarios/halyard",
        "scenarios/dfast_2025",
        "scenarios/transfer_prices",
    ] {
        let folder = root().join(path);
        let files = if path == "stdlib" {
            Vec::new()
        } else {
            texts(&folder)
        };
        let files: Vec<(String, String)> = files
            .iter()
            .map(|file| {
                (
                    relative(file, &folder),
                    std::fs::read_to_string(file).unwrap(),
                )
            })
            .collect();
        let compiled = library.compile(path, &files, false);
        let errors: Vec<String> = compiled
            .diagnostics
            .iter()
            .filter(|d| d.is_error())
            .map(|d| render_human(d, &compiled.map, 100, false))
            .collect();
        assert!(errors.is_empty(), "{path}:\n{}", errors.join("\n"));
        assert!(!compiled.plan.metrics.is_empty());
    }
}
