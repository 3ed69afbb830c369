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

/// A declaration that nests too deeply to be read.
pub(super) struct TooDeep {
    /// All of its text, up to the next declaration in column 0.
    pub(super) span: Span,
    /// Where it passes the bound.
    pub(super) diagnostic: Diagnostic,
}

/// Finds the declarations that nest too deeply, each once.
pub(super) fn depth(file: FileId, source: &str, tokens: &[Token]) -> Vec<TooDeep> {
    let mut found: Vec<TooDeep> = Vec::new();
    // where the declaration at hand begins, and whether it has been found already
    let (mut start, mut is_told) = (0, false);
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
                if column_zero {
                    if let (true, Some(last)) = (is_told, found.last_mut()) {
                        last.span = Span::new(file, start, token.end);
                        (choices, open_choices) = (vec![0], 0);
                    }
                    (start, is_told) = (token.end, false);
                }
            }
            _ => {}
        }
        if token.is_code() {
            before = Some(*token);
        }
        if !is_told && choices.len() - 1 + open_choices > DEEPEST {
            is_told = true;
            let span = Span::new(file, token.start, token.end);
            found.push(TooDeep {
                span: Span::new(file, start, source.len()),
                diagnostic: Diagnostic::error(codes::syntax::TOO_DEEP, "this expression is nested too deeply")
                    .at(span, format!("depth {}", DEEPEST + 1))
                    .help("name a part of it: `fn`, `metric` or `let`; a table says a long chain of `if … else if …` better"),
            });
        }
    }
    found
}

/// A text without some of its declarations: blanks stand in their place, so that offsets and lines stay.
pub(super) fn without(source: &str, left_out: &[TooDeep]) -> String {
    let mut text = String::with_capacity(source.len());
    let mut at = 0;
    for span in left_out.iter().map(|deep| deep.span) {
        let (start, end) = (span.start as usize, span.end as usize);
        text.push_str(source.get(at..start).unwrap_or(""));
        let gone = source.get(start..end).unwrap_or("");
        text.extend(
            gone.bytes()
                .map(|byte| if byte == b'\n' { '\n' } else { ' ' }),
        );
        at = end;
    }
    text.push_str(source.get(at..).unwrap_or(""));
    text
}

/// Whether a line that ends with this token runs on.
fn runs_on(source: &str, token: Token) -> bool {
    match token.kind {
        Kind::Sign => !matches!(token.text(source), ")" | "}" | "{"),
        Kind::Word => matches!(token.text(source), "then" | "else" | "and" | "or"),
        _ => false,
    }
}
