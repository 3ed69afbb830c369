//! Every `.plim` file that is shipped reads without a diagnostic: the library, the scenarios, the templates, the tests in the language.

use std::path::{Path, PathBuf};

use plimsoll::diagnostic::FileId;
use plimsoll::syntax;

fn texts(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts(&path, found);
        } else if path.extension().is_some_and(|e| e == "plim") {
            found.push(path);
        }
    }
}

#[test]
fn shipped_text_parses() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["stdlib", "scenarios", "templates", "tests/language"] {
        texts(&root.join(folder), &mut found);
    }
    found.sort();
    assert!(found.len() > 20);
    let mut broken = Vec::new();
    for path in found {
        let text = std::fs::read_to_string(&path).unwrap();
        for diagnostic in syntax::parse(FileId(0), &text).diagnostics {
            broken.push(format!("{}: {}", path.display(), diagnostic.message));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}
