//! What only a run finds out: texts that pass the check and are refused by `run`, with what is said about them.
//!
//! A text of `tests/language/refused` is one idea. Beside it stand the small bank of `docs/bank.plim` (unless its first line says
//! `//! alone`) and the library; `//==== data/x.csv` begins a file of data. `//! run --set a=b` is what is typed, `run .` if
//! nothing is. Each line that is wrong ends in its codes, `//~ E0605`; what is wrong at a value of the command line or in a
//! file of data has no line and stands in the snapshot alone.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test may panic"
)]

mod text;

use std::path::Path;
use std::process::Command;

use text::{relative, texts};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files of a text by name, and what is typed.
fn read(name: &str, text: &str) -> (Vec<(String, String)>, String) {
    let mut files = vec![(name.to_owned(), String::new())];
    for line in text.lines() {
        match line.strip_prefix("//==== ") {
            Some(next) => files.push((next.trim().to_owned(), String::new())),
            None => {
                let (file, body) = files.last_mut().unwrap();
                // the rows of a file of data stand in comments
                let row = line.strip_prefix("// ").filter(|_| file.ends_with(".csv"));
                body.push_str(row.unwrap_or(line));
                body.push('\n');
            }
        }
    }
    if !text.starts_with("//! alone") {
        let bank = std::fs::read_to_string(root().join("docs/bank.plim")).unwrap();
        files.push(("bank.plim".into(), bank));
    }
    files.push((
        "plimsoll.toml".into(),
        "name = \"example\"\nedition = \"2026\"\n".into(),
    ));
    let typed = text.lines().find_map(|line| line.strip_prefix("//! run "));
    (files, typed.unwrap_or_default().to_owned())
}

/// The codes that its lines announce: `code file:line`.
fn announced(files: &[(String, String)]) -> Vec<String> {
    let mut announced = Vec::new();
    for (name, text) in files {
        for (number, line) in text.lines().enumerate() {
            if let Some((_, codes)) = line.split_once("//~ ") {
                let codes = codes.split_whitespace();
                announced.extend(codes.map(|code| format!("{code} {name}:{}", number + 1)));
            }
        }
    }
    announced.sort();
    announced
}

/// Where the errors of a document point at, those without a line left out.
fn pointed_at(document: &[u8]) -> Vec<String> {
    let document: serde_json::Value = serde_json::from_slice(document).unwrap();
    let errors = document["diagnostics"].as_array().unwrap().iter();
    let mut found: Vec<String> = errors
        .filter_map(|error| {
            let (code, file) = (error["code"].as_str()?, error["file"].as_str()?);
            Some(format!("{code} {file}:{}", error["line"].as_u64()?))
        })
        .collect();
    found.sort();
    found
}

#[test]
fn a_run_is_refused_where_its_text_is_wrong_and_writes_nothing() {
    let folder = root().join("tests/language/refused");
    let only = std::env::var("PLIMSOLL_ONLY").unwrap_or_default();
    let mut wrong = Vec::new();
    for path in texts(&folder) {
        let name = relative(&path, &folder);
        if !name.contains(&only) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let (files, typed) = read(&name, &text);
        let place = tempfile::tempdir().unwrap();
        for (name, text) in &files {
            let path = place.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let plimsoll = |arguments: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
            command.args(arguments).current_dir(place.path());
            command.env("NO_COLOR", "1").output().unwrap()
        };
        let checked = plimsoll(&["check", "."]);
        if !checked.status.success() {
            let said = String::from_utf8_lossy(&checked.stderr).into_owned();
            wrong.push(format!("{name}: the check finds it\n{said}"));
        }
        let mut arguments = vec!["run", ".", "--out", "out"];
        arguments.extend(typed.split_whitespace());
        let ran = plimsoll(&arguments);
        let printed = String::from_utf8_lossy(&ran.stderr).into_owned();
        if ran.status.code() != Some(1) || place.path().join("out").exists() {
            wrong.push(format!("{name}: it ran\n{printed}"));
        }
        arguments.extend(["--format", "json"]);
        let (due, found) = (announced(&files), pointed_at(&plimsoll(&arguments).stdout));
        let elsewhere = |place: &&String| !due.contains(place) && place.contains(&name);
        if due.iter().any(|place| !found.contains(place))
            || found.iter().any(|place| elsewhere(&place))
        {
            wrong.push(format!(
                "{name}: announced {due:?}, pointed at {found:?}\n{printed}"
            ));
        }
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(path.parent().unwrap());
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
        let shown = format!("{}\n{}\n{printed}", text.trim_end(), "-".repeat(100));
        let hold = || settings.bind(|| insta::assert_snapshot!(stem, shown));
        if std::panic::catch_unwind(std::panic::AssertUnwindSafe(hold)).is_err() {
            wrong.push(format!("{name}: the snapshot differs"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
