//! CSV: text in columns, read strictly. A quote that is never closed is an error, never a swallowed rest of the file.

use super::date_pattern::DatePattern;
use super::source::DataSource;
use super::table::{ColumnKind, Data, Header, InputFile, RowFault, Table, too_long};
use super::{grouped, shortened};
use crate::diagnostic::{Diagnostic, codes};
use encoding_rs::Encoding;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fmt::Write;
use std::sync::Arc;

/// How a CSV file is written.
pub(super) struct Style {
    separator: u8,
    decimal: char,
    dates: Arc<DatePattern>,
    encoding: &'static Encoding,
}

impl Style {
    /// Checks what a project states of its files.
    pub(super) fn new(
        separator: char,
        decimal: char,
        date: &str,
        encoding: &str,
    ) -> Result<Style, Diagnostic> {
        let wrong = |message: String| Diagnostic::error(codes::book::FORMAT_UNKNOWN, message);
        let encoding = Encoding::for_label(encoding.trim().as_bytes()).ok_or_else(|| {
            wrong(format!("`{}` is no encoding", shortened(encoding)))
                .help("for example `UTF-8`, `windows-1252`, `ISO-8859-15`, `UTF-16LE`")
        })?;
        let dates = DatePattern::compile(date).ok_or_else(|| {
            wrong(format!("`{}` is no date pattern", shortened(date)))
                .help("`yyyy`, `mm` and `dd` once each: `dd.mm.yyyy`, `yyyymmdd`")
        })?;
        let plain = |c: char| c == '\t' || c.is_ascii_punctuation() && c != '"';
        if !plain(separator) || separator == '-' {
            return Err(wrong(format!(
                "`{}` separates no cells",
                separator.escape_default()
            ))
            .help("for example `,`, `;`, `|` or a tab"));
        }
        if !matches!(decimal, '.' | ',') {
            return Err(
                wrong(format!("`{}` is no decimal mark", decimal.escape_default()))
                    .help("`.` or `,`"),
            );
        }
        if separator == decimal {
            return Err(wrong(format!(
                "`{separator}` is said to be both the separator and the decimal mark"
            ))
            .help("`file = csv(separator = \";\", decimal = \",\")`"));
        }
        Ok(Style {
            separator: separator as u8,
            decimal,
            dates: Arc::new(dates),
            encoding,
        })
    }
}

/// SHA-256 as hexadecimal digits.
pub(super) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .fold(String::with_capacity(64), |mut out, byte| {
            let _ = write!(out, "{byte:02x}");
            out
        })
}

