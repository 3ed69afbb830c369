//! The one canonical style. Only blanks and line ends change: the tokens stay, in their order, so that no formatted text
//! can mean anything else and no comment is lost.
//!
//! Two blanks of indentation, two more where a line runs on; the `=` of a run of settings in one column, and so the
//! targets of shocks and the names of a market's or plan's lines; three blanks before a reason at the end of a line; a
//! comment there in a column of its own, if there is room. Values are never aligned, so that a changed value stays a change of one line.

use std::collections::BTreeSet;

use super::grammar::{self, Rule};
use super::parse;
use super::scan::{self, Kind, Token};
use crate::diagnostic::{Diagnostic, Diagnostics, FileId, Span, codes};

/// Blanks before metadata that ends a line, and at least before a comment that does.
const BEFORE_END: &str = "   ";

/// Where a comment at the end of a line stands, if the line leaves room for it.
const COMMENT_COLUMN: usize = 49;

/// Formats a text.
///
/// # Errors
/// A text that does not parse is refused with all that is wrong with it: it is not clear what a broken line should look
/// like. The spans are those of a file with the number 0.
pub fn format(text: &str) -> Result<String, Diagnostics> {
    let file = FileId(0);
    let parsed = parse(file, text);
    if !parsed.diagnostics.is_empty() {
        return Err(parsed.diagnostics);
    }
    let tokens = scan::scan(text);
    let Some(facts) = Facts::of(text) else {
        return Err(vec![fault(file)]);
    };
    let lines = Layout {
        source: text,
        facts: &facts,
    }
    .lines(&tokens);
    let formatted = write(lines);
    if same(text, &tokens, &formatted) && parse(file, &formatted).diagnostics.is_empty() {
        Ok(formatted)
    } else {
        Err(vec![fault(file)])
    }
}

fn fault(file: FileId) -> Diagnostic {
    Diagnostic::error(
        codes::internal::INTERNAL,
        "the formatted text would not be the same text",
    )
    .at(Span::new(file, 0, 0), "")
    .help("nothing was written; please report the file")
}

/// Whether two texts have the same tokens and comments.
fn same(text: &str, tokens: &[Token], formatted: &str) -> bool {
    let after = scan::scan(formatted);
    let words = |source: &str, tokens: &[Token]| -> Vec<String> {
        let kept = tokens.iter().filter(|token| token.kind != Kind::Newline);
        kept.map(|token| token.text(source).trim_end().to_string())
            .collect()
    };
    words(text, tokens) == words(formatted, &after)
}

/// What the grammar knows about places in the text, by the byte where they start.
#[derive(Default)]
struct Facts {
    /// Signs that belong to what follows.
    signs: BTreeSet<usize>,
    /// The `(` of calls and parameters.
    calls: BTreeSet<usize>,
    /// Metadata.
    metadata: BTreeSet<usize>,
    /// Clauses, without their documentation.
    clauses: BTreeSet<usize>,
    /// Declarations and `use` lines, without their documentation.
    declarations: BTreeSet<usize>,
    /// The `=` of settings and of `given` lines.
    equals: BTreeSet<usize>,
    /// The words that stand in a column of their own, with what comes after: shock kinds and market lines.
    columns: BTreeSet<usize>,
    /// The `{` and `}` of blocks that stand on several lines.
    opens: BTreeSet<usize>,
    closes: BTreeSet<usize>,
}

