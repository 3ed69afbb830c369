//! What is wrong with rows, gathered and told once each kind: file, row, column, value, how many and how much.

use crate::diagnostic::{Diagnostic, Span, codes};
use crate::plan::{BadRows, InstrumentId};
use crate::quantity::{Currency, Quanta, Rational};
use crate::tabular::{CellError, grouped};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A row that was not taken. Sorted by instrument (in the book's order), id and row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// Which instrument.
    pub instrument: InstrumentId,
    /// Its name.
    pub instrument_name: String,
    /// Id of the position; empty where the row has none that can be read.
    pub id: String,
    /// The file, or the text for a position of the text.
    pub file: String,
    /// Row of the file (of a CSV file the header is row 1).
    pub row: u64,
    /// The column; the setting where the formula names none; empty where the row as a whole is wrong.
    pub column: String,
    /// The cell, shortened.
    pub value: String,
    /// What is wrong with it.
    pub reason: String,
    /// Its amount (principal, notional or undrawn), where that can be read.
    pub amount: Option<(Currency, Quanta)>,
}

/// What was set aside of an instrument.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExceptionTotal {
    /// Its name.
    pub instrument: String,
    /// How many rows.
    pub rows: u64,
    /// The amounts that could be read, in quanta by currency.
    pub amounts: BTreeMap<Currency, Quanta>,
}

/// The rows that were not taken, counted and added up by instrument, in the order of the exceptions.
pub fn totals(exceptions: &[Exception]) -> Vec<ExceptionTotal> {
    let mut totals: Vec<ExceptionTotal> = Vec::new();
    for exception in exceptions {
        let known = totals
            .iter()
            .position(|t| t.instrument == exception.instrument_name);
        let place = known.unwrap_or(totals.len());
        if known.is_none() {
            totals.push(ExceptionTotal {
                instrument: exception.instrument_name.clone(),
                rows: 0,
                amounts: BTreeMap::new(),
            });
        }
        let Some(total) = totals.get_mut(place) else {
            continue;
        };
        total.rows += 1;
        if let Some((currency, amount)) = exception.amount {
            let sum = total.amounts.entry(currency).or_default();
            *sum = sum.add(amount).unwrap_or(*sum);
        }
    }
    totals
}

/// One thing that is wrong with one row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fault {
    pub column: String,
    pub value: String,
    /// To stand behind the value. Says nothing that differs from row to row, so that like faults are told once.
    pub reason: String,
    pub help: Option<String>,
    /// The setting whose formula it is.
    pub key: String,
    /// Where the fault stands in another file than the row (a schedule's).
    pub place: Option<(String, u64)>,
    /// A rate beyond ±100 %.
    pub percent: bool,
}

/// What a cell is that holds nothing.
pub(super) const EMPTY: &str = "is empty";