/// Reads all columns.
pub(super) fn read(bytes: &[u8], path: &str, style: &Style) -> Result<Table, Vec<Diagnostic>> {
    let mut text = decode(bytes, path, style)
        .map_err(|e| vec![e])?
        .into_owned();
    let mut scanner = Scanner::new(&text, style.separator);
    let mut record = Vec::new();
    let mut unescaped = String::new();
    let mut blanks = Vec::new();
    let names = match scanner.record(&mut record, &mut unescaped) {
        Ok(Line::Cells) => names(&text, &unescaped, &record),
        Ok(_) => return Err(vec![empty(path)]),
        Err(fault) => return Err(vec![fault.diagnostic(path, 1)]),
    };
    let width = names.len();
    let mut columns: Vec<Vec<(usize, usize)>> = names.iter().map(|_| Vec::new()).collect();
    let (mut rows, mut faults) = (0usize, Vec::new());
    loop {
        record.clear();
        let row = rows as u64 + 2 + blanks.len() as u64;
        let mut is_long = false;
        let fault = match scanner.record(&mut record, &mut unescaped) {
            Ok(Line::End) => break,
            Ok(Line::Blank) => {
                blanks.push(rows);
                continue;
            }
            Ok(Line::Cells) if record.len() == width => {
                let mut cells = names.iter().zip(&record);
                let fault = cells.find_map(|(name, (start, end))| too_long(name, end - start));
                is_long = fault.is_some();
                fault
            }
            Ok(Line::Cells) => {
                let comma =
                    decimal_comma(&text, &record, style.separator).filter(|_| record.len() > width);
                let comma = comma
                    .map(|cells| format!(": `{cells}` is written with a decimal comma"))
                    .unwrap_or_default();
                Some(format!(
                    "has {} cells, the header has {width}{comma}",
                    grouped(record.len() as u64)
                ))
            }
            Err(fault @ QuoteFault::Unclosed) => return Err(vec![fault.diagnostic(path, row)]),
            Err(QuoteFault::TextBehind) => Some("has text behind a closing quote".to_owned()),
        };
        if let Some(reason) = fault {
            faults.push(RowFault {
                index: rows,
                row,
                reason,
                is_long,
            });
        }
        let cells = record.iter().copied().chain(std::iter::repeat((0, 0)));
        for (column, cell) in columns.iter_mut().zip(cells) {
            column.push(cell);
        }
        rows += 1;
    }
    // Cells with doubled quotes were written apart; they stand behind the text itself.
    text.push_str(&unescaped);
    let text = Arc::new(text);
    let columns = names
        .into_iter()
        .zip(columns)
        .map(|(name, cells)| {
            (
                name,
                Data::Text {
                    text: text.clone(),
                    cells,
                    decimal: style.decimal,
                    dates: style.dates.clone(),
                    typed: false,
                },
            )
        })
        .collect();
    let input = InputFile {
        path: path.to_owned(),
        sha256: digest(bytes),
        bytes: bytes.len() as u64,
        rows: rows as u64,
    };
    // Blank lines at the end of a file move nothing.
    Ok(Table {
        path: path.to_owned(),
        input,
        faults,
        columns,
        rows,
        first_row: 2,
        blanks,
    })
}

/// Two neighbouring cells that look like one number with a decimal comma.
fn decimal_comma<'a>(text: &'a str, record: &[(usize, usize)], separator: u8) -> Option<&'a str> {
    let digits = |range: &(usize, usize)| {
        text.get(range.0..range.1)
            .is_some_and(|t| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit()))
    };
    record
        .iter()
        .zip(record.iter().skip(1))
        .filter(|_| separator == b',')
        .find(|((start, end), fraction)| {
            let sign = text.as_bytes().get(*start) == Some(&b'-');
            digits(&(start + usize::from(sign), *end)) && digits(fraction)
        })
        .and_then(|((start, _), (_, end))| text.get(*start..*end))
}

/// Reads the first line only.
pub(super) fn header(
    source: &dyn DataSource,
    path: &str,
    style: &Style,
) -> Result<Header, Vec<Diagnostic>> {
    const CHUNK: usize = 1 << 16;
    let size = source.size(path).map_err(|e| vec![e.diagnostic(path)])?;
    let mut length = CHUNK;
    loop {
        let bytes = source
            .read_range(path, 0, length)
            .map_err(|e| vec![e.diagnostic(path)])?;
        let whole = bytes.len() < length || length as u64 >= size;
        let first_line = match bytes.iter().position(|b| *b == b'\n') {
            // A UTF-16 line end is two bytes; a quoted name may hold a line end: then the scanner asks for more.
            Some(end) => bytes.get(..end + 2).unwrap_or(&bytes),
            None => &bytes,
        };
        for part in [first_line, &bytes] {
            let text = match decode(part, path, style) {
                Ok(text) => text,
                Err(error) if whole || part.len() < bytes.len() => return Err(vec![error]),
                Err(_) => continue,
            };
            let (mut record, mut unescaped) = (Vec::new(), String::new());
            match Scanner::new(&text, style.separator).record(&mut record, &mut unescaped) {
                Ok(Line::Cells) if whole || part.len() < bytes.len() => {
                    let columns = names(&text, &unescaped, &record)
                        .into_iter()
                        .map(|name| (name, ColumnKind::Untyped))
                        .collect();
                    return Ok(Header {
                        path: path.to_owned(),
                        columns,
                    });
                }
                Ok(Line::Blank | Line::End) if whole => return Err(vec![empty(path)]),
                Err(fault) if whole && part.len() == bytes.len() => {
                    return Err(vec![fault.diagnostic(path, 1)]);
                }
                _ => {}
            }
        }
        if whole {
            return Err(vec![empty(path)]);
        }
        length = length.saturating_mul(64);
    }
}

