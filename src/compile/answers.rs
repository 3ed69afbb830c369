//! Demands: a `let` without a value, which the book has to answer.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::compiler::Compiler;
use crate::diagnostic::{Diagnostic, codes};
use crate::plan::{Book, ParameterId, Scenario, ScenarioKey};
use crate::syntax::tree::BlockKind;

impl Compiler<'_> {
    /// What is demanded on the way to a report has to be answered by the book, or by every scenario that is run.
    pub(super) fn check_answers(
        &mut self,
        book: &Book,
        reached: &BTreeSet<ParameterId>,
        ran: &[ScenarioKey],
        scenarios: &IndexMap<ScenarioKey, Scenario>,
    ) {
        if self.any_broken(&[BlockKind::Book]) {
            return;
        }
        for id in reached {
            let Some(parameter) = self.parameters.get(id.index()) else {
                continue;
            };
            let set = |key| {
                scenarios
                    .get(key)
                    .is_some_and(|s: &Scenario| s.parameters.contains_key(id))
            };
            if parameter.value.is_some() || book.answers.contains_key(id) || ran.iter().all(set) {
                continue;
            }
            let name = &parameter.heading.name;
            let message = format!(
                "the book `{}` does not answer `{name}`, which a report reads",
                book.heading.short
            );
            let error = Diagnostic::error(codes::run::DEMAND_UNANSWERED, message).help(format!(
                "write `{name} = …` in the book, with its `source` or `because`"
            ));
            let error = match parameter.heading.origin.span {
                Some(span) => error.also(span, "the demand"),
                None => error,
            };
            self.report(match book.heading.origin.span {
                Some(span) => error.at(span, ""),
                None => error,
            });
        }
    }
}
