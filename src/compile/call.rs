//! Calls of what the language itself defines: functions of the fixed library, measures with a window, market readings.

use super::compiler::Compiler;
use super::context::{Context, Expected, Place};
use super::expression::is_quantity;
use super::names::Found;
use super::reference::WINDOWED;
use super::typing::{Flex, Typed, retype};
use crate::calendar::Period;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{Builtin, Expression, Fold, MoneyTag, Node, ScenarioMeasure, Type};
use crate::syntax::tree::{self, Argument, ArgumentName, ExpressionKind, Reference};

/// The arguments of a call, parted into those with a name and those without.
pub(super) struct Arguments<'t> {
    pub(super) plain: Vec<&'t Argument>,
    pub(super) named: Vec<(&'t str, &'t Argument)>,
}

impl<'t> Arguments<'t> {
    pub(super) fn of(arguments: &'t [Argument]) -> Self {
        let mut parted = Arguments {
            plain: Vec::new(),
            named: Vec::new(),
        };
        for argument in arguments {
            match &argument.name {
                Some(ArgumentName::Name(name)) => parted.named.push((&name.text, argument)),
                _ => parted.plain.push(argument),
            }
        }
        parted
    }
    /// The argument of a name, or else the next one without a name at a position.
    pub(super) fn get(&self, name: &str, position: Option<usize>) -> Option<&'t tree::Expression> {
        let named = self
            .named
            .iter()
            .find(|(n, _)| *n == name)
            .map(|(_, argument)| &argument.value);
        named.or_else(|| self.plain.get(position?).map(|argument| &argument.value))
    }
}

