//! All that formulas ask of positions and no instrument maps: a run that was refused for one of them is asked for the others, so
//! that they are told at once.

use super::Measures;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::codes::run as codes;
use crate::engine::context::spelling;
use crate::engine::group::Group;
use crate::formula::{Refusal, Undefined, Value};
use crate::plan::{DimensionId, Heading, InstrumentId, Plan, Term};
use std::collections::{BTreeMap, BTreeSet};

/// What an instrument may lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Asked {
    Dimension(DimensionId),
    Term(Term),
}

/// What was asked for in vain, and of which instruments.
#[derive(Clone, Debug, Default)]
pub struct Lacking(BTreeMap<Asked, BTreeSet<InstrumentId>>);

impl Lacking {
    /// Takes over what another run lacked.
    pub fn extend(&mut self, other: Lacking) {
        for (asked, instruments) in other.0 {
            self.0.entry(asked).or_default().extend(instruments);
        }
    }

    /// One error for each thing that was asked for, in place of those that name one instrument.
    pub fn told(&self, plan: &Plan, asker: &str, errors: &mut Vec<Diagnostic>) {
        let instrument = |id: &InstrumentId| plan.instruments.get(id.index());
        for (asked, instruments) in &self.0 {
            let lack = lack(plan, *asked);
            errors.retain(|error| {
                let mut lacking = instruments.iter().filter_map(instrument);
                error.code != codes::TERM_MISSING
                    || !lacking.any(|i| error.message == lack.of(&i.heading.short))
            });
            let headings: Vec<&Heading> = instruments
                .iter()
                .filter_map(instrument)
                .map(|i| &i.heading)
                .collect();
            match asked {
                Asked::Dimension(id) => {
                    let dimension = plan.dimensions.get(id.index());
                    errors.extend(dimension.map(|d| d.unclassified(asker, &headings)));
                }
                Asked::Term(_) => {
                    for heading in headings {
                        let error = lack.refusal(&heading.short).at(heading.origin.span);
                        errors.push(error.into_diagnostic());
                    }
                }
            }
        }
    }
}

/// A term or dimension by its name.
struct Lack<'p>(std::borrow::Cow<'p, str>);

fn lack(plan: &Plan, asked: Asked) -> Lack<'_> {
    Lack(match asked {
        Asked::Dimension(id) => plan
            .dimensions
            .get(id.index())
            .map_or("", |d| d.heading.short.as_str())
            .into(),
        Asked::Term(term) => spelling(term).into(),
    })
}

impl Lack<'_> {
    fn of(&self, instrument: &str) -> String {
        format!("`{instrument}` has no `{}`", self.0)
    }

    fn refusal(&self, instrument: &str) -> Refusal {
        let name = &self.0;
        Refusal::new(codes::TERM_MISSING, self.of(instrument)).help(format!(
            "map it in the instrument, `{name} = …`, or leave `{instrument}` out of the selection"
        ))
    }
}

impl Measures<'_> {
    /// The same, with note taken of all that positions lack: it is undefined, and what is evaluated is good for nothing else.
    #[must_use]
    pub fn noting_what_is_lacking(mut self) -> Self {
        self.lacking = Some(std::cell::RefCell::default());
        self
    }

    /// What positions lacked.
    pub fn lacking(&self) -> Lacking {
        let noted = self.lacking.as_ref();
        noted.map_or_else(Lacking::default, |noted| noted.borrow().clone())
    }

    /// A dimension that a group does not have.
    pub(super) fn without_dimension(
        &self,
        group: &Group,
        dimension: DimensionId,
    ) -> Result<Value, Refusal> {
        self.without(group, Asked::Dimension(dimension))
    }

    /// A term that a group does not have.
    pub(super) fn without_term(&self, group: &Group, term: Term) -> Result<Value, Refusal> {
        self.without(group, Asked::Term(term))
    }

    fn without(&self, group: &Group, asked: Asked) -> Result<Value, Refusal> {
        match &self.lacking {
            Some(noted) => {
                let mut noted = noted.borrow_mut();
                noted.0.entry(asked).or_default().insert(group.instrument);
                Ok(Value::Undefined(Undefined::Nothing))
            }
            None => Err(lack(self.plan, asked).refusal(self.instrument_name(group))),
        }
    }
}
