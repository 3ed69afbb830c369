//! The pages tell the truth: their commands print what the pages say, their examples compile beside the sample bank, their links
//! lead somewhere. `UPDATE_DOCUMENTS=1 cargo test --test documents` writes what the commands print now.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may panic"
)]

mod library;
mod words;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use plimsoll::cli::project::load;
use plimsoll::compile::{ProjectHeader, Source, compile};
use plimsoll::diagnostic::{FileId, SourceMap, render_short};
use plimsoll::syntax;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn page(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap()
}

/// A fenced block: the word behind its fence, the line of its first line from 0, and its lines.
struct Block<'a> {
    word: &'a str,
    first: usize,
    lines: Vec<&'a str>,
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut found: Vec<Block<'_>> = Vec::new();
    let mut open = false;
    for (at, line) in text.lines().enumerate() {
        match (line.strip_prefix("```"), open) {
            (Some(word), false) => {
                found.push(Block {
                    word,
                    first: at + 1,
                    lines: Vec::new(),
                });
                open = true;
            }
            (Some(_), true) => open = false,
            (None, true) => found.last_mut().unwrap().lines.push(line),
            (None, false) => {}
        }
    }
    assert!(!open, "a fence is not closed");
    found
}

/// What a command prints on both streams, in a shell that finds `plimsoll`.
fn printed(command: &str, folder: &Path) -> Vec<String> {
    let binary = Path::new(env!("CARGO_BIN_EXE_plimsoll")).parent().unwrap();
    let path = std::env::join_paths(std::iter::once(binary.to_path_buf()).chain(
        std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()),
    ));
    let output = Command::new("sh")
        .args(["-c", &format!("({command}) 2>&1")])
        .env("PATH", path.unwrap())
        .current_dir(folder)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.trim_end()
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

/// A line with `…` for its digest, which moves with every word of a formula that a trace tells: so no page shows one that has
/// passed. Digests stand alone behind `plan` and `head`; every other figure is shown, and compared, as it is printed.
fn without_digest(line: &str) -> String {
    let is_digest = |word: &str| word.len() >= 12 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let mut words = line.split_whitespace().rev();
    match (words.next(), words.next()) {
        (Some(last), Some("plan" | "head")) if is_digest(last) => {
            line.strip_suffix(last).unwrap().to_owned() + "…"
        }
        _ => line.to_owned(),
    }
}

#[test]
fn a_digest_is_masked_and_a_figure_is_not() {
    for (line, shown) in [
        ("  head dfef859b60eb", "  head …"),
        ("plan        012345678901", "plan        …"),
        (
            "trace  1,090 records, head dfef859b60eb",
            "trace  1,090 records, head …",
        ),
        (
            "< squeeze,lcr,,,1.333016550931",
            "< squeeze,lcr,,,1.333016550931",
        ),
        ("the head 12", "the head 12"),
    ] {
        assert_eq!(without_digest(line), shown);
    }
}

/// Runs the commands of a page in its order in one folder, and compares.
fn commands_print_what_it_says(name: &str) {
    let text = page(name);
    let folder = tempfile::tempdir().unwrap();
    let mut lines: Vec<String> = Vec::new();
    let mut rest = 0;
    for block in blocks(&text).iter().filter(|b| b.word == "console") {
        lines.extend(text.lines().take(block.first).skip(rest).map(str::to_owned));
        for line in &block.lines {
            if let Some(command) = line.strip_prefix("$ ") {
                lines.push((*line).to_owned());
                let printed = printed(command, folder.path());
                lines.extend(printed.iter().map(|line| without_digest(line)));
            }
        }
        rest = block.first + block.lines.len();
    }
    lines.extend(text.lines().skip(rest).map(str::to_owned));
    let now = lines.join("\n") + "\n";
    if now == text {
        return;
    }
    if std::env::var_os("UPDATE_DOCUMENTS").is_some() {
        std::fs::write(root().join(name), now).unwrap();
        return;
    }
    let (at, (says, prints)) = text
        .lines()
        .zip(now.lines())
        .enumerate()
        .find(|(_, (says, prints))| says != prints)
        .unwrap_or((text.lines().count(), ("", "")));
    panic!(
        "{name}:{} says\n{says}\nbut the command prints\n{prints}\nUPDATE_DOCUMENTS=1 cargo test --test documents",
        at + 1
    );
}

