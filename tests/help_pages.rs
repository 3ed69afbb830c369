//! Every error code has a page, and the pages tell the truth: what they show failing fails with that code, what they show
//! mended has no error.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a test may panic"
)]

use std::path::{Path, PathBuf};

use plimsoll::diagnostic::{Code, FileId, codes};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/errors")
}

fn page(code: Code) -> Option<String> {
    std::fs::read_to_string(folder().join(format!("{code}.md"))).ok()
}

/// The first fenced block of the language after a line that begins with `word`.
fn example(page: &str, word: &str) -> Option<String> {
    let after = page.split_once(&format!("\n{word}"))?.1;
    let body = after.split_once("```plim\n")?.1;
    Some(body.split_once("\n```")?.0.to_string() + "\n")
}

/// The codes of the errors of a text that stands alone.
fn errors_of(text: &str) -> Vec<String> {
    let parse = plimsoll::syntax::parse(FileId(0), text);
    parse
        .diagnostics
        .iter()
        .filter(|d| d.is_error())
        .map(|d| format!("{} {}", d.code, d.message))
        .collect()
}

#[test]
fn every_code_has_a_page_under_its_title() {
    let mut wrong = Vec::new();
    for code in codes::all() {
        match page(code) {
            None => wrong.push(format!(
                "{code} ({}) has no page docs/errors/{code}.md",
                code.title()
            )),
            Some(text) => {
                let title = format!("# {code}: {}", code.title());
                if text.lines().next() != Some(&title) {
                    wrong.push(format!("the page of {code} does not begin with `{title}`"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_page_belongs_to_a_code() {
    for entry in std::fs::read_dir(folder()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let id = name.strip_suffix(".md").unwrap_or(&name);
        assert!(
            codes::find(id).is_some(),
            "docs/errors/{name} is the page of no code"
        );
    }
}

#[test]
fn failing_examples_fail_with_their_code_and_mended_ones_do_not() {
    let mut wrong = Vec::new();
    for code in codes::all() {
        let Some(page) = page(code) else { continue };
        if let Some(text) = example(&page, "Fails:") {
            let errors = errors_of(&text);
            if !errors.iter().any(|e| e.starts_with(code.id())) {
                wrong.push(format!("{code}: the failing example gives {errors:?}"));
            }
        }
        if let Some(text) = example(&page, "Mended:") {
            let errors = errors_of(&text);
            if !errors.is_empty() {
                wrong.push(format!("{code}: the mended example gives {errors:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
