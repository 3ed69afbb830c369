//! Formulas: from the tree to the typed form of the plan.

use super::compiler::Compiler;
use super::context::{Context, Expected, Place};
use super::typing::{Flex, Typed, period_of};
use crate::calendar::Tenor;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{Comparison, Domain, Expression, MoneyTag, Node, Operator, Point, Type};
use crate::syntax::tree::{self, ExpressionKind, PointKind, Tail, TailKind};

impl Compiler<'_> {
    /// A formula in a place that asks for a type.
    pub(super) fn expect(
        &mut self,
        expression: &tree::Expression,
        expected: &Expected,
        cx: &Context,
    ) -> Expression {
        let typed = self.expression(expression, Some(&expected.ty), cx);
        self.settle(typed, expected)
    }

    /// A condition.
    pub(super) fn condition(&mut self, expression: &tree::Expression, cx: &Context) -> Expression {
        self.expect(expression, &Expected::new(Type::Bool), cx)
    }

    /// A formula; the hint says in which type bare names are looked up first.
    pub(super) fn expression(
        &mut self,
        expression: &tree::Expression,
        hint: Option<&Type>,
        cx: &Context,
    ) -> Typed {
        let span = expression.span;
        match &expression.kind {
            ExpressionKind::Broken => Typed::unknown(span),
            ExpressionKind::Literal(literal) => self.literal(literal, span),
            ExpressionKind::Text(text) => self.text(text, hint, span),
            ExpressionKind::Column(column) => match cx.place {
                Place::Mapping | Place::Rows => Typed::flexible(
                    Node::Column(column.name.clone()),
                    Type::Number,
                    span,
                    Flex::Column,
                ),
                _ => {
                    self.report(
                        Diagnostic::error(
                            code::WRONG_PLACE,
                            format!(
                                "`[{}]` is a column of a file, no file is read here",
                                column.name
                            ),
                        )
                        .at(span, "")
                        .help("map the column in the instrument and use the term or dimension"),
                    );
                    Typed::unknown(span)
                }
            },
            ExpressionKind::Reference(reference) => self.reference(reference, hint, cx),
            ExpressionKind::Unary { negative, of } => {
                let inner = self.expression(of, hint, cx);
                if !*negative || inner.is_unknown() {
                    return inner;
                }
                if !is_quantity(inner.ty()) {
                    let a = self.a_type(inner.ty());
                    self.report(
                        Diagnostic::error(code::TYPES, format!("{a} has no sign"))
                            .at(span, "")
                            .help("a sign turns a quantity; a condition is turned by `not`"),
                    );
                    return Typed::unknown(span);
                }
                let (ty, flex) = (inner.ty().clone(), inner.flex);
                // A signed literal stays a literal: `-200bp` is one value.
                let node = match inner.expression.node {
                    Node::Number(value) => Node::Number(-value),
                    Node::Money(value, currency) => Node::Money(-value, currency),
                    node => Node::Negate(Box::new(Expression {
                        node,
                        ..inner.expression
                    })),
                };
                Typed::flexible(node, ty, span, flex)
            }
            ExpressionKind::Sum { first, rest } => {
                if hint == Some(&Type::Selection) {
                    return self.selection_value(expression, cx);
                }
                let mut sum = self.expression(first, hint, cx);
                for addend in rest {
                    let value = self.expression(&addend.value, hint, cx);
                    let operator = if addend.negative {
                        Operator::Subtract
                    } else {
                        Operator::Add
                    };
                    sum = self.add(operator, sum, value, addend.operator_span);
                    sum.expression.span = Some(up_to(span, addend.value_span));
                }
                sum
            }
            ExpressionKind::Product { first, rest } => {
                if let Some(error) = mistyped_daycount(expression, first, rest) {
                    self.report(error);
                    return Typed::unknown(span);
                }
                let mut product = self.expression(first, None, cx);
                for factor in rest {
                    let value = self.expression(&factor.value, None, cx);
                    product = if factor.divides {
                        self.divide(product, value, factor.operator_span)
                    } else {
                        self.multiply(product, value, factor.operator_span)
                    };
                    product.expression.span = Some(up_to(span, factor.value_span));
                }
                product
            }
            ExpressionKind::And(members) => {
                let members = members
                    .iter()
                    .map(|member| self.condition(member, cx))
                    .collect();
                Typed::fixed(Node::And(members), Type::Bool, span)
            }
            ExpressionKind::Or(members) => {
                let members = members
                    .iter()
                    .map(|member| self.condition(member, cx))
                    .collect();
                Typed::fixed(Node::Or(members), Type::Bool, span)
            }
            ExpressionKind::Not(inner) => {
                let inner = self.condition(inner, cx);
                Typed::fixed(Node::Not(Box::new(inner)), Type::Bool, span)
            }
            ExpressionKind::Compare {
                left,
                operator,
                operator_span,
                right,
            } => {
                let left = self.expression(left, None, cx);
                if left.is_unknown() && is_name(right) {
                    return Typed::fixed(Node::Bool(false), Type::Bool, span);
                }
                let right = self.expression(right, Some(&left.ty().clone()), cx);
                self.compare(comparison_of(*operator), left, right, *operator_span, span)
            }
            ExpressionKind::In { value, members } => self.one_of(value, members, span, cx),
            ExpressionKind::Choice {
                condition,
                then,
                otherwise,
            } => {
                let condition = self.condition(condition, cx);
                let then = self.expression(then, hint, cx);
                let hint = hint
                    .cloned()
                    .or_else(|| matches!(then.ty(), Type::Member(_)).then(|| then.ty().clone()));
                let otherwise = self.expression(otherwise, hint.as_ref(), cx);
                let Some((then, otherwise, ty, flex)) =
                    self.unify(then, otherwise, "meet in one choice", span)
                else {
                    return Typed::unknown(span);
                };
                Typed::flexible(
                    Node::If(Box::new(condition), Box::new(then), Box::new(otherwise)),
                    ty,
                    span,
                    flex,
                )
            }
            ExpressionKind::Where { .. } => self.selection_value(expression, cx),
            ExpressionKind::Tail { of, tails } => self.tailed(of, tails, hint, span, cx),
        }
    }

    fn text(&mut self, text: &tree::Text, hint: Option<&Type>, span: Span) -> Typed {
        let Some(Type::Member(id)) = hint else {
            return Typed::fixed(Node::Text(text.value.clone()), Type::Text, span);
        };
        let position = match self.dimensions.get(id.index()).map(|d| &d.domain) {
            Some(Domain::Closed { members, .. }) => members
                .iter()
                .position(|member| member.spelling.as_ref().unwrap_or(&member.name) == &text.value),
            Some(Domain::Bands(bands)) => bands.iter().position(|band| band.label == text.value),
            _ => None,
        };
        match position {
            Some(position) => {
                Typed::fixed(Node::Member(*id, position as u32), Type::Member(*id), span)
            }
            None => Typed::fixed(Node::Text(text.value.clone()), Type::Text, span),
        }
    }

    fn one_of(
        &mut self,
        value: &tree::Expression,
        members: &[tree::Expression],
        span: Span,
        cx: &Context,
    ) -> Typed {
        let mut value = self.expression(value, None, cx);
        let mut list = Vec::new();
        for member in members {
            let member = self.expression(member, Some(&value.ty().clone()), cx);
            let Some((left, right, _, _)) = self.unify(
                value.clone(),
                member,
                "a value is looked for among values of its kind",
                span,
            ) else {
                continue;
            };
            value = Typed {
                expression: left,
                flex: Flex::Fixed,
            };
            list.push(right);
        }
        Typed::fixed(
            Node::OneOf(Box::new(value.expression), list),
            Type::Bool,
            span,
        )
    }

    fn tailed(
        &mut self,
        of: &tree::Expression,
        tails: &[Tail],
        hint: Option<&Type>,
        span: Span,
        cx: &Context,
    ) -> Typed {
        let inner_hint = match hint {
            Some(Type::Per(inner, _)) => Some((**inner).clone()),
            other => other.cloned(),
        };
        let mut value = self.expression(of, inner_hint.as_ref(), cx);
        for tail in tails {
            if value.is_unknown() {
                return value;
            }
            value = match &tail.kind {
                TailKind::Per(period) => {
                    let due = match &inner_hint {
                        Some(ty @ (Type::Rate | Type::Ratio | Type::Money(_))) => ty.clone(),
                        _ => Type::Ratio,
                    };
                    let inner = match value.flex {
                        Flex::Fixed => value.expression,
                        _ => self.settle(value, &Expected::new(due)),
                    };
                    if !matches!(
                        inner.ty,
                        Type::Ratio | Type::Rate | Type::Money(_) | Type::Number | Type::Unknown
                    ) {
                        let a = self.a_type(&inner.ty);
                        self.report(
                            Diagnostic::error(code::TYPES, format!("{a} cannot be per period"))
                                .at(tail.span, ""),
                        );
                    }
                    let period = period_of(*period);
                    let ty = Type::Per(Box::new(inner.ty.clone()), Some(period));
                    Typed::fixed(Node::Per(Box::new(inner), period), ty, span)
                }
                TailKind::In(name) => {
                    let Some(currency) = self.currency(&name.text, name.span) else {
                        return Typed::unknown(span);
                    };
                    let inner = self.settle(
                        value,
                        &Expected::because(
                            super::typing::money(),
                            tail.span,
                            "only money is in a currency",
                        ),
                    );
                    Typed::fixed(
                        Node::InCurrency(Box::new(inner), currency),
                        Type::Money(MoneyTag::Known(currency)),
                        span,
                    )
                }
                TailKind::At(point) => {
                    let Some(point) = self.point(point, cx) else {
                        return Typed::unknown(span);
                    };
                    let (ty, flex) = (value.ty().clone(), value.flex);
                    Typed::flexible(Node::At(Box::new(value.expression), point), ty, span, flex)
                }
                TailKind::Under(scenario) => {
                    if cx.trigger {
                        self.report(
                            Diagnostic::error(
                                code::LOOK_AHEAD,
                                "a trigger may not read another run",
                            )
                            .at(tail.span, "")
                            .help("`branch(x, S)` asks what would be if S struck now"),
                        );
                    }
                    let scenario = self.reference(scenario, Some(&Type::Scenario), cx);
                    let scenario = self.settle(
                        scenario,
                        &Expected::because(Type::Scenario, tail.span, "`under` names a scenario"),
                    );
                    let (ty, flex) = (value.ty().clone(), value.flex);
                    Typed::flexible(
                        Node::Under(Box::new(value.expression), Box::new(scenario)),
                        ty,
                        span,
                        flex,
                    )
                }
            };
        }
        value
    }

    /// A point in time: a date, a tenor from the book's date, or a name.
    pub(super) fn point(&mut self, point: &tree::Point, cx: &Context) -> Option<Point> {
        match &point.kind {
            PointKind::Date(date) => self.date(*date, point.span).map(Point::Date),
            PointKind::Tenor(literal) => {
                self.tenor(literal, point.span)
                    .map(|tenor| match tenor.in_days() {
                        // A tenor of zero is the book's date after what strikes at once.
                        Some(0) => Point::Shocked,
                        _ if tenor.in_months() == Some(0) => Point::Shocked,
                        _ => Point::Tenor(tenor),
                    })
            }
            PointKind::Reference(reference) => {
                let name = reference.path.text();
                Some(match name.as_str() {
                    "start" => Point::Start,
                    "shocked" => Point::Shocked,
                    "previous" => Point::Previous,
                    "end" | "horizon" => Point::End,
                    "maturity" => Point::Maturity,
                    _ => {
                        let value = self.reference(reference, Some(&Type::Date), cx);
                        return match value.expression.node {
                            Node::Date(date) => Some(Point::Date(date)),
                            Node::Tenor(tenor) => Some(Point::Tenor(tenor)),
                            // The body of a function before a call puts its tenor in.
                            Node::Local(_) if value.expression.ty == Type::Tenor => {
                                Some(Point::End)
                            }
                            _ if value.is_unknown() => None,
                            _ => {
                                self.report(
                                    Diagnostic::error(code::TYPES, format!("`{name}` is no point in time"))
                                        .at(point.span, "")
                                        .help("a point is a date, a tenor, `start`, `shocked`, `previous`, `end` or `maturity`"),
                                );
                                None
                            }
                        };
                    }
                })
            }
        }
    }

    /// A tenor that has to stand in the text itself: windows, terms, lags.
    pub(super) fn literal_tenor(
        &mut self,
        expression: &tree::Expression,
        what: &str,
        cx: &Context,
    ) -> Option<Tenor> {
        let value = self.expect(expression, &Expected::new(Type::Tenor), cx);
        match value.node {
            Node::Tenor(tenor) => Some(tenor),
            // The body of a function before a call puts its tenor in.
            Node::Local(_) => Some(Tenor::days(1)),
            _ if value.ty == Type::Unknown => None,
            _ => {
                self.report(
                    Diagnostic::error(
                        code::LITERAL_DUE,
                        format!("{what} is a tenor that stands in the text"),
                    )
                    .at(expression.span, "")
                    .help("write `30d`, `3M` or `5Y`"),
                );
                None
            }
        }
    }
}