impl Facts {
    fn of(text: &str) -> Option<Facts> {
        let mut facts = Facts::default();
        for node in grammar::read(Rule::file, text).ok()?.flatten() {
            let start = node.as_span().start();
            match node.as_rule() {
                Rule::sign => facts.signs.insert(start),
                Rule::args | Rule::params => facts.calls.insert(start),
                Rule::meta => facts.metadata.insert(start),
                Rule::decl | Rule::use_line => facts.declarations.insert(start),
                Rule::clause => {
                    let first = node.into_inner().find(|part| part.as_rule() != Rule::doc);
                    facts
                        .clauses
                        .insert(first.map_or(start, |part| part.as_span().start()))
                }
                Rule::setting | Rule::given => {
                    let equals = node
                        .into_inner()
                        .find(|part| part.as_rule() == Rule::equals);
                    equals.is_some_and(|equals| facts.equals.insert(equals.as_span().start()))
                }
                Rule::shock => {
                    let about = node.into_inner().find(|part| part.as_rule() == Rule::about);
                    about.is_some_and(|about| facts.columns.insert(about.as_span().start()))
                }
                Rule::factor | Rule::volume => {
                    let second = node.into_inner().nth(1);
                    second.is_some_and(|second| facts.columns.insert(second.as_span().start()))
                }
                Rule::block if node.as_str().contains(['\n', '\r']) => {
                    facts.opens.insert(start);
                    let close = node.into_inner().find(|part| part.as_rule() == Rule::close);
                    close.is_some_and(|close| facts.closes.insert(close.as_span().start()))
                }
                _ => false,
            };
        }
        Some(facts)
    }
}

/// One line of the result.
#[derive(Default)]
struct Line {
    indent: usize,
    text: String,
    /// The comment at its end.
    comment: String,
    /// Where its `=` or its column would be moved to: the length of the text before it.
    aligned: Option<(Alignment, usize)>,
    /// It goes on with what the line before began.
    continues: bool,
}

/// What lines may be aligned with each other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Alignment {
    /// The `=` of a setting or of what a test is given.
    Equals,
    /// What follows the words that open a line.
    Column,
}

struct Layout<'t> {
    source: &'t str,
    facts: &'t Facts,
}

