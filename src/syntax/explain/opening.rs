//! What the first words of an unreadable piece say already.

use super::{Piece, capital};
use crate::diagnostic::{Diagnostic, Span, codes, nearest};
use crate::syntax::lower::JunkPlace;
use crate::syntax::scan::{Kind, Token};
use crate::syntax::tree::ShockKind;
use crate::syntax::words;

impl Piece<'_> {
    /// What the first words say already.
    pub(super) fn opening(&self, first: Token) -> Option<Diagnostic> {
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
            let help = match self.before.map(|before| self.text(before)) {
                None | Some("}") => {
                    "put it between the `{` and `}` of a block; a name for a value is `let name: type = value`"
                }
                Some(_) => {
                    "it belongs into a block: if the line above should open one, add `{` at its end"
                }
            };
            return Some(self.error(
                codes::syntax::UNEXPECTED_TEXT,
                first,
                "this line stands outside of any block",
                help,
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
            "shock" | "new" | "grow" | "replace" | "target" | "search" => {
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

    pub(super) fn reserved(&self, token: Token, place: &str) -> Diagnostic {
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
        let kinds = ShockKind::ALL.map(|kind| kind.word());
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
}
