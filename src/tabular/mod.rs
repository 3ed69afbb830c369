//! Data files as tables of named columns: CSV and Parquet, with a digest of their bytes.
//!
//! Below the market and the book: knows how a file is written, never what its columns mean. A cell that cannot be read
//! is an error that names file, row, column and value; an empty cell is missing, never zero.

mod cell;
mod csv;
mod date_pattern;
mod number;
mod parquet;
mod source;
mod suggestion;
mod table;

pub use cell::{Cell, CellError};
pub use date_pattern::{DatePattern, parse_quarter};
pub use number::{NumberFault, parse_number};
pub use source::{DataSource, Folder, Memory, SourceError};
pub use suggestion::nearest;
pub use table::{Column, ColumnKind, Header, InputFile, RowFault, Table};

use crate::diagnostic::{Diagnostic, codes};
use crate::plan::FileFormat;
use std::collections::BTreeSet;

/// Which columns a reader asks for.
#[derive(Clone, Copy, Debug)]
pub enum Wanted<'a> {
    /// All of them.
    All,
    /// These; others of a Parquet file are not decoded. A name that the file lacks is no error here.
    Only(&'a BTreeSet<String>),
}

/// Reads a whole file, all columns. `format`: how it is written; `None`: by its ending. Rows whose number of cells
/// differs from the header's are errors here ([`read_columns`] leaves them to the caller).
pub fn read(
    source: &dyn DataSource,
    path: &str,
    format: Option<&FileFormat>,
) -> Result<Table, Vec<Diagnostic>> {
    let table = read_columns(source, path, format, Wanted::All)?;
    if table.faults.is_empty() {
        return Ok(table);
    }
    Err(table
        .faults
        .iter()
        .take(MOST_FAULTS)
        .map(|fault| fault.diagnostic(&table.path))
        .collect())
}

/// Reads the wanted columns of a file. Rows with too few or too many cells are in `Table::faults`; their cells that are
/// not there read as missing.
pub fn read_columns(
    source: &dyn DataSource,
    path: &str,
    format: Option<&FileFormat>,
    wanted: Wanted<'_>,
) -> Result<Table, Vec<Diagnostic>> {
    let format = resolve_format(path, format).map_err(|e| vec![e])?;
    let bytes = source.read(path).map_err(|e| vec![e.diagnostic(path)])?;
    read_bytes(bytes, path, &format, wanted)
}

/// Reads a table from bytes that are already at hand; `path` is only for messages.
pub fn read_bytes(
    bytes: Vec<u8>,
    path: &str,
    format: &FileFormat,
    wanted: Wanted<'_>,
) -> Result<Table, Vec<Diagnostic>> {
    match format {
        FileFormat::Csv {
            separator,
            decimal,
            date,
            encoding,
        } => csv::read(
            &bytes,
            path,
            &csv::Style::new(*separator, *decimal, date, encoding).map_err(|e| vec![e])?,
        ),
        FileFormat::Parquet => parquet::read(bytes, path, wanted).map_err(|e| vec![e]),
    }
}

/// The names and kinds of a file's columns, without its rows: of a CSV file the first line, of a Parquet file the schema.
pub fn header(
    source: &dyn DataSource,
    path: &str,
    format: Option<&FileFormat>,
) -> Result<Header, Vec<Diagnostic>> {
    let format = resolve_format(path, format).map_err(|e| vec![e])?;
    match &format {
        FileFormat::Csv {
            separator,
            decimal,
            date,
            encoding,
        } => {
            let style =
                csv::Style::new(*separator, *decimal, date, encoding).map_err(|e| vec![e])?;
            csv::header(source, path, &style)
        }
        FileFormat::Parquet => parquet::header(source, path).map_err(|e| vec![e]),
    }
}

/// How a file is written: as stated, else by its ending, `.csv` with comma, decimal point, ISO dates and UTF-8, or `.parquet`.
pub fn resolve_format(path: &str, stated: Option<&FileFormat>) -> Result<FileFormat, Diagnostic> {
    if let Some(format) = stated {
        return Ok(format.clone());
    }
    let ending = path
        .rsplit('/')
        .next()
        .and_then(|name| name.rsplit_once('.'))
        .map(|(_, ending)| ending.to_ascii_lowercase());
    match ending.as_deref() {
        Some("csv") => Ok(default_csv()),
        Some("parquet") => Ok(FileFormat::Parquet),
        _ => Err(Diagnostic::error(codes::book::FORMAT_UNKNOWN, format!("`{path}` ends neither in `.csv` nor in `.parquet`"))
            .help("say how it is written: `file = csv(separator = \";\", decimal = \",\")` or `file = parquet`")),
    }
}

/// CSV with comma, decimal point, ISO dates and UTF-8.
pub fn default_csv() -> FileFormat {
    FileFormat::Csv {
        separator: ',',
        decimal: '.',
        date: "yyyy-mm-dd".to_owned(),
        encoding: "UTF-8".to_owned(),
    }
}

/// More ragged rows than this are not listed one by one.
const MOST_FAULTS: usize = 20;

/// `18233` as `18,233`, for messages.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A value for a message: at most 60 characters of it, control characters shown as such.
pub fn shortened(value: &str) -> String {
    let mut out: String = value
        .chars()
        .take(60)
        .flat_map(|c| {
            if c.is_control() {
                c.escape_default().collect::<Vec<_>>()
            } else {
                vec![c]
            }
        })
        .collect();
    if value.chars().nth(60).is_some() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests;
