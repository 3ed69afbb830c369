//! The small bank of the pages as a project in a folder of its own, for tests of the command.
#![allow(dead_code, reason = "each test takes what it needs")]

use std::path::Path;
use std::process::{Command, Output};

/// A project of the small bank and a text beside it.
pub fn beside(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let bank = std::fs::read_to_string(root.join("docs/bank.plim")).unwrap();
    for (name, text) in [
        ("bank.plim", bank.as_str()),
        ("asked.plim", text),
        ("plimsoll.toml", "name = \"small\"\nedition = \"2026\"\n"),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// Runs a command of plimsoll on a project.
pub fn plimsoll(command: &str, project: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .arg(command)
        .arg(project)
        .args(arguments)
        .output()
        .unwrap()
}

/// `plimsoll run` of a project: the text of its `metrics.csv`.
pub fn metrics(project: &Path) -> String {
    let out = project.join("out");
    let run = plimsoll("run", project, &["--out", out.to_str().unwrap()]);
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stderr)
    );
    std::fs::read_to_string(out.join("metrics.csv")).unwrap()
}
