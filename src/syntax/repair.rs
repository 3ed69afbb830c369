//! Characters that look like those of the language and are others: no-break spaces, typographic quotes and minus signs
//! from a word processor, marks of an unresolved merge. Each is reported, and put right byte for byte in a copy that the
//! grammar reads, so that offsets stay and nothing else about the text is called wrong because of it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::scan::{Kind, Token};
use crate::diagnostic::{Code, Diagnostic, FileId, Span, codes};

/// The text for the grammar, of the same length, and what was wrong with it.
pub(super) fn repair<'t>(
    file: FileId,
    source: &'t str,
    tokens: &[Token],
) -> (Cow<'t, str>, Vec<Diagnostic>) {
    let mut repair = Repair {
        file,
        source,
        tokens,
        changes: Vec::new(),
        found: BTreeMap::new(),
        diagnostics: Vec::new(),
    };
    let marks = repair.merge_marks();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let mark = marks.partition_point(|(_, end)| *end <= token.start);
        let marked = marks
            .get(mark)
            .is_some_and(|(start, _)| *start <= token.start);
        at = if marked {
            at + 1
        } else {
            repair.token(at, *token)
        };
    }
    repair.finish()
}

/// What several places with one fault have in common.
struct Fault {
    code: Code,
    message: String,
    help: String,
    places: Vec<Span>,
}

struct Repair<'t, 's> {
    file: FileId,
    source: &'t str,
    tokens: &'s [Token],
    /// Byte ranges and what stands there instead, of the same length.
    changes: Vec<(usize, usize, String)>,
    /// Faults by the text that is wrong: a pasted page has hundreds of one kind.
    found: BTreeMap<String, Fault>,
    diagnostics: Vec<Diagnostic>,
}

