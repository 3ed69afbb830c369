//! Holds the layout of `docs/ARCHITECTURE.md`: imports run one way, files stay small.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a room may use besides itself. A room that is not listed here fails the test.
const ROOMS: &[(&str, &[&str])] = &[
    ("calendar", &[]),
    ("quantity", &[]),
    ("diagnostic", &[]),
    ("plan", &["calendar", "quantity", "diagnostic"]),
    ("syntax", &["diagnostic"]),
    (
        "compile",
        &["syntax", "plan", "calendar", "quantity", "diagnostic"],
    ),
    ("formula", &["plan", "calendar", "quantity", "diagnostic"]),
    ("tabular", &["plan", "calendar", "quantity", "diagnostic"]),
    (
        "market",
        &[
            "formula",
            "tabular",
            "plan",
            "calendar",
            "quantity",
            "diagnostic",
        ],
    ),
    (
        "contract",
        &[
            "formula",
            "tabular",
            "plan",
            "calendar",
            "quantity",
            "diagnostic",
        ],
    ),
    (
        "book",
        &[
            "contract",
            "market",
            "formula",
            "tabular",
            "plan",
            "calendar",
            "quantity",
            "diagnostic",
        ],
    ),
    (
        "engine",
        &[
            "book",
            "contract",
            "market",
            "formula",
            "tabular",
            "plan",
            "calendar",
            "quantity",
            "diagnostic",
        ],
    ),
    (
        "trace",
        &[
            "engine",
            "book",
            "contract",
            "market",
            "formula",
            "tabular",
            "plan",
            "calendar",
            "quantity",
            "diagnostic",
        ],
    ),
    (
        "report",
        &[
            "trace",
            "engine",
            "book",
            "contract",
            "market",
            "formula",
            "tabular",
            "plan",
            "calendar",
            "quantity",
            "diagnostic",
        ],
    ),
    (
        "tools",
        &[
            "trace",
            "engine",
            "book",
            "market",
            "formula",
            "plan",
            "calendar",
            "quantity",
            "diagnostic",
            "syntax",
            "compile",
        ],
    ),
    (
        "cli",
        &[
            "tools",
            "report",
            "trace",
            "engine",
            "book",
            "contract",
            "market",
            "formula",
            "tabular",
            "compile",
            "syntax",
            "plan",
            "calendar",
            "quantity",
            "diagnostic",
        ],
    ),
];

/// Lines that a file should not exceed; longer ones are printed, and none may be twice as long.
const LONG: usize = 600;

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The rooms named in `crate::room…` and `crate::{room…, room…}` on the lines of a text, comments apart.
fn rooms_used(text: &str) -> Vec<(usize, String)> {
    let mut used = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or("");
        for rest in code.split("crate::").skip(1) {
            // `$crate::` in a macro names the crate as well; a brace opens a list of rooms.
            let names: Vec<&str> = match rest.strip_prefix('{') {
                Some(list) => list.split(',').collect(),
                None => vec![rest],
            };
            for name in names {
                let room: String = name
                    .trim()
                    .chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect();
                used.push((i + 1, room));
            }
        }
    }
    used
}

#[test]
fn imports_run_one_way() {
    let rooms: BTreeMap<&str, &[&str]> = ROOMS.iter().copied().collect();
    let mut wrong = Vec::new();
    let mut files = Vec::new();
    rust_files(&source(), &mut files);
    files.sort();
    for path in files {
        let relative = path
            .strip_prefix(source())
            .unwrap()
            .to_string_lossy()
            .replace('\\', "/");
        let Some((room, _)) = relative.split_once('/') else {
            continue;
        };
        let Some(allowed) = rooms.get(room) else {
            wrong.push(format!(
                "src/{relative}: the room `{room}` has no place in the order"
            ));
            continue;
        };
        for (line, used) in rooms_used(&std::fs::read_to_string(&path).unwrap()) {
            if used != room
                && rooms.contains_key(used.as_str())
                && !allowed.contains(&used.as_str())
            {
                wrong.push(format!(
                    "src/{relative}:{line}: `{room}` may not use `{used}`"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rooms_are_ordered() {
    for (i, (room, allowed)) in ROOMS.iter().enumerate() {
        for used in *allowed {
            let place = ROOMS.iter().position(|(r, _)| r == used).unwrap();
            assert!(
                place < i || *room == "tools",
                "`{room}` uses `{used}`, which stands after it"
            );
        }
    }
}

#[test]
fn files_stay_small() {
    let mut files = Vec::new();
    rust_files(&source(), &mut files);
    files.sort();
    for path in files {
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        if lines > LONG {
            println!("{} has {lines} lines, {LONG} are enough", path.display());
        }
        assert!(
            lines <= 2 * LONG,
            "{} has {lines} lines: split it by its ideas",
            path.display()
        );
    }
}
