//! What is refused before the grammar sees it: files that are too large, and nesting that would exhaust the stack.

use super::scan::{Kind, Token};
use crate::diagnostic::{Diagnostic, FileId, Span, codes};

/// The largest file, in bytes.
pub(super) const LARGEST_FILE: usize = 4 * 1024 * 1024;

/// The deepest nesting of brackets and choices in one expression.
pub(super) const DEEPEST: usize = 128;

/// Refuses a file that is too large.
pub(super) fn size(file: FileId, text: &str) -> Option<Diagnostic> {
    (text.len() > LARGEST_FILE).then(|| {
        Diagnostic::error(
            codes::syntax::TOO_LARGE,
            format!("this file has {} bytes", text.len()),
        )
        .at(Span::new(file, 0, 0), "")
        .help(format!(
            "a file has {LARGEST_FILE} bytes at most; part it, or move data into a data file"
        ))
    })
}

/// Refuses nesting that is too deep.
pub(super) fn depth(file: FileId, source: &str, tokens: &[Token]) -> Option<Diagnostic> {
    // the number of open `if`s outside of any bracket and in each open bracket
    let mut choices: Vec<usize> = vec![0];
    let mut open_choices = 0;
    let mut before: Option<Token> = None;
    for token in tokens {
        match token.kind {
            Kind::Sign => match token.text(source) {
                "(" => choices.push(0),
                ")" if choices.len() > 1 => open_choices -= choices.pop().unwrap_or(0),
                "," => {
                    if let Some(here) = choices.last_mut() {
                        open_choices -= std::mem::take(here);
                    }
                }
                _ => {}
            },
            Kind::Word if token.text(source) == "if" => {
                open_choices += 1;
                if let Some(here) = choices.last_mut() {
                    *here += 1;
                }
            }
            Kind::Newline => {
                // a line that does not run on ends an expression; what begins in column 0 ends all
                let column_zero = source
                    .get(token.end..)
                    .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()));
                let runs_on = before.is_some_and(|before| runs_on(source, before));
                if !runs_on && (choices.len() == 1 || column_zero) {
                    choices = vec![0];
                    open_choices = 0;
                }
            }
            _ => {}
        }
        if token.is_code() {
            before = Some(*token);
        }
        if choices.len() - 1 + open_choices > DEEPEST {
            let span = Span::new(file, token.start, token.end);
            return Some(
                Diagnostic::error(codes::syntax::TOO_DEEP, "this expression is nested too deeply")
                    .at(span, format!("depth {}", DEEPEST + 1))
                    .help("name a part of it: `fn`, `metric` or `let`; a table says a long chain of `if … else if …` better"),
            );
        }
    }
    None
}

/// Whether a line that ends with this token runs on.
fn runs_on(source: &str, token: Token) -> bool {
    match token.kind {
        Kind::Sign => !matches!(token.text(source), ")" | "}" | "{"),
        Kind::Word => matches!(token.text(source), "then" | "else" | "and" | "or"),
        _ => false,
    }
}
