//! The evaluator: one match over the kinds of formula.

use super::arithmetic::{self, per_year};
use super::{Refusal, Scope, Undefined, Value, absent, builtin, codes, spell};
use crate::calendar::Date;
use crate::plan::{Comparison, Domain, Expression, FunctionId, Node, ShapeId, Type};
use crate::quantity::{Currency, Rational};
use std::sync::Arc;

/// The value of a formula in its place.
pub fn evaluate(expression: &Expression, scope: &dyn Scope) -> Result<Value, Refusal> {
    evaluate_with(expression, scope, &[])
}

/// The value of a formula inside a function whose arguments are `locals`.
pub fn evaluate_with(
    expression: &Expression,
    scope: &dyn Scope,
    locals: &[Value],
) -> Result<Value, Refusal> {
    value_of(expression, scope, locals).map_err(|r| r.at(expression.span))
}

fn value_of(
    expression: &Expression,
    scope: &dyn Scope,
    locals: &[Value],
) -> Result<Value, Refusal> {
    let value = |e: &Expression| evaluate_with(e, scope, locals);
    let values = |es: &[Expression]| {
        es.iter()
            .map(|e| evaluate_with(e, scope, locals))
            .collect::<Result<Vec<_>, _>>()
    };
    match &expression.node {
        Node::Number(x) => Ok(Value::Number(Rational::from(*x))),
        Node::Money(x, Some(currency)) => Ok(Value::Money(Rational::from(*x), *currency)),
        Node::Money(x, None) => match scope.currency() {
            Some(currency) if !x.is_zero() => Ok(Value::Money(Rational::from(*x), currency)),
            _ => Ok(Value::Number(Rational::from(*x))),
        },
        Node::Tenor(t) => Ok(Value::Tenor(*t)),
        Node::Date(d) => Ok(Value::Date(*d)),
        Node::Bool(b) => Ok(Value::Bool(*b)),
        Node::Text(t) => Ok(Value::Text(Arc::from(t.as_str()))),
        Node::Member(d, m) => Ok(
            match scope.plan().dimensions.get(d.index()).map(|d| &d.domain) {
                Some(Domain::Bands(_)) => Value::Band(*d, *m),
                _ => Value::Member(*d, *m),
            },
        ),
        Node::Currency(c) => Ok(Value::Currency(*c)),
        Node::Daycount(d) => Ok(Value::Daycount(*d)),
        Node::Scenario(s) => Ok(Value::Scenario(s.clone())),

        Node::Negate(x) => arithmetic::negate(value(x)?),
        Node::Not(x) => Ok(match truth(value(x)?)? {
            Ok(b) => Value::Bool(!b),
            Err(reason) => Value::Undefined(reason),
        }),
        Node::Arithmetic(operator, a, b) => {
            arithmetic::apply(*operator, value(a)?, value(b)?, &expression.ty, scope)
        }
        Node::Compare(comparison, a, b) => {
            let (a, b) = (value(a)?, value(b)?);
            arithmetic::compare(*comparison, &a, &b, scope)
        }
        Node::And(parts) => junction(parts, false, scope, locals),
        Node::Or(parts) => junction(parts, true, scope, locals),
        Node::OneOf(x, of) => {
            let x = value(x)?;
            if x == Value::Undefined(Undefined::EmptyCell) {
                return Ok(Value::Bool(false));
            }
            let mut found = Value::Bool(false);
            for other in of {
                match arithmetic::compare(Comparison::Equal, &x, &value(other)?, scope)? {
                    Value::Bool(true) => return Ok(Value::Bool(true)),
                    Value::Undefined(reason) => found = Value::Undefined(reason),
                    _ => {}
                }
            }
            Ok(found)
        }
        Node::If(condition, then, otherwise) => match truth(value(condition)?)? {
            Ok(taken) => {
                let arm = if taken { then } else { otherwise };
                scope.overlay().witness().saw(arm.span);
                value(arm)
            }
            Err(reason) => Ok(Value::Undefined(reason)),
        },
        Node::Per(x, period) => per_year(value(x)?, *period),
        Node::InCurrency(x, to) => convert(value(x)?, *to, scope),

        Node::Parameter(id) => scope.overlay().parameter(*id, scope),
        Node::Metric(id) => scope.metric(*id),
        Node::Table(id, keys) => match keys.as_slice() {
            // The usual one or two keys need no list on the heap.
            [a] => scope.overlay().cell(*id, &[value(a)?], scope),
            [a, b] => scope.overlay().cell(*id, &[value(a)?, value(b)?], scope),
            keys => scope.overlay().cell(*id, &values(keys)?, scope),
        },
        Node::Call(function, arguments) => call(*function, &values(arguments)?, scope),
        Node::Local(n) => locals
            .get(*n as usize)
            .cloned()
            .ok_or_else(|| absent("an argument of a function".to_owned())),
        Node::Shape(shape, arguments) => shape_at(*shape, &values(arguments)?, scope),
        Node::ShapeTime => scope.shape_time().map(Value::Number),
        Node::ShapeZero => scope.shape_zero().map(Value::Number),
        Node::CurrentCurrency => scope
            .currency()
            .map(Value::Currency)
            .ok_or_else(|| absent("`currency`".to_owned())),
        Node::ShapeValue {
            shift,
            currency,
            years,
        } => {
            let Value::Currency(currency) = value(currency)? else {
                return Err(mismatch(
                    "the argument `currency` of `value`",
                    &Value::zero(),
                ));
            };
            let years = match value(years)? {
                Value::Number(t) => t,
                Value::Undefined(reason) => return Ok(Value::Undefined(reason)),
                other => return Err(mismatch("the argument `t` of `value`", &other)),
            };
            evaluate_with(
                shift,
                &AtPoint {
                    scope,
                    currency,
                    years,
                },
                locals,
            )
        }

        Node::Column(name) => coerce(scope.column(name, &expression.ty)?, &expression.ty, scope),
        Node::ColumnOr(x, otherwise) => match value(x)? {
            Value::Undefined(Undefined::EmptyCell) => value(otherwise),
            found => Ok(found),
        },
        Node::ColumnDate(name, pattern) => scope.column_date(name, pattern),
        Node::Term(term) => scope.term(*term),
        Node::Dimension(dimension) => scope.dimension(*dimension),

        Node::Factor(name) => scope.factor(name).map(Value::Number),
        Node::SwapRate { tenor, curve } => match value(tenor)? {
            Value::Tenor(t) => scope.swap_rate(t, curve.as_deref()).map(Value::Number),
            Value::Undefined(reason) => Ok(Value::Undefined(reason)),
            other => Err(mismatch("the tenor of `swap_rate`", &other)),
        },
        Node::Builtin(function, arguments) => {
            builtin::call(*function, values(arguments)?, &expression.ty, scope)
        }
        Node::FoldArguments { fold, arguments } => {
            let arguments = values(arguments)?;
            if let Some(undefined) = arguments.iter().find(|a| a.is_undefined()) {
                return Ok(undefined.clone());
            }
            arithmetic::fold(*fold, arguments.into_iter(), scope)
        }
        Node::NotYet(what, _) => Err(Refusal::new(
            codes::NOT_AVAILABLE,
            format!("`{what}` is not evaluated by this version"),
        )),

        Node::Selection(_)
        | Node::ShiftFile(_)
        | Node::InheritedPath(_)
        | Node::Measure(_)
        | Node::ScenarioMeasure(_)
        | Node::FoldPositions { .. }
        | Node::FoldDimension { .. }
        | Node::FoldTime { .. }
        | Node::Horizon
        | Node::Under(..)
        | Node::At(..)
        | Node::Branch(..)
        | Node::Found(_)
        | Node::OverPaths(..) => scope.special(expression, locals),
    }
}

