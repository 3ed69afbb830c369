//! Properties of parser and formatter over every text of the repository, and the messages for what is broken.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::{decode, format, parse, tree};
use crate::diagnostic::FileId;

const SAMPLE: &str = include_str!("../../tests/language/sample.plim");

/// Every text of the repository that should parse.
fn corpus() -> Vec<(PathBuf, String)> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut texts = Vec::new();
    for folder in ["stdlib", "scenarios", "tests"] {
        let pattern = root.join(folder).join("**/*.plim");
        for path in glob::glob(pattern.to_str().unwrap()).unwrap() {
            let path = path.unwrap();
            if !path.components().any(|part| part.as_os_str() == "bad") {
                let text = decode(&std::fs::read(&path).unwrap()).unwrap();
                texts.push((path, text));
            }
        }
    }
    assert!(!texts.is_empty());
    texts
}

/// A tree without its places: two texts that mean the same have the same.
fn shape(file: &tree::File) -> String {
    let shown = format!("{file:?}");
    let mut kept = String::new();
    let mut rest = shown.as_str();
    while let Some(start) = rest.find("Span {") {
        kept.push_str(&rest[..start]);
        let mut depth = 0;
        let end = rest[start..]
            .find(|c| {
                depth += i32::from(c == '{') - i32::from(c == '}');
                c == '}' && depth == 0
            })
            .unwrap();
        rest = &rest[start + end + 1..];
    }
    kept.push_str(rest);
    kept
}

fn said(text: &str) -> Vec<String> {
    let parsed = parse(FileId(0), text);
    parsed
        .diagnostics
        .iter()
        .map(|diagnostic| {
            let span = diagnostic.primary.as_ref().unwrap().span;
            let under = &text[span.start as usize..span.end as usize];
            let help = diagnostic.help.as_deref().unwrap_or("-");
            format!(
                "{} [{under}] {}; {help}",
                diagnostic.code, diagnostic.message
            )
        })
        .collect()
}

#[test]
fn every_text_parses_and_formats_to_a_fixed_point() {
    for (path, text) in corpus() {
        let name = path.display();
        assert_eq!(said(&text), Vec::<String>::new(), "{name}");
        let once = format(&text).unwrap();
        assert_eq!(format(&once).unwrap(), once, "{name}");
        let (before, after) = (parse(FileId(0), &text), parse(FileId(0), &once));
        assert_eq!(shape(&before.file), shape(&after.file), "{name}");
        let comments = |parsed: &super::Parse| -> Vec<String> {
            parsed
                .comments
                .iter()
                .map(|comment| comment.text.clone())
                .collect()
        };
        assert_eq!(comments(&before), comments(&after), "{name}");
    }
}

#[test]
fn every_prefix_gives_a_tree() {
    for end in (0..SAMPLE.len())
        .step_by(7)
        .filter(|end| SAMPLE.is_char_boundary(*end))
    {
        // a prefix costs as much as all before it, so only its last lines are read
        let text = &SAMPLE[..end];
        let start = text.char_indices().rev().nth(1500).map_or(0, |(at, _)| at);
        parse(FileId(0), &text[start..]);
    }
}

#[test]
fn one_character_less_is_few_errors() {
    // each deletion in a stretch of the sample that has most constructs
    let start = SAMPLE.find("scenario squeeze").unwrap();
    let text = &SAMPLE[start..start + 900];
    let base = parse(FileId(0), text).diagnostics.len();
    for (at, character) in text.char_indices() {
        let without = format!("{}{}", &text[..at], &text[at + character.len_utf8()..]);
        let found = parse(FileId(0), &without).diagnostics;
        assert!(found.len() <= base + 2, "{at} {without}\n{found:#?}");
    }
}

#[test]
fn spans_are_tight() {
    // a span in the debug output of the tree, cut out of the text
    let parsed = parse(FileId(0), SAMPLE);
    let shown = format!("{:?}", parsed.file);
    let mut spans = 0;
    for piece in shown.split("Span { file: FileId(0), start: ").skip(1) {
        let numbers = piece.split('}').next().unwrap();
        let (start, end) = numbers.split_once(", end: ").unwrap();
        let (start, end): (usize, usize) = (start.parse().unwrap(), end.trim().parse().unwrap());
        let text = &SAMPLE[start..end];
        if end - start < SAMPLE.len() {
            assert_eq!(text, text.trim(), "{start}..{end}");
            spans += 1;
        }
    }
    assert!(spans > 1000);
}

#[test]
fn nesting_is_quick_or_refused() {
    let nested = |depth: usize| {
        format!(
            "metric a: money = {}1{}\n",
            "(".repeat(depth),
            ")".repeat(depth)
        )
    };
    let begin = Instant::now();
    assert_eq!(said(&nested(64)), Vec::<String>::new());
    assert!(
        begin.elapsed() < Duration::from_millis(50),
        "{:?}",
        begin.elapsed()
    );
    assert_eq!(said(&nested(128)), Vec::<String>::new());
    assert!(said(&nested(129))[0].starts_with("E0129"));
    // what nests too deeply hides nothing of the others
    let between = format!(
        "metric b: ratio = = 1\n{}{}metric c: ratio = = 1\n",
        nested(129),
        nested(200)
    );
    let codes: Vec<String> = said(&between)
        .iter()
        .map(|line| line[..5].to_owned())
        .collect();
    assert_eq!(codes, ["E0101", "E0129", "E0129", "E0101"]);
    let calls = format!(
        "metric a: money = {}1{}\n",
        "f(a = ".repeat(128),
        ")".repeat(128)
    );
    assert_eq!(said(&calls), Vec::<String>::new());
    let choices = format!("metric a: money = {}1\n", "if a then b else ".repeat(128));
    assert_eq!(said(&choices), Vec::<String>::new());
    for deep in [
        "(",
        "if a then b else ",
        "f(",
        "if ",
        "a + (",
        "-(",
        "not (",
        "(((",
        "\"(",
        "[(",
    ] {
        parse(
            FileId(0),
            &format!("metric a: money = {}", deep.repeat(20_000)),
        );
        parse(
            FileId(0),
            &format!("scenario a {{\n  b = {}", deep.repeat(20_000)),
        );
    }
    let long = format!("metric a: money = 1{}\n", " + 1".repeat(20_000));
    assert_eq!(said(&long), Vec::<String>::new());
}
