//! Expressions.

use super::{Lowering, Node, Parts};
use crate::diagnostic::{Diagnostic, Span, codes};
use crate::syntax::grammar::Rule;
use crate::syntax::tree::{
    Addend, Argument, ArgumentName, Column, Comparison, Edge, EdgeKind, Expression, ExpressionKind,
    Multiplier, Point, PointKind, Reference, Tail, TailKind,
};

/// Goes down through nodes that hold one thing only; also says whether a bracket was passed.
fn descend(mut node: Node<'_>) -> (Node<'_>, bool) {
    let mut bracketed = false;
    loop {
        match node.as_rule() {
            Rule::selection
            | Rule::expr
            | Rule::logic
            | Rule::negation
            | Rule::comparison
            | Rule::sum
            | Rule::product
            | Rule::unary
            | Rule::primary => {}
            _ => return (node, bracketed),
        }
        let mut inner = node.clone().into_inner();
        let (Some(only), None) = (inner.next(), inner.next()) else {
            return (node, bracketed);
        };
        bracketed |= node.as_rule() == Rule::primary && only.as_rule() == Rule::selection;
        node = only;
    }
}

/// `2026/09/30`, which would be a division.
fn slashed_date(text: &str) -> bool {
    let digits = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    let parts: Vec<&str> = text.split('/').collect();
    parts.len() == 3 && parts.iter().all(digits) && parts.iter().any(|part| part.len() == 4)
}

/// `ACT/360`, `30/360`, `act/361`: written as a day count is, and none.
fn slashed_daycount(text: &str) -> bool {
    let Some((days, year)) = text.split_once('/') else {
        return false;
    };
    let act = |part: &str| {
        part.get(..3)
            .is_some_and(|start| start.eq_ignore_ascii_case("act"))
    };
    let year_known = act(year)
        || ["360", "365", "366", "336", "364", "365.25"]
            .iter()
            .any(|known| year.starts_with(known));
    act(days) && days.len() <= 6 && (year_known || year.len() == 3)
        || days == "30" && year.starts_with("360")
}

impl<'t> Lowering<'t> {
    /// An expression of any rule from `selection` down; what cannot be understood is [`ExpressionKind::Broken`].
    pub(super) fn expression(&mut self, node: Node<'t>) -> Expression {
        let (node, _) = descend(node);
        let span = self.span(&node);
        let kind = self.kind(node).unwrap_or(ExpressionKind::Broken);
        Expression { kind, span }
    }

    fn boxed(&mut self, node: Option<Node<'t>>) -> Option<Box<Expression>> {
        Some(Box::new(self.expression(node?)))
    }

    // One function for each form: a nest of brackets is as deep on the stack as the forms that it goes through.
    fn kind(&mut self, node: Node<'t>) -> Option<ExpressionKind> {
        match node.as_rule() {
            Rule::selection => self.narrowed(node),
            Rule::choice => self.choice(node),
            Rule::logic => self.logic(node),
            Rule::negation => self.negation(node),
            Rule::comparison => self.comparison(node),
            Rule::sum => self.sum(node),
            Rule::product => self.product(node),
            Rule::unary => self.unary(node),
            Rule::reference => Some(ExpressionKind::Reference(self.reference(node)?)),
            _ => self.leaf(node),
        }
    }

    fn leaf(&mut self, node: Node<'t>) -> Option<ExpressionKind> {
        match node.as_rule() {
            Rule::literal => {
                let inner = node.into_inner().next()?;
                Some(ExpressionKind::Literal(self.literal(&inner)?))
            }
            Rule::text => Some(ExpressionKind::Text(self.text(&node))),
            Rule::column => {
                let bracketed = node.as_str();
                let name = bracketed
                    .strip_prefix('[')
                    .and_then(|rest| rest.strip_suffix(']'))
                    .unwrap_or(bracketed);
                Some(ExpressionKind::Column(Column {
                    name: name.to_string(),
                    span: self.raw(&node),
                }))
            }
            _ => {
                self.surprise(&node);
                None
            }
        }
    }

    fn choice(&mut self, node: Node<'t>) -> Option<ExpressionKind> {
        let mut parts = Parts::of(node);
        let condition = parts.find(Rule::logic, self);
        let then = parts.find(Rule::expr, self);
        let otherwise = parts.find(Rule::expr, self);
        Some(ExpressionKind::Choice {
            condition: self.boxed(condition)?,
            then: self.boxed(then)?,
            otherwise: self.boxed(otherwise)?,
        })
    }

