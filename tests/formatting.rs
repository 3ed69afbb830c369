//! `plimsoll fmt` from end to end: it writes the one canonical style, keeps comments, and changes no number.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may panic"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

const TEXTS: [&str; 3] = ["bank.plim", "market.plim", "run.plim"];

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn plimsoll(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
    command.args(arguments).current_dir(folder);
    command.output().unwrap()
}

/// The digests of `run.json` that bear numbers.
fn digests(folder: &Path, out: &str) -> (String, String) {
    let ran = plimsoll(folder, &["run", "bank", "--out", out]);
    assert_eq!(ran.status.code(), Some(0));
    let card = std::fs::read_to_string(folder.join(out).join("run.json")).unwrap();
    let card: serde_json::Value = serde_json::from_str(&card).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    (
        text(&card["plan_numbers"]),
        text(&card["files"]["metrics.parquet"]),
    )
}

#[test]
fn a_text_in_another_style_comes_back_and_keeps_its_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let bank = folder.path().join("bank");
    copy(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mini_bank"),
        &bank,
    );
    let mut canonical = BTreeMap::new();
    for name in TEXTS {
        let text = std::fs::read_to_string(bank.join(name)).unwrap();
        canonical.insert(name, format!("{text}// a comment stays\n"));
        // other blanks at the left and around `=`, other line ends
        let other: String = text
            .lines()
            .map(|line| match line.split_once('=') {
                Some((key, value)) if line.starts_with("  ") => {
                    format!(" {}={}\r\n", key.trim(), value.trim())
                }
                _ => format!("{line}\r\n"),
            })
            .collect();
        std::fs::write(bank.join(name), format!("{other}// a comment stays\r\n")).unwrap();
    }
    let before = digests(folder.path(), "before");
    let unformatted = plimsoll(folder.path(), &["fmt", "--check", "bank"]);
    assert_eq!(unformatted.status.code(), Some(1));
    let formatted = plimsoll(folder.path(), &["fmt", "bank"]);
    assert_eq!(formatted.status.code(), Some(0));
    for (name, text) in canonical {
        assert_eq!(
            std::fs::read_to_string(bank.join(name)).unwrap(),
            text,
            "{name}"
        );
    }
    assert_eq!(digests(folder.path(), "after"), before);
    let again = plimsoll(folder.path(), &["fmt", "--check", "bank"]);
    assert_eq!(again.status.code(), Some(0));
}

#[test]
fn the_order_of_alternatives_is_text() {
    let folder = tempfile::tempdir().unwrap();
    let bank = folder.path().join("bank");
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mini_bank");
    copy(&from, &bank);
    let (before, _) = digests(folder.path(), "before");
    let written = |from: &str, to: &str| {
        let text = std::fs::read_to_string(bank.join("bank.plim")).unwrap();
        assert!(text.contains(from));
        std::fs::write(bank.join("bank.plim"), text.replace(from, to)).unwrap();
    };
    written("= retail | corporate", "= corporate | retail");
    assert_eq!(digests(folder.path(), "turned").0, before);
    // of an ordered dimension it says which is better
    written("= corporate | retail", "= corporate > retail");
    let (ordered, _) = digests(folder.path(), "ordered");
    assert_ne!(ordered, before);
    written("= corporate > retail", "= retail > corporate");
    assert_ne!(digests(folder.path(), "turned again").0, ordered);
}