/// `and` (`stop` = false) and `or` (`stop` = true): the first part that decides it ends it; undefined parts decide nothing.
fn junction(
    parts: &[Expression],
    stop: bool,
    scope: &dyn Scope,
    locals: &[Value],
) -> Result<Value, Refusal> {
    let mut result = Value::Bool(!stop);
    for part in parts {
        match truth(evaluate_with(part, scope, locals)?)? {
            Ok(b) if b == stop => return Ok(Value::Bool(stop)),
            Ok(_) => {}
            Err(reason) => result = Value::Undefined(reason),
        }
    }
    Ok(result)
}

fn truth(value: Value) -> Result<Result<bool, Undefined>, Refusal> {
    match value {
        Value::Bool(b) => Ok(Ok(b)),
        Value::Undefined(reason) => Ok(Err(reason)),
        other => Err(mismatch("a condition", &other)),
    }
}

fn call(function: FunctionId, arguments: &[Value], scope: &dyn Scope) -> Result<Value, Refusal> {
    if let Some(given) = scope.given_call(function, arguments)? {
        return Ok(given);
    }
    match scope.plan().functions.get(function.index()) {
        Some(f) => {
            scope.overlay().witness().saw(f.body.span);
            evaluate_with(&f.body, scope, arguments)
        }
        None => Err(absent("a function".to_owned())),
    }
}

