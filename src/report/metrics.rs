//! The table of an exercise's metrics: a block a metric, a line a scenario.

use comfy_table::{Cell, Color, ContentArrangement, Table};
use indexmap::{IndexMap, IndexSet};

use super::figure::Scale;
use super::summary::{Style, fits, right, table};
use crate::trace::row::Row;

/// A line of the table, as text.
struct Line {
    metric: String,
    unit: String,
    scenario: String,
    start: String,
    distance: String,
    falls: bool,
    lowest: (String, String),
    highest: (String, String),
}

/// How much is drawn: what does not fit is left out, never broken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Detail {
    /// Lowest and highest value with their days.
    Days,
    /// Lowest and highest value.
    Extremes,
    /// The first printed day alone.
    Start,
}

/// The totals of an exercise: the first printed day, the distance to the base on it, the lowest and the highest value of all
/// printed days. All figures of a metric have one unit.
pub fn metrics(rows: &[&Row], base: &str, style: Style) -> Option<String> {
    let totals: Vec<&Row> = rows
        .iter()
        .copied()
        .filter(|r| r.dimension.is_empty())
        .collect();
    let names: IndexSet<&str> = totals.iter().map(|r| r.metric.as_str()).collect();
    let first = totals.iter().map(|r| r.date.as_str()).min()?;
    let mut lines = Vec::new();
    for name in names {
        let of: Vec<&Row> = totals
            .iter()
            .copied()
            .filter(|r| r.metric == name)
            .collect();
        block(name, &of, first, base, &mut lines);
    }
    let moves = lines.iter().any(|line| !line.lowest.0.is_empty());
    let details: &[Detail] = if moves {
        &[Detail::Days, Detail::Extremes, Detail::Start]
    } else {
        &[Detail::Start]
    };
    let mut drawn = String::new();
    for detail in details {
        let mut out = draw(&lines, first, *detail, style);
        out.set_content_arrangement(ContentArrangement::Disabled);
        drawn = out.to_string();
        if fits(&drawn, style.width) {
            break;
        }
    }
    for line in breakdowns(rows, style.width) {
        drawn.push('\n');
        drawn.push_str(&line);
    }
    Some(drawn)
}

/// What is broken down stands in the files, and here by name: ` by currency in metrics.csv: loss_parallel_up, …`.
fn breakdowns(rows: &[&Row], width: usize) -> Vec<String> {
    let mut by: IndexMap<&str, IndexSet<&str>> = IndexMap::new();
    for row in rows.iter().filter(|row| !row.dimension.is_empty()) {
        by.entry(&row.dimension).or_default().insert(&row.metric);
    }
    let mut lines = Vec::new();
    for (dimension, names) in by {
        let mut line = format!(" by {dimension} in metrics.csv:");
        for (at, name) in names.iter().enumerate() {
            let comma = if at + 1 == names.len() { "" } else { "," };
            if line.chars().count() + name.chars().count() + 2 > width {
                lines.push(std::mem::replace(&mut line, "  ".to_owned()));
            }
            line.push_str(&format!(" {name}{comma}"));
        }
        lines.push(line);
    }
    lines
}

/// The lines of a metric.
fn block(name: &str, rows: &[&Row], first: &str, base: &str, lines: &mut Vec<Line>) {
    let unit = rows
        .iter()
        .find(|r| r.value.is_some())
        .map_or("", |r| r.unit.as_str());
    let scale = Scale::of(unit, rows.iter().filter_map(|r| r.value));
    let mut scenarios: IndexMap<&str, Vec<&Row>> = IndexMap::new();
    for row in rows {
        scenarios.entry(&row.scenario).or_default().push(row);
    }
    let at_start = |rows: &[&Row]| rows.iter().find(|r| r.date == first).and_then(|r| r.value);
    let of_base = scenarios.get(base).and_then(|rows| at_start(rows));
    for (i, (scenario, rows)) in scenarios.iter().enumerate() {
        let start = at_start(rows);
        let defined = || rows.iter().filter(|r| r.value.is_some());
        // of equal values the first day; of what never moves there is no lowest and highest
        let moves = defined().any(|row| row.value != start);
        let extreme = |row: Option<&&Row>| match row {
            Some(row) if moves => (scale.figure(row.value), row.date.clone()),
            _ => (String::new(), String::new()),
        };
        lines.push(Line {
            metric: if i == 0 { name.into() } else { String::new() },
            unit: if i == 0 {
                scale.unit.clone()
            } else {
                String::new()
            },
            scenario: (*scenario).into(),
            start: scale.figure(start),
            distance: if *scenario == base {
                String::new()
            } else {
                scale.change(of_base, start)
            },
            falls: matches!((of_base, start), (Some(a), Some(b)) if b < a),
            lowest: extreme(defined().min_by_key(|r| r.value)),
            highest: extreme(defined().rev().max_by_key(|r| r.value)),
        });
    }
}

fn draw(lines: &[Line], first: &str, detail: Detail, style: Style) -> Table {
    let mut header = vec!["metric", "", "scenario", first, "to base"];
    header.extend(match detail {
        Detail::Days => vec!["lowest step", "on", "highest step", "on"],
        Detail::Extremes => vec!["lowest step", "highest step"],
        Detail::Start => vec![],
    });
    let mut out = table(style, &header);
    for line in lines {
        let distance = right(line.distance.clone());
        let mut cells = vec![
            style.bold(Cell::new(&line.metric)),
            Cell::new(&line.unit),
            Cell::new(&line.scenario),
            right(line.start.clone()),
            if line.falls {
                style.coloured(distance, Color::Red)
            } else {
                distance
            },
        ];
        if detail != Detail::Start {
            for (value, day) in [&line.lowest, &line.highest] {
                cells.push(right(value.clone()));
                if detail == Detail::Days {
                    cells.push(Cell::new(day));
                }
            }
        }
        out.add_row(cells);
    }
    out
}
