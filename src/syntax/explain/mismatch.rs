//! What stands where reading stopped, and what could have stood there.

use super::Piece;
use crate::diagnostic::{Diagnostic, Span, codes, nearest};
use crate::syntax::grammar::{self, Rule};
use crate::syntax::lower::JunkPlace;
use crate::syntax::scan::{Kind, Token};
use crate::syntax::tree::BlockKind;
use crate::syntax::words;

impl Piece<'_> {
    /// The farthest place that could be read, and what could have stood there.
    pub(super) fn mismatch(&self, first: Token) -> Diagnostic {
        let text = self
            .source
            .get(self.junk.start..self.junk.end)
            .unwrap_or("");
        let rule = match self.junk.place {
            JunkPlace::File => Rule::entry_item,
            JunkPlace::Block(_) => Rule::entry_clause,
        };
        let (at, expected) = match grammar::read(rule, text) {
            // the piece alone is right, so what is wrong is what comes after it
            Ok(_) => (self.junk.end, Vec::new()),
            Err(mismatch) => (self.junk.start + mismatch.at, mismatch.expected),
        };
        if let Some(diagnostic) = self
            .unbalanced(at)
            .or_else(|| self.colon_before_type(first, at))
        {
            return diagnostic;
        }
        let mut expected = Expected::of(&expected);
        if words::VERBS.contains(&self.text(first)) && !self.is(1, "=") {
            expected.forget_setting();
        }
        let found = self.all.iter().copied().find(|token| token.end > at);
        let found = found.filter(|token| !matches!(token.kind, Kind::Newline | Kind::Comment));
        let Some(found) = found else {
            return self.stops_early(first, at, &expected);
        };
        if let Some(diagnostic) = self.habit(first, found) {
            return diagnostic;
        }
        let message = format!("`{}` is not expected here", self.shown(found));
        let diagnostic = Diagnostic::error(codes::syntax::UNEXPECTED_TEXT, message)
            .at(self.span(found), expected.label());
        let near = nearest(self.text(found), expected.words.iter().copied())
            .filter(|_| found.kind == Kind::Word);
        match (near, self.example(first, Some(found))) {
            (Some(near), _) => diagnostic.help(format!("did you mean `{near}`?")),
            (None, Some(example)) => diagnostic.help(format!("for example: `{example}`")),
            (None, None) => diagnostic.help("a setting is `name = value`, one on a line"),
        }
    }

    /// A correct line like this one.
    fn example(&self, first: Token, found: Option<Token>) -> Option<&'static str> {
        let before = self
            .code
            .iter()
            .rev()
            .find(|token| found.is_none_or(|found| token.end <= found.start));
        let reason = before
            .map(|token| self.text(*token))
            .filter(|word| matches!(*word, "because" | "source" | "owner" | "review"));
        let assigned = self.is(1, "=") || self.is(1, ",");
        words::example(reason.unwrap_or(self.text(first))).filter(|_| reason.is_some() || !assigned)
    }

    /// `let a ratio = 5%`, `use std.lcr hqla`
    fn colon_before_type(&self, first: Token, at: usize) -> Option<Diagnostic> {
        let what = match self.text(first) {
            "metric" | "let" | "fn" | "table" => "the type",
            "use" => "the members",
            _ => return None,
        };
        let mut depth = 0usize;
        for token in self.code.iter().copied() {
            match self.text(token) {
                "(" if token.start >= at => return None,
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                ":" if depth == 0 => return None,
                _ if token.end > at => {
                    let named = self.at(1).is_some_and(|name| name.end <= at);
                    if token.kind != Kind::Word || !named {
                        return None;
                    }
                    let example = words::example(self.text(first)).unwrap_or("");
                    let help = format!("write `: {}`, as in `{example}`", self.text(token));
                    return Some(self.error(
                        codes::syntax::MISSING_COLON,
                        token,
                        format!("a colon is missing before {what}"),
                        help,
                    ));
                }
                _ => {}
            }
        }
        None
    }

    fn shown(&self, token: Token) -> String {
        let text = self.text(token);
        if text.chars().count() > 40 {
            format!("{}…", text.chars().take(40).collect::<String>())
        } else {
            text.to_string()
        }
    }

    fn stops_early(&self, first: Token, at: usize, expected: &Expected) -> Diagnostic {
        let last = self
            .code
            .iter()
            .copied()
            .rev()
            .find(|token| token.end <= at)
            .unwrap_or(first);
        let label = match expected.label() {
            label if label.is_empty() => "something is missing after this".to_string(),
            label => format!("after this: {label}"),
        };
        let diagnostic =
            Diagnostic::error(codes::syntax::UNEXPECTED_TEXT, "this line stops too early")
                .at(self.span(last), label);
        match self.example(first, None) {
            Some(example) => diagnostic.help(format!("for example: `{example}`")),
            None => diagnostic.help("a setting is `name = value`; a line runs on after operators, `,`, `=`, `:` and `(`"),
        }
    }

    /// Brackets that are open at the place where reading stopped, or closed without being open.
    fn unbalanced(&self, at: usize) -> Option<Diagnostic> {
        let mut open = Vec::new();
        for token in self.code.iter().copied() {
            if token.start > at {
                break;
            }
            match self.text(token) {
                "[" if token.kind == Kind::Sign => {
                    return Some(self.error(
                        codes::syntax::UNCLOSED_BRACKET,
                        token,
                        "this `[` is not closed on its line",
                        "a column of a file is `[name]`; lists have no brackets",
                    ));
                }
                "(" => open.push(token),
                ")" if open.pop().is_none() => {
                    return Some(self.error(
                        codes::syntax::STRAY_CLOSING,
                        token,
                        "this `)` closes nothing",
                        "remove it, or open it before",
                    ));
                }
                _ => {}
            }
        }
        // a bracket that the rest of the piece closes is not the fault
        let mut closing = 0usize;
        for token in self.code.iter().copied().filter(|token| token.start > at) {
            match self.text(token) {
                "(" => closing = closing.saturating_sub(1),
                ")" => closing += 1,
                _ => {}
            }
        }
        let unclosed = open
            .len()
            .checked_sub(closing)
            .filter(|unclosed| *unclosed > 0)?;
        let token = open.get(unclosed - 1)?;
        Some(self.error(
            codes::syntax::UNCLOSED_BRACKET,
            *token,
            "this `(` is never closed",
            "add `)`; a line runs on after `,` and operators only",
        ))
    }

    /// What people bring along from elsewhere, at the place where reading stopped.
    fn habit(&self, first: Token, found: Token) -> Option<Diagnostic> {
        let index = self
            .code
            .iter()
            .position(|token| token.start == found.start);
        let previous = index
            .and_then(|index| index.checked_sub(1))
            .and_then(|index| self.at(index));
        let text = self.text(found);
        let first_word = self.text(first);
        if found.kind == Kind::Doc {
            return Some(self.error(
                codes::syntax::DANGLING_DOC,
                found,
                "`///` documents the definition below it",
                "a comment at the end of a line is `//`",
            ));
        }
        let after_edge = previous.is_some_and(|before| matches!(self.text(before), "below" | "to"));
        if first_word == "dimension"
            && matches!(found.kind, Kind::Number | Kind::Text)
            && !after_edge
        {
            let plain: String = text.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
            let name = if found.kind == Kind::Number {
                format!("s{plain}")
            } else {
                plain
            };
            let shown = text.trim_matches('"');
            return Some(self.error(
                codes::syntax::VALUES_ARE_NAMES,
                found,
                format!("`{text}` is no name"),
                format!("values are names, write `{name} \"{shown}\"`"),
            ));
        }
        let currency = previous
            .map(|before| self.text(before))
            .filter(|word| word.len() == 3 && word.bytes().all(|b| b.is_ascii_uppercase()));
        if let Some(currency) = currency
            && found.kind == Kind::Number
        {
            return Some(self.error(
                codes::syntax::UNEXPECTED_TEXT,
                found,
                format!("`{text}` is not expected here"),
                format!("a currency stands behind its amount: `{text} {currency}`"),
            ));
        }
        if let Some(before) = previous
            && text == "("
            && before.kind == Kind::Word
            && before.end < found.start
            && !words::RESERVED.contains(&self.text(before))
        {
            let span = Span::new(self.file, before.end, found.start);
            return Some(
                Diagnostic::error(
                    codes::syntax::BLANK_BEFORE_BRACKET,
                    "no blank stands before the bracket of a call",
                )
                .at(span, "")
                .help(format!("write `{}(`", self.text(before))),
            );
        }
        let next_is_equals = index
            .and_then(|index| self.at(index + 1))
            .is_some_and(|next| next.is(self.source, "="));
        if found.kind == Kind::Word && words::RESERVED.contains(&text) {
            let after_declaration = previous.is_some_and(|before| before.start == first.start);
            let in_values = previous
                .is_some_and(|before| matches!(self.text(before), "|" | "," | "(" | "="))
                && first_word == "dimension";
            if next_is_equals || after_declaration || in_values {
                return Some(self.reserved(found, "a name"));
            }
        }
        let help = match text {
            "&" => "write `and`",
            "|" if first_word != "dimension" => {
                "`|` parts the values of a dimension; conditions are joined by `or`, lists by `,`"
            }
            "|" => "the values stand after `=`: `dimension segment = retail | sme`",
            "," if first_word == "dimension" => {
                "values are parted by `|`, or by `>` from better to worse"
            }
            "(" if matches!(first_word, "metric" | "let" | "table" | "dimension") => {
                "only `fn`, `shape` and blocks have parameters"
            }
            "!" => "write `not`, or `!=` for unequal",
            "^" => "write `power(x, n)`",
            "%" => "a share is a number with `%`: `5%`",
            "'" | "`" => "texts stand between `\"` and `\"`",
            ";" => "the end of the line ends a clause; arguments are parted by `,`",
            "#" => "a comment begins with `//`",
            "$" | "@" | "~" | "?" | "\\" => "this sign is no part of the language",
            "*" if first_word == "use" => "there is no wildcard: name the members",
            "." => "a number has digits on both sides of its point: `0.5`",
            "{" if first_word != "table" && !is_block(first_word) => {
                "this declaration has no block"
            }
            "[" => "lists have no brackets: `a, b`; a column is `[name]`",
            _ => return None,
        };
        Some(self.error(
            codes::syntax::FOREIGN_SYNTAX,
            found,
            format!("`{text}` is not known here"),
            help,
        ))
    }
}