impl Compiler<'_> {
    /// A call of a word of the language; `None` if it is none.
    pub(super) fn call(
        &mut self,
        name: &str,
        arguments: &[Argument],
        reference: &Reference,
        hint: Option<&Type>,
        cx: &Context,
    ) -> Option<Typed> {
        let span = reference.span;
        if let Some(fold) = super::fold::fold_of(name) {
            return Some(self.fold(fold, name, arguments, span, hint, cx));
        }
        if WINDOWED.contains(&name) || name == "encumbered" {
            if let Place::Fold(_) = cx.place {
                return Some(self.measure_call(name, arguments, span, cx));
            }
            if self.is_unknown_here(name, cx) {
                self.report(
                    Diagnostic::error(
                        code::WRONG_PLACE,
                        format!("`{name}(…)` is of positions, and it is not said of which"),
                    )
                    .at(reference.path.span, "")
                    .help(format!("write which positions: `sum(assets: {name}(…))`")),
                );
                return Some(Typed::unknown(span));
            }
            return None;
        }
        let parted = Arguments::of(arguments);
        Some(match name {
            "exp" | "log" | "sqrt" | "logistic" => {
                let builtin = match name {
                    "exp" => Builtin::Exp,
                    "log" => Builtin::Log,
                    "sqrt" => Builtin::Sqrt,
                    _ => Builtin::Logistic,
                };
                let values = self.library(name, arguments, &[("", Type::Number)], span, cx)?;
                Typed::fixed(Node::Builtin(builtin, values), Type::Number, span)
            }
            "power" | "abs" => {
                let Some(first) = parted.plain.first() else {
                    return Some(self.too_few(name, "a quantity", span));
                };
                let base = self.expression(&first.value, hint, cx);
                if base.is_unknown() {
                    return Some(base);
                }
                let (ty, flex) = (base.ty().clone(), base.flex);
                if name == "abs" {
                    if !is_quantity(&ty) {
                        let a = self.a_type(&ty);
                        self.report(
                            Diagnostic::error(
                                code::TYPES,
                                format!("`abs` takes a quantity, this is {a}"),
                            )
                            .at(first.span, "")
                            .help("a quantity is an amount, a rate, a ratio, a number or a tenor"),
                        );
                        return Some(Typed::unknown(span));
                    }
                    return Some(Typed::flexible(
                        Node::Builtin(Builtin::Abs, vec![base.expression]),
                        ty,
                        span,
                        flex,
                    ));
                }
                if !matches!(ty, Type::Number | Type::Ratio) {
                    let a = self.a_type(&ty);
                    self.report(
                        Diagnostic::error(
                            code::TYPES,
                            format!("`power` takes a number or a ratio, this is {a}"),
                        )
                        .at(first.span, "")
                        .help("divide by a quantity of the same unit first: `power(a / b, 2)`"),
                    );
                    return Some(Typed::unknown(span));
                }
                let Some(second) = parted.plain.get(1) else {
                    return Some(self.too_few(name, "a number", span));
                };
                let exponent = self.expect(&second.value, &Expected::new(Type::Number), cx);
                Typed::fixed(
                    Node::Builtin(Builtin::Power, vec![base.expression, exponent]),
                    ty,
                    span,
                )
            }
            "rounded" => {
                let (Some(first), Some(second)) = (parted.plain.first(), parted.plain.get(1))
                else {
                    return Some(self.too_few(name, "a quantity and a multiple", span));
                };
                let value = self.expression(&first.value, hint, cx);
                let multiple = self.expression(&second.value, hint, cx);
                let Some((value, multiple, ty, flex)) = self.unify(value, multiple, "round", span)
                else {
                    return Some(Typed::unknown(span));
                };
                Typed::flexible(
                    Node::Builtin(Builtin::Rounded, vec![value, multiple]),
                    ty,
                    span,
                    flex,
                )
            }
            "year_fraction" => {
                let due = [
                    ("from", Type::Date),
                    ("to", Type::Date),
                    ("daycount", Type::Daycount),
                ];
                let values = self.library(name, arguments, &due, span, cx)?;
                Typed::fixed(
                    Node::Builtin(Builtin::YearFraction, values),
                    Type::Number,
                    span,
                )
            }
            "following" | "modified_following" | "preceding" => {
                let builtin = match name {
                    "following" => Builtin::Following,
                    "preceding" => Builtin::Preceding,
                    _ => Builtin::ModifiedFollowing,
                };
                let (Some(day), Some(calendar)) =
                    (parted.get("date", Some(0)), parted.get("calendar", Some(1)))
                else {
                    return Some(self.too_few(name, "a date and a calendar", span));
                };
                let day = self.expect(day, &Expected::new(Type::Date), cx);
                let calendar_span = calendar.span;
                let calendar = self.calendar_name(calendar).unwrap_or_default();
                let calendar =
                    Typed::fixed(Node::Text(calendar), Type::Text, calendar_span).expression;
                Typed::fixed(
                    Node::Builtin(builtin, vec![day, calendar]),
                    Type::Date,
                    span,
                )
            }
            "swap_rate" => {
                let Some(tenor) = parted.get("tenor", Some(0)) else {
                    return Some(self.too_few(name, "a tenor", span));
                };
                let tenor = Box::new(self.expect(tenor, &Expected::new(Type::Tenor), cx));
                let curve = parted
                    .get("curve", Some(1))
                    .and_then(|curve| self.curve_name(curve));
                Typed::fixed(Node::SwapRate { tenor, curve }, Type::Rate, span)
            }
            "zero_rate" => {
                let due = [("currency", Type::Currency), ("t", Type::Number)];
                let values = self.library(name, arguments, &due, span, cx)?;
                Typed::fixed(Node::Builtin(Builtin::ZeroRate, values), Type::Rate, span)
            }
            "value" => return Some(self.value_call(&parted, hint, span, cx)),
            "date" if matches!(cx.place, Place::Mapping | Place::Rows) => {
                let column = parted.plain.first().map(|a| &a.value.kind);
                let pattern = parted.plain.get(1).map(|a| &a.value.kind);
                let (Some(ExpressionKind::Column(column)), Some(ExpressionKind::Text(pattern))) =
                    (column, pattern)
                else {
                    return Some(self.too_few(
                        name,
                        "a column and a pattern, `date([x], \"dd.mm.yyyy\")`",
                        span,
                    ));
                };
                Typed::fixed(
                    Node::ColumnDate(column.name.clone(), pattern.value.clone()),
                    Type::Date,
                    span,
                )
            }
            "branch" => {
                let (Some(what), Some(scenario)) = (parted.plain.first(), parted.plain.get(1))
                else {
                    return Some(self.too_few(name, "a metric and a scenario", span));
                };
                let what = self.expression(&what.value, hint, cx);
                let scenario = self.expect(&scenario.value, &Expected::new(Type::Scenario), cx);
                let ty = what.ty().clone();
                Typed::fixed(
                    Node::Branch(Box::new(what.expression), Box::new(scenario)),
                    ty,
                    span,
                )
            }
            "accrual" => {
                let Some(amount) = parted.plain.first() else {
                    return Some(self.too_few(name, "an amount per year", span));
                };
                let due = Type::Per(Box::new(Type::Money(MoneyTag::Report)), Some(Period::Year));
                let amount = self.expect(&amount.value, &Expected::new(due), cx);
                let daycount = parted.get("daycount", Some(1)).and_then(|value| {
                    match self.expect(value, &Expected::new(Type::Daycount), cx).node {
                        Node::Daycount(daycount) => Some(daycount),
                        _ => None,
                    }
                });
                let measure = ScenarioMeasure::Accrual(Box::new(amount), daycount);
                Typed::fixed(
                    Node::ScenarioMeasure(measure),
                    Type::Money(MoneyTag::Report),
                    span,
                )
            }
            "shifts" => match parted.plain.first().map(|a| &a.value.kind) {
                Some(ExpressionKind::Text(text)) => {
                    Typed::fixed(Node::ShiftFile(text.value.clone()), Type::Shift, span)
                }
                _ => self.too_few(name, "the path of a file", span),
            },
            "decisions" | "filled" | "no_pending" => {
                let ty = match name {
                    "decisions" => Type::Number,
                    "filled" => Type::Money(MoneyTag::Report),
                    _ => Type::Bool,
                };
                let Some(argument) = parted.plain.first() else {
                    return Some(self.too_few(name, "the name of an action", span));
                };
                let Some(action) = self.action_named(&argument.value, cx) else {
                    return Some(Typed::unknown(span));
                };
                let measure = super::action::action_measure(name, action);
                Typed::fixed(Node::ScenarioMeasure(measure), ty, span)
            }
            "uncovered" => {
                let Some(argument) = parted.plain.first() else {
                    return Some(self.too_few(name, "the name of a cover pool", span));
                };
                let Some(pool) = self.cover_pool_named(&argument.value, cx) else {
                    return Some(Typed::unknown(span));
                };
                let measure = Node::ScenarioMeasure(ScenarioMeasure::Uncovered(pool));
                Typed::fixed(measure, Type::Money(MoneyTag::Report), span)
            }
            "found" => self.found_call(parted.plain.first().copied(), span, cx),
            "range" => self.lost_range(span),
            "quantile" | "mean" => self.over_paths(name, &parted, span, hint, cx),
            "attribution" => {
                self.report(
                    Diagnostic::error(
                        code::WRONG_PLACE,
                        "an attribution is a list of lines, not a value",
                    )
                    .at(span, "")
                    .help("report it by itself: `report attribution(nii_12m, squeeze)`"),
                );
                Typed::unknown(span)
            }
            _ => return None,
        })
    }

    fn is_unknown_here(&self, name: &str, cx: &Context) -> bool {
        matches!(self.names.find(cx.scope, &[name]), Found::Unknown)
    }

    pub(super) fn too_few(&mut self, name: &str, what: &str, span: Span) -> Typed {
        self.report(
            Diagnostic::error(code::ARGUMENTS, format!("`{name}` takes {what}")).at(span, ""),
        );
        Typed::unknown(span)
    }

    /// The arguments of a library function with a fixed list of types.
    fn library(
        &mut self,
        name: &str,
        arguments: &[Argument],
        due: &[(&str, Type)],
        span: Span,
        cx: &Context,
    ) -> Option<Vec<Expression>> {
        let parted = Arguments::of(arguments);
        let mut values = Vec::new();
        for (position, (argument, ty)) in due.iter().enumerate() {
            match parted.get(argument, Some(position)) {
                Some(value) => values.push(self.expect(value, &Expected::new(ty.clone()), cx)),
                None => {
                    let a = self.a_type(ty);
                    values.push(self.too_few(name, &a, span).expression);
                }
            }
        }
        if arguments.len() > due.len() {
            self.report(
                Diagnostic::error(
                    code::ARGUMENTS,
                    format!(
                        "`{name}` takes {}, here are {}",
                        match due.len() {
                            1 => "one argument".to_owned(),
                            count => format!("{count} arguments"),
                        },
                        arguments.len()
                    ),
                )
                .at(span, ""),
            );
        }
        Some(values)
    }

    /// `value([x], otherwise = 0)` of a file, or `value(shape, currency = EUR, t = 3.5)`.
    fn value_call(
        &mut self,
        parted: &Arguments<'_>,
        hint: Option<&Type>,
        span: Span,
        cx: &Context,
    ) -> Typed {
        let Some(first) = parted.plain.first() else {
            return self.too_few("value", "a column or a shape", span);
        };
        if matches!(first.value.kind, ExpressionKind::Column(_)) {
            let column = self.expression(&first.value, hint, cx);
            let Some(otherwise) = parted.get("otherwise", Some(1)) else {
                return self.too_few(
                    "value",
                    "what an empty cell stands for: `value([x], otherwise = 0)`",
                    span,
                );
            };
            let mut otherwise = self.expression(otherwise, hint, cx);
            // The default carries the unit; a column takes it over.
            let open = otherwise.flex != Flex::Fixed;
            let mut column = column.expression;
            let ty = match hint {
                Some(ty)
                    if open
                        && *ty != Type::Unknown
                        && !matches!(ty, Type::Member(_) | Type::Text) =>
                {
                    ty.clone()
                }
                _ => otherwise.ty().clone(),
            };
            retype(&mut column, &ty);
            if open {
                retype(&mut otherwise.expression, &ty);
            }
            let flex = if open { Flex::Column } else { Flex::Fixed };
            return Typed::flexible(
                Node::ColumnOr(Box::new(column), Box::new(otherwise.expression)),
                ty,
                span,
                flex,
            );
        }
        let shift = Box::new(self.expect(&first.value, &Expected::new(Type::Shift), cx));
        let (Some(currency), Some(years)) =
            (parted.get("currency", Some(1)), parted.get("t", Some(2)))
        else {
            return self.too_few(
                "value",
                "a shape, a currency and t in years: `value(s, currency = EUR, t = 3.5)`",
                span,
            );
        };
        let currency = Box::new(self.expect(currency, &Expected::new(Type::Currency), cx));
        let years = Box::new(self.expect(years, &Expected::new(Type::Number), cx));
        Typed::fixed(
            Node::ShapeValue {
                shift,
                currency,
                years,
            },
            Type::Rate,
            span,
        )
    }

    /// `true` or `false` that stands in the text.
    pub(super) fn literal_bool(
        &mut self,
        expression: &tree::Expression,
        cx: &Context,
    ) -> Option<bool> {
        match self.condition(expression, cx).node {
            Node::Bool(value) => Some(value),
            _ => {
                self.one_of_words("this", &["true", "false"], expression.span);
                None
            }
        }
    }

    pub(super) fn one_of_words(&mut self, what: &str, words: &[&str], span: Span) {
        let text = self.written(span);
        self.report(
            Diagnostic::error(
                code::UNKNOWN_WORD,
                format!(
                    "`{text}` is no value of {}",
                    if what == "this" {
                        "this place".to_owned()
                    } else {
                        format!("`{what}`")
                    }
                ),
            )
            .at(span, "")
            .help(
                match super::suggest::nearest(&text, words.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("it is one of {}", super::suggest::listed(words)),
                },
            ),
        );
    }

    /// Brings plain arguments of a fold to one type.
    pub(super) fn fold_arguments(
        &mut self,
        fold: Fold,
        arguments: &[Argument],
        span: Span,
        hint: Option<&Type>,
        cx: &Context,
    ) -> Typed {
        let mut values: Vec<Typed> = Vec::new();
        for argument in arguments {
            let value = self.expression(&argument.value, hint, cx);
            if value.is_unknown() {
                return Typed::unknown(span);
            }
            values.push(value);
        }
        let mut list: Vec<(Expression, Flex)> = Vec::new();
        let mut all: Option<Typed> = None;
        for value in values {
            let flex = value.flex;
            match all.take() {
                None => {
                    list.push((value.expression.clone(), flex));
                    all = Some(value);
                }
                Some(so_far) => {
                    let Some((left, right, ty, together)) =
                        self.unify(so_far, value, "compare", span)
                    else {
                        return Typed::unknown(span);
                    };
                    list.push((right, flex));
                    all = Some(Typed {
                        expression: Expression { ty, ..left },
                        flex: together,
                    });
                }
            }
        }
        let Some(all) = all else {
            return self.too_few("this", "at least one value", span);
        };
        let (ty, flex) = (all.ty().clone(), all.flex);
        let arguments = list
            .into_iter()
            .map(|(mut value, open)| {
                if open != Flex::Fixed {
                    retype(&mut value, &ty);
                }
                value
            })
            .collect();
        if !is_quantity(&ty) && ty != Type::Date {
            let a = self.a_type(&ty);
            let mut error =
                Diagnostic::error(code::TYPES, format!("{a} has no size to compare")).at(span, "");
            if ty == Type::Selection {
                error = error.help("selections are joined by `+`: `sum(a + b: balance)`");
            }
            self.report(error);
            return Typed::unknown(span);
        }
        Typed::flexible(Node::FoldArguments { fold, arguments }, ty, span, flex)
    }
}

/// The single word that an expression is: `bullet`, `each`, `TARGET`.
pub(super) fn word_of(expression: &tree::Expression) -> Option<&str> {
    match &expression.kind {
        ExpressionKind::Reference(reference) if reference.arguments.is_none() => {
            reference.path.single().map(|name| name.text.as_str())
        }
        _ => None,
    }
}
