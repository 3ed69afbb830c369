//! What a file states day by day: repayments in the columns `id,date,amount`, rates in `id,date,rate`.

use super::fault::{EMPTY, Fault};
use crate::calendar::Date;
use crate::diagnostic::Diagnostic;
use crate::tabular::{CellError, Column, ColumnKind, Table};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// What a file states on its days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stated {
    /// Repayments.
    Amounts,
    /// Fixed rates from the day on.
    Rates,
}

impl Stated {
    /// The columns of such a file, with what they hold.
    pub(super) const fn columns(self) -> [(&'static str, ColumnKind); 3] {
        let value = match self {
            Stated::Amounts => "amount",
            Stated::Rates => "rate",
        };
        [
            ("id", ColumnKind::Text),
            ("date", ColumnKind::Date),
            (value, ColumnKind::Number),
        ]
    }

    /// The key of the mapping that names the file.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Stated::Amounts => "repays",
            Stated::Rates => "accrues",
        }
    }

    /// Said where columns are missing.
    pub(super) const fn columns_said(self) -> &'static str {
        match self {
            Stated::Amounts => "a schedule has the columns `id`, `date`, `amount`",
            Stated::Rates => "a schedule of rates has the columns `id`, `date`, `rate`",
        }
    }
}

/// A file that a mapping names, with what could be read of it.
pub(super) struct StatedFile<'a> {
    pub what: Stated,
    pub path: &'a str,
    pub read: Option<Schedules>,
}

/// The amounts or rates of each position, by day; or what is wrong with the first bad row of it.
#[derive(Debug, Default)]
pub(super) struct Schedules {
    pub by_id: BTreeMap<String, Result<Vec<(Date, Decimal)>, Box<Fault>>>,
    /// Rows that name no position at all.
    pub nameless: Vec<Fault>,
    /// The first row of each id, for messages.
    pub rows: BTreeMap<String, u64>,
}

impl Schedules {
    /// Reads the rows of a table. Flows up to the book's date are faults, as what was due then is past; rates are not, as the last
    /// of them is today's.
    pub(super) fn read(
        table: &Table,
        what: Stated,
        date: Date,
        arrears: bool,
    ) -> Result<Schedules, Diagnostic> {
        let key = what.key();
        let [(id, _), (day, _), (amount, _)] = what.columns();
        let (ids, days, amounts) = (table.column(id)?, table.column(day)?, table.column(amount)?);
        let mut schedules = Schedules::default();
        for row in 0..table.len() {
            let number = table.row_number(row);
            let ragged = table.faults.iter().find(|fault| fault.index == row);
            let place = |mut fault: Fault| {
                fault.place = Some((table.path.clone(), number));
                fault
            };
            let cell = |error: CellError| place(Fault::of_cell(key, error));
            let empty =
                |column: &Column<'_>| place(Fault::new(key, column.name(), String::new(), EMPTY));
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
                    let mut ragged = Fault::new(key, "", String::new(), fault.reason.clone());
                    ragged.column = String::new();
                    return Err(place(ragged));
                }
                let due = days.date(row).map_err(cell)?.ok_or_else(|| empty(&days))?;
                let value = amounts
                    .number(row)
                    .map_err(cell)?
                    .ok_or_else(|| empty(&amounts))?;
                if what == Stated::Amounts && due <= date && !arrears {
                    let reason = format!("does not lie after the reporting date {date}");
                    return Err(place(Fault::new(key, days.name(), due.to_string(), reason)));
                }
                if what == Stated::Amounts && value.is_sign_negative() {
                    return Err(place(Fault::new(
                        key,
                        amounts.name(),
                        value.normalize().to_string(),
                        "is negative",
                    )));
                }
                if what == Stated::Rates && value.abs() > Decimal::ONE {
                    return Err(place(Fault::new(
                        key,
                        amounts.name(),
                        value.normalize().to_string(),
                        "is beyond 100 %; rates of a file are fractions, `0.036`",
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
                (slot @ Ok(_), Ok((due, value))) if what == Stated::Rates && states(slot, due) => {
                    *slot = Err(Box::new(place(Fault::new(
                        key,
                        amounts.name(),
                        value.normalize().to_string(),
                        format!("is a second rate from {due} on"),
                    ))));
                }
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

/// Whether the rows of a position have one of that day.
fn states(rows: &Result<Vec<(Date, Decimal)>, Box<Fault>>, day: Date) -> bool {
    let days = rows.iter().flatten();
    days.into_iter().any(|(stated, _)| *stated == day)
}
