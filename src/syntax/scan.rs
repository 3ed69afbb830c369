//! A flat scan of a text into tokens. It knows no grammar: the formatter lays its tokens out anew, spans are made
//! tight by it, and messages about broken text are found with it. It never fails, and its tokens cover all but blanks.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A name or keyword, with its dotted parts: `irrbb.parallel_up`. Also `act/360`.
    Word,
    /// What begins with a digit: `12_400.55`, `5%`, `3M`, `2026-09-30`, `30E/360`.
    Number,
    /// `"…"`.
    Text,
    /// A text that its line does not close.
    OpenText,
    /// `[…]`.
    Column,
    /// A sign: `==`, `(`, `+`.
    Sign,
    /// A line end: `\n`, `\r\n` or `\r`.
    Newline,
    /// `// …`.
    Comment,
    /// `/// …`.
    Doc,
    /// `//! …`.
    ModuleDoc,
    /// A character that the language does not use here.
    Strange,
}

/// A token: its kind and its bytes `[start, end)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Token {
    /// The text of the token.
    pub(crate) fn text<'t>(&self, source: &'t str) -> &'t str {
        source.get(self.start..self.end).unwrap_or("")
    }

    /// Whether it is this sign.
    pub(crate) fn is(&self, source: &str, sign: &str) -> bool {
        self.kind == Kind::Sign && self.text(source) == sign
    }

    /// Whether it is part of the program: no comment, documentation or line end.
    pub(crate) fn is_code(&self) -> bool {
        !matches!(
            self.kind,
            Kind::Newline | Kind::Comment | Kind::Doc | Kind::ModuleDoc
        )
    }
}

/// Reads the whole text.
pub(crate) fn scan(source: &str) -> Vec<Token> {
    let mut cursor = Cursor {
        source,
        at: 0,
        no_column: 0,
    };
    let mut tokens = Vec::new();
    while let Some(character) = cursor.peek() {
        if character == ' ' || character == '\t' || character == '\u{FEFF}' && cursor.at == 0 {
            cursor.skip(character);
            continue;
        }
        let start = cursor.at;
        let kind = cursor.token(character);
        if cursor.at == start {
            cursor.skip(character);
        }
        tokens.push(Token {
            kind,
            start,
            end: cursor.at,
        });
    }
    tokens
}

struct Cursor<'t> {
    source: &'t str,
    at: usize,
    /// No `]` stands on this line before this byte: a line of `[` is read once, not once for each.
    no_column: usize,
}

