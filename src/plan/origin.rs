//! Where a value comes from: the line that says it, the lines that it replaced, and the reasons given.

use crate::diagnostic::Span;
use serde::{Deserialize, Serialize};

/// The place of a value in the text, and why it is what it is. Never part of the digest of numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Path of the file as the project (or `std/…`) names it.
    pub file: String,
    /// Line of the definition, from 1.
    pub line: u32,
    /// Bytes of the text, for diagnostics; `None` for values made by a command (`--set`).
    pub span: Option<Span>,
    /// The values that this one replaced, the oldest first.
    pub replaced: Vec<Replaced>,
    /// What the author says about it.
    pub reasons: Reasons,
}

/// A value that a later statement replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// The value as it was written, in canonical spelling.
    pub value: String,
    /// File that said it.
    pub file: String,
    /// Line that said it, from 1.
    pub line: u32,
}

/// The metadata of a definition or line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reasons {
    /// `because "…"`.
    pub because: Option<String>,
    /// `source "…"`, a citation.
    pub source: Option<String>,
    /// `owner "…"`.
    pub owner: Option<String>,
    /// `review DATE`.
    pub review: Option<crate::calendar::Date>,
}