impl Fault {
    pub(super) fn new(key: &str, column: &str, value: String, reason: impl Into<String>) -> Self {
        let column = if column.is_empty() { key } else { column };
        Fault {
            column: column.to_owned(),
            value,
            reason: reason.into(),
            help: None,
            key: key.to_owned(),
            place: None,
            percent: false,
        }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(super) fn of_cell(key: &str, error: CellError) -> Self {
        Fault {
            help: error.help,
            ..Fault::new(key, &error.column, error.value, error.reason)
        }
    }
}

/// A row with all that is wrong with it, the first fault first.
#[derive(Clone, Debug)]
pub(super) struct BadRow {
    /// Index into the instrument's sources.
    pub source: u32,
    pub row: u64,
    pub id: Option<String>,
    pub faults: Vec<Fault>,
    pub amount: Option<(Currency, Quanta)>,
    /// A position given in the text: never quarantined.
    pub in_text: bool,
}

/// Like faults of an instrument.
#[derive(Default)]
struct Kind<'a> {
    rows: u64,
    amounts: BTreeMap<Currency, Quanta>,
    first: Option<(u64, &'a Fault)>,
}

/// Tells each kind of fault once: an error, or a warning where bad rows are set aside.
pub(super) fn diagnostics(
    bad: &[BadRow],
    sources: &[String],
    bad_rows: Option<BadRows>,
    span_of: &dyn Fn(&str) -> Option<Span>,
) -> Vec<Diagnostic> {
    let mut kinds: BTreeMap<(bool, &str, &str, &str, &str), Kind<'_>> = BTreeMap::new();
    for row in bad {
        let own = sources.get(row.source as usize).map_or("", String::as_str);
        // positions of the text are few, and each is told by name
        let id = row.id.as_deref().filter(|_| row.in_text).unwrap_or("");
        for fault in &row.faults {
            let (file, number) = fault
                .place
                .as_ref()
                .map_or((own, row.row), |(file, number)| (file.as_str(), *number));
            let kind = kinds
                .entry((row.in_text, id, file, &fault.column, &fault.reason))
                .or_default();
            kind.rows += 1;
            if let Some((currency, amount)) = row.amount {
                let sum = kind.amounts.entry(currency).or_default();
                *sum = sum.add(amount).unwrap_or(*sum);
            }
            if kind.first.is_none_or(|(first, _)| number < first) {
                kind.first = Some((number, fault));
            }
        }
    }
    let mut told = Vec::new();
    for ((in_text, id, file, column, reason), kind) in kinds {
        let Some((row, fault)) = kind.first else {
            continue;
        };
        let unit = if in_text { "line" } else { "row" };
        let what = if column.is_empty() {
            reason.to_owned()
        } else if fault.value.is_empty() && *column == fault.key && reason != EMPTY {
            // a setting that reads no column
            format!("`{column}` {reason}")
        } else if fault.value.is_empty() {
            format!("column `{column}`: the cell {reason}")
        } else {
            format!("column `{column}`: `{}` {reason}", fault.value)
        };
        let comma = if column.is_empty() { "" } else { "," };
        let mut message = if in_text {
            let said = match fault.value.as_str() {
                "" => format!("`{column}` {reason}"),
                value if value == id => format!("it {reason}"),
                value => format!("`{column}`: `{value}` {reason}"),
            };
            format!("{file}, line {}, position `{id}`: {said}", grouped(row))
        } else {
            format!("{file}, {unit} {}{comma} {what}", grouped(row))
        };
        if !in_text {
            let rows = if kind.rows == 1 {
                "1 row".to_owned()
            } else {
                format!("{} rows like this", grouped(kind.rows))
            };
            let amounts: Vec<String> = kind
                .amounts
                .iter()
                .map(|(currency, amount)| abbreviated(*amount, *currency))
                .collect();
            let amounts = if amounts.is_empty() {
                String::new()
            } else {
                format!(", {}", amounts.join(" + "))
            };
            message.push_str(&format!(" ({rows}{amounts})"));
        }
        let quarantined = bad_rows == Some(BadRows::Quarantine) && !in_text;
        let mut diagnostic = if quarantined {
            Diagnostic::warning(codes::book::BAD_ROW, message)
                .note("these rows are set aside: no figure holds them")
        } else {
            Diagnostic::error(codes::book::BAD_ROW, message)
        };
        if let Some(span) = span_of(&fault.key) {
            diagnostic = diagnostic.at(span, "");
        }
        diagnostic = match &fault.help {
            Some(help) => diagnostic.help(help.clone()),
            None if quarantined || in_text => diagnostic,
            None => diagnostic.help("correct the file, or `bad_rows = quarantine`"),
        };
        told.push(((in_text, file, row, column), diagnostic));
    }
    told.sort_by(|a, b| a.0.cmp(&b.0));
    told.into_iter().map(|(_, diagnostic)| diagnostic).collect()
}

/// An amount for people: `31.4mn EUR`, `950.00 EUR`.
pub(super) fn abbreviated(amount: Quanta, currency: Currency) -> String {
    let units = amount.to_rational(currency);
    let million = Rational::integer(1_000_000);
    if units.abs() < million {
        return format!("{} {currency}", units.to_fixed(currency.minor_digits()));
    }
    let millions = units.divide(&million).unwrap_or_default();
    let whole = millions.to_fixed(1);
    let (digits, tenth) = whole.split_once('.').unwrap_or((&whole, "0"));
    let sign = if digits.starts_with('-') { "-" } else { "" };
    let digits: u64 = digits.trim_start_matches('-').parse().unwrap_or(u64::MAX);
    format!("{sign}{}.{tenth}mn {currency}", grouped(digits))
}
