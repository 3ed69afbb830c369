//! The summary of a run: metrics by scenario with their distance to the base, limits, data exceptions, the run card.

use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ContentArrangement, LineStyle, Table, TableStyle,
};
use indexmap::IndexMap;

use super::actions::actions;
use super::attribution::attributions;
use super::cover::shortfalls;
use super::hedges::hedges;
use super::limits::limits;
use super::metrics::metrics;
use crate::engine::observe::{LimitRecord, Recorder};
use crate::trace::bundle::Bundle;
use crate::trace::row::Row;

/// How the summary is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Columns of the terminal.
    pub width: usize,
    /// Whether colours may be used.
    pub colour: bool,
}

impl Style {
    /// The cell in a colour, where colours may be used.
    pub(super) fn coloured(self, cell: Cell, colour: Color) -> Cell {
        if self.colour { cell.fg(colour) } else { cell }
    }

    pub(super) fn bold(self, cell: Cell) -> Cell {
        if self.colour {
            cell.add_attribute(Attribute::Bold)
        } else {
            cell
        }
    }
}

/// Facts of a run besides its records, one line each: `positions` and `21,480`.
#[derive(Debug, Clone, Default)]
pub struct Card {
    /// Name and value, in the order of printing.
    pub lines: Vec<(String, String)>,
}

/// A table without frame lines but one under its header.
pub(super) fn table(style: Style, header: &[&str]) -> Table {
    let mut table = Table::new();
    table
        .load_style(TableStyle::new().header_separator(LineStyle::none().fill('─')))
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(style.width).unwrap_or(u16::MAX));
    if !style.colour {
        table.force_no_tty();
    } else {
        table.enforce_styling();
    }
    table.set_header(
        header
            .iter()
            .map(|h| style.coloured(Cell::new(h), Color::DarkGrey))
            .collect::<Vec<_>>(),
    );
    table
}

/// Everything that a run says to people.
pub fn summary(bundle: &Bundle, records: &Recorder, card: &Card, style: Style) -> String {
    let mut parts: Vec<String> = Vec::new();
    for run in &bundle.card.runs {
        let title = format!(
            "{}  ·  {} at {}, in {}",
            bundle.card.project, run.exercise, run.date, run.currency
        );
        parts.push(heading(&title, style));
        let rows: Vec<&Row> = bundle
            .rows
            .iter()
            .filter(|r| r.exercise == run.exercise)
            .collect();
        let base = run
            .scenarios
            .first()
            .map(String::as_str)
            .unwrap_or_default();
        if let Some(text) = metrics(&rows, base, style) {
            parts.push(text);
        }
        let decided = records.decisions.iter();
        let decided = decided.filter(|d| d.exercise == run.exercise);
        let (rebalanced, decided): (Vec<_>, Vec<_>) = decided.partition(|d| d.is_hedge);
        if let Some(text) = actions(decided, style) {
            parts.push(format!("{}\n{text}", heading("Actions", style)));
        }
        if let Some(text) = hedges(&rebalanced, style) {
            parts.push(format!("{}\n{text}", heading("Hedges", style)));
        }
        let lacking = records.covers.iter();
        let lacking = lacking.filter(|c| c.exercise == run.exercise).collect();
        if let Some(text) = shortfalls(lacking, style) {
            parts.push(format!(
                "{}\n{text}",
                heading("Cover pools that lack assets", style)
            ));
        }
        parts.extend(attributions(&rows, style));
        let of: Vec<&LimitRecord> = records
            .limits
            .iter()
            .filter(|l| l.exercise == run.exercise)
            .collect();
        if let Some(text) = limits(&of, style) {
            parts.push(format!("{}\n{text}", heading("Limits", style)));
        }
    }
    if !records.exceptions.is_empty() {
        parts.push(format!(
            "{}\n{}",
            heading("Data exceptions", style),
            exceptions(records, style)
        ));
    }
    let mut lines = table(style, &["run", ""]);
    for (name, value) in &card.lines {
        lines.add_row(vec![Cell::new(name), Cell::new(value)]);
    }
    parts.push(lines.to_string());
    let text: Vec<String> = parts
        .join("\n\n")
        .lines()
        .map(|l| l.trim_end().to_string())
        .collect();
    text.join("\n") + "\n"
}

fn heading(text: &str, style: Style) -> String {
    if style.colour {
        format!("\u{1b}[1m{text}\u{1b}[0m")
    } else {
        text.to_string()
    }
}