    fn negation(&mut self, node: Node<'t>) -> Option<ExpressionKind> {
        let mut parts = Parts::of(node);
        let of = parts.find(Rule::comparison, self);
        Some(ExpressionKind::Not(self.boxed(of)?))
    }

    fn sum(&mut self, node: Node<'t>) -> Option<ExpressionKind> {
        let mut parts = Parts::of(node);
        let first = parts.next();
        let first = self.boxed(first)?;
        let mut rest = Vec::new();
        while let (Some(sign), Some(value)) = (parts.next(), parts.next()) {
            rest.push(Addend {
                negative: sign.as_str() == "-",
                operator_span: self.raw(&sign),
                value_span: self.span(&value),
                value: self.expression(value),
            });
        }
        Some(ExpressionKind::Sum { first, rest })
    }

    fn product(&mut self, node: Node<'t>) -> Option<ExpressionKind> {
        if self.slashed(&node) {
            return None;
        }
        let mut parts = Parts::of(node);
        let first = parts.next();
        let first = self.boxed(first)?;
        let mut rest = Vec::new();
        while let (Some(sign), Some(value)) = (parts.next(), parts.next()) {
            rest.push(Multiplier {
                divides: sign.as_str() == "/",
                operator_span: self.raw(&sign),
                value_span: self.span(&value),
                value: self.expression(value),
            });
        }
        Some(ExpressionKind::Product { first, rest })
    }

    /// Refuses what would be read as a division and is meant as a date or a day count.
    fn slashed(&mut self, node: &Node<'t>) -> bool {
        let text = node.as_str().trim_end();
        let (code, what, help) = if slashed_daycount(text) {
            let help = "day counts are act/360, act/365, act/actISDA, act/actICMA, 30E/360, 30E/360ISDA, 30U/360 and 28E/336";
            (codes::syntax::UNKNOWN_DAYCOUNT, "day count", help)
        } else if slashed_date(text) {
            let help =
                "dates are year-month-day: `2026-09-30`; a division has blanks around its `/`";
            (codes::syntax::BAD_DATE, "date", help)
        } else {
            return false;
        };
        let span = self.span(node);
        self.error(code, span, format!("`{text}` is no {what}"), "", help);
        true
    }

    /// `current_account where segment == retail`
    pub(super) fn selection(&mut self, node: Node<'t>) -> Expression {
        self.expression(node)
    }

    fn narrowed(&mut self, node: Node<'t>) -> Option<ExpressionKind> {
        let mut parts = Parts::of(node);
        let (first, bracketed) = descend(parts.next()?);
        let bare_sum = first.as_rule() == Rule::sum && !bracketed;
        let sum_text = first.as_str().trim_end().to_string();
        let of = Box::new(self.expression(first));
        let keyword = parts.find(Rule::k_where, self)?;
        let condition = parts.next();
        let condition = self.boxed(condition)?;
        if bare_sum {
            let span = self.raw(&keyword);
            self.diagnostics.push(
                Diagnostic::error(
                    codes::syntax::BARE_WHERE,
                    "this `where` follows a sum, so it is not clear what it is for",
                )
                .at(span, "for all of them?")
                .also(of.span, "the sum")
                .help(format!("bracket what it is for: `({sum_text}) where …`")),
            );
        }
        Some(ExpressionKind::Where { of, condition })
    }

    /// The selections that stand next, `a, b where c`.
    pub(super) fn selections(&mut self, parts: &mut Parts<'t>) -> Vec<Expression> {
        let mut found = Vec::new();
        let mut narrowed = Vec::new();
        while let Some(node) = parts.take(Rule::selection) {
            let keyword = node
                .clone()
                .into_inner()
                .find(|part| part.as_rule() == Rule::k_where);
            narrowed.push(keyword.map(|keyword| self.raw(&keyword)));
            found.push(self.selection(node));
        }
        if let [before @ .., Some(place)] = narrowed.as_slice()
            && !before.is_empty()
            && before.iter().all(Option::is_none)
        {
            self.error(
                codes::syntax::BARE_WHERE,
                *place,
                "this `where` follows a list, so it is not clear what it is for",
                "for all of them?",
                "bracket what it is for: `a, (b where …)` or `(a + b) where …`",
            );
        }
        found
    }

