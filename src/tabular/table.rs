//! A table in memory: named columns of cells, and what is said of them.

use super::cell::{Cell, CellError};
use super::date_pattern::DatePattern;
use super::number::parse_number;
use super::suggestion::nearest;
use super::{grouped, shortened};
use crate::calendar::{Date, Tenor};
use crate::diagnostic::{Diagnostic, codes};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A file that a run read, for `run.json` and `verify`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputFile {
    /// Path relative to the project.
    pub path: String,
    /// SHA-256 of its bytes, as 64 hexadecimal digits.
    pub sha256: String,
    /// Number of bytes.
    pub bytes: u64,
    /// Number of data rows.
    pub rows: u64,
}

/// What a column holds, as far as the file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// A CSV file says nothing: each cell is read as what it is due to be.
    Untyped,
    /// Text.
    Text,
    /// Numbers.
    Number,
    /// Days, or times that are read as days.
    Date,
    /// Truth values.
    Bool,
    /// Something that has no place in a position file, in the file's own word.
    Other(String),
}

impl ColumnKind {
    /// The kind in a word, for messages.
    pub fn name(&self) -> &str {
        match self {
            ColumnKind::Untyped => "untyped",
            ColumnKind::Text => "text",
            ColumnKind::Number => "a number",
            ColumnKind::Date => "a date",
            ColumnKind::Bool => "true or false",
            ColumnKind::Other(name) => name,
        }
    }
}

/// The columns of a file without its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The file, as the project names it.
    pub path: String,
    /// Names and kinds in the file's order.
    pub columns: Vec<(String, ColumnKind)>,
}

impl Header {
    /// The kind of a column; the error says that it is missing, and which one may be meant, or that it is there twice.
    pub fn column(&self, name: &str) -> Result<&ColumnKind, Diagnostic> {
        let position = locate(
            &self.path,
            self.columns.iter().map(|(n, _)| n.as_str()),
            name,
        )?;
        match self.columns.get(position) {
            Some((_, kind)) => Ok(kind),
            None => Err(missing_column(&self.path, [].into_iter(), name)),
        }
    }
}

/// A row that has not as many cells as the header, or text behind a closing quote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowFault {
    /// The row in the table, from 0.
    pub index: usize,
    /// The row for people.
    pub row: u64,
    /// What is wrong: `has 3 cells, the header has 5`.
    pub reason: String,
    /// A cell is longer than any that is meant; else the cells are not parted as in the header.
    pub is_long: bool,
}

/// The longest cell, in bytes: far more than a name or a number has, far less than a file run together by a slip.
const LONGEST_CELL: usize = 64 * 1024;

/// What is wrong with a row of which a cell is longer than any that is meant.
pub(super) fn too_long(column: &str, length: usize) -> Option<String> {
    (length > LONGEST_CELL).then(|| {
        format!(
            "has a cell of {} bytes in column `{}`, {} at most are read",
            grouped(length as u64),
            shortened(column),
            grouped(LONGEST_CELL as u64)
        )
    })
}

impl RowFault {
    /// The fault as a diagnostic about a file.
    pub fn diagnostic(&self, path: &str) -> Diagnostic {
        let message = format!("{path}, row {} {}", grouped(self.row), self.reason);
        if self.is_long {
            return Diagnostic::error(codes::book::CELL_UNREADABLE, message)
                .help("look for lines that were run together");
        }
        Diagnostic::error(codes::book::ROW_RAGGED, message)
            .help("a cell that holds the separator stands in quotes: `\"Smith, Jones\"`")
    }
}

/// A file's rows.
#[derive(Clone, Debug)]
pub struct Table {
    /// The file, as the project names it.
    pub path: String,
    /// Digest and size of the bytes that were read.
    pub input: InputFile,
    /// Rows that are not as the header says, in order.
    pub faults: Vec<RowFault>,
    pub(super) columns: Vec<(String, Data)>,
    pub(super) rows: usize,
    /// The number for people of row 0.
    pub(super) first_row: u64,
    /// Rows before which blank lines were skipped, once for each line, ascending.
    pub(super) blanks: Vec<usize>,
}

