//! Pass 2: the names of curves, spreads, indices and series of all markets, and of those that only a test gives.

use super::compiler::Compiler;
use super::names::Found;
use crate::diagnostic::Span;
use crate::plan::Type;
use crate::syntax::tree::{
    Argument, ArgumentName, BlockKind, ClauseBody, Expression, ExpressionKind, FactorKind, Item,
    LiteralValue,
};

/// What formulas know of a factor whatever the market.
#[derive(Clone, Debug)]
pub(super) struct FactorInfo {
    pub(super) kind: FactorKind,
    /// `Curve` for curves and spreads, `Rate` for indices, the unit of its values for a series.
    pub(super) ty: Type,
    pub(super) span: Span,
    /// Something reads it.
    pub(super) read: bool,
}

impl Compiler<'_> {
    /// Notes the factors of all markets and tests, the project's first.
    pub(super) fn collect_factors(&mut self) {
        for definition in self.names.definitions.clone() {
            let Item::Block(block) = &definition.declaration.item else {
                continue;
            };
            for clause in &block.clauses {
                match (&clause.body, block.kind) {
                    (ClauseBody::Factor(factor), BlockKind::Market) => {
                        let ty = match factor.kind {
                            FactorKind::Curve | FactorKind::Spread => Type::Curve,
                            FactorKind::Index => Type::Rate,
                            FactorKind::Series => series_type(&factor.value),
                            _ => continue,
                        };
                        self.factors
                            .entry(factor.name.text.clone())
                            .or_insert(FactorInfo {
                                kind: factor.kind,
                                ty,
                                span: factor.name.span,
                                read: false,
                            });
                    }
                    (ClauseBody::Given(given), BlockKind::Test)
                        if given.target.arguments.is_none() =>
                    {
                        let Some(name) = given.target.path.single() else {
                            continue;
                        };
                        let ExpressionKind::Reference(value) = &first_of(&given.value).kind else {
                            continue;
                        };
                        let (kind, ty) = match value.path.text().as_str() {
                            "path" => (FactorKind::Index, Type::Rate),
                            "levels" => (FactorKind::Series, series_type(&given.value)),
                            "flat" | "zero" | "par_swap" | "discount_factors" | "svensson"
                            | "smith_wilson" => (FactorKind::Curve, Type::Curve),
                            _ => continue,
                        };
                        if self.names.find(definition.scope, &[&name.text]) != Found::Unknown {
                            continue;
                        }
                        self.factors.entry(name.text.clone()).or_insert(FactorInfo {
                            kind,
                            ty,
                            span: name.span,
                            read: false,
                        });
                    }
                    _ => {}
                }
            }
        }
    }
}

fn first_of(expression: &Expression) -> &Expression {
    match &expression.kind {
        ExpressionKind::Sum { first, .. } => first,
        _ => expression,
    }
}

/// The unit of a series: that of `unit = …`, else a pure number.
fn series_type(value: &Expression) -> Type {
    let ExpressionKind::Reference(reference) = &value.kind else {
        return Type::Number;
    };
    let named = |argument: &&Argument| matches!(&argument.name, Some(ArgumentName::Name(name)) if name.text == "unit");
    let unit = reference
        .arguments
        .iter()
        .flatten()
        .find(named)
        .map(|argument| &argument.value.kind);
    match unit {
        Some(ExpressionKind::Literal(literal)) => match &literal.value {
            LiteralValue::Share(_) => Type::Ratio,
            LiteralValue::Money { .. } => super::typing::money(),
            _ => Type::Number,
        },
        _ => match reference.path.text().as_str() {
            // `path(date, 2%, …)`: the unit of its first value.
            "path" => match reference
                .arguments
                .iter()
                .flatten()
                .nth(1)
                .map(|a| &a.value.kind)
            {
                Some(ExpressionKind::Literal(literal))
                    if matches!(literal.value, LiteralValue::Share(_)) =>
                {
                    Type::Ratio
                }
                _ => Type::Number,
            },
            _ => Type::Number,
        },
    }
}