impl Layout<'_> {
    fn lines(&self, tokens: &[Token]) -> Vec<Line> {
        let mut lines: Vec<Line> = Vec::new();
        let mut inside = false;
        let mut statement = 0;
        let mut open_statement = false;
        let mut rest = tokens;
        while !rest.is_empty() {
            let (line, after, blank) = self.cut(rest);
            rest = after;
            let Some(first) = line.first() else {
                if blank && lines.last().is_some_and(|line| !line.text.is_empty()) {
                    lines.push(Line::default());
                }
                continue;
            };
            let starts = self.facts.clauses.contains(&first.start)
                || self.facts.declarations.contains(&first.start);
            let closes = self.facts.closes.contains(&first.start);
            let base = if inside { 2 } else { 0 };
            let mut made = Line::default();
            if starts || closes {
                statement = if closes { 0 } else { base };
                made.indent = statement;
                open_statement = starts;
            } else if first.is_code() || open_statement && self.runs_on(rest) {
                made.indent = if first.is(self.source, ")") {
                    statement
                } else {
                    statement + 2
                };
                made.continues = true;
            } else {
                made.indent = base;
                made.continues = first.kind == Kind::Comment || first.kind == Kind::Doc;
            }
            self.fill(line, &mut made);
            if closes || lines.last().is_some_and(|line| line.text.ends_with('{')) {
                while lines.last().is_some_and(|line| line.text.is_empty()) {
                    lines.pop();
                }
            }
            lines.push(made);
            for token in line {
                if self.facts.opens.contains(&token.start) {
                    inside = true;
                    open_statement = false;
                }
                if self.facts.closes.contains(&token.start) {
                    inside = false;
                    open_statement = false;
                }
            }
        }
        while lines.last().is_some_and(|line| line.text.is_empty()) {
            lines.pop();
        }
        lines
    }

    /// Whether the next token of the program goes on with a statement.
    fn runs_on(&self, rest: &[Token]) -> bool {
        rest.iter()
            .find(|token| token.is_code())
            .is_some_and(|next| {
                !self.facts.clauses.contains(&next.start)
                    && !self.facts.declarations.contains(&next.start)
                    && !self.facts.closes.contains(&next.start)
            })
    }

    /// Cuts off the next line: at a line end, after the `{` and before the `}` of a block on several lines.
    fn cut<'s>(&self, tokens: &'s [Token]) -> (&'s [Token], &'s [Token], bool) {
        let mut length = 0;
        while let Some(token) = tokens.get(length) {
            if token.kind == Kind::Newline {
                let (line, rest) = tokens.split_at_checked(length).unwrap_or((tokens, &[]));
                return (
                    line,
                    rest.split_first().map_or(&[], |(_, rest)| rest),
                    length == 0,
                );
            }
            let next = tokens.get(length + 1);
            let comment_next =
                next.is_some_and(|next| matches!(next.kind, Kind::Comment | Kind::Newline));
            let after_open = self.facts.opens.contains(&token.start) && !comment_next;
            let before_close = next.is_some_and(|next| self.facts.closes.contains(&next.start));
            length += 1;
            if after_open || before_close {
                let (line, rest) = tokens.split_at_checked(length).unwrap_or((tokens, &[]));
                return (line, rest, false);
            }
        }
        (tokens, &[], false)
    }

    /// Writes the tokens of one line.
    fn fill(&self, line: &[Token], made: &mut Line) {
        let mut before: Option<Token> = None;
        for token in line {
            let gap = before.map_or("", |before| self.gap(before, *token));
            if self.facts.equals.contains(&token.start)
                && !made.continues
                && made.aligned.is_none()
                && made.indent > 0
            {
                made.aligned = Some((Alignment::Equals, made.text.len()));
            }
            if token.kind == Kind::Comment && before.is_some() {
                made.comment = token.text(self.source).trim_end().to_string();
                break;
            }
            made.text.push_str(gap);
            if self.facts.columns.contains(&token.start) && !made.continues && made.indent > 0 {
                made.aligned = Some((Alignment::Column, made.text.len()));
            }
            made.text.push_str(token.text(self.source).trim_end());
            before = Some(*token);
        }
    }

    fn gap(&self, before: Token, token: Token) -> &'static str {
        let sign = |token: Token| {
            if token.kind == Kind::Sign {
                token.text(self.source)
            } else {
                ""
            }
        };
        if self.facts.metadata.contains(&token.start) {
            return BEFORE_END;
        }
        let (left, right) = (sign(before), sign(token));
        let tight = matches!(right, "," | ")" | ":")
            || left == "("
            || self.facts.signs.contains(&before.start)
            || self.facts.calls.contains(&token.start);
        if tight { "" } else { " " }
    }
}

/// Aligns runs of lines and puts all together.
fn write(mut lines: Vec<Line>) -> String {
    let mut at = 0;
    while at < lines.len() {
        let Some(alignment) = lines
            .get(at)
            .and_then(|line| line.aligned)
            .map(|(alignment, _)| alignment)
        else {
            at += 1;
            continue;
        };
        let run = lines
            .iter()
            .skip(at)
            .take_while(|line| {
                line.aligned
                    .map_or(line.continues, |(kind, _)| kind == alignment)
            })
            .count();
        let run = run.max(1);
        let width = lines
            .iter()
            .skip(at)
            .take(run)
            .filter_map(|line| line.text.get(..line.aligned?.1))
            .map(|head| head.chars().count())
            .max()
            .unwrap_or(0);
        for line in lines.iter_mut().skip(at).take(run) {
            if let Some((_, length)) = line.aligned {
                let (head, tail) = line
                    .text
                    .split_at_checked(length)
                    .unwrap_or((&line.text, ""));
                line.text = format!("{head:<width$}{tail}");
            }
        }
        at += run;
    }
    let mut text = String::new();
    for line in &lines {
        if !line.text.is_empty() {
            text.push_str(&" ".repeat(line.indent));
            text.push_str(&line.text);
        }
        if !line.comment.is_empty() {
            let used = line.indent + line.text.chars().count();
            text.push_str(BEFORE_END);
            text.push_str(&" ".repeat(COMMENT_COLUMN.saturating_sub(used + BEFORE_END.len())));
            text.push_str(&line.comment);
        }
        text.push('\n');
    }
    text
}
