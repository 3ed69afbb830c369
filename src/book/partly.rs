//! Schedules that say less than their position: rates that a file does not state, amounts that do not repay it.

use super::fault::abbreviated;
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::quantity::{Currency, Quanta};

/// What a schedule leaves open of a position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gap {
    /// The file of its rates has no row of it: its rate stays.
    NoRates,
    /// This is not repaid: it is paid at maturity.
    Unrepaid(Currency, Quanta),
}

/// Warns of what schedules leave open, each kind once with how many positions and the first of them.
pub(super) fn told(
    instrument: &str,
    gaps: &[(std::sync::Arc<str>, Gap)],
    span_of: &dyn Fn(&str) -> Option<Span>,
) -> Vec<Diagnostic> {
    let is_rates = |gap: &Gap| *gap == Gap::NoRates;
    [true, false]
        .into_iter()
        .filter_map(|of_rates| {
            let mut of_kind = gaps.iter().filter(|(_, gap)| is_rates(gap) == of_rates);
            let (id, gap) = of_kind.next()?;
            let more = match of_kind.count() {
                0 => String::new(),
                1 => ", and another one like this".to_owned(),
                several => format!(", and {several} others like this"),
            };
            let (key, what, help) = match gap {
                Gap::NoRates => (
                    "accrues",
                    "the file of its rates has no row of it, so its rate stays".to_owned(),
                    "give it a row, also where its rate never steps",
                ),
                Gap::Unrepaid(currency, left) => (
                    "repays",
                    format!(
                        "its schedule leaves {}, which is paid at maturity",
                        abbreviated(*left, *currency)
                    ),
                    "give the schedule a last row with the rest, on the maturity",
                ),
            };
            let message = format!("`{instrument}` position `{id}`: {what}{more}");
            let warning = Diagnostic::warning(codes::warning::SCHEDULE_IN_PART, message);
            let warning = match span_of(key) {
                Some(span) => warning.at(span, ""),
                None => warning,
            };
            Some(warning.help(help))
        })
        .collect()
}
