//! Types and units: what a literal may become, what fits where, and how a mismatch is told.

use super::compiler::Compiler;
use super::context::Expected;
use super::names::{Found, ScopeId};
use super::suggest;
use crate::calendar::Period;
use crate::diagnostic::codes::compile as code;
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::{Domain, Expression, MoneyTag, Node, Operator, Type};
use crate::syntax::tree;
use rust_decimal::Decimal;

/// A lowered formula whose unit may still depend on its place.
#[derive(Clone, Debug)]
pub(super) struct Typed {
    pub(super) expression: Expression,
    pub(super) flex: Flex,
}

/// How far the type is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flex {
    /// It is what it is.
    Fixed,
    /// `0`: any quantity.
    Zero,
    /// A `%` or `bp`: a ratio or a rate, by place.
    Share,
    /// A column of a file: what its place asks for.
    Column,
}

/// The names of the types as the text writes them.
pub(super) const TYPE_NAMES: [&str; 15] = [
    "number",
    "ratio",
    "share",
    "rate",
    "money",
    "tenor",
    "date",
    "bool",
    "text",
    "currency",
    "daycount",
    "shift",
    "curve",
    "selection",
    "scenario",
];

impl Typed {
    pub(super) fn fixed(node: Node, ty: Type, span: Span) -> Self {
        Typed {
            expression: Expression {
                node,
                ty,
                span: Some(span),
            },
            flex: Flex::Fixed,
        }
    }
    pub(super) fn flexible(node: Node, ty: Type, span: Span, flex: Flex) -> Self {
        Typed {
            expression: Expression {
                node,
                ty,
                span: Some(span),
            },
            flex,
        }
    }
    /// For what could not be understood; it fits everywhere.
    pub(super) fn unknown(span: Span) -> Self {
        Typed::fixed(Node::Bool(false), Type::Unknown, span)
    }
    pub(super) fn ty(&self) -> &Type {
        &self.expression.ty
    }
    pub(super) fn is_unknown(&self) -> bool {
        self.expression.ty == Type::Unknown
    }
    pub(super) fn span(&self) -> Option<Span> {
        self.expression.span
    }
}

/// Money in the currency of the report, the type that `money` in a header means.
pub(super) fn money() -> Type {
    Type::Money(MoneyTag::Report)
}

/// Whether a value of one type may stand where another is due, without any conversion.
pub(super) fn fits(is: &Type, due: &Type) -> bool {
    match (is, due) {
        (Type::Unknown, _) | (_, Type::Unknown) => true,
        (Type::Money(a), Type::Money(b)) => join_tags(*a, *b).is_some(),
        (Type::Per(a, p), Type::Per(b, q)) => fits(a, b) && (p == q || p.is_none() || q.is_none()),
        _ => is == due,
    }
}

/// The tag of a sum of amounts; `None` if they do not add.
pub(super) fn join_tags(a: MoneyTag, b: MoneyTag) -> Option<MoneyTag> {
    match (a, b) {
        (MoneyTag::Any, other) | (other, MoneyTag::Any) => Some(other),
        (MoneyTag::Known(a), MoneyTag::Known(b)) => (a == b).then_some(MoneyTag::Known(a)),
        (MoneyTag::Position, _) | (_, MoneyTag::Position) => Some(MoneyTag::Position),
        _ => Some(MoneyTag::Report),
    }
}

