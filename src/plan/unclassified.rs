//! What is said where positions lack a dimension that something reads of them, by whoever finds it out.

use super::definition::{Dimension, Domain, Heading};
use super::types::Type;
use crate::diagnostic::{Diagnostic, codes};

/// Names in backticks as a list in words.
fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

impl Dimension {
    /// The error where `asker` ("what the book `b` reports") needs this dimension of instruments that do not map it: what to
    /// classify, and how.
    pub fn unclassified(&self, asker: &str, instruments: &[&Heading]) -> Diagnostic {
        let name = self.heading.short.as_str();
        let values = match &self.domain {
            Domain::Closed { members, .. } => {
                let names: Vec<&str> = members.iter().map(|m| m.name.as_str()).collect();
                format!(", one of {}", listed(&names))
            }
            Domain::Open(Type::Bool) => ", `true` or `false`".to_owned(),
            _ => String::new(),
        };
        let by_column = match &self.domain {
            Domain::Closed { .. } => format!(
                "; from a column by a table, `table {name}_of: {name} by text {{ … }}` and `{name} = {name}_of([column])`"
            ),
            _ => format!("; or from a column, `{name} = [column]`"),
        };
        let named: Vec<&str> = instruments.iter().map(|h| h.short.as_str()).collect();
        let mut error = Diagnostic::error(
            codes::compile::NO_TERM,
            format!("{asker} needs `{name}` of {}", listed(&named)),
        )
        .help(format!(
            "classify in the instrument, `{name} = …`{values}{by_column}"
        ));
        let mut places = instruments.iter().filter_map(|h| h.origin.span);
        if let Some(first) = places.next() {
            error = error.at(first, "not classified");
        }
        for place in places {
            error = error.also(place, "nor is this");
        }
        match self.heading.origin.span {
            Some(span) => error.also(span, "the dimension"),
            None => error,
        }
    }
}