/// The part of a page between its marks is what is written from the program itself.
fn generated_part_is(name: &str, part: &str) {
    let text = page(name);
    let (head, rest) = text
        .split_once("cargo test --test documents -->\n")
        .unwrap_or_else(|| panic!("{name} has no mark"));
    let (now, tail) = rest.split_once("<!-- end -->").unwrap();
    if now == part {
        return;
    }
    if std::env::var_os("UPDATE_DOCUMENTS").is_some() {
        let text = format!("{head}cargo test --test documents -->\n{part}<!-- end -->{tail}");
        std::fs::write(root().join(name), text).unwrap();
        return;
    }
    panic!("{name} is not up to date: UPDATE_DOCUMENTS=1 cargo test --test documents");
}

#[test]
fn sources_of_the_library_are_up_to_date() {
    generated_part_is("docs/regulatory.md", &library::sources());
}

#[test]
fn words_of_the_language_are_up_to_date() {
    generated_part_is("docs/reference.md", &words::page());
}

#[test]
fn commands_of_the_readme() {
    commands_print_what_it_says("README.md");
}

#[test]
fn commands_of_the_tour() {
    commands_print_what_it_says("docs/tour.md");
}

/// Declarations by what they declare: `scenario squeeze`.
fn declared(text: &str) -> Vec<(String, std::ops::Range<usize>)> {
    let parse = syntax::parse(FileId(0), text);
    assert!(
        parse.diagnostics.is_empty(),
        "{:?}\n{text}",
        parse.diagnostics
    );
    let starts: Vec<usize> = text
        .split_inclusive('\n')
        .scan(0, |at, line| {
            let start = *at;
            *at += line.len();
            Some((start, line))
        })
        .filter(|(_, line)| line.starts_with(|c: char| c.is_ascii_lowercase()))
        .map(|(start, _)| start)
        .collect();
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(&start, end)| {
            let head = text[start..].lines().next().unwrap();
            let name = head
                .split(|c: char| !(c.is_alphanumeric() || c == '_'))
                .take(2)
                .collect::<Vec<_>>()
                .join(" ");
            (name, start..end)
        })
        .collect()
}

/// Each example of the language stands in place of what the sample bank declares under the same name, and compiles.
#[test]
fn examples_compile_beside_the_sample_bank() {
    let mut wrong = Vec::new();
    let mut tried = 0;
    for name in ["README.md", "docs/tour.md", "docs/balance-sheet.md"] {
        let text = page(name);
        for block in blocks(&text).iter().filter(|b| b.word == "plim") {
            tried += 1;
            let example = block.lines.join("\n") + "\n";
            let own: BTreeSet<String> = declared(&example).into_iter().map(|(n, _)| n).collect();
            for said in said_of(&example, &own) {
                wrong.push(format!("{name}:{}: {said}", block.first));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tried >= 8, "only {tried} examples");
}

fn said_of(example: &str, own: &BTreeSet<String>) -> Vec<String> {
    let mut read = SourceMap::new();
    let project = load(&root().join("templates/sample"), &mut read).unwrap();
    let mut texts: Vec<(String, Option<String>, String)> = project
        .texts
        .iter()
        .map(|text| {
            let mut content = read.text(text.file).to_owned();
            if text.module.is_none() {
                for (_, range) in declared(&content)
                    .into_iter()
                    .rev()
                    .filter(|(name, _)| own.contains(name))
                {
                    content.replace_range(range, "");
                }
            }
            (text.name.clone(), text.module.clone(), content)
        })
        .collect();
    texts.push(("example.plim".into(), None, example.into()));
    let mut map = SourceMap::new();
    let mut said = Vec::new();
    let sources: Vec<Source> = texts
        .iter()
        .map(|(name, module, content)| {
            let file = map.add(name.clone(), content.clone());
            let parse = syntax::parse(file, content);
            said.extend(parse.diagnostics);
            Source {
                file,
                path: name.clone(),
                module: module.clone(),
                tree: parse.file,
            }
        })
        .collect();
    let header = ProjectHeader {
        name: project.name.clone(),
        edition: project.edition.clone(),
    };
    said.extend(compile(&sources, &map, &header).1);
    said.iter()
        .filter(|d| d.is_error())
        .map(|d| render_short(d, &map))
        .collect()
}

#[test]
fn links_lead_somewhere() {
    let mut pages: Vec<PathBuf> = vec![
        root().join("README.md"),
        root().join("CHANGELOG.md"),
        root().join("scenarios/README.md"),
    ];
    for folder in ["docs", "docs/adr", "docs/errors"] {
        for entry in std::fs::read_dir(root().join(folder)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "md") {
                pages.push(path);
            }
        }
    }
    let mut wrong = Vec::new();
    for path in pages {
        let text = std::fs::read_to_string(&path).unwrap();
        for link in text.split("](").skip(1) {
            let target = link.split([')', '#', ' ']).next().unwrap();
            if target.is_empty() || target.contains("://") {
                continue;
            }
            if !path.parent().unwrap().join(target).exists() {
                wrong.push(format!("{}: {target}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
