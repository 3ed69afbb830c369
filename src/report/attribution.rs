//! Attributions of an exercise for people: the change of a metric and its parts, on the first printed day.

use comfy_table::Cell;
use indexmap::IndexMap;

use super::figure::Scale;
use super::summary::{Style, right, table};
use crate::engine::attribution::TOTAL;
use crate::trace::row::Row;

/// A table for each attribution among the rows; nothing without.
pub fn attributions(rows: &[&Row], style: Style) -> Vec<String> {
    let mut by_name: IndexMap<(&str, &str), Vec<&Row>> = IndexMap::new();
    for row in rows {
        if row.dimension == "line" && row.metric.starts_with("attribution(") {
            let key = (row.metric.as_str(), row.scenario.as_str());
            by_name.entry(key).or_default().push(row);
        }
    }
    let tables = by_name.into_iter().map(|((name, _), all)| {
        let first = all.iter().map(|row| row.date.as_str()).min().unwrap_or("");
        let day: Vec<&Row> = all.into_iter().filter(|row| row.date == first).collect();
        let unit = day.first().map_or("", |row| row.unit.as_str());
        let scale = Scale::of(unit, day.iter().filter_map(|row| row.value));
        let header = if scale.unit.is_empty() {
            "change".to_owned()
        } else {
            format!("change, {}", scale.unit)
        };
        let mut out = table(style, &[name, &header]);
        for row in day {
            let figure = right(scale.figure(row.value));
            let label = Cell::new(&row.member);
            if row.member == TOTAL {
                out.add_row(vec![style.bold(label), style.bold(figure)]);
            } else {
                out.add_row(vec![label, figure]);
            }
        }
        out.to_string()
    });
    tables.collect()
}
