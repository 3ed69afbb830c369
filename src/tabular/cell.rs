//! One cell, and what is said of one that cannot be read.

use super::{grouped, shortened};
use crate::calendar::Date;
use crate::diagnostic::{Diagnostic, codes};
use rust_decimal::Decimal;
use std::fmt;

/// The content of a cell as the file has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Cell<'a> {
    /// Empty: missing, never zero.
    Missing,
    /// Text; every cell of a CSV file is.
    Text(&'a str),
    /// A number of a typed file.
    Number(Decimal),
    /// A day of a typed file.
    Date(Date),
    /// A truth value of a typed file.
    Bool(bool),
    /// A value that has no place here (not a number, a day with a time): as text, and why.
    Unusable(&'a str, &'a str),
}

/// A cell that cannot be read as what it is due to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CellError {
    /// The file, as the project names it.
    pub file: String,
    /// The row for people: of a CSV file the header is row 1, of a Parquet file the first row is.
    pub row: u64,
    /// The name of the column.
    pub column: String,
    /// The value, shortened; empty if the cell is.
    pub value: String,
    /// What is wrong with it, to stand behind the value.
    pub reason: String,
    /// What would be right.
    pub help: Option<String>,
}

impl CellError {
    /// A new error; the value is shortened for display.
    pub fn new(file: &str, row: u64, column: &str, value: &str, reason: impl Into<String>) -> Self {
        CellError {
            file: file.to_owned(),
            row,
            column: column.to_owned(),
            value: shortened(value),
            reason: reason.into(),
            help: None,
        }
    }

    /// What would be right.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The error as a diagnostic without a place in the text.
    pub fn diagnostic(&self) -> Diagnostic {
        let diagnostic = Diagnostic::error(codes::book::CELL_UNREADABLE, self.to_string());
        match &self.help {
            Some(help) => diagnostic.help(help.clone()),
            None => diagnostic,
        }
    }
}

impl fmt::Display for CellError {
    /// `data/loans.csv, row 18,233, column `rate`: `1,5` is written with a decimal comma`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}, row {}, column `{}`: ",
            self.file,
            grouped(self.row),
            self.column
        )?;
        if self.value.is_empty() {
            write!(f, "the cell {}", self.reason)
        } else {
            write!(f, "`{}` {}", self.value, self.reason)
        }
    }
}

impl std::error::Error for CellError {}
