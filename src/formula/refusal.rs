//! Why a formula has no answer at all, unlike `undefined`: something is missing, and the run stops.

use crate::diagnostic::{Code, Diagnostic, Span};

/// A formula cannot be evaluated. Carries what to tell the author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(Box<Diagnostic>);

impl Refusal {
    /// A refusal with a code and a message in words of the domain.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self(Box::new(Diagnostic::error(code, message)))
    }

    /// Says where, if nothing said it before. What was said of another text (the value of a `set` line) gets this as the place that
    /// read it, once.
    pub fn at(mut self, span: Option<Span>) -> Self {
        let Some(span) = span else {
            return self;
        };
        *self.0 = match &self.0.primary {
            None => self.0.at(span, ""),
            Some(said) if self.0.secondary.is_empty() && !span.holds(said.span) => {
                self.0.also(span, "read here")
            }
            Some(_) => *self.0,
        };
        self
    }

    /// What would be right.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        *self.0 = self.0.help(help);
        self
    }

    /// One more fact.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        *self.0 = self.0.note(note);
        self
    }

    /// What to tell the author.
    pub fn diagnostic(&self) -> &Diagnostic {
        &self.0
    }

    /// What to tell the author.
    pub fn into_diagnostic(self) -> Diagnostic {
        *self.0
    }
}

impl From<Diagnostic> for Refusal {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(Box::new(diagnostic))
    }
}

impl From<Refusal> for Diagnostic {
    fn from(refusal: Refusal) -> Self {
        refusal.into_diagnostic()
    }
}
