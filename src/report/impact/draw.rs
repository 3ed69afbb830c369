//! The action card for people: what was decided, then each measure with it and without it.

use comfy_table::Cell;

use super::{Card, Line};
use crate::engine::observe::{DecisionRecord, Value};
use crate::report::actions::told;
use crate::report::figure::figure;
use crate::report::summary::{Style, right, table};
use crate::trace::row::{DECIMALS, scaled};

/// The card as text.
pub fn draw(card: &Card, style: Style) -> String {
    let mut parts = vec![format!(
        "{}  ·  {} under {} of {}",
        card.title, card.action, card.scenario, card.exercise
    )];
    let decisions: Vec<&DecisionRecord> = card.decisions.iter().collect();
    parts.push(if decisions.is_empty() {
        "nothing was decided: the trigger did not fire".to_owned()
    } else {
        told(&decisions).trim_end().to_owned()
    });
    let legs = card.lines.first().map_or(0, |line| line.legs.len());
    let numbered: Vec<String> = (1..=legs).map(|leg| format!("line {leg}")).collect();
    let mut header = vec!["measure", "at", "without", "with", "difference"];
    header.extend(numbered.iter().map(String::as_str));
    if legs > 0 {
        header.push("together");
    }
    let mut out = table(style, &header);
    let mut last = "";
    // a key rate that nothing moves says nothing
    let still = |line: &&Line| {
        line.measure.starts_with("eve, key rate") && line.difference.as_deref() == Some("0")
    };
    for line in card.lines.iter().filter(|line| !still(line)) {
        let name = if line.measure == last {
            ""
        } else {
            &line.measure
        };
        last = &line.measure;
        let mut cells = vec![Cell::new(name), Cell::new(&line.at)];
        cells.extend(row(line).into_iter().map(right));
        out.add_row(cells);
    }
    parts.push(out.to_string());
    let lowest = |of: fn(&Line) -> &Value| {
        let days = card.lcr_by_day.iter();
        let lowest = days.filter_map(|line| Some((number(of(line))?, line.at.as_str())));
        lowest.min()
    };
    if let (Some(without), Some(with)) = (lowest(|line| &line.without), lowest(|line| &line.with)) {
        parts.push(format!(
            "lowest lcr: {} on {} without, {} on {} with",
            figure(Some(without.0), "ratio"),
            without.1,
            figure(Some(with.0), "ratio"),
            with.1
        ));
    }
    if !card.absent.is_empty() {
        let absent = card.absent.iter();
        let absent: Vec<String> = absent
            .map(|absent| format!("  {}: {}", absent.measure, absent.reason))
            .collect();
        parts.push(format!("not measured\n{}", absent.join("\n")));
    }
    let text: Vec<String> = parts
        .join("\n\n")
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    text.join("\n") + "\n"
}

fn number(value: &Value) -> Option<i128> {
    match value {
        Value::Number(text) => scaled(text, DECIMALS),
        Value::Undefined(_) => None,
    }
}

fn row(line: &Line) -> Vec<String> {
    let change = |text: &Option<String>| match text.as_ref().and_then(|t| scaled(t, DECIMALS)) {
        Some(0) => "–".to_owned(),
        Some(value) => {
            let shown = match line.unit.as_str() {
                "ratio" => figure(Some(value), "ratio").replace(" %", " pp"),
                unit => figure(Some(value), unit),
            };
            if value > 0 {
                format!("+{shown}")
            } else {
                shown
            }
        }
        None => "n/a".to_owned(),
    };
    let mut cells = vec![
        figure(number(&line.without), &line.unit),
        figure(number(&line.with), &line.unit),
        change(&line.difference),
    ];
    cells.extend(line.legs.iter().map(change));
    if !line.legs.is_empty() {
        cells.push(change(&line.together));
    }
    cells
}
