//! Every `.plim` file that is shipped reads without a diagnostic: the library, the scenarios, the templates, the tests in the language.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing
)]

use std::path::{Path, PathBuf};

use plimsoll::book;
use plimsoll::cli::project::load;
use plimsoll::compile::{ProjectHeader, Source, compile};
use plimsoll::diagnostic::{FileId, SourceMap, render_short};
use plimsoll::syntax;
use plimsoll::tabular::Folder;

fn texts(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts(&path, found);
        } else if path.extension().is_some_and(|e| e == "plim") {
            found.push(path);
        }
    }
}

#[test]
fn shipped_text_parses_and_is_in_the_canonical_style() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in [
        "stdlib",
        "scenarios",
        "templates",
        "tests/language",
        "tests/mini_bank",
        "tests/peers",
    ] {
        texts(&root.join(folder), &mut found);
    }
    found.retain(|path| !path.components().any(|part| part.as_os_str() == "bad"));
    found.sort();
    assert!(found.len() > 20);
    let mut broken = Vec::new();
    for path in found {
        let text = std::fs::read_to_string(&path).unwrap();
        for diagnostic in syntax::parse(FileId(0), &text).diagnostics {
            broken.push(format!("{}: {}", path.display(), diagnostic.message));
        }
        // what stands alone in tests/language is food for the parser, in a style of its own
        let own_style = path.parent() == Some(&root.join("tests/language"));
        if !own_style && syntax::format(&text).is_ok_and(|formatted| formatted != text) {
            broken.push(format!("{}: run `plimsoll fmt` on it", path.display()));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// The projects that are shipped, the library among them.
const PROJECTS: &[&str] = &[
    "stdlib",
    "scenarios/halyard",
    "scenarios/dbs_2025q4",
    "scenarios/dfast_2025",
    "scenarios/rate_paths",
    "scenarios/svb_2023",
    "scenarios/transfer_prices",
    "templates/sample",
    "templates/pillar3",
    "tests/language/engine_examples",
    "tests/language/library",
];

#[test]
fn shipped_projects_compile_and_their_positions_are_good() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut wrong = Vec::new();
    for name in PROJECTS {
        let mut map = SourceMap::new();
        let project = load(&root.join(name), &mut map).unwrap();
        let sources: Vec<Source> = project
            .texts
            .iter()
            .map(|text| Source {
                file: text.file,
                path: text.name.clone(),
                module: text.module.clone(),
                tree: syntax::parse(text.file, map.text(text.file)).file,
            })
            .collect();
        let header = ProjectHeader {
            name: project.name.clone(),
            edition: project.edition.clone(),
        };
        let (plan, diagnostics) = compile(&sources, &map, &header);
        wrong.extend(
            diagnostics
                .iter()
                .map(|d| format!("{name}: {}", render_short(d, &map))),
        );
        let data = Folder::new(project.root.clone());
        for exercise in &plan.exercises {
            let reading = book::read(&plan, exercise, &data);
            wrong.extend(
                reading
                    .diagnostics
                    .iter()
                    .map(|d| format!("{name}: {}", render_short(d, &map))),
            );
            assert!(reading.exceptions.is_empty(), "{name} has bad rows");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
