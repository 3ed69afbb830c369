//! A result as one JSON file: written whole or not at all, in place of nothing but an older one of its kind.

use std::path::Path;

use serde_json::Value;

use super::whole_file;
use crate::diagnostic::{Diagnostic, codes};

/// What such a file holds.
pub struct Kind {
    /// In words, `plan`.
    pub name: &'static str,
    /// The field that says so,
    pub field: &'static str,
    /// and how its value begins.
    pub begins: &'static str,
}

/// Writes the text of a document to its file. A file that holds anything else than an older document of this kind stays as it is; what is no
/// file (`/dev/stdout`) is written as it comes.
///
/// # Errors
/// A file of another kind in its place, or a place that cannot be written.
pub fn write(path: &Path, kind: &Kind, text: &str) -> Result<(), Diagnostic> {
    let cannot = |error: std::io::Error| {
        Diagnostic::error(
            codes::bundle::CANNOT_WRITE,
            format!(
                "`{}` cannot be written: {}",
                path.display(),
                error.to_string().to_lowercase()
            ),
        )
    };
    let text = format!("{text}\n");
    if path.exists() && !path.is_file() {
        return std::fs::write(path, text).map_err(cannot);
    }
    if path.is_file() && !is_older(path, kind) {
        return Err(Diagnostic::error(
            codes::bundle::OTHER_FILE,
            format!(
                "`{}` is no {} of Plimsoll, it stays as it is",
                path.display(),
                kind.name
            ),
        )
        .help(format!(
            "name a file that does not exist yet, or an older {}",
            kind.name
        )));
    }
    whole_file::write(path, &text).map_err(cannot)
}

/// Whether a file holds an older document of the kind, or nothing.
fn is_older(path: &Path, kind: &Kind) -> bool {
    let Ok(bytes) = std::fs::read(path) else {
        return false;
    };
    let marked = |document: Value| {
        let value = document.get(kind.field).and_then(Value::as_str);
        value.is_some_and(|value| value.starts_with(kind.begins))
    };
    bytes.is_empty() || serde_json::from_slice(&bytes).is_ok_and(marked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_older_document_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plan.json");
        let kind = Kind {
            name: "plan",
            field: "version",
            begins: "plan/",
        };
        let plan = "{\"version\": \"plan/1\", \"project\": \"b\"}";
        for (stands, replaced) in [
            (None, true),
            (Some(""), true),
            (Some("{\"version\": \"plan/1\"}"), true),
            (Some("{\"version\": \"2\"}"), false),
            (Some("dimension segment = retail\n"), false),
            (Some("[1"), false),
        ] {
            let _ = std::fs::remove_file(&path);
            if let Some(text) = stands {
                std::fs::write(&path, text).unwrap();
            }
            let written = write(&path, &kind, plan);
            assert_eq!(written.is_ok(), replaced, "{stands:?}");
            let text = std::fs::read_to_string(&path).unwrap();
            assert_eq!(text.contains("project"), replaced, "{stands:?}");
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        }
    }
}
