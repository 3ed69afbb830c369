//! Contracts as they are written: terms of the ACTUS dictionary in, dated events out, one contract at a time.
//!
//! Where the columnar kernels of [`super::project`] run millions of like contracts, this engine runs one of any type, exactly:
//! every term, every convention, every state after every event. It is what `plimsoll cashflows` shows, and what the kernels are
//! held to. `docs/adr/0004-two-readings-of-a-contract.md` says how the two relate, `docs/conformance.md` which published cases
//! it reproduces.
//!
//! A contract is read whole before it runs: all that is wrong with its terms is told at once, as [`TermError`]s.

mod applicable;
mod cap_floor;
mod conventions;
mod cycle;
mod dictionary;
mod enhancement;
mod event;
mod file;
mod holding;
mod legs;
mod loan;
mod moment;
mod observed;
mod option;
mod outright;
mod roll;
mod structure;
mod swap;
mod terms;
mod window;

pub use conventions::Conventions;
pub use dictionary::idle;
pub use event::{Event, EventType, Exercised};
pub use file::{Entry, File};
pub use moment::Moment;
pub use observed::{Observed, ObservedEvent};
pub use roll::RollConvention;
pub use terms::{Basis, Outcome, TermError, Terms};

use loan::{Course, form};
use serde_json::{Map, Value};

/// A contract with what is observed beside it.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    /// Its name, for errors.
    pub name: &'a str,
    /// Its terms.
    pub terms: &'a Map<String, Value>,
    /// Rates, prices and events.
    pub observed: Observed,
    /// The last instant of the projection; without it, the contract's end.
    pub to: Option<Moment>,
}

impl<'a> Case<'a> {
    /// Reads a case of a file: an object with `terms`, `to`, `dataObserved` and `eventsObserved`; or an object of terms alone.
    pub fn read(name: &'a str, value: &'a Value) -> Outcome<Case<'a>> {
        let error = |term: &str, found: Option<String>, expected: &str| {
            vec![TermError {
                contract: name.to_owned(),
                term: term.to_owned(),
                found,
                expected: expected.to_owned(),
            }]
        };
        let Some(object) = value.as_object() else {
            return Err(error("terms", None, "an object of terms"));
        };
        let terms = match object.get("terms") {
            Some(terms) => terms
                .as_object()
                .ok_or_else(|| error("terms", None, "an object of terms"))?,
            None => object,
        };
        let name_in_terms = terms.get("contractID").and_then(Value::as_str);
        let name = if name.is_empty() {
            name_in_terms.unwrap_or("without a name")
        } else {
            name
        };
        let end = Terms::new(name, object);
        let to = end.moment("to");
        end.done()?;
        let observed = Observed::read(
            name,
            object.get("dataObserved"),
            object.get("eventsObserved"),
        )?;
        Ok(Case {
            name,
            terms,
            observed,
            to,
        })
    }

    /// The contract's type, as its terms say.
    pub fn contract_type(&self) -> &'a str {
        let text = self.terms.get("contractType").and_then(Value::as_str);
        text.unwrap_or_default().trim()
    }

    /// The events of the contract, in the order in which they happen.
    pub fn events(&self, conventions: &Conventions) -> Outcome<Vec<Event>> {
        let in_vain = if conventions.idle_terms_pass {
            Vec::new()
        } else {
            dictionary::in_vain(self.name, self.terms)
        };
        let events = match (self.unchecked(conventions), in_vain) {
            (Ok(events), in_vain) if in_vain.is_empty() => events,
            (Ok(_), in_vain) => return Err(in_vain),
            (Err(errors), in_vain) => return Err(joined(errors, in_vain)),
        };
        let counted = |event: &Event| {
            let figures = [event.payoff, event.notional, event.rate, event.accrued];
            figures.iter().all(|figure| figure.is_finite())
        };
        match events.iter().find(|event| !counted(event)) {
            Some(event) => Err(vec![TermError {
                contract: self.name.to_owned(),
                term: event.kind.code().to_owned(),
                found: Some(event.time.to_string()),
                expected: "amounts that can be counted; these grow beyond it".to_owned(),
            }]),
            None => Ok(events),
        }
    }

    fn unchecked(&self, conventions: &Conventions) -> Outcome<Vec<Event>> {
        let terms = Terms::new(self.name, self.terms);
        let (terms, to, observed) = (&terms, self.to, &self.observed);
        let of_type = self.contract_type();
        if let Some(form) = form(of_type) {
            return Course::read(terms, form, None, to, observed, conventions)?.run(observed);
        }
        match of_type {
            "CSH" => holding::cash(terms, to, observed),
            "STK" | "COM" => holding::stock(terms, to, observed, conventions),
            "FXOUT" => outright::outright(terms, to, observed, conventions),
            "SWPPV" => swap::plain(terms, to, observed, conventions),
            "SWAPS" => legs::legs(terms, to, observed, conventions),
            "CAPFL" => cap_floor::cap_floor(terms, to, observed, conventions),
            "OPTNS" => option::option(terms, false, to, observed, conventions),
            "FUTUR" => option::option(terms, true, to, observed, conventions),
            "CEG" => enhancement::enhancement(terms, false, to, observed, conventions),
            "CEC" => enhancement::enhancement(terms, true, to, observed, conventions),
            _ => Err(vec![terms.error("contractType", format!("one of {TYPES}"))]),
        }
    }
}

/// What is wrong with terms and what they are given for in vain, each term once: one that is missing because it is misspelt is
/// told where it stands.
fn joined(mut errors: Vec<TermError>, in_vain: Vec<TermError>) -> Vec<TermError> {
    errors.retain(|error| {
        let meant = format!("`{}`;", error.term);
        let slip = |other: &TermError| other.expected.starts_with(&meant);
        error.found.is_some() || !in_vain.iter().any(slip)
    });
    for error in in_vain {
        let place = (&error.contract, &error.term);
        if !errors
            .iter()
            .any(|other| (&other.contract, &other.term) == place)
        {
            errors.push(error);
        }
    }
    errors
}

/// The contract types that are known.
const TYPES: &str = "`PAM`, `LAM`, `NAM`, `ANN`, `LAX`, `CLM`, `UMP`, `CSH`, `STK`, `COM`, `FXOUT`, `SWPPV`, `SWAPS`, \
                     `CAPFL`, `OPTNS`, `FUTUR`, `CEG`, `CEC`";
