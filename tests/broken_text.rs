//! Any text is answered: truncated and damaged copies of the shipped texts go through the whole compiler, beside the other
//! texts of their project, and come back as diagnostics with places inside the text, never as a panic.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a test may panic"
)]

mod text;

use std::path::Path;
use std::sync::LazyLock;

use plimsoll::compile::{ProjectHeader, Source, compile};
use plimsoll::diagnostic::{SourceMap, render_human};
use plimsoll::syntax;
use plimsoll::tools::strict;
use proptest::prelude::*;
use proptest::sample::Index;
use text::project;

/// The texts of a project by their paths.
type Project = Vec<(String, String)>;

/// What is damaged, each project with the place of each of its texts.
static SHIPPED: LazyLock<Vec<Project>> = LazyLock::new(|| {
    let mut projects: Vec<Project> = [
        "scenarios/halyard",
        "scenarios/dbs_2025q4",
        "scenarios/dfast_2025",
        "templates/sample",
        "tests/language/engine_examples",
    ]
    .map(project)
    .into();
    let bank =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/bank.plim"));
    let bank = ("bank.plim".to_owned(), bank.unwrap());
    for text in project("tests/language/bad")
        .into_iter()
        .chain(project("tests/language/good"))
    {
        projects.push(vec![text, bank.clone()]);
    }
    projects
});

/// The library, read once.
static LIBRARY: LazyLock<(SourceMap, Vec<Source>)> = LazyLock::new(|| {
    let mut map = SourceMap::new();
    let mut sources = Vec::new();
    for (name, text) in project("stdlib") {
        let file = map.add(format!("std/{name}"), text.clone());
        sources.push(Source {
            file,
            path: format!("std/{name}"),
            module: Some(format!(
                "std.{}",
                name.trim_end_matches(".plim").replace('/', ".")
            )),
            tree: syntax::parse(file, &text).file,
        });
    }
    (map, sources)
});

/// Compiles a project and draws all that is said of it; each place has to lie inside its text, on whole characters.
fn compiled(texts: &[(String, String)]) {
    let (mut map, library) = LIBRARY.clone();
    let mut sources = Vec::new();
    let mut diagnostics = Vec::new();
    for (path, text) in texts {
        let file = map.add(path.clone(), text.clone());
        let parse = syntax::parse(file, text);
        diagnostics.extend(parse.diagnostics);
        sources.push(Source {
            file,
            path: path.clone(),
            module: None,
            tree: parse.file,
        });
    }
    let trees: Vec<_> = sources.iter().map(|source| source.tree.clone()).collect();
    sources.extend(library);
    let (plan, found) = compile(&sources, &map, &ProjectHeader::default());
    diagnostics.extend(found);
    diagnostics.extend(strict::assumptions(&trees, &map, &plan));
    for diagnostic in &diagnostics {
        for label in diagnostic.primary.iter().chain(&diagnostic.secondary) {
            let text = map.text(label.span.file);
            let (start, end) = (label.span.start as usize, label.span.end as usize);
            assert!(
                text.is_char_boundary(start) && text.is_char_boundary(end) && start <= end,
                "{} {} at {start}..{end}",
                diagnostic.code,
                diagnostic.message
            );
        }
        assert!(!render_human(diagnostic, &map, 100, false).is_empty());
    }
    assert!(
        diagnostics.len() < 2_000,
        "{} diagnostics",
        diagnostics.len()
    );
}

/// One of the shipped texts: its project, and its place there.
fn chosen(project: &Index, text: &Index) -> (Project, usize) {
    let project = project.get(&SHIPPED).clone();
    let place = text.index(project.len());
    (project, place)
}

/// A byte of a text of the language, or one that has no business there.
fn byte() -> impl Strategy<Value = u8> {
    prop_oneof![
        4 => prop::sample::select(b" \n{}()[]:=,.\"+-*/<>%|0123456789_aeM\t".to_vec()),
        1 => any::<u8>(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// The state of a text while it is written: cut off anywhere.
    #[test]
    fn a_truncated_text_is_answered(project: Index, text: Index, cut: Index) {
        let (mut project, place) = chosen(&project, &text);
        let body = &mut project[place].1;
        let mut at = cut.index(body.len() + 1);
        while !body.is_char_boundary(at) {
            at -= 1;
        }
        body.truncate(at);
        compiled(&project);
    }

    /// A slip of the pen: some bytes are others, are left out or come twice.
    #[test]
    fn a_damaged_text_is_answered(
        project: Index,
        text: Index,
        slips in prop::collection::vec((any::<Index>(), 0u8..3, byte()), 1..8),
    ) {
        let (mut project, place) = chosen(&project, &text);
        let mut bytes = project[place].1.clone().into_bytes();
        for (at, kind, byte) in &slips {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = *byte,
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, *byte),
            }
        }
        // What is no UTF-8 is refused before; here it stands for letters of other scripts.
        project[place].1 = String::from_utf8_lossy(&bytes).into_owned();
        compiled(&project);
    }

    /// A careless edit: a line is moved, doubled or lost, a word is put in the place of another.
    #[test]
    fn a_shuffled_text_is_answered(
        project: Index,
        text: Index,
        edits in prop::collection::vec((any::<Index>(), any::<Index>(), 0u8..4), 1..6),
    ) {
        let (mut project, place) = chosen(&project, &text);
        let mut lines: Vec<String> = project[place].1.lines().map(str::to_owned).collect();
        for (from, to, kind) in &edits {
            if lines.len() < 2 {
                break;
            }
            let (from, to) = (from.index(lines.len()), to.index(lines.len()));
            match kind {
                0 => {
                    let line = lines.remove(from);
                    lines.insert(to.min(lines.len()), line);
                }
                1 => lines.insert(to, lines[from].clone()),
                2 => drop(lines.remove(from)),
                _ => {
                    let words: Vec<String> = lines[from].split_whitespace().map(str::to_owned).collect();
                    let others: Vec<String> = lines[to].split_whitespace().map(str::to_owned).collect();
                    if let (Some(word), Some(other)) = (words.last(), others.last()) {
                        lines[from] = lines[from].replace(word, other);
                    }
                }
            }
        }
        project[place].1 = lines.join("\n");
        compiled(&project);
    }
}
