//! What is told of curves and rates that cannot be had.

use super::term_structure::CurveError;
use crate::calendar::{CalendarError, Date};
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::Origin;

/// What to tell the author about a curve that cannot be made or read.
pub fn curve_diagnostic(name: &str, error: &CurveError, origin: &Origin) -> Diagnostic {
    let diagnostic = match error {
        CurveError::NoPillars => {
            Diagnostic::error(codes::market::NO_PILLARS, format!("`{name}` has no pillar"))
        }
        CurveError::NotAscending => Diagnostic::error(
            codes::market::PILLARS_NOT_ASCENDING,
            format!("the pillars of `{name}` do not ascend, or one lies on the curve's day"),
        )
        .help("each tenor stands once in a curve file"),
        CurveError::NotPositive => Diagnostic::error(
            codes::market::NOT_FINITE,
            format!("`{name}` has a value that no discount factor can have"),
        ),
        CurveError::BeyondPillars { asked, last } => Diagnostic::error(
            codes::market::BEYOND_PILLARS,
            format!("`{name}` is asked for {asked:.2} years, its last pillar is at {last:.2}"),
        )
        .help("add a pillar, or say `extrapolate = flat`"),
        CurveError::NotRepriced { pillar } => Diagnostic::error(
            codes::market::NOT_REPRICED,
            format!("no discount factor of `{name}` at {pillar:.2} years reprices its par rate"),
        )
        .help("check the quote: par rates are fractions, `0.0464` for 4.64%"),
    };
    with_origin(diagnostic, origin)
}

/// A fixing that is due and not there.
pub(super) fn missing_fixing(name: &str, fixing: Date, origin: &Origin) -> Diagnostic {
    let diagnostic = Diagnostic::error(
        codes::market::MISSING_FIXING,
        format!("`{name}` has no fixing of {fixing}"),
    )
    .help("add the fixing to the file of the index: a fixing that is due is never guessed");
    with_origin(diagnostic, origin)
}

/// A date that leaves the calendar.
pub(super) fn out_of_range(what: &str, error: &CalendarError) -> Diagnostic {
    Diagnostic::error(codes::market::NOT_FINITE, format!("`{what}`: {error}"))
}

/// A diagnostic at the line that it is about.
pub(super) fn with_origin(diagnostic: Diagnostic, origin: &Origin) -> Diagnostic {
    match origin.span {
        Some(span) => diagnostic.at(span, ""),
        None => diagnostic,
    }
}