fn empty(path: &str) -> Diagnostic {
    Diagnostic::error(codes::book::FILE_EMPTY, format!("{path} is empty"))
        .help("its first line names its columns")
}

/// The names of a header line, without blanks around them.
fn names(text: &str, unescaped: &str, record: &[(usize, usize)]) -> Vec<String> {
    record
        .iter()
        .map(|(start, end)| {
            let name = match start.checked_sub(text.len()) {
                Some(from) => unescaped.get(from..end - text.len()),
                None => text.get(*start..*end),
            };
            name.unwrap_or_default()
                .trim_matches([' ', '\t'])
                .to_owned()
        })
        .collect()
}

/// The text of a file in its stated encoding, without a byte order mark.
fn decode<'a>(bytes: &'a [u8], path: &str, style: &Style) -> Result<Cow<'a, str>, Diagnostic> {
    let sniffed = Encoding::for_bom(bytes);
    if let Some((found, _)) = sniffed
        && found != style.encoding
        && (found != encoding_rs::UTF_8
            || style.encoding == encoding_rs::UTF_16LE
            || style.encoding == encoding_rs::UTF_16BE)
    {
        return Err(Diagnostic::error(
            codes::book::FILE_ENCODING,
            format!("{path} is {}, not {}", found.name(), style.encoding.name()),
        )
        .help(format!(
            "say so: `file = csv(encoding = \"{}\")`",
            found.name()
        )));
    }
    let mark = sniffed.map_or(0, |(_, length)| length);
    let content = bytes.get(mark..).unwrap_or_default();
    // A UTF-8 mark in a file that is said to be in a national encoding: the file knows better.
    let encoding = sniffed.map_or(style.encoding, |(found, _)| found);
    if encoding == encoding_rs::UTF_8 {
        return match std::str::from_utf8(content) {
            Ok(text) => Ok(Cow::Borrowed(text)),
            Err(error) => Err(not_utf8(content, error.valid_up_to(), path, style)),
        };
    }
    encoding
        .decode_without_bom_handling_and_without_replacement(content)
        .ok_or_else(|| {
            Diagnostic::error(
                codes::book::FILE_ENCODING,
                format!("{path} is not in {}", encoding.name()),
            )
            .help("state the encoding that it was written in: `file = csv(encoding = \"…\")`")
        })
}

/// The error of a byte that is not UTF-8, with its row and column.
fn not_utf8(content: &[u8], at: usize, path: &str, style: &Style) -> Diagnostic {
    let before = content.get(..at).unwrap_or_default();
    let byte = content.get(at).copied().unwrap_or_default();
    let before = String::from_utf8_lossy(before);
    let (mut record, mut unescaped, mut header) = (Vec::new(), String::new(), Vec::new());
    let mut scanner = Scanner::new(&before, style.separator);
    let mut row = 0u64;
    let mut cells = 0;
    loop {
        record.clear();
        match scanner.record(&mut record, &mut unescaped) {
            Ok(Line::End) => break,
            Ok(_) | Err(QuoteFault::TextBehind) => {
                row += 1;
                cells = record.len();
                if row == 1 {
                    header = names(&before, &unescaped, &record);
                }
            }
            // The byte stands inside quotes.
            Err(QuoteFault::Unclosed) => {
                row += 1;
                cells = record.len() + 1;
                break;
            }
        }
    }
    if before.ends_with('\n') || before.is_empty() {
        (row, cells) = (row + 1, 1);
    }
    let column = match (row > 1)
        .then(|| header.get(cells.saturating_sub(1)))
        .flatten()
    {
        Some(name) => format!("column `{}`", shortened(name)),
        None => format!("column {cells}"),
    };
    Diagnostic::error(codes::book::FILE_ENCODING, format!("{path}, row {}, {column}: the byte 0x{byte:02X} is not UTF-8", grouped(row)))
        .help("save the file as UTF-8, or say how it is written: `file = csv(encoding = \"windows-1252\")`")
}

