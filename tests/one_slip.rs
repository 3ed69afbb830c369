//! One slip of the pen is one error, at its place: words of good projects are mistyped, one at a time.
//!
//! A mistyped definition is no error of its own: it is one wherever its right name is used.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a test may panic"
)]

mod text;

use plimsoll::compile::{ProjectHeader, Source, compile};
use plimsoll::diagnostic::{Diagnostic, SourceMap, render_short};
use plimsoll::syntax;
use text::project;

/// Every so many words one is tried, so that the test takes seconds.
const STRIDE: usize = 13;

/// The words of a text by their places: no comments, texts in quotes, columns or numbers.
fn words(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let skip_to = |end: u8| {
            bytes[at + 1..]
                .iter()
                .position(|b| *b == end)
                .map_or(bytes.len(), |n| at + n + 2)
        };
        match bytes[at] {
            b'/' if bytes.get(at + 1) == Some(&b'/') => at = skip_to(b'\n'),
            b'"' => at = skip_to(b'"'),
            b'[' => at = skip_to(b']'),
            b if word(b) => {
                let start = at;
                while at < bytes.len() && word(bytes[at]) {
                    at += 1;
                }
                if b.is_ascii_alphabetic() && at - start > 2 {
                    found.push((start, at));
                }
            }
            _ => at += 1,
        }
    }
    found
}

/// Whether a word gives a name to something, by what stands before it on its line.
fn is_definition(text: &str, start: usize) -> bool {
    let line = text[..start].rfind('\n').map_or(0, |n| n + 1);
    let before = text[line..start].trim_end();
    let first = before.split_whitespace().next().unwrap_or_default();
    let names = ["curve", "spread", "index", "series"];
    first == "dimension"
        || (!text[line..].starts_with(' ') && before == first && !first.is_empty())
        || names.contains(&before.trim_start())
}

#[test]
fn one_slip_is_one_error() {
    let mut library = SourceMap::new();
    let mut modules = Vec::new();
    for (name, text) in project("stdlib") {
        let file = library.add(format!("std/{name}"), text.clone());
        let module = name.trim_end_matches(".plim").replace('/', ".");
        modules.push(Source {
            file,
            path: format!("std/{name}"),
            module: Some(format!("std.{module}")),
            tree: syntax::parse(file, &text).file,
        });
    }
    let mut wrong = Vec::new();
    let mut tried = 0;
    for folder in ["templates/sample", "scenarios/dfast_2025"] {
        let texts = project(folder);
        for (place, (name, text)) in texts.iter().enumerate() {
            for (start, end) in words(text).into_iter().skip(place).step_by(STRIDE) {
                let mut slipped = text.clone();
                slipped.insert(start + 2, 'q');
                let mut map = library.clone();
                let mut sources = Vec::new();
                let mut diagnostics: Vec<Diagnostic> = Vec::new();
                for (other, (path, text)) in texts.iter().enumerate() {
                    let text = if other == place { &slipped } else { text };
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
                sources.extend(modules.iter().cloned());
                diagnostics.extend(compile(&sources, &map, &ProjectHeader::default()).1);
                diagnostics.retain(Diagnostic::is_error);
                let hit = diagnostics
                    .iter()
                    .filter_map(|d| d.primary.as_ref())
                    .any(|label| {
                        let (from, to) = (label.span.start as usize, label.span.end as usize);
                        map.name(label.span.file) == name && from <= end + 2 && to >= start
                    });
                tried += 1;
                if (hit && diagnostics.len() != 1) || (!hit && !is_definition(text, start)) {
                    let said: Vec<String> =
                        diagnostics.iter().map(|d| render_short(d, &map)).collect();
                    let line = text[..start].matches('\n').count() + 1;
                    let word = &slipped[start..=end];
                    wrong.push(format!(
                        "{folder}/{name}:{line} `{word}`:\n  {}",
                        said.join("\n  ")
                    ));
                }
            }
        }
    }
    assert!(tried > 100, "{tried} words");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
