//! What actions decided and settled: a line each, with what was asked for and done.

use comfy_table::Cell;

use super::figure::{figure, in_full};
use super::summary::{Style, right, table};
use crate::engine::observe::{DecisionRecord, DeedRecord, Value};
use crate::trace::row::{DECIMALS, scaled};

/// The table of decisions; nothing where nothing was decided. The lines of one `do` stand below one another.
pub fn actions(records: Vec<&DecisionRecord>, style: Style) -> Option<String> {
    if records.is_empty() {
        return None;
    }
    let header = [
        "action", "scenario", "decided", "saw", "settles", "asked", "done", "",
    ];
    let mut out = table(style, &header);
    for record in records {
        let lines = record.deeds.iter().map(Some).chain(std::iter::repeat_n(
            None,
            usize::from(record.deeds.is_empty()),
        ));
        for (place, deed) in lines.enumerate() {
            let first = place == 0;
            let head = |text: &str| Cell::new(if first { text } else { "" });
            out.add_row(vec![
                head(&record.action),
                head(&record.scenario),
                head(&record.decided),
                head(&saw(record)),
                head(if record.refused.is_some() {
                    "–"
                } else {
                    &record.settles
                }),
                right(amount(deed.and_then(|d| d.asked.as_deref()), deed)),
                right(amount(deed.and_then(|d| d.filled.as_deref()), deed)),
                Cell::new(said(record, deed)),
            ]);
        }
    }
    Some(out.to_string())
}

fn amount(text: Option<&str>, deed: Option<&DeedRecord>) -> String {
    match (text.and_then(|text| scaled(text, DECIMALS)), deed) {
        (Some(value), Some(deed)) => figure(Some(value), &deed.currency),
        _ => String::new(),
    }
}

/// The decisions of an action, one below the other, with everything that is recorded of each.
pub fn told(records: &[&DecisionRecord]) -> String {
    let mut text = String::new();
    for record in records {
        let line = match &record.refused {
            Some(reason) => format!("{}  refused: {reason}", record.decided),
            None if record.settled => {
                format!("{}  decided, settled {}", record.decided, record.settles)
            }
            None => format!("{}  decided, settles {}", record.decided, record.settles),
        };
        text.push_str(&line);
        text.push_str(&format!("  {}:{}\n", record.place.file, record.place.line));
        if !record.seen.is_empty() {
            text.push_str(&format!("  saw {}\n", saw(record)));
        }
        for deed in &record.deeds {
            text.push_str(&format!("  {}\n", deed.text));
            let rest = deed.rest.as_deref().and_then(|rest| scaled(rest, DECIMALS));
            let parts = [
                ("asked", deed.asked.as_deref()),
                ("done", deed.filled.as_deref()),
                ("rest", deed.rest.as_deref().filter(|_| rest != Some(0))),
                ("cash", Some(deed.cash.as_str()).filter(|_| record.settled)),
            ];
            let parts: Vec<String> = parts
                .into_iter()
                .filter_map(|(word, value)| {
                    let amount = in_full(scaled(value?, DECIMALS), &deed.currency);
                    Some(format!("{word} {amount}"))
                })
                .collect();
            if !parts.is_empty() {
                text.push_str(&format!("    {}\n", parts.join(", ")));
            }
            if let Some(reason) = &deed.reason {
                text.push_str(&format!("    {reason}\n"));
            }
        }
    }
    text
}

/// The metrics that the trigger saw.
fn saw(record: &DecisionRecord) -> String {
    let seen = record.seen.iter().map(|seen| {
        let value = match &seen.value {
            Value::Number(text) => figure(scaled(text, DECIMALS), &seen.unit),
            Value::Undefined(_) => "undefined".to_owned(),
        };
        format!("{} {value}", seen.metric)
    });
    seen.collect::<Vec<_>>().join(", ")
}

/// What became of it, where that is not simply done.
fn said(record: &DecisionRecord, deed: Option<&DeedRecord>) -> String {
    if let Some(reason) = &record.refused {
        let until = if record.settles == record.decided {
            String::new()
        } else {
            format!(" until {}", record.settles)
        };
        return format!("refused{until}: {reason}");
    }
    match deed.and_then(|deed| deed.reason.clone()) {
        Some(reason) => reason,
        None if !record.settled => "settles after the run".to_owned(),
        None => String::new(),
    }
}
