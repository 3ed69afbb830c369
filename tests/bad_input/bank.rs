//! A bank to break.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub const LOANS: &str = "data/2026-09-30/loans.csv";
pub const EUR: &str = "data/2026-09-30/eur.csv";

/// A copy of the mini bank in a folder of its own; its project is `bank`.
pub struct Bank {
    pub folder: tempfile::TempDir,
}

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

/// All paths below a folder, sorted.
pub fn listing(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(listing(&path));
        }
        found.push(path);
    }
    found.sort();
    found
}

impl Bank {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mini = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mini_bank");
        copy(&mini, &folder.path().join("bank"));
        Bank { folder }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("bank").join(name)
    }

    pub fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap()
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        std::fs::write(self.path(name), bytes).unwrap();
        self
    }

    /// Replaces the one place of a file that says `old`.
    pub fn edit(&self, name: &str, old: &str, new: &str) -> &Self {
        let text = self.text(name);
        assert_eq!(text.matches(old).count(), 1, "`{old}` in {name}");
        self.write(name, text.replace(old, new))
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plimsoll"));
        command.args(arguments).current_dir(self.folder.path());
        command
    }

    pub fn run(&self) -> Output {
        self.command(&["run", "bank", "--out", "results/bundle"])
            .output()
            .unwrap()
    }

    /// Runs and sees the run refused, with all of `said` in its diagnostics and nothing written.
    pub fn refused(&self, what: &str, said: &[&str]) {
        let before = listing(self.folder.path());
        let output = self.run();
        let printed = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{what}: {printed}");
        for part in said {
            // the drawing of a diagnostic may break a line
            let flat: String = printed.split_whitespace().collect();
            let part: String = part.split_whitespace().collect();
            assert!(
                flat.contains(&part),
                "{what} does not say `{part}`:\n{printed}"
            );
        }
        assert!(!printed.contains("E0999"), "{what}: {printed}");
        assert!(printed.contains("nothing was written"), "{what}: {printed}");
        assert!(
            output.stdout.is_empty(),
            "{what} prints results all the same"
        );
        assert_eq!(listing(self.folder.path()), before, "{what} leaves traces");
    }
}