/// What a record is.
enum Line {
    Cells,
    Blank,
    End,
}

/// What is wrong with quotes.
enum QuoteFault {
    /// The file ends inside quotes.
    Unclosed,
    /// Text stands between a closing quote and the next separator.
    TextBehind,
}

impl QuoteFault {
    fn diagnostic(&self, path: &str, row: u64) -> Diagnostic {
        let what = match self {
            QuoteFault::Unclosed => "a quote that is opened in this row is never closed",
            QuoteFault::TextBehind => "text stands behind a closing quote",
        };
        Diagnostic::error(
            codes::book::QUOTE_UNCLOSED,
            format!("{path}, row {}: {what}", grouped(row)),
        )
        .help("a quote inside a quoted cell is doubled: `\"5\"\" pipe\"`")
    }
}

/// Walks over records. Cells are ranges of the text; ranges from the text's end on are of the unescaped rest.
struct Scanner<'a> {
    text: &'a str,
    at: usize,
    separator: u8,
}

impl<'a> Scanner<'a> {
    fn new(text: &'a str, separator: u8) -> Self {
        Scanner {
            text,
            at: 0,
            separator,
        }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// Appends the cells of the next record. Line ends are LF, CRLF or CR.
    fn record(
        &mut self,
        record: &mut Vec<(usize, usize)>,
        unescaped: &mut String,
    ) -> Result<Line, QuoteFault> {
        match self.byte(self.at) {
            None => return Ok(Line::End),
            Some(b'\n' | b'\r') => {
                self.skip_line_end();
                return Ok(Line::Blank);
            }
            Some(_) => {}
        }
        let mut text_behind = false;
        loop {
            let cell = match self.byte(self.at) {
                Some(b'"') => self.quoted(unescaped)?,
                _ => self.bare(),
            };
            record.push(cell);
            if !matches!(self.byte(self.at), None | Some(b'\n' | b'\r'))
                && self.byte(self.at) != Some(self.separator)
            {
                text_behind = true;
                self.bare();
            }
            match self.byte(self.at) {
                Some(b) if b == self.separator => self.at += 1,
                _ => {
                    self.skip_line_end();
                    return if text_behind {
                        Err(QuoteFault::TextBehind)
                    } else {
                        Ok(Line::Cells)
                    };
                }
            }
        }
    }

    /// A cell up to the separator or line end.
    fn bare(&mut self) -> (usize, usize) {
        let start = self.at;
        let rest = self.text.as_bytes().get(start..).unwrap_or_default();
        let length = rest
            .iter()
            .position(|b| *b == self.separator || *b == b'\n' || *b == b'\r')
            .unwrap_or(rest.len());
        self.at = start + length;
        (start, self.at)
    }

    /// A cell in quotes; the scanner stands behind the closing one.
    fn quoted(&mut self, unescaped: &mut String) -> Result<(usize, usize), QuoteFault> {
        let mut piece = self.at + 1;
        let start_of_copy = unescaped.len();
        let mut copied = false;
        loop {
            let rest = self.text.as_bytes().get(piece..).unwrap_or_default();
            let Some(length) = rest.iter().position(|b| *b == b'"') else {
                return Err(QuoteFault::Unclosed);
            };
            let quote = piece + length;
            if self.byte(quote + 1) == Some(b'"') {
                unescaped.push_str(self.text.get(piece..=quote).unwrap_or_default());
                copied = true;
                piece = quote + 2;
                continue;
            }
            let from = self.at + 1;
            self.at = quote + 1;
            if !copied {
                return Ok((from, quote));
            }
            unescaped.push_str(self.text.get(piece..quote).unwrap_or_default());
            return Ok((
                self.text.len() + start_of_copy,
                self.text.len() + unescaped.len(),
            ));
        }
    }

    fn skip_line_end(&mut self) {
        if self.byte(self.at) == Some(b'\r') {
            self.at += 1;
        }
        if self.byte(self.at) == Some(b'\n') {
            self.at += 1;
        }
    }
}
