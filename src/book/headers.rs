//! `plimsoll check` of the data: files are there, columns are there and of the right types. No row is read.

use super::mapping::Need;
use super::request::{placed, requests};
use super::schedule::Stated;
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::plan::{Book, Instrument, Plan};
use crate::tabular::{self, ColumnKind, DataSource, Header};
use std::collections::BTreeMap;

/// Checks the headers of the files that a book reads: missing files, missing or misspelt columns, columns of a wrong type,
/// and a book that reads files without `bad_rows`.
pub fn check_headers(plan: &Plan, book: &Book, data: &dyn DataSource) -> Vec<Diagnostic> {
    let (requests, mut diagnostics) = requests(plan, book, data);
    let mut headers: BTreeMap<(String, String), Option<Header>> = BTreeMap::new();
    for request in &requests {
        let origin = request
            .instrument
            .positions
            .as_ref()
            .map(|files| &files.origin);
        let place = |diagnostic: Diagnostic| match origin {
            Some(origin) => placed(diagnostic, origin),
            None => placed(diagnostic, &request.instrument.heading.origin),
        };
        if let Some(files) = &request.files {
            let needs = files.needs();
            for path in &files.paths {
                let key = (path.clone(), format!("{:?}", files.format));
                let header = headers.entry(key).or_insert_with(|| {
                    match tabular::header(data, path, files.format) {
                        Ok(header) => Some(header),
                        Err(errors) => {
                            diagnostics.extend(errors.into_iter().map(place));
                            None
                        }
                    }
                });
                if let Some(header) = header {
                    let kind = |name: &str| header.column(name).cloned();
                    diagnostics.extend(misfits(request.instrument, path, &needs, &kind));
                }
            }
        }
        let of_files = request.files.iter().flat_map(|files| &files.stated);
        let of_texts = request.texts.iter().flat_map(|text| &text.stated);
        for (what, path) in of_files.chain(of_texts) {
            match tabular::header(data, path, None) {
                Ok(header) => {
                    diagnostics.extend(
                        schedule_misfits(path, *what, &|name| header.column(name).cloned())
                            .into_iter()
                            .map(place),
                    );
                }
                Err(errors) => diagnostics.extend(errors.into_iter().map(place)),
            }
        }
    }
    super::told_once(diagnostics)
}

/// The kind of a column by its name, or why there is none.
type KindOf<'a> = &'a dyn Fn(&str) -> Result<ColumnKind, Diagnostic>;

/// Columns that a mapping names and a file does not have, or has with another type. Each column is told once.
pub(super) fn misfits(
    instrument: &Instrument,
    path: &str,
    needs: &[Need<'_>],
    kind_of: KindOf<'_>,
) -> Vec<Diagnostic> {
    let mut told: Vec<&str> = Vec::new();
    let mut diagnostics = Vec::new();
    for need in needs {
        if told.contains(&need.column) {
            continue;
        }
        let setting = instrument.mapping.origins.get(&need.key);
        let span: Option<Span> = need.span.or_else(|| setting.and_then(|origin| origin.span));
        let diagnostic = match kind_of(need.column) {
            Err(diagnostic) => diagnostic.note(format!(
                "`{}` of `{}` reads it",
                need.key, instrument.heading.short
            )),
            Ok(kind) => {
                let Some(due) = need.misfit(&kind) else {
                    continue;
                };
                let diagnostic = Diagnostic::error(
                    codes::book::COLUMN_TYPE,
                    format!(
                        "{path}, column `{}` is {}, {due} is due for `{}` of `{}`",
                        need.column,
                        kind.name(),
                        need.key,
                        instrument.heading.short
                    ),
                );
                match (due, &kind) {
                    ("a date", ColumnKind::Text) => diagnostic.help(format!(
                        "say how its dates are written: `date([{}], \"yyyy-mm-dd\")`",
                        need.column
                    )),
                    ("a tenor", ColumnKind::Number) => {
                        diagnostic.help(format!("give the number a unit: `[{}] * 1M`", need.column))
                    }
                    ("true or false", _) => diagnostic.help(format!(
                        "compare it: `[{0}] == \"Y\"` or `[{0}] > 0`",
                        need.column
                    )),
                    _ => diagnostic.help("write the file with another type, or map another column"),
                }
            }
        };
        told.push(need.column);
        diagnostics.push(match span {
            Some(span) => diagnostic.at(span, ""),
            None => diagnostic,
        });
    }
    diagnostics
}

/// The same of a schedule's file.
pub(super) fn schedule_misfits(path: &str, what: Stated, kind_of: KindOf<'_>) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    for (name, due) in what.columns() {
        match kind_of(name) {
            Err(diagnostic) => diagnostics.push(diagnostic.note(what.columns_said())),
            // Ids may be numbers.
            Ok(ColumnKind::Untyped) => {}
            Ok(ColumnKind::Number) if due == ColumnKind::Text => {}
            Ok(kind) if kind == due => {}
            Ok(kind) => diagnostics.push(
                Diagnostic::error(
                    codes::book::COLUMN_TYPE,
                    format!(
                        "{path}, column `{name}` is {}, {} is due",
                        kind.name(),
                        due.name()
                    ),
                )
                .help(what.columns_said()),
            ),
        }
    }
    diagnostics
}
