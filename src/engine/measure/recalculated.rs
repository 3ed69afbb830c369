//! Contracts whose payment is recalculated at each reset, as a place sees them: principal and interest both follow its forwards.

use super::Measures;
use crate::calendar::Date;
use crate::contract::{Fixings, IndexId};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::codes::run as codes;
use crate::engine::group::{Group, InterestLeg};
use crate::engine::recalculated::Recalculated;
use crate::engine::series::Day;
use crate::engine::state::ScenarioFlows;
use crate::formula::Refusal;
use crate::quantity::Rate;
use std::cell::RefCell;

/// Fixings that somebody reads by the day.
struct Seen<F> {
    read: F,
    origin: Date,
    error: RefCell<Option<Diagnostic>>,
}

impl<F: Fn(Day) -> Result<Rate, Diagnostic>> Fixings for Seen<F> {
    fn rate(&self, _index: IndexId, fixing: Date, _start: Date, _end: Date) -> Option<Rate> {
        (self.read)(fixing.days_since(self.origin))
            .map_err(|error| *self.error.borrow_mut() = Some(error))
            .ok()
    }
}

impl Measures<'_> {
    /// The contracts of a group at the fixings that `read` gives.
    pub(super) fn run_again(
        &self,
        group: &Group,
        contracts: &Recalculated,
        read: impl Fn(Day) -> Result<Rate, Diagnostic>,
    ) -> Result<ScenarioFlows, Refusal> {
        let fixings = Seen {
            read,
            origin: contracts.contracts.origin,
            error: RefCell::new(None),
        };
        let projected = contracts.project(&fixings);
        if let Some(error) = fixings.error.borrow_mut().take() {
            return Err(error.into());
        }
        let name = self.instrument_name(group);
        let projected = projected.ok_or_else(|| {
            let message = format!("the amounts of `{name}` are more than can be counted");
            Refusal::new(codes::AMOUNT_TOO_LARGE, message)
        })?;
        if let Some(error) = projected.errors.first() {
            let message = format!("`{name}`: {}", error.reason);
            return Err(Refusal::new(codes::TERM_MISSING, message));
        }
        Ok(ScenarioFlows {
            principal: Some(projected.principal),
            interest: InterestLeg {
                interest: projected.interest,
                margin: projected.margin,
                ..InterestLeg::default()
            },
        })
    }
}
