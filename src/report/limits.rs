//! Limits with a traffic light: what failed with its days, what held in one line.

use comfy_table::{Cell, Color, ContentArrangement, Table};
use indexmap::IndexMap;

use super::figure::figure;
use super::summary::{Style, fits, right, table};
use crate::engine::observe::{LimitRecord, Value, Verdict};
use crate::trace::row::scaled;

/// The lamp, its colour and its word.
fn lamp(verdict: Verdict) -> (&'static str, Color) {
    match verdict {
        Verdict::Held => ("● held", Color::Green),
        Verdict::Warning => ("● warning", Color::Yellow),
        Verdict::Undefined => ("○ undefined", Color::Magenta),
        Verdict::Breach => ("● BREACH", Color::Red),
    }
}

/// A line of the table, as text.
struct Line {
    verdict: Verdict,
    limit: String,
    requirement: String,
    scenario: String,
    worst: String,
    on: String,
    failed: String,
}

/// The table of an exercise's limits; nothing without limits.
pub fn limits(records: &[&LimitRecord], style: Style) -> Option<String> {
    if records.is_empty() {
        return None;
    }
    let mut by_requirement: IndexMap<(&str, &str), Vec<&LimitRecord>> = IndexMap::new();
    for r in records {
        by_requirement
            .entry((&r.limit, &r.requirement))
            .or_default()
            .push(r);
    }
    let mut lines: Vec<Line> = Vec::new();
    let mut told = "";
    for ((limit, _), of) in &by_requirement {
        let first = lines.len();
        requirement(of, &mut lines);
        // the title of a limit stands once
        if *limit == told {
            lines.iter_mut().skip(first).for_each(|l| l.limit.clear());
        }
        told = limit;
    }
    // what is empty is left out, then the title where the rest does not fit
    let failing = lines.iter().any(|line| !line.worst.is_empty());
    let mut whole = draw(&lines, true, failing, style);
    whole.set_content_arrangement(ContentArrangement::Disabled);
    let mut bare = draw(&lines, false, failing, style);
    Some(match whole.to_string() {
        text if fits(&text, style.width) => text,
        _ => {
            bare.set_content_arrangement(ContentArrangement::Dynamic);
            bare.to_string()
        }
    })
}

/// A line for each scenario in which a requirement failed, one for all in which it held.
fn requirement(of: &[&LimitRecord], lines: &mut Vec<Line>) {
    let first = lines.len();
    for r in of.iter().filter(|r| r.verdict != Verdict::Held) {
        lines.push(Line {
            verdict: r.verdict,
            limit: String::new(),
            requirement: r.requirement.clone(),
            scenario: r.scenario.clone(),
            worst: r
                .worst
                .as_ref()
                .map(|w| worst(w, &r.unit))
                .unwrap_or_default(),
            on: r.worst_date.clone().unwrap_or_default(),
            failed: match (&r.first, &r.last) {
                (Some(a), Some(b)) if a == b => a.clone(),
                (Some(a), Some(b)) => {
                    format!("{a} to {b} ({} of {})", r.failed, r.checked)
                }
                _ => String::new(),
            },
        });
    }
    let held: Vec<&&LimitRecord> = of.iter().filter(|r| r.verdict == Verdict::Held).collect();
    if let Some(one) = held.first() {
        lines.push(Line {
            verdict: Verdict::Held,
            limit: String::new(),
            requirement: one.requirement.clone(),
            scenario: match held.len() {
                1 => one.scenario.clone(),
                n if n == of.len() => format!("all {n}"),
                n => format!("the other {n}"),
            },
            worst: String::new(),
            on: String::new(),
            failed: String::new(),
        });
    }
    if let (Some(line), Some(record)) = (lines.get_mut(first), of.first()) {
        line.limit = record.title.clone();
    }
}

fn draw(lines: &[Line], titles: bool, failing: bool, style: Style) -> Table {
    let mut header = vec![""];
    if titles {
        header.push("limit");
    }
    header.extend(["requirement", "scenario"]);
    if failing {
        header.extend(["worst", "on", "failed (days)"]);
    }
    let mut out = table(style, &header);
    for line in lines {
        let (word, colour) = lamp(line.verdict);
        let mut cells = vec![style.coloured(Cell::new(word), colour)];
        if titles {
            cells.push(Cell::new(&line.limit));
        }
        cells.push(Cell::new(&line.requirement));
        cells.push(Cell::new(&line.scenario));
        if failing {
            cells.push(right(line.worst.clone()));
            cells.push(Cell::new(&line.on));
            cells.push(Cell::new(&line.failed));
        }
        out.add_row(cells);
    }
    out
}

fn worst(value: &Value, unit: &str) -> String {
    match value {
        Value::Number(text) => figure(scaled(text, 12), unit),
        Value::Undefined(_) => figure(None, unit),
    }
}
