//! What is wrong with a piece that the grammar could not read: the piece is read again by the rule that its first word
//! announces, and the farthest place that could be read says the rest. Habits of other languages have their own words.

use super::grammar::{self, Rule};
use super::lower::{Junk, JunkPlace};
use super::scan::{Kind, Token};
use super::words;
use crate::diagnostic::{Code, Diagnostic, FileId, Span, codes, nearest};

/// Explains one unreadable piece, unless something in it has been reported already.
pub(super) fn junk(
    file: FileId,
    source: &str,
    tokens: &[Token],
    junk: &Junk,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let reported = diagnostics
        .iter()
        .filter_map(|diagnostic| diagnostic.primary.as_ref())
        .any(|label| {
            (label.span.start as usize) < junk.end && (label.span.end as usize) > junk.start
        });
    if reported {
        return;
    }
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
    diagnostics.push(piece.explain());
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

    /// What the first words say already.
    fn opening(&self, first: Token) -> Option<Diagnostic> {
        let word = self.text(first);
        let assigned = self.is(1, "=") || self.is(1, ",");
        match first.kind {
            Kind::Sign if matches!(word, "}" | ")" | "]") => {
                return Some(self.error(
                    codes::syntax::STRAY_CLOSING,
                    first,
                    format!("this `{word}` closes nothing"),
                    "remove it, or open it above",
                ));
            }
            Kind::Sign
                if matches!(
                    word,
                    "+" | "-"
                        | "*"
                        | "/"
                        | ","
                        | "=="
                        | "!="
                        | "<"
                        | ">"
                        | "<="
                        | ">="
                        | "|"
                        | "="
                        | ":"
                        | "."
                ) =>
            {
                return Some(self.broken_line(first));
            }
            Kind::Word
                if matches!(
                    word,
                    "and"
                        | "or"
                        | "where"
                        | "then"
                        | "in"
                        | "at"
                        | "under"
                        | "per"
                        | "within"
                        | "else"
                ) && !assigned =>
            {
                return Some(self.broken_line(first));
            }
            Kind::Text if !assigned => return Some(self.broken_line(first)),
            Kind::Word => {}
            _ => return None,
        }
        if self.is(1, "=") && words::RESERVED.contains(&word) {
            return Some(self.reserved(first, "a key"));
        }
        match &self.junk.place {
            JunkPlace::File => self.opening_at_file(first, word, assigned),
            JunkPlace::Block(block) => self.opening_in_block(first, word, block, assigned),
        }
    }

    fn opening_at_file(&self, first: Token, word: &str, assigned: bool) -> Option<Diagnostic> {
        if words::DECLARATIONS.contains(&word) {
            return None;
        }
        let near = nearest(word, words::DECLARATIONS);
        if assigned || words::VERBS.contains(&word) && near.is_none() {
            return Some(self.error(
                codes::syntax::UNEXPECTED_TEXT,
                first,
                "this line stands outside of any block",
                "put it between the `{` and `}` of a block; a name for a value is `let name: type = value`",
            ));
        }
        let help = match near {
            Some(near) => format!(
                "did you mean `{near}`? For example: `{}`",
                words::example(near).unwrap_or(near)
            ),
            None => format!(
                "a declaration begins with one of: {}",
                words::DECLARATIONS.join(", ")
            ),
        };
        Some(self.error(
            codes::syntax::UNKNOWN_DECLARATION,
            first,
            format!("`{word}` declares nothing"),
            help,
        ))
    }

    fn opening_in_block(
        &self,
        first: Token,
        word: &str,
        block: &str,
        assigned: bool,
    ) -> Option<Diagnostic> {
        if assigned {
            return None;
        }
        if words::DECLARATIONS.contains(&word)
            && self.at(1).is_some_and(|next| next.kind == Kind::Word)
        {
            return Some(self.error(
                codes::syntax::INDENTED_DECLARATION,
                first,
                format!("`{word}` begins a declaration, and this is inside of a `{block}`"),
                "declarations begin in column 0, after the `}` of the one before",
            ));
        }
        if self.is(1, "==") {
            return self.at(1).map(|sign| {
                self.error(
                    codes::syntax::SET_FOR_COMPARE,
                    sign,
                    "`==` compares, `=` gives a value",
                    format!("write `{word} = …`"),
                )
            });
        }
        if self.is(1, ":")
            && words::verbs_of("test")
                .iter()
                .chain(words::verbs_of("scenario"))
                .all(|verb| *verb != word)
        {
            return self.at(1).map(|sign| {
                self.error(
                    codes::syntax::UNEXPECTED_TEXT,
                    sign,
                    format!("`{word}` is given a value with `=`"),
                    format!("write `{word} = …`"),
                )
            });
        }
        match word {
            "shock" | "new" | "grow" | "replace" | "search" => {
                return self.shock_kind().or_else(|| self.missing_colon());
            }
            _ if words::VERBS.contains(&word) => return None,
            _ => {}
        }
        let verbs = words::verbs_of(block);
        let near = nearest(word, verbs.iter().copied()).or_else(|| nearest(word, words::VERBS));
        let mut hold: Vec<&str> = verbs.to_vec();
        hold.push("`name = value`");
        let article = if block.starts_with(['a', 'e', 'i', 'o', 'u']) {
            "an"
        } else {
            "a"
        };
        let list = format!("{article} {block} may hold: {}", hold.join(", "));
        let help = match near {
            Some(near) => format!("did you mean `{near}`? {}", capital(&list)),
            None => list,
        };
        Some(self.error(
            codes::syntax::UNKNOWN_CLAUSE,
            first,
            format!("`{word}` begins no clause"),
            help,
        ))
    }

    fn broken_line(&self, first: Token) -> Diagnostic {
        let word = self.text(first);
        let shown = if first.kind == Kind::Text {
            "a text".to_string()
        } else {
            format!("`{word}`")
        };
        let mut diagnostic = self.error(
            codes::syntax::BROKEN_LINE,
            first,
            format!("this line begins with {shown}"),
            "a line runs on only after an operator, `,`, `=`, `:`, `(`, `then` or `else`: end the line above with it, or bracket the whole",
        );
        if let Some(before) = self.before {
            diagnostic = diagnostic.also(self.span(before), "the line above ends here");
        }
        diagnostic
    }

    fn reserved(&self, token: Token, place: &str) -> Diagnostic {
        self.error(
            codes::syntax::RESERVED_WORD,
            token,
            format!(
                "`{}` is a word of the language and cannot be {place}",
                self.text(token)
            ),
            format!("reserved words are: {}", words::RESERVED.join(", ")),
        )
    }

    /// `shock rate EUR: …`
    fn shock_kind(&self) -> Option<Diagnostic> {
        let kinds = crate::syntax::tree::ShockKind::ALL.map(|kind| kind.word());
        let (verb, kind) = (self.at(0)?, self.at(1)?);
        if self.text(verb) != "shock" || kinds.contains(&self.text(kind)) {
            return None;
        }
        let list = format!("kinds are: {}", kinds.join(", "));
        let help = match nearest(self.text(kind), kinds) {
            Some(near) => format!("did you mean `{near}`? {}", capital(&list)),
            None => list,
        };
        Some(self.error(
            codes::syntax::UNKNOWN_CLAUSE,
            kind,
            format!("`{}` is no kind of shock", self.text(kind)),
            help,
        ))
    }

    /// `shock fx USD -10%`
    fn missing_colon(&self) -> Option<Diagnostic> {
        let mut depth = 0usize;
        for token in self.code {
            match self.text(*token) {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                ":" if depth == 0 => return None,
                _ => {}
            }
        }
        let verb = self.at(0)?;
        let target = if self.text(verb) == "shock" { 2 } else { 1 };
        let mut next = target + 1;
        if self.is(next, "(") {
            let mut depth = 0usize;
            while let Some(token) = self.at(next) {
                next += 1;
                match self.text(token) {
                    "(" => depth += 1,
                    ")" if depth == 1 => break,
                    ")" => depth -= 1,
                    _ => {}
                }
            }
        }
        let (start, last, size) = (self.at(1)?, self.at(next.checked_sub(1)?)?, self.at(next)?);
        let begins_size =
            size.kind == Kind::Number || matches!(self.text(size), "+" | "-" | "to" | "hold" | "(");
        if !begins_size
            || self
                .at(target)
                .is_none_or(|target| target.kind != Kind::Word)
        {
            return None;
        }
        let piece =
            |from: usize, to: usize| self.source.get(from..to).unwrap_or("").trim().to_string();
        let end = self
            .code
            .iter()
            .take_while(|token| self.same_line(verb, **token))
            .last()
            .map_or(size.end, |token| token.end);
        let said = piece(size.start, end);
        let head = piece(start.start, last.end);
        Some(
            Diagnostic::error(
                codes::syntax::MISSING_COLON,
                format!("a colon is missing between `{head}` and `{said}`"),
            )
            .at(Span::new(self.file, last.end, last.end), "here")
            .help(format!("`{} {head}: {said}`", self.text(verb))),
        )
    }

    fn same_line(&self, a: Token, b: Token) -> bool {
        self.source
            .get(a.end..b.start)
            .is_none_or(|between| !between.contains('\n'))
    }

    /// The farthest place that could be read, and what could have stood there.
    fn mismatch(&self, first: Token) -> Diagnostic {
        let text = self
            .source
            .get(self.junk.start..self.junk.end)
            .unwrap_or("");
        let rule = if self.junk.place == JunkPlace::File {
            Rule::entry_item
        } else {
            Rule::entry_clause
        };
        let (at, expected) = match grammar::read(rule, text) {
            // the piece alone is right, so what is wrong is what comes after it
            Ok(_) => (self.junk.end, Vec::new()),
            Err(mismatch) => (self.junk.start + mismatch.at, mismatch.expected),
        };
        if let Some(diagnostic) = self.unbalanced(at) {
            return diagnostic;
        }
        let found = self.all.iter().copied().find(|token| token.end > at);
        let Some(found) =
            found.filter(|token| token.kind != Kind::Newline && token.kind != Kind::Comment)
        else {
            return self.stops_early(first, at, &expected);
        };
        if let Some(diagnostic) = self.habit(first, found) {
            return diagnostic;
        }
        let label = expected_label(&expected);
        let mut diagnostic = Diagnostic::error(
            codes::syntax::UNEXPECTED_TEXT,
            format!("`{}` is not expected here", self.shown(found)),
        )
        .at(self.span(found), label);
        if let Some(example) = words::example(self.text(first)) {
            diagnostic = diagnostic.help(format!("for example: `{example}`"));
        } else if self.is(1, "=") || self.is(1, ",") {
            diagnostic = diagnostic.help("a setting is `name = value`, one on a line");
        }
        diagnostic
    }

    fn shown(&self, token: Token) -> String {
        let text = self.text(token);
        if text.chars().count() > 40 {
            format!("{}…", text.chars().take(40).collect::<String>())
        } else {
            text.to_string()
        }
    }

    fn stops_early(&self, first: Token, at: usize, expected: &[Rule]) -> Diagnostic {
        let last = self
            .code
            .iter()
            .copied()
            .rev()
            .find(|token| token.end <= at)
            .unwrap_or(first);
        let label = match expected_label(expected) {
            label if label.is_empty() => "something is missing after this".to_string(),
            label => format!("after this: {label}"),
        };
        let mut diagnostic =
            Diagnostic::error(codes::syntax::UNEXPECTED_TEXT, "this line stops too early")
                .at(self.span(last), label);
        if let Some(example) = words::example(self.text(first)) {
            diagnostic = diagnostic.help(format!("for example: `{example}`"));
        }
        diagnostic
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
        if first_word == "dimension" && matches!(found.kind, Kind::Number | Kind::Text) {
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
        if let Some(before) = previous {
            let tenor =
                before.kind == Kind::Number && self.text(before).ends_with(['d', 'w', 'M', 'Y']);
            if tenor && text.len() == 3 && text.chars().all(|c| c.is_ascii_uppercase()) {
                return Some(self.tenor_for_amount(before, text));
            }
            if text == "("
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
            "|" if first_word != "dimension" => "write `or`",
            "!" => "write `not`, or `!=` for unequal",
            "^" => "write `power(x, n)`",
            "%" => "a share is a number with `%`: `5%`",
            "'" | "`" => "texts stand between `\"` and `\"`",
            ";" => "the end of the line ends a clause; arguments are parted by `,`",
            "#" => "a comment begins with `//`",
            "$" | "@" | "~" | "?" | "\\" => "this sign is no part of the language",
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

    fn tenor_for_amount(&self, tenor: Token, currency: &str) -> Diagnostic {
        let text = self.text(tenor);
        let (digits, unit) = text
            .split_at_checked(text.len().saturating_sub(1))
            .unwrap_or((text, ""));
        let unit = match unit {
            "d" => "days",
            "w" => "weeks",
            "M" => "months",
            _ => "years",
        };
        let count = match digits {
            "1" => "one",
            "2" => "two",
            "3" => "three",
            "6" => "six",
            "12" => "twelve",
            digits => digits,
        };
        let unit = if digits == "1" {
            unit.trim_end_matches('s')
        } else {
            unit
        };
        self.error(
            codes::syntax::TENOR_FOR_AMOUNT,
            tenor,
            format!("`{text}` is {count} {unit}, not an amount"),
            format!("for {count} million write `{digits}mn {currency}`"),
        )
    }
}

fn is_block(word: &str) -> bool {
    crate::syntax::tree::BlockKind::from_word(word).is_some()
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    match characters.next() {
        Some(first) => first.to_uppercase().chain(characters).collect(),
        None => String::new(),
    }
}

/// `expected a name, a text or …`, at most five of them.
fn expected_label(expected: &[Rule]) -> String {
    let mut titles: Vec<String> = Vec::new();
    for title in expected.iter().filter_map(|rule| grammar::title(*rule)) {
        if !titles.contains(&title) {
            titles.push(title);
        }
    }
    if titles.len() > 5 {
        titles.truncate(5);
        return format!("expected {}, …", titles.join(", "));
    }
    match titles.as_slice() {
        [] => String::new(),
        [only] => format!("expected {only}"),
        [before @ .., last] => format!("expected {} or {last}", before.join(", ")),
    }
}
