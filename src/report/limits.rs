//! Limits with a traffic light: what failed with its days, what held in one line.

use comfy_table::{Cell, Color};
use indexmap::IndexMap;

use super::figure::figure;
use super::summary::{Style, table};
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

/// The table of an exercise's limits; nothing without limits.
pub fn limits(records: &[&LimitRecord], style: Style) -> Option<String> {
    if records.is_empty() {
        return None;
    }
    let mut out = table(
        style,
        &[
            "",
            "limit",
            "requirement",
            "scenario",
            "worst",
            "on",
            "failed",
        ],
    );
    let mut by_requirement: IndexMap<(&str, &str), Vec<&LimitRecord>> = IndexMap::new();
    for r in records {
        by_requirement
            .entry((&r.limit, &r.requirement))
            .or_default()
            .push(r);
    }
    for ((_, requirement), of) in by_requirement {
        let held: Vec<&&LimitRecord> = of.iter().filter(|r| r.verdict == Verdict::Held).collect();
        let title = of.first().map(|r| r.title.clone()).unwrap_or_default();
        for r in of.iter().filter(|r| r.verdict != Verdict::Held) {
            let (word, colour) = lamp(r.verdict);
            let days = match (&r.first, &r.last) {
                (Some(a), Some(b)) if a == b => a.clone(),
                (Some(a), Some(b)) => format!("{a} to {b}"),
                _ => String::new(),
            };
            let worst = r
                .worst
                .as_ref()
                .map(|w| worst(w, &r.unit))
                .unwrap_or_default();
            out.add_row(vec![
                style.coloured(Cell::new(word), colour),
                Cell::new(&title),
                Cell::new(requirement),
                Cell::new(&r.scenario),
                Cell::new(worst),
                Cell::new(r.worst_date.clone().unwrap_or_default()),
                Cell::new(days),
            ]);
        }
        if !held.is_empty() {
            let (word, colour) = lamp(Verdict::Held);
            let scenario = match held.as_slice() {
                [one] => one.scenario.clone(),
                _ if held.len() == of.len() => format!("all {}", held.len()),
                _ => format!("the other {}", held.len()),
            };
            out.add_row(vec![
                style.coloured(Cell::new(word), colour),
                Cell::new(&title),
                Cell::new(requirement),
                Cell::new(scenario),
                Cell::new(""),
                Cell::new(""),
                Cell::new(""),
            ]);
        }
    }
    Some(out.to_string())
}

fn worst(value: &Value, unit: &str) -> String {
    match value {
        Value::Number(text) => figure(scaled(text, 12), unit),
        Value::Undefined(_) => figure(None, unit),
    }
}
