//! Contracts whose payment is recalculated at each reset, as a place sees them: principal and interest both follow its forwards.

use super::Measures;
use super::place::Place;
use super::repricing::Dated;
use crate::calendar::Date;
use crate::contract::{Fixings, Flow, FlowKind, IndexId};
use crate::diagnostic::Diagnostic;
use crate::diagnostic::codes::run as codes;
use crate::engine::group::{Group, InterestLeg};
use crate::engine::recalculated::Recalculated;
use crate::engine::series::Day;
use crate::engine::state::ScenarioFlows;
use crate::formula::Refusal;
use crate::market::Bump;
use crate::quantity::Rate;
use std::cell::{Cell, RefCell};

/// Fixings that somebody reads by the day.
struct Seen<F> {
    read: F,
    origin: Date,
    /// Fixings after it are to come.
    today: Day,
    /// The first period that asked for one of these.
    reset: Cell<Option<Date>>,
    error: RefCell<Option<Diagnostic>>,
}

impl<F: Fn(Day) -> Result<Rate, Diagnostic>> Fixings for Seen<F> {
    fn rate(&self, _index: IndexId, fixing: Date, start: Date, _end: Date) -> Option<Rate> {
        let day = fixing.days_since(self.origin);
        if day > self.today && self.reset.get().is_none_or(|reset| start < reset) {
            self.reset.set(Some(start));
        }
        (self.read)(day)
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
            today: 0,
            reset: Cell::new(None),
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

    /// What is repaid until the next reset and what reprices on it, contract by contract; after it only the spread is paid on what the
    /// forwards of the run leave outstanding.
    pub(super) fn contracts_repricing(
        &self,
        group: &Group,
        contracts: &Recalculated,
        place: Place,
    ) -> Result<Dated, Refusal> {
        let engine = &self.context(place)?.engine;
        let market = self.market(Place {
            branch: None,
            ..place
        })?;
        let today = place.reading.day();
        let mut fixings = Seen {
            read: |fixing: Day| {
                if fixing <= today {
                    return engine.index_rate(&contracts.index, fixing, fixing, contracts.reset);
                }
                let (fixing, now) = (engine.date(fixing)?, engine.date(today)?);
                let rate = market.index_rate(
                    &contracts.index,
                    fixing,
                    contracts.reset,
                    now,
                    Bump::None,
                )?;
                Rate::from_f64(rate)
                    .map_err(|e| Diagnostic::error(codes::OUT_OF_RANGE, e.to_string()))
            },
            origin: contracts.contracts.origin,
            today,
            reset: Cell::new(None),
            error: RefCell::new(None),
        };
        let contracts = &contracts.contracts;
        let spreads = contracts.with_spread_beside();
        let mut dated = Dated::default();
        for (position, principal) in contracts.principal().iter().enumerate() {
            fixings.reset.set(None);
            let told = [contracts, &spreads].map(|of| of.one(position, &fixings));
            if let Some(error) = fixings.error.get_mut().take() {
                return Err(error.into());
            }
            let [Ok(own), Ok(spread)] = told else {
                let name = self.instrument_name(group);
                let message = format!("a contract of `{name}` cannot be run");
                return Err(Refusal::new(codes::TERM_MISSING, message));
            };
            let reset = fixings.reset.get();
            let fixed = |due: Date| reset.is_none_or(|reset| due <= reset);
            let day = |date: Date| date.days_since(contracts.origin);
            let mut left = *principal;
            for flow in own.flows.iter().filter(|flow| fixed(flow.due)) {
                let paid = (day(flow.paid), flow.amount);
                if flow.kind == FlowKind::Principal {
                    left -= flow.amount;
                }
                if paid.0 > today {
                    match flow.kind {
                        FlowKind::Principal => dated.principal.push(paid),
                        FlowKind::Interest => dated.interest.push(paid),
                        FlowKind::Margin => dated.margin.push(paid),
                    }
                }
            }
            dated
                .principal
                .extend(reset.map(|reset| (day(reset), left)));
            let after = |flow: &&Flow<i128>| flow.kind == FlowKind::Margin && !fixed(flow.due);
            let amount = |flow: &Flow<i128>| (day(flow.paid), flow.amount);
            dated
                .interest
                .extend(spread.flows.iter().filter(after).map(amount));
            dated
                .margin
                .extend(own.flows.iter().filter(after).map(amount));
        }
        Ok(dated)
    }
}