/// Whether values of the type have a sign and a size.
pub(super) fn is_quantity(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Number
            | Type::Ratio
            | Type::Rate
            | Type::Money(_)
            | Type::Per(..)
            | Type::Tenor
            | Type::Shift
            | Type::Unknown
    )
}

fn comparison_of(comparison: tree::Comparison) -> Comparison {
    match comparison {
        tree::Comparison::Equal => Comparison::Equal,
        tree::Comparison::NotEqual => Comparison::NotEqual,
        tree::Comparison::AtMost => Comparison::LessOrEqual,
        tree::Comparison::AtLeast => Comparison::GreaterOrEqual,
        tree::Comparison::Less => Comparison::Less,
        tree::Comparison::Greater => Comparison::Greater,
    }
}

/// From the start of a chain to the end of a member, brackets included.
fn up_to(chain: Span, member: Span) -> Span {
    Span {
        end: member.end,
        ..chain
    }
}

/// Whether a formula is a bare name, which only its surroundings give a meaning.
fn is_name(expression: &tree::Expression) -> bool {
    matches!(&expression.kind, ExpressionKind::Reference(reference) if reference.arguments.is_none())
}

/// `act/actICAM`: a day count with a slip in it reads as one name divided by another.
fn mistyped_daycount(
    whole: &tree::Expression,
    first: &tree::Expression,
    rest: &[tree::Multiplier],
) -> Option<Diagnostic> {
    const KNOWN: [&str; 6] = [
        "act/360",
        "act/365",
        "act/actISDA",
        "act/actICMA",
        "act/act",
        "act/365F",
    ];
    let name = |expression: &tree::Expression| match &expression.kind {
        ExpressionKind::Literal(literal) => match &literal.value {
            tree::LiteralValue::Number(number) => Some(number.value.normalize().to_string()),
            _ => None,
        },
        ExpressionKind::Reference(reference) if reference.arguments.is_none() => {
            reference.path.single().map(|name| name.text.clone())
        }
        _ => None,
    };
    let [second] = rest else { return None };
    let written = format!("{}/{}", name(first)?, name(&second.value)?);
    let near = super::suggest::nearest(&written, KNOWN)?;
    second.divides.then(|| {
        Diagnostic::error(
            crate::diagnostic::codes::syntax::UNKNOWN_DAYCOUNT,
            format!("`{written}` is no day count"),
        )
        .at(whole.span, "")
        .help(format!("did you mean `{near}`?"))
    })
}
