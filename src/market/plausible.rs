//! What a market file is held to beyond its form: its age, and that its rates are fractions.

use super::source::with_span;
use crate::calendar::Date;
use crate::diagnostic::{Diagnostic, Span, codes};

/// Market data may be so many days older than the book before it is warned about.
const STALE_AFTER_DAYS: i32 = 5;

/// Warns where the last value of a file is much older than the book.
pub(super) fn last_value_is_old(
    path: &str,
    last: Date,
    book: Date,
    span: Option<Span>,
) -> Option<Diagnostic> {
    (book.days_since(last) > STALE_AFTER_DAYS).then(|| {
        let message = format!("the last fixing in `{path}` is of {last}, the book of {book}");
        with_span(
            Diagnostic::warning(codes::warning::STALE_MARKET, message),
            span,
        )
    })
}

/// Warns where the path of a file names a day much older than the book: `data/2026-09-01/eur.csv`. A file of pillars says
/// nowhere else of which day it is.
pub(super) fn named_day_is_old(path: &str, book: Date, span: Option<Span>) -> Option<Diagnostic> {
    let day = path
        .split(['/', '_', '.'])
        .filter_map(|part| part.parse::<Date>().ok())
        .next_back()?;
    (book.days_since(day) > STALE_AFTER_DAYS).then(|| {
        let message = format!("`{path}` is of {day}, the book of {book}");
        let warning = Diagnostic::warning(codes::warning::STALE_MARKET, message);
        with_span(
            warning.help("`{at}` in a path stands for the book's date"),
            span,
        )
    })
}

/// Refuses a rate beyond 100 %: such a file is in per cent.
pub(super) fn is_fraction(path: &str, what: &str, value: f64) -> Result<(), Diagnostic> {
    if value.abs() <= 1.0 {
        return Ok(());
    }
    let message = format!("`{path}` has the rate {value} {what}, which is beyond 100%");
    Err(Diagnostic::error(codes::market::FILE_UNUSABLE, message)
        .help("the values of a market file are fractions: 2.1% is written 0.021, not in per cent"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_in_the_path_is_compared_with_the_book() {
        let book: Date = "2026-09-30".parse().unwrap();
        for (path, warned) in [
            ("data/{at}/eur.csv", false),
            ("data/2026-09-25/eur.csv", false),
            ("data/2026-09-24/eur.csv", true),
            ("data/eur_2026-08-31.csv", true),
            ("data/2026-09-01/eur_2026-09-30.csv", false),
            ("data/eur.csv", false),
        ] {
            let warning = named_day_is_old(path, book, None);
            assert_eq!(warning.is_some(), warned, "{path}");
        }
        let last = |day: &str| last_value_is_old("f.csv", day.parse().unwrap(), book, None);
        assert!(last("2026-09-25").is_none());
        assert_eq!(last("2026-09-24").unwrap().code.id(), "W0601");
    }

    #[test]
    fn rates_in_per_cent_are_refused() {
        assert!(is_fraction("eur.csv", "at 1Y", -0.5).is_ok());
        let error = is_fraction("eur.csv", "at 1Y", 2.1).unwrap_err();
        assert!(error.message.contains("2.1 at 1Y"));
    }
}
