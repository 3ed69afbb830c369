//! The texts of a folder of this repository, for tests that read whole projects.
#![allow(dead_code, reason = "each test takes what it needs")]

use std::path::{Path, PathBuf};

/// The paths of the texts below a folder, in order.
pub fn texts(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(texts(&path));
        } else if path.extension().is_some_and(|e| e == "plim") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The path of a text below a folder, with `/`.
pub fn relative(path: &Path, to: &Path) -> String {
    path.strip_prefix(to)
        .unwrap()
        .to_string_lossy()
        .replace('\\', "/")
}

/// The texts of a project by their paths inside it; `folder` is one of this repository.
pub fn project(folder: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    texts(&root)
        .into_iter()
        .map(|path| {
            (
                relative(&path, &root),
                std::fs::read_to_string(&path).unwrap(),
            )
        })
        .collect()
}
