//! The language as a whole: projects that compile, texts that compile, and texts that do not, with what is said about them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a test may panic"
)]

use std::path::{Path, PathBuf};

use plimsoll::compile::{ProjectHeader, Source, compile};
use plimsoll::diagnostic::{Diagnostic, FileId, SourceMap};
use plimsoll::plan::Plan;
use plimsoll::syntax;

fn texts(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(texts(&path));
        } else if path.extension().is_some_and(|e| e == "plim") {
            found.push(path);
        }
    }
    found.sort();
    found
}

struct Compiled {
    plan: Plan,
    diagnostics: Vec<Diagnostic>,
    map: SourceMap,
}

/// Compiles some files as one project beside the library.
fn project(name: &str, root: &Path, files: &[PathBuf]) -> Compiled {
    let mut map = SourceMap::new();
    let mut sources = Vec::new();
    let mut diagnostics = Vec::new();
    let mut add = |path: String, module: Option<String>, text: String| {
        let file: FileId = map.add(path.clone(), text.clone());
        let parse = syntax::parse(file, &text);
        diagnostics.extend(parse.diagnostics);
        sources.push(Source {
            file,
            path,
            module,
            tree: parse.file,
        });
    };
    for file in files {
        let shown = file
            .strip_prefix(root)
            .unwrap()
            .to_string_lossy()
            .replace('\\', "/");
        add(shown, None, std::fs::read_to_string(file).unwrap());
    }
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("stdlib");
    for file in texts(&library) {
        let relative = file
            .strip_prefix(&library)
            .unwrap()
            .to_string_lossy()
            .replace('\\', "/");
        let module = format!(
            "std.{}",
            relative.trim_end_matches(".plim").replace('/', ".")
        );
        add(
            format!("std/{relative}"),
            Some(module),
            std::fs::read_to_string(&file).unwrap(),
        );
    }
    let header = ProjectHeader {
        name: name.to_owned(),
        edition: "2026".to_owned(),
    };
    let (plan, found) = compile(&sources, &map, &header);
    diagnostics.extend(found);
    Compiled {
        plan,
        diagnostics,
        map,
    }
}

fn folder(path: &str) -> Compiled {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let files = if path == "stdlib" {
        Vec::new()
    } else {
        texts(&root)
    };
    project(path, &root, &files)
}

/// One line a diagnostic: place, code, message, help.
fn plain(compiled: &Compiled) -> String {
    compiled
        .diagnostics
        .iter()
        .map(|d| {
            let place = d
                .primary
                .as_ref()
                .map(|l| {
                    format!(
                        "{}: {:?}: ",
                        compiled.map.place(l.span),
                        compiled.map.slice(l.span)
                    )
                })
                .unwrap_or_default();
            format!(
                "{place}{} {}; {}\n",
                d.code,
                d.message,
                d.help.clone().unwrap_or_default()
            )
        })
        .collect()
}

#[test]
fn whole_projects_compile() {
    for path in [
        "stdlib",
        "scenarios/dbs_2025q4",
        "tests/language/engine_examples",
        "scenarios/halyard",
        "scenarios/dfast_2025",
    ] {
        let compiled = folder(path);
        let errors: Vec<&Diagnostic> = compiled
            .diagnostics
            .iter()
            .filter(|d| d.is_error())
            .collect();
        assert!(errors.is_empty(), "{path}:\n{}", plain(&compiled));
        assert!(!compiled.plan.metrics.is_empty() || path.is_empty());
    }
}
