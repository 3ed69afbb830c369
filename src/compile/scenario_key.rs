//! What a scenario is called: its name with the values of its parameters, or a sum.

use super::compiler::Compiler;
use super::context::{Context, Expected};
use super::names::DefId;
use super::spelling;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{Expression, Node, ScenarioKey, Type};
use crate::syntax::tree::{Item, Reference, ScenarioSum};

/// A scenario as it is named: with the values of its parameters, or a sum.
#[derive(Clone, Debug)]
pub(super) enum ScenarioRef {
    /// A declaration with the values of its parameters.
    Named(DefId, Vec<(String, Expression)>),
    /// `a + b`.
    Sum(Vec<ScenarioKey>),
}

impl Compiler<'_> {
    /// The key of a scenario that a formula or a line names; `None` if it is wrong, which is then reported.
    pub(super) fn scenario_key(
        &mut self,
        id: DefId,
        reference: &Reference,
        cx: &Context,
    ) -> Option<ScenarioKey> {
        let definition = self.definition(id)?;
        let Item::Block(block) = &definition.declaration.item else {
            return None;
        };
        self.named.insert(id);
        let written = block.parameters.as_deref().unwrap_or_default();
        let parameters = self.parameters_of(written, id);
        if parameters.is_empty() && reference.arguments.as_ref().is_some_and(|a| !a.is_empty()) {
            self.report(
                Diagnostic::error(
                    code::ARGUMENTS,
                    format!("`{}` has no parameters", reference.path.text()),
                )
                .at(reference.span, "")
                .also(definition.declaration.name.span, "defined here")
                .help(format!(
                    "write `{}`, or declare a parameter: `scenario {}(size: rate)`",
                    reference.path.text(),
                    reference.path.text()
                )),
            );
            return None;
        }
        let values = self.called(&parameters, written, reference, cx)?;
        let mut arguments = Vec::new();
        for ((name, _), value) in parameters.into_iter().zip(values) {
            let span = value.span.unwrap_or(reference.span);
            let value = self.literal_value(value, span)?;
            arguments.push((name, value));
        }
        let key = self.key_of(id, &arguments);
        self.scenario_refs
            .entry(key.clone())
            .or_insert(ScenarioRef::Named(id, arguments));
        Some(key)
    }

    fn key_of(&self, id: DefId, arguments: &[(String, Expression)]) -> ScenarioKey {
        let name = self.names.full_name(id);
        if arguments.is_empty() {
            return ScenarioKey(name);
        }
        let listed: Vec<String> = arguments
            .iter()
            .map(|(name, value)| format!("{name} = {}", spelling::literal(value)))
            .collect();
        ScenarioKey(format!("{name}({})", listed.join(", ")))
    }

    /// The key of a scenario without parameters, for checks.
    pub(super) fn plain_key(
        &mut self,
        id: DefId,
        arguments: Vec<(String, Expression)>,
    ) -> ScenarioKey {
        let key = self.key_of(id, &arguments);
        self.scenario_refs
            .entry(key.clone())
            .or_insert(ScenarioRef::Named(id, arguments));
        key
    }

    /// The value of an argument of a family: a literal, or a `let` that is one.
    pub(super) fn literal_value(&mut self, value: Expression, span: Span) -> Option<Expression> {
        match &value.node {
            _ if value.ty == Type::Unknown => None,
            Node::Number(_)
            | Node::Money(..)
            | Node::Tenor(_)
            | Node::Date(_)
            | Node::Bool(_)
            | Node::Text(_)
            | Node::Member(..)
            | Node::Currency(_)
            | Node::Local(_) => Some(value),
            Node::Parameter(id) => {
                self.drain();
                let literal = self
                    .parameters
                    .get(id.index())
                    .and_then(|p| p.value.clone())
                    .map(|literal| Expression {
                        ty: value.ty.clone(),
                        ..literal
                    });
                match literal {
                    Some(literal) if !matches!(literal.node, Node::Parameter(_)) => {
                        self.literal_value(literal, span)
                    }
                    _ => None,
                }
            }
            _ => {
                self.report(
                    Diagnostic::error(
                        code::LITERAL_DUE,
                        "an argument of a scenario is a value that stands in the text",
                    )
                    .at(span, "")
                    .help("write a literal, a `let` that is one, or the variable of `for` over a list: `for size in -100bp, 100bp`"),
                );
                None
            }
        }
    }

    /// The key of `a + b` as `extends` or `run` writes it.
    pub(super) fn sum_key(&mut self, sum: &ScenarioSum, cx: &Context) -> Option<ScenarioKey> {
        let mut keys = Vec::new();
        for member in &sum.members {
            let typed = self.reference(member, Some(&Type::Scenario), cx);
            let member = self.settle(typed, &Expected::new(Type::Scenario));
            match member.node {
                Node::Scenario(key) => keys.push(key),
                _ => return None,
            }
        }
        match keys.as_slice() {
            [only] => Some(only.clone()),
            _ => {
                let key = ScenarioKey(
                    keys.iter()
                        .map(|key| key.0.as_str())
                        .collect::<Vec<_>>()
                        .join(" + "),
                );
                self.scenario_refs
                    .entry(key.clone())
                    .or_insert(ScenarioRef::Sum(keys));
                Some(key)
            }
        }
    }
}
