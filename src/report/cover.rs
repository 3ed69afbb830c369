//! What cover pools lack: a line for each stretch of days, with the worst of them.

use comfy_table::Cell;

use super::figure::figure;
use super::summary::{Style, right, table};
use crate::engine::observe::CoverRecord;
use crate::trace::row::{DECIMALS, scaled};

/// The table of shortfalls; nothing where every pool holds what it is to.
pub fn shortfalls(records: Vec<&CoverRecord>, style: Style) -> Option<String> {
    if records.is_empty() {
        return None;
    }
    let header = [
        "pool",
        "scenario",
        "from",
        "until",
        "worst on",
        "is to hold",
        "holds",
        "lacks",
    ];
    let mut out = table(style, &header);
    for record in records {
        let amount = |text: &str| {
            let value = scaled(text, DECIMALS);
            right(value.map_or_else(String::new, |value| figure(Some(value), &record.currency)))
        };
        out.add_row(vec![
            Cell::new(&record.pool),
            Cell::new(&record.scenario),
            Cell::new(&record.first),
            Cell::new(&record.last),
            Cell::new(&record.worst),
            amount(&record.required),
            amount(&record.held),
            amount(&record.shortfall),
        ]);
    }
    Some(out.to_string())
}
