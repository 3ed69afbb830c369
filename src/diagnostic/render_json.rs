//! Diagnostics for machines: one JSON object a diagnostic, lines and columns from 1, bytes from 0.

use serde::Serialize;

use super::{Diagnostic, Label, Severity, SourceMap};

#[derive(Serialize)]
struct Bytes {
    start: u32,
    end: u32,
}

#[derive(Serialize)]
struct Place<'a> {
    file: &'a str,
    line: u32,
    column: u32,
    span: Bytes,
    label: &'a str,
}

#[derive(Serialize)]
struct Object<'a> {
    code: &'a str,
    severity: Severity,
    message: &'a str,
    file: Option<&'a str>,
    line: Option<u32>,
    column: Option<u32>,
    span: Option<Bytes>,
    label: Option<&'a str>,
    secondary: Vec<Place<'a>>,
    help: Option<&'a str>,
    notes: &'a [String],
}

fn place<'a>(l: &'a Label, sources: &'a SourceMap) -> Place<'a> {
    let at = sources.start(l.span);
    Place {
        file: sources.name(l.span.file),
        line: at.line,
        column: at.column,
        span: Bytes {
            start: l.span.start,
            end: l.span.end,
        },
        label: &l.text,
    }
}

/// The diagnostic as one JSON object: `code`, `severity`, `message`, `file`, `line`, `column`, `span` (bytes), `label`,
/// `secondary`, `help`, `notes`; the place is null where it stands in no text.
pub fn render_json(diagnostic: &Diagnostic, sources: &SourceMap) -> String {
    let primary = diagnostic.primary.as_ref().map(|l| place(l, sources));
    let object = Object {
        code: diagnostic.code.id(),
        severity: diagnostic.severity,
        message: &diagnostic.message,
        file: primary.as_ref().map(|p| p.file),
        line: primary.as_ref().map(|p| p.line),
        column: primary.as_ref().map(|p| p.column),
        label: primary.as_ref().map(|p| p.label),
        span: primary.map(|p| p.span),
        secondary: diagnostic
            .secondary
            .iter()
            .map(|l| place(l, sources))
            .collect(),
        help: diagnostic.help.as_deref(),
        notes: &diagnostic.notes,
    };
    // Plain strings and numbers always serialise.
    serde_json::to_string(&object).unwrap_or_default()
}
