//! The lines `settle … until` and `step … until`: they follow one another from the book's date on.

use super::compiler::Compiler;
use super::exercise::Draft;
use crate::calendar::Date;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::Point;
use crate::syntax::tree::StepKind;

impl Compiler<'_> {
    /// Reports a line that ends before it begins.
    pub(super) fn check_ends(&mut self, draft: &Draft) {
        let Some(book) = &draft.book else { return };
        for kind in [StepKind::Settle, StepKind::Step] {
            let mut last: Option<(Date, Span)> = None;
            for (_, point, span) in draft.ends.iter().filter(|(of, _, _)| *of == kind) {
                let day = match point {
                    Point::Date(day) => *day,
                    Point::Tenor(tenor) => match tenor.point_after(book.date) {
                        Ok(day) => day,
                        Err(_) => continue,
                    },
                    _ => continue,
                };
                if day <= book.date {
                    let date = book.date;
                    self.report(
                        Diagnostic::error(
                            code::OUT_OF_RANGE,
                            format!("the line ends on {day}, the book is of {date}"),
                        )
                        .at(*span, "")
                        .help("a line runs from the book's date, or from the end of the line above, to a later day: `until 12M`"),
                    );
                    continue;
                }
                match last {
                    Some((before, first)) if before >= day => self.report(
                        Diagnostic::error(
                            code::OUT_OF_RANGE,
                            format!("the line ends on {day}, the one above on {before}"),
                        )
                        .at(*span, "not after it")
                        .also(first, "the one above")
                        .help("each line begins where the one above ends"),
                    ),
                    _ => last = Some((day, *span)),
                }
            }
        }
    }
}
