//! One plain diagnostic type, its codes and pages, and its renderers.

pub mod codes;
mod nearest;
mod render_human;
mod render_json;
mod span;

use serde::Serialize;

pub use codes::Code;
pub use nearest::nearest;
pub use render_human::{render_human, render_short};
pub use render_json::render_json;
pub use span::{FileId, LineColumn, SourceMap, Span};

/// Whether a diagnostic stops the command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The command fails: exit code 1, nothing is written.
    Error,
    /// The command goes on; `--strict` treats some as errors.
    Warning,
}

/// A place in the text and what is said about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is said about it; may be empty.
    pub text: String,
}

/// One thing to tell the author. The message is lower case without a full stop, user text in backticks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// The stable code, with a page in `docs/errors`.
    pub code: Code,
    /// Error or warning.
    pub severity: Severity,
    /// What is wrong, in words of the domain.
    pub message: String,
    /// The place that it is about, if it stands in a text.
    pub primary: Option<Label>,
    /// Other places that explain it (the first definition, the other shock).
    pub secondary: Vec<Label>,
    /// What would be right.
    pub help: Option<String>,
    /// Further facts, one a line.
    pub notes: Vec<String>,
}

/// Many diagnostics: the error type of whatever collects all of its errors.
pub type Diagnostics = Vec<Diagnostic>;

impl Diagnostic {
    /// A new error.
    pub fn error(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, message.into())
    }

    /// A new warning.
    pub fn warning(code: Code, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, message.into())
    }

    fn new(code: Code, severity: Severity, message: String) -> Self {
        Diagnostic {
            code,
            severity,
            message,
            primary: None,
            secondary: Vec::new(),
            help: None,
            notes: Vec::new(),
        }
    }

    /// The place that it is about; `label` may be empty.
    pub fn at(mut self, span: Span, label: impl Into<String>) -> Self {
        self.primary = Some(Label {
            span,
            text: label.into(),
        });
        self
    }

    /// One more place that explains it.
    pub fn also(mut self, span: Span, label: impl Into<String>) -> Self {
        self.secondary.push(Label {
            span,
            text: label.into(),
        });
        self
    }

    /// What would be right. A second call replaces the first.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// One more fact.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// The same about another file with the same text: for texts that were read before they had a number.
    pub fn in_file(mut self, file: FileId) -> Self {
        for label in self.primary.iter_mut().chain(&mut self.secondary) {
            label.span.file = file;
        }
        self
    }

    /// Whether it says the same of the same place as another, which then gets some of its further places as well: the facts of the
    /// first are enough.
    pub fn says_the_same_of_more(&self, other: &mut Diagnostic) -> bool {
        let same = self.code == other.code
            && self.severity == other.severity
            && self.message == other.message
            && self.primary.is_some()
            && self.primary == other.primary
            && self.help == other.help;
        if same {
            for label in &self.secondary {
                if other.secondary.len() < 4 && !other.secondary.contains(label) {
                    other.secondary.push(label.clone());
                }
            }
        }
        same || self == other
    }

    /// Whether it stops the command.
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Whether one of them stops the command.
pub fn any_error(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(Diagnostic::is_error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> (Diagnostic, SourceMap) {
        let mut map = SourceMap::new();
        let a = map.add(
            "scenarios/squeeze.plim",
            "scenario squeeze {\n  set sight.core = 5%\n  set é.core = 5%\n}\n",
        );
        let b = map.add("bank.plim", "behaviour sight_retail {\n}\n");
        let d = Diagnostic::error(codes::syntax::UNEXPECTED_TEXT, "`sight` is not known")
            .at(Span::new(a, 25, 30), "no such behaviour")
            .also(Span::new(a, 9, 16), "in this scenario")
            .also(Span::new(b, 10, 22), "the nearest one")
            .help("did you mean `sight_retail`?")
            .note("names are unique in a project");
        (d, map)
    }

    #[test]
    fn drawn_for_people_at_a_fixed_width() {
        let (d, map) = sample();
        insta::assert_snapshot!(render_human(&d, &map, 80, false));
    }

    #[test]
    fn drawn_even_if_the_place_is_outside_the_text() {
        let (mut d, map) = sample();
        if let Some(l) = &mut d.primary {
            l.span.start = 9_000;
            l.span.end = 9_001;
        }
        assert!(render_human(&d, &map, 80, false).contains("`sight` is not known"));
    }

    #[test]
    fn written_for_machines() {
        let (d, map) = sample();
        insta::assert_snapshot!(render_json(&d, &map));
    }
}
