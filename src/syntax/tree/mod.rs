//! The typed tree of a `.plim` file: what the text says, before any name is looked up.
//!
//! Every node is owned and carries a tight [`Span`] (byte offsets, no blank at either end). Brackets that only
//! group leave no node behind. Where a text is broken the tree has a gap and the parser has a diagnostic:
//! [`ExpressionKind::Broken`], [`File::broken`] and [`Block::broken`] mark the gaps, so that a later stage can
//! tell "missing" from "not understood" and need not complain a second time.

mod clause;
mod declaration;
mod expression;
mod literal;

pub use clause::*;
pub use declaration::*;
pub use expression::*;
pub use literal::*;

use crate::diagnostic::Span;

/// A whole file: `use` lines and declarations in the order of the text.
#[derive(Clone, Debug, PartialEq)]
pub struct File {
    /// The lines `//! …` at the head of the file.
    pub module_doc: Option<Doc>,
    /// `use std.lcr: hqla`.
    pub uses: Vec<Use>,
    /// The declarations that were understood.
    pub declarations: Vec<Declaration>,
    /// The places where a declaration could not be read; each has a diagnostic.
    pub broken: Vec<Broken>,
    /// The whole text.
    pub span: Span,
}

/// A declaration that could not be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Broken {
    /// Its name, where one could be made out: a use of it is no unknown name.
    pub name: Option<String>,
    /// The text that was not understood.
    pub span: Span,
}

/// Lines of documentation, `/// …` or `//! …`, joined by line ends, without their marks.
#[derive(Clone, Debug, PartialEq)]
pub struct Doc {
    /// The text, one line of it per line of the source.
    pub text: String,
    /// From the first mark to the end of the last line.
    pub span: Span,
}

/// A simple name: `banking_book`.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    /// The name as written.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// A name of one or more parts: `lcr`, `irrbb.parallel_up`, `sight_retail.reprice.up`.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The parts, at least one.
    pub segments: Vec<Name>,
    /// From the first part to the last.
    pub span: Span,
}

impl Path {
    /// The path as written: `irrbb.parallel_up`.
    pub fn text(&self) -> String {
        let parts: Vec<&str> = self
            .segments
            .iter()
            .map(|part| part.text.as_str())
            .collect();
        parts.join(".")
    }

    /// The name itself if the path has one part only.
    pub fn single(&self) -> Option<&Name> {
        match self.segments.as_slice() {
            [only] => Some(only),
            _ => None,
        }
    }
}

/// A text between quotes: `"Banking book"`. The language has no escapes.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// What stands between the quotes.
    pub value: String,
    /// With the quotes.
    pub span: Span,
}

/// `use std.irrbb.bcbs2024 as irrbb: delta_eve_bcbs`.
#[derive(Clone, Debug, PartialEq)]
pub struct Use {
    /// The module.
    pub path: Path,
    /// The name that it gets here; absent: the last part of its path.
    pub alias: Option<Name>,
    /// The members that come in under their own names.
    pub members: Vec<Path>,
    /// The whole line.
    pub span: Span,
}
