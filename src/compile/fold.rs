//! Folds: over positions, over a dimension, over time, over plain arguments.

use super::call::word_of;
use super::compiler::Compiler;
use super::context::{Context, Expected, Place};
use super::names::Found;
use super::typing::{Flex, Typed};
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{Fold, MoneyTag, Node, Over, Type};
use crate::syntax::tree::{self, Argument, ArgumentName, ExpressionKind};

/// The fold of a word.
pub(super) fn fold_of(name: &str) -> Option<Fold> {
    Some(match name {
        "sum" => Fold::Sum,
        "min" => Fold::Min,
        "max" => Fold::Max,
        "average" => Fold::Average,
        "first" => Fold::First,
        "last" => Fold::Last,
        "count" => Fold::Count,
        _ => return None,
    })
}

impl Compiler<'_> {
    pub(super) fn fold(
        &mut self,
        fold: Fold,
        name: &str,
        arguments: &[Argument],
        span: Span,
        hint: Option<&Type>,
        cx: &Context,
    ) -> Typed {
        let Some(first) = arguments.first() else {
            return self.too_few(name, "what it folds: `sum(assets: balance)`", span);
        };
        if let Some(body) = &first.body {
            if let Some(extra) = arguments.get(1) {
                self.report(
                    Diagnostic::error(
                        code::ARGUMENTS,
                        format!(
                            "a fold over `{}` takes nothing more",
                            self.written(first.value.span)
                        ),
                    )
                    .at(extra.span, ""),
                );
            }
            return match self.folded_over(&first.value, cx) {
                Some(over) => self.fold_dimension(fold, over, body, span, hint, cx),
                None => self.fold_positions(fold, &first.value, body, span, hint, cx),
            };
        }
        if let Some(during) = &first.during {
            return self.fold_time(fold, name, &first.value, during, arguments, span, hint, cx);
        }
        if matches!(fold, Fold::First | Fold::Last | Fold::Count) {
            self.report(
                Diagnostic::error(code::ARGUMENTS, format!("`{name}` runs over time"))
                    .at(span, "")
                    .help(format!(
                        "say over which window: `{name}(headroom < 0 during 12M)`"
                    )),
            );
            return Typed::unknown(span);
        }
        self.fold_arguments(fold, arguments, span, hint, cx)
    }

    /// What stands before the `:` if it is a dimension; a selection otherwise.
    fn folded_over(&mut self, expression: &tree::Expression, cx: &Context) -> Option<Over> {
        let ExpressionKind::Reference(reference) = &expression.kind else {
            return None;
        };
        if reference.arguments.is_some() {
            return None;
        }
        if word_of(expression) == Some("currency") {
            return Some(Over::Currency);
        }
        let segments: Vec<&str> = reference
            .path
            .segments
            .iter()
            .map(|s| s.text.as_str())
            .collect();
        let id = match self.names.find(cx.scope, &segments) {
            Found::Definition(id, used) if used == segments.len() => Some(id),
            Found::Unknown => match self
                .names
                .dimensions_called(cx.scope, word_of(expression)?)
                .as_slice()
            {
                [only] => Some(*only),
                _ => None,
            },
            _ => None,
        }?;
        if !self.names.is_dimension(id) {
            return None;
        }
        self.named.insert(id);
        Some(Over::Dimension(self.dimension_id(id)))
    }

    fn fold_dimension(
        &mut self,
        fold: Fold,
        over: Over,
        body: &tree::Expression,
        span: Span,
        hint: Option<&Type>,
        cx: &Context,
    ) -> Typed {
        let mut inner = cx.at(Place::Plain);
        inner.over.push(over);
        let body = self.expression(body, hint, &inner);
        let ty = self.folded_type(fold, &body, span);
        let flex = if matches!(body.flex, Flex::Share | Flex::Zero) {
            body.flex
        } else {
            Flex::Fixed
        };
        Typed::flexible(
            Node::FoldDimension {
                fold,
                over,
                body: Box::new(body.expression),
            },
            ty,
            span,
            flex,
        )
    }

    fn fold_positions(
        &mut self,
        fold: Fold,
        of: &tree::Expression,
        body: &tree::Expression,
        span: Span,
        hint: Option<&Type>,
        cx: &Context,
    ) -> Typed {
        let Some(selection) = self.selection(of, cx) else {
            // The body may have faults of its own; it is read over any position.
            let inner = cx.at(Place::Fold(super::context::Members::Open));
            self.expression(body, hint, &inner);
            return Typed::unknown(span);
        };
        let inner = cx.at(Place::Fold(self.members_of(&selection)));
        let body = self.expression(body, hint, &inner);
        let ty = self.folded_type(fold, &body, span);
        Typed::fixed(
            Node::FoldPositions {
                fold,
                selection: Box::new(selection),
                body: Box::new(body.expression),
            },
            ty,
            span,
        )
    }

    fn folded_type(&mut self, fold: Fold, body: &Typed, span: Span) -> Type {
        match body.ty() {
            _ if fold == Fold::Count => Type::Number,
            Type::Money(MoneyTag::Known(currency)) => Type::Money(MoneyTag::Known(*currency)),
            Type::Money(_) => super::typing::money(),
            ty if super::expression::is_quantity(ty) || *ty == Type::Date => ty.clone(),
            ty => {
                let a = self.a_type(ty);
                self.report(
                    Diagnostic::error(code::TYPES, format!("a fold takes quantities, this is {a}"))
                        .at(body.span().unwrap_or(span), ""),
                );
                Type::Unknown
            }
        }
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of one clause")]
    fn fold_time(
        &mut self,
        fold: Fold,
        name: &str,
        of: &tree::Expression,
        during: &tree::Point,
        arguments: &[Argument],
        span: Span,
        hint: Option<&Type>,
        cx: &Context,
    ) -> Typed {
        if cx.trigger {
            self.report(
                Diagnostic::error(code::LOOK_AHEAD, format!("a trigger may not look ahead: `{name}(… during {})`", self.written(during.span)))
                    .at(span, "")
                    .help("a trigger reads the action's observation day: `lcr`, or an earlier one: `lcr at start`"),
            );
        }
        let asks = matches!(fold, Fold::First | Fold::Last | Fold::Count);
        let body = if asks {
            Typed {
                expression: self.condition(of, cx),
                flex: Flex::Fixed,
            }
        } else {
            self.expression(of, hint, cx)
        };
        let until = self.point(during, cx);
        let ty = match fold {
            Fold::First | Fold::Last => Type::Tenor,
            Fold::Count => Type::Number,
            _ => body.ty().clone(),
        };
        let mut otherwise = None;
        for argument in arguments.iter().skip(1) {
            match &argument.name {
                Some(ArgumentName::Name(key)) if key.text == "otherwise" => {
                    otherwise = Some(Box::new(self.expect(
                        &argument.value,
                        &Expected::new(ty.clone()),
                        cx,
                    )));
                }
                _ => self.report(
                    Diagnostic::error(code::ARGUMENTS, "a fold over time takes one formula")
                        .at(argument.span, "")
                        .help("what stands for no hit is `otherwise = …`"),
                ),
            }
        }
        let Some(until) = until else {
            return Typed::unknown(span);
        };
        Typed::fixed(
            Node::FoldTime {
                fold,
                body: Box::new(body.expression),
                until,
                otherwise,
            },
            ty,
            span,
        )
    }
}
