//! Stated repayments in a file with the columns `id,date,amount`.

use super::fault::Fault;
use crate::calendar::Date;
use crate::diagnostic::Diagnostic;
use crate::tabular::{CellError, Column, ColumnKind, Table};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// The columns of such a file, with what they hold.
pub(super) const COLUMNS: [(&str, ColumnKind); 3] = [
    ("id", ColumnKind::Text),
    ("date", ColumnKind::Date),
    ("amount", ColumnKind::Number),
];

/// The flows of each position, by day; or what is wrong with the first bad row of it.
#[derive(Debug, Default)]
pub(super) struct Schedules {
    pub by_id: BTreeMap<String, Result<Vec<(Date, Decimal)>, Box<Fault>>>,
    /// Rows that name no position at all.
    pub nameless: Vec<Fault>,
    /// The first row of each id, for messages.
    pub rows: BTreeMap<String, u64>,
}

impl Schedules {
    /// Reads the rows of a table. Flows up to the book's date are faults, as what was due then is past.
    pub(super) fn read(table: &Table, date: Date, arrears: bool) -> Result<Schedules, Diagnostic> {
        let [(id, _), (day, _), (amount, _)] = COLUMNS;
        let (ids, days, amounts) = (table.column(id)?, table.column(day)?, table.column(amount)?);
        let mut schedules = Schedules::default();
        for row in 0..table.len() {
            let number = table.row_number(row);
            let ragged = table.faults.iter().find(|fault| fault.index == row);
            let place = |mut fault: Fault| {
                fault.place = Some((table.path.clone(), number));
                fault
            };
            let cell = |error: CellError| place(Fault::of_cell("repays", error));
            let empty = |column: &Column<'_>| {
                place(Fault::new(
                    "repays",
                    column.name(),
                    String::new(),
                    "is empty",
                ))
            };
            let id = match ids.text(row) {
                Ok(Some(id)) => id.into_owned(),
                Ok(None) => {
                    schedules.nameless.push(empty(&ids));
                    continue;
                }
                Err(error) => {
                    schedules.nameless.push(cell(error));
                    continue;
                }
            };
            let flow = || -> Result<(Date, Decimal), Fault> {
                if let Some(fault) = ragged {
                    let mut ragged = Fault::new("repays", "", String::new(), fault.reason.clone());
                    ragged.column = String::new();
                    return Err(place(ragged));
                }
                let due = days.date(row).map_err(cell)?.ok_or_else(|| empty(&days))?;
                let value = amounts
                    .number(row)
                    .map_err(cell)?
                    .ok_or_else(|| empty(&amounts))?;
                if due <= date && !arrears {
                    let reason = format!("does not lie after the reporting date {date}");
                    return Err(place(Fault::new(
                        "repays",
                        days.name(),
                        due.to_string(),
                        reason,
                    )));
                }
                if value.is_sign_negative() {
                    return Err(place(Fault::new(
                        "repays",
                        amounts.name(),
                        value.normalize().to_string(),
                        "is negative",
                    )));
                }
                Ok((due, value))
            };
            let flow = flow();
            schedules.rows.entry(id.clone()).or_insert(number);
            match (
                schedules.by_id.entry(id).or_insert_with(|| Ok(Vec::new())),
                flow,
            ) {
                (Ok(flows), Ok(flow)) => flows.push(flow),
                (slot @ Ok(_), Err(fault)) => *slot = Err(Box::new(fault)),
                // Of several bad rows of a position the first one is told.
                (Err(_), _) => {}
            }
        }
        for flows in schedules.by_id.values_mut().flatten() {
            flows.sort();
        }
        Ok(schedules)
    }
}