fn shape_at(shape: ShapeId, arguments: &[Value], scope: &dyn Scope) -> Result<Value, Refusal> {
    match scope.plan().shapes.get(shape.index()) {
        Some(s) => {
            scope.overlay().witness().saw(s.body.span);
            evaluate_with(&s.body, scope, arguments)
        }
        None => Err(absent("a shape".to_owned())),
    }
}

/// An amount in another currency at the rate of the point.
fn convert(value: Value, to: Currency, scope: &dyn Scope) -> Result<Value, Refusal> {
    match value {
        Value::Money(x, from) if from != to => {
            let rate = scope.exchange_rate(from, to)?;
            Ok(Value::Money(&x * &rate, to))
        }
        Value::Number(x) if x.is_zero() => Ok(Value::Money(x, to)),
        other => Ok(other),
    }
}

/// A cell as a value of the type of its place: a text as a member by its spelling, a number as an amount of the position.
pub fn coerce(value: Value, ty: &Type, scope: &dyn Scope) -> Result<Value, Refusal> {
    match (ty, value) {
        (Type::Money(_), Value::Number(x)) => match scope.currency() {
            Some(currency) => Ok(Value::Money(x, currency)),
            None => Err(absent("the currency of the position".to_owned())),
        },
        (Type::Member(d), Value::Text(text)) => {
            let Some(dimension) = scope.plan().dimensions.get(d.index()) else {
                return Ok(Value::Text(text));
            };
            match &dimension.domain {
                Domain::Closed { members, .. } => {
                    let place = members
                        .iter()
                        .position(|m| m.spelling.as_deref().unwrap_or(&m.name) == &*text);
                    match place.and_then(|p| u32::try_from(p).ok()) {
                        Some(place) => Ok(Value::Member(*d, place)),
                        None => {
                            let name = &dimension.heading.short;
                            let known: Vec<_> = members
                                .iter()
                                .map(|m| m.spelling.as_deref().unwrap_or(&m.name))
                                .collect();
                            Err(Refusal::new(
                                codes::UNKNOWN_MEMBER,
                                format!("`{text}` is no value of `{name}`"),
                            )
                            .help(format!("`{name}` has the values {}", known.join(", "))))
                        }
                    }
                }
                Domain::Bands(_) => Ok(Value::Text(text)),
                Domain::Open(inner) => coerce(Value::Text(text), inner, scope),
            }
        }
        (Type::Currency, Value::Text(text)) => match text.trim().parse::<Currency>() {
            Ok(currency) => Ok(Value::Currency(currency)),
            Err(_) => Err(
                Refusal::new(codes::UNKNOWN_MEMBER, format!("`{text}` is no currency"))
                    .help("currencies are written as three capital letters, `EUR`"),
            ),
        },
        (_, value) => Ok(value),
    }
}

pub(super) fn mismatch(place: &str, found: &Value) -> Refusal {
    Refusal::new(
        codes::WRONG_KIND,
        format!("{} stands where {place} is due", found.kind()),
    )
}

pub(super) fn pair_mismatch(scope: &dyn Scope, what: &str, a: &Value, b: &Value) -> Refusal {
    let plan = scope.plan();
    Refusal::new(
        codes::WRONG_KIND,
        format!(
            "`{}` and `{}` do not {what}",
            spell(plan, a),
            spell(plan, b)
        ),
    )
}

/// One point of one curve: where `value(shape, currency, t)` reads a shape.
struct AtPoint<'a> {
    scope: &'a dyn Scope,
    currency: Currency,
    years: Rational,
}

impl Scope for AtPoint<'_> {
    fn plan(&self) -> &crate::plan::Plan {
        self.scope.plan()
    }
    fn overlay(&self) -> &super::Overlay {
        self.scope.overlay()
    }
    fn currency(&self) -> Option<Currency> {
        Some(self.currency)
    }
    fn anchor(&self) -> Option<Date> {
        self.scope.anchor()
    }
    fn shape_time(&self) -> Result<Rational, Refusal> {
        Ok(self.years.clone())
    }
    fn shape_zero(&self) -> Result<Rational, Refusal> {
        self.scope.unshocked_zero_rate(self.currency, &self.years)
    }
    fn factor(&self, name: &str) -> Result<Rational, Refusal> {
        self.scope.factor(name)
    }
    fn swap_rate(
        &self,
        tenor: crate::calendar::Tenor,
        curve: Option<&str>,
    ) -> Result<Rational, Refusal> {
        self.scope.swap_rate(tenor, curve)
    }
}
