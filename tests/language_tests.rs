//! The tests in the language, run by the command itself: the library, the computed examples, the shipped scenarios, the template.
//! Halyard's own tests need an optimised build: `plimsoll test scenarios/halyard`.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::path::Path;
use std::process::Command;

fn passes(project: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(project);
    let run = Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .arg("test")
        .arg(&folder)
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&run.stdout);
    assert!(
        run.status.code() == Some(0),
        "{project}\n{printed}\n{}",
        String::from_utf8_lossy(&run.stderr)
    );
    assert!(
        printed.contains(" passed, 0 failed"),
        "{project}\n{printed}"
    );
}

#[test]
fn library_passes() {
    passes("stdlib");
    passes("tests/language/library");
}

#[test]
fn computed_examples_pass() {
    passes("tests/language/engine_examples");
}

#[test]
fn published_banks_pass() {
    passes("scenarios/dbs_2025q4");
    passes("scenarios/dfast_2025");
}

#[test]
fn template_passes() {
    passes("templates/sample");
}