/// Gives an open formula the type of its place, down to its literals and columns.
pub(super) fn retype(expression: &mut Expression, ty: &Type) {
    match &mut expression.node {
        Node::Number(value) if matches!(ty, Type::Money(_)) => {
            let value = *value;
            expression.node = Node::Money(value, None);
        }
        Node::Number(value) if *ty == Type::Tenor && value.is_zero() => {
            expression.node = Node::Tenor(crate::calendar::Tenor::days(0))
        }
        Node::Negate(inner) => retype(inner, ty),
        Node::Arithmetic(Operator::Add | Operator::Subtract, a, b) => {
            retype(a, ty);
            retype(b, ty);
        }
        // Of a product, the share (or column) carries the unit; a pure number stays one.
        Node::Arithmetic(Operator::Multiply | Operator::Divide, a, b) => {
            if matches!(ty, Type::Rate | Type::Ratio) {
                if a.ty == Type::Ratio && is_open(a) {
                    retype(a, ty);
                } else if b.ty == Type::Ratio && is_open(b) {
                    retype(b, ty);
                }
            }
        }
        Node::If(_, a, b) => {
            retype(a, ty);
            retype(b, ty);
        }
        Node::FoldArguments { arguments, .. } => arguments
            .iter_mut()
            .for_each(|argument| retype(argument, ty)),
        Node::ColumnOr(column, otherwise) => {
            retype(column, ty);
            retype(otherwise, ty);
        }
        Node::Builtin(_, arguments) => {
            if let Some(first) = arguments.first_mut()
                && first.ty == expression.ty
            {
                retype(first, ty);
            }
        }
        _ => {}
    }
    expression.ty = ty.clone();
}

/// Whether a literal or a column in it still takes the unit of its place.
fn is_open(expression: &Expression) -> bool {
    match &expression.node {
        Node::Number(_) | Node::Column(_) => true,
        Node::Negate(inner) | Node::ColumnOr(inner, _) => is_open(inner),
        Node::Arithmetic(_, a, b) | Node::If(_, a, b) => is_open(a) || is_open(b),
        Node::FoldArguments { arguments, .. } | Node::Builtin(_, arguments) => {
            arguments.iter().any(is_open)
        }
        _ => false,
    }
}

/// Which tenors add and compare: days and weeks, months and years.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TenorClass {
    Days,
    Months,
    /// Known by its dates, or not known: compares with every tenor.
    Anchored,
}

/// The class of a length of time, as far as the text shows it.
pub(super) fn tenor_class(expression: &Expression) -> TenorClass {
    match &expression.node {
        Node::Tenor(tenor) if tenor.in_months().is_some() => TenorClass::Months,
        Node::Tenor(_) => TenorClass::Days,
        Node::Negate(inner) => tenor_class(inner),
        Node::Arithmetic(Operator::Multiply, a, b) => {
            if a.ty == Type::Tenor {
                tenor_class(a)
            } else {
                tenor_class(b)
            }
        }
        Node::Arithmetic(_, a, b) if a.ty == Type::Tenor && b.ty == Type::Tenor => tenor_class(a),
        _ => TenorClass::Anchored,
    }
}