    fn logic(&mut self, node: Node<'t>) -> Option<ExpressionKind> {
        let mut members = Vec::new();
        let mut operator: Option<Node<'t>> = None;
        let mut mixed: Option<Node<'t>> = None;
        for part in node.into_inner() {
            match part.as_rule() {
                Rule::negation => members.push(self.expression(part)),
                Rule::k_and | Rule::k_or => operator = Some(part),
                Rule::mixed => {
                    for inner in part.into_inner() {
                        match inner.as_rule() {
                            // read, so that what is wrong inside it is found too
                            Rule::negation => drop(self.expression(inner)),
                            _ => mixed = mixed.or(Some(inner)),
                        }
                    }
                }
                _ => self.surprise(&part),
            }
        }
        if let (Some(operator), Some(mixed)) = (&operator, &mixed) {
            let (place, first) = (self.raw(mixed), self.raw(operator));
            self.diagnostics.push(
                Diagnostic::error(
                    codes::syntax::MIXED_AND_OR,
                    "`and` and `or` need brackets when mixed",
                )
                .at(place, format!("`{}` here", mixed.as_str()))
                .also(first, format!("`{}` here", operator.as_str()))
                .help("write `(a and b) or c`, or `a and (b or c)`"),
            );
            return None;
        }
        Some(match operator?.as_rule() {
            Rule::k_and => ExpressionKind::And(members),
            _ => ExpressionKind::Or(members),
        })
    }

    fn comparison(&mut self, node: Node<'t>) -> Option<ExpressionKind> {
        let mut parts = Parts::of(node);
        let first = parts.next();
        let left = self.boxed(first)?;
        let sign = parts.next()?;
        if sign.as_rule() == Rule::k_in {
            let mut members = Vec::new();
            while let Some(member) = parts.take(Rule::expr) {
                members.push(self.expression(member));
            }
            return Some(ExpressionKind::In {
                value: left,
                members,
            });
        }
        let wrong = sign.as_str().trim_end() == "=";
        let right = parts.next();
        let right_text = right
            .as_ref()
            .map_or("", |node| self.text_at(self.span(node)));
        let right = self.boxed(right)?;
        let operator_span = self.raw(&sign);
        if wrong {
            if !self.runs_into_setting(&left, operator_span) {
                let left_text = self.text_at(left.span).to_string();
                self.error(
                    codes::syntax::SET_FOR_COMPARE,
                    operator_span,
                    "`=` gives a value, `==` compares",
                    "",
                    format!("write `{left_text} == {right_text}`"),
                );
            }
            // what was meant is open: its units would be complained about for nothing
            return None;
        }
        if let Some(chained) = parts.take(Rule::chained) {
            let span = chained
                .into_inner()
                .next()
                .map_or(operator_span, |sign| self.raw(&sign));
            let middle = self
                .source
                .get(right.span.start as usize..right.span.end as usize)
                .unwrap_or("b")
                .to_string();
            self.diagnostics.push(
                Diagnostic::error(
                    codes::syntax::CHAINED_COMPARISON,
                    "comparisons do not chain",
                )
                .at(span, "a second comparison")
                .also(operator_span, "the first")
                .help(format!(
                    "write two, joined by `and`: `… {} {middle} and {middle} …`",
                    sign.as_str().trim_end()
                )),
            );
            return None;
        }
        Some(ExpressionKind::Compare {
            left,
            operator: self.comparison_sign(&sign)?,
            operator_span,
            right,
        })
    }

    /// `a = 1,` and `b = 2` below it: the line above asks for more.
    fn runs_into_setting(&mut self, left: &Expression, sign: Span) -> bool {
        let start = left.span.start as usize;
        let above = self
            .tokens
            .partition_point(|token| token.start < start)
            .checked_sub(1)
            .and_then(|at| self.tokens.get(at));
        let Some(above) = above.copied() else {
            return false;
        };
        let between = self.source.get(above.end..start).unwrap_or("");
        let word = above.text(self.source);
        if !between.contains('\n')
            || !matches!(
                word,
                "," | "=" | "+" | "-" | "*" | "/" | "and" | "or" | "=="
            )
        {
            return false;
        }
        self.diagnostics.push(
            Diagnostic::error(
                codes::syntax::BROKEN_LINE,
                format!("the line above ends with `{word}` and goes on here"),
            )
            .at(sign, "so this `=` can give no value")
            .also(
                Span::new(self.file, above.start, above.end),
                "the line above",
            )
            .help(format!("complete the line above, or remove its `{word}`")),
        );
        true
    }