impl Cursor<'_> {
    fn rest(&self) -> &str {
        self.source.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn byte(&self, ahead: usize) -> u8 {
        self.source
            .as_bytes()
            .get(self.at.saturating_add(ahead))
            .copied()
            .unwrap_or(0)
    }

    fn skip(&mut self, character: char) {
        self.at = self.at.saturating_add(character.len_utf8());
    }

    /// Takes bytes as long as they are ASCII and meet the test.
    fn take(&mut self, test: impl Fn(u8) -> bool) {
        while self.byte(0) != 0 && self.byte(0).is_ascii() && test(self.byte(0)) {
            self.at += 1;
        }
    }

    /// Takes all up to the line's end.
    fn take_line(&mut self) {
        let length = self.rest().find(['\n', '\r']).unwrap_or(self.rest().len());
        self.at += length;
    }

    fn token(&mut self, first: char) -> Kind {
        match first {
            '\n' => {
                self.at += 1;
                Kind::Newline
            }
            '\r' => {
                self.at += if self.byte(1) == b'\n' { 2 } else { 1 };
                Kind::Newline
            }
            '"' => self.closed_by('"', Kind::Text, Kind::OpenText),
            '[' if self.at < self.no_column => {
                self.at += 1;
                Kind::Sign
            }
            '[' => self.closed_by(']', Kind::Column, Kind::Sign),
            '/' if self.byte(1) == b'/' => {
                let kind = match self.byte(2) {
                    b'/' => Kind::Doc,
                    b'!' => Kind::ModuleDoc,
                    _ => Kind::Comment,
                };
                self.take_line();
                kind
            }
            '0'..='9' => self.number(),
            'a'..='z' | 'A'..='Z' | '_' => self.word(),
            '=' | '!' | '<' | '>' if self.byte(1) == b'=' => {
                self.at += 2;
                Kind::Sign
            }
            _ if first.is_ascii_graphic() => {
                self.at += 1;
                Kind::Sign
            }
            _ => {
                self.skip(first);
                Kind::Strange
            }
        }
    }

    /// A token up to a closing character on the same line.
    fn closed_by(&mut self, close: char, closed: Kind, open: Kind) -> Kind {
        let body = self.source.get(self.at + 1..).unwrap_or("");
        let found = body
            .find([close, '\n', '\r'])
            .filter(|&i| body.get(i..).is_some_and(|b| b.starts_with(close)));
        match found {
            Some(length) => {
                self.at += length + 2;
                closed
            }
            None if open == Kind::OpenText => {
                self.take_line();
                open
            }
            None => {
                self.no_column = self.at + 1 + body.find(['\n', '\r']).unwrap_or(body.len());
                self.at += 1;
                open
            }
        }
    }

    fn word(&mut self) -> Kind {
        let start = self.at;
        self.take(in_word);
        if self.source.get(start..self.at) == Some("act")
            && self.byte(0) == b'/'
            && (self.rest().starts_with("/act") || self.byte(1).is_ascii_digit())
        {
            self.at += 1;
            self.take(in_word);
            return Kind::Word;
        }
        while self.byte(0) == b'.' && self.byte(1).is_ascii_alphabetic() {
            self.at += 1;
            self.take(in_word);
        }
        Kind::Word
    }

    fn number(&mut self) -> Kind {
        let rest = self.rest();
        if ["30E/360", "30U/360", "28E/336"]
            .iter()
            .any(|count| rest.starts_with(count))
        {
            self.at += 7;
            self.take(in_word);
            return Kind::Number;
        }
        self.take(in_word);
        // a date, well written or not: `2026-9-30`
        let digit = |ahead| self.byte(ahead).is_ascii_digit();
        if self.byte(0) == b'-'
            && digit(1)
            && (self.byte(2) == b'-' && digit(3) || digit(2) && self.byte(3) == b'-' && digit(4))
        {
            self.take(|b| in_word(b) || b == b'-');
            return Kind::Number;
        }
        while self.byte(0) == b'.' && self.byte(1).is_ascii_digit() {
            self.at += 1;
            self.take(in_word);
        }
        if self.byte(0) == b'%' {
            self.at += 1;
        }
        Kind::Number
    }
}

fn in_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_those_of_the_grammar() {
        let check = |text: &str, expected: &[&str]| {
            let tokens = scan(text);
            let found: Vec<&str> = tokens.iter().map(|t| t.text(text)).collect();
            assert_eq!(found, expected, "{text}");
        };
        check(
            "a.b = 1_000.5mn EUR // c",
            &["a.b", "=", "1_000.5mn", "EUR", "// c"],
        );
        check(
            "d(2026-09-30,48k)-3",
            &["d", "(", "2026-09-30", ",", "48k", ")", "-", "3"],
        );
        check(
            "5-3 act/360 30E/360ISDA a/b 15 / 85",
            &[
                "5",
                "-",
                "3",
                "act/360",
                "30E/360ISDA",
                "a",
                "/",
                "b",
                "15",
                "/",
                "85",
            ],
        );
        check(
            "[a (b)] \"x // y\"\r\n/// z",
            &["[a (b)]", "\"x // y\"", "\r\n", "/// z"],
        );
        check("a>=b==4.5%*c", &["a", ">=", "b", "==", "4.5%", "*", "c"]);
        check("\"open\nnext", &["\"open", "\n", "next"]);
        check("€\u{0}", &["€", "\u{0}"]);
    }
}
