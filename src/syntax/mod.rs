//! Source text to a tree: spans, the pest binding, tree types, the formatter. Knows no finance.

pub mod tree;

mod explain;
mod format;
mod grammar;
mod guard;
mod lower;
mod repair;
mod scan;
#[cfg(test)]
#[allow(clippy::string_slice, reason = "a test may panic")]
mod tests;
mod words;

/// The names and words of a text, with the byte at which each begins; a name with dots is its parts. Comments, quotes and columns
/// have none.
pub fn names(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let words = scan::scan(text).into_iter();
    let words = words.filter(|token| token.kind == scan::Kind::Word);
    words.flat_map(move |token| {
        let word = token.text(text);
        let mut start = token.start;
        word.split('.').map(move |part| {
            let at = start;
            start += part.len() + 1;
            (at, part)
        })
    })
}

use crate::diagnostic::{Diagnostic, FileId, Span, codes};
pub use format::format;
use lower::Lowering;
use scan::{Kind, Token};
use std::borrow::Cow;

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
    stacker::maybe_grow(STACK / 2, STACK, || read(file, text))
}

/// Bytes of stack for the deepest nesting that is not refused, in a build without optimisation as well; a thread of a
/// test has 2 MB.
const STACK: usize = 16 << 20;

/// As [`parse`], on a stack that suffices.
fn read(file: FileId, text: &str) -> Parse {
    if let Some(diagnostic) = guard::size(file, text) {
        return refused(file, text, diagnostic);
    }
    let tokens = scan::scan(text);
    let (repaired, mut diagnostics) = repair::repair(file, text, &tokens);
    let tokens = if diagnostics.is_empty() {
        tokens
    } else {
        scan::scan(&repaired)
    };
    let deep = guard::depth(file, &repaired, &tokens);
    let (repaired, tokens) = if deep.is_empty() {
        (repaired, tokens)
    } else {
        let readable = guard::without(&repaired, &deep);
        let tokens = scan::scan(&readable);
        (Cow::Owned(readable), tokens)
    };
    let code: Vec<Token> = tokens.iter().copied().filter(Token::is_code).collect();
    let pairs = match grammar::read(grammar::Rule::file, &repaired) {
        Ok(pairs) => pairs,
        Err(mismatch) => return refused(file, text, unreadable(file, text, &mismatch)),
    };
    let mut lowering = Lowering::new(file, &repaired, &code);
    let mut tree = lowering.file(pairs);
    diagnostics.append(&mut lowering.diagnostics);
    explain::junk(file, &repaired, &tokens, &lowering.junk, &mut diagnostics);
    for deep in deep {
        let (start, end) = (deep.span.start as usize, deep.span.end as usize);
        let name = lower::name_of_broken(text.get(start..end).unwrap_or(""));
        tree.broken.push(tree::Broken {
            name,
            span: deep.span,
        });
        diagnostics.push(deep.diagnostic);
    }
    diagnostics.sort_by_key(|diagnostic| {
        diagnostic
            .primary
            .as_ref()
            .map_or(0, |label| label.span.start)
    });
    let comments = tokens
        .iter()
        .filter(|token| token.kind == Kind::Comment)
        .map(|token| Comment {
            text: token.text(&repaired).trim_end().to_string(),
            span: Span::new(file, token.start, token.end),
        })
        .collect();
    Parse {
        file: tree,
        comments,
        diagnostics,
    }
}

/// Decodes the bytes of a file: UTF-8, with or without a byte order mark.
///
/// # Errors
/// A text in another encoding is refused with the place of the first byte that is no UTF-8.
pub fn decode(bytes: &[u8]) -> Result<String, Box<Diagnostic>> {
    let error = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok(text.strip_prefix('\u{FEFF}').unwrap_or(text).to_string()),
        Err(error) => error,
    };
    let diagnostic = Diagnostic::error(codes::book::NOT_UTF8, "this text is not in UTF-8");
    Err(Box::new(match bytes {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => diagnostic
            .note("it begins as UTF-16 does")
            .help("save it as UTF-8"),
        _ => {
            let line = bytes
                .iter()
                .take(error.valid_up_to())
                .filter(|byte| **byte == b'\n')
                .count()
                + 1;
            let byte = bytes.get(error.valid_up_to()).copied().unwrap_or(0);
            diagnostic
                .note(format!("line {line}, byte {byte:#04x}, is no UTF-8"))
                .help("save it as UTF-8; it may be in Windows-1252")
        }
    }))
}

/// A tree without anything, for a text that the grammar does not get to see.
fn refused(file: FileId, text: &str, diagnostic: Diagnostic) -> Parse {
    let span = Span::new(file, 0, text.len());
    let broken = vec![tree::Broken { name: None, span }];
    Parse {
        file: tree::File {
            module_doc: None,
            uses: Vec::new(),
            declarations: Vec::new(),
            broken,
            span,
        },
        comments: Vec::new(),
        diagnostics: vec![diagnostic],
    }
}

/// The grammar reads every text, so this is one that it would read for too long, or a fault of it.
fn unreadable(file: FileId, text: &str, mismatch: &grammar::Mismatch) -> Diagnostic {
    let at = mismatch.at.min(text.len());
    if mismatch.exhausted {
        return Diagnostic::error(
            codes::syntax::TOO_LARGE,
            "this file is too involved to be read",
        )
        .at(Span::new(file, at, at), "")
        .help("part it into several files");
    }
    Diagnostic::error(codes::internal::INTERNAL, "this text cannot be read")
        .at(Span::new(file, at, at), "here")
}

/// The words that open a declaration.
pub fn declarations() -> &'static [&'static str] {
    &words::DECLARATIONS
}

/// The verbs of each block that has some.
pub fn verbs() -> Vec<(&'static str, &'static [&'static str])> {
    words::DECLARATIONS
        .iter()
        .map(|block| (*block, words::verbs_of(block)))
        .filter(|(_, verbs)| !verbs.is_empty())
        .collect()
}
