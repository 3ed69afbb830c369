//! Places in source text, and the map from places to lines.

use serde::{Deserialize, Serialize};

/// One source file of a project or of the standard library, by its number in the [`SourceMap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileId(pub u32);

/// A half-open range of bytes `[start, end)` in one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// The first byte.
    pub start: u32,
    /// One past the last byte; never before `start`.
    pub end: u32,
}

impl Span {
    /// The bytes from `start` up to, not including, `end`; a reversed pair is put in order.
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        let (a, b) = if start <= end {
            (start, end)
        } else {
            (end, start)
        };
        Span {
            file,
            start: u32::try_from(a).unwrap_or(u32::MAX),
            end: u32::try_from(b).unwrap_or(u32::MAX),
        }
    }

    /// The smallest span that holds both; `self` where they stand in different files.
    pub fn to(self, other: Span) -> Span {
        if self.file != other.file {
            return self;
        }
        Span {
            file: self.file,
            start: self.start.min(other.start),
            end: self.end.max(other.end),
        }
    }

    /// Whether another span lies inside this one.
    pub fn holds(self, other: Span) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }

    /// The number of bytes.
    pub fn len(self) -> u32 {
        self.end.saturating_sub(self.start)
    }

    /// Whether the span holds no byte (a point between two).
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}

/// One file of text with its line starts.
#[derive(Debug, Clone)]
struct SourceFile {
    name: String,
    text: String,
    line_starts: Vec<u32>,
}

/// The texts that spans point into: file numbers to names, text, lines.
/// Files are numbered in the order in which they are added.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

/// A place for people: lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl SourceMap {
    /// A map without files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file under the name that messages show (a path relative to the project, `std/…` for the library).
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        let text = text.into();
        let mut line_starts = vec![0];
        for (i, b) in text.bytes().enumerate() {
            if b == b'\n' {
                line_starts.push(u32::try_from(i + 1).unwrap_or(u32::MAX));
            }
        }
        self.files.push(SourceFile {
            name: name.into(),
            text,
            line_starts,
        });
        FileId(u32::try_from(self.files.len().saturating_sub(1)).unwrap_or(u32::MAX))
    }

    /// All files in the order of their numbers.
    pub fn files(&self) -> impl Iterator<Item = (FileId, &str, &str)> {
        self.files.iter().enumerate().map(|(i, f)| {
            (
                FileId(u32::try_from(i).unwrap_or(u32::MAX)),
                f.name.as_str(),
                f.text.as_str(),
            )
        })
    }

    /// The name of a file; empty for a number that was never given out.
    pub fn name(&self, file: FileId) -> &str {
        self.file(file).map_or("", |f| &f.name)
    }

    /// The text of a file; empty for a number that was never given out.
    pub fn text(&self, file: FileId) -> &str {
        self.file(file).map_or("", |f| &f.text)
    }

    /// The text under a span, as far as it exists and its edges stand between characters.
    pub fn slice(&self, span: Span) -> &str {
        let text = self.text(span.file);
        let end = (span.end as usize).min(text.len());
        text.get((span.start as usize).min(end)..end).unwrap_or("")
    }

    /// Line and column of a byte; a byte beyond the end is the end.
    pub fn line_column(&self, file: FileId, offset: u32) -> LineColumn {
        let Some(f) = self.file(file) else {
            return LineColumn { line: 1, column: 1 };
        };
        let mut offset = (offset as usize).min(f.text.len());
        while !f.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let after = f.line_starts.partition_point(|&s| s as usize <= offset);
        let start = f
            .line_starts
            .get(after.saturating_sub(1))
            .copied()
            .unwrap_or(0) as usize;
        let column = f.text.get(start..offset).map_or(0, |s| s.chars().count());
        LineColumn {
            line: u32::try_from(after.max(1)).unwrap_or(u32::MAX),
            column: u32::try_from(column + 1).unwrap_or(u32::MAX),
        }
    }

    /// Line and column of the first byte of a span.
    pub fn start(&self, span: Span) -> LineColumn {
        self.line_column(span.file, span.start)
    }

    /// `file:line` of the first byte of a span, as traces and reports print it.
    pub fn place(&self, span: Span) -> String {
        format!("{}:{}", self.name(span.file), self.start(span).line)
    }

    fn file(&self, file: FileId) -> Option<&SourceFile> {
        self.files.get(file.0 as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_from_one_in_characters() {
        let mut map = SourceMap::new();
        let f = map.add("a.plim", "let é = 1\nlet b\r\n");
        for (offset, line, column) in [
            (0, 1, 1),
            (4, 1, 5),
            (5, 1, 5),
            (6, 1, 6),
            (10, 1, 10),
            (11, 2, 1),
            (18, 3, 1),
            (99, 3, 1),
        ] {
            assert_eq!(
                map.line_column(f, offset),
                LineColumn { line, column },
                "offset {offset}"
            );
        }
        assert_eq!(map.slice(Span::new(f, 4, 6)), "é");
        assert_eq!(map.place(Span::new(f, 12, 13)), "a.plim:2");
    }
}
