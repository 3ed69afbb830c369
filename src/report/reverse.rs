//! What a search found, for people: the answer, what binds there and when, and the certificate.

use comfy_table::{Cell, Color};

use super::figure::{NONE, figure};
use super::summary::{Style, right, table};
use crate::engine::measure::Binding;
use crate::engine::observe::Value;
use crate::engine::search::{SearchAnswer, Tried};
use crate::plan::Search;
use crate::trace::row::scaled;
use rust_decimal::Decimal;

/// A search with its answer.
pub struct Searched<'a> {
    /// The exercise.
    pub exercise: &'a str,
    /// The line.
    pub search: &'a Search,
    /// Whether the actions that the scenario allows may be taken; `None`: it allows none.
    pub actions: Option<bool>,
    /// What was found.
    pub answer: &'a SearchAnswer,
}

/// A value of a search as the language writes it.
pub fn shown_value(search: &Search, value: Decimal) -> String {
    search.literal(value.normalize()).spelling()
}

/// A value for people: `99.7 %`.
fn shown(value: &Value, unit: &str) -> String {
    match value {
        Value::Number(text) => figure(scaled(text, 12), unit),
        Value::Undefined(_) => NONE.to_owned(),
    }
}

/// The page of one search. `texts` gives what is watched where it is no metric.
pub fn reverse(
    searched: &Searched<'_>,
    texts: &dyn Fn(&Binding) -> String,
    style: Style,
) -> String {
    let Searched {
        exercise,
        search,
        actions,
        answer,
    } = searched;
    let mut text = format!("{exercise}: search {}\n", search.text);
    let mut line = |name: &str, value: &str| text.push_str(&format!("  {name:9}{value}\n"));
    match actions {
        Some(true) => line("actions", "as the scenario allows them"),
        Some(false) => line("actions", "every one forbidden"),
        None => {}
    }
    let value = |tried: &Tried| shown_value(search, tried.value);
    match (&answer.hit, &answer.mild) {
        (Some(hit), mild) => {
            line("found", &hit.scenario.0);
            for binding in hit.watched.iter().filter(|b| b.holds == Some(true)) {
                line("binds", &bound(binding, &texts(binding)));
            }
            match mild {
                Some(mild) => line(
                    "bracket",
                    &format!(
                        "not at {}{}, but at {}; no wider than {}",
                        value(mild),
                        if mild.holds.is_none() {
                            " (undefined)"
                        } else {
                            ""
                        },
                        value(hit),
                        shown_value(search, answer.precision)
                    ),
                ),
                None => line(
                    "bracket",
                    "none: the mildest value that is scanned meets the condition",
                ),
            }
        }
        (None, _) => line(
            "found",
            "nothing: the condition holds at none of the scanned values",
        ),
    }
    let scanned = format!(
        "{} values from {} to {}, then {} between two of them",
        answer.scanned.len(),
        answer.scanned.first().map(value).unwrap_or_default(),
        answer.scanned.last().map(value).unwrap_or_default(),
        answer.bisected.len()
    );
    line("scanned", &scanned);
    line("", "no claim is made between values that were not tried");
    text.push('\n');
    text.push_str(&certificate(searched, texts, style));
    text
}

/// What decides at the answer, and when.
fn bound(binding: &Binding, name: &str) -> String {
    let unit = &binding.unit;
    let mut text = format!(
        "{name}: {} against {}",
        shown(&binding.value, unit),
        shown(&binding.limit, unit)
    );
    if let Some(first) = binding.first {
        text.push_str(&format!(", first on {first}"));
    }
    if let Some(worst) = binding.worst.filter(|worst| Some(*worst) != binding.first) {
        text.push_str(&format!(", worst on {worst}"));
    }
    text
}

fn certificate(
    searched: &Searched<'_>,
    texts: &dyn Fn(&Binding) -> String,
    style: Style,
) -> String {
    let answer = searched.answer;
    let watched = answer.scanned.first().map_or(&[][..], |t| &t.watched);
    let mut header = vec![searched.search.variable.clone()];
    header.extend(watched.iter().map(texts));
    header.push(String::new());
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let mut out = table(style, &header);
    for tried in &answer.scanned {
        let mut row = vec![right(shown_value(searched.search, tried.value))];
        row.extend(
            tried
                .watched
                .iter()
                .map(|b| right(shown(&b.value, &b.unit))),
        );
        row.push(match tried.holds {
            Some(true) => style.coloured(Cell::new("● holds"), Color::Red),
            Some(false) => Cell::new(""),
            None => Cell::new("○ undefined"),
        });
        out.add_row(row);
    }
    format!("{out}\n")
}