/// The cells of a column.
#[derive(Clone, Debug)]
pub(super) enum Data {
    /// Cells of text in one shared string. `typed`: the file says that it is text.
    Text {
        text: Arc<String>,
        cells: Vec<(usize, usize)>,
        decimal: char,
        dates: Arc<DatePattern>,
        typed: bool,
    },
    /// Numbers.
    Number(Typed<Decimal>),
    /// Days.
    Date(Typed<Date>),
    /// Truth values.
    Bool(Typed<bool>),
    /// Not asked for, or of a kind that has no place here.
    Other(String),
}

/// Cells of one type.
#[derive(Clone, Debug)]
pub(super) struct Typed<T> {
    /// By row; `None` is missing.
    pub cells: Vec<Option<T>>,
    /// Cells that could not become a `T`: value and reason.
    pub unusable: BTreeMap<usize, (String, &'static str)>,
}

impl<T> Typed<T> {
    pub(super) fn with_capacity(rows: usize) -> Self {
        Typed {
            cells: Vec::with_capacity(rows),
            unusable: BTreeMap::new(),
        }
    }

    pub(super) fn push(&mut self, cell: Result<Option<T>, (String, &'static str)>) {
        let cell = cell.unwrap_or_else(|fault| {
            self.unusable.insert(self.cells.len(), fault);
            None
        });
        self.cells.push(cell);
    }

    fn cell<'a>(&'a self, row: usize, make: impl Fn(&T) -> Cell<'a>) -> Cell<'a> {
        match self.cells.get(row) {
            Some(Some(value)) => make(value),
            _ => match self.unusable.get(&row) {
                Some((value, reason)) => Cell::Unusable(value, reason),
                None => Cell::Missing,
            },
        }
    }
}

impl Table {
    /// The number of data rows, the ragged ones too.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there is no data row.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The names of the columns in the file's order.
    pub fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.columns.iter().map(|(name, _)| name.as_str())
    }

    /// Whether there is a column of this name.
    pub fn has(&self, name: &str) -> bool {
        self.names().any(|n| n == name)
    }

    /// A column by its name; the error says that it is missing, and which one may be meant, or that it is there twice.
    pub fn column(&self, name: &str) -> Result<Column<'_>, Diagnostic> {
        let position = locate(&self.path, self.names(), name)?;
        match self.columns.get(position) {
            Some((name, data)) => Ok(Column {
                table: self,
                name,
                data,
            }),
            None => Err(missing_column(&self.path, self.names(), name)),
        }
    }

    /// The number of a row for people: of a CSV file the header is row 1, of a Parquet file the first row is.
    pub fn row_number(&self, row: usize) -> u64 {
        let blanks = self.blanks.partition_point(|before| *before <= row);
        self.first_row + row as u64 + blanks as u64
    }
}

fn locate<'a>(
    path: &str,
    names: impl Iterator<Item = &'a str> + Clone,
    name: &str,
) -> Result<usize, Diagnostic> {
    let mut found = names
        .clone()
        .enumerate()
        .filter(|(_, n)| *n == name)
        .map(|(i, _)| i);
    match (found.next(), found.next()) {
        (Some(position), None) => Ok(position),
        (Some(_), Some(_)) => Err(Diagnostic::error(
            codes::book::COLUMN_REPEATED,
            format!("{path} has the column `{name}` twice"),
        )
        .help("rename one of them in the file")),
        _ => Err(missing_column(path, names, name)),
    }
}

