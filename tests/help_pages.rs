//! Every error code has a page, and the pages tell the truth: what they show failing fails with that code, what they show
//! mended has no error.
//!
//! An example is a small project. A block ` ```plim ` is its text, ` ```csv data/loans.csv ` a file of it; beside them stands
//! the small bank of `docs/bank.plim`, unless the first block says ` ```plim alone `. What the mended example does not show
//! again is as in the failing one. Examples of syntax are only parsed; all others are checked and, if that finds nothing, run
//! and tested, as a user would. A block ` ```sh ` is what the user types instead.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    reason = "a test may panic"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use plimsoll::diagnostic::{Code, FileId, codes};

/// Codes without an example, and why.
const WITHOUT: &[(&str, &str)] = &[
    ("E0130", "it needs a text of 16 MB"),
    ("E0551", "what a user may not read depends on the user"),
    ("E0556", "it needs a parquet file; `book::tests` holds it"),
    ("E0999", "a fault of Plimsoll itself has no known cause"),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/errors")
}

fn page(code: Code) -> Option<String> {
    std::fs::read_to_string(folder().join(format!("{code}.md"))).ok()
}

/// The files of an example by name; `sh` is what is typed.
#[derive(Clone, Default)]
struct Example {
    files: BTreeMap<String, String>,
    typed: Option<String>,
    alone: bool,
}

impl Example {
    /// The fenced blocks of a part of a page, on top of those of another example.
    fn read(part: &str, below: &Example) -> Example {
        let mut example = below.clone();
        let mut lines = part.lines();
        while let Some(line) = lines.next() {
            let Some(info) = line.strip_prefix("```") else {
                continue;
            };
            let body: String = lines
                .by_ref()
                .take_while(|line| *line != "```")
                .map(|line| format!("{line}\n"))
                .collect();
            let (language, name) = info.split_once(' ').unwrap_or((info, ""));
            match (language, name) {
                ("sh", _) => example.typed = Some(body),
                ("plim", "alone") => {
                    example.alone = true;
                    example.files.insert("example.plim".into(), body);
                }
                ("plim", "") => {
                    example.files.insert("example.plim".into(), body);
                }
                (_, name) => {
                    assert!(!name.is_empty(), "a block of {language} has no file name");
                    example.files.insert(name.into(), body);
                }
            }
        }
        example
    }

    /// What the commands of a user print about it, and whether they were content.
    fn tried(&self) -> (String, bool) {
        let place = tempfile::tempdir().unwrap();
        let mut files = self.files.clone();
        files
            .entry("plimsoll.toml".into())
            .or_insert_with(|| "name = \"example\"\nedition = \"2026\"\n".into());
        if !self.alone {
            let bank = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/bank.plim");
            files.insert("bank.plim".into(), std::fs::read_to_string(bank).unwrap());
        }
        for (name, text) in &files {
            let path = place.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let binary = Path::new(env!("CARGO_BIN_EXE_plimsoll"));
        let search = format!(
            "{}:{}",
            binary.parent().unwrap().display(),
            std::env::var("PATH").unwrap_or_default()
        );
        let typed: Vec<String> = match &self.typed {
            Some(typed) => vec![typed.clone()],
            None => {
                let holds = |word: &str| {
                    let begins = |line: &str| line.starts_with(word);
                    files.values().any(|text| text.lines().any(begins))
                };
                let mut typed = vec!["plimsoll check .".to_owned()];
                if holds("exercise ") {
                    typed.push("plimsoll run . --out out".to_owned());
                }
                if holds("test ") {
                    typed.push("plimsoll test .".to_owned());
                }
                typed
            }
        };
        let mut printed = String::new();
        for command in typed {
            let output = Command::new("sh")
                .args(["-c", &command])
                .current_dir(place.path())
                .env("PATH", &search)
                .output()
                .unwrap();
            printed.push_str(&String::from_utf8_lossy(&output.stdout));
            printed.push_str(&String::from_utf8_lossy(&output.stderr));
            if !matches!(output.status.code(), Some(0 | 2)) {
                return (printed, false);
            }
        }
        (printed, true)
    }
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

/// What is wrong with the examples of a page.
fn judge(code: Code, page: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let Some((_, rest)) = page.split_once("\nFails:") else {
        let known = WITHOUT.iter().any(|(id, _)| *id == code.id());
        return if known {
            wrong
        } else {
            vec![format!("{code} has no example")]
        };
    };
    let Some((fails, mended)) = rest.split_once("\nMended:") else {
        return vec![format!("{code} shows nothing mended")];
    };
    let fails = Example::read(fails, &Example::default());
    let mended = Example::read(mended, &fails);
    if code.id().starts_with("E01") {
        let text = |example: &Example| {
            example
                .files
                .get("example.plim")
                .cloned()
                .unwrap_or_default()
        };
        let errors = errors_of(&text(&fails));
        if !errors.iter().any(|e| e.starts_with(code.id())) {
            wrong.push(format!("{code}: the failing example gives {errors:?}"));
        }
        let errors = errors_of(&text(&mended));
        if !errors.is_empty() {
            wrong.push(format!("{code}: the mended example gives {errors:?}"));
        }
        return wrong;
    }
    let (printed, _) = fails.tried();
    if !printed.contains(code.id()) {
        wrong.push(format!("{code}: the failing example gives\n{printed}"));
    }
    let others: Vec<&str> = codes::all()
        .iter()
        .map(|other| other.id())
        .filter(|other| *other != code.id() && printed.contains(other) && fails.typed.is_none())
        // no example reads all of the small bank
        .filter(|other| *other != "W0203")
        .collect();
    if !others.is_empty() {
        wrong.push(format!(
            "{code}: the failing example gives {others:?} as well\n{printed}"
        ));
    }
    let (printed, content) = mended.tried();
    if !content || printed.contains(code.id()) {
        wrong.push(format!("{code}: the mended example gives\n{printed}"));
    }
    wrong
}

#[test]
fn failing_examples_fail_with_their_code_and_mended_ones_do_not() {
    let only = std::env::var("PLIMSOLL_ONLY").unwrap_or_default();
    let all: Vec<Code> = codes::all()
        .into_iter()
        .filter(|code| code.id().contains(&only))
        .collect();
    let next = AtomicUsize::new(0);
    let wrong = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(code) = all.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let found = page(*code).map_or_else(Vec::new, |page| judge(*code, &page));
                    wrong.lock().unwrap().extend(found);
                }
            });
        }
    });
    let mut wrong = wrong.into_inner().unwrap();
    wrong.sort();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
