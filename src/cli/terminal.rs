//! What the process prints to: standard output for results, standard error for diagnostics and progress.

use std::io::{IsTerminal, Write};

use crate::diagnostic::{Diagnostic, SourceMap, render_human, render_json};

use super::Format;

/// Columns where there is no terminal to ask.
const WIDTH: usize = 110;

/// The most diagnostics that are drawn for people; the rest is counted.
const MOST_DRAWN: usize = 50;

/// Where and how a command prints. Quiet and without colour where it is no terminal.
#[derive(Debug, Clone, Copy)]
pub struct Terminal {
    /// For people or machines.
    pub format: Format,
    /// Columns of standard output.
    pub width: usize,
    /// Whether standard output is a terminal: a plot is drawn there.
    pub drawn: bool,
    /// Whether standard output takes colours.
    pub colour: bool,
    /// Whether standard error takes colours.
    error_colour: bool,
    /// Whether progress may be drawn on standard error.
    pub progress: bool,
}

impl Terminal {
    /// The terminal of this process; `NO_COLOR` is honoured.
    pub fn of_process(format: Format) -> Self {
        let colours_wanted = std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
        let out = std::io::stdout().is_terminal();
        let err = std::io::stderr().is_terminal();
        let columns = terminal_size::terminal_size().map_or(WIDTH, |(w, _)| usize::from(w.0));
        Terminal {
            format,
            width: columns.clamp(60, 160),
            drawn: out,
            colour: out && colours_wanted,
            error_colour: err && colours_wanted,
            progress: err && out && format == Format::Human,
        }
    }

    /// Prints results. A reader that has gone away is no error.
    pub fn print(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        let _ = out.write_all(text.as_bytes());
        if !text.is_empty() && !text.ends_with('\n') {
            let _ = out.write_all(b"\n");
        }
        let _ = out.flush();
    }

    /// Prints a line for people beside the results; nothing in JSON.
    pub fn say(&self, text: &str) {
        if self.format == Format::Human {
            let _ = writeln!(std::io::stderr().lock(), "{text}");
        }
    }

    /// Draws diagnostics for people on standard error.
    pub fn diagnostics(&self, diagnostics: &[Diagnostic], sources: &SourceMap) {
        self.draw(diagnostics, sources, MOST_DRAWN);
    }

    /// Draws diagnostics, however many: where each is of another contract, none may go untold.
    pub fn all_diagnostics(&self, diagnostics: &[Diagnostic], sources: &SourceMap) {
        self.draw(diagnostics, sources, usize::MAX);
    }

    fn draw(&self, diagnostics: &[Diagnostic], sources: &SourceMap, most: usize) {
        let mut text = String::new();
        for d in diagnostics.iter().take(most) {
            text.push_str(&render_human(d, sources, self.width, self.error_colour));
            text.push('\n');
        }
        if let Some(more) = diagnostics.len().checked_sub(most).filter(|&n| n > 0) {
            text.push_str(&format!("… and {more} more\n"));
        }
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }

    /// Prints what a command found: diagnostics, and in JSON the one document with `ok` and `fields` before them.
    pub fn report(
        &self,
        fields: serde_json::Map<String, serde_json::Value>,
        diagnostics: &[Diagnostic],
        sources: &SourceMap,
    ) {
        match self.format {
            Format::Human => self.diagnostics(diagnostics, sources),
            Format::Json => {
                let mut text = String::from("{");
                if !fields.contains_key("ok") {
                    let sound = !diagnostics.iter().any(Diagnostic::is_error);
                    text.push_str(&format!("\"ok\":{sound},"));
                }
                for (key, value) in &fields {
                    text.push_str(&format!(
                        "{}:{value},",
                        serde_json::Value::from(key.as_str())
                    ));
                }
                let list: Vec<String> = diagnostics
                    .iter()
                    .map(|d| render_json(d, sources))
                    .collect();
                text.push_str(&format!("\"diagnostics\":[{}]}}", list.join(",")));
                self.print(&text);
            }
        }
    }
}

/// `1 error, 2 warnings`, or nothing where there is none.
pub fn count(diagnostics: &[Diagnostic]) -> Option<String> {
    let errors = diagnostics.iter().filter(|d| d.is_error()).count();
    let warnings = diagnostics.len() - errors;
    let named = |n: usize, word: &str| {
        (n > 0).then(|| format!("{n} {word}{}", if n == 1 { "" } else { "s" }))
    };
    let parts: Vec<String> = [named(errors, "error"), named(warnings, "warning")]
        .into_iter()
        .flatten()
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}