fn missing_column<'a>(
    path: &str,
    names: impl Iterator<Item = &'a str> + Clone,
    name: &str,
) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        codes::book::COLUMN_MISSING,
        format!("{path} has no column `{name}`"),
    );
    let mut listed = names.clone();
    if let (Some(only), None) = (listed.next(), listed.next())
        && let Some(separator) = [';', '\t', '|', ',']
            .into_iter()
            .find(|c| only.contains(*c))
    {
        let separator = separator.escape_default();
        return diagnostic.help(format!("its cells seem to be separated by `{separator}`: `file = csv(separator = \"{separator}\")`"));
    }
    match nearest(name, names.clone()) {
        Some(near) => diagnostic.help(format!("did you mean `[{near}]`?")),
        None => {
            let all: Vec<String> = names
                .filter(|n| !n.is_empty())
                .map(|n| format!("`{}`", shortened(n)))
                .collect();
            let more = if all.len() > 30 { ", …" } else { "" };
            diagnostic.help(format!(
                "its columns are {}{more}",
                all.iter().take(30).cloned().collect::<Vec<_>>().join(", ")
            ))
        }
    }
}

/// One column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    table: &'a Table,
    name: &'a str,
    data: &'a Data,
}

impl<'a> Column<'a> {
    /// Its name in the file.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// What it holds, as far as the file says.
    pub fn kind(&self) -> ColumnKind {
        match self.data {
            Data::Text { typed: true, .. } => ColumnKind::Text,
            Data::Text { .. } => ColumnKind::Untyped,
            Data::Number(_) => ColumnKind::Number,
            Data::Date(_) => ColumnKind::Date,
            Data::Bool(_) => ColumnKind::Bool,
            Data::Other(name) => ColumnKind::Other(name.clone()),
        }
    }

