//! What is wrong with a piece that the grammar could not read: the piece is read again by the rule that its first word
//! announces, and the farthest place that could be read says the rest. Habits of other languages have their own words.

mod mismatch;
mod opening;

use super::lower::Junk;
use super::scan::{Kind, Token};
use crate::diagnostic::{Code, Diagnostic, FileId, Span, codes};

/// Explains the unreadable pieces, but for those in which something has been reported already.
pub(super) fn junk(
    file: FileId,
    source: &str,
    tokens: &[Token],
    pieces: &[Junk],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut reported: Vec<usize> = diagnostics
        .iter()
        .filter_map(|diagnostic| diagnostic.primary.as_ref())
        .map(|label| label.span.start as usize)
        .collect();
    reported.sort_unstable();
    for (place, piece) in pieces.iter().enumerate() {
        let next = reported.partition_point(|start| *start < piece.start);
        // Documentation above a declaration that cannot be read has something below it.
        let above_junk = pieces.get(place + 1).is_some_and(|below| {
            source
                .get(piece.end..below.start)
                .is_some_and(|between| between.trim().is_empty())
        });
        if above_junk && is_documentation(tokens, piece) {
            continue;
        }
        if reported.get(next).is_none_or(|start| *start >= piece.end) {
            diagnostics.push(explain(file, source, tokens, piece));
        }
    }
}

/// Whether a piece holds documentation and nothing else.
fn is_documentation(tokens: &[Token], junk: &Junk) -> bool {
    let from = tokens.partition_point(|token| token.start < junk.start);
    let until = tokens.partition_point(|token| token.start < junk.end);
    let all = tokens.get(from..until).unwrap_or(&[]);
    all.iter().any(|token| token.kind == Kind::Doc) && !all.iter().any(Token::is_code)
}

fn explain(file: FileId, source: &str, tokens: &[Token], junk: &Junk) -> Diagnostic {
    let from = tokens.partition_point(|token| token.start < junk.start);
    let until = tokens.partition_point(|token| token.start < junk.end);
    let all = tokens.get(from..until).unwrap_or(&[]);
    let code: Vec<Token> = all.iter().copied().filter(Token::is_code).collect();
    let before = tokens
        .get(..from)
        .unwrap_or(&[])
        .iter()
        .rev()
        .find(|token| token.is_code())
        .copied();
    let piece = Piece {
        file,
        source,
        junk,
        all,
        code: &code,
        before,
    };
    piece.explain()
}

struct Piece<'t> {
    file: FileId,
    source: &'t str,
    junk: &'t Junk,
    /// All tokens of the piece.
    all: &'t [Token],
    /// Those of the program.
    code: &'t [Token],
    /// The last token of the program before the piece.
    before: Option<Token>,
}

impl Piece<'_> {
    fn text(&self, token: Token) -> &str {
        token.text(self.source)
    }

    fn span(&self, token: Token) -> Span {
        Span::new(self.file, token.start, token.end)
    }

    fn at(&self, index: usize) -> Option<Token> {
        self.code.get(index).copied()
    }

    fn is(&self, index: usize, sign: &str) -> bool {
        self.at(index)
            .is_some_and(|token| token.is(self.source, sign))
    }

    fn error(
        &self,
        code: Code,
        token: Token,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Diagnostic {
        Diagnostic::error(code, message)
            .at(self.span(token), "")
            .help(help)
    }

    fn explain(&self) -> Diagnostic {
        let Some(first) = self.at(0) else {
            return self.dangling_doc();
        };
        self.opening(first).unwrap_or_else(|| self.mismatch(first))
    }

    fn dangling_doc(&self) -> Diagnostic {
        let span = match (
            self.all.iter().find(|token| token.kind != Kind::Newline),
            self.all.last(),
        ) {
            (Some(first), Some(_)) => self.span(*first),
            _ => Span::new(self.file, self.junk.start, self.junk.end),
        };
        Diagnostic::error(codes::syntax::DANGLING_DOC, "nothing stands below this documentation")
            .at(span, "")
            .help("`///` documents the definition below it; a comment is `//`, and `//!` documents a file, in its first lines")
    }
}

/// With a capital letter at its beginning.
fn capital(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}
