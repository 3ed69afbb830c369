//! Where the bytes of data files come from.

use crate::diagnostic::{Diagnostic, codes};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

/// Files by their path relative to a root, with `/` between folders.
pub trait DataSource: Sync {
    /// The files that a path or a pattern (`*`, `?`, `[…]`, `**`) names, sorted. Empty if there is none.
    fn files(&self, pattern: &str) -> Result<Vec<String>, SourceError>;
    /// All bytes of a file.
    fn read(&self, path: &str) -> Result<Vec<u8>, SourceError>;
    /// The number of bytes of a file.
    fn size(&self, path: &str) -> Result<u64, SourceError>;
    /// At most `length` bytes from `start` on; fewer at the end of the file.
    fn read_range(&self, path: &str, start: u64, length: usize) -> Result<Vec<u8>, SourceError>;
}

/// Why bytes cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceError {
    /// There is no such file.
    Missing,
    /// It is a folder or cannot be read; with what the system says.
    Unreadable(String),
    /// The pattern is none.
    BadPattern(String),
}

impl SourceError {
    /// The error as a diagnostic about a path.
    pub fn diagnostic(&self, path: &str) -> Diagnostic {
        match self {
            SourceError::Missing => Diagnostic::error(
                codes::book::FILE_MISSING,
                format!("there is no file `{path}`"),
            )
            .help("paths are relative to the project's folder; `{at}` stands for the book's date"),
            SourceError::Unreadable(why) => Diagnostic::error(
                codes::book::FILE_UNREADABLE,
                format!("`{path}` cannot be read: {why}"),
            ),
            SourceError::BadPattern(why) => Diagnostic::error(
                codes::book::FILE_MISSING,
                format!("`{path}` is no path or pattern: {why}"),
            )
            .help("`*` stands for any part of a name, `**` for any folders"),
        }
    }
}

impl From<std::io::Error> for SourceError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
                SourceError::Missing
            }
            _ => SourceError::Unreadable(error.to_string().to_lowercase()),
        }
    }
}

/// Whether a path is a pattern.
fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

/// A folder on disk.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
}

impl Folder {
    /// The files below a folder.
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Folder { root: root.into() }
    }
}

impl DataSource for Folder {
    fn files(&self, pattern: &str) -> Result<Vec<String>, SourceError> {
        let path = self.root.join(pattern);
        if path.is_file() {
            return Ok(vec![pattern.to_owned()]);
        }
        if !is_pattern(pattern) {
            return Ok(Vec::new());
        }
        let root = glob::Pattern::escape(&self.root.to_string_lossy());
        let full = if root.is_empty() {
            pattern.to_owned()
        } else {
            format!("{root}/{pattern}")
        };
        let options = glob::MatchOptions {
            require_literal_leading_dot: true,
            ..glob::MatchOptions::new()
        };
        let found = glob::glob_with(&full, options)
            .map_err(|e| SourceError::BadPattern(e.msg.to_owned()))?;
        let mut files = Vec::new();
        for entry in found {
            let entry = entry.map_err(|e| SourceError::Unreadable(e.to_string()))?;
            if entry.is_file() {
                let relative = entry.strip_prefix(&self.root).unwrap_or(&entry);
                files.push(relative.to_string_lossy().replace('\\', "/"));
            }
        }
        files.sort();
        Ok(files)
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, SourceError> {
        Ok(std::fs::read(self.root.join(path))?)
    }

    fn size(&self, path: &str) -> Result<u64, SourceError> {
        let metadata = std::fs::metadata(self.root.join(path))?;
        if metadata.is_file() {
            Ok(metadata.len())
        } else {
            Err(SourceError::Unreadable("it is a folder".to_owned()))
        }
    }

    fn read_range(&self, path: &str, start: u64, length: usize) -> Result<Vec<u8>, SourceError> {
        let mut file = File::open(self.root.join(path))?;
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.take(length as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

/// Files in memory.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    files: BTreeMap<String, Vec<u8>>,
}

impl Memory {
    /// Without files.
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more file; a second one of the same path replaces the first.
    pub fn with(mut self, path: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.files.insert(path.to_owned(), bytes.into());
        self
    }
}

impl DataSource for Memory {
    fn files(&self, pattern: &str) -> Result<Vec<String>, SourceError> {
        if self.files.contains_key(pattern) {
            return Ok(vec![pattern.to_owned()]);
        }
        if !is_pattern(pattern) {
            return Ok(Vec::new());
        }
        let compiled =
            glob::Pattern::new(pattern).map_err(|e| SourceError::BadPattern(e.msg.to_owned()))?;
        let options = glob::MatchOptions {
            require_literal_separator: true,
            ..glob::MatchOptions::new()
        };
        Ok(self
            .files
            .keys()
            .filter(|path| compiled.matches_with(path, options))
            .cloned()
            .collect())
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, SourceError> {
        self.files.get(path).cloned().ok_or(SourceError::Missing)
    }

    fn size(&self, path: &str) -> Result<u64, SourceError> {
        self.files
            .get(path)
            .map(|bytes| bytes.len() as u64)
            .ok_or(SourceError::Missing)
    }

    fn read_range(&self, path: &str, start: u64, length: usize) -> Result<Vec<u8>, SourceError> {
        let bytes = self.files.get(path).ok_or(SourceError::Missing)?;
        let start = usize::try_from(start)
            .unwrap_or(usize::MAX)
            .min(bytes.len());
        let end = start.saturating_add(length).min(bytes.len());
        Ok(bytes.get(start..end).unwrap_or_default().to_vec())
    }
}