    /// The content of a row's cell; a cell of blanks only is missing, as is one beyond the end.
    pub fn cell(&self, row: usize) -> Cell<'a> {
        match self.data {
            Data::Text { text, cells, .. } => {
                let cell = cells
                    .get(row)
                    .and_then(|(start, end)| text.get(*start..*end))
                    .unwrap_or_default();
                if cell.bytes().all(|b| matches!(b, b' ' | b'\t')) {
                    Cell::Missing
                } else {
                    Cell::Text(cell)
                }
            }
            Data::Number(typed) => typed.cell(row, |v| Cell::Number(*v)),
            Data::Date(typed) => typed.cell(row, |v| Cell::Date(*v)),
            Data::Bool(typed) => typed.cell(row, |v| Cell::Bool(*v)),
            Data::Other(name) => Cell::Unusable(name, "has no place here"),
        }
    }

    /// Whether the cell is missing.
    pub fn is_missing(&self, row: usize) -> bool {
        matches!(self.cell(row), Cell::Missing)
    }

    /// The cell as a number; `None` if it is missing.
    pub fn number(&self, row: usize) -> Result<Option<Decimal>, CellError> {
        match (self.cell(row), self.data) {
            (Cell::Missing, _) => Ok(None),
            (Cell::Number(value), _) => Ok(Some(value)),
            (
                Cell::Text(text),
                Data::Text {
                    decimal,
                    typed: false,
                    ..
                },
            ) => match parse_number(text, *decimal) {
                Ok(value) => Ok(Some(value)),
                Err(fault) => {
                    let error = self.error(row, fault.reason());
                    Err(match fault.help() {
                        Some(help) => error.help(help),
                        None => error,
                    })
                }
            },
            _ => Err(self.wrong(row, "is no number")),
        }
    }

    /// The cell as a day; `None` if it is missing.
    pub fn date(&self, row: usize) -> Result<Option<Date>, CellError> {
        match (self.cell(row), self.data) {
            (Cell::Missing, _) => Ok(None),
            (Cell::Date(day), _) => Ok(Some(day)),
            (
                Cell::Text(_),
                Data::Text {
                    dates,
                    typed: false,
                    ..
                },
            ) => self.date_by(row, dates),
            (Cell::Text(_), _) => Err(self.wrong(row, "is text").help(format!(
                "say how it is written: `date([{}], \"yyyy-mm-dd\")`",
                self.name
            ))),
            _ => Err(self.wrong(row, "is no date")),
        }
    }

    /// The cell as a day in a stated pattern; `None` if it is missing.
    pub fn date_by(&self, row: usize, pattern: &DatePattern) -> Result<Option<Date>, CellError> {
        let day = match self.cell(row) {
            Cell::Missing => return Ok(None),
            Cell::Date(day) => Some(day),
            Cell::Text(text) => pattern.parse(text),
            Cell::Number(number) => pattern.parse(&number.normalize().to_string()),
            _ => return Err(self.wrong(row, "is no date")),
        };
        day.map(Some).ok_or_else(|| {
            let help = match pattern.text() {
                "yyyy-mm-dd" => format!("dates are ISO, `2026-09-30`, unless `date = \"dd.mm.yyyy\"` in `csv(…)` or `date([{}], \"dd.mm.yyyy\")` says otherwise", self.name),
                other => format!("dates of this column are written `{other}`"),
            };
            self.error(row, "is no date").help(help)
        })
    }

    /// The cell as text; `None` if it is missing. Whole numbers, days and truth values of a typed file have their plain spelling.
    pub fn text(&self, row: usize) -> Result<Option<Cow<'a, str>>, CellError> {
        Ok(Some(match self.cell(row) {
            Cell::Missing => return Ok(None),
            Cell::Text(text) => Cow::Borrowed(text),
            Cell::Number(number) => Cow::Owned(number.normalize().to_string()),
            Cell::Date(day) => Cow::Owned(day.to_string()),
            Cell::Bool(value) => Cow::Borrowed(if value { "true" } else { "false" }),
            Cell::Unusable(..) => return Err(self.wrong(row, "is no text")),
        }))
    }

    /// The cell as a truth value (`true`, `false` in any case); `None` if it is missing.
    pub fn boolean(&self, row: usize) -> Result<Option<bool>, CellError> {
        match self.cell(row) {
            Cell::Missing => Ok(None),
            Cell::Bool(value) => Ok(Some(value)),
            Cell::Text(text) if text.trim().eq_ignore_ascii_case("true") => Ok(Some(true)),
            Cell::Text(text) if text.trim().eq_ignore_ascii_case("false") => Ok(Some(false)),
            _ => Err(self.wrong(row, "is neither true nor false").help(format!(
                "compare it: `[{}] == \"Y\"` or `[{}] > 0`",
                self.name, self.name
            ))),
        }
    }

    /// The cell as a tenor, `30d 2w 3M 10Y`; `None` if it is missing.
    pub fn tenor(&self, row: usize) -> Result<Option<Tenor>, CellError> {
        match self.cell(row) {
            Cell::Missing => Ok(None),
            Cell::Text(text) => text.trim().parse().map(Some).map_err(|_| {
                self.error(row, "is no tenor")
                    .help("tenors are written `30d`, `2w`, `3M`, `10Y`")
            }),
            _ => Err(self
                .wrong(row, "is no tenor")
                .help(format!("give the number a unit: `[{}] * 1M`", self.name))),
        }
    }

    /// An error about a row's cell; the reason stands behind its value: `is no number`.
    pub fn error(&self, row: usize, reason: impl Into<String>) -> CellError {
        let value = match self.cell(row) {
            Cell::Missing => String::new(),
            Cell::Text(text) => text.to_owned(),
            Cell::Number(number) => number.normalize().to_string(),
            Cell::Date(day) => day.to_string(),
            Cell::Bool(value) => value.to_string(),
            Cell::Unusable(value, _) => value.to_owned(),
        };
        CellError::new(
            &self.table.path,
            self.table.row_number(row),
            self.name,
            &value,
            reason,
        )
    }

    /// The error of a cell of another type, with the file's own reason where the value is none at all.
    fn wrong(&self, row: usize, reason: &str) -> CellError {
        match self.cell(row) {
            Cell::Unusable(_, why) => self.error(row, why),
            _ => self.error(row, reason),
        }
    }
}