/// Whether a drawn table stands within a width; its separating line, which has no colours, is as long as its rows.
pub(super) fn fits(drawn: &str, width: usize) -> bool {
    let bare = drawn.lines().filter(|line| !line.contains('\u{1b}'));
    bare.map(|line| line.chars().count()).max().unwrap_or(0) <= width
}

pub(super) fn right(text: String) -> Cell {
    Cell::new(text).set_alignment(CellAlignment::Right)
}

/// Quarantined rows by instrument and reason.
fn exceptions(records: &Recorder, style: Style) -> String {
    let mut groups: IndexMap<(&str, &str, &str), (usize, &str)> = IndexMap::new();
    for e in &records.exceptions {
        let entry = groups
            .entry((&e.instrument, &e.column, &e.reason))
            .or_insert((0, e.position.as_str()));
        entry.0 += 1;
    }
    let mut out = table(style, &["instrument", "column", "rows", "first", "reason"]);
    for ((instrument, column, reason), (count, first)) in groups {
        out.add_row(vec![
            Cell::new(instrument),
            Cell::new(column),
            right(count.to_string()),
            Cell::new(first),
            Cell::new(reason),
        ]);
    }
    out.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::observe::{ExceptionRecord, MetricKey, MetricRecord, Place, Value, Verdict};
    use crate::trace::bundle::{Provenance, RunOf, make};

    fn metric(
        scenario: &str,
        date: &str,
        name: &str,
        value: Option<&str>,
        unit: &str,
    ) -> MetricRecord {
        MetricRecord {
            key: MetricKey {
                exercise: "ilaap".into(),
                scenario: scenario.into(),
                date: date.into(),
                metric: name.into(),
                dimension: String::new(),
                member: String::new(),
            },
            value: value.map_or(Value::Undefined("no outflows".into()), |v| {
                Value::Number(v.into())
            }),
            unit: unit.into(),
            reported: true,
            place: Place {
                file: "a.plim".into(),
                line: 1,
            },
            formula: "x".into(),
            combine: Default::default(),
            terms: vec![],
            skipped: 0,
        }
    }

    #[test]
    fn a_run_at_a_fixed_width() {
        let limit = |scenario: &str, verdict| LimitRecord {
            exercise: "ilaap".into(),
            scenario: scenario.into(),
            limit: "lcr_floor".into(),
            title: "LCR floor".into(),
            requirement: "lcr >= 100%".into(),
            place: Place {
                file: "l.plim".into(),
                line: 3,
            },
            verdict,
            first: Some("2026-12-31".into()),
            last: Some("2027-03-31".into()),
            failed: 2,
            checked: 5,
            worst_date: Some("2026-12-31".into()),
            worst: Some(Value::Number("0.97".into())),
            unit: "ratio".into(),
        };
        let records = Recorder {
            metrics: vec![
                metric("baseline", "2026-09-30", "lcr", Some("1.42"), "ratio"),
                metric("baseline", "2026-12-31", "lcr", Some("1.40"), "ratio"),
                metric("squeeze", "2026-09-30", "lcr", Some("1.18"), "ratio"),
                metric("squeeze", "2026-12-31", "lcr", Some("0.97"), "ratio"),
                metric(
                    "baseline",
                    "2026-09-30",
                    "nii_12m",
                    Some("431500000"),
                    "EUR",
                ),
                metric("squeeze", "2026-09-30", "nii_12m", None, "EUR"),
            ],
            limits: vec![
                limit("baseline", Verdict::Held),
                limit("squeeze", Verdict::Breach),
            ],
            exceptions: vec![ExceptionRecord {
                instrument: "mortgage".into(),
                position: "M7".into(),
                column: "maturity_date".into(),
                value: "2025-01-31".into(),
                reason: "lies before the reporting date".into(),
            }],
            ..Recorder::default()
        };
        let provenance = Provenance {
            project: "halyard".into(),
            runs: vec![RunOf {
                exercise: "ilaap".into(),
                date: "2026-09-30".into(),
                currency: "EUR".into(),
                scenarios: vec!["baseline".into(), "squeeze".into()],
            }],
            ..Provenance::default()
        };
        let bundle = make(&provenance, &records).unwrap();
        let card = Card {
            lines: vec![("positions".into(), "21,480".into())],
        };
        insta::assert_snapshot!(summary(
            &bundle,
            &records,
            &card,
            Style {
                width: 120,
                colour: false
            }
        ));
    }
}