impl<'t> Repair<'t, '_> {
    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start, end)
    }

    fn note(&mut self, key: &str, place: (usize, usize), code: Code, message: &str, help: &str) {
        let span = self.span(place.0, place.1);
        let fault = self.found.entry(key.to_string()).or_insert_with(|| Fault {
            code,
            message: message.to_string(),
            help: help.to_string(),
            places: Vec::new(),
        });
        fault.places.push(span);
    }

    fn change(&mut self, start: usize, end: usize, to: &str) {
        let padded = format!("{to:>width$}", width = end - start);
        if padded.len() == end - start {
            self.changes.push((start, end, padded));
        }
    }

    /// Blanks out the lines of an unresolved merge; both sides are read.
    fn merge_marks(&mut self) -> Vec<(usize, usize)> {
        let mut marks = Vec::new();
        let mut start = 0;
        for line in self.source.split_inclusive('\n') {
            let mark = line.get(..7).unwrap_or("");
            let open = !marks.is_empty();
            let alone = line
                .get(7..)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\n', '\r']));
            if alone
                && (mark == "<<<<<<<" || open && matches!(mark, "=======" | ">>>>>>>" | "|||||||"))
            {
                let end = start + line.trim_end_matches(['\r', '\n']).len();
                marks.push((start, end));
            }
            start += line.len();
        }
        if let [first, rest @ ..] = marks.as_slice() {
            let mut diagnostic = Diagnostic::error(codes::syntax::MERGE_MARKER, "an unresolved merge stands in this file")
                .at(self.span(first.0, first.0 + 7), "its first mark")
                .help("keep one side and remove the lines that begin with `<<<<<<<`, `=======` and `>>>>>>>`");
            for place in rest.iter().take(4) {
                diagnostic = diagnostic.also(self.span(place.0, place.0 + 7), "");
            }
            self.diagnostics.push(diagnostic);
        }
        for &(start, end) in &marks {
            // a line whose bytes are all blank, whatever stood there
            self.changes.push((start, end, " ".repeat(end - start)));
        }
        marks
    }

    /// Looks at one token; gives the place of the next one to look at.
    fn token(&mut self, at: usize, token: Token) -> usize {
        let text = token.text(self.source);
        match token.kind {
            Kind::Strange => self.strange(at, token, text.chars().next().unwrap_or(' ')),
            Kind::OpenText => {
                self.open_text(token, text);
                at + 1
            }
            Kind::Sign if text == "'" => self.quoted(at, token, "'"),
            Kind::Sign if text == "<" => {
                if let Some(next) = self
                    .tokens
                    .get(at + 1)
                    .filter(|next| next.start == token.end && next.is(self.source, ">"))
                {
                    self.note(
                        "<>",
                        (token.start, next.end),
                        codes::syntax::FOREIGN_SYNTAX,
                        "`<>` is not known",
                        "unequal is written `!=`",
                    );
                    self.change(token.start, next.end, "!=");
                    return at + 2;
                }
                at + 1
            }
            Kind::Sign if text == ";" => {
                if self
                    .tokens
                    .get(at + 1)
                    .is_none_or(|next| matches!(next.kind, Kind::Newline | Kind::Comment))
                {
                    self.note(
                        ";",
                        (token.start, token.end),
                        codes::syntax::FOREIGN_SYNTAX,
                        "`;` ends nothing here",
                        "the end of the line ends a clause: drop the `;`",
                    );
                    self.change(token.start, token.end, " ");
                }
                at + 1
            }
            Kind::Sign if text == "#" && self.begins_line(at) => {
                self.note(
                    "#",
                    (token.start, token.end),
                    codes::syntax::FOREIGN_SYNTAX,
                    "`#` begins no comment",
                    "a comment begins with `//`",
                );
                let end = self.line_end(token.start);
                self.changes
                    .push((token.start, end, " ".repeat(end - token.start)));
                at + 1
                    + self
                        .tokens
                        .iter()
                        .skip(at + 1)
                        .take_while(|next| next.start < end)
                        .count()
            }
            _ => at + 1,
        }
    }

    fn begins_line(&self, at: usize) -> bool {
        at.checked_sub(1)
            .and_then(|before| self.tokens.get(before))
            .is_none_or(|token| token.kind == Kind::Newline)
    }

    fn line_end(&self, start: usize) -> usize {
        let rest = self.source.get(start..).unwrap_or("");
        start + rest.find(['\n', '\r']).unwrap_or(rest.len())
    }

    fn strange(&mut self, at: usize, token: Token, character: char) -> usize {
        let place = (token.start, token.end);
        let code = format!("U+{:04X}", u32::from(character));
        let key = character.to_string();
        let foreign = codes::syntax::FOREIGN_CHARACTER;
        let (message, help, instead) = match character {
            '\u{A0}' | '\u{202F}' | '\u{2007}' | '\u{2060}' => (
                format!("a no-break space ({code})"),
                "an ordinary blank",
                " ",
            ),
            '\u{2000}'..='\u{200D}' | '\u{3000}' | '\u{FEFF}' | '\u{AD}' => (
                format!("an invisible character ({code})"),
                "nothing, or an ordinary blank",
                " ",
            ),
            '−' | '–' | '—' | '‐' | '‑' | '‒' => (
                format!("`{character}` ({code}) is no minus sign"),
                "`-` from the keyboard",
                "-",
            ),
            '“' | '”' | '„' | '‟' | '«' | '»' | '‘' | '’' | '‚' | '‹' | '›' => {
                return self.quoted(at, token, &key);
            }
            '≤' => ("`≤` is not known".to_string(), "`<=`", "<="),
            '≥' => ("`≥` is not known".to_string(), "`>=`", ">="),
            '≠' => ("`≠` is not known".to_string(), "`!=`", "!="),
            '×' | '·' | '∙' => (format!("`{character}` is not known"), "`*`", "*"),
            '÷' => ("`÷` is not known".to_string(), "`/`", "/"),
            '€' => (
                "`€` is no currency code".to_string(),
                "`EUR` after the amount: `5mn EUR`",
                " ",
            ),
            '£' => (
                "`£` is no currency code".to_string(),
                "`GBP` after the amount: `5mn GBP`",
                " ",
            ),
            '¥' => (
                "`¥` is no currency code".to_string(),
                "`JPY` after the amount: `5mn JPY`",
                " ",
            ),
            letter if letter.is_alphabetic() => return self.foreign_name(at),
            other => {
                let shown = if other.is_control() {
                    code
                } else {
                    format!("`{other}` ({code})")
                };
                self.note(
                    &key,
                    place,
                    foreign,
                    &format!("{shown} is no part of the language"),
                    "remove it; in texts and comments it may stand",
                );
                self.change(token.start, token.end, " ");
                return at + 1;
            }
        };
        self.note(&key, place, foreign, &message, &format!("write {help}"));
        self.change(token.start, token.end, instead);
        at + 1
    }

    /// A text between typographic or single quotes.
    fn quoted(&mut self, at: usize, token: Token, quote: &str) -> usize {
        let end = self.line_end(token.end);
        let body = self.source.get(token.end..end).unwrap_or("");
        let single = matches!(quote, "'" | "‘" | "’" | "‚" | "‹" | "›");
        let closing: &[char] = if single {
            &['\'', '’', '‘', '›', '‹', '"']
        } else {
            &['”', '“', '»', '«', '"', '‟']
        };
        let help = "texts stand between `\"` and `\"`";
        let message = format!("`{quote}` opens no text");
        let code = if quote == "'" {
            codes::syntax::FOREIGN_SYNTAX
        } else {
            codes::syntax::FOREIGN_CHARACTER
        };
        self.note("quote", (token.start, token.end), code, &message, help);
        let Some((length, close)) = body.char_indices().find(|(_, c)| closing.contains(c)) else {
            self.change(token.start, token.end, "\"");
            return at
                + 1
                + self
                    .tokens
                    .iter()
                    .skip(at + 1)
                    .take_while(|next| next.start < end)
                    .count();
        };
        let close_start = token.end + length;
        let close_end = close_start + close.len_utf8();
        self.change(token.start, token.end, "\"");
        if close != '"' {
            self.changes.push((
                close_start,
                close_end,
                format!("{:<width$}", '"', width = close_end - close_start),
            ));
        }
        // the tokens of the text itself are none; one that reaches beyond the text is left to the grammar
        at + 1
            + self
                .tokens
                .iter()
                .skip(at + 1)
                .take_while(|next| next.start < close_end)
                .count()
    }

    fn open_text(&mut self, token: Token, text: &str) {
        let closing = text
            .char_indices()
            .skip(1)
            .find(|(_, c)| matches!(c, '”' | '“' | '»' | '‟'));
        if let Some((length, close)) = closing {
            let (start, end) = (
                token.start + length,
                token.start + length + close.len_utf8(),
            );
            self.note(
                "quote",
                (start, end),
                codes::syntax::FOREIGN_CHARACTER,
                &format!("`{close}` closes no text"),
                "texts stand between `\"` and `\"`",
            );
            self.changes
                .push((start, end, format!("{:<width$}", '"', width = end - start)));
            return;
        }
        let span = self.span(token.start, token.end);
        self.diagnostics.push(
            Diagnostic::error(
                codes::syntax::UNCLOSED_TEXT,
                "this text is not closed on its line",
            )
            .at(span, "")
            .help("add `\"` at its end; a text cannot go on in the next line"),
        );
    }

    /// A name with letters beyond a to z: its bytes become `_`, so that its uses still go together.
    fn foreign_name(&mut self, at: usize) -> usize {
        let in_name = |token: &Token| {
            token.kind == Kind::Word
                || token.kind == Kind::Strange
                    && token.text(self.source).chars().all(char::is_alphabetic)
        };
        let mut first = at;
        while let Some(before) = first.checked_sub(1) {
            let joined = match (self.tokens.get(before), self.tokens.get(first)) {
                (Some(a), Some(b)) => a.end == b.start && in_name(a),
                _ => false,
            };
            if !joined {
                break;
            }
            first = before;
        }
        let mut next = at;
        let start = self.tokens.get(first).map_or(0, |token| token.start);
        let mut end = start;
        let mut strange = Vec::new();
        while let Some(token) = self.tokens.get(next) {
            if next > at && token.start != end || !in_name(token) {
                break;
            }
            if token.kind == Kind::Strange {
                strange.push(*token);
            }
            end = token.end;
            next += 1;
        }
        let name = self.source.get(start..end).unwrap_or("").to_string();
        for token in strange {
            let letter = if token.start == start { 'x' } else { '_' };
            self.changes.push((
                token.start,
                token.end,
                letter.to_string().repeat(token.end - token.start),
            ));
        }
        self.note(
            &name,
            (start, end),
            codes::syntax::FOREIGN_NAME,
            &format!("`{name}` has letters that no name may have"),
            "names are of a to z, A to Z, digits and `_`; any letter may stand in a title: `name \"Größe\"`",
        );
        next.max(at + 1)
    }

    fn finish(mut self) -> (Cow<'t, str>, Vec<Diagnostic>) {
        for (_, fault) in std::mem::take(&mut self.found) {
            let Some((first, rest)) = fault.places.split_first() else {
                continue;
            };
            let mut diagnostic = Diagnostic::error(fault.code, fault.message)
                .at(*first, "")
                .help(fault.help);
            if !rest.is_empty() {
                diagnostic = diagnostic.note(format!("{} more like this in the file", rest.len()));
            }
            self.diagnostics.push(diagnostic);
        }
        if self.changes.is_empty() {
            return (Cow::Borrowed(self.source), self.diagnostics);
        }
        self.changes.sort();
        let mut text = String::with_capacity(self.source.len());
        let mut at = 0;
        for (start, end, instead) in &self.changes {
            if *start < at {
                continue;
            }
            text.push_str(self.source.get(at..*start).unwrap_or(""));
            text.push_str(instead);
            at = *end;
        }
        text.push_str(self.source.get(at..).unwrap_or(""));
        if text.len() == self.source.len() {
            (Cow::Owned(text), self.diagnostics)
        } else {
            (Cow::Borrowed(self.source), self.diagnostics)
        }
    }
}
