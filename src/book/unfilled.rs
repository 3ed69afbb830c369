//! Files that give a book nothing: a filter that lets no row pass, a book that stays empty.

use super::positions::Positions;
use super::request::Request;
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::Book;

/// An instrument whose `where` lets no row of its files pass: a warning, since a bank may have none of it; more often a value is
/// spelt otherwise in the file. `rows` are those of the files before the filter.
pub(super) fn unfilled(request: &Request<'_>, rows: usize, taken: usize) -> Option<Diagnostic> {
    let files = request.files.as_ref()?;
    let filter = files.filter?;
    if rows == 0 || taken > 0 {
        return None;
    }
    let instrument = request.instrument;
    let named = files.paths.iter().map(|path| format!("`{path}`"));
    let warning = Diagnostic::warning(
        codes::warning::NO_ROW_PASSES,
        format!(
            "no row of {} is of `{}`",
            named.collect::<Vec<_>>().join(", "),
            instrument.heading.short
        ),
    );
    let warning = match filter.span {
        Some(span) => warning.at(span, "lets no row pass"),
        None => warning,
    };
    Some(warning.note(format!("rows read: {rows}")).help(
        "if the bank has some, compare the values that `where` asks for with those in the file, letter by letter",
    ))
}

/// A book that reads files and gets no position at all from them: every figure would be nothing or undefined, so it is refused.
/// Where something else is wrong, or rows were set aside, that is the reason, and is told alone.
pub(super) fn empty(
    book: &Book,
    requests: &[Request<'_>],
    positions: &Positions,
    told: &[Diagnostic],
) -> Option<Diagnostic> {
    let reads_files = requests.iter().any(|request| request.files.is_some());
    let is_empty = positions.instruments.iter().all(|shell| shell.is_empty());
    if !reads_files
        || !is_empty
        || told
            .iter()
            .any(|d| d.is_error() || d.code == codes::book::BAD_ROW)
    {
        return None;
    }
    let error = Diagnostic::error(
        codes::book::NO_POSITION,
        format!(
            "the book `{}` reads its files and holds no position",
            book.heading.short
        ),
    );
    let error = match book.heading.origin.span {
        Some(span) => error.at(span, ""),
        None => error,
    };
    Some(error.help("look at the `where` of its instruments, and at the files: do they have rows below the header?"))
}