fn is_block(word: &str) -> bool {
    BlockKind::from_word(word).is_some()
}

/// What could have stood somewhere.
struct Expected {
    /// What it is called.
    titles: Vec<String>,
    /// The words among it.
    words: Vec<&'static str>,
}

impl Expected {
    fn of(rules: &[Rule]) -> Expected {
        let mut expected = Expected {
            titles: Vec::new(),
            words: Vec::new(),
        };
        for rule in rules {
            let (title, words) = grammar::title(*rule);
            expected.words.extend(words);
            if let Some(title) = title.filter(|title| !expected.titles.contains(title)) {
                expected.titles.push(title);
            }
        }
        // after a value it could always go on, which is no news if something else is due
        let goes_on = |title: &String| {
            matches!(
                title.as_str(),
                "an operator"
                    | "a comparison"
                    | "a reason"
                    | "`and`"
                    | "`or`"
                    | "`in`"
                    | "`(`"
                    | "`where`"
                    | "`per`"
                    | "a tail"
            )
        };
        if expected.titles.iter().any(|title| !goes_on(title)) {
            expected.titles.retain(|title| !goes_on(title));
        } else {
            expected.titles.clear();
        }
        expected
    }

    /// The line begins with a verb, so what a setting could hold is not meant.
    fn forget_setting(&mut self) {
        if self.titles.len() > 1 {
            self.titles.retain(|title| title != "`=`");
        }
    }

    /// `expected a name, a text or …`, at most five of them.
    fn label(&self) -> String {
        let shown = self.titles.get(..5).unwrap_or(&self.titles);
        match shown {
            [] => String::new(),
            _ if shown.len() < self.titles.len() => format!("expected {}, …", shown.join(", ")),
            [only] => format!("expected {only}"),
            [before @ .., last] => format!("expected {} or {last}", before.join(", ")),
        }
    }
}
