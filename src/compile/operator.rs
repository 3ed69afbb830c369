//! The units of sums, products and comparisons: what may meet, and what comes out.

use super::compiler::Compiler;
use super::context::Expected;
use super::expression::is_quantity;
use super::typing::{Flex, TenorClass, Typed, fits, join_tags, retype, tenor_class};
use crate::calendar::Period;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{Comparison, Domain, Expression, MoneyTag, Node, Operator, Type};

/// Two operands brought to one type, that type, and how far it is still open.
type Unified = (Expression, Expression, Type, Flex);

impl Compiler<'_> {
    /// `a + b`, `a - b`.
    pub(super) fn add(&mut self, operator: Operator, a: Typed, b: Typed, sign: Span) -> Typed {
        let span = whole(&a, &b, sign);
        if a.is_unknown() || b.is_unknown() {
            return Typed::unknown(span);
        }
        let arithmetic =
            |a: Expression, b: Expression| Node::Arithmetic(operator, Box::new(a), Box::new(b));
        match (a.ty(), b.ty(), operator) {
            (Type::Date, Type::Tenor, _) => {
                return Typed::fixed(arithmetic(a.expression, b.expression), Type::Date, span);
            }
            (Type::Date, Type::Date, Operator::Subtract) => {
                return Typed::fixed(arithmetic(a.expression, b.expression), Type::Tenor, span);
            }
            (Type::Curve, Type::Curve | Type::Shift, _) => {
                return Typed::fixed(arithmetic(a.expression, b.expression), Type::Curve, span);
            }
            _ => {}
        }
        let what = if operator == Operator::Add {
            "add"
        } else {
            "subtract"
        };
        let Some((left, right, ty, flex)) = self.unify(a, b, what, sign) else {
            return Typed::unknown(span);
        };
        if !is_quantity(&ty) {
            let a = self.a_type(&ty);
            self.report(
                Diagnostic::error(code::TYPES, format!("{a} does not {what}")).at(sign, ""),
            );
            return Typed::unknown(span);
        }
        Typed::flexible(arithmetic(left, right), ty, span, flex)
    }

    /// `a * b`.
    pub(super) fn multiply(&mut self, a: Typed, b: Typed, sign: Span) -> Typed {
        let span = whole(&a, &b, sign);
        if a.is_unknown() || b.is_unknown() {
            return Typed::unknown(span);
        }
        let columns = (a.flex == Flex::Column, b.flex == Flex::Column);
        let (a, b) = (plain_column(a), plain_column(b));
        let share = a.flex == Flex::Share || b.flex == Flex::Share;
        let ty = match (a.ty(), b.ty()) {
            (Type::Number, other) | (other, Type::Number) if is_quantity(other) => {
                Some(other.clone())
            }
            (
                Type::Ratio,
                other @ (Type::Ratio | Type::Rate | Type::Money(_) | Type::Per(..) | Type::Shift),
            )
            | (other @ (Type::Rate | Type::Money(_) | Type::Per(..) | Type::Shift), Type::Ratio) => {
                Some(other.clone())
            }
            (Type::Rate, Type::Tenor) | (Type::Tenor, Type::Rate) => {
                let tenor = if *a.ty() == Type::Tenor { &a } else { &b };
                if tenor_class(&tenor.expression) == TenorClass::Days {
                    self.report(
                        Diagnostic::error(code::TYPES, "a rate times days needs a day count")
                            .at(sign, "")
                            .help("`rate * tenor` takes months and years; else write `rate * year_fraction(a, b, act/365)`"),
                    );
                    return Typed::unknown(span);
                }
                Some(Type::Ratio)
            }
            (Type::Money(tag), Type::Rate) | (Type::Rate, Type::Money(tag)) => {
                Some(Type::Per(Box::new(Type::Money(*tag)), Some(Period::Year)))
            }
            (Type::Per(inner, Some(Period::Year)), Type::Tenor)
            | (Type::Tenor, Type::Per(inner, Some(Period::Year))) => Some((**inner).clone()),
            _ => None,
        };
        let Some(ty) = ty else {
            return self.no_product(&a, &b, "multiply", sign, span);
        };
        let flex = match (&ty, columns) {
            (Type::Ratio, _) if share && !(*a.ty() == Type::Rate || *b.ty() == Type::Rate) => {
                Flex::Share
            }
            (Type::Number, (true, _) | (_, true)) => Flex::Column,
            _ => Flex::Fixed,
        };
        let node = Node::Arithmetic(
            Operator::Multiply,
            Box::new(a.expression),
            Box::new(b.expression),
        );
        Typed::flexible(node, ty, span, flex)
    }

    /// `a / b`.
    pub(super) fn divide(&mut self, a: Typed, b: Typed, sign: Span) -> Typed {
        let span = whole(&a, &b, sign);
        if a.is_unknown() || b.is_unknown() {
            return Typed::unknown(span);
        }
        let column = a.flex == Flex::Column || b.flex == Flex::Column;
        let (mut a, mut b) = (plain_column(a), plain_column(b));
        // `(rate - swap_rate) / 75bp`: the literal takes the unit of what it divides.
        if *a.ty() == Type::Rate && b.flex == Flex::Share {
            retype(&mut b.expression, &Type::Rate);
            b.flex = Flex::Fixed;
        } else if a.flex == Flex::Share && *b.ty() == Type::Rate {
            retype(&mut a.expression, &Type::Rate);
            a.flex = Flex::Fixed;
        }
        let ty = match (a.ty(), b.ty()) {
            (Type::Money(x), Type::Money(y)) => {
                if join_tags(*x, *y).is_none() {
                    self.currencies(&a, &b, "divide", sign);
                    return Typed::unknown(span);
                }
                Some(Type::Ratio)
            }
            (Type::Rate, Type::Rate) => Some(Type::Number),
            (Type::Per(x, p), Type::Per(y, q)) if fits(x, y) && p == q => Some(Type::Ratio),
            (quantity, Type::Number | Type::Ratio) if is_quantity(quantity) => {
                Some(quantity.clone())
            }
            _ => None,
        };
        let Some(ty) = ty else {
            return self.no_product(&a, &b, "divide", sign, span);
        };
        let flex = match ty {
            Type::Ratio if a.flex == Flex::Share && b.flex != Flex::Share => Flex::Share,
            Type::Number if column => Flex::Column,
            _ => Flex::Fixed,
        };
        Typed::flexible(
            Node::Arithmetic(
                Operator::Divide,
                Box::new(a.expression),
                Box::new(b.expression),
            ),
            ty,
            span,
            flex,
        )
    }

    fn no_product(&mut self, a: &Typed, b: &Typed, what: &str, sign: Span, span: Span) -> Typed {
        let (is_a, is_b) = (self.a_type(a.ty()), self.a_type(b.ty()));
        let preposition = if what == "divide" { "by" } else { "with" };
        let mut error = Diagnostic::error(
            code::TYPES,
            format!("{is_a} does not {what} {preposition} {is_b}"),
        )
        .at(sign, "");
        if let Some(span) = a.span() {
            error = error.also(span, is_a);
        }
        if let Some(span) = b.span() {
            error = error.also(span, is_b);
        }
        error = error.help(match (a.ty(), b.ty()) {
            (Type::Money(_), Type::Money(_)) => "amounts add and divide; a share of an amount is `20% * amount`",
            (Type::Rate, Type::Rate) => "one of the two is a ratio or a number",
            (Type::Member(_), _) | (_, Type::Member(_)) => "a value of a dimension has no size: compare it with `==`",
            _ => "numbers and ratios scale a quantity; `rate * tenor` is a ratio, `amount * rate` an amount per year",
        });
        self.report(error);
        Typed::unknown(span)
    }

    /// Brings two operands to one type; reports why they do not meet otherwise.
    pub(super) fn unify(
        &mut self,
        mut a: Typed,
        mut b: Typed,
        what: &str,
        sign: Span,
    ) -> Option<Unified> {
        if a.is_unknown() || b.is_unknown() {
            let ty = if a.is_unknown() {
                b.ty().clone()
            } else {
                a.ty().clone()
            };
            return Some((a.expression, b.expression, ty, Flex::Fixed));
        }
        let openness = |flex: Flex| match flex {
            Flex::Fixed => 0,
            Flex::Share => 1,
            Flex::Zero => 2,
            Flex::Column => 3,
        };
        if a.flex != Flex::Fixed && b.flex != Flex::Fixed {
            // The less open of the two says what both are; they stay as open as it is.
            let (less, _) = if openness(a.flex) <= openness(b.flex) {
                (&a, &b)
            } else {
                (&b, &a)
            };
            let (ty, flex) = (less.ty().clone(), less.flex);
            if flex != Flex::Column {
                retype(&mut a.expression, &ty);
                retype(&mut b.expression, &ty);
            }
            return Some((a.expression, b.expression, ty, flex));
        }
        if a.flex != Flex::Fixed {
            let expected = self.asked_by(&b);
            let ty = b.ty().clone();
            let left = self.settle(a, &expected);
            return (left.ty != Type::Unknown).then_some((left, b.expression, ty, Flex::Fixed));
        }
        if b.flex != Flex::Fixed {
            let expected = self.asked_by(&a);
            let ty = a.ty().clone();
            let right = self.settle(b, &expected);
            return (right.ty != Type::Unknown).then_some((a.expression, right, ty, Flex::Fixed));
        }
        match (a.ty(), b.ty()) {
            (Type::Money(x), Type::Money(y)) => match join_tags(*x, *y) {
                Some(tag) => Some((a.expression, b.expression, Type::Money(tag), Flex::Fixed)),
                None => {
                    self.currencies(&a, &b, what, sign);
                    None
                }
            },
            (Type::Tenor, Type::Tenor) => {
                let (x, y) = (tenor_class(&a.expression), tenor_class(&b.expression));
                if x != y && x != TenorClass::Anchored && y != TenorClass::Anchored {
                    let mut error = Diagnostic::error(
                        code::TENORS,
                        format!("months and days do not {what}, a month has 28 to 31 days"),
                    )
                    .at(sign, "");
                    for side in [&a, &b] {
                        if let Some(span) = side.span() {
                            error = error.also(
                                span,
                                if tenor_class(&side.expression) == TenorClass::Days {
                                    "days"
                                } else {
                                    "months"
                                },
                            );
                        }
                    }
                    self.report(
                        error.help("write both in days or weeks, or both in months or years"),
                    );
                    return None;
                }
                Some((a.expression, b.expression, Type::Tenor, Flex::Fixed))
            }
            (Type::Shift, Type::Rate) | (Type::Rate, Type::Shift) => {
                Some((a.expression, b.expression, Type::Shift, Flex::Fixed))
            }
            (x, y) if fits(x, y) => {
                let ty = a.ty().clone();
                Some((a.expression, b.expression, ty, Flex::Fixed))
            }
            _ => {
                let (literal, other) =
                    if matches!(a.expression.node, Node::Number(_) | Node::Tenor(_)) {
                        (a, b)
                    } else {
                        (b, a)
                    };
                if is_quantity(other.ty())
                    && matches!(literal.expression.node, Node::Number(_) | Node::Tenor(_))
                {
                    let expected = self.asked_by(&other);
                    self.settle(literal, &expected);
                } else {
                    self.no_meeting(&other, &literal, sign);
                }
                None
            }
        }
    }

    fn no_meeting(&mut self, a: &Typed, b: &Typed, sign: Span) {
        let (is_a, is_b) = (self.a_type(a.ty()), self.a_type(b.ty()));
        let mut error =
            Diagnostic::error(code::TYPES, format!("{is_a} and {is_b} do not meet")).at(sign, "");
        if let Some(span) = a.span() {
            error = error.also(span, is_a);
        }
        if let Some(span) = b.span() {
            error = error.also(span, is_b);
        }
        self.report(match (a.ty(), b.ty()) {
            (Type::Ratio, Type::Rate) | (Type::Rate, Type::Ratio) => error.help(
                "a ratio is a share, a rate is a yearly price of money; `rate * tenor` is a ratio",
            ),
            (Type::Member(id), Type::Text) | (Type::Text, Type::Member(id)) => {
                let members = self.member_names(*id);
                error.help(format!("its values are {members}"))
            }
            (Type::Per(..), _) | (_, Type::Per(..)) => {
                error.help("a quantity per period meets one per the same period")
            }
            _ => error.help("the two sides have one unit"),
        });
    }

    fn currencies(&mut self, a: &Typed, b: &Typed, what: &str, sign: Span) {
        let currency = |typed: &Typed| match typed.ty() {
            Type::Money(MoneyTag::Known(currency)) => currency.to_string(),
            _ => "another currency".to_owned(),
        };
        let (x, y) = (currency(a), currency(b));
        let mut error =
            Diagnostic::error(code::CURRENCIES, format!("{x} and {y} do not {what}")).at(sign, "");
        let mut second = String::new();
        if let Some(span) = a.span() {
            error = error.also(span, format!("this is {x}"));
        }
        if let Some(span) = b.span() {
            second = self.written(span);
            error = error.also(span, format!("this is {y}"));
        }
        self.report(error.help(format!("convert one: `{second} in {x}`")));
    }

    /// What the other operand asks for.
    fn asked_by(&self, other: &Typed) -> Expected {
        match other.span() {
            Some(span) => Expected::because(other.ty().clone(), span, self.a_type(other.ty())),
            None => Expected::new(other.ty().clone()),
        }
    }

    /// `a <= b`.
    pub(super) fn compare(
        &mut self,
        comparison: Comparison,
        a: Typed,
        b: Typed,
        sign: Span,
        span: Span,
    ) -> Typed {
        let what = "compare";
        let Some((left, right, ty, _)) = self.unify(a, b, what, sign) else {
            // The comparison itself is understood: what it is part of is not wrong as well.
            return Typed::fixed(Node::Bool(false), Type::Bool, span);
        };
        if !matches!(comparison, Comparison::Equal | Comparison::NotEqual) {
            let ordered = match &ty {
                Type::Member(id) => !matches!(
                    self.dimensions.get(id.index()).map(|d| &d.domain),
                    Some(Domain::Closed { ordered: false, .. })
                ),
                Type::Date => true,
                other => is_quantity(other) && *other != Type::Shift,
            };
            if !ordered {
                let name = self.a_type(&ty);
                self.report(
                    Diagnostic::error(code::NOT_ORDERED, format!("{name} has no order"))
                        .at(sign, "")
                        .help("compare it with `==`, `!=` or `in (…)`; a dimension with an order is declared with `>` between its values"),
                );
            }
        }
        Typed::fixed(
            Node::Compare(comparison, Box::new(left), Box::new(right)),
            Type::Bool,
            span,
        )
    }

    /// The values of a dimension for a message.
    pub(super) fn member_names(&self, id: crate::plan::DimensionId) -> String {
        match self.dimensions.get(id.index()).map(|d| &d.domain) {
            Some(Domain::Closed { members, .. }) => {
                let names: Vec<&str> = members.iter().take(12).map(|m| m.name.as_str()).collect();
                super::suggest::listed(&names)
            }
            Some(Domain::Bands(bands)) => {
                super::suggest::listed(&bands.iter().map(|b| b.label.as_str()).collect::<Vec<_>>())
            }
            _ => "those of the data".to_owned(),
        }
    }
}

/// A column in a product is a pure number.
fn plain_column(typed: Typed) -> Typed {
    match typed.flex {
        Flex::Column | Flex::Zero => Typed {
            flex: Flex::Fixed,
            ..typed
        },
        _ => typed,
    }
}

fn whole(a: &Typed, b: &Typed, sign: Span) -> Span {
    match (a.span(), b.span()) {
        (Some(a), Some(b)) => a.to(b),
        _ => sign,
    }
}
