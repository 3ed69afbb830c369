//! Loans and deposits: one state and one set of rules for what repays at maturity, in parts, as an annuity, by a list of
//! amounts, on call, or never.

mod annuity;
mod call;
mod exotic;
mod initial;
mod open;
mod schedule;
mod terms;
mod transition;

pub use terms::{Deal, Fees, Form, Loan, Resets, deal, fees, resets};

use super::event::{Event, EventType, LAST, Planned};
use super::observed::Observed;
use super::terms::{Outcome, Terms};
use super::window::Window;
use super::{Conventions, Moment};
use initial::initial;
use transition::step;

/// The state of a loan between two events. Amounts carry the contract's sign.
#[derive(Clone, Copy, Debug)]
pub struct State {
    /// Outstanding notional, not scaled.
    pub notional: f64,
    /// Rate of a year.
    pub rate: f64,
    /// Accrued interest up to `since`.
    pub accrued: f64,
    /// Accrued fees up to `since`.
    pub fees: f64,
    /// What interest is calculated on.
    pub base: f64,
    /// The next redemption, positive; of an annuity with its interest.
    pub redemption: f64,
    /// Factor on payments of principal.
    pub notional_scale: f64,
    /// Factor on payments of interest.
    pub interest_scale: f64,
    /// Up to when it has accrued.
    pub since: Moment,
    /// No more interest accrues.
    pub frozen: bool,
}

/// A loan with its schedule, ready to be run.
#[derive(Clone, Debug)]
pub struct Course {
    /// Its terms.
    pub loan: Loan,
    /// Its events in order, of the whole life.
    plan: Vec<Planned>,
    /// The last instant of which events are told.
    to: Moment,
}

impl Course {
    /// Reads the terms and makes the schedule. `to` is the last instant of the projection; without it the whole life is told.
    /// A role that is given stands before the contract's own.
    pub fn read(
        terms: &Terms<'_>,
        form: Form,
        role: Option<f64>,
        to: Option<Moment>,
        observed: &Observed,
        conventions: &Conventions,
    ) -> Outcome<Course> {
        let mut loan = Loan::read(terms, form, role, to, observed, conventions)?;
        let mut plan = match form {
            Form::Exotic => exotic::plan(terms, &loan)?,
            Form::Call => call::plan(&loan)?,
            Form::Open => open::plan(&loan, observed)?,
            _ => schedule::plan(&mut loan)?,
        };
        plan.sort_by_key(Planned::key);
        let to = match to {
            Some(to) if loan.call.is_none() => to,
            Some(to) => to.max(loan.maturity),
            // what is rolled beyond maturity is a part of the life; of the published cases nothing behind the repayment is
            None => {
                let repaid = |event: &&Planned| {
                    event.kind == EventType::Maturity && conventions.maturity_not_rolled
                };
                let end = plan.iter().find(repaid).or(plan.last());
                end.map_or(loan.maturity, |event| event.paid)
            }
        };
        Ok(Course { loan, plan, to })
    }

    /// The events of the projection.
    pub fn run(&self, observed: &Observed) -> Outcome<Vec<Event>> {
        let loan = &self.loan;
        let window = Window::new(
            loan.basis.status,
            Some(self.to),
            loan.purchase,
            loan.termination,
        );
        let mut state = initial(loan)?;
        let mut events = Vec::new();
        let plan = self.plan.iter();
        for planned in plan.filter(|planned| window.happens(planned.key())) {
            let event = self.happen(&mut state, planned, observed)?;
            if window.shows(planned.key()) {
                events.push(event);
            }
        }
        Ok(events)
    }

    /// Notional and accrued interest right after the events of an instant, whatever the status date.
    pub fn state_at(&self, at: Moment, observed: &Observed) -> Outcome<(f64, f64)> {
        let first = self.loan.basis.status.key(LAST);
        let mut state = initial(&self.loan)?;
        for planned in &self.plan {
            if planned.key() >= first && planned.key() <= at.key(LAST) {
                self.happen(&mut state, planned, observed)?;
            }
        }
        let look = Planned::fixed(at, EventType::Analysis);
        step(&self.loan, &mut state, &look, observed)?;
        Ok((state.notional, state.accrued))
    }

    /// The last event of the contract's life.
    pub fn end(&self) -> Moment {
        self.plan
            .last()
            .map_or(self.loan.maturity, |event| event.paid)
    }

    fn happen(&self, state: &mut State, planned: &Planned, observed: &Observed) -> Outcome<Event> {
        let basis = &self.loan.basis;
        let payoff = step(&self.loan, state, planned, observed)?;
        let payoff = self.loan.conventions.round(payoff);
        let payoff = payoff * observed.exchange(basis, payoff, planned.at)?;
        Ok(Event {
            time: planned.paid,
            kind: planned.kind,
            payoff: self.loan.conventions.round(payoff),
            currency: basis.paid_in().to_owned(),
            notional: state.notional,
            rate: state.rate,
            accrued: state.accrued,
            exercised: None,
        })
    }
}

/// How a loan of a contract type is repaid; `None` for what is no loan.
pub fn form(contract_type: &str) -> Option<Form> {
    Some(match contract_type {
        "PAM" => Form::Bullet,
        "LAM" => Form::Linear,
        "NAM" => Form::Negative,
        "ANN" => Form::Annuity,
        "LAX" => Form::Exotic,
        "CLM" => Form::Call,
        "UMP" => Form::Open,
        _ => return None,
    })
}