    fn text_at(&self, span: Span) -> &'t str {
        self.source
            .get(span.start as usize..span.end as usize)
            .unwrap_or("")
    }

    fn comparison_sign(&mut self, node: &Node<'t>) -> Option<Comparison> {
        Some(match node.as_str().trim_end() {
            "==" => Comparison::Equal,
            "!=" => Comparison::NotEqual,
            "<=" => Comparison::AtMost,
            ">=" => Comparison::AtLeast,
            "<" => Comparison::Less,
            ">" => Comparison::Greater,
            _ => {
                self.surprise(node);
                return None;
            }
        })
    }

    fn unary(&mut self, node: Node<'t>) -> Option<ExpressionKind> {
        let mut parts = Parts::of(node);
        let sign = parts.take(Rule::sign);
        let of = parts.next()?;
        let first = self.span(&of);
        let mut of = Box::new(self.expression(of));
        let mut tails = Vec::new();
        let mut end = first;
        while let Some(tail) = parts.take(Rule::tail) {
            end = self.span(&tail);
            tails.push(self.tail(tail)?);
        }
        let Some(sign) = sign else {
            return Some(ExpressionKind::Tail { of, tails });
        };
        if !tails.is_empty() {
            let span = first.to(end);
            of = Box::new(Expression {
                kind: ExpressionKind::Tail { of, tails },
                span,
            });
        }
        Some(ExpressionKind::Unary {
            negative: sign.as_str() == "-",
            of,
        })
    }

    fn tail(&mut self, node: Node<'t>) -> Option<Tail> {
        let span = self.span(&node);
        let mut parts = Parts::of(node);
        let word = parts.next()?;
        let inner = parts.next()?;
        let kind = match word.as_rule() {
            Rule::k_under => TailKind::Under(self.reference(inner)?),
            Rule::k_at => TailKind::At(self.point(inner)?),
            Rule::k_in => TailKind::In(self.name(&inner)),
            Rule::k_per => TailKind::Per(self.period(Some(inner))?),
            _ => {
                self.surprise(&word);
                return None;
            }
        };
        Some(Tail { kind, span })
    }

    /// `2026-09-30`, `3M`, `start`
    pub(super) fn point(&mut self, node: Node<'t>) -> Option<Point> {
        let span = self.span(&node);
        let inner = node.into_inner().next()?;
        let kind = match inner.as_rule() {
            Rule::date => PointKind::Date(self.date(&inner)?),
            Rule::tenor => PointKind::Tenor(self.literal(&inner)?),
            _ => PointKind::Reference(self.reference(inner)?),
        };
        Some(Point { kind, span })
    }

    /// `outflow_rate(stable_retail)`
    pub(super) fn reference(&mut self, node: Node<'t>) -> Option<Reference> {
        let span = self.span(&node);
        let mut parts = Parts::of(node);
        let path = parts.path(self)?;
        let arguments = parts.take(Rule::args).map(|node| self.arguments(node));
        Some(Reference {
            path,
            arguments,
            span,
        })
    }

    fn arguments(&mut self, node: Node<'t>) -> Vec<Argument> {
        node.into_inner()
            .filter_map(|part| self.argument(part))
            .collect()
    }

    fn argument(&mut self, node: Node<'t>) -> Option<Argument> {
        let span = self.span(&node);
        let mut parts = Parts::of(node);
        let first = parts.next()?;
        let name = match first.as_rule() {
            Rule::name => Some(ArgumentName::Name(self.name(&first))),
            Rule::edge => Some(ArgumentName::Edge(self.edge(first)?)),
            _ => {
                let value = self.selection(first);
                let during = match parts.take(Rule::k_during) {
                    Some(_) => {
                        let point = parts.find(Rule::point, self)?;
                        Some(self.point(point)?)
                    }
                    None => None,
                };
                let body = parts.take(Rule::expr).map(|node| self.expression(node));
                return Some(Argument {
                    name: None,
                    value,
                    during,
                    body,
                    span,
                });
            }
        };
        let value = parts.find(Rule::expr, self)?;
        Some(Argument {
            name,
            value: self.expression(value),
            during: None,
            body: None,
            span,
        })
    }

    /// `up to 3M`, `AA or better`
    pub(super) fn edge(&mut self, node: Node<'t>) -> Option<Edge> {
        let span = self.span(&node);
        let mut parts = Parts::of(node);
        let first = parts.next()?;
        let kind = match first.as_rule() {
            Rule::k_beyond => EdgeKind::Beyond,
            Rule::k_up | Rule::k_below => {
                let tenor = parts.find(Rule::tenor, self)?;
                let tenor = self.literal(&tenor)?;
                if first.as_rule() == Rule::k_up {
                    EdgeKind::UpTo(tenor)
                } else {
                    EdgeKind::Below(tenor)
                }
            }
            Rule::name => {
                let name = self.name(&first);
                parts.take(Rule::k_or);
                if parts.take(Rule::k_better).is_some() {
                    EdgeKind::OrBetter(name)
                } else {
                    EdgeKind::OrWorse(name)
                }
            }
            _ => {
                self.surprise(&first);
                return None;
            }
        };
        Some(Edge { kind, span })
    }
}