impl Compiler<'_> {
    /// A type as messages name it.
    pub(super) fn type_name(&self, ty: &Type) -> String {
        match ty {
            Type::Number => "number".to_owned(),
            Type::Ratio => "ratio".to_owned(),
            Type::Rate => "rate".to_owned(),
            Type::Money(MoneyTag::Known(currency)) => format!("amount of {currency}"),
            Type::Money(_) => "amount of money".to_owned(),
            Type::Per(inner, Some(period)) => {
                format!("{} per {}", self.type_name(inner), period_name(*period))
            }
            Type::Per(inner, None) => format!("{} per period", self.type_name(inner)),
            Type::Tenor => "tenor".to_owned(),
            Type::Date => "date".to_owned(),
            Type::Bool => "condition".to_owned(),
            Type::Text => "text".to_owned(),
            Type::Member(id) => match self.dimensions.get(id.index()) {
                Some(dimension) => format!("value of `{}`", dimension.heading.short),
                None => "value of a dimension".to_owned(),
            },
            Type::Currency => "currency".to_owned(),
            Type::Daycount => "day count".to_owned(),
            Type::Shift => "shift of a curve".to_owned(),
            Type::Curve => "curve".to_owned(),
            Type::Selection => "selection".to_owned(),
            Type::Scenario => "scenario".to_owned(),
            Type::Unknown => "value".to_owned(),
        }
    }

    /// `a rate`, `an amount of money`.
    pub(super) fn a_type(&self, ty: &Type) -> String {
        let name = self.type_name(ty);
        let article = if name.starts_with(['a', 'e', 'i', 'o', 'u']) {
            "an"
        } else {
            "a"
        };
        format!("{article} {name}")
    }

    /// The type that a header writes.
    pub(super) fn header_type(&mut self, ty: &tree::Type, scope: ScopeId) -> Type {
        let name = ty.name.text.as_str();
        let plain = match name {
            "number" => Type::Number,
            "ratio" | "share" => Type::Ratio,
            "rate" => Type::Rate,
            "money" => money(),
            "tenor" => Type::Tenor,
            "date" => Type::Date,
            "bool" => Type::Bool,
            "text" => Type::Text,
            "currency" => Type::Currency,
            "daycount" => Type::Daycount,
            "shift" => Type::Shift,
            "curve" => Type::Curve,
            "selection" => Type::Selection,
            "scenario" => Type::Scenario,
            _ => match self.names.find(scope, &[name]) {
                Found::Definition(id, 1) if self.names.is_dimension(id) => {
                    self.named.insert(id);
                    let dimension = self.dimension_id(id);
                    self.dimension_type(dimension)
                }
                Found::Broken => Type::Unknown,
                _ => {
                    let near = suggest::nearest(name, TYPE_NAMES);
                    let error = Diagnostic::error(
                        code::UNKNOWN_TYPE,
                        format!("`{name}` is no type and no dimension"),
                    )
                    .at(ty.name.span, "");
                    self.report(match near {
                        Some(near) => error.help(format!("did you mean `{near}`?")),
                        None => {
                            error.help(format!("the types are {}", suggest::listed(&TYPE_NAMES)))
                        }
                    });
                    Type::Unknown
                }
            },
        };
        match ty.per {
            Some(period) if plain != Type::Unknown => {
                Type::Per(Box::new(plain), Some(period_of(period)))
            }
            _ => plain,
        }
    }

    /// The type of a dimension's values in a formula: an open one has the type of what it holds.
    pub(super) fn dimension_type(&self, id: crate::plan::DimensionId) -> Type {
        match self.dimensions.get(id.index()).map(|d| &d.domain) {
            Some(Domain::Open(ty)) => ty.clone(),
            Some(_) => Type::Member(id),
            None => Type::Unknown,
        }
    }

    /// Brings a formula to the type of its place, or reports that it does not fit.
    pub(super) fn settle(&mut self, mut typed: Typed, expected: &Expected) -> Expression {
        let due = &expected.ty;
        if *due == Type::Unknown || typed.is_unknown() {
            return typed.expression;
        }
        let opens = match typed.flex {
            Flex::Fixed => false,
            Flex::Zero => !matches!(
                due,
                Type::Bool
                    | Type::Text
                    | Type::Date
                    | Type::Member(_)
                    | Type::Currency
                    | Type::Scenario
                    | Type::Selection
            ),
            Flex::Share => matches!(due, Type::Ratio | Type::Rate),
            Flex::Column => true,
        };
        if opens {
            let to = match (due, typed.flex) {
                (Type::Money(_), Flex::Column) => Type::Money(MoneyTag::Position),
                (Type::Money(_), Flex::Zero) => Type::Money(MoneyTag::Any),
                _ => due.clone(),
            };
            retype(&mut typed.expression, &to);
            return typed.expression;
        }
        if fits(typed.ty(), due) {
            // A ratio or amount per another period is brought to the period that is due by the one who reads it.
            return typed.expression;
        }
        // A rate is a parallel shift; a share literal in the place of a shift is one as well.
        if *due == Type::Shift && (*typed.ty() == Type::Rate || typed.flex == Flex::Share) {
            if typed.flex == Flex::Share {
                retype(&mut typed.expression, &Type::Rate);
            }
            return typed.expression;
        }
        if let (Type::Per(inner_due, _), Type::Per(inner_is, _)) = (due, typed.ty())
            && fits(inner_is, inner_due)
        {
            return typed.expression;
        }
        // `2% per month` where its ratio may be asked for as a rate.
        if let (Type::Per(inner_due, _), Type::Per(..)) = (due, typed.ty())
            && **inner_due == Type::Rate
            && let Node::Per(inner, _) = &mut typed.expression.node
            && inner.ty == Type::Ratio
        {
            retype(inner, &Type::Rate);
            return typed.expression;
        }
        self.mismatch(&typed, expected);
        typed.expression.ty = Type::Unknown;
        typed.expression
    }

    /// The error for a value whose unit is not the one that is due.
    fn mismatch(&mut self, typed: &Typed, expected: &Expected) {
        let Some(span) = typed.span() else { return };
        let due = &expected.ty;
        let text = self.written(span);
        let a_due = self.a_type(due);
        let a_is = self.a_type(typed.ty());
        let pure = *typed.ty() == Type::Number;
        let literal = matches!(
            typed.expression.node,
            Node::Number(_) | Node::Money(..) | Node::Tenor(_) | Node::Date(_) | Node::Text(_)
        );
        let error = match (&typed.expression.node, due) {
            (Node::Number(value), Type::Ratio | Type::Rate) if pure => {
                let number = value.normalize();
                let hundredfold = number.saturating_mul(Decimal::ONE_HUNDRED).normalize();
                // `1.1` stands for 110% as often as for 1.1%: a share of about one was meant as a fraction
                let fraction = *due == Type::Ratio && number.abs() <= Decimal::TWO;
                Diagnostic::error(code::NO_UNIT, format!("`{text}` has no unit, {a_due} is due here"))
                    .at(span, "a pure number")
                    .help(if *due == Type::Rate && number.abs() >= Decimal::TEN {
                        // no rate is a thousand per cent: basis points were meant
                        format!("write `{number}bp`, or `{number}%` if it is meant in per cent")
                    } else if fraction {
                        format!("write `{hundredfold}%` if `{number}` is a fraction, else `{number}%`")
                    } else {
                        format!("write `{number}%` or `{hundredfold}bp`")
                    })
            }
            (Node::Number(_), Type::Shift) if pure => Diagnostic::error(code::NO_UNIT, format!("`{text}` has no unit, {a_due} is due here"))
                .at(span, "a pure number")
                .help(format!("write `{text}bp`")),
            (Node::Number(_), Type::Money(_)) if pure => Diagnostic::error(code::NO_UNIT, format!("`{text}` has no currency, an amount of money is due here"))
                .at(span, "a pure number")
                .help(format!("write the currency: `{text} EUR`")),
            (Node::Number(_), Type::Tenor) if pure => Diagnostic::error(code::NO_UNIT, format!("`{text}` has no unit, a tenor is due here"))
                .at(span, "a pure number")
                .help(format!("write `{text}d`, `{text}M` or `{text}Y`")),
            (Node::Tenor(tenor), Type::Money(_) | Type::Number) if tenor.in_months().is_some() => {
                let unit = if tenor.unit == crate::calendar::TenorUnit::Month { "months" } else { "years" };
                Diagnostic::error(code::TENOR_FOR_AMOUNT, format!("`{text}` is {} {unit}, not an amount", count_name(tenor.count)))
                    .at(span, "a tenor")
                    .help(format!("for {} million write `{}mn EUR`", count_name(tenor.count), tenor.count))
            }
            (_, Type::Money(MoneyTag::Known(b))) if matches!(typed.ty(), Type::Money(MoneyTag::Known(_))) => {
                Diagnostic::error(code::CURRENCIES, format!("an amount of {b} is due here, this is {a_is}"))
                    .at(span, a_is.clone())
                    .help(format!("convert it: `{text} in {b}`"))
            }
            (_, Type::Shift) if *typed.ty() == Type::Ratio => Diagnostic::error(code::TYPES, format!("{a_due} is due here, this is a ratio"))
                .at(span, a_is)
                .help("shifts of rates add: write `+100bp`, or `inherited * 60%` for a share of what is there"),
            _ => {
                let error = Diagnostic::error(code::TYPES, format!("{a_due} is due here, this is {a_is}")).at(span, a_is.clone());
                match self.advice(&text, typed.ty(), due, literal) {
                    Some(advice) => error.help(advice),
                    None => error,
                }
            }
        };
        let error = match &expected.from {
            Some((from, text)) => error.also(*from, text.clone()),
            None => error,
        };
        self.report(error);
    }

    /// What would be right where a value of one type stands in the place of another.
    fn advice(&self, text: &str, is: &Type, due: &Type, literal: bool) -> Option<String> {
        let bracketed = if literal {
            text.to_owned()
        } else {
            format!("({text})")
        };
        Some(match (is, due) {
            (Type::Per(..), _) => {
                "a quantity per period fits where one per period is due".to_owned()
            }
            (_, Type::Per(_, period)) => {
                let period = period.map_or("year", period_name);
                format!("say per which period: `{bracketed} per {period}`")
            }
            (Type::Ratio, Type::Rate) | (Type::Rate, Type::Ratio) => {
                "a ratio is a share, a rate is a yearly price of money; `rate * tenor` is a ratio"
                    .to_owned()
            }
            (Type::Ratio, Type::Money(_)) if literal => {
                format!("a share of an amount is `{text} * amount`")
            }
            (Type::Ratio, Type::Money(_)) => "a share of an amount is `share * amount`".to_owned(),
            (Type::Money(_), Type::Ratio) if !literal => "amount / amount is a ratio".to_owned(),
            (Type::Text, Type::Member(_)) => {
                "a text becomes a value of a dimension through a table".to_owned()
            }
            (_, Type::Bool) => format!("compare it with something: `{bracketed} >= …`"),
            (_, Type::Number) => {
                "a number has no unit: `0.75`, or one quantity divided by another".to_owned()
            }
            (_, Type::Ratio) => "a ratio is written `5%` or `500bp`".to_owned(),
            (_, Type::Rate) => "a rate is written `4.5%` or `25bp`".to_owned(),
            (_, Type::Money(_)) => "an amount is written `5mn EUR`".to_owned(),
            (_, Type::Tenor) => "a length of time is written `30d`, `3M` or `5Y`".to_owned(),
            (_, Type::Date) => "a day is written `2026-09-30`".to_owned(),
            (_, Type::Text) => "a text stands in quotes".to_owned(),
            (_, Type::Member(id)) => format!("its values are {}", self.member_names(*id)),
            (_, Type::Currency) => "a currency is written `EUR`".to_owned(),
            (_, Type::Daycount) => "a day count is written `act/360` or `30E/360`".to_owned(),
            (_, Type::Shift) => "a shift is written `+100bp`, or names a shape".to_owned(),
            (_, Type::Scenario) => {
                "name a scenario; a family has its arguments: `parallel(100bp)`".to_owned()
            }
            (_, Type::Curve | Type::Selection | Type::Unknown) => return None,
        })
    }

    /// The text under a span, on one line.
    pub(super) fn written(&self, span: Span) -> String {
        let text = self.map.slice(span);
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// The period that a header or tail writes.
pub(super) fn period_of(period: tree::Period) -> Period {
    match period {
        tree::Period::Year => Period::Year,
        tree::Period::Quarter => Period::Quarter,
        tree::Period::Month => Period::Month,
        tree::Period::Week => Period::Week,
        tree::Period::Day => Period::Day,
    }
}

/// `year`, `month`, ….
pub(super) fn period_name(period: Period) -> &'static str {
    match period {
        Period::Year => "year",
        Period::Quarter => "quarter",
        Period::Month => "month",
        Period::Week => "week",
        Period::Day => "day",
    }
}

fn count_name(count: i32) -> String {
    const NAMES: [&str; 13] = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve",
    ];
    usize::try_from(count)
        .ok()
        .and_then(|n| NAMES.get(n))
        .map_or_else(|| count.to_string(), |name| (*name).to_owned())
}
